//! Machines over rows: keys that are changed, records that are merged, installations that take each other's place.

use std::time::Duration;

use farol_protocol::evidence::Evidence;
use farol_protocol::identity::MachineKey;
use farol_protocol::ids::{InstallId, RunId};
use farol_protocol::link::{Established, Facts, GoodbyeReason, Installation, NewMachineKey, OperatingSystem};
use farol_protocol::pipe::PipeKey;
use farol_server::accounts::Caller;
use farol_server::audit::{self, AuditFilter};
use farol_server::enrollment::{Approval, INTERNAL_LIFE};
use farol_server::http::{IfMatch, PageQuery};
use farol_server::ids::{MachineId, QuarantineId};
use farol_server::recognition::Outcome;
use farol_server::store::entities::{
    enrollment_token, machine, machine_key, machine_words, non_unique_value, quarantine,
};
use farol_server::{Ctx, machines, recognition};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

use super::recognition::{enroll, request, token};

fn key(seed: u8) -> MachineKey {
    MachineKey::from_seed(&[seed; 32])
}

/// What an agent says that made itself the key `new` while it held `old`.
fn offer(machine: MachineId, old: u8, new: u8) -> NewMachineKey {
    let (old, new) = (key(old), key(new));
    let wire = farol_protocol::ids::MachineId(machine.bytes());
    NewMachineKey {
        key: new.public(),
        signature_by_old: old.sign_rotation(wire, &old.public(), &new.public()),
        signature_by_new: new.sign_rotation(wire, &old.public(), &new.public()),
    }
}

pub async fn a_key_that_was_replaced_changes_no_key(ctx: Ctx) {
    let token = token(&ctx, None, Approval::Automatic).await;
    let machine = enroll(&ctx, request(&token, 1, 1)).await.unwrap();
    let claim = recognition::claim(&ctx, machine, key(1).public())
        .await
        .unwrap()
        .unwrap();
    let asked = async |ctx: &Ctx| {
        let tx = ctx.db.write().await.unwrap();
        machine::Entity::update_many()
            .col_expr(
                machine::Column::RotationAskedAt,
                Expr::value(Some(ctx.clock.now())),
            )
            .filter(machine::Column::Id.eq(machine))
            .exec(&tx)
            .await
            .unwrap();
        tx.commit().await.unwrap();
    };
    asked(&ctx).await;
    // While it has its link, a reinstallation takes the place.
    assert_eq!(enroll(&ctx, request(&token, 2, 1)).await, Ok(machine));
    assert!(
        !machines::change_key(&ctx, &claim, (&offer(machine, 1, 3), [192, 0, 2, 1].into()))
            .await
            .unwrap()
    );
    let current = machine_key::Entity::find()
        .filter(machine_key::Column::State.eq(machine_key::KeyState::Current))
        .all(ctx.db.read())
        .await
        .unwrap();
    assert_eq!(current.len(), 1);
    assert_eq!(current[0].public_key, key(2).public().to_bytes());
    // Whose key counts changes it.
    let claim = recognition::claim(&ctx, machine, key(2).public())
        .await
        .unwrap()
        .unwrap();
    assert!(
        machines::change_key(&ctx, &claim, (&offer(machine, 2, 4), [192, 0, 2, 1].into()))
            .await
            .unwrap()
    );
    asked(&ctx).await;
    assert!(
        !machines::change_key(&ctx, &claim, (&offer(machine, 2, 5), [192, 0, 2, 1].into()))
            .await
            .unwrap()
    );
}

/// What an agent says at its hello: state and counter, on which hardware.
fn about(state: u8, counter: u64, machine: u32) -> Established {
    Established {
        facts: Facts {
            hostname: "pc".into(),
            os: OperatingSystem::default(),
            users: Vec::new(),
            agent_version: "1.0.0".into(),
            screen: None,
        },
        capabilities: Vec::new(),
        run: RunId([state; 16]),
        installation: Installation {
            id: InstallId([state; 16]),
            counter,
            evidence: Evidence::from(request_evidence(machine)),
        },
        pipe_key: PipeKey::from_seed([7; 32]).public(),
    }
}

