//! What can go wrong inside the server, without a word of HTTP.
//!
//! Rules and stores return [`Error`]; `http::problem` turns it into an `application/problem+json` answer at the edge.
//! The text in `detail` is for the caller: a full sentence that says what is wrong and what to do. What only the
//! administrator may see travels in [`Error::Internal`] and ends in the log.
//!
//! A new code is a line in [`Code`]; a new variant of [`Error`] should be rare.

mod fields;

use std::time::Duration;

use serde::Serialize;
use utoipa::ToSchema;

use crate::sessions::SessionEnding;

pub use fields::{FieldError, FieldPlace, Mark};

/// Result of rules and stores.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Stable codes of the API. Clients test these; sentences may change, codes may not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = ProblemCode)]
pub enum Code {
    /// No valid login came with the request.
    NotSignedIn,
    /// E-mail or password is wrong.
    InvalidCredentials,
    /// The code of the second factor is wrong, or was used already.
    SecondFactorWrong,
    /// The recovery code was used before.
    RecoveryCodeUsed,
    /// No account has this passkey.
    PasskeyUnknown,
    /// The browser's answer about the passkey does not prove it.
    PasskeyInvalid,
    /// The counter of the passkey went back: there is a copy of it.
    PasskeyCloned,
    /// What was begun took too long, or was finished already.
    SignInOver,
    /// The login has to prove again who it is; see `POST /api/logins/current/proof`.
    StepUpRequired,
    /// The sign-in rules ask for a second factor, and the account has none: add one first.
    SecondFactorRequired,
    /// The sign-in rules ask for a second factor, and it is the account's only one.
    SecondFactorLast,
    /// The server is reached by an address with which passkeys do not work.
    PasskeysUnavailable,
    /// The password is right, but the account is disabled.
    AccountDisabled,
    /// The sign-in at an identity provider was not begun here, or long ago.
    SignInUnknown,
    /// The sign-in at an identity provider was finished already.
    SignInUsed,
    /// The sign-in at an identity provider took too long.
    SignInExpired,
    /// The sign-in at an identity provider was begun by another browser.
    SignInElsewhere,
    /// There is no such identity provider, or nobody can sign in with it now.
    ProviderUnknown,
    /// The identity provider did not let the person in.
    ProviderRefused,
    /// The identity provider does not answer.
    ProviderUnreachable,
    /// The identity provider and this server do not understand each other.
    ProviderNotRight,
    /// Another issuer than the one that was asked answered.
    IssuerMismatch,
    /// The identity token belongs to another sign-in.
    NonceMismatch,
    /// The identity token cannot be believed: signature, audience, issuer or time.
    IdentityTokenInvalid,
    /// The identity provider knows the person, but they have no account here.
    AccountMissing,
    /// As many accounts as allowed were made through the identity provider.
    AccountLimitReached,
    /// Addresses of this domain get no account through the identity provider.
    EmailDomainRefused,
    /// The identity provider does not say that the e-mail address is verified.
    EmailNotVerified,
    /// There is an account with this e-mail address that is not connected.
    EmailTaken,
    /// The person at the identity provider, or the account, is connected otherwise.
    IdentityTaken,
    /// It is the account's only way in.
    IdentityLast,
    /// The one-time link is wrong, used or expired.
    LinkInvalid,
    /// The role of the invitation ended before anybody accepted it.
    InvitationEnded,
    /// The enrollment token is wrong, used up, revoked or expired.
    EnrollmentTokenInvalid,
    /// The support code is wrong, used, revoked or expired.
    CodeUnknown,
    /// The invitation is wrong, used, revoked or expired, or its session is over.
    InvitationNotValid,
    /// No valid key of a guest came with the request.
    GuestKeyInvalid,
    /// What came as an API token is none of this server.
    ApiTokenInvalid,
    /// The API token's time is over.
    ApiTokenExpired,
    /// The API token was revoked, or its secret replaced.
    ApiTokenRevoked,
    /// The account may do this, but the API token's scopes or organizations leave it out.
    InsufficientScope,
    /// No API token does this, only a login.
    LoginRequired,
    /// A login and an API token came with one request.
    TwoCredentials,
    /// The login may not do this.
    Forbidden,
    /// The request did not come encrypted, and not from this machine either.
    EncryptionRequired,
    /// A reverse proxy that is not in `trusted_proxies` passed the request on.
    ProxyNotTrusted,
    /// A page of another site made the browser send this.
    CrossSite,
    /// There is no such thing, or the caller may not know of it.
    NotFound,
    /// The path exists, the method does not.
    MethodNotAllowed,
    /// The machine is not connected now.
    MachineOffline,
    /// The machine's agent cannot do this.
    CapabilityMissing,
    /// An access rule says that nobody may do this on the machine.
    AccessNever,
    /// The session is over; see `end`.
    SessionOver,
    /// This machine key belongs to an enrolled machine.
    AlreadyEnrolled,
    /// The enrollment token may not be used from this address.
    EnrollmentNetworkRefused,
    /// A person decided that this installation has no place here.
    EnrollmentRefused,
    /// Whoever asks for enrollment did not prove the machine key.
    KeyNotProved,
    /// This machine key was replaced, or its machine removed; make a new one.
    KeyRetired,
    /// Too many newcomers wait for a decision.
    QuarantineFull,
    /// There is an access rule for this place, role and right already.
    AccessRuleExists,
    /// The organization has as many access rules as allowed.
    AccessRulesFull,
    /// Something stands at the site still, or it is the last one.
    SiteInUse,
    /// Machines are in the organization still, or it is the last one.
    OrganizationInUse,
    /// The organization or the site is archived: nothing new goes in.
    Archived,
    /// Nobody would own the whole server.
    LastOwner,
    /// Somebody has the role, or something speaks of it.
    RoleInUse,
    /// The machine is blocked.
    MachineBlocked,
    /// There is no provisioning secret, so the routes for helpdesk desktop agents are off.
    MachineRoutesOff,
    /// The provisioning secret is wrong or missing.
    ProvisioningSecretInvalid,
    /// No machine token came with the request, or one that nobody knows.
    MachineTokenInvalid,
    /// The machine token was not used for too long; register again.
    MachineTokenExpired,
    /// The machine token was replaced or withdrawn; register again.
    MachineTokenRevoked,
    /// No valid login of a machine's end user came with the request.
    MachineLoginMissing,
    /// Both machines are connected, so they are two.
    BothOnline,
    /// The merge is too old to be taken back.
    MergeFinal,
    /// Another technician has taken this already.
    Taken,
    /// Somebody else changed the thing since it was read.
    VersionMismatch,
    /// `If-Match` is required for this change.
    VersionRequired,
    /// The server sends no e-mail: no mail server has been set up.
    MailNotSetUp,
    /// Too much e-mail waits to be sent.
    MailOutboxFull,
    /// The first request with this `Idempotency-Key` has not been answered yet.
    IdempotencyKeyInUse,
    /// The `Idempotency-Key` was sent with another request before.
    IdempotencyKeyReused,
    /// Another state of things is in the way.
    Conflict,
    /// The request cannot be read at all.
    Malformed,
    /// The body is larger than this route takes.
    TooLarge,
    /// The body has another type than this route takes.
    UnsupportedMediaType,
    /// The request can be read, but fields are wrong; see `errors`.
    ValidationFailed,
    /// Too many requests; wait as long as `Retry-After` says.
    TooManyRequests,
    /// Too many attempts; wait as long as `Retry-After` says.
    TooManyAttempts,
    /// As many sessions as allowed are open.
    TooManySessions,
    /// As many support codes as allowed are open.
    TooManySupportCodes,
    /// As many invitations to the session as allowed are open.
    TooManyInvitations,
    /// The disk under the database is full.
    StorageFull,
    /// The database did not become free in time.
    StorageBusy,
    /// The database cannot be reached or written.
    StorageUnavailable,
    /// The key of the secrets in the database is missing or another one.
    SecretsUnavailable,
    /// The server has no certificate that is valid now.
    CertificateUnavailable,
    /// The server is about to stop.
    ShuttingDown,
    /// The request took longer than the server allows.
    TimedOut,
    /// A fault of the server; its log has the rest under the request id.
    Internal,
}

