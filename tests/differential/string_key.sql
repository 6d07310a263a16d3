-- A table split by a string.
-- rules:
--   coupons: { dbpartition: hash(code), tbpartition: hash(code), tbpartitions: 2 }
--   mixed: { dbpartition: hash(region), tbpartition: hash(id), tbpartitions: 4 }
CREATE TABLE coupons (code VARCHAR(20) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL PRIMARY KEY, worth INT, note VARCHAR(20));
INSERT INTO coupons VALUES ('SUMMER', 5, 'a'), ('summer', 6, 'b'), ('Été', 7, 'c'), ('', 0, 'empty'), ('😀', 8, 'smile'), ('123', 9, 'digits'), ('O''Hara', 10, 'quote'), ('a\\b', 11, 'slash');
SELECT * FROM coupons ORDER BY code;
SELECT * FROM coupons WHERE code = 'SUMMER';
SELECT * FROM coupons WHERE code = 'summer';
SELECT * FROM coupons WHERE code = "summer";
SELECT * FROM coupons WHERE code = 'Summer';
SELECT * FROM coupons WHERE code = 'Été';
SELECT * FROM coupons WHERE code = '😀';
SELECT * FROM coupons WHERE code = '';
SELECT * FROM coupons WHERE code = 'O''Hara';
SELECT * FROM coupons WHERE code = 'a\\b';
SELECT * FROM coupons WHERE code = 'sum' 'mer';
SELECT * FROM coupons WHERE code = '123';
SELECT * FROM coupons WHERE code = 123;
SELECT * FROM coupons WHERE code = 123.0;
SELECT * FROM coupons WHERE code = 0x53554d4d4552;
SELECT * FROM coupons WHERE code = _utf8mb4'summer';
SELECT * FROM coupons WHERE code = 'SUMMER' COLLATE utf8mb4_general_ci ORDER BY code;
SELECT * FROM coupons WHERE code = 'summer ';
SELECT * FROM coupons WHERE code IN ('SUMMER', '😀', 'nothing') ORDER BY code;
SELECT * FROM coupons WHERE code IN ('SUMMER', 123) ORDER BY code;
SELECT * FROM coupons WHERE code LIKE 'S%' ORDER BY code;
SELECT * FROM coupons WHERE code > 'a' ORDER BY code;
SELECT * FROM coupons WHERE UPPER(code) = 'SUMMER' ORDER BY code;
SELECT * FROM coupons WHERE code = CONCAT('sum', 'mer');
--@ params: 'SUMMER'
SELECT * FROM coupons WHERE code = ?;
--@ params: 123
SELECT * FROM coupons WHERE code = ?;
--@ params: 'new', 12
INSERT INTO coupons (code, worth) VALUES (?, ?);
UPDATE coupons SET worth = worth + 1 WHERE code = 'summer';
DELETE FROM coupons WHERE code = '😀';
--@ error
INSERT INTO coupons VALUES ('SUMMER', 1, 'twice');
SELECT code, worth FROM coupons ORDER BY code DESC;
SELECT COUNT(*), SUM(worth), MIN(code), MAX(code) FROM coupons;
DROP TABLE coupons;
CREATE TABLE mixed (id INT NOT NULL, region VARCHAR(10) CHARACTER SET ascii COLLATE ascii_bin NOT NULL, v INT, PRIMARY KEY (region, id));
INSERT INTO mixed VALUES (1, 'north', 1), (2, 'north', 2), (1, 'south', 3), (2, 'south', 4), (3, 'east', 5), (4, 'west', 6);
SELECT * FROM mixed ORDER BY region, id;
SELECT * FROM mixed WHERE region = 'north' ORDER BY id;
SELECT * FROM mixed WHERE id = 1 ORDER BY region;
SELECT * FROM mixed WHERE region = 'south' AND id = 2;
SELECT * FROM mixed WHERE (region = 'south' AND id = 2) OR (region = 'east' AND id = 3) ORDER BY v;
SELECT * FROM mixed WHERE region IN ('north', 'west') AND id IN (1, 4) ORDER BY v;
SELECT region, SUM(v) FROM mixed GROUP BY region ORDER BY region;
UPDATE mixed SET v = v * 10 WHERE id = 2;
DELETE FROM mixed WHERE region = 'south';
SELECT * FROM mixed ORDER BY v;
DROP TABLE mixed;
