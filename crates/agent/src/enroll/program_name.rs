//! What the name of a program file or a pasted text carries for enrollment: a token, and before it the server's address.
//!
//! ```text
//! farol-agent@HOST[_PORT]-TOKEN.exe     as in  farol-agent@farol.example.org-farol_enr_….exe
//! ```
//! Browsers and people rename what they download (`… (1).exe`, `… - Copy.exe`, `….exe.exe`, `….EXE`, `%20`). A token has one
//! length and a checksum, so it is found wherever it stands, whatever stands around it. Pure; reading is
//! [`super::token_source`]'s.

use farol_protocol::token::EnrollmentToken;

/// How every token begins.
const BEGIN: &str = "farol_enr_";

/// Characters of a token: its beginning, the secret, the server's hash, the checksum, and the lines between them.
const TOKEN_CHARS: usize = BEGIN.len() + 43 + 1 + 16 + 1 + 6;

/// What a text carries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
    /// Nothing that looks like a token.
    Nothing,
    /// Something begins like a token, but its characters are not right.
    Mistyped,
    /// More than one token.
    Several,
    /// One token; the same one twice is one.
    Token {
        /// The token.
        token: EnrollmentToken,
        /// The server's address, when the text before the token names one as file names do.
        server: Option<String>,
    },
}

/// Looks for a token anywhere in `text`.
#[must_use]
pub fn find(text: &str) -> Found {
    let mut found = Found::Nothing;
    for (at, _) in text.match_indices(BEGIN) {
        let candidate = text.get(at..at + TOKEN_CHARS).map(EnrollmentToken::parse);
        let Some(Ok(token)) = candidate else {
            if found == Found::Nothing {
                found = Found::Mistyped;
            }
            continue;
        };
        match &found {
            Found::Token { token: first, .. } if *first != token => return Found::Several,
            Found::Token { .. } => {}
            _ => {
                let server = server_before(&text[..at]);
                found = Found::Token { token, server };
            }
        }
    }
    if found == Found::Nothing && text.to_ascii_lowercase().contains(BEGIN) {
        // Something changed its case, which a token does not survive.
        return Found::Mistyped;
    }
    found
}

/// `…@HOST[_PORT]-`; a port has a line of its own kind before it, since no file name takes a colon everywhere.
fn server_before(text: &str) -> Option<String> {
    let text = text.replace("%40", "@");
    let (_, place) = text.rsplit_once('@')?;
    let place = place.strip_suffix(['-', '_', ' ']).unwrap_or(place);
    Some(format!("https://{}", authority(place)?))
}

/// `HOST[_PORT]` of a file's name as `host[:port]`.
pub(crate) fn authority(place: &str) -> Option<String> {
    let (host, port) = match place.split_once('_') {
        Some((host, port)) => (host, Some(port.parse::<u16>().ok().filter(|port| *port != 0)?)),
        None => (place, None),
    };
    let is_host = |c: char| c.is_ascii_alphanumeric() || c == '.' || c == '-';
    let edges = ['.', '-'];
    if host.is_empty() || !host.chars().all(is_host) || host.starts_with(edges) || host.ends_with(edges) {
        return None;
    }
    let host = host.to_ascii_lowercase();
    Some(match port {
        Some(port) => format!("{host}:{port}"),
        None => host,
    })
}

#[cfg(test)]
mod tests {
    use farol_protocol::identity::ServerIdentity;
    use proptest::prelude::*;

    use super::*;

    fn token(secret: u8) -> EnrollmentToken {
        EnrollmentToken::new([secret; 32], &ServerIdentity::from_seed(&[1; 32]).public())
    }

    fn found(name: &str) -> Option<String> {
        match find(name) {
            Found::Token { token: it, server } => {
                assert_eq!(it, token(3), "{name}");
                server
            }
            other => panic!("{other:?} in {name}"),
        }
    }

