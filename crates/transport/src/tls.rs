//! Whom to trust: the public authorities, one file of the administrator's own, and what the server itself vouches for.
//!
//! An agent knows its server by the identity key that it pinned. A certificate that the authorities do not confirm (it has
//! ended, it is of an authority nobody told the agent of, it names another host) is taken when the server signs, with that
//! key, that this very certificate is its own (`vouch.rs`). Somebody in between has another certificate, for which the
//! server does not sign. Where both ends prove themselves and seal what they say, as on the link, any certificate is taken.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use farol_protocol::identity::{CertificateHash, ServerPublicKey};
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{Resumption, WebPkiServerVerifier};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme};
use sha2::{Digest, Sha256};
use tokio::net::TcpStream;
use tokio_rustls::client::TlsStream;

/// Certificates remembered that the server vouched for: the present one and those of its other nodes. Full: the oldest is
/// forgotten, and asked for again when it is shown again.
const VOUCHED_MAX: usize = 8;

/// Why no TLS configuration could be made.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// The file with the administrator's own authorities.
    #[error("certificates in {path}: {reason}")]
    CaFile {
        /// Which file.
        path: PathBuf,
        /// What is the matter with it.
        reason: String,
    },
    /// The cryptography does not support what is asked of it.
    #[error("TLS configuration: {0}")]
    Config(#[from] rustls::Error),
    /// The authorities cannot be used.
    #[error("TLS configuration: {0}")]
    Verifier(#[from] rustls::client::VerifierBuilderError),
}

/// A client configuration that trusts the public authorities (as compiled in) and those of `ca_file` (PEM).
///
/// # Errors
/// When the file cannot be read or holds no certificate.
pub fn client_config(ca_file: Option<&Path>) -> Result<Arc<ClientConfig>, TlsError> {
    let config = ClientConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots(ca_file)?)
        .with_no_client_auth();
    Ok(Arc::new(config))
}

/// What is known of the server's identity beforehand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expected {
    /// The key that was pinned at enrollment.
    Key(ServerPublicKey),
    /// The hash that an enrollment token carries ([`farol_protocol::token`]).
    Hash([u8; 8]),
}

impl Expected {
    /// Whether `key` is the identity of that server.
    #[must_use]
    pub fn is(&self, key: &ServerPublicKey) -> bool {
        match self {
            Self::Key(known) => known == key,
            Self::Hash(known) => *known == key.hash8(),
        }
    }

    /// As [`ServerPublicKey::hash8`] of the key.
    #[must_use]
    pub fn hash8(&self) -> [u8; 8] {
        match self {
            Self::Key(key) => key.hash8(),
            Self::Hash(hash) => *hash,
        }
    }
}

impl From<ServerPublicKey> for Expected {
    fn from(key: ServerPublicKey) -> Self {
        Self::Key(key)
    }
}

/// What makes a certificate acceptable. Cloning shares what was learned.
#[derive(Debug, Clone)]
pub struct Trust {
    config: Arc<ClientConfig>,
    /// Accepts every certificate whose key the peer has; only for asking who the peer is.
    asking: Arc<ClientConfig>,
    /// The same, for what needs no protection by TLS.
    sealed: Arc<ClientConfig>,
    expected: Arc<Mutex<Vec<Expected>>>,
    vouched: Arc<Vouched>,
}

impl Trust {
    /// The public authorities and those of `ca_file`; and, when the server's identity is known beforehand, what it vouches
    /// for. Of several `expected` any may be the one; the first is asked for.
    ///
    /// # Errors
    /// When the file cannot be read or holds no certificate.
    pub fn new(
        ca_file: Option<&Path>,
        expected: impl IntoIterator<Item = Expected>,
    ) -> Result<Self, TlsError> {
        let strict =
            WebPkiServerVerifier::builder_with_provider(Arc::new(roots(ca_file)?), provider()).build()?;
        let vouched = Arc::new(Vouched::default());
        let config = |takes| -> Result<_, TlsError> {
            let verifier = Verifier {
                strict: Arc::clone(&strict),
                vouched: Arc::clone(&vouched),
                takes,
            };
            let mut config = ClientConfig::builder_with_provider(provider())
                .with_safe_default_protocol_versions()?
                .dangerous()
                .with_custom_certificate_verifier(Arc::new(verifier))
                .with_no_client_auth();
            if takes == Takes::Asking {
                // Each question is about the certificate of its own handshake.
                config.resumption = Resumption::disabled();
            }
            Ok(Arc::new(config))
        };
        Ok(Self {
            config: config(Takes::Trusted)?,
            asking: config(Takes::Asking)?,
            sealed: config(Takes::Any)?,
            expected: Arc::new(Mutex::new(expected.into_iter().collect())),
            vouched,
        })
    }

