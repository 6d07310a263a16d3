-- NULL everywhere: in keys, order, groups, conditions.
-- rules:
--   gaps: { dbpartition: hash(k), tbpartition: hash(k), tbpartitions: 2 }
CREATE TABLE gaps (id INT NOT NULL, k INT NULL, v INT NULL, s VARCHAR(10) NULL, KEY (k), KEY (id));
INSERT INTO gaps VALUES (1, NULL, 1, 'a'), (2, NULL, NULL, NULL), (3, 0, 0, ''), (4, 1, NULL, 'b'), (5, 2, 5, NULL), (6, 3, 5, 'a');
SELECT * FROM gaps ORDER BY id;
SELECT id FROM gaps WHERE k IS NULL ORDER BY id;
SELECT id FROM gaps WHERE k IS NOT NULL ORDER BY id;
SELECT id FROM gaps WHERE k <=> NULL ORDER BY id;
SELECT id FROM gaps WHERE k <=> 1;
SELECT id FROM gaps WHERE k = NULL;
SELECT id FROM gaps WHERE k IN (NULL);
SELECT id FROM gaps WHERE k IN (1, NULL) ORDER BY id;
SELECT id FROM gaps WHERE k NOT IN (1, NULL);
SELECT id FROM gaps WHERE k <> 1 ORDER BY id;
SELECT id FROM gaps WHERE k IS NULL OR k = 2 ORDER BY id;
SELECT id FROM gaps WHERE NOT (k IS NULL) ORDER BY id;
SELECT id FROM gaps WHERE COALESCE(k, 7) = 7 ORDER BY id;
SELECT id, v FROM gaps ORDER BY v, id;
SELECT id, v FROM gaps ORDER BY v DESC, id;
SELECT id, s FROM gaps ORDER BY s DESC, id DESC;
SELECT id FROM gaps ORDER BY v IS NULL, v, id;
SELECT v, COUNT(*), COUNT(v), SUM(v), MIN(s), MAX(s) FROM gaps GROUP BY v ORDER BY v;
SELECT s, SUM(v), AVG(v) FROM gaps GROUP BY s ORDER BY s;
SELECT DISTINCT v FROM gaps ORDER BY v;
SELECT DISTINCT v, s FROM gaps ORDER BY v DESC, s DESC;
SELECT SUM(v), AVG(v), MIN(v), MAX(v), COUNT(v) FROM gaps WHERE v IS NULL;
--@ params: NULL
SELECT id FROM gaps WHERE k <=> ? ORDER BY id;
--@ params: 7, NULL, NULL
INSERT INTO gaps (id, k, v) VALUES (?, ?, ?);
SELECT COUNT(*) FROM gaps WHERE k IS NULL;
UPDATE gaps SET v = NULL WHERE k IS NULL;
--@ refused: 21006
UPDATE gaps SET v = v + 1;
UPDATE gaps SET v = v + 1 WHERE id IS NOT NULL;
SELECT id, v FROM gaps ORDER BY id;
DELETE FROM gaps WHERE k IS NULL;
SELECT COUNT(*) FROM gaps;
--@ error
INSERT INTO gaps (id, k) VALUES (NULL, 1);
--@ error
INSERT INTO gaps (k) VALUES (1);
SELECT IFNULL(v, 'none'), NULLIF(v, 5), v IS TRUE, ISNULL(v) FROM gaps WHERE k = 1;
DROP TABLE gaps;
