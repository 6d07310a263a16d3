-- Bytes that are no UTF-8 arrive on merge nodes as they are, also of a session that has said its charset.
-- rules:
--   said_1: { dbpartition: hash(k), tbpartition: hash(k), tbpartitions: 2 }
--   said_2: { dbpartition: hash(n) }
CREATE TABLE said_1 (k INT NOT NULL PRIMARY KEY, n INT, l VARCHAR(10) CHARACTER SET latin1, c VARCHAR(10) CHARACTER SET cp1251, b VARBINARY(10), e ENUM('é', 'x') CHARACTER SET latin1);
CREATE TABLE said_2 (n INT NOT NULL PRIMARY KEY, l VARCHAR(10) CHARACTER SET latin1, b BLOB);
SET NAMES utf8mb4;
INSERT INTO said_1 VALUES (1, 1, 'é', 'я', x'ff00e9', 'é'), (2, 2, 'ü', 'ж', x'c3', 'x');
INSERT INTO said_2 VALUES (1, 'ö', x'e9'), (2, 'ß', x'fffe');
--@ unordered
SELECT a.k, a.l, HEX(a.l), a.c, HEX(a.c), HEX(a.b), a.e, b.l, HEX(b.b) FROM said_1 a JOIN said_2 b ON b.n = a.n;
SET NAMES latin1;
--@ unordered
SELECT a.k, a.l, HEX(a.l), HEX(a.c), HEX(a.b), a.e, b.l, HEX(b.b) FROM said_1 a JOIN said_2 b ON b.n = a.n;
SET NAMES utf8mb4 COLLATE utf8mb4_bin;
INSERT INTO said_2 SELECT a.k + 10, a.l, a.b FROM said_1 a JOIN said_2 b ON b.n = a.n;
SELECT n, l, HEX(l), HEX(b) FROM said_2 ORDER BY n;
UPDATE said_1 SET k = k + 20 WHERE n = 1;
SELECT k, l, HEX(l), c, HEX(c), HEX(b), e FROM said_1 ORDER BY k;
UPDATE said_1 a JOIN said_2 b ON b.n = a.n SET a.l = b.l, a.b = b.b, a.n = a.n + 1 WHERE a.k = 2;
SELECT k, l, HEX(l), c, HEX(c), HEX(b), e FROM said_1 ORDER BY k;
DROP TABLE said_1;
DROP TABLE said_2;
