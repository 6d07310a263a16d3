-- Shard keys whose values a server stores otherwise than they are written, in a sql_mode that is not strict and under IGNORE; and NULL for a NOT NULL column, which of many rows it stores.
-- rules:
--   kvar: { dbpartition: hash(k) }
--   kci: { dbpartition: hash(k) }
--   kchar: { dbpartition: hash(k) }
--   klat: { dbpartition: hash(k) }
--   kdec: { dbpartition: hash(k) }
--   kudec: { dbpartition: hash(k) }
--   kdate: { dbpartition: hash(v), tbpartition: dd(k), tbpartitions: 8 }
--   kbin: { dbpartition: hash(k), tbpartition: hash(k), tbpartitions: 3 }
--   kvbin: { dbpartition: hash(k) }
--   kuint: { dbpartition: hash(k) }
--   knn: { dbpartition: hash(k) }
--   knnv: { dbpartition: hash(k) }
CREATE TABLE kvar (k VARCHAR(3) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin, v INT);
CREATE TABLE kci (k VARCHAR(3) CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci, v INT);
CREATE TABLE kchar (k CHAR(3) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin, v INT);
CREATE TABLE klat (k VARCHAR(9) CHARACTER SET latin1 COLLATE latin1_bin, v INT);
CREATE TABLE kdec (k DECIMAL(4,2), v INT);
CREATE TABLE kudec (k DECIMAL(6,2) UNSIGNED, v INT);
CREATE TABLE kdate (k DATE, v INT);
CREATE TABLE kbin (k BINARY(4), v INT);
CREATE TABLE kvbin (k VARBINARY(3), v INT);
CREATE TABLE kuint (k INT UNSIGNED, v INT);
CREATE TABLE knn (k INT NOT NULL, v INT NOT NULL);
CREATE TABLE knnv (k VARCHAR(5) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL, v INT);
SET sql_mode = '';
INSERT INTO kvar VALUES ('abcdef', 1), ('xyzuvw', 2), ('qqqqqqqqq', 3), ('abc   ', 4), ('ab     ', 5), ('a', 6);
SELECT v, k FROM kvar WHERE k = 'abc' ORDER BY v;
SELECT v, k FROM kvar WHERE k = 'xyz' ORDER BY v;
SELECT v, k FROM kvar WHERE k = 'qqq' ORDER BY v;
SELECT v, k FROM kvar WHERE k = 'ab' ORDER BY v;
INSERT INTO kci VALUES ('abcdef', 1), ('xyzuvw', 2), ('qqqqqqqqq', 3), ('abc   ', 4), ('ab     ', 5), ('a', 6);
SELECT v, k FROM kci WHERE k = 'abc' ORDER BY v;
SELECT v, k FROM kci WHERE k = 'xyz' ORDER BY v;
SELECT v, k FROM kci WHERE k = 'qqq' ORDER BY v;
INSERT INTO kchar VALUES ('abcdef', 1), ('xyzuvw', 2), ('qqqqqqqqq', 3), ('abc   ', 4), ('ab     ', 5), ('a', 6);
SELECT v, k FROM kchar WHERE k = 'abc' ORDER BY v;
SELECT v, k FROM kchar WHERE k = 'xyz' ORDER BY v;
SELECT v, k FROM kchar WHERE k = 'qqq' ORDER BY v;
INSERT INTO klat VALUES ('日本', 1), ('é', 2), ('😀', 3), ('a日', 4);
SELECT v, k FROM klat WHERE k = '??' ORDER BY v;
SELECT v, k FROM klat WHERE k = 'é' ORDER BY v;
SELECT v, k FROM klat WHERE k = '?' ORDER BY v;
SELECT v, k FROM klat WHERE k = 'a?' ORDER BY v;
INSERT INTO kdec VALUES (12345.6, 1), (-500, 2), (99.99, 3), (12.5, 4), (1234, 5);
SELECT v, k FROM kdec WHERE k = 99.99 ORDER BY v;
SELECT v, k FROM kdec WHERE k = -99.99 ORDER BY v;
SELECT v, k FROM kdec WHERE k = 12.50 ORDER BY v;
INSERT INTO kudec VALUES (-5, 1), (-7.5, 2), (0, 3), (-0.0, 4);
SELECT v, k FROM kudec WHERE k = 0 ORDER BY v;
INSERT INTO kbin VALUES ('a', 1), ('a\0', 2), ('a\0\0\0', 3), ('abcdefg', 4), ('abcd', 5);
SELECT v, HEX(k) FROM kbin WHERE k = 'a' ORDER BY v;
SELECT v, HEX(k) FROM kbin WHERE k = 'a\0\0\0' ORDER BY v;
SELECT v, HEX(k) FROM kbin WHERE k = 'abcd' ORDER BY v;
INSERT INTO kvbin VALUES ('a', 1), ('a\0', 2), ('a   ', 3), ('abcdefg', 4), ('abc', 5);
SELECT v, HEX(k) FROM kvbin WHERE k = 'a' ORDER BY v;
SELECT v, HEX(k) FROM kvbin WHERE k = 'a  ' ORDER BY v;
SELECT v, HEX(k) FROM kvbin WHERE k = 'abc' ORDER BY v;
INSERT INTO kuint VALUES (-5, 1), (4294967296, 2), (4294967295, 3), ('-7', 4), (0, 5);
INSERT INTO kuint VALUES (-5, 11);
INSERT INTO kuint VALUES ('12abc', 12), (12, 13);
SELECT v, k FROM kuint WHERE k = 0 ORDER BY v;
SELECT v, k FROM kuint WHERE k = 4294967295 ORDER BY v;
SELECT v, k FROM kuint WHERE k = 12 ORDER BY v;
INSERT INTO knn VALUES (1, 1), (NULL, 2), (3, NULL), (0, 4);
SELECT k, v FROM knn ORDER BY k, v;
SELECT k, v FROM knn WHERE k = 0 ORDER BY v;
INSERT IGNORE INTO knn VALUES (NULL, 5);
SELECT k, v FROM knn WHERE k = 0 ORDER BY v;
INSERT INTO knn VALUES (7, 5), (NULL, 8);
SELECT k, v FROM knn WHERE k = 0 ORDER BY v;
INSERT INTO knn (v) VALUES (9);
SELECT k, v FROM knn WHERE k = 0 ORDER BY v;
INSERT INTO knnv VALUES ('a', 1), (NULL, 2), ('', 3);
SELECT k, v FROM knnv WHERE k = '' ORDER BY v;
INSERT IGNORE INTO knnv VALUES (NULL, 5);
SELECT k, v FROM knnv WHERE k = '' ORDER BY v;
SELECT COUNT(*) FROM knnv;
SET sql_mode = 'STRICT_TRANS_TABLES';
INSERT IGNORE INTO kvar VALUES ('bcdefg', 21), ('yzuvwx', 22);
SELECT v, k FROM kvar WHERE k = 'bcd' ORDER BY v;
SELECT v, k FROM kvar WHERE k = 'yzu' ORDER BY v;
--@ error
INSERT INTO kvar VALUES ('bcdefg', 21);
INSERT INTO kvar VALUES ('bcd    ', 23);
SELECT v, k FROM kvar WHERE k = 'bcd' ORDER BY v;
SELECT v, k FROM kvar WHERE k = 'bcdefg' ORDER BY v;
INSERT IGNORE INTO knn VALUES (NULL, 25), (26, 26);
SELECT k, v FROM knn WHERE k = 0 ORDER BY v;
INSERT INTO kdate VALUES ('2024-02-29', 1), ('2024-03-31', 2);
--@ error
INSERT INTO kdate VALUES ('2023-02-29', 3);
SELECT v, k FROM kdate WHERE v IN (1, 2, 3) AND k = '2024-03-31' ORDER BY v;
SET sql_mode = '';
--@ refused: 21017
INSERT INTO kdate VALUES ('2023-02-29', 3), ('2024-03-01', 4);
DROP TABLE kvar, kci, kchar, klat, kdec, kudec, kdate, kbin, kvbin, kuint, knn, knnv;
