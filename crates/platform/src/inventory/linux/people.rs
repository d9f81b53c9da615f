//! Local accounts from `/etc`, and people's logins (see `login`). Of passwords only whether one opens anything is looked at.

use std::collections::{BTreeMap, BTreeSet};

use farol_inventory::People;
use farol_inventory::limits::ACCOUNTS_MAX;
use farol_inventory::people::LocalAccount;

use super::login;
use super::root::Sensors;

/// Groups whose members may do anything, by the customs of distributions.
const POWERFUL: [&str; 3] = ["sudo", "wheel", "admin"];

/// Numbers of accounts for people begin here, and those for what has none end there.
const PEOPLE: std::ops::Range<u32> = 1000..60_000;

pub(super) fn read(sensors: &mut Sensors<'_>) -> People {
    let known = accounts(sensors);
    let groups = groups(sensors);
    let locked = locked(sensors);
    let administrators = administrators(&known, &groups);
    let (sessions, states) = login::sessions(sensors);
    let last_logins = login::last_logins(sensors, &known);
    let accounts = known.into_iter().map(|account| LocalAccount {
        id: Some(account.id.to_string()),
        full_name: account.full_name,
        kind: Some(
            if PEOPLE.contains(&account.id) {
                "person"
            } else {
                "system"
            }
            .into(),
        ),
        home: account.home,
        shell: account.shell,
        groups: groups
            .iter()
            .filter(|group| group.members.contains(&account.name))
            .map(|group| group.name.clone())
            .collect(),
        locked: locked.as_ref().map(|locked| locked.contains(&account.name)),
        name: Some(account.name),
    });
    People {
        accounts: accounts.collect(),
        administrators,
        sessions,
        last_logins,
        volatile: farol_inventory::people::PeopleVolatile { sessions: states },
    }
}

/// A line of `/etc/passwd`.
pub(super) struct Account {
    pub(super) name: String,
    pub(super) id: u32,
    group: u32,
    full_name: Option<String>,
    home: Option<String>,
    shell: Option<String>,
}

fn accounts(sensors: &mut Sensors<'_>) -> Vec<Account> {
    let text = sensors.needed("/accounts", "etc/passwd").unwrap_or_default();
    text.lines().filter_map(account).take(ACCOUNTS_MAX).collect()
}

fn account(line: &str) -> Option<Account> {
    let fields: Vec<&str> = line.split(':').collect();
    let [name, _, id, group, about, home, shell] = fields.as_slice() else {
        return None;
    };
    let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    Some(Account {
        name: some(name)?,
        id: id.parse().ok()?,
        group: group.parse().ok()?,
        // Room and telephone numbers may follow.
        full_name: about.split(',').next().and_then(some),
        home: some(home),
        shell: some(shell),
    })
}

/// Names by number; the first that has it, as the system looks it up.
pub(super) fn account_names(sensors: &mut Sensors<'_>) -> BTreeMap<u32, String> {
    let mut names = BTreeMap::new();
    let text = sensors.text("/open_ports", "etc/passwd").unwrap_or_default();
    for account in text.lines().filter_map(account).take(ACCOUNTS_MAX) {
        names.entry(account.id).or_insert(account.name);
    }
    names
}

struct Group {
    name: String,
    id: u32,
    members: Vec<String>,
}

fn groups(sensors: &mut Sensors<'_>) -> Vec<Group> {
    let text = sensors.needed("/administrators", "etc/group").unwrap_or_default();
    let groups = text.lines().filter_map(|line| {
        let mut fields = line.split(':');
        let (name, id) = (fields.next()?, fields.nth(1)?);
        let members = fields.next().unwrap_or_default().split(',');
        Some(Group {
            name: name.to_owned(),
            id: id.parse().ok()?,
            members: members
                .filter(|name| !name.is_empty())
                .map(str::to_owned)
                .collect(),
        })
    });
    groups.take(ACCOUNTS_MAX).collect()
}

/// Who has number 0, and who is in a group that may do anything, as its members or as their own.
fn administrators(accounts: &[Account], groups: &[Group]) -> Vec<String> {
    let powerful: Vec<&Group> = groups
        .iter()
        .filter(|group| POWERFUL.contains(&group.name.as_str()))
        .collect();
    let listed = powerful.iter().flat_map(|group| group.members.iter());
    let by_account = accounts
        .iter()
        .filter(|account| account.id == 0 || powerful.iter().any(|group| group.id == account.group))
        .map(|account| &account.name);
    let names: BTreeSet<&String> = listed.chain(by_account).collect();
    names.into_iter().cloned().collect()
}

/// Accounts whose password opens nothing; `None` where we may not look.
fn locked(sensors: &mut Sensors<'_>) -> Option<BTreeSet<String>> {
    let text = sensors.text("/accounts", "etc/shadow")?;
    let locked = text.lines().filter_map(|line| {
        let (name, rest) = line.split_once(':')?;
        rest.starts_with(['!', '*']).then(|| name.to_owned())
    });
    Some(locked.collect())
}

#[cfg(test)]
mod tests {
    use farol_inventory::{Body, ProblemCode, Section};

    use super::super::tree::Tree;
    use super::*;

    fn usual() -> Tree {
        let tree = Tree::new();
        tree.put(
            "etc/passwd",
            "root:x:0:0:root:/x:/bin/bash\ndaemon:x:1:1::/usr/sbin:/usr/sbin/nologin\nfred:x:1000:1000:Fred Gärtner,Room 2,,:/home/fred:/bin/zsh\nana:x:1001:27::/home/ana:/bin/sh\ngarbage\n:x:1:1:::\n",
        )
        .put("etc/group", "root:x:0:\nsudo:x:27:fred\ndocker:x:999:fred,ana\nbad\n")
        .put("etc/shadow", "root:!:1:0:::::\ndaemon:*:1::::::\nfred:$y$secret:1::::::\n");
        tree
    }

    fn read(tree: &Tree) -> People {
        match tree.read(Section::People).body {
            Body::People(people) => people,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn accounts_and_who_may_do_anything() {
        let found = read(&usual());
        let names: Vec<_> = found
            .accounts
            .iter()
            .filter_map(|account| account.name.as_deref())
            .collect();
        assert_eq!(names, ["ana", "daemon", "fred", "root"]);
        let fred = &found.accounts[2];
        assert_eq!(fred.full_name.as_deref(), Some("Fred Gärtner"));
        assert_eq!(fred.kind.as_deref(), Some("person"));
        assert_eq!(fred.groups, ["docker", "sudo"]);
        assert_eq!((fred.locked, found.accounts[3].locked), (Some(false), Some(true)));
        assert_eq!(found.administrators, ["ana", "fred", "root"]);
    }

    #[test]
    fn passwords_are_in_nothing_that_is_told() {
        let told = usual().read(Section::People).to_json();
        assert!(!String::from_utf8(told).unwrap().contains("secret"));
    }

    #[test]
    fn a_system_without_accounts_says_so() {
        let read = Tree::new().read(Section::People);
        let told: Vec<_> = read
            .problems
            .iter()
            .map(|problem| (problem.field.as_str(), problem.code))
            .collect();
        assert_eq!(
            told,
            [
                ("/accounts", ProblemCode::NotAvailable),
                ("/administrators", ProblemCode::NotAvailable)
            ]
        );
    }
}
