//! The server's own certificate authority, for trying out in a local network.
//!
//! Made at first start and kept in the database, its key sealed. Whoever trusts it does not trust this server with the whole
//! web: its name constraints allow private addresses, `localhost`, the usual local domains and the names of this server,
//! nothing else. The certificates it issues stay in memory; they name the public address, the machine's host name and every
//! address under which somebody dialed.

use std::collections::BTreeSet;
use std::net::IpAddr;
use std::time::Duration;

use rcgen::string::Ia5String;
use rcgen::{
    BasicConstraints, CertificateParams, CidrSubnet, DnType, ExtendedKeyUsagePurpose, GeneralSubtree, IsCa,
    Issuer, KeyPair, KeyUsagePurpose, NameConstraints, SanType,
};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use sha2::{Digest, Sha256};
use time::OffsetDateTime;

use super::{Current, TlsError, Trouble, store};
use crate::audit::{self, Action, Actor, Entry};
use crate::clock::{Clock, Timestamp};
use crate::config::OwnSettings;
use crate::ctx::Ctx;
use crate::error::{Error, Result};
use crate::jobs::{Did, JobFailure, JobName, Plan};
use crate::organizations;
use crate::store::{WriteTx, dialect};

/// The authority's row.
const NAME: &str = "own authority";
/// Life of the authority: whoever trusts it on a phone should not do so twice.
const AUTHORITY_LIFE: Duration = Duration::from_secs(10 * 365 * 86_400);
/// Life of its certificates; below what every system takes.
const LEAF_LIFE: Duration = Duration::from_secs(90 * 86_400);
/// Certificates begin in the past, for clocks that are behind.
const SKEW: Duration = Duration::from_secs(3_600);
/// How often it is looked whether the certificate ends or the command line made another authority: one small read.
const LOOK: Duration = Duration::from_secs(10);
/// Most names in a certificate; a machine has fewer addresses.
const NAMES_MAX: usize = 100;
/// Domains for local use: RFC 6762, RFC 8375, ICANN's `internal`, and what home routers call theirs.
const LOCAL_DOMAINS: &[&str] = &["localhost", "local", "home.arpa", "internal", "lan", "test"];
/// Private, link-local and loopback networks.
const LOCAL_NETWORKS: &[(IpAddr, u8)] = &[
    (IpAddr::V4(std::net::Ipv4Addr::new(10, 0, 0, 0)), 8),
    (IpAddr::V4(std::net::Ipv4Addr::new(172, 16, 0, 0)), 12),
    (IpAddr::V4(std::net::Ipv4Addr::new(192, 168, 0, 0)), 16),
    (IpAddr::V4(std::net::Ipv4Addr::new(169, 254, 0, 0)), 16),
    (IpAddr::V4(std::net::Ipv4Addr::new(100, 64, 0, 0)), 10),
    (IpAddr::V4(std::net::Ipv4Addr::new(127, 0, 0, 0)), 8),
    (
        IpAddr::V6(std::net::Ipv6Addr::new(0xfc00, 0, 0, 0, 0, 0, 0, 0)),
        7,
    ),
    (
        IpAddr::V6(std::net::Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, 0, 0)),
        10,
    ),
    (IpAddr::V6(std::net::Ipv6Addr::LOCALHOST), 128),
];

/// What people need to trust the authority.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuthorityView {
    /// The certificate, DER.
    pub der: Vec<u8>,
    /// The certificate, PEM.
    pub pem: String,
    /// SHA-256 of the certificate: upper-case hex pairs with colons, as browsers show it.
    pub fingerprint: String,
}

impl AuthorityView {
    fn of(pem: &str) -> Result<Self, TlsError> {
        let der = CertificateDer::from_pem_slice(pem.as_bytes())
            .map_err(|error| TlsError::Unreadable(error.to_string()))?
            .to_vec();
        let fingerprint = Sha256::digest(&der)
            .iter()
            .map(|byte| format!("{byte:02X}"))
            .collect::<Vec<_>>()
            .join(":");
        Ok(Self {
            der,
            pem: pem.to_owned(),
            fingerprint,
        })
    }
}

