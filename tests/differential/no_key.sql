-- Writes of tables without a key, which no node can make by itself: rows are found again by all of their values.
-- rules:
--   sojourns: { dbpartition: hash(k), tbpartition: hash(k), tbpartitions: 2 }
--   guests: { dbpartition: hash(id) }
--   rooms: { broadcast: true }
--   bills: { single: shop_02 }
CREATE TABLE sojourns (k INT, name VARCHAR(20), n INT, note CHAR(10), at TIMESTAMP(6) NULL DEFAULT NULL ON UPDATE CURRENT_TIMESTAMP(6), KEY (n));
CREATE TABLE guests (id INT NOT NULL PRIMARY KEY, k INT, name VARCHAR(20));
CREATE TABLE rooms (name VARCHAR(20), n INT);
CREATE TABLE bills (k INT, amount DECIMAL(10,2));
INSERT INTO sojourns (k, name, n) VALUES (1, 'a', 1), (1, 'a', 1), (1, 'A', 1), (1, 'a ', 1), (2, 'b', 2), (2, NULL, NULL), (2, NULL, NULL), (3, 'c', 3), (3, 'c', 4), (3, 'c', 5), (NULL, NULL, NULL), (NULL, NULL, NULL), (4, 'd', 1), (5, 'ä', 1), (5, 'a', 1);
INSERT INTO guests VALUES (1, 3, 'c'), (2, 2, 'b'), (3, 1, 'a'), (4, 5, 'x');
INSERT INTO rooms VALUES ('a', 1), ('a', 1), ('b', 2), (NULL, NULL), ('c', 3);
INSERT INTO bills VALUES (1, 1.50), (1, 1.50), (2, NULL), (NULL, 0);
DELETE v FROM sojourns v JOIN guests g ON g.name = v.name WHERE g.id = 1 AND v.n = 4;
SELECT k, HEX(name), n, note, at FROM sojourns ORDER BY k, HEX(name), n;
DELETE FROM sojourns WHERE name = 'a' ORDER BY k, HEX(name) LIMIT 2;
SELECT k, HEX(name), n, note, at FROM sojourns ORDER BY k, HEX(name), n;
UPDATE sojourns SET n = n + 1 WHERE k > 0 ORDER BY k, HEX(name), n LIMIT 7;
SELECT k, HEX(name), n, note, at IS NULL FROM sojourns ORDER BY k, HEX(name), n;
UPDATE sojourns v JOIN guests g ON g.name = v.name SET v.n = v.n + 1 WHERE g.id < 3;
SELECT k, HEX(name), n, note, at IS NULL FROM sojourns ORDER BY k, HEX(name), n;
-- Rows become equal to others that are to be changed, in a circle.
UPDATE sojourns SET k = 7, name = 'q', note = NULL, at = NULL, n = 1 WHERE k = 3;
INSERT INTO sojourns (k, name, n) VALUES (7, 'q', 2), (7, 'q', 2), (7, 'q', 3), (7, 'q', 4);
UPDATE sojourns v JOIN guests g ON g.k = 3 SET v.n = CASE v.n WHEN 4 THEN 1 ELSE v.n + 1 END, v.at = NULL WHERE v.name = 'q';
SELECT k, name, n, at FROM sojourns WHERE k = 7 ORDER BY n;
UPDATE sojourns v JOIN guests g ON g.k = 3 SET v.n = v.n + 1, v.at = NULL WHERE v.name = 'q' AND v.n < 3;
SELECT k, name, n, at FROM sojourns WHERE k = 7 ORDER BY n;
-- Some of equal rows.
INSERT INTO sojourns (k, name, n) VALUES (8, 'r', 1), (8, 'r', 1), (8, 'r', 1), (8, 'r', 1), (8, 'R', 1), (8, 'r ', 1);
UPDATE sojourns SET note = 'two', at = NULL WHERE n = 1 AND HEX(name) = '72' ORDER BY k LIMIT 2;
SELECT k, HEX(name), n, note, at FROM sojourns WHERE k = 8 ORDER BY n, HEX(name), note;
DELETE FROM sojourns WHERE HEX(name) = '72' AND note IS NULL ORDER BY n LIMIT 1;
SELECT k, HEX(name), n, note, at FROM sojourns WHERE k = 8 ORDER BY n, HEX(name), note;
UPDATE sojourns SET note = CONCAT('x ', note), n = n * 2, at = NULL WHERE k IN (SELECT id + 4 FROM guests);
SELECT k, HEX(name), n, note, at FROM sojourns WHERE k = 8 ORDER BY n, HEX(name), note;
-- The shard key gets new values.
UPDATE sojourns SET k = k + 1, at = NULL WHERE name = 'r';
UPDATE sojourns SET k = NULL, at = NULL WHERE name = 'q' ORDER BY n DESC LIMIT 3;
UPDATE sojourns SET k = 1, at = NULL WHERE k IS NULL AND name IS NULL;
SELECT k, HEX(name), n, note, at IS NULL FROM sojourns ORDER BY k, HEX(name), n, note;
-- Tables that are everywhere, and one that lies elsewhere.
UPDATE rooms SET n = n + 1 WHERE name = 'a' ORDER BY n LIMIT 1;
SELECT * FROM rooms ORDER BY name, n;
UPDATE rooms r JOIN guests g ON g.name = r.name SET r.n = 4 - r.n;
SELECT * FROM rooms ORDER BY name, n;
DELETE r FROM rooms r LEFT JOIN guests g ON g.name = r.name WHERE g.id IS NULL OR g.id = 3;
SELECT * FROM rooms ORDER BY name, n;
UPDATE bills b JOIN guests g ON g.k = b.k SET b.amount = b.amount + g.id;
SELECT * FROM bills ORDER BY k, amount;
DELETE FROM bills WHERE k IN (SELECT k FROM sojourns WHERE n > 0) OR k IS NULL;
SELECT * FROM bills ORDER BY k, amount;
INSERT INTO bills VALUES (1, 1.50), (1, 1.50), (9, 7);
DELETE v, b FROM sojourns v JOIN bills b ON b.k = v.k WHERE v.n > 0;
SELECT * FROM bills ORDER BY k, amount;
SELECT k, HEX(name), n, note, at IS NULL FROM sojourns ORDER BY k, HEX(name), n, note;
INSERT INTO bills VALUES (1, 1.50), (1, 1.50), (9, 7), (9, 7);
INSERT INTO sojourns (k, name) VALUES (1, 'z'), (1, 'z'), (9, 'y');
UPDATE sojourns v JOIN bills b ON b.k = v.k SET v.note = 'both', v.at = NULL, b.amount = b.amount * 2 WHERE v.name IN ('y', 'z');
SELECT * FROM bills ORDER BY k, amount;
SELECT k, HEX(name), n, note, at IS NULL FROM sojourns ORDER BY k, HEX(name), n, note;
--@ params: 2, 'z'
UPDATE sojourns v JOIN bills b ON b.k = v.k SET v.n = ?, v.at = NULL WHERE v.name = ?;
--@ params: 1
DELETE FROM sojourns WHERE name = 'z' ORDER BY n LIMIT ?;
SELECT k, HEX(name), n, note, at IS NULL FROM sojourns ORDER BY k, HEX(name), n, note;
-- In a transaction, and undone.
BEGIN;
INSERT INTO sojourns (k, name, n) VALUES (20, 't', 1), (20, 't', 1), (21, 't', 1);
UPDATE sojourns SET n = 2, at = NULL WHERE name = 't' ORDER BY k DESC LIMIT 2;
SELECT k, name, n FROM sojourns WHERE name = 't' ORDER BY k, n;
DELETE FROM sojourns WHERE name = 't' ORDER BY n DESC LIMIT 1;
SELECT COUNT(*), SUM(n) FROM sojourns WHERE name = 't';
ROLLBACK;
SELECT COUNT(*) FROM sojourns WHERE name = 't';
--@ error
UPDATE sojourns SET name = 'far too long for this column' WHERE n > 0 ORDER BY k LIMIT 3;
SET sql_mode = '';
UPDATE sojourns SET note = 'far too long for this column', at = NULL WHERE k > 0 ORDER BY k, HEX(name), n LIMIT 3;
SHOW WARNINGS;
SET sql_mode = 'STRICT_TRANS_TABLES,NO_ZERO_IN_DATE,NO_ZERO_DATE,ERROR_FOR_DIVISION_BY_ZERO';
SELECT k, HEX(name), n, note, at IS NULL FROM sojourns ORDER BY k, HEX(name), n, note;
DROP TABLE sojourns;
DROP TABLE guests;
DROP TABLE rooms;
DROP TABLE bills;
