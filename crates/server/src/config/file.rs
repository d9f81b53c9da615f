//! [`File`]: `farol.toml` as written. Checked values are in `Config`.

use std::num::{NonZeroU64, NonZeroUsize};
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::tls::TlsModeName;
use super::{ConfigError, LogFormat, MachineRoutesSection};

/// The file; every key may be left out.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct File {
    /// Directory for the database, the server's key and the like.
    pub data: Option<PathBuf>,
    /// Address to listen on.
    pub listen: Option<String>,
    /// Where browsers and agents reach the server.
    pub public_url: Option<String>,
    /// `sqlite` or a `postgres://` URL.
    pub database_url: Option<String>,
    /// Addresses or networks of reverse proxies whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Option<Vec<String>>,
    /// Addresses or networks that may read `/metrics`; loopback when left out.
    pub metrics_from: Option<Vec<String>>,
    /// Most connections open at once from one network, trusted proxies aside.
    pub connections_per_network: Option<NonZeroUsize>,
    /// Minutes after which an unused login ends.
    pub login_idle_minutes: Option<NonZeroU64>,
    /// Days after which any login ends.
    pub login_days: Option<NonZeroU64>,
    /// Days for which audit entries are kept; for ever when left out.
    pub audit_retention_days: Option<NonZeroU64>,
    /// How many requests whoever asks may send.
    pub rate_limits: Option<RateLimitsSection>,
    /// How log lines look.
    pub log_format: Option<LogFormat>,
    /// The key of the secrets in the database; `secrets.key` in the data directory when left out.
    pub secrets_key_file: Option<PathBuf>,
    /// Passwords that are known from breaches: SHA-1 hashes in their order, one on each line.
    pub breached_passwords_file: Option<PathBuf>,
    /// TLS inside the server.
    pub tls: Option<TlsSection>,
    /// The routes that helpdesk desktop agents use.
    pub machine_routes: Option<MachineRoutesSection>,
    /// The public page for people with a support code.
    pub join: Option<JoinSection>,
    /// Webhooks.
    pub webhooks: Option<WebhooksSection>,
}

/// `[webhooks]`.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WebhooksSection {
    /// Addresses or networks inside that webhooks may reach; none when left out.
    pub networks: Option<Vec<String>>,
    /// PEM file with authorities that are trusted for receivers, beside the public ones.
    pub ca_file: Option<PathBuf>,
}

/// `[rate_limits]`.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RateLimitsSection {
    /// Requests a minute of each login and each API token.
    pub signed_in_per_minute: Option<u32>,
    /// Requests a minute of each network, of those that need no login.
    pub network_per_minute: Option<u32>,
}

/// `[join]`.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct JoinSection {
    /// Directory with the one-time agents that are offered; that of the server's own program when left out.
    pub agents: Option<PathBuf>,
}

/// `[tls]`.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TlsSection {
    /// Where the certificate comes from; `files` when left out.
    pub mode: Option<TlsModeName>,
    /// PEM file with the certificate, then the chain.
    pub certificate: Option<PathBuf>,
    /// PEM file with the private key.
    pub key: Option<PathBuf>,
    /// For mode `acme`.
    pub acme: Option<AcmeSection>,
    /// For mode `own`.
    pub own: Option<OwnSection>,
}

/// `[tls.acme]`.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AcmeSection {
    /// URL of the authority's directory; Let's Encrypt's when left out.
    pub directory: Option<String>,
    /// Names of the certificate; the host of `public_url` when left out.
    pub domains: Option<Vec<String>>,
    /// E-mail addresses that the authority may write to.
    pub contact: Option<Vec<String>>,
    /// Must be `true`: the administrator has read and accepts the authority's terms.
    pub terms_accepted: Option<bool>,
    /// Where challenges are answered; everything else there is sent to https.
    pub http_listen: Option<String>,
    /// PEM file with authorities trusted for the directory itself, beside the public ones.
    pub ca_file: Option<PathBuf>,
}

/// `[tls.own]`.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OwnSection {
    /// Further host names and addresses under which the server is reached.
    pub names: Option<Vec<String>>,
}

impl File {
    /// Reads the file that was asked for.
    ///
    /// # Errors
    /// It cannot be read or understood.
    pub fn read(path: &Path) -> Result<Self, ConfigError> {
        let text = std::fs::read_to_string(path).map_err(|source| ConfigError::Read {
            path: path.to_owned(),
            source,
        })?;
        Self::parse(path, &text)
    }

    /// Reads the file if there is one.
    ///
    /// # Errors
    /// It is there but cannot be read or understood.
    pub fn read_if_there(path: &Path) -> Result<Self, ConfigError> {
        if path.exists() {
            Self::read(path)
        } else {
            Ok(Self::default())
        }
    }

    pub(super) fn parse(path: &Path, text: &str) -> Result<Self, ConfigError> {
        toml::from_str(text).map_err(|error| ConfigError::File {
            path: path.to_owned(),
            message: error.to_string(),
        })
    }
}
