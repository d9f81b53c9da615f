//! What the agent keeps on disk, all in one folder that only its account can read.
//!
//! ```text
//! agent.json    which server, which machine (Enrollment)
//! machine.key   the machine's secret key
//! next.key      the key that follows it while keys change
//! pipe.key      the secret key that viewers' pipes are opened with
//! pending.json  an enrollment that is not through (Pending)
//! install.json  which installation this is, and how often it said hello (Install)
//! status.json   what the running agent last knew of itself, for `farol-agent status`
//! lock          held while an agent runs
//! agent.log     see logging
//! ```
//! Every file is written whole to another name, synced and renamed, so a full disk or a lost power supply leaves the
//! old one.

mod files;
mod install;
mod keys;
mod pending;

pub(crate) use files::append_private;
pub use install::Install;
pub use pending::{Applicant, Cause, Pending, Refusal, Standing};

use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

use farol_protocol::identity::{MachineKey, ServerPublicKey};
use farol_protocol::ids::MachineId;
use farol_transport::ServerUrl;
use serde::{Deserialize, Serialize};

/// The agent's folder.
#[derive(Debug, Clone)]
pub struct StateDir(PathBuf);

/// Why the folder or a file in it cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// Nothing is there: the machine was not enrolled.
    #[error("this machine is not enrolled ({0} does not exist)")]
    NotEnrolled(PathBuf),
    /// The system does not let us.
    #[error("{path}: {source}")]
    Io {
        /// Which file or folder.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// A file has another content than the agent writes.
    #[error("{path} is damaged: {reason}")]
    Damaged {
        /// Which file.
        path: PathBuf,
        /// In what way.
        reason: String,
    },
}

/// What enrollment brought: the machine's identity and the server it belongs to.
#[derive(Debug, Clone)]
pub struct Enrollment {
    /// Where the server is.
    pub server: ServerUrl,
    /// The server's identity, pinned.
    pub server_key: ServerPublicKey,
    /// The identity that follows, named by the pinned one; it is the pinned one once the server proved it.
    pub next_server_key: Option<ServerPublicKey>,
    /// Who this machine is there.
    pub machine: MachineId,
    /// The key that proves it.
    pub key: MachineKey,
    /// Name of the organization, for people.
    pub organization: String,
    /// Name of the site, for people.
    pub site: String,
    /// The administrator allowed an unencrypted connection to another machine.
    pub allow_insecure: bool,
    /// The administrator's own certificate authorities.
    pub ca_file: Option<PathBuf>,
}

/// `agent.json`. Unknown keys are errors: a misspelled setting must not be ignored.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct EnrollmentFile {
    server: String,
    server_key: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    next_server_key: Option<String>,
    machine_id: String,
    #[serde(default)]
    organization: String,
    #[serde(default)]
    site: String,
    #[serde(default)]
    allow_insecure: bool,
    #[serde(default)]
    ca_file: Option<PathBuf>,
}

/// `status.json`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Status {
    /// `enrolling`, `waiting_for_approval`, `refused`; then `connecting`, `connected`, `disconnected`, `blocked`,
    /// `quarantined`, `stopped`.
    pub link: String,
    /// Stable code of why it is not connected, where there is one.
    #[serde(default)]
    pub code: String,
    /// Why it is not connected; empty when it is.
    pub detail: String,
    /// Unix seconds of the last change.
    pub since: u64,
    /// State of the screen, as its stable code.
    pub screen: String,
    /// Open sessions.
    pub sessions: usize,
}

/// Held while an agent runs; a second one on the same folder would steal the first one's link for ever.
#[derive(Debug)]
pub struct RunLock {
    _file: File,
}

impl StateDir {
    /// The folder given, or the usual place for the account the agent runs as.
    ///
    /// # Errors
    /// When there is no usual place (an account without a home).
    pub fn locate(given: Option<PathBuf>) -> Result<Self, ConfigError> {
        let found = given.or_else(|| farol_platform::paths::state_dir("farol-agent"));
        found.map(Self).ok_or_else(|| ConfigError::Io {
            path: PathBuf::from("farol-agent"),
            source: io::Error::new(
                io::ErrorKind::NotFound,
                "no place for the agent's state (use --state)",
            ),
        })
    }

    /// This folder.
    #[must_use]
    pub fn at(path: PathBuf) -> Self {
        Self(path)
    }

    /// The folder's path.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// Makes the folder if need be, for this account only.
    ///
    /// # Errors
    /// The system's.
    pub fn create(&self) -> Result<(), ConfigError> {
        files::create_private_dir(&self.0).map_err(|source| self.io("", source))
    }

    fn file(&self, name: &str) -> PathBuf {
        if name.is_empty() {
            self.0.clone()
        } else {
            self.0.join(name)
        }
    }

