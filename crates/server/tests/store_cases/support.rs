//! Support codes over rows: used once, limited, taken by one; and the machines that come with them and go.

use std::time::Duration;

use farol_protocol::ids::RunId;
use farol_protocol::pipe::PipeKey;
use farol_protocol::token::EnrollmentToken as TokenText;
use farol_server::accounts::{Caller, Credential};
use farol_server::enrollment::{Approval, ONE_TIME_LIFE};
use farol_server::events::{Listener, Notice, Topic};
use farol_server::http::PageQuery;
use farol_server::ids::{AccountId, LoginId, MachineId, OrganizationId, SessionId, SupportCodeId};
use farol_server::presence::{Command, Place, Who};
use farol_server::rights::{Rights, RoleKey};
use farol_server::store::entities::{machine, session, support_code};
use farol_server::support::{
    self, ABSENT, Assignee, CreatedSupportCode, LEFT, NewSupportCode, OPEN_PER_ACCOUNT,
    OPEN_PER_ORGANIZATION, Redeem, WaitingPerson,
};
use farol_server::{Code, Ctx, access, machines, recognition};
use sea_orm::{ActiveModelTrait, ActiveValue::Set, EntityTrait, IntoActiveModel};

use super::machines::hello;
use super::recognition::{enroll, request, token};
use crate::common::{owner, rule_request};

/// Another technician of the same organization.
fn technician(owner: &Caller, name: &str) -> Caller {
    Caller {
        account: AccountId::new(),
        name: name.into(),
        credential: Credential::Login(LoginId::new()),
        proven_at: None,
        second_factor_due: None,
        rights: Rights::of_role(RoleKey::Technician, owner.rights.organizations()[0]),
        request: owner.request,
    }
}

async fn made(ctx: &Ctx, by: &Caller, assigned_to: Option<Assignee>) -> CreatedSupportCode {
    let wanted = NewSupportCode {
        assigned_to,
        note: "Ana".into(),
        ..NewSupportCode::default()
    };
    support::create(ctx, by, wanted).await.unwrap()
}

/// Uses a code from an address of its own, so that no throttle helps.
async fn redeem(ctx: &Ctx, code: &str, from: u8) -> Result<String, Code> {
    let mut info = rule_request().info;
    info.address = std::net::Ipv4Addr::new(198, 51, 100, from).into();
    let asked = Redeem {
        code: code.into(),
        hostname: "ana-pc".into(),
    };
    let redeemed = support::redeem(ctx, &info, &asked).await;
    redeemed
        .map(|redeemed| redeemed.enrollment_token)
        .map_err(|error| error.code())
}

/// Somebody comes with a code: their machine, linked.
async fn come(ctx: &Ctx, code: &CreatedSupportCode, seed: u8) -> (MachineId, Place) {
    let token = redeem(ctx, &code.code, seed).await.unwrap();
    let machine = enroll(ctx, request(&token, seed, seed.into())).await.unwrap();
    (machine, link(ctx, machine))
}

fn link(ctx: &Ctx, machine: MachineId) -> Place {
    let who = Who {
        record: machine,
        key: [0; 32],
        run: RunId([1; 16]),
        installation: None,
    };
    let key = PipeKey::from_seed([7; 32]).public();
    ctx.presence
        .arrive(ctx.clock.now(), machine, who, (vec!["screen".into()], key))
}

async fn queue(ctx: &Ctx, by: &Caller) -> Vec<WaitingPerson> {
    support::queue(ctx, by).await.unwrap().items
}

async fn take(ctx: &Ctx, by: &Caller, id: SupportCodeId) -> Result<Option<String>, (Code, String)> {
    let taken = support::take(ctx, by, id).await;
    taken
        .map(|person| person.taken_by.map(|by| by.name))
        .map_err(|error| (error.code(), error.to_string()))
}

async fn exists(ctx: &Ctx, machine: MachineId) -> bool {
    let found = machine::Entity::find_by_id(machine).one(ctx.db.read()).await;
    found.unwrap().is_some()
}

