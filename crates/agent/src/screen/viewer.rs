//! What the screen thread keeps for one viewer: what of the desktop it is shown, its encoder, its pacing, what changed since
//! its last picture.
//!
//! Pure: pixels and time come in, frames go out. The thread around it is `thread.rs`; which part of the desktop it is and how
//! large is decided in `surface.rs`.

use farol_media::{
    Downscaler, EncodedFrame, Encoder, MediaError, Pacer, PixelView, Purpose, Quality, Rect, Region,
};
use farol_platform::{Layout, Pixels};
use farol_protocol::pipe::message::screen::{
    self as wire, Frame, FrameAck, FrameTimes, ScreenSettings, Surface,
};

use super::surface::{Desktop, Scale};
use super::video;

/// Source of keys for block caches; see [`Encoder::new`].
pub(crate) type Key = [u64; 2];

/// Pictures for one viewer.
pub(crate) struct ViewerScreen {
    wanted: ScreenSettings,
    scale: Scale,
    desktop: Option<Desktop>,
    /// What the encoder is for.
    surface: Option<Surface>,
    /// Where pictures are smaller than the surface.
    scaler: Option<Downscaler>,
    encoder: Option<Encoder>,
    pacer: Pacer,
    /// In pixels of the picture.
    damage: Region,
    /// When the oldest change that is not yet in a picture was reported.
    damaged_us: Option<u64>,
    /// What was before that is new to this viewer only from then on.
    started_us: u64,
    /// When much of what it sees last changed at once.
    moved_us: u64,
    generation: u32,
    last_frame: u32,
    /// The viewer can decode video.
    video: bool,
    /// The encoder found nothing to refine, whatever it says of being exact; asked again after the next change.
    refined: bool,
    /// Likewise for text and graphics alone.
    graphics_refined: bool,
    /// The viewer was asked whether its picture is ours since it last changed.
    checked: bool,
}

/// How long after rest began the viewer is asked whether its picture is ours: once, when nobody waits for anything.
const CHECK_AFTER_US: u64 = 1_500_000;
/// One in so many pixels that change at once are a movement: a line of text, a caret and a clock are none.
const LARGE_SHARE: u64 = 64;
/// A picture in which nothing moved for this long stands still.
const STILL_US: u64 = 2_000_000;

/// Moments of the capture that a frame is made from, microseconds.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Moment {
    pub(crate) captured_us: u64,
    /// Last input of this viewer played before the capture.
    pub(crate) last_input: u32,
}

impl ViewerScreen {
    pub(crate) fn new() -> Self {
        Self {
            wanted: ScreenSettings::default(),
            scale: Scale::default(),
            desktop: None,
            surface: None,
            scaler: None,
            encoder: None,
            pacer: Pacer::new(Quality::Auto),
            damage: Region::default(),
            damaged_us: None,
            started_us: 0,
            moved_us: 0,
            generation: 0,
            last_frame: 0,
            video: false,
            refined: false,
            graphics_refined: false,
            checked: true,
        }
    }

    /// Starts over from black with this desktop; the answer is to be sent before the next frame.
    ///
    /// # Errors
    /// A sentence for people when what is wanted of the desktop cannot be shown; there are no frames then.
    pub(crate) fn start(&mut self, layout: &Layout, key: Key, now_us: u64) -> Result<wire::Layout, String> {
        self.stop();
        self.started_us = now_us;
        let desktop = self.desktop.insert(Desktop::new(layout));
        let surface = desktop
            .choose(&self.wanted, self.scale.small)
            .map_err(|refused| refused.to_string())?;
        let (width, height) = surface.picture;
        let answer = wire::Layout {
            generation: self.generation + 1,
            width: desktop.width,
            height: desktop.height,
            monitors: desktop.monitors.clone(),
            surface: surface.clone(),
        };
        let from = (surface.width, surface.height);
        if from != surface.picture {
            self.scaler = Some(Downscaler::new(from, surface.picture).map_err(|error| error.to_string())?);
        }
        self.encoder = Some(Encoder::new(width, height, key).map_err(|error| error.to_string())?);
        self.use_video();
        self.checked = true;
        self.surface = Some(surface);
        self.pacer.restart();
        self.damage = Region::from_rect(Rect::new(0, 0, width, height));
        self.generation += 1;
        Ok(answer)
    }

    /// The display is gone; the memory too.
    pub(crate) fn stop(&mut self) {
        (self.desktop, self.surface, self.scaler, self.encoder) = (None, None, None, None);
        self.damage.clear();
        self.damaged_us = None;
    }

    pub(crate) fn set(&mut self, settings: ScreenSettings) {
        if self.video != settings.vp9 {
            self.video = settings.vp9;
            self.use_video();
        }
        self.pacer.set_wanted(match settings.quality {
            wire::Quality::Auto => Quality::Auto,
            wire::Quality::Lossless => Quality::Lossless,
            wire::Quality::LowBandwidth => Quality::LowBandwidth,
        });
        let pausing = ScreenSettings {
            paused: self.wanted.paused,
            ..settings.clone()
        };
        if pausing != self.wanted {
            self.scale.asked();
        }
        self.wanted = settings;
    }

