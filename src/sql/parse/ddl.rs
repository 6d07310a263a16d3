//! DDL by its tokens: the tables it names, keys, and DRDS's clauses. The rest of the text is passed on as it stands.

use super::super::ast::{
    ConstraintName, ConstraintRole, CreateSelect, Ddl, DrdsPartition, ForeignKey, Span, Statement, TableName,
};
use super::super::scan::TokenKind;
use super::cursor::{Parsed, Parser};

/// Objects that CREATE, ALTER and DROP name.
const OBJECTS: &[&str] = &[
    "VIEW",
    "PROCEDURE",
    "FUNCTION",
    "TRIGGER",
    "EVENT",
    "DATABASE",
    "SCHEMA",
    "SERVER",
    "TABLESPACE",
    "SEQUENCE",
    "LOGFILE",
    "PACKAGE",
    "INSTANCE",
    "CCL_RULE",
    "UNDO",
];

/// Whether a versioned comment holds nothing that plans ask of DDL.
pub(super) fn is_option_text(comment: &[u8]) -> bool {
    let text = String::from_utf8_lossy(comment).to_ascii_uppercase();
    ![
        "PRIMARY",
        "REFERENCES",
        "AUTO_INCREMENT",
        "PARTITION",
        "BROADCAST",
        "SINGLE",
        "SELECT",
        "LIKE",
        "RENAME",
        "TABLE",
    ]
    .iter()
    .any(|word| text.contains(word))
}

/// What is gathered from the definitions of CREATE TABLE.
#[derive(Default)]
struct Definitions {
    primary_key: Vec<String>,
    /// Columns and the first words of their types.
    types: Vec<(String, String)>,
    auto_increment: Option<String>,
    references: Vec<ForeignKey>,
    constraints: Vec<ConstraintName>,
    /// `BY GROUP` behind AUTO_INCREMENT.
    sequence: Option<Span>,
}

/// What ADD adds that is no column.
const KEY_WORDS: &[&str] = &[
    "KEY",
    "INDEX",
    "UNIQUE",
    "FULLTEXT",
    "SPATIAL",
    "FOREIGN",
    "CHECK",
    "PERIOD",
    "PRIMARY",
    "CONSTRAINT",
    "PARTITION",
    "SYSTEM",
    "VECTOR",
    "GLOBAL",
    "CLUSTERED",
];

/// What is gathered from ALTER TABLE.
#[derive(Default)]
struct Alterations {
    rename_to: Option<TableName>,
    touched_columns: Vec<String>,
    added: Definitions,
    counts_from: bool,
    counted: bool,
    /// Whether the alteration at hand is an ADD.
    adds: bool,
}

