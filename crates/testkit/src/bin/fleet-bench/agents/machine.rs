//! One machine: its enrollment, what its inventory is after so many rounds, and how busy it is.

use std::net::Ipv4Addr;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, PoisonError};

use anyhow::ensure;
use farol_inventory::{Read, Section, hash};
use farol_protocol::ids::InstallId;
use farol_protocol::limits::METRICS_EVERY;
use farol_protocol::link::{InventorySection, MetricSample, SectionHash};
use farol_testkit::bench::{found, rows};
use farol_testkit::{Enrolled, evidence, new_key};
use hyper::Method;
use serde_json::json;

use super::source;
use crate::way::Way;

/// A machine that is enrolled.
pub(crate) struct Machine {
    pub(crate) number: u32,
    pub(crate) source: Ipv4Addr,
    pub(crate) enrolled: Enrolled,
    /// The round, and the hashes of all sections in it: they are said with every link, and made once.
    held: Mutex<(u32, Vec<SectionHash>)>,
    /// Minutes of which it said how busy it was.
    minutes: AtomicU32,
}

impl Machine {
    /// Enrolls a machine that nobody knows, from an address of its own.
    pub(crate) async fn enroll(way: &Way, token: &str, number: u32) -> anyhow::Result<Self> {
        let source = source(number);
        let state = (new_key()?, InstallId(rows::install(number)));
        let evidence = evidence(number, number);
        let mut body = Enrolled::request(token, &state, &evidence);
        body["hostname"] = json!(format!("pc-{number}"));
        let request = (Method::POST, "/api/agent/enroll");
        let (status, answer) = way.ask(source).await?.send(request, None, Some(&body)).await?;
        ensure!(status == 201, "{status}: {answer}");
        Ok(Self {
            number,
            source,
            enrolled: Enrolled::from_answer(&answer, state, evidence)?,
            held: Mutex::default(),
            minutes: AtomicU32::default(),
        })
    }

    /// The hashes of all sections; of rounds behind the first only those that changed, unless all are asked for.
    pub(crate) fn held(&self, round: u32, all: bool) -> Vec<SectionHash> {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        let before = if held.0 == round {
            held.1.clone()
        } else {
            let before = std::mem::take(&mut held.1);
            let sections = Section::ALL.map(|section| self.section(section, round).of);
            *held = (round, sections.to_vec());
            before
        };
        let mut said = held.1.clone();
        if !all {
            said.retain(|of| !before.contains(of));
        }
        said
    }

    /// How busy it was in the next minute: more and less by turns, each machine at its own time, as a computer of an office is.
    pub(crate) fn sample(&self) -> MetricSample {
        let minute = self.minutes.fetch_add(1, Ordering::Relaxed);
        let wave = minute.wrapping_mul(7).wrapping_add(self.number.wrapping_mul(13)) % 40;
        let big = u64::from(wave);
        MetricSample {
            seconds: u32::try_from(METRICS_EVERY.as_secs()).unwrap_or(u32::MAX),
            cpu_permille: Some(20 + 10 * wave),
            memory_used_mib: Some(3_000 + 25 * big),
            memory_total_mib: Some(8_000),
            swap_used_mib: Some(0),
            load_centi: Some(5 * wave),
            disk_read_bps: Some(4_000 * big),
            disk_written_bps: Some(30_000 + 10_000 * big),
            net_received_bps: Some(12_000 * big),
            net_sent_bps: Some(3_000 * big),
            root_used_mib: Some(120_000 + u64::from(minute)),
            root_total_mib: Some(476_000),
            temperature_decidegrees: Some(400 + 5 * i32::try_from(wave).unwrap_or(0)),
        }
    }

    /// A section as it is delivered.
    pub(crate) fn section(&self, section: Section, round: u32) -> InventorySection {
        let read = Read {
            body: found::body(section, self.number, round),
            problems: Vec::new(),
        };
        let read = read.cleaned();
        InventorySection {
            of: SectionHash {
                section: section.name().to_owned(),
                hash: hash(&read.body),
            },
            body: read.to_json(),
        }
    }
}
