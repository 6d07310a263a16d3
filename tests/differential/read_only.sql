-- Writes where nothing may be written: refused whether there is anything to write or not.
-- rules:
--   parcels: { dbpartition: hash(id) }
--   depots: { dbpartition: hash(n) }
CREATE TABLE parcels (id INT NOT NULL PRIMARY KEY, n INT NOT NULL);
CREATE TABLE depots (n INT NOT NULL PRIMARY KEY, id INT NOT NULL);
INSERT INTO parcels VALUES (1, 10), (2, 20), (3, 30), (4, 40);
INSERT INTO depots VALUES (10, 1), (20, 2), (30, 3);
START TRANSACTION READ ONLY;
SELECT COUNT(*) FROM parcels JOIN depots ON depots.id = parcels.n;
--@ error
UPDATE parcels JOIN depots ON depots.id = parcels.n SET parcels.n = 0 WHERE depots.n > 0;
--@ error
UPDATE parcels JOIN depots ON depots.id = parcels.id SET parcels.n = 0 WHERE depots.n > 0;
--@ error
DELETE FROM parcels WHERE n IN (SELECT id FROM depots);
--@ error
DELETE parcels FROM parcels JOIN depots ON depots.id = parcels.id WHERE depots.n > 100;
--@ error
INSERT INTO parcels SELECT id + 100, n FROM depots WHERE n > 100;
--@ error
INSERT INTO parcels SELECT id + 100, n FROM depots;
--@ error
UPDATE parcels SET n = n + 1 ORDER BY n LIMIT 0;
--@ error
UPDATE parcels SET n = 1 WHERE id = 1 AND id = 2;
--@ error
DELETE FROM parcels WHERE id IN (1, 2) AND id = 3;
--@ error
UPDATE parcels SET n = 1 WHERE id IN (1, 2, 3, 4);
SELECT id, n FROM parcels ORDER BY id;
COMMIT AND CHAIN;
--@ error
DELETE FROM parcels WHERE n IN (SELECT id FROM depots);
COMMIT;
DELETE FROM parcels WHERE n IN (SELECT id FROM depots);
SET SESSION TRANSACTION READ ONLY;
--@ error
DELETE FROM parcels WHERE n IN (SELECT id FROM depots);
--@ error
UPDATE parcels SET n = 1 WHERE id = 1 AND id = 2;
BEGIN;
SELECT COUNT(*) FROM depots;
--@ error
INSERT INTO parcels SELECT id + 100, n FROM depots WHERE n > 100;
ROLLBACK;
START TRANSACTION READ WRITE;
UPDATE parcels JOIN depots ON depots.id = parcels.id SET parcels.n = parcels.n + 1 WHERE depots.n > 0;
UPDATE parcels SET n = n + 1 WHERE id >= 0;
COMMIT;
SELECT id, n FROM parcels ORDER BY id;
SET SESSION TRANSACTION READ WRITE;
SET TRANSACTION READ ONLY;
BEGIN;
--@ error
DELETE FROM parcels WHERE n IN (SELECT id FROM depots);
COMMIT;
SET autocommit = 0;
SET TRANSACTION READ ONLY;
SELECT COUNT(*) FROM depots;
--@ error
DELETE FROM parcels WHERE n IN (SELECT id FROM depots);
COMMIT;
SET autocommit = 1;
-- MySQL goes back to what the session says at COMMIT, ROLLBACK and DDL only, not at a BEGIN that commits.
START TRANSACTION READ ONLY;
BEGIN;
--@ only: mysql
--@ error
INSERT INTO parcels VALUES (50, 1), (51, 1), (52, 1);
--@ only: mariadb
INSERT INTO parcels VALUES (50, 1), (51, 1), (52, 1);
ROLLBACK;
START TRANSACTION READ ONLY;
START TRANSACTION READ WRITE;
INSERT INTO parcels VALUES (50, 1), (51, 1), (52, 1);
ROLLBACK;
SET SESSION TRANSACTION READ ONLY;
START TRANSACTION READ WRITE;
BEGIN;
--@ only: mariadb
--@ error
INSERT INTO parcels VALUES (50, 1), (51, 1), (52, 1);
--@ only: mysql
INSERT INTO parcels VALUES (50, 1), (51, 1), (52, 1);
ROLLBACK;
SET SESSION TRANSACTION READ WRITE;
-- Neither goes back at SET autocommit = 1.
SET autocommit = 0;
START TRANSACTION READ ONLY;
SET autocommit = 1;
--@ error
INSERT INTO parcels VALUES (50, 1), (51, 1), (52, 1);
SELECT COUNT(*) FROM parcels WHERE id = 1;
DELETE FROM parcels WHERE id = 50;
SET autocommit = 0;
SET TRANSACTION READ ONLY;
SET autocommit = 1;
--@ error
DELETE FROM parcels WHERE id = 50;
-- What the session says is said of the next transaction too.
SET TRANSACTION READ ONLY;
SET SESSION TRANSACTION READ WRITE;
DELETE FROM parcels WHERE id = 50;
-- What has not begun has opened no transaction.
SET autocommit = 0;
SET SESSION TRANSACTION READ ONLY;
--@ error
INSERT INTO parcels VALUES (50, 1), (51, 1), (52, 1);
SET SESSION TRANSACTION READ WRITE;
INSERT INTO parcels VALUES (50, 1), (51, 1), (52, 1);
ROLLBACK;
SET TRANSACTION READ ONLY;
--@ error
INSERT INTO parcels VALUES (50, 1), (51, 1), (52, 1);
SET TRANSACTION READ WRITE;
INSERT INTO parcels VALUES (50, 1), (51, 1), (52, 1);
ROLLBACK;
SET autocommit = 1;
-- Tables are opened when a statement is prepared.
START TRANSACTION READ ONLY;
--@ error
PREPARE adding FROM 'INSERT INTO parcels VALUES (50, ?)';
--@ error
PREPARE adding FROM 'SELECT id FROM parcels WHERE id = 1 FOR UPDATE';
PREPARE adding FROM 'SELECT id FROM parcels WHERE id = 1';
COMMIT;
--@ only: mysql
SET @@transaction_read_only = 1;
--@ only: mariadb
SET @@tx_read_only = 1;
--@ error
INSERT INTO parcels VALUES (50, 1), (51, 1), (52, 1);
SELECT COUNT(*) FROM parcels;
INSERT INTO parcels VALUES (50, 1), (51, 1), (52, 1);
DROP TABLE parcels;
DROP TABLE depots;
