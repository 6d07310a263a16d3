-- What drivers and people ask before and between statements: variables, functions without a table, SHOW, DESC.
-- rules:
--   things: { dbpartition: hash(id), tbpartition: hash(id), tbpartitions: 2 }
--   refs: { broadcast: true }
CREATE TABLE things (id INT NOT NULL PRIMARY KEY, name VARCHAR(20) NOT NULL DEFAULT 'x' COMMENT 'what it is', price DECIMAL(8,2), KEY by_name (name));
CREATE TABLE refs (code CHAR(2) NOT NULL PRIMARY KEY, meaning TEXT);
SELECT 1;
SELECT 1 AS one, 'two' AS two, NULL AS three, 4.50 AS four, 5e0 AS five, TRUE AS six;
--@ apart: flags: the name itself stands in the place of the function
--@ apart: length: the name itself stands in the place of the function
SELECT DATABASE(), SCHEMA();
SELECT 1 + 1, 7 DIV 2, 7 % 3, 1 = 1, 2 > 3, NOT 1, 1 XOR 1, 5 & 3, 5 | 3, 1 << 4, ~0;
SELECT 'a' LIKE 'A', 'a' = 'A', 'abc' REGEXP 'b', STRCMP('a', 'b');
SELECT CONCAT('a', 1, NULL), CONCAT_WS(',', 'a', NULL, 'b'), UPPER('é'), SUBSTRING('hello', 2, 3), REPLACE('aXb', 'X', '-');
SELECT COALESCE(NULL, 2), IF(1, 'y', 'n'), CASE 2 WHEN 1 THEN 'a' WHEN 2 THEN 'b' END, GREATEST(1, 3, 2);
SELECT DATE('2026-01-02 03:04:05'), YEAR('2026-01-02'), DATE_FORMAT('2026-01-02', '%d.%m.%Y');
SELECT SHA2('weir', 256), CRC32('weir'), HEX('weir'), UNHEX('7765'), TO_BASE64('weir');
SELECT CAST('1.5' AS DECIMAL(10,2)), CAST(1 AS CHAR), CONVERT('é' USING latin1), CAST('2026-01-01' AS DATE);
SELECT 1 FROM DUAL;
SELECT 1 FROM DUAL WHERE FALSE;
SELECT 1 UNION SELECT 2 ORDER BY 1;
SELECT * FROM (SELECT 1 AS a, 2 AS b) AS t;
SELECT /* comment */ 1 -- another
;
SELECT 1 # hash comment
;
SELECT /*! 1 + */ 1;
--@ refused: 21002
SELECT /*!99999 broken */ 2;
/* before */ SELECT 3;
SELECT 'a;b' AS semicolon, '--no comment' AS dashes, '/* nor this */' AS stars;
SET @a = 5, @b = 'text';
--@ apart on mysql: type: no statement takes back a variable that an earlier client has set on the connection
--@ apart: length: no statement takes back a variable that an earlier client has set on the connection
SELECT @a, @b, @c, @a + 1;
SELECT id FROM things WHERE id = @a;
SET @a := 7;
SELECT @a;
SET NAMES utf8mb4;
SELECT @@character_set_client, @@character_set_connection, @@character_set_results;
SET NAMES latin1;
SELECT @@character_set_client, @@collation_connection;
SET NAMES utf8mb4 COLLATE utf8mb4_bin;
SELECT @@collation_connection, 'a' = 'A';
SET NAMES utf8mb4;
SET SESSION sql_mode = 'ANSI_QUOTES,STRICT_TRANS_TABLES';
SELECT @@sql_mode;
SELECT "id" FROM things WHERE "id" = 1;
SET SESSION sql_mode = 'NO_BACKSLASH_ESCAPES';
SELECT 'a\', LENGTH('\\');
SET SESSION sql_mode = 'PIPES_AS_CONCAT';
SELECT 'a' || 'b';
SET SESSION sql_mode = DEFAULT;
SELECT 'a' || 'b', 1 || 0;
SELECT @@autocommit, @@session.autocommit;
SET autocommit = 1;
SELECT @@sql_mode = @@SESSION.sql_mode, @@sql_auto_is_null;
SET SESSION group_concat_max_len = 2048;
SELECT @@group_concat_max_len;
SET time_zone = '+03:00';
SELECT @@time_zone, FROM_UNIXTIME(0);
SET time_zone = '+00:00';
SHOW VARIABLES LIKE 'sql_mode';
SHOW SESSION VARIABLES LIKE 'character_set_client';
SHOW VARIABLES LIKE 'lower_case_table_names';
SHOW TABLES;
SHOW TABLES FROM shop;
SHOW TABLES LIKE 'th%';
SHOW FULL TABLES;
SHOW DATABASES LIKE 'shop';
DESC things;
DESCRIBE things name;
SHOW COLUMNS FROM things;
SHOW FULL COLUMNS FROM things;
SHOW COLUMNS FROM things LIKE 'p%';
SHOW COLUMNS FROM things FROM shop;
SHOW CREATE TABLE things;
SHOW CREATE TABLE refs;
--@ error
SHOW CREATE TABLE nowhere;
--@ error
DESC nowhere;
SHOW WARNINGS;
SHOW ERRORS;
SHOW COUNT(*) WARNINGS;
--@ text
SELECT @@warning_count;
SHOW CHARACTER SET LIKE 'utf8mb4';
SHOW COLLATION LIKE 'utf8mb4_bin';
USE shop;
--@ apart: flags: the name itself stands in the place of the function
--@ apart: length: the name itself stands in the place of the function
SELECT DATABASE();
SELECT CONNECTION_ID() > 0, LENGTH(VERSION()) > 0, ROW_COUNT() IS NOT NULL, FOUND_ROWS() >= 0;
INSERT INTO things (id) VALUES (1), (2), (3);
SELECT ROW_COUNT();
SELECT id FROM things ORDER BY id LIMIT 2;
SELECT FOUND_ROWS();
DO 1;
SELECT ROW_COUNT();
DO 1, @done := 5, (SELECT COUNT(*) FROM things), (SELECT id FROM things WHERE id = 2);
SELECT @done;
DO 1 / 0;
SHOW WARNINGS;
--@ params: 4
DO @done := ?;
SELECT @done;
DO LAST_INSERT_ID(91);
SELECT LAST_INSERT_ID();
DO DATABASE(), CONNECTION_ID();
--@ error
DO nothing_of_this_name;
--@ only: mysql
--@ error
DO (SELECT id FROM things);
--@ only: mariadb
DO (SELECT id FROM things);
SHOW WARNINGS;
--@ error
DO;
--@ refused: 21002
DO GET_LOCK('a', 1);
SELECT id FROM things ORDER BY id LIMIT 1;
--@ error
SELECT id FROM things ORDER BY id LIMIT 1.5;
--@ error
SELECT id FROM things ORDER BY id LIMIT '2';
SELECT id FROM things ORDER BY id LIMIT 1, 1;
--@ error
SELECT id FROM things ORDER BY id LIMIT 1, 1e0;
SELECT id FROM things WHERE id = 2 LIMIT 1;
--@ error
SELECT id FROM things WHERE id = 2 LIMIT 1.5;
DROP TABLE refs;
DROP TABLE things;
