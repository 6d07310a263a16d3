-- What goes wrong, goes wrong as on one server: number, state and message, warnings.
-- rules:
--   faults: { dbpartition: hash(id), tbpartition: hash(id), tbpartitions: 2 }
CREATE TABLE faults (id INT NOT NULL PRIMARY KEY, u INT UNIQUE, n INT NOT NULL, s VARCHAR(3), CHECK (n < 1000));
--@ error
CREATE TABLE faults (id INT);
CREATE TABLE IF NOT EXISTS faults (id INT);
INSERT INTO faults VALUES (1, 1, 1, 'a'), (2, 2, 2, 'b');
--@ error
INSERT INTO faults VALUES (1, 9, 9, 'x');
--@ error
INSERT INTO faults (id, u, n) VALUES (17, 1, NULL);
--@ error
INSERT INTO faults (id) VALUES (3);
--@ error
INSERT INTO faults (id, n, s) VALUES (3, 1, 'long');
--@ error
INSERT INTO faults (id, n) VALUES (3, 5000);
--@ error
INSERT INTO faults (id, nope) VALUES (3, 1);
--@ error
INSERT INTO faults (id, n) VALUES (3, 1, 2);
--@ error
INSERT INTO faults (id, n) VALUES (3, 1), (4);
--@ error
INSERT INTO faults (id, id, n) VALUES (3, 3, 1);
--@ error
INSERT INTO nowhere VALUES (1);
--@ error
SELECT * FROM nowhere;
--@ error
SELECT x.* FROM faults f;
--@ error
SELECT f.*, faults.* FROM faults f WHERE f.id = 1;
--@ error
SELECT y.* FROM (SELECT id FROM faults) x;
--@ error
SELECT id FROM faults WHERE id IN (SELECT x.* FROM faults f);
--@ error
--@ apart: error: MariaDB says that the table is missing, MySQL that the database is; Weir says the latter
--@ apart: sqlstate: as above
--@ apart: message: as above
--@ apart: warning: as above
SELECT * FROM nowhere.faults;
--@ error
SELECT nope FROM faults;
--@ error
SELECT faults.nope FROM faults WHERE id = 1;
--@ error
SELECT other.id FROM faults WHERE id = 1;
--@ error
SELECT id FROM faults WHERE nope = 1;
--@ error
--@ apart on mysql: error: MySQL looks for a stored function in the selected database, and Weir selects none on a backend
--@ apart on mysql: sqlstate: as above
--@ apart on mysql: message: as above
--@ apart on mysql: warning: as above
SELECT nope(id) FROM faults WHERE id = 1;
--@ error
SELECT ABS() FROM faults WHERE id = 1;
--@ error
SELEKT 1;
--@ error
SELECT FROM faults;
--@ error
SELECT * FROM faults WHERE;
--@ error
SELECT * FROM faults WHERE id = 'unclosed;
--@ error
SELECT (1;
--@ error
SELECT id, FROM faults;
--@ error
SELECT 1 FROM faults WHERE id = 1 LIMIT 1, 2, 3;
--@ error
UPDATE faults SET WHERE id = 1;
--@ error
UPDATE nowhere SET a = 1 WHERE id = 1;
--@ error
DELETE FROM nowhere WHERE id = 1;
--@ error
DELETE nowhere FROM faults WHERE id = 1;
--@ error
DELETE faults, nowhere FROM faults WHERE id > 0;
--@ error
DELETE faults FROM faults AS named WHERE named.id = 1;
--@ error
DROP TABLE nowhere;
DROP TABLE IF EXISTS nowhere;
--@ error
ALTER TABLE faults ADD COLUMN s INT;
--@ error
ALTER TABLE nowhere ADD COLUMN s INT;
--@ error
SELECT (SELECT id FROM faults WHERE id = 1 UNION SELECT 2);
--@ error
SELECT id FROM faults f, faults f WHERE f.id = 1;
--@ error
SET nope = 1;
--@ error
SET SESSION sql_mode = 'nope';
--@ error
SET NAMES nope;
--@ error
SELECT @@nope;
--@ error
USE nowhere;
--@ error
COMMIT AND;
SELECT 1 / 0;
SELECT id, n / 0 FROM faults WHERE id = 1;
SELECT CAST('12abc' AS SIGNED), 'abc' + 1;
SELECT id FROM faults WHERE id = 1 AND s + 0 = 0;
--@ error
UPDATE faults SET n = n / 0 WHERE id = 1;
--@ error
UPDATE faults SET s = 'toolong' WHERE id = 2;
UPDATE IGNORE faults SET s = 'toolong' WHERE id = 2;
SELECT id, u, n, s FROM faults ORDER BY id;
SET sql_mode = '';
INSERT INTO faults (id, u, n, s) VALUES (5, 'abc', 7, 'truncated');
INSERT INTO faults (id) VALUES (6);
SELECT * FROM faults WHERE id IN (5, 6) ORDER BY id;
SET sql_mode = DEFAULT;
SELECT COUNT(*) FROM faults;
-- No row can match, and the errors are there all the same.
--@ error
UPDATE faults SET nosuch = 1 WHERE id = 1 AND id = 2;
--@ error
DELETE FROM faults WHERE id = 1 AND id = 2 AND nosuch = 1;
--@ error
SELECT nosuch FROM faults WHERE id = 1 AND id = 2;
UPDATE faults SET n = 1 WHERE id = 1 AND id = 2;
DELETE FROM faults WHERE id = NULL;
--@ text
PREPARE later FROM 'SELECT COUNT(*) FROM faults';
--@ text
EXECUTE later;
--@ text
DEALLOCATE PREPARE later;
DROP TABLE faults;
