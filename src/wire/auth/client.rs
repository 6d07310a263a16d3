//! The client's side of authentication.

use super::digest::{native_scramble, sha2_scramble, xor_nonce};
use super::{CACHING_SHA2, Channel, NATIVE_PASSWORD, rsa};
use crate::wire::{AuthMoreData, AuthSwitchRequest, ErrPacket, HandshakeV10, NONCE_LENGTH, ProtocolError};

const REQUEST_PUBLIC_KEY: u8 = 2;
const FAST_SUCCESS: u8 = 3;
const FULL_REQUIRED: u8 = 4;

/// Shows a server who we are.
pub struct ClientAuth {
    password: Vec<u8>,
    nonce: [u8; NONCE_LENGTH],
    channel: Channel,
    plugin: Plugin,
    state: State,
}

/// What a client does next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ClientStep {
    /// Send this packet, then read.
    Send(Vec<u8>),
    /// Read another packet.
    Wait,
    /// The server accepted; the packet was its OK.
    Accepted,
    /// The server refused; the packet was its ERR.
    Denied,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Plugin {
    Native,
    Sha2,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Talking,
    AwaitKey,
}

// === impl ClientAuth ===

impl ClientAuth {
    /// Begins with the server's greeting. A plugin that we do not speak is answered by our own first choice; the
    /// server then asks for another one, or refuses.
    pub fn start(greeting: &HandshakeV10, password: &[u8], channel: Channel) -> Self {
        let plugin = if greeting.auth_plugin == CACHING_SHA2 { Plugin::Sha2 } else { Plugin::Native };
        Self { password: password.to_vec(), nonce: greeting.nonce, channel, plugin, state: State::Talking }
    }

