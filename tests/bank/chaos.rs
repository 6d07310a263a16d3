//! The servers and Weirs of the bank, and what is done to them.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use super::dice::Dice;
use super::settle::answer;
use super::traffic::Progress;
use super::wire::Wire;
use crate::process::lasting_port;
use crate::servers::{Brand, Server};
use crate::weir::{Setup, Weir};

pub(crate) const INSTANCES: usize = 3;
pub(crate) const SHARDS: usize = 6;
const WEIRS: usize = 3;

/// Traffic that gets nowhere for so long is struck again all the same.
const STALLED: Duration = Duration::from_secs(3);

/// Everything that runs.
pub(crate) struct Town {
    pub(crate) servers: Vec<Server>,
    houses: Vec<House>,
    /// How often each thing was done.
    pub(crate) done: BTreeMap<&'static str, u64>,
    /// The same, one by one and when, in milliseconds.
    pub(crate) events: Vec<(u128, String)>,
    began: Instant,
}

/// One Weir with the wires before and behind it.
struct House {
    setup: Setup,
    port: u16,
    weir: Option<Weir>,
    front: Arc<Wire>,
    back: Vec<Arc<Wire>>,
    /// What those wrote that are dead.
    log: String,
}

/// When enough has been done.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Until {
    pub(crate) seconds: u64,
    pub(crate) kills: u64,
    pub(crate) transfers: u64,
}

// === impl Town ===

impl Town {
    /// Servers, wires and Weirs; an error says why there are no servers.
    pub(crate) async fn found(brand: Brand) -> Result<Self, String> {
        let servers: Vec<Server> = std::thread::scope(|scope| {
            let starting: Vec<_> = (0..INSTANCES).map(|_| scope.spawn(|| Server::durable(brand))).collect();
            starting.into_iter().map(|server| server.join().expect("a server starts")).collect::<Result<_, _>>()
        })?;
        let mut houses = Vec::new();
        for _ in 0..WEIRS {
            let mut back = Vec::new();
            for server in &servers {
                back.push(Arc::new(Wire::to(server.port).await));
            }
            let setup = setup(back.iter().map(|wire| wire.port));
            let port = lasting_port();
            houses.push(House {
                setup,
                port,
                weir: None,
                front: Arc::new(Wire::to(port).await),
                back,
                log: String::new(),
            });
        }
        Ok(Self { servers, houses, done: BTreeMap::new(), events: Vec::new(), began: Instant::now() })
    }

    /// Where clients connect.
    pub(crate) fn ports(&self) -> Arc<[u16]> {
        self.houses.iter().map(|house| house.front.port).collect()
    }

    /// Starts every Weir that does not run.
    pub(crate) fn open(&mut self) {
        for house in &mut self.houses {
            house.open();
        }
    }

    /// A Weir that runs.
    pub(crate) fn weir(&self) -> &Weir {
        self.houses[0].weir.as_ref().expect("open")
    }

    /// Breaks things until enough is done or something is found; then everything runs.
    pub(crate) fn strike(&mut self, progress: &Progress, dice: &mut Dice, until: Until, mut show: impl FnMut(&Self)) {
        self.began = progress.began;
        loop {
            let acknowledged = progress.acknowledged.load(Ordering::Relaxed);
            let enough = match until {
                Until { kills: 0, seconds, .. } => self.began.elapsed().as_secs() >= seconds,
                Until { kills, transfers, .. } => self.kills() >= kills && acknowledged >= transfers,
            };
            show(self);
            if enough || !progress.violations.lock().unwrap().is_empty() {
                return;
            }
            self.strike_once(dice);
            // So much is done in between that the kills are spread over it.
            let due = match until.kills {
                0 => u64::from(dice.below(120)),
                kills => u64::from(dice.below(2)) * 2 * until.transfers / kills,
            };
            wait(STALLED, || progress.acknowledged.load(Ordering::Relaxed) >= acknowledged + due);
        }
    }

    /// Weirs, servers and connections that were ended.
    pub(crate) fn kills(&self) -> u64 {
        self.done.iter().filter(|(what, _)| !what.starts_with("pause")).map(|(_, times)| times).sum()
    }

