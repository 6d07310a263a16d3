-- Foreign keys and checks have the names that one server gives, wherever they are named.
-- rules:
--   fk_parents: { dbpartition: hash(id), tbpartition: hash(id), tbpartitions: 2 }
--   fk_children: { dbpartition: hash(parent), tbpartition: hash(parent), tbpartitions: 2, binding: fk_parents }
--   fk_lands: { broadcast: true }
CREATE TABLE fk_parents (id INT NOT NULL PRIMARY KEY, other INT NOT NULL, UNIQUE KEY (id, other));
CREATE TABLE fk_lands (id INT NOT NULL PRIMARY KEY);
CREATE TABLE fk_children (id INT NOT NULL, parent INT NOT NULL, other INT, land INT, PRIMARY KEY (parent, id), FOREIGN KEY (parent) REFERENCES fk_parents (id), FOREIGN KEY (parent, other) REFERENCES fk_parents (id, other) ON DELETE CASCADE, CONSTRAINT on_land FOREIGN KEY (land) REFERENCES fk_lands (id) ON UPDATE CASCADE ON DELETE SET NULL);
SHOW CREATE TABLE fk_children;
SHOW CREATE TABLE fk_parents;
INSERT INTO fk_lands VALUES (1), (2);
INSERT INTO fk_parents VALUES (1, 1), (2, 2), (3, 3);
INSERT INTO fk_children VALUES (1, 1, 1, 1), (2, 2, NULL, 2);
--@ error
INSERT INTO fk_children VALUES (3, 9, NULL, NULL);
--@ error
INSERT INTO fk_children VALUES (3, 1, 2, NULL);
--@ error
INSERT INTO fk_children VALUES (3, 1, 1, 7);
--@ error
INSERT INTO fk_children VALUES (3, 1, 1, NULL), (3, 3, 3, 7);
--@ error
DELETE FROM fk_parents WHERE id = 1;
--@ error
DELETE FROM fk_parents WHERE other > 0;
--@ error
UPDATE fk_parents SET other = 8 WHERE id = 1;
--@ refused: 21001
UPDATE fk_parents SET id = 8 WHERE id = 1;
--@ error
TRUNCATE TABLE fk_parents;
--@ error
DROP TABLE fk_parents;
--@ error
ALTER TABLE fk_parents DROP COLUMN other;
--@ error
ALTER TABLE fk_children DROP INDEX parent;
--@ error
ALTER TABLE fk_children DROP FOREIGN KEY fk_children_ibfk_9;
--@ error
ALTER TABLE fk_children DROP FOREIGN KEY nothing;
ALTER TABLE fk_children DROP FOREIGN KEY fk_children_ibfk_2;
SHOW CREATE TABLE fk_children;
ALTER TABLE fk_children ADD FOREIGN KEY (parent, other) REFERENCES fk_parents (id, other) ON DELETE CASCADE;
SHOW CREATE TABLE fk_children;
ALTER TABLE fk_children DROP CONSTRAINT `fk_children_ibfk_1`, DROP FOREIGN KEY on_land, ADD CONSTRAINT fk_children_ibfk_7 FOREIGN KEY (land) REFERENCES fk_lands (id);
SHOW CREATE TABLE fk_children;
ALTER TABLE fk_children ADD FOREIGN KEY (land) REFERENCES fk_lands (id);
SHOW CREATE TABLE fk_children;
ALTER TABLE fk_children ADD CONSTRAINT FOREIGN KEY named (land) REFERENCES fk_lands (id);
SHOW CREATE TABLE fk_children;
--@ refused: 21001
ALTER TABLE fk_children ADD FOREIGN KEY (land) REFERENCES fk_none (id);
--@ error
ALTER TABLE fk_children ADD FOREIGN KEY (land) REFERENCES fk_lands (none);
--@ error
ALTER TABLE fk_children ADD FOREIGN KEY (none) REFERENCES fk_lands (id);
--@ error
--@ apart: warning: MariaDB names a temporary table in it
ALTER TABLE fk_children ADD CONSTRAINT fk_children_ibfk_7 FOREIGN KEY (land) REFERENCES fk_lands (id);
--@ error
ALTER TABLE fk_lands MODIFY id BIGINT NOT NULL;
--@ apart: rows: how many different values an index has is an estimate
SHOW INDEX FROM fk_children;
ALTER TABLE fk_children DROP FOREIGN KEY fk_children_ibfk_7, ADD CONSTRAINT `a b` FOREIGN KEY (other) REFERENCES fk_lands (id);
SHOW CREATE TABLE fk_children;
ALTER TABLE fk_children DROP FOREIGN KEY `A B`;
ALTER TABLE fk_children RENAME INDEX `a b` TO other_land;
SHOW CREATE TABLE fk_children;
--@ only: mysql
DROP TABLE fk_lands, fk_children;
--@ only: mariadb
DROP TABLE fk_children, fk_lands;
DROP TABLE fk_parents;
CREATE TABLE fk_parents (id INT NOT NULL PRIMARY KEY, CONSTRAINT fk_parents_chk_1 CHECK (id > 0), CONSTRAINT small CHECK (id < 100));
--@ error
INSERT INTO fk_parents VALUES (-1);
--@ error
INSERT INTO fk_parents VALUES (101);
ALTER TABLE fk_parents DROP CONSTRAINT fk_parents_chk_1, ADD CONSTRAINT smaller CHECK (id < 50), DROP CONSTRAINT small;
SHOW CREATE TABLE fk_parents;
--@ error
INSERT INTO fk_parents VALUES (51);
DROP TABLE fk_parents;
