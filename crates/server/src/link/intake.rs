//! Sections of the inventory on their way from a link to the domain: what the agent says that it has, which of that is wanted, and
//! what became of what came. One step at a time, in a task of its own, so that no database slows a link.
//!
//! ```text
//!  held ──▶ looked up ──▶ waits for a place of the server ──▶ wanted ──▶ sections, each kept or refused ──▶ the place is free again
//! ```
//! What arrives takes memory, up to 2 MiB a link: it arrives only on links that have a place (`InventoryState::place`). Others
//! wait in line, the longest waiting first. A place is given back when all that was wanted is answered, or when nothing came
//! for a while; what came whole has it until it is kept.
//!
//! Not here: what is kept of a section ([`crate::inventory`]), pieces on the wire (`farol_protocol::link`).

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use farol_inventory::Section;
use farol_protocol::link::{InventoryRefused, InventorySection, InventoryWanted, SectionHash};
use tokio::sync::OwnedSemaphorePermit;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep_until};

use crate::ctx::Ctx;
use crate::error::Code;
use crate::ids::MachineId;
use crate::inventory::{self, Accepted, Refusal};

/// Longest wait for the next whole section that was wanted: 2 MiB at half a megabit a second take 34 s.
const NEXT_SECTION: Duration = Duration::from_secs(60);
/// What was wanted and did not come may be offered again after this.
const AGAIN: Duration = Duration::from_secs(10 * 60);
/// What a link says is looked up at most this often: it costs a read of the database.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// Something to say to the agent.
#[derive(Debug)]
pub(super) enum Word {
    Wanted(InventoryWanted),
    Kept(SectionHash),
    Refused(InventoryRefused),
}

/// What became of a step.
#[derive(Debug)]
enum Step {
    /// What is wanted, with a place for it to come; None when nothing is.
    Looked(Result<Option<(Vec<Section>, OwnedSemaphorePermit)>, Refusal>),
    Taken {
        of: SectionHash,
        outcome: Result<Accepted, Refusal>,
    },
}

/// Sections that were wanted and are awaited, and the place that lets them come.
#[derive(Debug)]
struct Awaited {
    sections: BTreeSet<Section>,
    until: Instant,
    place: Arc<OwnedSemaphorePermit>,
}

/// The inventory of one link. Boxed where it stands: agents without an inventory pay nothing for it.
#[derive(Debug, Default)]
pub(super) struct Intake {
    /// Newest hashes that nobody has looked at yet.
    held: BTreeMap<Section, [u8; 32]>,
    /// Sections that somebody wants as they are now, whether their facts changed or not.
    fresh: BTreeSet<Section>,
    /// Those that are being looked at.
    asked: Vec<Section>,
    /// When that began.
    looked: Option<Instant>,
    step: Option<JoinHandle<Step>>,
    awaited: Option<Awaited>,
}

impl Intake {
    /// The agent has read these; sections that this program does not know are passed over. [`Self::go_on`] looks at them.
    pub(super) fn held(&mut self, said: Vec<SectionHash>) {
        let known = said
            .into_iter()
            .filter_map(|said| Some((Section::of_name(&said.section)?, said.hash)));
        self.held.extend(known);
    }

    /// Somebody asked for these sections: what the agent says of them next is wanted, whatever its hash.
    pub(super) fn ask(&mut self, sections: &[Section]) {
        self.fresh.extend(sections);
    }

    /// Begins to look at what was said, unless something is under way.
    pub(super) fn go_on(&mut self, ctx: &Ctx, record: MachineId) {
        if self.step.is_some() || self.awaited.is_some() || self.held.is_empty() {
            return;
        }
        let held: Vec<_> = std::mem::take(&mut self.held).into_iter().collect();
        self.asked = held.iter().map(|(section, _)| *section).collect();
        let fresh: BTreeSet<Section> = self
            .asked
            .iter()
            .copied()
            .filter(|section| self.fresh.remove(section))
            .collect();
        let now = Instant::now();
        let begin = self.looked.map_or(now, |last| now.max(last + LOOK_EVERY));
        self.looked = Some(begin);
        let inner = ctx.clone();
        self.step = Some(ctx.tasks.spawn(async move {
            sleep_until(begin).await;
            let mut wanted = inventory::wanted(&inner, record, &held).await;
            if let Ok(wanted) = &mut wanted {
                wanted.extend(fresh);
                wanted.sort_unstable();
                wanted.dedup();
            }
            let wanted = match wanted {
                Ok(wanted) if wanted.is_empty() => Ok(None),
                Ok(wanted) => Ok(Some((wanted, inner.inventory.place().await))),
                Err(error) => Err(Refusal::from(error)),
            };
            Step::Looked(wanted)
        }));
    }