fn request_evidence(machine: u32) -> recognition::EvidenceView {
    recognition::EvidenceView {
        smbios_uuid: format!("4c4c4544-0042-3510-8054-{machine:012x}"),
        board_serial: format!("board-{machine}"),
        disk_serials: vec![format!("disk-{machine}")],
        ..recognition::EvidenceView::default()
    }
}

pub(super) async fn hello(
    ctx: &Ctx,
    machine: MachineId,
    (state, counter, hardware): (u8, u64, u32),
) -> Outcome {
    let claim = recognition::claim(ctx, machine, key(state).public())
        .await
        .unwrap()
        .unwrap();
    let address = crate::common::rule_request().info.address;
    recognition::hello(ctx, &claim, &about(state, counter, hardware), address)
        .await
        .unwrap()
}

async fn only_entry(ctx: &Ctx) -> QuarantineId {
    let entries = quarantine::Entity::find().all(ctx.db.read()).await.unwrap();
    assert_eq!(entries.len(), 1);
    entries[0].id
}

pub async fn one_approval_admits_one_machine(ctx: Ctx) {
    let by = crate::common::owner(&ctx).await.caller;
    let token = token(&ctx, None, Approval::Automatic).await;
    let machine = enroll(&ctx, request(&token, 1, 1)).await.unwrap();
    let waits = hello(&ctx, machine, (1, 1, 2)).await;
    assert!(matches!(
        waits,
        Outcome::Goodbye {
            reason: GoodbyeReason::Quarantined,
            ..
        }
    ));
    let entry = only_entry(&ctx).await;
    recognition::approve(&ctx, &by, entry, &recognition::Approval::New)
        .await
        .unwrap();
    let mut tokens = Vec::new();
    for counter in 2..=3 {
        match hello(&ctx, machine, (1, counter, 2)).await {
            Outcome::Reidentify(token) => tokens.push(token.0),
            other => panic!("{other:?}"),
        }
    }
    let refused = Err("enrollment_token_invalid".into());
    assert_eq!(enroll(&ctx, request(&tokens[0], 2, 2)).await, refused);
    let own = enroll(&ctx, request(&tokens[1], 3, 2)).await.unwrap();
    assert_ne!(own, machine);
    // Even if both were good: a race of two hellos on PostgreSQL.
    let tx = ctx.db.write().await.unwrap();
    let none: Option<farol_server::clock::Timestamp> = None;
    enrollment_token::Entity::update_many()
        .col_expr(enrollment_token::Column::RevokedAt, Expr::value(none))
        .exec(&tx)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    assert_eq!(enroll(&ctx, request(&tokens[0], 4, 2)).await, refused);
    assert_eq!(machine::Entity::find().all(ctx.db.read()).await.unwrap().len(), 2);

    // What the server made for itself does not stay for ever.
    let internal = async || {
        let tokens = enrollment_token::Entity::find()
            .filter(enrollment_token::Column::Internal.eq(true))
            .all(ctx.db.read());
        tokens.await.unwrap().len()
    };
    ctx.clock.advance(INTERNAL_LIFE);
    recognition::forget_stale(&ctx).await.unwrap();
    assert_eq!(internal().await, 2, "whoever lost an answer may ask again");
    ctx.clock.advance(Duration::from_secs(31 * 24 * 3600));
    recognition::forget_stale(&ctx).await.unwrap();
    assert_eq!(internal().await, 0);
}

