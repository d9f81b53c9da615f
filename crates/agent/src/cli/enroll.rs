//! `farol-agent enroll`.

use std::io::{self, IsTerminal};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use farol_transport::ServerUrl;

use super::failure::{EXIT_NOT_ENROLLED, Failure};
use super::{say, say_error};
use crate::config::{Cause, Enrollment, Pending, StateDir};
use crate::enroll::token_source::{self, Given};
use crate::enroll::{self, About, Decision, EnrollError};
use crate::facts;

/// Where token and address come from, for `--help`.
const SOURCES: &str = "The token is taken from the first of these that has one:
  1. the command line (other people on this machine can see it while the program runs)
  2. --token-file
  3. the variable FAROL_TOKEN
  4. the name of this program's file, wherever it stands in it
  5. \"token\" in farol-agent.json beside the program
  6. standard input, or you are asked for it

The server's address from: --server, FAROL_SERVER, the name of this program's file, \"server\" in farol-agent.json.
A file name with both: farol-agent@HOST-TOKEN or farol-agent@HOST_PORT-TOKEN (always https). What browsers do to names
of downloads does no harm.

Where somebody has to approve the machine first, the request is kept: \"farol-agent run\" goes on asking, and so does
calling \"enroll\" again without a token.";

/// Where the token comes from; the same for every command that takes one.
#[derive(Args)]
pub(super) struct TokenArgs {
    /// The enrollment token; visible to others on this machine while the program runs
    #[arg(value_name = "TOKEN", conflicts_with_all = ["token", "token_file"])]
    positional: Option<String>,
    /// The same as TOKEN
    #[arg(long, value_name = "TOKEN", conflicts_with = "token_file")]
    token: Option<String>,
    /// File that holds the enrollment token; - is standard input
    #[arg(long, value_name = "FILE")]
    token_file: Option<PathBuf>,
    /// The server's address, such as https://farol.example.org
    #[arg(long, value_name = "URL")]
    server: Option<String>,
    /// Certificate authorities to trust beside the public ones (PEM)
    #[arg(long, value_name = "FILE")]
    ca_file: Option<PathBuf>,
    /// Allow http:// to another machine: everything but the identity check is unprotected
    #[arg(long)]
    allow_insecure: bool,
}

#[derive(Args)]
#[command(after_help = SOURCES)]
pub(super) struct EnrollArgs {
    #[command(flatten)]
    token: TokenArgs,
    /// Replace an earlier enrollment
    #[arg(long)]
    replace: bool,
    /// Where somebody has to approve the machine: wait for it
    #[arg(long)]
    wait: bool,
}

impl TokenArgs {
    /// Nothing that would begin another enrollment was given.
    fn is_empty(&self) -> bool {
        self.positional.is_none()
            && self.token.is_none()
            && self.token_file.is_none()
            && self.server.is_none()
            && std::env::var_os("FAROL_TOKEN").is_none_or(|token| token.is_empty())
    }

    /// What to ask for. `known` is the address when nobody says another.
    pub(super) fn pending(self, known: Option<&Enrollment>, cause: Cause) -> Result<Pending, Failure> {
        let variable = |name| std::env::var(name).ok();
        let given = Given {
            argument: self.positional.or(self.token),
            file: self.token_file,
            environment: variable("FAROL_TOKEN"),
            server: self.server.or_else(|| variable("FAROL_SERVER")),
            known: known.map(|known| known.server.to_string()),
            // Without it there is one source less.
            program: std::env::current_exe().ok(),
        };
        let chosen = token_source::choose(&given, &mut ask)?;
        let known = known.filter(|known| known.server.to_string() == chosen.server);
        let allow_insecure = self.allow_insecure || known.is_some_and(|known| known.allow_insecure);
        let server = ServerUrl::parse(&chosen.server, allow_insecure).map_err(|error| {
            Failure::new(
                "server_address_invalid",
                format!(
                    "The server's address {} cannot be used: {error}. Use the address that the console shows in its \
                     address bar.",
                    chosen.server
                ),
            )
        })?;
        let ca_file = self.ca_file.or(chosen.ca_file);
        let ca_file = ca_file.map(|path| std::path::absolute(&path).unwrap_or(path));
        Ok(Pending {
            server,
            allow_insecure,
            ca_file: ca_file.or_else(|| known.and_then(|known| known.ca_file.clone())),
            server_key: None,
            token: chosen.token,
            cause,
            applicant: None,
            refused: None,
        })
    }
}

