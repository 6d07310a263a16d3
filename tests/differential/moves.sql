-- Writes that no shard can make by itself: a merge node makes them, and the nodes get what has changed.
-- rules:
--   deals: { dbpartition: hash(user_id), tbpartition: hash(user_id), tbpartitions: 2 }
--   rides: { dbpartition: hash(id), tbpartition: hash(id), tbpartitions: 2 }
--   sorts: { broadcast: true }
--   tallies: { single: shop_03 }
--   epistles: { dbpartition: hash(id) }
--   badges: { dbpartition: hash(code) }
--   keyless: { dbpartition: hash(k) }
--   years: { dbpartition: hash(k) }
CREATE TABLE deals (id INT NOT NULL PRIMARY KEY, user_id INT NOT NULL, kind VARCHAR(10), amount DECIMAL(10,2), changed TIMESTAMP NULL DEFAULT NULL, note VARCHAR(20) NOT NULL DEFAULT 'none');
CREATE TABLE rides (id INT NOT NULL PRIMARY KEY, sale_id INT, user_id INT, f FLOAT, d DOUBLE, b VARBINARY(10), j JSON, e ENUM('x','y'), t TIMESTAMP NULL);
CREATE TABLE sorts (kind VARCHAR(10) NOT NULL PRIMARY KEY, label VARCHAR(20));
CREATE TABLE tallies (user_id INT NOT NULL PRIMARY KEY, n INT, total DECIMAL(12,2));
CREATE TABLE badges (code VARCHAR(36) NOT NULL PRIMARY KEY, seen DATETIME, sale_id INT);
INSERT INTO deals (id, user_id, kind, amount) VALUES (1, 1, 'a', 1), (2, 2, 'b', 2), (3, 3, 'a', 3), (4, 4, 'b', NULL), (5, 5, 'c', 5), (6, 1, 'c', 6.5);
INSERT INTO rides VALUES (1, 1, 1, 0.1, 0.1, x'00ff27', '{"a": [1, 2.50, "x"]}', 'x', '2024-01-01 00:00:01'), (2, 1, 2, 1e30, -0.0, 'a\'b\\', '[]', 'y', NULL), (3, 2, 3, NULL, NULL, NULL, NULL, NULL, NULL), (4, 5, 5, -2.5, 1e-300, '', NULL, 'x', '1999-12-31 23:59:59');
INSERT INTO sorts VALUES ('a', 'first'), ('b', 'second');

INSERT INTO rides (id, sale_id) SELECT id + 10, id FROM deals;
SELECT id, sale_id, user_id FROM rides ORDER BY id;
INSERT INTO rides SELECT id + 100, sale_id, user_id, f, d, b, j, e, t FROM rides;
SELECT id, sale_id, user_id, f, d, HEX(b), j, e, t FROM rides ORDER BY id;
INSERT INTO tallies SELECT user_id, COUNT(*), SUM(amount) FROM deals GROUP BY user_id;
SELECT * FROM tallies ORDER BY user_id;
--@ error
INSERT INTO tallies SELECT user_id, COUNT(*), SUM(amount) FROM deals WHERE user_id = 5 GROUP BY user_id;
INSERT INTO tallies (user_id, total) SELECT 90 + id, amount FROM deals WHERE id < 3 ORDER BY id LIMIT 1;
INSERT INTO sorts (kind, label) SELECT kind, CONCAT('from ', COUNT(*)) FROM deals WHERE kind = 'c' GROUP BY kind;
SELECT * FROM sorts ORDER BY kind;
INSERT INTO deals (id, user_id, kind, amount) SELECT s.id + 50, s.user_id + 1, k.kind, s.amount * 2 FROM deals s JOIN sorts k ON k.kind = s.kind WHERE s.id <= 3;
SELECT id, user_id, kind, amount, note FROM deals ORDER BY id;
--@ error
INSERT INTO deals (id, user_id, kind) SELECT id, user_id, 'too long for this column' FROM rides WHERE id = 3;
--@ error
INSERT INTO deals (id, user_id) SELECT id, user_id FROM rides WHERE id = 11;
SET sql_mode = '';
INSERT INTO deals (id, user_id, kind) SELECT id + 200, user_id, 'too long for this column' FROM rides WHERE id = 3;
SHOW WARNINGS;
INSERT INTO deals (id, user_id) SELECT id + 200, user_id FROM rides WHERE id = 11;
SHOW WARNINGS;
SET sql_mode = 'STRICT_TRANS_TABLES,NO_ZERO_IN_DATE,NO_ZERO_DATE,ERROR_FOR_DIVISION_BY_ZERO';
SELECT id, user_id, kind FROM deals WHERE id > 100 ORDER BY id;
DELETE FROM deals WHERE id > 100;
--@ error
INSERT INTO rides (id, sale_id) SELECT IF(id = 51, 1, id + 7000), id FROM deals;
SELECT COUNT(*) FROM rides WHERE id > 7000;

