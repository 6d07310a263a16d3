-- MATCH … AGAINST: whether a row has words does not rest on other rows, how much that counts does.
-- rules:
--   articles: { dbpartition: hash(id), tbpartition: hash(id), tbpartitions: 2 }
--   articles_kept: { dbpartition: hash(id), tbpartition: hash(id), tbpartitions: 2, binding: articles }
--   one_article: { single: shop_00 }
CREATE TABLE articles (id INT NOT NULL PRIMARY KEY, body VARCHAR(200), n INT, FULLTEXT KEY body (body));
CREATE TABLE articles_kept (id INT NOT NULL PRIMARY KEY, body VARCHAR(200), n INT);
CREATE TABLE one_article (id INT NOT NULL PRIMARY KEY, body VARCHAR(200), FULLTEXT KEY body (body));
INSERT INTO articles VALUES (1, 'rivers and weirs', 1), (2, 'rivers run deep', 2), (3, 'mountains stand', 3), (4, 'weirs hold rivers', 4), (5, NULL, 5), (6, 'deep deep water', 6), (7, 'water over weirs', 7), (8, 'nothing', 8);
INSERT INTO one_article VALUES (1, 'rivers and weirs'), (2, 'rivers run deep'), (3, 'mountains');
SELECT id, body FROM articles WHERE MATCH (body) AGAINST ('weirs' IN BOOLEAN MODE) ORDER BY id;
SELECT id FROM articles WHERE MATCH (body) AGAINST ('+rivers -weirs' IN BOOLEAN MODE) ORDER BY id;
SELECT id FROM articles WHERE (MATCH (body) AGAINST ('riv*' IN BOOLEAN MODE) OR n = 8) AND id > 1 ORDER BY id;
SELECT COUNT(*) FROM articles WHERE NOT MATCH (body) AGAINST ('deep' IN BOOLEAN MODE);
--@ params: 'water'
SELECT id FROM articles WHERE MATCH (body) AGAINST (? IN BOOLEAN MODE) ORDER BY id;
UPDATE articles SET n = n + 10 WHERE MATCH (body) AGAINST ('weirs' IN BOOLEAN MODE);
DELETE FROM articles WHERE MATCH (body) AGAINST ('nothing' IN BOOLEAN MODE);
INSERT INTO articles_kept (id, body, n) SELECT id, body, n FROM articles WHERE MATCH (body) AGAINST ('rivers' IN BOOLEAN MODE);
SELECT id, n FROM articles_kept ORDER BY id;
SELECT id, n FROM articles ORDER BY id;
SELECT id FROM articles WHERE MATCH (body) AGAINST ('weirs') AND id = 4;
SELECT id, MATCH (body) AGAINST ('deep') > 0 AS found FROM one_article ORDER BY id;
SELECT id, MATCH (body) AGAINST ('rivers') AS relevance FROM one_article WHERE MATCH (body) AGAINST ('rivers') ORDER BY id;
--@ refused: 21001
SELECT id FROM articles WHERE MATCH (body) AGAINST ('weirs') ORDER BY id;
--@ refused: 21001
SELECT id, MATCH (body) AGAINST ('weirs' IN BOOLEAN MODE) FROM articles ORDER BY id;
--@ refused: 21001
SELECT id FROM articles ORDER BY MATCH (body) AGAINST ('weirs' IN BOOLEAN MODE) DESC, id;
--@ refused: 21001
SELECT id FROM articles WHERE MATCH (body) AGAINST ('weirs' IN BOOLEAN MODE) > 0.1 ORDER BY id;
--@ refused: 21001
SELECT id FROM articles WHERE MATCH (body) AGAINST ('weirs' WITH QUERY EXPANSION) ORDER BY id;
--@ refused: 21001
UPDATE articles SET n = MATCH (body) AGAINST ('weirs' IN BOOLEAN MODE) WHERE id > 0;
--@ refused: 21001
DELETE FROM articles WHERE MATCH (body) AGAINST ('weirs');
--@ refused: 21001
INSERT INTO articles_kept SELECT id + 0, body, MATCH (body) AGAINST ('deep') FROM articles;
DROP TABLE articles, articles_kept, one_article;
