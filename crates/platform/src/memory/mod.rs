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

/// Gives the system the free pages between pieces that are still used, which [`return_freed_memory`] leaves: to be called
/// when much was freed and little will be needed for a while. Takes about 0.1 ms a megabyte of heap, in which no other thread
/// can allocate.
///
/// Whether anything was given back; false where there is no such call.
pub fn give_back_memory() -> bool {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    return linux_gnu::give_back_memory();
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

    #[test]
    fn free_pages_between_used_pieces_are_given_back() {
        let resident = || {
            let pages = std::fs::read_to_string("/proc/self/statm").unwrap();
            pages.split_whitespace().nth(1).unwrap().parse::<usize>().unwrap()
        };
        let mut pieces: Vec<Vec<u8>> = (0..256).map(|_| vec![1; 64 * 1024]).collect();
        let kept: Vec<_> = pieces.iter_mut().step_by(8).map(std::mem::take).collect();
        drop(pieces);
        let before = resident();
        assert!(give_back_memory());
        // 14 MiB are free, in pages of at most 64 KiB; a quarter of it is enough to see that it works.
        assert!(
            resident() + 3 * 256 * 4 / 4 < before,
            "{} of {before}",
            resident()
        );
        assert_eq!(kept.len(), 32);
    }
}
