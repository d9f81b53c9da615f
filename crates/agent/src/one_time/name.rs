//! What the name of the program's file says of the help it was downloaded for: code and server.
//!
//! ```text
//! farol-help-CODE@HOST[_PORT][.exe]     as in  farol-help-K7QF2M9X4@farol.example.org_8443.exe
//! ```
//! Browsers and people rename what they download, and put what they add before what they take for the extension
//! (`…@farol.example (1).org`). What is lost is asked for. Pure.

use farol_protocol::support_code::{SYMBOLS, SupportCode};
use farol_transport::ServerUrl;

use crate::enroll::program_name::authority;

/// How every such name begins.
const BEGIN: &str = "farol-help";

/// What a name says.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct HelpName {
    /// The code, unless it was lost or damaged.
    pub code: Option<SupportCode>,
    /// The server, unless it was lost: https, but for this machine itself.
    pub server: Option<ServerUrl>,
}

impl HelpName {
    /// Reads a file's name; `None` when it is not that of a one-time agent.
    #[must_use]
    pub fn find(name: &str) -> Option<Self> {
        let name = decoded(name);
        let begin = name.to_ascii_lowercase().find(BEGIN)?;
        let rest = name.get(begin + BEGIN.len()..)?;
        let (before, place) = rest.split_once('@').unwrap_or((rest, ""));
        Some(Self {
            code: code(before),
            server: server(place),
        })
    }
}

/// What some programs write instead of characters that addresses give a meaning.
fn decoded(name: &str) -> String {
    [("%40", "@"), ("%20", " "), ("%28", "("), ("%29", ")")]
        .iter()
        .fold(name.to_owned(), |name, (coded, plain)| name.replace(coded, plain))
}

/// The first nine letters and digits, as long as nothing but lines and blanks is between them.
fn code(text: &str) -> Option<SupportCode> {
    let belongs = |c: &char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | ' ');
    let symbols = text
        .chars()
        .take_while(belongs)
        .filter(char::is_ascii_alphanumeric);
    SupportCode::parse(&symbols.take(SYMBOLS).collect::<String>()).ok()
}

fn server(text: &str) -> Option<ServerUrl> {
    let mut place = without_additions(text);
    while let Some(shorter) = without_extension(&place) {
        place = shorter;
    }
    reached(&authority(&place)?)
}

/// An address without a scheme: https, but for this machine itself, where nobody is in between.
pub(super) fn reached(authority: &str) -> Option<ServerUrl> {
    let parse = |scheme: &str| ServerUrl::parse(&format!("{scheme}://{authority}"), false).ok();
    parse("http").or_else(|| parse("https"))
}

/// Without what begins with a blank or a parenthesis, up to the next dot: ` (1)`, `(2)`, ` - Copy`.
fn without_additions(text: &str) -> String {
    let mut added = false;
    let keep = |c: &char| {
        added = *c != '.' && (added || c.is_whitespace() || *c == '(');
        !added
    };
    text.chars().filter(keep).collect()
}

