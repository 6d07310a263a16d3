-- What goes down to the fetches of a merge node and to the nodes: parts of an OR, groups that are begun at the shards.
-- rules:
--   walkers: { dbpartition: hash(id), tbpartition: hash(id), tbpartitions: 2 }
--   walks: { dbpartition: hash(walk), tbpartition: hash(walk), tbpartitions: 2 }
--   steps: { dbpartition: hash(walk), tbpartition: hash(walk), tbpartitions: 2, binding: walks }
--   places: { broadcast: true }
CREATE TABLE walkers (id INT NOT NULL PRIMARY KEY, name VARCHAR(20), place INT, age INT);
CREATE TABLE walks (walk INT NOT NULL PRIMARY KEY, walker INT, kind VARCHAR(10), far DECIMAL(10,2), day DATE, speed DOUBLE, KEY (walker));
CREATE TABLE steps (walk INT NOT NULL, step INT NOT NULL, place INT, cost DECIMAL(12,4), note VARCHAR(10), PRIMARY KEY (walk, step));
CREATE TABLE places (id INT NOT NULL PRIMARY KEY, name VARCHAR(20), hot INT);
INSERT INTO places VALUES (1, 'FRANCE', 1), (2, 'GERMANY', 0), (3, 'PERU', 1), (4, NULL, 1), (5, 'germany', NULL);
INSERT INTO walkers VALUES (1, 'Ann', 1, 20), (2, 'Bob', 2, 30), (3, 'Cid', 2, NULL), (4, NULL, NULL, 40), (5, 'Eve', 3, 50), (6, 'Fay', 1, 60), (7, 'ann', 5, 70), (8, 'Gus', 4, 80);
INSERT INTO walks VALUES (10, 1, 'long', 5.50, '2024-01-01', 1.5), (11, 1, 'short', 1.25, '2024-02-01', 2.5), (12, 2, 'long', NULL, '2024-03-01', NULL), (13, 3, 'LONG', 9.75, NULL, 3.1), (14, NULL, 'short', 2.00, '2024-05-01', 0.1), (15, 9, NULL, 3.00, '2024-06-01', 0.2), (16, 5, 'short', 3.00, '2023-01-01', 0.3), (17, 2, 'odd', -1.00, '2023-07-01', 4e10), (18, 7, 'long', 99999999.99, '2024-01-01', -1), (19, 8, 'short', 0.01, '2024-01-01', 0);
INSERT INTO steps VALUES (10, 1, 1, 5.0001, 'a'), (10, 2, 2, 7.5, 'b'), (11, 1, 2, 9, NULL), (12, 1, 3, 99999999.9999, 'a'), (12, 2, NULL, 1, 'c'), (13, 1, 1, 2, 'A'), (15, 1, 4, 3, 'b'), (16, 1, 2, NULL, 'd'), (16, 2, 2, 8, 'd'), (17, 1, 1, 0.5, 'a '), (99, 1, 1, 77, 'z'), (18, 1, 5, -8, 'e'), (19, 1, 1, 1, 'a');
--@ apart: flags: a server shows in them whether it chose a temporary table
SELECT w.walk, p.name FROM walks w JOIN walkers p ON p.id = w.walker WHERE (w.kind = 'long' AND p.age = 20) OR (w.kind = 'short' AND p.age > 45) ORDER BY 1;
--@ apart: flags: a server shows in them whether it chose a temporary table
SELECT w.walk, p.name FROM walks w JOIN walkers p ON p.id = w.walker WHERE (w.kind = 'long' AND p.age = 20 AND w.far + 1 > 2) OR (w.far = 9.75 AND p.age IS NULL) OR (w.walk < 12 AND (p.name LIKE 'a%' OR p.name = 'x')) ORDER BY 1;
--@ apart: flags: a server shows in them whether it chose a temporary table
SELECT w.walk, p.name FROM walks w LEFT JOIN walkers p ON p.id = w.walker WHERE (w.kind = 'short' AND p.name IS NULL) OR (w.kind = 'long' AND p.age > 10) ORDER BY 1;
--@ apart: flags: a server shows in them whether it chose a temporary table
SELECT w.walk, p.name FROM walks w LEFT JOIN walkers p ON p.id = w.walker AND ((w.kind = 'short' AND p.age > 30) OR (w.kind = 'long' AND p.name = 'ANN')) ORDER BY 1;
--@ apart: flags: a server shows in them whether it chose a temporary table
SELECT w.walk, p.name FROM walks w LEFT JOIN walkers p ON p.id = w.walker WHERE (w.kind = 'short' AND p.age > 30) OR (w.kind = 'long' AND p.name = 'ANN') ORDER BY 1;
--@ apart: flags: a server shows in them whether it chose a temporary table
SELECT w.walk FROM walks w JOIN walkers p ON p.id = w.walker WHERE NOT ((w.kind = 'long' OR p.age < 30) AND w.walk > p.id) ORDER BY 1;
--@ apart: flags: a server shows in them whether it chose a temporary table
SELECT w.walk FROM walks w JOIN walkers p ON p.id = w.walker WHERE NOT ((w.kind <> 'long' OR p.age <> 20) AND (w.kind <> 'short' OR p.age <> 50)) ORDER BY 1;
--@ apart: flags: a server shows in them whether it chose a temporary table
SELECT w.walk, a.name, b.name FROM walks w, walkers p, places a, places b, steps s WHERE w.walker = p.id AND p.place = a.id AND s.walk = w.walk AND s.place = b.id AND ((a.name = 'FRANCE' AND b.name = 'GERMANY') OR (a.name = 'GERMANY' AND b.name = 'FRANCE')) ORDER BY 1, 2, 3;
--@ apart: flags: a server shows in them whether it chose a temporary table
SELECT a.name, b.name, SUM(s.cost * (1 - w.far)) FROM walks w, walkers p, places a, places b, steps s WHERE w.walker = p.id AND p.place = a.id AND s.walk = w.walk AND s.place = b.id AND ((a.hot = 1 AND b.name = 'GERMANY' AND p.age > 10) OR (b.hot = 1 AND a.name = 'GERMANY' AND w.kind = 'long')) GROUP BY 1, 2 ORDER BY 1, 2;
--@ params: 'long', 20, 'short', 50
--@ apart: flags: a server shows in them whether it chose a temporary table
SELECT w.walk FROM walks w JOIN walkers p ON p.id = w.walker WHERE (w.kind = ? AND p.age = ?) OR (w.kind = ? AND p.age = ?) ORDER BY 1;
--@ params: 'long', '20', 2, NULL
--@ apart: flags: a server shows in them whether it chose a temporary table
--@ apart: warnings: a server looks at the rows in another order
SELECT w.walk FROM walks w JOIN walkers p ON p.id = w.walker WHERE (w.kind = ? AND p.age = ?) OR (w.far = ? AND p.age <=> ?) ORDER BY 1;
--@ apart: flags: a server shows in them whether it chose a temporary table
SELECT p.name FROM walkers p WHERE EXISTS (SELECT 1 FROM walks w, steps s WHERE s.walk = w.walk AND w.walker = p.id AND ((s.place = 1 AND w.kind = 'long' AND p.age > 1) OR (s.place = 2 AND w.kind = 'short'))) ORDER BY 1;
--@ apart: flags: a server shows in them whether it chose a temporary table
SELECT p.name FROM walkers p WHERE NOT EXISTS (SELECT 1 FROM walks w WHERE w.walker = p.id AND ((w.kind = 'long' AND p.age > 1) OR (w.kind = 'short' AND p.age IS NULL))) ORDER BY p.id;
DELETE w FROM walks w JOIN walkers p ON p.id = w.walker WHERE (w.kind = 'odd' AND p.age = 30) OR (w.kind = 'short' AND p.age = 80);
SELECT walk FROM walks ORDER BY walk;
DROP TABLE walkers, walks, steps, places;
