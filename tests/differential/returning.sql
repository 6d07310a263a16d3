-- RETURNING (MariaDB): rows of many nodes, in the order of the statement's own rows.
-- rules:
--   returned: { dbpartition: hash(owner), tbpartition: hash(owner), tbpartitions: 2 }
--   counted: { dbpartition: hash(owner) }
--   told: { broadcast: true }
--   lone: { single: shop_01 }
CREATE TABLE returned (id INT NOT NULL PRIMARY KEY, owner INT NOT NULL, name VARCHAR(10), price DECIMAL(8,2) DEFAULT 1.50, made DATETIME DEFAULT '2024-01-01 00:00:00', double_price DECIMAL(9,2) AS (price * 2) VIRTUAL);
CREATE TABLE counted (id INT NOT NULL AUTO_INCREMENT PRIMARY KEY, owner INT NOT NULL, name VARCHAR(10), UNIQUE KEY both_keys (owner, name));
CREATE TABLE told (id INT NOT NULL PRIMARY KEY, name VARCHAR(10));
CREATE TABLE lone (id INT NOT NULL PRIMARY KEY, name VARCHAR(10));
--@ only: mariadb
INSERT INTO returned (id, owner, name) VALUES (1, 1, 'a'), (2, 2, 'b'), (3, 3, 'c'), (4, 1, 'd'), (5, 5, NULL), (6, 2, 'f') RETURNING id, owner, name, double_price, CONCAT(name, '!') AS loud, made;
--@ only: mariadb
INSERT INTO returned (id, owner, name) VALUES (7, 7, 'g') RETURNING *;
--@ only: mariadb
INSERT INTO returned (id, owner, name) VALUES (8 + 0, 4 + 4, UPPER('h')), (9, 9, 'i') RETURNING id, owner, name;
--@ only: mariadb
--@ error
INSERT INTO returned (id, owner, name) VALUES (10, 10, 'j'), (1, 1, 'again') RETURNING id;
--@ only: mariadb
--@ error
INSERT INTO returned (id, owner) VALUES (11, 11), (12, 12) RETURNING nothing;
SELECT COUNT(*) FROM returned WHERE id > 9;
--@ only: mariadb
REPLACE INTO returned (id, owner, name) VALUES (1, 1, 'new'), (30, 3, 'newer') RETURNING id, name, price;
--@ only: mariadb
INSERT INTO returned (id, owner, name) VALUES (2, 9, 'met'), (31, 3, 'fresh') ON DUPLICATE KEY UPDATE name = CONCAT(name, '+') RETURNING id, owner, name;
--@ only: mariadb
INSERT IGNORE INTO returned (id, owner, name) VALUES (2, 9, 'out'), (32, 4, 'in') RETURNING id, owner, name;
--@ only: mariadb
--@ unordered
INSERT INTO returned (id, owner, name) SELECT id + 100, owner, name FROM returned WHERE id < 4 RETURNING id, owner, name;
--@ only: mariadb
--@ unordered
INSERT INTO returned (id, owner, name) SELECT id + 200, owner + 1, name FROM returned WHERE id < 4 RETURNING id, owner, name;
--@ only: mariadb
--@ unordered
DELETE FROM returned WHERE id > 200 RETURNING id, name;
--@ only: mariadb
DELETE FROM returned WHERE id > 100 ORDER BY id DESC LIMIT 2 RETURNING id, name, owner * 2;
--@ only: mariadb
DELETE FROM returned WHERE id = 999 RETURNING id;
--@ only: mariadb
DELETE FROM returned WHERE owner = 7 RETURNING id, name;
SELECT id, owner, name FROM returned ORDER BY id;
BEGIN;
--@ only: mariadb
INSERT INTO returned (id, owner, name) VALUES (40, 40, 'x'), (41, 41, 'y') RETURNING id;
--@ only: mariadb
--@ error
INSERT INTO returned (id, owner, name) VALUES (42, 42, 'x'), (40, 40, 'y') RETURNING id;
--@ only: mariadb
--@ unordered
DELETE FROM returned WHERE id IN (1, 2, 3, 40) RETURNING id;
SELECT COUNT(*) FROM returned;
ROLLBACK;
SELECT COUNT(*) FROM returned;
--@ only: mariadb
INSERT INTO counted (owner, name) VALUES (1, 'a'), (2, 'b'), (3, 'c') RETURNING id, name;
SELECT LAST_INSERT_ID() > 0, COUNT(*) FROM counted;
--@ only: mariadb
INSERT INTO counted (owner, name) VALUES (1, 'a'), (4, 'd') ON DUPLICATE KEY UPDATE name = 'a2' RETURNING owner, name;
--@ only: mariadb
REPLACE INTO counted (id, owner, name) VALUES (1, 5, 'e'), (100, 6, 'f') RETURNING *;
SELECT owner, name FROM counted ORDER BY owner;
--@ only: mariadb
INSERT INTO told VALUES (1, 'a'), (2, 'b'), (3, 'c') RETURNING name, id;
--@ only: mariadb
DELETE FROM told WHERE id < 3 RETURNING id + 1;
SELECT * FROM told;
--@ only: mariadb
INSERT INTO lone VALUES (1, 'a'), (2, 'b') RETURNING *;
--@ only: mariadb
INSERT INTO lone SELECT id + 10, 'from many' FROM returned WHERE id < 4 ORDER BY id RETURNING id;
--@ only: mariadb
DELETE FROM lone WHERE id = 1 RETURNING *;
--@ only: mysql
--@ error
INSERT INTO returned (id, owner) VALUES (50, 50), (51, 51) RETURNING id;
--@ only: mysql
--@ error
DELETE FROM returned WHERE id > 50 RETURNING id;
SELECT COUNT(*) FROM returned WHERE id >= 50;
DROP TABLE returned;
DROP TABLE counted;
DROP TABLE told;
DROP TABLE lone;
