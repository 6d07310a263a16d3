//! What the operating system knows of this process: memory, CPU time, open files. Linux only; elsewhere nothing.

use std::fmt;
use std::fs;

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric as _};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::gauge::ConstGauge;

/// Reads /proc when somebody asks.
#[derive(Debug)]
pub(super) struct ProcessMetrics;

impl Collector for ProcessMetrics {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), fmt::Error> {
        let mut gauge = |name: &str, help: &str, value: Option<u64>| -> Result<(), fmt::Error> {
            let Some(value) = value else { return Ok(()) };
            ConstGauge::new(value).encode(encoder.encode_descriptor(name, help, None, MetricType::Gauge)?)
        };
        let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
        let resident = number(&status, "VmRSS:").map(|kib| kib * 1024);
        gauge("process_resident_memory_bytes", "Memory in use", resident)?;
        gauge("process_threads", "Threads", number(&status, "Threads:"))?;
        let open = fs::read_dir("/proc/self/fd").ok().and_then(|files| u64::try_from(files.count()).ok());
        gauge("process_open_fds", "Open files and sockets", open)?;
        if let Some(seconds) = fs::read_to_string("/proc/self/stat").ok().and_then(|stat| cpu_seconds(&stat)) {
            let family = encoder.encode_descriptor("process_cpu_seconds", "CPU time", None, MetricType::Counter)?;
            ConstCounter::new(seconds).encode(family)?;
        }
        Ok(())
    }
}

/// The number after a key of /proc/self/status.
fn number(status: &str, key: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix(key))?;
    line.split_whitespace().next()?.parse().ok()
}

/// utime and stime of /proc/self/stat, in clock ticks, of which Linux shows 100 to a second.
fn cpu_seconds(stat: &str) -> Option<f64> {
    // The second field, the name in parentheses, may hold spaces.
    let (_, fields) = stat.rsplit_once(')')?;
    let mut times = fields.split_whitespace().skip(11);
    let user: u64 = times.next()?.parse().ok()?;
    let system: u64 = times.next()?.parse().ok()?;
    Some(std::time::Duration::from_millis(user.checked_add(system)?.checked_mul(10)?).as_secs_f64())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn proc_is_read() {
        let stat = "7 (a) b) S 1 2 3 4 5 6 7 8 9 10 150 50 0 0";
        assert_eq!(cpu_seconds(stat), Some(2.0));
        assert_eq!(cpu_seconds("7 (weir"), None);
        assert_eq!(number("Name:\tweir\nVmRSS:\t  1234 kB\n", "VmRSS:"), Some(1234));
        assert_eq!(number("Name:\tweir\n", "VmRSS:"), None);
    }
}
