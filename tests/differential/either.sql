-- Equalities that every part of an OR says, rows that are asked for once, and keys in the place of semi-joins.
-- rules:
--   tens: { broadcast: true }
--   makes: { broadcast: true }
--   tills: { dbpartition: hash(till), tbpartition: hash(till), tbpartitions: 2 }
--   till_sales: { dbpartition: hash(till), tbpartition: hash(till), tbpartitions: 2, binding: tills }
--   regulars: { dbpartition: hash(id), tbpartition: hash(id), tbpartitions: 2 }
CREATE TABLE tens (i INT NOT NULL PRIMARY KEY);
CREATE TABLE makes (id INT NOT NULL PRIMARY KEY, kind VARCHAR(10), size INT NOT NULL, weight DECIMAL(8,2));
CREATE TABLE tills (till INT NOT NULL PRIMARY KEY, place VARCHAR(10) NOT NULL, chief INT);
CREATE TABLE till_sales (till INT NOT NULL, line INT NOT NULL, ware INT, person INT, amount INT NOT NULL, price DECIMAL(10,2) NOT NULL, PRIMARY KEY (till, line), KEY (ware), KEY (person));
CREATE TABLE regulars (id INT NOT NULL PRIMARY KEY, name VARCHAR(10), score DECIMAL(8,2));
INSERT INTO tens VALUES (0), (1), (2), (3), (4), (5), (6), (7), (8), (9), (10);
INSERT INTO makes SELECT a.i * 121 + b.i * 11 + c.i, CASE WHEN b.i = 10 THEN NULL ELSE CONCAT('k', b.i) END, c.i, a.i * 1.5 FROM tens a, tens b, tens c;
INSERT INTO tills SELECT a.i * 11 + b.i, CONCAT('p', b.i % 3), a.i FROM tens a, tens b;
INSERT INTO till_sales SELECT a.i * 11 + b.i, c.i * 11 + d.i, CASE WHEN d.i = 9 THEN NULL ELSE a.i * 121 + c.i * 11 + d.i END, CASE WHEN b.i = 4 THEN NULL ELSE (b.i + c.i) % 9 END, (a.i + d.i) % 7, b.i * 1.25 + c.i FROM tens a, tens b, tens c, tens d WHERE d.i IN (1, 5, 9);
INSERT INTO regulars SELECT a.i, CONCAT('n', a.i % 4), a.i * 1.25 FROM tens a;
ANALYZE TABLE makes, till_sales, tills;
--@ apart: flags: a server shows in them whether it chose a temporary table
SELECT SUM(s.price * s.amount) v FROM till_sales s, makes w WHERE (w.id = s.ware AND w.kind = 'k3' AND w.size BETWEEN 1 AND 5 AND s.amount > 2) OR (s.ware = w.id AND w.kind = 'k7' AND s.amount <= 4) OR (w.id = s.ware AND w.kind IN ('k1', 'k2') AND s.price > 7);
--@ apart: flags: a server shows in them whether it chose a temporary table
SELECT w.kind, COUNT(*) n, SUM(s.price) v FROM till_sales s, makes w WHERE (w.id = s.ware AND w.kind = 'k3') OR (w.id = s.ware AND w.size = 5 AND w.kind < 'k2') GROUP BY w.kind ORDER BY w.kind;
--@ apart: flags: a server shows in them whether it chose a temporary table
SELECT COUNT(*) n FROM till_sales s, makes w WHERE (w.id = s.ware AND w.kind = 'k3') OR (w.id = s.ware + 1 AND w.kind = 'k4');
--@ apart: flags: a server shows in them whether it chose a temporary table
SELECT COUNT(*) n FROM till_sales s JOIN makes w ON (w.id = s.ware AND (w.kind = 'k3' OR w.kind = 'k4')) OR (w.id = s.ware AND w.kind = 'k5' AND s.amount = 3) WHERE s.price > 2;
--@ apart: flags: a server shows in them whether it chose a temporary table
SELECT COUNT(*) n, COUNT(w.id) m FROM till_sales s LEFT JOIN makes w ON (w.id = s.ware AND w.kind = 'k3') OR (w.id = s.ware AND w.kind = 'k5' AND s.amount = 3) WHERE s.line < 40;
--@ apart: flags: a server shows in them whether it chose a temporary table
SELECT COUNT(*) n FROM till_sales s, makes w WHERE ((w.id = s.ware OR w.id = s.ware) AND w.kind = 'k3') OR (s.ware = w.id AND s.person = w.size AND w.kind = 'k4');
--@ apart: flags: a server shows in them whether it chose a temporary table
SELECT t.place, COUNT(*) n, SUM(s.amount) v FROM tills t, till_sales s WHERE (t.till = s.till AND t.place = 'p1' AND s.amount > 3) OR (s.till = t.till AND t.place = 'p2' AND s.amount = 0) GROUP BY t.place ORDER BY t.place;
--@ apart: flags: a server shows in them whether it chose a temporary table
SELECT t.till, s.line FROM tills t, till_sales s WHERE (t.till = s.till AND t.till = 7 AND s.line < 3) OR (s.till = t.till AND t.till = 90 AND s.line > 118) ORDER BY 1, 2;
--@ apart: flags: a server shows in them whether it chose a temporary table
SELECT COUNT(*) n FROM tills t, till_sales s WHERE (t.till = s.till AND t.place = 'p1') OR (t.till = s.till + 1 AND t.place = 'p2' AND s.line = 12);
--@ apart: flags: a server shows in them whether it chose a temporary table
SELECT COUNT(*) n FROM tills t, till_sales s WHERE NOT ((t.till <> s.till AND t.place = 'p1') OR (t.till <> s.till AND t.place = 'p2')) AND s.line < 3;
--@ apart: flags: a server shows in them whether it chose a temporary table
SELECT t.till FROM tills t WHERE t.till < 20 AND EXISTS (SELECT 1 FROM till_sales s WHERE (s.till = t.till AND s.amount = 6 AND s.price > 12) OR (t.till = s.till AND s.line = 1 AND s.person = 8)) ORDER BY 1;
--@ apart: flags: a server shows in them whether it chose a temporary table
SELECT r.id, r.name FROM regulars r WHERE r.score > 1 AND NOT EXISTS (SELECT * FROM till_sales s WHERE s.person = r.id) ORDER BY r.id;
--@ apart: flags: a server shows in them whether it chose a temporary table
SELECT r.name, COUNT(*) n, SUM(r.score) v FROM regulars r WHERE EXISTS (SELECT * FROM till_sales s WHERE s.person = r.id AND s.amount = 3) GROUP BY r.name ORDER BY r.name;
--@ apart: flags: a server shows in them whether it chose a temporary table
SELECT r.id FROM regulars r WHERE r.score IN (SELECT price FROM till_sales WHERE amount < 5) ORDER BY 1;
--@ apart: flags: a server shows in them whether it chose a temporary table
SELECT r.id FROM regulars r WHERE r.id NOT IN (SELECT person FROM till_sales) ORDER BY 1;
--@ apart: flags: a server shows in them whether it chose a temporary table
SELECT r.id, (SELECT COUNT(*) FROM till_sales s WHERE s.person = r.id) n FROM regulars r WHERE EXISTS (SELECT 1 FROM till_sales s WHERE s.person = r.id AND s.price < 9) ORDER BY 1;
--@ apart: flags: a server shows in them whether it chose a temporary table
SELECT SUM(s.price) / 7 v FROM till_sales s, makes w WHERE w.id = s.ware AND w.kind = 'k3' AND w.size = 5 AND s.amount < (SELECT 0.9 * AVG(amount) FROM till_sales WHERE ware = w.id);
--@ apart: flags: a server shows in them whether it chose a temporary table
SELECT SUM(s.price) / 7 v FROM till_sales s, makes w WHERE w.id = s.ware AND w.kind = 'k3' AND w.size > s.amount AND s.amount < (SELECT 0.9 * AVG(amount) FROM till_sales WHERE ware = w.id);
--@ apart: flags: a server shows in them whether it chose a temporary table
SELECT w.id, (SELECT MAX(s.price) FROM till_sales s WHERE s.ware = w.id) top FROM makes w WHERE w.kind = 'k2' AND w.size IN (1, 2) ORDER BY 1;
DROP TABLE till_sales, tills, regulars, makes, tens;
