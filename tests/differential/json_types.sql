-- JSON whose parts have types that their text does not tell: dates, DECIMAL, unsigned numbers, bytes.
-- rules:
--   typed: { dbpartition: hash(k), tbpartition: hash(k), tbpartitions: 2 }
--   kept_typed: { dbpartition: hash(n), tbpartition: hash(n), tbpartitions: 2 }
--   columns_typed: { dbpartition: hash(k) }
--   many_typed: { dbpartition: hash(k) }
CREATE TABLE typed (k INT NOT NULL PRIMARY KEY, w JSON, n INT);
CREATE TABLE kept_typed (n INT NOT NULL PRIMARY KEY, w JSON, k INT);
INSERT INTO typed VALUES
  (1, JSON_OBJECT('at', TIMESTAMP'2020-01-02 03:04:05.678', 'name', 'Ann'), 1),
  (2, JSON_OBJECT('at', DATE'2020-01-02'), 2),
  (3, JSON_OBJECT('at', TIME'-811:12:13.5'), 3),
  (4, JSON_OBJECT('x', 1.10, 'y', 1.1e0, 'z', CAST(12 AS UNSIGNED), 'v', 12, 'u', CAST(18446744073709551615 AS UNSIGNED)), 4),
  (5, JSON_ARRAY(1.0, JSON_ARRAY(2.50, JSON_OBJECT('in "the"', 0.10, '', 3.0, 'é.[*]', JSON_ARRAY(TRUE, NULL, -1.0))), 1e0, 'x'), 5),
  (6, '{"at": "2020-01-02", "x": 1.10, "big": 123456789012345678901234567890}', 6),
  (7, NULL, 7), (8, '[]', 8), (9, '{}', 9), (10, 'null', 10), (11, '"text"', 11),
  (12, JSON_ARRAY(CAST(1 AS DECIMAL(5)), CAST(-12345678901234567890123456789012345678901234567890.1234567890 AS DECIMAL(65,10))), 12);
--@ only: mysql
INSERT INTO typed VALUES (13, CAST(DATE'2020-02-03' AS JSON), 13), (14, CAST(2.50 AS JSON), 14),
  (15, JSON_ARRAY(x'00ff27', b'101', 'base64:type15:QUJD'), 15), (16, CAST(CAST('ab' AS BINARY) AS JSON), 16),
  (17, JSON_ARRAY(UNHEX(REPEAT('61', 100)), CAST('a' AS BINARY(66000))), 17);
