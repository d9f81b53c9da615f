//! Sensors of a machine that does not exist, which a test plays with.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, SystemTime};

use farol_inventory::software::{Package, Updates};
use farol_inventory::{Body, Problem, Read, Section, Software};
use farol_platform::inventory::fake::inventory;

use super::Sensors;

/// Everything is as the platform's fake has it until a test says otherwise.
#[derive(Default)]
pub(crate) struct FakeSensors {
    parts: Mutex<Parts>,
}

#[derive(Default)]
struct Parts {
    changed: BTreeMap<Section, Read>,
    broken: Option<Section>,
    /// These do not come back while they are here.
    hanging: BTreeSet<Section>,
    /// What was read, in order.
    reads: Vec<Section>,
    reading: usize,
    most: usize,
    takes: Duration,
}

impl FakeSensors {
    pub(crate) fn new() -> Arc<Self> {
        Arc::default()
    }

    fn lock(&self) -> MutexGuard<'_, Parts> {
        self.parts.lock().unwrap()
    }

    /// So many packages are installed from now on.
    pub(crate) fn install(&self, packages: usize) {
        let package = |at: usize| Package {
            manager: Some("dpkg".into()),
            name: Some(format!("package-{at}")),
            version: Some("1.0".into()),
            ..Package::default()
        };
        let body = Body::Software(Software {
            packages: (0..packages).map(package).collect(),
            ..Software::default()
        });
        let problems = Vec::new();
        let read = Read { body, problems }.cleaned();
        self.lock().changed.insert(Section::Software, read);
    }

    /// This section's sensors panic.
    pub(crate) fn break_down(&self, section: Section) {
        self.lock().broken = Some(section);
    }

    /// These sections' sensors hang, until other ones do.
    pub(crate) fn hang(&self, sections: &[Section]) {
        self.lock().hanging = sections.iter().copied().collect();
    }

    /// Each reading takes this long.
    pub(crate) fn slow_down(&self, takes: Duration) {
        self.lock().takes = takes;
    }

    /// What was read so far.
    pub(crate) fn reads(&self) -> Vec<Section> {
        self.lock().reads.clone()
    }

    /// Most readings at one moment.
    pub(crate) fn most(&self) -> usize {
        self.lock().most
    }

    /// What a reading of the section finds.
    pub(crate) fn now(&self, section: Section) -> Read {
        let changed = self.lock().changed.get(&section).cloned();
        changed.unwrap_or_else(|| inventory("box", section))
    }
}

impl Sensors for FakeSensors {
    fn read(&self, section: Section) -> Read {
        let (takes, broken) = {
            let mut parts = self.lock();
            parts.reads.push(section);
            parts.reading += 1;
            parts.most = parts.most.max(parts.reading);
            (parts.takes, parts.broken == Some(section))
        };
        std::thread::sleep(takes);
        while self.lock().hanging.contains(&section) {
            std::thread::sleep(Duration::from_millis(5));
        }
        self.lock().reading -= 1;
        assert!(!broken, "the test lets this sensor fail");
        self.now(section)
    }

    fn pending_updates(&self) -> (Updates, Vec<Problem>) {
        (Updates::default(), Vec::new())
    }

    fn updates_stamp(&self) -> Option<SystemTime> {
        None
    }
}
