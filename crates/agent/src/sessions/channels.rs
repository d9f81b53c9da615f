//! What is behind a pipe's channels on this machine: the viewer's pictures, its hands, its part in the clipboard, its seat in the
//! company. It outlives
//! connections: while there is none nothing is held down and no picture is made, and the rest stays as it is.

use std::sync::Arc;
use std::time::Duration;

use farol_protocol::Tick;
use farol_protocol::ids::SessionId;
use farol_protocol::link::{SessionFigures, SessionStatement};
use farol_protocol::pipe::message::company::PersonKind;
use farol_protocol::pipe::message::screen::{CursorPosition, ScreenToAgent, ScreenToViewer};
use farol_protocol::pipe::message::{ToAgent, ToViewer};
use farol_protocol::pipe::{AgentPipe, Channel, ChannelSet};
use tokio::sync::Notify;

use super::Parts;
use super::figures::Figures;
use crate::clipboard;
use crate::company::{self, Note, Room};
use crate::input::{InputHandle, Rest};
use crate::screen::{CursorIds, ViewerSlot};

/// See the module.
pub(super) struct Channels {
    parts: Arc<Parts>,
    /// Notified when something here has news for the viewer.
    news: Arc<Notify>,
    screen: Option<Arc<ViewerSlot>>,
    cursors: CursorIds,
    input: Option<InputHandle>,
    clipboard: Option<clipboard::Seat>,
    /// From the first time that there is a viewer until the end of the session.
    seat: Option<company::Seat>,
    figures: Figures,
    /// What is open, since there is a viewer.
    open: Option<ChannelSet>,
}

impl Channels {
    pub(super) fn new(parts: Arc<Parts>) -> Self {
        Self {
            figures: Figures::new(parts.clock.now()),
            parts,
            news: Arc::new(Notify::new()),
            screen: None,
            cursors: CursorIds::default(),
            input: None,
            clipboard: None,
            seat: None,
            open: None,
        }
    }

    pub(super) fn news(&self) -> Arc<Notify> {
        Arc::clone(&self.news)
    }

    /// There is a viewer that knows nothing, of whom this statement is about: everything begins anew, with what is open.
    pub(super) fn begin(&mut self, statement: &SessionStatement, open: ChannelSet) {
        self.forget();
        match &self.seat {
            Some(seat) => seat.begin(),
            None => {
                let (now, news) = (self.parts.clock.now(), Arc::clone(&self.news));
                let kind = match statement.guest {
                    true => PersonKind::Guest,
                    false => PersonKind::Technician,
                };
                let who = (statement.technician.clone(), kind);
                self.seat = Some(self.parts.company.join(who, now, news));
            }
        }
        self.screen = Some(self.parts.screen.join(Arc::clone(&self.news)));
        self.set_open(open);
    }

    /// The viewer that these belonged to does not come back.
    pub(super) fn forget(&mut self) {
        if let Some(screen) = self.screen.take() {
            screen.close();
        }
        self.figures.lost();
        self.open = None;
        self.cursors = CursorIds::default();
        (self.input, self.clipboard) = (None, None);
    }

    /// The connection is gone: lets go of what the viewer holds, and makes no more pictures.
    pub(super) fn suspend(&mut self) {
        self.figures.lost();
        if let Some(screen) = &self.screen {
            screen.set_writable(false);
        }
        if let Some(input) = &self.input {
            input.suspend();
        }
        if let Some(seat) = &self.seat {
            seat.set_interrupted(true);
        }
    }

    /// The viewer is not back yet: the memory of what its picture shows is given back, and it gets a whole one when it comes.
    pub(super) fn away(&self) {
        if let Some(screen) = &self.screen {
            screen.request(|requests| requests.away = true);
        }
    }

    /// The same viewer is back, and goes on where it was.
    pub(super) fn resume(&mut self, open: ChannelSet) {
        if let Some(seat) = &self.seat {
            seat.set_interrupted(false);
        }
        if let Some(screen) = &self.screen {
            screen.request(|requests| requests.resumed = true);
        }
        if let Some(input) = &self.input {
            input.resume();
        }
        self.set_open(open);
    }