UPDATE deals SET amount = 0 WHERE amount > 1 ORDER BY id LIMIT 2;
SELECT id, user_id, kind, amount FROM deals ORDER BY id;
UPDATE deals SET amount = 0 WHERE id IN (2, 3) ORDER BY id DESC LIMIT 5;
DELETE FROM deals WHERE kind = 'a' ORDER BY id DESC LIMIT 1;
SELECT id, user_id, kind, amount FROM deals ORDER BY id;
UPDATE deals s JOIN rides t ON t.sale_id = s.id SET s.amount = s.amount + 1, s.note = CONCAT('trip ', t.id) WHERE t.id IN (11, 12);
UPDATE deals s JOIN JSON_TABLE('[1, 2]', '$[*]' COLUMNS (n INT PATH '$')) AS x ON x.n = s.id SET s.note = CONCAT('json ', x.n) WHERE s.id < 5;
UPDATE deals s JOIN JSON_TABLE('[1, 2]', '$[*]' COLUMNS (n INT PATH '$')) AS x ON x.n = s.id SET s.note = 'one node' WHERE s.user_id = 2;
SELECT id, user_id, amount, note FROM deals ORDER BY id;
UPDATE deals s LEFT JOIN rides t ON t.sale_id = s.id SET s.note = 'alone' WHERE t.id IS NULL;
SELECT id, user_id, amount, note FROM deals ORDER BY id;
UPDATE deals SET note = 'counted' WHERE id IN (SELECT sale_id FROM rides WHERE id > 10);
SELECT id, user_id, amount, note FROM deals ORDER BY id;
UPDATE deals s, rides t SET s.note = 'both', t.f = 1.5 WHERE t.sale_id = s.id AND s.id < 3;
--@ apart: flags: a server shows in them whether it chose a temporary table
SELECT s.id, s.note, t.id, t.f FROM deals s JOIN rides t ON t.sale_id = s.id ORDER BY s.id, t.id;
UPDATE tallies SET total = total + 1 WHERE user_id IN (SELECT user_id FROM deals WHERE kind = 'c');
SELECT * FROM tallies ORDER BY user_id;
UPDATE tallies t JOIN deals s ON s.user_id = t.user_id SET t.n = s.id WHERE s.id = 5;
UPDATE sorts k JOIN deals s ON s.kind = k.kind SET k.label = 'sold' WHERE s.amount > 5;
SELECT * FROM sorts ORDER BY kind;
UPDATE sorts SET label = 'one' ORDER BY kind LIMIT 1;
SELECT * FROM sorts ORDER BY kind;
DELETE s FROM deals s JOIN rides t ON t.sale_id = s.id WHERE t.id = 11;
DELETE FROM t USING rides t JOIN deals s ON s.id = t.sale_id WHERE s.id = 2;
DELETE FROM rides WHERE id > 100 AND sale_id NOT IN (SELECT id FROM deals);
DELETE a FROM rides AS a JOIN rides AS b ON b.id = a.id + 100 WHERE a.id IN (13, 14);
DELETE x FROM tallies x JOIN tallies y ON y.user_id = x.user_id + 1 WHERE y.user_id = 2;
SELECT * FROM tallies ORDER BY user_id;
SELECT id FROM deals ORDER BY id;
SELECT id FROM rides ORDER BY id;
UPDATE deals SET amount = 1 WHERE id = 4 ORDER BY id LIMIT 1;
--@ error
UPDATE deals SET kind = 'far too long for it' WHERE amount = 1 LIMIT 1;

UPDATE deals SET user_id = user_id + 1 WHERE id > 3;
SELECT id, user_id FROM deals ORDER BY id;
SELECT id FROM deals WHERE user_id = 5 ORDER BY id;
UPDATE deals SET user_id = 9, id = id + 1000 WHERE user_id = 5 AND id = 4;
SELECT id, user_id FROM deals ORDER BY id;
UPDATE rides SET id = id + 1 WHERE id IN (3, 4) ORDER BY id DESC;
SELECT id FROM rides ORDER BY id;
--@ error
UPDATE rides SET id = 5 WHERE id = 2;