    fn io(&self, name: &str, source: io::Error) -> ConfigError {
        ConfigError::Io {
            path: self.file(name),
            source,
        }
    }

    /// Whether the machine is enrolled.
    #[must_use]
    pub fn is_enrolled(&self) -> bool {
        self.file(ENROLLMENT).exists()
    }

    /// Reads what enrollment brought.
    ///
    /// # Errors
    /// When there is nothing, or it is damaged.
    pub fn load(&self) -> Result<Enrollment, ConfigError> {
        if !self.is_enrolled() {
            return Err(ConfigError::NotEnrolled(self.file(ENROLLMENT)));
        }
        let text = fs::read_to_string(self.file(ENROLLMENT)).map_err(|source| self.io(ENROLLMENT, source))?;
        let file: EnrollmentFile =
            serde_json::from_str(&text).map_err(|error| self.damaged(ENROLLMENT, &error.to_string()))?;
        let server = ServerUrl::parse(&file.server, file.allow_insecure)
            .map_err(|error| self.damaged(ENROLLMENT, &format!("server: {error}")))?;
        let server_key = ServerPublicKey::from_base64url(&file.server_key)
            .map_err(|error| self.damaged(ENROLLMENT, &format!("server_key: {error}")))?;
        let next_server_key = file
            .next_server_key
            .as_deref()
            .map(ServerPublicKey::from_base64url);
        let next_server_key = next_server_key
            .transpose()
            .map_err(|error| self.damaged(ENROLLMENT, &format!("next_server_key: {error}")))?;
        let machine = file
            .machine_id
            .parse()
            .map_err(|error| self.damaged(ENROLLMENT, &format!("machine_id: {error}")))?;
        Ok(Enrollment {
            server,
            server_key,
            next_server_key,
            machine,
            key: self.load_key()?,
            organization: file.organization,
            site: file.site,
            allow_insecure: file.allow_insecure,
            ca_file: file.ca_file,
        })
    }

    fn damaged(&self, name: &str, reason: &str) -> ConfigError {
        ConfigError::Damaged {
            path: self.file(name),
            reason: reason.to_owned(),
        }
    }

    /// Keeps what enrollment brought: the key first, so that there is never an enrollment without its key.
    ///
    /// # Errors
    /// The system's.
    pub fn save(&self, enrollment: &Enrollment) -> Result<(), ConfigError> {
        self.create()?;
        self.save_key(KEY, &enrollment.key)?;
        self.save_place(enrollment)
    }

    /// Keeps all of it but the key: where the server is and what it proves itself with.
    ///
    /// # Errors
    /// The system's.
    pub fn save_place(&self, enrollment: &Enrollment) -> Result<(), ConfigError> {
        let file = EnrollmentFile {
            server: enrollment.server.to_string(),
            server_key: enrollment.server_key.to_base64url(),
            next_server_key: enrollment
                .next_server_key
                .as_ref()
                .map(ServerPublicKey::to_base64url),
            machine_id: enrollment.machine.to_string(),
            organization: enrollment.organization.clone(),
            site: enrollment.site.clone(),
            allow_insecure: enrollment.allow_insecure,
            ca_file: enrollment.ca_file.clone(),
        };
        files::write_private(&self.file(ENROLLMENT), &self.json(ENROLLMENT, &file)?)
            .map_err(|source| self.io(ENROLLMENT, source))
    }

    fn json<T: Serialize>(&self, name: &str, value: &T) -> Result<Vec<u8>, ConfigError> {
        let mut text = serde_json::to_vec_pretty(value).map_err(|error| self.io(name, error.into()))?;
        text.push(b'\n');
        Ok(text)
    }

    /// Notes what the running agent knows of itself.
    ///
    /// # Errors
    /// The system's; the agent goes on without.
    pub fn save_status(&self, status: &Status) -> Result<(), ConfigError> {
        files::replace_private(&self.file(STATUS), &self.json(STATUS, status)?)
            .map_err(|source| self.io(STATUS, source))
    }

    /// What an agent last noted; `None` when there is nothing readable.
    #[must_use]
    pub fn load_status(&self) -> Option<Status> {
        serde_json::from_str(&fs::read_to_string(self.file(STATUS)).ok()?).ok()
    }

