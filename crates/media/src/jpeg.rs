//! Decodes whole frames in Rust, JPEG included: for tests and hosts without a JPEG decoder of their own.

use zune_jpeg::JpegDecoder;
use zune_jpeg::zune_core::bytestream::ZCursor;
use zune_jpeg::zune_core::colorspace::ColorSpace;
use zune_jpeg::zune_core::options::DecoderOptions;

use crate::{Decoder, MediaError, Rect};

/// [`Decoder::begin`] and [`Decoder::finish`] in one. Returns the rectangles that may have changed.
///
/// # Errors
/// As those, and [`MediaError::Jpeg`] for an unreadable atlas.
pub fn decode_full<'a>(decoder: &'a mut Decoder, frame: &[u8]) -> Result<&'a [Rect], MediaError> {
    let step = decoder.begin(frame)?;
    let Some(atlas) = step.atlas else {
        return decoder.finish(None);
    };
    let options = DecoderOptions::default()
        .set_max_width(atlas.width as usize)
        .set_max_height(atlas.height as usize)
        .jpeg_set_out_colorspace(ColorSpace::RGBA);
    let jpeg = frame.get(atlas.bytes).unwrap_or_default();
    let mut picture = JpegDecoder::new_with_options(ZCursor::new(jpeg), options);
    let pixels = picture
        .decode()
        .map_err(|error| MediaError::Jpeg(error.to_string()))?;
    decoder.finish(Some(&pixels))
}
