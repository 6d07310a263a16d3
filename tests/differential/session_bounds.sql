-- Session variables that bound statements or change their answers: on one node, over many, by way of a merge node, and in
-- what is written by way of one. What a connection could not be given, or set back, is refused.
-- rules:
--   ledgers: { dbpartition: hash(id), tbpartition: hash(id), tbpartitions: 2 }
--   stubs: { dbpartition: hash(id), tbpartition: hash(id), tbpartitions: 2 }
CREATE TABLE ledgers (id INT NOT NULL PRIMARY KEY, k INT, s VARCHAR(40), d DATETIME, n DECIMAL(10,2), KEY by_k (k));
CREATE TABLE stubs (id INT NOT NULL PRIMARY KEY, k INT, s VARCHAR(40), d DATETIME, n DECIMAL(10,2), KEY by_k (k));
INSERT INTO ledgers VALUES (1, 1, 'a', '2024-01-01 00:00:00', 1.5), (2, 1, 'b', '2024-03-01 00:00:00', 2.5), (3, 2, 'c', '2024-01-01 10:00:00', 3.5), (4, 2, 'd', NULL, 4.5), (5, 3, 'e', '2024-12-31', 1), (6, 3, 'f', NULL, 2), (7, 4, 'g', NULL, 3), (8, 4, 'h', NULL, 4);
INSERT INTO stubs VALUES (1, 1, 'a', '2024-01-01 00:00:00', 1.5), (2, 1, 'b', '2024-03-01 00:00:00', 2.5), (3, 2, 'c', '2024-01-01 10:00:00', 3.5), (4, 2, 'd', NULL, 4.5), (5, 3, 'e', '2024-12-31', 1), (6, 3, 'f', NULL, 2), (7, 4, 'g', NULL, 3), (8, 4, 'h', NULL, 4);
-- max_join_size: a server counts the rows of its own plan.
SET max_join_size = 1000;
SELECT @@max_join_size, @@sql_big_selects;
SELECT s FROM ledgers WHERE id = 3;
INSERT INTO stubs (id, k) VALUES (21, 1), (22, 2);
DELETE FROM stubs WHERE s IS NULL AND id > 20;
--@ refused: 21001
SELECT id FROM ledgers ORDER BY id;
--@ refused: 21001
SELECT COUNT(*) FROM ledgers;
--@ refused: 21001
SELECT l.id FROM ledgers l JOIN stubs s ON l.k = s.id ORDER BY l.id;
--@ refused: 21001
SELECT id FROM ledgers UNION SELECT k FROM stubs ORDER BY id;
SET sql_big_selects = 1;
SELECT id FROM ledgers ORDER BY id;
SET max_join_size = 1000;
SELECT @@sql_big_selects;
--@ refused: 21001
SELECT id FROM ledgers ORDER BY id;
SET max_join_size = DEFAULT;
SELECT @@sql_big_selects;
SELECT l.id FROM ledgers l JOIN stubs s ON l.k = s.id ORDER BY l.id;
SET sql_big_selects = 0;
--@ refused: 21001
SELECT id FROM ledgers ORDER BY id;
SET sql_big_selects = DEFAULT;
-- sql_safe_updates: a server looks at the keys of its own plan.
SET sql_safe_updates = 1;
--@ error
UPDATE ledgers SET n = 1 WHERE s = 'a';
--@ error
DELETE FROM ledgers WHERE s = 'nothing';
UPDATE ledgers SET n = n + 1 WHERE id > 6;
UPDATE ledgers SET n = n + 1 WHERE id = 6;
INSERT INTO stubs SELECT id + 100, k, s, d, n FROM ledgers;
REPLACE INTO stubs SELECT id + 100, k, s, d, n FROM ledgers WHERE id > 2;
DELETE FROM stubs WHERE id > 100;
--@ refused: 21001
UPDATE ledgers l JOIN stubs s ON l.k = s.id SET l.n = 1 WHERE l.id > 0;
--@ refused: 21001
DELETE FROM ledgers WHERE id > 7 AND k IN (SELECT k FROM stubs WHERE s = 'nothing');
SET sql_safe_updates = DEFAULT;
UPDATE ledgers l JOIN stubs s ON l.k = s.id SET l.n = 1 WHERE l.id > 6;
SELECT id, n FROM ledgers ORDER BY id;
SET div_precision_increment = 8;
SELECT AVG(n), SUM(n) / 7, MAX(n / 3) FROM ledgers;
SELECT k, AVG(n) FROM ledgers GROUP BY k ORDER BY k;
SELECT n / 3 FROM ledgers WHERE id = 1;
SELECT l.n / 3 FROM ledgers l JOIN stubs s ON l.k = s.id ORDER BY l.id;
UPDATE ledgers l JOIN stubs s ON l.k = s.id SET l.n = s.n / 3 WHERE l.id = 1;
SET div_precision_increment = 0;
SELECT AVG(n), SUM(n) / 7, MAX(n / 3), AVG(id) FROM ledgers;
SET div_precision_increment = DEFAULT;
SET default_week_format = 3;
SELECT WEEK(d) AS w, COUNT(*) FROM ledgers GROUP BY w ORDER BY w;
SELECT WEEK(l.d) FROM ledgers l JOIN stubs s ON l.k = s.id WHERE l.d IS NOT NULL ORDER BY l.id;
SET default_week_format = DEFAULT;
SET lc_time_names = 'de_DE';
SELECT DATE_FORMAT(d, '%M %W') AS m, COUNT(*) FROM ledgers GROUP BY m ORDER BY m;
SELECT DAYNAME(l.d) FROM ledgers l JOIN stubs s ON l.k = s.id ORDER BY l.id;
SET lc_time_names = DEFAULT;
SET timestamp = 1700000000;
SELECT id, NOW(), CURDATE() FROM ledgers ORDER BY id LIMIT 2;
SELECT l.id, NOW() FROM ledgers l JOIN stubs s ON l.k = s.id ORDER BY l.id LIMIT 3;
UPDATE ledgers SET d = NOW() WHERE id < 3;
UPDATE ledgers l JOIN stubs s ON l.k = s.id SET l.d = NOW() WHERE l.id = 3;
SELECT id, d FROM ledgers ORDER BY id;
SET timestamp = DEFAULT;
SET character_set_results = NULL;
SELECT s, 'é' FROM ledgers ORDER BY id LIMIT 1;
SELECT l.s, 'é' FROM ledgers l JOIN stubs s ON l.k = s.id ORDER BY l.id LIMIT 1;
SET character_set_results = binary;
SELECT s, 'é' FROM ledgers ORDER BY id LIMIT 1;
SET NAMES utf8mb4;
SET collation_connection = utf8mb4_bin;
SELECT COUNT(*) FROM ledgers WHERE 'a' <> 'A';
SELECT COUNT(*) FROM ledgers l JOIN stubs s ON l.k = s.id WHERE 'a' <> 'A';
SELECT DISTINCT IF(id > 2, 'a', 'A') AS x FROM ledgers ORDER BY x;
SET NAMES utf8mb4;
--@ only: mysql
SET sql_require_primary_key = 1;
--@ apart: flags: a server shows in them whether it chose a temporary table
SELECT l.k, COUNT(*) FROM ledgers l JOIN stubs s ON l.k = s.id GROUP BY l.k ORDER BY l.k;
UPDATE ledgers l JOIN stubs s ON l.k = s.id SET l.n = 3 WHERE l.id = 3;
--@ only: mysql
SET sql_require_primary_key = DEFAULT;
SET default_storage_engine = MEMORY;
--@ apart: flags: a server shows in them whether it chose a temporary table
SELECT l.k, COUNT(*) FROM ledgers l JOIN stubs s ON l.k = s.id GROUP BY l.k ORDER BY l.k;
SET default_storage_engine = DEFAULT;
SET max_error_count = 0;
SELECT id FROM ledgers WHERE s + 1 > 100;
SET max_error_count = DEFAULT;
--@ only: mariadb
SET old_mode = 'ZERO_DATE_TIME_CAST';
--@ only: mariadb
SELECT MAX(CAST(CAST('10:00:00' AS TIME) AS DATETIME)) FROM ledgers;
--@ only: mariadb
SET old_mode = DEFAULT;
SET sql_log_bin = 1;
SET sql_quote_show_create = 1;
SHOW CREATE TABLE ledgers;
--@ refused: 1231
SET sql_log_bin = 0;
--@ refused: 1231
SET sql_quote_show_create = 0;
--@ refused: 1231
SET sql_select_limit = 3;
--@ refused: 21002
SET rand_seed1 = 5;
--@ refused: 21002
SET rand_seed1 = 5, rand_seed2 = 7;
--@ refused: 21002
SET explicit_defaults_for_timestamp = 1;
--@ only: mariadb
--@ refused: 21002
SET system_versioning_asof = '2024-01-01';
SELECT id FROM ledgers ORDER BY id;
DROP TABLE stubs;
DROP TABLE ledgers;
