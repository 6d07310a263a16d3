//! The lines of a file as LOAD DATA reads them: where each ends, and the values of the few fields that are asked for.
//!
//! A server reads a file byte by byte, and what it makes of unusual files follows from how it does that: a terminator
//! counts in a field only as far as quotes and escapes leave it, and behind the last field it counts whatever the quotes
//! say. This goes the same way. Always holds: a line that begins where the one before it has ended is read by a server as
//! it is read here, also when other lines stand around it; where that is not sure there is a [`LineFault`].

/// What a file looks like.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LineFormat {
    /// How many fields are taken from a line; what is behind them is passed over.
    pub fields: usize,
    /// FIELDS TERMINATED BY.
    pub field_end: Box<[u8]>,
    /// LINES TERMINATED BY; empty when it is the same as `field_end`: then so many fields are a line.
    pub line_end: Box<[u8]>,
    /// LINES STARTING BY.
    pub line_start: Box<[u8]>,
    /// FIELDS ENCLOSED BY.
    pub enclosed: Option<u8>,
    /// FIELDS ESCAPED BY.
    pub escape: Option<u8>,
    /// The fields whose values are asked for, rising.
    pub wanted: Box<[usize]>,
    /// The file's charset is UTF-8; else a letter is a byte.
    pub utf8: bool,
}

/// A field of a line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FieldValue {
    /// Its bytes, without quotes and escapes.
    pub bytes: Vec<u8>,
    /// It is NULL.
    pub null: bool,
    /// The line ends before it.
    pub missing: bool,
}

/// What stands at the front of some bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LineRead {
    /// A line.
    Line {
        /// Where its first field begins.
        fields_at: usize,
        /// Where the next line begins.
        end: usize,
    },
    /// Not all of a line.
    More,
    /// No line follows.
    End,
}

/// Bytes that servers do not read alike, or not alike in another place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("it is not UTF-8")]
pub struct LineFault;

/// Why reading stops early.
enum Stop {
    More,
    Fault,
}

/// What a field ends with.
#[derive(Clone, Copy, PartialEq, Eq)]
enum FieldEnd {
    Field,
    Line,
}

struct Reader<'a> {
    format: &'a LineFormat,
    bytes: &'a [u8],
    /// Nothing comes behind the bytes.
    last: bool,
}

// === impl LineFormat ===

impl LineFormat {
    /// Reads the line at the front, and the wanted fields of it; `last` says that no bytes come behind these.
    ///
    /// # Errors
    /// [`LineFault`].
    pub fn read(&self, bytes: &[u8], last: bool, values: &mut [FieldValue]) -> Result<LineRead, LineFault> {
        told(Reader { format: self, bytes, last }.line(values))
    }

    /// Passes over the line at the front, as IGNORE n LINES does.
    ///
    /// # Errors
    /// [`LineFault`].
    pub fn skip(&self, bytes: &[u8], last: bool) -> Result<LineRead, LineFault> {
        let reader = Reader { format: self, bytes, last };
        told(reader.byte(0).and_then(|first| match first {
            None => Ok(LineRead::End),
            Some(_) => reader.rest(0).map(|end| LineRead::Line { fields_at: 0, end }),
        }))
    }
}

fn told(read: Result<LineRead, Stop>) -> Result<LineRead, LineFault> {
    match read {
        Ok(read) => Ok(read),
        Err(Stop::More) => Ok(LineRead::More),
        Err(Stop::Fault) => Err(LineFault),
    }
}

// === impl Reader ===

