//! Enrollment tokens: limits, changes at the same time, lists, and what became of them.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use farol_protocol::identity::MachineKey;
use farol_protocol::ids::InstallId;
use farol_protocol::token::EnrollmentToken as TokenText;
use farol_server::accounts::Caller;
use farol_server::audit;
use farol_server::enrollment::{
    self, Approval, CreatedToken, EnrollAnswer, EnrollRequest, EnrollmentToken, INTERNAL_LIFE, Keeper,
    NewToken, TokenChange, TokenFilter, TokenState,
};
use farol_server::http::{IfMatch, PageQuery};
use farol_server::ids::{EnrollmentTokenId, MachineId, OrganizationId, QuarantineId};
use farol_server::machines::{self, Labels};
use farol_server::rights::{Rights, RoleKey};
use farol_server::store::dialect;
use farol_server::store::entities::machine;
use farol_server::store::entities::quarantine::{self, QuarantineState};
use farol_server::store::entities::token_use;
use farol_server::{Code, Ctx, organizations};
use sea_orm::{ActiveModelTrait, ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter};
use serde_json::json;

use crate::common::{owner, rule_request};

const HOUR: u64 = 3600;

/// An owner as somebody who manages tokens, and as the account.
async fn keeper(ctx: &Ctx) -> (Keeper, Caller) {
    let caller = owner(ctx).await.caller;
    (Keeper::account(&caller).unwrap(), caller)
}

fn wanted(name: &str, max_uses: Option<u32>) -> NewToken {
    NewToken {
        name: name.into(),
        site_id: None,
        labels: Labels::default(),
        max_uses,
        expires_in_seconds: HOUR,
        approval: Some(Approval::Automatic),
        networks: Vec::new(),
    }
}

async fn made(ctx: &Ctx, by: &Keeper, name: &str, max_uses: Option<u32>) -> CreatedToken {
    enrollment::create(ctx, by, wanted(name, max_uses)).await.unwrap()
}

/// What an agent says, with a machine key of its own.
fn request(token: &str, seed: u8) -> EnrollRequest {
    let key = MachineKey::from_seed(&[seed; 32]);
    let signature = TokenText::parse(token).map_or([0; 64], |token| key.sign_enrollment(&[seed; 32], &token));
    let key = key.public();
    serde_json::from_value(json!({
        "signature": URL_SAFE_NO_PAD.encode(signature),
        "token": token,
        "machine_key": key.to_base64url(),
        "nonce": URL_SAFE_NO_PAD.encode([seed; 32]),
        "install_id": InstallId([seed; 16]).to_string(),
        "hostname": format!("pc-{seed}"),
        "os": { "family": "linux", "name": "Debian", "version": "12", "arch": "x86_64" },
        "agent_version": "1.0.0",
    }))
    .unwrap()
}

async fn enroll(ctx: &Ctx, token: &str, seed: u8) -> Result<MachineId, Code> {
    enrollment::enroll(ctx, &rule_request().info, request(token, seed))
        .await
        .map(|answer| match answer {
            EnrollAnswer::Enrolled(enrolled) => enrolled.machine_id,
            EnrollAnswer::Waiting(waiting) => panic!("waits: {waiting:?}"),
        })
        .map_err(|error| error.code())
}

async fn names(ctx: &Ctx, by: &Keeper, filter: Option<TokenFilter>) -> Vec<String> {
    let page = enrollment::list(ctx, by, &PageQuery::default(), filter)
        .await
        .unwrap();
    page.items.into_iter().map(|token| token.name).collect()
}

async fn change(
    ctx: &Ctx,
    by: &Keeper,
    seen: &EnrollmentToken,
    wanted: TokenChange,
) -> Result<EnrollmentToken, Code> {
    enrollment::change(ctx, by, seen.id, wanted, &IfMatch::seen(&seen.etag))
        .await
        .map_err(|error| error.code())
}

fn at_most(uses: Option<u32>) -> TokenChange {
    TokenChange {
        max_uses: Some(uses),
        ..TokenChange::default()
    }
}

