//! Enrollment: how a machine gets its record, and the tokens that allow its agent to ask.
//!
//! Here: tokens, and the exchange of a token for a machine id. Not here: what happens on the link afterwards
//! (`crate::link`), the record itself (`crate::machines`), the text form of tokens (`farol_protocol::token`).
//!
//! A token grants the right to ask: it names organization, site and labels, number of uses and expiry, whether a person has
//! to agree, and the networks it may be used from. Only its hash is kept. An agent that asks again with the same machine
//! key gets the same machine and costs no use, so a lost answer harms nobody.
//!
//! Start with `tokens.rs` for what people do with tokens and with `enroll.rs` for what agents do.

mod api;
mod enroll;
mod keeper;
mod networks;
mod store;
mod terms;
mod tokens;
mod view;

use std::net::IpAddr;
use std::time::Duration;

pub use crate::store::entities::enrollment_token::Approval;
use crate::throttle::{Rate, Throttle};
pub use api::routes;
pub(crate) use enroll::refused as token_refused;
pub use enroll::{EnrollAnswer, EnrollOs, EnrollRequest, Enrolled, Waiting, enroll};
pub use keeper::Keeper;
pub use networks::NETWORKS_MAX;
pub(crate) use store::{forget_internal, labels_of};
pub use terms::{APPROVAL_DEFAULT, LIFE_MAX, LIFE_MIN, NAME_MAX, NewToken, TokenChange, USES_MAX};
pub use tokens::{INTERNAL_LIFE, ONE_TIME_LIFE, change, create, create_internal, get, list, revoke, uses};
pub(crate) use tokens::{create_one_time, revoke_into, revoke_into_site};
pub use view::{CreatedToken, EnrollmentToken, TokenCreator, TokenFilter, TokenState, TokenUse};

/// Attempts to enroll from one address: a rollout behind one address passes, guessing gets nowhere.
const PER_ADDRESS: Rate = Rate {
    burst: 60,
    period: Duration::from_secs(1),
};
/// Addresses remembered.
const ADDRESSES_MAX: usize = 10_000;

/// The domain's memory.
#[derive(Debug)]
pub struct EnrollmentState {
    attempts: Throttle<IpAddr>,
}

impl Default for EnrollmentState {
    fn default() -> Self {
        Self {
            attempts: Throttle::new(PER_ADDRESS, ADDRESSES_MAX),
        }
    }
}
