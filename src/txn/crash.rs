//! Where a debug build dies when `WEIR_CRASH_AT` names the place: before and after every step of a commit and of recovery
//! that outlives the process. Release builds never look.

/// Dies here if it is told to.
#[cfg(debug_assertions)]
pub(super) fn point(name: impl FnOnce() -> String) {
    static AT: std::sync::LazyLock<Option<String>> = std::sync::LazyLock::new(|| std::env::var("WEIR_CRASH_AT").ok());
    if let Some(at) = &*AT
        && *at == name()
    {
        tracing::warn!(at, "WEIR_CRASH_AT: dying here");
        std::process::abort();
    }
}

/// Nothing.
#[cfg(not(debug_assertions))]
pub(super) fn point(_name: impl FnOnce() -> String) {}
