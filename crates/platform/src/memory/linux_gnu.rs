//! The settings of glibc's `malloc`.

/// Pieces of this many bytes and more are mapped one by one and unmapped when freed. It is glibc's own first value; set
/// explicitly it stays, else freeing a larger piece raises it, up to 32 MiB.
const MAPPED_FROM: libc::c_int = 128 * 1024;
/// Free bytes at a heap's end that are kept.
const KEPT_AT_END: libc::c_int = 128 * 1024;
/// Heaps. Threads that share one wait for each other for less than a microsecond; what one thread frees another can use.
const HEAPS: libc::c_int = 1;

pub(super) fn return_freed_memory() -> bool {
    let settings = [
        (libc::M_MMAP_THRESHOLD, MAPPED_FROM),
        (libc::M_TRIM_THRESHOLD, KEPT_AT_END),
        (libc::M_ARENA_MAX, HEAPS),
    ];
    settings.into_iter().all(|(setting, value)| {
        // SAFETY: takes two numbers, has no other precondition, and locks what it changes.
        unsafe { libc::mallopt(setting, value) == 1 }
    })
}

pub(super) fn give_back_memory() -> bool {
    // SAFETY: takes a number, has no other precondition, and locks what it changes.
    unsafe { libc::malloc_trim(0) == 1 }
}
