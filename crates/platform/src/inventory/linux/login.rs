//! Who is logged on and was last: logind's session files and the login records. What a session is called depends on where
//! its person sits.

use std::collections::BTreeMap;
use std::io::{Read as _, Seek, SeekFrom};
use std::time::SystemTime;

use farol_inventory::people::{LastLogin, Session, SessionState};

use super::people::Account;
use super::root::{Sensors, field};
use crate::facts::utmp::{self, Login};
use crate::files::open;

/// Most sessions: a terminal server has some hundred.
const SESSIONS_MAX: usize = 512;

/// How much of the end of `wtmp` is looked through.
const WTMP_MAX: u64 = 1 << 20;

/// From logind, otherwise from the login record.
pub(super) fn sessions(sensors: &mut Sensors<'_>) -> (Vec<Session>, Vec<SessionState>) {
    let folder = "run/systemd/sessions";
    let files = sensors.names(folder).into_iter().take(SESSIONS_MAX);
    let mut found: Vec<Session> = files
        .filter_map(|name| logind_session(&sensors.value(format!("{folder}/{name}"))?))
        .collect();
    if found.is_empty() {
        let places = ["run/utmp", "var/run/utmp"];
        let bytes = places
            .iter()
            .find_map(|place| sensors.bytes(place, WTMP_MAX))
            .unwrap_or_default();
        found = utmp::logins(&bytes)
            .take(SESSIONS_MAX)
            .map(utmp_session)
            .collect();
    }
    let states = found
        .iter()
        .filter_map(|session| state(sensors, session))
        .collect();
    (found, states)
}

/// Log-on screens and lingering services are not people; a closing session is none any more.
fn logind_session(text: &str) -> Option<Session> {
    let get = |name: &str| field(text, name);
    if get("CLASS").is_some_and(|class| !class.starts_with("user"))
        || get("STATE").as_deref() == Some("closing")
    {
        return None;
    }
    let is_remote = get("REMOTE").as_deref() == Some("1");
    let is_graphical = matches!(get("TYPE").as_deref(), Some("x11" | "wayland" | "mir"));
    let kind = match (is_remote, is_graphical) {
        (true, _) => "remote",
        (_, true) => "graphical",
        _ => "terminal",
    };
    let display = get("DISPLAY").filter(|_| is_graphical);
    let micros = get("REALTIME").and_then(|micros| micros.parse::<i64>().ok());
    Some(Session {
        user: Some(get("USER")?),
        kind: Some(kind.into()),
        line: display.or_else(|| get("TTY")).or_else(|| get("SEAT")),
        from: get("REMOTE_HOST"),
        since_ms: micros.map(|micros| micros / 1000),
    })
}

fn utmp_session(login: Login) -> Session {
    let from = Some(login.host).filter(|host| !host.is_empty() && !host.starts_with(':'));
    let kind = if login.line.starts_with(':') {
        "graphical"
    } else if from.is_some() {
        "remote"
    } else {
        "terminal"
    };
    Session {
        user: Some(login.user),
        kind: Some(kind.into()),
        line: Some(login.line),
        from,
        since_ms: milliseconds(login.at),
    }
}

fn milliseconds(seconds: u64) -> Option<i64> {
    i64::try_from(seconds).ok()?.checked_mul(1000)
}

/// A terminal is read whenever somebody typed: its access time says when. Of displays their own server knows, and is asked
/// elsewhere.
fn state(sensors: &Sensors<'_>, session: &Session) -> Option<SessionState> {
    let line = session
        .line
        .as_deref()
        .filter(|line| line.starts_with("tty") || line.starts_with("pts/"))?;
    let is_plain = !line.contains("..");
    let typed = sensors
        .root()
        .join(format!("dev/{line}"))
        .metadata()
        .ok()
        .filter(|_| is_plain)?
        .accessed()
        .ok()?;
    let idle = SystemTime::now().duration_since(typed).unwrap_or_default();
    Some(SessionState {
        user: session.user.clone(),
        line: session.line.clone(),
        idle_ms: u64::try_from(idle.as_millis()).ok(),
    })
}

/// The last login of each account: from `lastlog`, which has a place for each, and from the end of `wtmp`; newer systems
/// have neither.
pub(super) fn last_logins(sensors: &mut Sensors<'_>, accounts: &[Account]) -> Vec<LastLogin> {
    let mut last: BTreeMap<String, Login> = BTreeMap::new();
    for login in from_lastlog(sensors, accounts)
        .into_iter()
        .chain(from_wtmp(sensors))
    {
        let is_newer = last.get(&login.user).is_none_or(|known| known.at < login.at);
        if is_newer && accounts.iter().any(|account| account.name == login.user) {
            last.insert(login.user.clone(), login);
        }
    }
    let logins = last.into_values().map(|login| LastLogin {
        user: Some(login.user),
        at_ms: milliseconds(login.at),
        line: Some(login.line),
        from: Some(login.host).filter(|host| !host.is_empty()),
    });
    logins.collect()
}

