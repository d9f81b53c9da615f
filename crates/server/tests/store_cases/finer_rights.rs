//! Roles that end, count at some hours, ask for a proof or a reason, and reach a site, tags or one machine.

use std::time::Duration;

use farol_server::accounts::{ApiTokenUse, Caller, Credential, Leaves};
use farol_server::audit::{self, AuditFilter};
use farol_server::clock::Timestamp;
use farol_server::enrollment::Approval;
use farol_server::http::{IfMatch, PageQuery};
use farol_server::ids::{ApiTokenId, MachineId, OrganizationId, SiteId};
use farol_server::machines::{self, Labels};
use farol_server::organizations::{self, NewSite};
use farol_server::rights::{
    self, AssignmentPlace, AssignmentState, Conditions, Day, DecidedBy, Hours, Moments, NewAssignment,
    Permission, Question, Reach, RoleKey,
};
use farol_server::sessions;
use farol_server::store::entities::machine;
use farol_server::{Code, Ctx};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter};

use super::recognition::{enroll, request, token};
use super::rights::{again, joined, within};
use crate::common::{START, owner};

const HOUR: Duration = Duration::from_secs(3600);
const MINUTE: Duration = Duration::from_secs(60);

fn until(end: Timestamp) -> Conditions {
    Conditions {
        expires_at: Some(end),
        ..Conditions::NONE
    }
}

fn proof(minutes: u16) -> Conditions {
    Conditions {
        step_up_minutes: Some(minutes),
        ..Conditions::NONE
    }
}

fn site(organization_id: OrganizationId, site_id: SiteId) -> AssignmentPlace {
    AssignmentPlace::Site {
        organization_id,
        site_id,
    }
}

fn tags(organization_id: OrganizationId, tags: &[&str]) -> AssignmentPlace {
    AssignmentPlace::Tags {
        organization_id,
        tags: tags.iter().map(|tag| (*tag).to_owned()).collect(),
    }
}

async fn give(
    ctx: &Ctx,
    (by, to): (&Caller, &Caller),
    (role, place): (RoleKey, AssignmentPlace),
    conditions: Conditions,
) -> Result<rights::Assignment, Code> {
    let wanted = NewAssignment {
        account_id: to.account,
        role,
        place,
        conditions,
    };
    let given = rights::assign(ctx, by, wanted).await;
    given.map_err(|error| error.code())
}

async fn decided(ctx: &Ctx, by: &Caller, on: Question, permission: Permission) -> (bool, DecidedBy) {
    let said = rights::effective_permissions(ctx, by, by.account, on)
        .await
        .unwrap();
    let verdict = said
        .permissions
        .into_iter()
        .find(|one| one.permission == permission);
    let verdict = verdict.unwrap();
    assert_eq!(verdict.roles.is_empty(), verdict.decided_by == DecidedBy::NoRole);
    (verdict.allowed, verdict.decided_by)
}

async fn seen(ctx: &Ctx, by: &Caller) -> Vec<MachineId> {
    let list = machines::list(ctx, by, &PageQuery::default(), (false, "")).await;
    list.unwrap()
        .items
        .into_iter()
        .map(|machine| machine.id)
        .collect()
}

async fn label(ctx: &Ctx, id: MachineId, tags: &[&str]) {
    let labels = Labels {
        tags: tags.iter().map(|tag| (*tag).to_owned()).collect(),
        ..Labels::default()
    };
    let tx = ctx.db.write().await.unwrap();
    machine::Entity::update_many()
        .col_expr(machine::Column::Labels, Expr::value(labels.to_column()))
        .filter(machine::Column::Id.eq(id))
        .exec(&tx)
        .await
        .unwrap();
    machines::search::keep(&tx, id).await.unwrap();
    tx.commit().await.unwrap();
}

async fn entries(ctx: &Ctx, by: &Caller, action: &str) -> usize {
    let list = audit::list(ctx, by, &PageQuery::default(), &AuditFilter::default()).await;
    let items = list.unwrap().items;
    items.iter().filter(|entry| entry.action == action).count()
}

