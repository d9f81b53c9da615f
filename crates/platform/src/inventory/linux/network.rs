//! Interfaces, addresses, ways out and listening ports, from sysfs and `/proc/net`. The name of a Wi-Fi is not in files.
//!
//! Addresses of IPv4 come from the routing trie, which does not say whose they are: the routes of the networks they are in
//! do. An address in no network of its own (a floating one) is told with the interface of the widest route that has it.

use std::collections::BTreeSet;
use std::net::{Ipv4Addr, Ipv6Addr};

use farol_inventory::limits::ITEMS_MAX;
use farol_inventory::network::{Gateway, Network, Nic, OpenPort};

use super::people;
use super::root::{Sensors, field};

/// Ends of pairs that containers and virtual machines are plugged into: as many and as short-lived as these.
const PASSING: [&str; 4] = ["veth", "cali", "vnet", "lxc"];

pub(super) fn read(sensors: &mut Sensors<'_>) -> Network {
    let routes = routes(sensors);
    let mut nics: Vec<Nic> = sensors
        .names("sys/class/net")
        .iter()
        .filter(|name| !PASSING.iter().any(|prefix| name.starts_with(prefix)))
        .filter_map(|name| nic(sensors, name))
        .collect();
    for (name, address) in addresses_4(sensors, &routes)
        .into_iter()
        .chain(addresses_6(sensors))
    {
        if let Some(nic) = nics
            .iter_mut()
            .find(|nic| nic.name.as_deref() == Some(name.as_str()))
        {
            nic.addresses.push(address);
        }
    }
    let (dns_servers, search_domains) = resolver(sensors);
    let mut gateways: Vec<Gateway> = routes.iter().filter_map(Route::gateway).collect();
    gateways.extend(gateways_6(sensors));
    gateways.sort_by(|a, b| (&a.nic, &a.address).cmp(&(&b.nic, &b.address)));
    gateways.dedup();
    Network {
        nics,
        gateways,
        dns_servers,
        search_domains,
        open_ports: open_ports(sensors),
        wan_address: None,
    }
}

/// `None` for files between the interfaces, such as those of bonding.
fn nic(sensors: &Sensors<'_>, name: &str) -> Option<Nic> {
    let file = |file: &str| sensors.value(format!("sys/class/net/{name}/{file}"));
    let has = |path: &str| sensors.exists(format!("sys/class/net/{name}/{path}"));
    let told = file("uevent").unwrap_or_default();
    let kind = match (field(&told, "DEVTYPE").as_deref(), file("type")?.as_str()) {
        (Some("wlan"), _) => "wifi",
        (Some("wwan"), _) => "mobile",
        (Some("bridge"), _) => "bridge",
        (Some("bond"), _) => "bond",
        (Some("vlan"), _) => "vlan",
        (Some("wireguard" | "vxlan" | "gre"), _) => "tunnel",
        (_, "772") => "loopback",
        (_, "65534" | "768" | "769" | "776" | "778") => "tunnel",
        (_, "1") if has("wireless") => "wifi",
        (_, "1") if has("device") => "ethernet",
        (_, "1") => "virtual",
        _ => "other",
    };
    let state = file("operstate");
    let carries = file("carrier").as_deref() == Some("1");
    Some(Nic {
        name: Some(name.to_owned()),
        kind: Some(kind.into()),
        mac: file("address").filter(|mac| mac.chars().any(|c| !matches!(c, '0' | ':'))),
        addresses: Vec::new(),
        mtu: file("mtu").and_then(|mtu| mtu.parse().ok()),
        // -1 without a link; of Wi-Fi it changes with every step.
        speed_mbps: file("speed")
            .and_then(|speed| speed.parse().ok())
            .filter(|_| kind != "wifi"),
        up: Some(state.as_deref() == Some("up") || (state.as_deref() == Some("unknown") && carries)),
        driver: sensors.link(format!("sys/class/net/{name}/device/driver")),
        ssid: None,
    })
}

