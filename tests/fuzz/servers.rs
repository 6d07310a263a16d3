//! The servers of a run: the fuzzer's own, because some statement may kill one.

use std::time::Duration;

use crate::servers::{Brand, Server};

/// A server whose connection broke without a reason has ended by then.
const ENDING: Duration = Duration::from_secs(1);

/// One that serves nobody has ended by then: it writes down its stack first.
const DYING: Duration = Duration::from_secs(60);

/// One plain server, and the instances behind Weir; all with the same settings.
pub(crate) struct Servers {
    pub(crate) plain: Server,
    pub(crate) instances: Vec<Server>,
}

// === impl Servers ===

impl Servers {
    /// Starts them; an error says why there are none.
    pub(crate) fn start(brand: Brand, instances: usize) -> Result<Self, String> {
        let instances = (0..instances).map(|_| Server::of_the_fuzzer(brand)).collect::<Result<_, _>>()?;
        Ok(Self { plain: Server::of_the_fuzzer(brand)?, instances })
    }

    /// The names of those that have ended, or are about to.
    pub(crate) fn dead(&self) -> Vec<String> {
        let named =
            std::iter::once("the plain server".to_owned()).chain((1..).map(|number| format!("instance {number}")));
        let all = std::iter::once(&self.plain).chain(&self.instances);
        let ended = named.zip(all).filter(|(_, server)| server.process().wait_for_end(ENDING).is_ok());
        ended.map(|(name, _)| name).collect()
    }

    /// Starts those again that have ended, or are about to: what kills one may kill several, and dying takes a while.
    pub(crate) fn revive(&mut self) {
        for server in std::iter::once(&mut self.plain).chain(&mut self.instances) {
            match server.process().wait_for_greeting(server.port, DYING) {
                Ok(()) => {}
                Err(_) if !server.process().runs() => server.revive(),
                Err(why) => panic!("{why}"),
            }
        }
    }
}
