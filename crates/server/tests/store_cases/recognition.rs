//! Recognition over rows: what is shared within an organization and never across, what is learned, what is merged.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use farol_protocol::identity::MachineKey;
use farol_protocol::ids::InstallId;
use farol_protocol::token::EnrollmentToken as TokenText;
use farol_server::accounts::Caller;
use farol_server::enrollment::{self, Approval, EnrollAnswer, EnrollRequest, Keeper, NewToken};
use farol_server::ids::{MachineId, QuarantineId, SiteId};
use farol_server::machines::Labels;
use farol_server::organizations::NewName;
use farol_server::rights::{Rights, RoleKey};
use farol_server::store::entities::{audit_entry, machine, machine_key, non_unique_value, quarantine};
use farol_server::{Ctx, organizations, recognition};
use sea_orm::{ActiveModelTrait, EntityTrait, IntoActiveModel, PaginatorTrait};
use serde_json::json;

use crate::common::rule_request;

/// Another organization; its site.
pub(super) async fn other_organization(ctx: &Ctx) -> SiteId {
    let by = Caller::command_line(ctx).await.unwrap();
    let wanted = NewName { name: "Other".into() };
    let made = organizations::create(ctx, &by, wanted).await.unwrap();
    organizations::sites_of(ctx.db.read(), &[made.id]).await.unwrap()[0].id
}

pub(super) async fn token(ctx: &Ctx, site: Option<SiteId>, approval: Approval) -> String {
    let wanted = NewToken {
        name: "case".into(),
        site_id: site,
        labels: Labels::default(),
        max_uses: None,
        expires_in_seconds: 3600,
        approval: Some(approval),
        networks: Vec::new(),
    };
    let keeper = Keeper::command_line(ctx).await.unwrap();
    enrollment::create(ctx, &keeper, wanted).await.unwrap().token
}

/// An agent's request; `machine` says which hardware, `key` which state.
pub(super) fn request(token: &str, key: u8, machine: u32) -> EnrollRequest {
    let nonce = [key; 32];
    let secret = MachineKey::from_seed(&[key; 32]);
    let signature = secret.sign_enrollment(&nonce, &TokenText::parse(token).unwrap());
    serde_json::from_value(json!({
        "token": token, "machine_key": secret.public().to_base64url(), "nonce": URL_SAFE_NO_PAD.encode(nonce),
        "signature": URL_SAFE_NO_PAD.encode(signature), "install_id": InstallId([key; 16]).to_string(),
        "hostname": "pc", "os": {}, "agent_version": "1.0.0",
        "evidence": {
            "smbios_uuid": format!("4c4c4544-0042-3510-8054-{machine:012x}"),
            "board_serial": format!("board-{machine}"), "disk_serials": [format!("disk-{machine}")],
        },
    }))
    .unwrap()
}

pub(super) async fn enroll(ctx: &Ctx, request: EnrollRequest) -> Result<MachineId, String> {
    match enrollment::enroll(ctx, &rule_request().info, request).await {
        Ok(EnrollAnswer::Enrolled(enrolled)) => Ok(enrolled.machine_id),
        Ok(EnrollAnswer::Waiting(waiting)) => Err(waiting.reason),
        Err(error) => Err(error.code().as_str().to_owned()),
    }
}

pub async fn the_same_hardware_in_two_organizations_is_two_machines(ctx: Ctx) {
    let other = other_organization(&ctx).await;
    let here = token(&ctx, None, Approval::Automatic).await;
    let there = token(&ctx, Some(other), Approval::Automatic).await;
    let one = enroll(&ctx, request(&here, 1, 1)).await.unwrap();
    let two = enroll(&ctx, request(&there, 2, 1)).await.unwrap();
    assert_ne!(one, two);
    // The key of one organization's machine opens nothing in the other.
    assert_eq!(
        enroll(&ctx, request(&there, 1, 1)).await,
        Err("already_enrolled".into())
    );
    // A reinstallation is found in its own organization.
    assert_eq!(enroll(&ctx, request(&here, 3, 1)).await, Ok(one));
    assert_eq!(enroll(&ctx, request(&there, 4, 1)).await, Ok(two));
    let organizations = organizations::all(ctx.db.read()).await.unwrap();
    for machine in machine::Entity::find().all(ctx.db.read()).await.unwrap() {
        assert!(
            organizations
                .iter()
                .any(|organization| organization.id == machine.organization_id)
        );
    }
}

