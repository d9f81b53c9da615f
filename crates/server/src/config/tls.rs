//! TLS inside the server as decided: which of the three ways, checked. `[tls]` as written is in `file.rs`.

use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;

use super::file::{AcmeSection, OwnSection, TlsSection};
use super::{ConfigError, PublicUrl};

/// The authority that is asked when the settings name none.
pub const LETS_ENCRYPT: &str = "https://acme-v02.api.letsencrypt.org/directory";
/// Where challenges are answered when the settings say nothing; authorities always ask on port 80.
const HTTP_LISTEN: &str = "0.0.0.0:80";
/// Most domains of one certificate; authorities take 100.
const DOMAINS_MAX: usize = 100;
/// Longest domain name (RFC 1035).
const DOMAIN_MAX: usize = 253;

/// Where the server's certificate comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TlsMode {
    /// From files that somebody else keeps valid.
    Files(TlsFiles),
    /// From a certificate authority that speaks ACME.
    Acme(AcmeSettings),
    /// From the server's own authority, for trying out in a local network.
    Own(OwnSettings),
}

/// The ways by name, for `[tls] mode` and `--tls`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize, clap::ValueEnum)]
#[serde(rename_all = "snake_case")]
pub enum TlsModeName {
    /// Certificate files.
    Files,
    /// A certificate authority that speaks ACME, such as Let's Encrypt.
    Acme,
    /// The server's own certificate authority, for trying out in a local network.
    Own,
}

/// Certificate and key for TLS inside the server; PEM files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TlsFiles {
    /// The certificate, then the chain.
    pub certificate: PathBuf,
    /// The private key.
    pub key: PathBuf,
}

/// How to get certificates by ACME (RFC 8555).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AcmeSettings {
    /// The authority's directory.
    pub directory: String,
    /// Names of the certificate, lower case, sorted, at least one.
    pub domains: Vec<String>,
    /// Contact URIs, `mailto:…`.
    pub contact: Vec<String>,
    /// Where challenges are answered.
    pub http_listen: SocketAddr,
    /// PEM file with authorities trusted for the directory itself, beside the public ones.
    pub ca_file: Option<PathBuf>,
}

/// What the own authority's certificates name beside the public address, the listener's addresses and `localhost`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OwnSettings {
    /// Host names and addresses.
    pub names: Vec<String>,
}

/// The mode that `[tls]` and the command line choose, if any.
pub(super) fn resolve(
    chosen: Option<TlsModeName>,
    section: Option<TlsSection>,
    given_url: Option<&PublicUrl>,
) -> Result<Option<TlsMode>, ConfigError> {
    let section = match (chosen, section) {
        (None, None) => return Ok(None),
        (_, section) => section.unwrap_or_default(),
    };
    let name = chosen.or(section.mode).unwrap_or(TlsModeName::Files);
    Ok(Some(match name {
        TlsModeName::Files => TlsMode::Files(files(section)?),
        TlsModeName::Acme => TlsMode::Acme(acme(section.acme.unwrap_or_default(), given_url)?),
        TlsModeName::Own => TlsMode::Own(own(section.own.unwrap_or_default())?),
    }))
}

fn files(section: TlsSection) -> Result<TlsFiles, ConfigError> {
    match (section.certificate, section.key) {
        (Some(certificate), Some(key)) => Ok(TlsFiles { certificate, key }),
        _ => Err(ConfigError::value(
            "[tls]",
            "certificate and key must both be given, or another mode be chosen (“acme” or “own”)",
        )),
    }
}

fn acme(section: AcmeSection, given_url: Option<&PublicUrl>) -> Result<AcmeSettings, ConfigError> {
    if section.terms_accepted != Some(true) {
        return Err(ConfigError::value(
            "[tls.acme] terms_accepted",
            "read the terms of the certificate authority and write terms_accepted = true when you accept them",
        ));
    }
    let directory = section.directory.unwrap_or_else(|| LETS_ENCRYPT.into());
    if !directory.starts_with("https://") {
        return Err(ConfigError::value(
            "[tls.acme] directory",
            "it must start with https://",
        ));
    }
    let domains = match (section.domains, given_url) {
        (Some(domains), _) => domains,
        (None, Some(url)) => vec![url.origin().host().to_owned()],
        (None, None) => {
            return Err(ConfigError::value(
                "[tls.acme] domains",
                "name the domains, or set public_url",
            ));
        }
    };
    let listen = section.http_listen.unwrap_or_else(|| HTTP_LISTEN.into());
    let http_listen = listen.parse().map_err(|_| {
        ConfigError::value(
            "[tls.acme] http_listen",
            format!("“{listen}” is not an address with a port, such as {HTTP_LISTEN}"),
        )
    })?;
    Ok(AcmeSettings {
        directory,
        domains: checked_domains(domains)?,
        contact: contacts(section.contact.unwrap_or_default())?,
        http_listen,
        ca_file: section.ca_file,
    })
}

fn checked_domains(domains: Vec<String>) -> Result<Vec<String>, ConfigError> {
    let wrong = |message: String| ConfigError::value("[tls.acme] domains", message);
    let mut checked: Vec<String> = domains.iter().map(|domain| domain.to_ascii_lowercase()).collect();
    for domain in &checked {
        if domain.starts_with("*.") {
            return Err(wrong(format!(
                "“{domain}”: names with a star need a DNS challenge, which this server does not do"
            )));
        }
        if domain.parse::<IpAddr>().is_ok() || !domain.contains('.') || !is_dns_name(domain) {
            return Err(wrong(format!(
                "“{domain}” is not a public domain name; write other scripts in their xn-- form"
            )));
        }
    }
    checked.sort();
    checked.dedup();
    if checked.is_empty() || checked.len() > DOMAINS_MAX {
        return Err(wrong(format!("name between 1 and {DOMAINS_MAX} domains")));
    }
    Ok(checked)
}

/// Letters, digits, hyphens inside labels, dots between them.
fn is_dns_name(name: &str) -> bool {
    let label = |label: &str| {
        (1..=63).contains(&label.len())
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    name.len() <= DOMAIN_MAX && name.split('.').all(label)
}

fn contacts(contacts: Vec<String>) -> Result<Vec<String>, ConfigError> {
    contacts
        .into_iter()
        .map(
            |contact| match contact.strip_prefix("mailto:").unwrap_or(&contact) {
                address if address.contains('@') && !address.contains(char::is_whitespace) => {
                    Ok(format!("mailto:{address}"))
                }
                _ => Err(ConfigError::value(
                    "[tls.acme] contact",
                    format!("“{contact}” is not an e-mail address"),
                )),
            },
        )
        .collect()
}

fn own(section: OwnSection) -> Result<OwnSettings, ConfigError> {
    let names = section.names.unwrap_or_default();
    if let Some(wrong) = names
        .iter()
        .find(|name| name.parse::<IpAddr>().is_err() && !is_dns_name(name))
    {
        return Err(ConfigError::value(
            "[tls.own] names",
            format!("“{wrong}” is neither a host name nor an address"),
        ));
    }
    Ok(OwnSettings { names })
}
