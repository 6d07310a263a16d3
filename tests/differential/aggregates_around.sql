-- An aggregate in a nested query whose columns are all of the query around makes one group of that one's rows.
-- rules:
--   around_t: { dbpartition: hash(k), tbpartition: hash(k), tbpartitions: 2 }
--   around_one: { single: shop_00 }
--   around_all: { broadcast: true }
--   around_dates: { dbpartition: hash(k) }
--   around_into: { dbpartition: hash(k), tbpartition: hash(k), tbpartitions: 2 }
CREATE TABLE around_t (id INT NOT NULL, k INT NOT NULL, d DECIMAL(10,2), PRIMARY KEY (k, id));
INSERT INTO around_t (id, k, d) VALUES (18, 1, 1.25), (19, 2, 3.33), (23, 3, 1.01), (24, 4, 7.77), (25, 5, 0.1), (26, 6, 5.55), (27, 7, 2.22), (28, 8, 1.11), (1, 1, 2.23), (2, 2, 4.44), (3, 3, 5.57);
CREATE TABLE around_one (id INT NOT NULL PRIMARY KEY, v DECIMAL(10,2) NULL);
INSERT INTO around_one VALUES (1, 18.99), (2, 3.99), (3, 6.99), (4, 11.00), (5, -17.00), (6, 17.99), (10, -6.00), (11, 1.99), (12, -0.99);
CREATE TABLE around_all (id INT NOT NULL PRIMARY KEY, v DECIMAL(10,2));
INSERT INTO around_all VALUES (1, 1), (2, 2);
CREATE TABLE around_into (k INT, s DECIMAL(20,4));
SELECT (SELECT SUM(o.d)) FROM around_t o;
SELECT (SELECT SUM(d)) FROM around_t;
SELECT (SELECT SUM(o.d)) FROM around_t o LIMIT 3;
SELECT (SELECT SUM(o.d) FROM around_one WHERE id = 1) FROM around_t o;
SELECT (SELECT SUM(d) FROM around_all WHERE id = 1) FROM around_t o;
SELECT (SELECT SUM(o.d) FROM around_all WHERE id = 1) FROM around_t o WHERE k > 3;
SELECT (SELECT SUM(o.d) FROM around_all WHERE id = o.k) FROM around_t o GROUP BY k ORDER BY k;
SELECT (SELECT COUNT(o.d) FROM around_all WHERE around_all.id = 1), COUNT(*) FROM around_t o;
SELECT (SELECT MAX(o.d) + around_all.v FROM around_all WHERE around_all.id = 1) FROM around_t o;
SELECT (SELECT MAX(d) FROM (SELECT 1 AS z) q) FROM around_t o;
SELECT k % 2 FROM around_t o GROUP BY k % 2 HAVING (SELECT SUM(o.d) FROM around_all WHERE id = 1) > 3 ORDER BY 1;
SELECT k % 2 FROM around_t o GROUP BY k % 2 ORDER BY (SELECT SUM(o.d) FROM around_all WHERE id = 1);
SELECT EXISTS (SELECT 1 FROM around_all HAVING SUM(o.d) > 1) FROM around_t o;
SELECT 1 IN (SELECT COUNT(o.k) FROM around_all) FROM around_t o;
SELECT (SELECT (SELECT SUM(o.d)) FROM around_all WHERE around_all.id = 1) FROM around_t o;
SELECT * FROM (SELECT (SELECT SUM(o.d)) AS s FROM around_t o) x;
SELECT COUNT(*) FROM around_t WHERE d > (SELECT AVG(i.d) FROM around_t i) AND EXISTS (SELECT 1 FROM around_all HAVING COUNT(*) = 2);
--@ refusable
INSERT INTO around_into SELECT o.k, (SELECT SUM(o.d)) FROM around_t o GROUP BY o.k;
--@ refusable
INSERT INTO around_into SELECT 1, (SELECT SUM(o.d)) FROM around_t o;
--@ unordered
SELECT * FROM around_into;
-- Its own columns beside the outer ones: its own query's.
SELECT k, (SELECT SUM(o.d + a.v) FROM around_all a) FROM around_t o ORDER BY k, id;
SELECT k, (SELECT COUNT(*) FROM around_all a WHERE a.v < o.d) FROM around_t o ORDER BY k, id;
-- What a nested query gives has more digits than it shows.
SELECT SUM((SELECT AVG(v) FROM around_one)) FROM around_t;
SELECT AVG((SELECT MAX(v) / 7 FROM around_all)) FROM around_t;
SELECT SUM(IF(k > 3, d, (SELECT AVG(v) FROM around_one))) FROM around_t;
SELECT k % 2, SUM(LEAST(d, (SELECT AVG(v) FROM around_all))) FROM around_t GROUP BY k % 2 ORDER BY 1;
SELECT SUM(EXISTS (SELECT 1 FROM around_one WHERE v / 3 > d)) FROM around_t;
SELECT SUM(x.c) FROM (SELECT 3.25 / 3 AS c FROM around_t) x;
SELECT x.c, SUM(0.25 + x.c) FROM (SELECT 3.25 / 3 AS c FROM around_t) x GROUP BY x.c;
SELECT SUM(c), AVG(c) FROM (SELECT d / 7 AS c FROM around_t) x;
SELECT k % 3, SUM(c) FROM (SELECT k, d / 7 AS c FROM around_t) x GROUP BY k % 3 ORDER BY 1;
SELECT k % 3, SUM(c) FROM (SELECT k, d + 7 AS c FROM around_t) x GROUP BY k % 3 ORDER BY 1;
-- MySQL warns where MIN finds no date.
CREATE TABLE around_dates (k INT NOT NULL PRIMARY KEY, m TIMESTAMP NULL, n DATETIME);
INSERT INTO around_dates VALUES (1, NULL, NULL), (2, '2024-02-03 10:15:00', NULL);
SELECT x.m FROM (SELECT m FROM around_dates) x GROUP BY x.m ORDER BY x.m;
SELECT DATE(m), COUNT(*) FROM around_dates GROUP BY DATE(m) ORDER BY DATE(m);
SELECT COUNT(*) FROM around_dates GROUP BY n + INTERVAL 1 DAY ORDER BY n + INTERVAL 1 DAY;
SELECT COUNT(*) FROM (SELECT n FROM around_dates) x GROUP BY x.n ORDER BY x.n;
DROP TABLE around_dates;
DROP TABLE around_t;
DROP TABLE around_one;
DROP TABLE around_all;
DROP TABLE around_into;
