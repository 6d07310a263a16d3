-- DEFAULT(column), node by node and on a merge node.
-- rules:
--   premises: { dbpartition: hash(owner), tbpartition: hash(owner), tbpartitions: 2 }
--   owners: { dbpartition: hash(id) }
CREATE TABLE premises (id INT NOT NULL PRIMARY KEY, owner INT NOT NULL, label VARCHAR(20) NOT NULL DEFAULT 'none', price DECIMAL(8,2) DEFAULT 9.99, kind ENUM('a','b') DEFAULT 'b', seen INT NULL, made DATETIME DEFAULT '2020-01-02 03:04:05', twice INT GENERATED ALWAYS AS (owner * 2) STORED, calc INT DEFAULT (3 + 4), late INT DEFAULT (owner + 1));
CREATE TABLE owners (id INT NOT NULL PRIMARY KEY, label VARCHAR(20) NOT NULL DEFAULT 'nobody', boss INT DEFAULT 7);
INSERT INTO premises (id, owner, label, price) VALUES (1, 1, DEFAULT(label), DEFAULT(price) + 1), (2, 2, CONCAT(DEFAULT(label), '!'), DEFAULT), (3, 3, DEFAULT, 3), (4, ABS(-4), DEFAULT(label), DEFAULT(price));
INSERT INTO owners VALUES (1, DEFAULT(label), 7), (2, 'two', 8), (3, DEFAULT, DEFAULT(boss)), (4, 'four', 7);
SELECT * FROM premises ORDER BY id;
SELECT * FROM owners ORDER BY id;
SELECT id, DEFAULT(label), DEFAULT(price) FROM premises ORDER BY id;
--@ apart: flags: a server shows in them whether it chose a temporary table
SELECT i.id, DEFAULT(i.label), DEFAULT(i.price), DEFAULT(o.label), DEFAULT(i.kind), DEFAULT(i.made), DEFAULT(i.seen) FROM premises i JOIN owners o ON o.id = i.id ORDER BY i.id;
--@ apart: flags: a server shows in them whether it chose a temporary table
SELECT i.id FROM premises i JOIN owners o ON o.boss = DEFAULT(o.boss) AND i.id = o.id WHERE i.label = DEFAULT(i.label) ORDER BY i.id;
SELECT COUNT(DISTINCT price), MAX(DEFAULT(price)) FROM premises;
UPDATE premises i JOIN owners o ON o.id = i.id SET i.label = DEFAULT(i.label), i.price = DEFAULT(o.boss) WHERE i.id BETWEEN 2 AND 3;
SELECT id, owner, label, price FROM premises ORDER BY id;
DELETE FROM premises WHERE price = DEFAULT(price) ORDER BY id LIMIT 1;
SELECT id, owner, label, price FROM premises ORDER BY id;
INSERT INTO owners (id, label) SELECT id + 10, DEFAULT(label) FROM premises;
SELECT * FROM owners ORDER BY id;
--@ error
SELECT DEFAULT(i.id) FROM premises i JOIN owners o ON o.id = i.id;
-- MySQL does not answer these.
--@ only: mariadb
--@ refusable
SELECT DEFAULT(i.calc) FROM premises i JOIN owners o ON o.id = i.id;
--@ only: mariadb
--@ refusable
SELECT DEFAULT(i.late) FROM premises i JOIN owners o ON o.id = i.id;
--@ apart: flags: a server shows in them whether it chose a temporary table
SELECT i.id, i.late, i.calc FROM premises i JOIN owners o ON o.id = i.id WHERE i.calc > 0 ORDER BY i.id;
--@ apart: flags: a server shows in them whether it chose a temporary table
SELECT i.id, i.late FROM premises i JOIN owners o ON o.id = i.id ORDER BY i.id;
--@ apart: flags: a server shows in them whether it chose a temporary table
SELECT i.late FROM premises i JOIN owners o ON o.boss = i.calc ORDER BY i.late, o.id;
DROP TABLE premises;
DROP TABLE owners;
