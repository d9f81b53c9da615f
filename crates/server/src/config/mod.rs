//! What the administrator decided: [`File`] is what `farol.toml` says, [`Config`] what the program believes.
//!
//! Order of precedence: command line, environment, file, default. Unknown keys in the file are errors, so that a typing
//! mistake is not a silent default. Secrets (the database's password) come by environment or file and are never logged.

mod allowances;
mod file;
mod machine_routes;
mod tls;
mod url;

use std::net::{IpAddr, SocketAddr};
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::time::Duration;

use ipnet::IpNet;

pub use allowances::Allowances;
pub use file::File;
pub use machine_routes::{
    HiddenText, MACHINE_TOKEN_GRACE, MACHINE_TOKEN_TTL, MachineRoutes, MachineRoutesSection,
    ProvisioningSecret,
};
pub use tls::{AcmeSettings, LETS_ENCRYPT, OwnSettings, TlsFiles, TlsMode, TlsModeName};
pub use url::{Origin, PublicUrl};

use self::file::WebhooksSection;
use crate::accounts::BreachedPasswords;
use crate::store::DbSettings;

/// Where the server listens when nobody says anything.
pub const DEFAULT_LISTEN: &str = "127.0.0.1:8480";
/// The data directory when nobody says anything.
pub const DEFAULT_DATA: &str = "./data";
/// Name of the configuration file that is read, when it is there, without being asked for.
pub const DEFAULT_FILE: &str = "farol.toml";
/// Connections of one network: a quarter of what the listener holds, and more machines than most companies have behind one
/// address.
const CONNECTIONS_PER_NETWORK: usize = 2_500;
/// A login that is not used for this long has ended.
pub const LOGIN_IDLE: Duration = Duration::from_secs(12 * 60 * 60);
/// A login ends after this long in any case.
pub const LOGIN_ABSOLUTE: Duration = Duration::from_secs(14 * 24 * 60 * 60);

/// How log lines look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Deserialize, clap::ValueEnum)]
#[serde(rename_all = "snake_case")]
pub enum LogFormat {
    /// For people.
    #[default]
    Human,
    /// One JSON object per line.
    Json,
}

/// How costly password hashes are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hashing {
    /// Memory of one hash, KiB.
    pub memory_kib: u32,
    /// Passes over it.
    pub passes: u32,
    /// Hashes computed at once; the rest waits in line. Bounds memory: `at_once * memory_kib`.
    pub at_once: usize,
    /// Requests that may wait; more are told to come back.
    pub waiting: usize,
}

impl Default for Hashing {
    /// More than OWASP asks for (19 MiB, two passes, one lane). Blocks above 32 MiB are mapped and given back by the C
    /// library each time, where smaller ones would stay with the process for good; one at a time bounds the peak.
    fn default() -> Self {
        Self {
            memory_kib: 46 * 1024,
            passes: 2,
            at_once: 1,
            waiting: 32,
        }
    }
}

/// Everything decided, checked.
#[derive(Debug, Clone)]
pub struct Config {
    /// Directory of identity key, SQLite file and the like.
    pub data: PathBuf,
    /// Address of the listener.
    pub listen: SocketAddr,
    /// Where people and agents reach the server.
    pub public_url: PublicUrl,
    /// Whether `public_url` was given rather than derived from `listen`.
    pub public_url_given: bool,
    /// Where the database is.
    pub database: DbSettings,
    /// Peers whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<IpNet>,
    /// Most connections open at once from one network (one address, with IPv6 one /64), trusted proxies aside.
    pub connections_per_network: usize,
    /// How many requests whoever asks may send.
    pub allowances: Allowances,
    /// TLS inside the server.
    pub tls: Option<TlsMode>,
    /// The key of the secrets in the database.
    pub secrets_key_file: PathBuf,
    /// Peers that may read `/metrics`.
    pub metrics_from: Vec<IpNet>,
    /// Life of an unused login.
    pub login_idle: Duration,
    /// Life of any login.
    pub login_absolute: Duration,
    /// How long audit entries are kept; for ever when `None`.
    pub audit_retention: Option<Duration>,
    /// Cost of password hashes.
    pub hashing: Hashing,
    /// Passwords that are known from breaches, as a list of hashes.
    pub breached_passwords_file: Option<PathBuf>,
    /// How log lines look.
    pub log_format: LogFormat,
    /// The routes that helpdesk desktop agents use.
    pub machine_routes: MachineRoutes,
    /// Directory with the one-time agents that `/join` offers; that of the server's own program when `None`.
    pub join_agents: Option<PathBuf>,
    /// Which receivers webhooks may reach beside public ones.
    pub webhooks: Webhooks,
}

