//! The input capability: one thread for each viewer that plays what the technician's hands do.
//!
//! Lives here: the handle and the thread. Beside it: what is admitted and how it is played (`player.rs`, pure but for
//! the sink). A sink holds only what its own viewer pressed, so each viewer releases its own, however its pipe ended.
//!
//! The queue holds [`QUEUE`] batches. Full means that the display has stopped taking input: further batches are
//! dropped, everything is released, and the viewer is told.
//!
//! While a session is interrupted its viewer's hands are suspended: nothing is held, and what still waits in the queue is
//! played without leaving anything pressed. Modifiers that the viewer held are pressed again when it is back.
//!
//! While the person at the machine is asked something, all hands rest: the answer must not be a technician's. Everything was let
//! go then, and whatever comes meanwhile is dropped, releases included: they carry a place for the pointer. The viewer is told.
//!
//! While the person at the machine writes in the chat, keys and texts rest, so that nobody speaks for them; the pointer goes on.
//!
//! Of several viewers only the one who drives is played ([`crate::company`]): what others do is refused, and what they held is
//! released before anything of the next driver's is played.

mod player;

use std::io;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use farol_platform::{InputError, InputSink, Locks};
use farol_protocol::pipe::message::input::{InputAction, InputEvent, InputToViewer, Typed};
use farol_protocol::rate::Importance;
use tokio::sync::{Notify, watch};

use crate::Clock;
use crate::backends::Backends;
use crate::company::{Grip, Hold};
use player::{Player, characters};

/// Batches that may wait: some seconds of the fastest hands.
const QUEUE: usize = 256;

/// A display that refused is asked again after this.
const REOPEN: Duration = Duration::from_millis(500);

/// After the last event, lock keys are looked at once more: applications and people change them, too.
const LOCKS_AFTER: Duration = Duration::from_millis(250);

/// Input of somebody who does not drive is refused once, and again after so long without any.
const BURST_GAP: Duration = Duration::from_secs(1);

/// How long a session waits for its keys to be released before it is over.
const CLOSE_TIME: Duration = Duration::from_secs(1);

/// When hands are to rest.
#[derive(Debug, Clone)]
pub struct Rest {
    /// The person at the machine is asked something: nothing is played.
    pub asking: watch::Receiver<bool>,
    /// The person at the machine writes in the chat: no keys and texts are played.
    pub chatting: watch::Receiver<bool>,
}

/// One viewer's hands. Dropping it releases everything the viewer holds, soon, and ends the thread.
#[derive(Debug)]
pub struct InputHandle {
    events: Option<SyncSender<Vec<InputEvent>>>,
    shared: Arc<Shared>,
    thread: Option<std::thread::JoinHandle<()>>,
}

#[derive(Debug)]
struct Shared {
    /// Batches were dropped: release everything.
    overflowed: AtomicBool,
    /// Nobody holds anything now, as far as the session knows.
    suspended: AtomicBool,
    /// What was not played yet is not wanted any more.
    cut: AtomicBool,
    /// A key or button of this viewer's is down.
    holds: AtomicBool,
    /// Id of the last event played.
    applied: Arc<AtomicU32>,
    reply: Mutex<Reply>,
    news: Arc<Notify>,
}

/// Newest answers for the viewer.
#[derive(Debug, Default)]
struct Reply {
    refused: Option<InputToViewer>,
    locks: Option<Locks>,
}

impl InputHandle {
    /// Starts a viewer's thread. `applied` gets the id of each event played, `news` is notified when there is a reply; what
    /// `rest` says is not played, and nothing while somebody else drives than `hold` is of.
    ///
    /// # Errors
    /// The system's, when there can be no more threads.
    pub fn start(
        backends: Arc<dyn Backends>,
        clock: Clock,
        (applied, news): (Arc<AtomicU32>, Arc<Notify>),
        (rest, hold): (Rest, Hold),
    ) -> io::Result<Self> {
        let (events, receiver) = sync_channel(QUEUE);
        let shared = Arc::new(Shared {
            overflowed: AtomicBool::new(false),
            suspended: AtomicBool::new(false),
            cut: AtomicBool::new(false),
            holds: AtomicBool::new(false),
            applied,
            reply: Mutex::default(),
            news,
        });
        let for_thread = Arc::clone(&shared);
        let thread = std::thread::Builder::new().name("input".into()).spawn(move || {
            Hands {
                backends,
                clock,
                shared: for_thread,
                sink: None,
                retry_at: None,
                suspended: false,
                rest,
                resting: false,
                keys_rest: false,
                hold,
                hands_busy: false,
                refused_at: None,
            }
            .run(&receiver)
        })?;
        Ok(Self {
            events: Some(events),
            shared,
            thread: Some(thread),
        })
    }

