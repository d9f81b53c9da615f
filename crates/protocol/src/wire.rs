//! The messages as they travel, generated from `proto/` by `cargo xtask gen`.
//!
//! Private on purpose: what arrives is parsed once into checked types ([`crate::pipe::message`],
//! [`crate::link::message`]) and the wire types never travel further in.

#![allow(missing_docs, unreachable_pub, clippy::all, clippy::pedantic)]

#[path = "generated/mod.rs"]
#[rustfmt::skip]
mod generated;

pub(crate) use generated::farol::clipboard::v1 as clipboard;
pub(crate) use generated::farol::company::v1 as company;
pub(crate) use generated::farol::input::v1 as input;
pub(crate) use generated::farol::link::v1 as link;
pub(crate) use generated::farol::pipe::v1 as pipe;
pub(crate) use generated::farol::relay::v1 as relay;
pub(crate) use generated::farol::screen::v1 as screen;

use prost::Message;

use crate::ProtocolError;

/// Decodes one message, naming it in the error.
pub(crate) fn decode<M: Message + Default>(bytes: &[u8], what: &'static str) -> Result<M, ProtocolError> {
    M::decode(bytes).map_err(|_| ProtocolError::Malformed(what))
}
