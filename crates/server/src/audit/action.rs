//! [`Action`]: the closed set of things that are proved. The text is part of the API; add, never rename.
//!
//! A new action is one line here and one sentence per language in the console (`web/app/i18n/*/audit.ts`).

/// The enum, the list of all its values and their texts, from one table.
macro_rules! actions {
    ($($(#[$doc:meta])* $name:ident => $text:literal,)*) => {
        /// What was done.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Action {
            $($(#[$doc])* $name,)*
        }

        impl Action {
            /// All of them, in the order of their subjects.
            pub const ALL: &[Self] = &[$(Self::$name,)*];

            /// The text kept and shown.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$name => $text,)*
                }
            }
        }
    };
}

actions! {
    /// The first account and its organization were made.
    ServerSetUp => "server.set_up",
    /// An account signed in.
    LoginStarted => "login.started",
    /// A login ended: signed out, or expired.
    LoginEnded => "login.ended",
    /// Somebody tried to sign in with a wrong password.
    LoginRefused => "login.refused",
    /// A one-time sign-in link was made on the server's command line.
    SignInLinkCreated => "sign_in_link.created",
    /// An account changed its own name or language.
    AccountChanged => "account.changed",
    /// An account was given another password.
    AccountPasswordChanged => "account.password_changed",
    /// Whoever has the server's command line let somebody back into their account.
    AccountRecovered => "account.recovered",
    /// An account was given a second factor.
    SecondFactorAdded => "second_factor.added",
    /// A second factor was taken from an account.
    SecondFactorRemoved => "second_factor.removed",
    /// New recovery codes were made; the older ones count for nothing.
    RecoveryCodesMade => "recovery_codes.made",
    /// A recovery code was used.
    RecoveryCodeUsed => "recovery_code.used",
    /// What the server asks of everybody who signs in was changed.
    SignInRulesChanged => "sign_in_rules.changed",
    /// Somebody was asked to make an account, or to come into one more organization.
    AccountInvited => "account.invited",
    /// An invitation to make an account was taken back.
    AccountInvitationRevoked => "account_invitation.revoked",
    /// An invitation to make an account was sent again by e-mail, with a new link.
    AccountInvitationSentAgain => "account_invitation.sent_again",
    /// Somebody came with an invitation.
    AccountJoined => "account.joined",
    /// An account may not sign in any more.
    AccountDisabled => "account.disabled",
    /// A disabled account may sign in again.
    AccountEnabled => "account.enabled",
    /// An account was deleted.
    AccountDeleted => "account.deleted",
    /// An account was made for somebody for whom an identity provider vouches.
    AccountProvisioned => "account.provisioned",
    /// An account was connected with a person at an identity provider.
    IdentityLinked => "identity.linked",
    /// An account was disconnected from a person at an identity provider.
    IdentityUnlinked => "identity.unlinked",
    /// An identity provider was made.
    IdentityProviderCreated => "identity_provider.created",
    /// An identity provider was changed.
    IdentityProviderChanged => "identity_provider.changed",
    /// An identity provider was deleted.
    IdentityProviderDeleted => "identity_provider.deleted",
    /// An account was given a role.
    RoleGiven => "role.given",
    /// A role was taken away from an account.
    RoleTaken => "role.taken",
    /// The time of a role that an account was given is over.
    RoleEnded => "role.ended",
    /// Somebody asked for more on a machine for a while.
    AccessRequested => "access_request.created",
    /// What somebody asked for on a machine was approved.
    AccessApproved => "access_request.approved",
    /// What somebody asked for on a machine was refused.
    AccessRefused => "access_request.refused",
    /// A request for more on a machine was withdrawn, or what was approved was ended before its time.
    AccessWithdrawn => "access_request.withdrawn",
    /// The time of what was approved on a machine is over.
    AccessEnded => "access_request.ended",
    /// A role was made.
    RoleCreated => "role.created",
    /// A role was changed.
    RoleChanged => "role.changed",
    /// A role was deleted.
    RoleDeleted => "role.deleted",
    /// A team was made.
    TeamCreated => "team.created",
    /// A team's name or note was changed.
    TeamChanged => "team.changed",
    /// A team was deleted, and its people lost what it had.
    TeamDeleted => "team.deleted",
    /// Somebody was put into a team, and has what it has.
    TeamMemberAdded => "team.member_added",
    /// Somebody was taken out of a team.
    TeamMemberRemoved => "team.member_removed",
    /// An account for a program was made.
    ServiceAccountCreated => "service_account.created",
    /// A service account's name or note was changed.
    ServiceAccountChanged => "service_account.changed",
    /// An API token was made.
    ApiTokenCreated => "api_token.created",
    /// An API token's name or scopes were changed.
    ApiTokenChanged => "api_token.changed",
    /// An API token got another secret.
    ApiTokenRotated => "api_token.rotated",
    /// An API token was revoked.
    ApiTokenRevoked => "api_token.revoked",
    /// A request with an API token was refused.
    ApiTokenRefused => "api_token.refused",
    /// An organization was made.
    OrganizationCreated => "organization.created",
    /// An organization was given another name.
    OrganizationRenamed => "organization.renamed",
    /// An organization was archived.
    OrganizationArchived => "organization.archived",
    /// An archived organization was brought back.
    OrganizationRestored => "organization.restored",
    /// A site was made.
    SiteCreated => "site.created",
    /// A site was given another name.
    SiteRenamed => "site.renamed",
    /// A site was archived.
    SiteArchived => "site.archived",
    /// An archived site was brought back.
    SiteRestored => "site.restored",
    /// A site was deleted.
    SiteDeleted => "site.deleted",
    /// An enrollment token was made.
    EnrollmentTokenCreated => "enrollment_token.created",
    /// An enrollment token's limits, place or rules were changed.
    EnrollmentTokenChanged => "enrollment_token.changed",
    /// An enrollment token was revoked.
    EnrollmentTokenRevoked => "enrollment_token.revoked",
    /// An access rule was made.
    AccessRuleCreated => "access_rule.created",
    /// An access rule was changed.
    AccessRuleChanged => "access_rule.changed",
    /// An access rule was deleted.
    AccessRuleDeleted => "access_rule.deleted",
    /// A machine was enrolled.
    MachineEnrolled => "machine.enrolled",
    /// A machine was renamed.
    MachineRenamed => "machine.renamed",
    /// A machine stands at another site.
    MachineMoved => "machine.moved",
    /// A machine was removed.
    MachineRemoved => "machine.removed",
    /// A machine may no longer connect.
    MachineBlocked => "machine.blocked",
    /// A blocked machine may connect again.
    MachineUnblocked => "machine.unblocked",
    /// Two records of one machine were made one.
    MachineMerged => "machine.merged",
    /// A merge was taken back.
    MachineMergeUndone => "machine.merge_undone",
    /// An installation got the record of a known machine.
    MachineRebound => "machine.rebound",
    /// An installation got a record of its own: it was taken for a machine that it is not.
    MachineSplit => "machine.split",
    /// A machine's agent was asked for a new key.
    MachineKeyRotationAsked => "machine.key_rotation_asked",
    /// A machine's agent was asked to read its inventory again.
    MachineInventoryAsked => "machine.inventory_asked",
    /// A machine's key was replaced.
    MachineKeyRotated => "machine.key_rotated",
    /// A machine opens pipes with another key than before.
    MachinePipeKeyChanged => "machine.pipe_key_changed",
    /// A machine's hardware fingerprint changed.
    MachineEvidenceChanged => "machine.evidence_changed",
    /// A machine went back to an earlier state: a snapshot was restored.
    MachineRolledBack => "machine.rolled_back",
    /// A machine waits for a person's decision before it may do anything.
    MachineQuarantined => "machine.quarantined",
    /// A person let a machine out of quarantine.
    QuarantineApproved => "quarantine.approved",
    /// A person refused a machine in quarantine.
    QuarantineRefused => "quarantine.refused",
    /// A person said that two records are not one machine.
    MachineDuplicateDismissed => "machine_duplicate.dismissed",
    /// A machine got a token for the machine routes.
    MachineTokenIssued => "machine_token.issued",
    /// A machine token was revoked.
    MachineTokenRevoked => "machine_token.revoked",
    /// A machine's end user got a login in a browser by the machine's token.
    MachineLoginCreated => "machine_login.created",
    /// A machine's end user signed out.
    MachineLoginEnded => "machine_login.ended",
    /// A support code was made.
    SupportCodeCreated => "support_code.created",
    /// A support code was revoked.
    SupportCodeRevoked => "support_code.revoked",
    /// A one-time agent used a support code.
    SupportCodeRedeemed => "support_code.redeemed",
    /// A technician took a waiting person.
    SupportCodeTaken => "support_code.taken",
    /// A waiting person was given back to everybody.
    SupportCodeReleased => "support_code.released",
    /// A session was asked for.
    SessionRequested => "session.requested",
    /// The person at the machine agreed to a session, or nobody was there who had to.
    SessionConsentGiven => "session.consent_given",
    /// The person at the machine did not agree to a session.
    SessionConsentRefused => "session.consent_refused",
    /// A session's pipe came up.
    SessionConnected => "session.connected",
    /// A session lost its pipe.
    SessionInterrupted => "session.interrupted",
    /// Somebody came back into an interrupted session.
    SessionResumed => "session.resumed",
    /// A technician asked for other rights in a session.
    SessionRightsAsked => "session.rights_asked",
    /// A session got the rights that were asked for.
    SessionRightsGranted => "session.rights_granted",
    /// Rights that were asked for in a session were not given.
    SessionRightsRefused => "session.rights_refused",
    /// Rights of a session were taken back.
    SessionRightsTakenBack => "session.rights_taken_back",
    /// A session ended.
    SessionEnded => "session.ended",
    /// The record of a session that is over was removed.
    SessionRemoved => "session.removed",
    /// A technician invited one more person into a session.
    InvitationCreated => "invitation.created",
    /// Somebody came into a session with an invitation.
    InvitationAccepted => "invitation.accepted",
    /// An invitation was revoked.
    InvitationRevoked => "invitation.revoked",
    /// A webhook was made.
    WebhookCreated => "webhook.created",
    /// A webhook was changed.
    WebhookChanged => "webhook.changed",
    /// A webhook was deleted, with what waited for its receiver.
    WebhookDeleted => "webhook.deleted",
    /// A webhook got another secret.
    WebhookSecretRotated => "webhook.secret_rotated",
    /// A test event was sent to a webhook's receiver.
    WebhookTested => "webhook.tested",
    /// A webhook was disabled: its receiver says that it is gone.
    WebhookDisabled => "webhook.disabled",
    /// Events that were not delivered were asked to be sent again.
    WebhookReplayed => "webhook.replayed",
    /// The server got a new identity key, signed by the old one.
    ServerIdentityRotated => "server_identity.rotated",
    /// A former identity key of the server is no longer accepted.
    ServerIdentityRetired => "server_identity.retired",
    /// The server's TLS certificate was renewed.
    CertificateRenewed => "certificate.renewed",
    /// Somebody made a background job of the server run.
    ServerJobRun => "server_job.run",
    /// How the server sends e-mail was set or changed.
    ServerMailChanged => "server_mail.changed",
    /// The server does not send e-mail any more.
    ServerMailRemoved => "server_mail.removed",
    /// Somebody tried whether the server can send e-mail.
    ServerMailTested => "server_mail.tested",
    /// An e-mail was asked to be sent at once.
    MailRetried => "mail.retried",
    /// An e-mail that waited was taken back.
    MailCanceled => "mail.canceled",
    /// Secrets at rest were sealed again with a new key.
    SecretsRotated => "secrets.rotated",
    /// The server made itself a certificate authority.
    AuthorityCreated => "authority.created",
    /// Audit entries were exported.
    AuditExported => "audit.exported",
    /// The oldest audit entries were removed, as retention allows.
    AuditPruned => "audit.pruned",
    /// An older copy of the database was taken for right.
    AuditRestoreAccepted => "audit.restore_accepted",
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn texts_are_distinct_and_of_one_form() {
        let texts: HashSet<_> = Action::ALL.iter().map(|action| action.as_str()).collect();
        assert_eq!(texts.len(), Action::ALL.len());
        for text in texts {
            let (subject, verb) = text.split_once('.').unwrap();
            for part in [subject, verb] {
                assert!(
                    !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_'),
                    "{text}"
                );
            }
        }
    }

    #[test]
    fn the_console_has_a_title_and_a_sentence_for_each() {
        for language in ["en", "pt-br"] {
            let path = format!(
                "{}/../../web/app/i18n/{language}/audit.ts",
                env!("CARGO_MANIFEST_DIR")
            );
            let texts = std::fs::read_to_string(path).unwrap();
            for action in Action::ALL {
                let key = format!("'{}': ", action.as_str());
                assert_eq!(texts.matches(&key).count(), 2, "{key} in {language}");
            }
        }
    }
}
