//! LOAD DATA LOCAL INFILE: Weir is the server that asks the client for its file, and the client of each node.
//!
//! Before the client is asked, every instance runs the statement with an empty file: so what is wrong with the statement,
//! or with a server that takes no files, is told by a server, and nothing has been read. Then the file is cut into lines
//! ([`feed`]); each node's are collected, and sent to it as soon as they fill a piece, with a statement of its own
//! ([`work`]). A piece of a megabyte costs its statement nothing that could be measured, and needs one connection for an
//! instance, however many tables it has. What waits is bounded, so that the client waits for the slowest instance.
//!
//! Always holds: a table's lines come in the file's order; all of them are stored, or none. The client's file is read to
//! its end before an error is told, because only there a client listens.

mod feed;
mod work;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use tokio::sync::mpsc::channel;
use tokio::task::JoinSet;

use super::hold::Hold;
use super::spread::{Done, SAVEPOINT, Undo, end, settle};
use super::{Conversation, ExecError, Outcome, Request, Warning, answers, refuse_write, text_warnings, user_variables};
use crate::backend::ServerKind;
use crate::catalog::{Catalog, literal};
use crate::error::{Code, Origin, SqlError};
use crate::id::{DataNode, InstanceId, ShardId};
use crate::plan::{Combine, Load, LoadCharset, Plan};
use crate::txn::Characteristics;
use crate::wire::Capabilities;
use feed::{Fed, Feed};
use work::{Tally, Work, Worked};

/// ER_CLIENT_LOCAL_FILES_DISABLED of MySQL, and MariaDB's ER_LOAD_INFILE_CAPABILITY_DISABLED.
const DISABLED_ON_MYSQL: u16 = 3948;
const DISABLED_ON_MARIADB: u16 = 4166;

/// What the servers have said before the client was asked.
struct Begun {
    /// The plan with the file's charset.
    plan: Plan,
    /// What they warn of whatever the file is, under physical names.
    of_text: Vec<Warning>,
    /// How many warnings a server keeps.
    kept: usize,
}

/// Runs LOAD DATA LOCAL INFILE. Outside a transaction it is one of its own, over as many instances as its table has.
pub(super) async fn run(conversation: &mut Conversation<'_>, request: &Request<'_>) -> Result<Outcome, ExecError> {
    refuse_write(conversation, request)?;
    if !conversation.client.capabilities.contains(Capabilities::LOCAL_FILES) {
        return Err(disabled(conversation.catalog).into());
    }
    if conversation.transaction.is_open() {
        return load(conversation, request, Undo::ToSavepoint).await;
    }
    conversation.transaction.open(Characteristics::default());
    let written = load(conversation, request, Undo::WithTransaction).await;
    end(conversation, written).await
}

async fn load(conversation: &mut Conversation<'_>, request: &Request<'_>, undo: Undo) -> Result<Outcome, ExecError> {
    let mut by_instance: BTreeMap<InstanceId, Vec<DataNode>> = BTreeMap::new();
    for node in request.nodes {
        by_instance.entry(request.instance(*node)).or_default().push(*node);
    }
    let mut holds = Hold::take_all(conversation, request, by_instance).await?;
    if undo == Undo::ToSavepoint {
        holds.iter_mut().for_each(|(hold, _)| hold.queue_prelude(SAVEPOINT));
    }
    let begun = match begin(conversation, request, &mut holds).await {
        Ok(begun) => begun,
        Err(error) => {
            let done = holds.into_iter().map(|(hold, _)| Done { hold, outcomes: Vec::new(), error: None }).collect();
            return settle(conversation, request, done, Some(error), undo).await;
        }
    };
    let request = &Request { plan: &begun.plan, ..*request };
    let bound = Arc::new(AtomicU64::new(u64::MAX));
    let (mut feed, mut tasks) = (Feed::new(request, bound.clone())?, JoinSet::new());
    for (hold, _) in holds {
        let (to, pieces) = channel(1);
        feed.connect(hold.instance, to);
        let load = load_of(request)?;
        let work = Work {
            hold,
            pieces,
            of_text: begun.of_text.clone(),
            kept: begun.kept,
            asks_id: load.asks_id,
            bound: bound.clone(),
        };
        tasks.spawn(work.run());
    }
    let fed = feed.run(conversation, load_of(request)?).await?;
    let mut worked = Vec::new();
    let mut lost = fed.failed.clone();
    while let Some(task) = tasks.join_next().await {
        match task {
            Ok(Ok(done)) => worked.push(done),
            Ok(Err((node, error))) => lost = lost.or(Some(request.names(node).error(error))),
            Err(error) => lost = lost.or(Some(SqlError::new(Code::BackendAnswer, error.to_string()))),
        }
    }
    worked.sort_by_key(|worked| worked.hold.instance);
    finish(conversation, request, (fed, worked, lost), (&begun, undo)).await
}