pub async fn what_is_given_for_a_time_ends_by_itself(ctx: Ctx) {
    let by = owner(&ctx).await.caller;
    let here = by.rights.organizations()[0];
    let ana = joined(&ctx, &by, "ana@a.example", RoleKey::Viewer, within(here)).await;
    let place = || (RoleKey::Technician, within(here));
    let past = give(&ctx, (&by, &ana), place(), until(START)).await;
    assert_eq!(past.err(), Some(Code::ValidationFailed));
    let end = START.after(HOUR);
    let given = give(&ctx, (&by, &ana), place(), until(end)).await.unwrap();
    assert_eq!(
        (given.state, given.conditions.expires_at),
        (AssignmentState::Active, Some(end))
    );
    let twice = give(&ctx, (&by, &ana), place(), Conditions::NONE).await;
    assert_eq!(twice.err(), Some(Code::Conflict));
    let now = again(&ctx, &ana).await;
    now.require(here, Permission::ScreenControl).unwrap();
    let on = Question::Organization(here);
    assert_eq!(
        decided(&ctx, &now, on, Permission::ScreenControl).await,
        (true, DecidedBy::Role)
    );
    let mut moments = Moments::default();
    moments.look(&ctx).await.unwrap();
    assert_eq!(entries(&ctx, &by, "role.ended").await, 0);

    ctx.clock.advance(HOUR);
    let now = again(&ctx, &ana).await;
    let refused = now.require(here, Permission::ScreenControl).unwrap_err();
    assert_eq!(refused.code(), Code::Forbidden);
    assert!(refused.to_string().contains(&end.rfc3339()), "{refused}");
    now.require(here, Permission::ScreenView).unwrap();
    assert_eq!(
        decided(&ctx, &now, on, Permission::ScreenControl).await,
        (false, DecidedBy::Ended)
    );
    for _ in 0..2 {
        moments.look(&ctx).await.unwrap();
        assert_eq!(entries(&ctx, &by, "role.ended").await, 1, "told once");
    }
    let by = again(&ctx, &by).await;
    let theirs = rights::list_assignments(&ctx, &by, Some(ana.account))
        .await
        .unwrap();
    assert_eq!(theirs[1].state, AssignmentState::Ended);
    let anew = give(&ctx, (&by, &ana), place(), Conditions::NONE).await.unwrap();
    let theirs = rights::list_assignments(&ctx, &by, Some(ana.account))
        .await
        .unwrap();
    assert_eq!(
        theirs.iter().map(|one| one.id).collect::<Vec<_>>()[1..],
        [anew.id]
    );
}

pub async fn what_counts_at_some_hours_counts_then(ctx: Ctx) {
    let by = owner(&ctx).await.caller;
    let here = by.rights.organizations()[0];
    let ana = joined(&ctx, &by, "ana@a.example", RoleKey::Viewer, within(here)).await;
    // It is a Sunday, twelve o'clock in UTC and nine in Recife.
    let conditions = Conditions {
        hours: Some(Hours {
            days: vec![Day::Sunday],
            from: "08:00".into(),
            to: "10:00".into(),
            time_zone: "America/Recife".into(),
        }),
        ..Conditions::NONE
    };
    let wrong = Conditions {
        hours: conditions.hours.clone().map(|hours| Hours {
            time_zone: "Recife".into(),
            ..hours
        }),
        ..Conditions::NONE
    };
    let place = || (RoleKey::Technician, within(here));
    let refused = give(&ctx, (&by, &ana), place(), wrong).await;
    assert_eq!(refused.err(), Some(Code::ValidationFailed));
    give(&ctx, (&by, &ana), place(), conditions).await.unwrap();
    let mut moments = Moments::default();
    moments.look(&ctx).await.unwrap();
    let on = Question::Organization(here);
    let now = again(&ctx, &ana).await;
    assert_eq!(
        decided(&ctx, &now, on, Permission::ScreenControl).await,
        (true, DecidedBy::Role)
    );
    ctx.clock.advance(HOUR);
    moments.look(&ctx).await.unwrap();
    let now = again(&ctx, &ana).await;
    assert_eq!(
        decided(&ctx, &now, on, Permission::ScreenControl).await,
        (false, DecidedBy::Hours)
    );
    assert_eq!(entries(&ctx, &by, "role.ended").await, 0);
    // Who is out of hours is still one of the people there, and an entry about them stands there.
    assert_eq!(now.rights.belongs_to(), [here]);
    ctx.clock.advance(HOUR * (7 * 24 - 1));
    assert!(
        again(&ctx, &ana)
            .await
            .rights
            .allows(here, Permission::ScreenControl)
    );
}