    /// Other channels are open, if any ever were. What the viewer did on one that is closed counts no more, though it was received.
    pub(super) fn set_open(&mut self, open: ChannelSet) {
        if self.screen.is_none() || self.open == Some(open) {
            return;
        }
        self.open = Some(open);
        if let Some(seat) = &self.seat {
            seat.set_may_drive(open.contains(Channel::Input));
        }
        match (&self.input, open.contains(Channel::Input)) {
            (None, true) => self.input = self.hands(),
            (Some(input), false) => {
                input.cut();
                self.input = None;
            }
            _ => {}
        }
        match (&self.clipboard, open.contains(Channel::Clipboard)) {
            (None, true) => match self.parts.clipboard.join(Arc::clone(&self.news)) {
                Ok(seat) => self.clipboard = Some(seat),
                Err(error) => tracing::error!(%error, "no clipboard thread"),
            },
            (Some(_), false) => self.clipboard = None,
            _ => {}
        }
    }

    /// A question to the person at the machine, or their writing in the chat, begins or ends: hands rest meanwhile.
    pub(super) fn look_at_rest(&self) {
        if let Some(input) = &self.input {
            input.look();
        }
    }

    /// Whether a key or button of the viewer's is down.
    pub(super) fn holds(&self) -> bool {
        self.input.as_ref().is_some_and(InputHandle::holds)
    }

    fn hands(&self) -> Option<InputHandle> {
        let hold = self.seat.as_ref()?.hold();
        let applied = self.screen.as_ref()?.applied_input();
        let (backends, news) = (Arc::clone(&self.parts.backends), Arc::clone(&self.news));
        let rest = Rest {
            asking: self.parts.end_user.prompting(),
            chatting: self.parts.end_user.chatting(),
        };
        match InputHandle::start(backends, self.parts.clock, (applied, news), (rest, hold)) {
            Ok(input) => Some(input),
            Err(error) => {
                tracing::error!(%error, "no input thread");
                None
            }
        }
    }

    /// A message from the viewer.
    pub(super) fn take(&mut self, message: ToAgent) {
        match message {
            ToAgent::Input(batch) => {
                if let Some(input) = &self.input {
                    input.play(batch.events);
                }
            }
            ToAgent::Clipboard(message) => {
                if let Some(seat) = &self.clipboard {
                    self.figures.copied_to_agent(&message);
                    seat.heard(self.parts.clock.now(), message);
                }
            }
            ToAgent::Screen(message) => {
                if let ScreenToAgent::Ack(ack) = message {
                    self.figures.drawn(self.parts.clock.now(), ack.id);
                }
                let Some(screen) = &self.screen else { return };
                screen.request(|requests| match message {
                    ScreenToAgent::Settings(settings) => requests.settings = Some(settings),
                    ScreenToAgent::Ack(ack) => requests.ack = Some(ack),
                    ScreenToAgent::Refresh => requests.refresh = true,
                });
            }
            ToAgent::Company(message) => {
                if let Some(seat) = &self.seat {
                    seat.take(self.parts.clock.now(), message);
                }
            }
        }
    }

    /// The next thing that the server is to keep with the session.
    pub(super) fn take_note(&self) -> Option<Note> {
        self.seat.as_ref()?.take_note()
    }

    /// How the session goes, when it is time to tell it; at the end, what was not told yet.
    pub(super) fn take_figures(&mut self, session: SessionId, at_end: bool) -> Option<SessionFigures> {
        if at_end {
            self.figures.take(session)
        } else {
            self.figures.take_due(self.parts.clock.now(), session)
        }
    }

    /// When [`Self::handle_timeout`] is due.
    pub(super) fn deadline(&self) -> Option<Tick> {
        self.seat.as_ref()?.deadline()
    }

    /// Tells the time.
    pub(super) fn handle_timeout(&self) {
        if let Some(seat) = &self.seat {
            seat.handle_timeout(self.parts.clock.now());
        }
    }

