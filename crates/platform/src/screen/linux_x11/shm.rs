//! A piece of memory shared with the X server.

use std::os::fd::OwnedFd;
use std::ptr::NonNull;

use rustix::fs::{MemfdFlags, SealFlags, fcntl_add_seals, ftruncate, memfd_create};
use rustix::mm::{MapFlags, ProtFlags, mmap, munmap};

/// An anonymous file in memory, mapped here; its descriptor goes to the server.
#[derive(Debug)]
pub(super) struct SharedMemory {
    start: NonNull<u8>,
    length: usize,
}

// SAFETY: the mapping belongs to this value alone and has no ties to the thread that made it.
unsafe impl Send for SharedMemory {}

impl SharedMemory {
    /// Zeroed memory and the descriptor to pass on.
    pub(super) fn new(length: usize) -> std::io::Result<(Self, OwnedFd)> {
        let file = memfd_create("farol-screen", MemfdFlags::CLOEXEC | MemfdFlags::ALLOW_SEALING)?;
        ftruncate(&file, length as u64)?;
        // Nobody can make the file shorter, so reading the mapping cannot fault.
        fcntl_add_seals(&file, SealFlags::SHRINK | SealFlags::GROW)?;
        // SAFETY: a fresh mapping at an address of the kernel's choice overlaps nothing.
        let start = unsafe {
            mmap(
                std::ptr::null_mut(),
                length,
                ProtFlags::READ | ProtFlags::WRITE,
                MapFlags::SHARED,
                &file,
                0,
            )?
        };
        let start = NonNull::new(start.cast()).ok_or(std::io::ErrorKind::OutOfMemory)?;
        Ok((Self { start, length }, file))
    }

    pub(super) fn bytes(&self) -> &[u8] {
        // SAFETY: `start` and `length` describe the mapping, which lives as long as `self`; every bit pattern is a
        // valid byte. The server writes only between a request for an image and its reply, and the caller of such a
        // request holds `&mut self` until the reply is there.
        unsafe { std::slice::from_raw_parts(self.start.as_ptr(), self.length) }
    }

    pub(super) fn bytes_mut(&mut self) -> &mut [u8] {
        // SAFETY: as in `bytes`, and `&mut self` makes it the only reference.
        unsafe { std::slice::from_raw_parts_mut(self.start.as_ptr(), self.length) }
    }
}

impl Drop for SharedMemory {
    fn drop(&mut self) {
        // SAFETY: the mapping was made in `new` with this length, and no reference outlives `self`.
        let unmapped = unsafe { munmap(self.start.as_ptr().cast(), self.length) };
        debug_assert!(unmapped.is_ok(), "the address is wrong: {unmapped:?}");
    }
}
