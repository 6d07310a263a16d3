//! Carries tables to the nodes of others ([`Carried`]), and answers the statement there.
//!
//! Each instance works over one connection of its own. Temporary tables are made there, a read-only transaction begins,
//! what is carried is read in it and held here as the INSERTs that bring it to every instance; then the statement runs as
//! any scatter does. So an instance shows one moment to all of it.
//!
//! Always holds: what is not worth it, is more than [`MOST_BYTES`], or cannot be merged, is left to a merge node, and
//! nothing has been told to the client then. Whatever ends a connection ends its temporary tables.

use std::collections::{BTreeMap, BTreeSet};

use super::gather::{Gathered, gather_over, weighted_keys};
use super::hold::Hold;
use super::merge_node::{DUPLICATE_ENTRY, Fetched, loading, make_table};
use super::narrow::Progress;
use super::scatter::Scatter;
use super::source::Event;
use super::temporary::{Loader, Uniqueness, create};
use super::{Conversation, ExecError, Form, Outcome, Place, Request, prepare};
use crate::backend::{BackendError, ServerKind};
use crate::catalog::{KnownCollations, ResultHeads};
use crate::error::SqlError;
use crate::id::{DataNode, InstanceId};
use crate::plan::{Access, Carried, Combine, Fetch, MergeName, Plan, Switch};
use crate::wire::ResponseKind;

/// A table that is written before anything is read, so that the transaction has its number when it chooses its moment:
/// MySQL counts the rows of a temporary table by number, and would take those that come later for another's.
const OWN: &str = "`weir`.`own`";

/// Rows that take more bytes than this are not carried.
const MOST_BYTES: usize = 64 << 20;

/// Answers a statement by carrying tables; None where a merge node has to.
pub(super) async fn run(
    conversation: &mut Conversation<'_>,
    request: &Request<'_>,
) -> Result<Option<Outcome>, ExecError> {
    let plan = request.plan;
    let verifies = request.args.switches.is_on(Switch::Verify);
    if plan.carried.is_empty() || plan.access != Access::Read || verifies || conversation.transaction.is_open() {
        return Ok(None);
    }
    let mut ways = Vec::new();
    for way in &plan.carried {
        let mut nodes = Vec::new();
        way.plan.route(&request.args, &mut nodes)?;
        if nodes.len() > 1 {
            ways.push(Way { of: way, nodes });
        }
    }
    if ways.is_empty() {
        return Ok(None);
    }
    let mut carrying = Carrying { holds: take(conversation, request, &ways).await?, tables: Vec::new() };
    let done = carrying.run(conversation, request, &ways).await;
    carrying.end(conversation).await;
    done
}

/// A way, and the nodes that it goes to.
struct Way<'w> {
    of: &'w Carried,
    nodes: Vec<DataNode>,
}

// === impl Way ===

impl Way<'_> {
    fn instances(&self) -> BTreeSet<InstanceId> {
        let table = self.of.plan.tables.first();
        self.nodes.iter().filter_map(|node| Some(table?.rules.instance(node.shard))).collect()
    }
}

