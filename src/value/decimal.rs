//! Exact decimal numbers, wide enough for every DECIMAL and every SUM of them, with MySQL's own rules for AVG.
//!
//! A number is kept as base-10⁹ words at fixed places around the point, as MySQL's `decimal_t` does, so adding and
//! comparing never have to align and nothing is ever rounded unless the caller asks. No allocation.

use std::cmp::Ordering;
use std::fmt;

const DIGITS_PER_WORD: usize = 9;
const BASE: u32 = 1_000_000_000;
/// Words before the point: 81 digits, as many as MySQL's own buffer has.
const INT_WORDS: usize = 9;
/// Words after the point: 81 digits.
const FRACTION_WORDS: usize = 9;
const WORDS: usize = INT_WORDS + FRACTION_WORDS;
/// MySQL's decimals have nine words in all; what needs more overflows there too.
const MYSQL_WORDS: usize = 9;
const MAX_FRACTION_DIGITS: usize = FRACTION_WORDS * DIGITS_PER_WORD;

/// An exact decimal number of up to 81 digits before and 81 after the point, and the count of digits it shows.
///
/// Numbers compare by value: `1.0` equals `1.00`.
#[derive(Clone, Copy, Debug)]
pub struct Decimal {
    negative: bool,
    scale: u8,
    /// The most significant word first; the point stands after `INT_WORDS`.
    words: [u32; WORDS],
}

// === impl Decimal ===

impl Decimal {
    /// Zero without a fraction.
    pub const ZERO: Decimal = Decimal { negative: false, scale: 0, words: [0; WORDS] };

    /// Reads `-12.50`: an optional sign, digits, at most one point, at least one digit. Nothing else: no spaces and no
    /// exponent (such a number is approximate). None also when there are more than 81 digits on a side.
    pub fn parse(text: &[u8]) -> Option<Self> {
        let parts = Parts::of(text)?;
        let scale = u8::try_from(parts.fraction.len()).ok()?;
        if parts.integer.len() > INT_WORDS * DIGITS_PER_WORD || parts.fraction.len() > MAX_FRACTION_DIGITS {
            return None;
        }
        let mut words = [0_u32; WORDS];
        let (integer, fraction) = words.split_at_mut(INT_WORDS);
        for (word, digits) in integer.iter_mut().rev().zip(parts.integer.rchunks(DIGITS_PER_WORD)) {
            *word = number(digits);
        }
        for (word, digits) in fraction.iter_mut().zip(parts.fraction.chunks(DIGITS_PER_WORD)) {
            *word = number(digits) * power_of_ten(DIGITS_PER_WORD - digits.len());
        }
        Some(Self { negative: parts.negative, scale, words }.normal())
    }

    /// Digits after the point that it shows.
    pub fn scale(&self) -> u8 {
        self.scale
    }

    /// Whether it is zero.
    pub fn is_zero(&self) -> bool {
        self.words.iter().all(|&word| word == 0)
    }

    /// Whether it is below zero.
    pub fn is_negative(&self) -> bool {
        self.negative
    }

    /// The sum at the larger scale; None when it has more digits than MySQL's decimals hold.
    #[must_use]
    pub fn checked_add(&self, other: &Self) -> Option<Self> {
        let scale = self.scale.max(other.scale);
        let (negative, words) = if self.negative == other.negative {
            (self.negative, add(&self.words, &other.words)?)
        } else if self.words >= other.words {
            (self.negative, subtract(&self.words, &other.words))
        } else {
            (other.negative, subtract(&other.words, &self.words))
        };
        Self { negative, scale, words }.normal().fitting()
    }

    /// The difference at the larger scale; None when it has more digits than MySQL's decimals hold.
    #[must_use]
    pub fn checked_sub(&self, other: &Self) -> Option<Self> {
        self.checked_add(&other.negated())
    }

    /// The same number with the other sign; zero stays zero.
    #[must_use]
    pub fn negated(&self) -> Self {
        Self { negative: !self.negative, ..*self }.normal()
    }

