//! The media decoder as a WebAssembly module: a C-like face on [`farol_media::Decoder`], without glue code.
//! `web/app/desktop/decoder/decoder.ts` is its only caller and says in which order. Nothing is decided here.
//!
//! One module instance is one decoder. Addresses are offsets in the module's memory and are valid until the next call,
//! since memory may move and grow. Results below 0 are errors ([`Failure`]).

use std::cell::RefCell;

use farol_media::{Atlas, Decoder, MediaError, Video, format::MAX_FRAME_BYTES};

/// What a result below 0 means. The same numbers stand in `decoder.ts`.
#[derive(Clone, Copy)]
#[repr(i32)]
enum Failure {
    /// The frame is malformed, or no decoder was made.
    Malformed = -1,
    /// A frame of an unknown version: viewer and agent differ in age.
    Version = -2,
    /// Calls in the wrong order, or a frame after a failed one without `resize`.
    OutOfStep = -3,
    /// The atlas has not the announced size.
    BadAtlas = -4,
    /// An unusable picture size.
    BadSize = -5,
    /// The video picture has not the announced size.
    BadVideo = -6,
    /// The picture is not the agent's.
    Differs = -7,
}

impl From<MediaError> for Failure {
    fn from(error: MediaError) -> Self {
        match error {
            MediaError::Version(_) => Self::Version,
            MediaError::OutOfStep(_) => Self::OutOfStep,
            MediaError::BadAtlas => Self::BadAtlas,
            MediaError::BadVideo => Self::BadVideo,
            MediaError::BadSize { .. } | MediaError::SizeMismatch => Self::BadSize,
            MediaError::Differs => Self::Differs,
            MediaError::Malformed(_) | MediaError::Jpeg(_) => Self::Malformed,
        }
    }
}

#[derive(Default)]
struct Module {
    decoder: Option<Decoder>,
    frame: Vec<u8>,
    atlas: Option<Atlas>,
    picture: Vec<u8>,
    video: Option<Video>,
    video_picture: Vec<u8>,
    /// x, y, width, height of each.
    dirty: Vec<u32>,
}

thread_local! {
    /// The module's one decoder; an instance has one thread.
    static MODULE: RefCell<Module> = RefCell::default();
}

fn with(run: impl FnOnce(&mut Module) -> Result<usize, Failure>) -> i32 {
    MODULE.with_borrow_mut(|module| match run(module) {
        Ok(value) => value as i32,
        Err(failure) => failure as i32,
    })
}

fn address(bytes: &[u8]) -> usize {
    bytes.as_ptr() as usize
}

/// Starts over with a black picture of this size. 0, or an error.
#[unsafe(no_mangle)]
pub extern "C" fn farol_resize(width: u32, height: u32) -> i32 {
    with(|module| {
        // The old picture goes first: memory never shrinks, so both at once would stay for good.
        module.decoder = None;
        module.decoder = Some(Decoder::new(width, height)?);
        Ok(0)
    })
}

/// Address of room for a frame of `length` bytes, to be filled by the caller; an error when it is too long.
#[unsafe(no_mangle)]
pub extern "C" fn farol_frame(length: u32) -> i32 {
    with(|module| {
        let length = length as usize;
        if length > MAX_FRAME_BYTES {
            return Err(Failure::Malformed);
        }
        if module.frame.len() < length {
            module.frame.resize(length, 0);
        }
        Ok(address(&module.frame))
    })
}

/// Takes the frame in the room. The sum of 1 when it has a JPEG picture (see `farol_atlas_*`) and 2 when it has video (see
/// `farol_video_*`), or an error.
#[unsafe(no_mangle)]
pub extern "C" fn farol_begin(length: u32) -> i32 {
    with(|module| {
        let frame = module.frame.get(..length as usize).ok_or(Failure::Malformed)?;
        let step = module.decoder.as_mut().ok_or(Failure::Malformed)?.begin(frame)?;
        module.atlas = step.atlas;
        module.video = step.video;
        Ok(usize::from(module.atlas.is_some()) | usize::from(module.video.is_some()) << 1)
    })
}

fn atlas(of: impl FnOnce(&Atlas) -> usize) -> u32 {
    MODULE.with_borrow(|module| module.atlas.as_ref().map_or(0, of) as u32)
}

