-- ONLY_FULL_GROUP_BY: what a server finds fault with is the client's own statement, not what nodes get to sort by.
-- rules:
--   full_sales: { dbpartition: hash(uid), tbpartition: hash(uid), tbpartitions: 2 }
--   full_users: { dbpartition: hash(id), tbpartition: hash(id), tbpartitions: 2 }
CREATE TABLE full_sales (id INT NOT NULL, uid INT NOT NULL, amt DECIMAL(10,2), PRIMARY KEY (uid, id));
CREATE TABLE full_users (id INT NOT NULL PRIMARY KEY, name VARCHAR(20), age INT);
INSERT INTO full_sales VALUES (1, 1, 5), (2, 2, 4), (3, 3, 3.5), (4, 4, NULL), (5, 5, 1);
INSERT INTO full_users VALUES (1, 'Eve', 30), (2, 'Dee', NULL), (3, 'Cid', 25), (4, 'Bob', 41), (5, 'ann', 19);
SET sql_mode = 'ONLY_FULL_GROUP_BY,STRICT_TRANS_TABLES';
-- MySQL knows that a user has one name, and MariaDB does not look at ORDER BY.
SELECT id, COUNT(*) FROM full_users GROUP BY id ORDER BY name;
SELECT id FROM full_users GROUP BY id ORDER BY age DESC, id LIMIT 2;
--@ apart on mysql: original name: a server shows in it whether it chose a temporary table
SELECT u.id, SUM(s.amt) FROM full_users u JOIN full_sales s ON s.uid = u.id GROUP BY u.id ORDER BY u.name LIMIT 1, 3;
SELECT id, MAX(name) FROM full_users GROUP BY id ORDER BY LENGTH(name), id;
--@ params: 1
SELECT id FROM full_users GROUP BY id HAVING COUNT(*) = ? ORDER BY name DESC;
BEGIN;
UPDATE full_users SET name = 'zoe' WHERE id = 5;
SELECT id FROM full_users GROUP BY id ORDER BY name DESC;
ROLLBACK;
-- Of these it does not: MySQL says where in the client's statement.
--@ only: mysql
--@ error
SELECT uid FROM full_sales GROUP BY uid ORDER BY id;
--@ only: mysql
--@ error
SELECT uid, COUNT(*) FROM full_sales GROUP BY uid ORDER BY 2, amt + 1;
--@ only: mariadb
SELECT uid FROM full_sales GROUP BY uid ORDER BY id DESC;
--@ only: mariadb
SELECT uid, COUNT(*) FROM full_sales GROUP BY uid ORDER BY 2, amt + 1;
--@ error
SELECT uid, amt FROM full_sales GROUP BY uid ORDER BY id;
--@ error
SELECT id, COUNT(*) FROM full_sales;
-- An aggregate by its number.
--@ error
SELECT uid, SUM(amt) FROM full_sales GROUP BY 2;
--@ error
SELECT id, SUM(amt) AS s FROM full_sales GROUP BY 1, 2 ORDER BY 1;
SET sql_mode = '';
SELECT id, COUNT(*) FROM full_users GROUP BY id ORDER BY name;
SET sql_mode = DEFAULT;
DROP TABLE full_sales, full_users;
