//! What is said on a link that is live: the server's commands to the agent, the agent's words about sessions and its inventory.

use farol_protocol::ids::MachineId as WireMachineId;
use farol_protocol::link::{GoodbyeReason, ServerLinkEvent};

use super::{Cause, Task, close};
use crate::link::intake::Word;
use crate::presence::Command;
use crate::sessions;

impl Task {
    pub(super) fn on_command(&mut self, command: Option<Command>) -> Result<(), Cause> {
        let stuck = |_| Cause::new(close::TIMED_OUT, "the agent does not read");
        match command {
            Some(Command::Offer(mut offer)) => {
                offer.statement.machine = self.record(offer.statement.machine);
                self.needed()
                    .and_then(|()| self.link.offer_session(*offer))
                    .map_err(stuck)
            }
            Some(Command::OfferRights(mut offer)) => {
                offer.statement.machine = self.record(offer.statement.machine);
                self.link.offer_rights(*offer).map_err(stuck)
            }
            Some(Command::End(end)) => self.link.end_session(*end).map_err(stuck),
            Some(Command::RotateKey) => self.link.rotate_key().map_err(stuck),
            Some(Command::AskInventory(sections)) => {
                if let Some(intake) = &mut self.intake {
                    intake.ask(&sections);
                }
                let sections = sections.iter().map(|section| section.name().to_owned());
                self.link.ask_sections(sections.collect()).map_err(stuck)
            }
            Some(Command::Contested) => self.needed().map_err(stuck),
            Some(Command::LookedAt) => self.looked_at().map_err(stuck),
            Some(Command::PaceMetrics(every)) => self.link.pace_metrics(every).map_err(stuck),
            Some(Command::IdentityChanged) => self.tell_identity().map_err(stuck),
            Some(Command::Goodbye(reason)) => {
                self.link.goodbye(reason, "", None);
                Err(Cause::new(close::REMOVED, reason.code()))
            }
            None => {
                self.link.goodbye(GoodbyeReason::Replaced, "", None);
                Err(Cause::new(
                    close::REPLACED,
                    "a newer link of the machine took over",
                ))
            }
        }
    }

    /// What the agent says of its inventory. Words of one that did not say that it has any are passed over.
    pub(super) fn of_inventory(&mut self, event: ServerLinkEvent) -> Result<(), Cause> {
        let (Some(claim), Some(intake)) = (&self.claim, &mut self.intake) else {
            return Ok(());
        };
        match event {
            ServerLinkEvent::InventoryHeld(said) => {
                intake.held(said);
                intake.go_on(&self.ctx, claim.record);
            }
            ServerLinkEvent::InventorySection(said) => {
                let sent_away = intake.section(&self.ctx, (claim.record, self.address), said);
                return sent_away.map_or(Ok(()), |word| self.on_intake(Some(word)));
            }
            _ => {}
        }
        Ok(())
    }

    /// Says what became of a step of the inventory, and goes on with the next one.
    pub(super) fn on_intake(&mut self, word: Option<Word>) -> Result<(), Cause> {
        let said = match word {
            None => Ok(()),
            Some(Word::Wanted(wanted)) => self.link.want_sections(wanted),
            Some(Word::Kept(of)) => self.link.keep_section(of),
            Some(Word::Refused(refused)) => self.link.refuse_section(refused),
        };
        said.map_err(|_| Cause::new(close::TIMED_OUT, "the agent does not read"))?;
        if let (Some(claim), Some(intake)) = (&self.claim, &mut self.intake) {
            intake.go_on(&self.ctx, claim.record);
        }
        Ok(())
    }

    /// Whom a statement is for: the agent knows itself by the record whose key it holds, also when that was merged.
    fn record(&self, machine: WireMachineId) -> WireMachineId {
        let claim = self.claim.as_ref();
        claim.map_or(machine, |claim| WireMachineId(claim.record.bytes()))
    }

    /// What the agent says of sessions.
    pub(super) fn of_sessions(&mut self, event: ServerLinkEvent) -> Result<(), Cause> {
        let (Some(claim), Some(place)) = (&self.claim, &self.place) else {
            return Ok(());
        };
        let machine = claim.machine;
        match event {
            ServerLinkEvent::SessionAnswer(answer) => sessions::answered(&self.ctx, machine, answer),
            ServerLinkEvent::SessionEnd(end) => sessions::ended(&self.ctx, machine, &end),
            ServerLinkEvent::SessionRightsChanged(changed) => {
                sessions::rights_changed(&self.ctx, machine, changed);
            }
            ServerLinkEvent::SessionNote(note) => self.notes.keep(&self.ctx, machine, note),
            ServerLinkEvent::SessionFigures(said) => sessions::figures(&self.ctx, machine, &said),
            ServerLinkEvent::SessionsHeld(held) => {
                // Said once, at the beginning; each is a look into the database.
                if std::mem::replace(&mut self.held, true) {
                    let what = "the sessions that it still has, a second time";
                    self.link.goodbye(GoodbyeReason::ProtocolViolation, what, None);
                    return Err(Cause::new(
                        close::MALFORMED,
                        format!("protocol violation: {what}"),
                    ));
                }
                let (ctx, since) = (self.ctx.clone(), place.since);
                if !held.is_empty() {
                    self.needed()
                        .map_err(|_| Cause::new(close::TIMED_OUT, "the agent does not read"))?;
                }
                // Beside the link, which no database slows.
                self.ctx.tasks.spawn(async move {
                    if let Err(error) = sessions::held(&ctx, machine, (&held, since)).await {
                        tracing::warn!(%machine, %error, "sessions that the agent still has were not looked up");
                    }
                });
            }
            _ => {}
        }
        Ok(())
    }
}
