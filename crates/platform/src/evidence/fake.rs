//! Evidence of machines that do not exist.

use super::Evidence;

/// Full evidence of a machine of this name: the same at every call, other values for other names.
#[must_use]
pub fn evidence(name: &str) -> Evidence {
    // FNV-1a: short, and spreads names well enough for tests.
    let digits = |salt: u64| {
        let bytes = name.bytes().chain(salt.to_le_bytes());
        bytes.fold(0xcbf2_9ce4_8422_2325_u64 ^ salt, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        })
    };
    let (uuid, install) = (digits(1), digits(2));
    Evidence {
        smbios_uuid: Some(format!(
            "{:08x}-{:04x}-4{:03x}-8{:03x}-{:012x}",
            uuid >> 32,
            uuid >> 16 & 0xffff,
            uuid >> 4 & 0xfff,
            uuid & 0xfff,
            digits(3) & 0xffff_ffff_ffff,
        )),
        os_install_id: Some(format!("{install:016x}{:016x}", digits(4))),
        board_serial: Some(format!("FB{:012X}", digits(5) >> 16)),
        product_serial: Some(format!("FP{:012X}", digits(6) >> 16)),
        disk_serials: vec![format!("FD{:012X}", digits(7) >> 16)],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn machines_differ_in_everything() {
        let (one, other) = (evidence("one"), evidence("other"));
        assert_eq!(one, evidence("one"));
        assert_ne!(one.smbios_uuid, other.smbios_uuid);
        assert_ne!(one.os_install_id, other.os_install_id);
        assert_ne!(one.board_serial, other.board_serial);
        assert_ne!(one.product_serial, other.product_serial);
        assert_ne!(one.disk_serials, other.disk_serials);
        let uuid = one.smbios_uuid.unwrap();
        assert_eq!(super::super::smbios::canonical(&uuid), Some(uuid));
    }
}