    /// A new measurement of the round trip.
    pub(super) fn round_trip(&mut self, micros: u64) {
        self.figures.round_trip(Duration::from_micros(micros));
        if let Some(screen) = &self.screen {
            screen.request(|requests| requests.round_trip_us = Some(micros));
        }
    }

    /// Moves what the threads have into the pipe. What the pipe refuses is either still in its slot (pictures), or
    /// newer than a viewer that stopped reading can use.
    pub(super) fn fill(&mut self, pipe: &mut AgentPipe) {
        if let (Some(seat), Some(input)) = (&self.seat, &self.input)
            && seat.take_hands()
        {
            input.look();
        }
        if !pipe.is_open() {
            return;
        }
        let replies = self.input.as_ref().map(InputHandle::take_replies);
        for reply in replies.unwrap_or_default() {
            send(pipe, ToViewer::Input(reply));
        }
        self.fill_company(pipe);
        self.fill_clipboard(pipe);
        self.fill_screen(pipe);
    }

    /// What does not fit now stays where it is, and is newer by the time it does.
    fn fill_company(&self, pipe: &mut AgentPipe) {
        let Some(seat) = &self.seat else { return };
        if !pipe.channels().contains(Channel::Company) {
            return;
        }
        while let Some(message) = seat.next(Room::of(pipe.waiting(Channel::Company))) {
            if !send(pipe, ToViewer::Company(message)) {
                return;
            }
        }
    }

    /// One message at a time: what is said next may be newer by then.
    fn fill_clipboard(&mut self, pipe: &mut AgentPipe) {
        let Some(seat) = &self.clipboard else { return };
        while pipe.has(Channel::Clipboard) && pipe.waiting(Channel::Clipboard) == 0 {
            let Some(message) = seat.next(self.parts.clock.now()) else {
                return;
            };
            self.figures.copied_to_viewer(&message);
            send(pipe, ToViewer::Clipboard(message));
        }
    }

    fn fill_screen(&mut self, pipe: &mut AgentPipe) {
        let Some(screen) = &self.screen else { return };
        let out = screen.take(pipe.screen_writable());
        if let Some(layout) = out.layout {
            send_screen(pipe, ScreenToViewer::Layout(layout));
        }
        if let Some(state) = out.state {
            send_screen(pipe, ScreenToViewer::State(state));
        }
        if let Some(image) = out.shape {
            let shape = self.cursors.shape(&image);
            if !send_screen(pipe, ScreenToViewer::CursorShape(shape)) {
                self.cursors.forget(&image);
            }
        }
        if let Some(at) = out.position {
            let position = CursorPosition {
                x: at.x,
                y: at.y,
                visible: at.visible,
            };
            send_screen(pipe, ScreenToViewer::CursorPosition(position));
        }
        if let Some(mut frame) = out.frame {
            frame.times.queued_us = self.parts.clock.now().0;
            self.figures.sent(frame.id, Tick(frame.times.encoded_us));
            send_screen(pipe, ScreenToViewer::Frame(frame));
        }
        screen.set_writable(pipe.screen_writable());
    }

    /// The session is over: releases what the viewer holds and waits until that is done. With `cut`, what it did last and was
    /// not played yet is not played any more. What the server is yet to keep with the session.
    pub(super) async fn close(mut self, cut: bool) -> Vec<Note> {
        let input = self.input.take();
        self.forget();
        if let Some(input) = input {
            if cut {
                input.cut();
            }
            input.close().await;
        }
        // Only now: whoever asked to drive may begin when nothing is held any more.
        self.seat.take().map(company::Seat::leave).unwrap_or_default()
    }
}

impl Drop for Channels {
    fn drop(&mut self) {
        self.forget();
    }
}

fn send_screen(pipe: &mut AgentPipe, message: ScreenToViewer) -> bool {
    send(pipe, ToViewer::Screen(message))
}

fn send(pipe: &mut AgentPipe, message: ToViewer) -> bool {
    let sent = pipe.send(message).is_ok();
    if !sent {
        tracing::debug!("the viewer does not read; a message was dropped");
    }
    sent
}
