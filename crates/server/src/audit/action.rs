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
    /// An enrollment token was revoked.
    EnrollmentTokenRevoked,
    /// A machine was enrolled.
    MachineEnrolled,
    /// An enrollment token was changed.
    EnrollmentTokenChanged,
    /// An installation has to wait for a person's decision.
    MachineQuarantined,
    /// A newcomer was let in as a new machine.
    QuarantineApproved,
    /// A newcomer was sent away.
    QuarantineRefused,
    /// Another installation got the record of a known machine.
    MachineRebound,
    /// A copy of a machine's installation became a machine of its own.
    MachineSplit,
    /// A machine's evidence changed: a board, a disk, a system.
    MachineEvidenceChanged,
    /// A machine's state was restored from an older copy.
    MachineRolledBack,
    /// A record was merged into a machine.
    MachineMerged,
    /// A merge was taken back.
    MachineMergeUndone,
    /// A machine was blocked.
    MachineBlocked,
    /// A machine was let in again.
    MachineUnblocked,
    /// A machine's agent was asked for a new key.
    MachineKeyRotationAsked,
    /// A machine's key was changed.
    MachineKeyRotated,
    /// Two machines that look alike are two.
    MachineDuplicateDismissed,
    /// The server made itself a new identity key.
    ServerIdentityRotated,
    /// The server gave up its older identity keys.
    ServerIdentityRetired,
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
    /// The key of the secrets in the database was changed.
    SecretsRotated,
    /// The own certificate authority was made.
    AuthorityCreated,
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
            Self::EnrollmentTokenRevoked => "enrollment_token.revoked",
            Self::MachineEnrolled => "machine.enrolled",
            Self::EnrollmentTokenChanged => "enrollment_token.changed",
            Self::MachineQuarantined => "machine.quarantined",
            Self::QuarantineApproved => "quarantine.approved",
            Self::QuarantineRefused => "quarantine.refused",
            Self::MachineRebound => "machine.rebound",
            Self::MachineSplit => "machine.split",
            Self::MachineEvidenceChanged => "machine.evidence_changed",
            Self::MachineRolledBack => "machine.rolled_back",
            Self::MachineMerged => "machine.merged",
            Self::MachineMergeUndone => "machine.merge_undone",
            Self::MachineBlocked => "machine.blocked",
            Self::MachineUnblocked => "machine.unblocked",
            Self::MachineKeyRotationAsked => "machine.key_rotation_asked",
            Self::MachineKeyRotated => "machine.key_rotated",
            Self::MachineDuplicateDismissed => "machine_duplicate.dismissed",
            Self::ServerIdentityRotated => "server_identity.rotated",
            Self::ServerIdentityRetired => "server_identity.retired",
            Self::MachineRenamed => "machine.renamed",
            Self::MachineRemoved => "machine.removed",
            Self::SessionRequested => "session.requested",
            Self::SessionConnected => "session.connected",
            Self::SessionEnded => "session.ended",
            Self::SecretsRotated => "secrets.rotated",
            Self::AuthorityCreated => "authority.created",
        }
    }
}
