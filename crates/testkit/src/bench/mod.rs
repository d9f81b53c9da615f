//! What the programs that measure share: [`Cluster`], a PostgreSQL of their own; [`process`], the server as a process of its own;
//! [`rows`], a server that knows many machines; [`found`], what is in them; [`run`] and [`report`], the same thing many times and
//! what that took.

mod cluster;
pub mod found;
pub mod process;
pub mod rows;
mod runs;

pub use cluster::Cluster;
pub use runs::{Run, report, run};