pub async fn a_code_is_used_by_one_of_many(ctx: Ctx) {
    let by = owner(&ctx).await.caller;
    let code = made(&ctx, &by, None).await;
    let row = support_code::Entity::find_by_id(code.details.id)
        .one(ctx.db.read())
        .await
        .unwrap()
        .unwrap();
    let plain = code.code.replace('-', "");
    assert!(
        !format!("{row:?}{code:?}").contains(&plain),
        "only its hash is kept"
    );
    let mut asking = Vec::new();
    for from in 1..=8 {
        let (ctx, text) = (ctx.clone(), code.code.clone());
        asking.push(tokio::spawn(async move { redeem(&ctx, &text, from).await }));
    }
    let mut tokens = Vec::new();
    for asked in asking {
        match asked.await.unwrap() {
            Ok(token) => tokens.push(token),
            Err(error) => assert_eq!(error, Code::CodeUnknown),
        }
    }
    assert_eq!(tokens.len(), 1);
    assert!(TokenText::parse(&tokens[0]).is_ok());
    assert!(support::list(&ctx, &by).await.unwrap().items.is_empty());
    // Its token admits one machine, and not for ever.
    assert!(enroll(&ctx, request(&tokens[0], 1, 1)).await.is_ok());
    let again = enroll(&ctx, request(&tokens[0], 2, 2)).await;
    assert_eq!(again, Err("enrollment_token_invalid".into()));
    let other = made(&ctx, &by, None).await;
    let token = redeem(&ctx, &other.code, 9).await.unwrap();
    ctx.clock.advance(ONE_TIME_LIFE);
    assert_eq!(
        enroll(&ctx, request(&token, 3, 3)).await,
        Err("enrollment_token_invalid".into())
    );
}

pub async fn codes_that_are_over_do_not_work(ctx: Ctx) {
    let by = owner(&ctx).await.caller;
    let (late, revoked) = (made(&ctx, &by, None).await, made(&ctx, &by, None).await);
    support::revoke(&ctx, &by, revoked.details.id).await.unwrap();
    support::revoke(&ctx, &by, revoked.details.id).await.unwrap();
    assert_eq!(redeem(&ctx, &revoked.code, 1).await, Err(Code::CodeUnknown));
    assert_eq!(
        support::list(&ctx, &by).await.unwrap().items,
        std::slice::from_ref(&late.details)
    );
    ctx.clock.advance(support::LIFE_DEFAULT);
    assert_eq!(redeem(&ctx, &late.code, 2).await, Err(Code::CodeUnknown));
    assert!(support::list(&ctx, &by).await.unwrap().items.is_empty());
    // Remembered for a week, then forgotten.
    support::sweep(&ctx).await.unwrap();
    let all = async || {
        support_code::Entity::find()
            .all(ctx.db.read())
            .await
            .unwrap()
            .len()
    };
    assert_eq!(all().await, 2);
    ctx.clock.advance(Duration::from_secs(8 * 24 * 3600));
    support::sweep(&ctx).await.unwrap();
    assert_eq!(all().await, 0);
}

pub async fn open_codes_are_limited(ctx: Ctx) {
    let by = owner(&ctx).await.caller;
    let refused = async |by: &Caller| {
        let made = support::create(&ctx, by, NewSupportCode::default()).await;
        made.map(|_| ()).map_err(|error| error.code())
    };
    let mut first = None;
    for _ in 0..OPEN_PER_ACCOUNT {
        let code = made(&ctx, &by, None).await;
        first.get_or_insert(code);
    }
    assert_eq!(refused(&by).await, Err(Code::TooManySupportCodes));
    let other = technician(&by, "Bia");
    assert_eq!(refused(&other).await, Ok(()));
    support::revoke(&ctx, &by, first.unwrap().details.id)
        .await
        .unwrap();
    assert_eq!(refused(&by).await, Ok(()));
    // And of the whole organization, whoever made them.
    others(&ctx, OPEN_PER_ORGANIZATION - OPEN_PER_ACCOUNT - 1).await;
    assert_eq!(
        refused(&technician(&by, "last")).await,
        Err(Code::TooManySupportCodes)
    );
    ctx.clock.advance(support::LIFE_DEFAULT);
    assert_eq!(refused(&by).await, Ok(()));
}

