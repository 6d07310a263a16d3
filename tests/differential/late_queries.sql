-- A query for a value in front of IN (SELECT …), ANY or ALL, or equal to what stands there. MariaDB (10.11) finds wrong rows
-- where it answers that query while it plans, which it does of small tables. The plain server's is not small; what comes
-- of it to a merge node, and what a node has of it, is.
-- rules:
--   late_a: { dbpartition: hash(k), tbpartition: hash(k), tbpartitions: 2 }
--   late_c: { dbpartition: hash(k), tbpartition: hash(k), tbpartitions: 2 }
--   late_t: { dbpartition: hash(k), tbpartition: hash(k), tbpartitions: 2 }
--   late_n: { dbpartition: hash(id), tbpartition: hash(id), tbpartitions: 2 }
--   late_m: { dbpartition: hash(id) }
CREATE TABLE late_a (k INT NOT NULL, id INT NOT NULL, kind INT NOT NULL, v INT NOT NULL, PRIMARY KEY (id, k));
INSERT INTO late_a (k, id, kind, v) VALUES (1, 1, 1, 2), (2, 2, 2, 3), (3, 3, 3, 4), (4, 4, 4, 5), (5, 5, 5, 6), (6, 6, 6, 7), (7, 7, 7, 8), (8, 8, 8, 9), (9, 9, 9, 1), (10, 10, 10, 2), (11, 11, 11, 3), (0, 12, 12, 4), (1, 13, 13, 5), (2, 14, 14, 6), (3, 15, 15, 7), (4, 16, 16, 8), (5, 17, 17, 9), (6, 18, 18, 1), (7, 19, 19, 2), (8, 20, 20, 3), (9, 21, 21, 4), (10, 22, 22, 5), (11, 23, 23, 6), (0, 24, 24, 7), (1, 25, 25, 8), (2, 26, 26, 9), (3, 27, 27, 1), (4, 28, 28, 2), (5, 29, 29, 3), (6, 30, 30, 4), (7, 31, 31, 5), (8, 32, 32, 6), (9, 33, 33, 7), (10, 34, 34, 8), (11, 35, 35, 9), (0, 36, 36, 1), (1, 37, 37, 2), (2, 38, 38, 3), (3, 39, 39, 4), (4, 40, 40, 5), (5, 41, 41, 6), (6, 42, 42, 7), (7, 43, 43, 8), (8, 44, 44, 9), (9, 45, 45, 1), (10, 46, 46, 2), (11, 47, 47, 3), (0, 48, 48, 4), (1, 49, 49, 5), (2, 50, 50, 6), (3, 51, 51, 7), (4, 52, 52, 8), (5, 53, 53, 9), (6, 54, 54, 1), (7, 55, 55, 2), (8, 56, 56, 3), (9, 57, 57, 4), (10, 58, 58, 5), (11, 59, 59, 6), (0, 60, 0, 7), (1, 61, 1, 8), (2, 62, 2, 9), (3, 63, 3, 1), (4, 64, 4, 2), (5, 65, 5, 3), (6, 66, 6, 4), (7, 67, 7, 5), (8, 68, 8, 6), (9, 69, 9, 7), (10, 70, 10, 8), (11, 71, 11, 9), (0, 72, 12, 1), (1, 73, 13, 2), (2, 74, 14, 3), (3, 75, 15, 4), (4, 76, 16, 5), (5, 77, 17, 6), (6, 78, 18, 7), (7, 79, 19, 8), (8, 80, 20, 9), (9, 81, 21, 1), (10, 82, 22, 2), (11, 83, 23, 3), (0, 84, 24, 4), (1, 85, 25, 5), (2, 86, 26, 6), (3, 87, 27, 7), (4, 88, 28, 8), (5, 89, 29, 9), (6, 90, 30, 1), (7, 91, 31, 2), (8, 92, 32, 3), (9, 93, 33, 4), (10, 94, 34, 5), (11, 95, 35, 6), (0, 96, 36, 7), (1, 97, 37, 8), (2, 98, 38, 9), (3, 99, 39, 1), (4, 100, 40, 2), (5, 101, 41, 3), (6, 102, 42, 4), (7, 103, 43, 5), (8, 104, 44, 6), (9, 105, 45, 7), (10, 106, 46, 8), (11, 107, 47, 9), (0, 108, 48, 1), (1, 109, 49, 2), (2, 110, 50, 3), (3, 111, 51, 4), (4, 112, 52, 5), (5, 113, 53, 6), (6, 114, 54, 7), (7, 115, 55, 8), (8, 116, 56, 9), (9, 117, 57, 1), (10, 118, 58, 2), (11, 119, 59, 3), (0, 120, 0, 4), (1, 121, 1, 5), (2, 122, 2, 6), (3, 123, 3, 7), (4, 124, 4, 8), (5, 125, 5, 9), (6, 126, 6, 1), (7, 127, 7, 2), (8, 128, 8, 3), (9, 129, 9, 4), (10, 130, 10, 5), (11, 131, 11, 6), (0, 132, 12, 7), (1, 133, 13, 8), (2, 134, 14, 9), (3, 135, 15, 1), (4, 136, 16, 2), (5, 137, 17, 3), (6, 138, 18, 4), (7, 139, 19, 5), (8, 140, 20, 6), (9, 141, 21, 7), (10, 142, 22, 8), (11, 143, 23, 9), (0, 144, 24, 1), (1, 145, 25, 2), (2, 146, 26, 3), (3, 147, 27, 4), (4, 148, 28, 5), (5, 149, 29, 6), (6, 150, 30, 7), (7, 151, 31, 8), (8, 152, 32, 9), (9, 153, 33, 1), (10, 154, 34, 2), (11, 155, 35, 3), (0, 156, 36, 4), (1, 157, 37, 5), (2, 158, 38, 6), (3, 159, 39, 7), (4, 160, 40, 8), (5, 161, 41, 9), (6, 162, 42, 1), (7, 163, 43, 2), (8, 164, 44, 3), (9, 165, 45, 4), (10, 166, 46, 5), (11, 167, 47, 6), (0, 168, 48, 7), (1, 169, 49, 8), (2, 170, 50, 9), (3, 171, 51, 1), (4, 172, 52, 2), (5, 173, 53, 3), (6, 174, 54, 4), (7, 175, 55, 5), (8, 176, 56, 6), (9, 177, 57, 7), (10, 178, 58, 8), (11, 179, 59, 9), (0, 180, 0, 1), (1, 181, 1, 2), (2, 182, 2, 3), (3, 183, 3, 4), (4, 184, 4, 5), (5, 185, 5, 6), (6, 186, 6, 7), (7, 187, 7, 8), (8, 188, 8, 9), (9, 189, 9, 1), (10, 190, 10, 2), (11, 191, 11, 3), (0, 192, 12, 4), (1, 193, 13, 5), (2, 194, 14, 6), (3, 195, 15, 7), (4, 196, 16, 8), (5, 197, 17, 9), (6, 198, 18, 1), (7, 199, 19, 2), (8, 200, 20, 3), (9, 201, 21, 4), (10, 202, 22, 5), (11, 203, 23, 6), (0, 204, 24, 7), (1, 205, 25, 8), (2, 206, 26, 9), (3, 207, 27, 1), (4, 208, 28, 2), (5, 209, 29, 3), (6, 210, 30, 4), (7, 211, 31, 5), (8, 212, 32, 6), (9, 213, 33, 7), (10, 214, 34, 8), (11, 215, 35, 9), (0, 216, 36, 1), (1, 217, 37, 2), (2, 218, 38, 3), (3, 219, 39, 4), (4, 220, 40, 5), (5, 221, 41, 6), (6, 222, 42, 7), (7, 223, 43, 8), (8, 224, 44, 9), (9, 225, 45, 1), (10, 226, 46, 2), (11, 227, 47, 3), (0, 228, 48, 4), (1, 229, 49, 5), (2, 230, 50, 6), (3, 231, 51, 7), (4, 232, 52, 8), (5, 233, 53, 9), (6, 234, 54, 1), (7, 235, 55, 2), (8, 236, 56, 3), (9, 237, 57, 4), (10, 238, 58, 5), (11, 239, 59, 6), (0, 240, 0, 7), (1, 241, 1, 8), (2, 242, 2, 9), (3, 243, 3, 1), (4, 244, 4, 2), (5, 245, 5, 3), (6, 246, 6, 4), (7, 247, 7, 5), (8, 248, 8, 6), (9, 249, 9, 7), (10, 250, 10, 8), (11, 251, 11, 9), (0, 252, 12, 1), (1, 253, 13, 2), (2, 254, 14, 3), (3, 255, 15, 4), (4, 256, 16, 5), (5, 257, 17, 6), (6, 258, 18, 7), (7, 259, 19, 8), (8, 260, 20, 9), (9, 261, 21, 1), (10, 262, 22, 2), (11, 263, 23, 3), (0, 264, 24, 4), (1, 265, 25, 5), (2, 266, 26, 6), (3, 267, 27, 7), (4, 268, 28, 8), (5, 269, 29, 9), (6, 270, 30, 1), (7, 271, 31, 2), (8, 272, 32, 3), (9, 273, 33, 4), (10, 274, 34, 5), (11, 275, 35, 6), (0, 276, 36, 7), (1, 277, 37, 8), (2, 278, 38, 9), (3, 279, 39, 1), (4, 280, 40, 2), (5, 281, 41, 3), (6, 282, 42, 4), (7, 283, 43, 5), (8, 284, 44, 6), (9, 285, 45, 7), (10, 286, 46, 8), (11, 287, 47, 9), (0, 288, 48, 1), (1, 289, 49, 2), (2, 290, 50, 3), (3, 291, 51, 4), (4, 292, 52, 5), (5, 293, 53, 6), (6, 294, 54, 7), (7, 295, 55, 8), (8, 296, 56, 9), (9, 297, 57, 1), (10, 298, 58, 2), (11, 299, 59, 3), (0, 300, 0, 4);
CREATE TABLE late_c (k INT NOT NULL, id INT NOT NULL, w INT NULL, n INT NULL, PRIMARY KEY (k, id));
INSERT INTO late_c (k, id, w, n) VALUES (1, 1, 1, NULL), (1, 2, 3, 4), (1, 9, 9, 9), (2, 9, 2, 1), (3, 5, 1, 5), (4, 9, NULL, 2);
CREATE TABLE late_t (k INT NOT NULL, id INT NOT NULL, m INT NULL, v INT NULL, PRIMARY KEY (k, id));
INSERT INTO late_t (k, id, m, v) VALUES (1, 1, 0, 9), (1, 2, 1, 9), (1, 3, NULL, 1), (1, 4, 2, 3), (2, 5, 1, 1), (3, 6, 2, 9), (4, 7, 9, 9), (1, 8, 9, 9);
CREATE TABLE late_n (id INT NOT NULL PRIMARY KEY, v INT NULL);
CREATE TABLE late_m (id INT NOT NULL PRIMARY KEY, v INT NULL);
INSERT INTO late_m (id, v) VALUES (1, 9), (2, 9), (3, 9), (4, 9), (5, 1);

