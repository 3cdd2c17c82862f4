//! Keeps the memory of the card page's process away from core dumps, debuggers and swap.
//!
//! The one module here with unsafe code, because the three calls exist only in the C library. Wiping secrets
//! is not done here: the types that hold them do it. Source: cl. 13(2); PCI DSS 3.3.1.2.

use std::io;

/// What could be set. Whoever runs the process reads it in the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Hardening {
    /// Nobody may trace the process or read `/proc/<pid>/mem`, root excepted.
    pub(crate) is_untraceable: bool,
    /// No core dump is written.
    pub(crate) has_no_core: bool,
    /// No page is written to swap.
    pub(crate) is_locked: bool,
}

/// Hardens the process, once at its start. Nothing here can fail the start: what could not be set is logged.
pub(crate) fn harden() -> Hardening {
    let hardening =
        Hardening { is_untraceable: forbid_tracing(), has_no_core: forbid_core(), is_locked: lock_memory() };
    let Hardening { is_untraceable, has_no_core, is_locked } = hardening;
    if is_untraceable && has_no_core && is_locked {
        tracing::info!(event = "memory-hardened");
    } else {
        let advice = "allow the process to lock its memory: LimitMEMLOCK=infinity, or run without swap";
        tracing::warn!(event = "memory-not-fully-hardened", is_untraceable, has_no_core, is_locked, advice);
    }
    hardening
}

fn forbid_tracing() -> bool {
    // SAFETY: PR_SET_DUMPABLE takes one integer and PR_GET_DUMPABLE none; neither touches memory of ours.
    unsafe { libc::prctl(libc::PR_SET_DUMPABLE, 0) == 0 && libc::prctl(libc::PR_GET_DUMPABLE) == 0 }
}

fn forbid_core() -> bool {
    set_limit(libc::RLIMIT_CORE, libc::rlimit { rlim_cur: 0, rlim_max: 0 }).is_ok()
}

/// Locks all pages, present and future, but only where the allowance has no bound: under a bound a later
/// allocation would fail in the middle of a payment.
fn lock_memory() -> bool {
    let boundless = libc::rlimit { rlim_cur: libc::RLIM_INFINITY, rlim_max: libc::RLIM_INFINITY };
    if set_limit(libc::RLIMIT_MEMLOCK, boundless).is_err() {
        return false;
    }
    let flags = libc::MCL_CURRENT | libc::MCL_FUTURE | libc::MCL_ONFAULT;
    // SAFETY: mlockall takes flags only and changes no contents of memory.
    unsafe { libc::mlockall(flags) == 0 }
}

fn set_limit(resource: libc::__rlimit_resource_t, limit: libc::rlimit) -> io::Result<()> {
    // SAFETY: the pointer is to a whole `rlimit` that outlives the call, which only reads it.
    match unsafe { libc::setrlimit(resource, &raw const limit) } {
        0 => Ok(()),
        _ => Err(io::Error::last_os_error()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Defends: A17
    #[test]
    fn a_hardened_process_leaves_no_core_and_cannot_be_read_by_its_neighbours() {
        let hardening = harden();
        assert!(hardening.is_untraceable && hardening.has_no_core);
        let limits = std::fs::read_to_string("/proc/self/limits").unwrap_or_default();
        let core = limits.lines().find(|line| line.starts_with("Max core file size"));
        assert!(core.is_none_or(|line| line.split_whitespace().nth(4) == Some("0")), "{core:?}");
    }
}
