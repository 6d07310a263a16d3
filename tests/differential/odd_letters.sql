-- Shard keys of collations that find more letters equal than upper and lower case: refused rather than lost.
-- rules:
--   latins: { dbpartition: hash(k) }
--   swedes: { dbpartition: hash(k) }
CREATE TABLE latins (k VARCHAR(10) CHARACTER SET utf8mb4 COLLATE utf8mb4_roman_ci, v INT);
CREATE TABLE swedes (k VARCHAR(10) CHARACTER SET utf8mb4 COLLATE utf8mb4_swedish_ci, v INT);
SELECT v FROM latins WHERE k = 'ivl' ORDER BY v;
INSERT INTO swedes VALUES ('v', 1), ('w', 2), ('V', 3), ('W', 4);
SELECT v FROM swedes WHERE k = 'w' ORDER BY v;
SELECT COUNT(*), MAX(v) FROM swedes GROUP BY k ORDER BY 2;
--@ refused: 21017
INSERT INTO latins VALUES ('IVL', 1), ('JUL', 2), ('iul', 3), ('JVL', 4);
DROP TABLE latins, swedes;
