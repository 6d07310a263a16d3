//! SHA-256 crypt as MySQL stores caching_sha2_password: Drepper's algorithm with 5000 rounds and 20 bytes of salt.
//!
//! Specification: "Unix crypt using SHA-256 and SHA-512" (Ulrich Drepper). MySQL differs in two points: the salt has
//! 20 bytes of any value, and the text form is `$A$005$` + salt + digest with rounds in thousands.

use super::digest::sha256;

/// Bytes of salt.
pub(super) const SALT: usize = 20;

/// Characters of the encoded digest.
pub(super) const ENCODED: usize = 43;

/// The digest's 43 characters.
pub(super) fn sha256_crypt(password: &[u8], salt: &[u8; SALT], rounds: u32) -> [u8; ENCODED] {
    let alternate = sha256(&[password, salt, password].concat());
    let mut input = [password, &salt[..]].concat();
    input.extend(alternate.iter().cycle().take(password.len()));
    let mut bits = password.len();
    while bits > 0 {
        if bits & 1 == 1 {
            input.extend_from_slice(&alternate);
        } else {
            input.extend_from_slice(password);
        }
        bits >>= 1;
    }
    let mut digest = sha256(&input);

    let of_password = sha256(&password.repeat(password.len()));
    let password: Vec<u8> = of_password.iter().copied().cycle().take(password.len()).collect();
    let times = 16 + usize::from(digest.first().copied().unwrap_or_default());
    let of_salt = sha256(&salt.repeat(times));
    let salt: Vec<u8> = of_salt.iter().copied().take(SALT).collect();

    for round in 0..rounds {
        input.clear();
        input.extend_from_slice(if round & 1 == 1 { &password } else { &digest });
        if round % 3 != 0 {
            input.extend_from_slice(&salt);
        }
        if round % 7 != 0 {
            input.extend_from_slice(&password);
        }
        input.extend_from_slice(if round & 1 == 1 { &digest } else { &password });
        digest = sha256(&input);
    }
    encode(&digest)
}

/// Drepper's order of bytes, 6 bits a character.
fn encode(digest: &[u8; 32]) -> [u8; ENCODED] {
    const ALPHABET: &[u8; 64] = b"./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    const ORDER: [[usize; 3]; 10] = [
        [0, 10, 20],
        [21, 1, 11],
        [12, 22, 2],
        [3, 13, 23],
        [24, 4, 14],
        [15, 25, 5],
        [6, 16, 26],
        [27, 7, 17],
        [18, 28, 8],
        [9, 19, 29],
    ];
    let at = |index: usize| u32::from(digest.get(index).copied().unwrap_or_default());
    let groups = ORDER.iter().map(|&[a, b, c]| (at(a) << 16 | at(b) << 8 | at(c), 4));
    let mut out = [b'.'; ENCODED];
    let mut places = out.iter_mut();
    for (mut bits, count) in groups.chain([(at(31) << 8 | at(30), 3)]) {
        for place in places.by_ref().take(count) {
            let index = usize::try_from(bits & 0x3F).unwrap_or_default();
            *place = ALPHABET.get(index).copied().unwrap_or(b'.');
            bits >>= 6;
        }
    }
    out
}
