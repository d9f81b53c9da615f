//! What a server's goodbye means for the agent. Pure. An answer that is not proven to be the server's own may delay, a
//! little, and nothing else.

use std::time::Duration;

use farol_protocol::link::{Goodbye, GoodbyeReason};
use farol_protocol::token::EnrollmentToken;

/// After another link of this machine took over: two agents with one identity must not fight.
const REPLACED: Duration = Duration::from_secs(30);

/// While a person has to change something first, when the server says nothing else.
const PERSON: Duration = Duration::from_secs(300);

/// Until another link is known to be alive or dead, when the server says nothing else.
const CONTESTED: Duration = Duration::from_secs(10);

/// After an offer of a new identity that cannot be used.
const ODD: Duration = Duration::from_secs(60);

/// Longest wait that a server may ask for; it may be wrong.
const WAIT_MAX: Duration = Duration::from_secs(3600);

/// Longest wait that anybody else may cause.
const UNPROVEN_WAIT_MAX: Duration = Duration::from_secs(60);

/// What to do.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// Dial again after at least this long.
    Redial(Duration),
    /// As [`Self::Redial`], but the machine has no business here meanwhile: sessions end, nothing is said of each try.
    Quiet {
        /// The link's state for people.
        state: &'static str,
        /// How long.
        wait: Duration,
    },
    /// Enroll as a machine of its own.
    Reidentify(EnrollmentToken),
    /// The key just tried is not known.
    UnknownKey,
    /// Never come back.
    Stop,
}

/// Reads a goodbye.
pub(super) fn next(goodbye: &Goodbye, authentic: bool) -> Next {
    use GoodbyeReason as Reason;
    let asked = goodbye.retry_after;
    if !authentic {
        return Next::Redial(asked.unwrap_or_default().min(UNPROVEN_WAIT_MAX));
    }
    let at_least = |usual: Duration| asked.unwrap_or(usual).min(WAIT_MAX);
    let quiet = |state| Next::Quiet {
        state,
        wait: at_least(PERSON),
    };
    match goodbye.reason {
        Reason::Replaced => Next::Redial(at_least(REPLACED).max(REPLACED)),
        Reason::ServerStopping | Reason::ProtocolViolation => Next::Redial(at_least(Duration::ZERO)),
        Reason::Contested => Next::Redial(at_least(CONTESTED)),
        Reason::Blocked => quiet("blocked"),
        Reason::Quarantined => quiet("quarantined"),
        Reason::NotEnrolled => Next::UnknownKey,
        Reason::MachineRemoved | Reason::Refused => Next::Stop,
        Reason::Reidentify => {
            let token = goodbye
                .token
                .as_ref()
                .map(|token| EnrollmentToken::parse(&token.0));
            match token {
                Some(Ok(token)) => Next::Reidentify(token),
                _ => Next::Redial(at_least(ODD).max(ODD)),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use farol_protocol::identity::ServerIdentity;
    use farol_protocol::link::Secret;
    use proptest::prelude::*;

    use super::*;

    fn goodbye(reason: GoodbyeReason, retry_after: Option<u64>) -> Goodbye {
        Goodbye {
            reason,
            detail: String::new(),
            retry_after: retry_after.map(Duration::from_secs),
            token: None,
        }
    }

    const ALL: [GoodbyeReason; 10] = [
        GoodbyeReason::Replaced,
        GoodbyeReason::ServerStopping,
        GoodbyeReason::MachineRemoved,
        GoodbyeReason::ProtocolViolation,
        GoodbyeReason::NotEnrolled,
        GoodbyeReason::Blocked,
        GoodbyeReason::Quarantined,
        GoodbyeReason::Refused,
        GoodbyeReason::Reidentify,
        GoodbyeReason::Contested,
    ];

    #[test]
    fn what_a_proven_server_means() {
        let of = |reason, wait| next(&goodbye(reason, wait), true);
        let seconds = Duration::from_secs;
        assert_eq!(of(GoodbyeReason::Replaced, Some(1)), Next::Redial(REPLACED));
        assert_eq!(
            of(GoodbyeReason::ServerStopping, None),
            Next::Redial(Duration::ZERO)
        );
        assert_eq!(of(GoodbyeReason::Contested, Some(3)), Next::Redial(seconds(3)));
        assert_eq!(of(GoodbyeReason::NotEnrolled, None), Next::UnknownKey);
        assert_eq!(of(GoodbyeReason::MachineRemoved, None), Next::Stop);
        assert_eq!(of(GoodbyeReason::Refused, None), Next::Stop);
        let blocked = |wait| Next::Quiet {
            state: "blocked",
            wait,
        };
        assert_eq!(of(GoodbyeReason::Blocked, None), blocked(PERSON));
        assert_eq!(of(GoodbyeReason::Blocked, Some(90)), blocked(seconds(90)));
        assert_eq!(of(GoodbyeReason::Blocked, Some(1 << 40)), blocked(WAIT_MAX));
        assert!(matches!(of(GoodbyeReason::Quarantined, None), Next::Quiet { .. }));
    }

    #[test]
    fn a_copy_needs_a_token_that_is_one() {
        let token = EnrollmentToken::new([1; 32], &ServerIdentity::from_seed(&[2; 32]).public());
        let mut said = goodbye(GoodbyeReason::Reidentify, None);
        assert_eq!(next(&said, true), Next::Redial(ODD));
        said.token = Some(Secret("farol_enr_x".into()));
        assert_eq!(next(&said, true), Next::Redial(ODD));
        said.token = Some(Secret(token.reveal()));
        assert_eq!(next(&said, true), Next::Reidentify(token));
        assert!(matches!(next(&said, false), Next::Redial(_)));
    }

    proptest! {
        #[test]
        fn nobody_but_the_server_does_more_than_delay(at in 0usize..10, wait in prop::option::of(any::<u32>())) {
            match next(&goodbye(ALL[at], wait.map(u64::from)), false) {
                Next::Redial(wait) => prop_assert!(wait <= UNPROVEN_WAIT_MAX),
                other => prop_assert!(false, "{:?}", other),
            }
        }
    }
}
