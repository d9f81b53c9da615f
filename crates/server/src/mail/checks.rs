//! What the fields of the settings may be: nothing that ends a line, a header or a command, and no place that is no mail server's.

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};

use super::settings::Security;
use crate::error::FieldError;

/// The ports of mail servers: relay, submission with TLS, submission, and the usual stand-in for it (RFC 5321, 8314, 6409).
const PORTS: [u16; 4] = [25, 465, 587, 2525];
/// On this machine a mail server may also listen at any port that needs no privilege.
const LOCAL_PORTS_FROM: u16 = 1024;
/// Longest name of a host, RFC 1035.
const HOST_MAX: usize = 253;
/// Longest user name.
pub(super) const USER_MAX: usize = 254;
/// Longest password; tokens that stand for one are long.
pub(super) const PASSWORD_MAX: usize = 1024;
/// Longest address, RFC 5321.
const ADDRESS_MAX: usize = 254;
/// Longest name of the sender, in characters.
pub(super) const NAME_MAX: usize = 80;
/// Most PEM text of authorities: about twenty of them.
const CA_MAX: usize = 40 * 1024;

pub(super) fn host_objection(host: &str) -> Option<FieldError> {
    if host.is_empty() {
        return Some(FieldError::new("host", "required", "Please fill this in."));
    }
    let fine = host.len() <= HOST_MAX && ServerName::try_from(host.to_owned()).is_ok();
    let detail = "This is not the name or address of a server, such as smtp.example.org.";
    (!fine).then(|| FieldError::new("host", "invalid", detail))
}

pub(super) fn port_objection(host: &str, port: u16) -> Option<FieldError> {
    let fine = PORTS.contains(&port) || (is_local(host) && port >= LOCAL_PORTS_FROM);
    let detail =
        "Mail servers listen at 25, 465, 587 or 2525; one on this machine also at any port from 1024 on.";
    (!fine).then(|| FieldError::new("port", "not_allowed", detail))
}

pub(super) fn security_objection(host: &str, security: Security) -> Option<FieldError> {
    let fine = security != Security::None || is_local(host);
    let detail = "Without encryption only a mail server on this machine is spoken to: the password and the links in the mails \
                  would be readable on the way.";
    (!fine).then(|| FieldError::new("security", "not_allowed", detail))
}

/// Whether this is the machine itself, by name or number.
fn is_local(host: &str) -> bool {
    host == "localhost"
        || host
            .parse::<std::net::IpAddr>()
            .is_ok_and(|address| address.to_canonical().is_loopback())
}

pub(super) fn line_objection(field: &'static str, text: &str, longest: usize) -> Option<FieldError> {
    if text.chars().count() > longest {
        let detail = format!("At most {longest} characters, please.");
        return Some(FieldError::new(field, "too_long", detail));
    }
    let detail = "This must be one line without control characters.";
    text.chars()
        .any(char::is_control)
        .then(|| FieldError::new(field, "invalid", detail))
}

pub(super) fn address_objection(address: &str) -> Option<FieldError> {
    let detail = "This does not look like an e-mail address.";
    (!is_address(address)).then(|| FieldError::new("from_address", "invalid", detail))
}

/// Whether this can be written into an envelope and a header as an address.
pub(super) fn is_address(text: &str) -> bool {
    let hides = |letter: char| letter.is_control() || letter.is_whitespace();
    text.len() <= ADDRESS_MAX && !text.contains(hides) && text.parse::<lettre::Address>().is_ok()
}

/// The certificates of a PEM text; at least one, and nothing that is none.
pub(super) fn certificates(pem: &str) -> std::result::Result<Vec<CertificateDer<'static>>, ()> {
    const MOST: usize = 20;
    if pem.len() > CA_MAX {
        return Err(());
    }
    let all: std::result::Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem.as_bytes()).collect();
    let all = all.map_err(|_| ())?;
    let mut roots = rustls::RootCertStore::empty();
    let fine = all.iter().all(|one| roots.add(one.clone()).is_ok());
    if fine && !all.is_empty() && all.len() <= MOST {
        Ok(all)
    } else {
        Err(())
    }
}

/// What was beside the certificates (a key that was pasted by mistake) is not kept.
pub(super) fn pem(certificates: &[CertificateDer<'_>]) -> String {
    use base64::Engine;
    use base64::engine::general_purpose::STANDARD;
    let mut text = String::new();
    for certificate in certificates {
        let encoded = STANDARD.encode(certificate);
        let lines: Vec<&str> = encoded
            .as_bytes()
            .chunks(64)
            .filter_map(|line| std::str::from_utf8(line).ok())
            .collect();
        text.push_str(&format!(
            "-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n",
            lines.join("\n")
        ));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ports_are_those_of_mail_servers() {
        for (host, port, fine) in [
            ("smtp.example.org", 587, true),
            ("smtp.example.org", 465, true),
            ("smtp.example.org", 6379, false),
            ("10.0.0.1", 22, false),
            ("127.0.0.1", 1025, true),
            ("localhost", 2500, true),
            ("::1", 4000, true),
            ("localhost", 80, false),
        ] {
            assert_eq!(port_objection(host, port).is_none(), fine, "{host}:{port}");
        }
    }

    #[test]
    fn only_this_machine_is_spoken_to_in_the_clear() {
        assert!(security_objection("127.0.0.1", Security::None).is_none());
        assert!(security_objection("localhost", Security::None).is_none());
        assert!(security_objection("localhost.example.org", Security::None).is_some());
        assert!(security_objection("192.168.0.1", Security::None).is_some());
        assert!(security_objection("192.168.0.1", Security::Starttls).is_none());
    }

    #[test]
    fn addresses_end_no_header() {
        assert!(is_address("farol@example.org"));
        for wrong in [
            "",
            "x",
            "a@b\r\nBcc: c@d.example",
            "a b@c.example",
            "<a@b.example>",
            "a@b.example,c@d.example",
        ] {
            assert!(!is_address(wrong), "{wrong}");
        }
        assert!(host_objection("a\r\nb").is_some());
        assert!(host_objection("a b").is_some());
        assert!(host_objection("smtp.example.org").is_none());
        assert!(line_objection("user", "a\nb", 10).is_some());
    }

    #[test]
    fn authorities_are_certificates_and_nothing_else_is_kept() {
        let key = rcgen::KeyPair::generate().unwrap();
        let made = rcgen::CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
        let certificate = made.self_signed(&key).unwrap().pem();
        let both = format!("{certificate}{}", key.serialize_pem());
        let read = certificates(&both).unwrap();
        let kept = pem(&read);
        assert!(!kept.contains("PRIVATE KEY"));
        assert_eq!(certificates(&kept).unwrap(), read);
        assert!(certificates("").is_err() && certificates(&key.serialize_pem()).is_err());
    }
}
