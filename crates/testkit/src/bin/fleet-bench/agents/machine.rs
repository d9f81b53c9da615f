//! One machine: its enrollment, and what its inventory is after so many rounds.

use std::net::Ipv4Addr;
use std::sync::{Mutex, PoisonError};

use anyhow::ensure;
use farol_inventory::{Read, Section, hash};
use farol_protocol::ids::InstallId;
use farol_protocol::link::{InventorySection, SectionHash};
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
