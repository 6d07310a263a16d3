//! Carries tables to the nodes of others ([`Carried`]), and answers the statement there.
//!
//! Each instance works over one connection of its own. Temporary tables are made there, a read-only transaction begins,
//! what is carried is read in it and held here as the INSERTs that bring it to every instance; then the statement runs as
//! any scatter does. So an instance shows one moment to all of it.
//!
//! Always holds: what is not worth it, is more than [`MOST_BYTES`], or cannot be merged, is left to a merge node, and
//! nothing has been told to the client then. Whatever ends a connection ends its temporary tables.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Instant;

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
use crate::plan::{Access, Carried, Carry, Combine, Fetch, MergeName, Plan, Switch};
use crate::wire::ResponseKind;

/// A table that is written before anything is read, so that the transaction has its number when it chooses its moment:
/// MySQL counts the rows of a temporary table by number, and would take those that come later for another's.
const OWN: &str = "`weir`.`own`";

/// Rows that take more bytes than this are not carried.
const MOST_BYTES: usize = 64 << 20;

/// A broadcast table is sifted where at least so many of its rows would be looked at by at least so many nodes,
const SIFTED_FROM: (u64, usize) = (1000, 4);
/// and no more than so many are left.
const MOST_SIFTED: u64 = 8192;

/// Answers a statement by carrying tables; None where a merge node has to.
pub(super) async fn run(
    conversation: &mut Conversation<'_>,
    request: &Request<'_>,
) -> Result<Option<Outcome>, ExecError> {
    let plan = request.plan;
    let verifies = request.args.switches.is_on(Switch::Verify);
    let sifts = !plan.carried.is_empty() && plan.carried.iter().all(|way| way.why == Carry::Sifted);
    if sifts && !request.sifting.is_due(Instant::now()) {
        return Ok(None);
    }
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
    if sifts && matches!(done, Ok(None)) {
        request.sifting.was_futile(Instant::now());
    }
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

    /// Where the rows of a fetch are read, and which instances get those of each place; of one set, all rows. A table
    /// that is sifted is read by each instance from its own copy, so that it shows one moment to the statement.
    fn sources(
        &self,
        plan: &Plan,
        request: &Request<'_>,
        targets: &BTreeSet<InstanceId>,
    ) -> Result<(Vec<DataNode>, Vec<BTreeSet<InstanceId>>), SqlError> {
        let mut nodes = Vec::new();
        match self.of.why {
            Carry::Apart => {
                plan.route(&request.args, &mut nodes)?;
                Ok((nodes, vec![targets.clone()]))
            }
            Carry::Sifted => {
                let table = self.of.plan.tables.first();
                let on = |instance: &InstanceId, node: &DataNode| {
                    table.is_some_and(|table| table.rules.instance(node.shard) == *instance)
                };
                for instance in targets {
                    let node = self.nodes.iter().find(|node| on(instance, node));
                    nodes.extend(node.map(|node| DataNode { shard: node.shard, table: 0 }));
                }
                let homes = targets.iter().map(|instance| BTreeSet::from([*instance])).collect();
                Ok((nodes, homes))
            }
        }
    }

    /// So many rows are fetched at most, from so many places.
    fn most_rows(&self, places: usize) -> u64 {
        match self.of.why {
            Carry::Apart => u64::MAX,
            Carry::Sifted => MOST_SIFTED.saturating_mul(u64::try_from(places).unwrap_or(u64::MAX)),
        }
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
        match (self.prepare(request, way).await, way.of.why) {
            (Ok(()), _) => {}
            // Where no temporary table can be made, the nodes look through the whole one.
            (Err(ExecError::Sql(error)), Carry::Sifted) => {
                tracing::debug!(%error, "a table could not be sifted");
                return Ok(None);
            }
            (Err(error), _) => return Err(error),
        }
        if !self.carry(conversation, request, way).await? {
            return Ok(None);
        }
        self.answer(conversation, request, way).await
    }

    /// The way that carries least, if that is no more than what stays; the table that is sifted of most.
    async fn choose<'w>(
        &mut self,
        request: &Request<'_>,
        ways: &'w [Way<'w>],
    ) -> Result<Option<&'w Way<'w>>, ExecError> {
        let mut sizes: Vec<Option<u64>> = vec![None; request.plan.fetches.len()];
        let mut best: Option<(u64, &Way<'_>)> = None;
        for way in ways {
            let moves = self.sum(request, &way.of.moves, &mut sizes).await?;
            let sifts = way.of.why == Carry::Sifted;
            if sifts && (moves < SIFTED_FROM.0 || way.nodes.len() < SIFTED_FROM.1) {
                continue;
            }
            let stays = self.sum(request, &way.of.stays, &mut sizes).await?;
            let times = if sifts { 1 } else { u64::try_from(way.instances().len()).unwrap_or(u64::MAX) };
            let cost = if sifts { u64::MAX - moves } else { moves };
            if moves.saturating_mul(times) <= stays && best.is_none_or(|(least, _)| cost < least) {
                best = Some((cost, way));
            }
        }
        Ok(best.map(|(_, way)| way))
    }

    /// About how many rows the fetches of some mentions read.
    async fn sum(
        &mut self,
        request: &Request<'_>,
        mentions: &[usize],
        sizes: &mut [Option<u64>],
    ) -> Result<u64, ExecError> {
        let mut all = 0_u64;
        for &mention in mentions {
            let (Some(size), Some(fetch)) = (sizes.get_mut(mention), request.plan.fetches.get(mention)) else {
                continue;
            };
            let rows = match *size {
                Some(rows) => rows,
                None => self.rows(request, fetch).await?,
            };
            *size = Some(rows);
            all = all.saturating_add(rows);
        }
        Ok(all)
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
                Some(hold) => progress.narrowed(fetch, Vec::new(), hold).await?,
                None => None,
            };
            let cut_down = fetch.cut_down || narrowed.is_some();
            let plan = narrowed.as_ref().unwrap_or(&fetch.plan);
            let before = fetched.rows;
            fetched.begins(table);
            let (nodes, homes) = way.sources(plan, request, &targets)?;
            let loader = || Loader::new(table, &fetch.columns, ("INSERT INTO", &MergeName::of(mention).qualified()));
            let loads = homes.iter().map(|_| Load { loader: loader(), inserts: Vec::new() }).collect();
            let bounds = Bounds { held: &mut held, fetched: &mut fetched, most_rows: way.most_rows(homes.len()) };
            let inserts = self.fetch(conversation, request, (plan, &nodes), (loads, bounds)).await?;
            let Some(inserts) = inserts else { return Ok(false) };
            for (inserts, home) in inserts.iter().zip(&homes) {
                match self.insert(inserts, home).await {
                    Ok(()) => {}
                    // Equal values lie on different shards, where their key does not see each other.
                    Err(BackendError::Server(error)) if error.errno == DUPLICATE_ENTRY => return Ok(false),
                    Err(error) => return Err(request.names_at(Place::MergeNode).error(error.into()).into()),
                }
            }
            progress.finished(mention, fetched.rows - before, cut_down);
        }
        Ok(true)
    }

    /// The rows of a fetch as INSERTs, of all nodes together or of each for itself; None where they are too many.
    async fn fetch(
        &mut self,
        conversation: &mut Conversation<'_>,
        request: &Request<'_>,
        (plan, nodes): (&Plan, &[DataNode]),
        (mut loads, bounds): (Vec<Load>, Bounds<'_>),
    ) -> Result<Option<Vec<Vec<Vec<u8>>>>, ExecError> {
        let (collations, heads) = (KnownCollations::default(), ResultHeads::default());
        let part = part(request, plan, nodes, (&collations, &heads));
        let mut state = conversation.state.clone();
        state.set("character_set_results", "NULL");
        self.holds.values_mut().for_each(|hold| hold.queue_state(&state));
        let mut scatter = Scatter::over(&mut self.holds, &part)?;
        scatter.deafen();
        let most = MOST_BYTES.min(usize::try_from(conversation.limits.max_bytes).unwrap_or(MOST_BYTES));
        let mut open = nodes.len();
        let mut fits = true;
        while open > 0 && fits {
            match scatter.next(None, |_| 0, conversation, &part).await? {
                Event::Rows { source, batch, rows } => {
                    bounds.fetched.more(rows, batch.len(), conversation)?;
                    let load = if loads.len() == 1 { loads.first_mut() } else { loads.get_mut(source) };
                    let Some(load) = load else { continue };
                    for row in batch.rows() {
                        load.loader.row(&row.map_err(SqlError::from)?)?;
                        if load.loader.is_full() {
                            *bounds.held += load.next_insert();
                        }
                    }
                    fits = *bounds.held <= most && bounds.fetched.rows <= bounds.most_rows;
                }
                Event::End { .. } => open -= 1,
                Event::Columns { .. } | Event::Failed { .. } | Event::Queued => {}
            }
        }
        for load in &mut loads {
            *bounds.held += load.next_insert();
        }
        scatter.put_back(&mut self.holds, &part).await;
        Ok(fits.then(|| loads.into_iter().map(|load| load.inserts).collect()))
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

/// Rows as INSERTs.
struct Load {
    loader: Loader,
    inserts: Vec<Vec<u8>>,
}

/// How much has been fetched, and how much may be.
struct Bounds<'b> {
    held: &'b mut usize,
    fetched: &'b mut Fetched,
    most_rows: u64,
}

// === impl Load ===

impl Load {
    /// Takes the rows that have been put together; gives how many bytes that is.
    fn next_insert(&mut self) -> usize {
        let Some(sql) = self.loader.statement().map(<[u8]>::to_vec) else { return 0 };
        self.loader.clear();
        let bytes = sql.len();
        self.inserts.push(sql);
        bytes
    }
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
        sifting: request.sifting,
    }
}
