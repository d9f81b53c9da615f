//! VP9 by libvpx, which is linked into the program. What is C stands in `vp9.c`.

use std::ffi::{CStr, c_char, c_int, c_uint};
use std::ptr::NonNull;

use super::i420::Planes;
use super::{VIDEO_BLOCK, VideoEncoder, VideoError, VideoOptions, VideoPicture};

/// Pictures of more pixels than this are coded by two threads, where there are two processors.
const LARGE: u32 = 1280 * 720;
/// libvpx's `cpu-used`: the fastest. With a film it took three quarters of the time of 8, for the same bytes and errors.
const SPEED: c_int = 9;

/// `struct farol_vp9`.
#[repr(C)]
struct Codec {
    _opaque: [u8; 0],
}

unsafe extern "C" {
    /// A codec for pictures of these sides (multiples of 16), or null.
    fn farol_vp9_new(width: c_uint, height: c_uint, threads: c_uint, speed: c_int) -> *mut Codec;
    /// Codes one picture of the codec's size: three planes without gaps, and a map with one byte a block or null. 0, or an
    /// error. Keeps no pointer.
    fn farol_vp9_encode(
        codec: *mut Codec,
        luma: *const u8,
        blue: *const u8,
        red: *const u8,
        active: *const u8,
        quantizer: c_uint,
        key: c_int,
        now_us: i64,
    ) -> c_int;
    /// The next piece that coding brought, or null; valid until the next call with this codec.
    fn farol_vp9_take(codec: *mut Codec, length: *mut usize) -> *const u8;
    /// What the last error was, or null; valid until the next call with this codec.
    fn farol_vp9_error(codec: *mut Codec) -> *const c_char;
    /// Takes a codec or null.
    fn farol_vp9_free(codec: *mut Codec);
}

/// libvpx as an encoder. Has no memory while at rest; 15 MB for 960×544, two thirds of it pictures of libvpx.
#[derive(Default)]
pub(super) struct Vp9Encoder {
    running: Option<Running>,
}

/// A codec and the pictures it takes.
struct Running {
    codec: NonNull<Codec>,
    width: u32,
    height: u32,
    planes: Planes,
}

// SAFETY: libvpx binds a codec to no thread; it belongs to one at a time, as `&mut self` demands.
unsafe impl Send for Running {}

impl Drop for Running {
    fn drop(&mut self) {
        // SAFETY: the codec is ours alone, and nobody uses it after this.
        unsafe { farol_vp9_free(self.codec.as_ptr()) }
    }
}

impl Running {
    fn start(width: u32, height: u32) -> Result<Self, VideoError> {
        let large = width * height > LARGE;
        let processors = std::thread::available_parallelism().map_or(1, usize::from);
        let threads = if large && processors > 1 { 2 } else { 1 };
        // SAFETY: takes numbers only.
        let codec = unsafe { farol_vp9_new(width, height, threads, SPEED) };
        let codec = NonNull::new(codec).ok_or_else(|| VideoError("libvpx does not start".into()))?;
        Ok(Self {
            codec,
            width,
            height,
            planes: Planes::new(width as usize, height as usize),
        })
    }

    fn encode(&mut self, active: &[u8], options: VideoOptions, out: &mut Vec<u8>) -> Result<(), VideoError> {
        let all = active.iter().all(|active| *active != 0);
        let map = if all || options.key {
            std::ptr::null()
        } else {
            active.as_ptr()
        };
        let planes = &self.planes;
        // SAFETY: the planes have the codec's size; the map, if any, has one byte for each of its blocks (the caller checked).
        let failed = unsafe {
            farol_vp9_encode(
                self.codec.as_ptr(),
                planes.luma().as_ptr(),
                planes.blue().as_ptr(),
                planes.red().as_ptr(),
                map,
                options.quantizer.min(63).into(),
                options.key.into(),
                i64::try_from(options.now_us).unwrap_or(i64::MAX),
            )
        };
        if failed != 0 {
            return Err(self.error());
        }
        let before = out.len();
        let mut length = 0;
        loop {
            // SAFETY: the codec is alive, and `length` may be written.
            let piece = unsafe { farol_vp9_take(self.codec.as_ptr(), &raw mut length) };
            if piece.is_null() {
                break;
            }
            // SAFETY: the piece has this length and is valid until the next call, which comes after the copy.
            out.extend_from_slice(unsafe { std::slice::from_raw_parts(piece, length) });
        }
        if out.len() == before {
            return Err(VideoError("libvpx left a picture out".into()));
        }
        Ok(())
    }

