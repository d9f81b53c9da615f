//! `pending.json`: an enrollment that is not through. Written before the server is asked, so that a crash at any moment
//! goes on with the same key, which gets the same answer and costs no second use of the token. While it is there it stands
//! before an earlier enrollment.

use std::fmt;
use std::fs;
use std::io;
use std::path::PathBuf;

use data_encoding::BASE64URL_NOPAD;
use farol_protocol::identity::{MachineKey, ServerPublicKey};
use farol_protocol::ids::InstallId;
use farol_protocol::token::EnrollmentToken;
use farol_transport::ServerUrl;
use serde::{Deserialize, Serialize};

use super::{
    ConfigError, ENROLLMENT, Enrollment, INSTALL, Install, KEY, NEXT_KEY, PENDING, PIPE_KEY, STATUS,
    StateDir, files,
};
use crate::random;

/// Why a machine enrolls; for people and logs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cause {
    /// Somebody called `farol-agent enroll`.
    Asked,
    /// A copy of a prepared image starts for the first time.
    Image,
    /// The server found that this installation is a copy of another.
    Copy,
}

/// An enrollment that is not through.
#[derive(Debug, Clone)]
pub struct Pending {
    /// Where the server is.
    pub server: ServerUrl,
    /// The administrator allowed an unencrypted connection to another machine.
    pub allow_insecure: bool,
    /// The administrator's own certificate authorities.
    pub ca_file: Option<PathBuf>,
    /// The server's identity where it is known from before; the token names it in any case.
    pub server_key: Option<ServerPublicKey>,
    /// What allows to ask.
    pub token: EnrollmentToken,
    /// Why.
    pub cause: Cause,
    /// The identity that is asked for; absent in an image, where each copy has to make its own.
    pub applicant: Option<Applicant>,
    /// The server's final no.
    pub refused: Option<Refusal>,
}

/// What a machine enrolls with: made once, kept until the server decided.
#[derive(Debug, Clone)]
pub struct Applicant {
    /// The new machine key.
    pub key: MachineKey,
    /// The new installation.
    pub install: InstallId,
}

impl Applicant {
    /// A new identity.
    ///
    /// # Errors
    /// No randomness.
    pub fn new() -> io::Result<Self> {
        Ok(Self {
            key: MachineKey::from_seed(&random::bytes()?),
            install: InstallId(random::bytes()?),
        })
    }
}

/// A server's final no.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Refusal {
    /// Stable code.
    pub code: String,
    /// The server's sentence.
    pub detail: String,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.detail.is_empty() {
            f.write_str(&self.code)
        } else {
            write!(f, "{}: {}", self.code, self.detail)
        }
    }
}

/// The file. It holds a token and a key: for the agent's account only, as all its neighbors.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct PendingFile {
    server: String,
    #[serde(default)]
    allow_insecure: bool,
    #[serde(default)]
    ca_file: Option<PathBuf>,
    #[serde(default)]
    server_key: Option<String>,
    token: String,
    cause: Cause,
    #[serde(default)]
    key: Option<String>,
    #[serde(default)]
    install_id: Option<String>,
    #[serde(default)]
    refused: Option<Refusal>,
}

/// Where a machine stands.
#[derive(Debug)]
pub enum Standing {
    /// It has to ask, or to ask again.
    Pending(Box<Pending>),
    /// It has its identity.
    Enrolled(Box<Enrollment>),
}

impl StateDir {
    /// Where this machine stands.
    ///
    /// # Errors
    /// [`ConfigError::NotEnrolled`] when nothing is there; when a file is damaged.
    pub fn standing(&self) -> Result<Standing, ConfigError> {
        Ok(match self.load_pending()? {
            Some(pending) => Standing::Pending(Box::new(pending)),
            None => Standing::Enrolled(Box::new(self.load()?)),
        })
    }

