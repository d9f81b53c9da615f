//! Replays the corpus of the fuzz targets: what was found once stays fixed. `FAROL_BLESS=1` adds the seeds.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::path::{Path, PathBuf};

use farol_protocol::identity::ServerIdentity;
use farol_protocol::ids::{MachineId, SessionId};
use farol_protocol::link::{Asking, SessionStatement};
use farol_protocol::oracle;
use farol_protocol::pipe::PipeKey;
use farol_protocol::rights::{Right, Rights};
use farol_protocol::support_code::SupportCode;
use farol_protocol::token::EnrollmentToken;
use proptest::prelude::*;

fn replay(target: &str, oracle: fn(&[u8]), seed: fn(&Path)) {
    let directory = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("../../fuzz/corpus")
        .join(target);
    if std::env::var_os("FAROL_BLESS").is_some() {
        std::fs::create_dir_all(&directory).unwrap();
        seed(&directory);
    }
    let mut count = 0;
    for entry in std::fs::read_dir(&directory).unwrap() {
        let path = entry.unwrap().path();
        eprintln!("{}", path.display());
        oracle(&std::fs::read(&path).unwrap());
        count += 1;
    }
    assert!(count > 0, "no corpus in {}", directory.display());
}

fn made(secret: [u8; 32], server: [u8; 32]) -> EnrollmentToken {
    EnrollmentToken::new(secret, &ServerIdentity::from_seed(&server).public())
}

#[test]
fn token() {
    replay("protocol_token", oracle::token, |directory| {
        let text = made([0xfb; 32], [1; 32]).reveal();
        let without_checksum = &text[..text.len() - 7];
        // The last character of the secret carries bits that belong to no byte.
        let loose_bits = without_checksum.replacen("-_s_", "-_t_", 1);
        let capitals = without_checksum
            .to_uppercase()
            .replacen("FAROL_ENR_", "farol_enr_", 1);
        for (name, choice, text) in [
            ("whole", 0u8, text.as_str()),
            ("without-checksum", 1, without_checksum),
            ("loose-bits", 1, &loose_bits),
            ("capitals", 1, &capitals),
            ("spaces", 1, &format!("\t {without_checksum}")),
            ("short", 0, "farol_enr_"),
            ("file-name", 0, &format!("farol-agent-{text} (1).exe")),
        ] {
            let seed = [&[choice], text.as_bytes()].concat();
            std::fs::write(directory.join(format!("seed-{name}")), seed).unwrap();
        }
    });
}

#[test]
fn support_code() {
    replay("protocol_support_code", oracle::support_code, |directory| {
        let shown = SupportCode::new([0x99, 0xee, 0xf1, 0x51, 0x3d]).reveal();
        for (name, choice, text) in [
            ("whole", 0u8, shown.as_str()),
            ("without-check", 1, &shown[..shown.len() - 1]),
            ("zeros", 1, "oO0 0o0 00"),
            ("ones", 1, "iIlL1-1\u{2013}1l"),
            ("lower-case", 0, &shown.to_lowercase()),
            ("short", 0, "K7Q"),
            ("file-name", 0, "farol-help-K7QF2M9X4@farol.example.org"),
            ("letters-of-others", 1, "\u{ff2b}\u{131}UUUUUU"),
        ] {
            let seed = [&[choice], text.as_bytes()].concat();
            std::fs::write(directory.join(format!("seed-{name}")), seed).unwrap();
        }
    });
}

#[test]
fn evidence() {
    replay("protocol_evidence", oracle::evidence, |directory| {
        let uuid = "4c4c4544-0042-3510-8054-b4c04f4e3533";
        let twin = "44454C4C-4200-1035-8054-B4C04F4E3533";
        for (name, text) in [
            (
                "twins",
                format!("{uuid}\nid-1\nboard\nsystem\ndisk-1\ndisk-2\n\n{twin}\nid-1\nBOARD\nsystem\ndisk-2"),
            ),
            (
                "strangers",
                format!("{uuid}\na-system\nboard-1\n\ndisk-1\n\n\nb-system\nboard-2\n\ndisk-9"),
            ),
            (
                "filler",
                "03000200-0400-0500-0006-000700080009\n\nDefault string\n0000\nQM00001\n\n\n\nxxxx".into(),
            ),
            (
                "deceptive",
                "\u{202e}a\u{2066}b\n\u{1b}[2J\n\u{0}x\u{feff} \n\u{130}stanbul\nK\u{212a}1234".into(),
            ),
            ("long", "9".repeat(300)),
        ] {
            std::fs::write(directory.join(format!("seed-{name}")), text).unwrap();
        }
    });
}

