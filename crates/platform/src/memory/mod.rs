//! How the allocator deals with the system. What programs allocate, and when, is theirs to know.

#[cfg(all(target_os = "linux", target_env = "gnu"))]
mod linux_gnu;

/// Makes the allocator give memory back as soon as it is freed: for programs that run for months beside the end user's
/// own and are idle most of that time.
///
/// Without it a large piece that was freed once makes the allocator keep the next ones, and every thread keeps a heap of
/// its own: some megabytes after the first pictures. In return each piece of 128 KiB and more costs a system call and
/// fresh pages, about 0.1 ms a megabyte; such pieces must not be allocated in inner loops.
///
/// To be called once, before there are threads. False when the system did not take it or has no such setting; everything
/// works then, with more memory.
pub fn return_freed_memory() -> bool {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    return linux_gnu::return_freed_memory();
    #[cfg(not(all(target_os = "linux", target_env = "gnu")))]
    {
        false
    }
}

#[cfg(all(test, target_os = "linux", target_env = "gnu"))]
mod tests {
    use super::*;

    #[test]
    fn the_allocator_takes_the_settings() {
        assert!(return_freed_memory());
    }
}
