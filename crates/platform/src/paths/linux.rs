//! The file system hierarchy and the XDG base directories.

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
