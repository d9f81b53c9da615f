//! [`JobName`]: the closed set of background jobs. The names are part of the API and of metrics: add, never rename.
//!
//! A new job is one line here, one `run` where it is started, and its words in the console (`web/app/i18n/*/operations.ts`).

use serde::Serialize;
use utoipa::ToSchema;

/// The enum, the list of all its values, their names and what each job does, from one table.
macro_rules! jobs {
    ($($(#[doc = $does:literal])+ $name:ident => $text:literal,)*) => {
        /// A background job of the server.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, ToSchema)]
        #[serde(rename_all = "snake_case")]
        #[schema(as = ServerJobName)]
        pub enum JobName {
            $($(#[doc = $does])+ $name,)*
        }

        impl JobName {
            /// All of them, in the order in which they are listed.
            pub const ALL: &[Self] = &[$(Self::$name,)*];

            /// The name kept and shown.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$name => $text,)*
                }
            }

            /// What it does: a sentence.
            #[must_use]
            pub fn does(self) -> &'static str {
                match self {
                    $(Self::$name => concat!($($does,)+).trim_ascii(),)*
                }
            }
        }
    };
}

jobs! {
    /// Accepts the connections of browsers, agents and relays.
    Listener => "listener",
    /// Sends the e-mail that waits in the outbox.
    Mail => "mail",
    /// Forgets what old e-mail said, and e-mail that came to its end long ago.
    OldMail => "old_mail",
    /// Tells the receivers of webhooks what happened.
    Webhooks => "webhooks",
    /// Forgets events of webhooks that came to their end long ago.
    OldWebhooks => "old_webhooks",
    /// Takes the certificate files when they change.
    CertificateFiles => "certificate_files",
    /// Gets and renews the certificate from its authority.
    CertificateAcme => "certificate_acme",
    /// Answers the certificate authority on port 80, and sends everybody else to https.
    AcmeAnswers => "acme_answers",
    /// Renews the certificate of the server's own authority.
    CertificateOwn => "certificate_own",
    /// Takes the server's identity keys when the command line changed them.
    IdentityKeys => "identity_keys",
    /// Signs what was added to the audit, and removes what is older than it is to be kept.
    Audit => "audit",
    /// Brings to links and sessions what the command line changed, and answers it.
    CommandLine => "command_line",
    /// Ends logins that are unused for too long or too old, and cuts what those have open that lack a second factor.
    Logins => "logins",
    /// Notices roles that begin to count, stop counting or end.
    Rights => "rights",
    /// Forgets requests for access that are over for long.
    AccessRequests => "access_requests",
    /// Forgets keys of requests that nobody sends again.
    IdempotencyKeys => "idempotency_keys",
    /// Removes sign-in links that nobody can use any more.
    SignInLinks => "sign_in_links",
    /// Forgets places from which nobody signed in for long.
    SignInPlaces => "sign_in_places",
    /// Removes sign-ins at identity providers that nobody finished.
    ProviderSignIns => "provider_sign_ins",
    /// Cuts what hangs on API tokens that expired, and forgets those that ended long ago.
    ApiTokens => "api_tokens",
    /// Notices machines of helpdesk agents that fell silent, and forgets machine tokens that are over.
    HelpdeskMachines => "helpdesk_machines",
    /// Forgets the oldest changes of machines that have more than are kept, and titles of software that no machine has.
    Inventory => "inventory",
    /// Writes how busy machines are, rolls it up and forgets what is older than a year.
    MachineMetrics => "machine_metrics",
    /// Removes machines of one-time agents that have gone, and old support codes.
    Support => "support",
    /// Forgets newcomers that ask no more, and enrollment tokens that were made for copies.
    Quarantine => "quarantine",
    /// Forgets grants of sessions that have been void for long.
    RelayGrants => "relay_grants",
    /// Keeps the server's own figures small.
    Metrics => "metrics",
}

impl JobName {
    /// That with this name.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|one| one.as_str() == text)
    }

    /// Its place in [`JobName::ALL`].
    pub(super) fn index(self) -> usize {
        self as usize
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_as_they_are_written() {
        for (index, name) in JobName::ALL.iter().enumerate() {
            assert_eq!(JobName::parse(name.as_str()), Some(*name));
            assert_eq!(serde_json::to_value(name).unwrap(), name.as_str());
            assert_eq!(name.index(), index);
            assert!(
                name.does().ends_with('.') && !name.does().contains("  "),
                "{name:?}"
            );
        }
        assert_eq!(JobName::parse("x"), None);
    }

    #[test]
    fn the_console_has_words_for_each() {
        for language in ["en", "pt-br"] {
            let path = format!(
                "{}/../../web/app/i18n/{language}/operations.ts",
                env!("CARGO_MANIFEST_DIR")
            );
            let texts = std::fs::read_to_string(path).unwrap();
            for name in JobName::ALL {
                let key = format!("\n    {}: {{", name.as_str());
                assert_eq!(texts.matches(&key).count(), 1, "{key} in {language}");
            }
        }
    }
}