impl Reader<'_> {
    /// The byte at a place; None at the end of the file.
    fn byte(&self, at: usize) -> Result<Option<u8>, Stop> {
        match self.bytes.get(at) {
            None if !self.last => Err(Stop::More),
            byte => Ok(byte.copied()),
        }
    }

    /// Whether a terminator stands at a place.
    fn stands(&self, terminator: &[u8], at: usize) -> Result<bool, Stop> {
        let here = self.bytes.get(at..).unwrap_or_default();
        if let (Some(byte), Some(first)) = (here.first(), terminator.first())
            && byte != first
        {
            return Ok(false);
        }
        if here.len() < terminator.len() && !self.last && terminator.starts_with(here) {
            return Err(Stop::More);
        }
        Ok(!terminator.is_empty() && here.starts_with(terminator))
    }

    fn line(&self, values: &mut [FieldValue]) -> Result<LineRead, Stop> {
        for value in values.iter_mut() {
            value.bytes.clear();
            (value.null, value.missing) = (false, true);
        }
        let Some(fields_at) = self.start()? else { return Ok(LineRead::End) };
        let mut wanted = self.format.wanted.iter().zip(values).peekable();
        let (mut at, mut over) = (fields_at, false);
        for number in 0..self.format.fields {
            let value = wanted.next_if(|(field, _)| **field == number).map(|(_, value)| value);
            match self.field(at, value)? {
                None if number == 0 => return Ok(LineRead::End),
                None => over = true,
                Some((next, end)) => (at, over) = (next, end == FieldEnd::Line),
            }
            if over {
                break;
            }
        }
        let end = if over { at } else { self.rest(at)? };
        self.whole_letters(end)?;
        Ok(LineRead::Line { fields_at, end })
    }

    /// Where the fields begin: behind LINES STARTING BY, wherever that is.
    fn start(&self) -> Result<Option<usize>, Stop> {
        let start = &self.format.line_start;
        let mut at = 0;
        while !start.is_empty() {
            if self.byte(at)?.is_none() {
                return Ok(None);
            }
            if self.stands(start, at)? {
                return Ok(Some(at + start.len()));
            }
            at += 1;
        }
        Ok(Some(0))
    }

    /// Reads a field: where the next one begins, and what ended this one. None where there is none.
    fn field(&self, start: usize, mut value: Option<&mut FieldValue>) -> Result<Option<(usize, FieldEnd)>, Stop> {
        let LineFormat { field_end, line_end, escape, .. } = self.format;
        let Some(first) = self.byte(start)? else { return Ok(None) };
        let quote = self.format.enclosed.filter(|quote| *quote == first);
        let mut at = start + usize::from(quote.is_some());
        let mut found_null = false;
        let mut push = |byte: u8| {
            if let Some(value) = &mut value {
                value.bytes.push(byte);
            }
        };
        let (end, enclosed) = loop {
            let Some(byte) = self.byte(at)? else { break ((at, FieldEnd::Line), false) };
            at += 1;
            if Some(byte) == *escape {
                match self.byte(at)? {
                    None => {
                        push(byte);
                        break ((at, FieldEnd::Line), false);
                    }
                    // Where quotes are escaped by quotes, a single one is no escape.
                    Some(next) if self.format.enclosed != *escape || next == byte => {
                        at += 1;
                        found_null |= next == b'N';
                        push(unescaped(next));
                        continue;
                    }
                    Some(_) => {}
                }
            }
            if quote.is_none() && self.stands(line_end, at - 1)? {
                break ((at - 1 + line_end.len(), FieldEnd::Line), false);
            }
            if Some(byte) == quote {
                match self.byte(at)? {
                    None => break ((at, FieldEnd::Line), true),
                    Some(next) if next == byte => at += 1,
                    Some(_) if self.stands(line_end, at)? => break ((at + line_end.len(), FieldEnd::Line), true),
                    Some(_) if self.stands(field_end, at)? => break ((at + field_end.len(), FieldEnd::Field), true),
                    Some(_) => {}
                }
            } else if quote.is_none() && self.stands(field_end, at - 1)? {
                break ((at - 1 + field_end.len(), FieldEnd::Field), false);
            }
            push(byte);
        };
        if let Some(value) = value {
            value.missing = false;
            if let Some(quote) = quote.filter(|_| !enclosed) {
                value.bytes.insert(0, quote);
            }
            let word = self.format.enclosed.is_some() && !enclosed && value.bytes == b"NULL";
            value.null = word || (found_null && value.bytes.len() == 1);
        }
        Ok(Some(end))
    }

    /// Where the next line begins, from behind the last field on.
    fn rest(&self, mut at: usize) -> Result<usize, Stop> {
        let LineFormat { line_end, escape, utf8, .. } = self.format;
        if line_end.is_empty() {
            return Ok(at);
        }
        while let Some(byte) = self.byte(at)? {
            if *utf8 && byte >= 0xC0 {
                at += self.letter(at, byte)?;
            } else if Some(byte) == *escape {
                at += 1 + usize::from(self.byte(at + 1)?.is_some());
            } else if self.stands(line_end, at)? {
                return Ok(at + line_end.len());
            } else {
                at += 1;
            }
        }
        Ok(at)
    }

    /// How long a letter is, all of which stands there.
    fn letter(&self, at: usize, first: u8) -> Result<usize, Stop> {
        let length = length_of(first);
        match self.bytes.get(at..at + length) {
            None if !self.last => Err(Stop::More),
            Some(letter) if std::str::from_utf8(letter).is_ok() => Ok(length),
            _ => Err(Stop::Fault),
        }
    }

    /// A line does not end within what begins like a letter: a server looks for its rest behind the line, and what stands
    /// there may be another line, or nothing.
    fn whole_letters(&self, end: usize) -> Result<(), Stop> {
        if !self.format.utf8 || (self.last && end == self.bytes.len()) {
            return Ok(());
        }
        let tail = self.bytes.get(end.saturating_sub(3)..end).unwrap_or_default();
        let cut = |(before_end, first): (usize, &u8)| *first >= 0xC0 && length_of(*first) > before_end;
        if (1..).zip(tail.iter().rev()).any(cut) { Err(Stop::Fault) } else { Ok(()) }
    }
}

