//! The backends' collations: by name for columns, and the weight of a space for merging.
//!
//! Read once for each kind of server (their numbers are the same within a kind) and kept for the life of the process.

use std::collections::HashMap;
use std::sync::{Arc, RwLock};

use crate::backend::{BackendError, Connection, ServerKind};
use crate::value::{Collation, CollationId, Pad};

use super::load::text;

/// What is known of collations, per kind of server.
#[derive(Debug, Default)]
pub struct Collations {
    mariadb: RwLock<Option<Arc<KnownCollations>>>,
    mysql: RwLock<Option<Arc<KnownCollations>>>,
    space_weights: RwLock<HashMap<(ServerKind, CollationId), Arc<[u8]>>>,
}

/// All collations of one kind of server.
#[derive(Debug, Default)]
pub struct KnownCollations {
    by_name: HashMap<String, Collation>,
    by_id: HashMap<CollationId, Collation>,
}

// === impl Collations ===

impl Collations {
    /// All collations of the connection's kind of server, read through it when they are not known yet.
    pub async fn of(&self, connection: &mut Connection) -> Result<Arc<KnownCollations>, BackendError> {
        let slot = match connection.server_kind() {
            ServerKind::MariaDb => &self.mariadb,
            ServerKind::MySql => &self.mysql,
        };
        if let Some(known) = slot.read().ok().and_then(|known| known.clone()) {
            return Ok(known);
        }
        let known = Arc::new(read(connection).await?);
        if let Ok(mut slot) = slot.write() {
            *slot = Some(known.clone());
        }
        Ok(known)
    }

    /// `WEIGHT_STRING` of one space in a PAD SPACE collation; None for a NO PAD one.
    pub async fn space_weight(
        &self,
        connection: &mut Connection,
        id: CollationId,
    ) -> Result<Option<Arc<[u8]>>, BackendError> {
        let known = self.of(connection).await?;
        let Some(collation) = known.by_id.get(&id).filter(|collation| collation.pad == Pad::Space) else {
            return Ok(None);
        };
        let key = (connection.server_kind(), id);
        if let Some(weight) = self.space_weights.read().ok().and_then(|weights| weights.get(&key).cloned()) {
            return Ok(Some(weight));
        }
        let Collation { name, charset, .. } = collation;
        let sql = format!("SELECT WEIGHT_STRING(CONVERT(' ' USING {charset}) COLLATE {name})");
        let answer = connection.query(sql.as_bytes()).await?;
        let weight = answer.rows.first().and_then(|row| row.first()).and_then(Option::as_ref);
        let weight: Arc<[u8]> = weight.map(|bytes| bytes[..].into()).unwrap_or_default();
        if let Ok(mut weights) = self.space_weights.write() {
            weights.insert(key, weight.clone());
        }
        Ok(Some(weight))
    }
}

async fn read(connection: &mut Connection) -> Result<KnownCollations, BackendError> {
    let sql: &[u8] = match connection.server_kind() {
        ServerKind::MariaDb => {
            b"SELECT ID, FULL_COLLATION_NAME, CHARACTER_SET_NAME, \
              IF(FULL_COLLATION_NAME LIKE '%nopad%' OR FULL_COLLATION_NAME = 'binary', 'NO PAD', 'PAD SPACE') \
              FROM information_schema.COLLATION_CHARACTER_SET_APPLICABILITY WHERE ID IS NOT NULL"
        }
        ServerKind::MySql => {
            b"SELECT ID, COLLATION_NAME, CHARACTER_SET_NAME, PAD_ATTRIBUTE FROM information_schema.COLLATIONS"
        }
    };
    let answer = connection.query(sql).await?;
    let mut known = KnownCollations::default();
    for row in &answer.rows {
        let Ok(id) = text(row, 0).parse() else { continue };
        let pad = if text(row, 3) == "NO PAD" { Pad::None } else { Pad::Space };
        let collation = Collation { id: CollationId(id), name: text(row, 1), charset: text(row, 2), pad };
        known.by_name.insert(collation.name.clone(), collation.clone());
        known.by_id.insert(collation.id, collation);
    }
    Ok(known)
}

// === impl KnownCollations ===

impl KnownCollations {
    /// A collation by its name.
    pub fn named(&self, name: &str) -> Option<&Collation> {
        self.by_name.get(name)
    }

    /// A collation by its number.
    pub fn numbered(&self, id: CollationId) -> Option<&Collation> {
        self.by_id.get(&id)
    }
}
