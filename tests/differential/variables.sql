-- User variables that statements assign: of one node, of many, of none; they hold for the statements that follow.
-- rules:
--   sheets: { dbpartition: hash(id), tbpartition: hash(id), tbpartitions: 2 }
CREATE TABLE sheets (id INT NOT NULL PRIMARY KEY, n DECIMAL(10,2), s VARCHAR(10) CHARACTER SET latin1, d DATETIME, f DOUBLE, b VARBINARY(4));
INSERT INTO sheets VALUES (1, 1.50, 'one', '2024-01-01 10:00:00', 0.1, x'00ff'), (2, 2.25, 'two', NULL, 1e30, ''), (3, NULL, 'th''ree', NULL, NULL, NULL), (4, 4, NULL, NULL, -1, x'27');
SELECT n, s, f, b INTO @n, @s, @f, @b FROM sheets WHERE id = 1;
SELECT @n, @s, @f, @b, CHARSET(@s), @n + 1, HEX(@b);
SELECT COUNT(*), SUM(n), MAX(s) INTO @c, @sum, @m FROM sheets;
SELECT @c, @sum, @m;
SELECT n INTO @n FROM sheets WHERE id = 77;
SELECT @n;
--@ error
SELECT id INTO @i FROM sheets;
SELECT @i IS NULL;
--@ error
SELECT id, n INTO @i FROM sheets WHERE id = 1;
SET @row = 0;
SELECT id, @row := @row + 1 AS r FROM (SELECT id FROM sheets ORDER BY id DESC LIMIT 10) AS t ORDER BY id DESC;
SELECT @row;
SELECT @x := 5, @y := 'a', @z := 1.50;
SELECT @x, @y, @z, @x + @z;
SET @t = (SELECT SUM(n) FROM sheets), @u = 1;
SELECT @t, @u;
SET @e = EXISTS (SELECT 1 FROM sheets WHERE n > 4);
SELECT @e;
--@ error
SET @v = (SELECT n FROM sheets);
SELECT @v IS NULL;
SELECT id FROM sheets WHERE n > @z ORDER BY id;
SELECT a.id FROM sheets a JOIN sheets b ON a.id = b.id + 1 WHERE a.n > @z ORDER BY a.id;
UPDATE sheets SET n = (@old := n) + 1 WHERE id = 1;
SELECT @old;
DROP TABLE sheets;
