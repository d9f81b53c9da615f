//! Where `farol-agent enroll` takes its token and the server's address from. The first source that has something decides;
//! nothing is mixed, and what is wrong there is said instead of being skipped.
//!
//! ```text
//! token:   argument ▸ --token-file ▸ FAROL_TOKEN ▸ name of the program ▸ farol-agent.json beside it ▸ standard input
//! server:  --server ▸ FAROL_SERVER ▸ name of the program ▸ farol-agent.json beside it
//! ```

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use farol_protocol::token::EnrollmentToken;
use serde::Deserialize;

use super::program_name::{self, Found};

/// Most bytes of a token's file, of standard input, and of the file beside the program: a token has 77.
const TEXT_MAX: u64 = 16 * 1024;

/// The file beside the program that may name server and token: what an installer or an administrator lays there.
pub const SIDECAR: &str = "farol-agent.json";

/// What a person or an installer gave.
#[derive(Debug, Default)]
pub struct Given {
    /// On the command line, positional or `--token`.
    pub argument: Option<String>,
    /// `--token-file`; `-` is standard input.
    pub file: Option<PathBuf>,
    /// `FAROL_TOKEN`.
    pub environment: Option<String>,
    /// `--server`, else `FAROL_SERVER`.
    pub server: Option<String>,
    /// The server that this machine belongs to already, when it is to stay the same; the last resort.
    pub known: Option<String>,
    /// The program's own file, whose name and neighbor are read.
    pub program: Option<PathBuf>,
}

/// What enrollment needs to begin.
#[derive(Debug, PartialEq, Eq)]
pub struct Chosen {
    /// The token.
    pub token: EnrollmentToken,
    /// The server's address, not yet looked at.
    pub server: String,
    /// The administrator's own certificate authorities, when the file beside the program names them.
    pub ca_file: Option<PathBuf>,
}

/// Why there is nothing to begin with. The texts never show what was given: most of it is secret.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// No source has a token.
    #[error("there is no enrollment token")]
    TokenMissing,
    /// It is none, or incomplete.
    #[error("{0} has no valid enrollment token: a character is missing or wrong")]
    TokenMistyped(String),
    /// There are two.
    #[error("{0} has more than one enrollment token")]
    TokenAmbiguous(String),
    /// The token's file or standard input cannot be read.
    #[error("{place} cannot be read: {source}")]
    TokenUnreadable {
        /// Which.
        place: String,
        /// What the system says.
        source: io::Error,
    },
    /// Nobody said where the server is.
    #[error("the server's address is missing")]
    ServerMissing,
    /// The file beside the program is not what it should be.
    #[error("{path} cannot be used: {reason}")]
    Sidecar {
        /// Which file.
        path: PathBuf,
        /// Why not.
        reason: String,
    },
}

impl SourceError {
    /// Stable code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::TokenMissing => "enrollment_token_missing",
            Self::TokenMistyped(_) => "enrollment_token_mistyped",
            Self::TokenAmbiguous(_) => "enrollment_token_ambiguous",
            Self::TokenUnreadable { .. } => "enrollment_token_unreadable",
            Self::ServerMissing => "server_address_missing",
            Self::Sidecar { .. } => "sidecar_unusable",
        }
    }
}

/// `farol-agent.json`. Unknown keys are errors: a misspelled one must not be ignored.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Sidecar {
    server: Option<String>,
    token: Option<String>,
    /// Relative to the file's own folder.
    ca_file: Option<PathBuf>,
}

/// Chooses. `ask` reads standard input, or asks a person there; it is called only when nothing else has a token.
///
/// # Errors
/// Every [`SourceError`].
pub fn choose(given: &Given, ask: &mut dyn FnMut() -> io::Result<String>) -> Result<Chosen, SourceError> {
    let named = given.program.as_deref().and_then(Path::file_name);
    let named = program_name::find(&named.unwrap_or_default().to_string_lossy());
    let beside = sidecar(given.program.as_deref())?;
    let of_name = if let Found::Token { server, .. } = &named {
        server.clone()
    } else {
        None
    };
    // Before anybody is asked for a token: an answer for nothing is annoying.
    let server = filled(given.server.as_deref())
        .map(str::to_owned)
        .or(of_name)
        .or_else(|| beside.server.clone())
        .or_else(|| given.known.clone())
        .ok_or(SourceError::ServerMissing)?;
    let token = token(given, named, &beside, ask)?;
    Ok(Chosen {
        token,
        server,
        ca_file: beside.ca_file,
    })
}

