show databases like 'sho_';
use shop;
drop table if exists cli_fruit;
create table cli_fruit (id int not null primary key, name varchar(20), price decimal(8,2));
insert into cli_fruit values (1, 'apple', 0.50), (2, 'pear', 0.75), (3, 'Öl', null);
show tables like 'cli%';
desc cli_fruit;
select * from cli_fruit order by id;
select count(*) as n, sum(price) as total from cli_fruit;
select database(), user() like 'app@%';
show create table cli_fruit\G
status
update cli_fruit set price = 1 where id = 3;
\! true
select name from cli_fruit where id = 3;
select nothing from cli_fruit;
show warnings;
drop table cli_fruit;