impl Code {
    /// The code as it stands in JSON.
    #[must_use]
    #[allow(clippy::too_many_lines, reason = "one line for each code")]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NotSignedIn => "not_signed_in",
            Self::InvalidCredentials => "invalid_credentials",
            Self::SecondFactorWrong => "second_factor_wrong",
            Self::RecoveryCodeUsed => "recovery_code_used",
            Self::PasskeyUnknown => "passkey_unknown",
            Self::PasskeyInvalid => "passkey_invalid",
            Self::PasskeyCloned => "passkey_cloned",
            Self::SignInOver => "sign_in_over",
            Self::StepUpRequired => "step_up_required",
            Self::SecondFactorRequired => "second_factor_required",
            Self::SecondFactorLast => "second_factor_last",
            Self::PasskeysUnavailable => "passkeys_unavailable",
            Self::AccountDisabled => "account_disabled",
            Self::SignInUnknown => "sign_in_unknown",
            Self::SignInUsed => "sign_in_used",
            Self::SignInExpired => "sign_in_expired",
            Self::SignInElsewhere => "sign_in_elsewhere",
            Self::ProviderUnknown => "provider_unknown",
            Self::ProviderRefused => "provider_refused",
            Self::ProviderUnreachable => "provider_unreachable",
            Self::ProviderNotRight => "provider_not_right",
            Self::IssuerMismatch => "issuer_mismatch",
            Self::NonceMismatch => "nonce_mismatch",
            Self::IdentityTokenInvalid => "identity_token_invalid",
            Self::AccountMissing => "account_missing",
            Self::AccountLimitReached => "account_limit_reached",
            Self::EmailDomainRefused => "email_domain_refused",
            Self::EmailNotVerified => "email_not_verified",
            Self::EmailTaken => "email_taken",
            Self::IdentityTaken => "identity_taken",
            Self::IdentityLast => "identity_last",
            Self::LinkInvalid => "link_invalid",
            Self::InvitationEnded => "invitation_ended",
            Self::EnrollmentTokenInvalid => "enrollment_token_invalid",
            Self::CodeUnknown => "code_unknown",
            Self::InvitationNotValid => "invitation_not_valid",
            Self::GuestKeyInvalid => "guest_key_invalid",
            Self::ApiTokenInvalid => "api_token_invalid",
            Self::ApiTokenExpired => "api_token_expired",
            Self::ApiTokenRevoked => "api_token_revoked",
            Self::InsufficientScope => "insufficient_scope",
            Self::LoginRequired => "login_required",
            Self::TwoCredentials => "two_credentials",
            Self::Forbidden => "forbidden",
            Self::EncryptionRequired => "encryption_required",
            Self::ProxyNotTrusted => "proxy_not_trusted",
            Self::CrossSite => "cross_site",
            Self::NotFound => "not_found",
            Self::MethodNotAllowed => "method_not_allowed",
            Self::MachineOffline => "machine_offline",
            Self::CapabilityMissing => "capability_missing",
            Self::AccessNever => "access_never",
            Self::SessionOver => "session_over",
            Self::AlreadyEnrolled => "already_enrolled",
            Self::EnrollmentNetworkRefused => "enrollment_network_refused",
            Self::EnrollmentRefused => "enrollment_refused",
            Self::KeyNotProved => "key_not_proved",
            Self::KeyRetired => "key_retired",
            Self::QuarantineFull => "quarantine_full",
            Self::AccessRuleExists => "access_rule_exists",
            Self::AccessRulesFull => "access_rules_full",
            Self::SiteInUse => "site_in_use",
            Self::OrganizationInUse => "organization_in_use",
            Self::Archived => "archived",
            Self::LastOwner => "last_owner",
            Self::RoleInUse => "role_in_use",
            Self::MachineBlocked => "machine_blocked",
            Self::MachineRoutesOff => "machine_routes_off",
            Self::ProvisioningSecretInvalid => "provisioning_secret_invalid",
            Self::MachineTokenInvalid => "machine_token_invalid",
            Self::MachineTokenExpired => "machine_token_expired",
            Self::MachineTokenRevoked => "machine_token_revoked",
            Self::MachineLoginMissing => "machine_login_missing",
            Self::BothOnline => "both_online",
            Self::MergeFinal => "merge_final",
            Self::Taken => "taken",
            Self::VersionMismatch => "version_mismatch",
            Self::VersionRequired => "version_required",
            Self::MailNotSetUp => "mail_not_set_up",
            Self::MailOutboxFull => "mail_outbox_full",
            Self::IdempotencyKeyInUse => "idempotency_key_in_use",
            Self::IdempotencyKeyReused => "idempotency_key_reused",
            Self::Conflict => "conflict",
            Self::Malformed => "malformed",
            Self::TooLarge => "too_large",
            Self::UnsupportedMediaType => "unsupported_media_type",
            Self::ValidationFailed => "validation_failed",
            Self::TooManyRequests => "too_many_requests",
            Self::TooManyAttempts => "too_many_attempts",
            Self::TooManySessions => "too_many_sessions",
            Self::TooManySupportCodes => "too_many_support_codes",
            Self::TooManyInvitations => "too_many_invitations",
            Self::StorageFull => "storage_full",
            Self::StorageBusy => "storage_busy",
            Self::StorageUnavailable => "storage_unavailable",
            Self::SecretsUnavailable => "secrets_unavailable",
            Self::CertificateUnavailable => "certificate_unavailable",
            Self::ShuttingDown => "shutting_down",
            Self::TimedOut => "timed_out",
            Self::Internal => "internal",
        }
    }
}

