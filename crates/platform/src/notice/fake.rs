//! Notices without a display. [`FakeNotices::new`] gives the windows and the person who looks at them.

use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::{Answer, NoticeError, Notices, View};
use crate::Waker;

#[derive(Debug, Default)]
struct Desk {
    view: View,
    answers: VecDeque<Answer>,
    lost: Option<String>,
    woken: bool,
}

#[derive(Debug, Default)]
struct Shared {
    desk: Mutex<Desk>,
    changed: Condvar,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Desk> {
        self.desk.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn change(&self, change: impl FnOnce(&mut Desk)) {
        change(&mut self.lock());
        self.changed.notify_all();
    }

    /// Waits until it is as wanted; false when the time was over first.
    fn wait(&self, deadline: Option<Instant>, wanted: impl Fn(&Desk) -> bool) -> bool {
        let mut desk = self.lock();
        while !wanted(&desk) {
            desk = match deadline.map(|deadline| deadline.saturating_duration_since(Instant::now())) {
                Some(Duration::ZERO) => return false,
                Some(left) => {
                    let waited = self.changed.wait_timeout(desk, left);
                    waited.unwrap_or_else(PoisonError::into_inner).0
                }
                None => self.changed.wait(desk).unwrap_or_else(PoisonError::into_inner),
            };
        }
        true
    }
}

/// The windows: give it to the code under test.
#[derive(Debug)]
pub struct FakeNotices {
    shared: Arc<Shared>,
}

impl FakeNotices {
    /// Windows that show nothing, and the person before them.
    #[allow(
        clippy::new_ret_no_self,
        reason = "a fake is always made together with the hand that plays it"
    )]
    pub fn new() -> (FakeNotices, FakeNoticesControl) {
        let shared = Arc::new(Shared::default());
        let control = FakeNoticesControl {
            shared: Arc::clone(&shared),
        };
        (FakeNotices { shared }, control)
    }

    fn lost(&self) -> Result<(), NoticeError> {
        match &self.shared.lock().lost {
            Some(reason) => Err(NoticeError::Lost(reason.clone())),
            None => Ok(()),
        }
    }
}

impl Notices for FakeNotices {
    fn show(&mut self, view: &View) -> Result<(), NoticeError> {
        self.lost()?;
        self.shared.change(|desk| desk.view = view.clone());
        Ok(())
    }

    fn wait(&mut self, timeout: Option<Duration>) -> Result<(), NoticeError> {
        let deadline = timeout.and_then(|timeout| Instant::now().checked_add(timeout));
        self.shared.wait(deadline, |desk| {
            desk.woken || desk.lost.is_some() || !desk.answers.is_empty()
        });
        self.shared.lock().woken = false;
        self.lost()
    }

    fn next_answer(&mut self) -> Option<Answer> {
        self.shared.lock().answers.pop_front()
    }

    fn waker(&self) -> Waker {
        let shared = Arc::clone(&self.shared);
        Waker::new(move || shared.change(|desk| desk.woken = true))
    }
}

/// The person who looks at the windows. Clones share them.
#[derive(Debug, Clone)]
pub struct FakeNoticesControl {
    shared: Arc<Shared>,
}

impl FakeNoticesControl {
    /// What is shown now.
    #[must_use]
    pub fn view(&self) -> View {
        self.shared.lock().view.clone()
    }

    /// Waits until something is shown that fits; false when the time was over first.
    #[must_use]
    pub fn wait_for(&self, within: Duration, fits: impl Fn(&View) -> bool) -> bool {
        self.shared
            .wait(Instant::now().checked_add(within), |desk| fits(&desk.view))
    }

    /// Presses something, whether it is shown or not.
    pub fn answer(&self, answer: Answer) {
        self.shared.change(|desk| desk.answers.push_back(answer));
    }

    /// Takes the display away, for good.
    pub fn lose(&self, reason: &str) {
        self.shared.change(|desk| desk.lost = Some(reason.to_owned()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::notice::Banner;

    #[test]
    fn shows_answers_and_goes_away() {
        let (mut notices, person) = FakeNotices::new();
        let view = View {
            banner: Some(Banner::default()),
            ..View::default()
        };
        notices.show(&view).unwrap();
        assert!(person.wait_for(Duration::ZERO, |shown| shown.banner.is_some()));
        person.answer(Answer::End);
        notices.wait(None).unwrap();
        assert_eq!(notices.next_answer(), Some(Answer::End));
        assert_eq!(notices.next_answer(), None);
        notices.waker().wake();
        notices.wait(None).unwrap();
        person.lose("gone");
        assert_eq!(notices.wait(None), Err(NoticeError::Lost("gone".into())));
    }
}