pub async fn rows_that_were_left_behind_do_not_make_a_value_worthless(ctx: Ctx) {
    let by = crate::common::owner(&ctx).await.caller;
    let token = token(&ctx, None, Approval::Automatic).await;
    let learned = async || {
        let values = non_unique_value::Entity::find().all(ctx.db.read());
        values.await.unwrap().len()
    };
    // Machines of different disks under one board serial; who has to wait is let in as a machine of its own.
    let admit = async |state: u8| {
        let mut asks = request(&token, state, state.into());
        asks.evidence.board_serial = "one-for-all".into();
        if let Ok(machine) = enroll(&ctx, asks).await {
            return machine;
        }
        self::admit(&ctx, &by, state).await
    };
    let mut machines = Vec::new();
    for state in 1..=3 {
        machines.push(admit(state).await);
        ctx.clock.advance(Duration::from_secs(16 * 60));
    }
    assert_eq!(learned().await, 0, "none was alive together with another");
    for state in 4..=6 {
        machines.push(admit(state).await);
    }
    assert_eq!(learned().await, 1);
    // Silence alone makes it count no more than before.
    ctx.clock.advance(Duration::from_secs(24 * 3600));
    recognition::forget_stale(&ctx).await.unwrap();
    assert_eq!(learned().await, 1);
    for machine in machines.drain(..4) {
        farol_server::machines::remove(&ctx, &by, machine).await.unwrap();
    }
    recognition::forget_stale(&ctx).await.unwrap();
    assert_eq!(learned().await, 0);
}

pub async fn merges_at_the_same_moment_make_no_circle(ctx: Ctx) {
    let by = crate::common::owner(&ctx).await.caller;
    let token = token(&ctx, None, Approval::Automatic).await;
    for round in 0..4_u8 {
        let one = enroll(&ctx, request(&token, 10 * round + 1, u32::from(10 * round + 1)));
        let two = enroll(&ctx, request(&token, 10 * round + 2, u32::from(10 * round + 2)));
        let (one, two) = (one.await.unwrap(), two.await.unwrap());
        let (there, back) = tokio::join!(
            machines::merge(&ctx, &by, one, two),
            machines::merge(&ctx, &by, two, one),
        );
        let refused = match (there, back) {
            (Ok(_), Err(error)) | (Err(error), Ok(_)) => error,
            other => panic!("{other:?}"),
        };
        assert_eq!(refused.code().as_str(), "conflict");
        let shown = machines::get(&ctx, &by, one).await.unwrap().id;
        assert_eq!(machines::get(&ctx, &by, two).await.unwrap().id, shown);
        assert_eq!(machines::records(ctx.db.read(), shown).await.unwrap().len(), 2);
    }
}

pub async fn nothing_is_merged_into_a_machine_that_is_removed(ctx: Ctx) {
    let by = crate::common::owner(&ctx).await.caller;
    let token = token(&ctx, None, Approval::Automatic).await;
    for round in 0..4_u8 {
        let stays = enroll(&ctx, request(&token, 10 * round + 1, u32::from(10 * round + 1)));
        let goes = enroll(&ctx, request(&token, 10 * round + 2, u32::from(10 * round + 2)));
        let (stays, goes) = (stays.await.unwrap(), goes.await.unwrap());
        let (merged, removed) = tokio::join!(
            machines::merge(&ctx, &by, goes, stays),
            machines::remove(&ctx, &by, goes),
        );
        removed.unwrap();
        let left = machine::Entity::find_by_id(stays)
            .one(ctx.db.read())
            .await
            .unwrap();
        // Merged first, it went with the machine; else it is a machine of its own.
        if let Some(left) = left {
            assert!(merged.is_err() && left.merged_into.is_none(), "{merged:?}");
        }
    }
}