/// A line of `/proc/net/route`.
struct Route {
    nic: String,
    network: u32,
    mask: u32,
    gateway: u32,
}

fn routes(sensors: &mut Sensors<'_>) -> Vec<Route> {
    let mut routes = Vec::new();
    sensors.lines("/gateways", "proc/net/route", &mut |line| {
        routes.extend(route(line));
        routes.len() < ITEMS_MAX
    });
    routes
}

/// Numbers in it are the memory of addresses, taken as this machine's numbers.
fn route(line: &str) -> Option<Route> {
    const UP: u16 = 1;
    let words: Vec<&str> = line.split_whitespace().collect();
    let [nic, network, gateway, flags, _, _, _, mask, ..] = words.as_slice() else {
        return None;
    };
    let number = |text: &str| {
        Some(u32::from_be_bytes(
            u32::from_str_radix(text, 16).ok()?.to_ne_bytes(),
        ))
    };
    (u16::from_str_radix(flags, 16).ok()? & UP != 0).then_some(())?;
    Some(Route {
        nic: (*nic).to_owned(),
        network: number(network)?,
        mask: number(mask)?,
        gateway: number(gateway)?,
    })
}

impl Route {
    fn gateway(&self) -> Option<Gateway> {
        (self.mask == 0 && self.gateway != 0).then(|| Gateway {
            address: Some(Ipv4Addr::from(self.gateway).to_string()),
            nic: Some(self.nic.clone()),
        })
    }

    fn has(&self, address: u32) -> bool {
        self.mask != 0 && self.gateway == 0 && address & self.mask == self.network
    }
}

/// Own addresses: in the trie each is a line `|-- address`, followed by `/32 host LOCAL`.
fn addresses_4(sensors: &mut Sensors<'_>, routes: &[Route]) -> Vec<(String, String)> {
    let mut own = BTreeSet::new();
    let mut last = None;
    sensors.lines("/nics", "proc/net/fib_trie", &mut |line| {
        let line = line.trim();
        if let Some(address) = line.strip_prefix("|-- ") {
            last = address.parse::<Ipv4Addr>().ok();
        } else if line == "/32 host LOCAL" {
            own.extend(last.take());
        }
        own.len() < ITEMS_MAX
    });
    let placed = own.into_iter().filter_map(|address| {
        if address.is_loopback() {
            return Some(("lo".to_owned(), format!("{address}/8")));
        }
        let bits = u32::from(address);
        let route = routes
            .iter()
            .filter(|route| route.has(bits))
            .max_by_key(|route| route.mask)?;
        Some((
            route.nic.clone(),
            format!("{address}/{}", route.mask.count_ones()),
        ))
    });
    placed.collect()
}

/// Temporary ones (RFC 8981) are exchanged every day, and left out.
fn addresses_6(sensors: &mut Sensors<'_>) -> Vec<(String, String)> {
    const TEMPORARY: u8 = 1;
    let mut found = Vec::new();
    sensors.lines("/nics", "proc/net/if_inet6", &mut |line| {
        let words: Vec<&str> = line.split_whitespace().collect();
        if let [address, _, length, _, flags, name] = words.as_slice()
            && let (Some(address), Ok(length), Ok(flags)) = (
                address_6(address),
                u8::from_str_radix(length, 16),
                u8::from_str_radix(flags, 16),
            )
            && flags & TEMPORARY == 0
        {
            found.push(((*name).to_owned(), format!("{address}/{length}")));
        }
        found.len() < ITEMS_MAX
    });
    found
}

fn address_6(digits: &str) -> Option<Ipv6Addr> {
    let is_whole = digits.len() == 32;
    Some(u128::from_str_radix(digits, 16).ok().filter(|_| is_whole)?.into())
}