/// The authority, if this server has made one.
///
/// # Errors
/// Those of the database.
pub async fn authority(ctx: &Ctx) -> Result<Option<AuthorityView>> {
    store::find_chain(ctx.db.read(), NAME)
        .await?
        .map(|pem| AuthorityView::of(&pem).map_err(|error| Error::internal(error.to_string())))
        .transpose()
}

/// The authority at work.
pub(super) struct Own {
    /// Its certificate, PEM.
    chain: String,
    issuer: Issuer<'static, KeyPair>,
    allowed: Allowed,
    names: BTreeSet<String>,
    addresses: BTreeSet<IpAddr>,
    refused: BTreeSet<IpAddr>,
    clock: Clock,
}

impl std::fmt::Debug for Own {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Own")
            .field("names", &self.names)
            .field("addresses", &self.addresses)
            .finish_non_exhaustive()
    }
}

impl Own {
    /// Another certificate when `address` is not yet named by the one that is shown.
    pub(super) fn also_for(&mut self, address: IpAddr) -> Option<Current> {
        let address = address.to_canonical();
        if self.addresses.contains(&address) || self.refused.contains(&address) {
            return None;
        }
        let full = self.names.len() + self.addresses.len() + self.refused.len() >= NAMES_MAX;
        if full || !self.allowed.address(address) {
            if !full {
                self.refused.insert(address);
                tracing::warn!(%address, "the own certificate authority is for local networks only; this address is not named by its certificate");
            }
            return None;
        }
        self.addresses.insert(address);
        match self.issue() {
            Ok(current) => Some(current),
            Err(error) => {
                tracing::error!(%error, %address, "no certificate was issued for a new address");
                None
            }
        }
    }

    fn issue(&self) -> Result<Current, TlsError> {
        let now = self.clock.now();
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, "Farol");
        params.subject_alt_names = self
            .names
            .iter()
            .map(|name| Ia5String::try_from(name.as_str()).map(SanType::DnsName))
            .chain(
                self.addresses
                    .iter()
                    .map(|address| Ok(SanType::IpAddress(*address))),
            )
            .collect::<Result<_, _>>()?;
        params.is_ca = IsCa::ExplicitNoCa;
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        params.use_authority_key_identifier_extension = true;
        (params.not_before, params.not_after) = (moment(now.before(SKEW))?, moment(now.after(LEAF_LIFE))?);
        let key = KeyPair::generate()?;
        let leaf = params.signed_by(&key, &self.issuer)?;
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
        Current::new(vec![leaf.der().clone()], key)
    }
}

fn moment(at: Timestamp) -> Result<OffsetDateTime, TlsError> {
    OffsetDateTime::from_unix_timestamp(at.0 / 1000).map_err(|error| TlsError::Unreadable(error.to_string()))
}

/// What the authority may be used for; the same when it is made and when it issues.
#[derive(Debug, Clone, Default)]
struct Allowed {
    domains: Vec<String>,
    networks: Vec<ipnet::IpNet>,
}

impl Allowed {
    fn for_server(ctx: &Ctx, settings: &OwnSettings) -> Result<Self, TlsError> {
        let (names, addresses) = wanted(ctx, settings);
        let local = |name: &String| LOCAL_DOMAINS.iter().any(|domain| is_within(name, domain));
        let mut allowed = Self {
            domains: LOCAL_DOMAINS.iter().map(|domain| (*domain).to_owned()).collect(),
            networks: Vec::new(),
        };
        allowed
            .domains
            .extend(names.into_iter().filter(|name| !local(name)));
        for (address, length) in LOCAL_NETWORKS {
            let network = ipnet::IpNet::new(*address, *length)
                .map_err(|error| TlsError::Unreadable(error.to_string()))?;
            allowed.networks.push(network);
        }
        let further = addresses
            .into_iter()
            .filter(|address| !allowed.address(*address))
            .map(ipnet::IpNet::from);
        let further: Vec<_> = further.collect();
        allowed.networks.extend(further);
        Ok(allowed)
    }

