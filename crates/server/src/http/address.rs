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
/// further left is the client's own claim and is ignored.
pub(super) fn behind_proxies(peer: IpAddr, headers: &HeaderMap, trusted: &[IpNet]) -> IpAddr {
    let is_trusted = |ip: &IpAddr| trusted.iter().any(|network| network.contains(ip));
    let mut hops: Vec<&str> = headers
        .get_all("x-forwarded-for")
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(str::trim)
        .collect();
    let mut address = peer;
    while is_trusted(&address) {
        let Some(next) = hops.pop().and_then(|hop| hop.parse::<IpAddr>().ok()) else {
            break;
        };
        address = next.to_canonical();
    }
    address
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
        assert_eq!(address("127.0.0.1", "nonsense", &["127.0.0.0/8"]), "127.0.0.1");
    }
}
