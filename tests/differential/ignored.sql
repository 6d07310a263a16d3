-- UPDATE IGNORE and DELETE IGNORE over many nodes: rows that cannot be changed stay as they are.
-- rules:
--   stalls: { dbpartition: hash(hall), tbpartition: hash(hall), tbpartitions: 2 }
--   sundries: { dbpartition: hash(id) }
--   halls: { dbpartition: hash(id) }
--   lamps: { dbpartition: hash(id), binding: halls }
CREATE TABLE stalls (id INT NOT NULL PRIMARY KEY, hall INT NOT NULL, code VARCHAR(10), n INT, t VARCHAR(3), UNIQUE KEY code (code));
CREATE TABLE sundries (id INT NOT NULL PRIMARY KEY, stall_id INT);
CREATE TABLE halls (id INT NOT NULL PRIMARY KEY, n INT);
CREATE TABLE lamps (id INT NOT NULL PRIMARY KEY, CONSTRAINT hung FOREIGN KEY (id) REFERENCES halls (id));
INSERT INTO stalls VALUES (1, 1, 'a', 1, 'x'), (2, 2, 'b', 2, 'y'), (3, 3, 'c', 3, 'z'), (4, 4, NULL, 4, NULL), (5, 5, 'e', 5, 'v'), (6, 6, 'f', 6, 'w');
INSERT INTO sundries VALUES (1, 1), (2, 3), (3, 5);
INSERT INTO halls VALUES (1, 1), (2, 2), (3, 3);
INSERT INTO lamps VALUES (2);
UPDATE IGNORE stalls SET id = 3 WHERE n > 4 ORDER BY id LIMIT 2;
SHOW WARNINGS;
SELECT * FROM stalls ORDER BY id;
UPDATE IGNORE stalls SET code = 'z' WHERE n IN (2, 3, 6) ORDER BY n LIMIT 3;
SHOW WARNINGS;
SELECT * FROM stalls ORDER BY id;
UPDATE IGNORE stalls SET hall = hall + 1, code = 'a' WHERE id IN (1, 5) ORDER BY id;
SHOW WARNINGS;
SELECT * FROM stalls ORDER BY id;
UPDATE IGNORE stalls SET id = id + 1 WHERE n > 2 ORDER BY id LIMIT 10;
SHOW WARNINGS;
SELECT * FROM stalls ORDER BY id;
UPDATE IGNORE stalls SET id = id + 1 WHERE n > 2 ORDER BY id DESC LIMIT 10;
SHOW WARNINGS;
SELECT * FROM stalls ORDER BY id;
--@ params: 1
UPDATE IGNORE stalls SET id = ?, t = 'too long' WHERE n = 2 ORDER BY id LIMIT 1;
SHOW WARNINGS;
SELECT * FROM stalls ORDER BY id;
UPDATE IGNORE stalls SET n = n * 2, t = 'too long' WHERE n < 4 ORDER BY id LIMIT 2;
SHOW WARNINGS;
SELECT * FROM stalls ORDER BY id;
DELETE IGNORE FROM stalls WHERE n > 3 ORDER BY id LIMIT 2;
SHOW WARNINGS;
SELECT * FROM stalls ORDER BY id;
DELETE IGNORE s FROM stalls s JOIN sundries w ON w.stall_id = s.id WHERE w.id < 3;
SHOW WARNINGS;
SELECT * FROM stalls ORDER BY id;
-- Rows that a foreign key holds would have to be known.
--@ refused: 21001
DELETE IGNORE FROM halls WHERE n > 0 ORDER BY id LIMIT 3;
--@ refused: 21004
UPDATE IGNORE lamps SET id = id + 1 WHERE id > 0 LIMIT 1;
SELECT * FROM halls ORDER BY id;
SELECT * FROM lamps ORDER BY id;
DROP TABLE lamps;
DROP TABLE halls;
DROP TABLE stalls;
DROP TABLE sundries;
