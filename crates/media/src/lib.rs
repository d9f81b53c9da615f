//! Pixels: damage, motion, encode, decode, pacing; pure functions over buffers. No IO, no clock, no threads, no `unsafe`.
//!
//! The agent has one [`Encoder`] per viewer: [`Encoder::encode`] turns what changed into a frame, [`Encoder::refine`] makes
//! lossy areas exact when at rest, and a [`Pacer`] says when the next frame may go. A [`Downscaler`] makes the picture smaller
//! for a viewer that has less room than the screen. The viewer has one [`Decoder`].
//! [`mod@format`] describes a frame and holds the limits.
//!
//! What moves like video is found here and coded elsewhere: the agent brings a [`VideoCoder`], the viewer decodes as it can.
//!
//! Where things are: `pixels`, `geometry`, `grid` (plain data) → `canvas` (the picture both sides agree on) → `range`
//! (bits), `graphic`, `photo` (pixels to bits), `ops` (all other fields) → `encoder`, `decoder`.

mod cache;
mod canvas;
mod decoder;
#[cfg(feature = "encode")]
mod encoder;
#[cfg(feature = "oracle")]
pub mod fake_video;
pub mod format;
mod geometry;
mod graphic;
mod grid;
#[cfg(feature = "jpeg-decode")]
mod jpeg;
mod ops;
#[cfg(feature = "oracle")]
pub mod oracle;
#[cfg(feature = "encode")]
pub mod pace;
mod photo;
mod pixels;
mod range;
mod rows;
#[cfg(feature = "encode")]
mod scale;
mod video;
#[cfg(feature = "encode")]
mod view;

pub use decoder::{Atlas, Decoder, Step, Video};
#[cfg(feature = "encode")]
pub use encoder::{EncodedFrame, Encoder, FrameStats, Quality};
pub use geometry::{Rect, Region};
#[cfg(feature = "jpeg-decode")]
pub use jpeg::{decode_full, decode_full_with};

#[cfg(feature = "encode")]
pub use pace::{Pacer, Purpose};
#[cfg(feature = "encode")]
pub use scale::{Downscaler, MAX_SHRINK};
#[cfg(feature = "encode")]
pub use video::{VideoCoder, VideoError, VideoSource, VideoWish};
#[cfg(feature = "encode")]
pub use view::PixelView;

/// Why a picture cannot be taken or a frame not decoded. Fragments; the caller says what it was doing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MediaError {
    /// A side is 0 or too long, there are too many pixels, or the buffer is too short.
    #[error("unusable picture size {width}×{height}")]
    BadSize {
        /// Pixels.
        width: u32,
        /// Pixels.
        height: u32,
    },
    /// The source picture has not the size the encoder was made for.
    #[error("picture of another size than the encoder's")]
    SizeMismatch,
    /// A frame of a version this build does not know.
    #[error("unknown frame version {0}")]
    Version(u8),
    /// A frame that no correct encoder makes.
    #[error("malformed frame: {0}")]
    Malformed(&'static str),
    /// `finish` without `begin`, or a frame after a failed one.
    #[error("decoder out of step: {0}")]
    OutOfStep(&'static str),
    /// The atlas given to `finish` is missing or has another size than announced.
    #[error("atlas picture missing or of the wrong size")]
    BadAtlas,
    /// The picture after a checked frame is not the agent's: one of the two has a fault.
    #[error("the picture is not the agent's")]
    Differs,
    /// The video picture given to `finish` is missing or has another size than announced.
    #[error("video picture missing or of the wrong size")]
    BadVideo,
    /// The JPEG picture cannot be made or read.
    #[error("jpeg: {0}")]
    Jpeg(String),
}
