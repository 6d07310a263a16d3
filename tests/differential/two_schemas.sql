-- Tables of one name in two schemas: a name with its schema is that table, however near another of the name is.
-- rules:
--   two_t: { dbpartition: hash(id), tbpartition: hash(id), tbpartitions: 2 }
--   two_n: { broadcast: true }
--   two_s: { single: shop_01 }
-- rules of lab:
--   two_t: { dbpartition: hash(k) }
--   two_n: { broadcast: true }
--   two_s: { single: lab_01 }
CREATE TABLE two_t (id INT NOT NULL PRIMARY KEY, k INT NOT NULL, v INT);
CREATE TABLE two_n (id INT NOT NULL PRIMARY KEY, name VARCHAR(10));
CREATE TABLE two_s (id INT NOT NULL PRIMARY KEY, v INT);
CREATE TABLE lab.two_t (id INT NOT NULL, k INT NOT NULL, w INT, PRIMARY KEY (id, k));
CREATE TABLE lab.two_n (id INT NOT NULL PRIMARY KEY, name VARCHAR(10));
CREATE TABLE lab.two_s (id INT NOT NULL PRIMARY KEY, v INT);
INSERT INTO two_t VALUES (1, 1, 10), (2, 2, 20), (3, 3, NULL), (4, 4, 40), (5, 5, 50);
INSERT INTO two_n VALUES (1, 'one'), (2, 'two'), (3, 'three');
INSERT INTO two_s VALUES (1, 100), (2, 200);
INSERT INTO lab.two_t VALUES (2, 1, 7), (3, 1, 8), (4, 2, NULL), (9, 3, 9);
INSERT INTO lab.two_n VALUES (2, 'zwei'), (3, 'drei');
INSERT INTO lab.two_s VALUES (2, 2), (3, 3);

-- Each of them alone, and both.
--@ unordered
SELECT lab.two_t.id, two_t.w FROM lab.two_t;
SELECT shop.two_t.id FROM shop.two_t WHERE shop.two_t.id = 2;
SELECT a.id, a.v, b.w FROM two_t a JOIN lab.two_t b ON b.id = a.id ORDER BY a.id, b.k;
SELECT two_t.id, lab.two_n.name FROM two_t JOIN lab.two_n ON lab.two_n.id = two_t.id ORDER BY two_t.id;
SELECT lab.two_n.id FROM lab.two_n WHERE EXISTS (SELECT 1 FROM two_n WHERE shop.two_n.id = 2) ORDER BY 1;
SELECT a.v, b.v FROM two_s a LEFT JOIN lab.two_s b ON b.id = a.id ORDER BY a.id;

-- The inner table is meant by its plain name.
SELECT shop.two_t.id FROM two_t WHERE EXISTS (SELECT 1 FROM lab.two_t WHERE two_t.w = 8) ORDER BY 1;
SELECT two_t.id FROM two_t WHERE id IN (SELECT two_t.id FROM lab.two_t WHERE two_t.k = 1) ORDER BY 1;

-- The outer one by its plain name, for a column that the inner one has not.
SELECT id, (SELECT COUNT(*) FROM lab.two_t WHERE two_t.v > 10) AS c FROM two_t ORDER BY id;
SELECT x.id, (SELECT MAX(x.name) FROM two_n AS x WHERE x.id = x.v / 10) AS c FROM two_t AS x ORDER BY x.id;

-- The outer one behind a nested one of its name: it would be the nested one to a backend.
--@ refused: 21001
SELECT lab.two_t.id FROM lab.two_t WHERE EXISTS (SELECT 1 FROM two_t WHERE lab.two_t.id = shop.two_t.id) ORDER BY 1;
--@ refused: 21001
SELECT shop.two_n.id, (SELECT MAX(name) FROM lab.two_n WHERE two_n.id = shop.two_n.id) FROM two_n ORDER BY 1;
--@ refused: 21001
SELECT shop.x.id FROM two_t x WHERE shop.x.id IN (SELECT x.k FROM lab.two_t x WHERE shop.x.v < 30) ORDER BY 1;
--@ refused: 21001
SELECT id FROM two_t WHERE EXISTS (SELECT 1 FROM (SELECT 2 AS id) two_t WHERE shop.two_t.id = two_t.id) ORDER BY 1;
SELECT o.id FROM lab.two_t o WHERE EXISTS (SELECT 1 FROM two_t WHERE o.id = shop.two_t.id) ORDER BY 1;
--@ error
SELECT shop.d.id FROM (SELECT 1 AS id) d;

-- Beside a join its ON does not see it; one of another schema around it is not meant.
--@ error
--@ apart: message: Weir names the table without its schema
SELECT 1 FROM lab.two_t, two_n JOIN two_s ON lab.two_t.id = two_s.id;
--@ error
SELECT id FROM two_t WHERE EXISTS (SELECT 1 FROM lab.two_t, two_n JOIN two_s ON lab.two_t.id = two_s.id);

-- Writes from one into the other.
INSERT INTO lab.two_t SELECT id + 100, k, v FROM two_t;
--@ unordered
SELECT * FROM lab.two_t;
INSERT INTO two_t SELECT two_s.id + 200, two_s.id, lab.two_n.id FROM lab.two_s JOIN lab.two_n ON two_s.id = two_n.id;
--@ unordered
SELECT * FROM two_t;
UPDATE lab.two_t SET lab.two_t.w = two_t.w + 1 WHERE lab.two_t.k = 1;
DELETE lab.two_t FROM lab.two_t JOIN lab.two_n ON lab.two_n.id = two_t.id WHERE two_t.k < 9;
DELETE FROM lab.two_t WHERE lab.two_t.id > 100 AND EXISTS (SELECT 1 FROM lab.two_s WHERE lab.two_s.id = two_t.k);
--@ unordered
SELECT * FROM lab.two_t;
--@ unordered
SELECT * FROM two_t;
--@ refused: 21001
DELETE FROM two_t WHERE id IN (SELECT id FROM lab.two_t);

DROP TABLE two_t;
DROP TABLE two_n;
DROP TABLE two_s;
DROP TABLE lab.two_t;
DROP TABLE lab.two_n;
DROP TABLE lab.two_s;