    /// Whether something else of the desktop is to be shown than is, or in another size: [`Self::start`] then.
    pub(crate) fn surface_is_due(&mut self, now_us: u64) -> bool {
        if self.stands_still(now_us) {
            if self.may_grow() {
                self.scale.rest(now_us);
            }
        } else {
            self.scale.follow(now_us, self.should_be_small());
        }
        let Some(desktop) = &self.desktop else {
            return false;
        };
        desktop.choose(&self.wanted, self.scale.small).ok() != self.surface
    }

    /// When [`Self::surface_is_due`] is to be asked even if nothing happens.
    pub(crate) fn surface_due_at(&self, now_us: u64) -> Option<u64> {
        self.surface.as_ref()?;
        if self.stands_still(now_us) {
            return self.may_grow().then_some(now_us);
        }
        let still = self.stands_still_at().filter(|_| self.scale.small);
        let change = self.scale.due_at(self.should_be_small());
        still.into_iter().chain(change).min()
    }

    fn should_be_small(&self) -> bool {
        self.pacer.quality() == Quality::LowBandwidth
    }

    /// The picture is small, and all of it was sent.
    fn may_grow(&self) -> bool {
        self.scale.small && !self.encoder.as_ref().is_some_and(Encoder::has_pending)
    }

    /// Nothing large has changed for a while, so that even a slow link has time for a picture in full size.
    fn stands_still(&self, now_us: u64) -> bool {
        self.stands_still_at().is_some_and(|at| at <= now_us)
    }

    /// When that is so if nothing more happens; `None` when few bytes are what was asked for.
    fn stands_still_at(&self) -> Option<u64> {
        let sparing = self.wanted.quality == wire::Quality::LowBandwidth;
        (!sparing).then(|| self.moved_us.saturating_add(STILL_US))
    }

    /// The picture is all there and exact and was checked; nothing is made until something changes.
    pub(crate) fn is_settled(&self) -> bool {
        let exact = self.encoder.as_ref().is_none_or(Encoder::is_exact);
        exact && self.checked && !self.has_news()
    }

    /// The part of the desktop that this viewer looks at; `None` while it does not.
    pub(crate) fn looks_at(&self) -> Option<farol_platform::Rect> {
        let surface = self.surface.as_ref().filter(|_| !self.wanted.paused)?;
        let side = |pixels: u32| i32::try_from(pixels).unwrap_or(i32::MAX);
        let (x, y) = (side(surface.x), side(surface.y));
        Some(farol_platform::Rect::new(x, y, surface.width, surface.height))
    }

    /// Gives the encoder a video coder if the viewer can decode what it makes.
    fn use_video(&mut self) {
        if let Some(encoder) = &mut self.encoder {
            encoder.use_video(self.video.then(video::coder).flatten());
        }
    }

    pub(crate) fn acknowledge(&mut self, now_us: u64, ack: FrameAck) {
        self.pacer
            .acknowledged(now_us, ack.id, ack.decode_us, ack.draw_us);
    }

    /// The pipe was lost and goes on: what was sent arrives yet, and how long it took is nobody's fault.
    pub(crate) fn resumed(&mut self, now_us: u64) {
        self.pacer.resumed(now_us);
    }

    pub(crate) fn round_trip(&mut self, now_us: u64, micros: u64) {
        self.pacer.round_trip(now_us, micros);
    }

    /// Adds what of a capture this viewer sees.
    pub(crate) fn add_damage(&mut self, rects: &[farol_platform::Rect], damaged_us: u64) {
        let Some(surface) = &self.surface else {
            return;
        };
        let area = area_of(surface);
        let mut moved = 0;
        for rect in rects {
            let rect = Rect::new(
                rect.x.unsigned_abs(),
                rect.y.unsigned_abs(),
                rect.width,
                rect.height,
            );
            let seen = rect.intersect(&area);
            if seen.is_empty() {
                continue;
            }
            moved += seen.area();
            let seen = Rect::new(seen.x - area.x, seen.y - area.y, seen.width, seen.height);
            let changed = self.scaler.as_ref().map_or(seen, |scaler| scaler.covered(&seen));
            self.damage.add(changed);
            self.damaged_us.get_or_insert(damaged_us.max(self.started_us));
        }
        if moved * LARGE_SHARE >= area.area() {
            self.moved_us = damaged_us;
        }
    }

    /// Something changed since the last picture.
    pub(crate) fn has_news(&self) -> bool {
        !self.damage.is_empty() || self.encoder.as_ref().is_some_and(Encoder::has_pending)
    }

    /// Would send a picture of something new, as far as pacing goes.
    pub(crate) fn wants_news(&self) -> bool {
        !self.wanted.paused && self.encoder.is_some() && self.pacer.may_send().is_some()
    }

