//! Facts from files: `os-release`, logind's session files, the login record, and the owners of displays where neither
//! exists (containers).

use std::collections::BTreeMap;
use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::{LoggedOnUser, OsFacts, SystemFacts, USERS_MAX, utmp};
use crate::display::linux_x11::{is_greeter, local_number, processes};
use crate::files::{FILE_MAX, start};

pub(super) fn read() -> SystemFacts {
    let uname = rustix::system::uname();
    let release = ["/etc/os-release", "/usr/lib/os-release"]
        .iter()
        .map(|path| read_text(Path::new(path)));
    let release = release
        .into_iter()
        .find(|text| !text.is_empty())
        .unwrap_or_default();
    let fields = key_values(&release);
    let hostname = uname.nodename().to_string_lossy();
    SystemFacts {
        hostname: hostname.split('.').next().unwrap_or_default().to_owned(),
        os: OsFacts {
            family: "linux".into(),
            name: fields.get("NAME").cloned().unwrap_or_else(|| "Linux".into()),
            version: fields.get("VERSION_ID").cloned().unwrap_or_default(),
            kernel: uname.release().to_string_lossy().into_owned(),
            arch: std::env::consts::ARCH.into(),
        },
        users: users(),
    }
}

/// The first source that knows anybody: they overlap, and each is absent on some systems.
fn users() -> Vec<LoggedOnUser> {
    let sources = [
        logind_users as fn() -> Vec<LoggedOnUser>,
        utmp_users,
        display_users,
    ];
    let found = sources
        .iter()
        .map(|source| source())
        .find(|users| !users.is_empty());
    one_each(found.unwrap_or_default())
}

/// Joins the sessions of one person: since the first, graphical if any is.
fn one_each(sessions: Vec<LoggedOnUser>) -> Vec<LoggedOnUser> {
    let mut users: BTreeMap<String, LoggedOnUser> = BTreeMap::new();
    for session in sessions {
        let user = users
            .entry(session.name.clone())
            .or_insert_with(|| session.clone());
        user.graphical |= session.graphical;
        user.since = match (user.since, session.since) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        };
    }
    let mut users: Vec<LoggedOnUser> = users.into_values().collect();
    users.sort_by(|a, b| (a.since, &a.name).cmp(&(b.since, &b.name)));
    users.truncate(USERS_MAX);
    users
}

fn logind_users() -> Vec<LoggedOnUser> {
    logind_files().filter_map(|text| logind_session(&text)).collect()
}

/// What logind keeps of each session.
fn logind_files() -> impl Iterator<Item = String> {
    let entries = std::fs::read_dir("/run/systemd/sessions");
    let files = entries.into_iter().flatten().flatten().take(USERS_MAX * 4);
    files.map(|entry| read_text(&entry.path()))
}

/// The account whose session logind has in front on this display, log-on screens included.
pub(crate) fn in_front_on(display: u16) -> Option<u32> {
    logind_files().find_map(|text| in_front(&text, display))
}

/// Sessions without a seat do not count: who comes over the network may say what they like of their display.
fn in_front(text: &str, display: u16) -> Option<u32> {
    let fields = key_values(text);
    let field = |name: &str| fields.get(name).map_or("", String::as_str);
    let here = local_number(field("DISPLAY")) == Some(display)
        && field("TYPE") == "x11"
        && field("ACTIVE") == "1"
        && field("STATE") != "closing"
        && field("REMOTE") != "1"
        && !field("SEAT").is_empty();
    here.then(|| field("UID").parse().ok())?
}

/// A session file of logind. Log-on screens and lingering services are not people; a closing session is none any more.
fn logind_session(text: &str) -> Option<LoggedOnUser> {
    let fields = key_values(text);
    let field = |name: &str| fields.get(name).map(String::as_str);
    if field("CLASS").is_some_and(|class| !class.starts_with("user")) || field("STATE") == Some("closing") {
        return None;
    }
    let since = field("REALTIME")
        .and_then(|micros| micros.parse().ok())
        .map(Duration::from_micros);
    Some(LoggedOnUser {
        name: field("USER").filter(|name| !name.is_empty())?.to_owned(),
        since: since.and_then(|since| UNIX_EPOCH.checked_add(since)),
        graphical: matches!(field("TYPE"), Some("x11" | "wayland" | "mir")),
    })
}

fn utmp_users() -> Vec<LoggedOnUser> {
    let files = ["/run/utmp", "/var/run/utmp"];
    let bytes = files
        .iter()
        .map(|path| read_bytes(Path::new(path)))
        .find(|bytes| !bytes.is_empty());
    utmp_sessions(&bytes.unwrap_or_default())
}

