//! The handshake: TLS, capabilities, who the client is, and what it starts with.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::buffers::Lent;
use super::{Account, ClientEntry, Nonce, Service, Session, SessionEnd};
use crate::backend::SessionState;
use crate::client::{ClientError, ClientStream, Socket};
use crate::error::{Code, SqlError};
use crate::sql::LexMode;
use crate::txn::{Characteristics, Transaction};
use crate::wire::auth::{
    CACHING_SHA2, Channel, Credential, NATIVE_PASSWORD, ServerAuth, ServerStep, Verdict, new_nonce,
};
use crate::wire::{
    Capabilities, ComChangeUser, DEFAULT_COLLATION, ErrPacket, HandshakeResponse41, HandshakeV10, OkPacket,
    ProtocolError, SslRequest, StatusFlags,
};

// === impl Session ===

impl Session {
    /// From the first byte to the OK packet of the login.
    pub(super) async fn login(
        service: Arc<Service>,
        entry: Arc<ClientEntry>,
        socket: Socket,
    ) -> Result<Self, SessionEnd> {
        let mut client = ClientStream::new(
            socket,
            service.limits.max_allowed_packet,
            Duration::from_millis(service.limits.client_write_timeout_ms),
        );
        let Some(nonce) = new_nonce() else {
            tracing::error!("the system has no random numbers");
            return Err(SessionEnd::Killed);
        };
        // The servers' own: some clients know no other of a server that calls itself MariaDB.
        let plugin = if service.speaks_mariadb() { NATIVE_PASSWORD } else { CACHING_SHA2 };
        let handshake = HandshakeV10 {
            server_version: service.server_version(),
            connection_id: u32::try_from(entry.id & u64::from(u32::MAX)).unwrap_or_default(),
            nonce,
            capabilities: offered(&service),
            collation: DEFAULT_COLLATION,
            status: StatusFlags::AUTOCOMMIT,
            auth_plugin: plugin.to_owned(),
        };
        client.packet(|out| handshake.encode(out));
        let mut payload = reply(&mut client).await?;
        if SslRequest::is(&payload) {
            let Some(acceptor) = service.tls.clone() else {
                let error = SqlError::new(Code::BadHandshake, "TLS is not configured");
                return Err(refuse(&mut client, &error, String::new()).await);
            };
            client = client.start_tls(&acceptor).await?;
            payload = reply(&mut client).await?;
        }
        let response = match HandshakeResponse41::decode(&payload) {
            Ok(response) => response,
            Err(error) => {
                let error = SqlError::new(Code::BadHandshake, format!("Bad handshake: {error}"));
                return Err(refuse(&mut client, &error, String::new()).await);
            }
        };
        client.capabilities = response.capabilities & offered(&service);
        if service.clients.len() > service.limits.max_client_connections {
            service.metrics.client_refused();
            let error = SqlError::new(Code::ConnectionLimit, "Too many connections");
            return Err(refuse(&mut client, &error, String::new()).await);
        }
        let user = String::from_utf8_lossy(&response.user).into_owned();
        let proof = Proof { plugin: response.auth_plugin.as_deref(), response: &response.auth_response };
        authenticate(&service, &entry, &mut client, nonce, &user, proof).await?;
        let account = account(&service, &entry, user);
        let mut session = Self::new(service, entry, client, account, nonce);
        session.start(response.collation.into(), response.database.as_deref()).await?;
        Ok(session)
    }

    fn new(
        service: Arc<Service>,
        entry: Arc<ClientEntry>,
        client: ClientStream,
        account: Account,
        nonce: Nonce,
    ) -> Self {
        let transaction = Transaction::new(service.coordinator.clone(), entry.id, entry.transaction.clone());
        Self {
            service,
            entry,
            client,
            account: Arc::new(account),
            schema: None,
            state: SessionState::default(),
            initial_state: SessionState::default(),
            mode: LexMode::default(),
            utf8: true,
            no_auto_value_on_zero: false,
            lax: false,
            autocommit: true,
            transaction,
            switches: Default::default(),
            in_cut: false,
            next_transaction: Characteristics::default(),
            prepared: HashMap::default(),
            named: HashMap::new(),
            last_statement_id: 0,
            last_insert_id: 0,
            bounds: Default::default(),
            found_rows: Some(0),
            row_count: 0,
            warnings: Vec::new(),
            warning_count: 0,
            tracked: Default::default(),
            nonce,
            closing: false,
            now: Instant::now(),
            buffers: Lent::default(),
        }
    }