pub async fn a_value_on_three_machines_counts_no_more(ctx: Ctx) {
    let token = token(&ctx, None, Approval::Automatic).await;
    let with_uuid = |key: u8| {
        let mut request = request(&token, key, key.into());
        request.evidence.smbios_uuid = "deadbeef-0042-3510-8054-000000000001".into();
        request
    };
    // The first two look doubtful side by side: a board serial differs under the same UUID.
    let first = enroll(&ctx, with_uuid(1)).await.unwrap();
    assert_eq!(enroll(&ctx, with_uuid(2)).await, Err("partial".into()));
    let by = crate::common::owner(&ctx).await.caller;
    for key in [2, 3] {
        if key == 3 {
            assert_eq!(enroll(&ctx, with_uuid(3)).await, Err("partial".into()));
        }
        let entries = quarantine::Entity::find().all(ctx.db.read()).await.unwrap();
        let entry = entries
            .iter()
            .find(|entry| entry.machine_key == public(key))
            .unwrap();
        recognition::approve(&ctx, &by, entry.id, &recognition::Approval::New)
            .await
            .unwrap();
    }
    assert_eq!(
        non_unique_value::Entity::find()
            .count(ctx.db.read())
            .await
            .unwrap(),
        1
    );
    // Now it is known to be filler: the fourth is simply new.
    let fourth = enroll(&ctx, with_uuid(4)).await.unwrap();
    assert_ne!(first, fourth);
    assert_eq!(machine::Entity::find().count(ctx.db.read()).await.unwrap(), 4);
}

pub(super) fn public(key: u8) -> Vec<u8> {
    MachineKey::from_seed(&[key; 32]).public().to_bytes().to_vec()
}

pub async fn approval_modes_let_nobody_in_unseen(ctx: Ctx) {
    let first = token(&ctx, None, Approval::First).await;
    let doubtful = token(&ctx, None, Approval::WhenDoubtful).await;
    assert_eq!(
        enroll(&ctx, request(&first, 1, 1)).await,
        Err("approve_first".into())
    );
    // Asking again is the same request.
    assert_eq!(
        enroll(&ctx, request(&first, 1, 1)).await,
        Err("approve_first".into())
    );
    assert_eq!(quarantine::Entity::find().count(ctx.db.read()).await.unwrap(), 1);
    assert_eq!(machine_key::Entity::find().count(ctx.db.read()).await.unwrap(), 0);
    let new = enroll(&ctx, request(&doubtful, 2, 2)).await.unwrap();
    assert_eq!(
        enroll(&ctx, request(&doubtful, 3, 2)).await,
        Err("reinstalled".into())
    );
    let mut sandbox = request(&token(&ctx, None, Approval::Automatic).await, 4, 4);
    sandbox.hostname = "SANDBOX-PC".into();
    assert_eq!(enroll(&ctx, sandbox).await, Err("sandbox".into()));
    let by = crate::common::owner(&ctx).await.caller;
    let entries = quarantine::Entity::find().all(ctx.db.read()).await.unwrap();
    let entry = entries
        .iter()
        .find(|entry| entry.reason == "reinstalled")
        .unwrap();
    let same = recognition::Approval::Machine { machine_id: new };
    recognition::approve(&ctx, &by, entry.id, &same).await.unwrap();
    assert_eq!(enroll(&ctx, request(&doubtful, 3, 2)).await, Ok(new));
    // The key that was there before is worth nothing.
    assert_eq!(
        enroll(&ctx, request(&doubtful, 2, 2)).await,
        Err("key_retired".into())
    );
    let refused = entries.iter().find(|entry| entry.reason == "sandbox").unwrap();
    recognition::refuse(&ctx, &by, refused.id, "an antivirus")
        .await
        .unwrap();
    let again = recognition::refuse(&ctx, &by, refused.id, "").await.unwrap_err();
    assert_eq!(again.code().as_str(), "conflict");
}

