//! What the settings of a webhook may be: every wrong field is named at once.

use axum::http::Uri;
use rustls::pki_types::ServerName;

use super::event::{ALL, types};
use super::expression::Expression;
use crate::config::Webhooks as Settings;
use crate::error::FieldError;
use crate::outbound::Guard;

const NAME_MAX: usize = 80;
/// Longer than any address of a receiver that we know.
const URL_MAX: usize = 2_000;

/// Settings as they are kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Checked {
    pub(super) name: String,
    pub(super) url: String,
    pub(super) event_types: String,
    pub(super) expression: Option<String>,
}

/// Settings as they were asked for.
pub(super) struct Asked<'a> {
    pub(super) name: &'a str,
    pub(super) url: &'a str,
    pub(super) event_types: &'a [String],
    pub(super) expression: Option<&'a str>,
}

/// # Errors
/// Every field that is wrong.
pub(super) fn checked(asked: &Asked<'_>, settings: &Settings) -> Result<Checked, Vec<FieldError>> {
    let mut wrong = Vec::new();
    let name = name(asked.name).unwrap_or_else(|error| {
        wrong.push(error);
        String::new()
    });
    let url = asked.url.trim();
    if let Some((code, detail)) = objection(url, settings) {
        wrong.push(FieldError::new("url", code, detail));
    }
    let event_types = event_types(asked.event_types).unwrap_or_else(|error| {
        wrong.push(error);
        String::new()
    });
    let expression = asked.expression.map(str::trim).filter(|text| !text.is_empty());
    if let Some((code, detail)) = expression.and_then(objection_to_expression) {
        wrong.push(FieldError::new("expression", code, detail));
    }
    if !wrong.is_empty() {
        return Err(wrong);
    }
    Ok(Checked {
        name,
        url: url.to_owned(),
        event_types,
        expression: expression.map(str::to_owned),
    })
}

fn name(name: &str) -> Result<String, FieldError> {
    let name = name.trim();
    let (code, detail) = if name.is_empty() {
        ("required", "Say what the webhook is for.".to_owned())
    } else if name.chars().count() > NAME_MAX {
        ("too_long", format!("At most {NAME_MAX} characters, please."))
    } else if name.chars().any(farol_protocol::text::is_deceptive) {
        let detail = "This is one line of text, without characters that cannot be seen.";
        ("malformed", detail.to_owned())
    } else {
        return Ok(name.to_owned());
    };
    Err(FieldError::new("name", code, detail))
}

fn objection_to_expression(text: &str) -> Option<(&'static str, String)> {
    if text.chars().any(farol_protocol::text::is_deceptive) {
        let detail = "This is one line of text, without characters that cannot be seen.";
        return Some(("malformed", detail.to_owned()));
    }
    let error = text.parse::<Expression>().err()?;
    Some(("not_understood", error.to_string()))
}

/// In the order of the list, each once.
fn event_types(asked: &[String]) -> Result<String, FieldError> {
    let wrong = |code, detail: String| Err(FieldError::new("event_types", code, detail));
    if asked.is_empty() {
        return wrong("required", "Choose at least one event.".into());
    }
    let known = types();
    let stranger = asked
        .iter()
        .find(|one| *one != ALL && !known.contains(&one.as_str()));
    if let Some(stranger) = stranger {
        let name: String = stranger.chars().take(60).collect();
        return wrong("unknown", format!("There is no event “{name}”."));
    }
    if asked.iter().any(|one| one == ALL) {
        return Ok(ALL.to_owned());
    }
    let wanted = known
        .into_iter()
        .filter(|one| asked.iter().any(|asked| asked == one));
    Ok(wanted.collect::<Vec<_>>().join(" "))
}

/// What speaks against an address. Where a name leads is looked at each time it is used.
fn objection(url: &str, settings: &Settings) -> Option<(&'static str, String)> {
    let guard = Guard::new(&settings.networks);
    let invalid = |detail: &str| Some(("invalid", detail.to_owned()));
    if url.is_empty() {
        return Some(("required", "Enter the address of the receiver.".into()));
    }
    if url.len() > URL_MAX {
        return Some(("too_long", format!("At most {URL_MAX} characters, please.")));
    }
    let Ok(uri) = url.parse::<Uri>() else {
        return invalid("This is not an address such as https://hooks.example.org/farol.");
    };
    let Some(host) = uri.host().filter(|host| !host.is_empty()) else {
        return invalid("There is no host in this address; write it like https://hooks.example.org/farol.");
    };
    if uri
        .authority()
        .is_some_and(|authority| authority.as_str().contains('@'))
    {
        return invalid("Leave user and password out; the signature proves who sends.");
    }
    if url.contains('#') {
        return invalid("Leave out what comes after #; it is never sent.");
    }
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    let number = bare.parse().ok();
    let here = bare.eq_ignore_ascii_case("localhost")
        || number.is_some_and(|one: std::net::IpAddr| one.is_loopback());
    match uri.scheme_str() {
        Some("https") if ServerName::try_from(bare).is_err() => {
            return invalid("There is no server of this name.");
        }
        Some("https") => {}
        Some("http") if here && guard.allows_loopback() => {}
        _ => return invalid("The address of a receiver starts with https://."),
    }
    let what = guard.objection(number?)?;
    let detail = format!(
        "{bare} is {what}. Webhooks reach public addresses, and networks that the server's settings name (webhooks.networks)."
    );
    Some(("not_allowed", detail))
}