/// The file is as long as the largest number of an account demands, and has holes.
fn from_lastlog(sensors: &Sensors<'_>, accounts: &[Account]) -> Vec<Login> {
    let Ok(mut file) = open(&sensors.root().join("var/log/lastlog")) else {
        return Vec::new();
    };
    let logins = accounts.iter().filter_map(|account| {
        let mut record = vec![0; utmp::LAST_RECORD];
        let place = u64::from(account.id) * utmp::LAST_RECORD as u64;
        file.seek(SeekFrom::Start(place)).ok()?;
        file.read_exact(&mut record).ok()?;
        utmp::last_login(&record, &account.name)
    });
    logins.collect()
}

fn from_wtmp(sensors: &Sensors<'_>) -> Vec<Login> {
    let read = || -> std::io::Result<Vec<u8>> {
        let mut file = open(&sensors.root().join("var/log/wtmp"))?;
        let record = utmp::RECORD as u64;
        let whole = file.metadata()?.len() / record * record;
        file.seek(SeekFrom::Start(whole.saturating_sub(WTMP_MAX / record * record)))?;
        let mut bytes = Vec::new();
        file.take(WTMP_MAX).read_to_end(&mut bytes)?;
        Ok(bytes)
    };
    // Absent on newer systems.
    let bytes = read().unwrap_or_default();
    utmp::logins(&bytes).collect()
}

#[cfg(test)]
mod tests {
    use farol_inventory::{Body, People, Section};

    use super::super::tree::Tree;
    use crate::facts::utmp::tests::record;

    fn read(tree: &Tree) -> People {
        match tree.read(Section::People).body {
            Body::People(people) => people,
            other => panic!("{other:?}"),
        }
    }

    fn told(people: &People) -> Vec<(&str, &str, Option<&str>, Option<&str>)> {
        let sessions = people.sessions.iter();
        sessions
            .map(|one| {
                (
                    one.user.as_deref().unwrap(),
                    one.kind.as_deref().unwrap(),
                    one.line.as_deref(),
                    one.from.as_deref(),
                )
            })
            .collect()
    }

    #[test]
    fn sessions_of_logind() {
        let tree = Tree::new();
        tree.put(
            "run/systemd/sessions/2",
            "USER=fred\nCLASS=user\nTYPE=x11\nSTATE=active\nREMOTE=0\nDISPLAY=:0\nTTY=tty2\nREALTIME=1700000000000000\n",
        )
        .put("run/systemd/sessions/3", "USER=ana\nCLASS=user\nTYPE=tty\nREMOTE=1\nREMOTE_HOST=192.0.2.9\nTTY=pts/0\n")
        .put("run/systemd/sessions/c1", "USER=gdm\nCLASS=greeter\nTYPE=x11\n")
        .put("run/systemd/sessions/4", "USER=eve\nCLASS=user\nSTATE=closing\n")
        .put("run/systemd/sessions/5", b"\xff\xff\0")
        .put("dev/pts/0", "");
        let people = read(&tree);
        assert_eq!(
            told(&people),
            [
                ("ana", "remote", Some("pts/0"), Some("192.0.2.9")),
                ("fred", "graphical", Some(":0"), None)
            ]
        );
        assert_eq!(people.sessions[1].since_ms, Some(1_700_000_000_000));
        assert_eq!(people.volatile.sessions.len(), 1);
        assert_eq!(people.volatile.sessions[0].user.as_deref(), Some("ana"));
    }

    #[test]
    fn sessions_of_the_login_record() {
        let tree = Tree::new();
        let records = [
            record("fred", ":0", ":0", 1_700_000_000),
            record("ana", "pts/0", "192.0.2.9", 1_700_000_001),
            record("bob", "../../etc/passwd", "", 1_700_000_002),
        ];
        tree.put("run/utmp", records.concat());
        let people = read(&tree);
        assert_eq!(
            told(&people),
            [
                ("ana", "remote", Some("pts/0"), Some("192.0.2.9")),
                ("bob", "terminal", Some("../../etc/passwd"), None),
                ("fred", "graphical", Some(":0"), None)
            ]
        );
        assert_eq!(people.volatile.sessions, []);
    }

    #[test]
    fn last_logins_of_accounts() {
        let tree = Tree::new();
        tree.put(
            "etc/passwd",
            "root:x:0:0::/x:/bin/sh\nfred:x:1000:1000::/home/fred:/bin/sh\n",
        )
        .put(
            "var/log/wtmp",
            [
                record("fred", "tty1", "", 1_700_000_000),
                record("fred", "pts/1", "192.0.2.9", 1_700_000_009),
                record("gone", "tty1", "", 1_700_000_000),
                vec![1; 50],
            ]
            .concat(),
        )
        .put("var/log/lastlog", vec![0; 100]);
        let people = read(&tree);
        assert_eq!(people.last_logins.len(), 1);
        let fred = &people.last_logins[0];
        assert_eq!(
            (fred.at_ms, fred.from.as_deref()),
            (Some(1_700_000_009_000), Some("192.0.2.9"))
        );
    }

    #[test]
    fn pipes_in_place_of_login_records_hold_nobody_up() {
        let tree = Tree::new();
        tree.put("etc/passwd", "fred:x:1000:1000::/home/fred:/bin/sh\n")
            .pipe("var/log/wtmp")
            .pipe("var/log/lastlog")
            .pipe("run/utmp");
        let people = read(&tree);
        assert_eq!((people.accounts.len(), people.last_logins.len()), (1, 0));
    }
}