pub async fn two_that_come_at_once_for_one_machine_are_one(ctx: Ctx) {
    // With a token each: uses of one follow each other by themselves.
    let mut tokens = Vec::new();
    for _ in 0..3 {
        tokens.push(token(&ctx, None, Approval::Automatic).await);
    }
    for round in 0..4_u8 {
        let hardware = u32::from(round) + 1;
        // The same hardware with two keys, and twice the same key.
        let (one, two, again) = tokio::join!(
            enroll(&ctx, request(&tokens[0], 10 * round + 1, hardware)),
            enroll(&ctx, request(&tokens[1], 10 * round + 2, hardware)),
            enroll(&ctx, request(&tokens[2], 10 * round + 1, hardware)),
        );
        let mut found: Vec<MachineId> = [one, two, again].into_iter().filter_map(Result::ok).collect();
        assert!(
            found.len() >= 2,
            "one of the keys may have been retired by the other"
        );
        found.dedup();
        assert_eq!(found.len(), 1);
        let rows = machine::Entity::find().all(ctx.db.read()).await.unwrap();
        assert_eq!(rows.len(), usize::from(round) + 1);
    }
}

pub async fn an_installation_of_a_merged_record_is_approved_as_its_machine(ctx: Ctx) {
    let by = crate::common::owner(&ctx).await.caller;
    let token = token(&ctx, None, Approval::Automatic).await;
    let machine = enroll(&ctx, request(&token, 1, 1)).await.unwrap();
    let record = enroll(&ctx, request(&token, 2, 2)).await.unwrap();
    let other = enroll(&ctx, request(&token, 3, 3)).await.unwrap();
    machines::merge(&ctx, &by, machine, record).await.unwrap();
    let waits = hello(&ctx, record, (2, 1, 4)).await;
    assert!(
        matches!(
            waits,
            Outcome::Goodbye {
                reason: GoodbyeReason::Quarantined,
                ..
            }
        ),
        "{waits:?}"
    );
    let entry = only_entry(&ctx).await;
    let as_machine = |machine_id| recognition::Approval::Machine { machine_id };
    let wrong = recognition::approve(&ctx, &by, entry, &as_machine(other)).await;
    assert_eq!(wrong.unwrap_err().code().as_str(), "conflict");
    let approved = recognition::approve(&ctx, &by, entry, &as_machine(machine))
        .await
        .unwrap();
    assert_eq!(
        (approved.state.as_str(), approved.result_machine_id),
        ("approved_same", Some(machine))
    );
    let welcome = hello(&ctx, record, (2, 2, 4)).await;
    assert!(
        matches!(welcome, Outcome::Welcome { go_on: None, .. }),
        "{welcome:?}"
    );
    // Whoever spoke for the machine before has lost the place.
    let before = hello(&ctx, machine, (1, 1, 1)).await;
    assert!(!matches!(before, Outcome::Welcome { .. }), "{before:?}");
}

pub async fn a_new_key_is_asked_of_the_agent_of_a_merged_record(ctx: Ctx) {
    let by = crate::common::owner(&ctx).await.caller;
    let token = token(&ctx, None, Approval::Automatic).await;
    let machine = enroll(&ctx, request(&token, 1, 1)).await.unwrap();
    let record = enroll(&ctx, request(&token, 2, 2)).await.unwrap();
    machines::merge(&ctx, &by, machine, record).await.unwrap();
    machines::ask_for_new_key(&ctx, &by, machine).await.unwrap();
    let welcome = hello(&ctx, record, (2, 1, 2)).await;
    assert!(
        matches!(welcome, Outcome::Welcome { rotate_key: true, .. }),
        "{welcome:?}"
    );
    let claim = recognition::claim(&ctx, record, key(2).public())
        .await
        .unwrap()
        .unwrap();
    assert!(
        machines::change_key(&ctx, &claim, (&offer(record, 2, 4), [192, 0, 2, 1].into()))
            .await
            .unwrap()
    );
    let welcome = hello(&ctx, machine, (1, 1, 1)).await;
    assert!(
        matches!(welcome, Outcome::Welcome { rotate_key: true, .. }),
        "{welcome:?}"
    );
}

