-- User variables that statements assign: of one node, of many, of none; they hold for the statements that follow.
-- rules:
--   sheets: { dbpartition: hash(id), tbpartition: hash(id), tbpartitions: 2 }
CREATE TABLE sheets (id INT NOT NULL PRIMARY KEY, n DECIMAL(10,2), s VARCHAR(10) CHARACTER SET latin1, d DATETIME, f DOUBLE, b VARBINARY(4));
INSERT INTO sheets VALUES (1, 1.50, 'one', '2024-01-01 10:00:00', 0.1, x'00ff'), (2, 2.25, 'two', NULL, 1e30, ''), (3, NULL, 'th''ree', NULL, NULL, NULL), (4, 4, NULL, NULL, -1, x'27');
SELECT n, s, f, b INTO @v_n, @v_s, @v_f, @v_b FROM sheets WHERE id = 1;
SELECT @v_n, @v_s, @v_f, @v_b, CHARSET(@v_s), @v_n + 1, HEX(@v_b);
SELECT COUNT(*), SUM(n), MAX(s) INTO @v_c, @v_sum, @v_m FROM sheets;
SELECT @v_c, @v_sum, @v_m;
SELECT n INTO @v_n FROM sheets WHERE id = 77;
SELECT @v_n;
--@ error
SELECT id INTO @v_i FROM sheets;
SELECT @v_i IS NULL;
--@ error
SELECT id, n INTO @v_i FROM sheets WHERE id = 1;
SET @v_row = 0;
SELECT id, @v_row := @v_row + 1 AS r FROM (SELECT id FROM sheets ORDER BY id DESC LIMIT 10) AS t ORDER BY id DESC;
SELECT @v_row;
SELECT @v_x := 5, @v_y := 'a', @v_z := 1.50;
SELECT @v_x, @v_y, @v_z, @v_x + @v_z;
SET @v_t = (SELECT SUM(n) FROM sheets), @v_u = 1;
SELECT @v_t, @v_u;
SET @v_e = EXISTS (SELECT 1 FROM sheets WHERE n > 4);
SELECT @v_e;
--@ error
SET @v_v = (SELECT n FROM sheets);
SELECT @v_v IS NULL;
SELECT id FROM sheets WHERE n > @v_z ORDER BY id;
SELECT a.id FROM sheets a JOIN sheets b ON a.id = b.id + 1 WHERE a.n > @v_z ORDER BY a.id;
UPDATE sheets SET n = (@v_old := n) + 1 WHERE id = 1;
SELECT @v_old;
-- Statements that are prepared by name, with values out of variables.
--@ text
PREPARE one FROM 'SELECT n, s, ? AS v FROM sheets WHERE id = ?';
--@ text
SET @v_id = 2, @v_t = 'it''s \\ so', @v_d = 1.50, @v_e = 1e3, @v_x = x'00ff', @v_z = NULL;
--@ text
EXECUTE one USING @v_t, @v_id;
--@ text
EXECUTE one USING @v_d, @V_ID;
--@ text
EXECUTE one USING @v_e, @v_d;
--@ apart on mysql: type: MySQL keeps the type of an earlier execution
--@ apart on mysql: length: as above
--@ apart on mysql: decimals: as above
--@ text
EXECUTE one USING @v_id, @v_z;
--@ text
--@ error
EXECUTE one USING @v_id;
--@ text
--@ error
EXECUTE one;
--@ text
--@ error
EXECUTE nobody USING @v_id;
--@ text
SET @v_text = 'SELECT COUNT(*), HEX(?) FROM sheets WHERE id > ? AND s <> ?';
--@ text
PREPARE One FROM @v_text;
--@ text
EXECUTE one USING @v_x, @v_id, @v_t;
--@ text
EXECUTE one USING @v_nobody, @v_nobody, @v_nobody;
--@ text
PREPARE two FROM 'SELECT id FROM sheets ORDER BY id LIMIT ?';
--@ text
EXECUTE two USING @v_id;
--@ text
PREPARE two FROM 'INSERT INTO sheets (id, s) VALUES (?, ?)';
--@ text
SET @v_id = 17, @v_t = 'new';
--@ text
EXECUTE two USING @v_id, @v_t;
--@ text
SELECT id, s FROM sheets WHERE id = 17;
--@ text
--@ error
PREPARE two FROM 'SELECT FROM';
--@ text
--@ error
EXECUTE two USING @v_id, @v_t;
--@ text
DEALLOCATE PREPARE one;
--@ text
--@ error
DROP PREPARE one;
DROP TABLE sheets;