pub async fn a_limit_holds_when_many_ask_at_once(ctx: Ctx) {
    let (by, _) = keeper(&ctx).await;
    let token = made(&ctx, &by, "two", Some(2)).await;
    let mut asking = Vec::new();
    for seed in 1..=6 {
        let (ctx, text) = (ctx.clone(), token.token.clone());
        asking.push(tokio::spawn(async move { enroll(&ctx, &text, seed).await }));
    }
    let mut enrolled = 0;
    for asked in asking {
        match asked.await.unwrap() {
            Ok(_) => enrolled += 1,
            Err(code) => assert_eq!(code, Code::EnrollmentTokenInvalid),
        }
    }
    assert_eq!(enrolled, 2);
    let token = enrollment::get(&ctx, &by, token.details.id).await.unwrap();
    assert_eq!((token.uses, token.state), (2, TokenState::UsedUp));
}

/// Three times as many machines as the token has uses, each asking twice, all at once.
pub async fn a_token_gives_as_many_machines_as_it_has_uses(ctx: Ctx) {
    const USES: u8 = 8;
    let (by, caller) = keeper(&ctx).await;
    let token = made(&ctx, &by, "eight", Some(USES.into())).await;
    let mut asking = Vec::new();
    for seed in (1..=3 * USES).chain(1..=3 * USES) {
        let (ctx, text) = (ctx.clone(), token.token.clone());
        // One address each, so that no throttle helps the token to hold.
        let mut info = rule_request().info;
        info.address = std::net::Ipv4Addr::new(192, 0, 2, seed).into();
        asking.push(tokio::spawn(async move {
            let asked = enrollment::enroll(&ctx, &info, request(&text, seed)).await;
            (seed, asked.map_err(|error| error.code()))
        }));
    }
    let mut machines = std::collections::HashMap::new();
    let mut refused = 0;
    for asked in asking {
        match asked.await.unwrap() {
            (seed, Ok(EnrollAnswer::Enrolled(enrolled))) => {
                let id = *machines.entry(seed).or_insert(enrolled.machine_id);
                assert_eq!(id, enrolled.machine_id, "one key, one machine");
            }
            (_, Err(Code::EnrollmentTokenInvalid)) => refused += 1,
            (seed, other) => panic!("{seed}: {other:?}"),
        }
    }
    assert_eq!(
        (machines.len(), refused),
        (usize::from(USES), 4 * usize::from(USES))
    );
    let token = enrollment::get(&ctx, &by, token.details.id).await.unwrap();
    assert_eq!((token.uses, token.state), (USES.into(), TokenState::UsedUp));
    let rows = machine::Entity::find().all(ctx.db.read()).await.unwrap();
    assert_eq!(rows.len(), usize::from(USES), "who was refused left nothing");
    let page = PageQuery {
        cursor: None,
        limit: Some(200),
    };
    let entries = audit::list(&ctx, &caller, &page, &audit::AuditFilter::default())
        .await
        .unwrap()
        .items;
    let enrolled = entries
        .iter()
        .filter(|entry| entry.action == "machine.enrolled")
        .count();
    assert_eq!(enrolled, usize::from(USES));
}

pub async fn of_two_changes_at_once_one_wins(ctx: Ctx) {
    let (by, _) = keeper(&ctx).await;
    let token = made(&ctx, &by, "before", None).await.details;
    let named = |name: &str| TokenChange {
        name: Some(name.into()),
        ..TokenChange::default()
    };
    let (one, two) = tokio::join!(
        change(&ctx, &by, &token, named("one")),
        change(&ctx, &by, &token, named("two")),
    );
    let (kept, refused) = if one.is_ok() { (one, two) } else { (two, one) };
    assert_eq!(refused, Err(Code::VersionMismatch));
    let kept = kept.unwrap();
    assert_eq!(enrollment::get(&ctx, &by, token.id).await.unwrap(), kept);
    assert_ne!(kept.etag, token.etag);
    // Nothing to change is no change.
    let same = change(&ctx, &by, &kept, named(&kept.name)).await.unwrap();
    assert_eq!(same.etag, kept.etag);
    let unseen = enrollment::change(&ctx, &by, token.id, named("x"), &IfMatch::seen("")).await;
    assert_eq!(unseen.unwrap_err().code(), Code::VersionMismatch);
}

