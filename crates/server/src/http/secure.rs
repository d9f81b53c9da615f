//! Nothing is answered in the clear, except on this machine: every request came by TLS, here or at a trusted proxy.
//!
//! ```text
//! connection            says                                         verdict
//! TLS, ends here        –                                            served
//! plain, loopback       nothing of a proxy                           served
//! plain, loopback       anything of a proxy, but is no trusted one   proxy_not_trusted
//! plain, trusted proxy  client on loopback, or X-Forwarded-Proto: https   served
//! plain, trusted proxy  anything else                                encryption_required
//! plain, anybody else   whatever                                     encryption_required
//! ```
//! “Of a proxy” is every header in [`OF_A_PROXY`], whatever it says. A client whose address cannot be read is not on loopback.
//! A proxy that speaks TLS to us is asked the same: what counts is how the client came to it.

use std::net::{IpAddr, SocketAddr};

use axum::extract::{ConnectInfo, Request, State};
use axum::http::header::{FORWARDED, VIA};
use axum::http::{HeaderMap, HeaderName};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use ipnet::IpNet;

use super::address;
use crate::ctx::Ctx;
use crate::error::{Code, Error};

const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
const FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");
/// What proxies add to requests that they pass on, and nobody else has a reason to.
const OF_A_PROXY: [HeaderName; 6] = [
    FORWARDED_FOR,
    FORWARDED_PROTO,
    HeaderName::from_static("x-forwarded-host"),
    HeaderName::from_static("x-real-ip"),
    FORWARDED,
    VIA,
];

/// How a connection came; the listener puts it into every request. A request without it counts as plain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Transport {
    /// As it is.
    Plain,
    /// By TLS that ends in this process.
    Tls {
        /// SHA-256 of the certificate that was shown.
        certificate: [u8; 32],
    },
}

pub(super) async fn check(State(ctx): State<Ctx>, request: Request, next: Next) -> Response {
    let transport = request
        .extensions()
        .get::<Transport>()
        .copied()
        .unwrap_or(Transport::Plain);
    let peer = request
        .extensions()
        .get::<ConnectInfo<SocketAddr>>()
        .map(|info| info.0.ip().to_canonical());
    match verdict(transport, peer, request.headers(), &ctx.config.trusted_proxies) {
        Ok(()) => next.run(request).await,
        Err(error) => {
            tracing::warn!(
                ?peer,
                code = error.code().as_str(),
                "refused a request that did not come encrypted"
            );
            error.into_response()
        }
    }
}

fn verdict(
    transport: Transport,
    peer: Option<IpAddr>,
    headers: &HeaderMap,
    trusted: &[IpNet],
) -> Result<(), Error> {
    let is_tls = matches!(transport, Transport::Tls { .. });
    let forwarded = OF_A_PROXY.iter().any(|name| headers.contains_key(name));
    let Some(peer) = peer else {
        return if is_tls { Ok(()) } else { Err(plain()) };
    };
    if forwarded && trusted.iter().any(|network| network.contains(&peer)) {
        let client = address::behind_proxies(peer, headers, trusted);
        return if is_https(headers) || (client.is_loopback() && headers.contains_key(FORWARDED_FOR)) {
            Ok(())
        } else {
            Err(proxy_in_the_clear())
        };
    }
    match (is_tls, peer.is_loopback()) {
        (true, _) => Ok(()),
        (false, false) => Err(plain()),
        (false, true) if forwarded => Err(unknown_proxy(peer)),
        (false, true) => Ok(()),
    }
}

/// Whether every hop that says how it was reached says https; at least one must. What a client puts in front can only
/// make it false.
fn is_https(headers: &HeaderMap) -> bool {
    let mut said = headers
        .get_all(FORWARDED_PROTO)
        .iter()
        .flat_map(|value| value.to_str().unwrap_or_default().split(','))
        .map(str::trim)
        .peekable();
    said.peek().is_some() && said.all(|proto| proto.eq_ignore_ascii_case("https"))
}

fn refused(code: Code, detail: String) -> Error {
    Error::Refused { code, detail }
}

fn plain() -> Error {
    let detail = "This server answers other machines only by TLS. Use an https address; whoever runs the server finds the \
                  ways to TLS under [tls] and trusted_proxies in farol.toml.";
    refused(Code::EncryptionRequired, detail.into())
}

fn proxy_in_the_clear() -> Error {
    let detail = "The reverse proxy in front of this server did not say that you came by https (X-Forwarded-Proto). Use the \
                  https address; whoever runs the proxy finds samples in Farol's folder deploy.";
    refused(Code::EncryptionRequired, detail.into())
}

