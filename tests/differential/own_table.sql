-- Writes that read the table that they write, in derived tables whose rows are there before any is changed.
-- rules:
--   folks: { dbpartition: hash(region), tbpartition: hash(region), tbpartitions: 2 }
--   brands: { dbpartition: hash(id) }
CREATE TABLE folks (id INT NOT NULL PRIMARY KEY, region INT NOT NULL, mail VARCHAR(20), n INT NOT NULL DEFAULT 0);
CREATE TABLE brands (id INT NOT NULL PRIMARY KEY, mail VARCHAR(20));
INSERT INTO folks (id, region, mail) VALUES (1, 1, 'a'), (2, 2, 'b'), (3, 3, 'a'), (4, 4, 'c'), (5, 5, 'b'), (6, 6, 'a'), (7, 7, NULL), (8, 8, 'd');
INSERT INTO brands VALUES (1, 'b'), (2, 'd'), (3, 'x');
UPDATE folks p JOIN (SELECT mail, COUNT(*) AS c FROM folks GROUP BY mail) AS g ON g.mail = p.mail SET p.n = g.c WHERE p.id > 0;
SELECT * FROM folks ORDER BY id;
UPDATE folks p JOIN (SELECT mail, COUNT(*) AS c FROM folks GROUP BY mail) AS g ON g.mail = p.mail SET n = c * 10 WHERE p.id < 4;
SELECT * FROM folks ORDER BY id;
UPDATE folks SET n = 1 + (SELECT m FROM (SELECT MAX(n) AS m FROM folks) AS most) WHERE id > 6;
SELECT * FROM folks ORDER BY id;
UPDATE folks SET n = 9 WHERE id IN (SELECT id FROM (SELECT id FROM folks ORDER BY n DESC, id LIMIT 2) AS top);
SELECT * FROM folks ORDER BY id;
UPDATE folks SET n = n + 1 WHERE id IN (SELECT id FROM (SELECT id FROM folks WHERE n = 9 UNION SELECT id FROM brands) AS some);
SELECT * FROM folks ORDER BY id;
UPDATE folks SET n = -1 WHERE EXISTS (SELECT 1 FROM (SELECT mail, COUNT(*) AS c FROM folks GROUP BY mail) AS g WHERE g.mail = folks.mail AND g.c > 2);
SELECT * FROM folks ORDER BY id;
UPDATE folks SET region = region + 1 WHERE id = (SELECT last FROM (SELECT MAX(id) AS last FROM folks) AS m);
SELECT * FROM folks ORDER BY id;
--@ params: 1
DELETE p FROM folks p JOIN (SELECT mail, MAX(id) AS last FROM folks GROUP BY mail HAVING COUNT(*) > ?) AS d ON d.mail = p.mail WHERE p.id < d.last;
SELECT * FROM folks ORDER BY id;
INSERT INTO folks (id, region, mail) VALUES (11, 1, 'a'), (12, 2, 'b'), (13, 3, 'x');
DELETE FROM folks WHERE id NOT IN (SELECT id FROM (SELECT MIN(id) AS id FROM folks GROUP BY mail) AS firsts);
SELECT * FROM folks ORDER BY id;
DELETE FROM folks WHERE mail IN (SELECT mail FROM (SELECT DISTINCT f.mail FROM folks f JOIN brands m ON m.mail = f.mail) AS marked);
SELECT * FROM folks ORDER BY id;
--@ error
UPDATE folks SET id = 6 WHERE id = (SELECT last FROM (SELECT MAX(id) AS last FROM folks) AS m);
--@ only: mysql
--@ refused: 21007
UPDATE folks SET n = 0 WHERE id IN (SELECT id FROM (SELECT id FROM folks WHERE n > 1) AS merged);
--@ only: mysql
--@ refused: 21007
UPDATE folks SET n = 0 WHERE id IN (SELECT x.id FROM (SELECT MAX(i.id) AS id FROM folks i WHERE i.mail = folks.mail) AS x);
SELECT * FROM folks ORDER BY id;
DROP TABLE folks;
DROP TABLE brands;
