//! Who sits at a display: the person whose programs it shows.

use std::ffi::OsString;
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::Command;

use super::processes::{self, DisplayUse, DisplayUses};
use super::{SOCKET_DIR, display_numbers, is_greeter, local_number, target_from_environment};
use crate::DisplayTarget;
use crate::display::end_user::EndUser;

/// What a program of ours for the person takes over from theirs.
pub(super) const VARIABLES: [&str; 6] = ["HOME", "XAUTHORITY", "LANG", "LANGUAGE", "LC_ALL", "LC_MESSAGES"];

pub(in crate::display) fn end_user(wanted: Option<&DisplayTarget>) -> Option<EndUser> {
    let uses = processes::display_uses();
    let named = wanted.cloned().or_else(target_from_environment);
    let own = rustix::process::geteuid().as_raw();
    if let Some(target) = named {
        let best = local_number(&target.address).and_then(|number| uses.best(number));
        return match best {
            Some(best) if !is_person(best) => None,
            Some(best) => Some(person(target, best, own)),
            None => is_there(&target).then(|| ourselves(target)),
        };
    }
    let numbers = display_numbers(Path::new(SOCKET_DIR));
    first_person(&uses, &numbers).map(|(number, best)| {
        let target = DisplayTarget {
            address: format!(":{number}"),
            authority: uses.authority(number),
            user: best.user.clone(),
        };
        person(target, best, own)
    })
}

/// Gives a program its name and the person's identity.
pub(in crate::display) fn become_user(command: &mut Command, name: &str, identity: Option<(u32, u32)>) {
    command.arg0(name);
    if let Some((user, group)) = identity {
        // The standard library also gives up the further groups.
        command.gid(group).uid(user);
    }
}

/// The lowest display with a picture of its own on which somebody is logged on.
fn first_person<'a>(uses: &'a DisplayUses, numbers: &[u16]) -> Option<(u16, &'a DisplayUse)> {
    let real = numbers.iter().filter(|number| !uses.is_rootless(**number));
    real.filter_map(|number| Some((*number, uses.best(*number)?)))
        .find(|(_, best)| is_person(best))
}

/// People's accounts, and root's where somebody works as root. Accounts without a name come from a directory service.
fn is_person(user: &DisplayUse) -> bool {
    const NOBODY: u32 = 65534;
    let account = user.uid == 0 || (user.uid >= 1000 && user.uid != NOBODY);
    account && !user.user.as_deref().is_some_and(is_greeter)
}

fn person(target: DisplayTarget, best: &DisplayUse, own: u32) -> EndUser {
    // Only root can become somebody else; others try as themselves.
    let other = best.uid != own && own == 0;
    let mut environment = best.environment.clone();
    let has_authority = environment.iter().any(|(name, _)| *name == "XAUTHORITY");
    if let Some(authority) = target.authority.clone().filter(|_| !other && !has_authority) {
        environment.push(("XAUTHORITY", authority.into_os_string()));
    }
    EndUser {
        display: DisplayTarget {
            user: best.user.clone(),
            ..target
        },
        environment,
        identity: other.then_some((best.uid, best.gid)),
    }
}

/// Displays of this machine have a socket while they live.
fn is_there(target: &DisplayTarget) -> bool {
    let socket = |number| Path::new(SOCKET_DIR).join(format!("X{number}"));
    local_number(&target.address).is_none_or(|number| socket(number).exists())
}

/// A display that nobody's programs are seen on, with what we have ourselves.
fn ourselves(target: DisplayTarget) -> EndUser {
    let mut environment: Vec<(&'static str, OsString)> = VARIABLES
        .into_iter()
        .filter_map(|name| Some((name, std::env::var_os(name)?)))
        .collect();
    if let Some(authority) = target.authority.clone() {
        environment.retain(|(name, _)| *name != "XAUTHORITY");
        environment.push(("XAUTHORITY", authority.into_os_string()));
    }
    EndUser {
        display: target,
        environment,
        identity: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn user(number: u16, uid: u32, name: Option<&str>) -> DisplayUse {
        let mut user = DisplayUse::of(number);
        (user.uid, user.gid, user.user) = (uid, uid, name.map(str::to_owned));
        user.environment = vec![("LANG", "pt_BR.UTF-8".into())];
        user
    }

    fn uses(list: Vec<DisplayUse>) -> DisplayUses {
        let mut uses = DisplayUses::default();
        uses.uses = list;
        uses
    }

    #[test]
    fn people_are_found_and_log_on_screens_are_not() {
        let found = uses(vec![
            user(0, 120, Some("lightdm")),
            user(1, 60578, Some("gdm-greeter")),
            user(2, 1001, None),
            user(3, 1000, Some("ana")),
        ]);
        let first = first_person(&found, &[0, 1, 2, 3]).unwrap();
        assert_eq!((first.0, first.1.uid), (2, 1001));
        assert!(first_person(&found, &[0, 1]).is_none());
        assert!(first_person(&found, &[9]).is_none());
    }

    #[test]
    fn root_becomes_the_person_and_others_stay_themselves() {
        let ana = user(3, 1000, Some("ana"));
        let target = DisplayTarget {
            authority: Some("/run/server-cookie".into()),
            ..DisplayTarget::new(":3")
        };
        let by_root = person(target.clone(), &ana, 0);
        assert_eq!(by_root.identity, Some((1000, 1000)));
        assert_eq!(by_root.display.user.as_deref(), Some("ana"));
        // A file that only root may read is none of theirs.
        assert_eq!(by_root.environment, [("LANG", "pt_BR.UTF-8".into())]);
        let by_ana = person(target, &ana, 1000);
        assert_eq!(by_ana.identity, None);
        assert!(
            by_ana
                .environment
                .contains(&("XAUTHORITY", "/run/server-cookie".into()))
        );
    }

    #[test]
    fn their_program_has_nothing_else_of_ours() {
        let command = person(DisplayTarget::new(":3"), &user(3, 1000, Some("ana")), 0)
            .command(Path::new("/bin/true"), "true");
        let variables: Vec<_> = command.get_envs().map(|(name, _)| name.to_owned()).collect();
        assert_eq!(variables, ["DISPLAY", "FAROL_NOTICE", "LANG"]);
    }
}
