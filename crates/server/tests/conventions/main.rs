//! The conventions of the API, over the API: changes that are asked for again, limits, answers in the form that is wanted.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    unreachable_pub,
    missing_docs,
    reason = "tests"
)]

#[path = "../common/mod.rs"]
mod common;

mod answers;
mod idempotency;
mod limits;