    /// Plays a batch, after those before it.
    pub fn play(&self, batch: Vec<InputEvent>) {
        let Some(events) = &self.events else { return };
        if let Err(TrySendError::Full(_)) = events.try_send(batch) {
            self.shared.overflowed.store(true, Ordering::Release);
            self.shared.refuse("too_fast", "the display does not keep up");
        }
    }

    /// Lets go of everything that the viewer holds, soon: its connection was lost.
    pub fn suspend(&self) {
        self.set_suspended(true);
    }

    /// The viewer is back: presses the modifiers that it held, before anything that is played from now on.
    pub fn resume(&self) {
        self.set_suspended(false);
    }

    /// The right to this was taken back: whatever was not played yet never will be. To be dropped or closed next.
    pub fn cut(&self) {
        self.shared.cut.store(true, Ordering::Release);
    }

    fn set_suspended(&self, suspended: bool) {
        self.shared.suspended.store(suspended, Ordering::Release);
        self.look();
    }

    /// Makes the thread look at what was set, whether hands are to rest and who drives included.
    pub fn look(&self) {
        // An empty batch makes the thread look. When the queue is full it looks without.
        if let Some(events) = &self.events
            && let Err(TrySendError::Disconnected(_)) = events.try_send(Vec::new())
        {
            tracing::debug!("the input thread is gone");
        }
    }

    /// Whether a key or button of this viewer's is down; `news` is notified when that changes.
    #[must_use]
    pub fn holds(&self) -> bool {
        self.shared.holds.load(Ordering::Acquire)
    }

    /// Answers for the viewer, newest of each kind.
    #[must_use]
    pub fn take_replies(&self) -> Vec<InputToViewer> {
        let mut reply = self.shared.reply.lock().unwrap_or_else(PoisonError::into_inner);
        let locks = reply.locks.take();
        let locks = locks.map(|locks| InputToViewer::Locks {
            caps_lock: locks.caps_lock,
            num_lock: locks.num_lock,
        });
        reply.refused.take().into_iter().chain(locks).collect()
    }
}

impl InputHandle {
    /// Releases everything the viewer holds and waits until that is done, at most [`CLOSE_TIME`].
    pub async fn close(mut self) {
        // Ends the thread's receiving; it releases what is held before it goes.
        self.events = None;
        let Some(thread) = self.thread.take() else { return };
        let joined = tokio::task::spawn_blocking(move || thread.join());
        match tokio::time::timeout(CLOSE_TIME, joined).await {
            Ok(Ok(Ok(()))) => {}
            Ok(_) => tracing::error!("an input thread had panicked"),
            Err(_) => tracing::warn!("the display does not take the release of keys"),
        }
    }
}

impl Shared {
    fn refuse(&self, code: &str, detail: &str) {
        let refused = InputToViewer::Refused {
            code: code.into(),
            detail: detail.into(),
        };
        self.reply.lock().unwrap_or_else(PoisonError::into_inner).refused = Some(refused);
        self.news.notify_one();
    }

    fn tell_locks(&self, locks: Locks) {
        self.reply.lock().unwrap_or_else(PoisonError::into_inner).locks = Some(locks);
        self.news.notify_one();
    }
}

/// The thread's own state.
struct Hands {
    backends: Arc<dyn Backends>,
    clock: Clock,
    shared: Arc<Shared>,
    sink: Option<Box<dyn InputSink>>,
    retry_at: Option<Instant>,
    /// Everything was let go because the viewer is away.
    suspended: bool,
    rest: Rest,
    /// Everything was let go because hands are to rest.
    resting: bool,
    /// Every key was let go because keys are to rest.
    keys_rest: bool,
    hold: Hold,
    /// Within this batch it was waited in vain for the last driver's keys to be released.
    hands_busy: bool,
    /// When something was refused last because somebody else drives.
    refused_at: Option<Instant>,
}

