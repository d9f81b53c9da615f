//! One reading: on a thread of its own that lets everything else go first and then ends, so that nothing of it stays.

use std::io;
use std::sync::Arc;
use std::time::SystemTime;

use farol_inventory::limits::SECTION_BYTES_MAX;
use farol_inventory::software::{Software, Update, Updates};
use farol_inventory::{Body, Problem, ProblemCode, Read, Section};
use tokio::sync::oneshot;

use super::Sensors;
use super::known::{Known, Seen};
use super::schedule::Work;

/// Which updates wait, as it was worked out last. At most 512 of them: some 5 KB usually, 60 KB at most.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Waiting {
    updates: Updates,
    problems: Vec<Problem>,
}

impl Waiting {
    /// Whether it could not be worked out this time.
    fn is_hidden(&self) -> bool {
        let read = Read {
            body: Body::Software(Software {
                updates: self.updates.clone(),
                ..Software::default()
            }),
            problems: self.problems.clone(),
        };
        !read.hidden().is_empty()
    }
}

/// What is to be read, and what it is compared with.
pub(super) struct Order {
    pub(super) work: Work,
    /// The section as it was.
    pub(super) before: Option<Known>,
    /// Its body is wanted, whether it changed or not.
    pub(super) with_body: bool,
    /// The updates that are told with the software.
    pub(super) waiting: Option<Arc<Waiting>>,
}

/// What was read.
pub(super) struct Found {
    /// When packages had changed last, before it began.
    pub(super) packages: Option<SystemTime>,
    pub(super) news: News,
}

/// See [`Found`].
pub(super) enum News {
    /// A section, compared with what it was.
    Section {
        section: Section,
        known: Known,
        seen: Seen,
        /// As it travels, when it changed or was wanted.
        body: Option<Vec<u8>>,
    },
    /// The updates that wait.
    Updates(Arc<Waiting>),
}

/// Starts a reading. Nothing comes when it fails.
///
/// # Errors
/// When the system gives no thread.
pub(super) fn start(sensors: Arc<dyn Sensors>, order: Order) -> io::Result<oneshot::Receiver<Found>> {
    let (sender, found) = oneshot::channel();
    std::thread::Builder::new()
        .name("inventory".into())
        .spawn(move || {
            if !farol_platform::step_back() {
                tracing::trace!("the inventory is read at the usual priority");
            }
            let heavy = matches!(order.work, Work::Section(Section::Software) | Work::Updates);
            if sender.send(read(&*sensors, order)).is_err() {
                // The agent stopped meanwhile.
            }
            if heavy {
                // Package lists leave pages behind that nothing else needs.
                farol_platform::give_back_memory();
            }
        })?;
    Ok(found)
}

fn read(sensors: &dyn Sensors, order: Order) -> Found {
    let packages = sensors.updates_stamp();
    let news = match order.work {
        Work::Section(section) => {
            let mut read = sensors.read(section);
            if section == Section::Software {
                read = with_updates(read, order.waiting.as_deref(), packages.is_some());
            }
            let (known, seen) = Known::see(order.before.as_ref(), &mut read);
            let told = seen == Seen::Changed || (order.with_body && seen == Seen::Same);
            News::Section {
                section,
                known,
                seen,
                body: told.then(|| body(read)),
            }
        }
        Work::Updates => {
            let (updates, problems) = sensors.pending_updates();
            let new = Waiting { updates, problems };
            News::Updates(match order.waiting {
                Some(before) if new.is_hidden() => before,
                _ => Arc::new(new),
            })
        }
    };
    Found { packages, news }
}

fn body(read: Read) -> Vec<u8> {
    let body = read.to_json();
    if body.len() > SECTION_BYTES_MAX {
        // The one that is read again is short, and says so.
        return read.cleaned().to_json();
    }
    body
}

/// With the updates that wait; where they can be worked out and are not yet, with a problem that says so: those that the server
/// knows of are not gone because the agent was started again.
fn with_updates(mut read: Read, waiting: Option<&Waiting>, can_be_known: bool) -> Read {
    let Body::Software(software) = &mut read.body else {
        return read;
    };
    match waiting {
        // What the system counted by itself is better than nothing.
        Some(waiting) if waiting.updates == Updates::default() => {
            read.problems.extend(waiting.problems.iter().cloned());
        }
        Some(waiting) => {
            software.updates = still_waiting(&waiting.updates, software);
            read.problems.extend(waiting.problems.iter().cloned());
        }
        None if can_be_known && software.updates == Updates::default() => read.problems.push(Problem {
            field: "/updates".into(),
            code: ProblemCode::NotYet,
            detail: "some minutes after the agent's start".into(),
        }),
        None => return read,
    }
    read.cleaned()
}

/// Without those that were installed since they were worked out.
fn still_waiting(updates: &Updates, software: &Software) -> Updates {
    let is_installed = |update: &Update| {
        software
            .packages
            .iter()
            .any(|package| package.name == update.name && package.version == update.version)
    };
    let mut left = updates.clone();
    left.packages.retain(|update| !is_installed(update));
    let gone = |count: Option<u64>, before: usize, now: usize| {
        count.map(|count| count.saturating_sub((before - now) as u64))
    };
    let security = |packages: &[Update]| {
        packages
            .iter()
            .filter(|update| update.security == Some(true))
            .count()
    };
    left.pending = gone(left.pending, updates.packages.len(), left.packages.len());
    left.security = gone(
        left.security,
        security(&updates.packages),
        security(&left.packages),
    );
    left
}

