-- The collation by which columns are called: that of SET NAMES … COLLATE, until results are given another charset.
-- rules:
--   called_1: { dbpartition: hash(k), tbpartition: hash(k), tbpartitions: 2 }
--   called_2: { dbpartition: hash(n) }
CREATE TABLE called_1 (k INT NOT NULL PRIMARY KEY, n INT, s VARCHAR(10), l VARCHAR(10) CHARACTER SET latin1);
CREATE TABLE called_2 (n INT NOT NULL PRIMARY KEY, s VARCHAR(10));
INSERT INTO called_1 VALUES (1, 1, 'a', 'b'), (2, 2, 'b', 'c'), (3, 1, 'é', 'é');
INSERT INTO called_2 VALUES (1, 'one'), (2, 'two');
SET NAMES utf8mb4 COLLATE utf8mb4_bin;
SELECT s, l, 'x' FROM called_1 WHERE k = 3;
SELECT s, l, 'x' FROM called_1 ORDER BY k;
SELECT COUNT(*), MAX(s), GROUP_CONCAT(l ORDER BY k) FROM called_1;
SELECT a.s, b.s, a.l FROM called_1 a JOIN called_2 b ON b.n = a.n ORDER BY a.k;
SELECT USER() IS NULL, CHARSET(s), COLLATION('x') FROM called_1 WHERE k = 1;
SHOW COLUMNS FROM called_2;
SELECT @@collation_connection, @@character_set_results;
SET collation_connection = utf8mb4_unicode_ci;
SELECT s, COLLATION('x') FROM called_1 WHERE k = 1;
SELECT MAX(s), GROUP_CONCAT(l ORDER BY k) FROM called_1;
SELECT a.s, b.s, COLLATION('x') FROM called_1 a JOIN called_2 b ON b.n = a.n ORDER BY a.k;
SET character_set_client = utf8mb4;
SELECT a.s, b.s, COLLATION('x') FROM called_1 a JOIN called_2 b ON b.n = a.n ORDER BY a.k;
SET character_set_results = utf8mb4;
SELECT s, 'x' FROM called_1 ORDER BY k;
SELECT a.s, b.s FROM called_1 a JOIN called_2 b ON b.n = a.n ORDER BY a.k;
SET NAMES latin1 COLLATE latin1_bin;
SELECT s, l, 'x' FROM called_1 ORDER BY k;
SELECT a.s, b.s, a.l FROM called_1 a JOIN called_2 b ON b.n = a.n ORDER BY a.k;
SET character_set_results = NULL;
SELECT s, l, 'x' FROM called_1 ORDER BY k;
SELECT a.s, b.s, a.l FROM called_1 a JOIN called_2 b ON b.n = a.n ORDER BY a.k;
SET NAMES utf8mb3 COLLATE utf8mb3_unicode_ci, sql_mode = 'STRICT_ALL_TABLES';
SELECT s, l, 'x' FROM called_1 ORDER BY k;
SELECT a.s, b.s, a.l FROM called_1 a JOIN called_2 b ON b.n = a.n ORDER BY a.k;
SET NAMES utf8mb4 COLLATE utf8mb4_general_ci;
SELECT s, l, 'x' FROM called_1 ORDER BY k;
SELECT a.s, b.s, a.l FROM called_1 a JOIN called_2 b ON b.n = a.n ORDER BY a.k;
--@ error
SET NAMES utf8mb4 COLLATE latin1_bin;
SET NAMES utf8mb4;
SELECT s, l, 'x' FROM called_1 ORDER BY k;
SELECT a.s, b.s, a.l FROM called_1 a JOIN called_2 b ON b.n = a.n ORDER BY a.k;
DROP TABLE called_1;
DROP TABLE called_2;