pub async fn a_block_outlives_merging_and_parting(ctx: Ctx) {
    let by = crate::common::owner(&ctx).await.caller;
    let token = token(&ctx, None, Approval::Automatic).await;
    let machine = enroll(&ctx, request(&token, 1, 1)).await.unwrap();
    let record = enroll(&ctx, request(&token, 2, 2)).await.unwrap();
    machines::block(&ctx, &by, record, "stolen").await.unwrap();
    for (into, from) in [(machine, record), (record, machine)] {
        let refused = machines::merge(&ctx, &by, into, from).await.unwrap_err();
        assert_eq!(refused.code().as_str(), "machine_blocked");
    }
    machines::unblock(&ctx, &by, record).await.unwrap();
    machines::merge(&ctx, &by, machine, record).await.unwrap();
    // Through the identifier of either record the machine is meant.
    machines::block(&ctx, &by, record, "stolen after all")
        .await
        .unwrap();
    let parted = machines::undo(&ctx, &by, machine, record).await.unwrap();
    assert_eq!(
        parted.block.map(|block| block.reason),
        Some("stolen after all".into())
    );
    let outside = hello(&ctx, record, (2, 1, 2)).await;
    assert!(
        matches!(
            outside,
            Outcome::Goodbye {
                reason: GoodbyeReason::Blocked,
                ..
            }
        ),
        "{outside:?}"
    );
    // Nor does its hardware get in with another key.
    assert_eq!(
        enroll(&ctx, request(&token, 3, 2)).await,
        Err("uid_blocked".into())
    );
}

pub async fn of_two_names_at_once_one_wins(ctx: Ctx) {
    let by = crate::common::owner(&ctx).await.caller;
    let token = token(&ctx, None, Approval::Automatic).await;
    let machine = enroll(&ctx, request(&token, 1, 1)).await.unwrap();
    let seen = machines::get(&ctx, &by, machine).await.unwrap();
    let seen = IfMatch::seen(&seen.etag);
    let (one, two) = tokio::join!(
        machines::change(&ctx, &by, machine, (Some("one"), None), &seen),
        machines::change(&ctx, &by, machine, (Some("two"), None), &seen),
    );
    let (kept, refused) = if one.is_ok() { (one, two) } else { (two, one) };
    assert_eq!(refused.unwrap_err().code().as_str(), "version_mismatch");
    assert_eq!(
        machines::get(&ctx, &by, machine).await.unwrap().name,
        kept.unwrap().name
    );
}

pub async fn duplicates_are_what_counts_and_was_not_decided(ctx: Ctx) {
    let by = crate::common::owner(&ctx).await.caller;
    let token = token(&ctx, None, Approval::Automatic).await;
    // Two that have a disk in common, a third and a fourth that have another one.
    let mut made = Vec::new();
    for (state, disk) in [(1, 50), (2, 50), (3, 60), (4, 60)] {
        let mut asks = request(&token, state, state.into());
        asks.evidence.disk_serials = vec![format!("disk-{disk}")];
        asks.evidence.board_serial = "one-for-all".into();
        let machine = match enroll(&ctx, asks).await {
            Ok(machine) => machine,
            Err(reason) => {
                assert_eq!(reason, "partial");
                admit(&ctx, &by, state).await
            }
        };
        made.push(machine);
    }
    // The board's serial number is learned by now, so it makes nobody a duplicate.
    let pairs = async || {
        let page = recognition::duplicates(&ctx, &by).await.unwrap();
        let pairs = page.items.into_iter();
        let mut pairs: Vec<_> = pairs
            .map(|pair| (pair.first.machine.id, pair.second.machine.id, pair.agrees))
            .collect();
        pairs.sort();
        pairs
    };
    let disk = || vec!["disk_serial".to_owned()];
    assert_eq!(
        pairs().await,
        [(made[0], made[1], disk()), (made[2], made[3], disk())]
    );
    recognition::dismiss(&ctx, &by, made[0], made[1]).await.unwrap();
    assert_eq!(pairs().await, [(made[2], made[3], disk())]);
    machines::merge(&ctx, &by, made[2], made[3]).await.unwrap();
    assert_eq!(pairs().await, []);
    // One that waits is compared without it, too.
    let mut asks = request(&token, 5, 5);
    asks.evidence.disk_serials = vec!["disk-50".into()];
    asks.evidence.board_serial = "one-for-all".into();
    assert_eq!(enroll(&ctx, asks).await, Err("partial".into()));
    let page = PageQuery::default();
    let entry = recognition::list(&ctx, &by, &page, Some(true))
        .await
        .unwrap()
        .items
        .remove(0);
    assert_eq!(entry.candidates.len(), 2);
    for candidate in entry.candidates {
        assert_eq!(candidate.agrees, disk());
    }
}

