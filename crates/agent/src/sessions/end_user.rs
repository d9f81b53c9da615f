//! The person at the machine, as sessions see them: somebody who is asked, who sees who is there, and who may take back or
//! end what they like. What they see of it is [`crate::consent`]'s; sessions know only this trait.

use std::pin::Pin;
use std::sync::Arc;

use tokio::sync::{broadcast, watch};

use super::Parts;
use crate::consent::{Awaited, Consent, Event, Presence, Request, Talk, Verdict, Visit};

/// An answer that is awaited. Dropping it takes the question away.
pub type Answering<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// The way to the person at the machine.
pub trait EndUser: Send + Sync {
    /// Whether this program can put questions on this kind of system at all; decides whether `consent` is advertised. Who is
    /// there just now is what [`Self::presence`] says.
    fn can_be_asked(&self) -> bool;

    /// Who could be asked now.
    fn presence(&self) -> Answering<'_, Presence>;

    /// Asks. Questions are shown one at a time.
    fn ask(&self, request: Request) -> Answering<'_, Verdict>;

    /// True from before a question is shown until it is answered. Meanwhile technicians' hands rest: the answer has to be the end
    /// user's.
    fn prompting(&self) -> watch::Receiver<bool>;

    /// True while what is typed goes into the person's chat. Meanwhile technicians' keys rest: nobody speaks for the person.
    fn chatting(&self) -> watch::Receiver<bool>;

    /// Shows what was said, from now on; `None` while nobody hears anything. Does not wait.
    fn show_talk(&self, talk: Option<Talk>);

    /// Shows who is there, from now on; nobody takes the sign away. Does not wait.
    fn show(&self, visits: Vec<Visit>);

    /// Shows whose help is waited for, from now on, whenever nobody is there. Does not wait.
    fn wait_for(&self, awaited: Option<Awaited>);

    /// What the person wants done from now on.
    fn events(&self) -> broadcast::Receiver<Event>;
}

impl EndUser for Consent {
    fn can_be_asked(&self) -> bool {
        true
    }

    fn presence(&self) -> Answering<'_, Presence> {
        Box::pin(Consent::presence(self))
    }

    fn ask(&self, request: Request) -> Answering<'_, Verdict> {
        Box::pin(Consent::ask(self, request))
    }

    fn prompting(&self) -> watch::Receiver<bool> {
        Consent::prompting(self)
    }

    fn chatting(&self) -> watch::Receiver<bool> {
        Consent::chatting(self)
    }

    fn show_talk(&self, talk: Option<Talk>) {
        Consent::show_talk(self, talk);
    }

    fn show(&self, visits: Vec<Visit>) {
        Consent::show(self, visits);
    }

    fn wait_for(&self, awaited: Option<Awaited>) {
        Consent::wait_for(self, awaited);
    }

    fn events(&self) -> broadcast::Receiver<Event> {
        Consent::events(self)
    }
}

/// On a system on which this program can show nothing.
#[derive(Debug, Default)]
pub struct OutOfReach;

impl EndUser for OutOfReach {
    fn can_be_asked(&self) -> bool {
        false
    }

    fn presence(&self) -> Answering<'_, Presence> {
        Box::pin(std::future::ready(Presence::Nobody))
    }

    fn ask(&self, _request: Request) -> Answering<'_, Verdict> {
        Box::pin(std::future::ready(Verdict::CannotAsk))
    }

    fn prompting(&self) -> watch::Receiver<bool> {
        watch::channel(false).1
    }

    fn chatting(&self) -> watch::Receiver<bool> {
        watch::channel(false).1
    }

    fn show_talk(&self, _talk: Option<Talk>) {}

    fn show(&self, _visits: Vec<Visit>) {}

    fn wait_for(&self, _awaited: Option<Awaited>) {}

    fn events(&self) -> broadcast::Receiver<Event> {
        // Its sender is gone: there will be none.
        broadcast::channel(1).1
    }
}

/// Who is at the machine's own desktop, as far as either the system's records or its displays tell: who has been there longest,
/// if there are several. A look that fails is no proof of nobody. Reads files on a thread that may block.
pub(super) async fn logged_on(parts: &Parts) -> Presence {
    let backends = Arc::clone(&parts.backends);
    let reading = tokio::task::spawn_blocking(move || backends.facts().users);
    let users = match reading.await {
        Ok(users) => users,
        Err(error) => {
            tracing::error!(%error, "it could not be read who is logged on; somebody counts as there");
            return Presence::Somebody(None);
        }
    };
    match users.into_iter().find(|user| user.graphical) {
        Some(user) => Presence::Somebody(Some(user.name)),
        None => parts.end_user.presence().await,
    }
}

/// Name of who is at the machine, for the record; empty when nobody knows.
pub(super) async fn name_of_logged_on(parts: &Parts) -> String {
    match logged_on(parts).await {
        Presence::Somebody(Some(name)) => name,
        Presence::Somebody(None) | Presence::Nobody => String::new(),
    }
}

/// Tells everybody in the sessions who sits at the machine now.
pub(super) async fn look_at_end_user(parts: Arc<Parts>) {
    let name = match logged_on(&parts).await {
        Presence::Somebody(name) => Some(name.unwrap_or_default()),
        Presence::Nobody => None,
    };
    parts.company.set_end_user(name);
}
