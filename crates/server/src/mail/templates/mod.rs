//! What the letters say. One function for each letter; the words of each language stand in a file of their own, which share the
//! fields of [`Words`], so that none can be forgotten.

mod en;
mod pt_br;

use super::letter::{Letter, Locale};
use crate::clock::Timestamp;

/// All sentences of one language. Those with something inside are functions.
struct Words {
    footer: fn(server: &str) -> String,
    test_subject: &'static str,
    test_text: fn(by: &str) -> String,
    invitation_subject: fn(by: &str, into: Option<&str>) -> String,
    invitation_text: fn(by: &str, into: Option<&str>) -> String,
    invitation_link: &'static str,
    invitation_until: fn(until: &str) -> String,
    invitation_not_you: &'static str,
    place_subject: &'static str,
    place_text: fn(name: &str) -> String,
    place_facts: [&'static str; 3],
    place_yours: &'static str,
    place_not_yours: &'static str,
    place_link: &'static str,
}

fn words(locale: Locale) -> &'static Words {
    match locale {
        Locale::En => &en::WORDS,
        Locale::PtBr => &pt_br::WORDS,
    }
}

/// Somebody tries whether e-mail works. `server` is the public address.
#[must_use]
pub fn test(locale: Locale, server: &str, by: &str) -> Letter {
    let words = words(locale);
    Letter::new("test", locale, words.test_subject)
        .text(&(words.test_text)(by))
        .small(&(words.footer)(server))
}

/// What an invitation to make an account says.
#[derive(Debug, Clone, Copy)]
pub struct Invitation<'a> {
    /// Who asks.
    pub by: &'a str,
    /// Into which organization; None for the whole server.
    pub into: Option<&'a str>,
    /// The link with its secret.
    pub url: &'a str,
    /// Until when it works.
    pub until: Timestamp,
}

/// Somebody is asked to make an account, or to come into one more organization.
#[must_use]
pub fn invitation(locale: Locale, server: &str, said: Invitation<'_>) -> Letter {
    let words = words(locale);
    let Invitation { by, into, url, until } = said;
    Letter::new("invitation", locale, &(words.invitation_subject)(by, into))
        .text(&(words.invitation_text)(by, into))
        .link(words.invitation_link, url)
        .text(&(words.invitation_until)(&minute(until)))
        .text(words.invitation_not_you)
        .small(&(words.footer)(server))
}

/// A login from a place that an account was never used from.
#[derive(Debug, Clone, Copy)]
pub struct NewPlace<'a> {
    /// The account's name.
    pub name: &'a str,
    /// From which address.
    pub address: &'a str,
    /// With which program, as far as it is known.
    pub device: &'a str,
    /// When.
    pub at: Timestamp,
    /// Where the person ends logins and changes the password; an address of ours.
    pub page: &'a str,
}

/// An account was used from a new place: what its owner should look at and do.
#[must_use]
pub fn new_place(locale: Locale, server: &str, said: NewPlace<'_>) -> Letter {
    let words = words(locale);
    let NewPlace {
        name,
        address,
        device,
        at,
        page,
    } = said;
    let [time_word, address_word, device_word] = words.place_facts;
    let at = minute(at);
    Letter::new("new_place", locale, words.place_subject)
        .text(&(words.place_text)(name))
        .facts([
            (time_word, at.as_str()),
            (address_word, address),
            (device_word, device),
        ])
        .text(words.place_yours)
        .text(words.place_not_yours)
        .link(words.place_link, page)
        .small(&(words.footer)(server))
}

/// A moment as both languages read it: `2026-03-01 12:00 UTC`.
fn minute(at: Timestamp) -> String {
    let text = at.rfc3339();
    match (text.get(..10), text.get(11..16)) {
        (Some(day), Some(time)) => format!("{day} {time} UTC"),
        _ => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const AT: Timestamp = Timestamp(1_772_366_400_250);
    const SERVER: &str = "https://farol.example.org";

    #[test]
    fn an_invitation_says_who_asks_where_to_and_until_when() {
        for (locale, role) in [(Locale::En, "Rock Light"), (Locale::PtBr, "Pedra")] {
            let said = Invitation {
                by: "Ann <Martins>",
                into: Some(role),
                url: "https://farol.example.org/invitation#token=abc",
                until: AT,
            };
            let letter = invitation(locale, SERVER, said);
            assert!(letter.subject.contains("Ann <Martins>") && letter.subject.contains(role));
            let contents = letter.contents();
            for part in ["/invitation#token=abc", "2026-03-01 12:00 UTC", role, SERVER] {
                assert!(
                    contents.text.contains(part) && contents.html.contains(part),
                    "{part}: {contents:?}"
                );
            }
            assert!(contents.html.contains("Ann &lt;Martins&gt;") && !contents.html.contains("<Martins>"));
            let everywhere = invitation(locale, SERVER, Invitation { into: None, ..said });
            assert!(!everywhere.contents().text.contains(role));
        }
    }

    #[test]
    fn a_new_place_is_named_with_what_to_do() {
        for locale in [Locale::En, Locale::PtBr] {
            let said = NewPlace {
                name: "Ann",
                address: "203.0.113.7",
                device: "Firefox <script>",
                at: AT,
                page: "https://farol.example.org/account",
            };
            let contents = new_place(locale, SERVER, said).contents();
            for part in [
                "Ann",
                "203.0.113.7",
                "2026-03-01 12:00 UTC",
                "https://farol.example.org/account",
            ] {
                assert!(
                    contents.text.contains(part) && contents.html.contains(part),
                    "{part}: {contents:?}"
                );
            }
            assert!(!contents.html.contains("<script>"));
        }
    }

    #[test]
    fn the_languages_differ() {
        let [en, pt] = [Locale::En, Locale::PtBr].map(|locale| test(locale, SERVER, "Ann"));
        assert_ne!(en.subject, pt.subject);
        assert_ne!(en.contents(), pt.contents());
    }
}
