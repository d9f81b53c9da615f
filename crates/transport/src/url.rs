//! Where the server is. Not here: dialing it (`connect.rs`).

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use tokio_tungstenite::tungstenite::http::Uri;

/// A server's address as a person gives it: `https://farol.example.org`, `http://127.0.0.1:8480`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServerUrl {
    secure: bool,
    /// Without brackets.
    host: String,
    port: u16,
}

/// Why a text is no server address.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UrlError {
    /// Not a URL.
    #[error("not an address (it looks like https://farol.example.org)")]
    Malformed,
    /// Another scheme than `https` or `http`.
    #[error("the scheme {0} is not supported (use https)")]
    Scheme(String),
    /// A path, query or user name, which the server does not have.
    #[error("the address must end after host and port")]
    Extra,
    /// Unencrypted to another machine, without having been allowed.
    #[error("http:// is allowed to this machine itself only (use https://, or allow it explicitly)")]
    Insecure,
}

impl ServerUrl {
    /// Reads an address. Without encryption only the machine itself can be reached, unless `allow_insecure`.
    ///
    /// # Errors
    /// When it is no address, or not an allowed one.
    pub fn parse(text: &str, allow_insecure: bool) -> Result<Self, UrlError> {
        let url: Self = text.trim().parse()?;
        if !url.secure && !url.is_loopback() && !allow_insecure {
            return Err(UrlError::Insecure);
        }
        Ok(url)
    }

    /// Whether TLS is used.
    #[must_use]
    pub fn is_secure(&self) -> bool {
        self.secure
    }

    /// Whether the host is this machine.
    #[must_use]
    pub fn is_loopback(&self) -> bool {
        self.host == "localhost" || self.host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
    }

    /// Host name or address, without brackets.
    #[must_use]
    pub fn host(&self) -> &str {
        &self.host
    }

    /// TCP port.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The URL of a path (`/api/agent/enroll`) for HTTP.
    #[must_use]
    pub fn http(&self, path: &str) -> String {
        format!("{self}{path}")
    }

    /// The URL of a path for a WebSocket.
    #[must_use]
    pub fn websocket(&self, path: &str) -> String {
        let scheme = if self.secure { "wss" } else { "ws" };
        format!("{scheme}://{}{path}", self.authority())
    }

    /// Host and port as in a `Host` header.
    pub(crate) fn authority(&self) -> String {
        let host = if self.host.contains(':') {
            format!("[{}]", self.host)
        } else {
            self.host.clone()
        };
        let default = if self.secure { 443 } else { 80 };
        if self.port == default {
            host
        } else {
            format!("{host}:{}", self.port)
        }
    }
}

impl FromStr for ServerUrl {
    type Err = UrlError;

    fn from_str(text: &str) -> Result<Self, UrlError> {
        let uri: Uri = text.parse().map_err(|_| UrlError::Malformed)?;
        let secure = match uri.scheme_str() {
            Some("https") => true,
            Some("http") => false,
            Some(other) => return Err(UrlError::Scheme(other.to_owned())),
            None => return Err(UrlError::Malformed),
        };
        if !matches!(uri.path(), "" | "/") || uri.query().is_some() || text.contains(['@', '#']) {
            return Err(UrlError::Extra);
        }
        let host = uri
            .host()
            .unwrap_or_default()
            .trim_matches(['[', ']'])
            .to_ascii_lowercase();
        if host.is_empty() {
            return Err(UrlError::Malformed);
        }
        Ok(Self {
            secure,
            host,
            port: uri.port_u16().unwrap_or(if secure { 443 } else { 80 }),
        })
    }
}

impl fmt::Display for ServerUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = if self.secure { "https" } else { "http" };
        write!(f, "{scheme}://{}", self.authority())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_round_trip() {
        for (text, shown) in [
            ("https://farol.example.org", "https://farol.example.org"),
            ("https://Farol.example.org:443/", "https://farol.example.org"),
            ("http://127.0.0.1:8480", "http://127.0.0.1:8480"),
            ("http://localhost", "http://localhost"),
            ("https://[::1]:8480", "https://[::1]:8480"),
        ] {
            assert_eq!(
                ServerUrl::parse(text, false).map(|url| url.to_string()),
                Ok(shown.to_owned())
            );
        }
        let url = ServerUrl::parse("http://[::1]:5", false).unwrap();
        assert_eq!(
            (url.websocket("/x"), url.http("/y")),
            ("ws://[::1]:5/x".into(), "http://[::1]:5/y".into())
        );
    }

    #[test]
    fn what_is_no_allowed_address_says_why() {
        for (text, error) in [
            ("farol.example.org", UrlError::Malformed),
            ("ftp://x", UrlError::Scheme("ftp".into())),
            ("https://x/path", UrlError::Extra),
            ("https://me@x", UrlError::Extra),
            ("http://farol.example.org", UrlError::Insecure),
            ("http://127.0.0.1.example.org", UrlError::Insecure),
        ] {
            assert_eq!(ServerUrl::parse(text, false), Err(error), "{text}");
        }
        assert!(ServerUrl::parse("http://farol.example.org", true).is_ok());
    }
}
