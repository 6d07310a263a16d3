-- What one server would answer and Weir does not yet across shards: refused by name, never answered wrongly.
-- rules:
--   events: { dbpartition: hash(user_id), tbpartition: hash(user_id), tbpartitions: 2 }
--   visits: { dbpartition: hash(id), tbpartition: hash(id), tbpartitions: 2 }
CREATE TABLE events (id INT NOT NULL PRIMARY KEY, user_id INT NOT NULL, kind VARCHAR(10), amount DECIMAL(10,2));
CREATE TABLE visits (id INT NOT NULL PRIMARY KEY, event_id INT, user_id INT);
INSERT INTO events VALUES (1, 1, 'a', 1), (2, 2, 'b', 2), (3, 3, 'a', 3), (4, 4, 'b', NULL), (5, 5, 'c', 5);
INSERT INTO visits VALUES (1, 1, 1), (2, 1, 2), (3, 2, 3), (4, 5, 5);
--@ refused: 21001
INSERT INTO visits (id, event_id) SELECT id + 10, id FROM events;
--@ refused: 21001
UPDATE events SET amount = 0 WHERE amount > 1 ORDER BY id LIMIT 2;
--@ refused: 21001
DELETE FROM events WHERE kind = 'a' LIMIT 1;
--@ refused: 21006
UPDATE events e JOIN visits v ON v.event_id = e.id SET e.amount = 0;
--@ refused: 21006
DELETE e FROM events e JOIN visits v ON v.event_id = e.id;
--@ refused: 21007
UPDATE events e JOIN visits v ON v.event_id = e.id SET e.amount = 0 WHERE e.id > 0;
--@ refused: 21007
DELETE e FROM events e JOIN visits v ON v.event_id = e.id WHERE e.id > 0;
--@ refused: 21004
UPDATE events SET user_id = user_id + 1 WHERE id = 1;
--@ refused: 21005
INSERT INTO events (id, kind) VALUES (9, 'x');
--@ refused: 21005
INSERT INTO events (id, user_id) VALUES (9, RAND() * 1000);
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
