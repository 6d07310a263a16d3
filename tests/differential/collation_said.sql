-- A session that has said how literals compare, and nothing of its results: these are called as the handshake did.
-- rules:
--   said_3: { dbpartition: hash(k), tbpartition: hash(k), tbpartitions: 2 }
CREATE TABLE said_3 (k INT NOT NULL PRIMARY KEY, s VARCHAR(10));
INSERT INTO said_3 VALUES (1, 'a'), (2, 'B'), (3, 'é');
SET collation_connection = utf8mb4_bin;
--@ unordered
SELECT 'a', s, 'A' = 'a' FROM said_3;
SELECT GROUP_CONCAT(s ORDER BY k), MAX(CONCAT('x', k)) FROM said_3;
SELECT s, COUNT(*) FROM said_3 GROUP BY s HAVING 'b' < MAX(s) ORDER BY s;
SET character_set_connection = latin1;
--@ unordered
SELECT 'a', CONCAT(s, 'x') FROM said_3 WHERE k = 1;
SELECT @@character_set_client, @@character_set_connection, @@collation_connection, @@character_set_results;
SET character_set_client = latin1;
SELECT 'a', s FROM said_3 WHERE k = 2;
SELECT @@character_set_client, @@character_set_connection, @@collation_connection, @@character_set_results;
SET character_set_results = latin1;
SELECT 'a', s FROM said_3 WHERE k = 3;
SELECT MAX(s), MIN('a') FROM said_3;
SET character_set_results = utf8mb4;
SELECT 'a', s FROM said_3 WHERE k = 3;
DROP TABLE said_3;