pub async fn a_lower_limit_and_the_last_use_do_not_both_win(ctx: Ctx) {
    let (by, _) = keeper(&ctx).await;
    for round in 0..6 {
        let token = made(&ctx, &by, "race", Some(2)).await;
        enroll(&ctx, &token.token, 10 * round + 1).await.unwrap();
        let seen = enrollment::get(&ctx, &by, token.details.id).await.unwrap();
        let (changed, enrolled) = tokio::join!(
            change(&ctx, &by, &seen, at_most(Some(1))),
            enroll(&ctx, &token.token, 10 * round + 2),
        );
        assert!(changed.is_ok() != enrolled.is_ok(), "{changed:?} {enrolled:?}");
        let after = enrollment::get(&ctx, &by, seen.id).await.unwrap();
        assert_eq!(Some(after.uses), after.max_uses);
    }
}

pub async fn lists_are_filtered_and_hide_what_the_server_made_for_itself(ctx: Ctx) {
    let (by, caller) = keeper(&ctx).await;
    made(&ctx, &by, "active", None).await;
    let revoked = made(&ctx, &by, "revoked", None).await.details;
    enrollment::revoke(&ctx, &by, revoked.id).await.unwrap();
    let used = made(&ctx, &by, "used up", Some(1)).await;
    enroll(&ctx, &used.token, 1).await.unwrap();
    let short = NewToken {
        expires_in_seconds: 60,
        ..wanted("expired", Some(5))
    };
    enrollment::create(&ctx, &by, short).await.unwrap();
    ctx.clock.advance(Duration::from_secs(60));

    let site = organizations::sites(&ctx, &caller, false)
        .await
        .unwrap()
        .remove(0);
    let copy = wait(&ctx, &revoked, 200, QuarantineState::ApprovedNew).await;
    let tx = ctx.db.write().await.unwrap();
    let text = enrollment::create_internal(&ctx, &tx, &site, copy).await.unwrap();
    tx.commit().await.unwrap();

    assert_eq!(
        names(&ctx, &by, None).await,
        ["expired", "used up", "revoked", "active"]
    );
    assert_eq!(names(&ctx, &by, Some(TokenFilter::Active)).await, ["active"]);
    assert_eq!(
        names(&ctx, &by, Some(TokenFilter::Ended)).await,
        ["expired", "used up", "revoked"]
    );
    let hidden = internal(&ctx).await;
    for code in [
        enrollment::get(&ctx, &by, hidden).await.unwrap_err().code(),
        enrollment::revoke(&ctx, &by, hidden).await.unwrap_err().code(),
        enrollment::uses(&ctx, &by, hidden, &PageQuery::default())
            .await
            .unwrap_err()
            .code(),
        enrollment::change(&ctx, &by, hidden, at_most(None), &IfMatch::seen("*"))
            .await
            .unwrap_err()
            .code(),
    ] {
        assert_eq!(code, Code::NotFound);
    }
    enroll(&ctx, &text, 2).await.unwrap();
    assert_eq!(enroll(&ctx, &text, 3).await, Err(Code::EnrollmentTokenInvalid));
}

async fn internal(ctx: &Ctx) -> EnrollmentTokenId {
    use farol_server::store::entities::enrollment_token::{Column, Entity};
    let query = Entity::find().filter(Column::Internal.eq(true));
    let row = query.one(ctx.db.read()).await.unwrap().unwrap();
    assert_eq!((row.max_uses, row.approval), (Some(1), Approval::Automatic));
    assert_eq!(row.expires_at, ctx.clock.now().after(INTERNAL_LIFE));
    row.id
}

pub async fn tokens_of_another_organization_do_not_exist(ctx: Ctx) {
    let (by, caller) = keeper(&ctx).await;
    let token = made(&ctx, &by, "ours", None).await.details;
    let stranger = Caller {
        rights: Rights::of_role(RoleKey::Owner, OrganizationId::new()),
        ..caller
    };
    let stranger = Keeper::account(&stranger).unwrap();
    assert!(names(&ctx, &stranger, None).await.is_empty());
    assert_eq!(
        change(&ctx, &stranger, &token, at_most(Some(1))).await,
        Err(Code::NotFound)
    );
    let made = enrollment::create(&ctx, &stranger, wanted("theirs", None)).await;
    assert_eq!(made.unwrap_err().code(), Code::NotFound, "it has no site");
    let revoked = enrollment::revoke(&ctx, &stranger, token.id).await;
    assert_eq!(revoked.unwrap_err().code(), Code::NotFound);
    assert_eq!(
        enrollment::get(&ctx, &by, token.id).await.unwrap().revoked_at,
        None
    );
}

