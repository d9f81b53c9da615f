//! One conversation with the mail server (RFC 5321, STARTTLS: RFC 3207, AUTH: RFC 4954), step by step, so that each way to fail has
//! its name. lettre speaks the protocol; here is who is spoken to, in which order, and how long it may take.

use std::net::SocketAddr;
use std::time::Duration;

use lettre::transport::smtp::Error as SmtpError;
use lettre::transport::smtp::authentication::{Credentials, Mechanism};
use lettre::transport::smtp::client::{AsyncSmtpConnection, Certificate, CertificateStore, TlsParameters};
use lettre::transport::smtp::commands::{Data, Mail, Rcpt};
use lettre::transport::smtp::extension::{ClientId, Extension, MailParameter};

use super::failure::{Failure, FailureCode, clean};
use super::message::Ready;
use super::settings::{Security, Way};
use crate::config::PublicUrl;

/// Longest wait for a connection to one address.
const CONNECT: Duration = Duration::from_secs(10);
/// Longest wait for the farewell, which nothing depends on.
const QUIT: Duration = Duration::from_secs(2);
/// Addresses of one name that are tried.
const ADDRESSES_MAX: usize = 4;
/// Ways to sign in, the one that is said at once first.
const MECHANISMS: [Mechanism; 2] = [Mechanism::Plain, Mechanism::Login];
/// “Authentication required”, RFC 4954.
const SIGN_IN_FIRST: u16 = 530;

/// Sends one message, within `longest`.
///
/// When the time ends after the message was sent but before the mail server said yes, nobody knows whether it was taken: RFC 5321
/// 4.5.3.2 asks for patience there.
pub(super) async fn send(
    way: &Way,
    public_url: &PublicUrl,
    ready: Ready,
    longest: Duration,
) -> Result<(), Failure> {
    let conversation = async {
        let mut connection = connect(way, public_url).await?;
        let handed_over = hand_over(way, &mut connection, ready).await;
        handed_over.map(|()| connection)
    };
    let place = way.place();
    let Ok(done) = tokio::time::timeout(longest, conversation).await else {
        let seconds = longest.as_secs();
        let detail = format!("The mail server {place} did not finish within {seconds} seconds.");
        return Err(Failure::new(FailureCode::TimedOut, detail));
    };
    let mut connection = done?;
    // The message is taken; how the server says goodbye changes nothing.
    if !matches!(tokio::time::timeout(QUIT, connection.quit()).await, Ok(Ok(_))) {
        tracing::debug!(%place, "the mail server did not say goodbye");
    }
    Ok(())
}

async fn connect(way: &Way, public_url: &PublicUrl) -> Result<AsyncSmtpConnection, Failure> {
    let addresses = resolve(way).await?;
    let hello = hello_name(public_url);
    let parameters = || {
        parameters(way).map_err(|error| {
            let detail = format!("TLS cannot be prepared: {}.", reason(&error));
            Failure::new(FailureCode::TlsFailed, detail)
        })
    };
    let at_once = match way.security {
        Security::Tls => Some(parameters()?),
        Security::Starttls | Security::None => None,
    };
    let connected =
        AsyncSmtpConnection::connect_tokio1(addresses.as_slice(), Some(CONNECT), &hello, at_once, None).await;
    let mut connection =
        connected.map_err(|error| not_connected(way, way.security == Security::Tls, &error))?;
    if way.security == Security::Starttls {
        if !connection.can_starttls() {
            connection.abort().await;
            let detail = format!(
                "The mail server {} does not offer STARTTLS, so nothing was sent to it. If it speaks TLS from the first byte, \
                 choose that.",
                way.place()
            );
            return Err(Failure::new(FailureCode::StarttlsMissing, detail));
        }
        let started = connection.starttls(parameters()?, &hello).await;
        started.map_err(|error| not_connected(way, true, &error))?;
    }
    Ok(connection)
}

