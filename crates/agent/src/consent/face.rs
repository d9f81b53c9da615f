//! What runs in the helper process: shows the views that come in, says what the end user presses, and ends with its
//! input.

use std::io::{self, BufRead, Write};
use std::sync::{Arc, Mutex, PoisonError};

use farol_platform::notice::{self, Language, View};
use farol_platform::{DisplayTarget, NoticeError, Notices, Waker};

use super::helper::Said;
use super::lines::{self, VIEW_MAX};

/// Why a helper ends before its input does.
#[derive(Debug, thiserror::Error)]
pub enum FaceError {
    /// Nothing can be shown.
    #[error(transparent)]
    Notice(#[from] NoticeError),
    /// What comes in is no view, or nobody listens any more.
    #[error("the agent does not speak with this program: {0}")]
    Agent(#[from] io::Error),
}

/// Serves the agent at standard input and output, on the display and in the language of the environment.
///
/// # Errors
/// See [`FaceError`].
pub fn run() -> Result<(), FaceError> {
    notice::keep_apart();
    let address = std::env::var("DISPLAY").unwrap_or_default();
    let open = || farol_platform::open_notices(&DisplayTarget::new(address), Language::from_environment());
    serve(io::BufReader::new(io::stdin()), &mut io::stdout(), open)
}

/// What has come in and was not shown yet.
#[derive(Default)]
struct Slot {
    /// Only the newest counts.
    view: Option<View>,
    /// The input is over, in this way.
    ended: Option<io::Result<()>>,
}

/// Serves an agent. Returns when the input ends; the thread that reads it ends then, too.
///
/// # Errors
/// See [`FaceError`].
pub fn serve(
    input: impl BufRead + Send + 'static,
    output: &mut impl Write,
    open: impl FnOnce() -> Result<Box<dyn Notices>, NoticeError>,
) -> Result<(), FaceError> {
    let mut notices = match open() {
        Ok(notices) => notices,
        Err(error) => {
            lines::write(output, &Said::Failed(error.to_string()))?;
            return Err(error.into());
        }
    };
    lines::write(output, &Said::Ready)?;
    let slot = Arc::new(Mutex::new(Slot::default()));
    let (filled, waker) = (Arc::clone(&slot), notices.waker());
    std::thread::Builder::new()
        .name("views".into())
        .spawn(move || read_views(input, &filled, &waker))?;
    loop {
        let news = std::mem::take(&mut *slot.lock().unwrap_or_else(PoisonError::into_inner));
        if let Some(ended) = news.ended {
            return Ok(ended?);
        }
        if let Some(view) = news.view {
            notices.show(&view)?;
        }
        notices.wait(None)?;
        while let Some(answer) = notices.next_answer() {
            lines::write(output, &Said::Answer(answer))?;
        }
    }
}

fn read_views(mut input: impl BufRead, slot: &Mutex<Slot>, waker: &Waker) {
    loop {
        let read = lines::read::<View>(&mut input, VIEW_MAX);
        let mut slot = slot.lock().unwrap_or_else(PoisonError::into_inner);
        let over = match read {
            Ok(Some(view)) => {
                slot.view = Some(view);
                false
            }
            Ok(None) => {
                slot.ended = Some(Ok(()));
                true
            }
            Err(error) => {
                slot.ended = Some(Err(error));
                true
            }
        };
        drop(slot);
        waker.wake();
        if over {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use farol_platform::notice::fake::FakeNotices;
    use farol_platform::notice::{Answer, Banner};

    use super::*;

    const PATIENCE: Duration = Duration::from_secs(20);

    fn view(technician: &str) -> View {
        View {
            banner: Some(Banner {
                technicians: vec![technician.into()],
                ..Banner::default()
            }),
            ..View::default()
        }
    }

    /// What a pipe's writing end is to a thread.
    struct Pipe(std::sync::mpsc::Sender<Vec<u8>>);

    impl Write for Pipe {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0
                .send(bytes.to_vec())
                .map_err(|_| io::ErrorKind::BrokenPipe)?;
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn shows_views_says_answers_and_ends_with_its_input() {
        let (notices, person) = FakeNotices::new();
        let (agent, mut input) = std::os::unix::net::UnixStream::pair().unwrap();
        let (output, said) = std::sync::mpsc::channel();
        let face = std::thread::spawn(move || {
            serve(io::BufReader::new(agent), &mut Pipe(output), || {
                Ok(Box::new(notices))
            })
        });
        let said = || String::from_utf8(said.recv_timeout(PATIENCE).unwrap()).unwrap();
        assert_eq!(said(), "\"ready\"\n");
        lines::write(&mut input, &view("Ana")).unwrap();
        assert!(person.wait_for(PATIENCE, |shown| *shown == view("Ana")));
        person.answer(Answer::Allowed(7));
        assert_eq!(said(), "{\"answer\":{\"allowed\":7}}\n");
        drop(input);
        assert!(face.join().unwrap().is_ok());
    }

    #[test]
    fn a_lost_display_and_nonsense_end_it() {
        let (notices, person) = FakeNotices::new();
        person.lose("gone");
        let (agent, _input) = std::os::unix::net::UnixStream::pair().unwrap();
        let ended = serve(io::BufReader::new(agent), &mut Vec::new(), || {
            Ok(Box::new(notices))
        });
        assert!(matches!(ended, Err(FaceError::Notice(NoticeError::Lost(_)))));

        let (notices, _person) = FakeNotices::new();
        let ended = serve(b"nonsense\n".as_slice(), &mut Vec::new(), || {
            Ok(Box::new(notices))
        });
        assert!(matches!(ended, Err(FaceError::Agent(_))));
    }

    #[test]
    fn a_display_that_does_not_open_is_said() {
        let mut output = Vec::new();
        let refuse = || Err(NoticeError::NoDisplay("none".into()));
        assert!(serve(io::empty(), &mut output, refuse).is_err());
        assert_eq!(
            String::from_utf8(output).unwrap(),
            "{\"failed\":\"no display: none\"}\n"
        );
    }
}
