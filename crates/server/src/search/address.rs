//! Network addresses: what was written for one, and keys under which they can be kept and found.

use std::net::IpAddr;

use ipnet::{IpNet, Ipv4Net};

/// The address or network that is written. IPv4 addresses within IPv6 are IPv4 addresses.
pub(super) fn network(text: &str) -> Option<IpNet> {
    let network = match text.parse::<IpAddr>() {
        Ok(address) => IpNet::from(address),
        Err(_) => text.parse::<IpNet>().ok()?,
    };
    Some(unmapped(network.trunc()))
}

fn unmapped(network: IpNet) -> IpNet {
    /// Bits before the IPv4 address in an IPv6 address.
    const BEFORE: u8 = 96;
    let IpNet::V6(six) = network else { return network };
    let four = six
        .addr()
        .to_ipv4_mapped()
        .zip(six.prefix_len().checked_sub(BEFORE));
    four.and_then(|(address, length)| Ipv4Net::new(address, length).ok())
        .map_or(network, IpNet::V4)
}

/// A text for a column with an index. All addresses of a network, and no others, lie between its [`network_keys`].
#[must_use]
pub fn address_key(address: IpAddr) -> String {
    key(address.to_canonical())
}

fn key(address: IpAddr) -> String {
    match address {
        IpAddr::V4(four) => format!("4{:08x}", four.to_bits()),
        IpAddr::V6(six) => format!("6{:032x}", six.to_bits()),
    }
}

/// The keys of the first and the last address of a network.
#[must_use]
pub fn network_keys(network: IpNet) -> (String, String) {
    (key(network.network()), key(network.broadcast()))
}

/// Whether an address belongs to a network.
pub(super) fn is_within(address: IpAddr, network: &IpNet) -> bool {
    network.contains(&address.to_canonical())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn addresses_are_networks_of_one() {
        for (written, read) in [
            ("10.2.3.4", Some("10.2.3.4/32")),
            ("10.2.3.4/16", Some("10.2.0.0/16")),
            ("fe80::1", Some("fe80::1/128")),
            ("2001:db8::/32", Some("2001:db8::/32")),
            ("::ffff:10.2.3.4", Some("10.2.3.4/32")),
            ("::ffff:10.2.0.0/112", Some("10.2.0.0/16")),
            ("10.2.", None),
            ("10.2.0.0/33", None),
        ] {
            assert_eq!(
                network(written),
                read.map(|net| net.parse().unwrap()),
                "{written}"
            );
        }
    }

    fn addresses() -> impl Strategy<Value = IpAddr> {
        // Few leading bits, so that they often are neighbors.
        prop_oneof![
            (0_u32..16).prop_map(|bits| IpAddr::V4((0x0a02_0000 + bits).into())),
            (0_u128..16).prop_map(|bits| IpAddr::V6(((0x2001_0db8 << 96) + bits).into())),
            (0_u128..16).prop_map(|bits| IpAddr::V6((0xffff_0a02_0000 + bits).into())),
            any::<IpAddr>(),
        ]
    }

    proptest! {
        #[test]
        fn what_is_in_a_network_lies_between_its_keys(address in addresses(), of in addresses(), length in 0_u8..=128) {
            let length = if of.is_ipv4() { length / 4 } else { length };
            let network = network(&format!("{of}/{length}")).unwrap();
            let (first, last) = network_keys(network);
            let key = address_key(address);
            prop_assert_eq!(is_within(address, &network), first <= key && key <= last, "{} {}", address, network);
        }
    }
}
