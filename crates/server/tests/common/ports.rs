//! Ports for programs that cannot choose one themselves.

use std::net::{SocketAddr, TcpListener};
use std::sync::atomic::{AtomicU16, Ordering};

/// A port nobody listens on, below the range the system takes ports of outgoing connections from: one of those, taken
/// between this look and the listener that is meant for it, would otherwise make a test fail now and then.
pub fn free_port() -> u16 {
    // 16 ports for each process of a run, whose numbers follow each other.
    static ASKED: AtomicU16 = AtomicU16::new(0);
    let first = 20_000 + std::process::id() % 750 * 16;
    (0..12_000)
        .map(|_| 20_000 + (first + u32::from(ASKED.fetch_add(1, Ordering::Relaxed)) - 20_000) % 12_000)
        .find_map(|port| {
            let address = SocketAddr::from(([127, 0, 0, 1], u16::try_from(port).unwrap()));
            TcpListener::bind(address).is_ok().then_some(address.port())
        })
        .expect("12,000 ports are taken")
}
