//! [`Letter`]: what a mail says, as paragraphs, and both ways in which it is written down: text and HTML.
//!
//! Templates know no HTML. Whatever comes from people is one piece of text here and is escaped when it is written, so nothing that
//! somebody calls themselves becomes markup.

use std::fmt::{self, Write};

use serde::{Deserialize, Serialize};

/// Longest subject, in characters; it holds names of people and organizations.
const SUBJECT_MAX: usize = 150;
/// Longest piece of text inside, in characters: no name is longer, and a browser's name is cut.
const PIECE_MAX: usize = 1_000;

/// In which language.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Locale {
    /// English.
    En,
    /// Brazilian Portuguese.
    PtBr,
}

impl Locale {
    /// The one that an account's `locale` names; English when it names none of ours.
    #[must_use]
    pub fn of(locale: &str) -> Self {
        if locale == "pt-BR" { Self::PtBr } else { Self::En }
    }

    /// As in accounts.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::PtBr => "pt-BR",
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Block {
    Text(String),
    Link { label: String, url: String },
    Facts(Vec<(&'static str, String)>),
    Small(String),
}

/// What a mail says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Letter {
    pub(super) template: &'static str,
    pub(super) locale: Locale,
    pub(super) subject: String,
    blocks: Vec<Block>,
}

/// A letter as it is kept sealed and sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Contents {
    pub(super) text: String,
    pub(super) html: String,
}

impl Letter {
    /// One without paragraphs. `template` is a name that is shown in the outbox.
    pub(super) fn new(template: &'static str, locale: Locale, subject: &str) -> Self {
        Self {
            template,
            locale,
            subject: line(subject, SUBJECT_MAX),
            blocks: Vec::new(),
        }
    }

    pub(super) fn text(self, text: &str) -> Self {
        self.with(Block::Text(line(text, PIECE_MAX)))
    }

    /// A link with what it is for. `url` is one of ours.
    pub(super) fn link(self, label: &str, url: &str) -> Self {
        self.with(Block::Link {
            label: line(label, PIECE_MAX),
            url: line(url, PIECE_MAX),
        })
    }

    pub(super) fn facts<const N: usize>(self, facts: [(&'static str, &str); N]) -> Self {
        let facts = facts.map(|(name, value)| (name, line(value, PIECE_MAX)));
        self.with(Block::Facts(facts.into()))
    }

    pub(super) fn small(self, text: &str) -> Self {
        self.with(Block::Small(line(text, PIECE_MAX)))
    }

    fn with(mut self, block: Block) -> Self {
        self.blocks.push(block);
        self
    }

    pub(super) fn contents(&self) -> Contents {
        Contents {
            text: self.as_text(),
            html: Html(self).to_string(),
        }
    }

    fn as_text(&self) -> String {
        let paragraphs: Vec<String> = self
            .blocks
            .iter()
            .map(|block| match block {
                Block::Text(text) => text.clone(),
                Block::Link { label, url } => format!("{label}:\n{url}"),
                Block::Facts(facts) => facts
                    .iter()
                    .map(|(name, value)| format!("{name}: {value}"))
                    .collect::<Vec<_>>()
                    .join("\n"),
                Block::Small(text) => format!("--\n{text}"),
            })
            .collect();
        format!("{}\n", paragraphs.join("\n\n"))
    }
}

/// A letter as HTML.
struct Html<'a>(&'a Letter);

impl fmt::Display for Html<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Letter {
            locale,
            subject,
            blocks,
            ..
        } = self.0;
        writeln!(
            f,
            "<!doctype html>\n<html lang=\"{}\"><head><meta charset=\"utf-8\"><title>{}</title></head>\n\
             <body style=\"font-family:sans-serif;line-height:1.5;max-width:36em\">",
            locale.as_str(),
            Escaped(subject)
        )?;
        for block in blocks {
            match block {
                Block::Text(text) => writeln!(f, "<p>{}</p>", Escaped(text))?,
                Block::Link { label, url } => {
                    let (label, url) = (Escaped(label), Escaped(url));
                    writeln!(f, "<p><a href=\"{url}\">{label}</a></p>")?;
                    writeln!(f, "<p style=\"font-size:smaller\">{url}</p>")?;
                }
                Block::Facts(facts) => {
                    writeln!(f, "<table>")?;
                    for (name, value) in facts {
                        let (name, value) = (Escaped(name), Escaped(value));
                        writeln!(f, "<tr><th align=\"left\">{name}</th><td>{value}</td></tr>")?;
                    }
                    writeln!(f, "</table>")?;
                }
                Block::Small(text) => {
                    writeln!(f, "<hr>\n<p style=\"font-size:smaller\">{}</p>", Escaped(text))?
                }
            }
        }
        writeln!(f, "</body></html>")
    }
}

/// Text inside HTML, in elements and in quoted attributes.
struct Escaped<'a>(&'a str);

impl fmt::Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for letter in self.0.chars() {
            match letter {
                '&' => f.write_str("&amp;")?,
                '<' => f.write_str("&lt;")?,
                '>' => f.write_str("&gt;")?,
                '"' => f.write_str("&quot;")?,
                '\'' => f.write_str("&#39;")?,
                other => f.write_char(other)?,
            }
        }
        Ok(())
    }
}

/// One line: what would end a header or hide text becomes a space.
pub(super) fn line(text: &str, longest: usize) -> String {
    let hides = |letter: char| {
        letter.is_control()
            || matches!(letter, '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    text.chars()
        .map(|letter| if hides(letter) { ' ' } else { letter })
        .take(longest)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_call_themselves_is_no_markup_and_no_header() {
        let evil = "<b onclick='x'>\"Ann\" & co</b>\r\nBcc: eve@example.org";
        let letter = Letter::new("test", Locale::En, evil)
            .text(evil)
            .link(evil, "https://farol.example/x#token=1&2")
            .facts([("Name", evil)])
            .small(evil);
        assert!(!letter.subject.contains(['\r', '\n']));
        let Contents { text, html } = letter.contents();
        assert!(!html.contains("<b ") && !html.contains("'x'"), "{html}");
        assert_eq!(html.matches("&lt;b onclick=&#39;x&#39;&gt;").count(), 5, "{html}");
        assert!(
            html.contains("href=\"https://farol.example/x#token=1&amp;2\""),
            "{html}"
        );
        assert!(text.contains("https://farol.example/x#token=1&2\n"), "{text}");
        assert!(text.lines().all(|line| !line.starts_with("Bcc:")), "{text}");
    }

    #[test]
    fn long_names_are_cut() {
        let letter = Letter::new("test", Locale::PtBr, &"é".repeat(1_000));
        assert_eq!(letter.subject.chars().count(), SUBJECT_MAX);
    }
}
