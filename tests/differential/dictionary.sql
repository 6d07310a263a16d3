-- information_schema of logical tables: what libraries ask of it, and what else a query may do with it.
-- rules:
--   dict_users: { dbpartition: hash(id), tbpartition: hash(id), tbpartitions: 2 }
--   dict_orders: { dbpartition: hash(user_id), tbpartition: hash(user_id), tbpartitions: 2, binding: dict_users }
--   dict_items: { dbpartition: hash(user_id), tbpartition: hash(user_id), tbpartitions: 2, binding: dict_users }
--   dict_cities: { broadcast: true }
-- rules of lab:
--   dict_far: { dbpartition: hash(id) }

CREATE TABLE dict_users (id BIGINT NOT NULL, name VARCHAR(40) NOT NULL DEFAULT 'it''s', mail VARCHAR(60) COLLATE utf8mb4_bin, born DATE, score DECIMAL(8,3) UNSIGNED DEFAULT 1.500, kind ENUM('a','b\\c','é') DEFAULT 'b\\c', made DATETIME(3) DEFAULT CURRENT_TIMESTAMP(3) ON UPDATE CURRENT_TIMESTAMP(3), twice BIGINT GENERATED ALWAYS AS (id * 2) STORED COMMENT 'two ''times''', PRIMARY KEY (id), UNIQUE KEY by_mail (id, mail), KEY by_name (name(10) DESC, born), CHECK (score >= 0)) COMMENT 'those who buy';
CREATE TABLE dict_orders (id BIGINT NOT NULL, user_id BIGINT NOT NULL, note TEXT, PRIMARY KEY (id, user_id), FOREIGN KEY (user_id) REFERENCES dict_users (id) ON DELETE CASCADE);
CREATE TABLE dict_items (id BIGINT NOT NULL, user_id BIGINT NOT NULL, PRIMARY KEY (id, user_id), CONSTRAINT of_user FOREIGN KEY (user_id) REFERENCES dict_users (id));
CREATE TABLE dict_cities (id INT NOT NULL AUTO_INCREMENT PRIMARY KEY, flag BIT(3), doc JSON, place POINT);
CREATE TABLE dict_plain (id INT, KEY (id));
CREATE TABLE lab.dict_far (id INT PRIMARY KEY);

--@ unordered
--@ apart on mysql: metadata: its own are views over other tables
SELECT table_name, table_schema, TABLE_TYPE, Engine, table_collation, table_comment FROM information_schema.tables WHERE table_schema = DATABASE() AND table_name LIKE 'dict\_%';
--@ apart on mysql: metadata: its own are views over other tables
SELECT TABLE_NAME FROM INFORMATION_SCHEMA.TABLES WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = 'dict_orders';
--@ apart on mysql: metadata: its own are views over other tables
SELECT count(*) FROM information_schema.tables WHERE table_schema = DATABASE() AND table_name = 'dict_users' AND table_type = 'BASE TABLE';
--@ params: 'dict_users', 'BASE TABLE'
--@ apart on mysql: metadata: its own are views over other tables
SELECT count(*) FROM information_schema.tables WHERE table_schema = DATABASE() AND table_name = ? AND table_type = ?;
--@ apart on mysql: metadata: its own are views over other tables
SELECT 1 FROM information_schema.tables WHERE table_schema = DATABASE() AND table_name = 'dict_users_0';
--@ apart on mysql: metadata: its own are views over other tables
SELECT t.table_schema, t.table_name FROM information_schema.tables AS t WHERE t.table_name LIKE 'dict\_%' ORDER BY 1, 2;
--@ apart on mysql: metadata: its own are views over other tables
SELECT tables.table_name FROM information_schema.tables WHERE tables.table_name = 'dict_far';
--@ apart on mysql: metadata: its own are views over other tables
SELECT information_schema.tables.table_name, information_schema.tables.table_schema FROM information_schema.tables WHERE information_schema.tables.table_name = 'dict_far';

