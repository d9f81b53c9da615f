//! Secrets of webhooks, and signatures with them: Standard Webhooks, symmetric.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::error::{Error, Result};

/// What secrets begin with, as scanners of source code know them.
const PREFIX: &str = "whsec_";

/// A webhook's secret. `Debug` does not show it.
pub(super) struct Secret(Zeroizing<Vec<u8>>);

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret(…)")
    }
}

impl Secret {
    /// A new one: 32 random bytes.
    pub(super) fn random() -> Result<Self> {
        let mut bytes = Zeroizing::new(vec![0; 32]);
        getrandom::fill(&mut bytes).map_err(|error| Error::internal(error.to_string()))?;
        Ok(Self(bytes))
    }

    /// One that was kept.
    pub(super) fn of_bytes(bytes: Zeroizing<Vec<u8>>) -> Self {
        Self(bytes)
    }

    /// What is sealed.
    pub(super) fn bytes(&self) -> &[u8] {
        &self.0
    }

    /// The text for whoever verifies; shown once.
    pub(super) fn text(&self) -> String {
        format!("{PREFIX}{}", STANDARD.encode(&*self.0))
    }

    fn sign(&self, signed: &str) -> Result<String> {
        let mut mac = <Hmac<Sha256> as KeyInit>::new_from_slice(&self.0)
            .map_err(|error| Error::internal(error.to_string()))?;
        mac.update(signed.as_bytes());
        Ok(format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes())))
    }
}

/// The header `webhook-signature`: one signature for each secret, with spaces between. `seconds` is the header `webhook-timestamp`.
pub(super) fn signature(secrets: &[Secret], (id, seconds): (&str, i64), body: &str) -> Result<String> {
    let signed = format!("{id}.{seconds}.{body}");
    let all = secrets.iter().map(|secret| secret.sign(&signed));
    Ok(all.collect::<Result<Vec<_>>>()?.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> Secret {
        let bytes = STANDARD.decode(text.strip_prefix(PREFIX).unwrap()).unwrap();
        Secret::of_bytes(Zeroizing::new(bytes))
    }

    /// The example of the specification.
    #[test]
    fn signatures_are_those_of_the_standard() {
        let secret = of("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
        let (id, seconds) = ("msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330);
        let signed = signature(&[secret], (id, seconds), "{\"test\": 2432232314}").unwrap();
        assert_eq!(signed, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }

    #[test]
    fn each_secret_signs() {
        let (one, other) = (Secret::random().unwrap(), Secret::random().unwrap());
        assert_ne!(one.text(), other.text());
        assert!(!format!("{one:?}").contains(&one.text()));
        assert_eq!(of(&one.text()).bytes(), one.bytes());
        let alone = signature(&[of(&other.text())], ("a", 1), "{}").unwrap();
        let both = signature(&[one, other], ("a", 1), "{}").unwrap();
        assert_eq!(both.split(' ').nth(1), Some(alone.as_str()));
    }
}
