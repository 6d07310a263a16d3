-- INSERT, REPLACE, UPDATE and DELETE: how many rows a client is told, over one and many shards.
-- rules:
--   stock: { dbpartition: hash(id), tbpartition: hash(id), tbpartitions: 2 }
CREATE TABLE stock (id INT NOT NULL PRIMARY KEY, name VARCHAR(20) NOT NULL DEFAULT 'none', qty INT NOT NULL DEFAULT 0, price DECIMAL(10,2), note TEXT);
INSERT INTO stock (id, name, qty, price) VALUES (1, 'nail', 100, 0.05);
INSERT INTO stock (id, name, qty, price) VALUES (2, 'bolt', 50, 0.25), (3, 'nut', 60, 0.20), (4, 'gear', 5, 12.50), (5, 'belt', 8, 7.75);
INSERT INTO stock SET id = 6, name = 'cog', qty = 1 + 1;
INSERT stock VALUES (7, 'rod', DEFAULT, NULL, NULL);
INSERT INTO stock (id) VALUES (8), (9), (10);
INSERT INTO shop.stock (id, name) VALUES (11, 'qualified');
INSERT INTO `stock` (`id`, `name`) VALUES (12, 'quo`ted');
SELECT * FROM stock ORDER BY id;
--@ error
INSERT INTO stock (id) VALUES (1);
--@ error
INSERT INTO stock (id, name) VALUES (13, NULL);
SELECT COUNT(*) FROM stock;
INSERT IGNORE INTO stock (id, name) VALUES (1, 'again');
INSERT IGNORE INTO stock (id, name) VALUES (14, 'fresh');
INSERT INTO stock (id, qty) VALUES (1, 1) ON DUPLICATE KEY UPDATE qty = qty + 1;
INSERT INTO stock (id, qty) VALUES (15, 1) ON DUPLICATE KEY UPDATE qty = qty + 1;
INSERT INTO stock (id, qty) VALUES (15, 1) ON DUPLICATE KEY UPDATE qty = qty;
INSERT INTO stock (id, qty) VALUES (2, 7), (3, 8), (16, 9) ON DUPLICATE KEY UPDATE qty = VALUES(qty);
SELECT id, qty FROM stock WHERE id IN (1, 2, 3, 15, 16) ORDER BY id;
REPLACE INTO stock (id, name, qty) VALUES (1, 'replaced', 3);
REPLACE INTO stock (id, name) VALUES (17, 'new by replace');
REPLACE INTO stock (id, name) VALUES (17, 'a'), (18, 'b'), (4, 'c');
REPLACE INTO stock SET id = 5, name = 'set';
SELECT * FROM stock ORDER BY id;
UPDATE stock SET qty = 10 WHERE id = 1;
UPDATE stock SET qty = 10 WHERE id = 1;
UPDATE stock SET qty = qty + 1 WHERE id IN (1, 2, 3);
UPDATE stock SET qty = qty + 1, price = 1 WHERE id = 999;
UPDATE stock SET price = qty * 0.1 WHERE qty > 5;
UPDATE stock AS s SET s.note = CONCAT(s.name, '!') WHERE s.id < 5;
UPDATE shop.stock SET shop.stock.note = 'q' WHERE shop.stock.id = 6;
UPDATE stock SET note = NULL WHERE note IS NULL;
UPDATE stock SET name = DEFAULT WHERE id = 7;
UPDATE stock SET note = 'x' WHERE id = 8 LIMIT 1;
UPDATE stock SET qty = id + 0 WHERE id BETWEEN 8 AND 10;
SELECT * FROM stock ORDER BY id;
--@ params: 77, 8
UPDATE stock SET qty = ? WHERE id = ?;
--@ params: 78, 8, 9, 10
UPDATE stock SET qty = ? WHERE id IN (?, ?, ?);
--@ params: 30, 'p', 1, 31, 'q', 2
INSERT INTO stock (id, name, qty) VALUES (?, ?, ?), (?, ?, ?);
--@ params: 30, 5
INSERT INTO stock (id, qty) VALUES (?, 1) ON DUPLICATE KEY UPDATE qty = qty + ?;
SELECT id, name, qty FROM stock WHERE id IN (8, 9, 10, 30, 31) ORDER BY id;
--@ error
UPDATE stock SET name = NULL WHERE id = 1;
--@ error
UPDATE stock SET nothing = 1 WHERE id = 1;
--@ error
UPDATE stock SET qty = 'many' WHERE id = 1;
DELETE FROM stock WHERE id = 1;
DELETE FROM stock WHERE id = 1;
DELETE FROM stock WHERE id IN (2, 3, 998);
DELETE FROM stock WHERE qty > 70;
DELETE FROM stock WHERE id = 11 LIMIT 1;
--@ params: 12
DELETE FROM stock WHERE id = ?;
SELECT id FROM stock ORDER BY id;
UPDATE stock SET id = 100 WHERE id = 4;
--@ refused: 21006
DELETE FROM stock;
--@ refused: 21006
UPDATE stock SET qty = 0;
/*+TDDL:cmd_extra(FORBID_EXECUTE_DML_ALL=false)*/ UPDATE stock SET qty = 3;
SELECT SUM(qty), COUNT(*) FROM stock;
DELETE FROM stock WHERE 1 = 1;
SELECT COUNT(*) FROM stock;
DROP TABLE stock;
