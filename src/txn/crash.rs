//! Where a debug build dies when `WEIR_CRASH_AT` names the place, or stands still when `WEIR_HANG_AT` does: before and after
//! every step of a commit and of recovery that outlives the process, and between the steps of a write by way of a merge
//! node. Release builds never look.

/// Dies or stands still here if it is told to.
#[cfg(debug_assertions)]
pub fn point(name: impl FnOnce() -> String) {
    use std::sync::LazyLock;
    static CRASH: LazyLock<Option<String>> = LazyLock::new(|| std::env::var("WEIR_CRASH_AT").ok());
    static HANG: LazyLock<Option<String>> = LazyLock::new(|| std::env::var("WEIR_HANG_AT").ok());
    if CRASH.is_none() && HANG.is_none() {
        return;
    }
    let here = name();
    if CRASH.as_ref() == Some(&here) {
        tracing::warn!(at = here, "WEIR_CRASH_AT: dying here");
        std::process::abort();
    }
    if HANG.as_ref() == Some(&here) {
        tracing::warn!(at = here, "WEIR_HANG_AT: standing still here");
        loop {
            std::thread::park();
        }
    }
}

/// Nothing.
#[cfg(not(debug_assertions))]
pub fn point(_name: impl FnOnce() -> String) {}
