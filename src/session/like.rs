//! `SHOW … LIKE 'pattern'` over names that Weir knows itself.

/// Whether a name matches a LIKE pattern (`%`, `_`, backslash escapes), without regard to ASCII case, as SHOW compares
/// names.
pub(super) fn matches(name: &[u8], pattern: &[u8]) -> bool {
    // Where to go on after the last `%` when what follows it does not match: in the pattern and in the name.
    let mut retry: Option<(usize, usize)> = None;
    let (mut n, mut p) = (0, 0);
    loop {
        let step = match pattern.get(p) {
            Some(b'%') => {
                retry = Some((p + 1, n));
                p += 1;
                continue;
            }
            None if n == name.len() => return true,
            None => None,
            Some(b'_') if n < name.len() => Some((1, character(name, n))),
            Some(b'\\') if p + 1 < pattern.len() => same(name, n, pattern, p + 1).then_some((2, 1)),
            Some(_) => same(name, n, pattern, p).then_some((1, 1)),
        };
        match (step, retry) {
            (Some((in_pattern, in_name)), _) => {
                p += in_pattern;
                n += in_name;
            }
            (None, Some((after, from))) if from < name.len() => {
                let next = from + character(name, from);
                retry = Some((after, next));
                (p, n) = (after, next);
            }
            (None, _) => return false,
        }
    }
}

fn same(name: &[u8], n: usize, pattern: &[u8], p: usize) -> bool {
    matches!((name.get(n), pattern.get(p)), (Some(a), Some(b)) if a.eq_ignore_ascii_case(b))
}

/// How many bytes the UTF-8 character at `at` has.
fn character(name: &[u8], at: usize) -> usize {
    let more = name.iter().skip(at + 1).take_while(|byte| **byte & 0xC0 == 0x80).count();
    1 + more
}

#[cfg(test)]
mod tests {
    use super::matches;

    #[test]
    fn patterns() {
        for (name, pattern, expected) in [
            ("orders", "orders", true),
            ("orders", "ORD%", true),
            ("orders", "%ers", true),
            ("orders", "%r%r%", true),
            ("orders", "o_ders", true),
            ("orders", "o_der", false),
            ("order_items", "order\\_items", true),
            ("orderXitems", "order\\_items", false),
            ("", "%", true),
            ("", "_", false),
            ("a%b", "a\\%b", true),
            ("订单", "_单", true),
            ("aab", "a%ab", true),
        ] {
            assert_eq!(matches(name.as_bytes(), pattern.as_bytes()), expected, "{name} LIKE {pattern}");
        }
    }
}
