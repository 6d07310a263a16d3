-- ORDER BY, LIMIT, OFFSET, DISTINCT over shards.
-- rules:
--   people: { dbpartition: hash(id), tbpartition: hash(id), tbpartitions: 2 }
CREATE TABLE people (id INT NOT NULL PRIMARY KEY, first_name VARCHAR(20), last_name VARCHAR(20), born DATE, score DOUBLE, city INT, UNIQUE KEY whole (id, last_name));
INSERT INTO people VALUES
  (1, 'Ada', 'Lovelace', '1815-12-10', 9.5, 1), (2, 'Alan', 'Turing', '1912-06-23', 9.5, 2), (3, 'Grace', 'Hopper', '1906-12-09', 8.25, 3),
  (4, 'Edsger', 'Dijkstra', '1930-05-11', 8, 4), (5, 'Donald', 'Knuth', '1938-01-10', 10, 3), (6, 'Barbara', 'Liskov', '1939-11-07', 9, 3),
  (7, 'John', 'McCarthy', '1927-09-04', 7.5, 3), (8, 'Ken', 'Thompson', '1943-02-04', 9, 5), (9, 'Dennis', 'Ritchie', '1941-09-09', 9, 5),
  (10, 'alan', 'kay', '1940-05-17', 8.5, NULL), (11, 'Niklaus', 'Wirth', '1934-02-15', NULL, 6), (12, 'Tony', 'Hoare', NULL, -1, 2);
SELECT id FROM people ORDER BY id;
SELECT id FROM people ORDER BY id DESC;
SELECT id FROM people ORDER BY id LIMIT 3;
SELECT id FROM people ORDER BY id LIMIT 3 OFFSET 4;
SELECT id FROM people ORDER BY id LIMIT 4, 3;
SELECT id FROM people ORDER BY id LIMIT 0;
SELECT id FROM people ORDER BY id LIMIT 100 OFFSET 10;
SELECT id FROM people ORDER BY id LIMIT 5 OFFSET 100;
SELECT id FROM people ORDER BY id LIMIT 18446744073709551615 OFFSET 9;
SELECT id, score FROM people ORDER BY score DESC, id LIMIT 4;
SELECT id, born FROM people ORDER BY born, id LIMIT 2, 5;
SELECT first_name, last_name FROM people ORDER BY first_name, last_name;
SELECT first_name, last_name FROM people ORDER BY last_name DESC, first_name DESC;
SELECT last_name AS name FROM people ORDER BY name;
SELECT last_name AS id FROM people ORDER BY id;
SELECT first_name, last_name FROM people ORDER BY 2, 1;
SELECT first_name FROM people ORDER BY last_name;
SELECT id FROM people ORDER BY city, score DESC, id DESC;
SELECT id FROM people ORDER BY -id;
-- Of a parameter that is asked for once more, MySQL would take another type for the first.
--@ params: 2, 4
SELECT FLOOR(?) AS f, id FROM people ORDER BY 1, id LIMIT ?;
--@ params: 3
SELECT id, ROUND(?) AS r FROM people ORDER BY r DESC, id;
SELECT id FROM people ORDER BY id % 3, id;
SELECT id FROM people ORDER BY LENGTH(last_name), last_name;
SELECT id, born FROM people ORDER BY YEAR(born) DESC, id LIMIT 3;
SELECT p.id, p.last_name FROM people p ORDER BY p.last_name LIMIT 2;
SELECT people.id FROM people ORDER BY people.id LIMIT 2;
SELECT shop.people.id FROM shop.people ORDER BY shop.people.id LIMIT 2;
SELECT `people`.`id` FROM `people` ORDER BY `people`.`id` LIMIT 2;
SELECT *, id + 1 AS next FROM people ORDER BY next DESC LIMIT 2;
SELECT p.* FROM people AS p ORDER BY p.born DESC, p.id LIMIT 2;
SELECT id FROM people ORDER BY NULL LIMIT 0;
SELECT id FROM people ORDER BY FIELD(city, 3, 2, 1), id;
SELECT id FROM people ORDER BY city IS NULL, city, id;
SELECT id FROM people ORDER BY CASE WHEN score > 9 THEN 0 ELSE 1 END, id;
--@ refusable
SELECT id FROM people ORDER BY RAND() LIMIT 0;
SELECT DISTINCT city FROM people ORDER BY city;
SELECT DISTINCT city FROM people ORDER BY city DESC LIMIT 2;
SELECT DISTINCT city, score FROM people ORDER BY city, score;
SELECT DISTINCT score FROM people ORDER BY score LIMIT 2, 3;
SELECT DISTINCT YEAR(born) DIV 10 AS decade FROM people ORDER BY decade;
--@ unordered
SELECT DISTINCT city FROM people;
--@ unordered
SELECT id, last_name FROM people;
--@ unordered
SELECT ALL city FROM people WHERE id > 3;
--@ unordered
SELECT id FROM people WHERE id < 100 LIMIT 100;
--@ params: 3
SELECT id FROM people ORDER BY id LIMIT ?;
--@ params: 2, 3
SELECT id FROM people ORDER BY id LIMIT ?, ?;
--@ params: 3, 8
SELECT id FROM people ORDER BY score DESC, id LIMIT ? OFFSET ?;
--@ params: 8
SELECT id FROM people WHERE score > ? ORDER BY score, id;
SELECT id FROM people WHERE city = 3 ORDER BY born LIMIT 1;
SELECT id FROM people WHERE last_name LIKE '%k%' ORDER BY last_name;
SELECT id, score FROM people WHERE score BETWEEN 8 AND 9 ORDER BY 2, 1;
(SELECT id FROM people WHERE id = 1);
SELECT SQL_NO_CACHE id FROM people WHERE id = 1;
SELECT HIGH_PRIORITY id FROM people WHERE id = 1;
SELECT id FROM people WHERE id = 1 FOR UPDATE;
SELECT id FROM people WHERE id = 1 LOCK IN SHARE MODE;
--@ error
SELECT id FROM people ORDER BY nothing;
--@ error
SELECT id FROM people ORDER BY 7;
--@ error
SELECT id FROM people LIMIT -1;
--@ error
SELECT id FROM people LIMIT 'a';
DROP TABLE people;
