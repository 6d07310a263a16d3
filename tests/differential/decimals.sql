-- Exact and approximate numbers: 65 digits, negative amounts, sums that must not pass through a double.
-- rules:
--   amounts: { dbpartition: hash(id), tbpartition: hash(id), tbpartitions: 2 }
CREATE TABLE amounts (
  id INT NOT NULL PRIMARY KEY, grp INT,
  huge DECIMAL(65,30), money DECIMAL(12,2), whole DECIMAL(38,0), pos DECIMAL(8,3) UNSIGNED,
  f FLOAT, d DOUBLE, du DOUBLE UNSIGNED, f2 FLOAT(7,2)
);
INSERT INTO amounts VALUES
  (1, 1, 99999999999999999999999999999999999.999999999999999999999999999999, 9999999999.99, 99999999999999999999999999999999999999, 99999.999, 1.5, 1.7976931348623157e308, 0.1, 12345.67),
  (2, 1, -99999999999999999999999999999999999.999999999999999999999999999999, -9999999999.99, -99999999999999999999999999999999999999, 0, -1.5, -1.7976931348623157e308, 0, -12345.67),
  (3, 2, 0.000000000000000000000000000001, 0.01, 1, 0.001, 1e-38, 2.2250738585072014e-308, 1e-5, 0.01),
  (4, 2, -0.000000000000000000000000000001, -0.01, -1, 0.5, 3.4028234e38, 0.1, 0.2, 0),
  (5, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
  (6, 3, 0, 0.00, 0, 0, 0, 0, 0, 0),
  (7, 3, 12345678901234567890.123456789, 0.10, 12345678901234567890, 1.25, 0.1, 0.2, 0.3, 1.1),
  (8, 3, 1, 0.20, 2, 2.5, 0.2, 0.3, 0.4, 2.2);
SELECT * FROM amounts ORDER BY id;
SELECT * FROM amounts WHERE id = 1;
SELECT id, huge FROM amounts ORDER BY huge, id;
SELECT id, money FROM amounts ORDER BY money DESC, id;
SELECT id, whole FROM amounts ORDER BY whole DESC, id LIMIT 3;
SELECT id, f FROM amounts ORDER BY f, id;
SELECT id, d FROM amounts ORDER BY d DESC, id;
SELECT id, du, f2 FROM amounts ORDER BY du, f2, id;
SELECT SUM(huge) FROM amounts WHERE id IN (3, 7, 8);
SELECT SUM(huge) FROM amounts;
SELECT SUM(money), MIN(money), MAX(money), COUNT(money) FROM amounts;
SELECT SUM(whole), SUM(pos) FROM amounts;
SELECT AVG(money) FROM amounts;
SELECT AVG(huge) FROM amounts WHERE id > 2;
SELECT AVG(whole), AVG(pos) FROM amounts;
SELECT MIN(huge), MAX(huge) FROM amounts;
SELECT MIN(f), MAX(f), MIN(d), MAX(d), MIN(f2), MAX(du) FROM amounts;
SELECT SUM(d) FROM amounts WHERE id = 7;
SELECT grp, SUM(money), AVG(money), COUNT(*) FROM amounts GROUP BY grp ORDER BY grp;
SELECT grp, SUM(huge), AVG(huge) FROM amounts GROUP BY grp ORDER BY grp DESC;
SELECT grp, MIN(whole), MAX(pos) FROM amounts GROUP BY grp ORDER BY 1;
SELECT SUM(money) AS s, SUM(money + 0.005) AS t, SUM(-money) AS u FROM amounts;
SELECT SUM(money * 3) FROM amounts;
SELECT AVG(money / 7) FROM amounts;
SELECT SUM(1 + money / 7) FROM amounts;
SELECT SUM(DISTINCT money) FROM amounts WHERE id = 7;
SELECT COUNT(*), SUM(money), AVG(money), MIN(money), MAX(money) FROM amounts WHERE id > 1000;
SELECT COUNT(*), SUM(money) FROM amounts WHERE FALSE;
SELECT grp, SUM(money) FROM amounts WHERE id > 1000 GROUP BY grp;
SELECT money * 2, money / 3, money DIV 1, money % 0.07, -money FROM amounts WHERE id = 7;
SELECT money / 0, money % 0 FROM amounts WHERE id = 7;
SELECT id, money FROM amounts WHERE money = 0.1;
SELECT id, money FROM amounts WHERE money > 0 ORDER BY money, id;
SELECT id, huge FROM amounts WHERE huge = 0.000000000000000000000000000001;
SELECT DISTINCT grp FROM amounts ORDER BY grp;
SELECT DISTINCT money > 0 AS positive FROM amounts ORDER BY positive;
SELECT ROUND(huge, 3), TRUNCATE(huge, 1), FLOOR(money), CEIL(money) FROM amounts WHERE id = 7;
--@ params: 0.10
SELECT id, money FROM amounts WHERE money = ?;
--@ params: 0.3
SELECT id, d FROM amounts WHERE id = 8 AND d = ?;
UPDATE amounts SET money = money * 1.1 WHERE id = 7;
SELECT money FROM amounts WHERE id = 7;
--@ apart: warning: rows are numbered as they are found, and each table finds its own first
UPDATE amounts SET money = money + 0.005 WHERE id > 2;
SELECT id, money FROM amounts ORDER BY id;
--@ error
UPDATE amounts SET money = 99999999999.99 WHERE id = 7;
--@ error
INSERT INTO amounts (id, money) VALUES (30, 'abc');
--@ error
INSERT INTO amounts (id, pos) VALUES (30, -1);
INSERT INTO amounts (id, money) VALUES (31, 1.005), (32, 1.004), (33, 2.675);
SELECT id, money FROM amounts WHERE id > 30 ORDER BY id;
DELETE FROM amounts WHERE money < 0;
SELECT COUNT(*) FROM amounts;
-- A server's quotient has as many digits as the sum, whatever the type says.
SELECT AVG(IFNULL(TRUNCATE(huge / 1, 1), huge)) FROM amounts WHERE id > 2;
SELECT AVG(IF(grp = 2, TRUNCATE(pos * 1.000001, 1), pos * money * money)) FROM amounts WHERE grp = 2;
SELECT AVG(x.c) FROM (SELECT IFNULL(TRUNCATE(huge, 1), huge) AS c FROM amounts WHERE id > 2) AS x;
SELECT grp, AVG(IF(grp > 0, whole, 0)) FROM amounts WHERE id > 2 GROUP BY grp ORDER BY grp;
DROP TABLE amounts;
