//! Which displays there are, how to reach one, and when to look again. What is on them is in `screen`.

use std::io;
use std::path::PathBuf;
use std::time::Duration;

use crate::Waker;

mod end_user;
pub mod fake;
#[cfg(target_os = "linux")]
pub(crate) mod linux_x11;

pub use end_user::{AtDisplay, EndUser, end_user};

/// How to reach one display.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DisplayTarget {
    /// The system's address of it, such as `:0`.
    pub address: String,
    /// File with the credential that opens it. `None`: the program's own (environment, home), else what the processes
    /// on that display use, where we may look.
    pub authority: Option<PathBuf>,
    /// Whose desktop it shows, when known.
    pub user: Option<String>,
}

impl DisplayTarget {
    /// The display at an address, with whatever credential can be found.
    pub fn new(address: impl Into<String>) -> Self {
        Self {
            address: address.into(),
            authority: None,
            user: None,
        }
    }
}

/// The display this program should show: the one named by its environment, else the first of [`list_displays`].
pub fn default_target() -> Option<DisplayTarget> {
    #[cfg(target_os = "linux")]
    if let Some(target) = linux_x11::target_from_environment() {
        return Some(target);
    }
    list_displays().into_iter().next()
}

/// The displays that seem to exist on this machine, those of logged-on people before log-on screens. Looks through all
/// processes: some milliseconds. Whether they answer is only known after opening.
pub fn list_displays() -> Vec<DisplayTarget> {
    #[cfg(target_os = "linux")]
    return linux_x11::list_displays();
    #[cfg(not(target_os = "linux"))]
    Vec::new()
}

/// Tells when a display may have come or gone. Meant for an agent without one: wait, then try again.
pub trait DisplayWatch: Send {
    /// Waits until displays may have changed, the time is over, or the waker was used. Spurious returns are allowed. No
    /// polling inside. A display that has just appeared may need a moment before it can be opened, so pass a time-out.
    ///
    /// # Errors
    /// The system's, when it stops telling; then only trying in intervals is left.
    fn wait(&mut self, timeout: Option<Duration>) -> io::Result<()>;

    /// Wakes `wait` from another thread.
    fn waker(&self) -> Waker;
}

/// Starts watching. A change after this call ends the next wait.
///
/// # Errors
/// The system's; on systems without a back end always [`io::ErrorKind::Unsupported`].
pub fn watch_displays() -> io::Result<Box<dyn DisplayWatch>> {
    #[cfg(target_os = "linux")]
    return linux_x11::watch();
    #[cfg(not(target_os = "linux"))]
    Err(io::ErrorKind::Unsupported.into())
}
