//! How long a thread wants to run at a time: a hint to Linux's scheduler.
//!
//! Of threads that wait for a processor Linux runs the one whose time is due first, and a thread that asks for little time
//! at once is due early. One that is woken for some microseconds of work, as a proxy's is for each packet, then need not
//! wait until a server's thread has had its own slice. It gets no more time than before, only sooner.
//!
//! No safe wrapper of these two system calls exists, so they are alone here: the proxy itself forbids `unsafe`.

use std::io;
use std::time::Duration;

/// What Linux takes; it would change what lies outside.
pub const SHORTEST: Duration = Duration::from_micros(100);
/// See [`SHORTEST`].
pub const LONGEST: Duration = Duration::from_millis(100);

/// Asks for slices of such a length for the running thread, and those that it starts. Its policy and niceness stay.
///
/// Linux heeds it from 6.12 on; an earlier one takes it and does nothing.
///
/// # Errors
/// The thread has a real-time or idle policy, whose slices are no matter of the thread ([`io::ErrorKind::Unsupported`]); or
/// the system refuses, as where a filter of system calls does not know these.
#[cfg(target_os = "linux")]
pub fn ask_for(slice: Duration) -> io::Result<()> {
    let mut attributes = linux::get()?;
    if ![libc::SCHED_OTHER, libc::SCHED_BATCH]
        .iter()
        .any(|policy| u32::try_from(*policy) == Ok(attributes.sched_policy))
    {
        return Err(io::ErrorKind::Unsupported.into());
    }
    let slice = slice.clamp(SHORTEST, LONGEST).as_nanos();
    attributes.sched_runtime = u64::try_from(slice).unwrap_or(u64::MAX);
    linux::set(&attributes)
}

/// Other systems have no such hint.
///
/// # Errors
/// Always [`io::ErrorKind::Unsupported`].
#[cfg(not(target_os = "linux"))]
pub fn ask_for(_slice: Duration) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

#[cfg(target_os = "linux")]
mod linux {
    use std::io;

    use libc::sched_attr;

    /// 48 bytes: what the system calls take this structure to be.
    const SIZE: u32 = {
        assert!(size_of::<sched_attr>() == 48, "the first published layout");
        48
    };
    /// The running thread.
    const SELF: libc::c_int = 0;
    const NO_FLAGS: libc::c_uint = 0;

    pub(super) fn get() -> io::Result<sched_attr> {
        let mut attributes = sched_attr {
            size: SIZE,
            sched_policy: 0,
            sched_flags: 0,
            sched_nice: 0,
            sched_priority: 0,
            sched_runtime: 0,
            sched_deadline: 0,
            sched_period: 0,
        };
        // SAFETY: the pointer is to a structure that may be written, and the kernel writes no more than the size told.
        let got = unsafe { libc::syscall(libc::SYS_sched_getattr, SELF, &raw mut attributes, SIZE, NO_FLAGS) };
        if got == 0 { Ok(attributes) } else { Err(io::Error::last_os_error()) }
    }

    pub(super) fn set(attributes: &sched_attr) -> io::Result<()> {
        // SAFETY: the pointer is to a structure that may be read, of the size that it tells in its first field.
        let set = unsafe { libc::syscall(libc::SYS_sched_setattr, SELF, std::ptr::from_ref(attributes), NO_FLAGS) };
        if set == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
    }
}

#[cfg(all(test, target_os = "linux"))]
#[expect(clippy::expect_used, reason = "a failure is the test's")]
mod tests {
    use super::*;

    /// In a thread of its own: the next test must not find it changed.
    fn alone(test: fn()) {
        std::thread::spawn(test).join().unwrap_or_else(|panicked| std::panic::resume_unwind(panicked));
    }

    #[test]
    fn a_slice_is_taken_and_nothing_else_changes() {
        alone(|| {
            let before = linux::get().expect("attributes");
            ask_for(Duration::from_micros(250)).expect("taken");
            let after = linux::get().expect("attributes");
            assert_eq!(
                (after.sched_policy, after.sched_nice, after.sched_priority),
                (before.sched_policy, before.sched_nice, before.sched_priority)
            );
            // An older kernel tells nothing.
            assert!([250_000, before.sched_runtime].contains(&after.sched_runtime), "{}", after.sched_runtime);
        });
    }

    #[test]
    fn a_slice_out_of_bounds_is_the_nearest_within() {
        alone(|| {
            for (asked, taken) in [(Duration::ZERO, SHORTEST), (Duration::from_secs(1), LONGEST)] {
                let before = linux::get().expect("attributes");
                ask_for(asked).expect("taken");
                let now = Duration::from_nanos(linux::get().expect("attributes").sched_runtime);
                assert!([taken, Duration::from_nanos(before.sched_runtime)].contains(&now), "{asked:?}: {now:?}");
            }
        });
    }
}