/// Lets the installation with this state in as a machine of its own.
async fn admit(ctx: &Ctx, by: &Caller, state: u8) -> MachineId {
    let entries = quarantine::Entity::find().all(ctx.db.read()).await.unwrap();
    let entry = entries
        .iter()
        .find(|entry| entry.machine_key == super::recognition::public(state))
        .unwrap();
    recognition::approve(ctx, by, entry.id, &recognition::Approval::New)
        .await
        .unwrap()
        .result_machine_id
        .unwrap()
}

pub async fn every_chain_of_merges_can_be_followed(ctx: Ctx) {
    let by = crate::common::owner(&ctx).await.caller;
    let token = token(&ctx, None, Approval::Automatic).await;
    let mut made = Vec::new();
    for state in 1..=u8::try_from(machines::CHAIN_MAX).unwrap() + 2 {
        made.push(enroll(&ctx, request(&token, state, state.into())).await.unwrap());
    }
    for pair in made.windows(2).take(machines::CHAIN_MAX) {
        machines::merge(&ctx, &by, pair[1], pair[0]).await.unwrap();
    }
    let end = made[machines::CHAIN_MAX];
    let refused = machines::merge(&ctx, &by, made[machines::CHAIN_MAX + 1], end).await;
    assert_eq!(refused.unwrap_err().code().as_str(), "conflict");
    // From the first to the last, by every way.
    assert_eq!(machines::get(&ctx, &by, made[0]).await.unwrap().id, end);
    let organizations = by.rights.organizations().to_vec();
    let present = machines::present(ctx.db.read(), &organizations, &made[..1])
        .await
        .unwrap();
    assert_eq!(present[&made[0]].id, end);
    let mut records = machines::records(ctx.db.read(), end).await.unwrap();
    records.sort();
    assert_eq!(records, made[..=machines::CHAIN_MAX]);
}

pub async fn what_was_done_to_a_merged_record_is_found_under_its_machine(ctx: Ctx) {
    let by = crate::common::owner(&ctx).await.caller;
    let token = token(&ctx, None, Approval::Automatic).await;
    let machine = enroll(&ctx, request(&token, 1, 1)).await.unwrap();
    let record = enroll(&ctx, request(&token, 2, 2)).await.unwrap();
    let other = enroll(&ctx, request(&token, 3, 3)).await.unwrap();
    machines::merge(&ctx, &by, machine, record).await.unwrap();
    let of = async |id: MachineId| {
        let filter = AuditFilter {
            target_kind: Some("machine".into()),
            target_id: Some(id.to_string()),
            ..AuditFilter::default()
        };
        let page = audit::list(&ctx, &by, &PageQuery::default(), &filter)
            .await
            .unwrap();
        let entries = page.items.into_iter().filter_map(|entry| entry.target);
        let mut targets: Vec<String> = entries.map(|target| target.id).collect();
        targets.sort();
        targets
    };
    assert_eq!(
        of(machine).await,
        [machine.to_string(), machine.to_string(), record.to_string()]
    );
    assert_eq!(of(record).await, [record.to_string()]);
    assert_eq!(of(other).await, [other.to_string()]);
}

