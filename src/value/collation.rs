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

// === impl Pad ===

impl Pad {
    /// What the name of a collation says.
    ///
    /// MariaDB's NO PAD collations have `nopad` in their names; MySQL's are those of its 0900 family; `binary` never
    /// pads. Compared with information_schema.COLLATIONS.PAD_ATTRIBUTE of MySQL 9.7, no collation differs.
    pub fn of_collation(name: &str) -> Self {
        let name = name.to_ascii_lowercase();
        let counts = name == "binary" || name.contains("nopad") || name.contains("_0900_");
        if counts { Pad::None } else { Pad::Space }
    }
}

#[cfg(test)]
mod tests {
    use super::Pad;

    #[test]
    fn names_tell_the_pad_attribute() {
        for (name, pad) in [
            ("utf8mb4_general_ci", Pad::Space),
            ("utf8mb4_bin", Pad::Space),
            ("latin1_swedish_ci", Pad::Space),
            ("gb18030_unicode_520_ci", Pad::Space),
            ("utf8mb4_uca1400_ai_ci", Pad::Space),
            ("uca1400_nopad_ai_ci", Pad::None),
            ("utf8mb4_nopad_bin", Pad::None),
            ("utf8mb4_0900_ai_ci", Pad::None),
            ("utf8mb4_0900_bin", Pad::None),
            ("utf8mb4_ja_0900_as_cs_ks", Pad::None),
            ("binary", Pad::None),
        ] {
            assert_eq!(Pad::of_collation(name), pad, "{name}");
        }
    }
}