pub async fn a_change_is_proved_with_before_and_after(ctx: Ctx) {
    let (by, caller) = keeper(&ctx).await;
    let token = made(&ctx, &by, "before", Some(5)).await.details;
    ctx.clock.advance(Duration::from_secs(10));
    let wanted = TokenChange {
        labels: Some(Labels {
            department: Some(" Sales".into()),
            tags: vec!["LAB".into(), "lab".into()],
            ..Labels::default()
        }),
        max_uses: Some(None),
        expires_in_seconds: Some(2 * HOUR),
        approval: Some(Approval::First),
        networks: Some(vec!["10.1.2.3/8".into()]),
        ..TokenChange::default()
    };
    let after = change(&ctx, &by, &token, wanted).await.unwrap();
    assert_eq!(after.labels.department.as_deref(), Some("Sales"));
    assert_eq!(after.labels.tags, ["lab"]);
    assert_eq!((after.max_uses, after.approval), (None, Approval::First));
    assert_eq!(after.networks, ["10.0.0.0/8"]);
    assert_eq!(
        after.expires_at,
        ctx.clock.now().after(Duration::from_secs(2 * HOUR))
    );
    assert_eq!(after, enrollment::get(&ctx, &by, token.id).await.unwrap());

    let entries = audit::list(
        &ctx,
        &caller,
        &PageQuery::default(),
        &audit::AuditFilter::default(),
    )
    .await
    .unwrap()
    .items;
    assert_eq!(entries[0].action, "enrollment_token.changed");
    let (before, now) = (
        entries[0].before.as_ref().unwrap(),
        entries[0].after.as_ref().unwrap(),
    );
    assert_eq!(entries[0].address.as_deref(), Some("192.0.2.1"));
    assert_eq!((&before["max_uses"], &now["max_uses"]), (&json!(5), &json!(null)));
    assert_eq!(now["networks"], json!(["10.0.0.0/8"]));
    assert_eq!(
        (&before["approval"], &now["approval"]),
        (&json!("automatic"), &json!("first"))
    );
    assert!(now.get("name").is_none(), "the name did not change: {now}");

    enrollment::revoke(&ctx, &by, token.id).await.unwrap();
    assert_eq!(
        change(&ctx, &by, &after, at_most(Some(1))).await,
        Err(Code::VersionMismatch)
    );
    let revoked = enrollment::get(&ctx, &by, token.id).await.unwrap();
    assert_eq!(
        change(&ctx, &by, &revoked, at_most(Some(1))).await,
        Err(Code::Conflict)
    );
}

pub async fn uses_stay_true_when_machines_go(ctx: Ctx) {
    let (by, caller) = keeper(&ctx).await;
    let token = made(&ctx, &by, "three", None).await;
    // A name that looks like what is searched for.
    let name = format!("\"enrollment_token_id\":\"{}\"", token.details.id);
    let other = made(&ctx, &by, &name, None).await;
    let mut machines = Vec::new();
    for seed in 1..=3 {
        machines.push(enroll(&ctx, &token.token, seed).await.unwrap());
    }
    enroll(&ctx, &other.token, 9).await.unwrap();
    let id = token.details.id;
    machines::remove(&ctx, &caller, machines[0]).await.unwrap();
    machines::change(
        &ctx,
        &caller,
        machines[2],
        (Some("Front desk"), None),
        &IfMatch::seen("*"),
    )
    .await
    .unwrap();
    merge(&ctx, machines[1], machines[2]).await;

    let mut query = PageQuery {
        cursor: None,
        limit: Some(2),
    };
    let first = enrollment::uses(&ctx, &by, id, &query).await.unwrap();
    query.cursor = first.next_cursor;
    let second = enrollment::uses(&ctx, &by, id, &query).await.unwrap();
    assert_eq!((first.items.len(), second.items.len()), (2, 1));
    assert_eq!(second.next_cursor, None);
    let uses: Vec<_> = first.items.into_iter().chain(second.items).collect();
    let enrolled: Vec<_> = uses.iter().map(|used| used.machine_id.unwrap()).collect();
    assert_eq!(enrolled, [machines[2], machines[1], machines[0]]);
    let now = |index: usize| uses[index].machine.as_ref();
    for index in [0, 1] {
        assert_eq!(now(index).unwrap().id, machines[2]);
        assert_eq!(now(index).unwrap().name, "Front desk");
    }
    assert_eq!(uses[1].machine_name, "pc-2");
    assert_eq!(now(2), None);
    assert_eq!(uses[2].machine_name, "pc-1");
    assert_eq!(uses[2].address.as_deref(), Some("192.0.2.1"));

    // The index can be made anew from the entries, as it was for those written before there was one.
    let all = PageQuery {
        cursor: None,
        limit: Some(200),
    };
    let indexed = enrollment::uses(&ctx, &by, id, &all).await.unwrap();
    let tx = ctx.db.write().await.unwrap();
    token_use::Entity::delete_many().exec(&tx).await.unwrap();
    dialect::index_token_uses(&tx).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(indexed.items.len(), 3);
    assert_eq!(
        enrollment::uses(&ctx, &by, id, &all).await.unwrap().items,
        indexed.items
    );
}

