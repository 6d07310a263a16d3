-- INSERT, REPLACE and INSERT … SELECT, and what is there afterwards. Written by tools/statements.py.
INSERT INTO customers (id, name, region, credit, joined, score, grade) VALUES (101, 'New', 'N', 1.5, '2024-04-01', 1, 'gold');
INSERT INTO customers (id, name) VALUES (102, 'Two'), (103, 'Three'), (104, 'Four');
INSERT INTO customers SET id = 105, name = 'Five';
INSERT INTO orders VALUES (201, 101, 'open', '2024-04-02 10:00:00', 11.5, NULL);
INSERT INTO orders (id, customer_id, total) VALUES (202, 101, 1 + 2 * 3), (203, 102, ROUND(7 / 3, 2));
INSERT INTO items (order_id, line, product_id, quantity, price) VALUES (201, 1, 1, 2, 3.5), (201, 2, 2, 1, 4), (202, 1, 3, 1, 5);
INSERT INTO events (id, kind, customer_id, value) VALUES (301, CONCAT('lo', 'gin'), 101, 5), (302, UPPER('x'), NULL, NULL);
INSERT INTO staff (id, boss_id, name, team, salary) VALUES (401, 1, 'Zed', 'ops', DEFAULT);
INSERT INTO products (id, name, category, price, weight) VALUES (501, 'thing', 'misc', 9.99, 0.5);
INSERT INTO regions VALUES ('Z', 'Zone', 9);
INSERT IGNORE INTO customers (id, name) VALUES (101, 'again'), (106, 'Six');
INSERT IGNORE INTO orders (id, customer_id, total) VALUES (201, 101, 5), (204, 101, 6);
INSERT INTO customers (id, name) VALUES (101, 'dup') ON DUPLICATE KEY UPDATE name = 'dup';
--@ apart on mysql: warning: a warning about the statement's text comes once from every node
--@ apart on mysql: warning count: a warning about the statement's text comes once from every node
--@ apart on mysql: info: a warning about the statement's text comes once from every node
INSERT INTO customers (id, name, score) VALUES (102, 'dup', 4), (107, 'Seven', 5) ON DUPLICATE KEY UPDATE score = VALUES(score), name = CONCAT(name, '+');
--@ apart on mysql: warning: a warning about the statement's text comes once from every node
--@ apart on mysql: warning count: a warning about the statement's text comes once from every node
--@ apart on mysql: info: a warning about the statement's text comes once from every node
INSERT INTO orders (id, customer_id, total) VALUES (202, 101, 50) ON DUPLICATE KEY UPDATE total = total + VALUES(total);
REPLACE INTO customers (id, name) VALUES (103, 'Replaced');
REPLACE INTO orders (id, customer_id, total) VALUES (203, 102, 77), (205, 102, 78);
REPLACE INTO regions VALUES ('Z', 'Zone 2', 10);
REPLACE INTO products (id, name, category, price) VALUES (501, 'other', 'misc', 1);
INSERT INTO events (id, kind, customer_id) SELECT id + 1000, 'copy', customer_id FROM events WHERE id < 5;
INSERT INTO events (id, kind, customer_id, value) SELECT o.id + 2000, o.status, o.customer_id, FLOOR(o.total) FROM orders o WHERE o.total > 30;
INSERT INTO orders (id, customer_id, total) SELECT id + 1000, customer_id, total FROM orders WHERE id < 4;
INSERT INTO customers (id, name, credit) SELECT customer_id + 1000, 'sum', SUM(total) FROM orders GROUP BY customer_id;
INSERT INTO refunds (id, customer_id, order_id, amount, reason) SELECT 900 + o.id, o.customer_id, o.id, 1, 'copy' FROM orders o WHERE o.customer_id = 3;
INSERT INTO items (order_id, line, product_id, quantity, price) SELECT i.order_id, i.line + 10, p.id, 1, p.price FROM items i JOIN products p ON p.id = i.product_id WHERE i.order_id < 3;
INSERT INTO staff (id, name, team, salary) SELECT 600 + c.id, c.name, 'sales', 1000 FROM customers c LEFT JOIN orders o ON o.customer_id = c.id WHERE o.id IS NULL;
INSERT INTO regions SELECT CONCAT('T', id), name, id FROM products WHERE id < 3;
INSERT INTO products (id, name, category, price) SELECT 700 + number, title, 'region', 1 FROM regions WHERE number < 4 AND code < 'T';
INSERT IGNORE INTO events (id, kind) SELECT id, 'again' FROM events;
INSERT INTO events (id, kind, value) SELECT id, kind, 1 FROM events WHERE id < 4 ON DUPLICATE KEY UPDATE value = 99;
REPLACE INTO events (id, kind, value) SELECT id, 'replaced', value FROM events WHERE id IN (5, 6);
INSERT INTO customers (id, name) SELECT 800, 'only' FROM DUAL;
INSERT INTO customers (id, name) VALUES ((SELECT MAX(id) + 1 FROM staff), 'from a query');
INSERT INTO events (id, kind, customer_id, value) WITH w AS (SELECT customer_id, COUNT(*) AS n FROM orders GROUP BY customer_id) SELECT 3000 + customer_id, 'with', customer_id, n FROM w;
INSERT INTO events (id, kind) SELECT 4000 + id, 'union' FROM customers WHERE id < 3 UNION SELECT 4100 + id, 'union' FROM staff WHERE id < 3;
START TRANSACTION;
INSERT INTO customers (id, name) VALUES (901, 'inside');
SELECT COUNT(*) FROM customers c LEFT JOIN orders o ON o.customer_id = c.id WHERE c.id > 900;
UPDATE customers SET score = 3 WHERE id = 901;
SELECT c.id, c.score, s.name FROM customers c LEFT JOIN staff s ON s.id = c.manager_id WHERE c.id = 901;
ROLLBACK;
SELECT COUNT(*) FROM customers WHERE id > 900;
SELECT * FROM refunds ORDER BY id LIMIT 70;
--@ only: mariadb
INSERT INTO customers (id, name) VALUES (950, 'R') RETURNING id, name;
--@ only: mariadb
DELETE FROM customers WHERE id = 950 RETURNING name;
--@ only: mariadb
REPLACE INTO events (id, kind) VALUES (950, 'R') RETURNING *;
