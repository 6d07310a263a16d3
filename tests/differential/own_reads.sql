-- Writes of a table that the statement also reads by another name: joined to itself, or in a query inside. MySQL refuses
-- what MariaDB answers of the latter, with 1093.
-- rules:
--   staff: { dbpartition: hash(region), tbpartition: hash(region), tbpartitions: 2 }
--   posts: { dbpartition: hash(id) }
--   grades: { broadcast: true }
CREATE TABLE staff (id INT NOT NULL PRIMARY KEY, region INT NOT NULL, boss INT, pay DECIMAL(8,2), note VARCHAR(4), twice INT AS (boss * 2));
CREATE TABLE posts (id INT NOT NULL PRIMARY KEY, staff_id INT, pay DECIMAL(8,2));
CREATE TABLE grades (id INT NOT NULL PRIMARY KEY, n INT);
INSERT INTO staff (id, region, boss, pay, note) VALUES (1, 1, NULL, 100, 'a'), (2, 2, 1, 50.5, 'b'), (3, 3, 1, 60, 'c'), (4, 4, 2, 20, NULL), (5, 5, 2, 25, 'd'), (6, 6, 3, 30, 'e'), (7, 1, 9, 10, 'f'), (8, 2, 6, 300, 'g');
INSERT INTO posts VALUES (1, 1, 1), (2, 2, 2), (3, 3, 3), (4, 8, 4);
INSERT INTO grades VALUES (1, 1), (2, 2), (3, 3), (4, 4);
UPDATE staff s JOIN staff b ON b.id = s.boss SET s.pay = b.pay + 1 WHERE s.pay < b.pay;
SELECT * FROM staff ORDER BY id;
UPDATE staff s, staff b SET s.note = b.note WHERE b.id = s.boss AND s.id > 2;
SELECT * FROM staff ORDER BY id;
UPDATE staff s LEFT JOIN staff b ON b.id = s.boss SET s.note = 'none', s.pay = s.pay * 2 WHERE b.id IS NULL;
SELECT * FROM staff ORDER BY id;
--@ params: 2, 3
UPDATE staff b JOIN staff s ON b.id = s.boss SET s.pay = b.pay - ? WHERE b.id < ?;
SELECT * FROM staff ORDER BY id;
-- The row that is changed by a row that is changed.
UPDATE staff s JOIN staff b ON b.id = s.boss SET s.pay = s.pay + b.pay WHERE s.id > 0;
SELECT * FROM staff ORDER BY id;
UPDATE staff s JOIN staff b ON b.id = s.boss SET s.region = b.region WHERE s.id IN (2, 4, 8);
SELECT * FROM staff ORDER BY id;
UPDATE staff s JOIN staff b ON b.id = s.boss JOIN posts p ON p.staff_id = s.id SET s.pay = p.pay + b.pay, s.boss = b.boss WHERE p.id < 100;
SELECT * FROM staff ORDER BY id;
UPDATE staff s JOIN staff b ON b.id = s.id + 1 JOIN grades g ON g.id = s.id SET s.note = g.n WHERE b.pay > 0;
SELECT * FROM staff ORDER BY id;
UPDATE staff s JOIN staff b ON b.id = s.boss SET s.pay = 1 WHERE s.id = 99;
-- The column that is set is read behind that.
--@ only: mariadb
UPDATE staff s JOIN staff b ON b.id = s.id + 1 SET s.boss = b.id, s.pay = s.boss * 10 WHERE s.id > 1;
--@ only: mysql
--@ refused: 21007
UPDATE staff s JOIN staff b ON b.id = s.id + 1 SET s.boss = b.id, s.pay = s.boss * 10 WHERE s.id > 1;
--@ only: mysql
--@ refused: 21007
UPDATE staff s JOIN staff b ON b.id = s.id + 1 SET s.boss = b.id, s.pay = s.twice * 10 WHERE s.id > 1;
--@ only: mysql
--@ refused: 21007
UPDATE staff s JOIN staff b USING (id) SET s.boss = 1, s.pay = id + b.boss WHERE s.id > 1 AND s.region = b.region + 1;
SELECT * FROM staff ORDER BY id;
-- Both names are written.
--@ only: mariadb
UPDATE staff s JOIN staff b ON b.id = s.id + 1 SET s.note = 'x', b.pay = b.pay + 1 WHERE s.id < 4;
--@ only: mysql
--@ refused: 21007
UPDATE staff s JOIN staff b ON b.id = s.id + 1 SET s.note = 'x', b.pay = b.pay + 1 WHERE s.id < 4;
SELECT * FROM staff ORDER BY id;
--@ only: mariadb
DELETE s, b FROM staff s JOIN staff b ON b.id = s.id + 1 WHERE s.id > 6;
SELECT * FROM staff ORDER BY id;
INSERT IGNORE INTO staff (id, region, boss, pay, note) VALUES (7, 1, 9, 10, 'f'), (8, 2, 6, 300, 'g');
-- Warnings and failures: on MySQL these may be others where the rows are read first.
--@ only: mariadb
--@ error
UPDATE staff s JOIN staff b ON b.id = s.boss SET s.note = 'too long' WHERE s.id > 3;
--@ only: mysql
--@ refused: 21001
UPDATE staff s JOIN staff b ON b.id = s.boss SET s.note = 'too long' WHERE s.id > 3;
--@ only: mariadb
--@ error
UPDATE staff s JOIN staff b ON b.id = s.boss SET s.id = b.id WHERE s.id > 3;
--@ only: mysql
--@ refused: 21001
UPDATE staff s JOIN staff b ON b.id = s.boss SET s.id = b.id WHERE s.id > 3;
SET sql_mode = '';
--@ only: mariadb
UPDATE staff s JOIN staff b ON b.id = s.id + 1 SET s.note = 'too long' WHERE s.id > 3;
--@ only: mariadb
SHOW WARNINGS;
--@ only: mysql
--@ refused: 21001
UPDATE staff s JOIN staff b ON b.id = s.id + 1 SET s.note = 'too long' WHERE s.id > 3;
SET sql_mode = DEFAULT;
SELECT * FROM staff ORDER BY id;
-- In a query inside.
--@ only: mysql
--@ error
UPDATE staff SET pay = 0 WHERE id IN (SELECT id FROM staff WHERE pay > 1);
--@ only: mysql
--@ error
UPDATE staff SET pay = (SELECT MAX(pay) FROM staff AS s) WHERE id > 3;
--@ only: mysql
--@ error
UPDATE staff AS s SET pay = 0 WHERE EXISTS (SELECT 1 FROM staff b WHERE b.boss = s.id);
--@ only: mysql
--@ error
UPDATE staff s JOIN posts p ON p.staff_id = s.id SET s.pay = p.pay WHERE s.id IN (SELECT boss FROM staff);
--@ only: mysql
--@ error
UPDATE staff SET nosuch = 0 WHERE id IN (SELECT id FROM staff WHERE pay > 1);
--@ only: mysql
--@ error
DELETE FROM staff WHERE id NOT IN (SELECT boss FROM staff);
-- It is called by its alias: over all nodes, at one, and where the alias alone is told.
--@ only: mysql
--@ error
DELETE a FROM staff AS a WHERE a.id NOT IN (SELECT boss FROM staff);
--@ only: mysql
--@ error
DELETE a FROM staff AS a WHERE a.region = 1 AND a.id NOT IN (SELECT b.boss FROM staff AS b WHERE b.region = 1);
--@ only: mysql
--@ error
DELETE FROM staff AS a WHERE a.region = 1 AND a.id NOT IN (SELECT b.boss FROM staff AS b WHERE b.region = 1);
--@ only: mysql
--@ error
DELETE a FROM staff AS a JOIN grades ON grades.id = a.id WHERE a.region = 1 AND a.id NOT IN (SELECT b.boss FROM staff AS b WHERE b.region = 1);
--@ only: mysql
--@ error
DELETE FROM staff WHERE pay < (SELECT AVG(pay) FROM staff b) ORDER BY id LIMIT 1;
--@ only: mysql
--@ params: 1
--@ error
--@ apart: message: the table goes by its name where backends have no schema selected
--@ apart: warning: so it does here
DELETE s FROM staff s JOIN posts p ON p.staff_id = s.id WHERE s.id IN (SELECT boss FROM staff WHERE boss > ?);
--@ only: mysql
--@ error
UPDATE staff SET pay = 0 WHERE id IN (SELECT p.staff_id FROM posts p WHERE p.staff_id IN (SELECT id FROM staff));
--@ only: mariadb
UPDATE staff SET pay = 5 WHERE id IN (SELECT boss FROM staff WHERE pay > 1);
SELECT * FROM staff ORDER BY id;
--@ only: mariadb
UPDATE staff SET pay = (SELECT MAX(pay) FROM staff AS s) + id WHERE id > 3;
SELECT * FROM staff ORDER BY id;
--@ only: mariadb
UPDATE staff AS s SET pay = pay + 1, note = (SELECT COUNT(*) FROM staff b WHERE b.boss = s.id) WHERE EXISTS (SELECT 1 FROM staff b WHERE b.boss = s.id);
SELECT * FROM staff ORDER BY id;
--@ only: mariadb
UPDATE staff SET pay = pay + (SELECT SUM(s.pay) FROM staff s WHERE s.id <= staff.id) WHERE id > 0 ORDER BY id LIMIT 3;
SELECT * FROM staff ORDER BY id;
--@ only: mariadb
UPDATE staff SET region = region + 1 WHERE id = (SELECT MIN(id) FROM staff s WHERE s.pay > 5);
SELECT * FROM staff ORDER BY id;
--@ only: mariadb
UPDATE staff s JOIN posts p ON p.staff_id = s.id SET s.pay = p.pay WHERE s.id IN (SELECT boss FROM staff);
SELECT * FROM staff ORDER BY id;
--@ only: mariadb
UPDATE staff s JOIN (SELECT id, pay FROM staff WHERE pay > 2) AS d ON d.id = s.boss SET s.pay = d.pay WHERE s.id > 1;
SELECT * FROM staff ORDER BY id;
--@ only: mariadb
--@ error
UPDATE staff SET note = (SELECT 'too long' FROM staff s LIMIT 1) WHERE id > 1;
--@ only: mariadb
--@ error
UPDATE staff SET pay = (SELECT pay FROM staff s) WHERE id > 1;
--@ only: mariadb
--@ error
UPDATE staff SET nosuch = 0 WHERE id IN (SELECT id FROM staff WHERE pay > 1);
--@ only: mariadb
--@ error
UPDATE staff SET id = 1 WHERE id IN (SELECT id FROM (SELECT 2 AS id) AS d UNION SELECT MAX(id) FROM staff);
SELECT * FROM staff ORDER BY id;
SET sql_mode = '';
--@ only: mariadb
UPDATE staff SET note = (SELECT 'too long' FROM staff s LIMIT 1) WHERE id > 1;
--@ only: mariadb
SHOW WARNINGS;
SET sql_mode = DEFAULT;
--@ only: mariadb
--@ params: 3
DELETE FROM staff WHERE id IN (SELECT id + 1 FROM staff WHERE id > ?) ORDER BY id DESC LIMIT 2;
SELECT * FROM staff ORDER BY id;
--@ only: mariadb
--@ error
--@ apart: message: the table goes by its name where backends have no schema selected
--@ apart: warning: so it does here
DELETE s FROM staff s JOIN posts p ON p.staff_id = s.id WHERE s.id IN (SELECT boss FROM staff);
--@ only: mariadb
DELETE FROM staff WHERE pay < (SELECT AVG(pay) FROM staff b) RETURNING id, region;
SELECT * FROM staff ORDER BY id;
-- In a transaction.
BEGIN;
INSERT INTO staff (id, region, boss, pay) VALUES (21, 1, 22, 1), (22, 2, 23, 2), (23, 3, 21, 3);
UPDATE staff s JOIN staff b ON b.id = s.boss SET s.pay = b.pay, s.note = b.id WHERE s.id > 20;
SELECT * FROM staff ORDER BY id;
--@ only: mariadb
DELETE FROM staff WHERE id IN (SELECT boss FROM staff WHERE pay = 3);
--@ only: mysql
--@ error
DELETE FROM staff WHERE id IN (SELECT boss FROM staff WHERE pay = 3);
SELECT * FROM staff ORDER BY id;
ROLLBACK;
SELECT * FROM staff ORDER BY id;
UPDATE grades g JOIN staff s ON s.id = g.id JOIN grades h ON h.id = g.id + 1 SET g.n = h.n + 10 WHERE s.region > 0;
SELECT * FROM grades ORDER BY id;
DROP TABLE staff;
DROP TABLE posts;
DROP TABLE grades;
