-- CREATE, ALTER, RENAME, TRUNCATE and DROP through Weir reach every node, and what they change is seen at once.
-- rules:
--   plants: { dbpartition: hash(id), tbpartition: hash(id), tbpartitions: 2 }
--   notes: { broadcast: true }
CREATE TABLE plants (id INT NOT NULL PRIMARY KEY, name VARCHAR(20)) COMMENT='green';
INSERT INTO plants VALUES (1, 'fern'), (2, 'moss'), (3, 'oak');
ALTER TABLE plants ADD COLUMN height INT NOT NULL DEFAULT 7;
SELECT * FROM plants ORDER BY id;
ALTER TABLE plants ADD COLUMN width INT AFTER name, ADD INDEX by_width (width);
INSERT INTO plants VALUES (4, 'ash', 3, 9);
SELECT * FROM plants ORDER BY id;
ALTER TABLE plants MODIFY COLUMN name VARCHAR(40) NOT NULL;
ALTER TABLE plants CHANGE COLUMN width girth BIGINT;
SELECT name, girth FROM plants ORDER BY id;
ALTER TABLE plants RENAME COLUMN girth TO waist;
SELECT waist FROM plants WHERE id = 4;
ALTER TABLE plants ALTER COLUMN height SET DEFAULT 8;
INSERT INTO plants (id, name) VALUES (5, 'elm');
SELECT id, height FROM plants WHERE id = 5;
CREATE INDEX by_name ON plants (name);
CREATE UNIQUE INDEX by_both ON plants (id, name);
DROP INDEX by_name ON plants;
ALTER TABLE plants DROP INDEX by_both;
ALTER TABLE plants DROP COLUMN waist;
DESC plants;
SELECT * FROM plants ORDER BY id;
--@ error
ALTER TABLE plants DROP COLUMN waist;
--@ error
SELECT waist FROM plants WHERE id = 4;
--@ error
CREATE INDEX by_height ON plants (nothing);
--@ error
DROP INDEX nothing ON plants;
TRUNCATE TABLE plants;
SELECT COUNT(*) FROM plants;
TRUNCATE plants;
INSERT INTO plants (id, name) VALUES (9, 'yew');
SELECT * FROM plants;
CREATE TABLE notes (id INT PRIMARY KEY, note TEXT);
INSERT INTO notes VALUES (1, 'a');
ALTER TABLE notes ADD COLUMN seen DATE;
SELECT * FROM notes;
CREATE TABLE other (a INT PRIMARY KEY, b VARCHAR(10));
INSERT INTO other VALUES (1, 'x');
SELECT * FROM other;
RENAME TABLE other TO another;
SELECT * FROM another;
ALTER TABLE another RENAME TO other;
SELECT * FROM other;
--@ error
SELECT * FROM another;
CREATE TABLE alike LIKE other;
INSERT INTO alike VALUES (2, 'y');
SELECT * FROM alike;
--@ error
CREATE TABLE alike LIKE nowhere;
--@ only: mariadb
CREATE TABLE IF NOT EXISTS alike LIKE nowhere;
--@ only: mysql
--@ error
CREATE TABLE IF NOT EXISTS alike LIKE nowhere;
--@ error
CREATE TABLE alike SELECT * FROM nowhere;
--@ only: mariadb
CREATE TABLE IF NOT EXISTS alike SELECT * FROM nowhere;
--@ only: mysql
--@ error
CREATE TABLE IF NOT EXISTS alike SELECT * FROM nowhere;
SHOW WARNINGS;
DROP TABLE IF EXISTS alike, other;
DROP TABLE IF EXISTS notes, nowhere, plants, nowhere2;
SHOW WARNINGS;
DROP TABLE IF EXISTS notes, nowhere, plants, nowhere2;
SHOW WARNINGS;
CREATE TABLE plants (id INT PRIMARY KEY, name VARCHAR(20));
CREATE TABLE notes (id INT PRIMARY KEY, note TEXT);
DROP TABLE IF EXISTS no_schema.plants, plants, nowhere;
SHOW WARNINGS;
--@ error
SELECT * FROM plants;
DROP TABLE IF EXISTS no_schema.plants;
SHOW WARNINGS;
--@ error
DROP TABLE no_schema.plants;
--@ error
DROP TABLE notes, no_schema.plants;
CREATE TABLE IF NOT EXISTS notes (id INT PRIMARY KEY, note TEXT);
CREATE TABLE plants (id INT PRIMARY KEY, name VARCHAR(20));
--@ error
SELECT * FROM alike;
DROP TABLE notes;
DROP TABLE plants;
DROP TABLE IF EXISTS plants;