/// Asks the servers for what has to be known, and each whether it would take a file.
async fn begin(
    conversation: &Conversation<'_>,
    request: &Request<'_>,
    holds: &mut [(Hold, Vec<DataNode>)],
) -> Result<Begun, SqlError> {
    let load = load_of(request)?;
    let mut begun: Option<Begun> = None;
    for (hold, nodes) in holds {
        let Some(node) = nodes.first().copied() else { continue };
        if begun.is_none() {
            let kept = text_warnings::kept(hold).await?;
            let charset = charset(conversation, request, load, hold).await?;
            if Load::utf8(&charset).is_none() {
                let message = format!(
                    "LOAD DATA of a file in {charset}, whose letters may hold bytes of ASCII, is not served; \
                     convert it to utf8mb4 and name that by CHARACTER SET"
                );
                return Err(SqlError::new(Code::UnsupportedStatement, message));
            }
            begun = Some(Begun { plan: request.plan.with_file_charset(&charset), of_text: Vec::new(), kept });
        }
        let Some(begun) = &mut begun else { continue };
        let request = &Request { plan: &begun.plan, ..*request };
        let sql = request.write(node, &mut Vec::new())?;
        let named = |error: crate::backend::BackendError| request.names(node).error(error.into());
        let outcome = work::send(hold, &sql, &[]).await.map_err(named)?;
        if outcome.warnings > 0 && begun.of_text.is_empty() {
            begun.of_text = answers::warnings(hold).await?;
        }
        if load.asks_id {
            // What it has from other statements says nothing.
            hold.query("SELECT LAST_INSERT_ID(0)").await?;
        }
    }
    begun.ok_or_else(|| SqlError::new(Code::TopologyDrift, "the table has no node"))
}

/// The charset that one server would read the file in.
async fn charset(
    conversation: &Conversation<'_>,
    request: &Request<'_>,
    load: &Load,
    hold: &mut Hold,
) -> Result<String, SqlError> {
    let asked = match &load.charset {
        LoadCharset::Named(name) => return Ok(name.to_string()),
        _ if conversation.state.get("character_set_database").is_some() => "SELECT @@character_set_database".to_owned(),
        LoadCharset::OfServer => "SELECT @@character_set_server".to_owned(),
        LoadCharset::OfSchema => {
            let table = request.plan.tables.first();
            let shards = table.map_or(&[][..], |table| table.rules.shards());
            let here = shards.iter().find(|shard| shard.instance == hold.instance);
            let database = here.map_or("", |shard| &shard.database);
            let database = literal(database);
            format!("SELECT DEFAULT_CHARACTER_SET_NAME FROM information_schema.SCHEMATA WHERE SCHEMA_NAME = {database}")
        }
    };
    let answer = hold.query(&asked).await?;
    let told = answer.text(0, 0).map(str::to_owned);
    told.ok_or_else(|| SqlError::new(Code::BackendAnswer, "a server does not tell the charset of a schema"))
}

/// One server's answer out of the instances', or all of it undone.
async fn finish(
    conversation: &mut Conversation<'_>,
    request: &Request<'_>,
    (fed, worked, lost): (Fed, Vec<Worked>, Option<SqlError>),
    (begun, undo): (&Begun, Undo),
) -> Result<Outcome, ExecError> {
    let load = load_of(request)?;
    let (mut lost, mut whole, mut warnings) = (lost, Tally::of_text(begun.of_text.len()), Vec::new());
    let mut done = Vec::new();
    let (mut id, mut unsure) = (fed.first_id, false);
    for Worked { mut hold, tally, warnings: list, error, id: own, unsure: of_instance } in worked {
        let counts = request.plan.combine != Combine::Same || request.instance(first_node(request)) == hold.instance;
        if counts {
            whole.add(&tally);
            warnings.extend(list);
            unsure |= of_instance;
        }
        id = id.or(own);
        if fed.rows > 0 && hold.is_sound() {
            let mut passed = Vec::new();
            let last = fed.last.is_some_and(|node| request.instance(node) == hold.instance);
            let assigned = if last && lost.is_none() { &mut *conversation.assigned } else { &mut passed };
            if let Err(error) = user_variables::assigned(&mut hold, &load.variables, assigned).await {
                lost = lost.or(Some(error.into()));
            }
        }
        done.push(Done { hold, outcomes: Vec::new(), error });
    }
    if unsure && fed.pieces > 1 && load.is_checked && lost.is_none() {
        let message = "a CHECK has kept lines out, and a server does not say which: the numbers of rows that it warns of \
                       cannot be told; mend the file";
        lost = Some(SqlError::new(Code::UnsupportedAcrossShards, message));
    }
    settle(conversation, request, done, lost, undo).await?;
    warnings.sort_by_key(|(row, _, _)| *row);
    warnings.truncate(begun.kept.saturating_sub(begun.of_text.len()));
    let node = first_node(request);
    let of_text = request.names(node).warnings(begun.of_text.clone());
    let of_rows = warnings.into_iter().flat_map(|(_, node, warning)| request.names(node).warnings(vec![warning]));
    if whole.affected > 0 && id.is_some() {
        *conversation.insert_id = id;
    }
    Ok(Outcome {
        affected_rows: whole.affected,
        warnings: u16::try_from(whole.warnings).unwrap_or(u16::MAX),
        message: whole.message(),
        warning_list: of_text.into_iter().chain(of_rows).take(begun.kept).collect(),
        ..Outcome::default()
    })
}

fn load_of<'s>(request: &Request<'s>) -> Result<&'s Load, SqlError> {
    let missing = || SqlError::new(Code::UnsupportedStatement, "this plan loads no file");
    request.plan.load.as_deref().ok_or_else(missing)
}

fn first_node(request: &Request<'_>) -> DataNode {
    request.nodes.first().copied().unwrap_or(DataNode { shard: ShardId(0), table: 0 })
}

/// What a server says to a client that gives no files.
fn disabled(catalog: &Catalog) -> SqlError {
    let on_mysql = catalog.instances().iter().any(|instance| instance.kind() == Some(ServerKind::MySql));
    let said = if on_mysql {
        let message = "Loading local data is disabled; this must be enabled on both the client and server sides";
        SqlError::backend(DISABLED_ON_MYSQL, *b"42000", message)
    } else {
        let message = "The used command is not allowed because the MariaDB server or client has disabled the local infile capability";
        SqlError::backend(DISABLED_ON_MARIADB, *b"HY000", message)
    };
    SqlError { origin: Origin::Client, ..said }
}