    /// The enrollment that is not through, if there is one.
    ///
    /// # Errors
    /// When it is damaged.
    pub fn load_pending(&self) -> Result<Option<Pending>, ConfigError> {
        let text = match fs::read_to_string(self.file(PENDING)) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(source) => return Err(self.io(PENDING, source)),
        };
        let damaged = |reason: &str| self.damaged(PENDING, reason);
        let file: PendingFile = serde_json::from_str(&text)
            .map_err(|error| damaged(&format!("line {} is not as expected", error.line())))?;
        let server = ServerUrl::parse(&file.server, file.allow_insecure)
            .map_err(|error| damaged(&format!("server: {error}")))?;
        let server_key = file.server_key.as_deref().map(ServerPublicKey::from_base64url);
        let applicant = match (&file.key, &file.install_id) {
            (Some(key), Some(install)) => {
                Some(applicant(key, install).ok_or_else(|| damaged("key: not a key"))?)
            }
            _ => None,
        };
        Ok(Some(Pending {
            server,
            allow_insecure: file.allow_insecure,
            ca_file: file.ca_file,
            server_key: server_key
                .transpose()
                .map_err(|_| damaged("server_key: not a key"))?,
            token: EnrollmentToken::parse(&file.token).map_err(|_| damaged("token: not a token"))?,
            cause: file.cause,
            applicant,
            refused: file.refused,
        }))
    }

    /// Keeps an enrollment that is not through. On disk when it returns.
    ///
    /// # Errors
    /// The system's.
    pub fn save_pending(&self, pending: &Pending) -> Result<(), ConfigError> {
        self.create()?;
        let applicant = pending.applicant.as_ref();
        let file = PendingFile {
            server: pending.server.to_string(),
            allow_insecure: pending.allow_insecure,
            ca_file: pending.ca_file.clone(),
            server_key: pending.server_key.as_ref().map(ServerPublicKey::to_base64url),
            token: pending.token.reveal(),
            cause: pending.cause,
            key: applicant.map(|of| BASE64URL_NOPAD.encode(&of.key.seed())),
            install_id: applicant.map(|of| of.install.to_string()),
            refused: pending.refused.clone(),
        };
        files::write_private(&self.file(PENDING), &self.json(PENDING, &file)?)
            .map_err(|source| self.io(PENDING, source))
    }

    /// The identity to ask with: that of an earlier try, or a new one, which is kept before it is returned.
    ///
    /// # Errors
    /// The system's.
    pub fn applicant(&self, pending: &mut Pending) -> Result<Applicant, ConfigError> {
        if let Some(applicant) = &pending.applicant {
            return Ok(applicant.clone());
        }
        let made = Applicant::new().map_err(|source| self.io(PENDING, source))?;
        let applying = Pending {
            applicant: Some(made.clone()),
            ..pending.clone()
        };
        self.save_pending(&applying)?;
        *pending = applying;
        Ok(made)
    }

    /// The enrollment is through: takes on the new identity. A crash at any point leaves what was pending, and the same
    /// again comes of it.
    ///
    /// # Errors
    /// The system's.
    pub fn adopt(&self, enrollment: &Enrollment, install: InstallId) -> Result<(), ConfigError> {
        let install = Install {
            id: install,
            counter: 0,
        };
        self.save_install(&install)?;
        self.forget(NEXT_KEY)?;
        self.forget(PIPE_KEY)?;
        self.save(enrollment)?;
        self.forget_pending()
    }

    /// Gives up an enrollment that is not through; an earlier one is valid again.
    ///
    /// # Errors
    /// The system's.
    pub fn forget_pending(&self) -> Result<(), ConfigError> {
        self.forget(PENDING)
    }

    /// Leaves nothing but an enrollment that each copy of this disk makes for itself. What is pending is written first: a
    /// crash in the middle leaves a state that enrolls anew, never one that two machines share.
    ///
    /// # Errors
    /// The system's.
    pub fn reduce_to(&self, pending: &Pending) -> Result<(), ConfigError> {
        self.save_pending(pending)?;
        for name in [KEY, NEXT_KEY, PIPE_KEY, ENROLLMENT, INSTALL, STATUS] {
            self.forget(&files::new_name(name))?;
            self.forget(name)?;
        }
        self.forget_logs()
    }
}

fn applicant(key: &str, install: &str) -> Option<Applicant> {
    let seed: [u8; 32] = BASE64URL_NOPAD.decode(key.as_bytes()).ok()?.try_into().ok()?;
    Some(Applicant {
        key: MachineKey::from_seed(&seed),
        install: install.parse().ok()?,
    })
}

