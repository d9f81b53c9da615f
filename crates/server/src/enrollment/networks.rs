//! Where an enrollment token may be used from.

use std::net::IpAddr;

use ipnet::IpNet;

use crate::store::entities::enrollment_token::Model;

/// Whether the token may be used from this address: anywhere when it names no network. A row that cannot be read allows
/// nothing.
#[must_use]
pub(super) fn allow(token: &Model, address: IpAddr) -> bool {
    let Ok(networks) = serde_json::from_value::<Vec<String>>(token.networks.clone()) else {
        return false;
    };
    let Ok(networks) = networks
        .iter()
        .map(|text| text.parse())
        .collect::<Result<Vec<IpNet>, _>>()
    else {
        return false;
    };
    networks.is_empty()
        || networks
            .iter()
            .any(|network| network.contains(&address.to_canonical()))
}
