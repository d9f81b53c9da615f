//! [`PublicUrl`]: scheme, host and port under which the server is reached; and [`Origin`], the same as browsers send it.

use std::fmt;
use std::net::{IpAddr, SocketAddr};

use axum::http::Uri;

/// An `Origin` header that says where a page came from: scheme and authority, lower case, default ports left out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    https: bool,
    host: String,
    port: u16,
}

impl Origin {
    /// Parses `http(s)://host[:port]`; anything else, also `null`, is no origin of ours.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let uri: Uri = text.parse().ok()?;
        let https = match uri.scheme_str()? {
            "https" => true,
            "http" => false,
            _ => return None,
        };
        if !matches!(uri.path(), "" | "/") || uri.query().is_some() {
            return None;
        }
        let authority = uri.authority()?;
        if authority.as_str().contains('@') {
            return None;
        }
        let port = uri.port_u16().unwrap_or(if https { 443 } else { 80 });
        Some(Self {
            https,
            host: authority.host().to_ascii_lowercase(),
            port,
        })
    }

    /// Host name or address, lower case; IPv6 without its brackets.
    #[must_use]
    pub fn host(&self) -> &str {
        self.host.trim_start_matches('[').trim_end_matches(']')
    }

    /// Port, also when it is the scheme's own.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Whether the host is this machine's loopback, by name or number.
    #[must_use]
    pub fn is_loopback(&self) -> bool {
        let bare = self.host();
        bare == "localhost" || bare.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
    }

    /// Whether a `Host` header names this origin's authority.
    #[must_use]
    pub fn has_authority(&self, host_header: &str) -> bool {
        let scheme = if self.https { "https" } else { "http" };
        Self::parse(&format!("{scheme}://{host_header}")).is_some_and(|other| &other == self)
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (scheme, default) = if self.https { ("https", 443) } else { ("http", 80) };
        write!(f, "{scheme}://{}", self.host)?;
        if self.port == default {
            Ok(())
        } else {
            write!(f, ":{}", self.port)
        }
    }
}

/// Where people and agents reach the server; never ends in a slash.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicUrl(Origin);

impl PublicUrl {
    /// Parses `https://farol.example.org[:port]`.
    ///
    /// # Errors
    /// A fragment that says what is wrong: no scheme, a path (the console must be at the root), user info.
    pub fn parse(text: &str) -> Result<Self, String> {
        Origin::parse(text)
            .map(Self)
            .ok_or_else(|| format!("“{text}” is not an http or https address without a path"))
    }

    /// The address of a listener; wildcard addresses become loopback, where the administrator sits.
    #[must_use]
    pub fn of_listener(listen: SocketAddr, tls: bool) -> Self {
        let ip = match listen.ip() {
            ip if !ip.is_unspecified() => ip,
            IpAddr::V4(_) => IpAddr::V4(std::net::Ipv4Addr::LOCALHOST),
            IpAddr::V6(_) => IpAddr::V6(std::net::Ipv6Addr::LOCALHOST),
        };
        let host = match ip {
            IpAddr::V4(ip) => ip.to_string(),
            IpAddr::V6(ip) => format!("[{ip}]"),
        };
        Self(Origin {
            https: tls,
            host,
            port: listen.port(),
        })
    }

    /// As an origin.
    #[must_use]
    pub fn origin(&self) -> &Origin {
        &self.0
    }
}

impl fmt::Display for PublicUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn origins_are_compared_by_meaning() {
        assert_eq!(
            Origin::parse("https://A.example:443"),
            Origin::parse("https://a.example")
        );
        assert_ne!(
            Origin::parse("https://a.example"),
            Origin::parse("http://a.example")
        );
        for wrong in ["null", "", "https://a/x", "https://u@a", "ws://a", "https://a?q"] {
            assert_eq!(Origin::parse(wrong), None, "{wrong}");
        }
        let own = Origin::parse("http://127.0.0.1:8480").unwrap();
        assert!(own.has_authority("127.0.0.1:8480"));
        assert!(!own.has_authority("127.0.0.1:8481"));
        assert!(own.is_loopback() && Origin::parse("http://[::1]:1").unwrap().is_loopback());
    }

    #[test]
    fn a_wildcard_listener_is_reached_by_loopback() {
        let url = PublicUrl::of_listener("0.0.0.0:8480".parse().unwrap(), false);
        assert_eq!(url.to_string(), "http://127.0.0.1:8480");
        assert_eq!(
            PublicUrl::of_listener("[::]:443".parse().unwrap(), true).to_string(),
            "https://[::1]"
        );
    }
}
