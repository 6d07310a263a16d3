-- Writes in a sql_mode that is not strict: what is stored otherwise than it is given lies where the stored key says.
-- rules:
--   lax_a: { dbpartition: hash(k) }
--   lax_b: { dbpartition: hash(k) }
--   lax_s: { dbpartition: hash(s) }
--   lax_m: { dbpartition: hash(k), tbpartition: hash(j), tbpartitions: 2 }
CREATE TABLE lax_a (id INT NOT NULL PRIMARY KEY, k INT NOT NULL, v TINYINT NOT NULL, s VARCHAR(3) NOT NULL, d DATE NOT NULL, e ENUM('a','b') NOT NULL);
CREATE TABLE lax_b (k INT NOT NULL PRIMARY KEY, v INT);
CREATE TABLE lax_s (s VARCHAR(3) CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci NOT NULL PRIMARY KEY, v INT);
CREATE TABLE lax_m (k INT, j INT, v INT);
SET sql_mode = '';
INSERT INTO lax_a VALUES (1, 1, 0, '', '2024-01-01', 'a'), (2, 2, 0, '', '2024-01-01', 'b');
INSERT INTO lax_a VALUES (3, 3, 300, 'toolong', '2024-02-31', 'zzz'), (4, 4, NULL, NULL, NULL, NULL);
SHOW WARNINGS;
INSERT INTO lax_a SELECT id + 10, NULLIF(k, 1), 1000, NULL, 'x', 5 FROM lax_a;
SHOW WARNINGS;
SELECT * FROM lax_a ORDER BY id;
UPDATE lax_a SET v = 9, s = NULL, e = 'b' WHERE id = 3;
SHOW WARNINGS;
UPDATE lax_a SET k = NULL WHERE id = 3;
UPDATE lax_a SET k = 'abc' WHERE id = 2;
SELECT * FROM lax_a WHERE k = 0 ORDER BY id;
SELECT * FROM lax_a ORDER BY id;
REPLACE INTO lax_s VALUES ('abcd', 1), ('ABC', 2), ('abc ', 3), ('xyzw', 4);
SELECT * FROM lax_s ORDER BY s;
INSERT INTO lax_s VALUES ('abcde', 9), ('qqqq', 8), (NULL, 7) ON DUPLICATE KEY UPDATE v = VALUES(v) + 100;
SELECT * FROM lax_s ORDER BY s;
SELECT * FROM lax_s WHERE s = 'qqq';
SELECT * FROM lax_s WHERE s = 'qqqq';
INSERT IGNORE INTO lax_s VALUES ('qqqz', 1);
INSERT IGNORE INTO lax_s VALUES ('newww', 2);
SELECT * FROM lax_s WHERE s = 'new';
INSERT INTO lax_s SET s = 'setlong', v = 5;
SELECT * FROM lax_s WHERE s = 'set';
INSERT INTO lax_s (v, s) VALUES (6, CONCAT('co', 'ncat'));
SELECT * FROM lax_s WHERE s = 'con';
--@ params: 'param', 11
INSERT INTO lax_s (s, v) VALUES (?, ?);
SELECT * FROM lax_s WHERE s = 'par';
DELETE FROM lax_s WHERE s = 'con';
UPDATE lax_s SET s = 'movedaway' WHERE s = 'par';
SELECT * FROM lax_s ORDER BY s;
INSERT INTO lax_b VALUES (NULL, 1), (2, 2), ('3x', 3), (4.4, 4), (5e0, 5), (99999999999, 6);
SHOW WARNINGS;
SELECT * FROM lax_b ORDER BY k;
SELECT * FROM lax_b WHERE k = 2147483647;
SELECT * FROM lax_b WHERE k = 5;
INSERT INTO lax_b VALUES (NULL, 1), (2, 2) ON DUPLICATE KEY UPDATE v = v + 1;
REPLACE INTO lax_b VALUES (NULL, 10), (2, 20), (7, 7);
SELECT * FROM lax_b ORDER BY k;
--@ error
INSERT INTO lax_b VALUES (NULL, 1);
INSERT IGNORE INTO lax_b VALUES (NULL, 1);
BEGIN;
INSERT INTO lax_b VALUES (100, 1), (NULL, 2) ON DUPLICATE KEY UPDATE v = -1;
SELECT * FROM lax_b ORDER BY k;
ROLLBACK;
SELECT * FROM lax_b ORDER BY k;
INSERT INTO lax_m VALUES (NULL, 1, 1), (1, NULL, 2), (NULL, NULL, 3), (300, '7', 4);
SELECT v FROM lax_m WHERE k IS NULL ORDER BY v;
SELECT v FROM lax_m WHERE k IS NULL AND j IS NULL;
SELECT v FROM lax_m WHERE k <=> NULL AND j = 1;
SELECT v FROM lax_m WHERE (k, j) <=> (NULL, NULL);
SELECT v FROM lax_m WHERE j = 7;
SELECT v FROM lax_m WHERE k = 300 AND j IN (7, NULL);
SELECT v FROM lax_m WHERE k = 300 OR j = 1 ORDER BY v;
SET sql_mode = 'STRICT_TRANS_TABLES';
--@ error
INSERT INTO lax_s VALUES ('fine', 1);
--@ error
INSERT INTO lax_s VALUES ('ok', 1), ('notfine', 2), ('ok2', 3);
SELECT COUNT(*) FROM lax_s WHERE s LIKE 'ok%';
--@ error
INSERT INTO lax_b VALUES (200, 1), (NULL, 2);
SELECT COUNT(*) FROM lax_b WHERE k = 200;
INSERT INTO lax_s VALUES ('fin  ', 1);
SELECT v, LENGTH(s) FROM lax_s WHERE s = 'fin';
DROP TABLE lax_a, lax_b, lax_s, lax_m;
