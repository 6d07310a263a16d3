-- What is told of AUTO_INCREMENT values that a row was given and has not used: it has met another one.
-- rules:
--   known: { dbpartition: hash(k) }
--   looked: { dbpartition: hash(k) }
--   copied: { broadcast: true }
CREATE TABLE known (id INT NOT NULL AUTO_INCREMENT, k INT NOT NULL, v INT, PRIMARY KEY (id, k), UNIQUE KEY k (k));
CREATE TABLE looked (id INT NOT NULL AUTO_INCREMENT PRIMARY KEY, k INT NOT NULL, m VARCHAR(10), v INT, UNIQUE KEY m (m));
CREATE TABLE copied (id INT NOT NULL AUTO_INCREMENT PRIMARY KEY, m VARCHAR(10), v INT, UNIQUE KEY m (m));
INSERT INTO known (k, v) VALUES (1, 1);
SELECT LAST_INSERT_ID();
INSERT INTO known (k, v) VALUES (2, 1);
INSERT INTO known (k, v) VALUES (1, 9) ON DUPLICATE KEY UPDATE v = VALUES(v);
SELECT LAST_INSERT_ID();
INSERT INTO known (k, v) VALUES (2, 1) ON DUPLICATE KEY UPDATE v = v;
SELECT LAST_INSERT_ID();
INSERT IGNORE INTO known (k, v) VALUES (2, 9);
SELECT LAST_INSERT_ID(), ROW_COUNT();
INSERT INTO known (k, v) VALUES (2, 1), (1, 9) ON DUPLICATE KEY UPDATE v = v;
INSERT IGNORE INTO known (k, v) VALUES (1, 9), (2, 1);
SELECT LAST_INSERT_ID();
--@ error
INSERT INTO known (k, v) VALUES (2, 9);
SELECT LAST_INSERT_ID();
INSERT INTO looked (k, m, v) VALUES (1, 'a', 1), (2, 'b', 2);
INSERT INTO looked (k, m, v) VALUES (3, 'a', 3) ON DUPLICATE KEY UPDATE v = VALUES(v);
SELECT LAST_INSERT_ID();
INSERT INTO looked (k, m, v) VALUES (3, 'b', 3) ON DUPLICATE KEY UPDATE v = v;
INSERT IGNORE INTO looked (k, m, v) VALUES (3, 'b', 3);
SELECT LAST_INSERT_ID();
INSERT INTO copied (m, v) VALUES ('a', 1), ('b', 2);
INSERT INTO copied (m, v) VALUES ('a', 3) ON DUPLICATE KEY UPDATE v = VALUES(v);
SELECT LAST_INSERT_ID();
INSERT INTO copied (m, v) VALUES ('b', 2) ON DUPLICATE KEY UPDATE v = v;
INSERT IGNORE INTO copied (m, v) VALUES ('b', 3);
SELECT LAST_INSERT_ID();
SELECT id, m, v FROM copied ORDER BY id;
DROP TABLE known, looked, copied;
