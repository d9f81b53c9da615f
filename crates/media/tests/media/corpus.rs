//! Replays the corpus of the fuzz targets: what was found once stays fixed. `FAROL_BLESS=1` adds the seeds.

use std::path::PathBuf;

use farol_media::oracle;

fn replay(target: &str, oracle: fn(&[u8])) {
    let directory = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("../../fuzz/corpus")
        .join(target);
    if std::env::var_os("FAROL_BLESS").is_some() {
        seed(target, &directory);
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

#[test]
fn decode() {
    replay("media_decode", oracle::decode);
}

#[test]
fn round_trip() {
    replay("media_round_trip", oracle::round_trip);
}

/// Starting points for the search.
fn seed(target: &str, directory: &std::path::Path) {
    std::fs::create_dir_all(directory).unwrap();
    if target == "media_decode" {
        for (name, width, height) in [("text", 211u8, 97u8), ("photo", 160, 130), ("small", 3, 2)] {
            let mut seed = vec![width - 1, height - 1];
            for frame in super::vectors::frames(name) {
                // Longer ones are beyond what the search can change sensibly.
                if frame.len() < 6000 {
                    seed.extend_from_slice(&(frame.len() as u16).to_le_bytes());
                    seed.extend_from_slice(&frame);
                } else {
                    break;
                }
            }
            std::fs::write(directory.join(format!("seed-{name}")), seed).unwrap();
        }
        return;
    }
    let mut random = super::desktop::Random(99);
    for (index, (width, height)) in [(63u8, 63u8), (254, 130), (9, 200)].into_iter().enumerate() {
        let mut seed = vec![width, height];
        for _ in 0..12 * 8 {
            seed.push(random.next() as u8);
        }
        std::fs::write(directory.join(format!("seed-{index}")), seed).unwrap();
    }
}
