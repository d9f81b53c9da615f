//! From what the file's name and the command line say, and what the person says where these do not, to a code that the server
//! took.

use std::path::PathBuf;

use farol_protocol::support_code::SupportCode;
use farol_protocol::token::EnrollmentToken;
use farol_transport::{ServerUrl, UrlError};

use super::ask::{Question, Typed, Voice};
use super::redeem::Invitation;
use super::words::Words;
use super::{HelpError, Known, name};

/// Codes that are tried in one go. The server ends it after ten of one address; a person who mistypes more often needs another
/// code.
const CODES_MAX: u32 = 5;

/// Times that somebody is asked: whoever answers so often is no person.
const QUESTIONS_MAX: u32 = 50;

/// Redeems a code.
pub(super) type Redeeming<'a> = &'a mut dyn FnMut(&Invitation) -> Result<EnrollmentToken, HelpError>;

/// Asks until the server took a code. `None` when the person gives up.
///
/// # Errors
/// What cannot be asked away.
pub(super) fn invited(
    known: Known,
    words: Words,
    voice: &mut dyn Voice,
    redeem: Redeeming<'_>,
) -> Result<Option<(Invitation, EnrollmentToken)>, HelpError> {
    let mut typed = Typed {
        code: known.code.unwrap_or_default(),
        server: known.server.unwrap_or_default(),
    };
    let mut codes = 0;
    for _ in 0..QUESTIONS_MAX {
        let error = match read(&typed, known.ca_file.clone()) {
            Ok(invitation) => match redeem(&invitation) {
                Ok(token) => return Ok(Some((invitation, token))),
                Err(error) => error,
            },
            Err(error) => error,
        };
        codes += u32::from(matches!(error, HelpError::CodeUnknown));
        let Some(question) = question(&typed, &error, words, voice.retries()).filter(|_| codes < CODES_MAX)
        else {
            return Err(error);
        };
        match voice.ask(&question)? {
            Some(answer) => typed = answer,
            None => return Ok(None),
        }
    }
    Err(HelpError::CodeMissing)
}

/// What can be asked to get over an error.
fn question(typed: &Typed, error: &HelpError, words: Words, retries: bool) -> Option<Question> {
    let about_code = matches!(
        error,
        HelpError::CodeMissing | HelpError::CodeMistyped | HelpError::CodeUnknown
    );
    let about_server = matches!(error, HelpError::ServerMissing | HelpError::AddressInvalid { .. });
    let about_way = matches!(
        error,
        HelpError::Unreachable { .. } | HelpError::NotFarol { .. } | HelpError::Certificate { .. }
    );
    let missing = matches!(error, HelpError::CodeMissing | HelpError::ServerMissing);
    (about_code || about_server || (about_way && retries)).then(|| Question {
        code: typed.code.clone(),
        server: typed.server.clone(),
        wants_code: about_code || typed.code.is_empty(),
        wants_server: about_server || typed.server.is_empty(),
        problem: if missing {
            String::new()
        } else {
            words.failure(error)
        },
    })
}

fn read(typed: &Typed, ca_file: Option<PathBuf>) -> Result<Invitation, HelpError> {
    if typed.code.is_empty() {
        return Err(HelpError::CodeMissing);
    }
    let code = SupportCode::parse(&typed.code).map_err(|_| HelpError::CodeMistyped)?;
    if typed.server.is_empty() {
        return Err(HelpError::ServerMissing);
    }
    let server = address(&typed.server).map_err(|why| HelpError::AddressInvalid {
        address: typed.server.clone(),
        why,
    })?;
    Ok(Invitation {
        server,
        code,
        ca_file,
    })
}

