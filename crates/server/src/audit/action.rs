//! [`Action`]: the closed set of things that are proved. The text is part of the API; add, never rename.

/// What was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Action {
    /// The first account and its organization were made.
    ServerSetUp,
    /// An account signed in.
    LoginStarted,
    /// A login ended: signed out, or expired.
    LoginEnded,
    /// Somebody tried to sign in with a wrong password.
    LoginRefused,
    /// A one-time sign-in link was made on the server's command line.
    SignInLinkCreated,
    /// An account changed its own name or language.
    AccountChanged,
    /// An enrollment token was made.
    EnrollmentTokenCreated,
    /// What an enrollment token allows was changed.
    EnrollmentTokenChanged,
    /// An enrollment token was revoked.
    EnrollmentTokenRevoked,
    /// A machine was enrolled.
    MachineEnrolled,
    /// A machine was renamed.
    MachineRenamed,
    /// A machine was removed.
    MachineRemoved,
    /// A session was asked for.
    SessionRequested,
    /// A session's pipe came up.
    SessionConnected,
    /// A session ended.
    SessionEnded,
}

impl Action {
    /// The text kept and shown.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ServerSetUp => "server.set_up",
            Self::LoginStarted => "login.started",
            Self::LoginEnded => "login.ended",
            Self::LoginRefused => "login.refused",
            Self::SignInLinkCreated => "sign_in_link.created",
            Self::AccountChanged => "account.changed",
            Self::EnrollmentTokenCreated => "enrollment_token.created",
            Self::EnrollmentTokenChanged => "enrollment_token.changed",
            Self::EnrollmentTokenRevoked => "enrollment_token.revoked",
            Self::MachineEnrolled => "machine.enrolled",
            Self::MachineRenamed => "machine.renamed",
            Self::MachineRemoved => "machine.removed",
            Self::SessionRequested => "session.requested",
            Self::SessionConnected => "session.connected",
            Self::SessionEnded => "session.ended",
        }
    }
}