/// Where in the frame the JPEG picture begins.
#[unsafe(no_mangle)]
pub extern "C" fn farol_atlas_start() -> u32 {
    atlas(|atlas| atlas.bytes.start)
}

/// Its bytes.
#[unsafe(no_mangle)]
pub extern "C" fn farol_atlas_length() -> u32 {
    atlas(|atlas| atlas.bytes.len())
}

/// Pixels it must have.
#[unsafe(no_mangle)]
pub extern "C" fn farol_atlas_width() -> u32 {
    atlas(|atlas| atlas.width as usize)
}

/// Pixels it must have.
#[unsafe(no_mangle)]
pub extern "C" fn farol_atlas_height() -> u32 {
    atlas(|atlas| atlas.height as usize)
}

fn video(of: impl FnOnce(&Video) -> usize) -> u32 {
    MODULE.with_borrow(|module| module.video.as_ref().map_or(0, of) as u32)
}

/// Where in the frame the VP9 frame begins.
#[unsafe(no_mangle)]
pub extern "C" fn farol_video_start() -> u32 {
    video(|video| video.bytes.start)
}

/// Its bytes.
#[unsafe(no_mangle)]
pub extern "C" fn farol_video_length() -> u32 {
    video(|video| video.bytes.len())
}

/// Pixels its picture must have.
#[unsafe(no_mangle)]
pub extern "C" fn farol_video_width() -> u32 {
    video(|video| video.width as usize)
}

/// Pixels its picture must have.
#[unsafe(no_mangle)]
pub extern "C" fn farol_video_height() -> u32 {
    video(|video| video.height as usize)
}

/// 1 when it needs no VP9 frame before it.
#[unsafe(no_mangle)]
pub extern "C" fn farol_video_key() -> u32 {
    video(|video| usize::from(video.key))
}

/// Does all of the frame but its pictures, while the caller decodes them. 0, or an error.
#[unsafe(no_mangle)]
pub extern "C" fn farol_apply() -> i32 {
    with(|module| {
        module.decoder.as_mut().ok_or(Failure::Malformed)?.apply()?;
        Ok(0)
    })
}

/// Address of room for the decoded JPEG picture (RGBA, width × height × 4 bytes), to be filled by the caller.
#[unsafe(no_mangle)]
pub extern "C" fn farol_atlas_pixels() -> i32 {
    with(|module| {
        let atlas = module.atlas.as_ref().ok_or(Failure::OutOfStep)?;
        module
            .picture
            .resize(atlas.width as usize * atlas.height as usize * 4, 0);
        Ok(address(&module.picture))
    })
}

/// Address of room for the decoded video picture (RGBA, width × height × 4 bytes), to be filled by the caller.
#[unsafe(no_mangle)]
pub extern "C" fn farol_video_pixels() -> i32 {
    with(|module| {
        let video = module.video.as_ref().ok_or(Failure::OutOfStep)?;
        module
            .video_picture
            .resize(video.width as usize * video.height as usize * 4, 0);
        Ok(address(&module.video_picture))
    })
}

/// Completes the frame. The number of rectangles that changed (see `farol_dirty`), or an error.
#[unsafe(no_mangle)]
pub extern "C" fn farol_finish() -> i32 {
    with(|module| {
        let picture = module.atlas.take().map(|_| &module.picture[..]);
        let video = module.video.take().map(|_| &module.video_picture[..]);
        let dirty = module
            .decoder
            .as_mut()
            .ok_or(Failure::Malformed)?
            .finish(picture, video)?;
        module.dirty.clear();
        module.dirty.extend(
            dirty
                .iter()
                .flat_map(|rect| [rect.x, rect.y, rect.width, rect.height]),
        );
        Ok(dirty.len())
    })
}

/// Address of the changed rectangles: four 32-bit numbers each, left, top, width, height.
#[unsafe(no_mangle)]
pub extern "C" fn farol_dirty() -> u32 {
    MODULE.with_borrow(|module| module.dirty.as_ptr() as usize as u32)
}

/// Address of the picture: RGBA, width × height × 4 bytes; 0 before the first `farol_resize`.
#[unsafe(no_mangle)]
pub extern "C" fn farol_framebuffer() -> u32 {
    MODULE.with_borrow(|module| {
        module
            .decoder
            .as_ref()
            .map_or(0, |decoder| address(decoder.framebuffer()) as u32)
    })
}