pub(super) fn enroll(state: &StateDir, args: EnrollArgs) -> Result<ExitCode, Failure> {
    let EnrollArgs { token, replace, wait } = args;
    state.create()?;
    let Some(_lock) = state.lock()? else {
        return Err(super::running("enrolling"));
    };
    // A damaged one is only worth replacing.
    let earlier = match state.load_pending() {
        Err(_) if replace => None,
        earlier => earlier?,
    };
    let goes_on = earlier.is_some();
    let pending = match earlier {
        Some(earlier) if !replace && token.is_empty() => earlier,
        None if state.is_enrolled() && !replace => return Err(already(state)),
        earlier => {
            let asked = token.pending(None, Cause::Asked)?;
            // The same token again goes on with the same identity, which costs no second use.
            let same =
                earlier.filter(|earlier| (&earlier.token, &earlier.server) == (&asked.token, &asked.server));
            Pending {
                applicant: same.and_then(|earlier| earlier.applicant),
                ..asked
            }
        }
    };
    let result = until_decided(state, pending, wait);
    // What never came as far as waiting is not to surprise anybody when the agent starts.
    if let Err(failure) = &result
        && (!goes_on || failure.exit == EXIT_NOT_ENROLLED)
    {
        state.forget_pending()?;
    }
    result
}

fn already(state: &StateDir) -> Failure {
    let place = state
        .load()
        .map_or_else(|_| "a server".to_owned(), |known| known.server.to_string());
    Failure::new(
        "already_enrolled",
        format!("This machine is enrolled already, with {place}. Use --replace to give it a new identity."),
    )
}

fn until_decided(state: &StateDir, mut pending: Pending, wait: bool) -> Result<ExitCode, Failure> {
    pending.refused = None;
    let applicant = state.applicant(&mut pending)?;
    state.save_pending(&pending)?;
    let about = About {
        facts: farol_platform::system_facts(),
        evidence: facts::evidence(farol_platform::evidence()),
    };
    let mut waiting = false;
    loop {
        let again = match enroll::ask(&pending, &applicant, &about) {
            Ok(Decision::Enrolled(enrollment)) => {
                state.adopt(&enrollment, applicant.install)?;
                let (organization, site) = (&enrollment.organization, &enrollment.site);
                say(&format!(
                    "Enrolled as machine {} at {} ({organization}, {site}).",
                    enrollment.machine, enrollment.server
                ));
                return Ok(ExitCode::SUCCESS);
            }
            Ok(Decision::Waiting { again }) => {
                if !waiting {
                    say_waiting(&pending, wait);
                }
                waiting = true;
                if !wait {
                    return Ok(ExitCode::SUCCESS);
                }
                again
            }
            // A server that restarts meanwhile is no reason to give up waiting.
            Err(EnrollError::Unreachable { .. }) if waiting => enroll::ASK_AGAIN,
            Err(EnrollError::Busy { again, .. }) if waiting => again,
            Err(error) => return Err(error.into()),
        };
        std::thread::sleep(again);
    }
}

fn say_waiting(pending: &Pending, wait: bool) {
    let next = if wait {
        "This command goes on asking; it can be stopped without harm."
    } else {
        "Start the agent (farol-agent run): it goes on asking. Nothing else is to be done here."
    };
    say(&format!(
        "Asked {} for this machine's identity; somebody has to approve it in the console first. {next}",
        pending.server
    ));
}

