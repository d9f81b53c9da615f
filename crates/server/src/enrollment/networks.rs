//! The network rule of a token: from where it may be used. Pure.

use std::net::IpAddr;

use ipnet::{IpNet, Ipv4Net};
use serde_json::Value;

use crate::error::FieldError;
use crate::store::entities::enrollment_token::Model;

/// Most networks of a token; a list that people read and the server walks at every use.
pub const NETWORKS_MAX: usize = 32;
/// Longest text of a network; the longest IPv6 one has 43 characters.
const NETWORK_CHARS_MAX: usize = 64;
/// Bits in front of an IPv4 address that is written as IPv6 (RFC 4291, 2.5.5.2).
const MAPPED_BITS: u8 = 96;

/// Whether the token may be used from `address`: everywhere without a rule, nowhere by a rule that cannot be read.
pub(super) fn networks_allow(token: &Model, address: IpAddr) -> bool {
    let Some(networks) = of_column(&token.networks) else {
        return false;
    };
    let address = address.to_canonical();
    networks.is_empty() || networks.iter().any(|network| network.contains(&address))
}

fn of_column(column: &Value) -> Option<Vec<IpNet>> {
    let texts = column.as_array()?.iter().map(Value::as_str);
    texts.map(|text| text?.parse().ok()).collect()
}

/// For a `networks` column.
pub(super) fn to_column(networks: &[IpNet]) -> Value {
    networks.iter().map(ToString::to_string).collect()
}

/// The networks as they are kept: whole networks (`10.1.2.3/8` is `10.0.0.0/8`), each once, in the order given. An address
/// alone is a network of one.
///
/// # Errors
/// The field `networks`.
pub(super) fn checked(list: &[String]) -> Result<Vec<IpNet>, FieldError> {
    let wrong = |code, detail| FieldError::new("networks", code, detail);
    if list.len() > NETWORKS_MAX {
        let detail = format!("A token has at most {NETWORKS_MAX} networks.");
        return Err(wrong("too_many", detail));
    }
    let mut networks = Vec::new();
    for (index, text) in list.iter().enumerate() {
        let Some(network) = parse(text.trim()) else {
            let shown: String = text.escape_debug().take(NETWORK_CHARS_MAX).collect();
            let detail = format!("“{shown}” is not an address or a network such as 10.0.0.0/8.");
            return Err(wrong("not_a_network", detail).item(index));
        };
        if !networks.contains(&network) {
            networks.push(network);
        }
    }
    Ok(networks)
}

fn parse(text: &str) -> Option<IpNet> {
    if text.len() > NETWORK_CHARS_MAX {
        return None;
    }
    let network = text
        .parse::<IpNet>()
        .or_else(|_| text.parse::<IpAddr>().map(IpNet::from))
        .ok()?;
    Some(canonical(network.trunc()))
}

/// Requests are known by their IPv4 address where they have one, so a rule must be too.
fn canonical(network: IpNet) -> IpNet {
    let IpNet::V6(six) = network else {
        return network;
    };
    six.addr()
        .to_ipv4_mapped()
        .zip(six.prefix_len().checked_sub(MAPPED_BITS))
        .and_then(|(address, bits)| Ipv4Net::new(address, bits).ok())
        .map_or(network, IpNet::V4)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::super::store::tests::row;
    use super::*;

    fn allows(networks: Value, address: &str) -> bool {
        let token = Model { networks, ..row() };
        networks_allow(&token, address.parse().unwrap())
    }

    fn kept(list: &[&str]) -> Result<Vec<String>, &'static str> {
        let list: Vec<String> = list.iter().map(ToString::to_string).collect();
        let networks = checked(&list).map_err(|error| error.code)?;
        Ok(networks.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn no_rule_is_everywhere_and_a_damaged_one_nowhere() {
        assert!(allows(json!([]), "203.0.113.9"));
        for damaged in [
            Value::Null,
            json!("10.0.0.0/8"),
            json!(["10.0.0.0/8", "x"]),
            json!({}),
        ] {
            assert!(!allows(damaged, "10.0.0.1"));
        }
    }

    #[test]
    fn a_rule_is_asked_for_the_address_in_its_shortest_form() {
        let rule = json!(["10.2.0.0/16", "2001:db8::/32"]);
        for (address, expected) in [
            ("10.2.255.1", true),
            ("::ffff:10.2.0.9", true),
            ("10.3.0.0", false),
            ("2001:db8:ffff::1", true),
            ("2001:db9::1", false),
            ("::ffff:10.3.0.9", false),
        ] {
            assert_eq!(allows(rule.clone(), address), expected, "{address}");
        }
    }

    #[test]
    fn networks_are_kept_whole_and_once() {
        let list = [
            "10.1.2.3/8",
            " 10.0.0.0/8",
            "192.0.2.7",
            "::ffff:192.0.2.0/120",
            "fd00::1/8",
        ];
        let expected = ["10.0.0.0/8", "192.0.2.7/32", "192.0.2.0/24", "fd00::/8"];
        assert_eq!(kept(&list), Ok(expected.map(str::to_owned).to_vec()));
        assert_eq!(kept(&[]), Ok(Vec::new()));
        for wrong in [
            "",
            "10.0.0.0/33",
            "example.org",
            "10.0.0.0/8,10.0.0.1",
            &"1".repeat(900),
        ] {
            assert_eq!(kept(&[wrong]), Err("not_a_network"), "{wrong}");
        }
        assert_eq!(kept(&["10.0.0.1"; NETWORKS_MAX + 1]), Err("too_many"));
    }

    proptest! {
        #[test]
        fn an_address_is_in_its_own_networks_in_whichever_form(bits: u32, length in 0u8..=32, other: u32) {
            let address = std::net::Ipv4Addr::from_bits(bits);
            let mapped = address.to_ipv6_mapped();
            let other_address = IpAddr::V4(std::net::Ipv4Addr::from_bits(other));
            let same = length == 0 || bits >> (32 - length) == other >> (32 - length);
            for text in [format!("{address}/{length}"), format!("{mapped}/{}", length + MAPPED_BITS)] {
                let networks = checked(&[text]).unwrap();
                let token = Model { networks: to_column(&networks), ..row() };
                prop_assert!(networks_allow(&token, IpAddr::V4(address)));
                prop_assert!(networks_allow(&token, IpAddr::V6(mapped)));
                prop_assert_eq!(networks_allow(&token, other_address), same);
            }
        }
    }
}