--@ apart: length: MariaDB's own long texts are announced shorter than those of a table
--@ apart on mysql: metadata: its own are views over other tables
SELECT * FROM information_schema.columns WHERE table_schema = DATABASE() AND table_name = 'dict_users' ORDER BY ordinal_position;
--@ apart: length: MariaDB's own long texts are announced shorter than those of a table
--@ apart on mysql: metadata: its own are views over other tables
SELECT * FROM information_schema.COLUMNS c WHERE c.table_schema = DATABASE() AND c.table_name IN ('dict_orders', 'dict_plain', 'dict_cities') ORDER BY c.table_name, c.ORDINAL_POSITION;
--@ apart on mysql: metadata: its own are views over other tables
SELECT column_name, data_type, CASE WHEN collation_name = 'utf8mb4_bin' THEN NULL ELSE collation_name END AS collation_name, CASE WHEN column_type LIKE '%unsigned%' THEN 1 ELSE 0 END AS is_unsigned, column_comment FROM information_schema.columns WHERE table_name = 'dict_users' AND table_schema = DATABASE() ORDER BY column_name;
--@ params: 'dict_users'
--@ apart: length: MariaDB's own long texts are announced shorter than those of a table
--@ apart on mysql: metadata: its own are views over other tables
SELECT column_name, column_default, is_nullable = 'YES', data_type, character_maximum_length, column_type, column_key, extra, column_comment, numeric_precision, numeric_scale, datetime_precision FROM information_schema.columns WHERE table_schema = DATABASE() AND table_name = ? ORDER BY ORDINAL_POSITION;
--@ apart on mysql: metadata: its own are views over other tables
SELECT table_name, group_concat(column_name ORDER BY ordinal_position) AS cols FROM information_schema.columns WHERE table_schema = DATABASE() AND table_name LIKE 'dict\_%' GROUP BY table_name HAVING COUNT(*) > 1 ORDER BY MAX(ordinal_position) DESC, table_name;

--@ unordered
--@ apart on mysql: metadata: its own are views over other tables
SELECT TABLE_SCHEMA, TABLE_NAME, NON_UNIQUE, INDEX_SCHEMA, INDEX_NAME, SEQ_IN_INDEX, COLUMN_NAME, COLLATION, SUB_PART, NULLABLE, INDEX_TYPE FROM information_schema.statistics WHERE table_schema = DATABASE() AND table_name LIKE 'dict\_%';
--@ apart on mysql: metadata: its own are views over other tables
SELECT index_name, group_concat(column_name ORDER BY seq_in_index) AS `columns`, index_type, not non_unique AS `unique` FROM information_schema.statistics WHERE table_schema = DATABASE() AND table_name = 'dict_users' GROUP BY index_name, index_type, non_unique ORDER BY index_name;

--@ unordered
--@ apart on mysql: metadata: its own are views over other tables
SELECT * FROM information_schema.key_column_usage WHERE table_schema = DATABASE() AND table_name LIKE 'dict\_%';
--@ apart on mysql: metadata: its own are views over other tables
SELECT kc.constraint_name, kc.column_name, kc.referenced_table_schema, kc.referenced_table_name, kc.referenced_column_name, rc.update_rule, rc.delete_rule FROM information_schema.key_column_usage kc JOIN information_schema.referential_constraints rc ON kc.constraint_schema = rc.constraint_schema AND kc.constraint_name = rc.constraint_name WHERE kc.table_schema = DATABASE() AND kc.table_name = 'dict_orders' AND kc.referenced_table_name IS NOT NULL;
--@ unordered
--@ apart on mysql: metadata: its own are views over other tables
SELECT * FROM information_schema.referential_constraints WHERE constraint_schema = DATABASE() AND table_name LIKE 'dict\_%';
--@ unordered
--@ apart on mysql: metadata: its own are views over other tables
SELECT * FROM information_schema.table_constraints WHERE table_schema = DATABASE() AND table_name LIKE 'dict\_%';
--@ only: mariadb
--@ apart: length: MariaDB's own long texts are announced shorter than those of a table
--@ apart on mysql: metadata: its own are views over other tables
SELECT c.constraint_name, c.check_clause, c.level FROM information_schema.check_constraints AS c WHERE c.constraint_schema = DATABASE() AND c.table_name = 'dict_users';
--@ only: mysql
--@ apart: length: MariaDB's own long texts are announced shorter than those of a table
--@ apart on mysql: metadata: its own are views over other tables
SELECT cc.constraint_name, cc.check_clause FROM information_schema.check_constraints AS cc, information_schema.table_constraints AS tc WHERE cc.constraint_schema = DATABASE() AND tc.table_schema = cc.constraint_schema AND cc.constraint_name = tc.constraint_name AND tc.constraint_type = 'CHECK' AND tc.table_name = 'dict_users';

