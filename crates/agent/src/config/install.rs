//! `install.json`: which installation this is, and how often it said hello. A copied disk and a restored snapshot both show
//! in these two, so they are on disk before a server hears them.

use std::fs;
use std::io;

use farol_protocol::ids::InstallId;
use serde::{Deserialize, Serialize};

use super::{ConfigError, INSTALL, StateDir, files};
use crate::random;

/// One installation of the agent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Install {
    /// Random, made with the state.
    pub id: InstallId,
    /// Grows with each hello; a smaller one than the server has heard is a restored copy of the disk.
    pub counter: u64,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct InstallFile {
    install_id: String,
    counter: u64,
}

impl Install {
    /// A new installation that has never said hello.
    ///
    /// # Errors
    /// No randomness.
    pub fn new() -> io::Result<Self> {
        Ok(Self {
            id: InstallId(random::bytes()?),
            counter: 0,
        })
    }
}

impl StateDir {
    /// Which installation this is. One that is missing or damaged is made anew and kept: the key still proves the machine,
    /// and the server takes it for what it is, an installation it has not heard of.
    ///
    /// # Errors
    /// The system's.
    pub fn install(&self) -> Result<Install, ConfigError> {
        let reason = match fs::read_to_string(self.file(INSTALL)) {
            Ok(text) => match parse(&text) {
                Some(install) => return Ok(install),
                None => "damaged",
            },
            Err(error) if error.kind() == io::ErrorKind::NotFound => "missing",
            Err(source) => return Err(self.io(INSTALL, source)),
        };
        let install = Install::new().map_err(|source| self.io(INSTALL, source))?;
        if self.has_key() {
            tracing::warn!(reason, install_id = %install.id, "{INSTALL} is made anew");
        }
        self.save_install(&install)?;
        Ok(install)
    }

    /// Counts the hello that is about to be said. On disk when it returns, so no two hellos have one number.
    ///
    /// # Errors
    /// The system's; nothing may be said then.
    pub fn count_hello(&self) -> Result<Install, ConfigError> {
        let mut install = self.install()?;
        install.counter = install.counter.saturating_add(1);
        self.save_install(&install)?;
        Ok(install)
    }

    /// Keeps what the server prescribes, or a new installation. On disk when it returns.
    ///
    /// # Errors
    /// The system's.
    pub fn save_install(&self, install: &Install) -> Result<(), ConfigError> {
        self.create()?;
        let file = InstallFile {
            install_id: install.id.to_string(),
            counter: install.counter,
        };
        files::write_private(&self.file(INSTALL), &self.json(INSTALL, &file)?)
            .map_err(|source| self.io(INSTALL, source))
    }
}

fn parse(text: &str) -> Option<Install> {
    let file: InstallFile = serde_json::from_str(text).ok()?;
    Some(Install {
        id: file.install_id.parse().ok()?,
        counter: file.counter,
    })
}

#[cfg(test)]
mod tests {
    use super::super::tests::state;
    use super::*;

    #[test]
    fn an_installation_stays_and_counts() {
        let (_root, dir) = state();
        let first = dir.install().unwrap();
        assert_eq!(first.counter, 0);
        assert_eq!(dir.install().unwrap(), first);
        assert_eq!(dir.count_hello().unwrap(), Install { counter: 1, ..first });
        assert_eq!(dir.count_hello().unwrap(), Install { counter: 2, ..first });
        assert_eq!(dir.install().unwrap().counter, 2, "on disk");
        let prescribed = Install {
            id: InstallId([9; 16]),
            counter: 70,
        };
        dir.save_install(&prescribed).unwrap();
        assert_eq!(
            dir.count_hello().unwrap(),
            Install {
                id: InstallId([9; 16]),
                counter: 71
            }
        );
        let last = Install {
            id: InstallId([9; 16]),
            counter: u64::MAX,
        };
        dir.save_install(&last).unwrap();
        assert_eq!(dir.count_hello().unwrap(), last);
    }

    #[test]
    fn what_is_missing_or_damaged_is_made_anew() {
        let (_root, dir) = state();
        let first = dir.count_hello().unwrap();
        for damage in ["", "{", "{\"install_id\": \"00\", \"counter\": 1}", "\0\0\0"] {
            fs::write(dir.file(INSTALL), damage).unwrap();
            let made = dir.count_hello().unwrap();
            assert_ne!(made.id, first.id);
            assert_eq!(made.counter, 1);
            assert_eq!(dir.install().unwrap(), made, "kept");
        }
        fs::remove_file(dir.file(INSTALL)).unwrap();
        assert_eq!(dir.install().unwrap().counter, 0);
    }

    #[test]
    fn what_cannot_be_kept_is_not_said() {
        let (_root, dir) = state();
        fs::create_dir_all(dir.file(INSTALL)).unwrap();
        assert!(matches!(dir.count_hello(), Err(ConfigError::Io { .. })));
    }
}