/// As a merge leaves the row.
async fn merge(ctx: &Ctx, from: MachineId, into: MachineId) {
    let tx = ctx.db.write().await.unwrap();
    let row = machine::ActiveModel {
        id: Set(from),
        merged_into: Set(Some(into)),
        ..Default::default()
    };
    row.update(&tx).await.unwrap();
    tx.commit().await.unwrap();
}

pub async fn what_waits_in_quarantine_is_counted(ctx: Ctx) {
    let (by, _) = keeper(&ctx).await;
    let (one, two) = (
        made(&ctx, &by, "one", None).await,
        made(&ctx, &by, "two", None).await,
    );
    for (number, state) in [
        QuarantineState::Waiting,
        QuarantineState::Waiting,
        QuarantineState::Refused,
    ]
    .into_iter()
    .enumerate()
    {
        wait(&ctx, &one.details, number, state).await;
    }
    let waiting = |token: &CreatedToken| {
        let (ctx, by, id) = (ctx.clone(), by.clone(), token.details.id);
        async move { enrollment::get(&ctx, &by, id).await.unwrap().waiting }
    };
    assert_eq!((waiting(&one).await, waiting(&two).await), (2, 0));
    let page = enrollment::list(&ctx, &by, &PageQuery::default(), None)
        .await
        .unwrap();
    let counts: Vec<_> = page.items.iter().map(|token| token.waiting).collect();
    assert_eq!(counts, [0, 2]);
}

async fn wait(ctx: &Ctx, token: &EnrollmentToken, number: usize, state: QuarantineState) -> QuarantineId {
    let id = QuarantineId::new();
    let key = vec![u8::try_from(number).unwrap(); 32];
    let text = String::new;
    let row = quarantine::ActiveModel {
        id: Set(id),
        organization_id: Set(token.organization_id),
        site_id: Set(token.site_id),
        enrollment_token_id: Set(Some(token.id)),
        machine_id: Set(None),
        door: Set(machine::Door::Agent),
        reason: Set("unknown".into()),
        copy_key: Set(key.clone()),
        machine_key: Set(key),
        install_id: Set(text()),
        install_counter: Set(0),
        evidence: Set(json!({})),
        machine_uid: Set(None),
        hostname: Set(text()),
        os_family: Set(text()),
        os_name: Set(text()),
        os_version: Set(text()),
        os_arch: Set(text()),
        agent_version: Set(text()),
        address: Set(text()),
        first_seen_at: Set(ctx.clock.now()),
        last_seen_at: Set(ctx.clock.now()),
        attempts: Set(1),
        state: Set(state),
        decided_at: Set(None),
        decided_by: Set(None),
        decided_by_kind: Set(None),
        decision_reason: Set(None),
        result_machine_id: Set(None),
    };
    let tx = ctx.db.write().await.unwrap();
    quarantine::Entity::insert(row)
        .exec_without_returning(&tx)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    id
}