fn gateways_6(sensors: &mut Sensors<'_>) -> Vec<Gateway> {
    let mut found = Vec::new();
    sensors.lines("/gateways", "proc/net/ipv6_route", &mut |line| {
        let words: Vec<&str> = line.split_whitespace().collect();
        if let [network, length, _, _, gateway, .., nic] = words.as_slice()
            && *length == "00"
            && network.bytes().all(|digit| digit == b'0')
            && let Some(address) = address_6(gateway).filter(|address| !address.is_unspecified())
        {
            found.push(Gateway {
                address: Some(address.to_string()),
                nic: Some((*nic).to_owned()),
            });
        }
        found.len() < ITEMS_MAX
    });
    found
}

/// Name servers and domains. Behind the stub of systemd stand those that it asks.
fn resolver(sensors: &mut Sensors<'_>) -> (Vec<String>, Vec<String>) {
    let mut text = sensors
        .text("/dns_servers", "etc/resolv.conf")
        .unwrap_or_default();
    if text.lines().any(|line| line.trim() == "nameserver 127.0.0.53")
        && let Some(asked) = sensors.text("/dns_servers", "run/systemd/resolve/resolv.conf")
    {
        text = asked;
    }
    let (mut servers, mut domains) = (Vec::new(), Vec::new());
    for line in text.lines() {
        let mut words = line.split_whitespace();
        match words.next() {
            Some("nameserver") => servers.extend(words.next().map(str::to_owned)),
            // The last line counts.
            Some("search" | "domain") => domains = words.map(str::to_owned).collect(),
            _ => {}
        }
    }
    (servers, domains)
}

/// What listens. Ports of UDP from the range that programs are given for a question count as no service, nor do those of TCP
/// that nobody else can reach.
fn open_ports(sensors: &mut Sensors<'_>) -> Vec<OpenPort> {
    let range = sensors.value("proc/sys/net/ipv4/ip_local_port_range");
    let passing = range
        .and_then(|range| range.split_whitespace().next()?.parse().ok())
        .unwrap_or(32_768);
    let names = people::account_names(sensors);
    let mut found: Vec<OpenPort> = Vec::new();
    for (file, protocol) in [
        ("proc/net/tcp", "tcp"),
        ("proc/net/tcp6", "tcp"),
        ("proc/net/udp", "udp"),
        ("proc/net/udp6", "udp"),
    ] {
        sensors.lines("/open_ports", file, &mut |line| {
            let Some(socket) = Socket::of(line) else {
                return true;
            };
            // The kernel tells TCP sockets that listen first; a busy server has 100,000 others behind them.
            if protocol == "tcp" && !socket.listens(protocol) {
                return false;
            }
            let is_passing = socket.port >= passing && (protocol == "udp" || socket.is_local());
            if socket.listens(protocol) && !is_passing {
                found.push(OpenPort {
                    protocol: Some(protocol.into()),
                    address: Some(socket.address.clone()),
                    port: Some(socket.port.into()),
                    account: Some(
                        names
                            .get(&socket.account)
                            .cloned()
                            .unwrap_or_else(|| socket.account.to_string()),
                    ),
                });
            }
            found.len() < ITEMS_MAX
        });
    }
    found.sort_by(|a, b| {
        (&a.protocol, a.port, &a.address, &a.account).cmp(&(&b.protocol, b.port, &b.address, &b.account))
    });
    // Several sockets may share a port.
    found.dedup();
    found
}

/// A line of `/proc/net/tcp` and its like.
struct Socket {
    address: String,
    port: u16,
    peer_port: u16,
    state: u8,
    account: u32,
}

impl Socket {
    fn of(line: &str) -> Option<Self> {
        let words: Vec<&str> = line.split_whitespace().collect();
        let [_, local, peer, state, _, _, _, account, ..] = words.as_slice() else {
            return None;
        };
        let port = |port: &str| u16::from_str_radix(port, 16).ok();
        let (address, local_port) = local.rsplit_once(':')?;
        Some(Self {
            address: socket_address(address)?,
            port: port(local_port)?,
            peer_port: port(peer.rsplit_once(':')?.1)?,
            state: u8::from_str_radix(state, 16).ok()?,
            account: account.parse().ok()?,
        })
    }

