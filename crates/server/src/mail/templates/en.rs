//! The letters in English.

use super::Words;

pub(super) const WORDS: Words = Words {
    footer: |server| format!("Sent by Farol at {server}. Nobody reads answers to this address."),
    test_subject: "Farol can send e-mail",
    test_text: |by| format!("{by} asked Farol for this test. It arrived, so the settings are right."),
    invitation_subject: |by, into| match into {
        Some(organization) => format!("{by} invites you to {organization} on Farol"),
        None => format!("{by} invites you to Farol"),
    },
    invitation_text: |by, into| match into {
        Some(organization) => {
            format!(
                "{by} invites you to {organization} on Farol, where a team sees and supports its machines."
            )
        }
        None => format!("{by} invites you to Farol, where a team sees and supports its machines."),
    },
    invitation_link: "Accept the invitation",
    invitation_until: |until| {
        format!(
            "The link works once, until {until}. Whoever has it can accept in your name, so do not pass it on."
        )
    },
    invitation_not_you: "If you do not know what this is about, do nothing: without you it ends by itself.",
    place_subject: "New sign-in to your Farol account",
    place_text: |name| {
        format!(
            "Hello {name}, somebody signed in to your Farol account from a place it was not used from before."
        )
    },
    place_facts: ["Time", "Address", "Device"],
    place_yours: "If this was you, there is nothing to do.",
    place_not_yours: "If it was not you, end that login and change your password now, and tell an administrator.",
    place_link: "Look at your logins",
};