pub async fn a_proof_is_asked_for_by_what_changes_something(ctx: Ctx) {
    let by = owner(&ctx).await.caller;
    let here = by.rights.organizations()[0];
    let key = token(&ctx, None, Approval::Automatic).await;
    let machine = enroll(&ctx, request(&key, 1, 1)).await.unwrap();
    let ana = joined(&ctx, &by, "ana@a.example", RoleKey::Viewer, within(here)).await;
    let mine = rights::list_assignments(&ctx, &by, Some(ana.account))
        .await
        .unwrap();
    let place = || (RoleKey::Administrator, within(here));
    give(&ctx, (&by, &ana), place(), proof(5)).await.unwrap();
    rights::unassign(&ctx, &by, mine[0].id).await.unwrap();
    let fresh = again(&ctx, &ana).await;
    fresh.require(here, Permission::AuditRead).unwrap();

    ctx.clock.advance(MINUTE * 5);
    let stale = again(&ctx, &ana).await;
    assert_eq!(
        seen(&ctx, &stale).await,
        [machine],
        "what is in sight stays in sight"
    );
    let viewer = (RoleKey::Viewer, within(here));
    for refused in [
        stale
            .require(here, Permission::ScreenControl)
            .map_err(|error| error.code()),
        stale
            .require_any(Permission::AuditRead)
            .map(drop)
            .map_err(|error| error.code()),
        machines::remove(&ctx, &stale, machine)
            .await
            .map_err(|error| error.code()),
        give(&ctx, (&stale, &ana), viewer, proof(5)).await.map(drop),
    ] {
        assert_eq!(refused, Err(Code::StepUpRequired));
    }
    let on = Question::Machine(machine);
    assert_eq!(
        decided(&ctx, &stale, on, Permission::ScreenView).await,
        (false, DecidedBy::StepUp)
    );
    assert_eq!(
        decided(&ctx, &stale, on, Permission::MachineSee).await,
        (true, DecidedBy::Role)
    );
    // A program cannot prove that somebody is there.
    let token = ApiTokenUse {
        id: ApiTokenId::new(),
        name: "x".into(),
        leaves: Leaves {
            scopes: rights::Permissions::all(),
            only: None,
        },
        account_rights: stale.rights.clone(),
    };
    let program = Caller {
        credential: Credential::ApiToken(Box::new(token)),
        proven_at: None,
        second_factor_due: None,
        ..stale.clone()
    };
    let refused = program.require(here, Permission::ScreenView).unwrap_err();
    assert_eq!(refused.code(), Code::LoginRequired);
    let proven = Caller {
        proven_at: Some(ctx.clock.now()),
        ..stale
    };
    again(&ctx, &proven)
        .await
        .require(here, Permission::ScreenView)
        .unwrap();
}

