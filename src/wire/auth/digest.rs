//! Digests and scrambles of both plugins.

use aws_lc_rs::digest::{SHA1_FOR_LEGACY_USE_ONLY, SHA256, digest};

use crate::wire::NONCE_LENGTH;

/// A fresh challenge: random bytes, none of them zero or `$`, since old clients read it as a string.
///
/// None when the system has no randomness to give.
pub fn new_nonce() -> Option<[u8; NONCE_LENGTH]> {
    let mut nonce = [0; NONCE_LENGTH];
    aws_lc_rs::rand::fill(&mut nonce).ok()?;
    for byte in &mut nonce {
        *byte &= 0x7F;
        if matches!(*byte, 0 | b'$') {
            *byte = b'w';
        }
    }
    Some(nonce)
}

/// SHA-1.
pub(super) fn sha1(parts: &[u8]) -> [u8; 20] {
    first(digest(&SHA1_FOR_LEGACY_USE_ONLY, parts).as_ref())
}

/// SHA-256.
pub(super) fn sha256(bytes: &[u8]) -> [u8; 32] {
    first(digest(&SHA256, bytes).as_ref())
}

fn first<const N: usize>(bytes: &[u8]) -> [u8; N] {
    // The digest's length is N for both callers.
    bytes.first_chunk().copied().unwrap_or([0; N])
}

/// Byte by byte.
pub(super) fn xor<const N: usize>(left: [u8; N], right: [u8; N]) -> [u8; N] {
    let mut out = left;
    for (byte, other) in out.iter_mut().zip(right) {
        *byte ^= other;
    }
    out
}

/// mysql_native_password: SHA1(password) XOR SHA1(nonce + SHA1(SHA1(password))).
pub(super) fn native_scramble(password: &[u8], nonce: &[u8; NONCE_LENGTH]) -> [u8; 20] {
    let stage1 = sha1(password);
    xor(stage1, native_mask(&sha1(&stage1), nonce))
}

/// SHA1(nonce + SHA1(SHA1(password))).
pub(super) fn native_mask(stage2: &[u8; 20], nonce: &[u8; NONCE_LENGTH]) -> [u8; 20] {
    sha1(&[&nonce[..], &stage2[..]].concat())
}

/// caching_sha2_password: SHA256(password) XOR SHA256(SHA256(SHA256(password)) + nonce).
pub(super) fn sha2_scramble(password: &[u8], nonce: &[u8; NONCE_LENGTH]) -> [u8; 32] {
    let stage1 = sha256(password);
    xor(stage1, sha2_mask(&sha256(&stage1), nonce))
}

/// SHA256(SHA256(SHA256(password)) + nonce).
pub(super) fn sha2_mask(stage2: &[u8; 32], nonce: &[u8; NONCE_LENGTH]) -> [u8; 32] {
    sha256(&[&stage2[..], &nonce[..]].concat())
}

/// The password with its closing zero, XORed with the nonce over and over: what RSA encrypts.
pub(super) fn xor_nonce(bytes: &mut [u8], nonce: &[u8; NONCE_LENGTH]) {
    for (byte, other) in bytes.iter_mut().zip(nonce.iter().cycle()) {
        *byte ^= other;
    }
}

/// Compares secrets in a time that depends on their lengths only.
pub(super) fn same(left: &[u8], right: &[u8]) -> bool {
    aws_lc_rs::constant_time::verify_slices_are_equal(left, right).is_ok()
}
