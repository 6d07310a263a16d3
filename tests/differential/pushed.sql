-- What goes down to the fetches of a merge node and to the nodes: parts of an OR, groups that are begun at the shards.
-- rules:
--   walkers: { dbpartition: hash(id), tbpartition: hash(id), tbpartitions: 2 }
--   walks: { dbpartition: hash(walk), tbpartition: hash(walk), tbpartitions: 2 }
--   steps: { dbpartition: hash(walk), tbpartition: hash(walk), tbpartitions: 2, binding: walks }
--   places: { broadcast: true }
--   digits: { broadcast: true }
--   wares: { broadcast: true }
--   takings: { dbpartition: hash(sale), tbpartition: hash(sale), tbpartitions: 2 }
--   refunds: { dbpartition: hash(sale), tbpartition: hash(sale), tbpartitions: 2, binding: takings }
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
--@ apart: flags: a server shows in them whether it chose a temporary table
SELECT p.name FROM walkers p WHERE p.age > (SELECT AVG(age) FROM walkers WHERE age > 0 AND name LIKE 'a%') AND NOT EXISTS (SELECT * FROM walks w WHERE w.walker = p.id) ORDER BY p.id;
--@ apart: flags: a server shows in them whether it chose a temporary table
SELECT w.walk, p.name FROM walks w JOIN walkers p ON p.id = w.walker WHERE w.far >= (SELECT AVG(s.cost) FROM steps s WHERE s.walk IN (16, 15, 12) AND s.cost < 9) ORDER BY 1;
--@ apart: flags: a server shows in them whether it chose a temporary table
SELECT w.walk, p.name FROM walks w JOIN walkers p ON p.id = w.walker WHERE (SELECT 2 * MIN(s.cost) + 1 FROM steps s, places q WHERE s.place = q.id AND q.name = 'GERMANY') > w.far ORDER BY 1;
--@ apart: flags: a server shows in them whether it chose a temporary table
SELECT w.walk, p.name FROM walks w JOIN walkers p ON p.id = w.walker WHERE w.far = (SELECT MAX(far) FROM walks WHERE kind = 'SHORT') ORDER BY 1;
--@ apart: flags: a server shows in them whether it chose a temporary table
SELECT w.walk, p.name FROM walks w JOIN walkers p ON p.id = w.walker WHERE w.far < (SELECT AVG(far) FROM walks WHERE kind = 'none') ORDER BY 1;
-- The ends of BIGINT have no neighbours.
SELECT p.name FROM walkers p WHERE p.age <= (SELECT MAX(9223372036854775807) FROM walkers WHERE age > 0) AND NOT EXISTS (SELECT * FROM walks w WHERE w.walker = p.id) ORDER BY p.id;
SELECT p.name FROM walkers p WHERE p.age <= (SELECT MAX(18446744073709551615) FROM walkers WHERE age > 0) AND NOT EXISTS (SELECT * FROM walks w WHERE w.walker = p.id) ORDER BY p.id;
--@ params: 'long'
--@ apart: flags: a server shows in them whether it chose a temporary table
SELECT w.walk, p.name FROM walks w JOIN walkers p ON p.id = w.walker WHERE w.far > (SELECT AVG(far) FROM walks WHERE kind = ?) ORDER BY 1;
DELETE w FROM walks w JOIN walkers p ON p.id = w.walker WHERE (w.kind = 'odd' AND p.age = 30) OR (w.kind = 'short' AND p.age = 80);
SELECT walk FROM walks ORDER BY walk;
DROP TABLE walkers, walks, steps, places;
CREATE TABLE digits (d INT NOT NULL PRIMARY KEY);
INSERT INTO digits VALUES (0), (1), (2), (3), (4), (5), (6), (7), (8), (9), (10);
CREATE TABLE wares (id INT NOT NULL PRIMARY KEY, name VARCHAR(30) NOT NULL, kind ENUM('round', 'flat', 'odd'), weight FLOAT, price DECIMAL(10,2), seen TIMESTAMP NULL);
CREATE TABLE takings (sale INT NOT NULL PRIMARY KEY, ware INT, amount INT, price DECIMAL(10,2), off DECIMAL(4,2), day DATE NOT NULL, KEY (ware));
CREATE TABLE refunds (sale INT NOT NULL, number INT NOT NULL, back DECIMAL(10,2), PRIMARY KEY (sale, number));
INSERT INTO wares SELECT a.d * 121 + b.d * 11 + c.d, CONCAT(IF(c.d < 5, 'ware ', 'WARE '), a.d, b.d, c.d), ELT(1 + (a.d + b.d + c.d) % 3, 'round', 'flat', 'odd'), a.d + c.d * 0.1, b.d * 1.05, IF(b.d = 3, NULL, '2024-03-31 10:30:00') FROM digits a, digits b, digits c;
INSERT INTO takings SELECT a.d * 1331 + b.d * 121 + c.d * 11 + e.d, IF(e.d = 9, NULL, (a.d * 7 + b.d * 121 + c.d * 11 + e.d) % 1400), c.d, a.d * 3.25 - e.d, 0.05 * e.d, DATE '2024-01-01' + INTERVAL (a.d + b.d + c.d) DAY FROM digits a, digits b, digits c, digits e WHERE a.d < 3;
INSERT INTO refunds SELECT a.d * 121 + b.d * 11 + c.d, 1 + c.d % 2, b.d * 0.55 FROM digits a, digits b, digits c WHERE c.d < 4;
--@ apart: flags: a server shows in them whether it chose a temporary table
SELECT w.kind, COUNT(*), SUM(s.price * (1 - s.off)), MIN(w.name), AVG(s.price) FROM takings s, wares w WHERE w.id = s.ware AND w.name LIKE '%77%' GROUP BY w.kind ORDER BY w.kind;
--@ apart: flags: a server shows in them whether it chose a temporary table
SELECT SUM(s.price * (1 - s.off)) AS revenue FROM takings s, wares w WHERE (w.id = s.ware AND w.kind = 'odd' AND s.amount < 5 AND w.price BETWEEN 1 AND 5) OR (w.id = s.ware AND w.kind = 'flat' AND s.amount > 8 AND w.name LIKE 'ware 1%');
--@ apart: flags: a server shows in them whether it chose a temporary table
SELECT kind, y, SUM(amount) FROM (SELECT w.kind, EXTRACT(MONTH FROM s.day) AS y, s.price * (1 - s.off) - w.price * r.back AS amount FROM takings s, refunds r, wares w WHERE r.sale = s.sale AND s.ware = w.id AND w.name LIKE '%5%') AS x GROUP BY kind, y ORDER BY kind, y DESC;
--@ apart: flags: a server shows in them whether it chose a temporary table
SELECT w.weight, w.seen, COUNT(*), MAX(w.kind + 0) FROM takings s JOIN wares w ON w.id = s.ware WHERE w.price = 2.1 GROUP BY w.weight, w.seen ORDER BY w.weight, w.seen LIMIT 7;
--@ apart: flags: a server shows in them whether it chose a temporary table
SELECT COUNT(*), SUM(s.price) FROM takings s JOIN wares w ON w.id = s.ware WHERE w.name = 'nothing';
--@ apart: flags: a server shows in them whether it chose a temporary table
SELECT w.name, COUNT(*) FROM takings s JOIN wares w ON w.id = s.ware WHERE w.name > 'ware 9' GROUP BY w.name ORDER BY 2 DESC, 1 LIMIT 5;
--@ params: '%77%', 3
--@ apart: flags: a server shows in them whether it chose a temporary table
SELECT w.kind, COUNT(*) FROM takings s JOIN wares w ON w.id = s.ware WHERE w.name LIKE ? AND s.amount > ? GROUP BY w.kind ORDER BY 1;
--@ apart: flags: a server shows in them whether it chose a temporary table
SELECT w.kind, COUNT(*) FROM takings s LEFT JOIN wares w ON w.id = s.ware AND w.name LIKE '%77%' GROUP BY w.kind ORDER BY 1;
--@ apart: flags: a server shows in them whether it chose a temporary table
SELECT s.amount, COUNT(*) FROM takings s WHERE NOT EXISTS (SELECT 1 FROM wares w WHERE w.id = s.ware AND w.name LIKE '%7%') GROUP BY s.amount ORDER BY 1;
--@ apart: flags: a server shows in them whether it chose a temporary table
SELECT s.amount, COUNT(*) FROM takings s WHERE s.ware IN (SELECT w.id FROM wares w WHERE w.price < 2) GROUP BY s.amount ORDER BY 1;
BEGIN;
UPDATE wares SET name = 'ware 77' WHERE id = 3;
--@ apart: flags: a server shows in them whether it chose a temporary table
SELECT COUNT(*), SUM(s.price) FROM takings s JOIN wares w ON w.id = s.ware WHERE w.name LIKE '%77%';
ROLLBACK;
DROP TABLE digits, wares, takings, refunds;
