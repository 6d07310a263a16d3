-- A broadcast table that a table of one node refers to is dropped and emptied nowhere, or everywhere.
-- rules:
--   bp_lands: { broadcast: true }
--   bp_towns: { broadcast: true }
CREATE TABLE bp_lands (id INT NOT NULL PRIMARY KEY, name VARCHAR(20)) DEFAULT CHARSET utf8mb4;
CREATE TABLE bp_towns (id INT NOT NULL PRIMARY KEY, land INT) DEFAULT CHARSET utf8mb4;
CREATE TABLE bp_alone (id INT NOT NULL PRIMARY KEY, land INT, FOREIGN KEY (land) REFERENCES bp_lands (id)) DEFAULT CHARSET utf8mb4;
INSERT INTO bp_lands VALUES (1, 'here'), (2, 'there');
INSERT INTO bp_alone VALUES (1, 1);
INSERT INTO bp_towns VALUES (1, 1);
--@ error
DELETE FROM bp_lands WHERE id = 1;
--@ error
UPDATE bp_lands SET id = id + 10;
--@ only: mysql
REPLACE INTO bp_lands VALUES (1, 'new');
--@ only: mariadb
--@ error
REPLACE INTO bp_lands VALUES (1, 'new');
SELECT * FROM bp_lands ORDER BY id;
--@ error
TRUNCATE TABLE bp_lands;
SELECT * FROM bp_lands ORDER BY id;
--@ error
DROP TABLE bp_lands;
SELECT * FROM bp_lands ORDER BY id;
--@ only: mysql
--@ error
DROP TABLE bp_lands, bp_towns;
--@ only: mariadb
--@ refused: 21001
DROP TABLE bp_lands, bp_towns;
SELECT * FROM bp_lands ORDER BY id;
SELECT * FROM bp_towns ORDER BY id;
--@ only: mysql
--@ error
ALTER TABLE bp_lands DROP PRIMARY KEY;
SHOW CREATE TABLE bp_lands;
--@ error
ALTER TABLE bp_lands MODIFY id BIGINT NOT NULL;
SHOW CREATE TABLE bp_lands;
SET foreign_key_checks = 0;
TRUNCATE TABLE bp_lands;
SELECT * FROM bp_lands ORDER BY id;
DROP TABLE bp_lands;
SET foreign_key_checks = 1;
CREATE TABLE bp_lands (id INT NOT NULL PRIMARY KEY) DEFAULT CHARSET utf8mb4;
--@ only: mysql
DROP TABLE bp_lands, bp_alone, bp_towns;
--@ only: mariadb
DROP TABLE bp_alone, bp_lands, bp_towns;
