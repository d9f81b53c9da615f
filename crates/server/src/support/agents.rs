//! The one-time agents that this server can hand out: files that the administrator placed.
//!
//! Nothing is made or changed here: one program per platform, whose name alone carries code and server, so that nobody's
//! signature is touched.

use std::path::PathBuf;

use serde::Serialize;
use utoipa::ToSchema;

use crate::config::{Config, PublicUrl};

/// Platforms that there may be an agent for, as [`std::env::consts`] names them.
const PLATFORMS: [(&str, &str); 6] = [
    ("windows", "x86_64"),
    ("windows", "aarch64"),
    ("macos", "aarch64"),
    ("macos", "x86_64"),
    ("linux", "x86_64"),
    ("linux", "aarch64"),
];

/// A one-time agent that can be had.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = OneTimeAgent)]
pub struct Offered {
    /// `windows`, `macos` or `linux`.
    pub system: String,
    /// `x86_64` or `aarch64`.
    pub arch: String,
    /// Bytes of the program.
    pub size: u64,
}

/// A file to hand out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Agent {
    pub(super) path: PathBuf,
    pub(super) offered: Offered,
}

/// Every agent that is there. Looks at a handful of files.
pub(super) async fn all(config: &Config) -> Vec<Agent> {
    let mut found = Vec::new();
    for platform in PLATFORMS {
        found.extend(one(config, platform).await);
    }
    found
}

/// The agent for a platform as a caller names it; None when there is none, or no such platform.
pub(super) async fn find(config: &Config, system: &str, arch: &str) -> Option<Agent> {
    let platform = PLATFORMS.into_iter().find(|known| *known == (system, arch))?;
    one(config, platform).await
}

async fn one(config: &Config, (system, arch): (&str, &str)) -> Option<Agent> {
    for path in places(config, (system, arch)) {
        // Whatever cannot be looked at cannot be handed out either; there is nobody to tell but the page, which says so.
        let Ok(file) = tokio::fs::metadata(&path).await else {
            continue;
        };
        if file.is_file() && file.len() > 0 {
            let offered = Offered {
                system: system.into(),
                arch: arch.into(),
                size: file.len(),
            };
            return Some(Agent { path, offered });
        }
    }
    None
}

/// Where the agent for a platform may lie. Beside the server's own program `farol-agent` is this system's, as built together.
fn places(config: &Config, (system, arch): (&str, &str)) -> Vec<PathBuf> {
    let name = format!("farol-agent-{system}-{arch}{}", extension(system));
    if let Some(directory) = &config.join_agents {
        return vec![directory.join(name)];
    }
    let own = std::env::current_exe().ok();
    let Some(directory) = own.as_deref().and_then(std::path::Path::parent) else {
        return Vec::new();
    };
    let mut places = vec![directory.join(name)];
    if (system, arch) == (std::env::consts::OS, std::env::consts::ARCH) {
        places.push(directory.join(format!("farol-agent{}", extension(system))));
    }
    places
}

fn extension(system: &str) -> &'static str {
    if system == "windows" { ".exe" } else { "" }
}

/// What the file is called where it is downloaded: `farol-help-<CODE>@<HOST>[_<PORT>]`, with `.exe` for Windows. The port is left
/// out where it is https's own. A server without a host name or IPv4 address cannot be named in a file; its agent asks for the
/// address as it asks for a lost code.
pub(super) fn file_name(code: &str, server: &PublicUrl, system: &str) -> String {
    /// The port that an agent takes when the name has none.
    const HTTPS: u16 = 443;
    let (host, port) = (server.origin().host(), server.origin().port());
    let is_plain = |letter: char| letter.is_ascii_alphanumeric() || letter == '.' || letter == '-';
    let place = match port {
        _ if host.is_empty() || !host.chars().all(is_plain) => String::new(),
        HTTPS => format!("@{host}"),
        port => format!("@{host}_{port}"),
    };
    format!("farol-help-{code}{place}{}", extension(system))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_carry_code_and_server() {
        let named = |server: &str, system| file_name("K7QF2M9X4", &PublicUrl::parse(server).unwrap(), system);
        assert_eq!(
            named("https://farol.example.org", "windows"),
            "farol-help-K7QF2M9X4@farol.example.org.exe"
        );
        assert_eq!(
            named("https://Farol.example.org:8443", "linux"),
            "farol-help-K7QF2M9X4@farol.example.org_8443"
        );
        assert_eq!(
            named("http://127.0.0.1:8480", "linux"),
            "farol-help-K7QF2M9X4@127.0.0.1_8480"
        );
        assert_eq!(
            named("http://localhost", "linux"),
            "farol-help-K7QF2M9X4@localhost_80"
        );
        assert_eq!(
            named("https://[2001:db8::1]:8443", "macos"),
            "farol-help-K7QF2M9X4"
        );
    }

    #[tokio::test]
    async fn what_is_there_is_offered() {
        let directory = tempfile::tempdir().unwrap();
        let mut config = Config::for_tests(directory.path());
        config.join_agents = Some(directory.path().to_owned());
        assert_eq!(all(&config).await, []);
        std::fs::write(directory.path().join("farol-agent-windows-x86_64.exe"), "MZ").unwrap();
        std::fs::write(directory.path().join("farol-agent-linux-aarch64"), "").unwrap();
        std::fs::create_dir(directory.path().join("farol-agent-linux-x86_64")).unwrap();
        let found = all(&config).await;
        let offered: Vec<_> = found.iter().map(|agent| &agent.offered).collect();
        let expected = Offered {
            system: "windows".into(),
            arch: "x86_64".into(),
            size: 2,
        };
        assert_eq!(offered, [&expected]);
        assert!(find(&config, "windows", "x86_64").await.is_some());
        for (system, arch) in [("linux", "x86_64"), ("windows", "../x86_64"), ("..", "farol")] {
            assert!(find(&config, system, arch).await.is_none(), "{system} {arch}");
        }
    }
}
