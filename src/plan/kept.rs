//! Whether a column keeps a value as it is given. A server cuts, bounds and replaces what does not fit, where it is not
//! strict or under IGNORE, and the row lies where the *stored* value says: so what a column may change is stored by a
//! server first, on a merge node.
//!
//! Always holds: no value passes that any server, in any `sql_mode`, stores as another one.

use crate::rule::{KeyForm, KeyValue};
use crate::value::{Collation, Column, ColumnKind};

/// Whether a shard key, as the rule takes it, is the one that the column stores. What is not known is not kept.
pub(super) fn is_kept(value: &KeyValue<'_>, null: bool, column: &Column, form: KeyForm) -> bool {
    if null {
        return column.nullable;
    }
    let fits = |length: usize| column.holds.is_none_or(|most| u32::try_from(length).is_ok_and(|length| length <= most));
    match (value, &column.kind) {
        (KeyValue::Text(text), ColumnKind::Text { collation }) => {
            let cut = column.padded && form == KeyForm::Raw && text.ends_with(' ');
            !cut && fits(text.chars().count()) && has(collation, text)
        }
        (KeyValue::Bytes(bytes), _) => {
            fits(bytes.len()) && (!column.padded || column.holds == u32::try_from(bytes.len()).ok())
        }
        (KeyValue::Decimal(digits), ColumnKind::Decimal { precision, scale, unsigned }) => {
            let whole = digits.trim_start_matches('-').split('.').next().unwrap_or_default();
            let most = usize::from(precision.saturating_sub(*scale));
            (whole == "0" || whole.len() <= most) && !(*unsigned && digits.starts_with('-'))
        }
        (KeyValue::DateTime(date), _) => date.checked().is_some(),
        // Whether an integer fits has been seen when it was converted.
        (KeyValue::Int(_), ColumnKind::Int { .. }) => true,
        _ => false,
    }
}

/// Whether the collation's charset surely has all characters of a text.
fn has(collation: &Collation, text: &str) -> bool {
    match collation.charset.as_str() {
        "utf8mb4" | "utf16" | "utf16le" | "utf32" | "gb18030" => true,
        "utf8" | "utf8mb3" | "ucs2" => text.chars().all(|c| c <= '\u{ffff}'),
        "latin1" => text.chars().all(|c| c.is_ascii() || ('\u{a0}'..='\u{ff}').contains(&c)),
        // It has other letters in the place of some of ASCII's.
        "swe7" => false,
        _ => text.is_ascii(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::{CollationId, DateTime, Pad};

    fn column(kind: ColumnKind, holds: Option<u32>, padded: bool) -> Column {
        let name = "k".to_owned();
        Column { name, kind, holds, padded, nullable: false, auto_increment: false, generated: false, invisible: false }
    }

    fn text(charset: &str) -> ColumnKind {
        let name = format!("{charset}_bin");
        let collation =
            Collation { id: CollationId::UTF8MB4_GENERAL_CI, name, charset: charset.to_owned(), pad: Pad::Space };
        ColumnKind::Text { collation }
    }

    #[test]
    fn texts() {
        for (charset, given, kept) in [
            ("utf8mb4", "äöü", true),
            ("utf8mb4", "äöü.", false),
            ("utf8mb4", "😀", true),
            ("utf8mb3", "😀", false),
            ("latin1", "äö", true),
            ("latin1", "日", false),
            ("ascii", "ä", false),
            ("swe7", "a", false),
        ] {
            let column = column(text(charset), Some(3), false);
            let value = KeyValue::Text(given.into());
            assert_eq!(is_kept(&value, false, &column, KeyForm::Normal), kept, "{charset} {given}");
        }
        let char = column(text("utf8mb4"), Some(3), true);
        assert!(!is_kept(&KeyValue::Text("a ".into()), false, &char, KeyForm::Raw));
        assert!(is_kept(&KeyValue::Text("a".into()), false, &char, KeyForm::Raw));
        assert!(!is_kept(&KeyValue::NULL_TEXT, true, &char, KeyForm::Raw));
    }

    #[test]
    fn bytes_numbers_and_dates() {
        let kept = |value: KeyValue<'_>, column: &Column| is_kept(&value, false, column, KeyForm::Raw);
        let bytes = |text: &'static [u8]| KeyValue::Bytes(text.into());
        let binary = column(ColumnKind::Binary, Some(2), true);
        assert!(kept(bytes(b"ab"), &binary) && !kept(bytes(b"a"), &binary) && !kept(bytes(b"abc"), &binary));
        let varbinary = column(ColumnKind::Binary, Some(2), false);
        assert!(kept(bytes(b"a"), &varbinary) && !kept(bytes(b"abc"), &varbinary));
        let decimal = column(ColumnKind::Decimal { precision: 4, scale: 2, unsigned: true }, None, false);
        let number = |digits: &'static str| KeyValue::Decimal(digits.into());
        assert!(kept(number("99.9"), &decimal) && kept(number("0"), &decimal));
        assert!(!kept(number("100"), &decimal) && !kept(number("-1"), &decimal));
        let fraction = column(ColumnKind::Decimal { precision: 2, scale: 2, unsigned: false }, None, false);
        assert!(kept(number("-0.25"), &fraction) && !kept(number("1"), &fraction));
        let day = |month, day| KeyValue::DateTime(DateTime { year: 2023, month, day, ..DateTime::default() });
        let date = column(ColumnKind::Date, None, false);
        assert!(kept(day(2, 28), &date) && !kept(day(2, 29), &date));
    }
}
