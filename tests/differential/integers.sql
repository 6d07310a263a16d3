-- Every integer type, signed and unsigned, at its limits; conditions on the shard key in every shape of integer.
-- rules:
--   ints: { dbpartition: hash(id), tbpartition: hash(id), tbpartitions: 2 }
--   long_ints: { dbpartition: hash(id) }
--   wide: { dbpartition: hash(id), tbpartition: hash(id), tbpartitions: 2 }
CREATE TABLE ints (
  id INT NOT NULL PRIMARY KEY,
  ti TINYINT, tu TINYINT UNSIGNED, si SMALLINT, su SMALLINT UNSIGNED, mi MEDIUMINT, mu MEDIUMINT UNSIGNED,
  i INT, iu INT UNSIGNED, bi BIGINT, bu BIGINT UNSIGNED, flag BOOLEAN, y YEAR
);
INSERT INTO ints VALUES
  (1, 127, 255, 32767, 65535, 8388607, 16777215, 2147483647, 4294967295, 9223372036854775807, 18446744073709551615, TRUE, 2155),
  (2, -128, 0, -32768, 0, -8388608, 0, -2147483648, 0, -9223372036854775808, 0, FALSE, 1901),
  (3, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
  (4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0),
  (5, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1970),
  (6, -1, 200, -1, 40000, -1, 10000000, -1, 3000000000, -1, 10000000000000000000, 1, 2026);
INSERT INTO ints (id, i) VALUES (-7, 7), (-8, 8), (2147483647, 9), (-2147483648, 10);
SELECT * FROM ints ORDER BY id;
SELECT * FROM ints WHERE id = 1;
SELECT id, bu FROM ints WHERE id = 1;
SELECT id, bi, bu FROM ints ORDER BY bu DESC, id;
SELECT id, bi FROM ints ORDER BY bi, id;
SELECT id, ti FROM ints WHERE id = -7;
SELECT id, i FROM ints WHERE id = -2147483648;
SELECT id, i FROM ints WHERE id = 2147483647;
SELECT id, i FROM ints WHERE id = 2147483648;
SELECT id, i FROM ints WHERE id IN (1, -7, 2147483647, 99) ORDER BY id;
SELECT id, i FROM ints WHERE id = '5';
SELECT id, i FROM ints WHERE id = ' 5';
SELECT id, i FROM ints WHERE id = '5abc';
SELECT id, i FROM ints WHERE id = 5.0;
SELECT id, i FROM ints WHERE id = 5.5;
SELECT id, i FROM ints WHERE id = 5e0;
SELECT id, i FROM ints WHERE id = 0x05;
SELECT id, i FROM ints WHERE id = b'101';
SELECT id, i FROM ints WHERE id = TRUE;
SELECT id, i FROM ints WHERE id = 2 + 3;
SELECT id, i FROM ints WHERE id = -(7);
SELECT id, i FROM ints WHERE 5 = id;
SELECT id, i FROM ints WHERE id <=> 5;
SELECT id, i FROM ints WHERE id <=> NULL;
SELECT id, i FROM ints WHERE id = NULL;
SELECT id, i FROM ints WHERE id IS NULL;
SELECT id, i FROM ints WHERE id BETWEEN 2 AND 4 ORDER BY id;
SELECT id, i FROM ints WHERE id > 4 AND id < 7 ORDER BY id;
SELECT id, i FROM ints WHERE id = 1 OR id = 2 ORDER BY id;
SELECT id, i FROM ints WHERE id = 1 AND id = 2;
SELECT id, i FROM ints WHERE (id = 1 OR id = 2) AND ti > 0 ORDER BY id;
SELECT id, i FROM ints WHERE NOT (id = 1) ORDER BY id;
SELECT id, i FROM ints WHERE id NOT IN (1, 2, 3) ORDER BY id;
SELECT id, i FROM ints WHERE (id, ti) = (1, 127);
SELECT id, i FROM ints WHERE (id, ti) IN ((1, 127), (2, 0)) ORDER BY id;
SELECT id, i FROM ints WHERE id IN ('1', 2.0, 3) ORDER BY id;
SELECT id, i FROM ints WHERE id = 1 AND 0;
SELECT id, i FROM ints WHERE FALSE;
--@ unordered
SELECT id, i FROM ints WHERE 1 = 1;
--@ params: 5
SELECT id, i FROM ints WHERE id = ?;
--@ params: '5'
SELECT id, i FROM ints WHERE id = ?;
--@ params: NULL
SELECT id, i FROM ints WHERE id = ?;
--@ params: 5e0
SELECT id, i FROM ints WHERE id = ?;
--@ params: 5.5
SELECT id, i FROM ints WHERE id = ?;
--@ params: 1, 2, 3
SELECT id, i FROM ints WHERE id IN (?, ?, ?) ORDER BY id;
SELECT SUM(ti), SUM(tu), SUM(si), SUM(su), SUM(mi), SUM(mu), SUM(i), SUM(iu), SUM(bi), SUM(bu), SUM(flag) FROM ints;
SELECT MIN(ti), MAX(tu), MIN(si), MAX(su), MIN(mi), MAX(mu), MIN(i), MAX(iu), MIN(bi), MAX(bu), MIN(y), MAX(y) FROM ints;
SELECT AVG(ti), AVG(tu), AVG(bi), AVG(bu), AVG(flag) FROM ints;
SELECT COUNT(*), COUNT(ti), COUNT(bu), COUNT(1), COUNT(NULL) FROM ints;
SELECT ti + 1, -bi, bu DIV 2, i % 7, id FROM ints WHERE id = 5;
--@ error
SELECT bu + 1 FROM ints WHERE id = 1;
--@ error
INSERT INTO ints (id, ti) VALUES (20, 128);
--@ error
INSERT INTO ints (id, tu) VALUES (20, -1);
--@ error
INSERT INTO ints (id, bu) VALUES (20, 18446744073709551616);
--@ error
INSERT INTO ints (id, ti) VALUES (20, 'a');
--@ error
INSERT INTO ints VALUES (20);
SELECT COUNT(*) FROM ints;
INSERT IGNORE INTO ints (id, ti, bu) VALUES (21, 300, -5);
SELECT id, ti, bu FROM ints WHERE id = 21;
CREATE TABLE wide (id BIGINT UNSIGNED NOT NULL PRIMARY KEY, z INT(6) ZEROFILL, n INT(3));
INSERT INTO wide VALUES (18446744073709551615, 42, 1), (0, 1234567, 2), (9223372036854775808, 0, 3), (42, NULL, 4);
SELECT * FROM wide ORDER BY id;
SELECT * FROM wide WHERE id = 18446744073709551615;
SELECT * FROM wide WHERE id = 9223372036854775808;
SELECT * FROM wide WHERE id = -1;
SELECT * FROM wide WHERE id IN (0, 42) ORDER BY id DESC;
--@ params: 18446744073709551615
SELECT * FROM wide WHERE id = ?;
SELECT SUM(id), AVG(id), MAX(id), MIN(z) FROM wide;
DROP TABLE wide;
DROP TABLE ints;
-- A string is compared as a DOUBLE here and there, which takes 2^53 and the next number for equal.
CREATE TABLE long_ints (id BIGINT, v INT);
INSERT INTO long_ints VALUES (9007199254740991, 1), (9007199254740992, 2), (9007199254740993, 3), (1, 4);
SELECT id FROM long_ints WHERE id IN (9007199254740992, '9007199254740992') ORDER BY id;
SELECT id FROM long_ints WHERE id IN (1, '9007199254740991') ORDER BY id;
UPDATE long_ints SET v = 5 WHERE id IN (9007199254740992, '9007199254740992');
SELECT id FROM long_ints WHERE id = '9007199254740992' ORDER BY id;
DROP TABLE long_ints;