/// How many bytes a letter of UTF-8 has that begins so.
fn length_of(first: u8) -> usize {
    match first {
        0xF0.. => 4,
        0xE0.. => 3,
        _ => 2,
    }
}

/// What a byte behind the escape stands for.
fn unescaped(byte: u8) -> u8 {
    match byte {
        b'0' => 0,
        b'b' => 8,
        b'n' => b'\n',
        b'r' => b'\r',
        b't' => b'\t',
        b'Z' => 0x1A,
        other => other,
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests fail by panicking")]
mod tests {
    use super::*;

    fn format(field_end: &str, line_end: &str, enclosed: &str, escape: &str, fields: usize) -> LineFormat {
        LineFormat {
            fields,
            field_end: field_end.as_bytes().into(),
            line_end: line_end.as_bytes().into(),
            line_start: Box::default(),
            enclosed: enclosed.bytes().next(),
            escape: escape.bytes().next(),
            wanted: (0..fields).collect(),
            utf8: true,
        }
    }

    /// Each line's fields, `|` between them and `/` between lines; `\N` for NULL, `-` for what is missing.
    fn read(format: &LineFormat, file: &[u8]) -> String {
        let mut lines = Vec::new();
        let mut values = vec![FieldValue::default(); format.wanted.len()];
        let mut at = 0;
        while let Ok(LineRead::Line { end, .. }) = format.read(&file[at..], true, &mut values) {
            let shown = values.iter().map(|value| match value {
                FieldValue { missing: true, .. } => "-".to_owned(),
                FieldValue { null: true, .. } => "\\N".to_owned(),
                FieldValue { bytes, .. } => String::from_utf8_lossy(bytes).into_owned(),
            });
            lines.push(shown.collect::<Vec<_>>().join("|"));
            at += end;
        }
        lines.join("/")
    }

    /// What is found does not rest on how many bytes are there, only on whether more are needed.
    fn check(format: &LineFormat, file: &str, expected: &str) {
        assert_eq!(read(format, file.as_bytes()), expected, "{file:?}");
        let mut values = vec![FieldValue::default(); format.wanted.len()];
        let whole = format.read(file.as_bytes(), true, &mut values).unwrap();
        for cut in 0..file.len() {
            match format.read(&file.as_bytes()[..cut], false, &mut values).unwrap() {
                LineRead::More => {}
                read => assert_eq!(read, whole, "{file:?} cut at {cut}"),
            }
        }
    }

    #[test]
    fn fields_and_lines() {
        let csv = format(",", "\n", "\"", "\\", 3);
        check(&csv, "1,a,b\n2,c,d\n", "1|a|b/2|c|d");
        check(&csv, "1,a,b,more,\"x\ny\"\n2", "1|a|b/y\"|-|-/2|-|-");
        check(&csv, "1\n\n\"a\nb\",\"c,d\",\"e\"\"f\"", "1|-|-/|-|-/a\nb|c,d|e\"f");
        check(&csv, "\\N,NULL,\"NULL\"\n\"\\N\",x\\\\N,a\\Nb\n", "\\N|\\N|NULL/\\N|x\\N|aNb");
        check(&csv, "a\"b\",\"c\"d\",\"e", "a\"b\"|c\"d|\"e");
        check(&csv, "a\\\nb,\\,,\\t\n", "a\nb|,|\t");
    }

    #[test]
    fn unusual_terminators() {
        check(&format("||", "\r\n", "", "\\", 2), "a|b||c\nd\r\ne||f", "a|b|c\nd/e|f");
        check(&format("aab", "ab", "", "", 2), "xaaaby\\ab1", "xa|y\\/1|-");
        check(&format(",", "", "", "\\", 2), "1,2,3,4,5", "1|2/3|4/5|-");
        check(&format(",", "\n", "\"", "\"", 2), "\"a\"\"b\",c\"\n\"d,e\"\n", "a\"b|c\"/d,e|-");
        let mut starting = format(",", "\n", "", "\\", 1);
        starting.line_start = b"xxx".as_slice().into();
        check(&starting, "xx\nxxxxa,b\nno\nyxxx1\nxx", "xa/1");
    }

    #[test]
    fn a_letter_that_is_cut_is_a_fault() {
        let csv = format(",", "\n", "", "\\", 1);
        let mut values = vec![FieldValue::default()];
        assert_eq!(csv.read(b"a\xE2\nb\n", true, &mut values), Err(LineFault));
        assert_eq!(csv.read(b"a,b\xE2\nb\n", true, &mut values), Err(LineFault));
        assert!(csv.read("ä,ö\n".as_bytes(), true, &mut values).is_ok());
        let latin1 = LineFormat { utf8: false, ..csv };
        assert_eq!(latin1.read(b"a,b\xE2\nb\n", true, &mut values), Ok(LineRead::Line { fields_at: 0, end: 5 }));
    }
}
