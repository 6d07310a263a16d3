-- LAST_INSERT_ID(expr): what a statement says itself is told as its id, and is LAST_INSERT_ID() from then on.
-- rules:
--   numbers: { dbpartition: hash(name) }
--   one_number: { single: shop_00 }
--   told_known: { dbpartition: hash(k) }
--   told_anywhere: { dbpartition: hash(k) }
--   told_by_id: { dbpartition: hash(id) }
--   told_copies: { broadcast: true }
--   told_alone: { single: shop_00 }
CREATE TABLE numbers (name VARCHAR(20) NOT NULL PRIMARY KEY, n BIGINT NOT NULL, d DECIMAL(10,2));
CREATE TABLE one_number (n BIGINT UNSIGNED NOT NULL);
CREATE TABLE told_known (id INT NOT NULL AUTO_INCREMENT, k INT NOT NULL, v INT, PRIMARY KEY (id, k), UNIQUE KEY k (k));
CREATE TABLE told_anywhere (id INT NOT NULL AUTO_INCREMENT PRIMARY KEY, k INT NOT NULL, m VARCHAR(10), v INT, UNIQUE KEY m (m));
CREATE TABLE told_by_id (id INT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY, m VARCHAR(10), v INT, UNIQUE KEY m (m));
CREATE TABLE told_copies (id INT NOT NULL AUTO_INCREMENT PRIMARY KEY, m VARCHAR(10), UNIQUE KEY m (m));
INSERT INTO numbers VALUES ('orders', 100, 7.5), ('loans', 0, 1), ('minus', -7, NULL);
INSERT INTO one_number VALUES (18446744073709551610);
UPDATE numbers SET n = LAST_INSERT_ID(n + 1) WHERE name = 'orders';
SELECT LAST_INSERT_ID();
SELECT LAST_INSERT_ID() AS again;
UPDATE numbers SET n = LAST_INSERT_ID(n + 1) WHERE name = 'nobody';
SELECT LAST_INSERT_ID();
UPDATE numbers SET n = LAST_INSERT_ID(n) WHERE name = 'loans';
SELECT LAST_INSERT_ID();
--@ error
UPDATE numbers SET n = LAST_INSERT_ID(n) WHERE name = 'minus';
SELECT LAST_INSERT_ID();
UPDATE numbers SET n = LAST_INSERT_ID(d) WHERE name = 'orders';
SELECT LAST_INSERT_ID();
--@ error
UPDATE numbers SET n = LAST_INSERT_ID(NULL) WHERE name = 'orders';
SELECT LAST_INSERT_ID();
UPDATE numbers SET d = LAST_INSERT_ID(NULL) WHERE name = 'orders';
SELECT LAST_INSERT_ID();
--@ params: 41, 'orders'
UPDATE numbers SET n = LAST_INSERT_ID(?) WHERE name = ?;
SELECT LAST_INSERT_ID();
UPDATE numbers SET d = 3 WHERE name = 'orders' AND LAST_INSERT_ID(77) = 77;
SELECT LAST_INSERT_ID();
UPDATE one_number SET n = LAST_INSERT_ID(n + 1);
SELECT LAST_INSERT_ID();
--@ error
UPDATE one_number SET n = LAST_INSERT_ID(5) + 18446744073709551615;
SELECT LAST_INSERT_ID();
BEGIN;
UPDATE one_number SET n = LAST_INSERT_ID(n + 1);
ROLLBACK;
SELECT LAST_INSERT_ID(), n FROM one_number;
DELETE FROM numbers WHERE name = 'minus' AND n < LAST_INSERT_ID(55);
SELECT LAST_INSERT_ID();
SELECT LAST_INSERT_ID(7), LAST_INSERT_ID(8) AS b;
SELECT LAST_INSERT_ID();
SELECT LAST_INSERT_ID(n) FROM numbers WHERE name = 'loans';
SELECT LAST_INSERT_ID();
SELECT LAST_INSERT_ID(9) FROM numbers WHERE name = 'nobody';
SELECT LAST_INSERT_ID();
--@ params: 12
SELECT LAST_INSERT_ID(?);
SELECT LAST_INSERT_ID();
--@ refused: 21001
SELECT LAST_INSERT_ID(n) FROM numbers ORDER BY name;
--@ refused: 21001
UPDATE numbers SET n = LAST_INSERT_ID(n + 1) WHERE n >= 0;
--@ refused: 21002
SELECT LAST_INSERT_ID(3), LAST_INSERT_ID();
SELECT LAST_INSERT_ID(4);
INSERT INTO told_known (k, v) VALUES (1, 1);
INSERT INTO told_known (k, v) VALUES (2, 1);
INSERT INTO told_known (k, v) VALUES (1, 9) ON DUPLICATE KEY UPDATE id = LAST_INSERT_ID(id), v = VALUES(v);
SELECT LAST_INSERT_ID();
INSERT INTO told_known (k, v) VALUES (2, 9) ON DUPLICATE KEY UPDATE id = LAST_INSERT_ID(id);
SELECT LAST_INSERT_ID();
--@ params: 1, 3
INSERT INTO told_known (k, v) VALUES (?, ?) ON DUPLICATE KEY UPDATE v = VALUES(v), id = LAST_INSERT_ID(id);
SELECT LAST_INSERT_ID();
INSERT INTO told_known SET k = 5, v = LAST_INSERT_ID(66);
SELECT LAST_INSERT_ID() = (SELECT id FROM told_known WHERE k = 5);
INSERT INTO told_known (id, k, v) VALUES (1000, 6, LAST_INSERT_ID(67));
SELECT LAST_INSERT_ID();
SELECT k, v FROM told_known ORDER BY k;
INSERT INTO told_anywhere (k, m, v) VALUES (1, 'a', 1), (2, 'b', 1);
INSERT INTO told_anywhere (k, m, v) VALUES (3, 'a', 2) ON DUPLICATE KEY UPDATE id = LAST_INSERT_ID(id), v = VALUES(v);
SELECT LAST_INSERT_ID();
INSERT INTO told_anywhere (k, m, v) VALUES (3, 'b', 1) ON DUPLICATE KEY UPDATE id = LAST_INSERT_ID(id);
SELECT LAST_INSERT_ID();
--@ params: 3, 'a', 4
INSERT INTO told_anywhere (k, m, v) VALUES (?, ?, ?) ON DUPLICATE KEY UPDATE id = LAST_INSERT_ID(id);
SELECT LAST_INSERT_ID();
INSERT INTO told_anywhere (k, m, v) VALUES (3, 'a', 1), (4, 'b', 1) ON DUPLICATE KEY UPDATE id = LAST_INSERT_ID(id);
SELECT LAST_INSERT_ID();
SELECT k, m, v FROM told_anywhere ORDER BY m;
INSERT INTO told_by_id (m, v) VALUES ('a', 1), ('b', 1);
INSERT INTO told_by_id (m, v) VALUES ('b', 2) ON DUPLICATE KEY UPDATE id = LAST_INSERT_ID(id), v = VALUES(v);
SELECT LAST_INSERT_ID();
SELECT m, v FROM told_by_id WHERE id = LAST_INSERT_ID();
INSERT INTO told_by_id (m, v) VALUES ('new', 3) ON DUPLICATE KEY UPDATE id = LAST_INSERT_ID(id), v = VALUES(v);
SELECT m, v FROM told_by_id WHERE id = LAST_INSERT_ID();
INSERT INTO told_copies (m) VALUES ('a');
--@ refusable
INSERT INTO told_copies (m) VALUES ('a') ON DUPLICATE KEY UPDATE id = LAST_INSERT_ID(id);
--@ refused: 21001
INSERT INTO told_by_id (id, m, v) SELECT n, LAST_INSERT_ID(n), 1 FROM numbers;
DROP TABLE numbers, one_number, told_known, told_anywhere, told_by_id, told_copies;
-- A table in one place: ids that rows bring are told, and are not LAST_INSERT_ID().
CREATE TABLE told_alone (id INT NOT NULL AUTO_INCREMENT PRIMARY KEY, m VARCHAR(10), UNIQUE KEY m (m));
INSERT INTO told_alone (m) VALUES ('a'), ('b');
SELECT LAST_INSERT_ID();
INSERT INTO told_alone VALUES (50, 'c');
SELECT LAST_INSERT_ID();
--@ params: 60, 'd'
INSERT INTO told_alone (id, m) VALUES (?, ?);
SELECT LAST_INSERT_ID();
INSERT INTO told_alone VALUES ('70', 'e');
SELECT LAST_INSERT_ID();
REPLACE INTO told_alone SET id = 70, m = 'f';
SELECT LAST_INSERT_ID();
INSERT INTO told_alone VALUES (80, 'g'), (NULL, 'h');
SELECT LAST_INSERT_ID();
INSERT INTO told_alone VALUES (0, 'i'), (90, 'j');
SELECT LAST_INSERT_ID();
INSERT INTO told_alone VALUES (DEFAULT, 'k');
SELECT LAST_INSERT_ID();
INSERT INTO told_alone SELECT id + 200, CONCAT(m, 'x') FROM told_alone WHERE id = 50;
SELECT LAST_INSERT_ID();
INSERT INTO told_alone (m) SELECT CONCAT(m, 'y') FROM told_alone WHERE id = 50;
SELECT LAST_INSERT_ID();
INSERT INTO told_alone (m) VALUES ('a') ON DUPLICATE KEY UPDATE m = 'aa';
SELECT LAST_INSERT_ID();
INSERT INTO told_alone (m) VALUES ('aa') ON DUPLICATE KEY UPDATE m = 'aa';
SELECT LAST_INSERT_ID();
INSERT INTO told_alone (id, m) VALUES (500, LAST_INSERT_ID());
SELECT LAST_INSERT_ID();
INSERT IGNORE INTO told_alone VALUES (50, 'l');
SELECT LAST_INSERT_ID();
SELECT * FROM told_alone ORDER BY id;
DROP TABLE told_alone;
