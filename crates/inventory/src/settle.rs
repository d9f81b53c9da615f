//! What differs between two readings though nothing changed.

use serde_json::Value;

use crate::limits::START_TOLERANCE_MS;
use crate::read::Read;
use crate::section::Body;

impl Read {
    /// Takes over from an earlier reading what this one differs in for no reason of the machine's: the time of the same
    /// start, and facts whose sensor failed this time, which would otherwise be told as gone.
    ///
    /// For both sides, before the hash is taken: the agent with what it sent last, if it still knows, the server with what it
    /// keeps. Of another section nothing is taken over.
    pub fn settle(&mut self, before: &Body) {
        if self.body.section() != before.section() {
            return;
        }
        self.settle_start(before);
        self.keep_hidden(before);
    }

    fn settle_start(&mut self, before: &Body) {
        let (Body::System(now), Body::System(before)) = (&mut self.body, before) else {
            return;
        };
        if let (Some(is), Some(was)) = (now.booted_at_ms, before.booted_at_ms)
            && is.abs_diff(was) <= START_TOLERANCE_MS.unsigned_abs()
        {
            now.booted_at_ms = Some(was);
        }
    }

    /// Names of the members that are not there at all because their sensors failed this time, sorted. A list that was read
    /// in part is none of them: it is taken as it is.
    #[must_use]
    pub fn hidden(&self) -> Vec<String> {
        let hidden = self.problems.iter().filter(|problem| problem.code.hides_facts());
        let hidden = hidden.filter_map(|problem| problem.field.strip_prefix('/')?.split('/').next());
        let mut names: Vec<&str> = hidden.collect();
        names.sort_unstable();
        names.dedup();
        if names.is_empty() {
            return Vec::new();
        }
        let value = self.body.to_value();
        names.retain(|name| value.get(name).is_some_and(is_nothing));
        names.into_iter().map(str::to_owned).collect()
    }

    fn keep_hidden(&mut self, before: &Body) {
        let names = self.hidden();
        if names.is_empty() {
            return;
        }
        let (Value::Object(mut now), Value::Object(mut earlier)) = (self.body.to_value(), before.to_value())
        else {
            return;
        };
        for name in names {
            if let Some(was) = earlier.remove(&name) {
                now.insert(name, was);
            }
        }
        if let Some(body) = Body::of_value(before.section(), Value::Object(now)) {
            self.body = body;
        }
    }
}

fn is_nothing(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Array(items) => items.is_empty(),
        Value::Object(members) => members.values().all(is_nothing),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use crate::software::{Service, Software};
    use crate::{Body, Problem, ProblemCode, Read, Section, System, hash, samples};

    fn started(at: i64) -> Read {
        Read {
            body: Body::System(System {
                booted_at_ms: Some(at),
                ..System::default()
            }),
            problems: Vec::new(),
        }
    }

    #[test]
    fn the_same_start_is_told_the_same() {
        let before = started(1_700_000_040_000).body;
        let mut now = started(1_700_000_100_000);
        now.settle(&before);
        assert_eq!(hash(&now.body), hash(&before));
        let mut again = started(1_700_000_400_000);
        again.settle(&before);
        assert_ne!(hash(&again.body), hash(&before));
        let mut other = started(1_700_000_040_001);
        other.settle(&Body::empty(Section::Disks));
        assert_eq!(other, started(1_700_000_040_001));
    }

    #[test]
    fn what_could_not_be_seen_is_not_gone() {
        let services = Body::Software(Software {
            services: vec![Service {
                name: Some("ssh.service".into()),
                ..Service::default()
            }],
            ..Software::default()
        });
        let read = |code| Read {
            body: Body::empty(Section::Software),
            problems: vec![Problem {
                field: "/services".into(),
                code,
                detail: "systemd".into(),
            }],
        };
        let mut hidden = read(ProblemCode::TimedOut);
        assert_eq!(hidden.hidden(), ["services"]);
        hidden.settle(&services);
        assert_eq!(hidden.hidden(), [""; 0], "it is there now");
        assert_eq!(hidden.body, services);
        let mut gone = read(ProblemCode::NotAvailable);
        assert_eq!(gone.hidden(), [""; 0]);
        gone.settle(&services);
        assert_eq!(gone.body, Body::empty(Section::Software));
    }

    #[test]
    fn problems_of_any_shape_are_survived() {
        for before in samples::all() {
            for field in [
                "",
                "/",
                "//",
                "x",
                "/~1",
                "/volatile",
                "/packages/7/version",
                "/é",
            ] {
                let mut read = Read {
                    body: Body::empty(before.section()),
                    problems: vec![Problem {
                        field: field.into(),
                        code: ProblemCode::Failed,
                        detail: String::new(),
                    }],
                };
                read.settle(&before);
            }
        }
    }
}