/// An address as audit entries have it: what comes after the host may be a secret.
pub(super) fn without_path(url: &str) -> String {
    let Ok(uri) = url.parse::<Uri>() else {
        return "…".into();
    };
    let scheme = uri.scheme_str().unwrap_or_default();
    let authority = uri.authority().map_or("", |authority| authority.as_str());
    let rest = if uri.path_and_query().is_none_or(|path| path.as_str() == "/") {
        ""
    } else {
        "/…"
    };
    format!("{scheme}://{authority}{rest}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wrong(url: &str, networks: &[&str]) -> Option<&'static str> {
        let settings = Settings {
            networks: networks.iter().map(|text| text.parse().unwrap()).collect(),
            ca_file: None,
        };
        objection(url, &settings).map(|(code, _)| code)
    }

    #[test]
    fn receivers_are_public_and_spoken_to_by_https() {
        for url in [
            "https://hooks.example.org/x?y=z",
            "https://8.8.8.8:8443",
            "https://inside/hook",
        ] {
            assert_eq!(wrong(url, &[]), None, "{url}");
        }
        for (url, code) in [
            ("", "required"),
            ("hooks.example.org", "invalid"),
            ("/hook", "invalid"),
            ("http://hooks.example.org", "invalid"),
            ("http://127.0.0.1/", "invalid"),
            ("ftp://hooks.example.org", "invalid"),
            ("https://ann:secret@hooks.example.org", "invalid"),
            ("https://hooks.example.org/#a", "invalid"),
            ("https://", "invalid"),
            ("https://a b", "invalid"),
            ("https://-x-/", "invalid"),
            ("https://10.0.0.1/", "not_allowed"),
            ("https://[::1]/", "not_allowed"),
            ("https://[::ffff:8.8.8.8]/", "not_allowed"),
            ("https://169.254.169.254/latest", "not_allowed"),
        ] {
            assert_eq!(wrong(url, &[]), Some(code), "{url}");
        }
        let long = format!("https://hooks.example.org/{}", "x".repeat(URL_MAX));
        assert_eq!(wrong(&long, &[]), Some("too_long"));
    }

    #[test]
    fn what_the_settings_name_is_allowed() {
        assert_eq!(wrong("https://10.0.0.1/", &["10.0.0.0/8"]), None);
        assert_eq!(wrong("http://10.0.0.1/", &["10.0.0.0/8"]), Some("invalid"));
        for url in [
            "http://127.0.0.1:9/",
            "http://localhost:9/",
            "https://localhost:9/",
        ] {
            assert_eq!(wrong(url, &["127.0.0.0/8"]), None, "{url}");
        }
        assert_eq!(wrong("http://localhost:9/", &[]), Some("invalid"));
    }

    #[test]
    fn every_wrong_field_is_named() {
        let asked = Asked {
            name: " ",
            url: "x",
            event_types: &[],
            expression: Some("nonsense"),
        };
        let wrong = checked(&asked, &Settings::default()).unwrap_err();
        let named: Vec<_> = wrong.iter().map(|one| (one.field, one.code)).collect();
        assert_eq!(
            named,
            [
                ("name", "required"),
                ("url", "invalid"),
                ("event_types", "required"),
                ("expression", "not_understood"),
            ]
        );
    }

    #[test]
    fn events_are_kept_in_one_order_and_all_is_all() {
        let of = |types: &[&str]| event_types(&types.iter().map(ToString::to_string).collect::<Vec<_>>());
        let kept = "machine.renamed session.ended machine.online";
        assert_eq!(
            of(&[
                "machine.online",
                "session.ended",
                "machine.renamed",
                "session.ended"
            ])
            .unwrap(),
            kept
        );
        assert_eq!(of(&["session.ended", "*"]).unwrap(), "*");
        assert_eq!(of(&["session.exploded"]).unwrap_err().code, "unknown");
        assert_eq!(of(&["webhook.test"]).unwrap_err().code, "unknown");
    }

    #[test]
    fn audit_entries_have_no_paths() {
        assert_eq!(
            without_path("https://hooks.example.org:8443/T0/secret?a=b"),
            "https://hooks.example.org:8443/…"
        );
        assert_eq!(
            without_path("https://hooks.example.org"),
            "https://hooks.example.org"
        );
        assert_eq!(
            without_path("https://hooks.example.org/?key=1"),
            "https://hooks.example.org/…"
        );
    }
}
