//! Checks shared by the fuzz targets (`fuzz/fuzz_targets/protocol_*.rs`) and the replay of their corpus in ordinary tests.
//! Each takes any bytes and panics when the crate breaks a promise.

use crate::token::{EnrollmentToken, checksum_of};

/// What somebody took for an enrollment token is read or refused; what is read is written again letter by letter, also with
/// white space around it, and shown nowhere else.
///
/// Input: a byte, then text. With an odd byte the text gets the checksum that fits, which a search would never guess.
pub fn token(input: &[u8]) {
    let [choice, text @ ..] = input else { return };
    let mut text = String::from_utf8_lossy(text).into_owned();
    if choice % 2 == 1 {
        let checksum = checksum_of(text.trim_start());
        text = format!("{text}_{checksum}");
    }
    let Ok(token) = EnrollmentToken::parse(&text) else {
        return;
    };
    let written = token.reveal();
    assert!(written == text.trim(), "a token is written as it was read");
    let surrounded = EnrollmentToken::parse(&format!(" {written}\r\n"));
    assert!(
        surrounded == Ok(token.clone()),
        "white space around it does not count"
    );
    let secret = written.get(10..53).unwrap_or_default();
    assert!(
        secret.len() == 43 && !format!("{token:?}").contains(secret),
        "the secret is not shown"
    );
}