    pub(crate) fn config(&self) -> &Arc<ClientConfig> {
        &self.config
    }

    pub(crate) fn asking(&self) -> &Arc<ClientConfig> {
        &self.asking
    }

    pub(crate) fn sealed(&self) -> &Arc<ClientConfig> {
        &self.sealed
    }

    /// The server's identity keys that are believed from now on, the one to ask for first.
    pub fn expect(&self, expected: impl IntoIterator<Item = Expected>) {
        *self.expected.lock().unwrap_or_else(PoisonError::into_inner) = expected.into_iter().collect();
    }

    pub(crate) fn expected(&self) -> Vec<Expected> {
        self.expected
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    pub(crate) fn vouch(&self, certificate: CertificateHash, reason: String) {
        let mut known = self.vouched.0.lock().unwrap_or_else(PoisonError::into_inner);
        remember(&mut known.certificates, certificate);
        known.notice(certificate, reason);
    }

    /// Why the newest certificate that was taken without the authorities' word was not confirmed by them; once for each
    /// certificate, for the log.
    #[must_use]
    pub fn take_notice(&self) -> Option<String> {
        self.vouched
            .0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .notice
            .take()
    }
}

/// SHA-256 of a certificate, as the server signs it.
fn hash(certificate: &CertificateDer<'_>) -> CertificateHash {
    Sha256::digest(certificate).into()
}

/// The certificate that the other end showed.
pub(crate) fn shown(stream: &TlsStream<TcpStream>) -> Option<CertificateHash> {
    stream.get_ref().1.peer_certificates()?.first().map(hash)
}

#[derive(Debug, Default)]
struct Vouched(Mutex<Known>);

#[derive(Debug, Default)]
struct Known {
    /// Those that the server vouched for.
    certificates: Vec<CertificateHash>,
    /// Those that were told of.
    noticed: Vec<CertificateHash>,
    notice: Option<String>,
}

impl Known {
    fn notice(&mut self, certificate: CertificateHash, reason: String) {
        if remember(&mut self.noticed, certificate) {
            self.notice = Some(reason);
        }
    }
}

/// True when it is new.
fn remember(certificates: &mut Vec<CertificateHash>, certificate: CertificateHash) -> bool {
    let new = !certificates.contains(&certificate);
    if new {
        if certificates.len() >= VOUCHED_MAX {
            certificates.remove(0);
        }
        certificates.push(certificate);
    }
    new
}

/// Which certificates are taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Takes {
    /// What the authorities confirm, or the server vouched for.
    Trusted,
    /// Any; the peer is asked who it is.
    Asking,
    /// Any; what is said protects itself.
    Any,
}

/// The authorities' word, or the server's; that the peer has the certificate's key is checked in any case.
#[derive(Debug)]
struct Verifier {
    strict: Arc<WebPkiServerVerifier>,
    vouched: Arc<Vouched>,
    takes: Takes,
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let confirmed =
            self.strict
                .verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now);
        let Err(error) = &confirmed else { return confirmed };
        let mut known = self.vouched.0.lock().unwrap_or_else(PoisonError::into_inner);
        let taken = match self.takes {
            Takes::Asking => true,
            Takes::Any => {
                known.notice(hash(end_entity), reason(error));
                true
            }
            Takes::Trusted => known.certificates.contains(&hash(end_entity)),
        };
        if taken {
            Ok(ServerCertVerified::assertion())
        } else {
            confirmed
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.strict
            .verify_tls12_signature(message, certificate, signature)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.strict
            .verify_tls13_signature(message, certificate, signature)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.strict.supported_verify_schemes()
    }
}

/// What the authorities say of a certificate, for people.
pub(crate) fn reason(error: &rustls::Error) -> String {
    match error {
        rustls::Error::InvalidCertificate(error) => error.to_string(),
        other => other.to_string(),
    }
}

fn provider() -> Arc<rustls::crypto::CryptoProvider> {
    Arc::new(rustls::crypto::ring::default_provider())
}

fn roots(ca_file: Option<&Path>) -> Result<RootCertStore, TlsError> {
    let mut roots = RootCertStore::empty();
    roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
    if let Some(path) = ca_file {
        add_file(&mut roots, path).map_err(|reason| TlsError::CaFile {
            path: path.to_owned(),
            reason,
        })?;
    }
    Ok(roots)
}

fn add_file(roots: &mut RootCertStore, path: &Path) -> Result<(), String> {
    let certificates = CertificateDer::pem_file_iter(path).map_err(|error| error.to_string())?;
    let mut added = 0;
    for certificate in certificates {
        let certificate = certificate.map_err(|error| error.to_string())?;
        roots.add(certificate).map_err(|error| error.to_string())?;
        added += 1;
    }
    if added == 0 {
        Err("no certificate found".into())
    } else {
        Ok(())
    }
}
