//! Instances as operators see them: read from the pools when somebody asks.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric, MetricEncoder};
use prometheus_client::metrics::MetricType;

use crate::backend::{Instance, Instances};

/// Reads every instance, in the order of the process configuration.
pub type Readings = Arc<dyn Fn() -> Vec<InstanceReading> + Send + Sync>;

/// Whether an instance answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// It has not been asked yet.
    Unknown,
    /// It answered when it was asked last.
    Up,
    /// It did not.
    Down,
}

/// One instance at one moment. Counts are since the start of Weir.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InstanceReading {
    /// The name in the configuration.
    pub name: String,
    /// `host:port`.
    pub address: String,
    /// Whether it answers.
    pub state: State,
    /// Why it is down.
    pub why: Option<String>,
    /// Connections that statements and transactions hold.
    pub in_use: u64,
    /// Connections that wait for work.
    pub idle: u64,
    /// Connections handed out.
    pub leases: u64,
    /// Statements that joined another one's connection.
    pub pipelined: u64,
    /// Connections opened.
    pub connects: u64,
    /// Connections that could not be opened.
    pub connect_errors: u64,
    /// Commands sent.
    pub commands: u64,
    /// Connections that broke while in use.
    pub lost: u64,
    /// Answers that did not come in time.
    pub timeouts: u64,
    /// Statements that waited for a connection in vain.
    pub exhausted: u64,
}

/// Shows readings as metrics.
pub(super) struct InstanceMetrics {
    pub(super) readings: Readings,
}

/// One column of readings.
struct Series {
    name: &'static str,
    help: &'static str,
    kind: MetricType,
    value: fn(&InstanceReading) -> u64,
}

const SERIES: [Series; 11] = [
    Series {
        name: "weir_instance_up",
        help: "Whether the instance answers",
        kind: MetricType::Gauge,
        value: |reading| u64::from(reading.state == State::Up),
    },
    Series {
        name: "weir_instance_connections_in_use",
        help: "Connections that statements and transactions hold",
        kind: MetricType::Gauge,
        value: |reading| reading.in_use,
    },
    Series {
        name: "weir_instance_connections_idle",
        help: "Connections that wait for work",
        kind: MetricType::Gauge,
        value: |reading| reading.idle,
    },
    Series {
        name: "weir_instance_leases",
        help: "Connections handed out to statements and transactions",
        kind: MetricType::Counter,
        value: |reading| reading.leases,
    },
    Series {
        name: "weir_instance_pipelined",
        help: "Statements that were sent on a connection together with those of other clients, behind them",
        kind: MetricType::Counter,
        value: |reading| reading.pipelined,
    },
    Series {
        name: "weir_instance_connects",
        help: "Connections opened",
        kind: MetricType::Counter,
        value: |reading| reading.connects,
    },
    Series {
        name: "weir_instance_connect_errors",
        help: "Connections that could not be opened",
        kind: MetricType::Counter,
        value: |reading| reading.connect_errors,
    },
    Series {
        name: "weir_instance_commands",
        help: "Commands sent",
        kind: MetricType::Counter,
        value: |reading| reading.commands,
    },
    Series {
        name: "weir_instance_connections_lost",
        help: "Connections that broke while in use",
        kind: MetricType::Counter,
        value: |reading| reading.lost,
    },
    Series {
        name: "weir_instance_timeouts",
        help: "Answers that did not come in time",
        kind: MetricType::Counter,
        value: |reading| reading.timeouts,
    },
    Series {
        name: "weir_instance_acquire_timeouts",
        help: "Statements that waited for a connection in vain",
        kind: MetricType::Counter,
        value: |reading| reading.exhausted,
    },
];

/// Reads instances from their pools.
pub fn readings(instances: Arc<Instances>) -> Readings {
    Arc::new(move || instances.iter().map(|instance| read(instance)).collect())
}

fn read(instance: &Instance) -> InstanceReading {
    let (health, counters) = (instance.health(), instance.counters());
    let why = health.down_because();
    let state = match (&why, health.version()) {
        (Some(_), _) => State::Down,
        (None, Some(_)) => State::Up,
        (None, None) => State::Unknown,
    };
    let gauge = |count: usize| u64::try_from(count).unwrap_or(u64::MAX);
    let load = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
    InstanceReading {
        name: instance.name().to_owned(),
        address: instance.options().address.clone(),
        state,
        why,
        in_use: gauge(instance.used_count()),
        idle: gauge(instance.idle_count()),
        leases: counters.leases.sum(),
        pipelined: counters.pipelined.sum(),
        connects: load(&counters.connects),
        connect_errors: load(&counters.connect_errors),
        commands: counters.commands.sum(),
        lost: load(&counters.lost),
        timeouts: load(&counters.timeouts),
        exhausted: load(&counters.exhausted),
    }
}

// === impl State ===

impl State {
    /// The word in /health.
    pub fn word(self) -> &'static str {
        match self {
            State::Unknown => "unknown",
            State::Up => "up",
            State::Down => "down",
        }
    }
}

// === impl InstanceMetrics ===

impl fmt::Debug for InstanceMetrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("InstanceMetrics")
    }
}

impl Collector for InstanceMetrics {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), fmt::Error> {
        let readings = (self.readings)();
        for series in &SERIES {
            let mut family = encoder.encode_descriptor(series.name, series.help, None, series.kind)?;
            for reading in &readings {
                let label = [("instance", reading.name.as_str())];
                Sample { kind: series.kind, value: (series.value)(reading) }.encode(family.encode_family(&label)?)?;
            }
        }
        Ok(())
    }
}

/// A number as counter or gauge.
struct Sample {
    kind: MetricType,
    value: u64,
}

impl EncodeMetric for Sample {
    fn encode(&self, mut encoder: MetricEncoder<'_>) -> Result<(), fmt::Error> {
        match self.kind {
            MetricType::Counter => {
                encoder.encode_counter::<prometheus_client::encoding::NoLabelSet, _, u64>(&self.value, None)
            }
            _ => encoder.encode_gauge(&self.value),
        }
    }

    fn metric_type(&self) -> MetricType {
        self.kind
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backend::InstanceOptions;

    #[test]
    fn an_instance_that_was_never_asked_is_unknown() {
        let options = InstanceOptions::new("a", "127.0.0.1:1", "u", "p");
        let read = readings(Arc::new(Instances::new([options])))();
        assert_eq!(read.len(), 1);
        let reading = read.first().map(|reading| (reading.name.as_str(), reading.state, reading.in_use, reading.idle));
        assert_eq!(reading, Some(("a", State::Unknown, 0, 0)));
    }
}
