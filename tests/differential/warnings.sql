-- What a server warns of the text of a statement, it says once, however many nodes read the text; what it warns of rows is
-- as often there as there are rows. And faults of a text that only a server can tell.
-- rules:
--   jottings: { dbpartition: hash(id), tbpartition: hash(id), tbpartitions: 2 }
--   outings: { dbpartition: hash(id), tbpartition: hash(id), tbpartitions: 2 }
--   coded: { dbpartition: hash(code), tbpartition: hash(code), tbpartitions: 2 }
--   marks: { dbpartition: hash(tag), tbpartition: hash(tag), tbpartitions: 2 }
CREATE TABLE jottings (id INT NOT NULL PRIMARY KEY, owner INT, amount DECIMAL(10,2), body VARCHAR(40), KEY by_owner (owner));
CREATE TABLE marks (tag INT NOT NULL PRIMARY KEY, note INT, KEY by_note (note));
CREATE TABLE outings (id INT NOT NULL PRIMARY KEY, owner INT, day DATE, body VARCHAR(9));
INSERT INTO jottings VALUES (1, 1, 1.5, 'one'), (2, 2, 2.5, '2'), (3, 1, 3.5, '3x'), (4, 2, 4.5, 'four'), (5, 3, NULL, NULL);
INSERT INTO marks VALUES (10, 1), (11, 2), (12, 3), (13, 1), (14, 9);
INSERT INTO outings VALUES (1, 1, '2024-02-01', 'a'), (2, 2, '2024-02-02', '2'), (3, 1, '2024-02-03', '3x'), (4, 3, NULL, NULL);
SELECT id FROM jottings WHERE 'abc';
SELECT id FROM jottings HAVING 'a';
SELECT id FROM jottings WHERE DATABASE();
--@ unordered
SELECT id FROM jottings WHERE owner = '2abc';
--@ unordered
SELECT id FROM jottings WHERE owner IN ('2abc', '3abc');
SELECT id FROM jottings WHERE (body, owner) IN (('one', 'x'), ('four', 'y'));
SELECT id FROM jottings WHERE 1 / 0;
SELECT COUNT(*) FROM jottings WHERE 'abc';
SELECT owner, COUNT(*) FROM jottings WHERE '1abc' GROUP BY owner ORDER BY owner;
SELECT id FROM jottings WHERE !(id = 1) ORDER BY id;
SELECT id, owner && id FROM jottings ORDER BY id;
SELECT AVG(owner && id), SUM(owner && id) FROM jottings;
--@ apart: flags: a server shows in them whether it chose a temporary table
SELECT id FROM jottings j WHERE EXISTS (SELECT 1 FROM jottings o WHERE o.id = j.id AND (o.owner && j.owner)) ORDER BY id;
SELECT id, (SELECT COUNT(*) FROM marks m WHERE BINARY m.note = BINARY j.owner) AS n FROM jottings j ORDER BY id;
SELECT owner && 1 AS o, AVG(id) FROM jottings GROUP BY o ORDER BY o;
SELECT id FROM jottings ORDER BY owner && 1, id;
SELECT id FROM jottings WHERE body LIKE BINARY 'f%';
SELECT SQL_NO_CACHE id FROM jottings ORDER BY id LIMIT 2;
-- EXPLAIN alone tells of an index that a conversion keeps from being used.
CREATE TABLE coded (code VARCHAR(10) COLLATE utf8mb4_bin NOT NULL PRIMARY KEY, v INT, KEY by_v (v));
INSERT INTO coded VALUES ('a', 1), ('b', 2), ('A', 3), ('c', 4), ('d', NULL);
SELECT code FROM coded WHERE code = BINARY 'a' ORDER BY code;
SELECT code FROM coded WHERE code = BINARY 'zz';
SELECT COUNT(*) FROM coded WHERE code = BINARY 'b' AND v = 2;
DROP TABLE coded;
SELECT id, body + 0 FROM jottings WHERE !(id = 9) ORDER BY id;
SELECT SUM(body + 0) FROM jottings WHERE !(id = 9);
--@ text
SELECT @@warning_count;
SELECT 1 AS one FROM jottings j WHERE 'a' = ANY (SELECT m.note / 3 FROM marks m WHERE m.tag < 13);
--@ apart: flags: a server shows in them whether it chose a temporary table
SELECT id FROM jottings WHERE 'one' IN (SELECT body FROM jottings) ORDER BY id;
--@ params: 'abc'
SELECT id FROM jottings WHERE ?;
--@ params: 9
SELECT id, body + 0 FROM jottings WHERE !(id = ?) ORDER BY id;
SELECT id FROM jottings WHERE CURRENT_USER() = body;
SELECT id, USER() = 'nobody' FROM jottings ORDER BY id;
SELECT id FROM jottings WHERE id = 1 AND USER() = 'nobody';
SELECT id FROM jottings ORDER BY CONCAT(CURRENT_USER(), body), id;
SELECT COERCIBILITY(CURRENT_USER()), COLLATION(USER()) FROM jottings WHERE id = 2;
INSERT INTO jottings (id, owner) VALUES (1, 7), (2, 8), (6, 9) ON DUPLICATE KEY UPDATE owner = VALUES(owner);
INSERT INTO jottings (id, owner) VALUES (40, 1 && 2), (41, 2 && 3), (7, 9);
SELECT id, owner FROM jottings ORDER BY id;
UPDATE jottings SET amount = amount + 1 WHERE !(id = 1);
DELETE FROM jottings WHERE !(id < 7);
SELECT id, owner, amount FROM jottings ORDER BY id;
CREATE TABLE widths (id INT(6) NOT NULL PRIMARY KEY, a INT(3), b INT(3), c DOUBLE(10,2), d DOUBLE(10,2));
SET NAMES utf8mb3;
SET NAMES utf8;
SET NAMES utf8mb4;
SET character_set_client = utf8, character_set_results = utf8mb3;
SET NAMES utf8mb4;
--@ error
SELECT id FROM jottings FORCE INDEX (nowhere) ORDER BY id;
--@ error
SELECT n.id FROM jottings n FORCE INDEX (nowhere) JOIN marks t ON t.note = n.id ORDER BY n.id;
--@ error
SELECT n.id FROM jottings n JOIN marks t USE INDEX (nowhere) ON t.note = n.id WHERE n.id > 0 ORDER BY n.id;
--@ error
SELECT id FROM jottings WHERE id IN (SELECT note FROM marks IGNORE INDEX (nowhere)) ORDER BY id;
SELECT n.id, t.tag FROM jottings n FORCE INDEX (by_owner) JOIN marks t USE INDEX (by_note) ON t.note = n.id WHERE n.owner = 7 ORDER BY n.id, t.tag;
--@ error
UPDATE jottings n FORCE INDEX (nowhere) JOIN marks t ON t.note = n.id SET n.owner = 1 WHERE n.id > 0;
--@ error
SELECT COUNT(*) b FROM jottings GROUP BY b;
--@ error
DELETE jottings FROM (SELECT * FROM marks) jottings WHERE tag = 1;
--@ only: mysql
DELETE FROM jottings AS n WHERE n.id = 5;
--@ only: mariadb
--@ refused: 21002
DELETE FROM jottings AS n WHERE n.id = 5;
--@ only: mysql
--@ refused: 21002
INSERT INTO jottings (id, owner) VALUES ((SELECT 1 FROM jottings WHERE id = 2), 5);
--@ only: mariadb
--@ error
INSERT INTO jottings (id, owner) VALUES ((SELECT 1 FROM jottings WHERE id = 2), 5);
--@ error
SELECT id FROM nowhere.jottings;
--@ error
UPDATE nowhere.jottings SET owner = 1;
--@ error
ALTER TABLE nowhere.jottings ADD a INT;
--@ refused: 21009
SELECT /*+TDDL({'type':'direct','dbid':'shop_01'})*/ id FROM jottings;
ANALYZE TABLE jottings, nothing;
CHECK TABLE nowhere.nothing;
--@ error
SHOW CREATE TABLE nowhere.nothing;
--@ error
SHOW COLUMNS FROM nothing IN nowhere;
--@ refused: 21002
SHOW TABLES FROM performance_schema;
--@ error
INSERT INTO jottings (id, owner, body) VALUES (20, 1, 'a'), (21, 2, REPEAT('x', 50)), (22, 3, REPEAT('y', 60)), (23, 'b', 'b');
--@ error
INSERT INTO jottings (id, owner, body) VALUES (24, 1, 'a'), (25, 'x', 'a'), (26, 3, REPEAT('y', 60)), (1, 1, 'b');
--@ error
INSERT INTO jottings (id, owner, body) VALUES (27, 1, 'a'), (1, 1, 'a'), (28, 3, REPEAT('y', 60)), (29, 'x', 'b');
--@ error
INSERT INTO jottings (id, owner, body) VALUES (33, 'x', 'a'), (32, 'x', 'a'), (31, 'x', 'a'), (30, 'x', 'b');
SELECT COUNT(*) FROM jottings;
-- No more are shown than one server keeps.
INSERT INTO jottings (id, owner, body) SELECT a.tag * 1000 + b.tag * 30 + c.tag, 9, 'x' FROM marks a, marks b, marks c;
--@ unordered
SELECT CAST(body AS SIGNED) FROM jottings WHERE owner = 9;
SET max_error_count = 7;
--@ unordered
SELECT CAST(body AS SIGNED) FROM jottings WHERE owner = 9;
SET max_error_count = DEFAULT;
DELETE FROM jottings WHERE owner = 9;
--@ unordered
SELECT owner FROM jottings GROUP BY id, owner HAVING MAX(DATE '2024-02-09') > 6;
--@ unordered
SELECT owner FROM jottings GROUP BY id, owner HAVING MAX(TIMESTAMP '2024-02-03 10:15:00') < 1;
--@ unordered
SELECT owner, COUNT(*) FROM jottings GROUP BY id, owner HAVING MAX('a') <> 3;
--@ unordered
--@ params: 3
SELECT owner FROM jottings GROUP BY id, owner HAVING MAX(DATE '2024-02-09') <> ?;
--@ unordered
--@ params: 3
SELECT id FROM outings GROUP BY id HAVING MAX(day) >= ?;
--@ unordered
--@ params: 20240202
SELECT id FROM outings GROUP BY id HAVING MAX(day) >= ?;
--@ unordered
--@ params: '2024-02-02'
SELECT id FROM outings GROUP BY id HAVING MAX(day) >= ?;
--@ unordered
--@ params: 1.5, '2024-03-01'
SELECT id FROM outings v GROUP BY id HAVING MIN(day) BETWEEN ? AND ?;
--@ unordered
SELECT id FROM outings v GROUP BY id HAVING MIN(day) BETWEEN '1.5' AND '2024-03-01';
--@ unordered
--@ only: mariadb
SELECT id FROM outings v GROUP BY id HAVING MIN(day) < 'abc';
--@ unordered
--@ only: mariadb
SELECT id FROM outings v GROUP BY id HAVING '1.5' < MIN(day);
--@ unordered
--@ only: mariadb
--@ params: 'abc'
SELECT id FROM outings v GROUP BY id HAVING MIN(day) > ?;
--@ unordered
--@ only: mariadb
--@ params: '1.5'
SELECT id FROM outings v GROUP BY id HAVING MIN(day) IN (?);
--@ unordered
--@ params: 2
SELECT id FROM outings GROUP BY id HAVING MIN(body) = ?;
--@ unordered
SELECT id FROM outings GROUP BY id HAVING MAX(day) > (SELECT MAX(note) FROM marks WHERE tag = 10);
--@ unordered
SELECT id FROM outings GROUP BY id HAVING MAX(day) > (SELECT MIN(day) FROM outings o);
--@ unordered
--@ params: 7
SELECT j.id FROM jottings j WHERE j.id IN (SELECT id FROM outings GROUP BY id HAVING MAX(day) <> ?);
--@ unordered
SELECT 11 AS c FROM (SELECT MIN(6.25) AS m FROM jottings AS j GROUP BY j.id HAVING MAX('a') < 3) AS d;
--@ unordered
SELECT 11 AS c FROM marks m JOIN (SELECT j.id FROM jottings AS j GROUP BY j.id HAVING MAX('a') < 3) AS d ON d.id = m.tag;
--@ unordered
SELECT owner FROM jottings GROUP BY id, owner HAVING MIN(body) BETWEEN 0 AND 9 OR COUNT(*) > 1;
--@ unordered
SELECT owner FROM jottings GROUP BY id, owner HAVING MAX(CAST('2024-02-09' AS DATE)) > 6;
--@ unordered
SELECT owner FROM jottings GROUP BY id, owner HAVING MIN(CONCAT(body, 'x')) BETWEEN 0 AND 9;
--@ unordered
SELECT owner FROM jottings GROUP BY id, owner HAVING MAX(DATE '2024-02-09' + INTERVAL 1 DAY) <> 3;
--@ unordered
SELECT owner FROM jottings GROUP BY id, owner HAVING MAX(IF(id > 31, 'a', 'b')) < 3;
--@ unordered
SELECT owner FROM jottings GROUP BY id, owner HAVING MAX(CAST(body AS CHAR)) > 3;
--@ unordered
SELECT owner FROM jottings GROUP BY id, owner HAVING MAX(CAST(id AS SIGNED)) > 3;
DROP TABLE widths;
DROP TABLE outings;
DROP TABLE jottings;
DROP TABLE marks;
