//! What the server has to be told of sessions and may not know: because the link is away or takes no more, or because the link
//! was lost so soon after it was told that nobody knows whether it arrived.
//!
//! Told twice is told once: what is said is how things are, and names its session; notes have numbers.

use std::collections::VecDeque;
use std::time::Duration;

use farol_protocol::Tick;
use farol_protocol::ids::SessionId;
use farol_protocol::limits::{HEARTBEAT_MAX, link_lost_after};
use farol_protocol::link::{AgentLink, Answer, SessionAnswer};

use crate::sessions::News;

/// News kept, notes apart. Full: the oldest is forgotten; that a session is over the server learns from the list of those that
/// there still are.
const KEPT: usize = 64;

/// Notes kept beside them, so that a lively chat displaces no end of a session. Full: the oldest is forgotten; half a megabyte
/// of words is more than is said while a server restarts.
const NOTES_KEPT: usize = 256;

/// What was told so long before the loss of a link has arrived: a link that takes nothing is given up sooner, also at the
/// slowest pace.
const DOUBTFUL: Duration = link_lost_after(HEARTBEAT_MAX).saturating_add(Duration::from_secs(3));

/// News of sessions, in order.
#[derive(Debug, Default)]
pub(super) struct Untold {
    news: VecDeque<News>,
    /// Told over the present link, and when.
    told: VecDeque<(Tick, News)>,
}

impl Untold {
    /// Keeps news until they are told.
    pub(super) fn keep(&mut self, news: Option<News>) {
        if let Some(news) = news {
            if let News::Figures(figures) = &news {
                // The newest are all.
                self.news
                    .retain(|old| !matches!(old, News::Figures(old) if old.session == figures.session));
            }
            if !self.has_room(&news) {
                let note = is_note(&news);
                let oldest = self.news.iter().position(|old| is_note(old) == note);
                oldest.and_then(|oldest| self.news.remove(oldest));
            }
            self.news.push_back(news);
        }
    }

    fn has_room(&self, news: &News) -> bool {
        let note = is_note(news);
        let alike = self.news.iter().filter(|old| is_note(old) == note).count();
        alike < if note { NOTES_KEPT } else { KEPT }
    }

    /// Whether there is nothing to tell.
    pub(super) fn is_empty(&self) -> bool {
        self.news.is_empty()
    }

    /// Sessions that are over, for all that the server knows going on.
    pub(super) fn ended(&self) -> impl Iterator<Item = SessionId> {
        self.news.iter().filter_map(News::ended)
    }

    /// Tells what the link takes. One that is not live takes nothing.
    pub(super) fn tell(&mut self, now: Tick, link: &mut AgentLink) {
        while let Some(news) = self.news.front() {
            let told = match news.clone() {
                News::Answered(answer) => link.answer_session(answer),
                News::RightsChanged(changed) => link.rights_changed(changed),
                News::Noted(note) => link.note(note),
                News::Figures(figures) => link.figures(figures),
                News::Ended(end) => link.end_session(end),
            };
            if told.is_err() {
                return;
            }
            if self.told.len() >= KEPT + NOTES_KEPT {
                self.told.pop_front();
            }
            self.told.extend(self.news.pop_front().map(|news| (now, news)));
        }
    }

    /// The link is gone, and perhaps what was told last with it: that is told once more.
    pub(super) fn link_lost(&mut self, now: Tick) {
        for (at, news) in std::mem::take(&mut self.told).into_iter().rev() {
            // That somebody is being asked is of no use to anybody any more.
            let of_use = !matches!(
                &news,
                News::Answered(SessionAnswer {
                    answer: Answer::Waiting,
                    ..
                })
            );
            if of_use && now.since(at) < DOUBTFUL && self.has_room(&news) {
                self.news.push_front(news);
            }
        }
    }

    /// Another identity has none of these sessions.
    pub(super) fn clear(&mut self) {
        self.news.clear();
        self.told.clear();
    }
}

fn is_note(news: &News) -> bool {
    matches!(news, News::Noted(_))
}

#[cfg(test)]
mod tests {
    use farol_protocol::link::{Copied, SessionEnd, SessionFigures, SessionNote, Spread};

    use super::*;

    fn end(session: u8) -> News {
        News::Ended(SessionEnd {
            session: SessionId([session; 16]),
            code: "technician_ended".into(),
            detail: String::new(),
            by: String::new(),
        })
    }

    fn waiting(session: u8) -> News {
        News::Answered(SessionAnswer {
            session: SessionId([session; 16]),
            answer: Answer::Waiting,
            by: String::new(),
        })
    }

    #[test]
    fn what_was_told_just_before_a_loss_is_told_again_in_order() {
        let now = Tick(1_000_000_000);
        let lately = Tick(now.0 - 1_000_000);
        let long_ago = Tick(now.0 - 300_000_000);
        let mut untold = Untold::default();
        untold.told.extend([
            (long_ago, end(1)),
            (lately, waiting(2)),
            (lately, end(3)),
            (lately, end(4)),
        ]);
        untold.keep(Some(end(5)));
        untold.link_lost(now);
        assert_eq!(untold.news, [end(3), end(4), end(5)]);
        untold.link_lost(now);
        assert_eq!(untold.news.len(), 3, "once");
        assert_eq!(untold.ended().count(), 3);
    }

    #[test]
    fn of_figures_only_the_newest_are_told() {
        let figures = |session: u8, pictures| {
            News::Figures(SessionFigures {
                session: SessionId([session; 16]),
                pictures,
                picture: Spread::default(),
                round_trip: Spread::default(),
                copied_to_viewer: Copied::default(),
                copied_to_agent: Copied::default(),
            })
        };
        let mut untold = Untold::default();
        for pictures in 1..=3 {
            untold.keep(Some(figures(1, pictures)));
        }
        untold.keep(Some(figures(2, 7)));
        assert_eq!(untold.news, [figures(1, 3), figures(2, 7)]);
    }

    #[test]
    fn there_is_a_limit() {
        let mut untold = Untold::default();
        for session in 0..100 {
            untold.keep(Some(end(session)));
        }
        assert_eq!((untold.news.len(), &untold.news[0]), (KEPT, &end(36)));
    }

    #[test]
    fn what_is_said_displaces_only_what_was_said() {
        let mut untold = Untold::default();
        untold.keep(Some(end(1)));
        for number in 1..=1000 {
            untold.keep(Some(News::Noted(SessionNote {
                session: SessionId([2; 16]),
                kind: "said".into(),
                who: "Ana".into(),
                text: farol_protocol::pipe::message::company::Line("oi".into()),
                number,
            })));
        }
        assert_eq!((untold.news.len(), &untold.news[0]), (NOTES_KEPT + 1, &end(1)));
        let last = untold.news.back();
        assert!(matches!(last, Some(News::Noted(note)) if note.number == 1000));
    }
}
