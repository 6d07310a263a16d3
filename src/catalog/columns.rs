//! From `information_schema.COLUMNS` to [`Column`]: the type as the server writes it, turned into a [`ColumnKind`].

use crate::value::{Collation, Column, ColumnKind};

/// One row of `information_schema.COLUMNS`, as far as it is read.
#[derive(Debug, Default)]
pub(super) struct ColumnRow {
    pub(super) name: String,
    /// `bigint`, `varchar`.
    pub(super) data_type: String,
    /// `bigint(20) unsigned`.
    pub(super) column_type: String,
    pub(super) nullable: bool,
    /// `auto_increment`, `VIRTUAL GENERATED`, `INVISIBLE`.
    pub(super) extra: String,
    pub(super) collation: Option<Collation>,
}

// === impl ColumnRow ===

impl ColumnRow {
    pub(super) fn into_column(self) -> Column {
        let extra = self.extra.to_ascii_lowercase();
        let kind = self.kind();
        Column {
            kind,
            holds: self.holds(),
            padded: matches!(self.data_type.to_ascii_lowercase().as_str(), "char" | "binary"),
            nullable: self.nullable,
            auto_increment: extra.contains("auto_increment"),
            generated: extra.contains("virtual generated")
                || extra.contains("stored generated")
                || extra.contains("persistent generated"),
            invisible: extra.contains("invisible"),
            name: self.name,
        }
    }

    fn kind(&self) -> ColumnKind {
        let data_type = self.data_type.to_ascii_lowercase();
        let unsigned = self.column_type.to_ascii_lowercase().contains("unsigned");
        let int = |bytes| ColumnKind::Int { bytes, unsigned };
        match data_type.as_str() {
            "tinyint" => int(1),
            "smallint" => int(2),
            "mediumint" => int(3),
            "int" | "integer" => int(4),
            "bigint" => int(8),
            "decimal" | "numeric" => {
                let (precision, scale) = self.two_numbers();
                ColumnKind::Decimal { precision: precision.unwrap_or(10), scale: scale.unwrap_or(0), unsigned }
            }
            "float" => ColumnKind::Float,
            "double" | "real" => ColumnKind::Double,
            "bit" => ColumnKind::Bit { width: self.two_numbers().0.unwrap_or(1) },
            "year" => ColumnKind::Year,
            "date" => ColumnKind::Date,
            "time" => ColumnKind::Time { fraction: self.two_numbers().0.unwrap_or(0) },
            "datetime" => ColumnKind::DateTime { fraction: self.two_numbers().0.unwrap_or(0) },
            "timestamp" => ColumnKind::Timestamp { fraction: self.two_numbers().0.unwrap_or(0) },
            "binary" | "varbinary" | "tinyblob" | "blob" | "mediumblob" | "longblob" => ColumnKind::Binary,
            "json" => ColumnKind::Json,
            "geometry" | "point" | "linestring" | "polygon" | "multipoint" | "multilinestring" | "multipolygon"
            | "geometrycollection" | "geomcollection" => ColumnKind::Geometry,
            text => match (text, &self.collation) {
                ("enum", Some(collation)) => ColumnKind::Enum { collation: collation.clone() },
                ("set", Some(collation)) => ColumnKind::Set { collation: collation.clone() },
                ("char" | "varchar" | "tinytext" | "text" | "mediumtext" | "longtext", Some(collation)) => {
                    ColumnKind::Text { collation: collation.clone() }
                }
                _ => ColumnKind::Other(text.to_owned()),
            },
        }
    }

    /// `20` of `varchar(20)`. The TEXT types are bounded in bytes, of which a character has four at most.
    fn holds(&self) -> Option<u32> {
        match self.data_type.to_ascii_lowercase().as_str() {
            "char" | "varchar" | "binary" | "varbinary" => {
                let inside = self.column_type.split_once('(').and_then(|(_, rest)| rest.split_once(')'));
                Some(inside.and_then(|(inside, _)| inside.trim().parse().ok()).unwrap_or(0))
            }
            "tinytext" => Some(63),
            "tinyblob" => Some(255),
            "text" => Some(16_383),
            "blob" => Some(65_535),
            _ => None,
        }
    }

    /// `(10,2)` of `decimal(10,2)`.
    fn two_numbers(&self) -> (Option<u8>, Option<u8>) {
        let inside =
            self.column_type.split_once('(').and_then(|(_, rest)| rest.split_once(')')).map(|(inside, _)| inside);
        let mut numbers = inside.into_iter().flat_map(|inside| inside.split(',')).map(|n| n.trim().parse().ok());
        (numbers.next().flatten(), numbers.next().flatten())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(data_type: &str, column_type: &str, expected: ColumnKind) {
        let row = ColumnRow { data_type: data_type.into(), column_type: column_type.into(), ..ColumnRow::default() };
        assert_eq!(row.kind(), expected, "{column_type}");
    }

    #[test]
    fn types_as_servers_write_them() {
        check("bigint", "bigint(20) unsigned", ColumnKind::Int { bytes: 8, unsigned: true });
        check("int", "int", ColumnKind::Int { bytes: 4, unsigned: false });
        check("decimal", "decimal(65,30)", ColumnKind::Decimal { precision: 65, scale: 30, unsigned: false });
        check("datetime", "datetime(6)", ColumnKind::DateTime { fraction: 6 });
        check("datetime", "datetime", ColumnKind::DateTime { fraction: 0 });
        check("bit", "bit(12)", ColumnKind::Bit { width: 12 });
        check("uuid", "uuid", ColumnKind::Other("uuid".into()));
    }

    #[test]
    fn what_a_column_holds() {
        for (data_type, column_type, expected) in [
            ("varchar", "varchar(300)", Some(300)),
            ("binary", "binary(16)", Some(16)),
            ("text", "text", Some(16_383)),
            ("longtext", "longtext", None),
            ("int", "int(11)", None),
        ] {
            let row =
                ColumnRow { data_type: data_type.into(), column_type: column_type.into(), ..ColumnRow::default() };
            assert_eq!(row.holds(), expected, "{column_type}");
        }
    }
}
