//! Replays the corpus of the fuzz targets: what was found once stays fixed. `FAROL_BLESS=1` adds the seeds.
#![allow(clippy::unwrap_used)]

use std::path::{Path, PathBuf};

use farol_inventory::{Section, oracle};

fn replay(target: &str, oracle: fn(&[u8]), seeds: fn() -> Vec<(&'static str, Vec<u8>)>) {
    let directory = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("../../fuzz/corpus")
        .join(target);
    if std::env::var_os("FAROL_BLESS").is_some() {
        write(&directory, seeds());
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

fn write(directory: &Path, seeds: Vec<(&'static str, Vec<u8>)>) {
    std::fs::create_dir_all(directory).unwrap();
    for (name, seed) in seeds {
        std::fs::write(directory.join(format!("seed-{name}")), seed).unwrap();
    }
}

#[test]
fn section() {
    replay("inventory_section", oracle::section, || {
        let seed = |section: Section, text: &str| {
            let choice = Section::ALL.iter().position(|one| *one == section).unwrap();
            [&[u8::try_from(choice).unwrap()], text.as_bytes()].concat()
        };
        vec![
            (
                "system",
                seed(
                    Section::System,
                    r#"{"hostname":"a","booted_at_ms":1700000040000,"installed_at_ms":-1}"#,
                ),
            ),
            (
                "hardware",
                seed(
                    Section::Hardware,
                    r#"{"memory_modules":[{"slot":"A","size_bytes":8},{"slot":"A","size_bytes":9}],"volatile":{"sensors":[{"name":"x","temperature_millicelsius":-7}]}}"#,
                ),
            ),
            (
                "disks",
                seed(
                    Section::Disks,
                    r#"{"disks":[{"name":"a","partitions":[{"name":"a1"}]}],"file_systems":"x"}"#,
                ),
            ),
            (
                "network",
                seed(
                    Section::Network,
                    r#"{"nics":[{"name":"e","addresses":["b","a"]}],"dns_servers":["b","a"],"wan_address":"c"}"#,
                ),
            ),
            (
                "people",
                seed(
                    Section::People,
                    r#"{"administrators":["ana","ana"],"accounts":[{"name":"a\u202eb"},{},7,null]}"#,
                ),
            ),
            (
                "software",
                seed(
                    Section::Software,
                    r#"{"services":[{"name":"a","command":"x --password=hunter2"}],"problems":[{"field":"/packages","code":"timed_out","detail":"rpm"}]}"#,
                ),
            ),
            (
                "posture",
                seed(
                    Section::Posture,
                    r#"{"firewall":{"name":"ufw","active":1},"reboot_pending":true}"#,
                ),
            ),
            ("deep", seed(Section::System, &"{\"a\":".repeat(40))),
        ]
    });
}

#[test]
fn mask() {
    replay("inventory_mask", oracle::mask, || {
        vec![
            ("named", b"x --password=\"a b\" TOKEN: c".to_vec()),
            ("scheme", b"Authorization: Basic dTpw; Bearer abc".to_vec()),
            ("address", b"postgres://a:b@c/d?secret=e&f".to_vec()),
            (
                "block",
                b"-----BEGIN PRIVATE KEY-----a-----END PRIVATE KEY-----b".to_vec(),
            ),
            ("token", b"AKIAIOSFODNN7EXAMPLE eyJhbGci.eyJzdWIi.c".to_vec()),
            (
                "options",
                b"curl -u a:b --pass c --auth-key=d https://0123456789abcdef@e".to_vec(),
            ),
            (
                "nested",
                b"://-----BEGIN PRIVATE KEY----- -----END a------token b:c@d".to_vec(),
            ),
        ]
    });
}
