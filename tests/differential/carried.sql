-- Tables that are carried to the nodes of larger ones: the crowd and the spots are few, vends and their lines are many.
-- rules:
--   crowd: { dbpartition: hash(id), tbpartition: hash(id), tbpartitions: 2 }
--   spots: { single: shop_05 }
--   vends: { dbpartition: hash(sale), tbpartition: hash(sale), tbpartitions: 2 }
--   vend_lines: { dbpartition: hash(sale), tbpartition: hash(sale), tbpartitions: 2, binding: vends }
--   realms: { broadcast: true }
CREATE TABLE crowd (id INT NOT NULL PRIMARY KEY, name VARCHAR(20) NOT NULL, realm INT, born DATE, mood ENUM('glad','sad'), weight FLOAT, seen TIMESTAMP NULL, UNIQUE KEY (name));
CREATE TABLE spots (id INT NOT NULL PRIMARY KEY, realm INT, name VARCHAR(20));
CREATE TABLE vends (sale INT NOT NULL PRIMARY KEY, person INT, price DECIMAL(10,2), day DATE NOT NULL, note VARCHAR(20), KEY (person));
CREATE TABLE vend_lines (sale INT NOT NULL, line INT NOT NULL, spot INT, amount INT NOT NULL, PRIMARY KEY (sale, line));
CREATE TABLE realms (id INT NOT NULL PRIMARY KEY, name VARCHAR(20));
INSERT INTO realms VALUES (1, 'Norway'), (2, 'Chile'), (3, 'Japan');
INSERT INTO spots VALUES (1, 1, 'fish'), (2, 2, 'wine'), (3, 3, 'tea'), (4, NULL, 'air');
INSERT INTO crowd VALUES (1, 'Ann', 1, '1990-01-01', 'glad', 1.5, '2024-03-31 01:30:00'), (2, 'Bob', 2, NULL, 'sad', 0.1, NULL), (3, 'Cid', 2, '1980-12-31', NULL, NULL, '2024-10-27 00:30:00'), (4, 'Dee', NULL, '2000-02-29', 'glad', -2.25, NULL), (5, 'Eve', 3, '1999-09-09', 'sad', 3e10, '1970-01-01 00:00:01'), (6, 'Fay', 1, '1985-05-05', NULL, 0, NULL);
INSERT INTO vends VALUES (1, 5, NULL, '2024-02-14', 'b'), (2, 1, 15.28, '2024-01-08', NULL), (3, 8, 17.37, '2024-06-04', 'ß'), (4, 1, 99.40, '2024-06-10', 'a'), (5, 2, 0.00, '2024-02-17', 'b'), (6, 2, 53.05, '2024-12-12', 'ß'), (7, 7, 8.11, '2024-11-19', 'ss'), (8, 7, NULL, '2024-04-25', 'A '), (9, 2, 21.57, '2024-09-09', 'ss'), (10, 6, 29.84, '2024-10-06', 'A '), (11, 4, NULL, '2024-08-28', 'ss'), (12, 8, 7.24, '2024-03-04', 'A '), (13, 9, 12.46, '2024-03-21', 'A '), (14, 5, 0.00, '2024-12-11', 'ss'), (15, 4, 69.03, '2024-05-21', NULL), (16, 4, 66.46, '2024-10-26', 'a'), (17, 3, 29.25, '2024-04-23', 'ß'), (18, 5, 60.25, '2024-10-20', NULL), (19, 7, 49.91, '2024-11-11', NULL), (20, 6, -3.25, '2024-10-27', 'ß'), (21, 7, -3.25, '2024-07-28', 'a'), (22, 3, -3.25, '2024-01-24', 'A '), (23, 7, -3.25, '2024-10-01', 'a'), (24, 2, 87.66, '2024-02-18', NULL), (25, 3, 12.64, '2024-10-17', 'ß'), (26, 8, 66.33, '2024-04-27', 'b'), (27, 2, 50.56, '2024-02-25', 'a'), (28, 5, -3.25, '2024-12-14', 'ß'), (29, 6, 2.43, '2024-12-01', 'b'), (30, 5, -3.25, '2024-05-25', 'a'), (31, 6, NULL, '2024-12-06', 'b'), (32, 1, NULL, '2024-06-18', 'b'), (33, 4, 5.67, '2024-11-10', 'ß'), (34, 3, 1.02, '2024-09-07', 'ß'), (35, 7, 31.57, '2024-04-11', 'a'), (36, 2, 0.00, '2024-11-27', 'b'), (37, 8, NULL, '2024-05-12', 'A '), (38, 8, 4.39, '2024-09-21', 'a'), (39, 3, 0.11, '2024-05-21', 'a'), (40, 1, -3.25, '2024-05-24', 'ß'), (41, 2, NULL, '2024-11-19', 'ss'), (42, 3, NULL, '2024-11-18', 'ss'), (43, 3, 11.84, '2024-05-26', NULL), (44, 4, 96.26, '2024-01-20', 'ss'), (45, 3, NULL, '2024-08-02', 'b'), (46, 4, 66.36, '2024-02-18', 'a'), (47, 4, 0.00, '2024-10-03', 'a'), (48, 8, 90.46, '2024-07-01', 'a'), (49, NULL, 38.93, '2024-01-11', 'A '), (50, 6, 0.00, '2024-06-14', 'A '), (51, NULL, 35.13, '2024-06-26', 'b'), (52, NULL, -3.25, '2024-11-28', 'A '), (53, 7, 16.21, '2024-07-21', 'a'), (54, 4, 64.63, '2024-04-15', 'A '), (55, 7, 31.11, '2024-05-26', 'ß'), (56, 3, NULL, '2024-08-09', 'ß'), (57, 5, 31.49, '2024-07-10', NULL), (58, 2, 9.50, '2024-04-26', NULL), (59, 3, NULL, '2024-01-26', 'a'), (60, 3, 0.00, '2024-02-03', 'A '), (61, 8, 28.76, '2024-11-27', 'a'), (62, 7, 39.07, '2024-11-21', 'b'), (63, 1, 47.29, '2024-11-13', 'a'), (64, NULL, 37.94, '2024-05-25', 'A '), (65, 1, NULL, '2024-04-01', 'ß'), (66, 2, -3.25, '2024-06-07', 'a'), (67, 8, NULL, '2024-02-09', NULL), (68, 5, 39.55, '2024-04-12', 'ß'), (69, 7, NULL, '2024-07-02', 'b'), (70, 1, 24.95, '2024-12-23', 'ss'), (71, 5, 3.29, '2024-07-26', 'A '), (72, 6, 1.94, '2024-06-15', 'A '), (73, 9, 4.61, '2024-09-11', 'a'), (74, 6, 13.09, '2024-03-14', 'b'), (75, 9, 95.68, '2024-06-09', 'ss'), (76, 4, 19.36, '2024-05-08', 'ß'), (77, 8, NULL, '2024-05-08', NULL), (78, NULL, NULL, '2024-02-21', 'ß'), (79, 9, 44.27, '2024-01-27', 'A '), (80, 6, 26.04, '2024-02-26', 'b');
INSERT INTO vend_lines VALUES (1, 1, 4, 3), (1, 2, 4, 2), (2, 1, 1, 7), (2, 2, 2, 7), (3, 1, 2, 7), (5, 1, 4, 6), (6, 1, 3, 1), (7, 1, 1, 7), (8, 1, 3, 4), (8, 2, NULL, 7), (10, 1, NULL, 2), (11, 1, 4, 6), (12, 1, 1, 3), (15, 1, 1, 7), (15, 2, NULL, 6), (16, 1, 4, 3), (16, 2, 1, 6), (17, 1, 1, 9), (21, 1, 3, 4), (22, 1, 1, 1), (23, 1, 2, 1), (24, 1, 3, 2), (24, 2, 4, 3), (25, 1, 1, 7), (25, 2, 4, 4), (26, 1, 1, 4), (28, 1, 4, 3), (29, 1, 2, 2), (32, 1, 1, 1), (32, 2, 4, 1), (33, 1, 2, 2), (33, 2, 3, 8), (34, 1, 2, 7), (34, 2, 2, 4), (35, 1, 3, 6), (36, 1, 4, 8), (40, 1, 3, 8), (40, 2, 1, 8), (41, 1, 3, 3), (41, 2, 3, 7), (45, 1, 3, 6), (47, 1, 4, 9), (48, 1, NULL, 1), (48, 2, 1, 2), (49, 1, 2, 9), (49, 2, NULL, 1), (50, 1, 3, 3), (50, 2, NULL, 2), (51, 1, NULL, 4), (51, 2, 1, 8), (52, 1, 1, 4), (54, 1, 4, 5), (56, 1, 4, 5), (57, 1, 1, 5), (58, 1, 3, 4), (58, 2, 4, 5), (59, 1, 4, 4), (59, 2, 2, 6), (63, 1, 1, 5), (64, 1, 2, 7), (64, 2, 1, 5), (66, 1, NULL, 6), (66, 2, 3, 9), (67, 1, 4, 2), (67, 2, 2, 9), (68, 1, 3, 6), (68, 2, 2, 7), (69, 1, 4, 3), (70, 1, 2, 2), (71, 1, 1, 3), (72, 1, NULL, 5), (72, 2, 4, 5), (73, 1, 4, 6), (74, 1, NULL, 1), (74, 2, 1, 3), (75, 1, 4, 7), (76, 1, 4, 6), (79, 1, 1, 1);
--@ apart: flags: a server shows in them whether it chose a temporary table
SELECT s.sale, c.name, s.price FROM vends s JOIN crowd c ON c.id = s.person WHERE c.realm = 2 ORDER BY s.sale;
--@ apart: flags: a server shows in them whether it chose a temporary table
SELECT c.name, COUNT(*) n, SUM(s.price), AVG(s.price), MIN(s.day) FROM vends s, crowd c WHERE c.id = s.person GROUP BY c.name ORDER BY c.name;
--@ apart: flags: a server shows in them whether it chose a temporary table
SELECT c.id, c.name, SUM(s.price) total FROM crowd c JOIN vends s ON s.person = c.id GROUP BY c.id, c.name ORDER BY total DESC, c.id LIMIT 3;
--@ apart: flags: a server shows in them whether it chose a temporary table
SELECT s.sale, s.price, c.name FROM vends s LEFT JOIN crowd c ON c.id = s.person AND c.mood = 'glad' ORDER BY s.price DESC, s.sale LIMIT 5, 10;
--@ apart: flags: a server shows in them whether it chose a temporary table
SELECT COUNT(*) FROM vends s LEFT JOIN crowd c ON c.id = s.person WHERE c.id IS NULL;
--@ apart: flags: a server shows in them whether it chose a temporary table
SELECT s.sale FROM vends s WHERE s.person IN (SELECT id FROM crowd WHERE realm = 1) ORDER BY s.sale;
--@ apart: flags: a server shows in them whether it chose a temporary table
SELECT s.sale FROM vends s WHERE NOT EXISTS (SELECT 1 FROM crowd c WHERE c.id = s.person) ORDER BY s.sale;
--@ apart: flags: a server shows in them whether it chose a temporary table
SELECT s.sale, (SELECT c.name FROM crowd c WHERE c.id = s.person) who FROM vends s ORDER BY s.sale;
--@ apart: flags: a server shows in them whether it chose a temporary table
SELECT s.sale, l.line, c.name, p.name FROM vends s JOIN vend_lines l ON l.sale = s.sale JOIN crowd c ON c.id = s.person LEFT JOIN spots p ON p.id = l.spot ORDER BY 1, 2;
--@ apart: flags: a server shows in them whether it chose a temporary table
SELECT r.name, SUM(l.amount), COUNT(DISTINCT s.sale) FROM vends s, vend_lines l, crowd c, realms r WHERE l.sale = s.sale AND c.id = s.person AND r.id = c.realm GROUP BY r.name ORDER BY 1;
--@ apart: flags: a server shows in them whether it chose a temporary table
SELECT r.name, SUM(l.amount * s.price) FROM vends s, vend_lines l, crowd c, realms r WHERE l.sale = s.sale AND c.id = s.person AND r.id = c.realm GROUP BY r.name ORDER BY 2 DESC;
--@ apart: flags: a server shows in them whether it chose a temporary table
SELECT realm, m, SUM(price) FROM (SELECT c.realm, MONTH(s.day) m, s.price FROM vends s, crowd c WHERE s.person = c.id) x GROUP BY realm, m ORDER BY realm, m;
--@ apart: flags: a server shows in them whether it chose a temporary table
SELECT k, COUNT(*) FROM (SELECT s.sale, COUNT(l.line) k FROM vends s LEFT JOIN vend_lines l ON l.sale = s.sale AND l.amount > 2 GROUP BY s.sale) x GROUP BY k ORDER BY k;
--@ apart: flags: a server shows in them whether it chose a temporary table
SELECT k, COUNT(*), MIN(sale) FROM (SELECT s.sale, COUNT(c.name) k FROM vends s LEFT JOIN crowd c ON s.person = c.id WHERE s.price > 1 GROUP BY s.sale HAVING COUNT(*) > 0) x GROUP BY k ORDER BY k DESC;
--@ apart: flags: a server shows in them whether it chose a temporary table
SELECT COUNT(*) FROM (SELECT DISTINCT l.sale FROM vend_lines l JOIN spots p ON p.id = l.spot WHERE p.realm < 3) x;
--@ apart: flags: a server shows in them whether it chose a temporary table
SELECT SUM(n) FROM (SELECT person, COUNT(*) n FROM vends GROUP BY person) x;
--@ apart: flags: a server shows in them whether it chose a temporary table
SELECT x.sale, x.n FROM (SELECT sale, COUNT(*) n FROM vend_lines GROUP BY sale) x JOIN realms r ON r.id = x.n ORDER BY 1;
--@ apart: flags: a server shows in them whether it chose a temporary table
SELECT c.name, c.mood, c.weight, c.seen, c.born, s.sale FROM crowd c, vends s WHERE s.person = c.id AND s.sale < 20 ORDER BY s.sale;
--@ apart: flags: a server shows in them whether it chose a temporary table
SELECT c.mood, COUNT(*) FROM crowd c, vends s WHERE s.person = c.id GROUP BY c.mood ORDER BY c.mood;
--@ apart: flags: a server shows in them whether it chose a temporary table
SELECT DISTINCT c.realm FROM vends s JOIN crowd c ON c.id = s.person ORDER BY c.realm;
--@ apart: flags: a server shows in them whether it chose a temporary table
SELECT a.name, b.name, COUNT(*) FROM vends s, crowd a, crowd b WHERE a.id = s.person AND b.id = MOD(s.sale, 6) + 1 GROUP BY a.name, b.name ORDER BY 1, 2;
--@ apart: flags: a server shows in them whether it chose a temporary table
SELECT s.note, c.name FROM vends s JOIN crowd c ON c.id = s.person WHERE s.note = 'ss' ORDER BY s.sale;
--@ apart: flags: a server shows in them whether it chose a temporary table
SELECT c.name FROM crowd c WHERE c.id IN (SELECT person FROM vends WHERE price > 50) ORDER BY c.name;
--@ apart: flags: a server shows in them whether it chose a temporary table
SELECT s.sale, p.name FROM vends s JOIN spots p ON p.id = s.person WHERE p.name LIKE '%e%' ORDER BY s.sale;
--@ apart: flags: a server shows in them whether it chose a temporary table
--@ apart: original name: a server shows in it whether it chose a temporary table
SELECT s.sale / (s.sale - s.sale), c.name FROM vends s JOIN crowd c ON c.id = s.person WHERE s.sale = 7 OR s.sale = 8 ORDER BY s.sale;
--@ apart: flags: a server shows in them whether it chose a temporary table
SELECT s.sale, c.name FROM vends s JOIN crowd c ON c.id = s.person WHERE c.id = 77 ORDER BY s.sale;
--@ apart: flags: a server shows in them whether it chose a temporary table
SELECT COUNT(*), SUM(s.price) FROM vends s JOIN crowd c ON c.id = s.person WHERE c.name = 'nobody';
--@ error
SELECT c.nothing FROM vends s JOIN crowd c ON c.id = s.person;
--@ apart: flags: a server shows in them whether it chose a temporary table
SELECT s.sale, c.name FROM vends s JOIN crowd c ON c.id = s.person LIMIT 0;
BEGIN;
UPDATE crowd SET realm = 3 WHERE id = 1;
--@ apart: flags: a server shows in them whether it chose a temporary table
SELECT s.sale, c.realm FROM vends s JOIN crowd c ON c.id = s.person WHERE c.id < 3 ORDER BY s.sale;
ROLLBACK;
UPDATE crowd SET name = 'Ann B' WHERE id = 2;
--@ apart: flags: a server shows in them whether it chose a temporary table
SELECT s.sale, c.name FROM vends s JOIN crowd c ON c.id = s.person WHERE c.id < 3 ORDER BY s.sale;
--@ unordered
SELECT c.born FROM vends s LEFT JOIN crowd c ON (3 IN (SELECT p.realm FROM spots p WHERE p.name IS NOT NULL)) GROUP BY c.born;
--@ unordered
--@ apart on mysql: rows: MySQL answers a query in the ON of an outer join by its plan, and differs from itself
SELECT COUNT(*) FROM vends s LEFT JOIN vend_lines l ON l.sale = s.sale AND EXISTS (SELECT 1 FROM crowd c WHERE c.name < s.note);
DROP TABLE crowd, spots, vends, vend_lines, realms;
