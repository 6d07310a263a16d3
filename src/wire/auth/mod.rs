//! Authentication, both sides: mysql_native_password and caching_sha2_password.
//!
//! Two state machines without I/O: [`ServerAuth`] takes a client's packets and [`ClientAuth`] a server's; each says
//! what to send next and how it ended. Secrets are compared in constant time and never logged; [`Credential`] and the
//! machines have no `Debug` output of secrets. What is not spoken is refused by name.

mod client;
mod credential;
mod digest;
mod rsa;
mod server;
mod sha_crypt;

pub use client::{ClientAuth, ClientStep};
pub use credential::{BadCredential, Credential, FastDigest};
pub use digest::new_nonce;
pub use rsa::ServerKey;
pub use server::{ServerAuth, ServerStep, Verdict};

/// The plugin of MySQL 4.1 to 8.3 and of MariaDB.
pub const NATIVE_PASSWORD: &str = "mysql_native_password";

/// The plugin of MySQL 8 and 9.
pub const CACHING_SHA2: &str = "caching_sha2_password";

/// Whether the bytes of a connection can be read by others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Channel {
    /// Plain TCP: passwords travel encrypted with RSA.
    Plain,
    /// TLS or a local socket: passwords may travel as they are.
    Secure,
}
