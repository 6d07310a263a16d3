-- JSON_TABLE in queries inside writes.
-- rules:
--   json_1: { dbpartition: hash(k), tbpartition: hash(k), tbpartitions: 2 }
--   json_2: { dbpartition: uni_hash(k), tbpartition: uni_hash(k), tbpartitions: 2 }
--   json_5: { single: shop_00 }
CREATE TABLE json_1 (id INT NOT NULL, k BIGINT NOT NULL, j1 JSON NULL, PRIMARY KEY (id, k)) DEFAULT CHARSET utf8mb4;
CREATE TABLE json_2 (id INT NOT NULL, k BIGINT NOT NULL, d1 DECIMAL(5,0) NULL, PRIMARY KEY (k, id)) DEFAULT CHARSET utf8mb4;
CREATE TABLE json_5 (id INT NOT NULL, k BIGINT NULL, j1 JSON NULL, PRIMARY KEY (id)) DEFAULT CHARSET utf8mb4;
INSERT INTO json_1 VALUES (1, 1, '{"c": [1, 2]}');
INSERT INTO json_2 VALUES (1, 1, 5), (2, 2, 7);
INSERT INTO json_5 VALUES (1, 1, NULL);
UPDATE json_2 AS a JOIN json_5 x1 ON 1 SET a.d1 = -2.50 WHERE ( EXISTS (SELECT 1 FROM json_1 x2 JOIN JSON_TABLE(x2.j1, '$.c[*]' COLUMNS (o FOR ORDINALITY, n INT PATH '$')) AS x3));
--@ unordered
SELECT * FROM json_2;
UPDATE json_2 AS a SET a.d1 = -3 WHERE ( EXISTS (SELECT 1 FROM json_1 x2 JOIN JSON_TABLE(x2.j1, '$.c[*]' COLUMNS (o FOR ORDINALITY, n INT PATH '$')) AS x3));
--@ unordered
SELECT * FROM json_2;
DELETE a FROM json_2 AS a JOIN json_5 x1 ON 1 WHERE a.k = 1 AND EXISTS (SELECT 1 FROM json_1 x2 JOIN JSON_TABLE(x2.j1, '$.c[*]' COLUMNS (o FOR ORDINALITY, n INT PATH '$')) AS x3);
--@ unordered
SELECT * FROM json_2;
DELETE json_2 FROM json_2 JOIN json_5 x1 ON 1 WHERE EXISTS (SELECT 1 FROM json_1 x2 JOIN JSON_TABLE(x2.j1, '$.c[*]' COLUMNS (o FOR ORDINALITY, n INT PATH '$')) AS x3);
--@ unordered
SELECT * FROM json_2;
DROP TABLE json_1;
DROP TABLE json_2;
DROP TABLE json_5;
