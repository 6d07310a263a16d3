-- What gives a row another shard key than the statement says: generated columns, ON UPDATE CURRENT_TIMESTAMP, actions of
-- foreign keys. The row would lie at the wrong node, so that is refused. (Triggers: `tests/key_setters.rs`.)
-- rules:
--   summed: { dbpartition: hash(g), tbpartition: hash(g), tbpartitions: 2 }
--   stamped: { dbpartition: hash(k), tbpartition: mmdd(d), tbpartitions: 4 }
--   owner: { dbpartition: hash(k), tbpartition: hash(k), tbpartitions: 2 }
--   owned: { dbpartition: hash(k), tbpartition: hash(k), tbpartitions: 2, binding: owner }
--   sites: { broadcast: true }
--   ruled: { dbpartition: hash(a), tbpartition: mod(b), tbpartitions: 2 }
--   ruling: { dbpartition: hash(a), tbpartition: mod(b), tbpartitions: 2, binding: ruled }
--   placed: { dbpartition: hash(p) }
CREATE TABLE summed (a INT, b INT, g INT AS (a + b) STORED, c INT, id INT PRIMARY KEY);
INSERT INTO summed (a, b, c, id) VALUES (1, 2, 1, 1), (3, 4, 1, 2), (5, 6, 1, 3);
INSERT INTO summed (a, b, c, id) SELECT a, b, c, id + 10 FROM summed;
SELECT id FROM summed WHERE g = 7 ORDER BY id;
UPDATE summed SET c = c + 1 WHERE g = 3;
--@ refused: 21001
UPDATE summed SET a = 2 WHERE g = 3;
--@ refused: 21001
UPDATE summed SET c = 5, B = b + 1 WHERE id > 0;
--@ refused: 21001
INSERT INTO summed (a, b, id) VALUES (9, 9, 1) ON DUPLICATE KEY UPDATE a = 9;
INSERT INTO summed (a, b, id) VALUES (9, 9, 1) ON DUPLICATE KEY UPDATE c = 9;
REPLACE INTO summed (a, b, id) VALUES (9, 9, 2);
SELECT * FROM summed WHERE g = 18;
SELECT * FROM summed ORDER BY id;
-- MariaDB warns of a value for a generated column, or fails, by its sql_mode; MySQL always fails.
--@ only: mariadb
--@ refused: 21017
INSERT INTO summed (a, b, g, id) VALUES (1, 2, 7, 50);
--@ only: mariadb
--@ refused: 21001
INSERT INTO summed SELECT 1, 2, 7, 0, 50;
--@ only: mysql
--@ error
INSERT INTO summed (a, b, g, id) VALUES (1, 2, 7, 50);
--@ only: mysql
--@ error
INSERT INTO summed SELECT 1, 2, 7, 0, 50;
INSERT INTO summed (a, b, g, id) VALUES (1, 2, DEFAULT, 50);
SELECT * FROM summed WHERE g = 3 ORDER BY id;
CREATE TABLE stamped (k INT, v INT, d DATETIME ON UPDATE CURRENT_TIMESTAMP);
INSERT INTO stamped VALUES (1, 1, '2020-01-01'), (2, 2, '2020-02-01');
--@ refused: 21001
UPDATE stamped SET v = 10 WHERE k = 1;
UPDATE stamped SET v = 10, d = '2020-05-05' WHERE k = 1;
UPDATE stamped SET v = v + 1, d = d WHERE v > 0;
SELECT * FROM stamped WHERE d = '2020-05-05';
SELECT * FROM stamped ORDER BY k;
CREATE TABLE owner (k INT PRIMARY KEY, v INT);
CREATE TABLE sites (id INT PRIMARY KEY, name VARCHAR(10));
--@ refused: 21001
CREATE TABLE owned (id INT, k INT, FOREIGN KEY (k) REFERENCES owner (k) ON DELETE SET NULL);
--@ refused: 21001
CREATE TABLE owned (id INT, k INT, CONSTRAINT c FOREIGN KEY f (k) REFERENCES owner (k) ON DELETE CASCADE ON UPDATE SET NULL);
--@ refused: 21001
CREATE TABLE placed (p INT, v INT, FOREIGN KEY (p) REFERENCES sites (id) ON UPDATE CASCADE);
CREATE TABLE placed (p INT, v INT, FOREIGN KEY (p) REFERENCES sites (id) ON DELETE CASCADE, FOREIGN KEY (v) REFERENCES sites (id) ON UPDATE CASCADE ON DELETE SET NULL);
--@ refused: 21001
CREATE TABLE owned (id INT, k INT, FOREIGN KEY (id) REFERENCES owner (k));
--@ refused: 21001
CREATE TABLE owned (id INT PRIMARY KEY, k INT, FOREIGN KEY (k) REFERENCES owned (id));
CREATE TABLE owned (id INT, k INT, FOREIGN KEY (k) REFERENCES owner (k) ON DELETE CASCADE ON UPDATE CASCADE);
--@ refused: 21001
ALTER TABLE owned ADD FOREIGN KEY (id) REFERENCES owner (k);
--@ refused: 21001
ALTER TABLE owned ADD COLUMN w INT, ADD CONSTRAINT w FOREIGN KEY (w) REFERENCES owner (k) ON DELETE SET NULL;
--@ refused: 21001
ALTER TABLE placed ADD CONSTRAINT more FOREIGN KEY (v, p) REFERENCES sites (id, id) ON UPDATE NO ACTION ON DELETE SET DEFAULT;
CREATE TABLE ruling (a INT, b INT, c INT, UNIQUE KEY (a, b), UNIQUE KEY (a, c));
-- Its second shard key follows a column that is none.
--@ refused: 21001
CREATE TABLE ruled (a INT, b INT, FOREIGN KEY (a, b) REFERENCES ruling (a, c) ON UPDATE CASCADE);
-- Its parent may lie at another node.
--@ refused: 21001
CREATE TABLE ruled (a INT, b INT, v INT, FOREIGN KEY (a, v) REFERENCES ruling (a, c));
--@ refused: 21001
CREATE TABLE ruled (a INT, b INT, FOREIGN KEY (a, b) REFERENCES ruling (b, a));
CREATE TABLE ruled (a INT, b INT, FOREIGN KEY (a, b) REFERENCES ruling (a, b) ON UPDATE CASCADE);
DROP TABLE ruled;
DROP TABLE ruling;
INSERT INTO sites VALUES (1, 'a'), (2, 'b'), (3, 'c');
INSERT INTO placed VALUES (1, 2), (1, 3), (2, 3), (3, 3);
UPDATE sites SET id = 15 WHERE id = 3 AND name = 'none';
DELETE FROM sites WHERE id = 1;
SELECT * FROM placed ORDER BY p, v;
--@ error
INSERT INTO placed VALUES (9, NULL);
--@ error
INSERT INTO placed VALUES (2, 2), (9, NULL);
INSERT IGNORE INTO placed VALUES (2, 2), (9, NULL), (3, 9), (3, 2);
SELECT * FROM placed ORDER BY p, v;
INSERT INTO owner VALUES (1, 1), (2, 2);
INSERT INTO owned VALUES (1, 1), (2, 1), (3, 2);
--@ refused: 21001
UPDATE owner SET k = 5 WHERE k = 1;
DELETE FROM owner WHERE v = 1;
SELECT * FROM owned ORDER BY id;
DROP TABLE owned, placed, owner, sites, stamped, summed;