--@ apart on mysql: metadata: its own are views over other tables
SELECT schema_name FROM information_schema.schemata WHERE schema_name = DATABASE();
--@ apart on mysql: metadata: its own are views over other tables
SELECT SCHEMA_NAME FROM information_schema.SCHEMATA WHERE SCHEMA_NAME IN (DATABASE(), 'lab', 'nowhere') ORDER BY 1;
--@ apart on mysql: metadata: its own are views over other tables
SELECT c.column_name, x.description FROM information_schema.columns c JOIN information_schema.character_sets x ON c.character_set_name = x.character_set_name WHERE c.table_schema = DATABASE() AND c.table_name = 'dict_users' ORDER BY 1;
--@ apart on mysql: metadata: its own are views over other tables
SELECT name FROM (SELECT table_name AS name FROM information_schema.tables WHERE table_schema = DATABASE() UNION SELECT column_name FROM information_schema.columns WHERE table_schema = DATABASE() AND table_name = 'dict_plain') x WHERE name IN ('dict_plain', 'id', 'dict_far') ORDER BY name;
--@ apart on mysql: metadata: its own are views over other tables
SELECT EXISTS (SELECT * FROM information_schema.tables WHERE table_schema = 'lab' AND table_name = 'dict_far') AS there, (SELECT COUNT(*) FROM information_schema.columns WHERE table_schema = 'lab') AS columns_of_lab;
--@ apart on mysql: metadata: its own are views over other tables
SELECT table_name, table_rows FROM information_schema.tables WHERE table_schema = DATABASE() AND table_name = 'dict_plain';
--@ apart on mysql: metadata: its own are views over other tables
SELECT a.table_name FROM information_schema.tables a JOIN information_schema.tables b USING (table_schema, table_name) WHERE a.table_schema = 'lab' ORDER BY 1;

--@ error
SELECT nothing FROM information_schema.tables;
--@ refused: 21002
SELECT t.table_name FROM information_schema.tables t JOIN dict_plain p;
--@ refused: 21002
SELECT COUNT(*) FROM information_schema.processlist;
--@ refused: 21002
INSERT INTO dict_plain SELECT COUNT(*) FROM information_schema.tables;

START TRANSACTION;
INSERT INTO dict_plain VALUES (1);
--@ apart on mysql: metadata: its own are views over other tables
SELECT table_name FROM information_schema.tables WHERE table_schema = DATABASE() AND table_name = 'dict_plain';
SELECT COUNT(*) FROM dict_plain;
ROLLBACK;
SELECT COUNT(*) FROM dict_plain;

-- Names of the client's own, which the physical tables of one database cannot share.
--@ apart on mysql: metadata: its own are views over other tables
SELECT CONSTRAINT_NAME, COLUMN_NAME, REFERENCED_TABLE_NAME FROM information_schema.KEY_COLUMN_USAGE WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = 'dict_items' ORDER BY CONSTRAINT_NAME, ORDINAL_POSITION;
--@ apart on mysql: metadata: its own are views over other tables
SELECT CONSTRAINT_NAME, UNIQUE_CONSTRAINT_NAME, REFERENCED_TABLE_NAME FROM information_schema.REFERENTIAL_CONSTRAINTS WHERE CONSTRAINT_SCHEMA = DATABASE() AND TABLE_NAME = 'dict_items';
--@ apart on mysql: metadata: its own are views over other tables
SELECT INDEX_NAME, COLUMN_NAME FROM information_schema.STATISTICS WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = 'dict_items' ORDER BY 1, SEQ_IN_INDEX;
--@ apart on mysql: metadata: its own are views over other tables
SELECT CONSTRAINT_NAME, CONSTRAINT_TYPE FROM information_schema.TABLE_CONSTRAINTS WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = 'dict_items' ORDER BY 1;
--@ apart on mysql: metadata: its plan shows in it
SHOW TRIGGERS LIKE 'dict\_%';
--@ apart on mysql: metadata: its plan shows in it
SHOW TRIGGERS FROM lab;
--@ unordered
--@ apart on mysql: metadata: its own are views over other tables
SELECT TRIGGER_NAME, EVENT_OBJECT_TABLE FROM information_schema.triggers WHERE EVENT_OBJECT_SCHEMA = DATABASE() AND EVENT_OBJECT_TABLE = 'dict_users';
DROP TABLE dict_items;
DROP TABLE dict_plain;
--@ apart on mysql: metadata: its own are views over other tables
SELECT table_name FROM information_schema.tables WHERE table_schema = DATABASE() AND table_name = 'dict_plain';
DROP TABLE dict_orders, dict_users, dict_cities, lab.dict_far;