impl Parser<'_> {
    pub(super) fn ddl(&mut self, verb: &str) -> Parsed<Statement> {
        let ddl = match verb {
            "CREATE" => return self.create(),
            "ALTER" => return self.alter(),
            "DROP" => return self.drop(),
            "TRUNCATE" => {
                self.bump();
                self.eat("TABLE");
                let table = self.table_name()?;
                self.eat_any(&["WAIT", "NOWAIT"]);
                Ddl::Truncate(table)
            }
            _ => {
                self.bump();
                if !self.eat_any(&["TABLE", "TABLES"]) {
                    return Err(self.refused("RENAME of anything but tables"));
                }
                Ddl::RenameTable(self.list(|p| {
                    let from = p.table_name()?;
                    p.expect("TO")?;
                    Ok((from, p.table_name()?))
                })?)
            }
        };
        Ok(Statement::Ddl(Box::new(ddl)))
    }

    /// A statement about another kind of object, by name; its body may hold semicolons.
    fn other_ddl(&mut self, verb: &str) -> Parsed<Statement> {
        let object = loop {
            let word = self.upper();
            if self.kind() == TokenKind::End {
                return Err(self.syntax());
            }
            if ["USER", "ROLE"].contains(&word.as_str()) {
                return Ok(Statement::Unsupported { name: format!("{verb} {word}") })
                    .inspect(|_| self.eat_everything());
            }
            if OBJECTS.contains(&word.as_str()) {
                break if word == "SCHEMA" { "DATABASE".to_owned() } else { word };
            }
            self.bump();
        };
        self.eat_everything();
        Ok(Statement::Ddl(Box::new(Ddl::Other { name: format!("{verb} {object}") })))
    }

    fn eat_everything(&mut self) {
        while self.kind() != TokenKind::End {
            self.bump();
        }
    }

    // --- CREATE ---

    fn create(&mut self) -> Parsed<Statement> {
        self.bump();
        let replaces = self.eat_all(&["OR", "REPLACE"]);
        let temporary = self.is_at(1, "TABLE") && self.eat("TEMPORARY");
        if self.is("TABLE") {
            if replaces {
                return Err(self.refused("CREATE OR REPLACE TABLE (write DROP TABLE IF EXISTS before it)"));
            }
            self.bump();
            return self.create_table(temporary);
        }
        let position = self.position();
        self.eat_any(&["ONLINE", "OFFLINE"]);
        self.eat_any(&["UNIQUE", "FULLTEXT", "SPATIAL"]);
        if self.is_any(&["GLOBAL", "CLUSTERED"]) && self.is_at(1, "INDEX") {
            return Err(self.refused("GLOBAL INDEX"));
        }
        if self.eat("INDEX") {
            self.eat_all(&["IF", "NOT", "EXISTS"]);
            return self.index_on("CREATE");
        }
        self.back_to(position);
        self.other_ddl("CREATE")
    }

    /// `i [USING …] ON t …`.
    fn index_on(&mut self, verb: &str) -> Parsed<Statement> {
        let index = ConstraintName { name: self.name()?, role: ConstraintRole::Index };
        if self.eat_any(&["USING", "TYPE"]) {
            self.any_name()?;
        }
        self.expect("ON")?;
        let table = self.table_name()?;
        self.no_drds_words()?;
        let ddl = if verb == "CREATE" { Ddl::CreateIndex { table } } else { Ddl::DropIndex { table, index } };
        Ok(Statement::Ddl(Box::new(ddl)))
    }

    fn create_table(&mut self, temporary: bool) -> Parsed<Statement> {
        let if_not_exists = self.eat_all(&["IF", "NOT", "EXISTS"]);
        let table = self.table_name()?;
        let mut definitions = Definitions::default();
        let mut like = None;
        let mut partition = DrdsPartition::default();
        let mut select = None;
        if self.eat("LIKE") {
            like = Some(self.table_name()?);
        } else if self.is_punct(b'(') && self.is_at(1, "LIKE") {
            self.bump();
            self.bump();
            like = Some(self.table_name()?);
            self.expect_punct(b')')?;
        } else {
            if self.is_punct(b'(') && !self.is_query_in_parentheses() {
                self.definitions(&mut definitions)?;
            }
            select = self.table_options(&mut partition)?;
        }
        let Definitions { primary_key, types, auto_increment, references, constraints, sequence } = definitions;
        partition.sequence = sequence;
        let key_type = primary_key.first().and_then(|key| {
            types.into_iter().find(|(column, _)| column.eq_ignore_ascii_case(key)).map(|(_, of_type)| of_type)
        });
        Ok(Statement::Ddl(Box::new(Ddl::CreateTable {
            table,
            temporary,
            if_not_exists,
            like,
            select,
            primary_key,
            key_type,
            auto_increment,
            references,
            constraints,
            partition,
        })))
    }

    /// `(column …, PRIMARY KEY (…), …)`.
    fn definitions(&mut self, into: &mut Definitions) -> Parsed<()> {
        self.expect_punct(b'(')?;
        loop {
            self.definition(into)?;
            if !self.eat_punct(b',') {
                break;
            }
        }
        self.expect_punct(b')')
    }

    fn definition(&mut self, into: &mut Definitions) -> Parsed<()> {
        if self.is_any(&["GLOBAL", "CLUSTERED"]) && self.is_at(1, "INDEX")
            || self.is("UNIQUE") && (self.is_at(1, "GLOBAL") || self.is_at(1, "CLUSTERED"))
        {
            return Err(self.refused("GLOBAL INDEX"));
        }
        let named = self.constraint_symbol(&mut into.constraints)?;
        if self.eat_all(&["PRIMARY", "KEY"]) {
            return self.primary_key(into);
        }
        let is_key =
            self.is_any(&["KEY", "INDEX", "UNIQUE", "FULLTEXT", "SPATIAL", "FOREIGN", "CHECK", "PERIOD", "LIKE"]);
        let column = if is_key { None } else { Some(self.name()?.text) };
        into.types.extend(column.iter().map(|column| (column.clone(), self.upper())));
        let mut own: Vec<String> = column.iter().cloned().collect();
        let mut unique = false;
        while !self.is_punct(b',') && !self.is_punct(b')') {
            let word = self.upper();
            match word.as_str() {
                "FOREIGN" if is_key => {
                    own = self.foreign_key_columns(named, &mut into.constraints)?;
                    continue;
                }
                "CONSTRAINT" => {
                    self.constraint_symbol(&mut into.constraints)?;
                    continue;
                }
                "REFERENCES" => {
                    self.bump();
                    into.references.push(self.reference(own.clone())?);
                    continue;
                }
                "AUTO_INCREMENT" => {
                    into.auto_increment = column.clone();
                    self.bump();
                    self.sequence_kind(into)?;
                    continue;
                }
                "PRIMARY" | "KEY" if !unique => into.primary_key.extend(column.clone()),
                _ => {}
            }
            // `PRIMARY KEY` is one thing, `UNIQUE KEY` no primary key.
            if word == "PRIMARY" && self.is_at(1, "KEY") {
                self.bump();
            }
            unique = word == "UNIQUE";
            self.definition_token()?;
        }
        Ok(())
    }

    /// DRDS's kind of sequence behind AUTO_INCREMENT.
    fn sequence_kind(&mut self, into: &mut Definitions) -> Parsed<()> {
        let start = self.start();
        if self.eat("BY") {
            if !self.eat("GROUP") {
                return Err(self.refused("AUTO_INCREMENT BY anything but GROUP"));
            }
            into.sequence = Some(self.span_from(start));
        }
        Ok(())
    }

    fn definition_token(&mut self) -> Parsed<()> {
        if self.is("DEFAULT") && self.defaults_to_sequence() {
            return Err(self.refused("a default that is a sequence's value"));
        }
        if self.is_punct(b'(') {
            return self.eat_parentheses();
        }
        if self.bump().kind == TokenKind::End {
            return Err(self.syntax());
        }
        Ok(())
    }

    /// `[USING BTREE] (a, b(10) DESC) …` behind PRIMARY KEY.
    fn primary_key(&mut self, into: &mut Definitions) -> Parsed<()> {
        while !self.is_punct(b'(') {
            if self.bump().kind == TokenKind::End {
                return Err(self.syntax());
            }
        }
        self.bump();
        into.primary_key = self.list(|p| {
            let name = p.name()?.text;
            if p.is_punct(b'(') {
                p.eat_parentheses()?;
            }
            p.eat_any(&["ASC", "DESC"]);
            Ok(name)
        })?;
        self.expect_punct(b')')?;
        while !self.is_punct(b',') && !self.is_punct(b')') {
            self.definition_token()?;
        }
        Ok(())
    }

    /// What stands behind the definitions; the query among it.
    fn table_options(&mut self, partition: &mut DrdsPartition) -> Parsed<Option<CreateSelect>> {
        while !self.at_end() && !self.is_punct(b';') {
            if let Some(select) = self.create_select()? {
                return Ok(Some(select));
            }
            if self.is("UNION") {
                return Err(self.refused("tables of the MERGE engine"));
            }
            if self.is_drds_word() {
                let start = self.start();
                if partition.span.is_some_and(|span| span.end != self.last_end()) {
                    return Err(self.refused("DRDS clauses with other options between them"));
                }
                self.drds_clause(partition)?;
                let start = partition.span.map_or(start, |span| span.start);
                partition.span = Some(self.span_from(start));
            } else {
                self.definition_token()?;
                // A value is never a clause: `ENGINE = single`.
                if self.eat_punct(b'=') {
                    self.definition_token()?;
                }
            }
        }
        Ok(None)
    }

    /// `[IGNORE | REPLACE] [AS] query`, if that stands here: then it is eaten, with all that follows.
    fn create_select(&mut self) -> Parsed<Option<CreateSelect>> {
        let (position, head_end) = (self.position(), self.last_end());
        let ignore = self.eat("IGNORE");
        let replace = !ignore && self.eat("REPLACE");
        self.eat("AS");
        if !self.is_query_word_at(0) && !self.is_query_in_parentheses() {
            self.back_to(position);
            return Ok(None);
        }
        let start = self.start();
        while !self.at_end() && !self.is_punct(b';') {
            self.bump();
        }
        let query = self.span_from(start);
        self.expect_end()?;
        Ok(Some(CreateSelect { ignore, replace, head_end, query }))
    }

    fn is_drds_word(&self) -> bool {
        self.is_any(&["DBPARTITION", "TBPARTITION", "TBPARTITIONS", "BROADCAST", "SINGLE", "STARTWITH", "ENDWITH"])
    }

    fn drds_clause(&mut self, partition: &mut DrdsPartition) -> Parsed<()> {
        let twice = |p: &Self| p.refused("a DRDS clause written twice");
        match self.upper().as_str() {
            "DBPARTITION" if partition.dbpartition.is_none() => partition.dbpartition = Some(self.drds_function()?),
            "TBPARTITION" if partition.tbpartition.is_none() => partition.tbpartition = Some(self.drds_function()?),
            "TBPARTITIONS" if partition.tbpartitions.is_none() => {
                self.bump();
                let token = self.token();
                let digits = std::str::from_utf8(self.bytes(token.span)).unwrap_or_default();
                partition.tbpartitions = Some(digits.parse().map_err(|_| self.syntax())?);
                self.bump();
            }
            "BROADCAST" => {
                self.bump();
                partition.broadcast = true;
            }
            "SINGLE" => {
                self.bump();
                partition.single = true;
            }
            "STARTWITH" | "ENDWITH" => return Err(self.refused("STARTWITH and ENDWITH")),
            _ => return Err(twice(self)),
        }
        Ok(())
    }

    /// `DBPARTITION BY f(a, b)` as `f(a,b)`, lower case, without backquotes.
    fn drds_function(&mut self) -> Parsed<String> {
        self.bump();
        self.expect("BY")?;
        let mut text = self.name()?.text;
        self.expect_punct(b'(')?;
        text.push('(');
        while !self.is_punct(b')') {
            match self.kind() {
                TokenKind::Word | TokenKind::Quoted => text.push_str(&self.any_name()?.text),
                TokenKind::Literal(_) | TokenKind::Punct(b',' | b'-') => {
                    let span = self.bump().span;
                    text.push_str(&String::from_utf8_lossy(self.bytes(span)));
                }
                _ => return Err(self.syntax()),
            }
        }
        self.bump();
        text.push(')');
        Ok(text.to_lowercase())
    }

    /// Eats the rest, in which no DRDS clause may stand.
    fn no_drds_words(&mut self) -> Parsed<()> {
        while !self.at_end() && !self.is_punct(b';') {
            if self.is_any(&["DBPARTITION", "TBPARTITION", "TBPARTITIONS", "COVERING"]) {
                return Err(self.refused("DRDS clauses outside CREATE TABLE"));
            }
            self.bump();
        }
        self.expect_end()
    }

    // --- DROP, ALTER ---

    fn drop(&mut self) -> Parsed<Statement> {
        self.bump();
        if self.is("PREPARE") {
            return self.deallocate();
        }
        let temporary = (self.is_at(1, "TABLE") || self.is_at(1, "TABLES")) && self.eat("TEMPORARY");
        if self.eat_any(&["TABLE", "TABLES"]) {
            let if_exists = self.eat_all(&["IF", "EXISTS"]);
            let tables = self.list(Self::table_name)?;
            self.eat_any(&["RESTRICT", "CASCADE"]);
            return Ok(Statement::Ddl(Box::new(Ddl::DropTable { tables, if_exists, temporary })));
        }
        let position = self.position();
        self.eat_any(&["ONLINE", "OFFLINE"]);
        if self.eat("INDEX") {
            self.eat_all(&["IF", "EXISTS"]);
            return self.index_on("DROP");
        }
        self.back_to(position);
        self.other_ddl("DROP")
    }

    fn alter(&mut self) -> Parsed<Statement> {
        self.bump();
        let position = self.position();
        self.eat_any(&["ONLINE", "OFFLINE"]);
        self.eat("IGNORE");
        if !self.eat("TABLE") {
            self.back_to(position);
            return self.other_ddl("ALTER");
        }
        self.eat_all(&["IF", "EXISTS"]);
        let table = self.table_name()?;
        let mut altered = Alterations::default();
        loop {
            self.alter_head(&mut altered)?;
            self.alter_rest(&mut altered)?;
            if !self.eat_punct(b',') {
                break;
            }
        }
        let Alterations { rename_to, touched_columns, added, counts_from, counted, .. } = altered;
        let Definitions { references, constraints, .. } = added;
        let ddl = Ddl::AlterTable { table, rename_to, references, constraints, touched_columns, counts_from, counted };
        Ok(Statement::Ddl(Box::new(ddl)))
    }

    /// The beginning of one alteration, as far as it names tables and columns.
    fn alter_head(&mut self, altered: &mut Alterations) -> Parsed<()> {
        let Alterations { rename_to, touched_columns: touched, added, adds, counted, .. } = altered;
        *adds = self.is("ADD");
        match self.upper().as_str() {
            "ADD" => {
                self.bump();
                let column = self.eat("COLUMN") || !self.is_any(KEY_WORDS);
                self.eat_all(&["IF", "NOT", "EXISTS"]);
                // Anything that CREATE TABLE takes may stand in these parentheses.
                if self.is_punct(b'(') {
                    self.definitions(added)?;
                    *counted |= added.auto_increment.is_some();
                } else if column {
                    self.name()?;
                    *counted |= self.is("SERIAL");
                }
            }
            "RENAME" => {
                self.bump();
                if self.eat("COLUMN") {
                    touched.push(self.name()?.text);
                } else if self.eat_any(&["INDEX", "KEY"]) {
                    self.existing(ConstraintRole::Index, &mut added.constraints)?;
                } else {
                    if !self.eat_any(&["TO", "AS"]) {
                        self.eat_punct(b'=');
                    }
                    *rename_to = Some(self.table_name()?);
                }
            }
            "DROP" => {
                self.bump();
                let column = self.eat("COLUMN");
                if !column && (self.eat_all(&["FOREIGN", "KEY"]) || self.eat_any(&["CONSTRAINT", "CHECK"])) {
                    self.existing(ConstraintRole::Constraint, &mut added.constraints)?;
                } else if !column && self.eat_any(&["INDEX", "KEY"]) {
                    self.existing(ConstraintRole::Index, &mut added.constraints)?;
                } else if column || !self.is_any(&["PRIMARY", "PARTITION", "SYSTEM", "PERIOD"]) {
                    self.eat_all(&["IF", "EXISTS"]);
                    touched.push(self.name()?.text);
                }
            }
            "CHANGE" | "MODIFY" | "ALTER" => {
                self.bump();
                self.eat("COLUMN");
                self.eat_all(&["IF", "EXISTS"]);
                if self.eat_any(&["CHECK", "CONSTRAINT"]) {
                    self.existing(ConstraintRole::Constraint, &mut added.constraints)?;
                } else if self.eat_any(&["INDEX", "KEY"]) {
                    self.existing(ConstraintRole::Index, &mut added.constraints)?;
                } else {
                    touched.push(self.name()?.text);
                }
            }
            "EXCHANGE" => return Err(self.refused("ALTER TABLE … EXCHANGE PARTITION")),
            "UNION" => return Err(self.refused("tables of the MERGE engine")),
            _ => {}
        }
        Ok(())
    }

    /// The rest of one alteration, up to a comma.
    fn alter_rest(&mut self, altered: &mut Alterations) -> Parsed<()> {
        let (mut own, mut named) = (Vec::new(), false);
        let Alterations { added, counts_from, counted, adds, .. } = altered;
        while !self.at_end() && !self.is_punct(b';') && !self.is_punct(b',') {
            if self.eat("REFERENCES") {
                added.references.push(self.reference(own.clone())?);
            } else if self.eat("AUTO_INCREMENT") {
                // With a number it is the table's option, without one a column's.
                let number = self.is_punct(b'=') || matches!(self.kind(), TokenKind::Literal(_));
                *counts_from |= number;
                *counted |= *adds && !number;
            } else if self.is("FOREIGN") && self.is_at(1, "KEY") {
                own = self.foreign_key_columns(named, &mut added.constraints)?;
            } else if self.is("CONSTRAINT") {
                named = self.constraint_symbol(&mut added.constraints)?;
            } else if self.is_any(&["DBPARTITION", "TBPARTITION", "TBPARTITIONS"]) {
                return Err(self.refused("DRDS clauses outside CREATE TABLE"));
            } else if self.is("GLOBAL") && self.is_at(1, "INDEX") {
                return Err(self.refused("GLOBAL INDEX"));
            } else if self.is("REFERENCES") {
                return Err(self.syntax());
            } else {
                self.definition_token()?;
            }
        }
        Ok(())
    }
}
