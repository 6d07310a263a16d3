-- Where AUTO_INCREMENT goes on: said by CREATE and ALTER TABLE, behind rows that are gone, and anew after TRUNCATE.
-- rules:
--   counted_on: { dbpartition: hash(id), tbpartition: hash(id), tbpartitions: 2 }
--   counted_off: { dbpartition: hash(id), tbpartition: hash(id), tbpartitions: 2 }
--   counted_beside: { dbpartition: hash(k) }
CREATE TABLE counted_on (id INT NOT NULL AUTO_INCREMENT PRIMARY KEY, v VARCHAR(10)) ENGINE=InnoDB AUTO_INCREMENT=10 COMMENT='AUTO_INCREMENT=99';
INSERT INTO counted_on (v) VALUES ('a'), ('b');
SELECT id, v FROM counted_on ORDER BY id;
ALTER TABLE counted_on AUTO_INCREMENT = 50;
INSERT INTO counted_on (v) VALUES ('c');
SELECT LAST_INSERT_ID();
ALTER TABLE counted_on COMMENT='x' AUTO_INCREMENT 70;
INSERT INTO counted_on (v) VALUES ('d');
SELECT id, v FROM counted_on ORDER BY id;
ALTER TABLE counted_on AUTO_INCREMENT = 3;
INSERT INTO counted_on (v) VALUES ('e');
SELECT id, v FROM counted_on ORDER BY id;
DELETE FROM counted_on WHERE id > 11;
ALTER TABLE counted_on ADD COLUMN w INT DEFAULT 1, AUTO_INCREMENT=20;
INSERT INTO counted_on (v) VALUES ('f');
SELECT id, v, w FROM counted_on ORDER BY id;
-- The rows are gone, what has been counted is not.
DELETE FROM counted_on WHERE id > 10;
RENAME TABLE counted_on TO counted_off;
INSERT INTO counted_off (v) VALUES ('g');
SELECT id, v, w FROM counted_off ORDER BY id;
TRUNCATE TABLE counted_off;
INSERT INTO counted_off (v) VALUES ('h');
SELECT id, v, w FROM counted_off ORDER BY id;
DROP TABLE counted_off;
CREATE TABLE counted_beside (id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT, k INT NOT NULL, PRIMARY KEY (id, k)) AUTO_INCREMENT=4294967296;
INSERT INTO counted_beside (k) VALUES (1), (2), (3);
SELECT id, k FROM counted_beside ORDER BY id;
DROP TABLE counted_beside;
-- Each physical table would number its own rows.
CREATE TABLE counted_on (id INT NOT NULL PRIMARY KEY, v VARCHAR(10));
INSERT INTO counted_on VALUES (1, 'a'), (2, 'b'), (3, 'c'), (4, 'd');
--@ refused: 21001
ALTER TABLE counted_on ADD COLUMN n INT NOT NULL AUTO_INCREMENT UNIQUE;
--@ refused: 21001
ALTER TABLE counted_on ADD (x INT, n INT NOT NULL AUTO_INCREMENT, KEY (n));
SELECT * FROM counted_on ORDER BY id;
DROP TABLE counted_on;