pub async fn who_asks_without_a_pause_is_noted_once_a_minute(ctx: Ctx) {
    let by = crate::common::owner(&ctx).await.caller;
    let token = token(&ctx, None, Approval::Automatic).await;
    let machine = enroll(&ctx, request(&token, 1, 1)).await.unwrap();
    let mut counter = 0;
    let mut ask = async || {
        counter += 1;
        match hello(&ctx, machine, (1, counter, 2)).await {
            Outcome::Goodbye { reason, .. } => reason,
            other => panic!("{other:?}"),
        }
    };
    let attempts = async || {
        let entries = quarantine::Entity::find().all(ctx.db.read()).await.unwrap();
        assert_eq!(entries.len(), 1);
        entries[0].attempts
    };
    for _ in 0..5 {
        assert_eq!(ask().await, GoodbyeReason::Quarantined);
    }
    assert_eq!(attempts().await, 1);
    ctx.clock.advance(Duration::from_secs(60));
    assert_eq!(ask().await, GoodbyeReason::Quarantined);
    assert_eq!(attempts().await, 2);
    // What is decided counts at once.
    let entry = only_entry(&ctx).await;
    recognition::refuse(&ctx, &by, entry, "").await.unwrap();
    assert_eq!(ask().await, GoodbyeReason::Refused);
}

pub async fn machines_are_found_by_their_words(ctx: Ctx) {
    let by = crate::common::owner(&ctx).await.caller;
    let token = token(&ctx, None, Approval::Automatic).await;
    let till = enroll(&ctx, request(&token, 1, 1)).await.unwrap();
    let other = enroll(&ctx, request(&token, 2, 2)).await.unwrap();
    let tx = ctx.db.write().await.unwrap();
    let labels =
        serde_json::json!({ "department": "Contabilidade", "device_type": "till", "tags": ["loja_7"] });
    machine::Entity::update_many()
        .col_expr(machine::Column::Name, Expr::value("Caixa AÇAÍ"))
        .col_expr(machine::Column::Labels, Expr::value(labels))
        .filter(machine::Column::Id.eq(till))
        .exec(&tx)
        .await
        .unwrap();
    machines::search::keep(&tx, till).await.unwrap();
    tx.commit().await.unwrap();
    let found = async |q: &str| {
        let page = machines::list(&ctx, &by, &PageQuery::default(), (false, q)).await;
        let ids = page.map(|page| {
            page.items
                .into_iter()
                .map(|machine| machine.id)
                .collect::<Vec<_>>()
        });
        ids.map_err(|error| error.code())
    };
    // Case and accents are the same to a search, in both directions.
    for q in ["açaí", "acai", "CAIXA contáb", "Till loja_7", "  till  "] {
        assert_eq!(found(q).await, Ok(vec![till]), "{q}");
    }
    assert_eq!(found("").await, Ok(vec![till, other]));
    // Marks of patterns mean themselves; fields' names are no words; each word has to be there.
    for q in [
        "caixa%",
        "loja?7",
        "*",
        "loja.7",
        "[c]aixa",
        "department",
        "caixa nowhere",
    ] {
        assert_eq!(found(q).await, Ok(vec![]), "{q}");
    }
    let long = "x".repeat(1_001);
    for q in ["is:nowhere", "usr:fred", "\"caixa", "(till", &long] {
        assert_eq!(found(q).await, Err(farol_server::Code::ValidationFailed), "{q}");
    }
    // Another name is found at once, and the old one no more.
    let seen = machines::get(&ctx, &by, till).await.unwrap();
    let seen = IfMatch::seen(&seen.etag);
    machines::change(&ctx, &by, till, (Some("Balcão"), None), &seen)
        .await
        .unwrap();
    assert_eq!(found("balcao").await, Ok(vec![till]));
    assert_eq!(found("acai").await, Ok(vec![]));
    // Machines of before there were words get theirs at the next start.
    let tx = ctx.db.write().await.unwrap();
    machine_words::Entity::delete_many().exec(&tx).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(found("balcao").await, Ok(vec![]));
    machines::search::complete(&ctx).await.unwrap();
    assert_eq!(found("balcao").await, Ok(vec![till]));
    assert_eq!(found("pc").await, Ok(vec![till, other]));
}
