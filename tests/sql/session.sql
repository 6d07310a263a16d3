-- What a session is: variables, zones, modes, users, the time. Written by tools/statements.py.
SELECT COUNT(DISTINCT NOW()) FROM orders;
SELECT COUNT(*) FROM orders WHERE placed < NOW();
SELECT COUNT(*) FROM customers WHERE joined <= CURDATE();
SELECT COUNT(DISTINCT CURRENT_TIMESTAMP) FROM customers c JOIN items i;
SELECT COUNT(*) FROM orders WHERE YEAR(NOW()) >= 2024;
SELECT MAX(UTC_TIMESTAMP() >= placed) FROM orders;
SELECT COUNT(*) FROM orders WHERE DATEDIFF(CURDATE(), placed) > 0;
--@ apart on mysql: warning: a warning about the statement's text comes once from every node
--@ apart on mysql: warning count: a warning about the statement's text comes once from every node
--@ apart on mysql: info: a warning about the statement's text comes once from every node
SELECT id, USER() = CURRENT_USER() OR TRUE AS u FROM customers ORDER BY id LIMIT 2;
SELECT DATABASE(), COUNT(*) FROM orders GROUP BY 1 ORDER BY 1;
SELECT COUNT(*) FROM orders WHERE CONNECTION_ID() > 0;
SELECT @@sql_mode = '' OR TRUE, COUNT(*) FROM customers GROUP BY 1 ORDER BY 1;
SELECT COUNT(*) FROM orders WHERE RAND() < 2;
SELECT COUNT(DISTINCT UUID()) > 1 FROM orders;
SELECT ROUND(AVG(total), 2), VERSION() IS NOT NULL FROM orders;
SELECT SUM(total > 20 AND NOW() > '2020-01-01') FROM orders;
SELECT LAST_INSERT_ID() * 0, COUNT(*) FROM items;
SELECT COUNT(*) FROM events WHERE UNIX_TIMESTAMP() > 0;
SELECT SYSDATE() > '2020-01-01', COUNT(*) FROM events GROUP BY 1 ORDER BY 1;
SET @low = 20;
SELECT id FROM orders WHERE total > @low ORDER BY id;
SELECT COUNT(*), @low FROM orders;
SET @low = (SELECT AVG(total) FROM orders);
SELECT id FROM orders WHERE total > @low ORDER BY id DESC;
SELECT c.id, @low + c.id AS v FROM customers c JOIN items i ON i.order_id = c.id ORDER BY c.id, i.line;
SET time_zone = '+03:00';
SELECT id, FROM_UNIXTIME(1700000000 + id) AS v FROM customers ORDER BY id;
SELECT COUNT(*) FROM customers c JOIN orders o ON HOUR(FROM_UNIXTIME(0)) = 3 AND o.id = c.id;
SET SESSION group_concat_max_len = 20;
SELECT LENGTH(GROUP_CONCAT(id ORDER BY id)) <= 20 FROM customers WHERE id < 4;
SET SESSION group_concat_max_len = DEFAULT;
SET sql_mode = 'PIPES_AS_CONCAT';
SELECT id, name || '/' || region AS v FROM customers ORDER BY id;
SELECT s.name || b.name AS v FROM staff s JOIN staff b ON b.id = s.boss_id ORDER BY s.id;
SET sql_mode = DEFAULT;
SET lc_time_names = 'de_DE';
SELECT DAYNAME(joined) AS d, COUNT(*) FROM customers GROUP BY d ORDER BY d;
SET div_precision_increment = 8;
SELECT SUM(total) / 7 FROM orders;
SELECT c.region, SUM(i.price) / 3 FROM customers c JOIN items i ON i.order_id = c.id GROUP BY c.region ORDER BY c.region;