    /// A section is here. While the one before it is not kept yet it is sent away, or an agent that goes on regardless would
    /// fill our memory.
    pub(super) fn section(
        &mut self,
        ctx: &Ctx,
        (record, address): (MachineId, IpAddr),
        said: InventorySection,
    ) -> Option<Word> {
        let InventorySection { of, body } = said;
        // Only known ones are ever wanted.
        let section = Section::of_name(&of.section)?;
        let place = match &mut self.awaited {
            Some(awaited) if self.step.is_none() => Arc::clone(&awaited.place),
            awaited => {
                if let Some(awaited) = awaited {
                    awaited.sections.remove(&section);
                }
                return Some(Word::Refused(InventoryRefused {
                    of,
                    code: Code::StorageBusy.as_str().to_owned(),
                    detail: "the section before it is not kept yet".into(),
                    retry_after: Some(AGAIN),
                }));
            }
        };
        let inner = ctx.clone();
        self.step = Some(ctx.tasks.spawn(async move {
            let outcome = inventory::accept(&inner, (record, address), (section, of.hash), body).await;
            // Also of a link that is gone: its section was in our memory until now.
            drop(place);
            Step::Taken { of, outcome }
        }));
        None
    }

    /// Waits for the end of the step that is under way; what is to be said then, if anything. For ever while there is none.
    /// Cancel safe.
    pub(super) async fn stepped(&mut self) -> Option<Word> {
        let Some(step) = self.step.as_mut() else {
            return std::future::pending().await;
        };
        let ended = step.await;
        self.step = None;
        let asked = std::mem::take(&mut self.asked);
        match ended {
            Ok(Step::Looked(wanted)) => self.looked(asked, wanted),
            Ok(Step::Taken { of, outcome }) => Some(self.taken(of, outcome)),
            Err(error) => {
                tracing::error!(%error, "a step of the inventory failed");
                let awaited = self.awaited.take();
                let sections = awaited.map_or(asked, |awaited| awaited.sections.into_iter().collect());
                Some(want(sections, Some(AGAIN)))
            }
        }
    }

    fn looked(
        &mut self,
        asked: Vec<Section>,
        wanted: Result<Option<(Vec<Section>, OwnedSemaphorePermit)>, Refusal>,
    ) -> Option<Word> {
        match wanted {
            Ok(wanted) => {
                let (sections, place) = wanted?;
                self.awaited = Some(Awaited {
                    sections: sections.iter().copied().collect(),
                    until: Instant::now() + NEXT_SECTION,
                    place: Arc::new(place),
                });
                Some(want(sections, None))
            }
            Err(refusal) => {
                tracing::warn!(error = %refusal, "what is kept of an inventory was not looked up");
                Some(want(asked, Some(refusal.retry_after().unwrap_or(AGAIN))))
            }
        }
    }

    fn taken(&mut self, of: SectionHash, outcome: Result<Accepted, Refusal>) -> Word {
        if let Some(awaited) = &mut self.awaited {
            awaited.until = Instant::now() + NEXT_SECTION;
            awaited.sections.retain(|section| section.name() != of.section);
        }
        self.awaited.take_if(|awaited| awaited.sections.is_empty());
        match outcome {
            Ok(_) => Word::Kept(of),
            Err(refusal) => {
                if let Refusal::Failed(error) = &refusal {
                    tracing::warn!(section = of.section, %error, "a section of the inventory was not kept");
                }
                Word::Refused(InventoryRefused {
                    code: refusal.code().to_owned(),
                    detail: refusal.to_agent(),
                    retry_after: refusal.retry_after(),
                    of,
                })
            }
        }
    }

    /// When [`Self::timeout`] has something to do. Not while a section is being kept: the agent waits for us then.
    pub(super) fn due(&self) -> Option<Instant> {
        let awaited = self.awaited.as_ref().filter(|_| self.step.is_none());
        awaited.map(|awaited| awaited.until)
    }

    /// What was wanted and does not come is not awaited any more.
    pub(super) fn timeout(&mut self, now: Instant) -> Option<Word> {
        if self.due().is_none_or(|due| now < due) {
            return None;
        }
        let sections = self.awaited.take()?.sections;
        Some(want(sections.into_iter().collect(), Some(AGAIN)))
    }
}

impl Drop for Intake {
    /// Who waits in line does not any more. What was here whole is kept: `awaited` is only with it.
    fn drop(&mut self) {
        if let Some(step) = self.step.take().filter(|_| self.awaited.is_none()) {
            step.abort();
        }
    }
}

fn want(sections: Vec<Section>, retry_after: Option<Duration>) -> Word {
    let sections = sections.into_iter().map(|section| section.name().to_owned());
    Word::Wanted(InventoryWanted {
        sections: sections.collect(),
        retry_after,
    })
}
