//! A histogram of durations that is observed without a lock.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use prometheus_client::encoding::{EncodeMetric, MetricEncoder, NoLabelSet};
use prometheus_client::metrics::{MetricType, TypedMetric};

use super::spread::{PLACES, place};

/// Upper bounds in microseconds: about three to a decade, from 100 µs to 30 s.
const BOUNDS_US: [u64; 17] = [
    100, 250, 500, 1_000, 2_500, 5_000, 10_000, 25_000, 50_000, 100_000, 250_000, 500_000, 1_000_000, 2_500_000,
    5_000_000, 10_000_000, 30_000_000,
];

/// Durations by size. Clones share their counts.
#[derive(Clone, Debug, Default)]
pub struct Latency {
    parts: Arc<Parts>,
}

/// Each thread counts in one of them, for the same reason as in [`super::spread`].
#[derive(Debug, Default)]
struct Parts([Counts; PLACES]);

#[derive(Debug, Default)]
#[repr(align(128))]
struct Counts {
    buckets: [AtomicU64; BOUNDS_US.len()],
    above: AtomicU64,
    sum_us: AtomicU64,
}

// === impl Latency ===

impl Latency {
    /// One more duration.
    pub fn observe(&self, took: Duration) {
        let us = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        let index = BOUNDS_US.partition_point(|bound| *bound < us);
        if let Some(counts) = self.parts.0.get(place()) {
            counts.buckets.get(index).unwrap_or(&counts.above).fetch_add(1, Ordering::Relaxed);
            counts.sum_us.fetch_add(us, Ordering::Relaxed);
        }
    }

    /// A number of all threads together.
    fn sum<'c>(&'c self, number: impl Fn(&'c Counts) -> &'c AtomicU64) -> u64 {
        self.parts.0.iter().map(|counts| number(counts).load(Ordering::Relaxed)).sum()
    }

    /// How many durations each bucket has, the one without a bound last.
    fn buckets(&self) -> impl Iterator<Item = u64> {
        let bounded = (0..BOUNDS_US.len()).map(|index| self.sum(|counts| &counts.buckets[index]));
        bounded.chain([self.sum(|counts| &counts.above)])
    }
}

impl TypedMetric for Latency {
    const TYPE: MetricType = MetricType::Histogram;
}

impl EncodeMetric for Latency {
    fn encode(&self, mut encoder: MetricEncoder<'_>) -> Result<(), std::fmt::Error> {
        let bounds = BOUNDS_US.iter().map(|us| Duration::from_micros(*us).as_secs_f64()).chain([f64::INFINITY]);
        let buckets: Vec<(f64, u64)> = bounds.zip(self.buckets()).collect();
        // The total is that of the buckets as read, so that both agree while others count.
        let total = buckets.iter().map(|(_, count)| count).sum();
        let sum = Duration::from_micros(self.sum(|counts| &counts.sum_us)).as_secs_f64();
        encoder.encode_histogram::<NoLabelSet>(sum, total, &buckets, None)
    }

    fn metric_type(&self) -> MetricType {
        Self::TYPE
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_rise_and_belong_to_their_bucket() {
        assert!(BOUNDS_US.is_sorted());
        let latency = Latency::default();
        latency.observe(Duration::from_micros(100));
        latency.observe(Duration::from_micros(101));
        latency.observe(Duration::from_secs(31));
        let counts: Vec<u64> = latency.buckets().collect();
        assert_eq!((counts[0], counts[1], counts[2], counts.last()), (1, 1, 0, Some(&1)));
    }
}