/// Open codes of as many accounts, as the only one of another was made.
async fn others(ctx: &Ctx, count: u64) {
    let rows = support_code::Entity::find().all(ctx.db.read()).await.unwrap();
    let tx = ctx.db.write().await.unwrap();
    let copies = (0..count).map(|number| {
        let mut hash = vec![0; 32];
        hash[..8].copy_from_slice(&number.to_be_bytes());
        let row = support_code::Model {
            id: SupportCodeId::new(),
            hash,
            created_by: Some(AccountId::new()),
            ..rows[0].clone()
        };
        row.into_active_model().reset_all()
    });
    let open = copies.map(|mut row| {
        row.revoked_at = Set(None);
        row
    });
    support_code::Entity::insert_many(open)
        .exec_without_returning(&tx)
        .await
        .unwrap();
    tx.commit().await.unwrap();
}

pub async fn the_machine_of_a_stranger_is_recognized_as_none(ctx: Ctx) {
    let by = owner(&ctx).await.caller;
    let ordinary = token(&ctx, None, Approval::Automatic).await;
    let known = enroll(&ctx, request(&ordinary, 1, 1)).await.unwrap();
    let code = made(&ctx, &by, None).await;
    let token = redeem(&ctx, &code.code, 1).await.unwrap();
    // The same hardware, run without installing: another machine, of which nothing is kept.
    let stranger = enroll(&ctx, request(&token, 2, 1)).await.unwrap();
    assert_ne!(stranger, known);
    assert!(matches!(
        hello(&ctx, stranger, (2, 1, 1)).await,
        recognition::Outcome::Welcome { .. }
    ));
    let row = machine::Entity::find_by_id(stranger)
        .one(ctx.db.read())
        .await
        .unwrap()
        .unwrap();
    assert!(row.one_time && row.machine_uid.is_none());
    // Its user is always asked, though no rule says so.
    let decides = async |row: &machine::Model| {
        let effective = access::effective(ctx.db.read(), row, &[RoleKey::Owner])
            .await
            .unwrap();
        effective.of(access::Right::View).mode
    };
    assert_eq!(decides(&row).await, access::Mode::Ask);
    let other = machine::Entity::find_by_id(known)
        .one(ctx.db.read())
        .await
        .unwrap();
    assert_eq!(decides(&other.unwrap()).await, access::Mode::Unattended);
    assert_eq!(row.evidence, serde_json::json!({}));
    assert!(recognition::duplicates(&ctx, &by).await.unwrap().items.is_empty());
    // An agent that is installed there is the known machine still.
    assert_eq!(enroll(&ctx, request(&ordinary, 3, 1)).await, Ok(known));
    let merged = machines::merge(&ctx, &by, known, stranger).await;
    assert_eq!(merged.unwrap_err().code(), Code::Conflict);
    // A copy of its state is no case for a person.
    assert!(matches!(
        hello(&ctx, stranger, (2, 1, 9)).await,
        recognition::Outcome::Welcome { .. }
    ));
    let listed = async |one_time| {
        let page = machines::list(&ctx, &by, &PageQuery::default(), (one_time, "")).await;
        let machines = page.unwrap().items.into_iter();
        machines.map(|machine| machine.id).collect::<Vec<_>>()
    };
    assert_eq!(listed(false).await, [known]);
    assert_eq!(listed(true).await, [stranger]);
}

