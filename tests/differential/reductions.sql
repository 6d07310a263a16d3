-- What is left out of a fetch because other tables say so: semi-joins at the shards, lists of keys, repeated rows.
-- rules:
--   buyers: { dbpartition: hash(id), tbpartition: hash(id), tbpartitions: 2 }
--   carts: { dbpartition: hash(cart), tbpartition: hash(cart), tbpartitions: 2 }
--   goods: { dbpartition: hash(cart), tbpartition: hash(cart), tbpartitions: 2, binding: carts }
--   shops: { broadcast: true }
--   lands: { broadcast: true }
CREATE TABLE buyers (id INT NOT NULL PRIMARY KEY, name VARCHAR(20) NOT NULL, land INT, phone VARCHAR(20));
CREATE TABLE carts (cart INT NOT NULL PRIMARY KEY, buyer INT, made DATE NOT NULL, state VARCHAR(10), KEY (buyer));
CREATE TABLE goods (cart INT NOT NULL, line INT NOT NULL, shop INT, price DECIMAL(10,2), note VARCHAR(20), PRIMARY KEY (cart, line));
CREATE TABLE shops (id INT NOT NULL PRIMARY KEY, land INT, name VARCHAR(20));
CREATE TABLE lands (id INT NOT NULL PRIMARY KEY, name VARCHAR(20));
INSERT INTO lands VALUES (1, 'Norway'), (2, 'Chile'), (3, 'Japan');
INSERT INTO shops VALUES (1, 1, 'fish'), (2, 2, 'wine'), (3, 3, 'tea'), (4, NULL, 'air');
INSERT INTO buyers VALUES (1, 'Ann', 1, '13-555'), (2, 'Bob', 2, '31-555'), (3, 'Cid', 2, '23-555'), (4, 'Dee', NULL, '13-777'), (5, 'Eve', 3, NULL), (6, 'Fay', 1, '31-777');
INSERT INTO carts VALUES (10, 1, '2024-01-01', 'open'), (11, 1, '2024-02-01', 'paid'), (12, 2, '2024-03-01', 'paid'), (13, 3, '2024-04-01', 'open'), (14, NULL, '2024-05-01', 'lost'), (15, 9, '2024-06-01', 'paid'), (16, 5, '2023-01-01', NULL), (17, 2, '2023-07-01', 'PAID');
INSERT INTO goods VALUES (10, 1, 1, 5.00, 'a'), (10, 2, 2, 7.50, 'b'), (11, 1, 2, 9.00, NULL), (12, 1, 3, 100.00, 'a'), (12, 2, NULL, 1.00, 'c'), (13, 1, 1, 2.00, 'A'), (15, 1, 4, 3.00, 'b'), (16, 1, 2, 8.00, 'd'), (16, 2, 2, 8.00, 'd'), (17, 1, 1, 0.50, 'a '), (99, 1, 1, 77.00, 'z');
--@ apart: flags: a server shows in them whether it chose a temporary table
SELECT b.name, c.cart, g.line FROM buyers b, carts c, goods g WHERE b.land = 2 AND b.id = c.buyer AND g.cart = c.cart AND c.made > DATE '2024-01-15' ORDER BY 1, 2, 3;
--@ apart: flags: a server shows in them whether it chose a temporary table
SELECT n.name, SUM(g.price) s FROM buyers b, carts c, goods g, shops s, lands n WHERE b.id = c.buyer AND g.cart = c.cart AND g.shop = s.id AND b.land = s.land AND s.land = n.id AND n.name <> 'Japan' GROUP BY n.name ORDER BY s DESC;
--@ apart: flags: a server shows in them whether it chose a temporary table
SELECT b.name, c.cart FROM buyers b JOIN carts c ON c.buyer = b.id WHERE b.id = 77;
--@ apart: flags: a server shows in them whether it chose a temporary table
SELECT b.name, c.cart FROM carts c LEFT JOIN buyers b ON b.id = c.buyer WHERE c.state = 'paid' ORDER BY c.cart;
--@ apart: flags: a server shows in them whether it chose a temporary table
SELECT b.name, c.cart FROM buyers b LEFT JOIN carts c ON c.buyer = b.id AND c.state NOT LIKE '%pen%' ORDER BY 1, 2;
--@ apart: flags: a server shows in them whether it chose a temporary table
SELECT b.name, c.cart FROM buyers b LEFT JOIN carts c ON c.buyer = b.id AND NOT (c.state = 'paid' OR c.cart IN (10, 16)) ORDER BY 1, 2;
--@ apart: flags: a server shows in them whether it chose a temporary table
SELECT b.name, c.cart, g.price FROM buyers b LEFT JOIN (carts c JOIN goods g ON g.cart = c.cart AND g.price > 5) ON c.buyer = b.id WHERE b.land = 2 OR b.land = 1 ORDER BY 1, 2, 3;
--@ apart: flags: a server shows in them whether it chose a temporary table
SELECT b.name, c.cart FROM buyers b RIGHT JOIN carts c ON c.buyer = b.id AND b.land = 2 WHERE c.made > '2024-01-01' ORDER BY c.cart;
--@ apart: flags: a server shows in them whether it chose a temporary table
SELECT b.name FROM buyers b WHERE b.land IS NOT NULL AND NOT EXISTS (SELECT 1 FROM carts c WHERE c.buyer = b.id AND c.state = 'paid') ORDER BY 1;
--@ apart: flags: a server shows in them whether it chose a temporary table
SELECT b.name FROM buyers b WHERE b.phone LIKE '13%' AND b.id NOT IN (SELECT c.buyer FROM carts c WHERE c.buyer = b.id) ORDER BY 1;
--@ apart: flags: a server shows in them whether it chose a temporary table
SELECT b.name FROM buyers b WHERE b.id NOT IN (SELECT buyer FROM carts WHERE state = 'paid') ORDER BY 1;
--@ apart: flags: a server shows in them whether it chose a temporary table
SELECT b.name FROM buyers b WHERE b.id IN (SELECT buyer FROM carts WHERE state = 'paid') ORDER BY 1;
--@ apart: flags: a server shows in them whether it chose a temporary table
SELECT b.name FROM buyers b WHERE b.id IN (SELECT buyer FROM carts GROUP BY buyer HAVING COUNT(*) > 1) ORDER BY 1;
--@ apart: flags: a server shows in them whether it chose a temporary table
SELECT b.name FROM buyers b WHERE b.id IN (SELECT DISTINCT buyer FROM carts WHERE made < '2024-02-15') ORDER BY 1;
--@ apart: flags: a server shows in them whether it chose a temporary table
SELECT b.name, c.cart, SUM(g.price) FROM buyers b, carts c, goods g WHERE c.cart IN (SELECT cart FROM goods GROUP BY cart HAVING SUM(price) > 10) AND b.id = c.buyer AND g.cart = c.cart GROUP BY b.name, c.cart ORDER BY 1, 2;
--@ apart: flags: a server shows in them whether it chose a temporary table
SELECT c.cart FROM carts c WHERE c.cart IN (SELECT cart FROM goods GROUP BY cart HAVING SUM(price) > 10 AND COUNT(*) >= 2) ORDER BY 1;
--@ apart: flags: a server shows in them whether it chose a temporary table
SELECT c.cart FROM carts c WHERE c.cart NOT IN (SELECT cart FROM goods GROUP BY cart HAVING SUM(price) > 10) ORDER BY 1;
--@ apart: flags: a server shows in them whether it chose a temporary table
SELECT c.cart FROM carts c WHERE c.cart IN (SELECT cart FROM goods GROUP BY cart WITH ROLLUP) ORDER BY 1;
--@ apart: flags: a server shows in them whether it chose a temporary table
SELECT c.cart FROM carts c WHERE c.buyer IN (SELECT shop FROM goods GROUP BY cart, shop HAVING MAX(price) > 6) ORDER BY 1;
--@ apart: flags: a server shows in them whether it chose a temporary table
SELECT c.cart FROM carts c WHERE c.cart IN (SELECT goods.cart FROM goods WHERE goods.cart IN (SELECT cart FROM carts WHERE state = 'open')) AND c.buyer IN (SELECT id FROM buyers WHERE land = 1) ORDER BY 1;
--@ apart: flags: a server shows in them whether it chose a temporary table
SELECT SUM(g.price) / 7 FROM goods g, shops s WHERE s.id = g.shop AND s.name = 'wine' AND g.price < (SELECT 1.5 * AVG(price) FROM goods WHERE shop = s.id);
--@ apart: flags: a server shows in them whether it chose a temporary table
SELECT s.name, (SELECT MAX(price) FROM goods WHERE shop = s.id) m, (SELECT COUNT(*) FROM carts WHERE buyer = s.id) n FROM shops s WHERE s.land > 1 ORDER BY 1;
--@ apart: flags: a server shows in them whether it chose a temporary table
SELECT s.name, b.name FROM shops s JOIN buyers b ON b.land = s.land WHERE EXISTS (SELECT 1 FROM goods g WHERE g.shop = s.id AND g.cart IN (SELECT cart FROM carts WHERE buyer = b.id)) ORDER BY 1, 2;
--@ apart: flags: a server shows in them whether it chose a temporary table
SELECT * FROM (SELECT c.buyer, g.price FROM carts c, goods g WHERE c.cart = g.cart AND c.state = 'paid') x JOIN buyers b ON b.id = x.buyer ORDER BY 1, 2;
--@ apart: flags: a server shows in them whether it chose a temporary table
SELECT o.cart FROM carts o WHERE EXISTS (SELECT 1 FROM carts o2, (SELECT buyer bb FROM carts WHERE state = 'open') d WHERE o2.buyer = d.bb AND o2.buyer = o.buyer) ORDER BY 1;
--@ apart: flags: a server shows in them whether it chose a temporary table
SELECT goods.line FROM carts goods2 JOIN goods USING (cart) JOIN buyers ON buyers.id = goods2.buyer WHERE cart = 12 AND buyers.land = 2 ORDER BY 1;
--@ apart: flags: a server shows in them whether it chose a temporary table
SELECT cart, line FROM goods NATURAL JOIN carts JOIN buyers b ON b.id = buyer WHERE b.land = 2 AND state = 'paid' ORDER BY 1, 2;
--@ apart: flags: a server shows in them whether it chose a temporary table
SELECT b.name, c.cart FROM buyers b, carts c WHERE c.buyer = b.id AND SUBSTRING(b.phone, 1, 2) IN ('13', '31') AND LEFT(c.state, 1) = 'p' ORDER BY 1, 2;
--@ apart: flags: a server shows in them whether it chose a temporary table
SELECT a.name, b.name FROM buyers a JOIN buyers b ON a.land = b.land AND a.id < b.id WHERE a.name < 'D' ORDER BY 1, 2;
--@ apart: flags: a server shows in them whether it chose a temporary table
SELECT a.cart FROM goods a JOIN goods b ON a.shop = b.shop AND a.cart <> b.cart JOIN shops ON shops.id = a.shop AND shops.name = 'wine' GROUP BY a.cart ORDER BY 1;
--@ params: 'paid', '2024-01-15'
--@ apart: flags: a server shows in them whether it chose a temporary table
SELECT b.name FROM buyers b, carts c WHERE b.id = c.buyer AND c.state = ? AND c.made > ? ORDER BY 1;
--@ apart: flags: a server shows in them whether it chose a temporary table
SELECT COUNT(DISTINCT shop) FROM goods;
--@ apart: flags: a server shows in them whether it chose a temporary table
SELECT COUNT(DISTINCT note), COUNT(DISTINCT shop, price), MAX(price) FROM goods;
--@ apart: flags: a server shows in them whether it chose a temporary table
SELECT shop, COUNT(DISTINCT price), GROUP_CONCAT(DISTINCT price ORDER BY price) FROM goods GROUP BY shop ORDER BY shop;
--@ apart: flags: a server shows in them whether it chose a temporary table
SELECT COUNT(DISTINCT shop), COUNT(price) FROM goods;
--@ apart: flags: a server shows in them whether it chose a temporary table
SELECT COUNT(DISTINCT BINARY note) FROM goods;
--@ apart: flags: a server shows in them whether it chose a temporary table
SELECT COUNT(DISTINCT LENGTH(note)) FROM goods;
--@ apart: flags: a server shows in them whether it chose a temporary table
SELECT DISTINCT shop + 1 FROM goods ORDER BY 1;
--@ apart: flags: a server shows in them whether it chose a temporary table
SELECT shop FROM goods GROUP BY shop HAVING MIN(price) < 5 ORDER BY 1;
--@ apart: flags: a server shows in them whether it chose a temporary table
SELECT DISTINCT shop, price FROM goods ORDER BY price + shop, shop LIMIT 4;
--@ apart: flags: a server shows in them whether it chose a temporary table
SELECT SUM(DISTINCT price), COUNT(DISTINCT note) FROM goods WHERE note = 'a';
--@ apart: flags: a server shows in them whether it chose a temporary table
SELECT BIT_OR(shop), AVG(DISTINCT price) FROM goods GROUP BY note ORDER BY MIN(price), MAX(price);
DROP TABLE buyers, carts, goods, shops, lands;
