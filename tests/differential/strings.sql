-- Strings in many collations: case, accents, trailing spaces, emoji; order, grouping and distinct values over shards.
-- rules:
--   words: { dbpartition: hash(id), tbpartition: hash(id), tbpartitions: 2 }
--   texts: { dbpartition: hash(id), tbpartition: hash(id), tbpartitions: 2 }
CREATE TABLE words (
  id INT NOT NULL PRIMARY KEY,
  ci VARCHAR(40) COLLATE utf8mb4_general_ci,
  uni VARCHAR(40) COLLATE utf8mb4_unicode_ci,
  u520 VARCHAR(40) COLLATE utf8mb4_unicode_520_ci,
  bin VARCHAR(40) COLLATE utf8mb4_bin,
  sv VARCHAR(40) COLLATE utf8mb4_swedish_ci,
  l1 VARCHAR(40) CHARACTER SET latin1 COLLATE latin1_swedish_ci,
  c CHAR(10) COLLATE utf8mb4_general_ci,
  a VARCHAR(40) CHARACTER SET ascii
);
INSERT INTO words VALUES
  (1, 'apple', 'apple', 'apple', 'apple', 'apple', 'apple', 'apple', 'apple'),
  (2, 'Apple', 'Apple', 'Apple', 'Apple', 'Apple', 'Apple', 'Apple', 'Apple'),
  (3, 'äpple', 'äpple', 'äpple', 'äpple', 'äpple', 'äpple', 'äpple', 'xpple'),
  (4, 'Ångström', 'Ångström', 'Ångström', 'Ångström', 'Ångström', 'Ångström', 'Ångström', 'Angstrom'),
  (5, 'zebra', 'zebra', 'zebra', 'zebra', 'zebra', 'zebra', 'zebra', 'zebra'),
  (6, '', '', '', '', '', '', '', ''),
  (7, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
  (8, 'apple ', 'apple ', 'apple ', 'apple ', 'apple ', 'apple ', 'apple ', 'apple '),
  (9, 'straße', 'straße', 'straße', 'straße', 'straße', 'straße', 'straße', 'strasse'),
  (10, 'STRASSE', 'STRASSE', 'STRASSE', 'STRASSE', 'STRASSE', 'STRASSE', 'STRASSE', 'STRASSE'),
  (11, 'öl', 'öl', 'öl', 'öl', 'öl', 'öl', 'öl', 'ol'),
  (12, 'ol', 'ol', 'ol', 'ol', 'ol', 'ol', 'ol', 'OL'),
  (13, '10', '10', '10', '10', '10', '10', '10', '10'),
  (14, '9', '9', '9', '9', '9', '9', '9', '9');
INSERT INTO words (id, ci, uni, u520, bin, sv, c) VALUES
  (15, '😀', '😀', '😀', '😀', '😀', '😀'), (16, '😁', '😁', '😁', '😁', '😁', '😁'),
  (17, '日本', '日本', '日本', '日本', '日本', '日本'), (18, '日本語', '日本語', '日本語', '日本語', '日本語', '日本語'),
  (19, 'a\tb', 'a\tb', 'a\tb', 'a\tb', 'a\tb', 'a\tb'), (20, 'it''s', 'it''s', 'it''s', 'it''s', 'it''s', 'it''s');
SELECT * FROM words ORDER BY id;
SELECT * FROM words WHERE id = 15;
SELECT id, ci FROM words ORDER BY ci, id;
SELECT id, ci FROM words ORDER BY ci DESC, id DESC;
SELECT id, uni FROM words ORDER BY uni, id;
SELECT id, u520 FROM words ORDER BY u520, id;
SELECT id, bin FROM words ORDER BY bin, id;
SELECT id, bin FROM words ORDER BY bin DESC, id;
SELECT id, sv FROM words ORDER BY sv, id;
SELECT id, l1 FROM words ORDER BY l1, id;
SELECT id, c FROM words ORDER BY c, id;
SELECT id, a FROM words ORDER BY a, id;
SELECT id FROM words ORDER BY sv, id LIMIT 5;
SELECT id FROM words ORDER BY uni DESC, id LIMIT 4, 6;
SELECT id, ci FROM words ORDER BY ci COLLATE utf8mb4_bin, id;
SELECT id, UPPER(ci) AS u FROM words ORDER BY u, id;
SELECT id, CONCAT(ci, '!') AS x FROM words ORDER BY x, id;
SELECT id, LENGTH(ci), CHAR_LENGTH(ci), HEX(ci) FROM words ORDER BY id;
SELECT id FROM words WHERE ci = 'APPLE' ORDER BY id;
SELECT id FROM words WHERE uni = 'apple' ORDER BY id;
SELECT id FROM words WHERE bin = 'apple' ORDER BY id;
SELECT id FROM words WHERE sv = 'apple' ORDER BY id;
SELECT id FROM words WHERE ci LIKE 'app%' ORDER BY id;
SELECT id FROM words WHERE bin LIKE 'A%' ORDER BY id;
SELECT id FROM words WHERE ci = '😀' ORDER BY id;
SELECT id FROM words WHERE bin = '😀' ORDER BY id;
SELECT id FROM words WHERE c = 'apple' ORDER BY id;
SELECT id FROM words WHERE ci > 'm' ORDER BY id;
SELECT id FROM words WHERE ci IN ('ol', 'zebra') ORDER BY id;
SELECT id FROM words WHERE ci = 'it\'s' OR ci = "it's" ORDER BY id;
SELECT bin, COUNT(*) FROM words GROUP BY bin ORDER BY bin;
SELECT COUNT(*) AS n, MIN(id) AS first FROM words GROUP BY ci ORDER BY ci;
SELECT COUNT(*) AS n, MIN(id) AS first FROM words GROUP BY uni ORDER BY uni;
SELECT COUNT(*) AS n, MIN(id) AS first FROM words GROUP BY sv ORDER BY sv DESC;
SELECT COUNT(*) AS n, SUM(id) FROM words GROUP BY l1 ORDER BY l1;
SELECT COUNT(*) AS n, MIN(id) FROM words GROUP BY c ORDER BY c;
SELECT DISTINCT bin FROM words ORDER BY bin;
SELECT MIN(bin), MAX(bin) FROM words;
SELECT MIN(a), MAX(a) FROM words WHERE id <> 6;
SELECT MIN(l1) FROM words WHERE id IN (5, 9);
SELECT MAX(ci) FROM words WHERE id < 10;
--@ unordered
--@ params: 'apple'
SELECT id FROM words WHERE bin = ?;
--@ params: 'APPLE'
SELECT id FROM words WHERE ci = ? ORDER BY id;
--@ params: '😁'
SELECT id FROM words WHERE bin = ?;
SELECT _latin1'caf', _utf8mb4'é', N'x', 'a' 'b', "c", 'it''s', 'tab\there', '\\', '%\_' FROM words WHERE id = 1;
SELECT id FROM words WHERE ci = _utf8mb4'zebra' COLLATE utf8mb4_general_ci;
UPDATE words SET ci = CONCAT(ci, ' pie') WHERE ci = 'apple';
SELECT id, ci FROM words WHERE ci LIKE '%pie' ORDER BY id;
--@ error
UPDATE words SET c = 'longer than ten' WHERE id = 1;
--@ error
UPDATE words SET a = 'é' WHERE id = 1;
--@ error
UPDATE words SET l1 = '日本' WHERE id = 1;
DROP TABLE words;
CREATE TABLE texts (id INT NOT NULL PRIMARY KEY, t TINYTEXT, x TEXT, m MEDIUMTEXT, l LONGTEXT);
INSERT INTO texts VALUES (1, 'tiny', 'text', 'medium', 'long'), (2, '', '', '', ''), (3, NULL, NULL, NULL, NULL),
  (4, REPEAT('t', 255), REPEAT('é', 3000), REPEAT('m', 70000), REPEAT('😀', 5000));
SELECT * FROM texts WHERE id < 4 ORDER BY id;
SELECT id, LENGTH(t), LENGTH(x), LENGTH(m), LENGTH(l), SHA2(l, 256) FROM texts ORDER BY id;
SELECT * FROM texts WHERE id = 4;
SELECT l FROM texts ORDER BY id DESC;
SELECT id, x FROM texts WHERE id < 4 ORDER BY x, id;
SELECT MIN(t), MAX(x) FROM texts WHERE id < 3;
--@ error
INSERT INTO texts (id, t) VALUES (5, REPEAT('t', 256));
DROP TABLE texts;