/// Connections to all instances that any way asks.
async fn take(
    conversation: &Conversation<'_>,
    request: &Request<'_>,
    ways: &[Way<'_>],
) -> Result<BTreeMap<InstanceId, Hold>, ExecError> {
    let mut instances: BTreeSet<InstanceId> = ways.iter().flat_map(Way::instances).collect();
    for fetch in &request.plan.fetches {
        let mut nodes = Vec::new();
        fetch.plan.route(&request.args, &mut nodes)?;
        let table = fetch.plan.tables.first();
        instances.extend(nodes.iter().filter_map(|node| Some(table?.rules.instance(node.shard))));
    }
    let mut holds = BTreeMap::new();
    for instance in instances {
        holds.insert(instance, Hold::take_apart(conversation, instance).await?);
    }
    Ok(holds)
}

/// A statement whose tables are carried.
struct Carrying {
    holds: BTreeMap<InstanceId, Hold>,
    /// The temporary tables, by their names.
    tables: Vec<String>,
}

// === impl Carrying ===

impl Carrying {
    async fn run(
        &mut self,
        conversation: &mut Conversation<'_>,
        request: &Request<'_>,
        ways: &[Way<'_>],
    ) -> Result<Option<Outcome>, ExecError> {
        let Some(way) = self.choose(request, ways).await? else { return Ok(None) };
        self.prepare(request, way).await?;
        if !self.carry(conversation, request, way).await? {
            return Ok(None);
        }
        self.answer(conversation, request, way).await
    }

    /// The way that carries least, if that is no more than what stays.
    async fn choose<'w>(
        &mut self,
        request: &Request<'_>,
        ways: &'w [Way<'w>],
    ) -> Result<Option<&'w Way<'w>>, ExecError> {
        let mut sizes = Vec::new();
        for fetch in &request.plan.fetches {
            sizes.push(self.rows(request, fetch).await?);
        }
        let rows = |mentions: &[usize]| {
            mentions.iter().filter_map(|mention| sizes.get(*mention)).fold(0_u64, |all, rows| all.saturating_add(*rows))
        };
        let worth = |way: &&Way<'_>| {
            let instances = u64::try_from(way.instances().len()).unwrap_or(u64::MAX);
            rows(&way.of.moves).saturating_mul(instances) <= rows(&way.of.stays)
        };
        Ok(ways.iter().filter(worth).min_by_key(|way| rows(&way.of.moves)))
    }

    /// About how many rows a fetch reads, as the server of its first node sees it.
    async fn rows(&mut self, request: &Request<'_>, fetch: &Fetch) -> Result<u64, ExecError> {
        let plan = fetch.sample.as_deref().unwrap_or(&fetch.plan);
        let mut nodes = Vec::new();
        plan.route(&request.args, &mut nodes)?;
        let (collations, heads) = (KnownCollations::default(), ResultHeads::default());
        let part = part(request, plan, &nodes, (&collations, &heads));
        let Some(&node) = nodes.first() else { return Ok(0) };
        let Some(hold) = self.holds.get_mut(&part.instance(node)) else { return Ok(u64::MAX) };
        let sql = part.write(node, &mut Vec::new())?;
        hold.queue_query(|out| {
            out.extend_from_slice(b"EXPLAIN FORMAT=TRADITIONAL ");
            out.extend_from_slice(&sql);
        });
        hold.flush().await?;
        let said = hold.answer(ResponseKind::Results).await.map_err(|error| part.names(node).error(error.into()))?;
        let at = said.columns.iter().position(|column| column.eq_ignore_ascii_case("rows"));
        // It says nothing where no row can match.
        let rows = at.and_then(|at| said.text(0, at)).map_or(0, |rows| rows.parse().unwrap_or(u64::MAX));
        Ok(rows.saturating_mul(u64::try_from(nodes.len()).unwrap_or(u64::MAX)))
    }

    /// Makes the tables, and begins the transactions.
    async fn prepare(&mut self, request: &Request<'_>, way: &Way<'_>) -> Result<(), ExecError> {
        let targets = way.instances();
        for &mention in &way.of.moves {
            let (Some(table), Some(fetch)) = (request.plan.tables.get(mention), request.plan.fetches.get(mention))
            else {
                continue;
            };
            let name = MergeName::of(mention);
            let sql = create(table, &fetch.columns, name, Uniqueness::Kept)?;
            self.tables.push(name.qualified());
            for (_, hold) in self.holds.iter_mut().filter(|(instance, _)| targets.contains(instance)) {
                hold.queue_state(&loading());
                make_table(hold, &sql).await?;
            }
        }
        let counts = |hold: &Hold| hold.kind() == ServerKind::MySql;
        self.tables.push(OWN.to_owned());
        for (_, hold) in self.holds.iter_mut().filter(|(instance, _)| targets.contains(instance)) {
            if counts(hold) {
                make_table(hold, &format!("CREATE TEMPORARY TABLE {OWN} (own INT) ENGINE=InnoDB")).await?;
            }
        }
        for (instance, hold) in &mut self.holds {
            hold.queue_prelude("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ");
            hold.queue_prelude("START TRANSACTION READ ONLY");
            if counts(hold) && targets.contains(instance) {
                hold.queue_prelude(&format!("INSERT INTO {OWN} VALUES (1)"));
            }
        }
        Ok(())
    }

    /// Fills the tables. Says whether it could.
    async fn carry(
        &mut self,
        conversation: &mut Conversation<'_>,
        request: &Request<'_>,
        way: &Way<'_>,
    ) -> Result<bool, ExecError> {
        let targets = way.instances();
        let fetches = &request.plan.fetches;
        let mut progress = Progress::among(fetches, &way.of.moves);
        let mut fetched = Fetched::default();
        let mut held = 0;
        while let Some((mention, fetch)) = progress.next(fetches).and_then(|next| Some((next, fetches.get(next)?))) {
            let Some(table) = request.plan.tables.get(mention) else { return Ok(false) };
            let narrowed = match targets.first().and_then(|first| self.holds.get_mut(first)) {
                Some(hold) => progress.narrowed(fetch, hold).await?,
                None => None,
            };
            let cut_down = fetch.cut_down || narrowed.is_some();
            let plan = narrowed.as_ref().unwrap_or(&fetch.plan);
            let before = fetched.rows;
            fetched.begins(table);
            let loader = Loader::new(table, &fetch.columns, ("INSERT INTO", &MergeName::of(mention).qualified()));
            let inserts = self.fetch(conversation, request, plan, (loader, &mut fetched, &mut held)).await?;
            let Some(inserts) = inserts else { return Ok(false) };
            match self.insert(&inserts, &targets).await {
                Ok(()) => {}
                // Equal values lie on different shards, where their key does not see each other.
                Err(BackendError::Server(error)) if error.errno == DUPLICATE_ENTRY => return Ok(false),
                Err(error) => return Err(request.names_at(Place::MergeNode).error(error.into()).into()),
            }
            progress.finished(mention, fetched.rows - before, cut_down);
        }
        Ok(true)
    }

    /// The rows of a fetch as INSERTs; None where they are too many.
    async fn fetch(
        &mut self,
        conversation: &mut Conversation<'_>,
        request: &Request<'_>,
        plan: &Plan,
        (mut loader, fetched, held): (Loader, &mut Fetched, &mut usize),
    ) -> Result<Option<Vec<Vec<u8>>>, ExecError> {
        let mut nodes = Vec::new();
        plan.route(&request.args, &mut nodes)?;
        let (collations, heads) = (KnownCollations::default(), ResultHeads::default());
        let part = part(request, plan, &nodes, (&collations, &heads));
        let mut state = conversation.state.clone();
        state.set("character_set_results", "NULL");
        self.holds.values_mut().for_each(|hold| hold.queue_state(&state));
        let mut scatter = Scatter::over(&mut self.holds, &part)?;
        let most = MOST_BYTES.min(usize::try_from(conversation.limits.max_bytes).unwrap_or(MOST_BYTES));
        let mut inserts: Option<Vec<Vec<u8>>> = Some(Vec::new());
        let mut open = nodes.len();
        while open > 0 && inserts.is_some() {
            match scatter.next(None, |_| 0, conversation, &part).await? {
                Event::Rows { batch, rows, .. } => {
                    fetched.more(rows, batch.len(), conversation)?;
                    for row in batch.rows() {
                        loader.row(&row.map_err(SqlError::from)?)?;
                        if loader.is_full() {
                            *held += next_insert(&mut loader, &mut inserts);
                        }
                    }
                    if *held > most {
                        inserts = None;
                    }
                }
                Event::End { .. } => open -= 1,
                Event::Columns { .. } | Event::Failed { .. } | Event::Queued => {}
            }
        }
        *held += next_insert(&mut loader, &mut inserts);
        scatter.put_back(&mut self.holds, &part).await;
        Ok(inserts)
    }

    /// Runs INSERTs on all instances, side by side.
    async fn insert(&mut self, inserts: &[Vec<u8>], targets: &BTreeSet<InstanceId>) -> Result<(), BackendError> {
        for sql in inserts {
            for (_, hold) in self.holds.iter_mut().filter(|(instance, _)| targets.contains(instance)) {
                hold.queue_state(&loading());
                hold.queue_query(|out| out.extend_from_slice(sql));
                hold.flush().await?;
            }
            for (_, hold) in self.holds.iter_mut().filter(|(instance, _)| targets.contains(instance)) {
                hold.answer(ResponseKind::Results).await?;
            }
        }
        Ok(())
    }

    /// Runs the statement at its nodes.
    async fn answer(
        &mut self,
        conversation: &mut Conversation<'_>,
        request: &Request<'_>,
        way: &Way<'_>,
    ) -> Result<Option<Outcome>, ExecError> {
        let plan = &way.of.plan;
        let Combine::Rows(spec) = &plan.combine else { return Ok(None) };
        let (collations, heads) = (KnownCollations::default(), ResultHeads::default());
        let part = Request { form: request.form, ..part(request, plan, &way.nodes, (&collations, &heads)) };
        if let (Some(node), Some(_)) = (way.nodes.first(), weighted_keys(spec).next())
            && let Some(hold) = self.holds.get_mut(&part.instance(*node))
        {
            let mut state = conversation.state.clone();
            state.set("character_set_results", "NULL");
            hold.apply_state(&state).await?;
            let known = prepare::collations_on(hold, &part, *node).await?;
            collations.get_or_init(|| known);
        }
        self.holds.values_mut().for_each(|hold| hold.queue_state(conversation.state));
        let mut scatter = Scatter::over(&mut self.holds, &part)?;
        let gathered = gather_over(conversation, &part, spec, &mut scatter).await;
        if !matches!(gathered, Err(ExecError::Client(_))) {
            scatter.put_back(&mut self.holds, &part).await;
        }
        match gathered {
            Ok(Gathered::Answered(outcome)) => Ok(Some(outcome)),
            Ok(Gathered::HoldsMuch) => Ok(None),
            // Nothing has been sent when a merge is refused.
            Err(ExecError::Sql(error)) if request.plan.merges_after(&error) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Gives the connections back, without the tables.
    async fn end(self, conversation: &mut Conversation<'_>) {
        let drop = format!("DROP TEMPORARY TABLE IF EXISTS {}", self.tables.join(", "));
        for (_, mut hold) in self.holds {
            if !hold.is_sound() {
                continue;
            }
            if self.tables.is_empty() {
                hold.release(conversation);
                continue;
            }
            hold.queue_prelude("COMMIT");
            match hold.query(&drop).await {
                Ok(_) => hold.release(conversation),
                Err(error) => tracing::debug!(%error, "a connection with carried tables was closed"),
            }
        }
    }
}

/// Takes the rows that have been put together; gives how many bytes that is.
fn next_insert(loader: &mut Loader, inserts: &mut Option<Vec<Vec<u8>>>) -> usize {
    let Some(sql) = loader.statement().map(<[u8]>::to_vec) else { return 0 };
    loader.clear();
    let bytes = sql.len();
    if let Some(inserts) = inserts {
        inserts.push(sql);
    }
    bytes
}

/// A part of a statement, as text.
fn part<'p>(
    request: &Request<'p>,
    plan: &'p Plan,
    nodes: &'p [DataNode],
    (collations, heads): (&'p KnownCollations, &'p ResultHeads),
) -> Request<'p> {
    Request {
        plan,
        args: request.args,
        nodes,
        rows: &[],
        form: Form::Text,
        anywhere: request.anywhere,
        merge_node: None,
        collations,
        heads,
    }
}
