//! What is wrong with a file, and where.

use std::fmt;

/// One thing that is wrong in a YAML file, with the place and the line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The file as the caller named it.
    pub file: String,
    /// 1-based; 0 when the problem is of the whole file.
    pub line: usize,
    /// 1-based, in characters; 0 when the problem is of the whole file.
    pub column: usize,
    /// One sentence: what is wrong, and where possible what to write.
    pub message: String,
    /// The source line, without its line end.
    pub snippet: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}: {}", self.file, self.line, self.column, self.message)
    }
}
