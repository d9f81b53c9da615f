//! The machine as a one-time agent has it: it tells nothing that it could be recognized by, and it is noted who is there.

use std::io;
use std::sync::Arc;

use farol_platform::{
    Clipboard, ClipboardError, DisplayWatch, Evidence, InputError, InputSink, ScreenError, ScreenSource,
    SystemFacts,
};
use tokio::sync::{broadcast, watch};

use crate::backends::Backends;
use crate::consent::{Awaited, Event, Presence, Request, Talk, Verdict, Visit};
use crate::inventory::Sensors;
use crate::sessions::{Answering, EndUser};

/// The machine.
pub(super) struct OneTimeBackends {
    machine: Arc<dyn Backends>,
    end_user: Arc<Visited>,
    /// The runtime asked for the person: it has its identity.
    enrolled: watch::Sender<bool>,
}

impl OneTimeBackends {
    /// With the person at it. To be called within the runtime.
    pub(super) fn new(machine: Arc<dyn Backends>) -> Self {
        let end_user = Arc::new(Visited::new(machine.end_user()));
        Self {
            machine,
            end_user,
            enrolled: watch::Sender::new(false),
        }
    }

    /// The person.
    pub(super) fn visited(&self) -> Arc<Visited> {
        Arc::clone(&self.end_user)
    }

    /// True from when the machine has its identity.
    pub(super) fn enrolled(&self) -> watch::Receiver<bool> {
        self.enrolled.subscribe()
    }
}

impl Backends for OneTimeBackends {
    fn open_screen(&self) -> Result<Box<dyn ScreenSource>, ScreenError> {
        self.machine.open_screen()
    }

    fn open_input(&self) -> Result<Box<dyn InputSink>, InputError> {
        self.machine.open_input()
    }

    fn open_clipboard(&self) -> Result<Box<dyn Clipboard>, ClipboardError> {
        self.machine.open_clipboard()
    }

    fn watch_displays(&self) -> io::Result<Box<dyn DisplayWatch>> {
        self.machine.watch_displays()
    }

    fn facts(&self) -> SystemFacts {
        self.machine.facts()
    }

    fn evidence(&self) -> Evidence {
        Evidence::default()
    }

    /// It belongs to a stranger.
    fn sensors(&self) -> Option<Arc<dyn Sensors>> {
        None
    }

    fn end_user(&self) -> Arc<dyn EndUser> {
        self.enrolled.send_replace(true);
        self.visited()
    }
}

/// The person at the machine, with a count of those who are there.
pub(crate) struct Visited {
    person: Arc<dyn EndUser>,
    visits: watch::Sender<usize>,
}

impl Visited {
    /// Nobody is there yet.
    pub(crate) fn new(person: Arc<dyn EndUser>) -> Self {
        Self {
            person,
            visits: watch::Sender::new(0),
        }
    }

    /// How many technicians are there.
    pub(super) fn visits(&self) -> watch::Receiver<usize> {
        self.visits.subscribe()
    }
}

impl EndUser for Visited {
    fn can_be_asked(&self) -> bool {
        self.person.can_be_asked()
    }

    fn presence(&self) -> Answering<'_, Presence> {
        self.person.presence()
    }

    fn ask(&self, request: Request) -> Answering<'_, Verdict> {
        self.person.ask(request)
    }

    fn prompting(&self) -> watch::Receiver<bool> {
        self.person.prompting()
    }

    fn chatting(&self) -> watch::Receiver<bool> {
        self.person.chatting()
    }

    fn show_talk(&self, talk: Option<Talk>) {
        self.person.show_talk(talk);
    }

    fn show(&self, visits: Vec<Visit>) {
        self.visits.send_replace(visits.len());
        self.person.show(visits);
    }

    fn wait_for(&self, awaited: Option<Awaited>) {
        self.person.wait_for(awaited);
    }

    fn events(&self) -> broadcast::Receiver<Event> {
        self.person.events()
    }
}
