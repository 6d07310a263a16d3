-- Names for the columns of a derived table, which MySQL reads and MariaDB does not; LIMIT inside an aggregate, which
-- MariaDB reads and MySQL does not.
-- rules:
--   named_parts: { dbpartition: hash(k), tbpartition: hash(k), tbpartitions: 2 }
CREATE TABLE named_parts (k INT NOT NULL PRIMARY KEY, g INT NOT NULL, name VARCHAR(10));
INSERT INTO named_parts VALUES (1, 1, 'a'), (2, 1, 'b'), (3, 1, 'c'), (4, 2, 'd'), (5, 2, NULL), (6, 3, 'f');
--@ only: mysql
SELECT a, b FROM (SELECT k, name FROM named_parts WHERE k = 2) AS t (a, b);
--@ only: mysql
SELECT a, t.b, t.* FROM (SELECT k, name FROM named_parts) AS t (a, b) ORDER BY a DESC;
--@ only: mysql
SELECT n, SUM(m) FROM (SELECT g, COUNT(*) FROM named_parts GROUP BY g) t (n, m) GROUP BY n ORDER BY n;
--@ only: mysql
SELECT named_parts.k, t.k2 FROM named_parts JOIN (SELECT name, k FROM named_parts) AS t (k, k2) ON t.k2 = named_parts.k ORDER BY named_parts.g, t.k2;
--@ only: mysql
--@ error
SELECT k FROM named_parts JOIN (SELECT name, k FROM named_parts) AS t (k, k2) ON t.k2 = named_parts.k;
--@ only: mysql
SELECT * FROM (VALUES ROW(1, 2), ROW(3, 4)) AS v (a, b) ORDER BY a;
--@ only: mysql
--@ params: 3
SELECT v.b, name FROM (VALUES ROW(1, 2), ROW(?, 4)) AS v (a, b) JOIN named_parts ON k = a ORDER BY b;
--@ only: mysql
SELECT p.k, l.m FROM named_parts p, LATERAL (SELECT MAX(q.k) FROM named_parts q WHERE q.g = p.g) AS l (m) ORDER BY p.k;
--@ only: mysql
SELECT p.k, l.m FROM named_parts p JOIN LATERAL (SELECT p.k + 1) AS l (m) WHERE p.k = 3;
--@ only: mysql
--@ error
SELECT a FROM (SELECT k, name FROM named_parts) AS t (a);
--@ only: mysql
--@ error
SELECT k FROM (SELECT k, name FROM named_parts) AS t (a, b);
--@ only: mariadb
--@ error
SELECT a, b FROM (SELECT k, name FROM named_parts WHERE k = 2) AS t (a, b);
--@ only: mariadb
--@ error
SELECT a, b FROM (SELECT k, name FROM named_parts) AS t (a, b) ORDER BY a;
--@ only: mariadb
SELECT g, GROUP_CONCAT(name ORDER BY k DESC LIMIT 2) FROM named_parts GROUP BY g ORDER BY g;
--@ only: mariadb
SELECT GROUP_CONCAT(name ORDER BY name SEPARATOR '-' LIMIT 1, 2) FROM named_parts;
--@ only: mariadb
SELECT GROUP_CONCAT(DISTINCT g ORDER BY g LIMIT 2 OFFSET 1) AS gs, COUNT(*) FROM named_parts;
--@ only: mariadb
SELECT GROUP_CONCAT(name ORDER BY k LIMIT 1) FROM named_parts WHERE k = 4;
--@ only: mariadb
SELECT k, GROUP_CONCAT(name LIMIT 1) FROM named_parts GROUP BY k ORDER BY k;
--@ only: mariadb
SELECT JSON_ARRAYAGG(name ORDER BY k LIMIT 3) FROM named_parts;
--@ only: mariadb
--@ params: 2
SELECT GROUP_CONCAT(name ORDER BY k LIMIT ?) FROM named_parts;
--@ only: mysql
--@ error
SELECT g, GROUP_CONCAT(name ORDER BY k DESC LIMIT 2) FROM named_parts GROUP BY g ORDER BY g;
DROP TABLE named_parts;
