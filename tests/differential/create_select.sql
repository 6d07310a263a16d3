-- CREATE TABLE … SELECT: columns as one server makes them, rows at their nodes.
-- rules:
--   origins: { dbpartition: hash(id), tbpartition: hash(id), tbpartitions: 2 }
--   copies: { dbpartition: hash(id), tbpartition: hash(id), tbpartitions: 2 }
--   tallied: { dbpartition: hash(k) }
--   numbered: { dbpartition: hash(id) }
--   everywhere: { broadcast: true }
--   checked_sources: { dbpartition: hash(id) }
CREATE TABLE origins (id INT NOT NULL PRIMARY KEY, k VARCHAR(10) NOT NULL DEFAULT 'x' COMMENT 'a key', d DECIMAL(10,2), f FLOAT, dt DATETIME(3) NOT NULL DEFAULT '2020-01-01 00:00:00', e ENUM('a','b'), t TEXT CHARACTER SET latin1, KEY by_k (k));
INSERT INTO origins VALUES (1, 'one', 1.5, 0.1, '2024-01-01 00:00:00.123', 'a', 'é'), (2, 'two', NULL, 2, '2024-01-02 00:00:00', 'b', NULL), (3, 'one', 3, -1e10, '2024-01-03 00:00:00', NULL, ''), (4, 'ONE', 4, 4, '2024-01-04 00:00:00', 'a', 'x');
CREATE TABLE plain SELECT * FROM origins;
DESC plain;
SHOW CREATE TABLE plain;
SELECT * FROM plain ORDER BY id;
CREATE TABLE copies (PRIMARY KEY (id)) AS SELECT id, k, d * 2 AS twice, CONCAT(k, '!'), id + 1 FROM origins WHERE id < 4;
DESC copies;
SHOW CREATE TABLE copies;
--@ apart on mysql: length: MySQL keeps widths of numbers that no definition shows
SELECT * FROM copies ORDER BY id;
--@ apart on mysql: length: as above
SELECT * FROM copies WHERE id = 3;
--@ error
CREATE TABLE copies SELECT 1 AS id;
CREATE TABLE IF NOT EXISTS copies SELECT 9 AS id, 'nine' AS k;
SHOW WARNINGS;
SELECT COUNT(*) FROM copies;
DROP TABLE copies;
CREATE TABLE IF NOT EXISTS copies (id BIGINT NOT NULL PRIMARY KEY, more VARCHAR(5) NOT NULL DEFAULT 'm', k VARCHAR(30) CHARACTER SET latin1) COMMENT='made' SELECT k, id FROM origins;
DESC copies;
SELECT * FROM copies ORDER BY id;
DROP TABLE copies;
CREATE TABLE tallied SELECT k, COUNT(*) AS n, SUM(d) AS total, MAX(dt) AS last, GROUP_CONCAT(id ORDER BY id) AS ids FROM origins GROUP BY k;
DESC tallied;
--@ apart on mysql: length: as above
SELECT * FROM tallied ORDER BY k;
DROP TABLE tallied;
CREATE TABLE numbered (id INT NOT NULL AUTO_INCREMENT PRIMARY KEY) SELECT k, e FROM origins ORDER BY id;
SELECT LAST_INSERT_ID();
SELECT * FROM numbered ORDER BY id;
--@ apart: last insert id: a server reserves more ids for the rows of a query than it needs
INSERT INTO numbered (k) VALUES ('next');
SELECT COUNT(*), COUNT(DISTINCT id) FROM numbered;
DROP TABLE numbered;
-- MariaDB 10.11 itself loses rows here that are no duplicates.
--@ only: mysql
CREATE TABLE everywhere (code VARCHAR(10) NOT NULL, UNIQUE KEY code (code)) IGNORE SELECT k AS code, id FROM origins WHERE id < 4 ORDER BY id;
--@ only: mysql
SHOW WARNINGS;
--@ only: mysql
SELECT * FROM everywhere ORDER BY code;
--@ only: mysql
DROP TABLE everywhere;
CREATE TABLE everywhere (code VARCHAR(10) NOT NULL, UNIQUE KEY code (code)) REPLACE SELECT k AS code, id FROM origins WHERE id IN (1, 3) ORDER BY id;
SELECT * FROM everywhere ORDER BY code;
DROP TABLE everywhere;
CREATE TABLE everywhere (code VARCHAR(10) NOT NULL, UNIQUE KEY code (code)) IGNORE SELECT k AS code, id FROM origins WHERE id < 3;
SELECT * FROM everywhere ORDER BY code;
DROP TABLE everywhere;
--@ error
--@ apart: warning: MariaDB tells the error twice
CREATE TABLE everywhere (PRIMARY KEY (code)) SELECT k AS code, id FROM origins WHERE id IN (1, 3);
--@ error
SELECT * FROM everywhere;
--@ error
CREATE TABLE copies SELECT nothing FROM origins;
--@ error
CREATE TABLE copies SELECT id, k AS id FROM origins;
--@ error
SELECT * FROM copies;
CREATE TABLE unions AS (SELECT id, k FROM origins WHERE id < 3) UNION ALL SELECT id + 10, 'longer text here' FROM plain WHERE id > 2 ORDER BY 1 LIMIT 3;
DESC unions;
--@ apart on mysql: length: as above
SELECT * FROM unions ORDER BY id;
CREATE TABLE constants SELECT 1 AS one, 'a' AS a, 1.50 AS x, NULL AS n, CAST('2024-01-01' AS DATE) AS d, NOW() IS NULL AS b;
DESC constants;
--@ apart on mysql: length: as above
SELECT * FROM constants;
CREATE TABLE joined SELECT o.id, p.k AS other FROM origins o JOIN plain p ON p.id = o.id + 1 WHERE o.d IS NOT NULL;
SELECT * FROM joined ORDER BY id;
BEGIN;
INSERT INTO plain (id, k, dt) VALUES (100, 'kept', '2024-01-01');
CREATE TABLE shallow SELECT id FROM plain WHERE id > 3;
ROLLBACK;
SELECT id FROM shallow ORDER BY id;
--@ refused: 21002
CREATE TEMPORARY TABLE passing SELECT 1;
DROP TABLE shallow;
DROP TABLE joined;
DROP TABLE constants;
DROP TABLE unions;
DROP TABLE plain;
CREATE TABLE checked_sources (id INT NOT NULL, n INT NOT NULL COMMENT ' DEFAULT ', d DECIMAL(10,2) NOT NULL, z INT NOT NULL DEFAULT 7, y INT);
INSERT INTO checked_sources VALUES (1, 2, 3, 4, 5), (2, 3, 4, 5, NULL);
--@ only: mariadb
--@ refused: 21002
CREATE TABLE lesser AS SELECT MAX(n) AS m FROM checked_sources;
--@ only: mysql
CREATE TABLE lesser AS SELECT MAX(n) AS m, MIN(d) AS d, MAX(z) AS z, MIN(y) AS y FROM checked_sources;
--@ only: mysql
SHOW CREATE TABLE lesser;
--@ only: mysql
--@ error
INSERT INTO lesser (z) VALUES (1);
--@ only: mysql
INSERT INTO lesser (m, d) VALUES (1, 2);
--@ only: mysql
SELECT * FROM lesser ORDER BY m;
--@ only: mysql
CREATE TABLE tallied AS SELECT s.id AS k, MAX(s.n) AS n FROM checked_sources s GROUP BY s.id;
--@ only: mysql
SHOW CREATE TABLE tallied;
--@ only: mysql
DROP TABLE tallied, lesser;
--@ only: mysql
CREATE TABLE lesser AS SELECT o.id AS oid, s.* FROM origins o LEFT JOIN checked_sources s ON s.id = o.id;
--@ only: mysql
SHOW CREATE TABLE lesser;
--@ only: mysql
DROP TABLE lesser;
CREATE TABLE lesser (m INT, d DECIMAL(10,2)) AS SELECT MAX(n) AS m, MIN(d) AS d, MAX(z) AS z, MIN(y) AS y FROM checked_sources;
SHOW CREATE TABLE lesser;
INSERT INTO lesser (z) VALUES (1);
DROP TABLE lesser;
CREATE TABLE copies (id INT NOT NULL PRIMARY KEY, CHECK (id > -1), CONSTRAINT small CHECK (id < 1000)) AS SELECT id, n FROM checked_sources;
SHOW CREATE TABLE copies;
--@ error
INSERT INTO copies VALUES (1000, 1);
--@ error
INSERT INTO copies VALUES (-1, 1);
ALTER TABLE copies DROP CONSTRAINT small;
DROP TABLE copies, checked_sources;
DROP TABLE origins;