/// Everything a rule can answer instead of its result.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Who asks is not known: no login, or the wrong proof of one.
    #[error("{detail}")]
    Unauthenticated {
        /// Why.
        code: Code,
        /// Sentence for the caller.
        detail: String,
    },
    /// Who asks is known (or need not be) and may not.
    #[error("{detail}")]
    Refused {
        /// Why.
        code: Code,
        /// Sentence for the caller.
        detail: String,
    },
    /// There is no such thing within the caller's sight.
    #[error("there is no such {0}")]
    NotFound(&'static str),
    /// The present state of things is in the way.
    #[error("{detail}")]
    Conflict {
        /// Why.
        code: Code,
        /// Sentence for the caller.
        detail: String,
    },
    /// `If-Match` names another version than the present one, or is missing (`required`).
    #[error("the object was changed in the meantime")]
    Version {
        /// Whether the header was missing rather than outdated.
        required: bool,
    },
    /// Fields of the request are wrong.
    #[error("{} field(s) are wrong", .0.len())]
    Invalid(Vec<FieldError>),
    /// The request cannot be read.
    #[error("{detail}")]
    Malformed {
        /// `Malformed`, `TooLarge` or `UnsupportedMediaType`.
        code: Code,
        /// Sentence for the caller.
        detail: String,
    },
    /// The session is over.
    #[error("{detail}")]
    SessionOver {
        /// Sentence for the caller.
        detail: String,
        /// How it ended, for the problem's `end`.
        end: Box<SessionEnding>,
    },
    /// The caller must slow down.
    #[error("{detail}")]
    TooMany {
        /// What there is too much of.
        code: Code,
        /// Sentence for the caller.
        detail: String,
        /// When another attempt may succeed; `None` where waiting alone does not help.
        retry_after: Option<Duration>,
    },
    /// The server cannot do it now, through no fault of the caller.
    #[error("{detail}")]
    Unavailable {
        /// Why.
        code: Code,
        /// Sentence for the caller.
        detail: String,
        /// What the log should know beside it.
        #[source]
        source: Option<Box<dyn std::error::Error + Send + Sync>>,
    },
    /// A fault of the server. Callers learn the request id, the log learns the rest.
    #[error("internal error: {0}")]
    Internal(Box<dyn std::error::Error + Send + Sync>),
}

