//! Where programs and their state are on this system. What they keep is theirs to know.

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

/// The file to start for another process of this very program: the one that runs, also when it was replaced meanwhile.
///
/// # Errors
/// The system's, when it cannot tell.
pub fn own_program() -> std::io::Result<PathBuf> {
    #[cfg(target_os = "linux")]
    return Ok(linux::own_program());
    #[cfg(not(target_os = "linux"))]
    std::env::current_exe()
}
