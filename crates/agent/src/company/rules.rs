//! Who is there, who drives, and who is told what: pure, with the time as an argument.
//!
//! ```text
//! nobody drives ──first who may, or who asks──▶ driven ──hands over──▶ driven by another
//!      ▲                                          │ asked by another: the driver says yes or no, and is not asked
//!      └──── left, or may not any more ───────────┘ while interrupted: who asks gets it
//! ```
//! Whoever asked and has no answer yet drives as soon as nobody else does.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::Duration;

use farol_protocol::Tick;
use farol_protocol::limits::PEOPLE_MAX;
use farol_protocol::pipe::message::company::{Line, Person, PersonId, PersonKind, PointAt, Roster, Said};
use farol_protocol::pipe::message::{CompanyToAgent, CompanyToViewer};

use super::Note;
use super::chat::{Allowance, Log};
use super::outbox::{Outbox, Room};
use crate::consent::Talk;

/// Between two places that one person points to: 60 a second are smooth. What comes sooner waits, and the newest place wins.
const POINT_EVERY: Duration = Duration::from_micros(16_667);

/// Notes of one session that wait for its task, which takes them at once. Full: the oldest is forgotten.
const NOTES_MAX: usize = 64;

/// Everybody who is there.
#[derive(Debug, Default)]
pub(super) struct Rules {
    members: BTreeMap<PersonId, Member>,
    end_user: Option<(PersonId, String)>,
    /// How much the person at the machine may say; whoever it is.
    end_user_allowance: Option<Allowance>,
    driver: Option<PersonId>,
    /// Who asked to drive and has no answer, oldest first.
    asking: Vec<PersonId>,
    log: Log,
    last_id: PersonId,
    /// Who has news since this was taken.
    woken: BTreeSet<PersonId>,
}

/// Somebody with a viewer.
#[derive(Debug)]
struct Member {
    name: String,
    kind: PersonKind,
    may_drive: bool,
    interrupted: bool,
    pointer: Pointer,
    allowance: Allowance,
    out: Outbox,
    notes: VecDeque<Note>,
}

/// Where somebody points.
#[derive(Debug, Default)]
struct Pointer {
    /// As others were told; `None` is nowhere.
    shown: Option<PointAt>,
    /// Newer, not yet passed on.
    waiting: Option<PointAt>,
    /// Not before this is the next place passed on.
    next_at: Tick,
}

const GONE: PointAt = PointAt {
    x: 0,
    y: 0,
    laser: false,
    gone: true,
};

impl Rules {
    // Who is there.

    /// Somebody comes, who knows nothing of the others and may not drive yet.
    pub(super) fn join(&mut self, (name, kind): (String, PersonKind), now: Tick) -> PersonId {
        self.last_id += 1;
        let member = Member {
            name,
            kind,
            may_drive: false,
            interrupted: false,
            pointer: Pointer::default(),
            allowance: Allowance::new(now),
            out: Outbox::default(),
            notes: VecDeque::new(),
        };
        self.members.insert(self.last_id, member);
        self.begin(self.last_id);
        self.last_id
    }

    /// The viewer of this one knows nothing: it is told everything.
    pub(super) fn begin(&mut self, id: PersonId) {
        let shown = self.members.iter().filter(|(other, _)| **other != id);
        let pointers = shown
            .filter_map(|(other, member)| member.pointer.shown.map(|at| (*other, at)))
            .collect();
        let asked = self.asked_by(id);
        if let Some(member) = self.members.get_mut(&id) {
            member.out = Outbox {
                pointers,
                asked,
                hands: member.out.hands,
                ..Outbox::default()
            };
            member.interrupted = false;
        }
        self.settle();
        self.changed();
    }

    /// Somebody is gone for good.
    pub(super) fn leave(&mut self, id: PersonId) -> Vec<Note> {
        self.unpoint(id);
        let Some(gone) = self.members.remove(&id) else {
            return Vec::new();
        };
        for member in self.members.values_mut() {
            member.out.asked.retain(|asking| *asking != id);
        }
        self.woken.remove(&id);
        if self.members.is_empty() {
            // What was said was said among those who were there.
            self.log = Log::default();
        }
        self.settle();
        self.changed();
        gone.notes.into()
    }

