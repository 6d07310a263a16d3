-- EXECUTE … USING: a value has the type, charset and collation of its variable, in one node's statement, in many nodes',
-- and on a merge node.
-- rules:
--   exe_many: { dbpartition: hash(id), tbpartition: hash(id), tbpartitions: 2 }
--   exe_apart: { dbpartition: hash(n) }
--   exe_text: { dbpartition: hash(s) }
CREATE TABLE exe_one (id INT NOT NULL PRIMARY KEY, n INT, d DECIMAL(10,2), f DOUBLE, s VARCHAR(20), b VARBINARY(20), t DATETIME);
CREATE TABLE exe_many (id INT NOT NULL PRIMARY KEY, n INT, d DECIMAL(10,2), f DOUBLE, s VARCHAR(20), b VARBINARY(20), t DATETIME, z INT(6) ZEROFILL);
CREATE TABLE exe_apart (n INT NOT NULL PRIMARY KEY, d DECIMAL(12,4));
CREATE TABLE exe_text (s VARCHAR(20) CHARACTER SET latin1 COLLATE latin1_bin NOT NULL PRIMARY KEY, v VARCHAR(20));
INSERT INTO exe_one VALUES (1, 5, 1.50, 0.1, 'one', 'x', '2024-01-31 10:00:00'), (2, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO exe_many VALUES (1, 5, 1.50, 0.1, 'one', 'x', '2024-01-31 10:00:00', 7), (2, 6, 2.25, 1e30, 'Two', x'00ff', '2024-02-01 00:00:00', 8), (3, 5, NULL, NULL, NULL, NULL, NULL, NULL), (4, 7, 10.00, -1, 'one ', '', NULL, 9);
INSERT INTO exe_apart VALUES (5, 1.2345), (6, 2.5), (8, 0);
INSERT INTO exe_text VALUES ('ABC', 'a'), ('abc', 'b'), ('café', 'c');
SET @int = 2, @neg = -5, @big = 18446744073709551615, @dec = 1.10, @whole = CAST(7 AS DECIMAL(10,0)), @float = 0.1e0, @huge = 1e30, @text = 'one', @digits = '2', @bytes = x'78', @bits = b'101', @day = DATE'2024-01-31', @odd = _latin1'one' COLLATE latin1_bin, @null_int = 1, @null_int = NULL, @null_dec = 1.5, @null_dec = NULL, @null_text = 'a', @null_text = NULL;
PREPARE third FROM 'SELECT ? / 3 AS v';
EXECUTE third USING @dec;
PREPARE third FROM 'SELECT ? / 3 AS v';
EXECUTE third USING @int;
PREPARE third FROM 'SELECT ? / 3 AS v';
EXECUTE third USING @whole;
PREPARE third FROM 'SELECT ? / 3 AS v';
EXECUTE third USING @float;
PREPARE third FROM 'SELECT ? / 3 AS v';
EXECUTE third USING @digits;
PREPARE third FROM 'SELECT ? / 3 AS v';
EXECUTE third USING @nobody;
PREPARE third FROM 'SELECT ? / 3 AS v';
EXECUTE third USING @null_dec;
PREPARE times FROM 'SELECT ? * 1.10, ? + 1, -?, ? % 2';
EXECUTE times USING @dec, @dec, @dec, @dec;
PREPARE times FROM 'SELECT ? * 1.10, ? + 1, -?, ? % 2';
EXECUTE times USING @big, @neg, @big, @int;
PREPARE bare FROM 'SELECT ?, ? AS named, ROUND(?, 1), CONCAT(?, ''''), IF(?, 1, 2), COALESCE(?, 1)';
EXECUTE bare USING @dec, @dec, @dec, @dec, @dec, @dec;
PREPARE bare FROM 'SELECT ?, ? AS named, ROUND(?, 1), CONCAT(?, ''''), IF(?, 1, 2), COALESCE(?, 1)';
EXECUTE bare USING @huge, @bits, @float, @float, @text, @text;
PREPARE bare FROM 'SELECT ?, ?, ?, ?, ?';
EXECUTE bare USING @nobody, @null_int, @null_dec, @null_text, @day;
PREPARE bare FROM 'SELECT ?, ?, ?, ?, ?, ?';
EXECUTE bare USING @int, @big, @whole, @text, @bytes, @odd;
PREPARE called FROM 'SELECT COLLATION(?), CHARSET(?), HEX(?), ? = ''ONE''';
EXECUTE called USING @odd, @odd, @odd, @odd;
PREPARE called FROM 'SELECT COLLATION(?), CHARSET(?), HEX(?), ? = ''ONE''';
EXECUTE called USING @text, @bytes, @bytes, @bytes;
PREPARE one FROM 'SELECT n + ?, d * ?, f + ?, CONCAT(s, ?), COALESCE(n, ?), IF(n = ?, ?, d) FROM exe_one WHERE id > ? ORDER BY id';
EXECUTE one USING @dec, @dec, @dec, @dec, @dec, @int, @dec, @null_int;
PREPARE one FROM 'SELECT n + ?, d * ?, f + ?, CONCAT(s, ?), COALESCE(n, ?), IF(n = ?, ?, d) FROM exe_one WHERE id >= ? ORDER BY id';
EXECUTE one USING @dec, @dec, @dec, @dec, @dec, @int, @dec, @neg;
PREPARE many FROM 'SELECT id, n + ?, d * ?, f + ?, CONCAT(s, ?), COALESCE(n, ?), z, ? FROM exe_many WHERE id >= ? ORDER BY id';
EXECUTE many USING @dec, @dec, @dec, @odd, @dec, @dec, @neg;
PREPARE many FROM 'SELECT id, n + ?, d * ?, f + ?, CONCAT(s, ?), COALESCE(n, ?), z, ? FROM exe_many WHERE id >= ? ORDER BY id';
EXECUTE many USING @int, @float, @big, @float, @text, @nobody, @neg;
PREPARE summed FROM 'SELECT SUM(?), AVG(?), MAX(?), COUNT(?), SUM(n * ?), AVG(d + ?) FROM exe_many';
EXECUTE summed USING @dec, @dec, @dec, @dec, @dec, @dec;
-- The average has the digits of the values, not those of the parameter's type.
PREPARE averaged FROM 'SELECT AVG(d + ?), COUNT(*) FROM exe_many';
EXECUTE averaged USING @int;
PREPARE grouped FROM 'SELECT n, SUM(d * ?), COUNT(*) FROM exe_many GROUP BY n ORDER BY n LIMIT ?';
EXECUTE grouped USING @dec, @int;
PREPARE filtered FROM 'SELECT id FROM exe_many WHERE d > ? ORDER BY id';
EXECUTE filtered USING @dec;
PREPARE filtered FROM 'SELECT id FROM exe_many WHERE s = ? ORDER BY id';
EXECUTE filtered USING @odd;
EXECUTE filtered USING @text;
PREPARE filtered FROM 'SELECT id FROM exe_many WHERE b = ? ORDER BY id';
EXECUTE filtered USING @bytes;
PREPARE keyed FROM 'SELECT id, d + ? FROM exe_many WHERE id = ?';
EXECUTE keyed USING @dec, @int;
PREPARE keyed FROM 'SELECT id, d + ? FROM exe_many WHERE id = ?';
EXECUTE keyed USING @dec, @digits;
PREPARE keyed FROM 'SELECT id, d + ? FROM exe_many WHERE id = ?';
EXECUTE keyed USING @dec, @whole;
PREPARE keyed FROM 'SELECT id, d + ? FROM exe_many WHERE id IN (?, ?) ORDER BY id';
EXECUTE keyed USING @dec, @int, @float;
PREPARE joined FROM 'SELECT a.id, a.d * ?, b.d / ?, ? FROM exe_many a JOIN exe_apart b ON a.n = b.n WHERE b.d > ?';
--@ unordered
EXECUTE joined USING @dec, @dec, @dec, @dec;
PREPARE either FROM 'SELECT id, ? AS v FROM exe_many WHERE id < ? UNION ALL SELECT n, d FROM exe_apart ORDER BY 1, 2';
EXECUTE either USING @dec, @int;
PREPARE cut FROM 'SELECT id FROM exe_many ORDER BY id LIMIT ?, ?';
SET @off = 1, @cnt = 2;
EXECUTE cut USING @off, @cnt;
-- MySQL takes integers and NULL there.
SET @off = '1', @cnt = -2, @none = NULL;
--@ only: mysql
--@ error
EXECUTE cut USING @off, @k;
--@ only: mariadb
EXECUTE cut USING @off, @off;
--@ only: mysql
--@ error
EXECUTE cut USING @none, @cnt;
EXECUTE cut USING @none, @none;
SET @off = 1, @cnt = 1.0;
--@ only: mysql
--@ error
EXECUTE cut USING @off, @cnt;
EXECUTE cut USING @off, @off;
PREPARE by_text FROM 'SELECT v, ? FROM exe_text WHERE s = ?';
SET @a = _latin1'ABC', @b = _latin1 x'636166E9', @c = 'café', @d = 'abc' COLLATE utf8mb4_bin;
EXECUTE by_text USING @dec, @a;
EXECUTE by_text USING @dec, @b;
EXECUTE by_text USING @dec, @c;
EXECUTE by_text USING @dec, @d;
PREPARE new FROM 'INSERT INTO exe_many (id, n, d, s, b) VALUES (?, ?, ?, ?, ?), (?, ?, ?, ?, ?)';
SET @k = 10, @l = '11', @m = 12.0;
EXECUTE new USING @k, @dec, @float, @odd, @bytes, @l, @digits, @digits, @dec, @text;
PREPARE new FROM 'INSERT INTO exe_many (id, n, d, s, b, t) VALUES (?, ?, ?, ?, ?, ?)';
EXECUTE new USING @m, @int, @nobody, @huge, @big, @day;
SELECT id, n, d, s, HEX(b), t FROM exe_many WHERE id >= 10 ORDER BY id;
PREPARE changed FROM 'UPDATE exe_many SET d = d + ?, s = ? WHERE id > ?';
EXECUTE changed USING @dec, @dec, @k;
SELECT id, d, s FROM exe_many WHERE id >= 10 ORDER BY id;
PREPARE failing FROM 'INSERT INTO exe_many (id, d) VALUES (?, ?), (?, ?), (1, ?)';
START TRANSACTION;
EXECUTE changed USING @dec, @text, @int;
PREPARE removed FROM 'DELETE FROM exe_many WHERE id > ? AND d < ?';
EXECUTE removed USING @k, @huge;
ROLLBACK;
SET @x = 21, @y = 22;
--@ error
EXECUTE failing USING @x, @dec, @y, @dec, @dec;
SELECT id, d, s FROM exe_many ORDER BY id;
--@ error
EXECUTE removed USING @k;
--@ error
EXECUTE removed;
--@ apart on mysql: warning count: what a text warns of when it is prepared is told when it is executed
--@ apart on mysql: warning: what a text warns of when it is prepared is told when it is executed
PREPARE counted FROM 'SELECT id, @row := @row + ? AS r FROM (SELECT id FROM exe_many ORDER BY id LIMIT 10) AS t ORDER BY id';
SET @row = 0;
EXECUTE counted USING @dec;
SELECT @row;
--@ apart on mysql: warning count: what a text warns of when it is prepared is told when it is executed
--@ apart on mysql: warning: what a text warns of when it is prepared is told when it is executed
PREPARE self FROM 'SELECT @row := ? + 1, @row, ?';
--@ apart: length: a DECIMAL that was computed is told wider by MariaDB than one that was set
EXECUTE self USING @row, @row;
SELECT @row;
SET @`a b` = 3, @`q``q` = 'x';
PREPARE named FROM 'SELECT ?, ?';
EXECUTE named USING @`a b`, @`q``q`;
SELECT @`a b`, @`q``q`;
PREPARE sorted FROM 'SELECT n, id FROM exe_many ORDER BY ?, id DESC LIMIT 20';
EXECUTE sorted USING @off;
SET @two = 2;
EXECUTE sorted USING @two;
SELECT @huge, @whole, @whole / 3;
PREPARE emoji FROM 'SELECT ''é'', ?';
EXECUTE emoji USING @text;
-- MariaDB's; MySQL takes the word for a statement's name.
--@ only: mariadb
EXECUTE IMMEDIATE 'SELECT COUNT(*), SUM(d) FROM exe_many';
--@ only: mariadb
EXECUTE IMMEDIATE 'SELECT id, d * ? FROM exe_many WHERE id = ?' USING @dec, @k;
SET @q = 'SELECT n, id FROM exe_many WHERE id < ? ORDER BY n, id';
--@ only: mariadb
EXECUTE IMMEDIATE @q USING @k;
--@ error
EXECUTE IMMEDIATE @q;
--@ error
EXECUTE IMMEDIATE 'SELECT 1 FROM';
--@ only: mariadb
--@ error
EXECUTE IMMEDIATE 'PREPARE s FROM ''SELECT 1''';
--@ only: mysql
--@ error
EXECUTE IMMEDIATE 'SELECT 1';
--@ only: mysql
PREPARE immediate FROM 'SELECT ?';
--@ only: mysql
EXECUTE immediate USING @k;
PREPARE accent FROM 'SELECT HEX(''é''), ?';
SET NAMES latin1;
--@ only: mysql
--@ refused: 21002
EXECUTE accent USING @k;
SET NAMES utf8mb4;
EXECUTE accent USING @k;
-- MySQL reads the text as UTF-8, which it has been converted to, in the charset that it came in.
SET NAMES latin1;
--@ only: mysql
--@ refused: 21002
PREPARE latin FROM 'SELECT ''é'', ?';
PREPARE latin FROM 'SELECT ''e'', ?';
EXECUTE latin USING @k;
SET NAMES utf8mb4;
DROP TABLE exe_one, exe_many, exe_apart, exe_text;
