-- Queries nested in the conditions of outer joins: MySQL, when it makes them part of the join, may repeat rows.
-- rules:
--   nest_a: { dbpartition: hash(k), tbpartition: hash(k), tbpartitions: 2 }
--   nest_b: { dbpartition: hash(k), tbpartition: hash(k), tbpartitions: 2 }
CREATE TABLE nest_a (id INT NOT NULL, k BIGINT NOT NULL, d2 DECIMAL(20,6) NULL, PRIMARY KEY (k, id)) DEFAULT CHARSET utf8mb4;
INSERT INTO nest_a (id, k, d2) VALUES (1, 7, -15.25), (2, 0, NULL), (3, 9, 19.10), (7, 0, 13.99), (8, 11, 19.99), (9, 10, 6.99), (10, 3000000001, NULL), (11, 9, 7.99), (12, 7, 19.25), (13, 6, 4.10), (14, 3000000004, 18.25), (15, -4, 7.10), (16, -2, 6.25), (17, 1, -5.50), (18, 3000000003, 0.25), (19, 12, 8.25), (20, -0, NULL), (21, 6, 10.00), (22, 10, 2.25), (23, 3000000003, -15.99), (24, 3000000003, 0.00), (25, 6, 5.10), (26, 1, -13.10);
CREATE TABLE nest_b (id INT NOT NULL, k BIGINT NULL, i0 TINYINT NULL, a1 DATE NOT NULL, d4 DECIMAL(5,0) NULL, s6 VARCHAR(20) NULL) DEFAULT CHARSET utf8mb4;
INSERT INTO nest_b (id, k, i0, a1, d4, s6) VALUES (1, 1, 10, '2024-02-06', -11.00, 'ANN '), (2, NULL, 10, '2024-03-07', 15.25, 'bob'), (3, 12, -1, '2024-03-04', 13.00, 'Bob'), (4, 8, 6, '2024-01-12', 9.99, 'zoe'), (5, 3000000004, 0, '2024-03-14', -15.99, 'zoe'), (6, 3000000003, 8, '2024-02-01', NULL, 'dee d'), (7, 3000000004, 9, '2024-03-04', -5.99, NULL), (8, 2, 2, '2024-02-02', -9.50, 'Жук'), (9, 9, -2, '2024-01-14', -17.00, NULL), (10, 7, 10, '2024-02-20', -15.99, 'bob'), (11, NULL, -4, '2024-02-06', NULL, NULL), (12, 4, NULL, '2024-03-15', -6.99, ''), (13, 5, 10, '2024-03-14', -12.00, NULL), (14, NULL, 1, '2024-01-01', 4.50, 'o''neil'), (15, NULL, 3, '2024-01-10', 9.25, ''), (16, -3, 1, '2024-03-07', -4.00, 'Ann'), (17, 3000000001, -1, '2024-01-06', 14.00, NULL), (18, 5, -2, '2024-01-15', NULL, ''), (19, 5, 0, '2024-02-13', 3.10, 'Ann'), (20, 6, 1, '2024-02-03', -15.10, 'жук'), (21, 7, 10, '2024-02-04', NULL, 'ANN '), (22, 8, 8, '2024-02-07', 8.00, 'Ann'), (23, 7, 9, '2024-01-18', NULL, 'жук'), (24, 7, 7, '2024-03-20', -18.99, 'o''neil'), (25, 3000000004, -4, '2024-01-19', 19.00, '日本'), (26, 11, 11, '2024-01-11', 1.00, 'ANN ');
--@ unordered
SELECT x2.id, COUNT(*) FROM nest_b x2 LEFT JOIN nest_a x1 ON x1.k = x2.k AND x2.k IN (SELECT k FROM nest_b x3 WHERE x3.i0 > 0) GROUP BY x2.id, x2.s6;
--@ unordered
SELECT x2.id, COUNT(*) FROM nest_b x2 LEFT JOIN (nest_a x1 JOIN nest_a x4 ON x1.d2 = x4.d2 AND EXISTS (SELECT /* a comment */ 1 FROM nest_b x3 WHERE x3.i0 > x4.k)) ON x1.k = x2.k GROUP BY x2.id, x2.s6;
--@ unordered
SELECT x2.id, COUNT(*) FROM nest_b x2 LEFT JOIN (SELECT k FROM nest_a y WHERE EXISTS (SELECT 1 FROM nest_b x3 WHERE y.k)) x1 ON x1.k = x2.k GROUP BY x2.id, x2.s6;
--@ unordered
SELECT x2.id, COUNT(*) FROM nest_b x2 LEFT JOIN nest_a x1 ON x1.k = x2.k AND NOT EXISTS (SELECT 1 FROM nest_b x3 WHERE x3.k = x1.k AND x3.i0 IN (SELECT i0 FROM nest_b x5 WHERE x5.id < 9)) GROUP BY x2.id, x2.s6;
--@ unordered
WITH w AS (SELECT x2.id, COUNT(x1.k) AS n FROM nest_b x2 LEFT JOIN nest_a x1 ON x1.k = x2.k AND EXISTS (SELECT 1 FROM nest_b x3 WHERE x3.i0 > x1.d2) GROUP BY x2.id) SELECT a.id, a.n, b.id FROM w a JOIN w b ON b.n = a.n AND b.id < a.id;
--@ unordered
SELECT x2.id, COUNT(*) FROM nest_b x2 LEFT JOIN (WITH w AS (SELECT 1 AS one) SELECT k FROM nest_a y WHERE EXISTS (SELECT 1 FROM nest_b x3 WHERE y.k)) x1 ON x1.k = x2.k GROUP BY x2.id, x2.s6;
--@ unordered
SELECT x2.id, COUNT(*) FROM nest_b x2 LEFT JOIN (WITH w AS (SELECT k FROM nest_a y WHERE EXISTS (SELECT 1 FROM nest_b x3 WHERE y.k)) SELECT k FROM w) x1 ON x1.k = x2.k GROUP BY x2.id, x2.s6;
--@ unordered
WITH w AS (SELECT k FROM nest_a y WHERE EXISTS (SELECT 1 FROM nest_b x3 WHERE y.k)) SELECT x2.id, COUNT(*) FROM nest_b x2 LEFT JOIN w x1 ON x1.k = x2.k GROUP BY x2.id, x2.s6;
--@ unordered
WITH v AS (SELECT k FROM nest_a y WHERE EXISTS (SELECT 1 FROM nest_b x3 WHERE y.k)), w AS (SELECT k FROM v) SELECT x2.id, COUNT(*) FROM nest_b x2 LEFT JOIN w x1 ON x1.k = x2.k GROUP BY x2.id, x2.s6;
--@ unordered
SELECT x2.id, COUNT(*) FROM nest_b x2 LEFT JOIN (SELECT k FROM (SELECT k FROM nest_a y WHERE EXISTS (SELECT 1 FROM nest_b x3 WHERE y.k)) z) x1 ON x1.k = x2.k GROUP BY x2.id, x2.s6;
--@ unordered
SELECT x2.id, COUNT(*) FROM nest_b x2 LEFT JOIN (SELECT z.k FROM (SELECT k FROM nest_a y) z WHERE EXISTS (SELECT 1 FROM nest_b x3 WHERE z.k)) x1 ON x1.k = x2.k GROUP BY x2.id, x2.s6;
DROP TABLE nest_a, nest_b;
