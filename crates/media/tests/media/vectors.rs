//! Frames kept in `proto/vectors/media` and what they show: the format does not change by accident, and every decoder shows
//! the same. `FAROL_BLESS=1` writes them anew, which is right only together with a new format version.
//!
//! Decoders of JPEG and video differ, so patterns stand in for the decoded pictures of frames that have some.

use std::path::PathBuf;

use farol_media::fake_video::FakeCoder;
use farol_media::{Decoder, Encoder, PixelView, Quality, Rect, Region};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::desktop::{Desktop, Random, Window, Windows};

#[derive(Serialize, Deserialize)]
struct Vector {
    name: String,
    width: u32,
    height: u32,
    frames: Vec<Frame>,
}

#[derive(Serialize, Deserialize, PartialEq, Debug)]
struct Frame {
    /// Length in the `.bin` file of the vector, where the frames stand one after the other.
    bytes: usize,
    /// SHA-256 of the RGBA picture after the frame, hexadecimal.
    shown: String,
}

fn directory() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../proto/vectors/media")
}

fn show(decoder: &mut Decoder, frame: &[u8]) -> String {
    let step = decoder.begin(frame).unwrap();
    let pattern = |width: u32, height: u32, factor: usize| -> Vec<u8> {
        let bytes = width as usize * height as usize * 4;
        (0..bytes)
            .map(|index| {
                if index % 4 == 3 {
                    255
                } else {
                    (index * factor) as u8
                }
            })
            .collect()
    };
    let atlas = step.atlas.map(|atlas| pattern(atlas.width, atlas.height, 7));
    let video = step.video.map(|video| pattern(video.width, video.height, 5));
    decoder.finish(atlas.as_deref(), video.as_deref()).unwrap();
    hex::encode(Sha256::digest(decoder.framebuffer()))
}

#[test]
fn vectors_show_what_they_say() {
    if std::env::var_os("FAROL_BLESS").is_some() {
        bless();
    }
    let text = std::fs::read_to_string(directory().join("frames.json")).unwrap();
    let vectors: Vec<Vector> = serde_json::from_str(&text).unwrap();
    assert!(vectors.len() >= 3);
    for vector in vectors {
        let bytes = std::fs::read(directory().join(format!("{}.bin", vector.name))).unwrap();
        let mut rest = &bytes[..];
        let mut decoder = Decoder::new(vector.width, vector.height).unwrap();
        for (index, frame) in vector.frames.iter().enumerate() {
            let (data, after) = rest.split_at(frame.bytes);
            assert_eq!(
                show(&mut decoder, data),
                frame.shown,
                "{} frame {index}",
                vector.name
            );
            rest = after;
        }
        assert!(rest.is_empty());
    }
}

/// The frames of a vector.
pub(crate) fn frames(name: &str) -> Vec<Vec<u8>> {
    let text = std::fs::read_to_string(directory().join("frames.json")).unwrap();
    let vectors: Vec<Vector> = serde_json::from_str(&text).unwrap();
    let vector = vectors.into_iter().find(|vector| vector.name == name).unwrap();
    let bytes = std::fs::read(directory().join(format!("{name}.bin"))).unwrap();
    let mut rest = &bytes[..];
    let cut = |frame: &Frame| {
        let (data, after) = rest.split_at(frame.bytes);
        rest = after;
        data.to_vec()
    };
    vector.frames.iter().map(cut).collect()
}

fn bless() {
    std::fs::create_dir_all(directory()).unwrap();
    let vectors = [
        record("text", (211, 97), &|step, screen, random| match step {
            0 => screen.text((0, 0, 211, 97), random),
            1 => screen.fill((30, 20, 40, 30), 0x00_aa_55),
            2 => screen.shift((0, 14, 211, 83), 0, -14),
            3 => screen.text((0, 0, 211, 97), &mut Random(41)),
            4 => screen.fill((0, 0, 211, 97), 0xff_ff_ff),
            _ => screen.text((0, 0, 211, 97), &mut Random(41)),
        }),
        record("photo", (160, 130), &|step, screen, random| match step {
            0 => screen.photo((0, 0, 150, 120), random),
            1 => screen.text((10, 10, 90, 40), random),
            2 => screen.photo((60, 50, 20, 20), random),
            3 => screen.shift((0, 0, 160, 130), 7, 9),
            _ => screen.photo((0, 64, 160, 66), random),
        }),
        record("window", (323, 241), &|step, screen, _| {
            window(step).compose(screen)
        }),
        record("small", (3, 2), &|step, screen, _| {
            screen.set(step % 3, step % 2, 0x01_02_03 << step, 9)
        }),
        // Video from the sixth photo on, then text in it, and a part that was not there.
        record("video", (210, 180), &|step, screen, random| match step {
            0 => screen.text((0, 0, 210, 180), random),
            1..8 => screen.photo((36, 20, 150, 144), random),
            8 => screen.text((48, 32, 64, 48), random),
            _ => screen.photo((36, 20, 150, 160), random),
        }),
    ];
    let text = serde_json::to_string_pretty(&vectors).unwrap();
    std::fs::write(directory().join("frames.json"), text + "\n").unwrap();
}

/// A window that is dragged over a photo and text.
fn window(step: usize) -> Windows {
    let mut random = Random(43);
    let mut desk = Windows {
        background: Desktop::new(323, 241),
        windows: vec![Window::new(
            190,
            130,
            (11 + step as isize * 19, 9 + step as isize * 7),
        )],
    };
    desk.background.text((0, 0, 323, 241), &mut random);
    desk.background.photo((0, 0, 90, 200), &mut random);
    desk.windows[0].content.text((0, 0, 190, 130), &mut random);
    desk
}

fn record(name: &str, size: (usize, usize), step: &dyn Fn(usize, &mut Desktop, &mut Random)) -> Vector {
    let (width, height) = (size.0 as u32, size.1 as u32);
    let mut screen = Desktop::new(size.0, size.1);
    let mut random = Random(41);
    let mut encoder = Encoder::new(width, height, [0, 0]).unwrap();
    let mut decoder = Decoder::new(width, height).unwrap();
    let everything = Region::from_rect(Rect::new(0, 0, width, height));
    let mut bytes = Vec::new();
    let mut frames = Vec::new();
    let mut keep = |data: &[u8]| {
        bytes.extend_from_slice(data);
        frames.push(Frame {
            bytes: data.len(),
            shown: show(&mut decoder, data),
        });
    };
    encoder.use_video(Some(Box::new(FakeCoder::default())));
    for index in 0..if name == "video" { 10 } else { 6 } {
        step(index, &mut screen, &mut random);
        let view = PixelView::new(&screen.data, width, height, screen.stride).unwrap();
        let now = index as u64 * 40_000;
        if let Some(frame) = encoder.encode_at(now, view, &everything, Quality::Auto).unwrap() {
            keep(&frame.data);
        }
        if index % 2 == 1
            && name != "video"
            && let Some(frame) = encoder.refine(1500).unwrap()
        {
            keep(&frame.data);
        }
    }
    std::fs::write(directory().join(format!("{name}.bin")), &bytes).unwrap();
    Vector {
        name: name.to_owned(),
        width,
        height,
        frames,
    }
}