    fn strike_once(&mut self, dice: &mut Dice) {
        let (house, server) = (dice.index(WEIRS), dice.index(INSTANCES));
        match dice.below(20) {
            0..=5 => self.cut("connection to server", server, &Arc::clone(&self.houses[house].back[server]), dice),
            6..=8 => self.cut("client of Weir", house, &Arc::clone(&self.houses[house].front), dice),
            9..=12 => {
                self.houses[house].kill();
                self.note("Weir", house);
                pause(dice, 300);
            }
            13..=15 => {
                self.servers[server].kill();
                self.note("server", server);
                pause(dice, 500);
                self.servers[server].revive();
            }
            16 => {
                self.houses[house].kill();
                self.servers[server].kill();
                self.note("Weir", house);
                self.note("server", server);
                pause(dice, 500);
                self.houses[house].open();
                self.servers[server].revive();
            }
            17 => {
                self.servers[server].process().signal("STOP");
                self.note("pause of server", server);
                pause(dice, 2000);
                self.servers[server].process().signal("CONT");
            }
            _ => {
                self.note("pause of Weir", house);
                // Sometimes for so long that the others take it for hanging, and end what it has begun.
                let most = if dice.one_in(4) { 9000 } else { 3000 };
                let weir = self.houses[house].weir.as_ref().expect("open");
                weir.process().signal("STOP");
                pause(dice, most);
                weir.process().signal("CONT");
            }
        }
        self.open();
    }

    fn cut(&mut self, what: &'static str, which: usize, wire: &Wire, dice: &mut Dice) {
        // Small answers and long ones, handshakes too.
        let most = *dice.pick(&[20, 100, 500, 4000]);
        wire.cut_after(dice.below(most));
        if wait(STALLED, || !wire.is_armed()) {
            self.note(what, which);
        }
    }

    fn note(&mut self, what: &'static str, which: usize) {
        *self.done.entry(what).or_default() += 1;
        self.events.push((self.began.elapsed().as_millis(), format!("{what} {which}")));
    }

    /// Who a server's client is, by its port, and what it has said last.
    pub(crate) fn whose(&self, server: usize, port: u16) -> String {
        let said = |(number, house): (usize, &House)| Some((number, house.back.get(server)?.last_said(port)?));
        match self.houses.iter().enumerate().find_map(said) {
            Some((number, said)) => format!("of Weir {number}, which said last {said:?}"),
            None => "of no Weir".to_owned(),
        }
    }

    /// What the Weirs say of the transactions that they know.
    pub(crate) async fn transactions(&self) -> String {
        let mut text = String::new();
        for (number, house) in self.houses.iter().enumerate() {
            let mut conn = house.weir.as_ref().expect("open").connect("bank").await;
            for statement in ["SHOW TRANS", "SHOW IN DOUBT TRANSACTIONS", "SHOW PROCESSLIST"] {
                let answer = answer(&mut conn, statement).await;
                writeln!(text, "Weir {number}: {statement}:{answer}").expect("a string takes all");
            }
        }
        text
    }

    /// What all Weirs have written, and what was done to them.
    pub(crate) fn logs(&self) -> String {
        let mut text = String::new();
        for (number, house) in self.houses.iter().enumerate() {
            let now = house.weir.as_ref().map(|weir| weir.process().log()).unwrap_or_default();
            let port = house.front.port;
            write!(text, "--- Weir {number}, port {port} ---\n{}{now}", house.log).expect("a string takes all");
        }
        for (at_ms, what) in &self.events {
            writeln!(text, "{at_ms} ms: {what}").expect("a string takes all");
        }
        text
    }
}

// === impl House ===

impl House {
    fn open(&mut self) {
        if self.weir.is_none() {
            self.weir = Some(self.setup.start_at(self.port));
        }
    }

    fn kill(&mut self) {
        let weir = self.weir.take().expect("open");
        weir.process().signal("KILL");
        weir.process().wait_for_end(STALLED).expect("killed");
        self.log += &weir.process().log();
    }
}

/// Weir over instances a, b, c at these ports.
fn setup(ports: impl IntoIterator<Item = u16>) -> Setup {
    let each = SHARDS / INSTANCES;
    let mut rules = "schema: bank\nshards:\n".to_owned();
    for (number, name) in ('a'..='z').take(INSTANCES).enumerate() {
        let (first, last) = (number * each, number * each + each - 1);
        writeln!(rules, "  - {{ database: \"bank_{{{first:02}..{last:02}}}\", instance: {name} }}").expect("a string");
    }
    rules += "default: { single: bank_00 }\n\
              tables:\n  \
              accounts: { dbpartition: hash(id) }\n  \
              ledger: { dbpartition: hash(account) }\n  \
              lists: { dbpartition: hash(k) }\n";
    let timeouts = ["connect_timeout_ms: 1000", "acquire_timeout_ms: 2000", "io_timeout_ms: 6000"];
    timeouts.into_iter().fold(Setup::over_ports(ports).rules("bank", rules), Setup::instance_setting)
}

/// Waits for a condition; false when it did not come in time.
fn wait(limit: Duration, condition: impl Fn() -> bool) -> bool {
    let began = Instant::now();
    while !condition() {
        if began.elapsed() > limit {
            return false;
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    true
}

/// How long a thing stays broken: up to so many milliseconds.
fn pause(dice: &mut Dice, most_ms: u32) {
    std::thread::sleep(Duration::from_millis(u64::from(dice.below(most_ms))));
}
