//! How often a link is heard: quickly while somebody has to do with the machine, else by how many links there are.
//!
//! ```text
//!  at rest ──a session is offered or is there still, somebody looks, a copy wants its place──▶ quick ──nothing of that──▶ at rest
//! ```
//! The pace of a link at rest is looked at with each of its heartbeats, so that a fleet that grows is told link by link, each
//! in its own time. Not here: the rule ([`crate::presence::pace`]).

use std::time::Duration;

use farol_protocol::error::Full;
use farol_protocol::link::Pace;
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::Instant;

use super::Task;
use crate::presence::pace;

/// How long a look at a machine keeps its link quick: a page that is open is fetched anew when something about the machine
/// changes, and when somebody comes back to it.
const LOOKED_AT: Duration = Duration::from_secs(5 * 60);
/// How long a session that was offered counts before it has to be found among the live ones.
const OFFERED: Duration = Duration::from_secs(60);

/// Somebody has to do with the machine.
#[derive(Debug)]
pub(super) struct Attention {
    /// Then it is looked whether that is still so.
    until: Instant,
    /// Of somebody who only looks; free again with this.
    place: Option<OwnedSemaphorePermit>,
}

impl Task {
    /// A session with the machine is there or about to be, or another installation wants its place: whether it lives is to be
    /// known soon.
    pub(super) fn needed(&mut self) -> Result<(), Full> {
        let until = Instant::now() + OFFERED;
        match &mut self.attention {
            Some(attention) => attention.until = attention.until.max(until),
            None => self.attention = Some(Box::new(Attention { until, place: None })),
        }
        self.link.set_pace(self.ticks.now(), Pace::QUICK)
    }

    /// Somebody looks at the machine. While enough others are looked at the link keeps its pace.
    pub(super) fn looked_at(&mut self) -> Result<(), Full> {
        let place = match self.attention.take() {
            Some(attention) => attention.place,
            None => {
                let Some(place) = self.ctx.presence.quick_place() else {
                    return Ok(());
                };
                Some(place)
            }
        };
        self.attention = Some(Box::new(Attention {
            until: Instant::now() + LOOKED_AT,
            place,
        }));
        self.link.set_pace(self.ticks.now(), Pace::QUICK)
    }

    /// The link was heard: is its pace still the right one?
    pub(super) fn keep_pace(&mut self, now: Instant) -> Result<(), Full> {
        if let Some(attention) = &mut self.attention
            && now >= attention.until
        {
            let machine = self.claim.as_ref().map(|claim| claim.machine);
            // Linear in the number of live sessions, once a minute for each machine that has one.
            let sessions = self.ctx.live.find(|info| Some(info.machine) == machine);
            if sessions.is_empty() {
                self.attention = None;
            } else {
                // Nobody has to look any more for it to be quick.
                attention.place = None;
                attention.until = now + OFFERED;
            }
        }
        if self.attention.is_some() {
            return Ok(());
        }
        let wanted = self.ctx.presence.pace();
        if pace::differs(self.link.pace(), wanted) {
            self.link.set_pace(self.ticks.now(), wanted)?;
        }
        Ok(())
    }
}
