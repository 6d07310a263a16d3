//! What a server knows of a user's password: the password itself, or a hash as MySQL stores it.

use super::digest::{native_mask, same, sha1, sha2_mask, sha256, xor};
use super::sha_crypt::{ENCODED, SALT, sha256_crypt};
use crate::wire::NONCE_LENGTH;

/// SHA256(SHA256(password)): what the fast path of caching_sha2_password checks against. As secret as a password.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct FastDigest(pub(super) [u8; 32]);

/// What a password is checked against.
#[derive(Clone)]
pub enum Credential {
    /// No password: only an empty one is right.
    Empty,
    /// SHA1(SHA1(password)): `*HEX40`. Serves mysql_native_password only.
    Native([u8; 20]),
    /// `$A$005$…`: caching_sha2_password. The fast path works once a full one has shown the password.
    Sha2 {
        /// Rounds of hashing.
        rounds: u32,
        /// The salt.
        salt: [u8; SALT],
        /// The digest in its text form.
        digest: [u8; ENCODED],
        /// What an earlier full authentication showed ([`super::Verdict::Accept`]).
        fast: Option<FastDigest>,
    },
    /// The password is known: both plugins work, always on the fast path.
    Password {
        /// For mysql_native_password.
        native: [u8; 20],
        /// For caching_sha2_password.
        fast: FastDigest,
    },
    /// There is no such user: nothing is right, and the conversation goes as for one with a password.
    Nobody,
}

/// A text that is no stored hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "not a password hash: expected '*' and 40 hexadecimal digits, or '$A$005$', 20 bytes of salt and 43 characters"
)]
pub struct BadCredential;

// === impl FastDigest ===

impl FastDigest {
    /// Of a password.
    pub fn of(password: &[u8]) -> Self {
        Self(sha256(&sha256(password)))
    }

    pub(super) fn accepts(&self, scramble: &[u8], nonce: &[u8; NONCE_LENGTH]) -> bool {
        let Ok(scramble) = <[u8; 32]>::try_from(scramble) else { return false };
        same(&sha256(&xor(scramble, sha2_mask(&self.0, nonce))), &self.0)
    }
}

// === impl Credential ===

impl Credential {
    /// Of a plain password.
    pub fn from_password(password: &[u8]) -> Self {
        if password.is_empty() {
            return Self::Empty;
        }
        Self::Password { native: sha1(&sha1(password)), fast: FastDigest::of(password) }
    }

    /// Whether a configured text looks like a stored hash rather than a password.
    pub fn looks_like_hash(text: &[u8]) -> bool {
        text.starts_with(b"$A$") || (text.len() == 41 && Self::from_hash(text).is_ok())
    }

    /// Of a stored hash: `*HEX40` or `$A$005$…` (mysql.user.authentication_string).
    pub fn from_hash(text: &[u8]) -> Result<Self, BadCredential> {
        if let Some(hex) = text.strip_prefix(b"*") {
            let digits: Option<Vec<u8>> = hex
                .iter()
                .map(|&digit| char::from(digit).to_digit(16).and_then(|digit| digit.try_into().ok()))
                .collect();
            let digits = digits.ok_or(BadCredential)?;
            let mut hash = [0_u8; 20];
            if digits.len() != 40 {
                return Err(BadCredential);
            }
            for (byte, pair) in hash.iter_mut().zip(digits.chunks_exact(2)) {
                *byte = pair.iter().fold(0, |byte, digit| byte << 4 | digit);
            }
            return Ok(Self::Native(hash));
        }
        let rest = text.strip_prefix(b"$A$").ok_or(BadCredential)?;
        let (thousands, rest) = rest.split_at_checked(3).ok_or(BadCredential)?;
        let thousands: u32 = std::str::from_utf8(thousands)
            .ok()
            .and_then(|digits| u32::from_str_radix(digits, 16).ok())
            .ok_or(BadCredential)?;
        let rest = rest.strip_prefix(b"$").ok_or(BadCredential)?;
        let (salt, digest) = rest.split_first_chunk::<SALT>().ok_or(BadCredential)?;
        let digest = <[u8; ENCODED]>::try_from(digest).map_err(|_| BadCredential)?;
        if thousands == 0 {
            return Err(BadCredential);
        }
        Ok(Self::Sha2 { rounds: thousands * 1000, salt: *salt, digest, fast: None })
    }

    /// The same with a fast digest learned by an earlier full authentication.
    #[must_use]
    pub fn with_fast(mut self, learned: Option<FastDigest>) -> Self {
        if let (Self::Sha2 { fast, .. }, Some(learned)) = (&mut self, learned) {
            *fast = Some(learned);
        }
        self
    }

    /// Whether a password is right.
    pub(super) fn accepts_password(&self, password: &[u8]) -> bool {
        match self {
            Self::Empty => password.is_empty(),
            Self::Native(hash) => same(&sha1(&sha1(password)), hash),
            Self::Sha2 { rounds, salt, digest, .. } => same(&sha256_crypt(password, salt, *rounds), digest),
            Self::Password { fast, .. } => same(&FastDigest::of(password).0, &fast.0),
            Self::Nobody => false,
        }
    }

    /// Whether a mysql_native_password scramble is right.
    pub(super) fn accepts_native(&self, scramble: &[u8], nonce: &[u8; NONCE_LENGTH]) -> bool {
        match self {
            Self::Empty => scramble.is_empty(),
            Self::Native(stage2) | Self::Password { native: stage2, .. } => {
                let Ok(scramble) = <[u8; 20]>::try_from(scramble) else { return false };
                same(&sha1(&xor(scramble, native_mask(stage2, nonce))), stage2)
            }
            Self::Sha2 { .. } | Self::Nobody => false,
        }
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "test")]
    use super::*;

    #[test]
    fn stored_native_hash() {
        // SELECT PASSWORD('secret') on MariaDB 10.11.
        let stored = Credential::from_hash(b"*14E65567ABDB5135D0CFD9A70B3032C179A49EE7").unwrap();
        assert!(stored.accepts_password(b"secret") && !stored.accepts_password(b"Secret"));
    }

    #[test]
    fn bad_hashes_are_refused() {
        for text in
            [&b"*14E6"[..], b"secret", b"$A$005$short", b"*ZZE65567ABDB5135D0CFD9A70B3032C179A49EE7", b"$A$00+$"]
        {
            assert!(Credential::from_hash(text).is_err());
        }
    }
}
