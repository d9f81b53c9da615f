//! X11 displays on Linux: which sockets exist, whose they are (`processes`, `end_user`), how to connect (`connection`),
//! and when the sockets change (`watch`). Of an open one: its monitors (`layout`) and how it stores pixels (`pixel_format`).

use std::path::Path;

use super::{DisplayTarget, DisplayWatch};

mod authority;
mod connection;
mod end_user;
pub(crate) mod layout;
pub(crate) mod pixel_format;
pub(crate) mod processes;
mod watch;

pub(super) use end_user::{become_user, end_user};

pub(crate) use connection::{Display, RequestFailure, connect};

/// Where X servers put their sockets.
const SOCKET_DIR: &str = "/tmp/.X11-unix";

pub(super) fn target_from_environment() -> Option<DisplayTarget> {
    let address = std::env::var("DISPLAY")
        .ok()
        .filter(|address| !address.is_empty())?;
    Some(DisplayTarget::new(address))
}

pub(super) fn list_displays() -> Vec<DisplayTarget> {
    let numbers = display_numbers(Path::new(SOCKET_DIR));
    if numbers.is_empty() {
        return Vec::new();
    }
    let uses = processes::display_uses();
    let mut found: Vec<(bool, u16, DisplayTarget)> = numbers
        .into_iter()
        .filter(|number| !uses.is_rootless(*number))
        .map(|number| {
            let best = uses.best(number);
            let user = best.and_then(|best| best.user.clone());
            let target = DisplayTarget {
                address: format!(":{number}"),
                authority: uses.authority(number),
                user: user.clone(),
            };
            let greeter = user.as_deref().is_none_or(is_greeter);
            (greeter, number, target)
        })
        .collect();
    found.sort_by_key(|(greeter, number, _)| (*greeter, *number));
    found.into_iter().map(|(_, _, target)| target).collect()
}

/// Log-on screens with a display of their own: people who log on get another one.
pub(crate) fn is_display_of_its_own(user: &str) -> bool {
    ["gdm", "Debian-gdm"].contains(&user)
}

/// The accounts that log-on screens run as.
pub(crate) fn is_greeter(user: &str) -> bool {
    [
        "gdm",
        "Debian-gdm",
        "lightdm",
        "sddm",
        "xdm",
        "lxdm",
        "slim",
        "greeter",
    ]
    .contains(&user)
        || user.starts_with("gdm-greeter")
}

/// Display numbers by their sockets, lowest first.
fn display_numbers(dir: &Path) -> Vec<u16> {
    let Ok(entries) = std::fs::read_dir(dir) else {
        return Vec::new();
    };
    let mut numbers: Vec<u16> = entries
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.strip_prefix('X')?.parse().ok())
        .collect();
    numbers.sort_unstable();
    numbers
}

/// The number in an address such as `:1`, `:1.0` or `unix:1`; `None` for displays on other machines.
pub(crate) fn local_number(address: &str) -> Option<u16> {
    let (host, rest) = address.rsplit_once(':')?;
    if !(host.is_empty() || host == "unix") {
        return None;
    }
    rest.split('.').next()?.parse().ok()
}

pub(super) fn watch() -> std::io::Result<Box<dyn DisplayWatch>> {
    Ok(Box::new(watch::SocketWatch::new(Path::new(SOCKET_DIR))?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses() {
        assert_eq!(local_number(":0"), Some(0));
        assert_eq!(local_number(":12.1"), Some(12));
        assert_eq!(local_number("unix:3"), Some(3));
        assert_eq!(local_number("otherhost:0"), None);
        assert_eq!(local_number("0"), None);
        assert_eq!(local_number(":x"), None);
    }

    #[test]
    fn sockets_by_name() {
        let dir = tempfile::tempdir().unwrap();
        for name in ["X7", "X0", "Y1", "X", "Xfoo"] {
            std::fs::write(dir.path().join(name), b"").unwrap();
        }
        assert_eq!(display_numbers(dir.path()), [0, 7]);
        assert!(display_numbers(&dir.path().join("absent")).is_empty());
    }
}