    /// The connection of this one is lost, or back.
    pub(super) fn set_interrupted(&mut self, id: PersonId, interrupted: bool) {
        let Some(member) = self.members.get_mut(&id) else {
            return;
        };
        if std::mem::replace(&mut member.interrupted, interrupted) == interrupted {
            return;
        }
        if interrupted {
            self.unpoint(id);
        }
        self.settle();
        self.changed();
    }

    /// This one has the right to control, or has it no longer.
    pub(super) fn set_may_drive(&mut self, id: PersonId, may_drive: bool) {
        let Some(member) = self.members.get_mut(&id) else {
            return;
        };
        if std::mem::replace(&mut member.may_drive, may_drive) == may_drive {
            return;
        }
        let others = self
            .members
            .iter()
            .any(|(other, member)| *other != id && member.may_drive);
        if may_drive && self.driver.is_none() && !others {
            self.set_driver(Some(id));
        }
        self.settle();
        self.changed();
    }

    /// Who sits at the machine, by the name of the account, which may be empty.
    pub(super) fn set_end_user(&mut self, name: Option<String>) {
        if self.end_user.as_ref().map(|(_, name)| name) == name.as_ref() {
            return;
        }
        self.end_user = name.map(|name| {
            self.last_id += 1;
            (self.last_id, name)
        });
        self.changed();
    }

    fn changed(&mut self) {
        for (id, member) in &mut self.members {
            member.out.roster = true;
            self.woken.insert(*id);
        }
    }

    fn roster(&self, you: PersonId) -> Roster {
        let members = self.members.iter().map(|(id, member)| Person {
            id: *id,
            name: member.name.clone(),
            kind: member.kind,
            may_drive: member.may_drive,
            interrupted: member.interrupted,
        });
        let end_user = self.end_user.iter().map(|(id, name)| Person {
            id: *id,
            name: name.clone(),
            kind: PersonKind::EndUser,
            may_drive: false,
            interrupted: false,
        });
        Roster {
            people: end_user.chain(members).take(PEOPLE_MAX).collect(),
            driver: self.driver,
            you,
        }
    }

    // Who drives.

    pub(super) fn driver(&self) -> Option<PersonId> {
        self.driver
    }

    fn is(&self, id: PersonId, what: impl Fn(&Member) -> bool) -> bool {
        self.members.get(&id).is_some_and(what)
    }

    /// Nobody drives who could be asked.
    fn is_free(&self) -> bool {
        self.driver
            .is_none_or(|driver| self.is(driver, |member| member.interrupted))
    }

    /// Makes true again what has to be: who drives is there and may, and nobody waits for an answer that nobody can give.
    fn settle(&mut self) {
        if self
            .driver
            .is_some_and(|driver| !self.is(driver, |member| member.may_drive))
        {
            self.set_driver(None);
        }
        let mut asking = std::mem::take(&mut self.asking);
        asking.retain(|id| self.driver != Some(*id) && self.is(*id, |member| member.may_drive));
        self.asking = asking;
        let first = self
            .asking
            .iter()
            .copied()
            .find(|id| self.is(*id, |member| !member.interrupted));
        if let Some(first) = first.filter(|_| self.is_free()) {
            self.hand_over(first, first);
        }
        for (id, member) in &mut self.members {
            let asking = &self.asking;
            member
                .out
                .asked
                .retain(|asker| self.driver == Some(*id) && asking.contains(asker));
        }
    }

    fn asked_by(&self, driver: PersonId) -> Vec<PersonId> {
        if self.driver == Some(driver) {
            self.asking.clone()
        } else {
            Vec::new()
        }
    }

    fn set_driver(&mut self, driver: Option<PersonId>) {
        let before = std::mem::replace(&mut self.driver, driver);
        if before == driver {
            return;
        }
        self.asking.retain(|asking| Some(*asking) != driver);
        for id in before.iter().chain(&driver) {
            let asked = self.asked_by(*id);
            if let Some(member) = self.members.get_mut(id) {
                member.out.hands = true;
                member.out.asked = asked;
            }
        }
        if let Some(driver) = driver {
            // The machine's pointer is the driver's.
            self.unpoint(driver);
        }
        self.changed();
    }

