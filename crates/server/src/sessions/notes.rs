//! What agents say that is to be kept with a session: who said what, who let whom drive. It becomes part of what happened in the
//! session, and no audit entry: words are nobody's deeds.
//!
//! One task for each link that has notes, beside it, so that no database slows the link. Full: what comes then is dropped, with a
//! word in the log; an honest agent says far less.

use farol_protocol::link::SessionNote;
use serde_json::{Value, json};
use tokio::sync::mpsc;
use tokio::sync::mpsc::error::TrySendError;

use super::live::{Handle, Info};
use super::store;
use super::told::own_session;
use crate::audit::Actor;
use crate::clock::Timestamp;
use crate::ctx::Ctx;
use crate::error::Result;
use crate::events::{Scope, Topic};
use crate::ids::{MachineId, SessionEventId};
use crate::store::entities::session_event;

/// Most notes that are kept of one session. A day of talk stays below; more would make the record of one session a burden for
/// all. Their numbers count up, so the last ones are those that are not kept.
pub const NOTES_MAX: u32 = 2_000;

/// Notes of one link that wait to be written.
const QUEUE: usize = 512;

/// Notes that are written in one go.
const BATCH: usize = 64;

/// A kind of note that is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Somebody said something.
    Said,
    /// Somebody drives now.
    HandedOver,
}

impl Kind {
    pub(super) const ALL: [Self; 2] = [Self::Said, Self::HandedOver];

    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Said => "said",
            Self::HandedOver => "handed_over",
        }
    }

    fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }
}

/// A note to be written.
struct Waiting {
    session: Handle,
    kind: Kind,
    note: SessionNote,
    at: Timestamp,
}

/// The notes of one machine, while its link lasts.
#[derive(Default)]
pub struct Notes(Option<mpsc::Sender<Waiting>>);

impl Notes {
    /// Keeps a note, if it is of a session of this machine that is not over.
    pub fn keep(&mut self, ctx: &Ctx, machine: MachineId, note: SessionNote) {
        let (Some(session), Some(kind)) = (own_session(ctx, machine, note.session), Kind::parse(&note.kind))
        else {
            tracing::debug!(%machine, kind = note.kind, "a note of nothing that is kept");
            return;
        };
        if !(1..=NOTES_MAX).contains(&note.number) {
            tracing::debug!(session = %session.info().id, number = note.number, "too many notes of one session");
            return;
        }
        let at = ctx.clock.now();
        let waiting = Waiting {
            session,
            kind,
            note,
            at,
        };
        let sender = self.0.get_or_insert_with(|| {
            let (sender, receiver) = mpsc::channel(QUEUE);
            ctx.tasks.spawn(write_all(ctx.clone(), receiver));
            sender
        });
        match sender.try_send(waiting) {
            Ok(()) => {}
            Err(TrySendError::Full(lost)) => {
                tracing::warn!(session = %lost.session.info().id, "more notes than can be written; one is not kept");
            }
            Err(TrySendError::Closed(_)) => tracing::error!(%machine, "the task that writes notes is gone"),
        }
    }
}

/// Writes what comes until the link is gone.
async fn write_all(ctx: Ctx, mut notes: mpsc::Receiver<Waiting>) {
    let mut batch = Vec::new();
    while notes.recv_many(&mut batch, BATCH).await > 0 {
        if let Err(error) = write(&ctx, &batch).await {
            tracing::error!(%error, notes = batch.len(), "notes of sessions were not written");
        }
        for waiting in batch.drain(..) {
            let info = waiting.session.info();
            let topics = [Topic::Session(info.id)];
            ctx.events
                .publish(Scope::Machine(info.organization, info.machine), &topics);
        }
    }
}

async fn write(ctx: &Ctx, batch: &[Waiting]) -> Result<()> {
    let tx = ctx.db.write().await?;
    for Waiting {
        session,
        kind,
        note,
        at,
    } in batch
    {
        let info = session.info();
        let newest = store::newest_of_kinds(&tx, info.id, &Kind::ALL.map(Kind::as_str)).await?;
        // An agent whose link was lost says again what may have been lost with it.
        let known = newest.is_some_and(|event| number(&event.detail) >= u64::from(note.number));
        if !known && store::exists(&tx, info.id).await? {
            store::insert_event(&tx, event(info, *at, (*kind, note))).await?;
        }
    }
    tx.commit().await?;
    Ok(())
}

fn number(detail: &Value) -> u64 {
    detail["number"].as_u64().unwrap_or(0)
}

fn event(info: &Info, at: Timestamp, (kind, note): (Kind, &SessionNote)) -> session_event::Model {
    // By the agent's word alone, whatever name it says: nobody's account speaks by it.
    let who = Actor::agent(info.machine, &note.who);
    let detail = match kind {
        Kind::Said => json!({ "text": note.text.0, "number": note.number }),
        Kind::HandedOver => json!({ "to": note.text.0, "number": note.number }),
    };
    session_event::Model {
        id: SessionEventId::new(),
        organization_id: info.organization,
        session_id: info.id,
        at,
        kind: kind.as_str().to_owned(),
        who_kind: who.kind().to_owned(),
        who: who.name().to_owned(),
        detail,
    }
}