--@ unordered
SELECT t.id FROM late_t t WHERE (SELECT MAX(a.v) FROM late_a a WHERE a.kind IN (8, 9)) NOT IN (SELECT c.id FROM late_c c WHERE c.w = t.m);
--@ unordered
SELECT t.id FROM late_t t WHERE (SELECT MAX(a.v) FROM late_a a WHERE a.kind IN (8, 9)) IN (SELECT c.id FROM late_c c WHERE c.w = t.m);
--@ unordered
SELECT t.id FROM late_t t WHERE (SELECT MAX(a.v) FROM late_a a WHERE a.kind IN (8, 9)) = ANY (SELECT c.id FROM late_c c WHERE c.w = t.m);
--@ unordered
SELECT t.id FROM late_t t WHERE (SELECT MAX(a.v) FROM late_a a WHERE a.kind IN (8, 9)) <> ALL (SELECT c.id FROM late_c c WHERE c.w = t.m);
--@ unordered
SELECT t.id FROM late_t t WHERE (SELECT MAX(a.v) FROM late_a a WHERE a.kind IN (8, 9)) > ALL (SELECT c.id FROM late_c c WHERE c.w = t.m);
--@ unordered
SELECT t.id FROM late_t t WHERE (SELECT MAX(a.v) FROM late_a a WHERE a.kind IN (8, 9)) <= ANY (SELECT c.id FROM late_c c WHERE c.w = t.m);
--@ unordered
SELECT t.id FROM late_t t WHERE ((SELECT MAX(a.v) FROM late_a a WHERE a.kind IN (8, 9))) NOT IN (SELECT c.id FROM late_c c WHERE c.w = t.m UNION SELECT 5);
--@ unordered
SELECT t.id, (SELECT MAX(a.v) FROM late_a a WHERE a.kind IN (8, 9)) NOT IN (SELECT c.id FROM late_c c WHERE c.w = t.m GROUP BY c.id) AS x FROM late_t t;
--@ unordered
SELECT t.m, MAX(t.id) FROM late_t t GROUP BY t.m HAVING (SELECT MAX(a.v) FROM late_a a WHERE a.kind IN (8, 9)) NOT IN (SELECT c.id FROM late_c c WHERE c.w = t.m);
--@ unordered
SELECT t.id FROM late_t t WHERE t.v = (SELECT MAX(a.v) FROM late_a a WHERE a.kind IN (8, 9)) AND t.v NOT IN (SELECT c.id FROM late_c c WHERE c.w = t.m UNION SELECT 5);
--@ unordered
SELECT t.id FROM late_t t JOIN (SELECT id, (SELECT MAX(a.v) FROM late_a a WHERE a.kind IN (8, 9)) AS x FROM late_t) e ON t.v = e.x AND t.id = e.id WHERE t.v NOT IN (SELECT c.id FROM late_c c WHERE c.w = t.m UNION SELECT 5);
--@ unordered
WITH q AS (SELECT k, id, m FROM late_t) SELECT t.id FROM q t WHERE (SELECT MAX(a.v) FROM late_a a WHERE a.kind IN (8, 9)) NOT IN (SELECT c.id FROM late_c c WHERE c.w = t.m) UNION ALL SELECT 0;
--@ unordered
--@ params: 8, 9, 5
SELECT t.id FROM late_t t WHERE (SELECT MAX(a.v) FROM late_a a WHERE a.kind IN (?, ?)) NOT IN (SELECT c.id FROM late_c c WHERE c.w = t.m UNION SELECT ?);
-- One node has all that is asked for.
--@ unordered
SELECT t.id FROM late_t t WHERE t.k = 1 AND (SELECT MAX(a.v) FROM late_a a WHERE a.k = 1) NOT IN (SELECT c.id FROM late_c c WHERE c.k = 1 AND c.w = t.m);
--@ unordered
SELECT t.id FROM late_t t WHERE t.k = 1 AND t.v = (SELECT MAX(a.v) FROM late_a a WHERE a.k = 1) AND t.v NOT IN (SELECT c.id FROM late_c c WHERE c.k = 1 AND c.w = t.m UNION SELECT 5);
--@ unordered
--@ params: 1, 1, 1
SELECT t.id FROM late_t t WHERE t.k = ? AND (SELECT MAX(a.v) FROM late_a a WHERE a.k = ?) NOT IN (SELECT c.id FROM late_c c WHERE c.k = ? AND c.w = t.m);
-- What is written.
INSERT INTO late_n (id, v) SELECT t.id, t.v FROM late_t t WHERE (SELECT MAX(a.v) FROM late_a a WHERE a.kind IN (8, 9)) NOT IN (SELECT c.id FROM late_c c WHERE c.w = t.m);
--@ unordered
SELECT id, v FROM late_n;
UPDATE late_t t SET t.v = t.v + 100 WHERE t.k = 1 AND (SELECT MAX(a.v) FROM late_a a WHERE a.k = 1) NOT IN (SELECT c.id FROM late_c c WHERE c.k = 1 AND c.w = t.m);
UPDATE late_m t SET t.v = t.v + 10 WHERE (SELECT MAX(a.v) FROM late_a a WHERE a.kind IN (8, 9)) NOT IN (SELECT c.id FROM late_c c WHERE c.w = t.id);
--@ unordered
SELECT id, v FROM late_m;
DELETE FROM late_t WHERE k = 1 AND (SELECT MAX(a.v) FROM late_a a WHERE a.k = 1) NOT IN (SELECT c.id FROM late_c c WHERE c.k = 1 AND c.w = late_t.m);
--@ unordered
SELECT k, id, m, v FROM late_t;
SET @late = (SELECT COUNT(*) FROM late_m t WHERE (SELECT MAX(a.v) FROM late_a a WHERE a.kind IN (8, 9)) NOT IN (SELECT c.id FROM late_c c WHERE c.w = t.id));
SELECT @late;
-- A client's own setting is as it was.
--@ only: mariadb
SET expensive_subquery_limit = 50;
--@ unordered
SELECT t.id FROM late_m t WHERE (SELECT MAX(a.v) FROM late_a a WHERE a.kind IN (8, 9)) NOT IN (SELECT c.id FROM late_c c WHERE c.w = t.id);
--@ only: mariadb
SELECT @@expensive_subquery_limit;
--@ only: mariadb
SELECT COUNT(*) FROM late_m t WHERE @@expensive_subquery_limit = 50 AND t.id IN (SELECT c.id FROM late_c c);
--@ only: mariadb
--@ refused: 21002
SELECT COUNT(*) FROM late_m t WHERE @@expensive_subquery_limit = 50 AND (SELECT 1) IN (SELECT c.id FROM late_c c);
DROP TABLE late_a, late_c, late_t, late_n, late_m;
