//! The end user at a display, as far as programs need to know that run for them.

use std::ffi::OsString;
use std::path::Path;
use std::process::Command;

use super::DisplayTarget;

/// Variable that marks programs started by [`EndUser::command`]: they are ours and say nothing about who is logged on.
pub(crate) const MARK: &str = "FAROL_NOTICE";

/// Somebody who sits at a display.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EndUser {
    /// Their display.
    pub display: DisplayTarget,
    /// What their programs have in the environment: language, home, credential of the display.
    pub(super) environment: Vec<(&'static str, OsString)>,
    /// User and group to run as; `None` for our own.
    pub(super) identity: Option<(u32, u32)>,
}

impl EndUser {
    /// A program that runs as the end user, on their display and in their language, and has nothing else of ours: no
    /// variables, no rights, no groups. It starts in the root folder; where the system allows it, lists of processes show
    /// it by this name.
    #[must_use]
    pub fn command(&self, program: &Path, name: &str) -> Command {
        let mut command = Command::new(program);
        command
            .env_clear()
            .env("DISPLAY", &self.display.address)
            .env(MARK, "1")
            .envs(self.environment.iter().map(|(name, value)| (name, value)))
            .current_dir("/");
        #[cfg(target_os = "linux")]
        super::linux_x11::become_user(&mut command, name, self.identity);
        #[cfg(not(target_os = "linux"))]
        drop(name);
        command
    }
}

/// Who sits at a display.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AtDisplay {
    /// Nobody is logged on; log-on screens are nobody.
    Nobody,
    /// This person.
    Person(Box<EndUser>),
    /// Somebody, and nothing that can be believed says who: several accounts claim to show something there. Nobody's programs
    /// may be taken for theirs.
    Contested {
        /// The display's address.
        address: String,
    },
}

/// Who sits at this display, or at the one that [`super::default_target`] would choose. What the system says of its sessions and
/// whose the display's credential is counts before what processes say. A display that is named (here or by our environment) and
/// is there counts as somebody's even when none of their programs can be seen. Looks through all processes: some milliseconds.
#[must_use]
pub fn end_user(display: Option<&DisplayTarget>) -> AtDisplay {
    #[cfg(target_os = "linux")]
    return super::linux_x11::end_user(display);
    #[cfg(not(target_os = "linux"))]
    {
        drop(display);
        AtDisplay::Nobody
    }
}