pub async fn nobody_gives_what_they_have_under_stricter_conditions(ctx: Ctx) {
    let by = owner(&ctx).await.caller;
    let here = by.rights.organizations()[0];
    let end = START.after(HOUR);
    let ana = joined(&ctx, &by, "ana@a.example", RoleKey::Viewer, within(here)).await;
    let bob = joined(&ctx, &by, "bob@a.example", RoleKey::Technician, within(here)).await;
    let eva = joined(&ctx, &by, "eva@a.example", RoleKey::Viewer, within(here)).await;
    let admin = || (RoleKey::Administrator, within(here));
    let technician = || (RoleKey::Technician, within(here));
    give(&ctx, (&by, &ana), admin(), until(end)).await.unwrap();
    let ana = again(&ctx, &ana).await;
    for longer in [Conditions::NONE, until(end.after(MINUTE)), proof(1)] {
        let refused = give(&ctx, (&ana, &eva), technician(), longer).await;
        assert_eq!(refused.err(), Some(Code::Forbidden));
    }
    // Nor to themselves, nor by an invitation, nor do they take away what others have for good.
    let refused = give(&ctx, (&ana, &ana), technician(), Conditions::NONE).await;
    assert_eq!(refused.err(), Some(Code::Forbidden));
    let invited = farol_server::accounts::NewAccountInvitation {
        email: "x@a.example".into(),
        role: RoleKey::Technician,
        place: within(here),
        conditions: Conditions::NONE,
        send: false,
    };
    let refused = farol_server::accounts::invite(&ctx, &ana, invited).await;
    assert_eq!(refused.err().unwrap().code(), Code::Forbidden);
    let of_bob = rights::list_assignments(&ctx, &ana, Some(bob.account))
        .await
        .unwrap();
    assert!(!of_bob[0].may_take);
    let refused = rights::unassign(&ctx, &ana, of_bob[0].id).await;
    assert_eq!(refused.unwrap_err().code(), Code::Forbidden);
    let disabled = farol_server::accounts::disable(&ctx, &ana, bob.account).await;
    assert_eq!(disabled.err().unwrap().code(), Code::Forbidden);
    let shorter = give(&ctx, (&ana, &eva), technician(), until(end)).await.unwrap();
    assert!(shorter.may_take);
    rights::unassign(&ctx, &ana, shorter.id).await.unwrap();

    // Who owns the server for a while is not its last owner.
    let server = || (RoleKey::Owner, AssignmentPlace::Server);
    give(&ctx, (&by, &bob), server(), until(end)).await.unwrap();
    let bob = again(&ctx, &bob).await;
    let own = rights::list_assignments(&ctx, &by, Some(by.account))
        .await
        .unwrap();
    for one in [&by, &bob] {
        let refused = rights::unassign(&ctx, one, own[0].id).await.unwrap_err();
        assert!(
            [Code::LastOwner, Code::Forbidden].contains(&refused.code()),
            "{refused}"
        );
    }
}

