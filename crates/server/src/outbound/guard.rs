//! [`Guard`]: which addresses may be connected to when somebody who is not the server's owner says where to.
//!
//! What is not the public internet is refused, whatever name leads there: a name is resolved here, what it resolves to is checked, and
//! that same address is connected to, so a second answer of the name's owner changes nothing.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::{IpNet, Ipv4Net, Ipv6Net};

/// Where instances of clouds learn their secrets. Beside these there are addresses that other classes refuse anyway; all of them have to
/// be named one by one to be allowed.
const METADATA: [IpAddr; 5] = [
    IpAddr::V4(Ipv4Addr::new(169, 254, 169, 254)),
    IpAddr::V4(Ipv4Addr::new(100, 100, 100, 200)),
    IpAddr::V4(Ipv4Addr::new(168, 63, 129, 16)),
    IpAddr::V4(Ipv4Addr::new(192, 0, 0, 192)),
    IpAddr::V6(Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254)),
];

const fn v4(a: u8, b: u8, c: u8, d: u8, length: u8) -> Ipv4Net {
    Ipv4Net::new_assert(Ipv4Addr::new(a, b, c, d), length)
}

/// Not the public internet (IANA's registry of special addresses).
const REFUSED_V4: [(Ipv4Net, &str); 15] = [
    (v4(0, 0, 0, 0, 8), "an unspecified address"),
    (v4(10, 0, 0, 0, 8), "a private address"),
    (v4(100, 64, 0, 0, 10), "an address inside a provider's network"),
    (v4(127, 0, 0, 0, 8), "this machine itself"),
    (v4(169, 254, 0, 0, 16), "a link-local address"),
    (v4(172, 16, 0, 0, 12), "a private address"),
    (v4(192, 0, 0, 0, 24), "a reserved address"),
    (v4(192, 0, 2, 0, 24), "an address for documentation"),
    (v4(192, 88, 99, 0, 24), "a relay into other networks"),
    (v4(192, 168, 0, 0, 16), "a private address"),
    (v4(198, 18, 0, 0, 15), "an address for measurements"),
    (v4(198, 51, 100, 0, 24), "an address for documentation"),
    (v4(203, 0, 113, 0, 24), "an address for documentation"),
    (v4(224, 0, 0, 0, 4), "a multicast address"),
    (v4(240, 0, 0, 0, 4), "a reserved address"),
];

const fn v6(a: u16, b: u16, length: u8) -> Ipv6Net {
    Ipv6Net::new_assert(Ipv6Addr::new(a, b, 0, 0, 0, 0, 0, 0), length)
}

/// Of IPv6 only global unicast is public; these are not, although they lie in it.
const REFUSED_V6: [(Ipv6Net, &str); 4] = [
    (v6(0x2001, 0, 23), "a tunnel or a reserved address"),
    (v6(0x2001, 0xdb8, 32), "an address for documentation"),
    (v6(0x2002, 0, 16), "an IPv4 address in another form (6to4)"),
    (v6(0x3fff, 0, 20), "an address for documentation"),
];

/// What lies outside of global unicast, by the name it has; the rest is reserved.
const OUTSIDE_V6: [(Ipv6Net, &str); 6] = [
    (v6(0x64, 0xff9b, 32), "an IPv4 address in another form (NAT64)"),
    (v6(0xfc00, 0, 7), "a private address"),
    (v6(0xfe80, 0, 10), "a link-local address"),
    (v6(0xfec0, 0, 10), "a private address"),
    (v6(0xff00, 0, 8), "a multicast address"),
    (v6(0x100, 0, 64), "an address that leads nowhere"),
];

/// Global unicast.
const GLOBAL_V6: Ipv6Net = v6(0x2000, 0, 3);

/// Which addresses may be connected to: public ones, and those in networks that the administrator named.
#[derive(Debug, Clone)]
pub(crate) struct Guard<'a> {
    allowed: &'a [IpNet],
}

impl<'a> Guard<'a> {
    /// Lets through what is public or lies in `allowed`.
    pub(crate) fn new(allowed: &'a [IpNet]) -> Self {
        Self { allowed }
    }

    /// Why an address is not connected to, as a fragment; None when it is.
    pub(crate) fn objection(&self, address: IpAddr) -> Option<&'static str> {
        if METADATA.contains(&address.to_canonical()) {
            let named = self
                .allowed
                .iter()
                .any(|one| one.addr() == address && one.prefix_len() == one.max_prefix_len());
            return (!named).then_some("where clouds keep their machines' secrets");
        }
        if self.allowed.iter().any(|network| network.contains(&address)) {
            return None;
        }
        match address {
            IpAddr::V4(address) => REFUSED_V4
                .iter()
                .find_map(|(network, what)| network.contains(&address).then_some(*what)),
            IpAddr::V6(address) => objection_v6(address),
        }
    }

    /// Whether requests may go unencrypted to this machine itself: it was named, and nothing can listen on the way.
    pub(crate) fn allows_loopback(&self) -> bool {
        let loopback = [IpAddr::V4(Ipv4Addr::LOCALHOST), IpAddr::V6(Ipv6Addr::LOCALHOST)];
        loopback.iter().any(|address| self.objection(*address).is_none())
    }
}