    /// The plugin's name for the handshake response.
    pub fn plugin(&self) -> &'static str {
        match self.plugin {
            Plugin::Native => NATIVE_PASSWORD,
            Plugin::Sha2 => CACHING_SHA2,
        }
    }

    /// The first data, for the handshake response or in answer to an AuthSwitchRequest.
    pub fn response(&self) -> Vec<u8> {
        match self.plugin {
            _ if self.password.is_empty() => Vec::new(),
            Plugin::Native => native_scramble(&self.password, &self.nonce).to_vec(),
            Plugin::Sha2 => sha2_scramble(&self.password, &self.nonce).to_vec(),
        }
    }

    /// The server's next packet.
    pub fn receive(&mut self, payload: &[u8]) -> Result<ClientStep, ProtocolError> {
        match payload.first() {
            Some(0) => Ok(ClientStep::Accepted),
            Some(&ErrPacket::HEADER) => Ok(ClientStep::Denied),
            Some(&AuthSwitchRequest::HEADER) => self.switch(&AuthSwitchRequest::decode(payload)?),
            Some(&AuthMoreData::HEADER) => self.more(AuthMoreData::decode(payload)?.data),
            first => Err(ProtocolError::Unexpected {
                first: first.copied().unwrap_or_default(),
                during: "authenticating to a server",
            }),
        }
    }

    fn switch(&mut self, request: &AuthSwitchRequest) -> Result<ClientStep, ProtocolError> {
        self.plugin = match request.plugin.as_str() {
            NATIVE_PASSWORD => Plugin::Native,
            CACHING_SHA2 => Plugin::Sha2,
            other => return Err(ProtocolError::AuthPlugin { plugin: other.to_owned() }),
        };
        self.nonce = request
            .nonce()
            .ok_or(ProtocolError::Malformed { packet: "AuthSwitchRequest", what: "its challenge is too short" })?;
        self.state = State::Talking;
        Ok(ClientStep::Send(self.response()))
    }

    fn more(&mut self, data: &[u8]) -> Result<ClientStep, ProtocolError> {
        match (self.plugin, self.state, data) {
            (Plugin::Sha2, State::AwaitKey, pem) => {
                self.state = State::Talking;
                let mut secret = self.password_with_zero();
                xor_nonce(&mut secret, &self.nonce);
                Ok(ClientStep::Send(rsa::encrypt(pem, &secret)?))
            }
            (Plugin::Sha2, State::Talking, [FAST_SUCCESS]) => Ok(ClientStep::Wait),
            (Plugin::Sha2, State::Talking, [FULL_REQUIRED]) => Ok(ClientStep::Send(match self.channel {
                Channel::Secure => self.password_with_zero(),
                Channel::Plain => {
                    self.state = State::AwaitKey;
                    vec![REQUEST_PUBLIC_KEY]
                }
            })),
            _ => Err(ProtocolError::Unexpected { first: 1, during: "authenticating to a server" }),
        }
    }

    fn password_with_zero(&self) -> Vec<u8> {
        let mut secret = self.password.clone();
        secret.push(0);
        secret
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "test")]
    use std::sync::Arc;

    use super::*;
    use crate::wire::auth::{Credential, ServerAuth, ServerKey, ServerStep, Verdict};
    use crate::wire::{Capabilities, StatusFlags};

    const NONCE: [u8; NONCE_LENGTH] = *b"abcdefghijklmnopqrst";

    /// Both machines against each other; the packets that went between them, and the verdict.
    fn talk(credential: Credential, plugin: &str, password: &[u8], channel: Channel) -> (usize, Verdict) {
        let key = Arc::new(ServerKey::generate().unwrap());
        let greeting = HandshakeV10 {
            server_version: "8".into(),
            connection_id: 1,
            nonce: NONCE,
            capabilities: Capabilities::OFFERED,
            collation: 45,
            status: StatusFlags::default(),
            auth_plugin: plugin.into(),
        };
        let mut client = ClientAuth::start(&greeting, password, channel);
        let first = client.response();
        let told = (Some(client.plugin().as_bytes()), &first[..]);
        let (mut server, mut step) = ServerAuth::start(credential, NONCE, channel, Some(key), told);
        let mut packets = 1;
        loop {
            let ServerStep { send, verdict } = step;
            let answer = send.map(|packet| client.receive(&packet).unwrap());
            packets += usize::from(answer.is_some());
            match (verdict, answer) {
                (Verdict::Pending, Some(ClientStep::Send(packet))) => step = server.receive(&packet),
                (Verdict::Pending, _) => unreachable!("the server waits for a client that does not send"),
                (verdict, _) => return (packets, verdict),
            }
            packets += 1;
        }
    }

    #[test]
    fn every_way() {
        let stored_native = Credential::from_hash(b"*14E65567ABDB5135D0CFD9A70B3032C179A49EE7").unwrap();
        let plain = Credential::from_password(b"secret");
        for (credential, plugin, channel, packets) in [
            (plain.clone(), NATIVE_PASSWORD, Channel::Plain, 1),
            (plain.clone(), CACHING_SHA2, Channel::Plain, 2),
            (stored_native.clone(), NATIVE_PASSWORD, Channel::Plain, 1),
            (stored_native, CACHING_SHA2, Channel::Plain, 3),
            (plain.clone(), "sha256_password", Channel::Plain, 1),
        ] {
            let (count, verdict) = talk(credential.clone(), plugin, b"secret", channel);
            assert!(verdict == Verdict::Accept { learned: None } && count == packets, "{plugin} {count}");
            for wrong in [&b"Secret"[..], b""] {
                assert!(talk(credential.clone(), plugin, wrong, channel).1 == Verdict::Deny, "{plugin}");
            }
        }
        assert!(talk(Credential::Empty, CACHING_SHA2, b"", Channel::Plain).1 != Verdict::Deny);
        assert!(talk(Credential::Empty, NATIVE_PASSWORD, b"x", Channel::Plain).1 == Verdict::Deny);
        assert!(talk(Credential::Nobody, CACHING_SHA2, b"x", Channel::Plain).1 == Verdict::Deny);
        assert!(talk(Credential::Nobody, NATIVE_PASSWORD, b"", Channel::Plain).1 == Verdict::Deny);
    }
}
