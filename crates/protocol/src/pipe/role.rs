//! The two sides of a pipe as types, so that neither can send what only the other may.

use super::Side;
use super::message::{Message, ToAgent, ToViewer};

/// Which end of a pipe, with the messages it sends and receives. Only [`Viewer`] and [`Agent`] exist.
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

/// The machine's end.
#[derive(Debug, Clone, Copy)]
pub struct Agent;

impl Role for Viewer {
    type In = ToViewer;
    type Out = ToAgent;
    const SIDE: Side = Side::Viewer;
}

impl Role for Agent {
    type In = ToAgent;
    type Out = ToViewer;
    const SIDE: Side = Side::Agent;
}

mod sealed {
    pub trait Sealed: std::fmt::Debug {}
    impl Sealed for super::Viewer {}
    impl Sealed for super::Agent {}
}
