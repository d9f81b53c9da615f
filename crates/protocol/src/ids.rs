//! Identifiers and secrets of fixed size, one type each so that none can stand in for another.

use std::fmt;
use std::str::FromStr;

use data_encoding::HEXLOWER;

use crate::ProtocolError;
use crate::limits::{GRANT_BYTES, NONCE_BYTES};

/// Random bytes for one connection or one question. Made by the caller; this crate has no randomness.
pub type Nonce = [u8; NONCE_BYTES];

macro_rules! uuid_id {
    ($(#[$doc:meta])* $name:ident, $what:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub [u8; 16]);

        impl $name {
            /// Reads the 16 bytes as they travel.
            ///
            /// # Errors
            /// When there are not exactly 16.
            pub fn from_slice(bytes: &[u8]) -> Result<Self, ProtocolError> {
                bytes.try_into().map(Self).map_err(|_| ProtocolError::Malformed($what))
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write_uuid(&self.0, f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write_uuid(&self.0, f)
            }
        }

        impl FromStr for $name {
            type Err = ProtocolError;

            fn from_str(text: &str) -> Result<Self, ProtocolError> {
                parse_uuid(text).map(Self).ok_or(ProtocolError::Malformed($what))
            }
        }
    };
}

uuid_id!(
    /// A machine's identity, a UUIDv7 that the server gave it at enrollment.
    MachineId,
    "machine id"
);
uuid_id!(
    /// One session, a UUIDv7 from the server.
    SessionId,
    "session id"
);
uuid_id!(
    /// One copy of an agent's state. Random, made on the machine; not written like the others anywhere people look.
    InstallId,
    "install id"
);
uuid_id!(
    /// One run of an agent process; tells a restart from a reconnect. Random.
    RunId,
    "run id"
);

fn write_uuid(bytes: &[u8; 16], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    for (index, byte) in bytes.iter().enumerate() {
        if matches!(index, 4 | 6 | 8 | 10) {
            f.write_str("-")?;
        }
        write!(f, "{byte:02x}")?;
    }
    Ok(())
}

fn parse_uuid(text: &str) -> Option<[u8; 16]> {
    let hyphens = [8, 13, 18, 23];
    let bytes = text.as_bytes();
    if bytes.len() != 36 || hyphens.iter().any(|&at| bytes.get(at) != Some(&b'-')) {
        return None;
    }
    let digits: String = text
        .chars()
        .filter(|&c| c != '-')
        .map(|c| c.to_ascii_lowercase())
        .collect();
    HEXLOWER.decode(digits.as_bytes()).ok()?.try_into().ok()
}

/// What lets one end of one session into the relay, once. Never shown in logs.
#[derive(Clone, PartialEq, Eq)]
pub struct Grant(pub [u8; GRANT_BYTES]);

impl Grant {
    /// Reads the bytes as they travel.
    ///
    /// # Errors
    /// When there are not exactly [`GRANT_BYTES`].
    pub fn from_slice(bytes: &[u8]) -> Result<Self, ProtocolError> {
        bytes
            .try_into()
            .map(Self)
            .map_err(|_| ProtocolError::Malformed("grant"))
    }
}

impl fmt::Debug for Grant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Grant(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_read_what_they_write() {
        let id = MachineId(*b"0123456789abcdef");
        assert_eq!(id.to_string(), "30313233-3435-3637-3839-616263646566");
        assert_eq!(id.to_string().parse(), Ok(id));
        assert_eq!(id.to_string().to_uppercase().parse(), Ok(id));
        for bad in [
            "",
            "30313233",
            "303132333-435-3637-3839-616263646566",
            "30313233-3435-3637-3839-61626364656-",
        ] {
            assert_eq!(
                bad.parse::<MachineId>(),
                Err(ProtocolError::Malformed("machine id")),
                "{bad}"
            );
        }
    }

    #[test]
    fn grants_stay_out_of_logs() {
        assert_eq!(format!("{:?}", Grant([7; 32])), "Grant(…)");
    }
}