#[cfg(test)]
mod tests {
    use farol_protocol::identity::ServerIdentity;

    use super::super::tests::{enrollment, state};
    use super::*;

    fn pending(cause: Cause) -> Pending {
        let server_key = ServerIdentity::from_seed(&[1; 32]).public();
        Pending {
            server: ServerUrl::parse("https://farol.example.org", false).unwrap(),
            allow_insecure: false,
            ca_file: None,
            server_key: Some(server_key),
            token: EnrollmentToken::new([3; 32], &server_key),
            cause,
            applicant: None,
            refused: None,
        }
    }

    fn names(dir: &StateDir) -> Vec<String> {
        let entries = fs::read_dir(dir.path()).unwrap();
        let mut names: Vec<String> = entries
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    #[test]
    fn the_identity_asked_for_is_made_once() {
        let (_root, dir) = state();
        let mut first = pending(Cause::Asked);
        let made = dir.applicant(&mut first).unwrap();
        let mut again = dir.load_pending().unwrap().unwrap();
        let found = dir.applicant(&mut again).unwrap();
        assert_eq!(
            (found.key.public(), found.install),
            (made.key.public(), made.install)
        );
        assert_eq!((again.token, again.server_key), (first.token, first.server_key));
        assert_eq!(again.cause, Cause::Asked);
    }

    #[test]
    fn what_is_pending_stands_before_an_earlier_enrollment() {
        let (_root, dir) = state();
        assert!(matches!(dir.standing(), Err(ConfigError::NotEnrolled(_))));
        dir.save(&enrollment()).unwrap();
        assert!(matches!(dir.standing(), Ok(Standing::Enrolled(_))));
        dir.save_pending(&pending(Cause::Copy)).unwrap();
        assert!(matches!(dir.standing(), Ok(Standing::Pending(_))));
        dir.forget_pending().unwrap();
        assert!(matches!(dir.standing(), Ok(Standing::Enrolled(_))));
    }

    #[test]
    fn an_adopted_identity_leaves_nothing_pending() {
        let (_root, dir) = state();
        dir.save_pending(&pending(Cause::Asked)).unwrap();
        dir.count_hello().unwrap();
        fs::write(dir.file(NEXT_KEY), "of the identity before").unwrap();
        fs::write(dir.file(PIPE_KEY), "of the identity before").unwrap();
        dir.adopt(&enrollment(), InstallId([4; 16])).unwrap();
        assert_eq!(names(&dir), ["agent.json", "install.json", "machine.key"]);
        assert_eq!(
            dir.install().unwrap(),
            Install {
                id: InstallId([4; 16]),
                counter: 0
            }
        );
    }

    #[test]
    fn an_image_has_no_identity_in_it() {
        let (_root, dir) = state();
        dir.save(&enrollment()).unwrap();
        dir.count_hello().unwrap();
        for leftover in [
            "machine.key.new",
            "next.key",
            "pipe.key",
            "pipe.key.new",
            "agent.log",
            "agent.log.1",
            "status.json",
        ] {
            fs::write(dir.file(leftover), "x").unwrap();
        }
        dir.reduce_to(&pending(Cause::Image)).unwrap();
        assert_eq!(names(&dir), ["pending.json"]);
        let kept = fs::read_to_string(dir.file(PENDING)).unwrap();
        assert!(!kept.contains(&enrollment().machine.to_string()));
        assert!(dir.load_pending().unwrap().unwrap().applicant.is_none());
    }

    #[test]
    fn damage_is_named_without_secrets() {
        let (_root, dir) = state();
        dir.save_pending(&pending(Cause::Asked)).unwrap();
        let text = fs::read_to_string(dir.file(PENDING)).unwrap();
        let token = pending(Cause::Asked).token.reveal();
        for (from, to) in [
            ("farol_enr_", "farol_enr_x"),
            ("\"cause\"", "\"case\""),
            ("https://", "ftp://"),
        ] {
            fs::write(dir.file(PENDING), text.replace(from, to)).unwrap();
            let said = dir.load_pending().unwrap_err().to_string();
            assert!(
                said.contains("pending.json is damaged") && !said.contains(&token[10..50]),
                "{said}"
            );
        }
    }
}
