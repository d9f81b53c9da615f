//! The section `network`: interfaces, addresses, ways out, names, and what listens. Counters and signal strength are
//! metrics, and not here.

use serde::{Deserialize, Serialize};

use crate::canonical::List;
use crate::fields::{Facts, Fields};

/// Name servers are asked in their order; everything else is a set.
pub(crate) const LISTS: &[List] = &[
    List::keyed("nics", &[&["name"]], &["name"]),
    List::keyed("gateways", &[&["nic", "address"]], &["address"]),
    List::keyed(
        "open_ports",
        &[&["protocol", "address", "port"]],
        &["port", "protocol"],
    ),
    List::sequence("dns_servers"),
    List::sequence("search_domains"),
];

/// How the machine is connected.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Network {
    /// Interfaces.
    pub nics: Vec<Nic>,
    /// Ways out.
    pub gateways: Vec<Gateway>,
    /// Name servers, in the order they are asked.
    pub dns_servers: Vec<String>,
    /// Domains that short names are looked up in, in order.
    pub search_domains: Vec<String>,
    /// What listens; not what is open for a moment only.
    pub open_ports: Vec<OpenPort>,
    /// Where the machine comes from, as the server sees it. Stamped by the server after it took the hash; what a machine
    /// says of it is not taken.
    pub wan_address: Option<String>,
}

impl Facts for Network {
    fn take(fields: &mut Fields<'_>) -> Self {
        Self {
            nics: fields.list("nics"),
            gateways: fields.list("gateways"),
            dns_servers: fields.texts("dns_servers"),
            search_domains: fields.texts("search_domains"),
            open_ports: fields.list("open_ports"),
            wan_address: None,
        }
    }
}

/// An interface.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Nic {
    /// Name: `eth0`.
    pub name: Option<String>,
    /// `ethernet`, `wifi`, `mobile`, `loopback`, `bridge`, `bond`, `vlan`, `tunnel`, `virtual`.
    pub kind: Option<String>,
    /// Hardware address.
    pub mac: Option<String>,
    /// Addresses with length of their prefix, those that change by themselves not: `192.0.2.7/24`.
    pub addresses: Vec<String>,
    /// Largest packet in bytes.
    pub mtu: Option<u64>,
    /// Speed of the link in megabits a second.
    pub speed_mbps: Option<u64>,
    /// Whether it is switched on and has a link.
    pub up: Option<bool>,
    /// Driver.
    pub driver: Option<String>,
    /// Name of the Wi-Fi it is in.
    pub ssid: Option<String>,
}

impl Facts for Nic {
    fn take(fields: &mut Fields<'_>) -> Self {
        Self {
            name: fields.text("name"),
            kind: fields.text("kind"),
            mac: fields.text("mac"),
            addresses: fields.texts("addresses"),
            mtu: fields.number("mtu"),
            speed_mbps: fields.number("speed_mbps"),
            up: fields.flag("up"),
            driver: fields.text("driver"),
            ssid: fields.text("ssid"),
        }
    }
}

/// A way out.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Gateway {
    /// Whom packets are given to.
    pub address: Option<String>,
    /// Through which interface.
    pub nic: Option<String>,
}

impl Facts for Gateway {
    fn take(fields: &mut Fields<'_>) -> Self {
        Self {
            address: fields.text("address"),
            nic: fields.text("nic"),
        }
    }
}

/// A port that listens.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct OpenPort {
    /// `tcp` or `udp`.
    pub protocol: Option<String>,
    /// Where: `0.0.0.0`, `::1`.
    pub address: Option<String>,
    /// Number.
    pub port: Option<u64>,
    /// Account whose program it is.
    pub account: Option<String>,
}

impl Facts for OpenPort {
    fn take(fields: &mut Fields<'_>) -> Self {
        Self {
            protocol: fields.text("protocol"),
            address: fields.text("address"),
            port: fields.number("port"),
            account: fields.text("account"),
        }
    }
}