impl Error {
    /// No valid login.
    #[must_use]
    pub fn not_signed_in() -> Self {
        Self::Unauthenticated {
            code: Code::NotSignedIn,
            detail: "Sign in first.".into(),
        }
    }

    /// The login may not do this.
    pub fn forbidden(detail: impl Into<String>) -> Self {
        Self::Refused {
            code: Code::Forbidden,
            detail: detail.into(),
        }
    }

    /// A conflict with its code.
    pub fn conflict(code: Code, detail: impl Into<String>) -> Self {
        Self::Conflict {
            code,
            detail: detail.into(),
        }
    }

    /// A request that cannot be read.
    pub fn malformed(detail: impl Into<String>) -> Self {
        Self::Malformed {
            code: Code::Malformed,
            detail: detail.into(),
        }
    }

    /// One wrong field.
    pub fn invalid(field: &'static str, code: &'static str, detail: impl Into<String>) -> Self {
        Self::Invalid(vec![FieldError::new(field, code, detail)])
    }

    /// A fault of the server.
    pub fn internal(source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self::Internal(source.into())
    }

    /// The stable code of this error.
    #[must_use]
    pub fn code(&self) -> Code {
        match self {
            Self::Unauthenticated { code, .. }
            | Self::Refused { code, .. }
            | Self::Conflict { code, .. }
            | Self::Malformed { code, .. }
            | Self::TooMany { code, .. }
            | Self::Unavailable { code, .. } => *code,
            Self::NotFound(_) => Code::NotFound,
            Self::SessionOver { .. } => Code::SessionOver,
            Self::Version { required: true } => Code::VersionRequired,
            Self::Version { required: false } => Code::VersionMismatch,
            Self::Invalid(_) => Code::ValidationFailed,
            Self::Internal(_) => Code::Internal,
        }
    }
}

impl From<sea_orm::DbErr> for Error {
    fn from(source: sea_orm::DbErr) -> Self {
        crate::store::dialect::classify(source)
    }
}