pub async fn who_has_some_machines_finds_those_alone(ctx: Ctx) {
    let by = owner(&ctx).await.caller;
    let here = by.rights.organizations()[0];
    let key = token(&ctx, None, Approval::Automatic).await;
    let mut machines = Vec::new();
    for number in 1..=4 {
        machines.push(enroll(&ctx, request(&key, number, number.into())).await.unwrap());
    }
    let [at_site, tagged, alone, other] = machines[..] else {
        panic!("four machines");
    };
    let wanted = NewSite {
        organization_id: here,
        name: "Branch".into(),
    };
    let branch = organizations::create_site(&ctx, &by, wanted).await.unwrap();
    let seen_at = IfMatch::seen("*");
    machines::change(&ctx, &by, at_site, (None, Some(branch.id)), &seen_at)
        .await
        .unwrap();
    label(&ctx, tagged, &["lab", "till"]).await;
    label(&ctx, other, &["lab"]).await;

    let ana = joined(&ctx, &by, "ana@a.example", RoleKey::Technician, within(here)).await;
    let wide = rights::list_assignments(&ctx, &by, Some(ana.account))
        .await
        .unwrap();
    let one_machine = AssignmentPlace::Machine {
        organization_id: here,
        machine_id: alone,
    };
    let places = [
        (site(here, branch.id), vec![at_site]),
        (tags(here, &[" TILL", "lab"]), vec![tagged]),
        (one_machine, vec![alone]),
    ];
    for (place, _) in &places {
        let technician = (RoleKey::Technician, place.clone());
        give(&ctx, (&by, &ana), technician.clone(), Conditions::NONE)
            .await
            .unwrap();
        let twice = give(&ctx, (&by, &ana), technician, Conditions::NONE).await;
        assert_eq!(twice.err(), Some(Code::Conflict), "{place:?}");
    }
    assert_eq!(seen(&ctx, &again(&ctx, &ana).await).await.len(), 4);
    rights::unassign(&ctx, &by, wide[0].id).await.unwrap();
    let all = again(&ctx, &ana).await;
    assert_eq!(seen(&ctx, &all).await, [at_site, tagged, alone]);
    assert_eq!(all.rights.organizations_with(Permission::MachineSee), []);
    let given = rights::list_assignments(&ctx, &by, Some(ana.account))
        .await
        .unwrap();
    assert_eq!(given[0].place_name.as_deref(), Some("Branch"));
    for one in given {
        rights::unassign(&ctx, &by, one.id).await.unwrap();
    }
    for (place, expected) in places {
        let technician = (RoleKey::Technician, place.clone());
        let given = give(&ctx, (&by, &ana), technician, Conditions::NONE)
            .await
            .unwrap();
        let ana = again(&ctx, &ana).await;
        assert_eq!(seen(&ctx, &ana).await, expected, "{place:?}");
        for id in &machines {
            let found = machines::find(&ctx, &ana, *id).await;
            assert_eq!(found.is_ok(), expected.contains(id), "{place:?}");
        }
        let on = Question::Machine(expected[0]);
        assert_eq!(
            decided(&ctx, &ana, on, Permission::ScreenView).await,
            (true, DecidedBy::Role)
        );
        assert_eq!(
            decided(&ctx, &ana, on, Permission::AuditRead).await,
            (false, DecidedBy::NoRole)
        );
        let sites = organizations::sites(&ctx, &ana, false).await.unwrap();
        assert_eq!(sites.len(), 1, "{place:?}");
        // They neither move it, nor take others away.
        let moved = machines::change(&ctx, &ana, expected[0], (None, Some(branch.id)), &seen_at).await;
        assert_eq!(moved.err().unwrap().code(), Code::Forbidden);
        let gone = machines::remove(&ctx, &ana, other).await;
        assert_eq!(gone.unwrap_err().code(), Code::NotFound);
        rights::unassign(&ctx, &by, given.id).await.unwrap();
    }
}

pub async fn a_place_is_one_that_is_there_and_where_the_role_says_something(ctx: Ctx) {
    let by = owner(&ctx).await.caller;
    let here = by.rights.organizations()[0];
    let ana = joined(&ctx, &by, "ana@a.example", RoleKey::Viewer, within(here)).await;
    let main = organizations::sites(&ctx, &by, false).await.unwrap()[0].id;
    // A role that says nothing about machines is given for all of an organization.
    let auditor = rights::NewRole {
        name: "Auditor".into(),
        description: String::new(),
        permissions: vec![Permission::AuditRead],
    };
    let auditor = rights::create_role(&ctx, &by, auditor).await.unwrap();
    let nothing = give(
        &ctx,
        (&by, &ana),
        (auditor.key, site(here, main)),
        Conditions::NONE,
    )
    .await;
    assert_eq!(nothing.err(), Some(Code::ValidationFailed));
    let unknown = give(
        &ctx,
        (&by, &ana),
        (RoleKey::Viewer, site(here, SiteId::new())),
        Conditions::NONE,
    );
    assert_eq!(unknown.await.err(), Some(Code::ValidationFailed));
}