fn without_extension(place: &str) -> Option<String> {
    let (name, extension) = place.rsplit_once('.')?;
    extension.eq_ignore_ascii_case("exe").then(|| name.to_owned())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const RANDOM: [u8; 5] = [0x99, 0xee, 0xf1, 0x51, 0x3d];

    fn found(name: &str) -> (bool, Option<String>) {
        let found = HelpName::find(name).unwrap();
        if let Some(code) = found.code {
            assert_eq!(code, SupportCode::new(RANDOM), "{name}");
        }
        (
            found.code.is_some(),
            found.server.map(|server| server.to_string()),
        )
    }

    #[test]
    fn names_as_browsers_and_people_leave_them() {
        for name in [
            "farol-help-K7QF2M9X4@farol.example.org",
            "farol-help-K7QF2M9X4@farol.example.org.exe",
            "farol-help-K7QF2M9X4@farol.example.org (1).exe",
            "farol-help-K7QF2M9X4@farol.example.org(2).exe",
            "farol-help-K7QF2M9X4@farol.example.org.exe.EXE",
            "farol-help-K7QF2M9X4@farol.example.org - Copy (3).exe",
            "Farol-Help-k7qf2m9x4@Farol.Example.ORG.EXE",
            "farol-help-K7Q-F2M-9X4@farol.example.org",
            "farol-help-K7Q_F2M 9X4@farol.example.org",
            "farol-help-K7QF2M9X4%40farol.example.org%20%281%29.exe",
            // No extension that a browser would know: it takes the last part of the host for it.
            "farol-help-K7QF2M9X4@farol.example (1).org",
            "farol-help-K7QF2M9X4@farol.example(1).org",
            "farol-help-K7QF2M9X4@farol.example (copy).org",
            "Copy of farol-help-K7QF2M9X4@farol.example.org",
            "farol-help-K7QF2M9X4@farol.example.org (deleted)",
        ] {
            let server = Some("https://farol.example.org".to_owned());
            assert_eq!(found(name), (true, server), "{name}");
        }
    }

    #[test]
    fn the_server_may_have_a_port_and_be_this_machine() {
        for (place, server) in [
            (
                "@farol.example.org_8443.exe",
                Some("https://farol.example.org:8443"),
            ),
            (
                "@farol.example (1).org_8443",
                Some("https://farol.example.org:8443"),
            ),
            (
                "@farol.example.org_8443 (1)",
                Some("https://farol.example.org:8443"),
            ),
            ("@10.0.0.7", Some("https://10.0.0.7")),
            ("@127.0.0.1_8480", Some("http://127.0.0.1:8480")),
            ("@127.0.0 (1).1_8480", Some("http://127.0.0.1:8480")),
            ("@localhost_80.exe", Some("http://localhost")),
            ("@help-desk", Some("https://help-desk")),
            ("", None),
            (".exe", None),
            (" (1).exe", None),
            ("-1.exe", None),
            ("@.exe", None),
            ("@host_0", None),
            ("@host_x", None),
            ("@user:pass", None),
            ("@a/b", None),
            ("@.host", None),
        ] {
            let name = format!("farol-help-K7QF2M9X4{place}");
            assert_eq!(found(&name), (true, server.map(str::to_owned)), "{name}");
        }
    }

    #[test]
    fn what_is_lost_is_lost_and_others_are_none() {
        let server = Some("https://farol.example.org".to_owned());
        for code in [
            "",
            "-",
            "-K7QF2M9X",
            "-K7QF2M9X5",
            "-K7Q.F2M9X4",
            "-K7QF2M9U4",
            " (1)",
        ] {
            let name = format!("farol-help{code}@farol.example.org");
            assert_eq!(found(&name), (false, server.clone()), "{name}");
        }
        assert_eq!(HelpName::find("farol-help.exe"), Some(HelpName::default()));
        for name in [
            "farol-agent",
            "farol-agent@farol.example.org-farol_enr_x.exe",
            "",
            "help-K7QF2M9X4",
        ] {
            assert_eq!(HelpName::find(name), None, "{name}");
        }
    }

    proptest! {
        #[test]
        fn every_code_and_host_is_found_again(random: [u8; 5], host in "[a-z][a-z0-9]{0,9}(\\.[a-z][a-z0-9]{0,5}){0,2}\\.[a-d]{2,3}", number in 1u8..30) {
            let code = SupportCode::new(random);
            for name in [
                format!("farol-help-{}@{host}", code.plain()),
                format!("farol-help-{}@{host} ({number}).exe", code.plain()),
            ] {
                let found = HelpName::find(&name).unwrap();
                prop_assert_eq!(found.code, Some(code));
                prop_assert_eq!(found.server.unwrap().to_string(), format!("https://{host}"));
            }
        }

        #[test]
        fn any_name_is_survived(name in "(.{0,20}farol-help)?.{0,60}(@.{0,60})?") {
            let _survived = HelpName::find(&name);
        }
    }
}
