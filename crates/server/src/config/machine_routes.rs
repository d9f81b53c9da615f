//! Settings of the routes that helpdesk desktop agents use.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use serde::Deserialize;
use sha2::{Digest, Sha256};

use super::{ConfigError, Options};
use crate::ids::SiteId;
use crate::store::entities::enrollment_token::Approval;

/// Life of a machine token that is not used, when nobody says anything.
pub const MACHINE_TOKEN_TTL: Duration = Duration::from_secs(30 * 24 * 60 * 60);
/// How long a token that was replaced may still deliver reports, when nobody says anything.
pub const MACHINE_TOKEN_GRACE: Duration = Duration::from_secs(15 * 60);
/// Shorter lives would end between two heartbeats.
const TTL_MIN: Duration = Duration::from_secs(15 * 60);
/// What lies around for longer should be made anew.
const TTL_MAX: Duration = Duration::from_secs(366 * 24 * 60 * 60);
/// A token that was replaced is worth nothing after a day at most.
const GRACE_MAX: Duration = Duration::from_secs(24 * 60 * 60);
/// The secret stands on every machine of a fleet; it has to be one that cannot be guessed.
const SECRET_MIN: usize = 16;
/// Longest secret, in bytes; what fits on a line of a file.
const SECRET_MAX: usize = 512;

/// What lets helpdesk desktop agents register machines. Only its hash is kept; `Debug` shows nothing.
#[derive(Clone, PartialEq, Eq)]
pub struct ProvisioningSecret([u8; 32]);

impl ProvisioningSecret {
    /// Takes a secret as the administrator wrote it.
    ///
    /// # Errors
    /// What is wrong with it, without repeating it.
    pub fn new(text: &str) -> Result<Self, String> {
        let text = text.trim();
        if text.len() < SECRET_MIN || text.len() > SECRET_MAX {
            return Err(format!(
                "it must have between {SECRET_MIN} and {SECRET_MAX} characters; make one with: openssl rand -base64 32"
            ));
        }
        Ok(Self(Sha256::digest(text.as_bytes()).into()))
    }

    /// Whether `presented` is the secret. Takes the same time for every wrong one: hashes are compared, and to their end.
    #[must_use]
    pub fn is(&self, presented: &str) -> bool {
        let presented: [u8; 32] = Sha256::digest(presented.trim().as_bytes()).into();
        let differences = self.0.iter().zip(presented).fold(0, |all, (a, b)| all | (a ^ b));
        std::hint::black_box(differences) == 0
    }
}

impl fmt::Debug for ProvisioningSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ProvisioningSecret(…)")
    }
}

/// Text of the environment that must not be shown.
#[derive(Clone, Default)]
pub struct HiddenText(pub String);

impl From<String> for HiddenText {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl fmt::Debug for HiddenText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("HiddenText(…)")
    }
}

/// `[machine_routes]` as written.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct MachineRoutesSection {
    /// File with the provisioning secret.
    pub provisioning_secret_file: Option<PathBuf>,
    /// Life of a machine token without a heartbeat, in milliseconds.
    pub token_ttl_ms: Option<u64>,
    /// Minutes for which a token that was replaced may still deliver reports.
    pub grace_minutes: Option<u64>,
    /// Whether a person has to agree to new machines.
    pub approval: Option<Approval>,
    /// Where machines are put.
    pub site: Option<String>,
}

/// The routes' settings, checked.
#[derive(Debug, Clone)]
pub struct MachineRoutes {
    /// The routes are off without it.
    pub secret: Option<ProvisioningSecret>,
    /// Where the secret is read from when the environment does not hold it.
    pub secret_file: Option<PathBuf>,
    /// Life of a machine token; each heartbeat starts it anew.
    pub token_ttl: Duration,
    /// How long a token that was replaced may still deliver reports.
    pub grace: Duration,
    /// Whether a person has to agree to new machines.
    pub approval: Approval,
    /// Where machines are put; the oldest site when left out.
    pub site: Option<SiteId>,
}

impl Default for MachineRoutes {
    fn default() -> Self {
        Self {
            secret: None,
            secret_file: None,
            token_ttl: MACHINE_TOKEN_TTL,
            grace: MACHINE_TOKEN_GRACE,
            approval: Approval::Automatic,
            site: None,
        }
    }
}