BEGIN;
UPDATE deals SET user_id = user_id * 2 WHERE id > 0;
INSERT INTO rides (id, sale_id) SELECT id + 3000, id FROM deals;
SELECT id, user_id FROM deals ORDER BY id;
--@ error
INSERT INTO rides (id, sale_id) SELECT IF(id = 1004, 3005, id + 5000), id FROM deals;
SELECT id FROM rides WHERE id > 2000 ORDER BY id;
ROLLBACK;
SELECT id, user_id FROM deals ORDER BY id;
SELECT id FROM rides ORDER BY id;

REPLACE INTO tallies SELECT user_id, 100 + id, amount FROM deals WHERE id < 4;
SELECT * FROM tallies ORDER BY user_id;
INSERT IGNORE INTO tallies SELECT user_id, 200 + id, amount FROM deals;
SHOW WARNINGS;
SELECT * FROM tallies ORDER BY user_id;
REPLACE INTO rides (id, sale_id) SELECT id, id FROM deals;
--@ apart: warning: each node tells of its own rows that were there already
INSERT IGNORE INTO rides (id, sale_id) SELECT id MOD 3 + 1, id FROM deals ORDER BY id;
SELECT id, sale_id FROM rides ORDER BY id;
REPLACE INTO sorts (kind, label) SELECT kind, 'again' FROM deals WHERE kind IS NOT NULL GROUP BY kind;
INSERT IGNORE INTO sorts (kind, label) SELECT note, 'noted' FROM deals ORDER BY id;
SELECT * FROM sorts ORDER BY kind;

INSERT INTO badges VALUES (UPPER('abc'), '2024-01-01' + INTERVAL 1 DAY, 1 + 1), (CONCAT('x', 'y'), NULL, NULL);
INSERT INTO badges (code, sale_id) VALUES ('plain', (SELECT MAX(id) FROM rides));
INSERT INTO badges SET code = LOWER('SET'), sale_id = 4;
SELECT * FROM badges ORDER BY code;
INSERT INTO badges (code) VALUES (UUID());
SELECT COUNT(*), MAX(LENGTH(code)) FROM badges;
INSERT INTO sorts (kind, label) VALUES ('u', LEFT(UUID(), 0));
INSERT INTO sorts (kind, label) VALUES (SUBSTRING('xyz', 2), RAND() * 0);
SELECT * FROM sorts ORDER BY kind;
INSERT INTO badges (code, sale_id) VALUES (1 + 1, 1);
--@ error
INSERT INTO deals (id, kind) VALUES (9, 'x');
INSERT INTO deals (id, user_id) VALUES (9, 3 * 3);
--@ error
INSERT INTO deals (id, user_id) VALUES (10, '5abc');
INSERT INTO deals (id, user_id, note) VALUES (11, ABS(-4), DEFAULT(note));
SELECT id, user_id, note FROM deals ORDER BY id;
CREATE TABLE epistles (id BIGINT NOT NULL PRIMARY KEY AUTO_INCREMENT, body VARCHAR(20));
INSERT INTO epistles (body) SELECT CONCAT(id, kind) FROM deals ORDER BY id;
SELECT LAST_INSERT_ID();
SELECT id, body FROM epistles ORDER BY id;
INSERT INTO epistles SELECT id + 100, body FROM epistles WHERE id < 3;
SELECT LAST_INSERT_ID();
SELECT id, body FROM epistles ORDER BY id;
DROP TABLE epistles;
CREATE TABLE keyless (k INT NOT NULL, code VARCHAR(10) NOT NULL, n INT, UNIQUE KEY code (code));
CREATE TABLE years (y YEAR NOT NULL PRIMARY KEY, k INT NOT NULL);
INSERT INTO keyless VALUES (1, 'a', 1), (2, 'b', 2), (3, 'C', 3), (4, 'd', NULL);
INSERT INTO years VALUES (2000, 1), (2001, 2), (1901, 3), (0, 4);
UPDATE keyless SET k = k + 1, n = n * 2 WHERE n > 1;
UPDATE keyless SET code = LOWER(code) ORDER BY code DESC LIMIT 3;
DELETE FROM keyless ORDER BY code LIMIT 1;
SELECT * FROM keyless ORDER BY code;
UPDATE years SET k = k + 1 WHERE y < 2001;
DELETE FROM years ORDER BY y DESC LIMIT 1;
SELECT * FROM years ORDER BY y;
DROP TABLE keyless;
DROP TABLE years;
DROP TABLE deals;
DROP TABLE rides;
DROP TABLE sorts;
DROP TABLE tallies;
DROP TABLE badges;
