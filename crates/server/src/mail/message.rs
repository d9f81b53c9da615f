//! A letter as the message that travels: headers, text and HTML beside each other (RFC 5322, RFC 2045).

use std::time::{Duration, UNIX_EPOCH};

use lettre::message::header::{Header, HeaderName, HeaderValue};
use lettre::message::{Mailbox, MultiPart};
use lettre::{Address, Message};

use super::failure::{Failure, FailureCode};
use super::letter::{Contents, line};
use super::settings::Way;
use crate::clock::Timestamp;
use crate::ids::MailId;

/// Longest name of who sends, in characters.
const NAME_MAX: usize = 200;

/// A mail as it is handed to the mail server.
pub(super) struct Ready {
    pub(super) from: Address,
    pub(super) to: Address,
    pub(super) bytes: Vec<u8>,
}

/// What of a mail becomes its message.
pub(super) struct Draft<'a> {
    pub(super) id: MailId,
    pub(super) to: &'a str,
    pub(super) subject: &'a str,
    pub(super) contents: Contents,
    pub(super) created_at: Timestamp,
}

/// Tells other programs that no person wrote this, so that holiday notices stay away (RFC 3834).
#[derive(Clone)]
struct AutoSubmitted;

impl Header for AutoSubmitted {
    fn name() -> HeaderName {
        HeaderName::new_from_ascii_str("Auto-Submitted")
    }

    fn parse(_: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        Ok(Self)
    }

    fn display(&self) -> HeaderValue {
        HeaderValue::new(Self::name(), "auto-generated".to_owned())
    }
}

/// Writes the message. The same mail has the same `Message-ID` and date however often it is sent.
pub(super) fn write(way: &Way, draft: Draft<'_>) -> Result<Ready, Failure> {
    let from = address(&way.from_address, FailureCode::SenderRefused)?;
    let to = address(draft.to, FailureCode::RecipientRefused)?;
    // The library takes no name that would end its line.
    let name = line(&way.from_name, NAME_MAX).trim().to_owned();
    let name = (!name.is_empty()).then_some(name);
    let id = format!("<{}@{}>", draft.id, from.domain());
    let date = UNIX_EPOCH + Duration::from_millis(u64::try_from(draft.created_at.0).unwrap_or(0));
    let message = Message::builder()
        .from(Mailbox::new(name, from.clone()))
        .to(Mailbox::new(None, to.clone()))
        .subject(draft.subject)
        .message_id(Some(id))
        .date(date)
        .header(AutoSubmitted)
        .multipart(MultiPart::alternative_plain_html(
            draft.contents.text,
            draft.contents.html,
        ))
        .map_err(|error| {
            let detail = format!("The message cannot be written: {error}.");
            Failure::new(FailureCode::MessageRefused, detail).for_good()
        })?;
    Ok(Ready {
        from,
        to,
        bytes: message.formatted(),
    })
}

fn address(text: &str, code: FailureCode) -> Result<Address, Failure> {
    text.parse()
        .map_err(|_| Failure::new(code, format!("“{text}” is no e-mail address.")).for_good())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mail::settings::Security;

    fn way(from_name: &str) -> Way {
        Way {
            host: "localhost".into(),
            port: 2525,
            security: Security::None,
            login: None,
            from_address: "farol@example.org".into(),
            from_name: from_name.into(),
            authorities: Vec::new(),
        }
    }

    #[test]
    fn names_and_subjects_end_no_header() {
        let draft = Draft {
            id: MailId::new(),
            to: "ana@example.org",
            subject: "Olá\r\nBcc: eve@example.org\r\n\r\nbody",
            contents: Contents {
                text: ".\r\nRSET é\r\n".into(),
                html: "<p>é</p>".into(),
            },
            created_at: Timestamp(1_772_366_400_250),
        };
        let ready = write(&way("Farol\r\nBcc: eve@example.org"), draft).unwrap();
        let text = String::from_utf8(ready.bytes).unwrap();
        assert!(text.is_ascii(), "a server without 8BITMIME takes it");
        let head = text.split_once("\r\n\r\n").unwrap().0;
        assert!(
            head.lines()
                .all(|line| !line.to_ascii_lowercase().starts_with("bcc")),
            "{head}"
        );
        for part in [
            "To: ana@example.org",
            "Auto-Submitted: auto-generated",
            "@example.org>",
            "Date: Sun, 01 Mar 2026",
        ] {
            assert!(head.contains(part), "{part}: {head}");
        }
    }

    #[test]
    fn what_is_no_address_gets_no_mail() {
        let draft = Draft {
            id: MailId::new(),
            to: "ana@example.org>\r\nDATA",
            subject: "x",
            contents: Contents {
                text: String::new(),
                html: String::new(),
            },
            created_at: Timestamp(0),
        };
        let refused = write(&way(""), draft).err().unwrap();
        assert_eq!(
            (refused.code, refused.is_final),
            (FailureCode::RecipientRefused, true)
        );
    }
}