impl Hands {
    fn run(mut self, batches: &Receiver<Vec<InputEvent>>) {
        let mut player = Player::new(self.clock.now());
        self.open();
        let mut look_at_locks = false;
        loop {
            let batch = if look_at_locks {
                batches.recv_timeout(LOCKS_AFTER)
            } else {
                batches.recv().map_err(|_| RecvTimeoutError::Disconnected)
            };
            match batch {
                Ok(batch) => self.take(&mut player, batch),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => break,
            }
            look_at_locks = !look_at_locks;
            self.tell_holds();
            self.with_sink(|sink, shared| {
                if let Some(locks) = sink.changed_locks()? {
                    shared.tell_locks(locks);
                }
                Ok(())
            });
        }
        self.with_sink(|sink, _| sink.release_all());
        // The hold goes with this thread's state, now that nothing is held.
    }

    fn tell_holds(&self) {
        let holds = self.sink.as_ref().is_some_and(|sink| sink.holds());
        if self.shared.holds.swap(holds, Ordering::AcqRel) != holds {
            self.shared.news.notify_one();
        }
    }

    /// Plays a batch between taking up the viewer's modifiers and, if it is away, letting go again.
    fn take(&mut self, player: &mut Player, batch: Vec<InputEvent>) {
        self.hands_busy = false;
        self.look_at_rest(player);
        self.look_at_wheel(player);
        let away = self.shared.suspended.load(Ordering::Acquire);
        if self.suspended && !(away && batch.is_empty()) {
            self.suspended = false;
            if self.grip() == Grip::Mine {
                self.with_sink(|sink, _| player.resume(sink));
            }
        }
        if !batch.is_empty() {
            self.play(player, batch);
        }
        if away && !self.suspended {
            self.suspended = true;
            self.with_sink(|sink, _| player.suspend(sink));
        }
    }

    /// Lets go of everything when hands are to rest.
    fn look_at_rest(&mut self, player: &mut Player) {
        if let Some(mut sink) = self.sink.take() {
            let rested = self.rests(player, sink.as_mut());
            self.sink = Some(sink);
            if let Err(error) = rested {
                self.lost(&error);
            }
        }
    }

    /// Whether hands are to rest; they hold nothing then, and no keys when those are to rest. Modifiers included: who held them may
    /// let go meanwhile, and would not be heard.
    fn rests(&mut self, player: &mut Player, sink: &mut dyn InputSink) -> Result<bool, InputError> {
        let resting = *self.rest.asking.borrow();
        let rested = std::mem::replace(&mut self.resting, resting);
        if resting && !rested {
            player.release_all(sink)?;
        }
        let keys_rest = *self.rest.chatting.borrow();
        let rested = std::mem::replace(&mut self.keys_rest, keys_rest);
        if keys_rest && !rested {
            player.release_keys(sink)?;
        }
        Ok(resting)
    }

    /// Somebody else drives: nothing of this viewer's stays pressed, and then the other one may begin.
    fn look_at_wheel(&mut self, player: &mut Player) {
        if self.hold.is_to_let_go() {
            self.with_sink(|sink, _| player.release_all(sink));
            self.hold.let_go();
        }
    }

    /// Whether this viewer's input counts. Whom the last driver's hands kept waiting once does not wait again within the batch.
    fn grip(&mut self) -> Grip {
        if self.hands_busy {
            return Grip::Busy;
        }
        let grip = self.hold.grip();
        self.hands_busy = grip == Grip::Busy;
        grip
    }

    /// Says once in a burst that this viewer does not drive. Letting go is nothing that anybody attempts.
    fn refuse_watcher(&mut self, importance: Importance) {
        if importance == Importance::Release {
            return;
        }
        let now = Instant::now();
        let before = self.refused_at.replace(now);
        if before.is_none_or(|before| now.duration_since(before) >= BURST_GAP) {
            self.shared.refuse(
                "not_driving",
                "this viewer does not drive; it can ask for mouse and keyboard",
            );
        }
    }

