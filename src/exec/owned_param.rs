//! A parameter of a prepared statement that a task can keep: the client's packet does not live as long.

use crate::wire::{Param, ParamData, ParamType};

/// A parameter with its bytes.
#[derive(Clone, Debug)]
pub(super) struct OwnedParam {
    kind: ParamType,
    data: OwnedData,
}

#[derive(Clone, Debug)]
enum OwnedData {
    Null,
    Wire(Vec<u8>),
    Long(Vec<u8>),
}

// === impl OwnedParam ===

impl OwnedParam {
    pub(super) fn of(param: &Param<'_>) -> Self {
        let data = match param.data {
            ParamData::Null => OwnedData::Null,
            ParamData::Wire(bytes) => OwnedData::Wire(bytes.to_vec()),
            ParamData::Long(bytes) => OwnedData::Long(bytes.to_vec()),
        };
        Self { kind: param.kind, data }
    }

    pub(super) fn borrow(&self) -> Param<'_> {
        let data = match &self.data {
            OwnedData::Null => ParamData::Null,
            OwnedData::Wire(bytes) => ParamData::Wire(bytes),
            OwnedData::Long(bytes) => ParamData::Long(bytes),
        };
        Param { kind: self.kind, data }
    }
}
