//! LOAD DATA LOCAL INFILE. The server's own files, and LOAD XML, are named and not read.

use super::super::ast::{LiteralKind, LoadData, LoadTarget, Span, Statement};
use super::super::literal;
use super::super::scan::TokenKind;
use super::cursor::{Parsed, Parser};
use crate::value::Value;

impl Parser<'_> {
    pub(super) fn load(&mut self) -> Parsed<Statement> {
        let position = self.position();
        self.bump();
        let data = self.eat("DATA");
        self.eat_any(&["LOW_PRIORITY", "CONCURRENT"]);
        if !data || !self.eat("LOCAL") {
            self.back_to(position);
            return self.unserved(1);
        }
        self.expect("INFILE")?;
        let file = self.string_value()?;
        let replace = self.eat("REPLACE");
        if !replace {
            self.eat("IGNORE");
        }
        self.expect("INTO")?;
        self.expect("TABLE")?;
        let table = self.table_name()?;
        let partition_start = self.start();
        let mut partition = None;
        if self.eat("PARTITION") {
            self.names_in_parentheses()?;
            partition = Some(self.span_from(partition_start));
        }
        let at = Span::default();
        let mut load = LoadData {
            file,
            replace,
            table,
            partition,
            charset_at: self.last_end(),
            charset: None,
            field_end: b"\t".to_vec(),
            enclosed: Vec::new(),
            escaped: None,
            line_start: Vec::new(),
            line_end: b"\n".to_vec(),
            skipped: None,
            targets: Vec::new(),
            targets_at: at,
            assignments: Vec::new(),
        };
        if self.eat_all(&["CHARACTER", "SET"]) || self.eat_all(&["CHAR", "SET"]) || self.eat("CHARSET") {
            load.charset = Some(self.file_charset()?.to_ascii_lowercase());
        }
        self.fields(&mut load)?;
        self.lines(&mut load)?;
        let start = self.start();
        if self.eat("IGNORE") {
            let lines = self.whole_number()?;
            if !self.eat_any(&["LINES", "ROWS"]) {
                return Err(self.syntax());
            }
            load.skipped = Some((lines, self.span_from(start)));
        }
        let end = self.last_end();
        load.targets_at = Span { start: end, end };
        let start = self.start();
        if self.eat_punct(b'(') {
            if !self.is_punct(b')') {
                load.targets = self.list(Self::load_target)?;
            }
            self.expect_punct(b')')?;
            load.targets_at = self.span_from(start);
        }
        if self.eat("SET") {
            load.assignments = self.list(Self::assignment)?;
        }
        Ok(Statement::LoadData(Box::new(load)))
    }

    fn fields(&mut self, load: &mut LoadData) -> Parsed<()> {
        if !self.eat_any(&["FIELDS", "COLUMNS"]) {
            return Ok(());
        }
        let before = self.position();
        loop {
            if self.eat_all(&["TERMINATED", "BY"]) {
                load.field_end = self.separator()?;
            } else if self.eat_all(&["OPTIONALLY", "ENCLOSED", "BY"]) || self.eat_all(&["ENCLOSED", "BY"]) {
                load.enclosed = self.separator()?;
            } else if self.eat_all(&["ESCAPED", "BY"]) {
                load.escaped = Some(self.separator()?);
            } else if self.position() == before {
                return Err(self.syntax());
            } else {
                return Ok(());
            }
        }
    }

    fn lines(&mut self, load: &mut LoadData) -> Parsed<()> {
        if !self.eat("LINES") {
            return Ok(());
        }
        let before = self.position();
        loop {
            if self.eat_all(&["TERMINATED", "BY"]) {
                load.line_end = self.separator()?;
            } else if self.eat_all(&["STARTING", "BY"]) {
                load.line_start = self.separator()?;
            } else if self.position() == before {
                return Err(self.syntax());
            } else {
                return Ok(());
            }
        }
    }

    /// A string; also in hexadecimal or binary digits.
    fn separator(&mut self) -> Parsed<Vec<u8>> {
        let token = self.token();
        let TokenKind::Literal(kind @ (LiteralKind::Hex | LiteralKind::Bit)) = token.kind else {
            return self.string_value();
        };
        self.bump();
        let literal = super::super::Literal { span: token.span, kind, param: 0 };
        match literal::value(self.text, &literal, self.mode) {
            Ok(Value::Bytes(bytes)) => Ok(bytes.into_owned()),
            _ => Err(self.syntax_at(token.span.start)),
        }
    }

    fn whole_number(&mut self) -> Parsed<u64> {
        let token = self.token();
        let digits = std::str::from_utf8(self.bytes(token.span)).ok().and_then(|digits| digits.parse().ok());
        match (token.kind, digits) {
            (TokenKind::Literal(LiteralKind::Int), Some(number)) => {
                self.bump();
                Ok(number)
            }
            _ => Err(self.syntax()),
        }
    }

    fn file_charset(&mut self) -> Parsed<String> {
        match self.kind() {
            TokenKind::Literal(LiteralKind::String) => {
                let name = self.string_value()?;
                Ok(String::from_utf8_lossy(&name).into_owned())
            }
            // A reserved word, and a charset.
            _ if self.is("BINARY") => self.any_name().map(|name| name.text),
            _ => self.name().map(|name| name.text),
        }
    }

    fn load_target(&mut self) -> Parsed<LoadTarget> {
        if self.kind() == TokenKind::UserVariable {
            return self.user_variable_name().map(LoadTarget::Variable);
        }
        self.column().map(LoadTarget::Column)
    }
}