    fn of(certificate: &CertificateDer<'_>) -> Result<Self, TlsError> {
        use x509_parser::prelude::{FromDer, GeneralName, X509Certificate};
        let unreadable = |error: &dyn std::fmt::Display| TlsError::Unreadable(error.to_string());
        let (_, parsed) = X509Certificate::from_der(certificate).map_err(|error| unreadable(&error))?;
        let mut allowed = Self::default();
        let constraints = parsed.name_constraints().map_err(|error| unreadable(&error))?;
        let subtrees = constraints.and_then(|extension| extension.value.permitted_subtrees.as_ref());
        for subtree in subtrees.into_iter().flatten() {
            match subtree.base {
                GeneralName::DNSName(name) => allowed.domains.push(name.to_owned()),
                GeneralName::IPAddress(bytes) => allowed.networks.extend(network(bytes)),
                _ => {}
            }
        }
        Ok(allowed)
    }

    fn name(&self, name: &str) -> bool {
        self.domains.iter().any(|domain| is_within(name, domain))
    }

    fn address(&self, address: IpAddr) -> bool {
        self.networks.iter().any(|network| network.contains(&address))
    }

    fn constraints(&self) -> NameConstraints {
        let domains = self.domains.iter().cloned().map(GeneralSubtree::DnsName);
        let networks = self.networks.iter().map(|network| {
            GeneralSubtree::IpAddress(CidrSubnet::from_addr_prefix(
                network.network(),
                network.prefix_len(),
            ))
        });
        NameConstraints {
            permitted_subtrees: domains.chain(networks).collect(),
            excluded_subtrees: Vec::new(),
        }
    }
}

/// Address and mask of an iPAddress constraint (RFC 5280, 4.2.1.10).
fn network(bytes: &[u8]) -> Option<ipnet::IpNet> {
    let (address, mask): (IpAddr, IpAddr) = match bytes.len() {
        8 => {
            let halves = (
                <[u8; 4]>::try_from(&bytes[..4]).ok()?,
                <[u8; 4]>::try_from(&bytes[4..]).ok()?,
            );
            (halves.0.into(), halves.1.into())
        }
        32 => {
            let halves = (
                <[u8; 16]>::try_from(&bytes[..16]).ok()?,
                <[u8; 16]>::try_from(&bytes[16..]).ok()?,
            );
            (halves.0.into(), halves.1.into())
        }
        _ => return None,
    };
    ipnet::IpNet::with_netmask(address, mask).ok()
}

fn is_within(name: &str, domain: &str) -> bool {
    name.strip_suffix(domain)
        .is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
}

/// Names and addresses of this server, as far as it knows them before anybody has dialed.
fn wanted(ctx: &Ctx, settings: &OwnSettings) -> (BTreeSet<String>, BTreeSet<IpAddr>) {
    let mut names = BTreeSet::from(["localhost".to_owned()]);
    let mut addresses = BTreeSet::from([
        IpAddr::from([127, 0, 0, 1]),
        IpAddr::V6(std::net::Ipv6Addr::LOCALHOST),
    ]);
    let listen = ctx.config.listen.ip().to_canonical();
    if !listen.is_unspecified() {
        addresses.insert(listen);
    }
    let public = ctx.config.public_url.origin().host().to_owned();
    for name in settings.names.iter().cloned().chain([public]) {
        match name.parse::<IpAddr>() {
            Ok(address) => addresses.insert(address.to_canonical()),
            Err(_) => names.insert(name.to_ascii_lowercase()),
        };
    }
    if let Some(host) = host_name() {
        names.insert(format!("{host}.local"));
        names.insert(host);
    }
    (names, addresses)
}