#[test]
fn pipe() {
    replay("protocol_pipe", oracle::pipe, |directory| {
        let seeds: [(&str, &[u8]); 8] = [
            ("greeted", &[5, 0]),
            ("forged", &[5, 0, 0, 3, 1, 2, 3, 1, 3, 1, 2, 3]),
            ("other-version", &[0, 2, 9, 1, 5, 0]),
            ("refusal", &[1, 2, 0, 7]),
            ("said-again", &[5, 0, 6, 1, 0, 6, 1, 1, 4, 0, 5, 0, 6, 1, 2]),
            (
                "input-and-gap",
                &[5, 0, 2, 8, 2, 1, 0, 0, 0, 0, 10, 0, 2, 7, 2, 1, 9, 0, 0, 0, 1],
            ),
            ("rights-from-viewer", &[5, 0, 2, 8, 0, 1, 2, 0, 0, 0, 0x3a, 0]),
            ("silence", &[5, 0, 7, 9, 0, 0, 0, 0, 0, 0, 0, 0, 0, 5, 0]),
        ];
        for (name, seed) in seeds {
            std::fs::write(directory.join(format!("seed-{name}")), seed).unwrap();
        }
    });
}

#[test]
fn grant() {
    replay("protocol_grant", oracle::grant, |directory| {
        let hello = farol_protocol::relay::RelayHello {
            grant: farol_protocol::ids::Grant([9; 32]),
        };
        let ready = farol_protocol::relay::RelayReady {
            session: SessionId([3; 16]),
        };
        let statement = SessionStatement {
            session: SessionId([8; 16]),
            machine: MachineId([7; 16]),
            viewer_key: PipeKey::from_seed([6; 32]).public(),
            rights: Rights::VIEW.with(Right::Control),
            ask: Rights::NONE.with(Right::Control),
            asking: Asking::SilenceAllows,
            answer_time: std::time::Duration::from_secs(30),
            technician: "Ana".into(),
            organization: "Acme".into(),
            issued_ms: 1_700_000_000_000,
            warn: true,
            guest: true,
        };
        for (name, seed) in [
            ("hello", hello.encode()),
            ("ready", ready.encode()),
            ("statement", statement.encode()),
            ("short", vec![8, 1, 18, 31]),
        ] {
            std::fs::write(directory.join(format!("seed-{name}")), seed).unwrap();
        }
    });
}

#[test]
fn inventory() {
    replay("protocol_inventory", oracle::inventory, |directory| {
        // Kind, length, then the message: written by hand, for the wire types are nobody's business.
        let message = |kind: u8, fields: &[(u8, &[u8])]| {
            let mut bytes = Vec::new();
            for (tag, value) in fields {
                bytes.extend([tag * 8 + 2, u8::try_from(value.len()).unwrap()]);
                bytes.extend(*value);
            }
            let length = u16::try_from(bytes.len()).unwrap().to_be_bytes();
            [&[kind], &length[..], &bytes].concat()
        };
        // A piece: section, hash, then offset, total and bytes.
        let part = |kind: u8, offset: u8, total: u8, body: &[u8]| {
            let mut bytes = vec![0x0a, 6];
            bytes.extend(b"people");
            bytes.extend([0x12, 32]);
            bytes.extend([7; 32]);
            bytes.extend([0x18, offset, 0x20, total, 0x2a, u8::try_from(body.len()).unwrap()]);
            bytes.extend(body);
            let length = u16::try_from(bytes.len()).unwrap().to_be_bytes();
            [&[kind], &length[..], &bytes].concat()
        };
        let hash = [7; 32];
        let section = [&[0x0a, 6][..], b"people", &[0x12, 32], &hash].concat();
        for (name, seed) in [
            ("held", message(0, &[(1, &section), (1, &section)])),
            ("held-short", message(0, &[(1, &section[..20])])),
            ("wanted", message(1, &[(1, b"people"), (1, b"software")])),
            (
                "wanted-later",
                [&[1, 0, 10][..], &[0x0a, 6], b"people", &[0x10, 60]].concat(),
            ),
            ("kept", message(2, &[(1, b"people"), (2, &hash)])),
            (
                "refused",
                message(
                    3,
                    &[(1, b"people"), (2, &hash), (3, b"section_too_large"), (4, b"x")],
                ),
            ),
            ("part", part(4, 0, 3, b"abc")),
            ("parts", [part(4, 0, 3, b"ab"), part(4, 2, 3, b"c")].concat()),
            ("parts-gap", [part(4, 0, 9, b"ab"), part(4, 3, 9, b"c")].concat()),
            (
                "parts-unwanted",
                [part(4, 0, 3, b"ab"), part(132, 2, 3, b"c"), part(4, 2, 3, b"c")].concat(),
            ),
            ("part-too-long", part(4, 2, 3, b"abc")),
        ] {
            std::fs::write(directory.join(format!("seed-{name}")), seed).unwrap();
        }
    });
}

