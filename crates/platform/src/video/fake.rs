//! An encoder that encodes nothing: it remembers what it was asked, and answers as told.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::{VideoEncoder, VideoError, VideoOptions, VideoPicture};

#[derive(Debug, Default)]
struct Script {
    asked: Vec<Asked>,
    rests: usize,
    failure: Option<String>,
}

/// A picture that was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// Pixels.
    pub width: u32,
    /// Pixels.
    pub height: u32,
    /// Blocks that somebody looks at.
    pub active: usize,
    /// How it was to be encoded.
    pub options: VideoOptions,
}

/// The encoder side: give it to the code under test. Its frames begin as those of VP9 do.
#[derive(Debug, Default)]
pub struct FakeVideo {
    script: Arc<Mutex<Script>>,
}

/// The hand that plays a [`FakeVideo`].
#[derive(Clone, Debug)]
pub struct FakeVideoControl {
    script: Arc<Mutex<Script>>,
}

fn lock(script: &Mutex<Script>) -> MutexGuard<'_, Script> {
    script.lock().unwrap_or_else(PoisonError::into_inner)
}

impl FakeVideo {
    /// The hand that plays it.
    #[must_use]
    pub fn control(&self) -> FakeVideoControl {
        FakeVideoControl {
            script: Arc::clone(&self.script),
        }
    }
}

impl FakeVideoControl {
    /// The pictures asked for since the last call.
    #[must_use]
    pub fn take_asked(&self) -> Vec<Asked> {
        std::mem::take(&mut lock(&self.script).asked)
    }

    /// How often it was put to rest.
    #[must_use]
    pub fn rests(&self) -> usize {
        lock(&self.script).rests
    }

    /// From now on it fails for this reason.
    pub fn fail(&self, reason: &str) {
        lock(&self.script).failure = Some(reason.to_owned());
    }
}

impl VideoEncoder for FakeVideo {
    fn encode(
        &mut self,
        picture: &VideoPicture<'_>,
        options: VideoOptions,
        out: &mut Vec<u8>,
    ) -> Result<(), VideoError> {
        let mut script = lock(&self.script);
        if let Some(reason) = &script.failure {
            return Err(VideoError(reason.clone()));
        }
        if !picture.is_sound() {
            return Err(VideoError("buffers too short".into()));
        }
        script.asked.push(Asked {
            width: picture.width,
            height: picture.height,
            active: picture.active.iter().filter(|active| **active != 0).count(),
            options,
        });
        if options.key {
            let (columns, rows) = picture.blocks();
            // Marker and profile, shown key frame, its sync code; then BT.709 of limited range, and the sides less one.
            out.extend([0x82, 0x49, 0x83, 0x42]);
            let sides = u64::from(columns * 16 - 1) << 16 | u64::from(rows * 16 - 1);
            out.extend_from_slice(&((2 << 33 | sides) << 4).to_be_bytes()[3..]);
        } else {
            // A shown frame of the size of the first that it refers to.
            out.extend([0x86, 0, 0, 2]);
        }
        out.push(0);
        Ok(())
    }

    fn rest(&mut self) {
        lock(&self.script).rests += 1;
    }
}