    fn play(&mut self, player: &mut Player, batch: Vec<InputEvent>) {
        if self.sink.is_none() && self.retry_at.is_none_or(|at| Instant::now() >= at) {
            self.open();
            player.forget_buttons();
        }
        let Some(mut sink) = self.sink.take() else { return };
        let played = self.play_all(player, batch, sink.as_mut());
        self.sink = Some(sink);
        if let Err(error) = played {
            self.lost(&error);
        }
    }

    fn play_all(
        &mut self,
        player: &mut Player,
        batch: Vec<InputEvent>,
        sink: &mut dyn InputSink,
    ) -> Result<(), InputError> {
        let (now, shared) = (self.clock.now(), Arc::clone(&self.shared));
        if shared.overflowed.swap(false, Ordering::AcqRel) {
            player.release_all(sink)?;
        }
        for InputEvent { id, action } in batch {
            if shared.cut.load(Ordering::Acquire) {
                break;
            }
            let importance = action.importance();
            if !self.may_play(player, (importance, types(&action)), sink)? {
                // The viewer was told.
            } else if !player.admit(now, importance) {
                player.drop_one(&action);
                shared.refuse("too_fast", "more events than hands can make; some were dropped");
            } else if let InputAction::Text(Typed(text)) = action {
                self.type_out(player, &text, sink)?;
            } else {
                player.play(action, sink)?;
            }
            shared.applied.store(id, Ordering::Release);
        }
        Ok(())
    }

    /// Whether something may be played now; the viewer is told if not.
    fn may_play(
        &mut self,
        player: &mut Player,
        (importance, types): (Importance, bool),
        sink: &mut dyn InputSink,
    ) -> Result<bool, InputError> {
        let refused = if self.rests(player, sink)? {
            Some(("asking", "the person at the machine is being asked"))
        } else if types && self.keys_rest {
            Some(("chatting", "the person at the machine writes in the chat"))
        } else {
            None
        };
        if let Some((code, detail)) = refused {
            // Letting go is nothing that anybody attempts.
            if importance != Importance::Release {
                self.shared.refuse(code, detail);
            }
            return Ok(false);
        }
        let grip = self.grip();
        match grip {
            Grip::Mine => {}
            Grip::Watching => self.refuse_watcher(importance),
            Grip::Busy if importance == Importance::Release => {}
            Grip::Busy => self
                .shared
                .refuse("hands_busy", "the keys of who drove before are not released yet"),
        }
        Ok(grip == Grip::Mine)
    }

    /// Types as long as it may: a long text takes seconds, and somebody may be asked meanwhile. What is left then is dropped.
    fn type_out(
        &mut self,
        player: &mut Player,
        text: &str,
        sink: &mut dyn InputSink,
    ) -> Result<(), InputError> {
        for character in characters(text) {
            if self.shared.cut.load(Ordering::Acquire)
                || !self.may_play(player, (Importance::Needed, true), sink)?
            {
                break;
            }
            player.play(InputAction::Text(Typed(character.to_owned())), sink)?;
        }
        Ok(())
    }

    fn open(&mut self) {
        match self.backends.open_input() {
            Ok(sink) => {
                self.sink = Some(sink);
                self.retry_at = None;
                self.with_sink(|sink, shared| sink.locks().map(|locks| shared.tell_locks(locks)));
            }
            Err(error) => self.lost(&error),
        }
    }

    fn lost(&mut self, error: &InputError) {
        tracing::debug!(%error, "no input");
        self.sink = None;
        self.retry_at = Some(Instant::now() + REOPEN);
        self.shared.refuse("no_display", &error.to_string());
    }

    /// Does something with the sink; gives it up when its display is gone.
    fn with_sink(&mut self, act: impl FnOnce(&mut dyn InputSink, &Shared) -> Result<(), InputError>) {
        let Some(sink) = &mut self.sink else { return };
        if let Err(error) = act(sink.as_mut(), &self.shared) {
            self.lost(&error);
        }
    }
}

/// Whether it may put letters somewhere.
fn types(action: &InputAction) -> bool {
    match action {
        InputAction::Key(_) | InputAction::Text(_) | InputAction::Chord(_) => true,
        InputAction::PointerMove { .. }
        | InputAction::PointerMoveBy { .. }
        | InputAction::PointerButton { .. }
        | InputAction::Wheel { .. }
        | InputAction::ReleaseAll => false,
    }
}

#[cfg(test)]
mod tests;
