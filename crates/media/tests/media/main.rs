//! The crate from outside, as one program: what goes in at the encoder comes out at the decoder.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stderr)]

mod budget;
mod corpus;
mod desktop;
mod hostile;
mod round_trip;
mod scrolling;
mod vectors;
mod video;
mod windows;