/// One line of a person, or everything of a program.
fn ask() -> io::Result<String> {
    if !io::stdin().is_terminal() {
        return token_source::limited(io::stdin());
    }
    say_error("Paste the enrollment token and press Enter:");
    let mut line = String::new();
    io::stdin().read_line(&mut line)?;
    Ok(line)
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use farol_protocol::token::EnrollmentToken;

    use super::*;
    use crate::config::Standing;
    use crate::enroll::tests::{MACHINE, answer_of, identity, serve, waiting};

    fn args(server: Option<&ServerUrl>, secret: u8) -> EnrollArgs {
        let token = EnrollmentToken::new([secret; 32], &identity().public());
        EnrollArgs {
            token: TokenArgs {
                positional: server.map(|_| token.reveal()),
                token: None,
                token_file: None,
                server: server.map(ToString::to_string),
                ca_file: None,
                allow_insecure: false,
            },
            replace: false,
            wait: false,
        }
    }

    fn state() -> (tempfile::TempDir, StateDir) {
        let folder = tempfile::tempdir().unwrap();
        let state = StateDir::at(folder.path().join("state"));
        (folder, state)
    }

    fn machine(state: &StateDir) -> Option<farol_protocol::ids::MachineId> {
        match state.standing() {
            Ok(Standing::Enrolled(enrollment)) => Some(enrollment.machine),
            _ => None,
        }
    }

    #[test]
    fn a_waiting_request_is_kept_and_gone_on_with() {
        let (_folder, state) = state();
        let (keys, asked) = mpsc::channel();
        let mut first = true;
        let server = serve(move |body| {
            keys.send(body["machine_key"].clone()).unwrap();
            if std::mem::take(&mut first) {
                (202, waiting(&identity(), &body))
            } else {
                (201, answer_of(&identity(), &body))
            }
        });
        assert!(enroll(&state, args(Some(&server), 3)).is_ok());
        assert!(matches!(state.standing(), Ok(Standing::Pending(_))));
        assert!(enroll(&state, args(None, 3)).is_ok(), "without a token");
        assert_eq!(machine(&state), Some(MACHINE));
        assert_eq!(asked.recv().unwrap(), asked.recv().unwrap(), "the same key");
        let again = enroll(&state, args(Some(&server), 3)).unwrap_err().to_string();
        assert!(again.ends_with("[already_enrolled]"), "{again}");
    }

    #[test]
    fn waiting_for_the_decision_ends_with_it() {
        let (_folder, state) = state();
        let mut first = true;
        let server = serve(move |body| {
            if std::mem::take(&mut first) {
                (202, waiting(&identity(), &body))
            } else {
                (201, answer_of(&identity(), &body))
            }
        });
        let args = EnrollArgs {
            wait: true,
            ..args(Some(&server), 3)
        };
        assert!(enroll(&state, args).is_ok());
        assert_eq!(machine(&state), Some(MACHINE));
    }

    #[test]
    fn a_refusal_leaves_an_earlier_enrollment_as_it_was() {
        let (_folder, state) = state();
        let mut first = true;
        let server = serve(move |body| {
            if std::mem::take(&mut first) {
                (201, answer_of(&identity(), &body))
            } else {
                (
                    403,
                    r#"{"code":"enrollment_token_invalid","detail":"Used up."}"#.into(),
                )
            }
        });
        assert!(enroll(&state, args(Some(&server), 3)).is_ok());
        let key = state.load().unwrap().key.public();
        let replace = EnrollArgs {
            replace: true,
            ..args(Some(&server), 4)
        };
        let failure = enroll(&state, replace).unwrap_err();
        assert_eq!(failure.exit, EXIT_NOT_ENROLLED);
        assert_eq!(machine(&state), Some(MACHINE));
        assert_eq!(state.load().unwrap().key.public(), key);
    }
}
