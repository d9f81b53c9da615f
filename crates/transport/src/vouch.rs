//! Asking the server whether a certificate that nobody confirms is its own.
//!
//! ```text
//! agent                                                        server
//!   TLS with whatever certificate is shown; its hash is H
//!   POST /api/agent/identity {nonce, identity}  ──────────────▶
//!         ◀──────────────  {identity_key, H′, signature over nonce and H′}
//!   taken when the signature is of the expected key and H′ = H
//! ```
//! Nothing secret is told. Somebody in between can pass the question on, but the answer names the server's certificate
//! instead of theirs, and without the server's TLS key they cannot show that one.
//!
//! The same question comes before an enrollment token is told to a server whose certificate is confirmed: a certificate says
//! who somebody is, not that they are the server that is meant.

use data_encoding::{BASE64URL_NOPAD, HEXLOWER};
use farol_protocol::identity::{CertificateHash, ServerPublicKey};
use tokio::io::{AsyncRead, AsyncWrite};

use crate::connect::tcp;
use crate::post::{After, post};
use crate::tls::{self, Expected, Trust};
use crate::url::ServerUrl;

/// Where the question goes.
const PATH: &str = "/api/agent/identity";
/// Most bytes of the answer; it has about 300.
const ANSWER_MAX: usize = 8 * 1024;

/// For people: the server says that it shows another certificate than the one that is seen.
pub(crate) const IN_BETWEEN: &str =
    "somebody stands in between: the server says that it shows another certificate";

/// Asks, and remembers in `trust` what the server vouched for. `reason` is what the authorities say of the certificate.
///
/// # Errors
/// A fragment that says why the certificate is not the server's word.
pub(crate) async fn ask(
    server: &ServerUrl,
    trust: &Trust,
    expected: &[Expected],
    reason: String,
) -> Result<(), String> {
    let stream = tcp(server).await.map_err(|error| error.to_string())?;
    let mut stream = crate::connect::handshake(server, trust.asking(), stream)
        .await
        .map_err(|error| error.to_string())?;
    let shown = tls::shown(&stream).ok_or("it shows no certificate")?;
    let named = question(&mut stream, server, expected, After::Ends).await?;
    vouched(named, &shown)?;
    trust.vouch(shown, reason);
    Ok(())
}

/// Asks on this connection whether it is the expected server; the certificate that it says it shows on it, unless TLS ends
/// before it.
///
/// # Errors
/// A fragment that says why it is not.
pub(crate) async fn question<S: AsyncRead + AsyncWrite + Unpin>(
    stream: &mut S,
    server: &ServerUrl,
    expected: &[Expected],
    after: After,
) -> Result<Option<CertificateHash>, String> {
    let first = expected
        .first()
        .ok_or("nothing is known of the server to expect")?;
    let mut nonce = [0; 32];
    getrandom::fill(&mut nonce).map_err(|error| error.to_string())?;
    let question = serde_json::json!({
        "nonce": BASE64URL_NOPAD.encode(&nonce),
        "identity": HEXLOWER.encode(&first.hash8()),
    })
    .to_string();
    let answer = post(stream, server, (PATH, &question), (ANSWER_MAX, after))
        .await
        .map_err(|error| error.to_string())?;
    if answer.status != 200 {
        let status = answer.status;
        return Err(format!(
            "it answered the question for its identity with HTTP status {status}"
        ));
    }
    check(&answer.body, expected, &nonce)
}

fn check(body: &[u8], expected: &[Expected], nonce: &[u8; 32]) -> Result<Option<CertificateHash>, String> {
    let answer: serde_json::Value =
        serde_json::from_slice(body).map_err(|_| "its proof of identity cannot be read".to_owned())?;
    let text = |name: &str| answer.get(name).and_then(serde_json::Value::as_str);
    let key = text("identity_key").and_then(|text| ServerPublicKey::from_base64url(text).ok());
    let Some(key) = key.filter(|key| expected.iter().any(|known| known.is(key))) else {
        return Err("it is another server than the one this machine belongs to".into());
    };
    let signature = text("signature")
        .and_then(|text| BASE64URL_NOPAD.decode(text.as_bytes()).ok())
        .unwrap_or_default();
    let named = text("certificate_sha256")
        .and_then(|text| HEXLOWER.decode(text.as_bytes()).ok())
        .and_then(|bytes| CertificateHash::try_from(bytes).ok());
    key.verify_identity(nonce, named.as_ref(), &signature)
        .map_err(|_| "its proof of identity does not verify".to_owned())?;
    Ok(named)
}

fn vouched(named: Option<CertificateHash>, shown: &CertificateHash) -> Result<(), String> {
    match named {
        Some(named) if named == *shown => Ok(()),
        Some(_) => Err(IN_BETWEEN.into()),
        None => Err(
            "TLS ends at a proxy, for whose certificate the server cannot speak; name the proxy's authority with --ca-file"
                .into(),
        ),
    }
}

#[cfg(test)]
mod tests {
    use farol_protocol::identity::ServerIdentity;

    use super::*;

    fn answer(server: &ServerIdentity, nonce: [u8; 32], certificate: Option<CertificateHash>) -> Vec<u8> {
        serde_json::json!({
            "identity_key": server.public().to_base64url(),
            "certificate_sha256": certificate.map(|hash| HEXLOWER.encode(&hash)),
            "signature": BASE64URL_NOPAD.encode(&server.sign_identity(&nonce, certificate.as_ref())),
        })
        .to_string()
        .into_bytes()
    }

    #[test]
    fn only_the_expected_key_for_this_question_and_this_certificate_counts() {
        let (server, other) = (
            ServerIdentity::from_seed(&[6; 32]),
            ServerIdentity::from_seed(&[7; 32]),
        );
        let known = [Expected::from(server.public())];
        let verdict = |body: &[u8]| vouched(check(body, &known, &[1; 32])?, &[2; 32]);
        assert_eq!(verdict(&answer(&server, [1; 32], Some([2; 32]))), Ok(()));
        for (body, part) in [
            (answer(&other, [1; 32], Some([2; 32])), "another server"),
            (answer(&server, [9; 32], Some([2; 32])), "does not verify"),
            (answer(&server, [1; 32], Some([3; 32])), "in between"),
            (answer(&server, [1; 32], None), "--ca-file"),
            (b"{}".to_vec(), "another server"),
            (b"nonsense".to_vec(), "cannot be read"),
        ] {
            let said = verdict(&body).unwrap_err();
            assert!(said.contains(part), "{said}");
        }
        // An enrollment token knows less, and that is enough.
        let by_token = |body: &[u8]| {
            let known = [Expected::Hash(server.public().hash8())];
            check(body, &known, &[1; 32])
        };
        assert_eq!(
            by_token(&answer(&server, [1; 32], Some([2; 32]))),
            Ok(Some([2; 32]))
        );
        assert!(by_token(&answer(&other, [1; 32], Some([2; 32]))).is_err());
        // Of several each counts.
        let both = [Expected::from(other.public()), server.public().into()];
        assert_eq!(check(&answer(&server, [1; 32], None), &both, &[1; 32]), Ok(None));
        // A proof without a certificate cannot be dressed up as one with.
        let mut dressed: serde_json::Value = serde_json::from_slice(&answer(&server, [1; 32], None)).unwrap();
        dressed["certificate_sha256"] = HEXLOWER.encode(&[2; 32]).into();
        assert!(
            verdict(dressed.to_string().as_bytes())
                .unwrap_err()
                .contains("does not verify")
        );
    }
}
