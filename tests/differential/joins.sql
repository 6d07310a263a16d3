-- Joins and subqueries that each shard can answer alone: tables bound by the same key, broadcast tables, one shard.
-- rules:
--   users: { dbpartition: hash(user_id), tbpartition: hash(user_id), tbpartitions: 2 }
--   orders: { dbpartition: hash(user_id), tbpartition: hash(user_id), tbpartitions: 2, binding: users }
--   items: { dbpartition: hash(user_id), tbpartition: hash(user_id), tbpartitions: 2, binding: users }
--   cities: { broadcast: true }
--   settings: { single: shop_00 }
CREATE TABLE users (user_id INT NOT NULL PRIMARY KEY, name VARCHAR(20), city_id INT);
CREATE TABLE orders (id INT NOT NULL, user_id INT NOT NULL, amount DECIMAL(10,2), PRIMARY KEY (user_id, id));
CREATE TABLE items (order_id INT, user_id INT NOT NULL, what VARCHAR(20), n INT, KEY (user_id));
CREATE TABLE cities (id INT NOT NULL PRIMARY KEY, city VARCHAR(20));
CREATE TABLE settings (k VARCHAR(20) NOT NULL PRIMARY KEY, v VARCHAR(20));
INSERT INTO cities VALUES (1, 'Aarhus'), (2, 'Bergen'), (3, 'Cork'), (4, 'Delft');
INSERT INTO settings VALUES ('colour', 'blue'), ('size', 'XL');
INSERT INTO users VALUES (1, 'Ann', 1), (2, 'Bob', 2), (3, 'Cid', 3), (4, 'Dee', NULL), (5, 'Eve', 1), (17, 'Fay', 2);
INSERT INTO orders VALUES (10, 1, 10.50), (11, 1, 20.00), (12, 2, 5.00), (13, 3, 7.25), (14, 17, 99.99), (15, 5, NULL);
INSERT INTO items VALUES (10, 1, 'pen', 2), (10, 1, 'ink', 1), (11, 1, 'desk', 1), (12, 2, 'pen', 3), (14, 17, 'lamp', 4), (15, 5, 'pen', 5);
SELECT u.name, o.amount FROM users u JOIN orders o ON o.user_id = u.user_id ORDER BY o.id;
SELECT u.name, o.amount FROM users u JOIN orders o ON o.user_id = u.user_id WHERE u.user_id = 1 ORDER BY o.id;
SELECT u.name, o.amount FROM users u INNER JOIN orders o USING (user_id) ORDER BY o.id;
--@ apart: flags: MySQL shows in them whether it chose a temporary table
SELECT u.name, o.id FROM users u, orders o WHERE u.user_id = o.user_id ORDER BY o.id DESC;
SELECT u.name, o.id FROM users u LEFT JOIN orders o ON o.user_id = u.user_id ORDER BY u.user_id, o.id;
SELECT u.name FROM users u LEFT JOIN orders o ON o.user_id = u.user_id WHERE o.id IS NULL ORDER BY u.name;
SELECT o.id, u.name FROM orders o RIGHT JOIN users u ON o.user_id = u.user_id ORDER BY u.user_id, o.id;
SELECT users.name, orders.id FROM users JOIN orders ON users.user_id = orders.user_id WHERE orders.user_id = 17;
SELECT shop.users.name FROM shop.users JOIN shop.orders ON shop.users.user_id = shop.orders.user_id WHERE shop.orders.user_id = 2;
--@ apart: flags: a server shows in them whether it chose a temporary table
SELECT u.name, o.id, i.what, i.n FROM users u JOIN orders o ON o.user_id = u.user_id JOIN items i ON i.user_id = o.user_id AND i.order_id = o.id ORDER BY o.id, i.what;
SELECT * FROM users u JOIN orders o ON o.user_id = u.user_id WHERE u.user_id = 2;
--@ apart: flags: a server shows in them whether it chose a temporary table
SELECT u.*, o.id FROM users u JOIN orders o ON o.user_id = u.user_id ORDER BY o.id LIMIT 2;
--@ apart: flags: MySQL shows in them whether it chose a temporary table
SELECT u.user_id, SUM(o.amount), COUNT(*) FROM users u JOIN orders o ON o.user_id = u.user_id GROUP BY u.user_id ORDER BY u.user_id;
SELECT i.what, SUM(i.n), MAX(o.amount) FROM orders o JOIN items i ON i.user_id = o.user_id AND i.order_id = o.id GROUP BY i.what ORDER BY i.what;
SELECT COUNT(*), SUM(o.amount) FROM users u JOIN orders o ON o.user_id = u.user_id WHERE u.city_id = 1;
SELECT DISTINCT i.what FROM orders o JOIN items i ON i.user_id = o.user_id AND i.order_id = o.id ORDER BY i.what;
SELECT u.name, c.city FROM users u JOIN cities c ON c.id = u.city_id ORDER BY u.user_id;
SELECT u.name, c.city FROM users u LEFT JOIN cities c ON c.id = u.city_id ORDER BY u.user_id;
SELECT c.city, COUNT(*) FROM users u JOIN cities c ON c.id = u.city_id GROUP BY c.city ORDER BY c.city;
SELECT c.city, SUM(o.amount) FROM users u JOIN orders o ON o.user_id = u.user_id JOIN cities c ON c.id = u.city_id GROUP BY c.city ORDER BY 2 DESC;
SELECT u.name, c.city FROM users u JOIN cities c ON c.id = u.city_id WHERE u.user_id = 17;
SELECT a.id, b.id FROM orders a JOIN orders b ON a.user_id = b.user_id AND a.id < b.id ORDER BY a.id, b.id;
SELECT c.city, d.city FROM cities c JOIN cities d ON d.id = c.id + 1 ORDER BY c.id;
SELECT c.city, s.v FROM cities c, settings s WHERE s.k = 'size' ORDER BY c.city;
SELECT COUNT(*) FROM cities;
SELECT * FROM cities ORDER BY id DESC LIMIT 2;
SELECT AVG(id), GROUP_CONCAT(city ORDER BY city) FROM cities;
SELECT city FROM cities WHERE id > (SELECT AVG(id) FROM cities) ORDER BY city;
SELECT id FROM cities UNION SELECT id + 1 FROM cities ORDER BY 1;
SELECT * FROM settings ORDER BY k;
SELECT name FROM users WHERE user_id = 1 AND EXISTS (SELECT 1 FROM orders WHERE orders.user_id = users.user_id);
SELECT name FROM users WHERE user_id = 1 AND user_id IN (SELECT user_id FROM orders WHERE user_id = 1);
SELECT id FROM orders WHERE user_id = 1 AND amount > (SELECT MIN(amount) FROM orders WHERE user_id = 1);
SELECT t.total FROM (SELECT SUM(amount) AS total FROM orders WHERE user_id = 1) AS t;
SELECT name FROM users WHERE city_id IN (SELECT id FROM cities WHERE city LIKE 'A%') ORDER BY name;
SELECT name, (SELECT city FROM cities WHERE cities.id = users.city_id) AS city FROM users ORDER BY user_id;
--@ params: 1
SELECT u.name, o.id FROM users u JOIN orders o ON o.user_id = u.user_id WHERE u.user_id = ? ORDER BY o.id;
--@ apart: flags: a server shows in them whether it chose a temporary table
--@ params: 'pen'
SELECT o.id, i.n FROM orders o JOIN items i ON i.user_id = o.user_id AND i.order_id = o.id WHERE i.what = ? ORDER BY o.id;
--@ error
SELECT user_id FROM users u JOIN orders o ON o.user_id = u.user_id;
--@ error
SELECT u.nothing FROM users u JOIN orders o ON o.user_id = u.user_id;
--@ error
SELECT x.name FROM users u WHERE u.user_id = 1;
UPDATE cities SET city = 'Cobh' WHERE id = 3;
DELETE FROM cities WHERE id = 4;
INSERT INTO cities VALUES (5, 'Espoo'), (6, 'Faro');
REPLACE INTO cities VALUES (5, 'Evora');
--@ error
INSERT INTO cities VALUES (6, 'twice');
SELECT * FROM cities ORDER BY id;
SELECT u.name, c.city FROM users u JOIN cities c ON c.id = u.city_id WHERE c.id = 3;
UPDATE settings SET v = 'red' WHERE k = 'colour';
SELECT v FROM settings WHERE k = 'colour';
DROP TABLE settings;
DROP TABLE cities;
DROP TABLE items;
DROP TABLE orders, users;