    /// AVG as MySQL computes it: this sum divided by `count`, at `scale` digits; None for a count of 0 or a number too
    /// large.
    ///
    /// MySQL's division (`do_div_mod` in strings/decimal.c) keeps whole words of nine digits and cuts the rest off;
    /// the result is then rounded half away from zero. Where the scale is a multiple of nine nothing is left to
    /// round, so AVG of a DECIMAL(n,5) is cut, not rounded: (1+1+0)/3 is 0.666666666 on every server.
    #[must_use]
    pub fn average(&self, count: u64, scale: u8) -> Option<Self> {
        if count == 0 || usize::from(scale) > MAX_FRACTION_DIGITS {
            return None;
        }
        let shown = usize::from(self.scale);
        let whole = shown.next_multiple_of(DIGITS_PER_WORD);
        let increment = usize::from(scale).saturating_sub(shown).saturating_sub(whole - shown);
        let fraction_words = (whole + increment).div_ceil(DIGITS_PER_WORD).min(FRACTION_WORDS);

        let mut words = [0_u32; WORDS];
        let mut rest: u64 = 0;
        for (quotient, &word) in words.iter_mut().zip(&self.words).take(INT_WORDS + fraction_words) {
            let dividend = u128::from(rest) * u128::from(BASE) + u128::from(word);
            // The rest is below `count`, so the quotient is below BASE and the new rest fits 64 bits.
            *quotient = u32::try_from(dividend / u128::from(count)).ok()?;
            rest = u64::try_from(dividend % u128::from(count)).ok()?;
        }
        Self { negative: self.negative, scale: self.scale.max(scale), words }.normal().rounded(scale)?.fitting()
    }

    /// At most `scale` digits after the point, rounded half away from zero; shown with exactly that many. None when
    /// the carry leaves the number too large.
    #[must_use]
    pub fn rounded(&self, scale: u8) -> Option<Self> {
        let digits = usize::from(scale);
        if digits >= MAX_FRACTION_DIGITS {
            return (digits == MAX_FRACTION_DIGITS).then_some(Self { scale, ..*self });
        }
        let at = INT_WORDS + digits / DIGITS_PER_WORD;
        let unit = power_of_ten(DIGITS_PER_WORD - digits % DIGITS_PER_WORD);
        let mut words = self.words;
        let mut cut = 0;
        for word in words.iter_mut().skip(at + 1) {
            *word = 0;
        }
        if let Some(word) = words.get_mut(at) {
            cut = *word % unit;
            *word -= cut;
        }
        if cut >= unit / 2 {
            let mut up = [0_u32; WORDS];
            // One unit of the last digit kept: in this word, or where nothing of it is kept, in the one before.
            let (place, amount) = if unit == BASE { (at - 1, 1) } else { (at, unit) };
            if let Some(word) = up.get_mut(place) {
                *word = amount;
            }
            words = add(&words, &up)?;
        }
        Some(Self { negative: self.negative, scale, words }.normal())
    }

    /// The same value shown with `scale` digits; None when digits other than zero would be lost.
    #[must_use]
    pub fn exactly_at(&self, scale: u8) -> Option<Self> {
        self.rounded(scale).filter(|rounded| rounded == self)
    }

    /// The value as a signed integer, if it is one.
    pub fn to_i64(&self) -> Option<i64> {
        let magnitude = self.whole_magnitude()?;
        i64::try_from(if self.negative { -magnitude } else { magnitude }).ok()
    }

    /// The value as an unsigned integer, if it is one.
    pub fn to_u64(&self) -> Option<u64> {
        let magnitude = self.whole_magnitude()?;
        if self.negative { None } else { u64::try_from(magnitude).ok() }
    }

    /// The magnitude of an integer of at most 27 digits.
    fn whole_magnitude(&self) -> Option<i128> {
        let (integer, fraction) = self.words.split_at(INT_WORDS);
        let (high, low) = integer.split_at(INT_WORDS - 3);
        if high.iter().chain(fraction).any(|&word| word != 0) {
            return None;
        }
        Some(low.iter().fold(0, |value, &word| value * i128::from(BASE) + i128::from(word)))
    }

