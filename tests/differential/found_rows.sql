-- FOUND_ROWS() after SELECTs with and without LIMIT: what was sent and what an offset has skipped, of one node, of many, by
-- way of a merge node; and that it is refused where servers do not agree with themselves.
-- rules:
--   leaflets: { dbpartition: hash(id), tbpartition: hash(id), tbpartitions: 2 }
--   twigs: { dbpartition: hash(tag), tbpartition: hash(tag), tbpartitions: 2 }
--   roots: { broadcast: true }
CREATE TABLE leaflets (id INT NOT NULL PRIMARY KEY, kind INT, body VARCHAR(20));
CREATE TABLE twigs (tag INT NOT NULL PRIMARY KEY, leaf INT);
CREATE TABLE roots (id INT NOT NULL PRIMARY KEY, kind INT);
INSERT INTO leaflets VALUES (1, 1, 'a'), (2, 1, 'b'), (3, 2, 'c'), (4, 2, 'd'), (5, 3, 'e'), (6, 3, 'f'), (7, 4, 'g'), (8, 4, 'h'), (9, 5, 'i'), (10, 5, 'j');
INSERT INTO twigs VALUES (11, 1), (12, 2), (13, 2), (14, 9);
INSERT INTO roots VALUES (1, 1), (2, 1), (3, 2), (4, 2);
SELECT id FROM leaflets ORDER BY id LIMIT 3;
SELECT FOUND_ROWS();
SELECT id FROM leaflets ORDER BY id LIMIT 2, 3;
SELECT FOUND_ROWS();
SELECT id FROM leaflets ORDER BY id LIMIT 3 OFFSET 2;
SELECT FOUND_ROWS() > 4;
SELECT id FROM leaflets ORDER BY id LIMIT 8, 30;
SELECT FOUND_ROWS();
SELECT id FROM leaflets ORDER BY id LIMIT 10, 3;
SELECT FOUND_ROWS();
SELECT id FROM leaflets ORDER BY id LIMIT 20, 3;
SELECT FOUND_ROWS();
SELECT id FROM leaflets ORDER BY body DESC LIMIT 2, 3;
SELECT FOUND_ROWS();
SELECT COUNT(*) FROM (SELECT id FROM leaflets LIMIT 2, 3) AS some;
SELECT FOUND_ROWS();
SELECT id FROM leaflets WHERE id > 100 LIMIT 2, 3;
SELECT FOUND_ROWS();
SELECT id FROM leaflets ORDER BY id LIMIT 0;
SELECT FOUND_ROWS();
SELECT id FROM leaflets ORDER BY id LIMIT 0, 4;
SELECT FOUND_ROWS();
--@ params: 2, 3
SELECT id FROM leaflets ORDER BY id LIMIT ?, ?;
SELECT FOUND_ROWS();
--@ params: 20, 3
SELECT id FROM leaflets ORDER BY id LIMIT ?, ?;
SELECT FOUND_ROWS();
SELECT id FROM leaflets WHERE id = 3 LIMIT 1, 3;
SELECT FOUND_ROWS();
SELECT id FROM leaflets WHERE id = 3 LIMIT 5, 3;
SELECT FOUND_ROWS();
SELECT id FROM leaflets WHERE id = 333 LIMIT 1, 3;
SELECT FOUND_ROWS();
SELECT id FROM leaflets WHERE id = 3 LIMIT 0, 3;
SELECT FOUND_ROWS();
SELECT id FROM leaflets WHERE id IN (3, 4, 5) ORDER BY id LIMIT 1, 1;
SELECT FOUND_ROWS();
SELECT id FROM roots ORDER BY id LIMIT 1, 2;
SELECT FOUND_ROWS();
SELECT id FROM roots ORDER BY id LIMIT 9, 2;
SELECT FOUND_ROWS();
SELECT COUNT(*) FROM roots LIMIT 1, 2;
SELECT FOUND_ROWS();
SELECT kind, COUNT(*) FROM leaflets GROUP BY kind ORDER BY kind LIMIT 1, 2;
SELECT FOUND_ROWS();
SELECT kind, COUNT(*) FROM leaflets GROUP BY kind ORDER BY COUNT(*), kind LIMIT 1, 2;
SELECT FOUND_ROWS();
SELECT kind, COUNT(*) FROM leaflets GROUP BY kind ORDER BY kind LIMIT 20, 2;
SELECT FOUND_ROWS();
--@ apart: flags: a server shows in them whether it chose a temporary table
SELECT kind, COUNT(*) FROM leaflets GROUP BY kind HAVING COUNT(*) > 1 ORDER BY kind LIMIT 1, 2;
SELECT FOUND_ROWS();
SELECT DISTINCT kind FROM leaflets ORDER BY kind LIMIT 3, 10;
SELECT FOUND_ROWS();
SELECT COUNT(*) FROM leaflets LIMIT 1;
SELECT FOUND_ROWS();
--@ apart: flags: a server shows in them whether it chose a temporary table
SELECT l.id FROM leaflets l JOIN twigs t ON t.leaf = l.id ORDER BY t.tag LIMIT 1, 2;
SELECT FOUND_ROWS();
--@ apart: flags: a server shows in them whether it chose a temporary table
SELECT l.id FROM leaflets l JOIN twigs t ON t.leaf = l.id ORDER BY t.tag LIMIT 9, 2;
SELECT FOUND_ROWS();
SELECT id, ROW_NUMBER() OVER (ORDER BY id) AS n FROM leaflets ORDER BY id LIMIT 2, 3;
SELECT FOUND_ROWS();
SELECT SQL_CALC_FOUND_ROWS id FROM leaflets ORDER BY id LIMIT 2, 3;
SELECT FOUND_ROWS();
SELECT id FROM leaflets UNION SELECT tag FROM twigs ORDER BY id LIMIT 2, 3;
SELECT FOUND_ROWS();
SELECT id FROM leaflets UNION ALL SELECT tag FROM twigs ORDER BY id LIMIT 3;
SELECT FOUND_ROWS();
SELECT id FROM leaflets UNION ALL SELECT tag FROM twigs ORDER BY id LIMIT 30, 3;
SELECT FOUND_ROWS();
SELECT id FROM roots UNION ALL SELECT id FROM roots ORDER BY id LIMIT 2, 1;
SELECT FOUND_ROWS();
SELECT id FROM leaflets UNION ALL SELECT tag FROM twigs ORDER BY id;
SELECT FOUND_ROWS();
SELECT 1 LIMIT 1, 1;
SELECT FOUND_ROWS();
SELECT id FROM leaflets WHERE id = 2 INTO @found_id;
SELECT FOUND_ROWS();
SELECT COUNT(*) FROM leaflets INTO @found_count;
SELECT FOUND_ROWS(), @found_id, @found_count;
SELECT id FROM leaflets ORDER BY id LIMIT 2, 3;
INSERT INTO leaflets VALUES (11, 6, 'k'), (12, 6, 'l');
SELECT FOUND_ROWS();
SELECT id FROM leaflets ORDER BY id LIMIT 2, 3;
DELETE FROM leaflets WHERE id > 10;
SELECT FOUND_ROWS();
SELECT id FROM leaflets ORDER BY id LIMIT 2, 3;
SHOW CREATE TABLE leaflets;
SELECT FOUND_ROWS();
SHOW COLUMNS FROM leaflets;
SELECT FOUND_ROWS();
-- What SET reads is the session's, whichever connection evaluates it.
SELECT id FROM leaflets ORDER BY id LIMIT 2, 3;
SET @found_count = FOUND_ROWS(), @found_id = FOUND_ROWS() * 2 - 1;
SELECT @found_count = 5, @found_id = 9;
INSERT INTO twigs VALUES (21, 1), (22, 2);
SET @found_count = ROW_COUNT();
SELECT @found_count = 2;
DELETE FROM twigs WHERE tag > 20;
SET @found_count = ROW_COUNT() + 1, @found_id = DATABASE() IS NULL;
SELECT @found_count = 3, @found_id;
--@ text
DO LAST_INSERT_ID(77);
SET @found_id = LAST_INSERT_ID(), @found_count = CONNECTION_ID() > 0;
SELECT @found_id = 77, @found_count;
-- One server may know the one row without counting it.
SELECT MIN(id) FROM leaflets LIMIT 1, 1;
--@ refused: 21002
SELECT FOUND_ROWS();
SELECT id FROM leaflets ORDER BY id LIMIT 2, 0;
--@ refused: 21002
SELECT FOUND_ROWS();
SELECT id FROM leaflets ORDER BY id LIMIT 2, 3;
UPDATE leaflets SET kind = 9 WHERE id > 100;
--@ only: mariadb
SELECT FOUND_ROWS();
--@ only: mysql
--@ refused: 21002
SELECT FOUND_ROWS();
INSERT INTO roots SELECT tag, leaf FROM twigs;
--@ refused: 21002
SELECT FOUND_ROWS();
--@ text
PREPARE page FROM 'SELECT id FROM leaflets ORDER BY id LIMIT ?, ?';
--@ text
SET @skip = 4, @take = 3;
--@ text
EXECUTE page USING @skip, @take;
SELECT FOUND_ROWS();
DROP TABLE roots;
DROP TABLE twigs;
DROP TABLE leaflets;
