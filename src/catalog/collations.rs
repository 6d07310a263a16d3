//! The backends' collations: by name for columns, and how their weights compare for merging.
//!
//! Read once for each kind of server (their numbers are the same within a kind) and kept for the life of the process.

use std::collections::HashMap;
use std::sync::{Arc, RwLock};

use crate::backend::{BackendError, Instance, ServerKind, SessionState};
use crate::merge::PadWeight;
use crate::value::{Collation, CollationId, Pad};

use super::load::text;

/// What is known of collations, per kind of server.
#[derive(Debug, Default)]
pub struct Collations {
    mariadb: RwLock<Option<Arc<ServerCollations>>>,
    mysql: RwLock<Option<Arc<ServerCollations>>>,
    pad_weights: RwLock<HashMap<(ServerKind, CollationId), Option<PadWeight>>>,
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
        // The first connection says what kind of server it is.
        let lease = instance.lease_own(&SessionState::default()).await?;
        let kind = lease.kind();
        lease.give_back();
        let known = Arc::new(read(instance, kind).await?);
        if let Ok(mut slot) = self.slot(kind).write() {
            *slot = Some(known.clone());
        }
        Ok(known)
    }

    /// How `WEIGHT_STRING`s of a collation compare on an instance; None when they do not compare byte by byte.
    pub async fn pad_weight(&self, instance: &Instance, id: CollationId) -> Result<Option<PadWeight>, BackendError> {
        // Byte strings compare as they are, and numbers have no weights.
        if id == CollationId::BINARY {
            return Ok(Some(PadWeight::None));
        }
        if let Some(kind) = instance.kind()
            && let Some(weight) = self.pad_weights.read().ok().and_then(|known| known.get(&(kind, id)).cloned())
        {
            return Ok(weight);
        }
        let known = self.known(instance).await?;
        let Some(Collation { name, charset, .. }) = known.by_id.get(&id) else { return Ok(None) };
        if id == CollationId::BINARY {
            return Ok(Some(PadWeight::None));
        }
        let weigh = |spaces: &str| format!("WEIGHT_STRING(CONVERT('{spaces}' USING {charset}) COLLATE {name})");
        let sql = format!("SELECT {}, {}", weigh(" "), weigh("  "));
        let answer = instance.query(&sql).await?;
        let cell = |at: usize| answer.rows.first()?.get(at)?.as_deref();
        let weight = cell(0).zip(cell(1)).and_then(|(one, two)| PadWeight::of_spaces(name, one, two));
        if let (Some(kind), Ok(mut weights)) = (instance.kind(), self.pad_weights.write()) {
            weights.insert((kind, id), weight.clone());
        }
        Ok(weight)
    }

    fn slot(&self, kind: ServerKind) -> &RwLock<Option<Arc<ServerCollations>>> {
        match kind {
            ServerKind::MariaDb => &self.mariadb,
            ServerKind::MySql => &self.mysql,
        }
    }
}

async fn read(instance: &Instance, kind: ServerKind) -> Result<ServerCollations, BackendError> {
    let sql = match kind {
        ServerKind::MariaDb => {
            "SELECT ID, FULL_COLLATION_NAME, CHARACTER_SET_NAME, \
              IF(FULL_COLLATION_NAME LIKE '%nopad%' OR FULL_COLLATION_NAME = 'binary', 'NO PAD', 'PAD SPACE') \
              FROM information_schema.COLLATION_CHARACTER_SET_APPLICABILITY WHERE ID IS NOT NULL"
        }
        ServerKind::MySql => {
            "SELECT ID, COLLATION_NAME, CHARACTER_SET_NAME, PAD_ATTRIBUTE FROM information_schema.COLLATIONS"
        }
    };
    let answer = instance.query(sql).await?;
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
