//! Names of transactions over several instances, and the XA statements that carry them.
//!
//! The global part is `weir:<home>:<coordinator>:<serial>`: the id of the instance that keeps the decision, the Weir
//! that began the transaction, and that Weir's own count. It is the key of the decision's row, so everything that a
//! recoverer must know is in it. The branch part is `<thread>:<home thread>`, the server's numbers of the two connections
//! that hold the branch and the decision: with the global part it is unique, and it says whose connections are in the way.
//!
//! Statements carry them as hexadecimal literals, which mean the same under every `sql_mode` and character set.

use std::fmt;

/// XA's format id of all branches of ours: "WEIR" in ASCII. Others are left alone.
pub const FORMAT: u32 = 0x5745_4952;

/// What the global part begins with.
const PREFIX: &str = "weir";

/// The id of an instance or of a Weir: 64 random bits, written as 16 hexadecimal digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Id(pub u64);

/// A transaction over several instances.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Xid {
    /// The instance that keeps the decision: its id in its own `weir.instance`.
    pub home: Id,
    /// The Weir that began it.
    pub coordinator: Id,
    /// That Weir's count.
    pub serial: u64,
}

/// One branch of a transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BranchXid {
    /// The transaction.
    pub xid: Xid,
    /// The server's number of the connection that began the branch.
    pub thread: u32,
    /// The home instance's number of the connection that writes the decision.
    pub home_thread: u32,
}

// === impl Id ===

impl Id {
    /// From 16 hexadecimal digits in lower case.
    pub fn parse(text: &str) -> Option<Self> {
        let digits = text.len() == 16 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        if digits { u64::from_str_radix(text, 16).ok().map(Self) } else { None }
    }
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

// === impl Xid ===

impl Xid {
    /// From the global part of a branch, or the key of a row of decisions.
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split(':');
        let (prefix, home, coordinator, serial) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
        if prefix != PREFIX || parts.next().is_some() {
            return None;
        }
        let xid = Self { home: Id::parse(home)?, coordinator: Id::parse(coordinator)?, serial: serial.parse().ok()? };
        // One spelling only: a row is found by its text.
        (xid.to_string() == text).then_some(xid)
    }
}

impl fmt::Display for Xid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{PREFIX}:{}:{}:{}", self.home, self.coordinator, self.serial)
    }
}

// === impl BranchXid ===

impl BranchXid {
    /// From a row of XA RECOVER: format id, length of the global part, length of the branch part, both parts. None for
    /// branches that are not ours.
    pub fn parse(format: &str, global: &str, branch: &str, parts: &[u8]) -> Option<Self> {
        if format.parse() != Ok(FORMAT) {
            return None;
        }
        let (global, branch): (usize, usize) = (global.parse().ok()?, branch.parse().ok()?);
        if global.checked_add(branch)? != parts.len() {
            return None;
        }
        let (global, branch) = parts.split_at_checked(global)?;
        let xid = Xid::parse(std::str::from_utf8(global).ok()?)?;
        let (thread, home_thread) = std::str::from_utf8(branch).ok()?.split_once(':')?;
        let known = Self { xid, thread: thread.parse().ok()?, home_thread: home_thread.parse().ok()? };
        // XA statements must name the very bytes that the server knows.
        (known.branch().as_bytes() == branch).then_some(known)
    }

    fn branch(&self) -> String {
        format!("{}:{}", self.thread, self.home_thread)
    }

    /// `XA <verb> xid`.
    pub fn xa(&self, verb: &str) -> String {
        format!("XA {verb} {},{},{FORMAT}", hex(&self.xid.to_string()), hex(&self.branch()))
    }
}

/// ASCII as a hexadecimal literal.
pub fn hex(text: &str) -> String {
    let mut literal = String::with_capacity(text.len() * 2 + 3);
    literal.push_str("x'");
    for byte in text.bytes() {
        literal.push(char::from_digit(u32::from(byte >> 4), 16).unwrap_or('0'));
        literal.push(char::from_digit(u32::from(byte & 15), 16).unwrap_or('0'));
    }
    literal.push('\'');
    literal
}

#[cfg(test)]
mod tests {
    use super::*;

    fn example() -> BranchXid {
        let xid = Xid { home: Id(0xabc), coordinator: Id(u64::MAX), serial: 7 };
        BranchXid { xid, thread: 12, home_thread: u32::MAX }
    }

    #[test]
    fn what_is_written_is_read() {
        let branch = example();
        let global = branch.xid.to_string();
        assert_eq!(global, "weir:0000000000000abc:ffffffffffffffff:7");
        assert_eq!(Xid::parse(&global), Some(branch.xid));
        let parts = format!("{global}12:4294967295");
        let (global, own) = (global.len().to_string(), (parts.len() - global.len()).to_string());
        assert_eq!(BranchXid::parse("1464158546", &global, &own, parts.as_bytes()), Some(branch));
    }

    #[test]
    fn no_part_is_longer_than_xa_allows() {
        let longest = Xid { home: Id(u64::MAX), coordinator: Id(u64::MAX), serial: u64::MAX };
        assert!(longest.to_string().len() <= 64, "{longest}");
        assert!(BranchXid { xid: longest, thread: u32::MAX, home_thread: u32::MAX }.branch().len() <= 64);
    }

    #[test]
    fn what_others_wrote_is_left_alone() {
        let good = "weir:0000000000000abc:ffffffffffffffff:712:9";
        let parse = |format: &str, global: &str, branch: &str, parts: &str| {
            BranchXid::parse(format, global, branch, parts.as_bytes())
        };
        assert!(parse("1464158546", "40", "4", good).is_some());
        assert_eq!(parse("1", "40", "4", good), None, "another format");
        assert_eq!(parse("1464158546", "40", "5", good), None, "lengths that do not fit");
        assert_eq!(parse("1464158546", "99999999999999999999", "4", good), None);
        assert_eq!(parse("1464158546", "18446744073709551615", "4", good), None);
        assert_eq!(parse("1464158546", "40", "4", &good.replace("weir", "Weir")), None);
        assert_eq!(parse("1464158546", "40", "4", &good.replace(":ff", ":FF")), None, "another spelling");
        assert_eq!(parse("1464158546", "41", "4", &good.replace(":71", ":071")), None, "another spelling");
        assert_eq!(parse("1464158546", "40", "4", &good.replace("12:9", "+1:9")), None, "another spelling");
        assert_eq!(Xid::parse("weir:0000000000000abc:ffffffffffffffff:7:"), None);
    }

    #[test]
    fn statements_name_both_parts_in_hexadecimal() {
        let xid = Xid { home: Id(0), coordinator: Id(1), serial: 2 };
        let branch = BranchXid { xid, thread: 3, home_thread: 4 };
        let expected = "XA START \
            x'776569723a303030303030303030303030303030303a303030303030303030303030303030313a32',x'333a34',1464158546";
        assert_eq!(branch.xa("START"), expected);
    }
}