    fn error(&self) -> VideoError {
        // SAFETY: the codec is alive.
        let text = unsafe { farol_vp9_error(self.codec.as_ptr()) };
        if text.is_null() {
            return VideoError("libvpx gives no reason".into());
        }
        // SAFETY: a text of libvpx, ended by zero, valid until the next call.
        let text = unsafe { CStr::from_ptr(text) };
        VideoError(text.to_string_lossy().into_owned())
    }
}

impl VideoEncoder for Vp9Encoder {
    fn encode(
        &mut self,
        picture: &VideoPicture<'_>,
        mut options: VideoOptions,
        out: &mut Vec<u8>,
    ) -> Result<(), VideoError> {
        if !picture.is_sound() {
            return Err(VideoError("buffers too short".into()));
        }
        let (columns, rows) = picture.blocks();
        let (width, height) = (columns * VIDEO_BLOCK, rows * VIDEO_BLOCK);
        let fits = |running: &Running| (running.width, running.height) == (width, height);
        if !self.running.as_ref().is_some_and(fits) {
            // The old one's memory goes first.
            self.running = None;
            self.running = Some(Running::start(width, height)?);
            options.key = true;
        }
        let Some(running) = &mut self.running else {
            return Ok(());
        };
        running.planes.fill(
            picture.pixels,
            picture.stride,
            picture.width as usize,
            picture.height as usize,
        );
        running.encode(picture.active, options, out)
    }

    fn rest(&mut self) {
        self.running = None;
    }
}

#[cfg(feature = "vp9-decode")]
pub use decoder::Vp9Decoder;

#[cfg(feature = "vp9-decode")]
mod decoder {
    use std::ffi::{c_int, c_uint};
    use std::ptr::NonNull;

    use super::super::i420::to_rgba;

    /// `struct farol_vp9_viewer`.
    #[repr(C)]
    struct Viewer {
        _opaque: [u8; 0],
    }

    unsafe extern "C" {
        /// A decoder, or null.
        fn farol_vp9_viewer_new() -> *mut Viewer;
        /// Decodes one frame. 0 and the planes of the one picture it brought, or an error. The planes are valid until the
        /// next call.
        fn farol_vp9_viewer_decode(
            viewer: *mut Viewer,
            bytes: *const u8,
            length: c_uint,
            width: *mut c_uint,
            height: *mut c_uint,
            planes: *mut *const u8,
            strides: *mut c_int,
        ) -> c_int;
        /// Takes a decoder or null.
        fn farol_vp9_viewer_free(viewer: *mut Viewer);
    }

    /// Decodes what the encoder makes, for tests: viewers have decoders of their own.
    pub struct Vp9Decoder {
        viewer: NonNull<Viewer>,
    }

    impl Drop for Vp9Decoder {
        fn drop(&mut self) {
            // SAFETY: the decoder is ours alone, and nobody uses it after this.
            unsafe { farol_vp9_viewer_free(self.viewer.as_ptr()) }
        }
    }

    impl Vp9Decoder {
        /// `None` when libvpx does not start.
        #[must_use]
        pub fn new() -> Option<Self> {
            // SAFETY: has no precondition.
            let viewer = NonNull::new(unsafe { farol_vp9_viewer_new() })?;
            Some(Self { viewer })
        }

        /// The one picture that a frame brings, RGBA without gaps, if it has this size.
        pub fn decode(&mut self, bytes: &[u8], width: u32, height: u32) -> Option<Vec<u8>> {
            let (mut is_width, mut is_height) = (0, 0);
            let mut planes = [std::ptr::null(); 3];
            let mut strides = [0; 3];
            // SAFETY: the bytes have this length; all else may be written, arrays of three as the function wants.
            let failed = unsafe {
                farol_vp9_viewer_decode(
                    self.viewer.as_ptr(),
                    bytes.as_ptr(),
                    bytes.len().try_into().ok()?,
                    &raw mut is_width,
                    &raw mut is_height,
                    planes.as_mut_ptr(),
                    strides.as_mut_ptr(),
                )
            };
            if failed != 0 || (is_width, is_height) != (width, height) {
                return None;
            }
            let (width, height) = (width as usize, height as usize);
            let strides = strides.map(|stride| usize::try_from(stride).unwrap_or(0));
            let rows = [height, height.div_ceil(2), height.div_ceil(2)];
            let plane = |at: usize| {
                let columns = if at == 0 { width } else { width.div_ceil(2) };
                // SAFETY: a plane has its stride for each of its rows, the last one at least its own width, to which the
                // length is cut; it stays valid as long as the decoder is not called.
                unsafe { std::slice::from_raw_parts(planes[at], strides[at] * (rows[at] - 1) + columns) }
            };
            Some(to_rgba([plane(0), plane(1), plane(2)], strides, width, height))
        }
    }
}