fn token(
    given: &Given,
    named: Found,
    beside: &Sidecar,
    ask: &mut dyn FnMut() -> io::Result<String>,
) -> Result<EnrollmentToken, SourceError> {
    if let Some(text) = filled(given.argument.as_deref()) {
        return one(program_name::find(text), "the command line");
    }
    if let Some(path) = &given.file
        && path.as_os_str() != "-"
    {
        let place = path.display().to_string();
        let text = read(path).map_err(|source| SourceError::TokenUnreadable {
            place: place.clone(),
            source,
        })?;
        return one(program_name::find(&text), &place);
    }
    if given.file.is_none() {
        if let Some(text) = filled(given.environment.as_deref()) {
            return one(program_name::find(text), "FAROL_TOKEN");
        }
        if named != Found::Nothing {
            return one(named, "the name of the program's file");
        }
        if let Some(text) = filled(beside.token.as_deref()) {
            return one(program_name::find(text), SIDECAR);
        }
    }
    let text = ask().map_err(|source| SourceError::TokenUnreadable {
        place: "standard input".into(),
        source,
    })?;
    let text = filled(Some(&text)).ok_or(SourceError::TokenMissing)?;
    one(program_name::find(text), "standard input")
}

/// `None` for what is empty: an unset variable and an empty one mean the same to a script.
fn filled(text: Option<&str>) -> Option<&str> {
    text.map(str::trim).filter(|text| !text.is_empty())
}

fn one(found: Found, place: &str) -> Result<EnrollmentToken, SourceError> {
    match found {
        Found::Token { token, .. } => Ok(token),
        Found::Several => Err(SourceError::TokenAmbiguous(place.into())),
        Found::Nothing | Found::Mistyped => Err(SourceError::TokenMistyped(place.into())),
    }
}

fn sidecar(program: Option<&Path>) -> Result<Sidecar, SourceError> {
    let Some(folder) = program.and_then(Path::parent) else {
        return Ok(Sidecar::default());
    };
    let path = folder.join(SIDECAR);
    let unusable = |reason: String| SourceError::Sidecar {
        path: path.clone(),
        reason,
    };
    let text = match read(&path) {
        Ok(text) => text,
        // Not there, or a folder that is none: the usual case.
        Err(error)
            if matches!(
                error.kind(),
                io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
            ) =>
        {
            return Ok(Sidecar::default());
        }
        Err(error) => return Err(unusable(error.to_string())),
    };
    let mut sidecar: Sidecar = serde_json::from_str(&text)
        // Without the text of the error's place: it may be the token.
        .map_err(|error| unusable(format!("line {} is not as expected", error.line())))?;
    sidecar.ca_file = sidecar.ca_file.map(|file| folder.join(file));
    Ok(sidecar)
}

fn read(path: &Path) -> io::Result<String> {
    limited(File::open(path)?)
}