/// Which receivers webhooks may reach beside public ones, and whom they trust.
#[derive(Debug, Clone, Default)]
pub struct Webhooks {
    /// Networks inside that may be reached.
    pub networks: Vec<IpNet>,
    /// PEM file with authorities that are trusted beside the public ones.
    pub ca_file: Option<PathBuf>,
}

impl Webhooks {
    fn resolve(section: WebhooksSection) -> Result<Self, ConfigError> {
        Ok(Self {
            networks: networks("webhooks.networks", section.networks.unwrap_or_default())?,
            ca_file: section.ca_file,
        })
    }
}

/// What the command line (and, through clap, the environment) says.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct Options {
    /// Configuration file; `farol.toml` in the working directory is read when it is there.
    #[arg(long, global = true, env = "FAROL_CONFIG", value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Directory for the database, the server's key and the like [default: ./data]
    #[arg(long, global = true, env = "FAROL_DATA", value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// `sqlite` (a file in the data directory) or a `postgres://` URL.
    #[arg(
        long,
        global = true,
        env = "FAROL_DATABASE_URL",
        value_name = "URL",
        hide_env_values = true
    )]
    pub database_url: Option<String>,
    /// Where browsers and agents reach the server, when it is not the address it listens on.
    #[arg(long, global = true, env = "FAROL_PUBLIC_URL", value_name = "URL")]
    pub public_url: Option<String>,
    /// Address to listen on [default: 127.0.0.1:8480]
    #[arg(long, global = true, env = "FAROL_LISTEN", value_name = "ADDR")]
    pub listen: Option<String>,
    /// TLS inside the server: where its certificate comes from; `own` needs no further settings.
    #[arg(long, global = true, env = "FAROL_TLS", value_enum, value_name = "MODE")]
    pub tls: Option<TlsModeName>,
    /// The key of the secrets in the database [default: secrets.key in the data directory]
    #[arg(long, global = true, env = "FAROL_SECRETS_KEY_FILE", value_name = "FILE")]
    pub secrets_key_file: Option<PathBuf>,
    /// A reverse proxy with TLS stands in front; believe X-Forwarded-For from this machine.
    #[arg(long, global = true, env = "FAROL_BEHIND_PROXY", value_parser = clap::builder::BoolishValueParser::new())]
    pub behind_proxy: bool,
    /// How log lines look.
    #[arg(long, global = true, env = "FAROL_LOG_FORMAT", value_enum)]
    pub log_format: Option<LogFormat>,
    /// What lets helpdesk desktop agents register machines. Put it into the environment: command lines can be read by others.
    #[arg(
        long,
        global = true,
        env = "MACHINE_PROVISIONING_SECRET",
        value_name = "TEXT",
        hide = true,
        hide_env_values = true,
        value_parser = clap::builder::ValueParser::from(|text: &str| Ok::<_, std::convert::Infallible>(HiddenText::from(text.to_owned())))
    )]
    pub machine_provisioning_secret: Option<HiddenText>,
    /// File with the secret that lets helpdesk desktop agents register machines.
    #[arg(
        long,
        global = true,
        env = "MACHINE_PROVISIONING_SECRET_FILE",
        value_name = "FILE"
    )]
    pub machine_provisioning_secret_file: Option<PathBuf>,
    /// Life of a machine token without a heartbeat, in milliseconds [default: 30 days]
    #[arg(long, global = true, env = "MACHINE_TOKEN_TTL_MS", value_name = "MS")]
    pub machine_token_ttl_ms: Option<u64>,
}

/// Why the configuration is refused; each text is a full sentence for the administrator.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("The configuration file {path} cannot be read: {source}.", path = .path.display())]
    Read {
        /// Which file.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// The file has an unknown key or a wrong value.
    #[error("The configuration file {path} is not right: {message}", path = .path.display())]
    File {
        /// Which file.
        path: PathBuf,
        /// Where and what.
        message: String,
    },
    /// One value is wrong.
    #[error("{name} is not right: {message}.")]
    Value {
        /// Name of the setting.
        name: &'static str,
        /// What is wrong with it.
        message: String,
    },
    /// Listening to the network without encryption.
    #[error(
        "The server would listen on {0} without encryption, where others could read passwords. Let it speak TLS \
         (--tls own to try it out; [tls] in farol.toml for certificate files or ACME), or put a reverse proxy with TLS in \
         front and name it in trusted_proxies (--behind-proxy for one on this machine), or listen on 127.0.0.1."
    )]
    Unencrypted(SocketAddr),
}

