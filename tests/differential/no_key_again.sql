-- Tables without a key that a statement names more than once, whose unique keys may be NULL, or whose key is a number
-- that is none: what is written is what one server writes.
-- rules:
--   shifts: { dbpartition: hash(k), tbpartition: hash(k), tbpartitions: 2 }
--   stickers: { dbpartition: hash(k) }
--   areas: { broadcast: true }
--   weights: { dbpartition: hash(k) }
--   queues: { dbpartition: hash(k) }
CREATE TABLE shifts (k INT, who VARCHAR(10), n INT);
CREATE TABLE stickers (k INT, tag VARCHAR(10), n INT, UNIQUE KEY (k, tag));
CREATE TABLE areas (k INT, n INT);
INSERT INTO shifts VALUES (1, 'a', 1), (1, 'a', 1), (1, 'b', 2), (2, 'a', 1), (2, 'c', 3), (2, 'c', 3), (3, 'd', 4), (NULL, 'a', 1), (NULL, NULL, NULL);
INSERT INTO areas VALUES (1, 1), (1, 1), (2, 2), (NULL, 0);
UPDATE shifts a JOIN shifts b ON b.n = a.n AND b.k = 2 SET a.n = a.n + 10 WHERE a.k = 1;
SELECT * FROM shifts ORDER BY k, who, n;
UPDATE shifts a JOIN shifts b ON b.who = a.who AND b.k > a.k SET a.n = 7, a.who = CONCAT(a.who, 'x') WHERE a.n > 3;
SELECT * FROM shifts ORDER BY k, who, n;
DELETE a FROM shifts a JOIN shifts b ON b.n = a.n AND b.who <> a.who WHERE b.k = 2;
SELECT * FROM shifts ORDER BY k, who, n;
INSERT INTO shifts VALUES (4, 'e', 5), (4, 'e', 5), (4, 'f', 6), (5, 'e', 5), (5, 'f', 6);
UPDATE shifts s JOIN (SELECT who, COUNT(*) AS c FROM shifts GROUP BY who) AS g ON g.who = s.who SET s.n = g.c WHERE s.k >= 4;
SELECT * FROM shifts ORDER BY k, who, n;
DELETE FROM shifts WHERE n = (SELECT most FROM (SELECT MAX(n) AS most FROM shifts) AS m);
SELECT * FROM shifts ORDER BY k, who, n;
--@ only: mariadb
DELETE FROM shifts WHERE who IN (SELECT who FROM shifts WHERE k = 5);
--@ only: mariadb
UPDATE shifts SET n = 20 WHERE n < (SELECT MAX(x.n) FROM shifts x);
--@ only: mysql
--@ error
DELETE FROM shifts WHERE who IN (SELECT who FROM shifts WHERE k = 5);
SELECT * FROM shifts ORDER BY k, who, n;
INSERT INTO shifts VALUES (6, 'g', 1), (6, 'g', 1), (7, 'g', 1);
-- Its rows are at one place of two tables.
--@ only: mariadb
UPDATE shifts a, shifts b SET a.n = 8, b.who = 'h' WHERE a.k = 6 AND b.k = 7 AND a.who = b.who;
SELECT * FROM shifts ORDER BY k, who, n;
UPDATE areas a JOIN shifts s ON s.k = a.k + 5 SET a.n = a.n + 1;
UPDATE areas a JOIN areas b ON b.n = a.n + 1 JOIN shifts s ON s.who = 'g' SET a.n = 9;
SELECT * FROM areas ORDER BY k, n;
-- A unique key that tells apart those rows only that have no NULL in it.
INSERT INTO stickers VALUES (1, 'a', 1), (1, 'b', 1), (1, NULL, 1), (1, NULL, 1), (2, 'a', 1), (2, 'b', 2), (NULL, 'a', 3), (NULL, 'a', 3);
UPDATE stickers SET tag = CASE tag WHEN 'b' THEN 'c' WHEN 'a' THEN 'b' ELSE 'd' END WHERE k = 1 AND tag IS NOT NULL ORDER BY tag DESC LIMIT 2;
SELECT * FROM stickers ORDER BY k, tag, n;
--@ error
UPDATE stickers SET tag = 'q' WHERE k = 1 ORDER BY tag LIMIT 3;
UPDATE stickers t JOIN areas a ON a.k = t.k JOIN shifts s ON s.k = 6 SET t.n = t.n + 1 WHERE t.n > 0;
UPDATE stickers SET k = 3, tag = 'z' WHERE k IS NULL ORDER BY n LIMIT 1;
SELECT * FROM stickers ORDER BY k, tag, n;
UPDATE IGNORE stickers t JOIN shifts s ON s.k = 7 SET t.tag = 'z' WHERE t.k IN (2, 3);
SHOW WARNINGS;
SELECT t.k, t.n, COUNT(t.tag = 'z') FROM stickers t GROUP BY t.k, t.n ORDER BY t.k, t.n;
DELETE IGNORE t FROM stickers t JOIN shifts s ON s.k = 7 WHERE t.tag IS NULL;
SELECT COUNT(*) FROM stickers;
-- Many equal rows, and many that differ.
INSERT INTO areas WITH RECURSIVE r AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM r WHERE n < 900) SELECT 50, n % 3 FROM r;
INSERT INTO shifts WITH RECURSIVE r AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM r WHERE n < 900) SELECT n, CONCAT('m', n % 100), n % 7 FROM r;
UPDATE shifts s JOIN stickers t ON t.k = 3 SET s.n = s.n + 1 WHERE s.who LIKE 'm%' AND s.k < 300;
SELECT n, COUNT(*), SUM(k) FROM shifts GROUP BY n ORDER BY n;
DELETE FROM shifts WHERE who LIKE 'm%' ORDER BY n, k LIMIT 600;
SELECT n, COUNT(*), SUM(k) FROM shifts GROUP BY n ORDER BY n;
UPDATE areas SET n = 1 - n WHERE k = 50 AND n < 2 ORDER BY n LIMIT 450;
SELECT k, n, COUNT(*) FROM areas GROUP BY k, n ORDER BY k, n;
DELETE FROM areas WHERE k = 50 ORDER BY n LIMIT 700;
SELECT k, n, COUNT(*) FROM areas GROUP BY k, n ORDER BY k, n;
-- A primary key of a type whose values do not address rows.
CREATE TABLE weights (w DOUBLE NOT NULL, k INT NOT NULL, n INT, PRIMARY KEY (w, k));
INSERT INTO weights VALUES (0.1, 1, 1), (0.10000000000000002, 1, 1), (1e300, 2, 1), (-1e-300, 3, 1), (0, 4, 1);
UPDATE weights SET n = n + 1 WHERE w < 1 ORDER BY w LIMIT 3;
UPDATE weights w JOIN shifts s ON s.k = 7 SET w.w = w.w * 2 WHERE w.k < 3;
DELETE FROM weights ORDER BY w DESC LIMIT 1;
SELECT * FROM weights ORDER BY w, k;
-- Rows that become equal to rows which are still to be changed, and of which JSON shows too little to count them.
CREATE TABLE queues (k INT, place INT, doc JSON);
INSERT INTO queues VALUES (1, 1, '[1]'), (1, 2, '[1]'), (1, 2, '[1]'), (1, 3, '[1]'), (2, 1, NULL), (2, 2, NULL);
UPDATE queues SET place = place + 1 WHERE place > 0 ORDER BY place LIMIT 9;
SELECT k, place, doc, COUNT(*) FROM queues GROUP BY k, place, doc ORDER BY k, place;
UPDATE queues SET place = place - 1 WHERE place > 0 ORDER BY place DESC LIMIT 9;
SELECT k, place, doc, COUNT(*) FROM queues GROUP BY k, place, doc ORDER BY k, place;
UPDATE queues SET place = 4 - place WHERE place > 0 ORDER BY place LIMIT 9;
SELECT k, place, doc, COUNT(*) FROM queues GROUP BY k, place, doc ORDER BY k, place;
DROP TABLE queues;
-- The same where a unique key, which may be NULL, has room for one of them only.
CREATE TABLE queues (k INT, place INT, UNIQUE KEY (k, place));
INSERT INTO queues VALUES (1, 1), (1, 2), (1, 3), (2, 1), (2, 2), (3, NULL), (3, NULL);
UPDATE queues SET place = place + 1 WHERE k < 3 ORDER BY place DESC LIMIT 9;
SELECT * FROM queues ORDER BY k, place;
UPDATE queues SET place = place - 1 WHERE k < 3 ORDER BY place LIMIT 9;
SELECT * FROM queues ORDER BY k, place;
DROP TABLE queues;
DROP TABLE weights;
DROP TABLE shifts;
DROP TABLE stickers;
DROP TABLE areas;