fn utmp_sessions(bytes: &[u8]) -> Vec<LoggedOnUser> {
    utmp::logins(bytes).map(utmp_session).collect()
}

fn utmp_session(login: utmp::Login) -> LoggedOnUser {
    LoggedOnUser {
        since: UNIX_EPOCH.checked_add(Duration::from_secs(login.at)),
        graphical: login.line.starts_with(':'),
        name: login.user,
    }
}

fn display_users() -> Vec<LoggedOnUser> {
    let uses = processes::display_uses().uses.into_iter();
    let users = uses.filter_map(|entry| {
        let since: Option<SystemTime> = entry.since;
        Some(LoggedOnUser {
            name: entry.user.filter(|user| !is_greeter(user))?,
            since,
            graphical: true,
        })
    });
    users.collect()
}

/// `KEY=value` lines, quotes removed.
fn key_values(text: &str) -> BTreeMap<String, String> {
    let lines = text.lines().filter_map(|line| line.trim().split_once('='));
    lines
        .map(|(key, value)| (key.to_owned(), value.trim_matches(['"', '\'']).to_owned()))
        .collect()
}

fn read_text(path: &Path) -> String {
    String::from_utf8_lossy(&read_bytes(path)).into_owned()
}

/// The start of a file, empty when it cannot be read: every source here may be absent.
fn read_bytes(path: &Path) -> Vec<u8> {
    // Login records of years are larger; only the beginning matters.
    start(path, FILE_MAX).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_machine_has_a_name_and_a_system() {
        let facts = read();
        assert!(!facts.hostname.is_empty() && !facts.hostname.contains('.'));
        assert_eq!(facts.os.family, "linux");
        assert!(!facts.os.name.is_empty() && !facts.os.kernel.is_empty());
    }

    #[test]
    fn logind_sessions() {
        let text = "# private\nUSER=fred\nCLASS=user\nTYPE=x11\nSTATE=active\nREALTIME=1700000000000000\n";
        let fred = logind_session(text).unwrap();
        assert_eq!((fred.name.as_str(), fred.graphical), ("fred", true));
        assert_eq!(fred.since, Some(UNIX_EPOCH + Duration::from_secs(1_700_000_000)));
        assert_eq!(logind_session(&text.replace("CLASS=user", "CLASS=greeter")), None);
        assert_eq!(logind_session(&text.replace("active", "closing")), None);
        assert_eq!(logind_session("nonsense"), None);
    }

    #[test]
    fn who_is_in_front_on_a_display() {
        let text = "UID=1000\nUSER=fred\nACTIVE=1\nSTATE=active\nREMOTE=0\nTYPE=x11\nCLASS=user\nSEAT=seat0\nDISPLAY=:0\n";
        assert_eq!(in_front(text, 0), Some(1000));
        assert_eq!(in_front(text, 1), None);
        for (is, other) in [
            ("ACTIVE=1", "ACTIVE=0"),
            ("STATE=active", "STATE=closing"),
            ("REMOTE=0", "REMOTE=1"),
            ("SEAT=seat0\n", ""),
            ("TYPE=x11", "TYPE=tty"),
            ("UID=1000", "UID=fred"),
        ] {
            assert_eq!(in_front(&text.replace(is, other), 0), None, "{other}");
        }
    }

    #[test]
    fn login_records() {
        let sessions = utmp_sessions(&utmp::tests::record("fred", ":0", "", 5));
        assert_eq!(sessions.len(), 1);
        assert_eq!((sessions[0].name.as_str(), sessions[0].graphical), ("fred", true));
        assert_eq!(sessions[0].since, Some(UNIX_EPOCH + Duration::from_secs(5)));
    }

    #[test]
    fn sessions_of_one_person_are_one_user() {
        let at = |seconds| Some(UNIX_EPOCH + Duration::from_secs(seconds));
        let user = |since, graphical| LoggedOnUser {
            name: "fred".into(),
            since,
            graphical,
        };
        let users = one_each(vec![user(at(9), false), user(at(5), true), user(None, false)]);
        assert_eq!(users, [user(at(5), true)]);
    }

    #[test]
    fn os_release_lines() {
        let fields = key_values("NAME=\"Debian GNU/Linux\"\nVERSION_ID=\"12\"\n# comment\nID=debian\n");
        assert_eq!(fields["NAME"], "Debian GNU/Linux");
        assert_eq!(fields["VERSION_ID"], "12");
        assert_eq!(fields["ID"], "debian");
    }
}