impl ConfigError {
    fn value(name: &'static str, message: impl std::fmt::Display) -> Self {
        Self::Value {
            name,
            message: message.to_string(),
        }
    }
}

impl Config {
    /// Puts command line, environment and file together and checks the result.
    ///
    /// # Errors
    /// See [`ConfigError`]; nothing is created, and nothing opened but the file and those that it names to be read.
    pub fn load(options: &Options) -> Result<Self, ConfigError> {
        let file = match &options.config {
            Some(path) => File::read(path)?,
            None => File::read_if_there(Path::new(DEFAULT_FILE))?,
        };
        let mut config = Self::resolve(options, file)?;
        config.machine_routes.read_secret()?;
        BreachedPasswords::new(config.breached_passwords_file.clone())
            .check()
            .map_err(|wrong| ConfigError::value("breached_passwords_file", wrong))?;
        Ok(config)
    }

    fn resolve(options: &Options, file: File) -> Result<Self, ConfigError> {
        let data = options
            .data
            .clone()
            .or(file.data)
            .unwrap_or_else(|| DEFAULT_DATA.into());
        let listen = listen_address(options.listen.clone().or(file.listen))?;
        let given = options.public_url.clone().or(file.public_url);
        let given = given
            .map(|text| PublicUrl::parse(&text).map_err(|error| ConfigError::value("public_url", error)))
            .transpose()?;
        let tls = tls::resolve(options.tls, file.tls, given.as_ref())?;
        let public_url_given = given.is_some();
        let public_url = given.unwrap_or_else(|| PublicUrl::of_listener(listen, tls.is_some()));
        let secrets_key_file = options.secrets_key_file.clone().or(file.secrets_key_file);
        let trusted_proxies = proxies(options.behind_proxy, file.trusted_proxies)?;
        let metrics_from = match file.metrics_from {
            Some(list) => networks("metrics_from", list)?,
            None => loopback(),
        };
        Ok(Self {
            database: database(options.database_url.clone().or(file.database_url), &data)?,
            public_url_given,
            secrets_key_file: secrets_key_file.unwrap_or_else(|| data.join(crate::sealed::FILE)),
            login_idle: file
                .login_idle_minutes
                .map_or(LOGIN_IDLE, |m| Duration::from_secs(m.get() * 60)),
            login_absolute: file
                .login_days
                .map_or(LOGIN_ABSOLUTE, |d| Duration::from_secs(d.get() * 86_400)),
            audit_retention: file
                .audit_retention_days
                .map(|days| Duration::from_secs(days.get().saturating_mul(86_400))),
            hashing: Hashing::default(),
            connections_per_network: file
                .connections_per_network
                .map_or(CONNECTIONS_PER_NETWORK, NonZeroUsize::get),
            allowances: Allowances::resolve(&file.rate_limits.unwrap_or_default())?,
            breached_passwords_file: file.breached_passwords_file,
            log_format: options.log_format.or(file.log_format).unwrap_or_default(),
            machine_routes: MachineRoutes::resolve(options, file.machine_routes.unwrap_or_default())?,
            join_agents: file.join.unwrap_or_default().agents,
            webhooks: Webhooks::resolve(file.webhooks.unwrap_or_default())?,
            data,
            listen,
            public_url,
            trusted_proxies,
            tls,
            metrics_from,
        })
    }

    /// Refuses to show passwords to the network: other addresses than loopback need TLS, here or in front.
    ///
    /// # Errors
    /// [`ConfigError::Unencrypted`].
    pub fn check_listener(&self) -> Result<(), ConfigError> {
        if self.listen.ip().is_loopback() || self.tls.is_some() || !self.trusted_proxies.is_empty() {
            return Ok(());
        }
        Err(ConfigError::Unencrypted(self.listen))
    }

