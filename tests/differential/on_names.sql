-- An ON sees the tables that it joins, not those beside them in the FROM: a name of such a table means one further out.
-- rules:
--   on_a: { dbpartition: hash(k), tbpartition: hash(k), tbpartitions: 2 }
--   on_b: { dbpartition: hash(k), tbpartition: hash(k), tbpartitions: 2, binding: on_a }
--   on_c: { dbpartition: hash(n) }
CREATE TABLE on_a (k INT NOT NULL PRIMARY KEY, id INT, v INT);
CREATE TABLE on_b (k INT NOT NULL PRIMARY KEY, id INT);
CREATE TABLE on_c (n INT NOT NULL PRIMARY KEY, w INT);
INSERT INTO on_a VALUES (1, 10, 3), (2, 20, 4), (3, 30, 1), (4, 40, 9), (5, NULL, 5);
INSERT INTO on_b VALUES (1, 10), (2, 20), (3, 1), (7, 4);
INSERT INTO on_c VALUES (1, 1), (2, 2), (4, 4), (10, 3), (20, 1);
--@ error
SELECT 1 FROM on_a, on_b JOIN on_c ON on_a.k = on_c.n;
--@ error
SELECT 1 FROM on_a, on_b LEFT JOIN on_c ON v = on_c.n;
SELECT on_a.k, on_b.k, n FROM on_a, on_b JOIN on_c ON id = n ORDER BY 1, 2, 3;
SELECT k FROM on_a WHERE EXISTS (SELECT 1 FROM on_a, on_b JOIN on_c ON on_a.k = on_c.n) ORDER BY k;
SELECT k FROM on_a WHERE EXISTS (SELECT 1 FROM on_a, on_b JOIN on_c ON on_a.id = on_b.id) ORDER BY k;
SELECT k, (SELECT COUNT(*) FROM on_a, on_b JOIN on_c ON on_a.v = on_c.w) FROM on_a ORDER BY k;
SELECT k, (SELECT COUNT(*) FROM on_a, on_b RIGHT JOIN on_c ON on_a.k = on_b.k) FROM on_a ORDER BY k;
SELECT k, (SELECT COUNT(*) FROM on_a, on_b JOIN on_c ON v = w) FROM on_a ORDER BY k;
SELECT k, (SELECT SUM(n) FROM on_a x, on_b JOIN on_c ON on_a.k = on_b.k WHERE x.k = 1) FROM on_a ORDER BY k;
SELECT k, (SELECT COUNT(*) FROM on_a, on_b JOIN on_c ON EXISTS (SELECT 1 FROM on_c y WHERE y.n = on_a.k)) FROM on_a ORDER BY k;
SELECT k FROM on_a WHERE k IN (SELECT on_a.k FROM on_a, (on_b JOIN on_c ON on_a.v = on_c.w AND on_a.k = on_b.k)) ORDER BY k;
SELECT on_a.k, n FROM on_a JOIN on_b ON on_a.k = on_b.k JOIN on_c ON on_a.v = on_c.w ORDER BY 1, 2;
SELECT on_a.k, n FROM on_c JOIN (on_a LEFT JOIN on_b ON on_a.k = on_b.k) ON on_a.v = on_c.w ORDER BY 1, 2;
--@ error
SELECT on_a.k, n FROM on_c JOIN (on_a LEFT JOIN on_b ON on_a.k = on_c.n) ON on_a.v = on_c.w ORDER BY 1, 2;
--@ error
UPDATE on_a, on_b JOIN on_c ON on_a.k = on_c.n SET on_b.id = 0 WHERE on_b.k > 0;
--@ error
DELETE on_a FROM on_a, on_b JOIN on_c ON on_a.k = on_c.n WHERE on_a.k > 0;
DROP TABLE on_a;
DROP TABLE on_b;
DROP TABLE on_c;
