-- Tables of which a query asks no more than how many rows meet others: they come to a merge node as keys with counts.
-- rules:
--   readers: { dbpartition: hash(id), tbpartition: hash(id), tbpartitions: 2 }
--   loans: { dbpartition: hash(loan), tbpartition: hash(loan), tbpartitions: 2 }
--   genres: { broadcast: true }
--   shut: { dbpartition: hash(id) }
CREATE TABLE readers (id INT NOT NULL PRIMARY KEY, name VARCHAR(20), born DATE, genre INT);
CREATE TABLE loans (loan INT NOT NULL PRIMARY KEY, reader INT, day DATE NOT NULL, till DATETIME, fee DECIMAL(8,2), state ENUM('out','back'), note VARCHAR(20), place VARCHAR(10) NOT NULL, made YEAR, KEY (reader), KEY (day, reader));
CREATE TABLE genres (id INT NOT NULL PRIMARY KEY, name VARCHAR(20));
CREATE TABLE shut (id INT NOT NULL PRIMARY KEY, reader INT, UNIQUE KEY (reader));
INSERT INTO genres VALUES (1, 'tales'), (2, 'maps'), (3, NULL);
INSERT INTO readers VALUES (1, 'Ann', '1990-01-01', 1), (2, 'Bob', NULL, 2), (3, 'Cid', '1980-12-31', NULL), (4, NULL, '2000-02-29', 1), (5, 'ann', '1999-09-09', 9), (6, 'Fay', '1990-01-01', 1);
INSERT INTO loans VALUES (1, 1, '1990-01-01', '2024-01-01 10:00:00', 1.50, 'out', 'late', 'x', 1990), (2, 1, '2024-01-01', NULL, NULL, 'back', NULL, 'x', NULL), (3, 1, '2024-01-02', '2024-01-01 10:00:00', 0.00, NULL, 'LATE fee', 'y', 2024), (4, 2, '2024-01-01', NULL, -1.50, 'out', 'ok', 'X', 2024), (5, NULL, '2024-01-03', '2024-02-01 00:00:00', 2.00, 'out', 'late', 'x ', 1990), (6, NULL, '1999-09-09', NULL, 2.00, 'back', '', 'y', NULL), (7, 3, '1980-12-31', NULL, 1.50, 'back', 'Latest', 'z', 1980), (8, 3, '1980-12-31', NULL, 1.5, 'back', 'ß', 'z', 1980), (9, 3, '1980-12-31', '2024-01-01 10:00:00', 2.50, 'out', 'ss', 'z', 1980), (10, 77, '2024-01-01', NULL, 2.50, 'out', 'late', 'x', 2024), (11, 6, '2024-01-01', NULL, 6.00, 'out', NULL, 'x', 2024), (12, 1, '2024-01-01', NULL, 1.00, 'back', 'late', 'x', 2024), (13, 6, '2024-01-01', NULL, 6.00, 'out', 'late', 'x', 2024);
INSERT INTO shut VALUES (1, 1), (2, 3), (3, NULL), (4, NULL), (5, 77);
--@ apart: flags: a server shows in them whether it chose a temporary table
SELECT r.id, COUNT(l.loan) FROM readers r LEFT JOIN loans l ON l.reader = r.id GROUP BY r.id ORDER BY r.id;
--@ apart: flags: a server shows in them whether it chose a temporary table
SELECT r.id, COUNT(*) AS n, COUNT(l.note), COUNT(l.reader) FROM readers r LEFT JOIN loans l ON l.reader = r.id GROUP BY r.id ORDER BY r.id;
--@ apart: flags: a server shows in them whether it chose a temporary table
SELECT COUNT(*), COUNT(l.note) + 1 FROM readers r LEFT JOIN loans l ON l.reader = r.id AND l.note = 'nowhere';
--@ apart: flags: a server shows in them whether it chose a temporary table
SELECT r.id, COUNT(*), COUNT(l.till) FROM readers r LEFT JOIN loans l ON l.reader = r.id AND l.day = r.born GROUP BY r.id ORDER BY r.id;
--@ apart: flags: a server shows in them whether it chose a temporary table
SELECT r.id, COUNT(*), COUNT(l.till) FROM readers r LEFT JOIN loans l ON l.reader > r.id AND l.day >= r.born GROUP BY r.id ORDER BY r.id;
--@ apart: flags: a server shows in them whether it chose a temporary table
SELECT r.id, COUNT(*), COUNT(l.till) FROM readers r LEFT JOIN loans l ON l.reader > r.id AND l.fee IN (1.5, 2) GROUP BY r.id ORDER BY r.id;
--@ apart: flags: a server shows in them whether it chose a temporary table
SELECT r.id, COUNT(*) FROM readers r LEFT JOIN loans l ON l.reader <=> r.genre GROUP BY r.id ORDER BY r.id;
--@ apart: flags: a server shows in them whether it chose a temporary table
SELECT r.id, COUNT(*) FROM readers r LEFT JOIN loans l ON l.reader <=> r.genre OR l.reader = r.id GROUP BY r.id ORDER BY r.id;
-- In a transaction nothing is carried.
START TRANSACTION;
--@ apart: flags: a server shows in them whether it chose a temporary table
SELECT r.id, COUNT(l.loan) FROM readers r LEFT JOIN loans l ON l.reader = r.id GROUP BY r.id ORDER BY r.id;
--@ apart: flags: a server shows in them whether it chose a temporary table
SELECT r.id, COUNT(*) AS n, COUNT(l.note), COUNT(l.reader) FROM readers r LEFT JOIN loans l ON l.reader = r.id GROUP BY r.id ORDER BY r.id;
--@ apart: flags: a server shows in them whether it chose a temporary table
SELECT r.id, COUNT(*) AS n, COUNT(l.note) FROM readers r JOIN loans l ON l.reader = r.id GROUP BY r.id ORDER BY r.id;
--@ apart: flags: a server shows in them whether it chose a temporary table
SELECT n, COUNT(*) AS readers FROM (SELECT r.id, COUNT(l.loan) AS n FROM readers r LEFT OUTER JOIN loans l ON r.id = l.reader AND l.note NOT LIKE '%late%' GROUP BY r.id) AS x GROUP BY n ORDER BY readers DESC, n DESC;
--@ apart: flags: a server shows in them whether it chose a temporary table
SELECT n, COUNT(*) AS readers FROM (SELECT r.id, COUNT(l.loan) AS n FROM loans l RIGHT JOIN readers r ON r.id = l.reader AND l.note IS NULL AND l.place = 'X' GROUP BY r.id) AS x GROUP BY n ORDER BY readers DESC, n DESC;
--@ apart: flags: a server shows in them whether it chose a temporary table
--@ params: 'late%'
SELECT r.id, COUNT(l.loan) n FROM readers r LEFT JOIN loans l ON l.reader = r.id AND l.note LIKE ? GROUP BY r.id ORDER BY r.id;
--@ apart: flags: a server shows in them whether it chose a temporary table
--@ params: 2, 'x'
SELECT r.id, COUNT(l.loan) n FROM readers r LEFT JOIN loans l ON l.reader = r.id AND l.fee < ? AND l.place = ? GROUP BY r.id ORDER BY r.id;
--@ apart: flags: a server shows in them whether it chose a temporary table
--@ params: 5
SELECT r.id, COUNT(l.loan) n FROM readers r LEFT JOIN loans l ON l.reader = r.id AND l.day > '2000-01-01' GROUP BY r.id HAVING COUNT(l.loan) < ? ORDER BY r.id;
--@ apart: flags: a server shows in them whether it chose a temporary table
--@ apart on mysql: original name: a server shows in it whether it chose a temporary table
SELECT r.id, COUNT(*) FROM readers r, loans l WHERE l.reader = r.id AND l.note <> 'late' AND r.name > 'B' GROUP BY r.id ORDER BY COUNT(*) DESC, r.id;
--@ apart: flags: a server shows in them whether it chose a temporary table
SELECT r.id, COUNT(1), MIN(r.name), MAX(r.born), COUNT(DISTINCT r.genre) FROM readers r JOIN loans l ON l.reader = r.id WHERE l.state = 'out' OR l.place = 'z' GROUP BY r.id HAVING COUNT(*) > 1 ORDER BY r.id;
--@ apart: flags: a server shows in them whether it chose a temporary table
SELECT COUNT(*), COUNT(l.note) FROM readers r JOIN loans l ON l.reader = r.id;
--@ apart: flags: a server shows in them whether it chose a temporary table
SELECT COUNT(*), COUNT(l.note) FROM readers r JOIN loans l ON l.reader = r.id AND l.note = 'nowhere';
--@ apart: flags: a server shows in them whether it chose a temporary table
SELECT COUNT(*), COUNT(l.note) + 1 FROM readers r LEFT JOIN loans l ON l.reader = r.id AND l.note = 'nowhere';
--@ apart: flags: a server shows in them whether it chose a temporary table
SELECT COUNT(*), COUNT(l.note) FROM readers r JOIN loans l ON l.reader = r.id WHERE r.id > 100;
--@ apart: flags: a server shows in them whether it chose a temporary table
SELECT r.id, COUNT(*), COUNT(l.till) FROM readers r LEFT JOIN loans l ON l.reader = r.id AND l.day = r.born GROUP BY r.id ORDER BY r.id;
--@ apart: flags: a server shows in them whether it chose a temporary table
SELECT r.id, COUNT(*), COUNT(l.till) FROM readers r LEFT JOIN loans l ON l.reader > r.id AND l.day >= r.born GROUP BY r.id ORDER BY r.id;
--@ apart: flags: a server shows in them whether it chose a temporary table
SELECT r.id, COUNT(*), COUNT(l.till) FROM readers r LEFT JOIN loans l ON l.reader > r.id AND l.fee IN (1.5, 2) GROUP BY r.id ORDER BY r.id;
--@ apart: flags: a server shows in them whether it chose a temporary table
SELECT r.id, COUNT(*) FROM readers r LEFT JOIN loans l ON l.reader <=> r.genre GROUP BY r.id ORDER BY r.id;
--@ apart: flags: a server shows in them whether it chose a temporary table
SELECT r.id, COUNT(*) FROM readers r LEFT JOIN loans l ON l.reader <=> r.genre OR l.reader = r.id GROUP BY r.id ORDER BY r.id;
--@ apart: flags: a server shows in them whether it chose a temporary table
SELECT r.id, COUNT(*), COUNT(l.reader) FROM readers r LEFT JOIN loans l ON l.reader = r.id WHERE l.reader IS NULL GROUP BY r.id ORDER BY r.id;
--@ apart: flags: a server shows in them whether it chose a temporary table
SELECT r.id, COUNT(*), COUNT(l.reader) FROM readers r LEFT JOIN loans l ON l.reader = r.id WHERE l.reader < 3 OR l.reader IS NULL GROUP BY r.id ORDER BY r.id;
--@ apart: flags: a server shows in them whether it chose a temporary table
SELECT r.id, COUNT(*), COUNT(l.reader) FROM readers r LEFT JOIN loans l ON l.reader = r.id WHERE l.state IS NULL GROUP BY r.id ORDER BY r.id;
--@ apart: flags: a server shows in them whether it chose a temporary table
SELECT g.name, COUNT(l.loan) c FROM genres g LEFT JOIN (readers r JOIN loans l ON l.reader = r.id AND l.place = 'x') ON r.genre = g.id GROUP BY g.name ORDER BY g.name;
--@ apart: flags: a server shows in them whether it chose a temporary table
SELECT g.name, COUNT(l.loan) c, COUNT(*) FROM genres g LEFT JOIN (readers r LEFT JOIN loans l ON l.reader = r.id AND l.place = 'x') ON r.genre = g.id GROUP BY g.name ORDER BY g.name;
--@ apart: flags: a server shows in them whether it chose a temporary table
SELECT g.name, COUNT(l.loan) c, COUNT(*) FROM (genres g LEFT JOIN readers r ON r.genre = g.id) LEFT JOIN loans l ON l.reader = r.id AND l.place = 'x' GROUP BY g.name ORDER BY g.name;
--@ apart: flags: a server shows in them whether it chose a temporary table
SELECT g.id, COUNT(l.loan) c FROM genres g, readers r, loans l WHERE r.genre = g.id AND l.reader = r.id GROUP BY g.id WITH ROLLUP;
--@ apart: flags: a server shows in them whether it chose a temporary table
--@ unordered
SELECT state, COUNT(*), COUNT(note) FROM loans GROUP BY state HAVING COUNT(*) > 1;
--@ apart: flags: a server shows in them whether it chose a temporary table
--@ unordered
SELECT day, COUNT(*) n FROM loans WHERE place <> 'y' GROUP BY day HAVING n > 1;
--@ apart: flags: a server shows in them whether it chose a temporary table
--@ unordered
SELECT made, fee, COUNT(*) FROM loans GROUP BY made, fee HAVING COUNT(*) > 1 OR made = 2024;
--@ apart: flags: a server shows in them whether it chose a temporary table
--@ unordered
SELECT till, COUNT(*) * 2 FROM loans GROUP BY till;
--@ apart: flags: a server shows in them whether it chose a temporary table
SELECT reader, COUNT(*) FROM loans GROUP BY reader HAVING COUNT(note) > 1 ORDER BY reader;
--@ apart: flags: a server shows in them whether it chose a temporary table
SELECT YEAR(day), COUNT(*) FROM loans GROUP BY day HAVING COUNT(*) > 1 ORDER BY day;
--@ apart: flags: a server shows in them whether it chose a temporary table
--@ apart on mysql: original name: a server shows in it whether it chose a temporary table
SELECT DISTINCT COUNT(*) FROM loans GROUP BY reader HAVING COUNT(*) > 0 ORDER BY COUNT(*);
--@ apart: flags: a server shows in them whether it chose a temporary table
SELECT reader, COUNT(*) FROM loans GROUP BY reader HAVING COUNT(*) > 1 UNION ALL SELECT 0, COUNT(l.loan) FROM readers r LEFT JOIN loans l ON l.reader = r.id AND l.note = 'late' ORDER BY 1, 2;
--@ apart: flags: a server shows in them whether it chose a temporary table
SELECT name FROM readers WHERE id IN (SELECT reader FROM loans GROUP BY reader HAVING COUNT(*) > 2) ORDER BY id;
--@ apart: flags: a server shows in them whether it chose a temporary table
SELECT name, (SELECT COUNT(*) FROM loans l WHERE l.reader = r.id) c FROM readers r ORDER BY r.id;
--@ apart: flags: a server shows in them whether it chose a temporary table
SELECT s.id, COUNT(l.loan) FROM shut s LEFT JOIN loans l ON l.reader = s.reader GROUP BY s.id ORDER BY s.id;
--@ apart: flags: a server shows in them whether it chose a temporary table
SELECT r.id, COUNT(s.id) FROM readers r LEFT JOIN shut s ON s.reader = r.id GROUP BY r.id ORDER BY r.id;
--@ apart: flags: a server shows in them whether it chose a temporary table
SELECT a.id, COUNT(b.loan), COUNT(*) FROM readers a LEFT JOIN loans b ON b.reader = a.id LEFT JOIN loans c ON c.reader = a.id AND c.note = 'late' GROUP BY a.id ORDER BY a.id;
--@ apart: flags: a server shows in them whether it chose a temporary table
SELECT a.reader, COUNT(*) FROM loans a JOIN loans b ON a.reader = b.reader AND b.place = 'x' GROUP BY a.reader ORDER BY a.reader;
--@ apart: flags: a server shows in them whether it chose a temporary table
SELECT `COUNT(l.loan)` FROM (SELECT COUNT(l.loan) FROM readers r JOIN loans l ON l.reader = r.id GROUP BY r.id) x ORDER BY 1;
--@ apart: flags: a server shows in them whether it chose a temporary table
WITH c AS (SELECT r.id, COUNT(l.loan) n FROM readers r LEFT JOIN loans l ON l.reader = r.id GROUP BY r.id) SELECT * FROM c ORDER BY n, id;
--@ apart: flags: a server shows in them whether it chose a temporary table
WITH c AS (SELECT r.id, COUNT(l.loan) n FROM readers r LEFT JOIN loans l ON l.reader = r.id GROUP BY r.id) SELECT a.id, a.n FROM c a WHERE a.n = (SELECT MAX(n) FROM c) ORDER BY id;
INSERT INTO loans VALUES (20, 5, '2024-05-05', NULL, 1.00, 'out', 'new', 'x', 2024), (21, 5, '2024-05-05', NULL, 1.00, 'out', 'new', 'x', 2024);
--@ apart: flags: a server shows in them whether it chose a temporary table
SELECT r.id, COUNT(l.loan) FROM readers r LEFT JOIN loans l ON l.reader = r.id AND l.note = 'new' GROUP BY r.id ORDER BY r.id;
ROLLBACK;
DELETE FROM loans WHERE loan > 0;
--@ apart: flags: a server shows in them whether it chose a temporary table
SELECT r.id, COUNT(l.loan), COUNT(*) FROM readers r LEFT JOIN loans l ON l.reader = r.id GROUP BY r.id ORDER BY r.id;
--@ apart: flags: a server shows in them whether it chose a temporary table
SELECT r.id, COUNT(l.loan), COUNT(*) FROM readers r JOIN loans l ON l.reader = r.id GROUP BY r.id ORDER BY r.id;
--@ apart: flags: a server shows in them whether it chose a temporary table
SELECT COUNT(l.loan), COUNT(*) FROM readers r JOIN loans l ON l.reader = r.id;
--@ apart: flags: a server shows in them whether it chose a temporary table
SELECT state, COUNT(*), COUNT(note) FROM loans GROUP BY state HAVING COUNT(*) > 1;
DROP TABLE readers, loans, genres, shut;
