//! Numbers for the pointer's pictures: each travels once per pipe, later only its number.

use std::collections::HashMap;

use farol_platform::CursorImage;
use farol_protocol::pipe::message::screen::CursorShape;

/// Pictures a viewer is expected to keep. Desktops have some dozen; animated ones some hundred.
const KEPT: usize = 128;

/// The numbers given out in one pipe.
#[derive(Debug, Default)]
pub(crate) struct CursorIds {
    known: HashMap<u64, u32>,
    last: u32,
}

impl CursorIds {
    /// The message for a picture: with pixels the first time, with its number alone afterwards. Numbers are never used
    /// twice; after [`KEPT`] pictures all travel again.
    pub(crate) fn shape(&mut self, image: &CursorImage) -> CursorShape {
        let shape = |id, rgba| CursorShape {
            id,
            width: image.width,
            height: image.height,
            hot_x: image.hot_x.min(image.width),
            hot_y: image.hot_y.min(image.height),
            rgba,
        };
        if let Some(&id) = self.known.get(&image.id) {
            return shape(id, Vec::new());
        }
        if self.known.len() >= KEPT {
            self.known.clear();
        }
        self.last += 1;
        self.known.insert(image.id, self.last);
        shape(self.last, image.rgba.clone())
    }

    /// The message did not get into the pipe: its pixels must travel next time.
    pub(crate) fn forget(&mut self, image: &CursorImage) {
        self.known.remove(&image.id);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_travels_once() {
        let mut ids = CursorIds::default();
        let arrow = CursorImage::new((2, 2), (0, 0), vec![1; 16]);
        let first = ids.shape(&arrow);
        assert_eq!((first.id, first.rgba.len()), (1, 16));
        let again = ids.shape(&arrow);
        assert_eq!((again.id, again.rgba.len()), (1, 0));
        ids.forget(&arrow);
        assert_eq!(ids.shape(&arrow).rgba.len(), 16);
        for shade in 0..200 {
            ids.shape(&CursorImage::new((1, 1), (0, 0), vec![shade; 4]));
        }
        let later = ids.shape(&arrow);
        assert_eq!(later.rgba.len(), 16, "long forgotten");
        assert!(later.id > 200);
    }
}