/// Text up to a limit that no token reaches; for files and for standard input.
///
/// # Errors
/// The system's, and when it is no text.
pub fn limited(source: impl Read) -> io::Result<String> {
    let mut text = String::new();
    source.take(TEXT_MAX).read_to_string(&mut text)?;
    Ok(text)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use farol_protocol::identity::ServerIdentity;

    use super::*;

    fn token(secret: u8) -> EnrollmentToken {
        EnrollmentToken::new([secret; 32], &ServerIdentity::from_seed(&[1; 32]).public())
    }

    fn text(secret: u8) -> String {
        token(secret).reveal()
    }

    fn nobody() -> io::Result<String> {
        panic!("nobody is to be asked")
    }

    /// Everything there is, each source with a token of its own.
    fn everything(folder: &Path) -> Given {
        fs::write(folder.join("token"), text(2) + "\n").unwrap();
        let sidecar = format!(
            r#"{{"server": "https://beside", "token": "{}", "ca_file": "ca.pem"}}"#,
            text(5)
        );
        fs::write(folder.join(SIDECAR), sidecar).unwrap();
        Given {
            argument: Some(text(1)),
            file: Some(folder.join("token")),
            environment: Some(format!(" {}\n", text(3))),
            server: Some("https://given".into()),
            known: Some("https://known".into()),
            program: Some(folder.join(format!("farol-agent@named-{} (1).exe", text(4)))),
        }
    }

    #[test]
    fn the_nearest_source_decides() {
        let folder = tempfile::tempdir().unwrap();
        let mut given = everything(folder.path());
        let chosen = |given: &Given| {
            let mut asked = || Ok(format!("{}\n", text(6)));
            choose(given, &mut asked).unwrap()
        };
        let first = chosen(&given);
        assert_eq!((first.token, first.server.as_str()), (token(1), "https://given"));
        assert_eq!(first.ca_file, Some(folder.path().join("ca.pem")));
        given.argument = None;
        assert_eq!(chosen(&given).token, token(2));
        given.file = None;
        assert_eq!(chosen(&given).token, token(3));
        given.environment = Some(String::new());
        given.server = None;
        let named = chosen(&given);
        assert_eq!((named.token, named.server.as_str()), (token(4), "https://named"));
        given.program = Some(folder.path().join("farol-agent"));
        let beside = chosen(&given);
        assert_eq!(
            (beside.token, beside.server.as_str()),
            (token(5), "https://beside")
        );
        fs::remove_file(folder.path().join(SIDECAR)).unwrap();
        let asked = chosen(&given);
        assert_eq!((asked.token, asked.server.as_str()), (token(6), "https://known"));
    }

    #[test]
    fn a_line_of_input_can_be_asked_for_by_name() {
        let folder = tempfile::tempdir().unwrap();
        let given = Given {
            argument: None,
            file: Some("-".into()),
            ..everything(folder.path())
        };
        assert_eq!(choose(&given, &mut || Ok(text(6))).unwrap().token, token(6));
    }

    #[test]
    fn refusals_have_codes_and_no_secrets() {
        let folder = tempfile::tempdir().unwrap();
        let server = Some("https://given".to_owned());
        let wrong = text(1)[..70].to_owned();
        let both = format!("{} {}", text(1), text(2));
        let refused = |given: Given, code: &str| {
            let error = choose(&given, &mut || Ok(" \n".into())).unwrap_err();
            assert_eq!(error.code(), code);
            let said = format!("{error} {error:?}");
            assert!(!said.contains(&text(1)[10..50]), "{said}");
        };
        let with = |argument: &str| Given {
            argument: Some(argument.into()),
            server: server.clone(),
            ..Given::default()
        };
        refused(with(&wrong), "enrollment_token_mistyped");
        refused(with("password"), "enrollment_token_mistyped");
        refused(with(&both), "enrollment_token_ambiguous");
        refused(with(""), "enrollment_token_missing");
        let file = |name: &str| Given {
            file: Some(folder.path().join(name)),
            server: server.clone(),
            ..Given::default()
        };
        refused(file("absent"), "enrollment_token_unreadable");
        let named = |name: String| Given {
            program: Some(folder.path().join(name)),
            server: server.clone(),
            ..Given::default()
        };
        refused(
            named(format!("farol-agent-{wrong}.exe")),
            "enrollment_token_mistyped",
        );
        refused(
            named(format!("farol-agent-{both}.exe")),
            "enrollment_token_ambiguous",
        );
        refused(Given::default(), "server_address_missing");
        let odd = format!(r#"{{"tokn": "{}"}}"#, text(1));
        fs::write(folder.path().join(SIDECAR), odd).unwrap();
        refused(named("farol-agent".into()), "sidecar_unusable");
    }

    #[test]
    fn nobody_is_asked_for_what_is_there() {
        let folder = tempfile::tempdir().unwrap();
        assert!(choose(&everything(folder.path()), &mut nobody).is_ok());
        // Nor when the answer would be for nothing.
        assert!(choose(&Given::default(), &mut nobody).is_err());
    }

    #[test]
    fn endless_input_is_cut() {
        assert_eq!(limited(io::repeat(b'x')).unwrap().len() as u64, TEXT_MAX);
    }
}