fn unknown_proxy(peer: IpAddr) -> Error {
    let detail = format!(
        "A reverse proxy at {peer} passed this request on, but the server does not trust it. Name it in trusted_proxies in \
         farol.toml, or start the server with --behind-proxy."
    );
    refused(Code::ProxyNotTrusted, detail)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const TLS: Transport = Transport::Tls { certificate: [0; 32] };

    fn ask(
        transport: Transport,
        peer: &str,
        pairs: &[(&'static str, &str)],
        trusted: &[&str],
    ) -> Option<Code> {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.append(*name, value.parse().unwrap());
        }
        let trusted: Vec<IpNet> = trusted.iter().map(|text| text.parse().unwrap()).collect();
        verdict(transport, Some(peer.parse().unwrap()), &headers, &trusted)
            .err()
            .map(|error| error.code())
    }

    #[test]
    fn the_table_of_the_file_holds() {
        let (plain, refused, unknown) = (
            Transport::Plain,
            Some(Code::EncryptionRequired),
            Some(Code::ProxyNotTrusted),
        );
        let (far, near) = ("192.0.2.1", "127.0.0.1");
        let from = ("x-forwarded-for", "198.51.100.7");
        let https = ("x-forwarded-proto", "https");
        let proxy = &["127.0.0.0/8"];
        assert_eq!(ask(TLS, far, &[], &[]), None);
        assert_eq!(
            ask(TLS, far, &[from], &[]),
            None,
            "a claim of the client, ignored"
        );
        assert_eq!(ask(plain, near, &[], &[]), None);
        assert_eq!(ask(plain, "::1", &[], &[]), None);
        assert_eq!(ask(plain, near, &[from], &[]), unknown);
        assert_eq!(ask(plain, near, &[from, https], &[]), unknown);
        for header in [
            https,
            ("x-forwarded-host", "farol.example.org"),
            ("x-real-ip", "198.51.100.7"),
            ("forwarded", "for=198.51.100.7;proto=https"),
            ("via", "1.1 proxy"),
        ] {
            assert_eq!(ask(plain, near, &[header], &[]), unknown, "{header:?}");
        }
        for (hop, verdict) in [
            ("127.0.0.1:4711", None),
            ("[::1]:4711", None),
            ("198.51.100.7:4711", refused),
            ("nonsense", refused),
            ("unknown", refused),
        ] {
            assert_eq!(
                ask(plain, near, &[("x-forwarded-for", hop)], proxy),
                verdict,
                "{hop}"
            );
        }
        assert_eq!(ask(plain, far, &[], &[]), refused);
        assert_eq!(ask(plain, far, &[https], &[]), refused, "anybody can say so");
        assert_eq!(ask(plain, far, &[from, https], proxy), refused);
        assert_eq!(ask(plain, near, &[from, https], proxy), None);
        assert_eq!(ask(plain, near, &[from], proxy), refused);
        assert_eq!(
            ask(plain, near, &[from, ("x-forwarded-proto", "http")], proxy),
            refused
        );
        assert_eq!(
            ask(plain, near, &[from, ("x-forwarded-proto", "https, http")], proxy),
            refused
        );
        assert_eq!(ask(plain, near, &[("x-forwarded-for", "127.0.0.1")], proxy), None);
        assert_eq!(
            ask(plain, near, &[("x-forwarded-proto", "http")], proxy),
            refused,
            "whose client is not told"
        );
        assert_eq!(ask(plain, near, &[], proxy), None, "the proxy's machine itself");
        assert_eq!(
            ask(plain, "10.0.0.2", &[], &["10.0.0.2/32"]),
            refused,
            "a proxy that says nothing"
        );
        assert_eq!(
            ask(TLS, near, &[from, ("x-forwarded-proto", "http")], proxy),
            refused
        );
        let unknown_peer = verdict(plain, None, &HeaderMap::new(), &[]);
        assert!(unknown_peer.is_err());
    }

    proptest! {
        #[test]
        fn no_header_opens_the_door_to_a_stranger(
            address in any::<[u8; 4]>(),
            claims in prop::collection::vec(("x-forwarded-(for|proto|host)|forwarded|x-real-ip", "[ -~]{0,40}"), 0..6),
        ) {
            let peer = IpAddr::from(address);
            prop_assume!(!peer.is_loopback());
            let mut headers = HeaderMap::new();
            for (name, value) in &claims {
                headers.append(HeaderName::from_bytes(name.as_bytes()).unwrap(), value.parse().unwrap());
            }
            let trusted: Vec<IpNet> = vec!["127.0.0.0/8".parse().unwrap()];
            prop_assert!(verdict(Transport::Plain, Some(peer), &headers, &trusted).is_err());
        }
    }
}
