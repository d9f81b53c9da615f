//! Decodes whole frames in Rust, JPEG included: for tests and hosts without a JPEG decoder of their own.

use zune_jpeg::JpegDecoder;
use zune_jpeg::zune_core::bytestream::ZCursor;
use zune_jpeg::zune_core::colorspace::ColorSpace;
use zune_jpeg::zune_core::options::DecoderOptions;

use crate::{Atlas, Decoder, MediaError, Rect, Video};

/// [`Decoder::begin`] and [`Decoder::finish`] in one, for frames without video. Returns the rectangles that may have changed.
///
/// # Errors
/// As those, and [`MediaError::Jpeg`] for an unreadable atlas.
pub fn decode_full<'a>(decoder: &'a mut Decoder, frame: &[u8]) -> Result<&'a [Rect], MediaError> {
    decode_full_with(decoder, frame, |_, _| None)
}

/// As [`decode_full`]. `video` decodes a VP9 frame to RGBA without gaps; `None` when it cannot.
///
/// # Errors
/// As [`decode_full`].
pub fn decode_full_with<'a>(
    decoder: &'a mut Decoder,
    frame: &[u8],
    video: impl FnOnce(&Video, &[u8]) -> Option<Vec<u8>>,
) -> Result<&'a [Rect], MediaError> {
    let step = decoder.begin(frame)?;
    let atlas = step.atlas.map(|atlas| decode_atlas(frame, &atlas)).transpose()?;
    let video = step
        .video
        .and_then(|head| video(&head, frame.get(head.bytes.clone()).unwrap_or_default()));
    decoder.finish(atlas.as_deref(), video.as_deref())
}

fn decode_atlas(frame: &[u8], atlas: &Atlas) -> Result<Vec<u8>, MediaError> {
    let options = DecoderOptions::default()
        .set_max_width(atlas.width as usize)
        .set_max_height(atlas.height as usize)
        .jpeg_set_out_colorspace(ColorSpace::RGBA);
    let jpeg = frame.get(atlas.bytes.clone()).unwrap_or_default();
    JpegDecoder::new_with_options(ZCursor::new(jpeg), options)
        .decode()
        .map_err(|error| MediaError::Jpeg(error.to_string()))
}