/// An address as people type and copy it: with or without its scheme, with whatever stands behind the host.
fn address(text: &str) -> Result<ServerUrl, UrlError> {
    let text = text.trim();
    let host = |rest: &str| rest.split(['/', '?', '#']).next().unwrap_or_default().to_owned();
    match text.split_once("://") {
        Some((scheme, rest)) => ServerUrl::parse(&format!("{scheme}://{}", host(rest)), false),
        None => name::reached(&host(text)).ok_or(UrlError::Malformed),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;

    use farol_platform::notice::Language;
    use farol_protocol::identity::ServerIdentity;

    use super::*;

    /// Answers as written down, and remembers what was asked.
    #[derive(Default)]
    struct Script {
        answers: VecDeque<(&'static str, &'static str)>,
        asked: Vec<Question>,
        retries: bool,
    }

    impl Voice for Script {
        fn ask(&mut self, question: &Question) -> Result<Option<Typed>, HelpError> {
            self.asked.push(question.clone());
            Ok(self.answers.pop_front().map(|(code, server)| Typed {
                code: code.into(),
                server: server.into(),
            }))
        }

        fn retries(&self) -> bool {
            self.retries
        }

        fn tell(&mut self, _text: &str) {}

        fn last(&mut self, _text: &str) {}

        fn fail(&mut self, _text: &str) {}
    }

    fn token() -> EnrollmentToken {
        EnrollmentToken::new([3; 32], &ServerIdentity::from_seed(&[6; 32]).public())
    }

    fn known(code: &str, server: &str) -> Known {
        let filled = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
        Known {
            code: filled(code),
            server: filled(server),
            ca_file: None,
        }
    }

    fn go(
        known: Known,
        script: &mut Script,
        redeem: Redeeming<'_>,
    ) -> Result<Option<(Invitation, EnrollmentToken)>, HelpError> {
        invited(known, Words(Language::English), script, redeem)
    }

    const CODE: &str = "K7Q-F2M-9X4";

    #[test]
    fn nobody_is_asked_for_what_is_there() {
        let mut script = Script::default();
        let (invitation, got) = go(known(CODE, "https://farol.example.org"), &mut script, &mut |_| {
            Ok(token())
        })
        .unwrap()
        .unwrap();
        assert_eq!(invitation.code.reveal(), CODE);
        assert_eq!((got, script.asked.len()), (token(), 0));
    }

    #[test]
    fn what_is_missing_or_wrong_is_asked_for_until_it_is_right() {
        let mut script = Script {
            answers: [
                ("K7Q-F2M-9X5", "farol.example.org/join"),
                (CODE, "http://farol.example.org"),
                (CODE, "Farol.example.org:8443/join?x=y"),
                ("000-000-000", "farol.example.org:8443"),
            ]
            .into(),
            ..Script::default()
        };
        let mut redeem = |invitation: &Invitation| match invitation.code.reveal().as_str() {
            CODE => Err(HelpError::CodeUnknown),
            _ => Ok(token()),
        };
        let (invitation, _) = go(known("", ""), &mut script, &mut redeem).unwrap().unwrap();
        assert_eq!(invitation.server.to_string(), "https://farol.example.org:8443");
        let said: Vec<(bool, bool, &str)> = script
            .asked
            .iter()
            .map(|asked| {
                let code = asked.problem.rsplit(['[', ']']).nth(1).unwrap_or_default();
                (asked.wants_code, asked.wants_server, code)
            })
            .collect();
        assert_eq!(
            said,
            [
                (true, true, ""),
                (true, false, "code_mistyped"),
                (false, true, "server_address_invalid"),
                (true, false, "code_unknown"),
            ]
        );
    }

    #[test]
    fn a_person_may_give_up_and_a_guesser_must() {
        let mut script = Script::default();
        let given_up = go(known("", "https://x"), &mut script, &mut |_| Ok(token()));
        assert!(given_up.unwrap().is_none());
        let mut script = Script {
            answers: [(CODE, "farol.example.org"); 20].into(),
            ..Script::default()
        };
        let mut tried = 0;
        let refused = go(known(CODE, "farol.example.org"), &mut script, &mut |_| {
            tried += 1;
            Err(HelpError::CodeUnknown)
        });
        assert_eq!(refused.unwrap_err().code(), "code_unknown");
        assert_eq!(tried, CODES_MAX);
    }

    #[test]
    fn a_way_that_fails_is_tried_again_in_a_window_only() {
        let mut first = true;
        let mut redeem = |_: &Invitation| {
            if std::mem::take(&mut first) {
                let (server, reason) = ("https://x".into(), "no network".into());
                return Err(HelpError::Unreachable { server, reason });
            }
            Ok(token())
        };
        let mut window = Script {
            answers: [(CODE, "https://x")].into(),
            retries: true,
            ..Script::default()
        };
        assert!(
            go(known(CODE, "x.example"), &mut window, &mut redeem)
                .unwrap()
                .is_some()
        );
        let mut terminal = Script::default();
        let mut never = |_: &Invitation| Err(HelpError::TooMany);
        assert!(go(known(CODE, "x.example"), &mut terminal, &mut never).is_err());
        assert!(terminal.asked.is_empty());
    }

    #[test]
    fn addresses_as_people_type_them() {
        let read = |text: &str| address(text).map(|server| server.to_string());
        for (text, server) in [
            ("farol.example.org", "https://farol.example.org"),
            (
                " https://farol.example.org/join#top ",
                "https://farol.example.org",
            ),
            ("FAROL.example.org:8443", "https://farol.example.org:8443"),
            ("127.0.0.1:8480", "http://127.0.0.1:8480"),
            ("http://localhost:8480/", "http://localhost:8480"),
        ] {
            assert_eq!(read(text), Ok(server.to_owned()), "{text}");
        }
        assert_eq!(read("http://farol.example.org"), Err(UrlError::Insecure));
        for wrong in ["", "https://", "a b", "https://me@x", "ftp://x"] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }
}
