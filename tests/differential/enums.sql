-- ENUM, SET and JSON.
-- rules:
--   shapes: { dbpartition: hash(id), tbpartition: hash(id), tbpartitions: 2 }
CREATE TABLE shapes (
  id INT NOT NULL PRIMARY KEY, e ENUM('small','Large','medium') , s SET('a','b','c','d'), j JSON, n ENUM('x','y') NOT NULL
);
INSERT INTO shapes VALUES
  (1, 'small', 'a,b', '{"k": 1, "list": [1, 2, {"x": null}]}', 'x'),
  (2, 'LARGE', '', '[]', 'y'),
  (3, NULL, NULL, NULL, 'x'),
  (4, 'medium', 'd,c,b,a', '"text"', 'y'),
  (5, 3, 5, '123.45', 2),
  (6, 'small', 'd', '{"name": "Zoë 😀"}', 'x');
INSERT INTO shapes (id) VALUES (7);
SELECT * FROM shapes ORDER BY id;
SELECT * FROM shapes WHERE id = 1;
SELECT id, e FROM shapes ORDER BY e, id;
SELECT id, e FROM shapes ORDER BY e DESC, id;
SELECT id, s FROM shapes ORDER BY s, id;
SELECT id, e + 0, s + 0 FROM shapes ORDER BY id;
SELECT id FROM shapes WHERE e = 'large' ORDER BY id;
SELECT id FROM shapes WHERE e = 3 ORDER BY id;
SELECT id FROM shapes WHERE FIND_IN_SET('d', s) ORDER BY id;
SELECT id FROM shapes WHERE s & 1 ORDER BY id;
SELECT e, COUNT(*) FROM shapes GROUP BY e ORDER BY e;
SELECT s, COUNT(*) FROM shapes GROUP BY s ORDER BY s;
SELECT n, COUNT(*), MIN(id) FROM shapes GROUP BY n ORDER BY n DESC;
SELECT DISTINCT e FROM shapes ORDER BY e;
SELECT MIN(n), MAX(n) FROM shapes WHERE id = 2;
SELECT COUNT(e), COUNT(s), COUNT(j), COUNT(DISTINCT id) FROM shapes WHERE id = 5;
SELECT JSON_EXTRACT(j, '$.k'), JSON_UNQUOTE(JSON_EXTRACT(j, '$.list[1]')) FROM shapes WHERE id = 1;
SELECT id, JSON_VALID(j) FROM shapes ORDER BY id;
--@ only: mysql
SELECT j->'$.k', j->>'$.name' FROM shapes ORDER BY id;
UPDATE shapes SET j = JSON_SET(j, '$.k', 2), e = 'Large' WHERE id = 1;
SELECT e, j FROM shapes WHERE id = 1;
--@ params: 'medium'
SELECT id FROM shapes WHERE e = ? ORDER BY id;
--@ params: 8, '{"a":[1,2]}'
INSERT INTO shapes (id, j) VALUES (?, ?);
SELECT id, j FROM shapes WHERE id = 8;
--@ error
INSERT INTO shapes (id, e) VALUES (9, 'tiny');
--@ error
INSERT INTO shapes (id, s) VALUES (9, 'a,z');
--@ error
INSERT INTO shapes (id, n) VALUES (9, NULL);
--@ error
INSERT INTO shapes (id, j) VALUES (9, '{broken');
INSERT IGNORE INTO shapes (id, e, s) VALUES (10, 'tiny', 'a,z');
SELECT id, e, e + 0, s FROM shapes WHERE id = 10;
INSERT IGNORE INTO shapes (id, e, s) VALUES (11, 'tiny', 'a,z'), (12, 'small', 'b'), (13, 'huge', 'z');
SELECT id, e, e + 0, s, n FROM shapes WHERE id > 10 ORDER BY id;
DROP TABLE shapes;
