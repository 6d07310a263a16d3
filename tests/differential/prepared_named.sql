-- PREPARE name FROM '…': what is wrong with a text is said when it is prepared, and no statement of the name is left.
-- rules:
--   named_1: { dbpartition: hash(k), tbpartition: hash(k), tbpartitions: 2 }
--   named_2: { dbpartition: hash(n) }
CREATE TABLE named_1 (k INT NOT NULL PRIMARY KEY, n INT, s VARCHAR(10));
CREATE TABLE named_2 (n INT NOT NULL PRIMARY KEY, d DECIMAL(10,2));
INSERT INTO named_1 VALUES (1, 1, 'a'), (2, 2, 'b'), (3, 1, 'c');
INSERT INTO named_2 VALUES (1, 1.50), (2, 2.50);
--@ text
PREPARE p FROM 'SELECT k FROM named_1 ORDER BY k';
--@ text
EXECUTE p;
--@ text
--@ error
PREPARE p FROM 'SELECT zz FROM named_1';
--@ text
--@ error
EXECUTE p;
--@ text
--@ error
PREPARE p FROM 'SELECT k FROM named_1 WHERE zz = ?';
--@ text
--@ error
PREPARE p FROM 'SELECT k FROM named_1 WHERE k = ? AND zz = 1';
--@ text
--@ error
PREPARE p FROM 'SELECT k FROM named_1 ORDER BY zz';
--@ text
--@ error
PREPARE p FROM 'SELECT COUNT(*) FROM named_1 GROUP BY zz';
--@ text
--@ error
PREPARE p FROM 'SELECT * FROM nowhere';
--@ text
--@ error
PREPARE p FROM 'SELECT k FROM named_1 WHERE k IN (SELECT zz FROM named_2)';
--@ text
--@ error
PREPARE p FROM 'SELECT a.k, b.zz FROM named_1 a JOIN named_2 b ON b.n = a.n';
--@ text
--@ error
PREPARE p FROM 'SELECT k FROM named_1 JOIN nowhere USING (n)';
--@ text
--@ error
PREPARE p FROM 'SELECT a.k FROM named_1 a JOIN named_2 b ON b.n = a.n WHERE n = 1';
--@ text
--@ error
PREPARE p FROM 'SELECT SUM(SUM(n)) FROM named_1';
--@ text
--@ error
PREPARE p FROM 'SELECT ABS(k, n) FROM named_1';
--@ text
--@ error
PREPARE p FROM 'SELECT k FROM named_1 UNION SELECT n, d FROM named_2';
--@ text
--@ error
PREPARE p FROM 'INSERT INTO named_1 (k, k) VALUES (1, 1)';
--@ text
--@ error
PREPARE p FROM 'INSERT INTO named_1 VALUES (1, 1)';
--@ text
--@ error
PREPARE p FROM 'INSERT INTO named_1 (k, zz) VALUES (?, ?)';
--@ text
--@ error
PREPARE p FROM 'INSERT INTO nowhere VALUES (1)';
--@ text
--@ error
PREPARE p FROM 'UPDATE named_1 SET zz = 1 WHERE k > 0';
--@ text
--@ error
PREPARE p FROM 'UPDATE named_1 SET n = 1 WHERE zz = 1';
--@ text
--@ error
PREPARE p FROM 'DELETE FROM named_1 WHERE zz = 1';
--@ text
--@ error
PREPARE p FROM 'DELETE FROM nowhere WHERE k = 1';
--@ text
--@ error
PREPARE p FROM 'SELECT FROM named_1';
--@ text
--@ error
PREPARE p FROM 'PREPARE q FROM "SELECT 1"';
--@ text
--@ error
PREPARE p FROM 'SHOW TABELS';
--@ error
PREPARE p FROM 'SHOW FULL TABELS';
--@ error
PREPARE p FROM 'SHOW GLOBAL STATSU';
--@ error
PREPARE p FROM 'SHOW CUONT(*) WARNINGS';
--@ error
PREPARE p FROM 'SHOW CREATE TABEL named_1';
--@ error
--@ only: mysql
PREPARE p FROM 'SHOW WARNINGS';
--@ only: mariadb
PREPARE p FROM 'SHOW WARNINGS';
--@ error
--@ only: mysql
PREPARE p FROM 'SHOW ERRORS LIMIT 1';
--@ only: mariadb
PREPARE p FROM 'SHOW ERRORS LIMIT 1';
--@ error
--@ only: mysql
PREPARE p FROM 'SHOW COUNT(*) WARNINGS';
--@ only: mariadb
PREPARE p FROM 'SHOW COUNT(*) WARNINGS';
--@ error
--@ only: mysql
PREPARE p FROM 'SELECT @@warning_count';
--@ only: mariadb
PREPARE p FROM 'SELECT @@warning_count';
--@ error
--@ only: mysql
PREPARE p FROM 'SELECT k FROM named_1 WHERE @@error_count = k';
--@ only: mariadb
PREPARE p FROM 'SELECT k FROM named_1 WHERE @@error_count = k';
--@ error
SHOW TABELS;
--@ error
PREPARE p FROM 'EXECUTE q';
--@ text
--@ error
PREPARE p FROM 'DEALLOCATE PREPARE q';
--@ text
--@ error
EXECUTE p;
--@ text
PREPARE p FROM 'SELECT COUNT(*), MAX(a.k) FROM named_1 a JOIN named_2 b ON b.n = a.n WHERE b.d >= ? AND a.k > ? LIMIT ?';
--@ text
SET @p_d = 1.5, @p_k = 1, @p_l = 5;
--@ text
EXECUTE p USING @p_d, @p_k, @p_l;
--@ text
PREPARE p FROM 'INSERT INTO named_1 SELECT k + 10, n, ? FROM named_1 WHERE k IN (?, ?)';
--@ text
SET @p_s = 'new';
--@ text
EXECUTE p USING @p_s, @p_k, @p_l;
--@ text
PREPARE p FROM 'UPDATE named_1 a JOIN named_2 b ON b.n = a.n SET a.s = ? WHERE b.d > ?';
--@ text
EXECUTE p USING @p_s, @p_d;
--@ text
PREPARE p FROM 'SELECT * FROM named_1 ORDER BY k';
--@ text
EXECUTE p;
--@ text
PREPARE p FROM 'SET @p_k = 3';
--@ text
EXECUTE p;
--@ text
PREPARE p FROM 'SELECT @p_k';
--@ text
EXECUTE p;
--@ text
PREPARE p FROM 'DROP TABLE named_2';
--@ text
EXECUTE p;
--@ text
--@ error
EXECUTE p;
--@ text
DEALLOCATE PREPARE p;
--@ only: mysql
--@ error
PREPARE refused FROM 'BEGIN';
--@ only: mysql
--@ error
PREPARE refused FROM 'USE shop';
--@ only: mysql
--@ error
PREPARE refused FROM 'ROLLBACK TO s';
--@ only: mysql
--@ error
PREPARE refused FROM 'RELEASE SAVEPOINT s';
--@ only: mysql
--@ error
PREPARE refused FROM 'START TRANSACTION';
--@ only: mysql
--@ error
PREPARE refused FROM 'SAVEPOINT s';
--@ only: mysql
--@ error
PREPARE refused FROM 'UNLOCK TABLES';
PREPARE done FROM 'COMMIT';
EXECUTE done;
PREPARE done FROM 'ROLLBACK';
EXECUTE done;
PREPARE done FROM 'DO LAST_INSERT_ID(?)';
SET @six = 6;
EXECUTE done USING @six;
SELECT LAST_INSERT_ID();
DEALLOCATE PREPARE done;
DROP TABLE named_1;
