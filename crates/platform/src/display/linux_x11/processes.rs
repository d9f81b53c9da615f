//! Whose display is whose, by looking at processes: their environment names display and credential file, the X server's
//! own arguments name its credential file. Without rights to look at other people's processes the answers are fewer.

use std::ffi::{OsStr, OsString};
use std::io::Read;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use super::{SOCKET_DIR, end_user, local_number};
use crate::display::end_user::MARK;

/// Longest environment or argument list read; the system's own limit for one string is 128 KiB.
const READ_MAX: u64 = 256 * 1024;
/// Longest variable that is taken over into a program of ours; folders and languages are far shorter.
const VARIABLE_MAX: usize = 4096;
/// Most processes looked at; a machine with more has its display's among the first.
const PROCESSES_MAX: usize = 20_000;

/// One process that shows something on a display.
#[derive(Debug, Clone)]
pub(crate) struct DisplayUse {
    pub(crate) number: u16,
    pub(crate) user: Option<String>,
    pub(crate) since: Option<SystemTime>,
    pub(super) uid: u32,
    pub(super) gid: u32,
    /// Of its environment what [`end_user::VARIABLES`] names.
    pub(super) environment: Vec<(&'static str, OsString)>,
    /// Of this program itself.
    pub(super) ours: bool,
    authority: Option<PathBuf>,
    system: bool,
}

#[cfg(test)]
impl DisplayUse {
    /// A process about which nothing else is known.
    pub(super) fn of(number: u16) -> Self {
        Self {
            number,
            user: None,
            since: None,
            uid: 0,
            gid: 0,
            environment: Vec::new(),
            ours: false,
            authority: None,
            system: false,
        }
    }
}

/// What the processes tell.
#[derive(Debug, Default)]
pub(crate) struct DisplayUses {
    pub(crate) uses: Vec<DisplayUse>,
    servers: Vec<Server>,
    rootless: Vec<u16>,
}

/// An X server that has a credential file, or a process that looks like one.
#[derive(Debug)]
struct Server {
    number: u16,
    uid: u32,
    authority: PathBuf,
}

impl DisplayUses {
    /// The process that best stands for the display: a person's before one of the system.
    pub(crate) fn best(&self, number: u16) -> Option<&DisplayUse> {
        self.uses
            .iter()
            .filter(|entry| entry.number == number)
            .min_by_key(|entry| entry.system)
    }

    /// A credential file that should open the display.
    pub(crate) fn authority(&self, number: u16) -> Option<PathBuf> {
        let of_server = || {
            let mut servers = self.servers.iter();
            servers.find(|server| server.number == number)
        };
        let of_user = self.uses.iter().filter(|entry| entry.number == number);
        of_user
            .filter_map(|entry| entry.authority.clone())
            .find(|file| file.exists())
            .or_else(|| of_server().map(|server| server.authority.clone()))
    }

    /// The credential file of the server that `socket_owner` runs, to whom the display's socket belongs: any process may call
    /// itself a server.
    pub(super) fn authority_of_server(&self, number: u16, socket_owner: u32) -> Option<&Path> {
        let mut servers = self.servers.iter();
        let server = servers.find(|server| server.number == number && server.uid == socket_owner)?;
        Some(&server.authority)
    }

