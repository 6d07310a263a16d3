-- Rows that no key tells apart, with values of every type: those that differ in a byte are two, however they compare.
-- rules:
--   kinds: { dbpartition: hash(k) }
--   scripts: { dbpartition: hash(k) }
--   instants: { dbpartition: hash(k) }
--   made: { dbpartition: hash(k) }
--   addresses: { dbpartition: hash(k) }
--   picks: { dbpartition: hash(n) }
CREATE TABLE picks (n INT NOT NULL, word VARCHAR(10) NOT NULL);
INSERT INTO picks VALUES (1, 'one'), (2, 'two');
CREATE TABLE kinds (k INT, i BIGINT UNSIGNED, d DECIMAL(20,4), f FLOAT, g DOUBLE, b BIT(9), w BIT(64), y YEAR, e ENUM('a','b','c d'), s SET('p','q','r'), bin BINARY(4), vb VARBINARY(8), bl BLOB, n INT NOT NULL DEFAULT 0);
SET sql_mode = '';
INSERT INTO kinds (k, i, d, f, g, b, w, y, e, s, bin, vb, bl) VALUES
  (1, 18446744073709551615, 1234567890123456.7891, 0.1, 0.1, b'101', 18446744073709551615, 2024, 'b', 'p,r', 'ab', 'ab', 'x'),
  (1, 18446744073709551615, 1234567890123456.7891, 0.1, 0.1, b'101', 18446744073709551615, 2024, 'b', 'p,r', 'ab', 'ab', 'x'),
  (1, 18446744073709551614, 1234567890123456.7892, 0.1000001, 0.10000000000000002, b'100', 9223372036854775808, 0, 'c d', '', 'ab ', 'ab ', 'X'),
  (1, 0, -0.0000, 1e30, 1e-300, 0, 0, 1901, 'wrong', 'q', x'00000000', x'00', ''),
  (1, 0, 0, -0e0, 0, 0, 0, 2155, '', '', '', '', ''),
  (1, 0, 0, 0, -0e0, 0, 0, 2155, '', '', '', '', ''),
  (1, 0, 0, -0e0, -0e0, 0, 0, 2155, '', '', '', '', ''),
  (1, 0, 0, 0, 0, 0, 0, 2155, '', '', '', '', ''),
  (1, 0, 0, -1e-30, -1.7976931348623157e308, 0, 0, 2155, '', '', '', '', x'275c0025'),
  (2, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
  (2, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
  (2, NULL, -7.5, 3, 3, 1, NULL, 70, 1, 1, 'a''b\\', '%_', 'NULL'),
  (NULL, NULL, 1, 16777216, 123456789.125, 511, 1, 2001, 'a', 'p,q,r', 'full', 'eight by', NULL);
SET sql_mode = 'STRICT_TRANS_TABLES,NO_ZERO_IN_DATE,NO_ZERO_DATE,ERROR_FOR_DIVISION_BY_ZERO';
SELECT k, i, d, f, g, b + 0, w + 0, y, e + 0, s + 0, HEX(bin), HEX(vb), HEX(bl), n FROM kinds ORDER BY k, i, d, CONCAT(f), CONCAT(g), n;
UPDATE kinds t JOIN picks p ON p.n = 1 SET t.n = t.n + 1 WHERE t.n = 0;
SELECT k, i, d, f, g, b + 0, w + 0, y, e + 0, s + 0, HEX(bin), HEX(vb), HEX(bl), n FROM kinds ORDER BY k, i, d, CONCAT(f), CONCAT(g), n;
UPDATE kinds SET n = n + 1 WHERE k > 0 ORDER BY k, i, d, CONCAT(f), CONCAT(g), n LIMIT 6;
SELECT k, i, d, f, g, b + 0, w + 0, y, e + 0, s + 0, HEX(bin), HEX(vb), HEX(bl), n FROM kinds ORDER BY k, i, d, CONCAT(f), CONCAT(g), n;
UPDATE kinds t JOIN picks p ON p.n = 2 SET t.k = t.k + 1, t.d = t.d + 1 WHERE t.i = 0;
SELECT k, i, d, f, g, b + 0, w + 0, y, e + 0, s + 0, HEX(bin), HEX(vb), HEX(bl), n FROM kinds ORDER BY k, i, d, CONCAT(f), CONCAT(g), n;
DELETE FROM kinds ORDER BY i, d, CONCAT(f), CONCAT(g), n LIMIT 4;
SELECT k, i, d, f, g, b + 0, w + 0, y, e + 0, s + 0, HEX(bin), HEX(vb), HEX(bl), n FROM kinds ORDER BY k, i, d, CONCAT(f), CONCAT(g), n;
DELETE t FROM kinds t JOIN picks p ON p.n = t.k WHERE p.n > 0;
SELECT k, i, d, f, g, b + 0, w + 0, y, e + 0, s + 0, HEX(bin), HEX(vb), HEX(bl), n FROM kinds ORDER BY k, i, d, CONCAT(f), CONCAT(g), n;
DELETE t FROM kinds t JOIN picks p ON p.n > 0 WHERE t.n >= 0;
SELECT COUNT(*) FROM kinds;
DROP TABLE kinds;

CREATE TABLE scripts (k INT, c CHAR(6), v VARCHAR(12), l VARCHAR(12) CHARACTER SET latin1, u VARCHAR(12) CHARACTER SET utf16, m VARCHAR(12) COLLATE utf8mb4_bin, t TEXT, n INT);
INSERT INTO scripts VALUES (1, 'a', 'a', 'a', 'a', 'a', 'a', 0), (1, 'A', 'a', 'a', 'a', 'a', 'a', 0), (1, 'a', 'á', 'a', 'a', 'a', 'a', 0), (1, 'a', 'a', 'ä', 'a', 'a', 'a', 0), (1, 'a', 'a', 'a', 'Ä', 'a', 'a', 0), (1, 'a', 'a', 'a', 'a', 'a ', 'a', 0), (1, 'a', 'a', 'a', 'a', 'a', 'a ', 0), (1, 'a', 'a', 'a', 'a', 'a', 'a', 0), (2, '', '', '', '', '', '', 0), (2, NULL, NULL, NULL, NULL, NULL, NULL, 0), (2, '''', '\\', '"', '`', '😀', 'ß', 0), (2, '''', '\\', '"', '`', '😁', 'ss', 0);
UPDATE scripts SET n = n + 1 WHERE v = 'a' ORDER BY HEX(c), HEX(v), HEX(l), HEX(u), HEX(m), HEX(t) LIMIT 4;
SELECT k, HEX(c), HEX(v), HEX(l), HEX(u), HEX(m), HEX(t), n FROM scripts ORDER BY k, HEX(c), HEX(v), HEX(l), HEX(u), HEX(m), HEX(t), n;
UPDATE scripts s JOIN picks p ON p.n = s.k SET s.n = s.n + 1, s.t = CONCAT(s.t, s.c), s.u = UPPER(s.u) WHERE HEX(s.c) NOT IN ('41', '');
SELECT k, HEX(c), HEX(v), HEX(l), HEX(u), HEX(m), HEX(t), n FROM scripts ORDER BY k, HEX(c), HEX(v), HEX(l), HEX(u), HEX(m), HEX(t), n;
DELETE FROM scripts WHERE v = 'a' ORDER BY HEX(c) DESC, HEX(v) DESC, HEX(l), HEX(u), HEX(m), HEX(t) LIMIT 3;
DELETE s FROM scripts s JOIN picks p ON p.n = 1 WHERE s.m IN ('😀', '');
SELECT k, HEX(c), HEX(v), HEX(l), HEX(u), HEX(m), HEX(t), n FROM scripts ORDER BY k, HEX(c), HEX(v), HEX(l), HEX(u), HEX(m), HEX(t), n;
DROP TABLE scripts;

SET sql_mode = 'ALLOW_INVALID_DATES';
SET time_zone = '+02:00';
CREATE TABLE instants (k INT, d DATE, t TIME(3), dt DATETIME(6), ts TIMESTAMP NULL, us TIMESTAMP(6) NULL DEFAULT CURRENT_TIMESTAMP(6) ON UPDATE CURRENT_TIMESTAMP(6), n INT);
INSERT INTO instants VALUES (1, '2024-02-29', '-838:59:59.000', '2024-01-01 00:00:00.000001', '2024-03-31 02:30:00', '2024-03-31 02:30:00.000001', 0), (1, '2024-02-29', '-838:59:59.000', '2024-01-01 00:00:00.000001', '2024-03-31 02:30:00', '2024-03-31 02:30:00.000001', 0), (1, '0000-00-00', '00:00:00.001', '0000-00-00 00:00:00', '0000-00-00 00:00:00', '0000-00-00 00:00:00', 0), (1, '2024-02-31', '12:00:00', '2024-00-10 00:00:00', '1970-01-01 02:00:01', '2038-01-19 05:14:07.999999', 0), (2, NULL, NULL, NULL, NULL, NULL, 0), (2, NULL, NULL, NULL, NULL, NULL, 0), (3, '9999-12-31', '838:59:59', '9999-12-31 23:59:59.999999', '2000-01-01', '2000-01-01', 0);
UPDATE instants m JOIN picks p ON p.n = 1 SET m.n = m.n + 1, m.us = m.us WHERE m.k < 3;
SELECT * FROM instants ORDER BY k, d, t, dt, n;
UPDATE instants SET n = n + 1, us = us ORDER BY k, d, t, dt, n LIMIT 3;
SELECT * FROM instants ORDER BY k, d, t, dt, n;
UPDATE instants SET n = 9 WHERE k = 1 ORDER BY d DESC LIMIT 2;
SELECT k, d, t, dt, ts, us > '2026-01-01', n FROM instants WHERE n = 9 ORDER BY k, d, t, dt, n;
UPDATE instants m JOIN picks p ON p.n = 1 SET m.k = m.k + 1, m.us = m.us WHERE m.k > 0;
DELETE FROM instants WHERE k = 3 OR d = '0000-00-00' ORDER BY d, n LIMIT 2;
SELECT k, d, t, dt, ts, n FROM instants ORDER BY k, d, t, dt, n;
DELETE m FROM instants m JOIN picks p ON p.n > 0 WHERE m.k > 0;
SELECT COUNT(*) FROM instants;
DROP TABLE instants;
SET time_zone = '+00:00';
SET sql_mode = 'STRICT_TRANS_TABLES,NO_ZERO_IN_DATE,NO_ZERO_DATE,ERROR_FOR_DIVISION_BY_ZERO';

CREATE TABLE made (k INT, a INT, twice INT GENERATED ALWAYS AS (a * 2) VIRTUAL, thrice INT GENERATED ALWAYS AS (a * 3) STORED, hidden INT INVISIBLE, shape GEOMETRY, CHECK (a < 100), KEY (thrice));
INSERT INTO made (k, a, hidden, shape) VALUES (1, 1, 1, ST_GeomFromText('POINT(1 2)')), (1, 1, 2, ST_GeomFromText('POINT(1 2)')), (1, 1, 2, ST_GeomFromText('POINT(1 2)')), (2, 2, NULL, NULL), (2, 2, NULL, ST_GeomFromText('LINESTRING(0 0, 1 1)')), (3, 99, 3, NULL);
UPDATE made SET a = a + 1 WHERE k < 3 ORDER BY k, hidden, shape IS NULL LIMIT 4;
SELECT k, a, twice, thrice, hidden, ST_AsText(shape) FROM made ORDER BY k, a, hidden, ST_AsText(shape);
--@ error
--@ apart on mysql: warning: it also says that a multi-table update met an error (1105)
UPDATE made m JOIN picks p ON p.n = 1 SET m.a = m.a + 1 WHERE m.k = 3;
UPDATE made m JOIN picks p ON p.n = m.k SET m.hidden = m.thrice, m.k = m.k + 1 WHERE m.twice > 3;
SELECT k, a, twice, thrice, hidden, ST_AsText(shape) FROM made ORDER BY k, a, hidden, ST_AsText(shape);
SELECT * FROM made WHERE shape IS NULL ORDER BY k, a;
DELETE FROM made WHERE ST_AsText(shape) LIKE 'POINT%' ORDER BY k, hidden, a LIMIT 2;
SELECT k, a, twice, thrice, hidden, ST_AsText(shape) FROM made ORDER BY k, a, hidden, ST_AsText(shape);
DELETE m FROM made m JOIN picks p ON p.n = 1 WHERE m.k > 0;
SELECT COUNT(*) FROM made;
DROP TABLE made;

--@ only: mariadb
CREATE TABLE addresses (k INT, u UUID, six INET6, j JSON, n INT);
--@ only: mariadb
INSERT INTO addresses VALUES (1, '123e4567-e89b-12d3-a456-426655440000', '::1', '{"a": 1}', 0), (1, '123e4567-e89b-12d3-a456-426655440000', '::1', '{"a": 1}', 0), (1, '123e4567-e89b-12d3-a456-426655440001', '2001:db8::ff00:42:8329', '{"a":1}', 0), (2, NULL, NULL, NULL, 0);
--@ only: mariadb
UPDATE addresses t JOIN picks p ON p.n = t.k SET t.n = t.n + 1 WHERE t.j LIKE '{%';
--@ only: mariadb
UPDATE addresses SET j = JSON_SET(j, '$.b', 2), k = 5 WHERE k > 0 ORDER BY u, n LIMIT 2;
--@ only: mariadb
SELECT * FROM addresses ORDER BY k, u, n;
--@ only: mariadb
DELETE FROM addresses ORDER BY u DESC, k LIMIT 2;
--@ only: mariadb
SELECT * FROM addresses ORDER BY k, u, n;
--@ only: mariadb
DROP TABLE addresses;
--@ only: mysql
CREATE TABLE addresses (k INT, j JSON, n INT);
--@ only: mysql
INSERT INTO addresses VALUES (1, '{"a": 1.50, "b": [null, "x"]}', 0), (1, '{"a": 1.50, "b": [null, "x"]}', 0), (2, CAST(CAST('2024-01-01' AS DATE) AS JSON), 0), (2, CAST(1.5 AS JSON), 0), (3, NULL, 0), (3, '"ü"', 0);
--@ only: mysql
UPDATE addresses t JOIN picks p ON p.n = 1 SET t.n = t.n + 1 WHERE t.k > 0;
--@ only: mysql
SELECT k, j, JSON_TYPE(j), n FROM addresses ORDER BY k, JSON_TYPE(j), n;
--@ only: mysql
UPDATE addresses t JOIN picks p ON p.n = t.k SET t.j = JSON_OBJECT('was', t.j), t.k = t.k + 1 WHERE t.k = 1;
--@ only: mysql
DELETE FROM addresses WHERE k < 3 AND JSON_TYPE(j) = 'OBJECT' ORDER BY n LIMIT 1;
--@ only: mysql
INSERT INTO addresses VALUES (2, '"2024-01-01"', 1);
--@ only: mysql
DELETE FROM addresses WHERE n = 1 AND CONCAT(j) LIKE '%2024%' ORDER BY k LIMIT 1;
--@ only: mysql
SELECT k, j, JSON_TYPE(j), n FROM addresses ORDER BY k, JSON_TYPE(j), n;
--@ only: mysql
DELETE t FROM addresses t JOIN picks p ON p.n = 1 WHERE t.k = 2;
--@ only: mysql
SELECT k, j, JSON_TYPE(j), n FROM addresses ORDER BY k, JSON_TYPE(j), n;
--@ only: mysql
DROP TABLE addresses;
DROP TABLE picks;
