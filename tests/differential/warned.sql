-- What has been warned of stays on MariaDB until a statement is about tables, or warns itself; MySQL forgets it with the next.
-- rules:
--   warned: { dbpartition: hash(k), tbpartition: hash(k), tbpartitions: 2 }
CREATE TABLE warned (k INT NOT NULL PRIMARY KEY, n INT);
INSERT INTO warned VALUES (1, 10), (2, 20), (3, 30);
SELECT 1 + 'a';
--@ text
SELECT @@warning_count;
SHOW WARNINGS;
SELECT 1 + 'b';
SET @warned = 5;
SHOW WARNINGS;
SELECT k + 'c' FROM warned ORDER BY k;
COMMIT;
SHOW WARNINGS;
SELECT k + 'c' FROM warned WHERE k = 1;
BEGIN;
ROLLBACK;
SHOW WARNINGS;
SELECT 1 + 'd';
SELECT 5 WHERE 1 = 1;
DO 1;
SHOW WARNINGS;
--@ text
SELECT @@warning_count, @@error_count;
SELECT 2 + 'e';
SHOW WARNINGS;
SELECT 1 + 'f';
SELECT COUNT(*) FROM warned;
SHOW WARNINGS;
SELECT 1 + 'g';
SELECT n FROM warned WHERE k = 3;
SHOW WARNINGS;
SELECT 1 + 'h';
SELECT a FROM (SELECT 1 AS a) AS derived;
SHOW WARNINGS;
SELECT 1 + 'i';
SET @warned = (SELECT COUNT(*) FROM warned);
SHOW WARNINGS;
SELECT 1 + 'j';
SET @warned = (SELECT 1);
SHOW WARNINGS;
SELECT 1 + 'k';
UPDATE warned SET n = n + 1 WHERE k = 2;
SHOW WARNINGS;
SELECT 1 + 'l';
SELECT 1 UNION SELECT 2;
SHOW WARNINGS;
SELECT 1 + 'm';
PREPARE warn FROM 'SELECT 1';
SHOW WARNINGS;
SELECT 1 + 'n';
EXECUTE warn;
DEALLOCATE PREPARE warn;
SHOW WARNINGS;
--@ error
SELECT nothing;
SELECT 1;
SHOW WARNINGS;
DROP TABLE warned;
