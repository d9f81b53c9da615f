//! The two sides of a pipe as types, so that neither can send what only the other may.

use super::Side;
use super::message::{Message, RawMessage, ToAgent, ToViewer};

/// Which end of a pipe, with the messages it sends and receives. Only [`Viewer`], [`Agent`] and the two that do not
/// look into messages exist.
pub trait Role: sealed::Sealed {
    /// What arrives.
    type In: Message + std::fmt::Debug;
    /// What is sent.
    type Out: Message + std::fmt::Debug;
    /// The same as a value.
    const SIDE: Side;
}

/// The technician's end.
#[derive(Debug, Clone, Copy)]
pub struct Viewer;

/// The technician's end without a look into messages: what they say is somebody else's to write and read.
#[derive(Debug, Clone, Copy)]
pub struct RawViewer;

/// The machine's end.
#[derive(Debug, Clone, Copy)]
pub struct Agent;

/// The machine's end without a look into messages.
#[derive(Debug, Clone, Copy)]
pub struct RawAgent;

impl Role for Viewer {
    type In = ToViewer;
    type Out = ToAgent;
    const SIDE: Side = Side::Viewer;
}

/// A role that calls first.
pub trait Calls: Role {}
impl Calls for Viewer {}
impl Calls for RawViewer {}

impl Role for RawViewer {
    type In = RawMessage;
    type Out = RawMessage;
    const SIDE: Side = Side::Viewer;
}

impl Role for RawAgent {
    type In = RawMessage;
    type Out = RawMessage;
    const SIDE: Side = Side::Agent;
}

impl Role for Agent {
    type In = ToAgent;
    type Out = ToViewer;
    const SIDE: Side = Side::Agent;
}

mod sealed {
    pub trait Sealed: std::fmt::Debug {}
    impl Sealed for super::Viewer {}
    impl Sealed for super::RawViewer {}
    impl Sealed for super::Agent {}
    impl Sealed for super::RawAgent {}
}
