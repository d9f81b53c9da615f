//! What only some systems can do for a socket. Everything else about sockets is in `connect.rs`.

use std::io;

use tokio::net::TcpStream;

/// Unsent bytes the kernel may hold. Small, so that a key press or a cursor is not behind a picture that the network
/// has not taken yet; big enough for a full packet and the next to keep the line busy.
#[cfg(target_os = "linux")]
const NOT_SENT_MAX: u32 = 48 * 1024;

/// Keeps the kernel from queueing more than a packet or two that the network has not taken.
///
/// # Errors
/// The system's.
#[cfg(target_os = "linux")]
pub(crate) fn limit_unsent(stream: &TcpStream) -> io::Result<()> {
    socket2::SockRef::from(stream).set_tcp_notsent_lowat(NOT_SENT_MAX)
}

/// Does nothing: this system decides by itself.
///
/// # Errors
/// None.
#[cfg(not(target_os = "linux"))]
pub(crate) fn limit_unsent(_stream: &TcpStream) -> io::Result<()> {
    Ok(())
}