impl MachineRoutes {
    pub(super) fn resolve(options: &Options, file: MachineRoutesSection) -> Result<Self, ConfigError> {
        let given = options.machine_provisioning_secret.as_ref();
        let secret = given.map(|text| checked(&text.0)).transpose()?.flatten();
        let ttl = options.machine_token_ttl_ms.or(file.token_ttl_ms);
        let site = file.site.map(|text| text.parse()).transpose();
        Ok(Self {
            secret,
            secret_file: options
                .machine_provisioning_secret_file
                .clone()
                .or(file.provisioning_secret_file),
            token_ttl: within(
                "MACHINE_TOKEN_TTL_MS",
                ttl.map_or(MACHINE_TOKEN_TTL, Duration::from_millis),
                (TTL_MIN, TTL_MAX),
            )?,
            grace: within(
                "machine_routes.grace_minutes",
                file.grace_minutes.map_or(MACHINE_TOKEN_GRACE, |minutes| {
                    Duration::from_secs(minutes.saturating_mul(60))
                }),
                (Duration::ZERO, GRACE_MAX),
            )?,
            approval: file.approval.unwrap_or(Approval::Automatic),
            site: site
                .map_err(|_| ConfigError::value("machine_routes.site", "it is no site's identifier"))?,
        })
    }
}

impl MachineRoutes {
    /// Reads the secret's file, unless the environment holds the secret.
    ///
    /// # Errors
    /// The file cannot be read, or its text is no secret.
    pub fn read_secret(&mut self) -> Result<(), ConfigError> {
        let Some(path) = self.secret_file.clone().filter(|_| self.secret.is_none()) else {
            return Ok(());
        };
        let text = std::fs::read_to_string(&path).map_err(|source| ConfigError::Read { path, source })?;
        self.secret = checked(&text)?;
        Ok(())
    }
}

/// An empty variable, as compose files leave it, is no secret.
fn checked(text: &str) -> Result<Option<ProvisioningSecret>, ConfigError> {
    if text.trim().is_empty() {
        return Ok(None);
    }
    ProvisioningSecret::new(text)
        .map(Some)
        .map_err(|message| ConfigError::value("MACHINE_PROVISIONING_SECRET", message))
}

fn within(
    name: &'static str,
    value: Duration,
    (least, most): (Duration, Duration),
) -> Result<Duration, ConfigError> {
    if (least..=most).contains(&value) {
        return Ok(value);
    }
    let message = format!(
        "it must be between {} and {} milliseconds",
        least.as_millis(),
        most.as_millis()
    );
    Err(ConfigError::value(name, message))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "a secret of more than sixteen letters";

    fn with(secret: &str) -> Options {
        Options {
            machine_provisioning_secret: Some(HiddenText(secret.into())),
            ..Options::default()
        }
    }

    #[test]
    fn a_secret_is_compared_and_never_shown() {
        let options = with(SECRET);
        let routes = MachineRoutes::resolve(&options, MachineRoutesSection::default()).unwrap();
        let secret = routes.secret.clone().unwrap();
        assert!(secret.is(SECRET) && secret.is(&format!("{SECRET}\n")));
        assert!(!secret.is("a secret of more than sixteen letter") && !secret.is(""));
        assert!(!format!("{options:?} {routes:?}").contains("sixteen"));
    }

    #[test]
    fn an_empty_secret_is_none_a_short_one_and_odd_times_are_errors() {
        let unset = MachineRoutes::resolve(&with(" "), MachineRoutesSection::default()).unwrap();
        assert!(unset.secret.is_none());
        assert_eq!(unset.token_ttl, MACHINE_TOKEN_TTL);
        let error = MachineRoutes::resolve(&with("short secret"), MachineRoutesSection::default())
            .unwrap_err()
            .to_string();
        assert!(
            error.contains("MACHINE_PROVISIONING_SECRET") && !error.contains("short secret"),
            "{error}"
        );
        let brief = Options {
            machine_token_ttl_ms: Some(1000),
            ..Options::default()
        };
        let error = MachineRoutes::resolve(&brief, MachineRoutesSection::default()).unwrap_err();
        assert!(error.to_string().contains("MACHINE_TOKEN_TTL_MS"), "{error}");
    }

    #[test]
    fn the_secret_may_stand_in_a_file() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("secret");
        std::fs::write(&path, format!("{SECRET}\n")).unwrap();
        let file = MachineRoutesSection {
            provisioning_secret_file: Some(path),
            ..MachineRoutesSection::default()
        };
        let mut routes = MachineRoutes::resolve(&Options::default(), file).unwrap();
        routes.read_secret().unwrap();
        assert!(routes.secret.unwrap().is(SECRET));
    }
}
