//! [`Current`]: one certificate with its key, ready for handshakes.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use rustls::ServerConfig;
use rustls::crypto::ring::default_provider;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use sha2::{Digest, Sha256};
use x509_parser::prelude::{FromDer, GeneralName, X509Certificate};

use super::TlsError;
use crate::clock::Timestamp;

/// Most names told about a certificate; own ones have no more.
const NAMES_MAX: usize = 100;

/// A certificate that can be shown.
#[derive(Debug, Clone)]
pub struct Current {
    /// For handshakes. Resumption is bound to it: a session of one certificate is never resumed under another.
    pub config: Arc<ServerConfig>,
    /// SHA-256 of the certificate itself (not its chain), DER.
    pub sha256: [u8; 32],
    /// First moment of validity.
    pub not_before: Timestamp,
    /// Last moment of validity.
    pub not_after: Timestamp,
    /// The names and addresses it is for.
    pub names: Vec<String>,
    /// Made only so that something can be shown until the real one is there.
    pub placeholder: bool,
}

impl Current {
    /// From DER: the certificate first, then its chain.
    ///
    /// # Errors
    /// [`TlsError::Unreadable`], [`TlsError::Pair`].
    pub(super) fn new(
        chain: Vec<CertificateDer<'static>>,
        key: PrivateKeyDer<'static>,
    ) -> Result<Self, TlsError> {
        let leaf = chain
            .first()
            .ok_or_else(|| TlsError::Unreadable("there is none".into()))?;
        let Leaf {
            not_before,
            not_after,
            names,
        } = read(leaf)?;
        let sha256 = Sha256::digest(leaf).into();
        let mut config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_single_cert(chain, key)?;
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Self {
            config: Arc::new(config),
            sha256,
            not_before,
            not_after,
            names,
            placeholder: false,
        })
    }

    /// From a chain in PEM and a key in PKCS #8 DER, as the database keeps them.
    ///
    /// # Errors
    /// [`TlsError::Unreadable`], [`TlsError::Pair`].
    pub(super) fn from_stored(chain: &str, key: &[u8]) -> Result<Self, TlsError> {
        let chain = CertificateDer::pem_slice_iter(chain.as_bytes())
            .collect::<Result<Vec<_>, _>>()
            .map_err(|error| TlsError::Unreadable(error.to_string()))?;
        let key =
            PrivateKeyDer::try_from(key.to_vec()).map_err(|error| TlsError::Unreadable(error.to_owned()))?;
        Self::new(chain, key)
    }

    /// When to get the next one: after two thirds of its life.
    pub(super) fn renew_at(&self) -> Timestamp {
        let life = self.not_after.since(self.not_before);
        self.not_before.after(life / 3 * 2)
    }

    /// What is left of its life.
    pub(super) fn left(&self, now: Timestamp) -> Duration {
        self.not_after.since(now)
    }
}

/// What people are told about a certificate.
struct Leaf {
    not_before: Timestamp,
    not_after: Timestamp,
    names: Vec<String>,
}

fn read(certificate: &[u8]) -> Result<Leaf, TlsError> {
    let (_, parsed) =
        X509Certificate::from_der(certificate).map_err(|error| TlsError::Unreadable(error.to_string()))?;
    let at = |seconds: i64| Timestamp(seconds.saturating_mul(1000));
    let validity = parsed.validity();
    Ok(Leaf {
        not_before: at(validity.not_before.timestamp()),
        not_after: at(validity.not_after.timestamp()),
        names: names(&parsed),
    })
}

/// Names that browsers look at; a certificate without any is still one.
fn names(certificate: &X509Certificate<'_>) -> Vec<String> {
    let Ok(Some(extension)) = certificate.subject_alternative_name() else {
        return Vec::new();
    };
    let names = extension.value.general_names.iter();
    names
        .filter_map(|name| match name {
            GeneralName::DNSName(name) => Some((*name).to_owned()),
            GeneralName::IPAddress(bytes) => address(bytes).map(|address| address.to_string()),
            _ => None,
        })
        .take(NAMES_MAX)
        .collect()
}

fn address(bytes: &[u8]) -> Option<IpAddr> {
    <[u8; 4]>::try_from(bytes)
        .map(IpAddr::from)
        .or_else(|_| <[u8; 16]>::try_from(bytes).map(IpAddr::from))
        .ok()
}