    /// `by` makes `to` drive; both sessions keep that it was so.
    fn hand_over(&mut self, to: PersonId, by: PersonId) {
        let before = self.driver;
        self.set_driver(Some(to));
        let name = |id| self.members.get(&id).map(|member| member.name.clone());
        let (Some(who), Some(drives)) = (name(by), name(to)) else {
            return;
        };
        for id in before.into_iter().chain([to]) {
            self.note(id, Note::handed_over(who.clone(), drives.clone()));
        }
    }

    fn ask_to_drive(&mut self, id: PersonId) {
        if self.driver == Some(id) || self.asking.contains(&id) || !self.is(id, |member| member.may_drive) {
            return;
        }
        self.asking.push(id);
        if let Some(driver) = self.driver
            && let Some(member) = self.members.get_mut(&driver)
        {
            member.out.asked.push(id);
            self.woken.insert(driver);
        }
        self.settle();
    }

    fn refuse_drive(&mut self, by: PersonId, asker: PersonId) {
        let asked = self.asking.len();
        self.asking.retain(|asking| *asking != asker);
        if self.asking.len() == asked {
            return;
        }
        if let Some(member) = self.members.get_mut(&asker) {
            member.out.refused = Some(by);
            self.woken.insert(asker);
        }
        self.settle();
    }

    // What people do.

    /// Takes what the viewer of this one says; `at_ms` is the machine's wall clock.
    pub(super) fn take(&mut self, id: PersonId, (now, at_ms): (Tick, u64), message: CompanyToAgent) {
        let drives = self.driver == Some(id);
        match message {
            CompanyToAgent::PointAt(at) if !drives => self.point(id, now, at),
            CompanyToAgent::AskToDrive => self.ask_to_drive(id),
            CompanyToAgent::HandOver(to) if drives && to != id && self.is(to, |to| to.may_drive) => {
                self.hand_over(to, id);
                self.settle();
            }
            CompanyToAgent::RefuseDrive(asker) if drives => self.refuse_drive(id, asker),
            CompanyToAgent::Say(line) => self.say(id, (now, at_ms), line),
            // Late: it drove when it said this, or did not.
            CompanyToAgent::PointAt(_) | CompanyToAgent::HandOver(_) | CompanyToAgent::RefuseDrive(_) => {}
        }
    }

    /// The person at the machine says something: to all who are there, each of whose sessions keeps it once. Without anybody there
    /// it is not said.
    pub(super) fn end_user_says(&mut self, (now, at_ms): (Tick, u64), line: Line) {
        if self.members.is_empty() || line.0.trim().is_empty() {
            return;
        }
        let allowance = self.end_user_allowance.get_or_insert_with(|| Allowance::new(now));
        if !allowance.admit(now) {
            tracing::debug!("the person at the machine says more than anybody reads; a line was dropped");
            return;
        }
        if self.end_user.is_none() {
            // Whoever speaks is there, whatever the system's records say.
            self.set_end_user(Some(String::new()));
        }
        let Some((person, name)) = self.end_user.clone() else {
            return;
        };
        let there: Vec<PersonId> = self.members.keys().copied().collect();
        for id in there {
            self.note(id, Note::said(name.clone(), line.clone()));
        }
        let said = Said {
            person,
            at_ms,
            text: line,
            name,
        };
        self.log.add(said, PersonKind::EndUser);
    }

    /// What the person at the machine is shown of what was said; nothing while nobody is there.
    pub(super) fn talk(&self) -> Option<Talk> {
        self.talk_count().map(|_| self.log.talk())
    }

    /// Another one when [`Self::talk`] is.
    pub(super) fn talk_count(&self) -> Option<u64> {
        (!self.members.is_empty()).then(|| self.log.count())
    }

