-- AUTO_INCREMENT and LAST_INSERT_ID, on a split table and on one that lies in a single shard; defaults and generated columns.
-- rules:
--   tickets: { dbpartition: hash(id), tbpartition: hash(id), tbpartitions: 2 }
--   tags: { single: shop_00 }
--   sums: { dbpartition: hash(id) }
CREATE TABLE tickets (id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY, title VARCHAR(30));
INSERT INTO tickets (title) VALUES ('one');
SELECT LAST_INSERT_ID();
SELECT LAST_INSERT_ID() AS again;
SELECT title FROM tickets WHERE id = LAST_INSERT_ID();
INSERT INTO tickets (title) VALUES ('two'), ('three'), ('four');
SELECT LAST_INSERT_ID();
SELECT title FROM tickets ORDER BY id;
SELECT COUNT(*), COUNT(DISTINCT id) FROM tickets WHERE id = 1;
INSERT INTO tickets (id, title) VALUES (NULL, 'five'), (DEFAULT, 'six');
INSERT INTO tickets VALUES (0, 'seven');
SELECT MAX(id) = LAST_INSERT_ID(), COUNT(*) FROM tickets;
SELECT MAX(id), LAST_INSERT_ID() FROM tickets;
INSERT INTO tickets (id, title) VALUES (1000, 'given');
SELECT title FROM tickets WHERE id = 1000;
--@ params: 'by parameter'
INSERT INTO tickets (title) VALUES (?);
SELECT title FROM tickets WHERE id = LAST_INSERT_ID();
SELECT COUNT(*), COUNT(title) FROM tickets;
--@ error
INSERT INTO tickets (id, title) VALUES (1000, 'twice');
DROP TABLE tickets;
CREATE TABLE tags (id INT NOT NULL AUTO_INCREMENT PRIMARY KEY, tag VARCHAR(10) UNIQUE, made DATETIME DEFAULT '2026-01-01 00:00:00');
INSERT INTO tags (tag) VALUES ('a'), ('b'), ('c');
SELECT LAST_INSERT_ID();
SELECT * FROM tags ORDER BY id;
INSERT INTO tags (id, tag) VALUES (10, 'j');
INSERT INTO tags (tag) VALUES ('k');
SELECT LAST_INSERT_ID(), MAX(id) FROM tags;
INSERT INTO tags (tag) VALUES ('a') ON DUPLICATE KEY UPDATE id = LAST_INSERT_ID(id), tag = 'aa';
SELECT LAST_INSERT_ID();
--@ error
INSERT INTO tags (tag) VALUES ('b');
UPDATE tags SET id = LAST_INSERT_ID(id + 100) WHERE tag = 'k';
SELECT LAST_INSERT_ID();
SELECT id, tag FROM tags ORDER BY tag;
SELECT LAST_INSERT_ID(42);
SELECT LAST_INSERT_ID();
DROP TABLE tags;
CREATE TABLE sums (id INT NOT NULL PRIMARY KEY, a INT, b INT, v INT AS (a + b) VIRTUAL, s INT AS (a * b) STORED);
INSERT INTO sums (id, a, b) VALUES (1, 2, 3), (2, 5, 7), (3, NULL, 1);
SELECT * FROM sums ORDER BY id;
SELECT SUM(v), MAX(s) FROM sums;
UPDATE sums SET a = 10 WHERE id = 1;
SELECT * FROM sums WHERE id = 1;
DROP TABLE sums;
