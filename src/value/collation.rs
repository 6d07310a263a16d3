//! Collations: the number on the wire, the name, and how they compare trailing spaces.

/// A collation's number as in column definitions and handshakes (MySQL's 0900 collations and MariaDB's uca1400 ones
/// reach above 255).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CollationId(pub u16);

impl CollationId {
    /// `binary`, the collation of byte strings and of numbers in column definitions.
    pub const BINARY: CollationId = CollationId(63);
    /// `utf8mb4_general_ci`, the default that both kinds of server know.
    pub const UTF8MB4_GENERAL_CI: CollationId = CollationId(45);
}

/// What trailing spaces mean to a collation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Pad {
    /// `'a' = 'a '`: the shorter string counts as if it ended in spaces.
    Space,
    /// Trailing spaces count.
    None,
}

/// One collation of a server.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Collation {
    /// The number on the wire.
    pub id: CollationId,
    /// `utf8mb4_0900_ai_ci`.
    pub name: String,
    /// `utf8mb4`.
    pub charset: String,
    /// Trailing spaces.
    pub pad: Pad,
}