    /// Zero has no sign.
    fn normal(mut self) -> Self {
        if self.negative && self.is_zero() {
            self.negative = false;
        }
        self
    }

    /// Itself, if MySQL's nine words hold it.
    fn fitting(self) -> Option<Self> {
        let integer = self.words.iter().take(INT_WORDS).skip_while(|&&word| word == 0).count();
        let fraction = usize::from(self.scale).div_ceil(DIGITS_PER_WORD);
        (integer + fraction <= MYSQL_WORDS).then_some(self)
    }
}

impl From<u64> for Decimal {
    fn from(value: u64) -> Self {
        let mut decimal = Self::ZERO;
        let mut rest = value;
        for word in decimal.words.iter_mut().take(INT_WORDS).rev() {
            // A remainder by BASE always fits a word.
            *word = u32::try_from(rest % u64::from(BASE)).unwrap_or_default();
            rest /= u64::from(BASE);
        }
        decimal
    }
}

impl From<i64> for Decimal {
    fn from(value: i64) -> Self {
        Self { negative: value < 0, ..Self::from(value.unsigned_abs()) }
    }
}

impl PartialEq for Decimal {
    fn eq(&self, other: &Self) -> bool {
        self.negative == other.negative && self.words == other.words
    }
}

impl Eq for Decimal {}

impl Ord for Decimal {
    fn cmp(&self, other: &Self) -> Ordering {
        match (self.negative, other.negative) {
            (false, true) => Ordering::Greater,
            (true, false) => Ordering::Less,
            (false, false) => self.words.cmp(&other.words),
            (true, true) => other.words.cmp(&self.words),
        }
    }
}

impl PartialOrd for Decimal {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl fmt::Display for Decimal {
    /// As MySQL writes a DECIMAL: a digit before the point, exactly `scale` after it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.negative {
            f.write_str("-")?;
        }
        let (integer, fraction) = self.words.split_at(INT_WORDS);
        let mut started = false;
        for &word in integer {
            match (started, word) {
                (true, word) => write!(f, "{word:09}")?,
                (false, 0) => {}
                (false, word) => {
                    write!(f, "{word}")?;
                    started = true;
                }
            }
        }
        if !started {
            f.write_str("0")?;
        }
        let mut left = usize::from(self.scale);
        if left > 0 {
            f.write_str(".")?;
        }
        for &word in fraction {
            let digits = left.min(DIGITS_PER_WORD);
            if digits == 0 {
                break;
            }
            write!(f, "{:0digits$}", word / power_of_ten(DIGITS_PER_WORD - digits))?;
            left -= digits;
        }
        Ok(())
    }
}

/// Whether a text is a decimal number: what [`compare_text`] can compare.
pub fn is_number(text: &[u8]) -> bool {
    Parts::of(text).is_some()
}

/// Compares two numbers by their text, without decoding them. None when one of them is not a decimal number.
pub fn compare_text(a: &[u8], b: &[u8]) -> Option<Ordering> {
    Some(Parts::of(a)?.compare(&Parts::of(b)?))
}

/// The parts of a decimal number's text.
struct Parts<'t> {
    negative: bool,
    /// Without leading zeros.
    integer: &'t [u8],
    /// As written.
    fraction: &'t [u8],
}

// === impl Parts ===

impl<'t> Parts<'t> {
    fn of(text: &'t [u8]) -> Option<Self> {
        let (negative, digits) = match text.split_first() {
            Some((b'-', rest)) => (true, rest),
            Some((b'+', rest)) => (false, rest),
            _ => (false, text),
        };
        let point = digits.iter().position(|&byte| byte == b'.');
        let (integer, fraction) = match point {
            Some(at) => (digits.get(..at)?, digits.get(at + 1..)?),
            None => (digits, &[][..]),
        };
        let all_digits = integer.iter().chain(fraction).all(u8::is_ascii_digit);
        if !all_digits || integer.len() + fraction.len() == 0 {
            return None;
        }
        let zeros = integer.iter().take_while(|&&digit| digit == b'0').count();
        Some(Self { negative, integer: integer.get(zeros..)?, fraction })
    }

