-- REPLACE, INSERT IGNORE and ON DUPLICATE KEY UPDATE where a unique key does not contain the shard key: the rows that the new ones meet may lie anywhere.
-- rules:
--   members: { dbpartition: hash(region), tbpartition: hash(region), tbpartitions: 2 }
--   seats: { dbpartition: hash(hall), tbpartition: hash(hall), tbpartitions: 2 }
--   purses: { dbpartition: hash(owner) }
--   oddities: { dbpartition: hash(k) }
--   badge_kinds: { broadcast: true }
--   totals: { single: shop_02 }
CREATE TABLE members (id INT NOT NULL PRIMARY KEY, region INT NOT NULL, email VARCHAR(40) NOT NULL, name VARCHAR(20), visits INT NOT NULL DEFAULT 0, UNIQUE KEY email (email));
CREATE TABLE seats (hall INT NOT NULL, number INT NOT NULL, code VARCHAR(10) DEFAULT NULL, guest VARCHAR(20), paid DECIMAL(8,2), PRIMARY KEY (hall, number), UNIQUE KEY code (code), UNIQUE KEY guest (guest, paid));
CREATE TABLE purses (id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY, owner INT NOT NULL, tag VARCHAR(20) CHARACTER SET latin1 NOT NULL, amount DECIMAL(10,2) NOT NULL DEFAULT 0, UNIQUE KEY tag (tag));
CREATE TABLE oddities (k INT NOT NULL, b VARBINARY(8) NOT NULL, d DATE NOT NULL, t TIMESTAMP NOT NULL DEFAULT '2020-01-01 00:00:00', e ENUM('x','y','z') NOT NULL, v INT, PRIMARY KEY (b), UNIQUE KEY d (d, e), UNIQUE KEY t (t));
CREATE TABLE badge_kinds (id INT NOT NULL PRIMARY KEY, title VARCHAR(20) NOT NULL, n INT NOT NULL DEFAULT 0, UNIQUE KEY title (title));
CREATE TABLE totals (region INT NOT NULL PRIMARY KEY, n INT NOT NULL, best VARCHAR(40));
INSERT INTO members (id, region, email, name) VALUES (1, 1, 'ann@x', 'Ann'), (2, 2, 'bob@x', 'Bob'), (3, 3, 'cid@x', 'Cid'), (4, 4, 'dee@x', NULL);
INSERT INTO seats VALUES (1, 1, 'a1', 'Ann', 10), (1, 2, NULL, 'Bob', 10), (2, 1, 'b1', NULL, NULL), (3, 1, NULL, NULL, 5);
INSERT INTO badge_kinds (id, title) VALUES (1, 'gold'), (2, 'silver');

