//! Where a request comes from, behind proxies too.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use axum::extract::ConnectInfo;
use axum::http::{Extensions, HeaderMap};
use ipnet::IpNet;

/// The peer's address, or what trusted proxies say it is. Unspecified when the transport has none (tests in process).
pub(super) fn of_client(extensions: &Extensions, headers: &HeaderMap, trusted: &[IpNet]) -> IpAddr {
    let peer = extensions
        .get::<ConnectInfo<SocketAddr>>()
        .map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |info| {
            info.0.ip().to_canonical()
        });
    behind_proxies(peer, headers, trusted)
}

/// Walks `X-Forwarded-For` from the nearest hop outwards for as long as the hop that wrote it is trusted. Everything
/// further left is the client's own claim and is ignored. A hop that cannot be read, where a trusted one wrote it, makes the
/// client unknown: the unspecified address, which is in no network and is not this machine.
pub(super) fn behind_proxies(peer: IpAddr, headers: &HeaderMap, trusted: &[IpNet]) -> IpAddr {
    let is_trusted = |ip: &IpAddr| trusted.iter().any(|network| network.contains(ip));
    let mut hops: Vec<&str> = headers
        .get_all("x-forwarded-for")
        .iter()
        .flat_map(|value| value.to_str().unwrap_or("unreadable").split(','))
        .map(str::trim)
        .collect();
    let mut address = peer;
    while is_trusted(&address) {
        let Some(hop) = hops.pop() else { break };
        address = read(hop).unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED));
    }
    address
}

/// An address as proxies write it: alone, in brackets, or with the port.
fn read(hop: &str) -> Option<IpAddr> {
    let bare = hop
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'))
        .unwrap_or(hop);
    let address = bare.parse::<IpAddr>().ok();
    let with_port = || hop.parse::<SocketAddr>().ok().map(|socket| socket.ip());
    address.or_else(with_port).map(|address| address.to_canonical())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(peer: &str, forwarded: &str, trusted: &[&str]) -> String {
        let mut headers = HeaderMap::new();
        headers.insert("x-forwarded-for", forwarded.parse().unwrap());
        let trusted: Vec<IpNet> = trusted.iter().map(|text| text.parse().unwrap()).collect();
        behind_proxies(peer.parse().unwrap(), &headers, &trusted).to_string()
    }

    #[test]
    fn only_trusted_hops_are_believed() {
        assert_eq!(address("192.0.2.1", "198.51.100.7", &[]), "192.0.2.1");
        assert_eq!(
            address("127.0.0.1", "198.51.100.7", &["127.0.0.0/8"]),
            "198.51.100.7"
        );
        assert_eq!(
            address("127.0.0.1", "6.6.6.6, 198.51.100.7", &["127.0.0.0/8"]),
            "198.51.100.7"
        );
        assert_eq!(
            address(
                "127.0.0.1",
                "198.51.100.7, 10.0.0.2",
                &["127.0.0.0/8", "10.0.0.0/8"]
            ),
            "198.51.100.7"
        );
        assert_eq!(address("127.0.0.1", "", &[]), "127.0.0.1");
    }

    #[test]
    fn hops_may_carry_a_port_and_nonsense_is_nobody() {
        for (hop, read) in [
            ("198.51.100.7:4711", "198.51.100.7"),
            ("2001:db8::1", "2001:db8::1"),
            ("[2001:db8::1]", "2001:db8::1"),
            ("[2001:db8::1]:4711", "2001:db8::1"),
            ("[::ffff:198.51.100.7]:4711", "198.51.100.7"),
            ("nonsense", "0.0.0.0"),
            ("unknown", "0.0.0.0"),
            ("198.51.100.7:x", "0.0.0.0"),
            ("127.0.0.1, nonsense", "0.0.0.0"),
            ("", "0.0.0.0"),
        ] {
            assert_eq!(address("127.0.0.1", hop, &["127.0.0.0/8"]), read, "{hop}");
        }
        // The nearest hop counts; what stands before one that is not trusted is not looked at.
        assert_eq!(
            address("127.0.0.1", "nonsense, 198.51.100.7", &["127.0.0.0/8"]),
            "198.51.100.7"
        );
    }
}
