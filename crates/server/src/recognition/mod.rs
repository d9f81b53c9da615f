//! Recognition: which machine an installation is.
//!
//! Here: the decision table (`decide.rs`, pure), its effects on links (`hello.rs`) and on enrollments (`newcomer.rs`), the
//! people's part (`quarantine.rs`, `approvals.rs`, `duplicates.rs`). Not here: the wire (`farol_protocol::link`), the exchange of a token
//! for a record (`crate::enrollment`), the records themselves and merging them (`crate::machines`).
//!
//! Four things are never mixed: the machine id that the server gives and that never changes; the evidence and its
//! fingerprint, which are a claim; the machine key, which is the proof; and the install id with its counter, which tells
//! copies of one state apart.

mod api;
pub(crate) mod approvals;
pub mod decide;
mod duplicates;
pub(crate) mod evidence;
mod hello;
pub(crate) mod helpdesk;
mod helpdesk_store;
pub(crate) mod newcomer;
pub(crate) mod quarantine;
mod sandbox;
mod store;
mod view;

pub use api::routes;
pub use approvals::{Approval, approve, refuse};
pub use duplicates::{dismiss, list as duplicates};
pub use evidence::EvidenceView;
pub use hello::{Claim, Outcome, claim, hello, still};
pub use quarantine::{WAITING_MAX, WAITING_OF_ONE_MACHINE, counts, forget_stale, list};
pub(crate) use store::{put_installation, stored};
pub(crate) use view::door;
pub use view::{Comparison, DuplicatePair, DuplicateSide, QuarantineCounts, QuarantineEntry};
