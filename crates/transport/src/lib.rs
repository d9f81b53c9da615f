//! One client connection to a Farol server: a WebSocket over TLS, and how long to wait before the next try.
//!
//! Lives here: dialing ([`connect`]), the socket with its two directions ([`Socket`]), trust ([`tls`]), the address
//! ([`ServerUrl`]), back-off ([`Backoff`]). Does not live here: what is said (the protocol crate), when to give up
//! (the caller: there is no hidden reconnect loop).

mod backoff;
mod connect;
mod post;
mod socket;
pub mod tls;
mod tune;
mod url;
mod vouch;

pub use backoff::Backoff;
pub use connect::{ConnectError, ConnectOptions, connect, connect_sealed, post_json, post_json_to_address};
pub use post::PostAnswer;
pub use socket::{Socket, SocketError, SocketEvent};
pub use url::{ServerUrl, UrlError};