    /// True for an X server inside of a Wayland session, which has no picture of the whole desktop.
    pub(crate) fn is_rootless(&self, number: u16) -> bool {
        self.rootless.contains(&number)
    }
}

/// Looks through all processes.
pub(crate) fn display_uses() -> DisplayUses {
    let mut found = DisplayUses::default();
    let users = Users::read();
    let Ok(entries) = std::fs::read_dir("/proc") else {
        return found;
    };
    for entry in entries.flatten().take(PROCESSES_MAX) {
        let is_process = entry.file_name().as_bytes().iter().all(u8::is_ascii_digit);
        if is_process {
            look_at(&entry.path(), &users, &mut found);
        }
    }
    found
}

fn look_at(process: &Path, users: &Users, found: &mut DisplayUses) {
    let command = read_capped(&process.join("comm"));
    if matches!(
        command.trim_ascii_end(),
        b"Xorg" | b"X" | b"Xwayland" | b"Xvfb" | b"Xvnc" | b"Xephyr"
    ) {
        let arguments = read_capped(&process.join("cmdline"));
        if let Ok(metadata) = std::fs::metadata(process) {
            look_at_server(&arguments, metadata.uid(), || socket_number(process), found);
        }
        return;
    }
    let environment = read_capped(&process.join("environ"));
    let Some(number) = variable(&environment, b"DISPLAY=").and_then(|value| local_number(value.to_str()?))
    else {
        return;
    };
    // What we run for the person at the display does not make somebody of it.
    if variable(&environment, format!("{MARK}=").as_bytes()).is_some() {
        return;
    }
    let Ok(metadata) = std::fs::metadata(process) else {
        return;
    };
    found.uses.push(DisplayUse {
        number,
        user: users.name(metadata.uid()),
        since: metadata.modified().ok(),
        uid: metadata.uid(),
        gid: metadata.gid(),
        environment: taken_over(&environment),
        ours: process.file_name() == Some(OsStr::new(&std::process::id().to_string())),
        authority: variable(&environment, b"XAUTHORITY=").map(PathBuf::from),
        // People's ids start at 1000 on every distribution of the last decade.
        system: metadata.uid() < 1000,
    });
}

/// `own_number` answers where the arguments do not say which display it is: display managers let the server choose.
fn look_at_server(arguments: &[u8], uid: u32, own_number: impl Fn() -> Option<u16>, found: &mut DisplayUses) {
    let arguments: Vec<&[u8]> = arguments.split(|byte| *byte == 0).collect();
    let number = arguments.iter().find_map(|argument| {
        argument
            .starts_with(b":")
            .then(|| local_number(std::str::from_utf8(argument).ok()?))?
    });
    let Some(number) = number.or_else(own_number) else {
        return;
    };
    if arguments.contains(&b"-rootless".as_slice()) {
        found.rootless.push(number);
    }
    let authority = arguments
        .windows(2)
        .find(|pair| pair[0] == b"-auth")
        .map(|pair| pair[1]);
    if let Some(authority) = authority {
        found.servers.push(Server {
            number,
            uid,
            authority: PathBuf::from(OsStr::from_bytes(authority)),
        });
    }
}

/// The display whose socket the process listens on.
fn socket_number(process: &Path) -> Option<u16> {
    let sockets = read_capped(Path::new("/proc/net/unix"));
    let sockets = String::from_utf8_lossy(&sockets);
    let files = std::fs::read_dir(process.join("fd")).ok()?;
    let links: Vec<String> = files
        .filter_map(|file| Some(std::fs::read_link(file.ok()?.path()).ok()?.to_str()?.to_owned()))
        .collect();
    listening_on(&sockets, &links)
}

/// Finds the X socket in the system's list whose inode is one of the open files (`socket:[inode]`).
fn listening_on(sockets: &str, links: &[String]) -> Option<u16> {
    sockets.lines().find_map(|line| {
        let fields: Vec<&str> = line.split_ascii_whitespace().collect();
        let [.., inode, path] = fields.as_slice() else {
            return None;
        };
        let number = path
            .trim_start_matches('@')
            .strip_prefix(SOCKET_DIR)?
            .strip_prefix("/X")?
            .parse()
            .ok()?;
        links.contains(&format!("socket:[{inode}]")).then_some(number)
    })
}

fn variable<'a>(environment: &'a [u8], name: &[u8]) -> Option<&'a OsStr> {
    let value = environment
        .split(|byte| *byte == 0)
        .find_map(|entry| entry.strip_prefix(name))?;
    (!value.is_empty()).then(|| OsStr::from_bytes(value))
}

fn taken_over(environment: &[u8]) -> Vec<(&'static str, OsString)> {
    let value = |name: &'static str| {
        let value = variable(environment, format!("{name}=").as_bytes())?;
        (value.len() <= VARIABLE_MAX).then(|| (name, value.to_owned()))
    };
    end_user::VARIABLES.into_iter().filter_map(value).collect()
}

/// The start of a file; empty when it cannot be read, which is normal for other people's processes.
fn read_capped(path: &Path) -> Vec<u8> {
    let mut bytes = Vec::new();
    let read = std::fs::File::open(path).and_then(|file| file.take(READ_MAX).read_to_end(&mut bytes));
    if read.is_err() {
        bytes.clear();
    }
    bytes
}

