-- WITH ROLLUP. Written by tools/statements.py.
SELECT region, SUM(score) FROM customers GROUP BY region WITH ROLLUP;
SELECT region, COUNT(*), MAX(score) FROM customers GROUP BY region WITH ROLLUP HAVING COUNT(*) > 1;
SELECT x.g, x.n FROM (SELECT region AS g, COUNT(*) AS n FROM customers GROUP BY region WITH ROLLUP) x ORDER BY x.g, x.n;
SELECT grade, SUM(score) FROM customers GROUP BY grade WITH ROLLUP;
SELECT grade, COUNT(*), MAX(score) FROM customers GROUP BY grade WITH ROLLUP HAVING COUNT(*) > 1;
SELECT x.g, x.n FROM (SELECT grade AS g, COUNT(*) AS n FROM customers GROUP BY grade WITH ROLLUP) x ORDER BY x.g, x.n;
SELECT region, grade, COUNT(*), SUM(score) FROM customers GROUP BY region, grade WITH ROLLUP;
--@ only: mysql
SELECT COALESCE(region, 'all') AS a, COUNT(*) FROM customers GROUP BY region WITH ROLLUP;
SELECT region, SUM(credit) FROM customers GROUP BY region WITH ROLLUP;
SELECT region, COUNT(*), MAX(credit) FROM customers GROUP BY region WITH ROLLUP HAVING COUNT(*) > 1;
SELECT grade, SUM(credit) FROM customers GROUP BY grade WITH ROLLUP;
SELECT grade, COUNT(*), MAX(credit) FROM customers GROUP BY grade WITH ROLLUP HAVING COUNT(*) > 1;
SELECT region, grade, COUNT(*), SUM(credit) FROM customers GROUP BY region, grade WITH ROLLUP;
SELECT status, SUM(total) FROM orders GROUP BY status WITH ROLLUP;
SELECT status, COUNT(*), MAX(total) FROM orders GROUP BY status WITH ROLLUP HAVING COUNT(*) > 1;
SELECT x.g, x.n FROM (SELECT status AS g, COUNT(*) AS n FROM orders GROUP BY status WITH ROLLUP) x ORDER BY x.g, x.n;
SELECT customer_id, SUM(total) FROM orders GROUP BY customer_id WITH ROLLUP;
SELECT customer_id, COUNT(*), MAX(total) FROM orders GROUP BY customer_id WITH ROLLUP HAVING COUNT(*) > 1;
SELECT x.g, x.n FROM (SELECT customer_id AS g, COUNT(*) AS n FROM orders GROUP BY customer_id WITH ROLLUP) x ORDER BY x.g, x.n;
SELECT status, customer_id, COUNT(*), SUM(total) FROM orders GROUP BY status, customer_id WITH ROLLUP;
--@ only: mysql
SELECT COALESCE(status, 'all') AS a, COUNT(*) FROM orders GROUP BY status WITH ROLLUP;
SELECT product_id, SUM(quantity) FROM items GROUP BY product_id WITH ROLLUP;
SELECT product_id, COUNT(*), MAX(quantity) FROM items GROUP BY product_id WITH ROLLUP HAVING COUNT(*) > 1;
SELECT x.g, x.n FROM (SELECT product_id AS g, COUNT(*) AS n FROM items GROUP BY product_id WITH ROLLUP) x ORDER BY x.g, x.n;
SELECT order_id, SUM(quantity) FROM items GROUP BY order_id WITH ROLLUP;
SELECT order_id, COUNT(*), MAX(quantity) FROM items GROUP BY order_id WITH ROLLUP HAVING COUNT(*) > 1;
SELECT x.g, x.n FROM (SELECT order_id AS g, COUNT(*) AS n FROM items GROUP BY order_id WITH ROLLUP) x ORDER BY x.g, x.n;
SELECT product_id, order_id, COUNT(*), SUM(quantity) FROM items GROUP BY product_id, order_id WITH ROLLUP;
--@ only: mysql
SELECT COALESCE(product_id, 'all') AS a, COUNT(*) FROM items GROUP BY product_id WITH ROLLUP;
SELECT product_id, SUM(price) FROM items GROUP BY product_id WITH ROLLUP;
SELECT product_id, COUNT(*), MAX(price) FROM items GROUP BY product_id WITH ROLLUP HAVING COUNT(*) > 1;
SELECT order_id, SUM(price) FROM items GROUP BY order_id WITH ROLLUP;
SELECT order_id, COUNT(*), MAX(price) FROM items GROUP BY order_id WITH ROLLUP HAVING COUNT(*) > 1;
SELECT product_id, order_id, COUNT(*), SUM(price) FROM items GROUP BY product_id, order_id WITH ROLLUP;
SELECT kind, SUM(value) FROM events GROUP BY kind WITH ROLLUP;
SELECT kind, COUNT(*), MAX(value) FROM events GROUP BY kind WITH ROLLUP HAVING COUNT(*) > 1;
SELECT x.g, x.n FROM (SELECT kind AS g, COUNT(*) AS n FROM events GROUP BY kind WITH ROLLUP) x ORDER BY x.g, x.n;
SELECT customer_id, SUM(value) FROM events GROUP BY customer_id WITH ROLLUP;
SELECT customer_id, COUNT(*), MAX(value) FROM events GROUP BY customer_id WITH ROLLUP HAVING COUNT(*) > 1;
SELECT x.g, x.n FROM (SELECT customer_id AS g, COUNT(*) AS n FROM events GROUP BY customer_id WITH ROLLUP) x ORDER BY x.g, x.n;
SELECT kind, customer_id, COUNT(*), SUM(value) FROM events GROUP BY kind, customer_id WITH ROLLUP;
--@ only: mysql
SELECT COALESCE(kind, 'all') AS a, COUNT(*) FROM events GROUP BY kind WITH ROLLUP;
SELECT team, SUM(salary) FROM staff GROUP BY team WITH ROLLUP;
SELECT team, COUNT(*), MAX(salary) FROM staff GROUP BY team WITH ROLLUP HAVING COUNT(*) > 1;
SELECT x.g, x.n FROM (SELECT team AS g, COUNT(*) AS n FROM staff GROUP BY team WITH ROLLUP) x ORDER BY x.g, x.n;
SELECT boss_id, SUM(salary) FROM staff GROUP BY boss_id WITH ROLLUP;
SELECT boss_id, COUNT(*), MAX(salary) FROM staff GROUP BY boss_id WITH ROLLUP HAVING COUNT(*) > 1;
SELECT x.g, x.n FROM (SELECT boss_id AS g, COUNT(*) AS n FROM staff GROUP BY boss_id WITH ROLLUP) x ORDER BY x.g, x.n;
SELECT team, boss_id, COUNT(*), SUM(salary) FROM staff GROUP BY team, boss_id WITH ROLLUP;
--@ only: mysql
SELECT COALESCE(team, 'all') AS a, COUNT(*) FROM staff GROUP BY team WITH ROLLUP;
SELECT reason, SUM(amount) FROM refunds GROUP BY reason WITH ROLLUP;
SELECT reason, COUNT(*), MAX(amount) FROM refunds GROUP BY reason WITH ROLLUP HAVING COUNT(*) > 1;
SELECT x.g, x.n FROM (SELECT reason AS g, COUNT(*) AS n FROM refunds GROUP BY reason WITH ROLLUP) x ORDER BY x.g, x.n;
SELECT customer_id, SUM(amount) FROM refunds GROUP BY customer_id WITH ROLLUP;
SELECT customer_id, COUNT(*), MAX(amount) FROM refunds GROUP BY customer_id WITH ROLLUP HAVING COUNT(*) > 1;
SELECT x.g, x.n FROM (SELECT customer_id AS g, COUNT(*) AS n FROM refunds GROUP BY customer_id WITH ROLLUP) x ORDER BY x.g, x.n;
SELECT reason, customer_id, COUNT(*), SUM(amount) FROM refunds GROUP BY reason, customer_id WITH ROLLUP;
--@ only: mysql
SELECT COALESCE(reason, 'all') AS a, COUNT(*) FROM refunds GROUP BY reason WITH ROLLUP;
SELECT category, SUM(price) FROM products GROUP BY category WITH ROLLUP;
SELECT category, COUNT(*), MAX(price) FROM products GROUP BY category WITH ROLLUP HAVING COUNT(*) > 1;
SELECT x.g, x.n FROM (SELECT category AS g, COUNT(*) AS n FROM products GROUP BY category WITH ROLLUP) x ORDER BY x.g, x.n;
