//! Identifiers: one newtype per kind of thing, so that an account can never be passed where a machine is meant.
//!
//! All are UUIDv7 (they sort by time of creation), stored as 16 bytes, written as lower-case hyphenated text.
//! Wire identifiers of sessions and machines in `farol-protocol` are converted at the edge that meets them.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(
            Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, ToSchema,
            sea_orm::DeriveValueType,
        )]
        #[serde(transparent)]
        #[schema(value_type = Uuid)]
        pub struct $name(pub Uuid);

        impl $name {
            /// A fresh identifier, later than all made before by this process.
            #[must_use]
            #[allow(clippy::new_without_default)]
            pub fn new() -> Self {
                Self(Uuid::now_v7())
            }

            /// The sixteen bytes, as they travel in protocol messages.
            #[must_use]
            pub fn bytes(self) -> [u8; 16] {
                *self.0.as_bytes()
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.hyphenated().fmt(f)
            }
        }

        impl std::str::FromStr for $name {
            type Err = uuid::Error;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Uuid::parse_str(text).map(Self)
            }
        }

        // SeaORM asks this of every primary key; it is only used by engines with counted keys.
        impl sea_orm::TryFromU64 for $name {
            fn try_from_u64(_: u64) -> Result<Self, sea_orm::DbErr> {
                Err(sea_orm::DbErr::ConvertFromU64(stringify!($name)))
            }
        }
    };
}

id!(
    /// That somebody asked for more on a machine for a while.
    AccessRequestId
);
id!(
    /// A person's identity.
    AccountId
);
id!(
    /// One signed-in period of an account in the console.
    LoginId
);
id!(
    /// What a program proves itself with in an account's name.
    ApiTokenId
);
id!(
    /// A one-time link (set-up or sign-in).
    LinkId
);
id!(
    /// Whose machines: the outer border of every query.
    OrganizationId
);
id!(
    /// A role that somebody made.
    RoleId
);
id!(
    /// That an account has a role somewhere.
    AssignmentId
);
id!(
    /// What asks somebody to make an account, or to come into one more organization.
    AccountInvitationId
);
id!(
    /// A request that was sent with an `Idempotency-Key`.
    IdempotencyKeyId
);
id!(
    /// A passkey of an account.
    PasskeyId
);
id!(
    /// One of the codes for who lost their second factor.
    RecoveryCodeId
);
id!(
    /// An OpenID provider that vouches for people.
    IdentityProviderId
);
id!(
    /// Who an account is at an identity provider.
    IdentityId
);
id!(
    /// A sign-in under way at an identity provider.
    ProviderAttemptId
);
id!(
    /// An e-mail that the server sends.
    MailId
);
id!(
    /// A receiver of an organization's events.
    WebhookId
);
id!(
    /// An event on its way to a receiver.
    WebhookDeliveryId
);
id!(
    /// One attempt to deliver an event.
    WebhookAttemptId
);
id!(
    /// Where machines stand.
    SiteId
);
id!(
    /// What allows an agent to ask for enrollment.
    EnrollmentTokenId
);
id!(
    /// A rule about who has to be asked before something is done on machines.
    AccessRuleId
);
id!(
    /// A short one-time code for an attended session, and whoever waits with it.
    SupportCodeId
);
id!(
    /// A managed computer.
    MachineId
);
id!(
    /// An installation about which a person has to decide.
    QuarantineId
);
id!(
    /// What a helpdesk's desktop agent proves its machine with.
    MachineTokenId
);
id!(
    /// One signed-in period of a machine's end user in a browser.
    MachineLoginId
);
id!(
    /// One period of remote access to one machine.
    SessionId
);
id!(
    /// What lets one more person into a session.
    InvitationId
);
id!(
    /// One event of a session.
    SessionEventId
);
id!(
    /// One change of what is known of a machine.
    MachineChangeId
);
id!(
    /// What a package is called, for all machines that have it.
    SoftwareTitleId
);
id!(
    /// One audit entry.
    AuditEntryId
);
id!(
    /// One request to the server; the same text stands in the answer's header, in logs and in audit entries.
    RequestId
);