/// Names of user ids. Accounts from a directory service are not in the file and have no name here.
struct Users(Vec<(u32, String)>);

impl Users {
    fn read() -> Self {
        let file = read_capped(Path::new("/etc/passwd"));
        Self(
            String::from_utf8_lossy(&file)
                .lines()
                .filter_map(Self::parse)
                .collect(),
        )
    }

    fn parse(line: &str) -> Option<(u32, String)> {
        let mut fields = line.split(':');
        let name = fields.next()?.to_owned();
        let id = fields.nth(1)?.parse().ok()?;
        Some((id, name))
    }

    fn name(&self, id: u32) -> Option<String> {
        self.0
            .iter()
            .find(|(known, _)| *known == id)
            .map(|(_, name)| name.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn environments_and_arguments() {
        let environment = b"HOME=/root\0DISPLAY=:5\0XAUTHORITY=\0";
        assert_eq!(variable(environment, b"DISPLAY="), Some(OsStr::new(":5")));
        assert_eq!(variable(environment, b"XAUTHORITY="), None);
        assert_eq!(variable(b"", b"DISPLAY="), None);
        assert_eq!(taken_over(environment), [("HOME", OsString::from("/root"))]);
        let long = [b"LANG=".as_slice(), &[b'x'; VARIABLE_MAX + 1]].concat();
        assert_eq!(taken_over(&long), []);

        let mut found = DisplayUses::default();
        look_at_server(b"/usr/bin/Xorg\0:3\0-auth\0/run/cookie\0", 0, || None, &mut found);
        look_at_server(
            b"Xorg\0-displayfd\x003\0-auth\0/run/other\0",
            1000,
            || Some(9),
            &mut found,
        );
        look_at_server(b"Xwayland\0:4\0-rootless\0", 1000, || None, &mut found);
        assert_eq!(found.authority(3), Some(PathBuf::from("/run/cookie")));
        assert_eq!(found.authority(9), Some(PathBuf::from("/run/other")));
        assert_eq!(found.authority_of_server(9, 1000), Some(Path::new("/run/other")));
        assert_eq!(
            found.authority_of_server(9, 0),
            None,
            "the socket is somebody else's"
        );
        assert!(found.is_rootless(4) && !found.is_rootless(3));
    }

    #[test]
    fn our_own_helpers_are_nobody() {
        let start = |mark: bool| {
            let mut command = std::process::Command::new("sleep");
            command.arg("60").env("DISPLAY", ":64998").env_remove(MARK);
            if mark {
                command.env(MARK, "1");
            }
            let process = command.spawn().unwrap();
            // The system shows a new program's environment a moment after it runs.
            let environment = format!("/proc/{}/environ", process.id());
            let shows = || std::fs::read(&environment).unwrap();
            while !shows().windows(6).any(|part| part == b":64998") {
                std::thread::yield_now();
            }
            process
        };
        let mut ours = start(true);
        let after_ours = display_uses().best(64998).is_some();
        let mut theirs = start(false);
        let after_theirs = display_uses().best(64998).is_some();
        for process in [&mut ours, &mut theirs] {
            process.kill().unwrap();
            process.wait().unwrap();
        }
        assert!(!after_ours && after_theirs);
    }

    #[test]
    fn servers_by_their_socket() {
        let sockets = "Num RefCount Protocol Flags Type St Inode Path\n\
            0000: 00000002 00000000 00010000 0001 01 111 /tmp/.X11-unix/X7\n\
            0000: 00000002 00000000 00010000 0001 01 222 @/tmp/.X11-unix/X8\n";
        assert_eq!(listening_on(sockets, &["socket:[222]".into()]), Some(8));
        assert_eq!(
            listening_on(sockets, &["pipe:[111]".into(), "socket:[333]".into()]),
            None
        );
    }

    #[test]
    fn names_of_ids() {
        let lines = "root:x:0:0:root:/root:/bin/bash\nbroken\nfred:x:1000:1000::/home/fred:/bin/sh";
        let users = Users(lines.lines().filter_map(Users::parse).collect());
        assert_eq!(users.name(0).as_deref(), Some("root"));
        assert_eq!(users.name(1000).as_deref(), Some("fred"));
        assert_eq!(users.name(5), None);
    }
}