    /// Settings for tests: everything in `data`, a listener on any free port of loopback, cheap password hashes, no rate limits.
    #[must_use]
    pub fn for_tests(data: &Path) -> Self {
        let listen = SocketAddr::from(([127, 0, 0, 1], 0));
        Self {
            data: data.to_owned(),
            listen,
            public_url: PublicUrl::of_listener(listen, false),
            public_url_given: false,
            database: DbSettings::Sqlite(data.join("farol.db")),
            trusted_proxies: Vec::new(),
            connections_per_network: CONNECTIONS_PER_NETWORK,
            // Clocks of tests stand still, so no bucket would be filled again.
            allowances: Allowances::none(),
            tls: None,
            secrets_key_file: data.join(crate::sealed::FILE),
            metrics_from: loopback(),
            login_idle: LOGIN_IDLE,
            login_absolute: LOGIN_ABSOLUTE,
            audit_retention: None,
            hashing: Hashing {
                memory_kib: 64,
                passes: 1,
                at_once: 2,
                waiting: 32,
            },
            breached_passwords_file: None,
            log_format: LogFormat::Human,
            machine_routes: MachineRoutes::default(),
            join_agents: None,
            webhooks: Webhooks::default(),
        }
    }
}

fn listen_address(text: Option<String>) -> Result<SocketAddr, ConfigError> {
    let text = text.unwrap_or_else(|| DEFAULT_LISTEN.into());
    text.parse().map_err(|_| {
        ConfigError::value(
            "listen",
            format!("“{text}” is not an address with a port, such as 127.0.0.1:8480"),
        )
    })
}

fn database(text: Option<String>, data: &Path) -> Result<DbSettings, ConfigError> {
    match text.as_deref() {
        None | Some("" | "sqlite") => Ok(DbSettings::Sqlite(data.join("farol.db"))),
        Some(url) if url.starts_with("postgres://") || url.starts_with("postgresql://") => {
            Ok(DbSettings::Postgres(url.to_owned()))
        }
        // The text may hold a password, so it is not repeated.
        Some(_) => Err(ConfigError::value(
            "database_url",
            "it must be “sqlite” or start with postgres://",
        )),
    }
}

fn proxies(behind_proxy: bool, listed: Option<Vec<String>>) -> Result<Vec<IpNet>, ConfigError> {
    match listed {
        Some(list) => networks("trusted_proxies", list),
        None if behind_proxy => Ok(loopback()),
        None => Ok(Vec::new()),
    }
}

fn networks(name: &'static str, list: Vec<String>) -> Result<Vec<IpNet>, ConfigError> {
    list.into_iter()
        .map(|text| {
            text.parse::<IpNet>()
                .or_else(|_| text.parse::<IpAddr>().map(IpNet::from))
                .map_err(|_| {
                    ConfigError::value(
                        name,
                        format!("“{text}” is not an address or a network such as 10.0.0.0/8"),
                    )
                })
        })
        .collect()
}