INSERT INTO kept_typed SELECT n, NULL, k FROM typed;
--@ only: mysql
SELECT a.k, a.w, JSON_TYPE(a.w), JSON_TYPE(a.w->'$.at'), JSON_TYPE(a.w->'$.x'), JSON_TYPE(a.w->'$.z'), JSON_TYPE(a.w->'$[0]'), JSON_TYPE(a.w->'$[2]'), IF(a.k = 12, 0, JSON_STORAGE_SIZE(a.w)) FROM typed a JOIN kept_typed b ON b.n = a.n ORDER BY a.k;
--@ only: mysql
SELECT a.k, JSON_TYPE(JSON_EXTRACT(a.w, '$[1][0]')), JSON_TYPE(JSON_EXTRACT(a.w, '$[1][1]."in \\"the\\""')), JSON_TYPE(JSON_EXTRACT(a.w, '$[1][1].""')), JSON_TYPE(JSON_EXTRACT(a.w, '$[1][1]."é.[*]"[2]')) FROM typed a JOIN kept_typed b ON b.n = a.n WHERE a.k = 5 OR b.n < 3 ORDER BY a.k;
SELECT a.k, JSON_EXTRACT(a.w, '$.at'), JSON_EXTRACT(a.w, '$.x') FROM typed a JOIN kept_typed b ON b.n = a.n WHERE JSON_EXTRACT(a.w, '$.at') IS NOT NULL ORDER BY a.k;
SELECT a.k FROM typed a JOIN kept_typed b ON b.n = a.n WHERE JSON_EXTRACT(a.w, '$.at') = '2020-01-02' ORDER BY a.k;
SELECT a.k FROM typed a JOIN kept_typed b ON b.n = a.n WHERE JSON_EXTRACT(a.w, '$.at') = DATE'2020-01-02' ORDER BY a.k;
SELECT x.k, y.k FROM typed x JOIN typed y ON x.n + 0 = y.n - 4 AND x.w = y.w ORDER BY 1, 2;
--@ only: mysql
SELECT x.k, y.k FROM typed x JOIN typed y ON JSON_EXTRACT(x.w, '$.at') = JSON_EXTRACT(y.w, '$.at') ORDER BY 1, 2;
--@ only: mysql
SELECT JSON_TYPE(x.w->'$.at'), COUNT(*) FROM typed x JOIN kept_typed y ON y.n = x.n GROUP BY 1 ORDER BY 1;
--@ only: mysql
SELECT v.t, COUNT(*) FROM (SELECT JSON_TYPE(JSON_EXTRACT(w, '$.at')) AS t, ROW_NUMBER() OVER (ORDER BY k) AS r FROM typed) v WHERE v.r < 20 GROUP BY v.t ORDER BY v.t;
INSERT INTO kept_typed SELECT a.n + 100, a.w, a.k FROM typed a JOIN kept_typed b ON b.n = a.n;
SELECT n, w FROM kept_typed WHERE n > 100 ORDER BY n;
--@ only: mysql
SELECT n, JSON_TYPE(w), JSON_TYPE(w->'$.at'), JSON_TYPE(w->'$.x'), JSON_TYPE(w->'$[0]'), JSON_TYPE(w->'$[1][1]."é.[*]"[2]'), IF(n = 112, 0, JSON_STORAGE_SIZE(w)) FROM kept_typed WHERE n > 100 ORDER BY n;
UPDATE typed SET k = k + 50 WHERE k IN (1, 4, 5, 12, 13, 15);
--@ only: mysql
SELECT k, w, JSON_TYPE(w), JSON_TYPE(w->'$.at'), JSON_TYPE(w->'$.x'), JSON_TYPE(w->'$[0]'), IF(k = 62, 0, JSON_STORAGE_SIZE(w)) FROM typed WHERE k > 50 ORDER BY k;
UPDATE typed a JOIN kept_typed b ON b.n = a.n SET a.w = JSON_SET(a.w, '$.new', 1.50) WHERE a.k IN (2, 3, 51);
--@ only: mysql
SELECT k, w, JSON_TYPE(w->'$.at'), JSON_TYPE(w->'$.new') FROM typed WHERE k IN (2, 3, 51) ORDER BY k;
--@ only: mysql
UPDATE typed a JOIN kept_typed b ON b.n = a.n SET a.w = JSON_OBJECT('at', '2020-01-02') WHERE a.k = 2;
--@ only: mysql
UPDATE typed a JOIN kept_typed b ON b.n = a.n SET a.w = JSON_OBJECT('at', DATE'2020-01-02') WHERE a.k = 2;
--@ only: mysql
SELECT JSON_TYPE(w->'$.at') FROM typed WHERE k = 2;
--@ only: mysql
CREATE TABLE columns_typed (k INT NOT NULL PRIMARY KEY, t TIMESTAMP(3) NULL, y YEAR, b BIT(10), o BLOB, f BINARY(3), v VARBINARY(9), m MEDIUMBLOB, l LONGBLOB, i TINYBLOB);
--@ only: mysql
INSERT INTO columns_typed VALUES (1, '2020-01-02 03:04:05.123', 2020, b'11', x'ff00', x'01', 'v', 'm', 'l', 'i');
--@ only: mysql
CREATE TABLE many_typed (k INT NOT NULL PRIMARY KEY, w JSON);
--@ only: mysql
INSERT INTO many_typed SELECT 1, JSON_ARRAY(t, y, o, v, m, l) FROM columns_typed;
--@ only: mysql
SELECT m.w, JSON_TYPE(m.w->'$[0]'), JSON_TYPE(m.w->'$[1]'), JSON_TYPE(m.w->'$[2]') FROM many_typed m JOIN kept_typed b ON b.n = m.k;
--@ only: mysql
INSERT INTO many_typed SELECT 2, JSON_ARRAY(b) FROM columns_typed;
--@ only: mysql
SELECT m.w, JSON_TYPE(m.w->'$[0]') FROM many_typed m JOIN kept_typed b ON b.n = m.k WHERE m.k = 2;
--@ only: mysql
INSERT INTO many_typed SELECT 3, JSON_ARRAY(f) FROM columns_typed;
--@ only: mysql
SELECT m.w FROM many_typed m JOIN kept_typed b ON b.n = m.k WHERE m.k = 3;
--@ only: mysql
--@ refused: 21001
INSERT INTO many_typed SELECT 4, JSON_ARRAY(i) FROM columns_typed;
--@ only: mysql
DROP TABLE columns_typed;
--@ only: mysql
DROP TABLE many_typed;
DROP TABLE typed;
DROP TABLE kept_typed;
