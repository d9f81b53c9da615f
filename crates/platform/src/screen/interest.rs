//! Which part of the desktop anybody looks at, and the damage outside of it that nobody has read. Plain data; the back ends
//! ask it what to read.

use super::{Layout, tidy_rects};
use crate::Rect;

/// Starts with the whole desktop.
#[derive(Debug, Default)]
pub(super) struct Interest {
    /// `None`: the whole desktop.
    areas: Option<Vec<Rect>>,
    /// Damage outside of the areas, at most [`super::MAX_RECTS`] rectangles.
    unread: Vec<Rect>,
}

impl Interest {
    /// Looks at these areas from now on; true when there is damage inside that was not read.
    pub(super) fn look_at(&mut self, areas: &[Rect], layout: &Layout) -> bool {
        let inside = areas
            .iter()
            .filter_map(|area| area.clipped(layout.width, layout.height));
        self.areas = Some(inside.collect());
        let areas = self.areas.as_deref().unwrap_or_default();
        self.unread
            .iter()
            .any(|rect| areas.iter().any(|area| common(rect, area).is_some()))
    }

    /// Another desktop: nothing of the old one is damaged, and all of the new one is looked at.
    pub(super) fn reset(&mut self) {
        *self = Self::default();
    }

    /// What to read now of new damage and of what was left; the rest is left for later.
    pub(super) fn take(&mut self, mut damage: Vec<Rect>, layout: &Layout) -> Vec<Rect> {
        let Some(areas) = &self.areas else {
            return tidy_rects(damage, layout);
        };
        damage.append(&mut self.unread);
        let mut inside = Vec::new();
        for area in areas {
            inside.extend(damage.iter().filter_map(|rect| common(rect, area)));
            damage = damage.iter().flat_map(|rect| without(rect, area)).collect();
        }
        self.unread = tidy_rects(damage, layout);
        tidy_rects(inside, layout)
    }
}

fn common(a: &Rect, b: &Rect) -> Option<Rect> {
    let (x, y) = (a.x.max(b.x), a.y.max(b.y));
    let width = u32::try_from(a.right().min(b.right()) - i64::from(x)).ok()?;
    let height = u32::try_from(a.bottom().min(b.bottom()) - i64::from(y)).ok()?;
    let common = Rect::new(x, y, width, height);
    (!common.is_empty()).then_some(common)
}

/// The parts of a rectangle outside of an area: above, below, left and right of it.
fn without(rect: &Rect, area: &Rect) -> Vec<Rect> {
    let Some(hole) = common(rect, area) else {
        return vec![*rect];
    };
    let span = |from: i64, to: i64| u32::try_from(to - from).unwrap_or(0);
    let (left, top) = (i64::from(rect.x), i64::from(rect.y));
    // Both are inside of the rectangle, so inside of what its own coordinates hold.
    let (right_of, below) = (hole.x + hole.width as i32, hole.y + hole.height as i32);
    [
        Rect::new(rect.x, rect.y, rect.width, span(top, hole.y.into())),
        Rect::new(rect.x, below, rect.width, span(hole.bottom(), rect.bottom())),
        Rect::new(rect.x, hole.y, span(left, hole.x.into()), hole.height),
        Rect::new(right_of, hole.y, span(hole.right(), rect.right()), hole.height),
    ]
    .into_iter()
    .filter(|part| !part.is_empty())
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn layout() -> Layout {
        Layout {
            width: 200,
            height: 100,
            monitors: Vec::new(),
        }
    }

    const LEFT: Rect = Rect::new(0, 0, 100, 100);
    const RIGHT: Rect = Rect::new(100, 0, 100, 100);

    #[test]
    fn without_a_word_everything_is_read() {
        let mut interest = Interest::default();
        let damage = vec![Rect::new(90, 10, 20, 20)];
        assert_eq!(interest.take(damage.clone(), &layout()), damage);
        assert!(!interest.look_at(&[LEFT], &layout()), "nothing was left");
    }

    #[test]
    fn what_nobody_looks_at_is_read_when_somebody_does() {
        let mut interest = Interest::default();
        interest.look_at(&[LEFT], &layout());
        let read = interest.take(vec![Rect::new(90, 10, 20, 20)], &layout());
        assert_eq!(read, [Rect::new(90, 10, 10, 20)]);
        assert_eq!(interest.take(Vec::new(), &layout()), [], "read once");
        assert!(!interest.look_at(&[LEFT], &layout()));
        assert!(interest.look_at(&[LEFT, RIGHT], &layout()));
        assert_eq!(interest.take(Vec::new(), &layout()), [Rect::new(100, 10, 10, 20)]);
        assert!(!interest.look_at(&[RIGHT], &layout()));
    }

    #[test]
    fn another_desktop_owes_nothing() {
        let mut interest = Interest::default();
        interest.look_at(&[LEFT], &layout());
        interest.take(vec![RIGHT], &layout());
        interest.reset();
        assert_eq!(interest.take(vec![RIGHT], &layout()), [RIGHT]);
        assert!(!interest.look_at(&[RIGHT], &layout()));
    }

    #[test]
    fn no_pixel_is_lost_or_read_for_nobody() {
        let mut interest = Interest::default();
        let areas = [Rect::new(30, 20, 50, 40), Rect::new(60, 40, 90, 60)];
        interest.look_at(&areas, &layout());
        let damage: Vec<Rect> = (0..300)
            .map(|i| Rect::new(i * 37 % 190, i * 91 % 90, 9, 9))
            .collect();
        let read = interest.take(damage.clone(), &layout());
        let later = {
            interest.look_at(&[Rect::new(0, 0, 200, 100)], &layout());
            interest.take(Vec::new(), &layout())
        };
        let holds = |rects: &[Rect], x, y| rects.iter().any(|rect| rect.contains(x, y));
        for y in 0..100 {
            for x in 0..200 {
                if holds(&damage, x, y) {
                    let now = holds(&areas, x, y);
                    assert!(holds(if now { &read } else { &later }, x, y), "{x},{y}");
                }
            }
        }
        assert!(read.len() <= super::super::MAX_RECTS && later.len() <= super::super::MAX_RECTS);
    }
}
