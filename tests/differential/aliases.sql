-- What a server wants a schema to be selected for, and no merge node can make.
-- rules:
--   aliased: { dbpartition: hash(k), tbpartition: hash(k), tbpartitions: 2 }
CREATE TABLE aliased (id INT NOT NULL, k VARCHAR(20) NULL, KEY (k)) DEFAULT CHARSET utf8mb4;
INSERT INTO aliased VALUES (1, 'a'), (2, 'b'), (3, NULL);
DELETE a FROM aliased AS a JOIN aliased AS x1 ON 1 WHERE 1;
--@ unordered
SELECT * FROM aliased;
DROP TABLE aliased;
