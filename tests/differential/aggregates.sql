-- COUNT, SUM, MIN, MAX, AVG and GROUP BY over shards.
-- rules:
--   sales: { dbpartition: hash(user_id), tbpartition: hash(user_id), tbpartitions: 4 }
CREATE TABLE sales (id INT NOT NULL PRIMARY KEY, user_id INT NOT NULL, shop INT, amount DECIMAL(10,2), qty INT, day DATE, kind VARCHAR(10));
INSERT INTO sales VALUES
  (1, 1, 1, 10.00, 1, '2026-01-01', 'web'), (2, 1, 2, 20.50, 2, '2026-01-02', 'Web'), (3, 2, 1, 5.25, 1, '2026-01-01', 'till'),
  (4, 3, 1, 100.00, 4, '2026-01-03', 'web'), (5, 4, 2, 0.01, 1, '2026-01-02', 'till'), (6, 5, 3, 33.33, 3, '2026-01-03', NULL),
  (7, 6, 3, 66.67, 6, '2026-01-01', 'web'), (8, 7, NULL, -10.00, -1, '2026-01-04', 'back'), (9, 8, 2, NULL, NULL, NULL, 'till'),
  (10, 9, 1, 12.34, 2, '2026-02-01', 'TILL'), (11, 9, 1, 12.34, 2, '2026-02-01', 'till'), (12, 17, 2, 7.77, 7, '2026-02-02', 'web');
SELECT COUNT(*) FROM sales;
SELECT COUNT(amount), COUNT(shop), COUNT(*) FROM sales;
SELECT SUM(amount), AVG(amount), MIN(amount), MAX(amount) FROM sales;
SELECT SUM(qty), AVG(qty), MIN(qty), MAX(qty) FROM sales;
SELECT MIN(day), MAX(day), MIN(kind), MAX(kind) FROM sales WHERE id IN (1, 3, 8);
SELECT COUNT(*) FROM sales WHERE user_id = 1;
SELECT user_id, SUM(amount) FROM sales WHERE user_id = 9 GROUP BY user_id;
SELECT shop, COUNT(*) FROM sales GROUP BY shop ORDER BY shop;
SELECT shop, COUNT(*) AS n FROM sales GROUP BY shop ORDER BY n DESC, shop;
SELECT shop, SUM(amount) AS total FROM sales GROUP BY shop ORDER BY total DESC LIMIT 2;
SELECT shop, AVG(amount) AS mean FROM sales GROUP BY shop ORDER BY mean, shop;
--@ apart on mysql: warning: MySQL warns of a zero date in the MIN of a node that no row of one server shows
--@ apart on mysql: warning count: as above
SELECT shop, AVG(amount), AVG(qty), SUM(amount), SUM(qty), COUNT(*), COUNT(amount), MIN(day), MAX(day) FROM sales GROUP BY shop ORDER BY shop;
SELECT SUM(amount), shop FROM sales GROUP BY shop ORDER BY 2 DESC;
SELECT SUM(amount) FROM sales GROUP BY shop ORDER BY shop;
SELECT shop, day, SUM(amount) FROM sales GROUP BY shop, day ORDER BY shop, day;
SELECT day, shop, SUM(amount) FROM sales GROUP BY day, shop ORDER BY day DESC, shop DESC LIMIT 3, 4;
SELECT user_id, COUNT(*) FROM sales GROUP BY user_id ORDER BY user_id;
SELECT user_id % 3 AS bucket, COUNT(*), SUM(amount) FROM sales GROUP BY bucket ORDER BY bucket;
SELECT user_id % 3, COUNT(*) FROM sales GROUP BY user_id % 3 ORDER BY user_id % 3;
SELECT MONTH(day) AS m, SUM(amount) FROM sales GROUP BY m ORDER BY m;
SELECT s.shop, SUM(s.amount) FROM sales s GROUP BY s.shop ORDER BY s.shop;
SELECT s.shop AS place, SUM(s.qty) AS pieces FROM sales AS s WHERE s.amount > 0 GROUP BY place ORDER BY pieces DESC, place;
SELECT shop FROM sales GROUP BY shop ORDER BY shop;
SELECT DISTINCT shop FROM sales ORDER BY shop;
SELECT COUNT(*) AS n FROM sales GROUP BY UPPER(kind) ORDER BY UPPER(kind);
SELECT COUNT(*), SUM(amount) FROM sales GROUP BY kind ORDER BY kind;
--@ unordered
SELECT shop, COUNT(*) FROM sales GROUP BY shop;
--@ unordered
SELECT user_id, MAX(amount) FROM sales GROUP BY user_id;
SELECT SUM(CASE WHEN kind = 'web' THEN amount ELSE 0 END), SUM(IF(qty > 2, 1, 0)) FROM sales;
SELECT SUM(amount * qty), SUM(amount) FROM sales;
SELECT MAX(amount), MIN(qty) FROM sales WHERE shop = 99;
SELECT shop, MAX(amount) FROM sales WHERE shop = 99 GROUP BY shop;
SELECT COUNT(*) FROM sales WHERE user_id IN (1, 2, 9);
--@ unordered
SELECT DISTINCT LAST_DAY(DATE '2024-02-13') AS c1, CASE WHEN (8, user_id) < (user_id, 10) THEN user_id ELSE 0 END AS c2 FROM sales;
SELECT DISTINCT -user_id, shop FROM sales ORDER BY 2, 1;
--@ params: 7, 2
SELECT AVG(?), SUM(?) FROM sales;
SELECT COUNT(DISTINCT shop) FROM sales WHERE user_id = 9;
SELECT user_id, COUNT(DISTINCT shop) FROM sales WHERE user_id = 1 GROUP BY user_id;
SELECT GROUP_CONCAT(id ORDER BY id) FROM sales WHERE user_id = 1;
SELECT shop, SUM(amount) FROM sales WHERE user_id = 1 GROUP BY shop HAVING SUM(amount) > 15 ORDER BY shop;
SELECT STDDEV(amount), VARIANCE(amount) FROM sales WHERE user_id = 1;
SELECT user_id, SUM(amount) FROM sales WHERE user_id = 1 GROUP BY user_id WITH ROLLUP;
SELECT MAX(amount) - MIN(amount) FROM sales WHERE user_id = 9;
--@ params: 1
SELECT SUM(amount) FROM sales WHERE shop = ?;
--@ params: 1, 0
SELECT kind, SUM(qty) FROM sales WHERE shop = ? AND amount > ? AND id IN (1, 3, 4) GROUP BY kind ORDER BY kind;
--@ error
SELECT SUM(nothing) FROM sales;
--@ error
SELECT shop, SUM(amount) FROM sales GROUP BY nothing;
--@ error
SELECT SUM(SUM(amount)) FROM sales;
DROP TABLE sales;