pub async fn who_waits_is_taken_by_one(ctx: Ctx) {
    let by = owner(&ctx).await.caller;
    let (ana, bia) = (technician(&by, "Ana"), technician(&by, "Bia"));
    let code = made(&ctx, &ana, None).await;
    let (machine, place) = come(&ctx, &code, 1).await;
    let id = code.details.id;
    let waiting = queue(&ctx, &bia).await;
    assert_eq!(waiting.len(), 1);
    assert_eq!(
        (waiting[0].machine.id, waiting[0].note.as_str()),
        (machine, "Ana")
    );
    assert_eq!((&waiting[0].taken_by, &waiting[0].assigned_to), (&None, &None));

    let mut taking = Vec::new();
    for caller in [&ana, &bia] {
        let (ctx, caller) = (ctx.clone(), caller.clone());
        taking.push(tokio::spawn(async move { take(&ctx, &caller, id).await }));
    }
    let mut outcomes = Vec::new();
    for taken in taking {
        outcomes.push(taken.await.unwrap());
    }
    let ana_won = outcomes[0].is_ok();
    assert_ne!(ana_won, outcomes[1].is_ok());
    let (first, second) = if ana_won { (&ana, &bia) } else { (&bia, &ana) };
    let lost = outcomes[usize::from(ana_won)].clone().unwrap_err();
    assert_eq!(lost.0, Code::Taken);
    assert!(lost.1.contains(&first.name), "{lost:?}");
    // Again by the same is no error; giving back is theirs alone, or a manager's.
    assert_eq!(take(&ctx, first, id).await, Ok(Some(first.name.clone())));
    for refused in [
        support::release(&ctx, second, id).await.map(|_| ()),
        support::finish(&ctx, second, id).await,
    ] {
        assert_eq!(refused.unwrap_err().code(), Code::Forbidden);
    }
    assert_eq!(support::release(&ctx, first, id).await.unwrap().taken_by, None);
    assert_eq!(take(&ctx, second, id).await, Ok(Some(second.name.clone())));
    assert_eq!(support::release(&ctx, &by, id).await.unwrap().taken_by, None);

    // Without a link nobody waits; with it again they do.
    assert!(ctx.presence.leave(machine, place.number));
    assert!(queue(&ctx, &bia).await.is_empty());
    let mut place = link(&ctx, machine);
    support::finish(&ctx, &bia, id).await.unwrap();
    assert!(matches!(place.commands.recv().await, Some(Command::Goodbye(_))));
    assert!(!exists(&ctx, machine).await);
    assert!(queue(&ctx, &bia).await.is_empty());
    for gone in [
        support::finish(&ctx, &bia, id).await,
        support::take(&ctx, &bia, id).await.map(|_| ()),
    ] {
        assert_eq!(gone.unwrap_err().code(), Code::NotFound);
    }
}

pub async fn who_asked_for_a_technician_is_theirs(ctx: Ctx) {
    let by = owner(&ctx).await.caller;
    let (ana, bia) = (technician(&by, "Ana"), technician(&by, "Bia"));
    let code = made(&ctx, &ana, Some(Assignee::Me)).await;
    let id = code.details.id;
    let (_, _place) = come(&ctx, &code, 1).await;
    let refused = take(&ctx, &bia, id).await.unwrap_err();
    assert_eq!(refused.0, Code::Forbidden);
    assert!(refused.1.contains("Ana"), "{refused:?}");
    assert_eq!(
        support::finish(&ctx, &bia, id).await.unwrap_err().code(),
        Code::Forbidden
    );
    assert_eq!(take(&ctx, &ana, id).await, Ok(Some("Ana".into())));
    support::release(&ctx, &ana, id).await.unwrap();
    assert_eq!(take(&ctx, &by, id).await, Ok(Some(by.name.clone())));

    // Codes of others are a manager's to revoke; whoever is to take its person may, too.
    let of_ana = made(&ctx, &ana, None).await.details.id;
    let revoked = support::revoke(&ctx, &bia, of_ana).await;
    assert_eq!(revoked.unwrap_err().code(), Code::Forbidden);
    support::revoke(&ctx, &by, of_ana).await.unwrap();
    // Only accounts of the organization can be named.
    let stranger = NewSupportCode {
        assigned_to: Some(Assignee::Account(AccountId::new())),
        ..NewSupportCode::default()
    };
    let refused = support::create(&ctx, &by, stranger).await.unwrap_err();
    assert_eq!(refused.code(), Code::ValidationFailed);
    let named = made(&ctx, &ana, Some(Assignee::Account(by.account)))
        .await
        .details;
    assert_eq!(named.assigned_to.unwrap().name, by.name);
}

