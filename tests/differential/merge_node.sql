-- What no shard can answer by itself: a merge node answers it from the rows of all.
-- rules:
--   folk: { dbpartition: hash(user_id), tbpartition: hash(user_id), tbpartitions: 2 }
--   buys: { dbpartition: hash(id), tbpartition: hash(id), tbpartitions: 2 }
--   sundry: { dbpartition: hash(k) }
--   towns: { broadcast: true }
--   options: { single: shop_05 }
--   happenings: { dbpartition: hash(user_id), tbpartition: hash(user_id), tbpartitions: 2 }
--   calls: { dbpartition: hash(id), tbpartition: hash(id), tbpartitions: 2 }
create table folk (user_id int not null primary key, name varchar(20), city_id int, f float, d double, ts timestamp null default current_timestamp, unique key(name));
create table buys (id int not null primary key, user_id int not null, amount decimal(10,2), created datetime(3), key(user_id));
create table sundry (k int not null, b bit(10), e enum('x','y','z'), s set('p','q','r'), j json, v varbinary(10), t time(2), y year, g geometry, primary key(k));
create table towns (id int primary key, city varchar(20));
create table options (k varchar(20) primary key, v varchar(20));
create table locals (a int primary key, b text);
insert into folk (user_id,name,city_id,f,d,ts) values (1,'Ann',1,0.1,0.1,'2024-01-01 00:00:00'),(2,'Bob',2,1e30,1e-300,null),(3,'Cid',3,-2.5,123456789012345680000,'2000-02-03 04:05:06'),(4,'Dee',null,null,null,null),(5,'Eve',1,3.3333,-0.0,'1999-12-31 23:59:59');
insert into buys values (10,1,10.50,'2024-01-01 10:00:00.123'),(11,1,20.00,null),(12,2,5.00,'2023-01-01'),(13,3,7.25,'2022-01-01'),(14,9,99.99,'2021-01-01');
insert into sundry (k,b,e,s,j,v,t,y,g) values (1,b'1000000001','x','p,r','{"a": [1, 2.50, "x"]}',x'00ff27','-10:11:12.34',1999,st_geomfromtext('POINT(1 2)')),(2,null,'z','',null,'a\'b\\','100:00:00',2155,null),(3,0,null,null,'[]','',null,null,null);
insert into towns values (1,'Aarhus'),(2,'Bergen'),(3,'Cork');
insert into options values ('c','blue'),('s','XL');
insert into locals values (1,'one'),(2,'two');
CREATE TABLE happenings (id INT NOT NULL PRIMARY KEY, user_id INT NOT NULL, kind VARCHAR(10), amount DECIMAL(10,2));
CREATE TABLE calls (id INT NOT NULL PRIMARY KEY, event_id INT, user_id INT);
INSERT INTO happenings VALUES (1, 1, 'a', 1), (2, 2, 'b', 2), (3, 3, 'a', 3), (4, 4, 'b', NULL), (5, 5, 'c', 5);
INSERT INTO calls VALUES (1, 1, 1), (2, 1, 2), (3, 2, 3), (4, 5, 5);
select * from folk order by user_id;
--@ apart: flags: a server shows in them whether it chose a temporary table
select u.* from folk u join buys o on o.user_id=u.user_id where o.amount > 6 order by o.id;
select name, (select count(*) from buys o where o.user_id = u.user_id) n from folk u order by 1;
select count(distinct user_id), sum(amount)/count(*), group_concat(id order by id desc separator ';') from buys;
select user_id, sum(amount) s from buys group by user_id having s > 6 order by s;
select user_id, sum(amount) from buys group by user_id with rollup;
select id, row_number() over (order by amount desc, id) rn, sum(amount) over (partition by user_id) from buys order by id;
--@ apart: flags: a server shows in them whether it chose a temporary table
with c as (select user_id, count(*) n from buys group by user_id) select u.name, c.n from c join folk u using (user_id) order by 1;
with recursive r as (select 1 n union all select n+1 from r where n < 5) select r.n, u.name from r left join folk u on u.user_id=r.n order by 1;
select id from buys union select user_id from folk order by 1;
select id from buys where user_id in (select user_id from folk where city_id=1) intersect select id from buys where amount > 15;
--@ apart: flags: a server shows in them whether it chose a temporary table
select u.name, c.city, s.v from folk u left join towns c on c.id=u.city_id join options s on s.k='c' order by 1;
--@ apart: flags: a server shows in them whether it chose a temporary table
select l.b, u.name from locals l join folk u on u.user_id=l.a order by 1;
select s.v, l.b from options s, locals l order by 1,2;
--@ apart: flags: a server shows in them whether it chose a temporary table
select * from folk natural join buys order by buys.id;
select t.a from (select user_id a from folk order by user_id limit 3) t order by 1 desc;
select name from folk where user_id > all (select user_id from buys where user_id < 4) order by 1;
select std(amount), variance(amount) from buys;
select json_arrayagg(name) from (select name from folk order by name) x;
--@ apart on mysql: flags: a server shows in them whether it chose a temporary table
--@ apart on mysql: original name: as above
select ts, unix_timestamp(ts), date(ts) from folk u where exists (select 1 from buys o where o.user_id=u.user_id) order by u.user_id;
select k, b+0, e, e+0, s, s+0, j, hex(v), t, y, st_astext(g) from sundry where k in (select user_id from folk) order by k;
select count(*) from folk u, buys o;
select max(name), min(ts) from folk where user_id not in (select user_id from buys where user_id is not null);
select a.name, b.name from folk a join folk b on a.user_id < b.user_id order by 1,2 limit 3;
select distinct u.city_id, o.user_id from folk u left join buys o using(user_id) order by 1,2;
select case when sum(amount) > 10 then 'big' else 'small' end x, count(*) from buys group by user_id order by 1,2;
select bit_or(user_id) from buys where user_id in (1,2);
select f, d, f+d from folk a where user_id in (select user_id from folk) order by user_id;
select sum(f), avg(d) from folk where city_id = 1;
SELECT COUNT(DISTINCT kind) FROM happenings;
SELECT kind, COUNT(DISTINCT amount) FROM happenings GROUP BY kind ORDER BY kind;
SELECT GROUP_CONCAT(kind ORDER BY id) FROM happenings;
SELECT STDDEV(amount) FROM happenings;
SELECT kind, SUM(amount) FROM happenings GROUP BY kind WITH ROLLUP;
SELECT kind, SUM(amount) FROM happenings GROUP BY kind HAVING SUM(amount) > 2 ORDER BY kind;
SELECT id, ROW_NUMBER() OVER (ORDER BY id) FROM happenings;
SELECT SUM(amount) + 1 FROM happenings;
SELECT id FROM happenings UNION SELECT id FROM calls;
SELECT id FROM happenings UNION ALL SELECT id FROM calls;
WITH e AS (SELECT * FROM happenings) SELECT COUNT(*) FROM e;
SELECT COUNT(*) FROM (SELECT DISTINCT kind FROM happenings) AS sundry;
SELECT id FROM happenings WHERE id IN (SELECT event_id FROM calls) ORDER BY id;
SELECT id FROM happenings e WHERE EXISTS (SELECT 1 FROM calls v WHERE v.event_id = e.id) ORDER BY id;
SELECT id, (SELECT COUNT(*) FROM calls) AS n FROM happenings ORDER BY id;
--@ apart: flags: a server shows in them whether it chose a temporary table
SELECT e.id, v.id FROM happenings e JOIN calls v ON v.event_id = e.id ORDER BY 1, 2;
SELECT e.id, v.id FROM happenings e, calls v ORDER BY 1, 2;
SELECT e.id, f.id FROM happenings e JOIN happenings f ON e.kind = f.kind ORDER BY 1, 2;
SELECT SQL_CALC_FOUND_ROWS id FROM happenings ORDER BY id LIMIT 2;
SELECT FOUND_ROWS();
SELECT SQL_CALC_FOUND_ROWS user_id FROM folk WHERE user_id = 3 LIMIT 0;
SELECT FOUND_ROWS();
SELECT SQL_CALC_FOUND_ROWS city FROM towns ORDER BY id LIMIT 1;
SELECT FOUND_ROWS();
--@ apart on mysql: flags: each mention of the CTE reads a table of its own
with c as (select user_id, count(*) n from buys group by user_id) select a.user_id, a.n, b.n from c a join c b on b.user_id = a.user_id + 1 order by 1;
with c as (select user_id u, amount from buys), d as (select u, sum(amount) s from c group by u), e as (select * from d where s > (select avg(s) from d)) select e.u, e.s, (select count(*) from c where c.u = e.u) n from e order by 1;
with c(x, y) as (select user_id, name from folk where user_id < 4) select * from c where x > (select min(x) from c) union all select * from c order by 1, 2;
--@ params: 2, 5, 1
--@ apart on mysql: flags: each mention of the CTE reads a table of its own
with c as (select user_id, count(*) + ? n from buys where amount > ? group by user_id) select a.user_id, a.n, b.n from c a join c b on b.user_id = a.user_id + ? order by 1;
--@ params: 2, 'c', 1
--@ apart on mysql: flags: each mention of the CTE reads a table of its own
with c as (select b.id, b.user_id + ? n from buys b join options o on o.k = ?) select a.id, b.n from c a join c b on b.id = a.id + ? order by 1;
with c as (select user_id from buys) select max((select min(user_id) from c)), (select count(*) from c x join c y on x.user_id = y.user_id) from folk;
--@ apart on mysql: original table: each mention of the CTE is a derived table
with recursive r as (select user_id, name, 1 depth from folk where user_id = 1 union all select f.user_id, f.name, r.depth + 1 from r join folk f on f.user_id = r.user_id + 1) select a.name, b.name from r a left join r b on b.depth = a.depth + 1 order by a.depth;
select * from (with c as (select * from folk) select x.name from c x join c y on x.user_id = y.user_id) t order by 1;
select name from folk where user_id in (with c as (select user_id from buys) select user_id from c where user_id = (select max(user_id) from c where user_id < 9)) order by 1;
select f.name, o.v from folk f left join options o on 1 order by 1, 2 for update;
select user_id from folk where user_id in (select user_id from buys) order by 1 lock in share mode;
select distinct 1 as c1, 0 as c3 from folk;
select distinct 2 as a, city_id from folk order by 2;
DROP TABLE folk, buys, sundry, towns, options, locals, happenings, calls;