#[test]
fn metrics() {
    replay("protocol_metrics", oracle::metrics, |directory| {
        for (name, seed) in [
            (
                "minute",
                vec![8_u8, 60, 16, 235, 1, 24, 160, 31, 48, 150, 1, 104, 142, 7],
            ),
            ("nothing", vec![8, 1]),
            ("no-time", vec![16, 5]),
            ("too-long", vec![8, 0x90, 0x1c, 16, 5]),
            ("short", vec![8, 60, 24, 0xff]),
        ] {
            std::fs::write(directory.join(format!("seed-{name}")), seed).unwrap();
        }
    });
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_token_round_trips_and_is_for_its_server_only(secret: [u8; 32], server: [u8; 32], other: [u8; 32]) {
        let token = made(secret, server);
        let read = EnrollmentToken::parse(&token.reveal());
        prop_assert_eq!(read.as_ref(), Ok(&token));
        prop_assert_eq!(read.unwrap().secret_hash(), token.secret_hash());
        prop_assert!(token.is_for(&ServerIdentity::from_seed(&server).public()));
        prop_assert!(server == other || !token.is_for(&ServerIdentity::from_seed(&other).public()));
    }

    #[test]
    fn damaged_tokens_keep_the_promises(secret: [u8; 32], choice: u8, flips in prop::collection::vec((any::<usize>(), any::<u8>()), 0..4), cut in 0usize..90) {
        let mut input = made(secret, [1; 32]).reveal().into_bytes();
        if choice % 2 == 1 {
            input.truncate(input.len() - 7);
        }
        for (at, bits) in flips {
            let at = at % input.len();
            input[at] ^= bits;
        }
        input.truncate(cut.max(60));
        input.insert(0, choice);
        oracle::token(&input);
    }

    #[test]
    fn any_bytes_keep_the_promises(input in prop::collection::vec(any::<u8>(), 0..120)) {
        oracle::token(&input);
    }

    #[test]
    fn any_grant_keeps_the_promises(input in prop::collection::vec(any::<u8>(), 0..200)) {
        oracle::grant(&input);
    }

    #[test]
    fn anything_said_of_the_inventory_keeps_the_promises(messages in prop::collection::vec((any::<u8>(), prop::collection::vec(any::<u8>(), 0..90)), 0..8)) {
        let mut input = Vec::new();
        for (choice, bytes) in messages {
            input.push(choice);
            input.extend(u16::try_from(bytes.len()).unwrap().to_be_bytes());
            input.extend(bytes);
        }
        oracle::inventory(&input);
    }

    #[test]
    fn any_text_taken_for_a_support_code_keeps_the_promises(choice: u8, text in "[0-9A-Za-z \\-\u{2013}]{0,12}|\\PC{0,20}") {
        oracle::support_code(&[&[choice], text.as_bytes()].concat());
    }

    #[test]
    fn any_evidence_keeps_the_promises(lines in prop::collection::vec("\\PC{0,20}|[\u{130}\u{212a}\u{202e}\u{feff}a-c \\t]{0,8}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", 0..16)) {
        oracle::evidence(lines.join("\n").as_bytes());
    }
}

proptest! {
    // Each case makes keys and connections.
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 32, ..ProptestConfig::default() })]

    #[test]
    fn any_interference_keeps_the_promises(steps in prop::collection::vec((0u8..8, prop::collection::vec(any::<u8>(), 0..40)), 0..20)) {
        let mut input = Vec::new();
        for (choice, bytes) in steps {
            input.extend([choice, u8::try_from(bytes.len()).unwrap()]);
            input.extend(bytes);
        }
        oracle::pipe(&input);
    }
}
