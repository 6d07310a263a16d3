-- Binary strings and bits.
-- rules:
--   bytes: { dbpartition: hash(id), tbpartition: hash(id), tbpartitions: 2 }
CREATE TABLE bytes (
  id INT NOT NULL PRIMARY KEY, b BINARY(4), v VARBINARY(20), t TINYBLOB, x BLOB, m MEDIUMBLOB, l LONGBLOB, b1 BIT(1), b9 BIT(9), b64 BIT(64)
);
INSERT INTO bytes VALUES
  (1, 'abcd', 'abc', 't', 'x', 'm', 'l', b'1', b'101010101', b'1111111111111111111111111111111111111111111111111111111111111111'),
  (2, 'ab', '', '', '', '', '', b'0', 0, 0),
  (3, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
  (4, x'00ff0100', x'00ff', X'27', 0x5c, x'0a0d1a', x'e28282', 1, 511, 18446744073709551615),
  (5, 'ABCD', 'ABC', 'T', 'X', 'M', 'L', 0, 2, 9223372036854775808);
SELECT * FROM bytes ORDER BY id;
SELECT * FROM bytes WHERE id = 4;
SELECT id, b FROM bytes ORDER BY b, id;
SELECT id, v FROM bytes ORDER BY v DESC, id;
SELECT id, x FROM bytes ORDER BY x, id;
SELECT id, b9 + 0, HEX(b64) FROM bytes ORDER BY b64, id;
SELECT id, HEX(b), HEX(v), LENGTH(b), LENGTH(v) FROM bytes ORDER BY id;
SELECT id FROM bytes WHERE v = 'abc';
SELECT id FROM bytes WHERE v = x'00ff';
SELECT id FROM bytes WHERE b = 'ab';
SELECT id FROM bytes WHERE b1 = 1 ORDER BY id;
SELECT id FROM bytes WHERE b9 = b'111111111';
SELECT v, COUNT(*) FROM bytes GROUP BY v ORDER BY v;
SELECT MIN(v), MAX(v), MIN(b), MAX(b) FROM bytes;
SELECT DISTINCT b1 FROM bytes ORDER BY b1;
SELECT COUNT(b1), SUM(b9) FROM bytes;
SELECT BIT_AND(id), BIT_OR(id), BIT_XOR(id) FROM bytes WHERE id = 4;
--@ params: x'00ff'
SELECT id FROM bytes WHERE v = ?;
--@ params: 9, x'00275c0a0d1aff'
INSERT INTO bytes (id, v) VALUES (?, ?);
SELECT id, v, HEX(v) FROM bytes WHERE id = 9;
SELECT 'a' = BINARY 'A', CAST('a' AS BINARY), x'41', 0x4142, b'1000001' FROM bytes WHERE id = 1;
UPDATE bytes SET l = REPEAT(x'00', 20000) WHERE id = 1;
SELECT LENGTH(l), l FROM bytes WHERE id = 1;
--@ error
INSERT INTO bytes (id, b) VALUES (10, 'abcde');
--@ error
INSERT INTO bytes (id, b9) VALUES (10, 512);
DROP TABLE bytes;