    /// Takes the folder for a running agent; `None` when another one has it.
    ///
    /// # Errors
    /// The system's.
    pub fn lock(&self) -> Result<Option<RunLock>, ConfigError> {
        let file = files::open_private(&self.file(LOCK)).map_err(|source| self.io(LOCK, source))?;
        match file.try_lock() {
            Ok(()) => Ok(Some(RunLock { _file: file })),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(source)) => Err(self.io(LOCK, source)),
        }
    }

    /// Removes everything the agent keeps, and the folder if nothing else is in it.
    ///
    /// # Errors
    /// The system's; files that are not there are fine.
    pub fn remove(&self) -> Result<(), ConfigError> {
        let logs = (1..=9).map(|n| format!("{}.{n}", crate::logging::FILE));
        // What a crash in the middle of writing left behind may hold a key.
        let own = OWN
            .iter()
            .flat_map(|name| [(*name).to_owned(), files::new_name(name)]);
        for name in own.chain(logs) {
            self.forget(&name)?;
        }
        match fs::remove_dir(&self.0) {
            Err(error)
                if !matches!(
                    error.kind(),
                    io::ErrorKind::NotFound | io::ErrorKind::DirectoryNotEmpty
                ) =>
            {
                Err(self.io("", error))
            }
            _ => Ok(()),
        }
    }

    fn forget_logs(&self) -> Result<(), ConfigError> {
        self.forget(crate::logging::FILE)?;
        (1..=9).try_for_each(|n| self.forget(&format!("{}.{n}", crate::logging::FILE)))
    }

    /// Removes one file; fine when it is not there.
    fn forget(&self, name: &str) -> Result<(), ConfigError> {
        match fs::remove_file(self.file(name)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(self.io(name, error)),
            _ => Ok(()),
        }
    }
}

const ENROLLMENT: &str = "agent.json";
const KEY: &str = "machine.key";
const STATUS: &str = "status.json";
const LOCK: &str = "lock";
const INSTALL: &str = "install.json";

const PENDING: &str = "pending.json";
const NEXT_KEY: &str = "next.key";
const PIPE_KEY: &str = "pipe.key";

/// Every file but the log.
const OWN: [&str; 8] = [
    ENROLLMENT, KEY, NEXT_KEY, PIPE_KEY, PENDING, INSTALL, STATUS, LOCK,
];

#[cfg(test)]
mod tests {
    use farol_protocol::identity::ServerIdentity;

    use super::*;

    pub(super) fn state() -> (tempfile::TempDir, StateDir) {
        let root = tempfile::tempdir().unwrap();
        let dir = StateDir::locate(Some(root.path().join("state"))).unwrap();
        (root, dir)
    }

    pub(super) fn enrollment() -> Enrollment {
        Enrollment {
            server: ServerUrl::parse("https://farol.example.org", false).unwrap(),
            server_key: ServerIdentity::from_seed(&[1; 32]).public(),
            next_server_key: None,
            machine: MachineId([7; 16]),
            key: MachineKey::from_seed(&[2; 32]),
            organization: "Acme".into(),
            site: "Main".into(),
            allow_insecure: false,
            ca_file: None,
        }
    }

    #[test]
    fn an_enrollment_is_read_as_written() {
        let root = tempfile::tempdir().unwrap();
        let dir = StateDir::locate(Some(root.path().join("deep/state"))).unwrap();
        assert!(matches!(dir.load(), Err(ConfigError::NotEnrolled(_))));
        dir.save(&enrollment()).unwrap();
        let read = dir.load().unwrap();
        assert_eq!(read.key.public(), enrollment().key.public());
        assert_eq!(
            (read.server, read.machine),
            (enrollment().server, enrollment().machine)
        );
        dir.count_hello().unwrap();
        fs::write(dir.file("machine.key.new"), "half a").unwrap();
        dir.remove().unwrap();
        assert!(!dir.path().exists());
    }

    #[test]
    fn damage_is_named() {
        let root = tempfile::tempdir().unwrap();
        let dir = StateDir::locate(Some(root.path().join("state"))).unwrap();
        dir.save(&enrollment()).unwrap();
        fs::write(
            dir.file(ENROLLMENT),
            "{\"server\": \"https://x\", \"sever_key\": 1}",
        )
        .unwrap();
        let error = dir.load().unwrap_err().to_string();
        assert!(
            error.contains("agent.json is damaged") && error.contains("sever_key"),
            "{error}"
        );
        dir.save(&enrollment()).unwrap();
        fs::write(dir.file(KEY), "short").unwrap();
        assert!(
            dir.load()
                .unwrap_err()
                .to_string()
                .contains("machine.key is damaged")
        );
    }

    #[test]
    fn one_agent_runs_at_a_time() {
        let root = tempfile::tempdir().unwrap();
        let dir = StateDir::locate(Some(root.path().join("state"))).unwrap();
        dir.create().unwrap();
        let first = dir.lock().unwrap();
        assert!(first.is_some());
        assert!(dir.lock().unwrap().is_none());
        drop(first);
        assert!(dir.lock().unwrap().is_some());
    }
}