fn objection_v6(address: Ipv6Addr) -> Option<&'static str> {
    if address.is_unspecified() {
        return Some("an unspecified address");
    }
    if address.is_loopback() {
        return Some("this machine itself");
    }
    if address.to_ipv4().is_some() {
        return Some("an IPv4 address in another form");
    }
    let mut known = REFUSED_V6.iter().chain(&OUTSIDE_V6);
    let known = known.find_map(|(network, what)| network.contains(&address).then_some(*what));
    known.or((!GLOBAL_V6.contains(&address)).then_some("a reserved address"))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn refuses(guard: &Guard<'_>, address: &str) -> bool {
        guard.objection(address.parse().unwrap()).is_some()
    }

    #[test]
    fn only_the_public_internet_is_let_through() {
        let guard = Guard::new(&[]);
        for address in [
            "0.0.0.0",
            "0.1.2.3",
            "10.0.0.1",
            "10.255.255.255",
            "100.64.0.1",
            "100.100.100.200",
            "100.127.255.255",
            "127.0.0.1",
            "127.255.255.254",
            "168.63.129.16",
            "169.254.0.1",
            "169.254.169.254",
            "172.16.0.1",
            "172.31.255.255",
            "192.0.0.192",
            "192.0.2.7",
            "192.88.99.1",
            "192.168.1.1",
            "198.18.0.1",
            "198.51.100.1",
            "203.0.113.1",
            "224.0.0.1",
            "239.255.255.255",
            "240.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::7f00:1",
            "::ffff:127.0.0.1",
            "::ffff:8.8.8.8",
            "64:ff9b::7f00:1",
            "64:ff9b::808:808",
            "64:ff9b:1::1",
            "100::1",
            "2001::1",
            "2001:db8::1",
            "2002:7f00:1::",
            "2002:808:808::1",
            "3fff::1",
            "4000::1",
            "fc00::1",
            "fd00:ec2::254",
            "fdff::1",
            "fe80::1",
            "fec0::1",
            "ff02::1",
        ] {
            assert!(refuses(&guard, address), "{address}");
        }
        for address in [
            "1.1.1.1",
            "8.8.8.8",
            "9.255.255.255",
            "11.0.0.1",
            "100.63.255.255",
            "100.128.0.1",
            "172.15.255.255",
            "172.32.0.1",
            "192.167.255.255",
            "223.255.255.255",
            "2606:4700::1111",
            "2a00:1450::1",
        ] {
            assert!(!refuses(&guard, address), "{address}");
        }
        assert!(!guard.allows_loopback());
    }

    #[test]
    fn what_is_named_is_let_through_and_nothing_beside_it() {
        let allowed: Vec<IpNet> = ["10.20.0.0/16", "127.0.0.1/32", "fd00:20::/64"]
            .map(|text| text.parse().unwrap())
            .to_vec();
        let guard = Guard::new(&allowed);
        for address in ["10.20.3.4", "127.0.0.1", "fd00:20::5"] {
            assert!(!refuses(&guard, address), "{address}");
        }
        for address in ["10.21.0.1", "127.0.0.2", "fd00:21::5", "::1", "::ffff:10.20.3.4"] {
            assert!(refuses(&guard, address), "{address}");
        }
        assert!(guard.allows_loopback());
    }

    #[test]
    fn the_secrets_of_clouds_have_to_be_named_themselves() {
        let networks: Vec<IpNet> = ["0.0.0.0/0", "::/0"].map(|text| text.parse().unwrap()).to_vec();
        let wide = Guard::new(&networks);
        for address in METADATA {
            assert!(wide.objection(address).is_some(), "{address}");
            let alone = [IpNet::from(address)];
            assert!(Guard::new(&alone).objection(address).is_none(), "{address}");
        }
        assert!(!refuses(&wide, "10.0.0.1"));
    }

    proptest! {
        /// However an IPv4 address is dressed up, it is never let through as IPv6.
        #[test]
        fn no_ipv4_address_comes_through_in_another_form(bits in any::<u32>()) {
            let guard = Guard::new(&[]);
            let [a, b, c, d] = bits.to_be_bytes();
            let (high, low) = (u16::from_be_bytes([a, b]), u16::from_be_bytes([c, d]));
            for dressed in [
                Ipv4Addr::from(bits).to_ipv6_mapped(),
                Ipv6Addr::new(0, 0, 0, 0, 0, 0, high, low),
                Ipv6Addr::new(0x64, 0xff9b, 0, 0, 0, 0, high, low),
                Ipv6Addr::new(0x64, 0xff9b, 1, 0, 0, 0, high, low),
                Ipv6Addr::new(0x2002, high, low, 0, 0, 0, 0, 1),
                Ipv6Addr::new(0x2001, 0, high, low, 0, 0, 0, 1),
            ] {
                prop_assert!(guard.objection(dressed.into()).is_some(), "{dressed}");
            }
        }

        #[test]
        fn private_addresses_stay_refused(bits in any::<u32>()) {
            let address = Ipv4Addr::from(bits);
            let inside = address.is_private() || address.is_loopback() || address.is_link_local()
                || address.is_multicast() || address.is_broadcast() || address.is_documentation() || address.is_unspecified();
            let refused = Guard::new(&[]).objection(address.into()).is_some();
            prop_assert!(refused || !inside, "{address}");
        }
    }
}
