//! Checks shared by the fuzz targets (`fuzz/fuzz_targets/protocol_*.rs`) and the replay of their corpus in ordinary tests.
//! Each takes any bytes and panics when the crate breaks a promise.

use crate::evidence::{Evidence, swapped_uuid};
use crate::limits::{DISKS_MAX, EVIDENCE_MAX};
use crate::support_code::{SYMBOLS, SupportCode};
use crate::text::is_deceptive;
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

/// What somebody typed or heard as a support code is read or refused. What is read is shown and read again, in either case and
/// however it is spaced; with one symbol changed, or with two neighbors in each other's place, it is no code.
///
/// Input: a byte, then text. With an odd byte the text is tried with each possible last symbol, of which at most one fits.
pub fn support_code(input: &[u8]) {
    let [choice, text @ ..] = input else { return };
    let text = String::from_utf8_lossy(text);
    if choice % 2 == 0 {
        if let Ok(code) = SupportCode::parse(&text) {
            read_code(&code);
        }
        return;
    }
    let fitting: Vec<SupportCode> = SYMBOLS_KNOWN
        .chars()
        .filter_map(|last| SupportCode::parse(&format!("{text}{last}")).ok())
        .collect();
    assert!(fitting.len() <= 1, "one last symbol fits at most");
    if let [code] = fitting.as_slice() {
        read_code(code);
    }
}

const SYMBOLS_KNOWN: &str = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

fn read_code(code: &SupportCode) {
    let (plain, shown) = (code.plain(), code.reveal());
    assert!(plain.len() == SYMBOLS, "a code has one length");
    for text in [
        &plain,
        &shown,
        &shown.to_lowercase(),
        &format!(" {} ", shown.replace('-', " ")),
    ] {
        assert!(
            SupportCode::parse(text).as_ref() == Ok(code),
            "a code is read as it is shown"
        );
    }
    assert!(!format!("{code:?}").contains(&plain), "the code is not shown");
    let letters: Vec<char> = plain.chars().collect();
    for at in 0..letters.len() {
        for other in SYMBOLS_KNOWN.chars().filter(|other| *other != letters[at]) {
            let mut wrong = letters.clone();
            wrong[at] = other;
            refused(&wrong);
        }
    }
    for at in 1..letters.len() {
        let mut swapped = letters.clone();
        swapped.swap(at - 1, at);
        if swapped != letters {
            refused(&swapped);
        }
    }
}

fn refused(letters: &[char]) {
    let text: String = letters.iter().collect();
    assert!(SupportCode::parse(&text).is_err(), "a mistyped code is noticed");
}

/// Two machines' evidence, whatever they say of themselves, is cleaned or refused, and compared the same way from both sides.
///
/// Input: text, a value a line; the first four lines and then those up to an empty line are one machine's, the rest the other's.
pub fn evidence(input: &[u8]) {
    let text = String::from_utf8_lossy(input);
    let mut lines = text.split('\n');
    let (one, other) = (said(&mut lines), said(&mut lines));
    let (Ok(one), Ok(other)) = (Evidence::checked(one), Evidence::checked(other)) else {
        return;
    };
    for evidence in [&one, &other] {
        clean(evidence);
    }
    assert!(
        one.likeness(&other) == other.likeness(&one),
        "who is compared with whom does not matter"
    );
    assert!(
        (one.values() == other.values()) == (one.uid() == other.uid()),
        "the fingerprint is one of the values that count"
    );
    assert!(!one.likeness(&one).contradicts(), "a machine is like itself");
    let learned = other.values();
    let without = one.without(&learned);
    assert!(
        without.values().iter().all(|value| !learned.contains(value)),
        "what was learned to mean nothing counts no more"
    );
}

fn said<'a>(lines: &mut impl Iterator<Item = &'a str>) -> Evidence {
    let mut line = || lines.next().unwrap_or_default().to_owned();
    Evidence {
        smbios_uuid: line(),
        os_install_id: line(),
        board_serial: line(),
        system_serial: line(),
        disk_serials: lines
            .take_while(|line| !line.is_empty())
            .map(str::to_owned)
            .collect(),
    }
}

fn clean(evidence: &Evidence) {
    assert!(
        Evidence::checked(evidence.clone()).as_ref() == Ok(evidence),
        "cleaned once is clean"
    );
    let disks = &evidence.disk_serials;
    assert!(disks.len() <= DISKS_MAX, "no more disks than allowed");
    let all = [
        &evidence.smbios_uuid,
        &evidence.os_install_id,
        &evidence.board_serial,
        &evidence.system_serial,
    ];
    for value in all.into_iter().chain(disks) {
        assert!(!value.chars().any(is_deceptive), "nothing deceptive is kept");
        assert!(value.len() <= EVIDENCE_MAX, "no value is longer than allowed");
    }
    if let Some(twin) = swapped_uuid(&evidence.smbios_uuid) {
        let swapped = Evidence {
            smbios_uuid: twin,
            ..evidence.clone()
        };
        assert!(
            swapped.uid() == evidence.uid(),
            "the byte order of a UUID does not count"
        );
    }
}