    fn is_zero(&self) -> bool {
        self.integer.is_empty() && self.fraction.iter().all(|&digit| digit == b'0')
    }

    fn compare(&self, other: &Self) -> Ordering {
        let negative = self.negative && !self.is_zero();
        match (negative, other.negative && !other.is_zero()) {
            (false, true) => Ordering::Greater,
            (true, false) => Ordering::Less,
            (false, false) => self.compare_magnitude(other),
            (true, true) => other.compare_magnitude(self),
        }
    }

    fn compare_magnitude(&self, other: &Self) -> Ordering {
        let digits = self.fraction.len().max(other.fraction.len());
        self.integer
            .len()
            .cmp(&other.integer.len())
            .then_with(|| self.integer.cmp(other.integer))
            .then_with(|| padded(self.fraction, digits).cmp(padded(other.fraction, digits)))
    }
}

/// The digits of a fraction, zeros following up to `len`.
fn padded(digits: &[u8], len: usize) -> impl Iterator<Item = u8> {
    digits.iter().copied().chain(std::iter::repeat(b'0')).take(len)
}

/// The value of at most nine ASCII digits.
fn number(digits: &[u8]) -> u32 {
    digits.iter().fold(0, |value, &digit| value * 10 + u32::from(digit.wrapping_sub(b'0')))
}

/// 10 to the power of 0–9.
fn power_of_ten(exponent: usize) -> u32 {
    (0..exponent).fold(1, |power, _| power * 10)
}

fn add(a: &[u32; WORDS], b: &[u32; WORDS]) -> Option<[u32; WORDS]> {
    let mut sum = [0_u32; WORDS];
    let mut carry = 0;
    for ((word, &x), &y) in sum.iter_mut().zip(a).zip(b).rev() {
        let total = x + y + carry;
        carry = total / BASE;
        *word = total % BASE;
    }
    (carry == 0).then_some(sum)
}

