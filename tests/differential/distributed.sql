-- Transactions whose rows are on several instances: what is read inside, undone by a failed statement, by savepoints and
-- by ROLLBACK, and what is there after COMMIT.
-- rules:
--   wallets: { dbpartition: hash(id) }
--   rates: { broadcast: true }
CREATE TABLE wallets (id INT NOT NULL PRIMARY KEY, owner VARCHAR(20), balance DECIMAL(12,2) NOT NULL) ENGINE=InnoDB;
CREATE TABLE rates (code CHAR(3) NOT NULL PRIMARY KEY, rate DECIMAL(9,4) NOT NULL) ENGINE=InnoDB;
INSERT INTO wallets VALUES (0, 'Ann', 100), (3, 'Bob', 50), (5, 'Cid', 10), (7, 'Dan', 5);
START TRANSACTION;
UPDATE wallets SET balance = balance - 30 WHERE id = 0;
UPDATE wallets SET balance = balance + 30 WHERE id = 7;
SELECT id, balance FROM wallets ORDER BY id;
COMMIT;
SELECT id, balance FROM wallets ORDER BY id;
BEGIN;
SELECT balance FROM wallets WHERE id = 3 FOR UPDATE;
UPDATE wallets SET balance = balance + 1 WHERE id = 7;
DELETE FROM wallets WHERE id = 0;
INSERT INTO wallets VALUES (8, 'Eve', 1), (13, 'Fay', 2), (15, 'Gil', 3);
SELECT COUNT(*), SUM(balance) FROM wallets;
ROLLBACK;
SELECT id, balance FROM wallets ORDER BY id;
BEGIN;
UPDATE wallets SET balance = balance + 1 WHERE id >= 0;
--@ error
INSERT INTO wallets VALUES (16, 'new', 1), (7, 'twice', 1);
SELECT id, balance FROM wallets ORDER BY id;
--@ error
INSERT INTO wallets VALUES (7, 'twice', 1);
INSERT INTO wallets VALUES (16, 'new', 1), (23, 'new', 1);
SELECT id, balance FROM wallets ORDER BY id;
COMMIT;
SELECT id, balance FROM wallets ORDER BY id;
BEGIN;
UPDATE wallets SET balance = 1 WHERE id = 16;
SAVEPOINT one;
UPDATE wallets SET balance = 2 WHERE id = 23;
UPDATE wallets SET balance = 2 WHERE id IN (3, 5);
SAVEPOINT two;
UPDATE wallets SET balance = 3 WHERE id >= 0;
SELECT id, balance FROM wallets ORDER BY id;
ROLLBACK TO SAVEPOINT two;
SELECT id, balance FROM wallets ORDER BY id;
ROLLBACK TO SAVEPOINT one;
SELECT id, balance FROM wallets ORDER BY id;
--@ error
ROLLBACK TO SAVEPOINT two;
UPDATE wallets SET balance = 4 WHERE id IN (0, 7);
RELEASE SAVEPOINT one;
--@ error
ROLLBACK TO SAVEPOINT one;
COMMIT;
SELECT id, balance FROM wallets ORDER BY id;
BEGIN;
UPDATE wallets SET balance = balance + 1 WHERE id = 0;
COMMIT AND CHAIN;
UPDATE wallets SET balance = balance + 1 WHERE id = 0;
UPDATE wallets SET balance = balance + 1 WHERE id = 7;
COMMIT AND CHAIN;
UPDATE wallets SET balance = balance + 100 WHERE id >= 0;
ROLLBACK AND CHAIN;
UPDATE wallets SET balance = balance + 1 WHERE id = 3;
UPDATE wallets SET balance = balance + 1 WHERE id = 5;
COMMIT;
ROLLBACK;
SELECT id, balance FROM wallets ORDER BY id;
SET autocommit = 0;
UPDATE wallets SET balance = balance + 10 WHERE id = 0;
UPDATE wallets SET balance = balance + 10 WHERE id = 7;
ROLLBACK;
UPDATE wallets SET balance = balance + 20 WHERE id = 0;
UPDATE wallets SET balance = balance + 20 WHERE id = 7;
COMMIT;
UPDATE wallets SET balance = balance + 30 WHERE id = 3;
UPDATE wallets SET balance = balance + 30 WHERE id = 5;
SET autocommit = 1;
ROLLBACK;
SELECT id, balance FROM wallets ORDER BY id;
--@ error
INSERT INTO wallets VALUES (24, 'not', 1), (31, 'not', 1), (3, 'twice', 1);
SELECT COUNT(*) FROM wallets;
INSERT INTO rates VALUES ('EUR', 1), ('CHF', 0.95);
BEGIN;
UPDATE rates SET rate = 0.9 WHERE code = 'CHF';
UPDATE wallets SET balance = 0 WHERE id = 5;
--@ error
INSERT INTO rates VALUES ('USD', 1.1), ('EUR', 1);
SELECT code, rate FROM rates ORDER BY code;
COMMIT;
SELECT code, rate FROM rates ORDER BY code;
BEGIN;
UPDATE wallets SET balance = 7 WHERE id = 3;
UPDATE wallets SET balance = 7 WHERE id = 7;
CREATE TABLE beside (a INT);
ROLLBACK;
SELECT id, balance FROM wallets WHERE balance = 7 ORDER BY id;
DROP TABLE beside;
START TRANSACTION READ ONLY;
SELECT COUNT(*) FROM wallets;
--@ error
UPDATE wallets SET balance = 8 WHERE id = 7;
COMMIT;
SET TRANSACTION ISOLATION LEVEL READ COMMITTED;
BEGIN;
UPDATE wallets SET balance = 9 WHERE id = 3;
UPDATE wallets SET balance = 9 WHERE id = 7;
COMMIT;
SET SESSION TRANSACTION ISOLATION LEVEL SERIALIZABLE;
BEGIN;
SELECT SUM(balance) FROM wallets;
UPDATE wallets SET balance = balance + 1 WHERE id >= 0;
COMMIT;
SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ;
SELECT id, balance FROM wallets ORDER BY id;
DROP TABLE rates;
DROP TABLE wallets;
