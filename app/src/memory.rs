//! Keeps what a process had in its memory from outliving its use: freed memory and idle stacks are wiped, and memory is
//! kept away from core dumps, debuggers and swap.
//!
//! For the processes that card data passes through: the card page, a bank's processing, an ATM. The types that hold
//! card data wipe themselves; what is wiped here is what other people's code held of it: the buffers of TLS, of HTTP,
//! of the reader of forms. The one module with unsafe code, because an allocator is unsafe by its nature and the other
//! calls exist only in the C library. Source: cl. 13(2); PCI DSS 3.3.1.2.

use std::alloc::{GlobalAlloc, Layout, System};
use std::io;
use std::sync::atomic::{AtomicBool, Ordering};

use wire::iso8583::wipe_stack;

#[global_allocator]
static ALLOCATOR: Wiping<System> = Wiping { inner: System, is_wiping: AtomicBool::new(false) };

/// An allocator that gives memory back wiped, once it was told to.
struct Wiping<A> {
    inner: A,
    is_wiping: AtomicBool,
}

impl<A> Wiping<A> {
    /// Nothing hangs on when exactly the other threads see the change: it is made before any card can arrive.
    fn is_wiping(&self) -> bool {
        self.is_wiping.load(Ordering::Relaxed)
    }
}

// SAFETY: every block comes from `inner`, goes back to it with the layout it was asked for with, and is written to
// only between the two.
unsafe impl<A: GlobalAlloc> GlobalAlloc for Wiping<A> {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller keeps the contract of `alloc`, which is that of `inner`.
        unsafe { self.inner.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        // SAFETY: as in `alloc`.
        unsafe { self.inner.alloc_zeroed(layout) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        if self.is_wiping() {
            // SAFETY: the block is the caller's for the whole of its layout until it is given back below. Unlike a
            // plain write, which is dead in the eyes of the compiler, this one is never left out.
            unsafe { libc::explicit_bzero(block.cast(), layout.size()) };
        }
        // SAFETY: the caller keeps the contract of `dealloc`, which is that of `inner`.
        unsafe { self.inner.dealloc(block, layout) }
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, new_size: usize) -> *mut u8 {
        if !self.is_wiping() {
            // SAFETY: the caller keeps the contract of `realloc`, which is that of `inner`.
            return unsafe { self.inner.realloc(block, layout, new_size) };
        }
        // The system may move a block and leave the old one as it is, so it is moved here.
        // SAFETY: the caller vouches that the new size, rounded up to the alignment, does not overflow.
        let new_layout = unsafe { Layout::from_size_align_unchecked(new_size, layout.align()) };
        // SAFETY: the new size is not zero, as the caller vouches.
        let moved = unsafe { self.inner.alloc(new_layout) };
        if !moved.is_null() {
            // SAFETY: both blocks are at least so long, and a new block overlaps no old one. The old one is given
            // back with its own layout.
            unsafe {
                block.copy_to_nonoverlapping(moved, layout.size().min(new_size));
                self.dealloc(block, layout);
            }
        }
        moved
    }
}

/// For a thread that has nothing to do: wipes what its last tasks left on its stack.
pub(crate) fn wipe_idle_stack() {
    if ALLOCATOR.is_wiping() {
        wipe_stack();
    }
}

/// What could be set. Whoever runs the process reads it in the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Hardening {
    /// Nobody may trace the process or read `/proc/<pid>/mem`, root excepted.
    is_untraceable: bool,
    /// No core dump is written.
    has_no_core: bool,
    /// No page is written to swap.
    is_locked: bool,
}

/// Hardens the process, once at its start: from here on freed memory is wiped too. Nothing here can fail the start:
/// what could not be set is logged.
pub(crate) fn harden() {
    ALLOCATOR.is_wiping.store(true, Ordering::Relaxed);
    let Hardening { is_untraceable, has_no_core, is_locked } = forbid();
    if is_untraceable && has_no_core && is_locked {
        tracing::info!(event = "memory-hardened");
    } else {
        let advice = "allow the process to lock its memory: LimitMEMLOCK=infinity, or run without swap";
        tracing::warn!(event = "memory-not-fully-hardened", is_untraceable, has_no_core, is_locked, advice);
    }
}

fn forbid() -> Hardening {
    Hardening { is_untraceable: forbid_tracing(), has_no_core: forbid_core(), is_locked: lock_memory() }
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
    use std::sync::atomic::AtomicUsize;

    use super::*;

    /// Stands where the system's allocator stands, and looks at what is given back to it.
    #[derive(Default)]
    struct Watcher {
        given_back: AtomicUsize,
        not_wiped: AtomicUsize,
    }

    // SAFETY: the system's allocator, but for a look at a block that has not been given back yet.
    unsafe impl GlobalAlloc for Watcher {
        unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
            // SAFETY: as the caller vouches. Zeroed, so that every octet may be looked at later.
            unsafe { System.alloc_zeroed(layout) }
        }

        unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
            // SAFETY: the block is still the caller's, and all of it was written when it was allocated.
            let content = unsafe { std::slice::from_raw_parts(block, layout.size()) };
            self.given_back.fetch_add(1, Ordering::Relaxed);
            self.not_wiped.fetch_add(content.iter().filter(|octet| **octet != 0).count(), Ordering::Relaxed);
            // SAFETY: as the caller vouches.
            unsafe { System.dealloc(block, layout) }
        }
    }

    fn layout(size: usize) -> Layout {
        Layout::from_size_align(size, 8).unwrap()
    }

    /// Fills a block, makes it longer, then shorter, then gives it back; what the watcher saw.
    fn use_a_block(wiping: bool) -> (usize, usize) {
        let allocator = Wiping { inner: Watcher::default(), is_wiping: AtomicBool::new(wiping) };
        // SAFETY: each block is used for its length only, under the layout it has at the time, and once given back
        // not any more.
        unsafe {
            let block = allocator.alloc(layout(100));
            block.write_bytes(b'4', 100);
            let longer = allocator.realloc(block, layout(100), 5_000);
            assert_eq!(std::slice::from_raw_parts(longer, 100), [b'4'; 100]);
            longer.add(100).write_bytes(b'2', 4_900);
            let shorter = allocator.realloc(longer, layout(5_000), 10);
            assert_eq!(std::slice::from_raw_parts(shorter, 10), [b'4'; 10]);
            allocator.dealloc(shorter, layout(10));
            let zeroed = allocator.alloc_zeroed(layout(64));
            assert_eq!(std::slice::from_raw_parts(zeroed, 64), [0; 64]);
            allocator.dealloc(zeroed, layout(64));
        }
        let Watcher { given_back, not_wiped } = allocator.inner;
        (given_back.into_inner(), not_wiped.into_inner())
    }

    /// Defends: A17
    #[test]
    fn memory_is_given_back_wiped_to_its_last_octet_also_when_a_block_moves() {
        assert_eq!(use_a_block(true), (4, 0));
        let (_, not_wiped) = use_a_block(false);
        assert!(not_wiped > 5_000, "the watcher sees what is not wiped: {not_wiped}");
    }

    /// Defends: A17
    #[test]
    fn a_hardened_process_leaves_no_core_and_cannot_be_read_by_its_neighbours() {
        let hardening = forbid();
        assert!(hardening.is_untraceable && hardening.has_no_core);
        let limits = std::fs::read_to_string("/proc/self/limits").unwrap_or_default();
        let core = limits.lines().find(|line| line.starts_with("Max core file size"));
        assert!(core.is_none_or(|line| line.split_whitespace().nth(4) == Some("0")), "{core:?}");
    }
}
