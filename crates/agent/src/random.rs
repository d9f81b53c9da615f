//! Randomness from the operating system.

use std::io;

/// Random bytes.
///
/// # Errors
/// When the system has none, which only very broken systems say.
pub(crate) fn bytes<const N: usize>() -> io::Result<[u8; N]> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|error| io::Error::other(format!("no randomness: {error}")))?;
    Ok(bytes)
}

/// A random number for jitter; constant on a system without randomness, where jitter matters least.
pub(crate) fn jitter() -> u32 {
    bytes().map_or(u32::MAX / 2, u32::from_le_bytes)
}