REPLACE INTO members (id, region, email, name) VALUES (1, 1, 'ann@x', 'Anna');
REPLACE INTO members (id, region, email, name) VALUES (5, 9, 'ann@x', 'taken over');
REPLACE INTO members (id, region, email, name) VALUES (2, 7, 'cid@x', 'two at once');
REPLACE INTO members (id, region, email, name) VALUES (6, 6, 'eve@x', 'new');
REPLACE INTO members (id, region, email) VALUES (10, 1, 'j@x'), (11, 2, 'j@x'), (12, 3, 'k@x'), (10, 4, 'l@x');
REPLACE INTO members SET id = 4, region = 44, email = 'DEE@x';
SELECT * FROM members ORDER BY id;
SELECT id FROM members WHERE region = 44;
SELECT id FROM members WHERE region = 4;
INSERT IGNORE INTO members (id, region, email, name) VALUES (20, 1, 'ann@x', 'left out'), (21, 1, 'new1@x', 'goes in'), (5, 2, 'new2@x', 'left out'), (22, 8, 'new1@x', 'left out');
SHOW WARNINGS;
SELECT * FROM members WHERE id >= 20 ORDER BY id;
INSERT INTO members (id, region, email, visits) VALUES (30, 3, 'ann@x', 1) ON DUPLICATE KEY UPDATE visits = visits + 10;
INSERT INTO members (id, region, email, visits) VALUES (31, 3, 'fay@x', 1) ON DUPLICATE KEY UPDATE visits = visits + 10;
INSERT INTO members (id, region, email, visits) VALUES (31, 5, 'ann@x', 1) ON DUPLICATE KEY UPDATE visits = visits + 100;
INSERT INTO members (id, region, email, visits) VALUES (32, 1, 'ANN@X', 5), (33, 2, 'gus@x', 6), (34, 3, 'gus@x', 7) ON DUPLICATE KEY UPDATE visits = members.visits + VALUES(visits), name = CONCAT(COALESCE(name, ''), '+');
INSERT INTO members (id, region, email) VALUES (5, 77, 'ann@x') ON DUPLICATE KEY UPDATE region = VALUES(region);
INSERT INTO members (id, region, email) VALUES (5, 78, 'ann@x') ON DUPLICATE KEY UPDATE region = region + 1, visits = region;
INSERT INTO members (id, region, email) VALUES (5, 1, 'ann.new@x') ON DUPLICATE KEY UPDATE email = VALUES(email);
INSERT INTO members (id, region, email) VALUES (5, 1, 'ann.new@x') ON DUPLICATE KEY UPDATE id = id, email = email;
INSERT INTO members (id, region, email) VALUES (5, 1, 'x@x') ON DUPLICATE KEY UPDATE visits = visits;
--@ error
INSERT INTO members (id, region, email) VALUES (5, 1, 'gus@x') ON DUPLICATE KEY UPDATE email = VALUES(email);
SELECT * FROM members ORDER BY id;
SELECT id, region FROM members WHERE region IN (77, 78, 79) ORDER BY id;
INSERT INTO members (id, region, email) VALUES (5, 1, 'y@x') ON DUPLICATE KEY UPDATE email = CONCAT(email, '.old');
--@ error
INSERT INTO members (id, region, email) VALUES (5, 1, 'y@x') ON DUPLICATE KEY UPDATE email = 'bob.is@nowhere', id = 2;
--@ error
INSERT INTO members (id, region, email) VALUES (5, 1, 'y@x') ON DUPLICATE KEY UPDATE email = 'GUS@x';
--@ error
INSERT INTO members (id, region, email, visits) VALUES (5, 1, 'y@x', 1), (1000, 7, 'moved@x', 2), (1001, 8, 'gus@x', 3) ON DUPLICATE KEY UPDATE email = CONCAT('moved', '@x'), visits = visits + VALUES(visits);
INSERT INTO members (id, region, email, visits) VALUES (5, 1, 'y@x', 1), (1000, 7, 'moved@x', 2) ON DUPLICATE KEY UPDATE email = CONCAT('moved', '@x'), visits = visits + VALUES(visits);
INSERT IGNORE INTO members (id, region, email) VALUES (5, 1, 'y@x') ON DUPLICATE KEY UPDATE email = 'gus@x';
SHOW WARNINGS;
SELECT * FROM members ORDER BY id;
DELETE FROM members WHERE id = 1000;
UPDATE members SET email = 'ann.new@x' WHERE id = 5;
--@ refused: 21001
REPLACE INTO members (id, region, email) VALUES (50, 1, UUID());
--@ error
REPLACE INTO members (id, region, email) VALUES (51, 1, 'ok@x'), (52, NULL, 'bad@x');
--@ error
INSERT INTO members (id, region, email, name) VALUES (5, 1, 'z@x', 'z') ON DUPLICATE KEY UPDATE name = 'far too long for a name';
--@ error
INSERT INTO members (id, region, email) VALUES (53, 1, 'q@x') ON DUPLICATE KEY UPDATE nothing = 1;
SELECT COUNT(*), SUM(visits) FROM members;
SET sql_mode = '';
INSERT INTO members (id, region, email, name) VALUES (5, '1x', 'z@x', 'z'), (54, 3, 'r@x', 'far too long for a name') ON DUPLICATE KEY UPDATE name = 'too long here as well, by far';
SHOW WARNINGS;
SELECT * FROM members WHERE id IN (5, 54) ORDER BY id;
SET sql_mode = 'STRICT_TRANS_TABLES,NO_ZERO_IN_DATE,NO_ZERO_DATE,ERROR_FOR_DIVISION_BY_ZERO';

BEGIN;
REPLACE INTO members (id, region, email) VALUES (60, 60, 'bob@x');
INSERT INTO members (id, region, email) VALUES (61, 61, 'bob@x') ON DUPLICATE KEY UPDATE visits = 5, name = 'mine';
SELECT id, region, email, visits, name FROM members WHERE id >= 60 ORDER BY id;
--@ error
INSERT INTO members (id, region, email) VALUES (62, 62, 'bob@x'), (63, 63, NULL) ON DUPLICATE KEY UPDATE visits = 6;
SELECT id, region, email, visits, name FROM members WHERE id >= 60 ORDER BY id;
ROLLBACK;
SELECT COUNT(*) FROM members WHERE id >= 60;
INSERT INTO members (id, region, email, name) SELECT id + 1, region, email, 'from a query' FROM members WHERE id IN (5, 21) ON DUPLICATE KEY UPDATE name = CONCAT('met ', VALUES(id));
REPLACE INTO members (id, region, email) SELECT id + 100, region + 1, email FROM members WHERE id > 20;
INSERT IGNORE INTO members (id, region, email) SELECT id + 200, region + 1, email FROM members WHERE id < 12 ORDER BY id;
SELECT * FROM members ORDER BY id;

