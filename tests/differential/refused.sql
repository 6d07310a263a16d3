-- What one server would answer and Weir does not yet across shards: refused by name, never answered wrongly.
-- rules:
--   events: { dbpartition: hash(user_id), tbpartition: hash(user_id), tbpartitions: 2 }
--   visits: { dbpartition: hash(id), tbpartition: hash(id), tbpartitions: 2 }
CREATE TABLE events (id INT NOT NULL PRIMARY KEY, user_id INT NOT NULL, kind VARCHAR(10), amount DECIMAL(10,2));
CREATE TABLE visits (id INT NOT NULL PRIMARY KEY, event_id INT, user_id INT);
INSERT INTO events VALUES (1, 1, 'a', 1), (2, 2, 'b', 2), (3, 3, 'a', 3), (4, 4, 'b', NULL), (5, 5, 'c', 5);
INSERT INTO visits VALUES (1, 1, 1), (2, 1, 2), (3, 2, 3), (4, 5, 5);
--@ refused: 21001
SELECT COUNT(DISTINCT kind) FROM events;
--@ refused: 21001
SELECT kind, COUNT(DISTINCT amount) FROM events GROUP BY kind ORDER BY kind;
--@ refused: 21001
SELECT GROUP_CONCAT(kind ORDER BY id) FROM events;
--@ refused: 21001
SELECT STDDEV(amount) FROM events;
--@ refused: 21001
SELECT kind, SUM(amount) FROM events GROUP BY kind WITH ROLLUP;
--@ refused: 21001
SELECT kind, SUM(amount) FROM events GROUP BY kind HAVING SUM(amount) > 2 ORDER BY kind;
--@ refused: 21001
SELECT id, ROW_NUMBER() OVER (ORDER BY id) FROM events;
--@ refused: 21001
SELECT SUM(amount) + 1 FROM events;
--@ refused: 21001
SELECT id FROM events UNION SELECT id FROM visits;
--@ refused: 21001
SELECT id FROM events UNION ALL SELECT id FROM visits;
--@ refused: 21001
WITH e AS (SELECT * FROM events) SELECT COUNT(*) FROM e;
--@ refused: 21001
SELECT COUNT(*) FROM (SELECT DISTINCT kind FROM events) AS kinds;
--@ refused: 21007
SELECT id FROM events WHERE id IN (SELECT event_id FROM visits) ORDER BY id;
--@ refused: 21007
SELECT id FROM events e WHERE EXISTS (SELECT 1 FROM visits v WHERE v.event_id = e.id) ORDER BY id;
--@ refused: 21007
SELECT id, (SELECT COUNT(*) FROM visits) AS n FROM events ORDER BY id;
--@ refused: 21007
SELECT e.id, v.id FROM events e JOIN visits v ON v.event_id = e.id ORDER BY 1, 2;
--@ refused: 21007
SELECT e.id, v.id FROM events e, visits v ORDER BY 1, 2;
--@ refused: 21007
SELECT e.id, f.id FROM events e JOIN events f ON e.kind = f.kind ORDER BY 1, 2;
--@ refused: 21001
SELECT SQL_CALC_FOUND_ROWS id FROM events ORDER BY id LIMIT 2;
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