/// What this machine calls itself, as far as it is one DNS label.
fn host_name() -> Option<String> {
    let name = std::fs::read_to_string("/proc/sys/kernel/hostname")
        .ok()?
        .trim()
        .to_ascii_lowercase();
    let label = !name.is_empty()
        && name.len() <= 63
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        && !name.starts_with('-')
        && !name.ends_with('-');
    label.then_some(name)
}

/// Loads or makes the authority and shows its first certificate.
pub(super) async fn first(ctx: &Ctx, settings: &OwnSettings) -> Result<(), TlsError> {
    let stored = match store::find_certificate(ctx.db.read(), &ctx.sealed, NAME).await? {
        Some(stored) => stored,
        None => make(ctx, settings).await?,
    };
    let der = CertificateDer::from_pem_slice(stored.chain.as_bytes())
        .map_err(|error| TlsError::Unreadable(error.to_string()))?;
    let key = KeyPair::try_from(stored.key.as_slice())?;
    let allowed = Allowed::of(&der)?;
    let (names, addresses) = wanted(ctx, settings);
    let (names, foreign): (BTreeSet<_>, BTreeSet<_>) = names.into_iter().partition(|name| allowed.name(name));
    let (addresses, foreign_addresses): (BTreeSet<_>, BTreeSet<_>) = addresses
        .into_iter()
        .partition(|address| allowed.address(*address));
    let foreign: Vec<String> = foreign
        .into_iter()
        .chain(foreign_addresses.iter().map(ToString::to_string))
        .collect();
    if !foreign.is_empty() {
        note_foreign(ctx, &foreign);
    }
    let own = Own {
        issuer: Issuer::from_ca_cert_der(&der, key)?,
        chain: stored.chain,
        allowed,
        names,
        addresses,
        refused: foreign_addresses,
        clock: ctx.clock.clone(),
    };
    let current = own.issue()?;
    ctx.tls.show(current);
    *ctx.tls
        .own
        .lock()
        .unwrap_or_else(std::sync::PoisonError::into_inner) = Some(own);
    Ok(())
}

/// The settings name this server differently than when the authority was made.
fn note_foreign(ctx: &Ctx, names: &[String]) {
    let detail = format!(
        "The own certificate authority was made for other names; its certificate does not name {}. Make a new one with \
         “farol certificate-authority renew” and trust that, or use the names of before.",
        names.join(", ")
    );
    tracing::warn!(detail);
    ctx.tls.set_trouble(Some(Trouble {
        code: "own_authority",
        detail,
        since: ctx.clock.now(),
        next_attempt_at: None,
    }));
}

/// Makes the authority and keeps it; of two servers that start together, one does.
async fn make(ctx: &Ctx, settings: &OwnSettings) -> Result<store::Stored, TlsError> {
    let tx = ctx.db.write().await?;
    dialect::lock(&tx, dialect::Lock::Authority)
        .await
        .map_err(Error::from)?;
    if let Some(stored) = store::find_certificate(&tx, &ctx.sealed, NAME).await? {
        return Ok(stored);
    }
    let (stored, view) = keep_new(ctx, &tx, settings, &Actor::server()).await?;
    tx.commit().await.map_err(Error::from)?;
    tracing::info!(
        fingerprint = view.fingerprint,
        "made an own certificate authority; /trust says how to trust it"
    );
    Ok(stored)
}

/// Makes a new authority in the place of the present one; a running server notices it by itself.
///
/// # Errors
/// See [`TlsError`].
pub async fn renew(ctx: &Ctx, settings: &OwnSettings) -> Result<AuthorityView, TlsError> {
    let tx = ctx.db.write().await?;
    dialect::lock(&tx, dialect::Lock::Authority)
        .await
        .map_err(Error::from)?;
    let (_, view) = keep_new(ctx, &tx, settings, &Actor::command_line()).await?;
    tx.commit().await.map_err(Error::from)?;
    Ok(view)
}

