//! `farol-agent enroll`.

use std::io::{self, IsTerminal};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use farol_protocol::identity::ServerPublicKey;
use farol_transport::ServerUrl;

use super::failure::Failure;
use super::{say, say_error};
use crate::config::{Cause, ConfigError, Enrollment, Pending, StateDir};
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

/// A server that this machine belongs to, or was prepared for.
pub(super) struct Known {
    pub(super) server: ServerUrl,
    pub(super) allow_insecure: bool,
    pub(super) ca_file: Option<PathBuf>,
    /// Its identity keys that are believed; none when it is known by address alone.
    pub(super) keys: Vec<ServerPublicKey>,
}

impl From<Enrollment> for Known {
    fn from(of: Enrollment) -> Self {
        Self {
            server: of.server,
            allow_insecure: of.allow_insecure,
            ca_file: of.ca_file,
            keys: [Some(of.server_key), of.next_server_key]
                .into_iter()
                .flatten()
                .collect(),
        }
    }
}

impl From<Pending> for Known {
    fn from(of: Pending) -> Self {
        Self {
            server: of.server,
            allow_insecure: of.allow_insecure,
            ca_file: of.ca_file,
            keys: of.server_key.into_iter().collect(),
        }
    }
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
    pub(super) fn pending(self, known: Option<&Known>, cause: Cause) -> Result<Pending, Failure> {
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
    let pending = match &earlier {
        Some(earlier) if !replace && token.is_empty() => earlier.clone(),
        None if state.is_enrolled() && !replace => return Err(already(state)),
        earlier => {
            let asked = token.pending(None, Cause::Asked)?;
            // The same token again goes on with the same identity, which costs no second use.
            let same = earlier.as_ref().filter(|earlier| same(earlier, &asked));
            Pending {
                applicant: same.and_then(|earlier| earlier.applicant.clone()),
                ..asked
            }
        }
    };
    let other = earlier.as_ref().is_some_and(|earlier| !same(earlier, &pending));
    let Stop { failure, leaves } = match until_decided(state, pending, wait) {
        Ok(code) => return Ok(code),
        Err(stop) => *stop,
    };
    match (leaves, earlier) {
        (Leaves::Open, _) => {
            return Err(failure.and(
                "The request is kept, since the server may have taken it: start the agent (farol-agent run), or call \
                 \"farol-agent enroll\" again without a token, and it goes on.",
            ));
        }
        // What the server never heard of is not to surprise anybody when the agent starts.
        (_, None) => state.forget_pending()?,
        (Leaves::Settled, Some(_)) if !other => state.forget_pending()?,
        (_, Some(earlier)) => state.save_pending(&earlier)?,
    }
    Err(failure)
}

fn same(one: &Pending, other: &Pending) -> bool {
    (&one.token, &one.server) == (&other.token, &other.server)
}

/// Why asking came to an end.
struct Stop {
    failure: Failure,
    leaves: Leaves,
}

/// What the request's end leaves at the server.
enum Leaves {
    /// Nothing: it was not heard, or not now.
    Nothing,
    /// A final no.
    Settled,
    /// Perhaps a place, or one who waits: the key must not be lost.
    Open,
}

impl Stop {
    fn new(error: EnrollError) -> Box<Self> {
        let leaves = match &error {
            EnrollError::Refused { .. } => Leaves::Settled,
            error if error.leaves_open() => Leaves::Open,
            _ => Leaves::Nothing,
        };
        let failure = error.into();
        Box::new(Self { failure, leaves })
    }