    /// `LISTEN` of TCP; of UDP what is bound and connected to nobody, whose state is `CLOSE`.
    fn listens(&self, protocol: &str) -> bool {
        let state = if protocol == "tcp" { 0x0a } else { 0x07 };
        self.state == state && self.peer_port == 0
    }

    fn is_local(&self) -> bool {
        self.address.starts_with("127.") || self.address == "::1"
    }
}

/// Words of 32 bits in the memory's order, each written as this machine's number.
fn socket_address(digits: &str) -> Option<String> {
    let word = |digits: &str| Some(u32::from_str_radix(digits, 16).ok()?.to_ne_bytes());
    match digits.len() {
        8 => Some(Ipv4Addr::from(word(digits)?).to_string()),
        32 => {
            let mut bytes = [0; 16];
            for (at, four) in bytes.chunks_exact_mut(4).enumerate() {
                four.copy_from_slice(&word(digits.get(at * 8..at * 8 + 8)?)?);
            }
            Some(Ipv6Addr::from(bytes).to_string())
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use farol_inventory::{Body, Section};

    use super::super::tree::Tree;
    use super::*;

    fn read(tree: &Tree) -> Network {
        match tree.read(Section::Network).body {
            Body::Network(network) => network,
            other => panic!("{other:?}"),
        }
    }

    fn usual() -> Tree {
        let tree = Tree::new();
        tree.files(
            "sys/class/net/eth0",
            &[
                ("type", "1\n"),
                ("address", "02:fc:00:00:00:05\n"),
                ("mtu", "1500\n"),
                ("speed", "1000\n"),
                ("operstate", "up\n"),
                ("device/vendor", "x"),
            ],
        )
        .files("sys/class/net/lo", &[("type", "772\n"), ("address", "00:00:00:00:00:00\n"), ("operstate", "unknown\n"), ("carrier", "1\n")])
        .files("sys/class/net/wlan0", &[("type", "1\n"), ("uevent", "DEVTYPE=wlan\n"), ("operstate", "down\n"), ("speed", "-1\n")])
        .files("sys/class/net/veth1a", &[("type", "1\n")])
        .put("sys/class/net/bonding_masters", "")
        .put(
            "proc/net/route",
            "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT\n\
             eth0\t00000000\t010200C0\t0003\t0\t0\t0\t00000000\t0\t0\t0\n\
             eth0\t000200C0\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0\n",
        )
        .put(
            "proc/net/fib_trie",
            "Main:\n  +-- 0.0.0.0/0 3 0 5\n     |-- 192.0.2.7\n        /32 host LOCAL\n     |-- 192.0.2.255\n        /32 link BROADCAST\n     |-- 127.0.0.1\n        /32 host LOCAL\n",
        )
        .put(
            "proc/net/if_inet6",
            "00000000000000000000000000000001 01 80 10 80       lo\n\
             20010db8000000000000000000000007 02 40 00 00     eth0\n\
             20010db80000000000000000deadbeef 02 40 00 01     eth0\n",
        )
        .put(
            "proc/net/ipv6_route",
            "00000000000000000000000000000000 00 00000000000000000000000000000000 00 fe800000000000000000000000000001 00000400 00000001 00000000 00000003     eth0\n\
             20010db8000000000000000000000000 40 00000000000000000000000000000000 00 00000000000000000000000000000000 00000100 00000001 00000000 00000001     eth0\n",
        )
        .put("etc/resolv.conf", "# x\nsearch a.example b.example\nnameserver 127.0.0.53\n")
        .put("run/systemd/resolve/resolv.conf", "nameserver 192.0.2.1\nnameserver 2001:db8::1\nsearch c.example\n")
        .put("etc/passwd", "root:x:0:0:root:/x:/bin/sh\nfred:x:1000:1000::/home/fred:/bin/sh\n");
        tree
    }

    #[test]
    fn interfaces_and_what_they_are_called() {
        let found = read(&usual());
        let told: Vec<_> = found
            .nics
            .iter()
            .map(|nic| {
                (
                    nic.name.as_deref().unwrap(),
                    nic.kind.as_deref().unwrap(),
                    nic.up.unwrap(),
                )
            })
            .collect();
        assert_eq!(
            told,
            [
                ("eth0", "ethernet", true),
                ("lo", "loopback", true),
                ("wlan0", "wifi", false)
            ]
        );
        assert_eq!(found.nics[0].addresses, ["192.0.2.7/24", "2001:db8::7/64"]);
        assert_eq!(found.nics[1].addresses, ["127.0.0.1/8", "::1/128"]);
        assert_eq!(
            (found.nics[1].mac.as_deref(), found.nics[2].speed_mbps),
            (None, None)
        );
        let gateways: Vec<_> = found
            .gateways
            .iter()
            .map(|one| one.address.as_deref().unwrap())
            .collect();
        assert_eq!(gateways, ["192.0.2.1", "fe80::1"]);
        assert_eq!(found.dns_servers, ["192.0.2.1", "2001:db8::1"]);
        assert_eq!(found.search_domains, ["c.example"]);
    }

    #[test]
    fn ports_that_listen_for_good() {
        let tree = usual();
        let head = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n";
        let line = |local: &str, peer: &str, state: &str, account: u32| {
            format!(
                "   0: {local} {peer} {state} 00000000:00000000 00:00000000 00000000  {account}  0 651 1 0\n"
            )
        };
        let nobody = "00000000:0000";
        tree.put(
            "proc/net/tcp",
            [
                head.to_owned(),
                line("00000000:0016", nobody, "0A", 0),
                line("0100007F:0CEA", nobody, "0A", 1000),
                line("0100007F:C000", nobody, "0A", 1000),
                line("0100007F:0016", "0100007F:9999", "01", 0),
                line("00000000:0050", nobody, "0A", 0),
            ]
            .concat(),
        )
        .put(
            "proc/net/tcp6",
            [
                head.to_owned(),
                line(
                    "00000000000000000000000001000000:0019",
                    "00000000000000000000000000000000:0000",
                    "0A",
                    7,
                ),
            ]
            .concat(),
        )
        .put(
            "proc/net/udp",
            [
                head.to_owned(),
                line("00000000:0044", nobody, "07", 0),
                line("00000000:0044", nobody, "07", 0),
                line("00000000:C000", nobody, "07", 0),
                line("0100007F:0035", "0100007F:1234", "01", 0),
                "garbage : x\n".to_owned(),
            ]
            .concat(),
        );
        let told: Vec<String> = read(&tree)
            .open_ports
            .into_iter()
            .map(|one| {
                format!(
                    "{} {} {} {}",
                    one.protocol.unwrap(),
                    one.address.unwrap(),
                    one.port.unwrap(),
                    one.account.unwrap()
                )
            })
            .collect();
        assert_eq!(
            told,
            [
                "tcp 0.0.0.0 22 root",
                "tcp 127.0.0.1 3306 fred",
                "tcp ::1 25 7",
                "udp 0.0.0.0 68 root"
            ]
        );
    }

    #[test]
    fn lines_of_any_shape() {
        let tree = Tree::new();
        for file in [
            "route",
            "fib_trie",
            "if_inet6",
            "ipv6_route",
            "tcp",
            "tcp6",
            "udp",
            "udp6",
        ] {
            tree.put(
                &format!("proc/net/{file}"),
                b"a b c d e f g h i j k\n\xff\xff: : : :\n|-- \n\n",
            );
        }
        assert_eq!(read(&tree), Network::default());
    }
}
