//! From where an account signs in: networks and devices, coarse enough that a new one means something.

use std::net::IpAddr;
use std::time::Duration;

use ipnet::{IpNet, Ipv4Net, Ipv6Net};
use serde::Serialize;
use utoipa::ToSchema;

use super::logins::Request;
use super::store;
use crate::clock::Timestamp;
use crate::ctx::Ctx;
use crate::error::{Code, Error, Result};
use crate::ids::AccountId;
use crate::mail::templates::{self, NewPlace};
use crate::mail::{self, Envelope, Locale};
use crate::store::WriteTx;

/// A place from which nobody signed in for this long is new again.
const REMEMBERED: Duration = Duration::from_secs(180 * 24 * 60 * 60);
/// Networks by which places are told apart: what a provider or a company usually has.
const V4_PREFIX: u8 = 24;
const V6_PREFIX: u8 = 48;

/// What a browser is and runs on, as far as it says so.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
pub struct Device {
    /// `Firefox`, `Chrome`, …; `null` = it does not say.
    pub browser: Option<&'static str>,
    /// `Windows`, `Android`, …; `null` = it does not say.
    pub system: Option<&'static str>,
}

/// What is looked for in a user agent, in this order: browsers also name those whom they resemble.
const BROWSERS: [(&str, &str); 8] = [
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("Vivaldi/", "Vivaldi"),
    ("Firefox/", "Firefox"),
    ("FxiOS/", "Firefox"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
];
/// The same for systems.
const SYSTEMS: [(&str, &str); 8] = [
    ("Windows", "Windows"),
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Mac OS X", "macOS"),
    ("CrOS", "ChromeOS"),
    ("Linux", "Linux"),
    ("FreeBSD", "FreeBSD"),
];

impl Device {
    /// What a user agent says.
    #[must_use]
    pub fn of(user_agent: &str) -> Self {
        let first = |known: &[(&str, &'static str)]| {
            let found = known.iter().find(|(mark, _)| user_agent.contains(mark));
            found.map(|(_, name)| *name)
        };
        Self {
            browser: first(&BROWSERS),
            system: first(&SYSTEMS),
        }
    }
}

impl std::fmt::Display for Device {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match (self.browser, self.system) {
            (Some(browser), Some(system)) => write!(f, "{browser}, {system}"),
            (Some(only), None) | (None, Some(only)) => f.write_str(only),
            (None, None) => Ok(()),
        }
    }
}

/// The network that an address stands for.
pub(super) fn network(address: IpAddr) -> IpNet {
    let canonical = address.to_canonical();
    let net = match canonical {
        IpAddr::V4(ip) => Ipv4Net::new(ip, V4_PREFIX).map(|net| IpNet::V4(net.trunc())),
        IpAddr::V6(ip) => Ipv6Net::new(ip, V6_PREFIX).map(|net| IpNet::V6(net.trunc())),
    };
    net.unwrap_or_else(|_| IpNet::from(canonical))
}

/// Whether somebody signed in to this account from such a network lately, with whatever device.
pub(super) async fn is_usual(ctx: &Ctx, account: AccountId, address: IpAddr) -> Result<bool> {
    store::was_at(ctx.db.read(), account, &network(address).to_string()).await
}

/// Notes a sign-in, in its transaction. True when the account has signed in before, but never from there.
pub(super) async fn note(
    tx: &WriteTx,
    account: AccountId,
    request: &Request<'_>,
    now: Timestamp,
) -> Result<bool> {
    let network = network(request.info.address).to_string();
    let device = Device::of(request.user_agent).to_string();
    let (before, there) = store::note_place(tx, account, (&network, &device), now).await?;
    Ok(before && !there)
}

/// Puts a letter about a sign-in from a new place into the outbox, in its transaction. Nobody is kept out because it cannot be written.
pub(super) async fn tell(
    ctx: &Ctx,
    tx: &WriteTx,
    account: &store::Account,
    request: &Request<'_>,
    now: Timestamp,
) -> Result<()> {
    let server = ctx.config.public_url.to_string();
    let letter = templates::new_place(
        Locale::of(&account.locale),
        &server,
        NewPlace {
            name: &account.name,
            address: &request.info.address.to_string(),
            device: &Device::of(request.user_agent).to_string(),
            at: now,
            page: &format!("{server}/account"),
        },
    );
    let envelope = Envelope {
        to: &account.email,
        organization: None,
        about: Some(account.id.0),
    };
    match mail::queue(ctx, tx, envelope, &letter).await {
        Ok(_) => Ok(()),
        Err(error) if error.code() == Code::SecretsUnavailable => {
            tracing::warn!(%error, "nobody was told of a sign-in from a new place");
            Ok(())
        }
        Err(error) => Err(error),
    }
}

/// Forgets places that were not used for long; run now and then.
///
/// # Errors
/// Those of the database.
pub async fn forget_old_places(ctx: &Ctx) -> Result<()> {
    let tx = ctx.db.write().await?;
    store::forget_places(&tx, ctx.clock.now().before(REMEMBERED)).await?;
    Ok::<_, Error>(tx.commit().await?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn browsers_and_systems_are_told_apart() {
        for (agent, said) in [
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Safari/537.36 Edg/130.0.0.0",
                "Edge, Windows",
            ),
            (
                "Mozilla/5.0 (X11; Linux x86_64; rv:131.0) Gecko/20100101 Firefox/131.0",
                "Firefox, Linux",
            ),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1",
                "Safari, iPhone",
            ),
            (
                "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Mobile Safari/537.36",
                "Chrome, Android",
            ),
            ("curl/8.5", ""),
        ] {
            assert_eq!(Device::of(agent).to_string(), said);
        }
    }

    #[test]
    fn neighbors_are_one_place() {
        let of = |text: &str| network(text.parse().unwrap()).to_string();
        assert_eq!(of("192.0.2.17"), of("192.0.2.250"));
        assert_eq!(of("::ffff:192.0.2.17"), of("192.0.2.1"));
        assert_ne!(of("192.0.2.17"), of("192.0.3.17"));
        assert_eq!(of("2001:db8:1:2::1"), "2001:db8:1::/48");
    }
}
