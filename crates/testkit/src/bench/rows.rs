//! Writes the rows of many machines at once, as their enrollments would have left them.

use std::net::Ipv4Addr;
use std::sync::Arc;

use anyhow::Context;
use farol_protocol::ids::{InstallId, MachineId as WireMachineId, RunId};
use farol_server::clock::Timestamp;
use farol_server::ids::{MachineId, OrganizationId, SiteId};
use farol_server::store::entities::machine::{Door, MachineState};
use farol_server::store::entities::machine_key::KeyState;
use farol_server::store::entities::{machine, machine_evidence, machine_key, site};
use farol_server::{Ctx, machines, organizations};
use sea_orm::{ActiveModelTrait, EntityTrait, IntoActiveModel};
use serde_json::json;

use crate::{Enrolled, evidence, new_key, viewer_key};

/// Machines of one statement; three dozen values each, and SQLite takes 32 766.
const CHUNK: u32 = 500;

/// The installation of the machine with this number.
#[must_use]
pub fn install(number: u32) -> [u8; 16] {
    let mut bytes = [0x5e; 16];
    bytes[..4].copy_from_slice(&number.to_be_bytes());
    bytes
}

/// Adds `count` machines to the first organization.
///
/// # Errors
/// The server is not set up; the database refuses.
pub async fn seed(ctx: &Ctx, count: u32) -> anyhow::Result<Vec<Enrolled>> {
    let organizations = organizations::all(ctx.db.read()).await?;
    let organization = organizations.first().context("no organization")?.id;
    let site = site::Entity::find()
        .one(ctx.db.read())
        .await?
        .context("no site")?
        .id;
    let server = ctx.identity.current().public();
    let mut known = Vec::new();
    let tx = ctx.db.write().await?;
    for first in (0..count).step_by(usize::try_from(CHUNK)?) {
        let (mut machines, mut keys, mut values) = (Vec::new(), Vec::new(), Vec::new());
        for number in first..count.min(first + CHUNK) {
            let (id, key) = (MachineId::new(), new_key()?);
            let enrolled = Enrolled {
                machine: WireMachineId(id.bytes()),
                server,
                install: InstallId(install(number)),
                run: RunId(install(number)),
                counter: Arc::default(),
                evidence: evidence(number, number),
                pipe_key: viewer_key(),
                key,
            };
            machines.push(
                row((organization, site, id), &enrolled, number)
                    .into_active_model()
                    .reset_all(),
            );
            let key = machine_key::Model {
                public_key: enrolled.key.public().to_bytes().to_vec(),
                organization_id: organization,
                machine_id: id,
                state: KeyState::Current,
                added_at: Timestamp(1),
                ended_at: None,
            };
            keys.push(key.into_active_model().reset_all());
            for value in enrolled.evidence.values() {
                let value = machine_evidence::Model {
                    machine_id: id,
                    kind: value.kind.code().into(),
                    value: value.value,
                    organization_id: organization,
                };
                values.push(value.into_active_model().reset_all());
            }
            known.push(enrolled);
        }
        machine::Entity::insert_many(machines)
            .exec_without_returning(&tx)
            .await?;
        machine_key::Entity::insert_many(keys)
            .exec_without_returning(&tx)
            .await?;
        machine_evidence::Entity::insert_many(values)
            .exec_without_returning(&tx)
            .await?;
    }
    tx.commit().await?;
    machines::search::complete(ctx).await?;
    Ok(known)
}

/// Of the machines, by turns.
const DEPARTMENTS: [&str; 4] = ["Accounting", "Sales", "Contabilidade", "Expedição"];

fn row(
    (organization_id, site_id, id): (OrganizationId, SiteId, MachineId),
    enrolled: &Enrolled,
    number: u32,
) -> machine::Model {
    let evidence = &enrolled.evidence;
    machine::Model {
        pipe_key: None,
        id,
        organization_id,
        site_id,
        name: format!("pc-{number}"),
        hostname: format!("pc-{number}"),
        state: MachineState::Active,
        door: Door::Agent,
        install_id: enrolled.install.to_string(),
        install_counter: 0,
        evidence: json!({
            "smbios_uuid": evidence.smbios_uuid, "os_install_id": evidence.os_install_id,
            "board_serial": evidence.board_serial, "system_serial": evidence.system_serial,
            "disk_serials": evidence.disk_serials,
        }),
        machine_uid: evidence.uid().map(|uid| uid.to_string()),
        labels: json!({ "department": DEPARTMENTS[number as usize % DEPARTMENTS.len()], "device_type": "laptop", "tags": ["lab"] }),
        os_family: "linux".into(),
        os_name: "Debian GNU/Linux".into(),
        os_version: "12".into(),
        os_arch: "x86_64".into(),
        agent_version: "0.1.0".into(),
        users: json!([{ "name": format!("user{}", number % 500), "since_ms": null }]),
        screen: None,
        capabilities: json!(["screen", "input", "clipboard"]),
        address: Some(Ipv4Addr::from_bits(0x0a00_0000 + number).to_string()),
        enrolled_at: Timestamp(1),
        enrollment_token_id: None,
        last_seen_at: None,
        blocked_at: None,
        blocked_by: None,
        blocked_by_kind: None,
        block_reason: None,
        merged_into: None,
        merged_at: None,
        trusts: None,
        rotation_asked_at: None,
        helpdesk_at: None,
        one_time: false,
        version: 1,
    }
}
