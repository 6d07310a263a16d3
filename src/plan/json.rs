//! How MySQL's JSON is read so that nothing of it is lost.
//!
//! As text, a date, a DECIMAL or bytes inside JSON look like a string or a number. So the types of those parts that their
//! text does not tell are read with it: `~{"m2": "DATE", "e1": "DECIMAL"}` in front of the text, where `m2` is the second
//! member in the order in which a server finds `$**.*`, and `e1` the first element in that of `$**[*]` in an array of the
//! value. JSON of which the text tells all comes as this text alone, which never begins with `~`.

/// What stands in front of the types, and alone where they and the text are more than a packet.
pub const TYPED: u8 = b'~';

/// The expression that reads a column, given its quoted name.
pub fn read(name: &str) -> String {
    // The names of what JSON_TABLE finds must not hide the column's.
    let w = if name.starts_with("`w") || name.starts_with("`W") { "v" } else { "w" };
    format!(
        "(SELECT IF(COUNT(*) = 0, {name}, COALESCE(CONCAT(_utf8mb4'~', \
         JSON_OBJECTAGG(CONCAT(IF({w}_m IS NULL, _utf8mb4'e', _utf8mb4'm'), COALESCE({w}_m, {w}_e)), \
         JSON_TYPE(COALESCE({w}_mv, {w}_ev))), {name}), _utf8mb4'~')) \
         FROM JSON_TABLE(JSON_ARRAY({name}), _utf8mb4'$' COLUMNS (\
         NESTED PATH _utf8mb4'$**.*' COLUMNS ({w}_m FOR ORDINALITY, {w}_mv JSON PATH _utf8mb4'$'), \
         NESTED PATH _utf8mb4'$**[*]' COLUMNS ({w}_e FOR ORDINALITY, {w}_ev JSON PATH _utf8mb4'$'))) AS {w}_parts \
         WHERE JSON_TYPE(COALESCE({w}_mv, {w}_ev)) NOT IN \
         ('INTEGER', 'DOUBLE', 'STRING', 'OBJECT', 'ARRAY', 'BOOLEAN', 'NULL'))"
    )
}

#[cfg(test)]
mod tests {
    use super::read;

    #[test]
    fn a_column_is_not_hidden_by_what_is_found_in_it() {
        assert!(read("`j`").contains("w_m FOR ORDINALITY"));
        for name in ["`w_m`", "`W_ev`"] {
            assert!(!read(name).contains("w_m FOR ORDINALITY"), "{name}");
        }
    }
}
