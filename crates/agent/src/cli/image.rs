//! `farol-agent prepare-image`: the last thing on a machine that is going to be copied.

use std::process::ExitCode;

use clap::Args;

use super::enroll::{Known, TokenArgs};
use super::failure::Failure;
use super::{confirmed, say};
use crate::config::{Cause, ConfigError, Pending, StateDir};

/// For `--help`.
const ABOUT: &str = "Copies of a disk share whatever identity is on it. This removes the machine's identity, its key and its logs, and keeps
the server's address, the server's identity and the token: each copy enrolls for itself when it starts for the first
time. The token has to be good for as many uses as there will be copies, until the last one started.";

#[derive(Args)]
#[command(after_help = ABOUT)]
pub(super) struct ImageArgs {
    #[command(flatten)]
    token: TokenArgs,
    /// Do not ask.
    #[arg(long)]
    yes: bool,
}

pub(super) fn prepare(state: &StateDir, args: ImageArgs) -> Result<ExitCode, Failure> {
    state.create()?;
    let Some(_lock) = state.lock()? else {
        return Err(super::running("preparing the image"));
    };
    let known = match state.load() {
        Ok(known) => Some(Known::from(known)),
        // Prepared before, perhaps.
        Err(ConfigError::NotEnrolled(_)) => match state.load_pending() {
            Ok(earlier) => earlier.map(Known::from),
            Err(ConfigError::Damaged { .. }) => None,
            Err(error) => return Err(error.into()),
        },
        // Nothing is known, then; what is damaged goes in any case.
        Err(ConfigError::Damaged { .. }) => None,
        Err(error) => return Err(error.into()),
    };
    let pending = args.token.pending(known.as_ref(), Cause::Image)?;
    let pending = pinned(pending, known.as_ref())?;
    let question = "Remove this machine's identity and prepare it for copying";
    if !args.yes && !confirmed(state, question)? {
        return Err(Failure::new(
            "not_confirmed",
            "Nothing was changed. Use --yes to prepare without being asked.",
        ));
    }
    state.reduce_to(&pending)?;
    say(&format!(
        "This machine has no identity any more; each copy of its disk enrolls with {} by itself.\n\
         Next:\n\
         1. Do not start the agent here: it would enroll this machine.\n\
         2. Let each copy have an id of its own: truncate --size 0 /etc/machine-id (or what your imaging tool does for it).\n\
         3. Shut down and take the image. When the token has expired by then, prepare the image again with another one.",
        pending.server
    ));
    Ok(ExitCode::SUCCESS)
}

/// Copies accept no other server than the one known here, as long as it is the same address.
fn pinned(pending: Pending, known: Option<&Known>) -> Result<Pending, Failure> {
    let Some(known) = known.filter(|known| known.server == pending.server && !known.keys.is_empty()) else {
        return Ok(pending);
    };
    // The server may have named its next identity already.
    let key = known.keys.iter().find(|key| pending.token.is_for(key));
    let Some(key) = key else {
        return Err(Failure::new(
            "server_identity_wrong",
            format!(
                "The token was made for another server than {}, which this machine belongs to. Make the token there, or \
                 name its server with --server.",
                known.server
            ),
        ));
    };
    Ok(Pending {
        server_key: Some(*key),
        ..pending
    })
}

#[cfg(test)]
mod tests {
    use farol_protocol::identity::ServerIdentity;
    use farol_protocol::token::EnrollmentToken;
    use farol_transport::ServerUrl;

    use super::*;

    #[test]
    fn copies_believe_only_the_server_that_is_known() {
        let key = |seed| ServerIdentity::from_seed(&[seed; 32]).public();
        let url = |text| ServerUrl::parse(text, false).unwrap();
        let known = Known {
            server: url("https://farol.example.org"),
            allow_insecure: false,
            ca_file: None,
            keys: vec![key(1), key(2)],
        };
        let pending = |server, seed| Pending {
            server: url(server),
            allow_insecure: false,
            ca_file: None,
            server_key: None,
            token: EnrollmentToken::new([3; 32], &key(seed)),
            cause: Cause::Image,
            applicant: None,
            refused: None,
        };
        let same = pinned(pending("https://farol.example.org", 1), Some(&known)).unwrap();
        assert_eq!(same.server_key, Some(key(1)));
        let next = pinned(pending("https://farol.example.org", 2), Some(&known)).unwrap();
        assert_eq!(
            next.server_key,
            Some(key(2)),
            "the server is about to change its identity"
        );
        assert!(pinned(pending("https://farol.example.org", 9), Some(&known)).is_err());
        let moved = pinned(pending("https://other.example.org", 9), Some(&known)).unwrap();
        assert_eq!(moved.server_key, None);
        assert!(pinned(pending("https://farol.example.org", 1), None).is_ok());
    }

    /// The token expired before the image was taken: the same again with another one.
    #[test]
    fn an_image_is_prepared_again_without_saying_the_address() {
        let folder = tempfile::tempdir().unwrap();
        let state = StateDir::at(folder.path().join("state"));
        let key = ServerIdentity::from_seed(&[1; 32]).public();
        let prepare = |secret: u8, server: Option<&str>, ca_file: Option<&str>| {
            let token = EnrollmentToken::new([secret; 32], &key).reveal();
            let mut line = vec!["x", &token, "--yes"];
            line.extend(server.iter().flat_map(|server| ["--server", server]));
            line.extend(ca_file.iter().flat_map(|file| ["--ca-file", file]));
            let args = <ImageCommand as clap::Parser>::parse_from(line).args;
            super::prepare(&state, args).unwrap();
            state.load_pending().unwrap().unwrap()
        };
        let first = prepare(3, Some("https://farol.example.org"), Some("/ca.pem"));
        let again = prepare(4, None, None);
        assert_eq!((again.server, again.ca_file), (first.server, first.ca_file));
        assert_ne!(again.token, first.token);
    }

    #[derive(clap::Parser)]
    struct ImageCommand {
        #[command(flatten)]
        args: ImageArgs,
    }
}
