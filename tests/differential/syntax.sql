-- Faults of a text are told of the text that the client wrote.
-- rules:
--   syntax_1: { dbpartition: hash(k), tbpartition: hash(k), tbpartitions: 2 }
--   syntax_2: { dbpartition: hash(n) }
CREATE TABLE syntax_1 (k INT NOT NULL PRIMARY KEY, n INT, s VARCHAR(10));
CREATE TABLE syntax_2 (n INT NOT NULL PRIMARY KEY, s VARCHAR(10));
INSERT INTO syntax_1 VALUES (1, 1, 'a'), (2, 2, 'b');
--@ error
SELECT CAST(k AS foo) FROM syntax_1 WHERE k = 1;
--@ error
SELECT CAST(k AS foo) FROM syntax_1 ORDER BY k;
--@ error
SELECT CONVERT(a.k, foo) FROM syntax_1 a JOIN syntax_2 b ON b.n = a.n WHERE b.s = 'x';
--@ error
INSERT INTO syntax_1 VALUES (1, 2;
--@ error
INSERT INTO syntax_1 (k) VALUESS (1);
--@ error
REPLACE INTO syntax_1 VALUES (1, 2, 3) foo;
--@ error
DELETE syntax_1 WHERE k = 1;
--@ error
UPDATE syntax_1 SET n = WHERE k = 1;
--@ error
CREATE TABLE syntax_3 (k INT,);
--@ error
SELECT k FROM syntax_1 WHERE k = 1 GROUP;
--@ text
--@ error
PREPARE p FROM 'SELECT CAST(k AS foo) FROM syntax_1 WHERE k = ?';
DROP TABLE syntax_1;
DROP TABLE syntax_2;
