//! The server's side of authentication.

use std::sync::Arc;

use super::digest::xor_nonce;
use super::{CACHING_SHA2, Channel, Credential, FastDigest, NATIVE_PASSWORD, ServerKey};
use crate::wire::{AuthMoreData, AuthSwitchRequest, NONCE_LENGTH};

const REQUEST_PUBLIC_KEY: u8 = 2;
const FAST_SUCCESS: u8 = 3;
const FULL_REQUIRED: u8 = 4;

/// Decides whether a client is who it says.
pub struct ServerAuth {
    credential: Credential,
    nonce: [u8; NONCE_LENGTH],
    channel: Channel,
    key: Option<Arc<ServerKey>>,
    state: State,
}

/// What a server does next.
#[derive(Clone, PartialEq, Eq)]
pub struct ServerStep {
    /// A packet to send, if any.
    pub send: Option<Vec<u8>>,
    /// How it stands.
    pub verdict: Verdict,
}

/// How authentication stands.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// A packet of the client is awaited.
    Pending,
    /// It is who it says. `learned` makes the fast path possible next time ([`Credential::with_fast`]).
    Accept {
        /// Seen in a full authentication.
        learned: Option<FastDigest>,
    },
    /// It is not.
    Deny,
}

enum State {
    /// The answer to an AuthSwitchRequest is due.
    Switched(Plugin),
    /// The password (secure channel), or a request for the key, is due.
    Full,
    /// The encrypted password is due.
    Encrypted,
    Done,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Plugin {
    Native,
    Sha2,
}

// === impl ServerAuth ===

impl ServerAuth {
    /// Begins with the client's first data: `response`, made by `plugin` from `nonce`.
    ///
    /// `key` serves the full path over a plain channel; without one that path is denied.
    pub fn start(
        credential: Credential,
        nonce: [u8; NONCE_LENGTH],
        channel: Channel,
        key: Option<Arc<ServerKey>>,
        (plugin, response): (Option<&[u8]>, &[u8]),
    ) -> (Self, ServerStep) {
        let mut auth = Self { credential, nonce, channel, key, state: State::Done };
        // Clients from before plugins speak the native one.
        let spoken = match plugin {
            None => Some(Plugin::Native),
            Some(name) if name == NATIVE_PASSWORD.as_bytes() => Some(Plugin::Native),
            Some(name) if name == CACHING_SHA2.as_bytes() => Some(Plugin::Sha2),
            Some(_) => None,
        };
        let wanted = match (&auth.credential, spoken) {
            (Credential::Native(_), _) => Plugin::Native,
            (Credential::Sha2 { .. }, _) => Plugin::Sha2,
            (_, Some(spoken)) => spoken,
            (_, None) => Plugin::Native,
        };
        let step = if spoken == Some(wanted) { auth.check(wanted, response) } else { auth.switch(wanted) };
        (auth, step)
    }

    /// The client's next packet.
    pub fn receive(&mut self, payload: &[u8]) -> ServerStep {
        match std::mem::replace(&mut self.state, State::Done) {
            State::Switched(plugin) => self.check(plugin, payload),
            State::Full if self.channel == Channel::Secure => self.check_password(payload),
            State::Full => match (payload, &self.key) {
                ([REQUEST_PUBLIC_KEY], Some(key)) => {
                    let mut send = Vec::new();
                    AuthMoreData { data: key.public_pem() }.encode(&mut send);
                    self.state = State::Encrypted;
                    ServerStep { send: Some(send), verdict: Verdict::Pending }
                }
                (ciphertext, Some(_)) => self.check_encrypted(ciphertext),
                (_, None) => ServerStep::DENY,
            },
            State::Encrypted => self.check_encrypted(payload),
            State::Done => ServerStep::DENY,
        }
    }

    fn switch(&mut self, plugin: Plugin) -> ServerStep {
        let name = match plugin {
            Plugin::Native => NATIVE_PASSWORD,
            Plugin::Sha2 => CACHING_SHA2,
        };
        let mut send = Vec::new();
        AuthSwitchRequest { plugin: name.to_owned(), data: self.nonce.to_vec() }.encode(&mut send);
        self.state = State::Switched(plugin);
        ServerStep { send: Some(send), verdict: Verdict::Pending }
    }

    fn check(&mut self, plugin: Plugin, response: &[u8]) -> ServerStep {
        // An empty password is an empty response; libraries of caching_sha2_password send its closing zero.
        let empty = response.is_empty() || response == [0];
        match (&self.credential, plugin) {
            (Credential::Empty, _) if empty => ServerStep::ACCEPT,
            (Credential::Empty, _) => ServerStep::DENY,
            (_, Plugin::Native) if self.credential.accepts_native(response, &self.nonce) => ServerStep::ACCEPT,
            (_, Plugin::Native) => ServerStep::DENY,
            (_, Plugin::Sha2) if empty => ServerStep::DENY,
            (Credential::Password { fast, .. } | Credential::Sha2 { fast: Some(fast), .. }, Plugin::Sha2)
                if fast.accepts(response, &self.nonce) =>
            {
                let mut send = Vec::new();
                AuthMoreData { data: &[FAST_SUCCESS] }.encode(&mut send);
                ServerStep { send: Some(send), verdict: Verdict::Accept { learned: None } }
            }
            (_, Plugin::Sha2) => {
                let mut send = Vec::new();
                AuthMoreData { data: &[FULL_REQUIRED] }.encode(&mut send);
                self.state = State::Full;
                ServerStep { send: Some(send), verdict: Verdict::Pending }
            }
        }
    }

    fn check_encrypted(&self, ciphertext: &[u8]) -> ServerStep {
        let Some(mut password) = self.key.as_ref().and_then(|key| key.decrypt(ciphertext)) else {
            return ServerStep::DENY;
        };
        xor_nonce(&mut password, &self.nonce);
        self.check_password(&password)
    }

    fn check_password(&self, with_zero: &[u8]) -> ServerStep {
        let password = with_zero.strip_suffix(&[0]).unwrap_or(with_zero);
        if !self.credential.accepts_password(password) {
            return ServerStep::DENY;
        }
        ServerStep { send: None, verdict: Verdict::Accept { learned: Some(FastDigest::of(password)) } }
    }
}

// === impl ServerStep ===

impl ServerStep {
    const DENY: Self = Self { send: None, verdict: Verdict::Deny };
    const ACCEPT: Self = Self { send: None, verdict: Verdict::Accept { learned: None } };
}
