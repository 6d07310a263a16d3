//! Whether tables of a plan are to be sifted: when that was not worth it, it is not tried again for a while.

use std::sync::Mutex;
use std::time::{Duration, Instant};

/// After so long tables may have changed, and other literals may find fewer rows.
const WHILE: Duration = Duration::from_secs(30);

/// What trying to sift a plan's tables has shown; shared by all who run it.
#[derive(Debug, Default)]
pub struct Sifting(Mutex<Option<Instant>>);

// === impl Sifting ===

impl Sifting {
    /// Whether it is to be tried at this time.
    pub fn is_due(&self, now: Instant) -> bool {
        self.0.lock().is_ok_and(|futile| futile.is_none_or(|since| now.saturating_duration_since(since) >= WHILE))
    }

    /// It was not worth it.
    pub fn was_futile(&self, now: Instant) {
        if let Ok(mut futile) = self.0.lock() {
            *futile = Some(now);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_futile_is_tried_again_later() {
        let (sifting, start) = (Sifting::default(), Instant::now());
        assert!(sifting.is_due(start));
        sifting.was_futile(start);
        assert!(!sifting.is_due(start) && !sifting.is_due(start + WHILE / 2));
        assert!(sifting.is_due(start + WHILE));
    }
}