pub async fn what_was_given_on_a_machine_goes_with_its_records(ctx: Ctx) {
    let by = owner(&ctx).await.caller;
    let here = by.rights.organizations()[0];
    let key = token(&ctx, None, Approval::Automatic).await;
    let from = enroll(&ctx, request(&key, 1, 1)).await.unwrap();
    let into = enroll(&ctx, request(&key, 2, 2)).await.unwrap();
    let ana = joined(&ctx, &by, "ana@a.example", RoleKey::Technician, within(here)).await;
    let wide = rights::list_assignments(&ctx, &by, Some(ana.account))
        .await
        .unwrap();
    let on_machine = AssignmentPlace::Machine {
        organization_id: here,
        machine_id: from,
    };
    give(
        &ctx,
        (&by, &ana),
        (RoleKey::Technician, on_machine),
        Conditions::NONE,
    )
    .await
    .unwrap();
    rights::unassign(&ctx, &by, wide[0].id).await.unwrap();
    // A session of before, with the record that is merged.
    let tx = ctx.db.write().await.unwrap();
    let quoted = |id: MachineId| match tx.get_database_backend() {
        sea_orm::DbBackend::Postgres => format!("'{id}'"),
        _ => format!("X'{}'", id.to_string().replace('-', "")),
    };
    tx.execute_unprepared(&format!(
        "INSERT INTO sessions (id, organization_id, machine_id, machine_name, technician_name, rights, state, asked, attempt, \
         requested_at, resumes, ended_at, bytes_to_viewer, bytes_to_agent, request_id) \
         SELECT id, organization_id, id, 'pc', 'Otto', 'view', 'ended', '', 1, 0, 0, 0, 0, 0, '' FROM machines WHERE id = {}",
        quoted(from)
    ))
    .await
    .unwrap();
    tx.commit().await.unwrap();
    let sessions_seen = async |by: &Caller| {
        let list = sessions::list(&ctx, by, &PageQuery::default(), (None, None)).await;
        list.unwrap().items.len()
    };
    let narrow = again(&ctx, &ana).await;
    assert_eq!(seen(&ctx, &narrow).await, [from]);
    assert_eq!(sessions_seen(&narrow).await, 1);
    machines::merge(&ctx, &by, into, from).await.unwrap();
    let narrow = again(&ctx, &ana).await;
    assert_eq!(seen(&ctx, &narrow).await, [into], "the machine is the same");
    assert_eq!(sessions_seen(&narrow).await, 1);
    machines::undo(&ctx, &by, into, from).await.unwrap();
    let narrow = again(&ctx, &ana).await;
    assert_eq!(seen(&ctx, &narrow).await, [from]);
    // With the record went what is known of its sessions, but for who sees the organization.
    machines::remove(&ctx, &by, from).await.unwrap();
    let narrow = again(&ctx, &ana).await;
    assert!(seen(&ctx, &narrow).await.is_empty());
    assert_eq!((sessions_seen(&narrow).await, sessions_seen(&by).await), (0, 1));
}

pub async fn a_token_for_some_machines_finds_those_alone(ctx: Ctx) {
    let by = owner(&ctx).await.caller;
    let here = by.rights.organizations()[0];
    let key = token(&ctx, None, Approval::Automatic).await;
    let lab = enroll(&ctx, request(&key, 1, 1)).await.unwrap();
    let other = enroll(&ctx, request(&key, 2, 2)).await.unwrap();
    label(&ctx, lab, &["lab"]).await;
    let first = organizations::sites(&ctx, &by, false).await.unwrap()[0].id;
    let narrow = |reach: Reach| Caller {
        rights: by.rights.narrowed(rights::Permissions::all(), Some(&[reach])),
        ..by.clone()
    };
    let tagged = Reach {
        tags: vec!["lab".into()],
        ..Reach::EVERYTHING
    };
    assert_eq!(seen(&ctx, &narrow(tagged.clone())).await, [lab]);
    let at_site = Reach {
        site: Some(first),
        ..Reach::EVERYTHING
    };
    assert_eq!(seen(&ctx, &narrow(at_site.clone())).await, [lab, other]);
    let both = at_site.and(&tagged).unwrap();
    assert_eq!(seen(&ctx, &narrow(both.clone())).await, [lab]);
    assert_eq!(
        organizations::sites(&ctx, &narrow(both), false)
            .await
            .unwrap()
            .len(),
        1
    );
    let elsewhere = Reach {
        site: Some(SiteId::new()),
        ..Reach::EVERYTHING
    };
    assert!(seen(&ctx, &narrow(elsewhere)).await.is_empty());
    let one = narrow(tagged);
    assert!(
        one.require(here, Permission::AuditRead).is_err(),
        "nothing but machines"
    );
}