async fn resolve(way: &Way) -> Result<Vec<SocketAddr>, Failure> {
    let unknown = |why: String| {
        let detail = format!(
            "The name of the mail server {} leads to no address: {why}.",
            way.host
        );
        Failure::new(FailureCode::NameUnknown, detail)
    };
    let found = tokio::net::lookup_host((way.host.as_str(), way.port)).await;
    let found = found.map_err(|error| unknown(clean(&error.to_string())))?;
    // Whoever decides what “localhost” means does not decide where passwords go in the clear.
    let fine = |address: &SocketAddr| way.security != Security::None || address.ip().is_loopback();
    let addresses: Vec<SocketAddr> = found.filter(fine).take(ADDRESSES_MAX).collect();
    if addresses.is_empty() {
        return Err(unknown("it has none that may be used".into()));
    }
    Ok(addresses)
}

/// How the server introduces itself: by its public name, or as nobody in particular.
fn hello_name(public_url: &PublicUrl) -> ClientId {
    let host = public_url.origin().host();
    match host.parse() {
        Ok(std::net::IpAddr::V4(address)) => ClientId::Ipv4(address),
        Ok(std::net::IpAddr::V6(address)) => ClientId::Ipv6(address),
        Err(_) => ClientId::Domain(host.to_owned()),
    }
}

fn parameters(way: &Way) -> Result<TlsParameters, SmtpError> {
    let mut builder =
        TlsParameters::builder(way.host.clone()).certificate_store(CertificateStore::WebpkiRoots);
    for authority in &way.authorities {
        builder = builder.add_root_certificate(Certificate::from_der(authority.to_vec())?);
    }
    builder.build_rustls()
}

async fn hand_over(way: &Way, connection: &mut AsyncSmtpConnection, ready: Ready) -> Result<(), Failure> {
    use FailureCode::{MessageRefused, RecipientRefused, SenderRefused};
    if let Some((user, password)) = &way.login {
        sign_in(way, connection, user, password).await?;
    }
    let refused = |code: FailureCode, what: &str, error: &SmtpError| said_no(way, code, what, error);
    let mut options = Vec::new();
    if !ready.to.to_string().is_ascii() {
        if !connection.server_info().supports_feature(Extension::SmtpUtfEight) {
            let detail = format!(
                "The mail server {} takes only addresses of plain letters.",
                way.place()
            );
            return Err(Failure::new(RecipientRefused, detail).for_good());
        }
        options.push(MailParameter::SmtpUtfEight);
    }
    let mail = connection
        .command(Mail::new(Some(ready.from.clone()), options))
        .await;
    mail.map_err(|error| {
        if error.status().map(u16::from) == Some(SIGN_IN_FIRST) {
            let detail = format!(
                "The mail server {} wants somebody to sign in first. It says: {}",
                way.place(),
                reason(&error)
            );
            return Failure::new(FailureCode::SignInMissing, detail);
        }
        refused(
            SenderRefused,
            &format!("takes nothing from {}", ready.from),
            &error,
        )
    })?;
    let rcpt = connection.command(Rcpt::new(ready.to.clone(), Vec::new())).await;
    rcpt.map_err(|error| {
        refused(
            RecipientRefused,
            &format!("takes nothing for {}", ready.to),
            &error,
        )
    })?;
    let data = connection.command(Data).await;
    data.map_err(|error| refused(MessageRefused, "takes no message now", &error))?;
    let taken = connection.message(&ready.bytes).await;
    taken.map_err(|error| refused(MessageRefused, "does not take this message", &error))?;
    Ok(())
}

async fn sign_in(
    way: &Way,
    connection: &mut AsyncSmtpConnection,
    user: &str,
    password: &str,
) -> Result<(), Failure> {
    if connection.server_info().get_auth_mechanism(&MECHANISMS).is_none() {
        let detail = format!(
            "The mail server {} offers neither of the ways to sign in that the server knows, AUTH PLAIN and AUTH LOGIN.",
            way.place()
        );
        return Err(Failure::new(FailureCode::SignInMissing, detail));
    }
    let credentials = Credentials::new(user.to_owned(), password.to_owned());
    let signed_in = connection.auth(&MECHANISMS, &credentials).await;
    signed_in.map(|_| ()).map_err(|error| {
        // What is wrong is the settings, not the mail: it waits until somebody has set them right.
        let failure = said_no(
            way,
            FailureCode::SignInRefused,
            "does not take this user and password",
            &error,
        );
        Failure {
            is_final: false,
            ..failure
        }
    })
}