    #[test]
    fn names_as_browsers_and_people_leave_them() {
        let text = token(3).reveal();
        for name in [
            format!("farol-agent-{text}"),
            format!("farol-agent-{text}.exe"),
            format!("farol-agent-{text} (1).exe"),
            format!("farol-agent-{text}(2).exe"),
            format!("farol-agent-{text}.exe.exe"),
            format!("farol-agent-{text}.EXE"),
            format!("farol-agent-{text} - Copy (3).exe"),
            format!("Copy%20of%20farol-agent-{text}%20(1).exe"),
            format!("farol-agent_{text}_1.exe"),
            format!("farol_enr_old {text}.exe.part"),
            format!("{text}{text}"),
        ] {
            assert_eq!(found(&name), None, "{name}");
        }
    }

    #[test]
    fn the_server_stands_before_the_token() {
        let text = token(3).reveal();
        for (before, server) in [
            (
                "farol-agent@farol.example.org-",
                Some("https://farol.example.org"),
            ),
            (
                "farol-agent@Farol.Example.org_8443-",
                Some("https://farol.example.org:8443"),
            ),
            ("farol-agent%4010.0.0.7_", Some("https://10.0.0.7")),
            ("me@home@help-desk.example-", Some("https://help-desk.example")),
            ("farol-agent@-", None),
            ("farol-agent@a b-", None),
            ("farol-agent@host_0-", None),
            ("farol-agent@host_99999-", None),
            ("farol-agent@.host-", None),
            ("farol-agent@user:pass-", None),
            ("farol.example.org-", None),
        ] {
            let name = format!("{before}{text} (1).exe");
            assert_eq!(found(&name).as_deref(), server, "{name}");
        }
    }

    #[test]
    fn what_is_wrong_is_named() {
        let (one, other) = (token(3).reveal(), token(4).reveal());
        assert_eq!(find("farol-agent.exe"), Found::Nothing);
        assert_eq!(find(""), Found::Nothing);
        assert_eq!(find(&format!("a {one} {other}.exe")), Found::Several);
        assert_eq!(
            find(&format!("farol-agent-{}.exe", &one[..one.len() - 1])),
            Found::Mistyped
        );
        assert_eq!(find(&one.to_uppercase()), Found::Mistyped);
        assert_eq!(find(&one.to_lowercase()), Found::Mistyped);
    }

    proptest! {
        #[test]
        fn a_token_is_found_in_whatever_surrounds_it(
            secret in any::<[u8; 32]>(), before in "\\PC{0,40}", after in "[A-Za-z0-9_-]{0,9}\\PC{0,40}",
        ) {
            let wanted = EnrollmentToken::new(secret, &ServerIdentity::from_seed(&[1; 32]).public());
            let name = format!("{before}{}{after}", wanted.reveal());
            match find(&name) {
                Found::Token { token, .. } => prop_assert_eq!(token, wanted),
                other => prop_assert!(false, "{:?}", other),
            }
        }

        #[test]
        fn two_tokens_are_never_one(a in any::<[u8; 32]>(), b in any::<[u8; 32]>(), between in "\\PC{0,20}") {
            prop_assume!(a != b);
            let server = ServerIdentity::from_seed(&[1; 32]).public();
            let text = |secret| EnrollmentToken::new(secret, &server).reveal();
            prop_assert_eq!(find(&format!("{}{between}{}", text(a), text(b))), Found::Several);
        }

        #[test]
        fn no_wrong_character_is_forgiven(at in 10usize..77, by in 1u8..63) {
            let mut text = token(3).reveal().into_bytes();
            let alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
            let place = alphabet.iter().position(|c| *c == text[at]).unwrap();
            text[at] = alphabet[(place + usize::from(by)) % alphabet.len()];
            let text = String::from_utf8(text).unwrap();
            prop_assert_eq!(find(&format!("farol-agent-{text}.exe")), Found::Mistyped);
        }

        #[test]
        fn any_name_is_survived(name in "(.{0,20}farol_enr_)?.{0,120}") {
            let _survived = find(&name);
        }
    }
}