#[cfg(test)]
mod tests {
    use farol_inventory::software::Package;

    use super::*;

    fn package(name: &str, version: &str) -> Package {
        Package {
            manager: Some("dpkg".into()),
            name: Some(name.into()),
            version: Some(version.into()),
            ..Package::default()
        }
    }

    fn software(packages: &[(&str, &str)]) -> Read {
        let packages = packages.iter().map(|(name, version)| package(name, version));
        Read {
            body: Body::Software(Software {
                packages: packages.collect(),
                ..Software::default()
            }),
            problems: Vec::new(),
        }
    }

    fn update(name: &str, version: &str, security: bool) -> Update {
        Update {
            manager: Some("dpkg".into()),
            name: Some(name.into()),
            version: Some(version.into()),
            security: Some(security),
        }
    }

    fn waiting() -> Waiting {
        Waiting {
            updates: Updates {
                pending: Some(700),
                security: Some(2),
                packages: vec![
                    update("bash", "5.3", true),
                    update("openssl", "3.1", true),
                    update("vim", "9.2", false),
                ],
            },
            problems: Vec::new(),
        }
    }

    fn told(read: Read) -> Updates {
        match read.body {
            Body::Software(software) => software.updates,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn what_was_installed_waits_no_more() {
        let before = with_updates(
            software(&[("openssl", "3.0"), ("vim", "9.1")]),
            Some(&waiting()),
            true,
        );
        assert_eq!(told(before), waiting().updates);
        let read = with_updates(
            software(&[("openssl", "3.1"), ("vim", "9.1")]),
            Some(&waiting()),
            true,
        );
        let left = told(read);
        assert_eq!((left.pending, left.security), (Some(699), Some(1)));
        let names: Vec<_> = left
            .packages
            .iter()
            .filter_map(|update| update.name.as_deref())
            .collect();
        assert_eq!(names, ["bash", "vim"]);
    }

    #[test]
    fn until_they_are_worked_out_those_that_are_known_stay() {
        let read = with_updates(software(&[("vim", "9.1")]), None, true);
        assert_eq!(read.hidden(), ["updates"]);
        let read = with_updates(software(&[("vim", "9.1")]), None, false);
        assert_eq!(read, software(&[("vim", "9.1")]), "there is nothing to work out");
    }

    /// A machine whose apt works every other time.
    struct Apt(std::sync::Mutex<Vec<(Updates, Vec<Problem>)>>);

    impl Sensors for Apt {
        fn read(&self, _: Section) -> Read {
            panic!("a sensor that does not work")
        }

        fn pending_updates(&self) -> (Updates, Vec<Problem>) {
            self.0.lock().unwrap().remove(0)
        }

        fn updates_stamp(&self) -> Option<SystemTime> {
            None
        }
    }

    fn order(work: Work, waiting: Option<Arc<Waiting>>) -> Order {
        Order {
            work,
            before: None,
            with_body: true,
            waiting,
        }
    }

    #[test]
    fn an_apt_that_fails_once_forgets_no_updates() {
        let failed = Problem {
            field: "/updates".into(),
            code: ProblemCode::Failed,
            detail: "apt-get: exit 100".into(),
        };
        let worked = (waiting().updates, Vec::new());
        let sensors = Apt(std::sync::Mutex::new(vec![
            worked,
            (Updates::default(), vec![failed.clone()]),
            (Updates::default(), vec![failed]),
        ]));
        let look = |before| match read(&sensors, order(Work::Updates, before)).news {
            News::Updates(waiting) => waiting,
            News::Section { .. } => panic!("updates"),
        };
        let first = look(None);
        assert_eq!(*first, waiting());
        assert_eq!(look(Some(Arc::clone(&first))), first);
        assert!(look(None).is_hidden(), "there are no earlier ones");
    }

    #[tokio::test]
    async fn a_sensor_that_fails_costs_its_reading() {
        let sensors = Arc::new(Apt(std::sync::Mutex::default()));
        let found = start(sensors, order(Work::Section(Section::Disks), None)).unwrap();
        assert!(found.await.is_err());
    }

    #[test]
    fn what_is_too_long_is_told_as_such() {
        let many: Vec<(String, String)> = (0..20_000)
            .map(|at| (format!("{at}{}", "n".repeat(120)), "1".into()))
            .collect();
        let many: Vec<(&str, &str)> = many
            .iter()
            .map(|(name, version)| (name.as_str(), version.as_str()))
            .collect();
        let body = body(software(&many));
        let read = farol_inventory::read(Section::Software, &body).unwrap();
        assert_eq!(read.body, Body::empty(Section::Software));
        assert_eq!(read.problems[0].code, ProblemCode::TooMany);
    }

    #[test]
    fn both_crates_mean_the_same_limit() {
        assert_eq!(SECTION_BYTES_MAX, farol_protocol::limits::INVENTORY_SECTION_MAX);
        assert_eq!(farol_protocol::limits::INVENTORY_HASH_BYTES, 32);
        assert!(Section::ALL.len() <= farol_protocol::limits::INVENTORY_SECTIONS_MAX);
    }
}
