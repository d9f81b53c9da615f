//! The file system hierarchy, the XDG base directories, and the kernel's links.

use std::path::PathBuf;

pub(super) fn state_dir(program: &str) -> Option<PathBuf> {
    if rustix::process::geteuid().is_root() {
        return Some(PathBuf::from("/var/lib").join(program));
    }
    let base = std::env::var_os("XDG_STATE_HOME")
        .map(PathBuf::from)
        .filter(|path| path.is_absolute());
    let base = base.or_else(|| Some(std::env::home_dir()?.join(".local/state")));
    base.map(|base| base.join(program))
}

/// The kernel's link to it. Resolved by the child before it becomes something else, and so to our program.
pub(super) fn own_program() -> PathBuf {
    PathBuf::from("/proc/self/exe")
}