    /// COM_CHANGE_USER: everything is forgotten, and the client logs in again. Refused, it is disconnected, as by MySQL.
    pub(super) async fn change_user(&mut self, asked: &ComChangeUser) -> Result<(), SessionEnd> {
        if let Err(error) = self.reset().await {
            tracing::debug!(connection = self.entry.id, %error, "rolling back for COM_CHANGE_USER failed");
        }
        self.schema = None;
        let user = String::from_utf8_lossy(&asked.user).into_owned();
        let proof = Proof { plugin: asked.auth_plugin.as_deref(), response: &asked.auth_response };
        authenticate(&self.service, &self.entry, &mut self.client, self.nonce, &user, proof).await?;
        self.account = Arc::new(account(&self.service, &self.entry, user));
        self.start(asked.collation.unwrap_or(DEFAULT_COLLATION.into()), asked.database.as_deref()).await
    }

    /// Charset and schema that the client starts with; then OK.
    async fn start(&mut self, collation: u16, database: Option<&[u8]>) -> Result<(), SessionEnd> {
        let found_rows = self.client.capabilities.contains(Capabilities::FOUND_ROWS);
        self.state = SessionState::counting_found_rows(found_rows);
        if let Err(error) = self.start_charset(collation).await {
            let user = self.account.user.clone();
            return Err(refuse(&mut self.client, &error, user).await);
        }
        self.note_state();
        self.initial_state = self.state.clone();
        if let Some(database) = database.filter(|name| !name.is_empty()) {
            let name = String::from_utf8_lossy(database).into_owned();
            if let Err(error) = self.use_schema(&name) {
                let user = self.account.user.clone();
                return Err(refuse(&mut self.client, &error, user).await);
            }
        }
        self.entry.is(&self.account.user, self.schema.as_deref());
        self.tracked.begin();
        self.write_ok(&OkPacket::default());
        Ok(self.client.flush().await?)
    }
}

/// What a client says to prove who it is.
#[derive(Clone, Copy)]
struct Proof<'a> {
    /// The plugin that made the response.
    plugin: Option<&'a [u8]>,
    /// Its answer to the challenge.
    response: &'a [u8],
}

/// Weir's capabilities for clients.
fn offered(service: &Service) -> Capabilities {
    // Several statements in one packet are refused, so it is not offered either.
    let offered = Capabilities::OFFERED.without(Capabilities::MULTI_STATEMENTS);
    if service.tls.is_some() { offered.with(Capabilities::SSL) } else { offered }
}

async fn reply(client: &mut ClientStream) -> Result<Vec<u8>, SessionEnd> {
    client.read_reply().await?.ok_or(SessionEnd::Left)
}

async fn authenticate(
    service: &Service,
    entry: &ClientEntry,
    client: &mut ClientStream,
    nonce: Nonce,
    user: &str,
    proof: Proof<'_>,
) -> Result<(), SessionEnd> {
    let credential = service.users.get(user).map_or(Credential::Nobody, |user| user.credential());
    let channel = if client.socket().encrypted() { Channel::Secure } else { Channel::Plain };
    let (mut auth, mut step) =
        ServerAuth::start(credential, nonce, channel, service.server_key.clone(), (proof.plugin, proof.response));
    loop {
        let ServerStep { send, verdict } = step;
        if let Some(packet) = send {
            client.packet(|out| out.extend_from_slice(&packet));
        }
        match verdict {
            Verdict::Pending => {
                let payload = reply(client).await?;
                step = auth.receive(&payload);
            }
            Verdict::Accept { learned } => {
                if let (Some(fast), Some(user)) = (learned, service.users.get(user)) {
                    user.learn(fast);
                }
                return Ok(());
            }
            Verdict::Deny => {
                let using = if proof.response.is_empty() { "NO" } else { "YES" };
                let host = host(entry);
                let message = format!("Access denied for user '{user}'@'{host}' (using password: {using})");
                let error = SqlError::new(Code::AccessDenied, message);
                service.metrics.login_failed();
                return Err(refuse(client, &error, user.to_owned()).await);
            }
        }
    }
}

/// Who has logged in.
fn account(service: &Service, entry: &ClientEntry, user: String) -> Account {
    let rights = service.users.get(&user).cloned();
    Account { user, host: host(entry).to_owned(), rights }
}

/// A client's address without its port.
fn host(entry: &ClientEntry) -> &str {
    entry.host.rsplit_once(':').map_or(entry.host.as_str(), |(host, _)| host)
}

/// Tells a client why it may not come in.
async fn refuse(client: &mut ClientStream, error: &SqlError, user: String) -> SessionEnd {
    client.packet(|out| ErrPacket::from(error).encode(out));
    match client.flush().await {
        Ok(()) => SessionEnd::Refused { user },
        Err(error) => SessionEnd::Client(error),
    }
}

impl From<ProtocolError> for SessionEnd {
    fn from(error: ProtocolError) -> Self {
        Self::Client(ClientError::Protocol(error))
    }
}
