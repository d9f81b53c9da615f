//! Who sits at a display: the person whose programs it shows.

use std::ffi::OsString;
use std::os::unix::fs::MetadataExt as _;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::processes::{self, DisplayUse, DisplayUses};
use super::{SOCKET_DIR, display_numbers, is_greeter, local_number, target_from_environment};
use crate::DisplayTarget;
use crate::display::end_user::{AtDisplay, EndUser};
use crate::facts::linux::in_front_on;

/// What a program of ours for the person takes over from theirs.
pub(super) const VARIABLES: [&str; 6] = ["HOME", "XAUTHORITY", "LANG", "LANGUAGE", "LC_ALL", "LC_MESSAGES"];

pub(in crate::display) fn end_user(wanted: Option<&DisplayTarget>) -> AtDisplay {
    let uses = processes::display_uses();
    let named = wanted.cloned().or_else(target_from_environment);
    let own = rustix::process::geteuid().as_raw();
    if let Some(target) = named {
        let number = local_number(&target.address);
        let seated = number.map_or(Seated::Unseen, |number| {
            seated(&uses, number, known(&uses, number))
        });
        return match seated {
            Seated::By(user) => AtDisplay::Person(Box::new(person(target, user, own))),
            Seated::Contested => AtDisplay::Contested {
                address: target.address,
            },
            Seated::Unseen if is_there(&target) => AtDisplay::Person(Box::new(ourselves(target))),
            Seated::Unseen | Seated::Nobody => AtDisplay::Nobody,
        };
    }
    let numbers = display_numbers(Path::new(SOCKET_DIR));
    match first_seated(&uses, &numbers, |number| known(&uses, number)) {
        Some((number, Seated::By(user))) => {
            let target = DisplayTarget {
                address: format!(":{number}"),
                authority: uses.authority(number),
                user: user.user.clone(),
            };
            AtDisplay::Person(Box::new(person(target, user, own)))
        }
        Some((number, _)) => AtDisplay::Contested {
            address: format!(":{number}"),
        },
        None => AtDisplay::Nobody,
    }
}

/// Who sits at one display.
#[derive(Debug)]
enum Seated<'a> {
    /// No program is seen there.
    Unseen,
    /// A log-on screen, or programs of the system.
    Nobody,
    /// Whose program this is.
    By(&'a DisplayUse),
    /// Somebody, and it cannot be told who.
    Contested,
}

/// Any account can start a program that names any display, so programs alone are believed only when they are all of one.
fn seated(uses: &DisplayUses, number: u16, known: Option<u32>) -> Seated<'_> {
    let there = || uses.uses.iter().filter(|user| user.number == number);
    let others = || there().filter(|user| !user.ours);
    let user = match known {
        Some(uid) => there().find(|user| user.uid == uid),
        None => others().next().or_else(|| there().next()),
    };
    match (user, known) {
        (Some(user), _) if !is_person(user) && known.is_some() => Seated::Nobody,
        (Some(user), Some(_)) => Seated::By(user),
        (Some(user), None) if others().any(|other| other.uid != user.uid) => Seated::Contested,
        (Some(user), None) if is_person(user) => Seated::By(user),
        (Some(_), None) => Seated::Nobody,
        (None, _) if there().next().is_none() => Seated::Unseen,
        (None, Some(uid)) if !is_account(uid) => Seated::Nobody,
        (None, _) => Seated::Contested,
    }
}

/// Whose the display is by what others cannot say of themselves: the session that the system has in front there, else the owner
/// of the credential with which its server was started. That of a display manager's server is root's, and says nothing.
fn known(uses: &DisplayUses, number: u16) -> Option<u32> {
    in_front_on(number).or_else(|| {
        let socket = std::fs::metadata(socket(number)).ok()?.uid();
        let authority = uses.authority_of_server(number, socket)?;
        let owner = std::fs::metadata(authority).ok()?.uid();
        (owner != 0 && is_account(owner)).then_some(owner)
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
fn first_seated<'a>(
    uses: &'a DisplayUses,
    numbers: &[u16],
    known: impl Fn(u16) -> Option<u32>,
) -> Option<(u16, Seated<'a>)> {
    let real = numbers.iter().filter(|number| !uses.is_rootless(**number));
    real.map(|number| (*number, seated(uses, *number, known(*number))))
        .find(|(_, seated)| matches!(seated, Seated::By(_) | Seated::Contested))
}

/// People's accounts, and root's where somebody works as root. Accounts without a name come from a directory service.
fn is_person(user: &DisplayUse) -> bool {
    is_account(user.uid) && !user.user.as_deref().is_some_and(is_greeter)
}

fn is_account(uid: u32) -> bool {
    const NOBODY: u32 = 65534;
    uid == 0 || (uid >= 1000 && uid != NOBODY)
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
    local_number(&target.address).is_none_or(|number| socket(number).exists())
}

fn socket(number: u16) -> PathBuf {
    Path::new(SOCKET_DIR).join(format!("X{number}"))
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
        let first = |numbers: &[u16]| {
            let first = first_seated(&found, numbers, |_| None);
            first.map(|(number, seated)| (number, uid(&seated)))
        };
        assert_eq!(first(&[0, 1, 2, 3]), Some((2, Some(1001))));
        assert_eq!(first(&[0, 1]), None);
        assert_eq!(first(&[9]), None);
    }

    fn uid(seated: &Seated<'_>) -> Option<u32> {
        match seated {
            Seated::By(user) => Some(user.uid),
            _ => None,
        }
    }

    #[test]
    fn whoever_names_a_display_is_not_taken_for_the_person_at_it() {
        // The stranger's process is seen first.
        let found = uses(vec![
            user(0, 1002, Some("stranger")),
            user(0, 1000, Some("ana")),
            user(1, 1002, Some("stranger")),
            user(1, 120, Some("lightdm")),
            user(2, 1002, Some("stranger")),
        ]);
        let by = |number, known| uid(&seated(&found, number, known));
        assert_eq!(by(0, Some(1000)), Some(1000), "the system knows");
        assert!(matches!(seated(&found, 0, None), Seated::Contested));
        assert!(matches!(seated(&found, 1, None), Seated::Contested));
        assert!(matches!(seated(&found, 1, Some(120)), Seated::Nobody));
        assert!(
            matches!(seated(&found, 2, Some(1000)), Seated::Contested),
            "somebody whose programs are not seen"
        );
        assert!(matches!(seated(&found, 2, Some(120)), Seated::Nobody));
        assert_eq!(by(2, None), Some(1002), "nobody else is there");
        assert!(matches!(seated(&found, 9, Some(1000)), Seated::Unseen));
        let first = first_seated(&found, &[0, 2], |_| None).unwrap();
        assert!(matches!(first, (0, Seated::Contested)));
    }

    #[test]
    fn this_program_is_not_one_of_several() {
        let mut agent = user(0, 0, Some("root"));
        agent.ours = true;
        let alone = uses(vec![agent.clone()]);
        assert_eq!(uid(&seated(&alone, 0, None)), Some(0));
        let found = uses(vec![agent, user(0, 1000, Some("ana"))]);
        assert_eq!(uid(&seated(&found, 0, None)), Some(1000));
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