/// The mail server answered a command with no, or not at all.
fn said_no(way: &Way, code: FailureCode, what: &str, error: &SmtpError) -> Failure {
    let place = way.place();
    if error.status().is_none() {
        let detail = format!("The mail server {place} broke off: {}.", reason(error));
        return Failure::new(FailureCode::NoAnswer, detail);
    }
    let detail = format!("The mail server {place} {what}. It says: {}", reason(error));
    let failure = Failure::new(code, detail);
    if error.is_permanent() {
        failure.for_good()
    } else {
        failure
    }
}

/// What went wrong before the first command; `handshake`: the step has one in it.
fn not_connected(way: &Way, handshake: bool, error: &SmtpError) -> Failure {
    let place = way.place();
    if let Some(tls) = tls_cause(error) {
        return match tls {
            rustls::Error::InvalidCertificate(why) => {
                let detail = format!(
                    "The certificate of the mail server {place} is not trusted: {}. If an authority of your own signed it, give \
                     that authority's certificate.",
                    clean(&why.to_string())
                );
                Failure::new(FailureCode::CertificateRefused, detail)
            }
            other => no_tls(&place, &clean(&other.to_string())),
        };
    }
    if error.status().is_some() {
        let detail = format!(
            "The mail server {place} does not talk to this server. It says: {}",
            reason(error)
        );
        return Failure::new(FailureCode::NoAnswer, detail);
    }
    match io_cause(error) {
        Some(io) if handshake && is_hang_up(io) => no_tls(&place, &clean(&io.to_string())),
        Some(io) if is_nobody(io) => {
            let detail = format!("Nobody answers at {place}: {}.", reason(error));
            Failure::new(FailureCode::Unreachable, detail)
        }
        // What whoever answered said instead is not repeated: it may be any service of an inner network.
        _ => {
            let detail = format!("Whoever answers at {place} does not speak SMTP, or hung up.");
            Failure::new(FailureCode::NoAnswer, detail)
        }
    }
}

fn no_tls(place: &str, why: &str) -> Failure {
    let detail = format!(
        "There is no TLS with the mail server {place}: {why}. At port 587 it usually begins with STARTTLS, at 465 with TLS."
    );
    Failure::new(FailureCode::TlsFailed, detail)
}

/// Nobody answers, or the way there is closed.
fn is_nobody(error: &std::io::Error) -> bool {
    use std::io::ErrorKind as K;
    matches!(
        error.kind(),
        K::ConnectionRefused
            | K::TimedOut
            | K::HostUnreachable
            | K::NetworkUnreachable
            | K::NetworkDown
            | K::AddrNotAvailable
            | K::PermissionDenied
    )
}

/// How a handshake ends when the other side wants none.
fn is_hang_up(error: &std::io::Error) -> bool {
    use std::io::ErrorKind::{BrokenPipe, ConnectionAborted, ConnectionReset, InvalidData, UnexpectedEof};
    matches!(
        error.kind(),
        UnexpectedEof | InvalidData | ConnectionReset | ConnectionAborted | BrokenPipe
    )
}

/// The error and what it came from.
fn causes<'a>(error: &'a SmtpError) -> impl Iterator<Item = &'a (dyn std::error::Error + 'static)> {
    std::iter::successors(Some(error as &(dyn std::error::Error + 'static)), |one| {
        one.source()
    })
}

fn io_cause(error: &SmtpError) -> Option<&std::io::Error> {
    causes(error).find_map(|one| one.downcast_ref())
}

fn tls_cause(error: &SmtpError) -> Option<&rustls::Error> {
    causes(error).find_map(|one| {
        let inside = one
            .downcast_ref::<std::io::Error>()
            .and_then(std::io::Error::get_ref);
        one.downcast_ref().or_else(|| inside?.downcast_ref())
    })
}

/// The innermost words: the mail server's own when it answered, the system's otherwise.
fn reason(error: &SmtpError) -> String {
    let innermost = causes(error).last().map(ToString::to_string).unwrap_or_default();
    let words = clean(&innermost);
    match error.status() {
        Some(code) => format!("{code} {words}"),
        None => words,
    }
}