fn loopback() -> Vec<IpNet> {
    vec![
        IpNet::new_assert([127, 0, 0, 0].into(), 8),
        IpNet::new_assert(IpAddr::V6(std::net::Ipv6Addr::LOCALHOST), 128),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resolve(options: Options, file: &str) -> Result<Config, ConfigError> {
        Config::resolve(&options, File::parse(Path::new("farol.toml"), file)?)
    }

    #[test]
    fn the_command_line_wins_over_the_file() {
        let options = Options {
            listen: Some("127.0.0.1:1234".into()),
            ..Options::default()
        };
        let config = resolve(options, "listen = '127.0.0.1:99'\ndata = '/srv/farol'").unwrap();
        assert_eq!(config.listen.port(), 1234);
        assert_eq!(config.database, DbSettings::Sqlite("/srv/farol/farol.db".into()));
        assert_eq!(config.public_url.to_string(), "http://127.0.0.1:1234");
    }

    #[test]
    fn an_unknown_key_is_an_error_that_names_it() {
        let error = resolve(Options::default(), "lissten = '127.0.0.1:99'")
            .unwrap_err()
            .to_string();
        assert!(error.contains("lissten"), "{error}");
    }

    #[test]
    fn the_example_file_names_every_key_rightly() {
        let example = include_str!("farol.example.toml");
        let defaults = resolve(Options::default(), example).unwrap();
        assert_eq!(defaults.listen.to_string(), DEFAULT_LISTEN);
        // Without the marks every line must still be right; comments have a space behind theirs.
        let all: String = example
            .lines()
            .map(|line| {
                line.strip_prefix('#')
                    .filter(|rest| !rest.starts_with(' '))
                    .unwrap_or(line)
            })
            .flat_map(|line| [line, "\n"])
            .collect();
        let config = resolve(Options::default(), &all).unwrap();
        assert!(config.login_idle == LOGIN_IDLE && config.login_absolute == LOGIN_ABSOLUTE);
        assert!(matches!(config.tls, Some(TlsMode::Files(_))));
        // The other two ways are in the file as well, and right.
        for (name, right) in [
            (
                TlsModeName::Acme,
                (|mode| matches!(mode, TlsMode::Acme(_))) as fn(TlsMode) -> bool,
            ),
            (TlsModeName::Own, |mode| matches!(mode, TlsMode::Own(_))),
        ] {
            let options = Options {
                tls: Some(name),
                ..Options::default()
            };
            assert!(right(resolve(options, &all).unwrap().tls.unwrap()));
        }
        for key in KEYS {
            assert!(
                example.contains(&format!("#{key} = ")),
                "{key} is missing in the example"
            );
        }
    }

    /// Every key of the file, for the test above; the lists in `file.rs` are the truth.
    const KEYS: &[&str] = &[
        "data",
        "listen",
        "public_url",
        "database_url",
        "trusted_proxies",
        "metrics_from",
        "connections_per_network",
        "login_idle_minutes",
        "login_days",
        "signed_in_per_minute",
        "network_per_minute",
        "log_format",
        "secrets_key_file",
        "mode",
        "certificate",
        "key",
        "directory",
        "domains",
        "contact",
        "terms_accepted",
        "http_listen",
        "ca_file",
        "names",
        "agents",
        "networks",
    ];

    #[test]
    fn every_way_to_tls_says_what_is_missing() {
        for (file, part) in [
            ("[tls]\ncertificate = 'a'", "key"),
            ("[tls]\nmode = 'acme'", "terms_accepted"),
            (
                "[tls]\nmode = 'acme'\n[tls.acme]\nterms_accepted = true",
                "domains",
            ),
            (
                "[tls]\nmode = 'acme'\n[tls.acme]\nterms_accepted = true\ndomains = ['*.example.org']",
                "star",
            ),
            (
                "[tls]\nmode = 'acme'\n[tls.acme]\nterms_accepted = true\ndomains = ['10.0.0.1']",
                "10.0.0.1",
            ),
            (
                "[tls]\nmode = 'acme'\n[tls.acme]\nterms_accepted = true\ndomains = ['a.b']\ncontact = ['x']",
                "e-mail",
            ),
            (
                "[tls]\nmode = 'acme'\n[tls.acme]\nterms_accepted = true\ndomains = ['a.b']\ndirectory = 'http://x'",
                "https",
            ),
            ("[tls]\nmode = 'own'\n[tls.own]\nnames = ['a b']", "a b"),
            ("[tls]\nmode = 'other'", "other"),
            ("[tls]\nkeys = 'other'", "keys"),
        ] {
            let error = resolve(Options::default(), file).unwrap_err().to_string();
            assert!(error.contains(part), "{file}: {error}");
        }
        let file = "public_url = 'https://Farol.example.org'\n[tls]\nmode = 'acme'\n[tls.acme]\nterms_accepted = true";
        let Some(TlsMode::Acme(settings)) = resolve(Options::default(), file).unwrap().tls else {
            panic!("not acme")
        };
        assert_eq!(settings.domains, ["farol.example.org"]);
        assert_eq!(settings.directory, LETS_ENCRYPT);
    }

    #[test]
    fn the_network_is_refused_without_encryption() {
        let options = Options {
            listen: Some("0.0.0.0:8480".into()),
            ..Options::default()
        };
        let config = resolve(options.clone(), "").unwrap();
        assert!(matches!(
            config.check_listener(),
            Err(ConfigError::Unencrypted(_))
        ));
        let behind = Options {
            behind_proxy: true,
            ..options
        };
        assert!(resolve(behind, "").unwrap().check_listener().is_ok());
    }

    #[test]
    fn wrong_values_are_named() {
        for (file, name) in [
            (
                "[rate_limits]\nsigned_in_per_minute = 60001",
                "signed_in_per_minute",
            ),
            ("[rate_limits]\nnetwork_per_minute = 60001", "network_per_minute"),
            ("listen = 'nowhere'", "listen"),
            ("public_url = 'ftp://x'", "public_url"),
            ("database_url = 'mysql://x'", "database_url"),
            ("trusted_proxies = ['x']", "trusted_proxies"),
        ] {
            let error = resolve(Options::default(), file).unwrap_err().to_string();
            assert!(error.contains(name), "{error}");
        }
    }
}
