-- Dates and times: limits, fractions of seconds, negative times, zero dates where the sql_mode lets them in.
-- rules:
--   moments: { dbpartition: hash(id), tbpartition: hash(id), tbpartitions: 2 }
--   days: { dbpartition: hash(id), tbpartition: hash(id), tbpartitions: 2 }
SET time_zone = '+00:00';
CREATE TABLE moments (
  id INT NOT NULL PRIMARY KEY, d DATE, t0 TIME, t3 TIME(3), t6 TIME(6), dt DATETIME, dt3 DATETIME(3), dt6 DATETIME(6),
  ts TIMESTAMP NULL DEFAULT NULL, ts6 TIMESTAMP(6) NULL DEFAULT NULL, y YEAR
);
INSERT INTO moments VALUES
  (1, '2026-02-28', '12:34:56', '12:34:56.789', '12:34:56.789012', '2026-02-28 23:59:59', '2026-02-28 23:59:59.999', '2026-02-28 23:59:59.999999', '2026-02-28 12:00:00', '2026-02-28 12:00:00.000001', 2026),
  (2, '1000-01-01', '-838:59:59', '-838:59:58.999', '-00:00:00.000001', '1000-01-01 00:00:00', '1000-01-01 00:00:00.001', '1000-01-01 00:00:00.000001', '1970-01-01 00:00:01', '1970-01-01 00:00:01.500000', 1901),
  (3, '9999-12-31', '838:59:59', '838:59:58.500', '838:59:58.000001', '9999-12-31 23:59:59', '9999-12-31 23:59:59.123', '9999-12-31 23:59:59.123456', '2038-01-19 03:14:07', '2038-01-19 03:14:07.000000', 2155),
  (4, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
  (5, '2024-02-29', '00:00:00', '00:00:00.000', '00:00:00.000000', '2024-02-29 00:00:00', '2024-02-29 00:00:00.000', '2024-02-29 00:00:00.000000', '2024-02-29 00:00:00', '2024-02-29 00:00:00.000000', 2024),
  (6, 20260101, 101112, 101112.5, '1 10:11:12.5', 20260101101112, '2026-01-01T10:11:12.5', '2026-01-01 10:11:12.5', '2026-01-01 10:11:12', '2026-01-01 10:11:12.5', '26');
SELECT * FROM moments ORDER BY id;
SELECT * FROM moments WHERE id = 2;
SELECT id, d FROM moments ORDER BY d, id;
SELECT id, t0 FROM moments ORDER BY t0, id;
SELECT id, t6 FROM moments ORDER BY t6 DESC, id;
SELECT id, dt6 FROM moments ORDER BY dt6, id;
SELECT id, dt3 FROM moments ORDER BY dt3 DESC, id LIMIT 2;
SELECT id, ts, ts6 FROM moments ORDER BY ts, ts6, id;
SELECT id, y FROM moments ORDER BY y, id;
SELECT MIN(d), MAX(d), MIN(t0), MAX(t6), MIN(dt), MAX(dt6), MIN(ts), MAX(ts6), MIN(y) FROM moments;
SELECT id FROM moments WHERE d = '2026-02-28';
SELECT id FROM moments WHERE d >= DATE '2024-01-01' AND d < '2027-01-01' ORDER BY id;
SELECT id FROM moments WHERE dt BETWEEN '2024-01-01' AND '2026-12-31' ORDER BY id;
SELECT id FROM moments WHERE t0 < 0 ORDER BY id;
SELECT id FROM moments WHERE dt6 = '2026-02-28 23:59:59.999999';
SELECT YEAR(d) AS yy, COUNT(*) FROM moments GROUP BY yy ORDER BY yy;
--@ apart on mysql: warning: MySQL warns of a zero date in a hidden column
--@ apart on mysql: warning count: as above
SELECT DATE(dt) AS day, COUNT(*), MAX(t6) FROM moments GROUP BY DATE(dt) ORDER BY day;
SELECT DATE_FORMAT(d, '%Y-%m') AS month, SUM(id) FROM moments GROUP BY month ORDER BY month;
SELECT y, COUNT(*) FROM moments GROUP BY y ORDER BY y DESC;
SELECT DISTINCT d FROM moments ORDER BY d DESC;
SELECT DATE_ADD(d, INTERVAL 1 DAY), DATE_SUB(dt6, INTERVAL 1 MICROSECOND), d + INTERVAL 1 MONTH FROM moments WHERE id = 1;
SELECT DATEDIFF(dt, d), TIMESTAMPDIFF(SECOND, d, dt), UNIX_TIMESTAMP(ts6), WEEK(d), DAYNAME(d) FROM moments WHERE id = 1;
SELECT TIME_TO_SEC(t0), SEC_TO_TIME(-3661), MAKETIME(-1, 2, 3), ADDTIME(t6, '00:00:00.000001') FROM moments WHERE id = 1;
SELECT EXTRACT(DAY_MICROSECOND FROM dt6), LAST_DAY(d), STR_TO_DATE('2026-02-28', '%Y-%m-%d') FROM moments WHERE id = 1;
SELECT TIME '10:11:12.123', TIMESTAMP '2026-01-02 03:04:05.678', DATE '2026-01-02';
--@ params: '2026-02-28'
SELECT id FROM moments WHERE d = ?;
--@ params: 20, '2026-03-01', '-01:02:03.4', '2026-03-01 01:02:03.456789'
INSERT INTO moments (id, d, t6, dt6) VALUES (?, ?, ?, ?);
SELECT id, d, t6, dt6 FROM moments WHERE id = 20;
SET time_zone = '+02:00';
SELECT id, ts, ts6, dt FROM moments WHERE id = 1;
SELECT id, ts FROM moments WHERE ts = '2026-02-28 14:00:00';
SELECT id, ts FROM moments ORDER BY ts, id;
SET time_zone = '+00:00';
--@ error
INSERT INTO moments (id, d) VALUES (21, '2026-02-30');
--@ error
INSERT INTO moments (id, dt) VALUES (21, 'yesterday');
--@ error
INSERT INTO moments (id, t0) VALUES (21, '900:00:00');
--@ error
INSERT INTO moments (id, y) VALUES (21, 2200);
DROP TABLE moments;
SET sql_mode = '';
CREATE TABLE days (id INT NOT NULL PRIMARY KEY, d DATE NOT NULL DEFAULT '0000-00-00', dt DATETIME, made TIMESTAMP DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP);
INSERT INTO days (id, d, dt, made) VALUES (1, '0000-00-00', '0000-00-00 00:00:00', '2026-01-01 00:00:00'), (2, '2026-00-00', '2026-01-00 10:00:00', '2026-01-01 00:00:01');
INSERT INTO days (id, d, dt, made) VALUES (3, '2026-02-31', 'x', '2026-01-01 00:00:02');
INSERT INTO days (id, made) VALUES (4, '2026-01-01 00:00:03');
SELECT * FROM days ORDER BY id;
SELECT * FROM days WHERE id = 2;
SELECT id, d FROM days WHERE d = 0 ORDER BY id;
SELECT id, d FROM days ORDER BY d, id;
SELECT MIN(d), MAX(d), MIN(dt) FROM days;
SELECT d, COUNT(*) FROM days GROUP BY d ORDER BY d;
UPDATE days SET d = '2026-13-01' WHERE id = 1;
SELECT id, d, made > '2026-02-01' AS touched FROM days WHERE id = 1;
DROP TABLE days;
SET sql_mode = DEFAULT;
--@ error
SELECT * FROM days;
