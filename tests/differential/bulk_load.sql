-- Sessions that load dumps: MariaDB takes the first rows of an empty table as a bulk, and forgets them when a later statement
-- of the transaction meets a duplicate.
-- rules:
--   loaded: { dbpartition: hash(k), tbpartition: hash(k), tbpartitions: 2 }
CREATE TABLE loaded (k INT NOT NULL, id INT NOT NULL, n INT, PRIMARY KEY (id, k));
INSERT INTO loaded VALUES (2, 1, 10);
SET foreign_key_checks = 0, unique_checks = 0;
INSERT IGNORE INTO loaded VALUES (0, 1, 1), (1, 1, 2), (2, 1, 3), (3, 1, 4);
SELECT * FROM loaded ORDER BY k, id;
DELETE FROM loaded WHERE k <> 2;
REPLACE INTO loaded VALUES (0, 1, 1), (1, 1, 2), (2, 1, 3), (3, 1, 4);
SELECT * FROM loaded ORDER BY k, id;
DELETE FROM loaded WHERE k <> 2;
INSERT INTO loaded VALUES (0, 1, 1), (1, 1, 2), (2, 1, 3), (3, 1, 4) ON DUPLICATE KEY UPDATE n = loaded.n + 1;
SELECT * FROM loaded ORDER BY k, id;
DELETE FROM loaded WHERE k <> 2;
--@ error
INSERT INTO loaded VALUES (0, 1, 1), (1, 1, 2), (2, 1, 3), (3, 1, 4);
SELECT * FROM loaded ORDER BY k, id;
SET foreign_key_checks = 1, unique_checks = 1;
SELECT @@foreign_key_checks, @@unique_checks;
SET foreign_key_checks = 0, unique_checks = 0;
SELECT @@foreign_key_checks, @@unique_checks;
SET foreign_key_checks = DEFAULT, unique_checks = DEFAULT;
SELECT @@foreign_key_checks, @@unique_checks;
SET foreign_key_checks = 1, unique_checks = 1;
DROP TABLE loaded;
