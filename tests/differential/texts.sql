-- How a statement may be written: names, quotes, comments, spaces and case in every place where Weir changes the text.
-- rules:
--   docs: { dbpartition: hash(id), tbpartition: hash(id), tbpartitions: 2 }
--   "Odd name": { dbpartition: hash(id), tbpartition: hash(id), tbpartitions: 2 }
--   pages: { dbpartition: hash(id), tbpartition: hash(id), tbpartitions: 2, binding: docs }
CREATE TABLE docs (id INT NOT NULL PRIMARY KEY, title VARCHAR(40), body TEXT, `select` INT, `a``b` INT, docs INT);
CREATE TABLE `Odd name` (id INT NOT NULL PRIMARY KEY, `from` INT);
CREATE TABLE pages (id INT NOT NULL, page INT NOT NULL, PRIMARY KEY (id, page));
INSERT INTO docs VALUES (1, 'docs', 'docs.docs in docs', 1, 2, 3), (2, 'Ünïcode', 'from docs', 4, 5, 6), (3, '', NULL, NULL, NULL, NULL);
INSERT INTO `Odd name` (`id`, `from`) VALUES (1, 10), (2, 20);
INSERT INTO pages VALUES (1, 1), (1, 2), (2, 1);
SELECT id FROM docs WHERE docs.title = 'docs' AND docs.docs = 3;
SELECT docs.id, docs.docs FROM docs WHERE docs.id = 1;
SELECT docs FROM docs ORDER BY docs DESC LIMIT 1;
SELECT docs AS docs FROM docs AS docs ORDER BY docs.docs, docs.id;
select ID from docs where ID = 1;
SELECT id from docs D where D.id = 1;
SELECT  id  ,title	FROM
  docs
WHERE
  id=1;
SELECT`id`FROM`docs`WHERE`id`=1;
SELECT id FROM docs/* here */WHERE/**/id=1;
SELECT id FROM docs WHERE id=1-- end
;
SELECT id FROM docs WHERE id = 1 -- 'quote in comment
ORDER BY id;
SELECT id FROM docs WHERE id = /* 2 */ 1;
SELECT id FROM docs WHERE id = 3 - 2;
SELECT id FROM docs WHERE id = 3-2;
SELECT id FROM docs WHERE id =- -1;
SELECT `select`, `a``b` FROM docs WHERE id = 1;
SELECT `docs`.`a``b` FROM `docs` WHERE `docs`.`id` = 2;
SELECT `shop`.`docs`.`id` FROM `shop`.`docs` WHERE `shop`.`docs`.`id` = 2;
SELECT shop . docs . id FROM shop . docs WHERE shop . docs . id = 2;
SELECT * FROM `Odd name` ORDER BY id;
SELECT `Odd name`.`from` FROM `Odd name` WHERE id = 2;
SELECT o.`from` FROM `Odd name` o WHERE o.id = 2;
SELECT d.id AS `d id`, d.title "d title", d.body 'd body' FROM docs d WHERE d.id = 2;
SELECT id AS "docs" FROM docs ORDER BY docs.id;
SELECT COUNT(*) FROM docs;
SELECT COUNT( * ) FROM docs;
SELECT count(*) AS `count(*)` FROM docs;
SELECT SUM(id), sum(id), SUM( id ), Sum(docs.id) FROM docs;
SELECT MAX(docs.id) FROM docs;
SELECT docs.id + 1, id*2, -id, id = 1, 'a' FROM docs WHERE id = 1;
SELECT docs.id + 1, id*2, -id, id = 1, 'a' FROM docs ORDER BY id;
SELECT 'docs', "docs.id", 1 AS docs FROM docs WHERE id = 1;
SELECT docs.*, pages.page FROM docs JOIN pages ON docs.id = pages.id ORDER BY docs.id, page;
SELECT docs.title FROM docs JOIN pages p ON docs.id = p.id WHERE p.page = 2;
SELECT title FROM docs NATURAL JOIN pages ORDER BY title, page;
SELECT title FROM docs STRAIGHT_JOIN pages ON docs.id = pages.id ORDER BY docs.id, page;
SELECT title FROM (docs JOIN pages ON docs.id = pages.id) WHERE docs.id = 2;
SELECT id FROM docs USE INDEX (PRIMARY) WHERE id = 1;
SELECT id FROM docs FORCE INDEX (PRIMARY) ORDER BY id;
SELECT id FROM docs WHERE title = 'Ünïcode' AND id = 2;
SELECT id FROM docs WHERE body LIKE '%docs%' ORDER BY id;
SELECT id FROM docs WHERE title IN ('docs', 'Ünïcode') AND id IN (1, 2, 3) ORDER BY id;
SELECT id FROM docs WHERE id IN (1,1,1,2) ORDER BY id;
SELECT id FROM docs WHERE (id) = (1);
SELECT id FROM docs WHERE ((id = 1) OR (id = 2)) AND ((title = 'docs')) ORDER BY id;
SELECT id FROM docs WHERE id = 1 AND EXISTS (SELECT 1);
SELECT id FROM docs WHERE id BETWEEN 1 AND 1;
SELECT id FROM docs WHERE id >= 1 AND id <= 1;
SELECT id FROM docs WHERE CASE WHEN id = 1 THEN 1 ELSE 0 END;
SELECT id FROM docs WHERE id != 1 AND id <> 2;
SELECT id FROM docs WHERE !(id = 1) ORDER BY id;
SELECT id FROM docs WHERE id = 1 && title = 'docs';
SELECT id FROM docs WHERE id IS NOT NULL AND id ORDER BY id;
UPDATE docs SET docs = docs + 1, title = 'docs' WHERE docs.id = 1;
UPDATE docs d SET d.docs = d.docs + 1 WHERE d.id = 1;
UPDATE LOW_PRIORITY docs SET body = 'low' WHERE id = 3;
INSERT INTO docs(id,title)VALUES(4,'tight'),(5,'fit');
INSERT INTO docs (title, id) VALUE ('value', 6);
INSERT INTO docs (docs.id, docs.title) VALUES (7, 'qualified');
INSERT INTO docs (id, title) VALUES (8, 'a,b),(c'), (9, 'it''s (8)');
INSERT LOW_PRIORITY INTO docs (id) VALUES (10);
DELETE FROM docs WHERE docs.id = 4;
DELETE LOW_PRIORITY FROM docs WHERE id = 5;
DELETE QUICK FROM docs WHERE id = 6;
DELETE IGNORE FROM docs WHERE id = 7;
SELECT id, title, docs, body FROM docs ORDER BY id;
SELECT MAX(LENGTH(title)) AS longest, MIN(id) AS lowest FROM docs;
DROP TABLE `Odd name`;
DROP TABLE pages;
DROP TABLE docs;