    /// The state cannot be written, when the server may have answered already.
    fn open(error: ConfigError) -> Box<Self> {
        Box::new(Self {
            failure: error.into(),
            leaves: Leaves::Open,
        })
    }
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

fn until_decided(state: &StateDir, mut pending: Pending, wait: bool) -> Result<ExitCode, Box<Stop>> {
    pending.refused = None;
    let unheard = |error: ConfigError| {
        Box::new(Stop {
            failure: error.into(),
            leaves: Leaves::Nothing,
        })
    };
    let applicant = state.applicant(&mut pending).map_err(unheard)?;
    state.save_pending(&pending).map_err(unheard)?;
    let about = About {
        facts: farol_platform::system_facts(),
        evidence: facts::evidence(farol_platform::evidence()),
    };
    let mut waiting = false;
    loop {
        let again = match enroll::ask(&pending, &applicant, &about) {
            Ok(Decision::Enrolled(enrollment)) => {
                state.adopt(&enrollment, applicant.install).map_err(Stop::open)?;
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
            Err(error @ EnrollError::Refused { .. }) => return Err(Stop::new(error)),
            // A server that restarts meanwhile is no reason to give up waiting, nor a proxy that says so in its own words.
            Err(EnrollError::Busy { again, .. }) if waiting => again,
            Err(_) if waiting => enroll::ASK_AGAIN,
            Err(error) => return Err(Stop::new(error)),
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

    use super::super::failure::EXIT_NOT_ENROLLED;
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

    /// The server has taken the request, and its answer is lost: the same key asks again.
    #[test]
    fn a_lost_answer_costs_no_second_use() {
        let (_folder, state) = state();
        let (keys, asked) = mpsc::channel();
        let mut first = true;
        let server = serve(move |body| {
            keys.send(body["machine_key"].clone()).unwrap();
            if std::mem::take(&mut first) {
                (502, "<h1>Bad Gateway</h1>".into())
            } else {
                (201, answer_of(&identity(), &body))
            }
        });
        let failure = enroll(&state, args(Some(&server), 3)).unwrap_err().to_string();
        assert!(failure.contains("The request is kept"), "{failure}");
        assert!(enroll(&state, args(None, 3)).is_ok(), "without a token");
        assert_eq!(machine(&state), Some(MACHINE));
        assert_eq!(asked.recv().unwrap(), asked.recv().unwrap(), "the same key");
    }

    /// While somebody has to agree, a proxy's own page or another server's word ends nothing.
    #[test]
    fn waiting_outlasts_a_restart_behind_a_proxy() {
        let (_folder, state) = state();
        let mut step = 0;
        let server = serve(move |body| {
            step += 1;
            match step {
                1 => (202, waiting(&identity(), &body)),
                2 => (503, r#"{"code":"not_ready","detail":"Starting."}"#.into()),
                _ => (201, answer_of(&identity(), &body)),
            }
        });
        let args = EnrollArgs {
            wait: true,
            ..args(Some(&server), 3)
        };
        assert!(enroll(&state, args).is_ok());
        assert_eq!(machine(&state), Some(MACHINE));
    }

    /// What the server never heard of, or does not take now, leaves things as they were.
    #[test]
    fn a_request_that_was_not_heard_leaves_what_was() {
        let (_folder, state) = state();
        let waits = serve(|body| (202, waiting(&identity(), &body)));
        assert!(enroll(&state, args(Some(&waits), 3)).is_ok());
        let before = state.load_pending().unwrap().unwrap();
        let closed = std::net::TcpListener::bind("127.0.0.1:0")
            .unwrap()
            .local_addr()
            .unwrap();
        let nowhere = ServerUrl::parse(&format!("http://{closed}"), false).unwrap();
        let network = serve(|_| {
            let problem = r#"{"code":"enrollment_network_refused","detail":"Not from here."}"#;
            (403, problem.into())
        });
        for server in [nowhere, network] {
            let replace = EnrollArgs {
                replace: true,
                ..args(Some(&server), 4)
            };
            let failure = enroll(&state, replace).unwrap_err();
            assert_ne!(failure.exit, EXIT_NOT_ENROLLED, "{failure}");
            let after = state.load_pending().unwrap().unwrap();
            assert_eq!((&after.token, &after.server), (&before.token, &before.server));
            let key = |pending: &Pending| pending.applicant.as_ref().unwrap().key.public();
            assert_eq!(key(&after), key(&before));
        }
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