/// `a - b`, where `a` is not the smaller one.
fn subtract(a: &[u32; WORDS], b: &[u32; WORDS]) -> [u32; WORDS] {
    let mut difference = [0_u32; WORDS];
    let mut borrow = 0;
    for ((word, &x), &y) in difference.iter_mut().zip(a).zip(b).rev() {
        let taken = y + borrow;
        borrow = u32::from(x < taken);
        *word = if x < taken { x + BASE - taken } else { x - taken };
    }
    difference
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "test")]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn decimal(text: &str) -> Decimal {
        Decimal::parse(text.as_bytes()).unwrap()
    }

    #[test]
    fn shows_what_it_read() {
        for (text, shown) in [
            ("0", "0"),
            ("-0.00", "0.00"),
            ("+7", "7"),
            (".5", "0.5"),
            ("5.", "5"),
            ("000012.3400", "12.3400"),
            ("1000000000.000000001", "1000000000.000000001"),
            ("-99999999999999999999999999999999999999999999999999999999999999999", ""),
            ("0.12345678901234567890123456789012345678", ""),
        ] {
            assert_eq!(decimal(text).to_string(), if shown.is_empty() { text } else { shown });
        }
        for text in ["", "-", ".", "1e3", " 1", "1 ", "1.2.3", "--1", "0x1", "1_0"] {
            assert_eq!(Decimal::parse(text.as_bytes()), None, "{text:?}");
        }
    }

    #[test]
    fn sums_are_exact() {
        let nines = decimal(&"9".repeat(65));
        assert_eq!(nines.checked_add(&decimal("1")).unwrap().to_string(), format!("1{}", "0".repeat(65)));
        assert_eq!(nines.checked_sub(&nines).unwrap().to_string(), "0");
        assert_eq!(decimal("0.1").checked_add(&decimal("0.20")).unwrap().to_string(), "0.30");
        assert_eq!(decimal("-1.5").checked_add(&decimal("1")).unwrap().to_string(), "-0.5");
        let most = decimal(&"9".repeat(81));
        assert_eq!(most.checked_add(&decimal("1")), None);
        assert_eq!(most.checked_add(&decimal("0.1")), None, "MySQL's nine words are full");
    }

    /// What MariaDB 10.11 and MySQL 9.7 answered to AVG over 1, 1, 0 in columns of these scales, and the like.
    #[test]
    fn averages_are_the_servers() {
        let check = |sum: &str, count, scale, expected: &str| {
            assert_eq!(decimal(sum).average(count, scale).unwrap().to_string(), expected);
        };
        check("2", 3, 4, "0.6667");
        check("2.00", 3, 6, "0.666667");
        check("2.00000", 3, 9, "0.666666666");
        check("-2.00000", 3, 9, "-0.666666666");
        check("2.00000000000000", 3, 18, "0.666666666666666666");
        check("2.0000000000000000000000000000", 3, 30, "0.666666666666666666666666666667");
        check("2.0000000000000000000000000000", 3, 32, "0.66666666666666666666666666666667");
        check("2.000000000", 3, 13, "0.6666666666667");
        check("2.000000", 3, 10, "0.6666666667");
        check("2", 3, 5, "0.66667");
        check("0.00001", 2, 9, "0.000005000");
        check("-1", 177_147, 4, "0.0000");
        check(&format!("1{}8", "9".repeat(64)), 2, 4, &format!("{}.0000", "9".repeat(65)));
        assert_eq!(decimal("1").average(0, 4), None);
    }

    #[test]
    fn rounds_half_away_from_zero() {
        let check = |text: &str, scale, expected: &str| {
            assert_eq!(decimal(text).rounded(scale).unwrap().to_string(), expected);
        };
        check("0.5", 0, "1");
        check("-0.5", 0, "-1");
        check("0.4999999999", 0, "0");
        check("0.9999999995", 9, "1.000000000");
        check("1.25", 1, "1.3");
        check("-0.004", 2, "0.00");
        check("3", 2, "3.00");
        assert_eq!(decimal("1.20").exactly_at(1).unwrap().to_string(), "1.2");
        assert_eq!(decimal("1.25").exactly_at(1), None);
    }

    #[test]
    fn integers() {
        assert_eq!(decimal("18446744073709551615.0").to_u64(), Some(u64::MAX));
        assert_eq!(decimal("-9223372036854775808").to_i64(), Some(i64::MIN));
        assert_eq!(decimal("9223372036854775808").to_i64(), None);
        assert_eq!(decimal("1.5").to_i64(), None);
        assert_eq!(Decimal::from(i64::MIN).to_string(), i64::MIN.to_string());
        assert_eq!(Decimal::from(u64::MAX).to_string(), u64::MAX.to_string());
    }

    proptest! {
        #[test]
        fn agrees_with_integers(a in -10_i128.pow(30)..10_i128.pow(30), b in -10_i128.pow(30)..10_i128.pow(30), scale in 0_u32..25) {
            let text = |value: i128| {
                let power = 10_i128.pow(scale);
                let sign = if value < 0 { "-" } else { "" };
                match usize::try_from(scale).unwrap() {
                    0 => format!("{value}"),
                    digits => format!("{sign}{}.{:0digits$}", value.abs() / power, value.abs() % power),
                }
            };
            let (x, y) = (decimal(&text(a)), decimal(&text(b)));
            prop_assert_eq!(x.to_string(), text(a));
            prop_assert_eq!(x.checked_add(&y).unwrap().to_string(), text(a + b));
            prop_assert_eq!(x.checked_sub(&y).unwrap().to_string(), text(a - b));
            prop_assert_eq!(x.cmp(&y), a.cmp(&b));
            prop_assert_eq!(compare_text(text(a).as_bytes(), text(b).as_bytes()), Some(a.cmp(&b)));
        }
    }
}
