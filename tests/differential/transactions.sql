-- Transactions that stay on one instance, savepoints, autocommit; what a client sees of the status flags.
-- rules:
--   accounts: { dbpartition: hash(id), tbpartition: hash(id), tbpartitions: 2 }
--   ledger: { single: shop_00 }
CREATE TABLE accounts (id INT NOT NULL PRIMARY KEY, balance DECIMAL(12,2) NOT NULL) ENGINE=InnoDB;
CREATE TABLE ledger (n INT NOT NULL AUTO_INCREMENT PRIMARY KEY, what VARCHAR(20)) ENGINE=InnoDB;
INSERT INTO accounts VALUES (0, 100), (16, 50), (1, 10), (9, 5);
START TRANSACTION;
UPDATE accounts SET balance = balance - 30 WHERE id = 0;
UPDATE accounts SET balance = balance + 30 WHERE id = 16;
SELECT id, balance FROM accounts WHERE id IN (0, 16) ORDER BY id;
COMMIT;
SELECT id, balance FROM accounts ORDER BY id;
BEGIN;
DELETE FROM accounts WHERE id = 0;
INSERT INTO accounts VALUES (32, 1);
SELECT COUNT(*) FROM accounts WHERE id IN (0, 32);
ROLLBACK;
SELECT id, balance FROM accounts ORDER BY id;
BEGIN;
INSERT INTO ledger (what) VALUES ('first');
SAVEPOINT here;
INSERT INTO ledger (what) VALUES ('second');
SELECT what FROM ledger ORDER BY n;
ROLLBACK TO SAVEPOINT here;
SELECT what FROM ledger ORDER BY n;
RELEASE SAVEPOINT here;
COMMIT;
SELECT what FROM ledger ORDER BY n;
--@ error
ROLLBACK TO SAVEPOINT nowhere;
SET autocommit = 0;
INSERT INTO ledger (what) VALUES ('third');
SELECT COUNT(*) FROM ledger;
ROLLBACK;
SELECT COUNT(*) FROM ledger;
INSERT INTO ledger (what) VALUES ('fourth');
SET autocommit = 1;
SELECT what FROM ledger ORDER BY n;
BEGIN;
SELECT balance FROM accounts WHERE id = 1 FOR UPDATE;
UPDATE accounts SET balance = 11 WHERE id = 1;
--@ error
INSERT INTO accounts VALUES (1, 1);
COMMIT;
SELECT balance FROM accounts WHERE id = 1;
START TRANSACTION READ ONLY;
SELECT SUM(balance) FROM accounts;
--@ error
UPDATE ledger SET what = 'x' WHERE n = 1;
COMMIT;
START TRANSACTION READ WRITE;
COMMIT WORK;
BEGIN WORK;
ROLLBACK WORK;
BEGIN;
INSERT INTO ledger (what) VALUES ('implicit');
CREATE TABLE aside (a INT);
ROLLBACK;
SELECT COUNT(*) FROM ledger WHERE what = 'implicit';
DROP TABLE aside;
BEGIN;
INSERT INTO ledger (what) VALUES ('begun again');
BEGIN;
ROLLBACK;
SELECT COUNT(*) FROM ledger WHERE what = 'begun again';
SET TRANSACTION ISOLATION LEVEL READ COMMITTED;
SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ;
COMMIT;
ROLLBACK;
-- What SET TRANSACTION says counts for the next statement, where that is a transaction of its own.
SET TRANSACTION READ ONLY;
--@ error
INSERT INTO accounts VALUES (2, 1);
--@ error
INSERT INTO accounts VALUES (2, 1), (3, 1), (4, 1);
SELECT COUNT(*) FROM accounts;
INSERT INTO accounts VALUES (2, 1), (3, 1), (4, 1);
SET TRANSACTION READ ONLY;
SELECT balance FROM accounts WHERE id = 2;
UPDATE accounts SET balance = 2 WHERE id IN (2, 3, 4);
SET TRANSACTION ISOLATION LEVEL SERIALIZABLE;
DELETE FROM accounts WHERE id IN (2, 3, 4);
SET TRANSACTION READ ONLY;
COMMIT;
INSERT INTO accounts VALUES (2, 1), (3, 1);
SET TRANSACTION READ ONLY;
ROLLBACK;
DELETE FROM accounts WHERE id IN (2, 3);
SET TRANSACTION READ ONLY;
CREATE TABLE aside (a INT);
INSERT INTO accounts VALUES (2, 1);
DROP TABLE aside;
DELETE FROM accounts WHERE id = 2;
SET TRANSACTION READ ONLY;
BEGIN;
--@ error
INSERT INTO accounts VALUES (2, 1);
ROLLBACK;
SET TRANSACTION ISOLATION LEVEL READ COMMITTED, READ WRITE;
INSERT INTO accounts VALUES (2, 1);
DELETE FROM accounts WHERE id = 2;
SELECT COUNT(*) FROM accounts;
DROP TABLE ledger;
DROP TABLE accounts;