pub async fn who_waits_is_counted(ctx: Ctx) {
    let other = other_organization(&ctx).await;
    let here = token(&ctx, None, Approval::First).await;
    let there = token(&ctx, Some(other), Approval::First).await;
    let owner = crate::common::owner(&ctx).await.caller;
    let by = Caller {
        rights: Rights::of_role(RoleKey::Owner, owner.rights.organizations()[0]),
        ..owner
    };
    let waiting = async || recognition::counts(&ctx, &by).await.unwrap().waiting;
    assert_eq!(waiting().await, 0);
    // More than a page of the list.
    for key in 1..=55 {
        assert_eq!(
            enroll(&ctx, request(&here, key, key.into())).await,
            Err("approve_first".into())
        );
    }
    // The other organization is none of the caller's.
    assert_eq!(
        enroll(&ctx, request(&there, 56, 56)).await,
        Err("approve_first".into())
    );
    assert_eq!(waiting().await, 55);
    let entries = quarantine::Entity::find().all(ctx.db.read()).await.unwrap();
    let mine = |key| {
        entries
            .iter()
            .find(|entry| entry.machine_key == public(key))
            .unwrap()
            .id
    };
    recognition::refuse(&ctx, &by, mine(1), "").await.unwrap();
    recognition::approve(&ctx, &by, mine(2), &recognition::Approval::New)
        .await
        .unwrap();
    assert_eq!(waiting().await, 53);
}

pub async fn a_full_quarantine_takes_nobody_and_one_decision_makes_room(ctx: Ctx) {
    let first = token(&ctx, None, Approval::First).await;
    let by = crate::common::owner(&ctx).await.caller;
    assert_eq!(
        enroll(&ctx, request(&first, 1, 1)).await,
        Err("approve_first".into())
    );
    let template = quarantine::Entity::find()
        .one(ctx.db.read())
        .await
        .unwrap()
        .unwrap();
    let missing = recognition::WAITING_MAX - 1;
    let rows: Vec<_> = (0..missing)
        .map(|number| {
            let row = quarantine::Model {
                id: QuarantineId::new(),
                copy_key: [[0; 24].as_slice(), number.to_be_bytes().as_slice()].concat(),
                machine_key: [[1; 24].as_slice(), number.to_be_bytes().as_slice()].concat(),
                ..template.clone()
            };
            row.into_active_model().reset_all()
        })
        .collect();
    let tx = ctx.db.write().await.unwrap();
    for some in rows.chunks(500) {
        quarantine::Entity::insert_many(some.to_vec())
            .exec_without_returning(&tx)
            .await
            .unwrap();
    }
    tx.commit().await.unwrap();
    let entries = async || audit_entries(&ctx).await;
    let before = entries().await;
    assert_eq!(
        enroll(&ctx, request(&first, 2, 2)).await,
        Err("quarantine_full".into())
    );
    assert_eq!(entries().await, before, "who is turned away writes nothing");
    // Whoever is in keeps the place, and a machine that need not wait is let in.
    assert_eq!(
        enroll(&ctx, request(&first, 1, 1)).await,
        Err("approve_first".into())
    );
    let automatic = token(&ctx, None, Approval::Automatic).await;
    enroll(&ctx, request(&automatic, 3, 3)).await.unwrap();
    recognition::refuse(&ctx, &by, template.id, "").await.unwrap();
    assert_eq!(
        enroll(&ctx, request(&first, 2, 2)).await,
        Err("approve_first".into())
    );
    assert_eq!(
        recognition::counts(&ctx, &by).await.unwrap().waiting,
        recognition::WAITING_MAX
    );
}

async fn audit_entries(ctx: &Ctx) -> u64 {
    audit_entry::Entity::find().count(ctx.db.read()).await.unwrap()
}
