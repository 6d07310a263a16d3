//! The backends' collations: by name for columns, and the weight of a space for merging.
//!
//! Read once for each kind of server (their numbers are the same within a kind) and kept for the life of the process.

use std::collections::HashMap;
use std::sync::{Arc, RwLock};

use crate::backend::{BackendError, Connection, Instance, ServerKind};
use crate::value::{Collation, CollationId, Pad};

use super::load::text;

/// What is known of collations, per kind of server.
#[derive(Debug, Default)]
pub struct Collations {
    mariadb: RwLock<Option<Arc<ServerCollations>>>,
    mysql: RwLock<Option<Arc<ServerCollations>>>,
    space_weights: RwLock<HashMap<(ServerKind, CollationId), Arc<[u8]>>>,
}

/// All collations of one kind of server.
#[derive(Debug, Default)]
pub struct ServerCollations {
    by_name: HashMap<String, Collation>,
    by_id: HashMap<CollationId, Collation>,
}

// === impl Collations ===

impl Collations {
    /// All collations of an instance's kind of server.
    pub async fn known(&self, instance: &Instance) -> Result<Arc<ServerCollations>, BackendError> {
        let slot = instance.kind().map(|kind| self.slot(kind));
        if let Some(known) = slot.and_then(|slot| slot.read().ok()?.clone()) {
            return Ok(known);
        }
        let mut lease = instance.lease().await?;
        let known = self.of(&mut lease).await?;
        lease.give_back();
        Ok(known)
    }

    /// The weight of a space on an instance ([`Self::space_weight`]); asks only when it is not known yet.
    pub async fn space_weight_on(
        &self,
        instance: &Instance,
        id: CollationId,
    ) -> Result<Option<Arc<[u8]>>, BackendError> {
        if let Some(kind) = instance.kind()
            && let Some(weight) = self.space_weights.read().ok().and_then(|weights| weights.get(&(kind, id)).cloned())
        {
            return Ok(Some(weight));
        }
        if self.known(instance).await?.by_id.get(&id).is_none_or(|collation| collation.pad == Pad::None) {
            return Ok(None);
        }
        let mut lease = instance.lease().await?;
        let weight = self.space_weight(&mut lease, id).await?;
        lease.give_back();
        Ok(weight)
    }

    fn slot(&self, kind: ServerKind) -> &RwLock<Option<Arc<ServerCollations>>> {
        match kind {
            ServerKind::MariaDb => &self.mariadb,
            ServerKind::MySql => &self.mysql,
        }
    }

    /// All collations of the connection's kind of server, read through it when they are not known yet.
    pub async fn of(&self, connection: &mut Connection) -> Result<Arc<ServerCollations>, BackendError> {
        let slot = self.slot(connection.kind());
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
    async fn space_weight(
        &self,
        connection: &mut Connection,
        id: CollationId,
    ) -> Result<Option<Arc<[u8]>>, BackendError> {
        let known = self.of(connection).await?;
        let Some(collation) = known.by_id.get(&id).filter(|collation| collation.pad == Pad::Space) else {
            return Ok(None);
        };
        let key = (connection.kind(), id);
        if let Some(weight) = self.space_weights.read().ok().and_then(|weights| weights.get(&key).cloned()) {
            return Ok(Some(weight));
        }
        let Collation { name, charset, .. } = collation;
        let sql = format!("SELECT WEIGHT_STRING(CONVERT(' ' USING {charset}) COLLATE {name})");
        let answer = connection.query(&sql).await?;
        let weight = answer.rows.first().and_then(|row| row.first()).and_then(Option::as_ref);
        let weight: Arc<[u8]> = weight.map(|bytes| bytes[..].into()).unwrap_or_default();
        if let Ok(mut weights) = self.space_weights.write() {
            weights.insert(key, weight.clone());
        }
        Ok(Some(weight))
    }
}

async fn read(connection: &mut Connection) -> Result<ServerCollations, BackendError> {
    let sql = match connection.kind() {
        ServerKind::MariaDb => {
            "SELECT ID, FULL_COLLATION_NAME, CHARACTER_SET_NAME, \
              IF(FULL_COLLATION_NAME LIKE '%nopad%' OR FULL_COLLATION_NAME = 'binary', 'NO PAD', 'PAD SPACE') \
              FROM information_schema.COLLATION_CHARACTER_SET_APPLICABILITY WHERE ID IS NOT NULL"
        }
        ServerKind::MySql => {
            "SELECT ID, COLLATION_NAME, CHARACTER_SET_NAME, PAD_ATTRIBUTE FROM information_schema.COLLATIONS"
        }
    };
    let answer = connection.query(sql).await?;
    let mut known = ServerCollations::default();
    for row in &answer.rows {
        let Ok(id) = text(row, 0).parse() else { continue };
        let pad = if text(row, 3) == "NO PAD" { Pad::None } else { Pad::Space };
        let collation = Collation { id: CollationId(id), name: text(row, 1), charset: text(row, 2), pad };
        known.by_name.insert(collation.name.clone(), collation.clone());
        known.by_id.insert(collation.id, collation);
    }
    Ok(known)
}

// === impl ServerCollations ===

impl ServerCollations {
    /// A collation by its name.
    pub fn named(&self, name: &str) -> Option<&Collation> {
        self.by_name.get(name)
    }

    /// A collation by its number.
    pub fn numbered(&self, id: CollationId) -> Option<&Collation> {
        self.by_id.get(&id)
    }
}
