//! The RSA step of caching_sha2_password's full path: OAEP with SHA-1, the public key in PEM.

use aws_lc_rs::encoding::{AsDer, PublicKeyX509Der};
use aws_lc_rs::rsa::{
    KeySize, OAEP_SHA1_MGF1SHA1, OaepPrivateDecryptingKey, OaepPublicEncryptingKey, PrivateDecryptingKey,
    PublicEncryptingKey,
};

use crate::wire::ProtocolError;

const BEGIN: &str = "-----BEGIN PUBLIC KEY-----";
const END: &str = "-----END PUBLIC KEY-----";

/// A server's key pair; made once at start and shared.
pub struct ServerKey {
    private: OaepPrivateDecryptingKey,
    pem: String,
}

// === impl ServerKey ===

impl ServerKey {
    /// Makes a new key of 2048 bits. Takes some tenths of a second.
    pub fn generate() -> Result<Self, ProtocolError> {
        let failed = |_| ProtocolError::Crypto("no RSA key could be made");
        let private = PrivateDecryptingKey::generate(KeySize::Rsa2048).map_err(failed)?;
        let der: PublicKeyX509Der<'_> = private.public_key().as_der().map_err(failed)?;
        let pem = to_pem(der.as_ref());
        Ok(Self { private: OaepPrivateDecryptingKey::new(private).map_err(failed)?, pem })
    }

    /// The public key, as a client is sent it.
    pub fn public_pem(&self) -> &[u8] {
        self.pem.as_bytes()
    }

    /// What a client encrypted; None when it is not for this key.
    pub(super) fn decrypt(&self, ciphertext: &[u8]) -> Option<Vec<u8>> {
        if ciphertext.len() != self.private.key_size_bytes() {
            return None;
        }
        let mut out = vec![0; self.private.min_output_size()];
        self.private.decrypt(&OAEP_SHA1_MGF1SHA1, ciphertext, &mut out, None).ok().map(|plain| plain.to_vec())
    }
}

/// Encrypts for the owner of a PEM public key.
pub(super) fn encrypt(pem: &[u8], plaintext: &[u8]) -> Result<Vec<u8>, ProtocolError> {
    let der = from_pem(pem).ok_or(ProtocolError::Crypto("the server's public key is not PEM"))?;
    let key = PublicEncryptingKey::from_der(&der)
        .map_err(|_| ProtocolError::Crypto("the server's public key cannot be read"))?;
    let key =
        OaepPublicEncryptingKey::new(key).map_err(|_| ProtocolError::Crypto("the server's public key is unfit"))?;
    let mut out = vec![0; key.ciphertext_size()];
    let ciphertext = key
        .encrypt(&OAEP_SHA1_MGF1SHA1, plaintext, &mut out, None)
        .map_err(|_| ProtocolError::Crypto("the password is too long for the server's public key"))?;
    Ok(ciphertext.to_vec())
}

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

fn to_pem(der: &[u8]) -> String {
    let mut text = format!("{BEGIN}\n");
    for line in der.chunks(48) {
        for three in line.chunks(3) {
            let bits = three.iter().fold(0_u32, |bits, &byte| bits << 8 | u32::from(byte)) << (8 * (3 - three.len()));
            for place in 0..4_usize {
                let index = usize::try_from(bits >> (18 - 6 * place) & 0x3F).unwrap_or_default();
                let character = ALPHABET.get(index).copied().unwrap_or(b'=');
                text.push(if place > three.len() { '=' } else { char::from(character) });
            }
        }
        text.push('\n');
    }
    text + END + "\n"
}

fn from_pem(pem: &[u8]) -> Option<Vec<u8>> {
    let text = std::str::from_utf8(pem).ok()?;
    let (_, body) = text.split_once(BEGIN)?;
    let (body, _) = body.split_once(END)?;
    let mut out = Vec::with_capacity(body.len());
    let (mut bits, mut count) = (0_u32, 0);
    for byte in body.bytes().filter(|byte| !byte.is_ascii_whitespace() && *byte != b'=') {
        let index = ALPHABET.iter().position(|&letter| letter == byte)?;
        bits = bits << 6 | u32::try_from(index).ok()?;
        count += 6;
        if count >= 8 {
            count -= 8;
            let [.., byte] = (bits >> count).to_be_bytes();
            out.push(byte);
        }
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "test")]
    use super::*;

    #[test]
    fn pem_round_trip() {
        for length in 0..100 {
            let der: Vec<u8> = (0..length).collect();
            assert_eq!(from_pem(to_pem(&der).as_bytes()), Some(der));
        }
        assert_eq!(from_pem(b"no key"), None);
    }

    #[test]
    fn what_is_encrypted_is_decrypted() {
        let key = ServerKey::generate().unwrap();
        let ciphertext = encrypt(key.public_pem(), b"secret\0").unwrap();
        assert_eq!(key.decrypt(&ciphertext).as_deref(), Some(&b"secret\0"[..]));
        assert_eq!(key.decrypt(b"short"), None);
        assert_eq!(key.decrypt(&vec![1; ciphertext.len()]), None);
    }
}