    /// When a part of a lossy picture may be made exact, or an exact one be checked; `None` when there is nothing to do, or an
    /// acknowledgement comes first.
    pub(crate) fn rest_at(&self) -> Option<u64> {
        let encoder = self.encoder.as_ref()?;
        if self.wanted.paused || self.has_news() {
            return None;
        }
        match encoder.is_exact() {
            true if self.checked => None,
            true => self.check_at(),
            false if self.refined => None,
            false if !self.graphics_refined => self.pacer.refine_graphics_at(),
            false => self.pacer.refine_at(),
        }
    }

    /// Everything has to be there before it is compared.
    fn check_at(&self) -> Option<u64> {
        if self.pacer.in_flight() > 0 {
            return None;
        }
        Some(self.pacer.rest_at()?.saturating_add(CHECK_AFTER_US))
    }

    /// What is new, if it is time.
    fn news(&mut self, now_us: u64, pixels: Pixels<'_>) -> Result<Option<EncodedFrame>, MediaError> {
        let quality = self.pacer.may_send().filter(|_| !self.wanted.paused);
        let (Some(quality), Some(encoder), Some(surface)) = (quality, &mut self.encoder, &self.surface)
        else {
            return Ok(None);
        };
        let view = seen(surface, &mut self.scaler, &self.damage, pixels)?;
        encoder.set_rate(self.pacer.rate());
        encoder.set_budget(self.pacer.frame_budget(now_us));
        let made = encoder.encode_at(now_us, view, &self.damage, quality)?;
        self.damage.clear();
        (self.refined, self.graphics_refined) = (false, false);
        self.checked &= made.is_none();
        Ok(made)
    }

    /// At rest: a part of making exact, text first, and at last whether both sides agree.
    fn settle(&mut self, now_us: u64) -> Result<Option<EncodedFrame>, MediaError> {
        let text = self
            .pacer
            .graphics_budget(now_us)
            .filter(|_| !self.wanted.paused && !self.graphics_refined);
        if let (Some(budget), Some(encoder)) = (text, &mut self.encoder) {
            let made = encoder.refine_graphics(budget)?;
            self.graphics_refined = made.is_none();
            if made.is_some() {
                return Ok(made);
            }
        }
        let budget = self.pacer.refine_budget(now_us).filter(|_| !self.wanted.paused);
        let check_due = self.check_at().is_some_and(|at| now_us >= at);
        let (Some(budget), Some(encoder)) = (budget, &mut self.encoder) else {
            return Ok(None);
        };
        if encoder.is_exact() {
            if self.checked || !check_due {
                return Ok(None);
            }
            self.checked = true;
            return encoder.check();
        }
        let made = encoder.refine(budget)?;
        self.refined = made.is_none();
        Ok(made)
    }

    /// The next frame, if there is something to show and it is time: news first, else a part of making exact.
    ///
    /// # Errors
    /// When encoding failed; start over with [`Self::start`].
    pub(crate) fn frame(
        &mut self,
        now_us: u64,
        pixels: Pixels<'_>,
        moment: Moment,
    ) -> Result<Option<Frame>, MediaError> {
        let news = self.has_news();
        let made = match news {
            true => self.news(now_us, pixels)?,
            false => self.settle(now_us)?,
        };
        let Some(made) = made else {
            if !self.has_news() {
                // What changed was nothing to be seen.
                self.damaged_us = None;
            }
            return Ok(None);
        };
        // What becomes exact at rest kept nobody waiting: its time begins with its making.
        let captured_us = if news {
            moment.captured_us.max(self.started_us)
        } else {
            now_us
        };
        let damaged_us = self.damaged_us.take().unwrap_or(captured_us);
        self.last_frame += 1;
        let purpose = match news {
            true if made.stats.video > 0 => Purpose::Video,
            true => Purpose::News,
            false => Purpose::Refinement,
        };
        self.pacer.sent(now_us, self.last_frame, made.data.len(), purpose);
        Ok(Some(Frame {
            id: self.last_frame,
            generation: self.generation,
            data: made.data,
            times: FrameTimes {
                damaged_us,
                captured_us,
                encoded_us: 0,
                queued_us: 0,
            },
            last_input_id: moment.last_input,
            exact: made.exact,
        }))
    }
}

fn area_of(surface: &Surface) -> Rect {
    Rect::new(surface.x, surface.y, surface.width, surface.height)
}

/// What a viewer is to see now: its part of the frame buffer as it lies there, or the smaller copy, made anew where damaged.
fn seen<'a>(
    surface: &Surface,
    scaler: &'a mut Option<Downscaler>,
    damage: &Region,
    pixels: Pixels<'a>,
) -> Result<PixelView<'a>, MediaError> {
    let part = PixelView::of_part(pixels.data, pixels.stride, &area_of(surface))?;
    let Some(scaler) = scaler else {
        return Ok(part);
    };
    for rect in damage.rects() {
        scaler.update(part, rect)?;
    }
    scaler.view()
}

#[cfg(test)]
mod tests;
