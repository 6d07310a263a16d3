//! Every error number that Weir itself raises: MySQL's own where one exists, and Weir's from 21001 on.
//!
//! This table is the one place; `docs/errors.md` is compared with it by a test. Weir's own numbers are never reused:
//! 21003 and 21015 told of writes on several instances, which are atomic now.

use super::Origin;

macro_rules! codes {
    ($($(#[doc = $doc:literal])+ $name:ident = $errno:literal, $state:literal, $origin:ident;)+) => {
        /// An error that Weir raises.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Code { $($(#[doc = $doc])+ $name,)+ }

        impl Code {
            /// Every code, in the order of the table.
            pub const ALL: &'static [Code] = &[$(Code::$name,)+];

            /// The number in the ERR packet.
            pub fn errno(self) -> u16 { match self { $(Code::$name => $errno,)+ } }

            /// Five ASCII characters.
            pub fn sqlstate(self) -> [u8; 5] { match self { $(Code::$name => *$state,)+ } }

            /// Who failed.
            pub fn origin(self) -> Origin { match self { $(Code::$name => Origin::$origin,)+ } }

            /// The name, as written in `docs/errors.md`.
            pub fn name(self) -> &'static str { match self { $(Code::$name => stringify!($name),)+ } }

            /// What it means, as written in `docs/errors.md`.
            pub fn explanation(self) -> &'static str { match self { $(Code::$name => concat!($($doc,)+),)+ } }
        }
    };
}

codes! {
    /// Too many clients are connected (`limits.max_client_connections`).
    ConnectionLimit = 1040, b"08004", Weir;
    /// The handshake did not follow the protocol.
    BadHandshake = 1043, b"08S01", Client;
    /// The user may not use this schema.
    DatabaseAccessDenied = 1044, b"42000", Client;
    /// Unknown user or wrong password.
    AccessDenied = 1045, b"28000", Client;
    /// No schema has been selected.
    NoDatabase = 1046, b"3D000", Client;
    /// This command of the MySQL protocol is not served.
    UnknownCommand = 1047, b"08S01", Client;
    /// The schema is not defined by any rule file.
    UnknownDatabase = 1049, b"42000", Client;
    /// The table exists already.
    TableExists = 1050, b"42S01", Client;
    /// The table does not exist.
    UnknownTable = 1051, b"42S02", Client;
    /// A column name fits more than one table.
    AmbiguousColumn = 1052, b"23000", Client;
    /// The server is shutting down.
    Shutdown = 1053, b"08S01", Weir;
    /// No table of the statement has this column.
    UnknownColumn = 1054, b"42S22", Client;
    /// What stands beside GROUP BY has no one value in a group (ONLY_FULL_GROUP_BY).
    NotGrouped = 1055, b"42000", Client;
    /// The statement is not valid SQL, or not SQL that Weir can read.
    ParseError = 1064, b"42000", Client;
    /// The statement is empty.
    EmptyQuery = 1065, b"42000", Client;
    /// Two tables of the statement have the same name or alias.
    DuplicateTable = 1066, b"42000", Client;
    /// A server does not read the table that the statement writes.
    TargetIsRead = 1093, b"HY000", Client;
    /// There is no connection with this id.
    NoSuchThread = 1094, b"HY000", Client;
    /// A clause names a table that the statement does not have.
    UnknownTableInClause = 1109, b"42S02", Client;
    /// The number of values does not fit the number of columns.
    ValueCount = 1136, b"21S01", Client;
    /// What a statement is to write is no table.
    NotUpdatable = 1288, b"HY000", Client;
    /// The table does not exist in the schema.
    NoSuchTable = 1146, b"42S02", Client;
    /// KILL of another user's connection.
    KillDenied = 1095, b"HY000", Client;
    /// The character set does not exist.
    UnknownCharset = 1115, b"42000", Client;
    /// A packet is larger than `max_allowed_packet`.
    PacketTooLarge = 1153, b"08S01", Client;
    /// A packet came with the wrong sequence number.
    PacketsOutOfOrder = 1156, b"08S01", Client;
    /// The variable does not exist.
    UnknownVariable = 1193, b"HY000", Client;
    /// The variable cannot have this value.
    WrongVariableValue = 1231, b"42000", Client;
    /// The prepared statement does not exist.
    UnknownStatement = 1243, b"HY000", Client;
    /// The savepoint does not exist.
    UnknownSavepoint = 1305, b"42000", Client;
    /// The statement has been interrupted by KILL QUERY.
    QueryInterrupted = 1317, b"70100", Client;
    /// A user variable or parameter count does not fit the statement.
    WrongArguments = 1210, b"HY000", Client;
    /// A statement that cannot run inside a transaction or that changes the transaction while one is open.
    TransactionInProgress = 1568, b"25001", Client;
    /// A write in a transaction that is READ ONLY.
    ReadOnlyTransaction = 1792, b"25006", Client;
    /// A packet ends too early or holds a value that cannot be.
    MalformedPacket = 1835, b"HY000", Client;
    /// Too many prepared statements are open (`limits.max_prepared_statements`).
    PreparedLimit = 1461, b"42000", Weir;
    /// A combined value is larger than its type.
    DataOutOfRange = 1690, b"22003", Client;
    /// This is not served for prepared statements.
    UnsupportedPrepared = 1295, b"HY000", Client;

    /// A split table cannot be used like this yet; the sentence says what is not possible and what to change.
    UnsupportedAcrossShards = 21001, b"0A000", Weir;
    /// Weir does not serve this statement at all.
    UnsupportedStatement = 21002, b"0A000", Weir;
    /// An UPDATE would change the value of a shard key.
    ShardKeyUpdate = 21004, b"0A000", Weir;
    /// An INSERT gives no value, or not a plain value, for the shard key.
    ShardKeyMissing = 21005, b"HY000", Weir;
    /// An UPDATE or DELETE of a split table without WHERE and LIMIT; allowed by a hint.
    FullTableWrite = 21006, b"HY000", Weir;
    /// The tables of a join are not split alike, or not joined by their shard keys.
    JoinNotCoSplit = 21007, b"0A000", Weir;
    /// More rows than `limits.max_merge_rows` or bytes than `limits.max_merge_bytes` would have to be held to merge.
    MergeLimit = 21008, b"HY000", Weir;
    /// A hint names an unknown shard or cannot be read.
    BadHint = 21009, b"HY000", Client;
    /// A rule says that the table exists, but its physical tables differ or are missing.
    TopologyDrift = 21010, b"HY000", Weir;
    /// The instance cannot be reached, refuses the login, or dropped the connection; the sentence names it.
    InstanceUnavailable = 21011, b"08S01", Backend;
    /// The instance did not answer within the named timeout.
    InstanceTimeout = 21012, b"HY000", Backend;
    /// No connection of the instance became free within `acquire_timeout_ms`.
    PoolExhausted = 21013, b"HY000", Weir;
    /// A DDL statement failed on some nodes; the sentence lists them.
    DdlPartial = 21014, b"HY000", Backend;
    /// The shards' answers do not fit each other or do not follow the protocol.
    BackendAnswer = 21016, b"HY000", Backend;
    /// The value of a shard key cannot be routed exactly.
    ShardKeyValue = 21017, b"HY000", Weir;
    /// No value of the sequence could be had.
    SequenceFailed = 21018, b"HY000", Backend;
    /// The statement nests or expands beyond a named limit of Weir.
    StatementTooComplex = 21019, b"54000", Weir;
    /// The answer to the COMMIT of a transaction over several instances was lost, and the instance that keeps the decision cannot be asked; all instances will end it alike.
    OutcomeUnknown = 21031, b"08007", Backend;
    /// A transaction over several instances could not be committed and has been rolled back on all of them; the sentence says why.
    RolledBackAtCommit = 21032, b"40000", Backend;
    /// An instance cannot take part in a transaction over several: its `weir` tables or XA RECOVER are not to be had.
    TransactionLog = 21033, b"HY000", Backend;
    /// No snapshot of one moment could be had of all instances: a transaction is decided and not committed everywhere yet, or a connection was lost that kept others from committing.
    SnapshotBusy = 21034, b"HY000", Weir;
    /// With `weir_verify` on: two ways to answer a statement do not agree, or cannot be compared.
    Unverified = 21035, b"HY000", Weir;
}

#[cfg(test)]
mod tests {
    use super::Code;

    #[test]
    fn numbers_are_unique() {
        let mut seen: Vec<u16> = Code::ALL.iter().map(|code| code.errno()).collect();
        seen.sort_unstable();
        let before = seen.len();
        seen.dedup();
        assert_eq!(before, seen.len(), "two codes share a number");
    }
}
