-- Statements that were prepared before the session or a table changed.
-- rules:
--   early: { dbpartition: hash(k) }
CREATE TABLE early (id INT NOT NULL PRIMARY KEY, k INT, c CHAR(5));
INSERT INTO early VALUES (1, 1, 'x'), (2, 2, 'y'), (3, 3, 'z'), (4, 4, 'x'), (5, 5, '');
PREPARE by_key FROM 'SELECT id FROM early WHERE k = ? ORDER BY id';
SET @int = 1, @text = '2', @decimal = 3.0, @null = NULL, @float = 5e0, @bytes = x'31', @more = x'3178';
EXECUTE by_key USING @int;
EXECUTE by_key USING @text;
EXECUTE by_key USING @decimal;
EXECUTE by_key USING @null;
EXECUTE by_key USING @float;
EXECUTE by_key USING @bytes;
PREPARE bytes FROM 'SELECT c FROM early WHERE ? = k ORDER BY id';
EXECUTE bytes USING @bytes;
PREPARE sorted FROM 'SELECT id FROM early ORDER BY ?, id DESC LIMIT ?';
SET @one = 1, @two = 2;
EXECUTE sorted USING @one, @two;
PREPARE all_of FROM 'SELECT * FROM early WHERE k = ?';
ALTER TABLE early ADD COLUMN extra INT DEFAULT 7 AFTER id;
EXECUTE by_key USING @int;
EXECUTE all_of USING @int;
ALTER TABLE early DROP COLUMN extra;
EXECUTE all_of USING @int;
SET sql_mode = 'ANSI_QUOTES';
PREPARE quoted FROM 'SELECT "id" FROM early ORDER BY 1';
EXECUTE quoted;
SET sql_mode = 'STRICT_TRANS_TABLES';
--@ refused: 21002
EXECUTE quoted;
PREPARE quoted FROM 'SELECT "id" FROM early ORDER BY 1';
EXECUTE quoted;
SELECT k AS x, -id AS x FROM early ORDER BY x;
SELECT k AS x, id - 3 AS x, c FROM early ORDER BY x DESC;
SELECT -id AS k, k FROM early ORDER BY k;
DROP TABLE early;