async fn keep_new(
    ctx: &Ctx,
    tx: &WriteTx,
    settings: &OwnSettings,
    by: &Actor,
) -> Result<(store::Stored, AuthorityView), TlsError> {
    let now = ctx.clock.now();
    let (chain, key) = new_authority(&Allowed::for_server(ctx, settings)?, now)?;
    let dates = (now.before(SKEW), now.after(AUTHORITY_LIFE), now);
    store::keep_certificate(tx, &ctx.sealed, NAME, (&chain, &key), dates).await?;
    let view = AuthorityView::of(&chain)?;
    for organization in organizations::all(tx).await? {
        let entry = Entry::new(organization.id, by.clone(), Action::AuthorityCreated)
            .detail(serde_json::json!({ "sha256": view.fingerprint }));
        audit::record(tx, now, entry).await?;
    }
    Ok((store::Stored { chain, key }, view))
}

fn new_authority(
    allowed: &Allowed,
    now: Timestamp,
) -> Result<(String, zeroize::Zeroizing<Vec<u8>>), TlsError> {
    let key = KeyPair::generate()?;
    let mut params = CertificateParams::default();
    // A part of the time in the name tells two authorities of one household apart.
    let name = format!("Farol local authority {}", &now.rfc3339()[..10]);
    params.distinguished_name.push(DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    // For servers only: neither mail nor programs are signed in its name.
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    params.name_constraints = Some(allowed.constraints());
    (params.not_before, params.not_after) = (moment(now.before(SKEW))?, moment(now.after(AUTHORITY_LIFE))?);
    let certificate = params.self_signed(&key)?;
    Ok((certificate.pem(), zeroize::Zeroizing::new(key.serialize_der())))
}

/// Issues the next certificate when two thirds of the life of the one shown are over, and takes another authority when there
/// is one.
pub(super) fn run(ctx: Ctx, settings: OwnSettings) -> impl Future<Output = ()> {
    let plan = Plan::every(JobName::CertificateOwn, LOOK);
    let jobs = ctx.jobs.clone();
    jobs.run(plan, async move |_| look(&ctx, &settings).await)
}

async fn look(ctx: &Ctx, settings: &OwnSettings) -> Result<Did, JobFailure> {
    let failed = |error: TlsError| JobFailure::new("own_authority", error);
    let taken = take_another(ctx, settings).await;
    // Also when the database is away: what is needed for the next certificate is held.
    let due = ctx
        .tls
        .shown()
        .is_none_or(|current| current.renew_at() <= ctx.clock.now());
    if due {
        let issued = {
            let own = ctx
                .tls
                .own
                .lock()
                .unwrap_or_else(std::sync::PoisonError::into_inner);
            own.as_ref().map(Own::issue)
        };
        match issued {
            Some(issued) => ctx.tls.show(issued.map_err(failed)?),
            None => {
                let why = "The server does not hold its own certificate authority, so it cannot issue a certificate";
                return Err(JobFailure::new("own_authority", why));
            }
        }
    }
    taken.map_err(failed)?;
    Ok(Did::Done)
}

/// Works with the authority of the database when that is another than the one at work.
async fn take_another(ctx: &Ctx, settings: &OwnSettings) -> Result<(), TlsError> {
    let chain = store::find_chain(ctx.db.read(), NAME).await?;
    let same = {
        let own = ctx
            .tls
            .own
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        own.as_ref().map(|own| &own.chain) == chain.as_ref()
    };
    if same || chain.is_none() {
        return Ok(());
    }
    ctx.tls.set_trouble(None);
    first(ctx, settings).await?;
    tracing::info!(
        "the own certificate authority was replaced; new connections get a certificate of the new one"
    );
    Ok(())
}
