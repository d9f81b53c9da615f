//! Where programs keep their state on this system. What they keep is theirs to know.

use std::path::PathBuf;

#[cfg(target_os = "linux")]
mod linux;

/// Folder for the lasting state of a program of this name: the system's when it runs with full rights, the user's
/// otherwise. `None` when a user without a home asks. Nothing is created.
pub fn state_dir(program: &str) -> Option<PathBuf> {
    #[cfg(target_os = "linux")]
    return linux::state_dir(program);
    #[cfg(not(target_os = "linux"))]
    {
        std::env::home_dir().map(|home| home.join(format!(".{program}")))
    }
}
