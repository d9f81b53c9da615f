//! What the server has to be told of sessions and was not told yet, because the link is away or takes no more.

use std::collections::VecDeque;

use farol_protocol::ids::SessionId;
use farol_protocol::link::AgentLink;

use crate::sessions::News;

/// News kept. Full: the oldest is forgotten; that a session is over the server learns from the list of those that there still
/// are.
const KEPT: usize = 64;

/// News of sessions, in order.
#[derive(Debug, Default)]
pub(super) struct Untold(VecDeque<News>);

impl Untold {
    /// Keeps news until they are told.
    pub(super) fn keep(&mut self, news: Option<News>) {
        if let Some(news) = news {
            if self.0.len() >= KEPT {
                self.0.pop_front();
            }
            self.0.push_back(news);
        }
    }

    /// Sessions that are over without the server knowing.
    pub(super) fn ended(&self) -> impl Iterator<Item = SessionId> {
        self.0.iter().filter_map(|news| match news {
            News::Ended(end) => Some(end.session),
            _ => None,
        })
    }

    /// Tells what the link takes. One that is not live takes nothing.
    pub(super) fn tell(&mut self, link: &mut AgentLink) {
        while let Some(news) = self.0.front() {
            let told = match news.clone() {
                News::Answered(answer) => link.answer_session(answer),
                News::RightsChanged(changed) => link.rights_changed(changed),
                News::Ended(end) => link.end_session(end),
            };
            if told.is_err() {
                return;
            }
            self.0.pop_front();
        }
    }

    /// Another identity has none of these sessions.
    pub(super) fn clear(&mut self) {
        self.0.clear();
    }
}
