-- What one server would answer and Weir does not yet across shards: refused by name, never answered wrongly.
-- rules:
--   events: { dbpartition: hash(user_id), tbpartition: hash(user_id), tbpartitions: 2 }
--   loose: { dbpartition: hash(k) }
--   visits: { dbpartition: hash(id), tbpartition: hash(id), tbpartitions: 2 }
CREATE TABLE events (id INT NOT NULL PRIMARY KEY, user_id INT NOT NULL, kind VARCHAR(10), amount DECIMAL(10,2));
CREATE TABLE visits (id INT NOT NULL PRIMARY KEY, event_id INT, user_id INT);
CREATE TABLE loose (k INT, v INT);
INSERT INTO events VALUES (1, 1, 'a', 1), (2, 2, 'b', 2), (3, 3, 'a', 3), (4, 4, 'b', NULL), (5, 5, 'c', 5);
INSERT INTO visits VALUES (1, 1, 1), (2, 1, 2), (3, 2, 3), (4, 5, 5);
--@ refused: 21006
UPDATE events e JOIN visits v ON v.event_id = e.id SET e.amount = 0;
--@ refused: 21006
DELETE e FROM events e JOIN visits v ON v.event_id = e.id;
--@ only: mysql
--@ refused: 21007
UPDATE events a JOIN events b ON b.id = a.id + 1 SET a.amount = 0, b.kind = 'x' WHERE a.id > 1;
--@ refused: 21001
REPLACE INTO events (id, user_id, kind) SELECT id, id, UUID() FROM visits;
UPDATE loose SET v = 0 WHERE v > 1 LIMIT 1;
UPDATE loose SET k = k + 1 WHERE v > 1;
--@ refused: 21002
XA START 'x';
--@ refused: 21002
LOCK TABLES events WRITE;
--@ refused: 21002
HANDLER events OPEN;
--@ refused: 21002
LOAD DATA INFILE '/nowhere' INTO TABLE events;
SELECT id, kind, amount FROM events ORDER BY id;
SELECT COUNT(*) FROM visits;
DROP TABLE events;
DROP TABLE visits;
DROP TABLE loose;