    fn say(&mut self, id: PersonId, (now, at_ms): (Tick, u64), line: Line) {
        let Some(member) = self.members.get_mut(&id) else {
            return;
        };
        if line.0.trim().is_empty() {
            return;
        }
        if !member.allowance.admit(now) {
            tracing::debug!(
                person = id,
                "somebody says more than anybody reads; a line was dropped"
            );
            return;
        }
        let (name, kind) = (member.name.clone(), member.kind);
        self.note(id, Note::said(name.clone(), line.clone()));
        let said = Said {
            person: id,
            at_ms,
            text: line,
            name,
        };
        self.log.add(said, kind);
        self.woken.extend(self.members.keys());
    }

    fn note(&mut self, id: PersonId, note: Note) {
        if let Some(member) = self.members.get_mut(&id) {
            if member.notes.len() >= NOTES_MAX {
                member.notes.pop_front();
            }
            member.notes.push_back(note);
            self.woken.insert(id);
        }
    }

    fn point(&mut self, id: PersonId, now: Tick, at: PointAt) {
        if at.gone {
            self.unpoint(id);
            return;
        }
        if let Some(member) = self.members.get_mut(&id) {
            member.pointer.waiting = Some(at);
            self.pass_pointer(id, now);
        }
    }

    /// Passes on where this one points, if it is time to.
    pub(super) fn pass_pointer(&mut self, id: PersonId, now: Tick) {
        let Some(Member { pointer, .. }) = self.members.get_mut(&id) else {
            return;
        };
        if now >= pointer.next_at
            && let Some(at) = pointer.waiting.take()
        {
            pointer.next_at = now.after(POINT_EVERY);
            pointer.shown = Some(at);
            self.show_pointer(id, at);
        }
    }

    /// When there is a pointer to pass on.
    pub(super) fn pointer_due(&self, id: PersonId) -> Option<Tick> {
        let pointer = &self.members.get(&id)?.pointer;
        pointer.waiting.map(|_| pointer.next_at)
    }

    fn unpoint(&mut self, id: PersonId) {
        let Some(Member { pointer, .. }) = self.members.get_mut(&id) else {
            return;
        };
        pointer.waiting = None;
        if pointer.shown.take().is_some() {
            self.show_pointer(id, GONE);
        }
    }

    fn show_pointer(&mut self, id: PersonId, at: PointAt) {
        for (other, member) in self.members.iter_mut().filter(|(other, _)| **other != id) {
            member.out.pointers.insert(id, at);
            self.woken.insert(*other);
        }
    }

    // What people are told.

    /// The next message for the viewer of this one, as far as it has room.
    pub(super) fn next(&mut self, id: PersonId, room: Room) -> Option<CompanyToViewer> {
        if room == Room::None {
            return None;
        }
        let out = &mut self.members.get_mut(&id)?.out;
        if std::mem::take(&mut out.roster) {
            return Some(CompanyToViewer::Roster(self.roster(id)));
        }
        if let Some(by) = out.refused.take() {
            return Some(CompanyToViewer::DriveRefused(by));
        }
        if !out.asked.is_empty() {
            return Some(CompanyToViewer::DriveAsked(out.asked.remove(0)));
        }
        if let Some((said, next)) = self.log.from(out.heard) {
            out.heard = next;
            return Some(CompanyToViewer::Said(said.clone()));
        }
        if room == Room::Behind {
            return None;
        }
        let (person, at) = out.pointers.pop_first()?;
        Some(CompanyToViewer::Pointer { person, at })
    }

    /// Whether the hands of this one have to look whether it drives; once.
    pub(super) fn take_hands(&mut self, id: PersonId) -> bool {
        let member = self.members.get_mut(&id);
        member.is_some_and(|member| std::mem::take(&mut member.out.hands))
    }

    /// What the server is to keep with the session of this one, oldest first.
    pub(super) fn take_note(&mut self, id: PersonId) -> Option<Note> {
        self.members.get_mut(&id)?.notes.pop_front()
    }

    /// Who has news since the last call.
    pub(super) fn take_woken(&mut self) -> BTreeSet<PersonId> {
        std::mem::take(&mut self.woken)
    }
}

#[cfg(test)]
mod tests;