pub async fn codes_of_another_organization_do_not_exist(ctx: Ctx) {
    let by = owner(&ctx).await.caller;
    let code = made(&ctx, &by, None).await;
    let (_, _place) = come(&ctx, &code, 1).await;
    let open = made(&ctx, &by, None).await.details.id;
    let stranger = Caller {
        rights: Rights::of_role(RoleKey::Owner, OrganizationId::new()),
        ..by.clone()
    };
    assert!(queue(&ctx, &stranger).await.is_empty());
    assert!(support::list(&ctx, &stranger).await.unwrap().items.is_empty());
    let id = code.details.id;
    for refused in [
        support::revoke(&ctx, &stranger, open).await,
        support::take(&ctx, &stranger, id).await.map(|_| ()),
        support::release(&ctx, &stranger, id).await.map(|_| ()),
        support::finish(&ctx, &stranger, id).await,
    ] {
        assert_eq!(refused.unwrap_err().code(), Code::NotFound);
    }
    let elsewhere = NewSupportCode {
        organization_id: Some(by.rights.organizations()[0]),
        ..NewSupportCode::default()
    };
    let refused = support::create(&ctx, &stranger, elsewhere).await;
    assert_eq!(refused.unwrap_err().code(), Code::NotFound);
}

pub async fn records_go_with_their_agents(ctx: Ctx) {
    let by = owner(&ctx).await.caller;
    let code = made(&ctx, &by, None).await;
    let (absent, place) = come(&ctx, &code, 1).await;
    let code = made(&ctx, &by, None).await;
    let (helped, second) = come(&ctx, &code, 2).await;
    let code = made(&ctx, &by, None).await;
    let (stays, _third) = come(&ctx, &code, 3).await;
    had_session(&ctx, &by, helped).await;
    ctx.clock.advance(ABSENT * 2);
    // Who is connected stays, however long ago their row was written.
    support::sweep(&ctx).await.unwrap();
    let left = async |machine, place: &Place| {
        assert!(ctx.presence.leave(machine, place.number));
        let claim = recognition::claim(&ctx, machine, key_of(&ctx, machine).await).await;
        machines::left(&ctx, &claim.unwrap().unwrap()).await.unwrap();
    };
    let mut heard = ctx.events.subscribe(Listener::of(&by)).unwrap();
    left(absent, &place).await;
    left(helped, &second).await;
    match heard.next().await {
        Some(Notice::Invalidate(topics)) => assert!(topics.contains(&Topic::SupportQueue), "{topics:?}"),
        other => panic!("{other:?}"),
    }
    support::sweep(&ctx).await.unwrap();
    ctx.clock.advance(LEFT - Duration::from_millis(1));
    support::sweep(&ctx).await.unwrap();
    assert!(exists(&ctx, helped).await && exists(&ctx, absent).await);
    ctx.clock.advance(Duration::from_millis(1));
    support::sweep(&ctx).await.unwrap();
    // Whoever was helped and closed it has gone; whoever was not may come back.
    assert!(!exists(&ctx, helped).await && exists(&ctx, absent).await);
    ctx.clock.advance(ABSENT);
    support::sweep(&ctx).await.unwrap();
    assert!(!exists(&ctx, absent).await && exists(&ctx, stays).await);
    let past = session::Entity::find().all(ctx.db.read()).await.unwrap();
    assert_eq!(past.len(), 1);
    assert_eq!(past[0].machine_name, "pc-2");
}

async fn key_of(ctx: &Ctx, machine: MachineId) -> farol_protocol::identity::MachinePublicKey {
    use farol_server::store::entities::machine_key;
    use sea_orm::{ColumnTrait, QueryFilter};
    let row = machine_key::Entity::find()
        .filter(machine_key::Column::MachineId.eq(machine))
        .one(ctx.db.read())
        .await
        .unwrap()
        .unwrap();
    farol_protocol::identity::MachinePublicKey::from_slice(&row.public_key).unwrap()
}

/// As a session that is over leaves its row.
async fn had_session(ctx: &Ctx, by: &Caller, machine: MachineId) {
    let now = ctx.clock.now();
    let row = session::ActiveModel {
        id: Set(SessionId::new()),
        organization_id: Set(by.rights.organizations()[0]),
        machine_id: Set(Some(machine)),
        machine_name: Set("pc-2".into()),
        technician_name: Set(by.name.clone()),
        rights: Set("view".into()),
        state: Set("ended".into()),
        requested_at: Set(now),
        ended_at: Set(Some(now)),
        bytes_to_viewer: Set(0),
        bytes_to_agent: Set(0),
        figures: Set(None),
        request_id: Set(String::new()),
        ..Default::default()
    };
    let tx = ctx.db.write().await.unwrap();
    row.insert(&tx).await.unwrap();
    tx.commit().await.unwrap();
}
