-- Odds and ends in which Weir once differed: ids that rows bring themselves, one time for all nodes, rows that a CHECK
-- keeps out, statements that commit, two nodes of one instance in one statement.
-- rules:
--   brought: { dbpartition: hash(id), tbpartition: hash(id), tbpartitions: 2 }
--   beside: { dbpartition: hash(k), tbpartition: hash(k), tbpartitions: 2 }
--   noted: { dbpartition: hash(k), tbpartition: hash(k), tbpartitions: 2 }
--   upright: { dbpartition: hash(k), tbpartition: hash(k), tbpartitions: 2 }
--   near: { dbpartition: hash(k), tbpartition: hash(k), tbpartitions: 2 }
CREATE TABLE brought (id INT AUTO_INCREMENT PRIMARY KEY, v INT);
INSERT INTO brought VALUES (1, 1), (2, 2), (3, 3), (4, 4);
SELECT LAST_INSERT_ID();
INSERT INTO brought VALUES (9, 9), (8, 8);
INSERT INTO brought VALUES (-7, -7), (-8, -8);
INSERT INTO brought VALUES (-0, 10);
INSERT INTO brought VALUES ((0), 11);
INSERT INTO brought VALUES (- 0, 12), (-0, 13);
INSERT INTO brought SET v = 14, id = -0;
INSERT INTO brought VALUES (- -20, 20);
--@ params: 0
INSERT INTO brought VALUES (-?, 15);
SELECT COUNT(*), COUNT(DISTINCT id), MIN(id), SUM(id > 9) FROM brought;
SELECT v FROM brought WHERE id = LAST_INSERT_ID();
DROP TABLE brought;
CREATE TABLE beside (k INT, v INT);
CREATE TABLE noted (k INT PRIMARY KEY, v INT, t DATETIME(6) DEFAULT CURRENT_TIMESTAMP(6) ON UPDATE CURRENT_TIMESTAMP(6));
INSERT INTO noted (k, v) VALUES (1, 1), (2, 2), (3, 3), (4, 4), (5, 5);
UPDATE noted SET v = v + 1 WHERE v < 100;
SELECT COUNT(DISTINCT t) FROM noted;
UPDATE noted a JOIN noted b ON a.k = b.k SET a.v = a.v + 1 WHERE b.v < 100;
SELECT COUNT(DISTINCT t) FROM noted;
BEGIN;
INSERT INTO beside VALUES (1, 1), (2, 2);
ANALYZE TABLE noted;
ROLLBACK;
SELECT * FROM beside ORDER BY k;
BEGIN;
DELETE FROM beside WHERE k = 1;
CHECK TABLE noted;
ROLLBACK;
SELECT * FROM beside ORDER BY k;
CREATE TABLE upright (k INT PRIMARY KEY, v INT, CHECK (v < 100));
INSERT IGNORE INTO upright VALUES (1, 1), (2, 100), (3, 3);
INSERT IGNORE INTO upright VALUES (4, 4), (2, 100), (3, 200), (1, 7);
SELECT * FROM upright ORDER BY k;
--@ error
INSERT INTO upright VALUES (5, 5), (6, 100);
SELECT * FROM upright ORDER BY k;
CREATE TABLE near (k INT, v INT, w VARCHAR(20));
INSERT INTO near VALUES (1, 1, 'a'), (2, 20, 'b'), (3, 3, 'c');
SELECT * FROM near JOIN upright ON near.k = 1 AND upright.k = 3;
SELECT * FROM near, near AS n2 WHERE near.k = 1 AND n2.k = 2;
SELECT * FROM (SELECT * FROM near WHERE k = 2 LIMIT 9) x, upright WHERE upright.k = 1;
--@ error
SELECT * FROM near, upright WHERE near.k = 1 AND upright.k = 3 AND upright.nothing = 1;
DROP TABLE beside, noted, upright, near;
