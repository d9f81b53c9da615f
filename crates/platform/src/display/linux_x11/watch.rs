//! Watches the folder of X sockets with inotify, also while it does not exist yet.

use std::io;
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, OwnedFd};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use rustix::fs::inotify::{self, CreateFlags, WatchFlags};
use rustix::io::Errno;

use super::DisplayWatch;
use crate::Waker;
use crate::wake::{WakeFd, wait_readable};

pub(super) struct SocketWatch {
    inotify: OwnedFd,
    wake: WakeFd,
    dir: PathBuf,
    /// Watch of the folder itself, while it exists.
    dir_watch: Option<i32>,
}

impl SocketWatch {
    /// Watches `dir`, whose parent must exist.
    pub(super) fn new(dir: &Path) -> io::Result<Self> {
        let inotify = inotify::init(CreateFlags::CLOEXEC | CreateFlags::NONBLOCK)?;
        let parent = dir.parent().ok_or(io::ErrorKind::InvalidInput)?;
        inotify::add_watch(
            &inotify,
            parent,
            WatchFlags::CREATE | WatchFlags::MOVED_TO | WatchFlags::DELETE,
        )?;
        let mut watch = Self {
            inotify,
            wake: WakeFd::new()?,
            dir: dir.to_owned(),
            dir_watch: None,
        };
        watch.watch_dir()?;
        Ok(watch)
    }

    fn watch_dir(&mut self) -> io::Result<()> {
        let flags = WatchFlags::CREATE | WatchFlags::DELETE | WatchFlags::MOVED_TO | WatchFlags::ATTRIB;
        self.dir_watch = match inotify::add_watch(&self.inotify, &self.dir, flags | WatchFlags::ONLYDIR) {
            Ok(watch) => Some(watch),
            Err(Errno::NOENT | Errno::NOTDIR) => None,
            Err(error) => return Err(error.into()),
        };
        Ok(())
    }

    /// Reads what happened; true when it concerns displays. The parent folder is a busy place, most of it does not.
    fn read_events(&mut self) -> io::Result<bool> {
        let mut concerns = false;
        let mut dir_touched = false;
        let mut buffer = [MaybeUninit::uninit(); 4096];
        let mut events = inotify::Reader::new(&self.inotify, &mut buffer);
        loop {
            match events.next() {
                Ok(event) if Some(event.wd()) == self.dir_watch => concerns = true,
                Ok(event) => {
                    let name = event.file_name().map(|name| name.to_bytes());
                    dir_touched |= name == self.dir.file_name().map(std::os::unix::ffi::OsStrExt::as_bytes);
                    // No name: the queue overflowed, anything may have happened.
                    dir_touched |= name.is_none();
                }
                Err(Errno::WOULDBLOCK) => break,
                Err(Errno::INTR) => {}
                Err(error) => return Err(error.into()),
            }
        }
        if dir_touched {
            self.watch_dir()?;
        }
        Ok(concerns || dir_touched)
    }
}

impl DisplayWatch for SocketWatch {
    fn wait(&mut self, timeout: Option<Duration>) -> io::Result<()> {
        let deadline = timeout.and_then(|timeout| Instant::now().checked_add(timeout));
        loop {
            let left = deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()));
            let readable = wait_readable(self.inotify.as_fd(), &self.wake, left)?;
            if !readable || self.read_events()? {
                return Ok(());
            }
        }
    }

    fn waker(&self) -> Waker {
        self.wake.waker()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sees_change(watch: &mut SocketWatch) -> bool {
        let start = Instant::now();
        watch.wait(Some(Duration::from_secs(20))).unwrap();
        start.elapsed() < Duration::from_secs(10)
    }

    #[test]
    fn sees_the_folder_and_its_sockets_come_and_go() {
        let parent = tempfile::tempdir().unwrap();
        let dir = parent.path().join("sockets");
        let mut watch = SocketWatch::new(&dir).unwrap();
        std::fs::write(parent.path().join("other"), b"").unwrap();
        watch.wait(Some(Duration::ZERO)).unwrap();
        std::fs::create_dir(&dir).unwrap();
        assert!(sees_change(&mut watch));
        std::fs::write(dir.join("X0"), b"").unwrap();
        assert!(sees_change(&mut watch));
        std::fs::remove_file(dir.join("X0")).unwrap();
        assert!(sees_change(&mut watch));
        std::fs::remove_dir(&dir).unwrap();
        std::fs::create_dir(&dir).unwrap();
        assert!(sees_change(&mut watch));
        std::fs::write(dir.join("X1"), b"").unwrap();
        assert!(sees_change(&mut watch));
        watch.waker().wake();
        assert!(sees_change(&mut watch));
    }
}