REPLACE INTO seats VALUES (1, 1, 'b1', 'Cid', 7);
INSERT INTO seats (hall, number, code) VALUES (9, 9, NULL) ON DUPLICATE KEY UPDATE paid = paid;
INSERT INTO seats (hall, number, guest, paid) VALUES (5, 5, 'Bob', 10) ON DUPLICATE KEY UPDATE guest = guest, paid = paid;
UPDATE seats SET code = 'moved' WHERE hall = 1 AND number = 2;
INSERT INTO seats (hall, number, guest, paid) VALUES (1, 2, 'Bob', 12) ON DUPLICATE KEY UPDATE paid = VALUES(paid), hall = 6;
INSERT INTO seats (hall, number, guest, paid) VALUES (1, 2, 'Dan', 10) ON DUPLICATE KEY UPDATE guest = VALUES(guest), paid = VALUES(paid);
INSERT IGNORE INTO seats VALUES (7, 1, NULL, NULL, 5), (7, 2, 'moved', 'x', 1), (7, 3, NULL, 'Dan', 10.00);
SELECT * FROM seats ORDER BY hall, number;

INSERT INTO purses (owner, tag, amount) VALUES (1, 'é', 1), (2, 'b', 2), (3, 'c', 3);
SELECT LAST_INSERT_ID();
INSERT INTO purses (owner, tag, amount) VALUES (9, 'É', 5) ON DUPLICATE KEY UPDATE amount = amount + VALUES(amount);
SELECT LAST_INSERT_ID();
INSERT INTO purses (owner, tag, amount) VALUES (9, 'd', 5) ON DUPLICATE KEY UPDATE amount = amount + VALUES(amount);
SELECT LAST_INSERT_ID() > 3;
INSERT IGNORE INTO purses (owner, tag) VALUES (1, 'c');
INSERT INTO purses (id, owner, tag) VALUES (2, 4, 'zz') ON DUPLICATE KEY UPDATE owner = VALUES(owner), amount = -1;
REPLACE INTO purses (id, owner, tag) VALUES (100, 5, 'b');
REPLACE INTO purses (id, owner, tag) SELECT id + 200, owner, tag FROM purses WHERE tag = 'c';
SELECT owner, tag, amount FROM purses ORDER BY owner, tag;
SELECT id FROM purses WHERE id >= 100 ORDER BY id;

INSERT INTO oddities VALUES (1, x'00ff', '2024-01-01', '2024-01-01 00:00:01', 'x', 1), (2, '', '2024-01-01', '2024-02-01 00:00:00', 'y', 2), (3, 'a''\\', '2024-01-02', '2024-03-01 00:00:00', 'x', 3);
REPLACE INTO oddities VALUES (4, x'00ff', '2024-05-01', '2024-05-01 00:00:00', 'z', 4);
REPLACE INTO oddities VALUES (5, 'new', '2024-01-01', '2024-05-02 00:00:00', 'y', 5);
INSERT INTO oddities VALUES (6, 'newer', '2024-06-01', '2024-03-01 00:00:00', 'y', 6) ON DUPLICATE KEY UPDATE v = v * 10;
INSERT INTO oddities VALUES (7, 'a''\\', '2024-07-01', '2024-07-01 00:00:00', 'y', 6) ON DUPLICATE KEY UPDATE v = v + 1;
SELECT k, HEX(b), d, t, e, v FROM oddities ORDER BY k;
SET time_zone = '+03:00';
INSERT INTO oddities VALUES (8, 'zone', '2024-08-01', '2024-05-02 03:00:00', 'x', 8) ON DUPLICATE KEY UPDATE v = 80;
SELECT k, v, t FROM oddities ORDER BY k;
SET time_zone = '+00:00';

INSERT INTO badge_kinds (id, title) SELECT id + 10, name FROM members WHERE name IN ('new', 'goes in') ON DUPLICATE KEY UPDATE n = n + 1;
INSERT INTO badge_kinds (id, title) SELECT region, MAX(email) FROM members WHERE region < 3 GROUP BY region ON DUPLICATE KEY UPDATE n = badge_kinds.n + 1;
SELECT * FROM badge_kinds ORDER BY id;
INSERT INTO totals SELECT region, COUNT(*), MAX(email) FROM members GROUP BY region ON DUPLICATE KEY UPDATE n = VALUES(n);
INSERT INTO totals SELECT region, COUNT(*) * 10, MIN(email) FROM members WHERE region < 5 GROUP BY region ON DUPLICATE KEY UPDATE n = totals.n + VALUES(n), best = VALUES(best);
SELECT * FROM totals ORDER BY region;
INSERT INTO totals (region, n) VALUES (1, (SELECT COUNT(*) FROM members)) ON DUPLICATE KEY UPDATE n = VALUES(n);
SELECT * FROM totals ORDER BY region;
DROP TABLE members;
DROP TABLE seats;
DROP TABLE purses;
DROP TABLE oddities;
DROP TABLE badge_kinds;
DROP TABLE totals;
