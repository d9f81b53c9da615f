//! Teams: what their people have by them, who may put somebody in and take them out, and what a team never does.

use std::time::Duration;

use farol_server::accounts::{self, Caller, NewAccountInvitation, Person};
use farol_server::api_tokens::{self, NewApiToken};
use farol_server::audit::{self, AuditFilter};
use farol_server::http::{IfMatch, PageQuery};
use farol_server::ids::{AccountId, OrganizationId};
use farol_server::rights::{
    self, AssignmentPlace, Conditions, DecidedBy, NewAssignment, NewRole, Permission, Question, RoleKey,
};
use farol_server::store::entities::account;
use farol_server::teams::{self, NewTeam, Place, Team, TeamChange};
use farol_server::{Code, Ctx};
use sea_orm::EntityTrait;
use serde_json::json;

use super::rights::{again, joined, organization, within};
use crate::common::{EMAIL, PASSWORD, owner, rule_request};

const HOUR: Duration = Duration::from_secs(3600);

fn home(organization_id: OrganizationId) -> Place {
    Place::Organization { organization_id }
}

async fn team(ctx: &Ctx, by: &Caller, name: &str, place: Place) -> Team {
    let wanted = NewTeam {
        name: name.into(),
        note: String::new(),
        place,
    };
    teams::create(ctx, by, wanted).await.unwrap()
}

async fn give(
    ctx: &Ctx,
    by: &Caller,
    to: AccountId,
    (role, place): (RoleKey, AssignmentPlace),
) -> Result<rights::Assignment, Code> {
    give_until(ctx, by, to, (role, place), Conditions::NONE).await
}

async fn give_until(
    ctx: &Ctx,
    by: &Caller,
    to: AccountId,
    (role, place): (RoleKey, AssignmentPlace),
    conditions: Conditions,
) -> Result<rights::Assignment, Code> {
    let wanted = NewAssignment {
        account_id: to,
        role,
        place,
        conditions,
    };
    let given = rights::assign(ctx, by, wanted).await;
    given.map_err(|error| error.code())
}

async fn add(ctx: &Ctx, by: &Caller, team: &Team, who: AccountId) -> Result<(), Code> {
    let added = teams::add(ctx, by, team.id, who).await;
    added.map(drop).map_err(|error| error.code())
}

async fn remove(ctx: &Ctx, by: &Caller, team: &Team, who: AccountId) -> Result<(), Code> {
    let removed = teams::remove(ctx, by, team.id, who).await;
    removed.map_err(|error| error.code())
}

async fn seen(ctx: &Ctx, by: &Caller) -> Vec<String> {
    let list = teams::list(ctx, by, &PageQuery::default()).await.unwrap();
    list.items.into_iter().map(|team| team.name).collect()
}

async fn entries(ctx: &Ctx, by: &Caller, action: &str) -> Vec<serde_json::Value> {
    let list = audit::list(ctx, by, &PageQuery::default(), &AuditFilter::default()).await;
    let of = list.unwrap().items.into_iter();
    of.filter(|entry| entry.action == action)
        .map(|entry| json!(entry))
        .collect()
}

/// Somebody who manages people here and has nothing else.
async fn keeper(ctx: &Ctx, by: &Caller, email: &str, here: OrganizationId) -> Caller {
    let wanted = NewRole {
        name: format!("Keeper {email}"),
        description: String::new(),
        permissions: vec![
            Permission::AccountSee,
            Permission::AccountManage,
            Permission::MachineSee,
        ],
    };
    let key = rights::create_role(ctx, by, wanted).await.unwrap().key;
    joined(ctx, by, email, key, within(here)).await
}

/// What says yes is named, and the team that has it.
async fn says_by_which_team(
    ctx: &Ctx,
    ana: &Caller,
    (here, field): (OrganizationId, &Team),
    given: farol_server::ids::AssignmentId,
) {
    let said = rights::effective_permissions(ctx, ana, ana.account, Question::Organization(here)).await;
    let said = said.unwrap();
    let verdict = said
        .permissions
        .iter()
        .find(|one| one.permission == Permission::ScreenControl);
    let verdict = verdict.unwrap();
    assert_eq!(
        (verdict.decided_by, &verdict.roles[..]),
        (DecidedBy::Role, &[given][..])
    );
    let rule = said.roles.iter().find(|one| one.assignment_id == given).unwrap();
    assert_eq!(
        (rule.team_id, rule.team_name.as_deref()),
        (Some(field.id), Some("Field"))
    );
    let own = said
        .roles
        .iter()
        .find(|one| one.role == RoleKey::Requester)
        .unwrap();
    assert_eq!((own.team_id, own.team_name.as_deref()), (None, None));
}

pub async fn who_is_in_a_team_has_what_it_has_and_no_longer(ctx: Ctx) {
    let by = owner(&ctx).await.caller;
    let here = by.rights.organizations()[0];
    let ana = joined(&ctx, &by, "ana@a.example", RoleKey::Requester, within(here)).await;
    let field = team(&ctx, &by, "Field", home(here)).await;
    add(&ctx, &by, &field, ana.account).await.unwrap();
    assert!(
        !again(&ctx, &ana)
            .await
            .rights
            .allows(here, Permission::ScreenControl)
    );

    let given = give(&ctx, &by, field.id, (RoleKey::Technician, within(here)))
        .await
        .unwrap();
    assert_eq!((given.account_id, given.team_id), (field.id, None));
    let now = again(&ctx, &ana).await;
    now.require(here, Permission::ScreenControl).unwrap();
    assert_eq!(
        now.rights.role_keys_in(here),
        [RoleKey::Requester, RoleKey::Technician],
        "access rules speak of it like of a role of hers"
    );
    let several = rights::of_accounts(
        ctx.db.read(),
        &[ana.account, by.account],
        rights::Moment::Whenever,
    )
    .await;
    let several = several.unwrap();
    assert_eq!(several[&ana.account].granted().len(), 2);
    assert_eq!(several[&by.account].granted().len(), 1);

    says_by_which_team(&ctx, &now, (here, &field), given.id).await;

    // Her roles are listed with those of her team, which nobody takes from her alone.
    let hers = rights::list_assignments(&ctx, &by, Some(ana.account))
        .await
        .unwrap();
    let hers: Vec<_> = hers
        .iter()
        .map(|one| (one.account_id, one.role, one.team_name.as_deref(), one.may_take))
        .collect();
    assert_eq!(
        hers,
        [
            (ana.account, RoleKey::Requester, None, true),
            (ana.account, RoleKey::Technician, Some("Field"), false),
        ]
    );
    let its = rights::list_assignments(&ctx, &by, Some(field.id)).await.unwrap();
    assert_eq!(its.len(), 1);
    assert!(its[0].may_take && its[0].team_id.is_none());
    let roles = rights::list_roles(&ctx).await.unwrap();
    let technician = roles.iter().find(|role| role.key == RoleKey::Technician).unwrap();
    assert_eq!(technician.accounts, 1, "people, not teams");
    let shown = teams::find(&ctx, &by, field.id).await.unwrap();
    assert_eq!((shown.team.member_count, shown.team.roles.len()), (1, 1));
    assert_eq!(shown.members[0].name, "ana");

    remove(&ctx, &by, &field, ana.account).await.unwrap();
    assert!(
        !again(&ctx, &ana)
            .await
            .rights
            .allows(here, Permission::ScreenControl)
    );
    assert_eq!(remove(&ctx, &by, &field, ana.account).await, Err(Code::NotFound));
    add(&ctx, &by, &field, ana.account).await.unwrap();
    add(&ctx, &by, &field, ana.account).await.unwrap();
    rights::unassign(&ctx, &by, given.id).await.unwrap();
    assert!(
        !again(&ctx, &ana)
            .await
            .rights
            .allows(here, Permission::ScreenControl)
    );

    let added = entries(&ctx, &by, "team.member_added").await;
    assert_eq!(added.len(), 2, "who is in it already is not put in again");
    assert_eq!(added[0]["target"]["kind"], "team");
    assert_eq!(added[0]["detail"]["member_name"], "ana");
    assert_eq!(
        entries(&ctx, &by, "role.given").await[0]["target"]["kind"],
        "team"
    );
}

pub async fn a_role_of_a_team_ends_by_itself_for_all_of_its_people(ctx: Ctx) {
    let by = owner(&ctx).await.caller;
    let here = by.rights.organizations()[0];
    let ana = joined(&ctx, &by, "ana@a.example", RoleKey::Requester, within(here)).await;
    let field = team(&ctx, &by, "Field", home(here)).await;
    add(&ctx, &by, &field, ana.account).await.unwrap();
    let end = ctx.clock.now().after(HOUR);
    let until = Conditions {
        expires_at: Some(end),
        ..Conditions::NONE
    };
    give_until(&ctx, &by, field.id, (RoleKey::Technician, within(here)), until)
        .await
        .unwrap();
    let listener = farol_server::events::Listener::of(&again(&ctx, &ana).await);
    let mut stream = ctx.events.subscribe(listener).unwrap();
    let mut moments = rights::Moments::default();
    moments.look(&ctx).await.unwrap();
    ctx.clock.advance(HOUR);
    moments.look(&ctx).await.unwrap();
    assert_eq!(stream.next().await, Some(farol_server::events::Notice::Resync));
    let by = again(&ctx, &by).await;
    let ended = entries(&ctx, &by, "role.ended").await;
    assert_eq!(ended.len(), 1);
    assert_eq!(ended[0]["target"]["name"], "Field");
    let ana = again(&ctx, &ana).await;
    assert!(!ana.rights.allows(here, Permission::ScreenControl));
}

pub async fn nobody_gives_by_a_team_what_they_do_not_have(ctx: Ctx) {
    let by = owner(&ctx).await.caller;
    let here = by.rights.organizations()[0];
    let kim = keeper(&ctx, &by, "kim@a.example", here).await;
    let ana = joined(&ctx, &by, "ana@a.example", RoleKey::Requester, within(here)).await;
    let field = team(&ctx, &kim, "Field", home(here)).await;
    add(&ctx, &kim, &field, ana.account).await.unwrap();
    remove(&ctx, &kim, &field, ana.account).await.unwrap();

    // With a role that Kim does not have the team is out of her hands, herself included.
    let refused = give(&ctx, &kim, field.id, (RoleKey::Technician, within(here))).await;
    assert_eq!(refused.err(), Some(Code::Forbidden));
    let given = give(&ctx, &by, field.id, (RoleKey::Technician, within(here)))
        .await
        .unwrap();
    add(&ctx, &by, &field, ana.account).await.unwrap();
    assert_eq!(add(&ctx, &kim, &field, kim.account).await, Err(Code::Forbidden));
    assert_eq!(
        remove(&ctx, &kim, &field, ana.account).await,
        Err(Code::Forbidden)
    );
    let any = IfMatch::seen("*");
    let change = TeamChange {
        name: Some("Mine".into()),
        note: None,
    };
    let changed = teams::change(&ctx, &kim, field.id, change, &any).await;
    assert_eq!(changed.err().map(|error| error.code()), Some(Code::Forbidden));
    let deleted = teams::delete(&ctx, &kim, field.id, &any).await;
    assert_eq!(deleted.err().map(|error| error.code()), Some(Code::Forbidden));
    assert!(!teams::find(&ctx, &kim, field.id).await.unwrap().team.may_manage);
    // Nor does she disable who has more by a team.
    let disabled = accounts::disable(&ctx, &kim, ana.account).await;
    assert_eq!(disabled.err().map(|error| error.code()), Some(Code::Forbidden));

    // Under stricter conditions than the team's it is the same; without the role she may again.
    rights::unassign(&ctx, &by, given.id).await.unwrap();
    let keeps = kim.rights.role_keys_in(here)[0];
    give(&ctx, &by, field.id, (keeps, within(here))).await.unwrap();
    add(&ctx, &kim, &field, kim.account).await.unwrap();
    let lou = joined(&ctx, &by, "lou@a.example", RoleKey::Requester, within(here)).await;
    let until = Conditions {
        expires_at: Some(ctx.clock.now().after(HOUR)),
        ..Conditions::NONE
    };
    give_until(&ctx, &by, lou.account, (keeps, within(here)), until)
        .await
        .unwrap();
    let lou = again(&ctx, &lou).await;
    assert_eq!(add(&ctx, &lou, &field, lou.account).await, Err(Code::Forbidden));
    add(&ctx, &kim, &field, lou.account).await.unwrap();
}

pub async fn teams_of_another_organization_do_not_exist(ctx: Ctx) {
    let by = owner(&ctx).await.caller;
    let here = by.rights.organizations()[0];
    let there = organization(&ctx, &by, "Elsewhere").await;
    let by = again(&ctx, &by).await;
    let ana = joined(&ctx, &by, "ana@a.example", RoleKey::Administrator, within(here)).await;
    let otto = joined(&ctx, &by, "otto@b.example", RoleKey::Administrator, within(there)).await;
    let ours = team(&ctx, &ana, "Field", home(here)).await;
    let theirs = team(&ctx, &otto, "field", home(there)).await;
    let everywhere = team(&ctx, &by, "Field", Place::Server).await;
    assert_eq!(seen(&ctx, &ana).await, ["Field"]);
    assert_eq!(seen(&ctx, &otto).await, ["field"]);
    assert_eq!(seen(&ctx, &by).await, ["Field", "field", "Field"]);

    // A name is taken within its place alone.
    let twice = NewTeam {
        name: "FIELD".into(),
        note: String::new(),
        place: home(here),
    };
    let twice = teams::create(&ctx, &ana, twice).await;
    assert_eq!(
        twice.err().map(|error| error.code()),
        Some(Code::ValidationFailed)
    );

    // What a team of the whole server has here is seen here, and is not to be touched from here.
    give(&ctx, &by, everywhere.id, (RoleKey::Viewer, within(here)))
        .await
        .unwrap();
    let given = rights::list_assignments(&ctx, &ana, None).await.unwrap();
    let given = given.iter().find(|one| one.account_id == everywhere.id).unwrap();
    assert!(!given.may_take);
    let any = IfMatch::seen("*");
    for hidden in [theirs.id, everywhere.id, AccountId::new()] {
        let refusals = [
            teams::find(&ctx, &ana, hidden).await.map(drop),
            teams::change(&ctx, &ana, hidden, TeamChange::default(), &any)
                .await
                .map(drop),
            teams::delete(&ctx, &ana, hidden, &any).await,
            teams::add(&ctx, &ana, hidden, ana.account).await.map(drop),
            teams::remove(&ctx, &ana, hidden, otto.account).await,
            rights::unassign(&ctx, &ana, given.id).await,
        ];
        for refused in refusals {
            assert_eq!(refused.unwrap_err().code(), Code::NotFound);
        }
        let refused = give(&ctx, &ana, hidden, (RoleKey::Viewer, within(here))).await;
        assert_eq!(refused.err(), Some(Code::NotFound));
    }
    // Nobody is put into a team whom one does not see.
    assert_eq!(add(&ctx, &ana, &ours, otto.account).await, Err(Code::NotFound));
    let elsewhere = NewTeam {
        name: "Spies".into(),
        note: String::new(),
        place: home(there),
    };
    let refused = teams::create(&ctx, &ana, elsewhere).await;
    assert_eq!(refused.err().map(|error| error.code()), Some(Code::NotFound));
    let server = NewTeam {
        name: "Spies".into(),
        note: String::new(),
        place: Place::Server,
    };
    let refused = teams::create(&ctx, &ana, server).await;
    assert_eq!(refused.err().map(|error| error.code()), Some(Code::Forbidden));

    // A team of one organization has roles there alone, whoever gives them.
    for outside in [within(there), AssignmentPlace::Server] {
        let refused = give(&ctx, &by, ours.id, (RoleKey::Viewer, outside)).await;
        assert_eq!(refused.err(), Some(Code::ValidationFailed));
    }
    // Who is somewhere by a team alone is one of the people there, with the team's name.
    add(&ctx, &by, &everywhere, otto.account).await.unwrap();
    let people = accounts::list(&ctx, &ana).await.unwrap();
    let otto = people.iter().find(|person| person.id == otto.account).unwrap();
    assert_eq!(otto.roles.len(), 1);
    assert_eq!(otto.roles[0].team_name.as_deref(), Some("Field"));
    assert!(!otto.may_manage);
}

pub async fn a_team_is_no_last_owner(ctx: Ctx) {
    let by = owner(&ctx).await.caller;
    let here = by.rights.organizations()[0];
    let ana = joined(&ctx, &by, "ana@a.example", RoleKey::Requester, within(here)).await;
    let owners = team(&ctx, &by, "Owners", Place::Server).await;
    let role = give(&ctx, &by, owners.id, (RoleKey::Owner, AssignmentPlace::Server))
        .await
        .unwrap();
    add(&ctx, &by, &owners, ana.account).await.unwrap();
    let ana = again(&ctx, &ana).await;
    assert_eq!(ana.rights.permissions_everywhere(), rights::Permissions::all());
    // An owner by a team may do everything, but to leave the server without one who is an owner by themselves.
    let direct = rights::list_assignments(&ctx, &by, Some(by.account))
        .await
        .unwrap();
    for refused in [
        rights::unassign(&ctx, &ana, direct[0].id).await,
        accounts::disable(&ctx, &ana, by.account).await.map(drop),
        accounts::delete(&ctx, &ana, by.account, None).await,
    ] {
        assert_eq!(refused.unwrap_err().code(), Code::LastOwner);
    }
    assert_eq!(
        rights::oldest_owner(ctx.db.read()).await.unwrap(),
        Some(by.account)
    );
    // The team itself is gone whenever somebody who has all of that wants it.
    rights::unassign(&ctx, &by, role.id).await.unwrap();
    let seen = teams::find(&ctx, &by, owners.id).await.unwrap().team;
    teams::delete(&ctx, &by, owners.id, &IfMatch::seen(&seen.etag))
        .await
        .unwrap();
}

pub async fn a_team_is_an_account_to_nobody(ctx: Ctx) {
    let by = owner(&ctx).await.caller;
    let here = by.rights.organizations()[0];
    let field = team(&ctx, &by, "Field", home(here)).await;
    give(&ctx, &by, field.id, (RoleKey::Technician, within(here)))
        .await
        .unwrap();
    let other = team(&ctx, &by, "Other", home(here)).await;
    let people = accounts::list(&ctx, &by).await.unwrap();
    assert!(people.iter().all(|person| person.email == EMAIL));
    assert!(accounts::service_accounts(&ctx, &by).await.unwrap().is_empty());
    let token = NewApiToken {
        account_id: Some(field.id),
        name: "x".into(),
        scopes: vec![Permission::MachineSee],
        expires_in_seconds: 3600,
        organization_ids: None,
        site_ids: None,
        tags: None,
        read_only: false,
    };
    let on = Question::Organization(here);
    for refused in [
        accounts::person(&ctx, &by, field.id).await.map(drop),
        accounts::disable(&ctx, &by, field.id).await.map(drop),
        accounts::enable(&ctx, &by, field.id).await.map(drop),
        accounts::delete(&ctx, &by, field.id, None).await,
        accounts::reset_factors(&ctx, &by, field.id).await,
        rights::effective_permissions(&ctx, &by, field.id, on)
            .await
            .map(drop),
        api_tokens::create(&ctx, &by, token).await.map(drop),
        teams::add(&ctx, &by, other.id, field.id).await.map(drop),
    ] {
        assert_eq!(refused.unwrap_err().code(), Code::NotFound);
    }
    // Nor by what stands in the place of its address.
    let row: Person = account::Entity::find_by_id(field.id)
        .one(ctx.db.read())
        .await
        .unwrap()
        .unwrap();
    let signed_in = accounts::sign_in(&ctx, &rule_request(), &row.email_key, PASSWORD).await;
    assert_eq!(
        signed_in.err().map(|error| error.code()),
        Some(Code::InvalidCredentials)
    );
    let link = accounts::create_link(&ctx.db, &ctx.clock, Some(&row.email_key)).await;
    assert_eq!(link.err().map(|error| error.code()), Some(Code::NotFound));
    let recovered = accounts::recover(&ctx, Some(&row.email_key), false).await;
    assert_eq!(recovered.err().map(|error| error.code()), Some(Code::NotFound));
    let invited = NewAccountInvitation {
        email: row.email_key,
        role: RoleKey::Viewer,
        place: within(here),
        conditions: Conditions::NONE,
        send: false,
    };
    let invited = accounts::invite(&ctx, &by, invited).await;
    assert_eq!(
        invited.err().map(|error| error.code()),
        Some(Code::ValidationFailed)
    );
}

pub async fn programs_are_in_no_team_and_who_is_deleted_leaves_theirs(ctx: Ctx) {
    let by = owner(&ctx).await.caller;
    let here = by.rights.organizations()[0];
    let field = team(&ctx, &by, "Field", home(here)).await;
    let program = accounts::NewServiceAccount {
        name: "Program".into(),
        note: String::new(),
        role: RoleKey::Viewer,
        place: within(here),
        conditions: Conditions::NONE,
    };
    let program = accounts::create_service_account(&ctx, &by, program)
        .await
        .unwrap();
    assert_eq!(add(&ctx, &by, &field, program.id).await, Err(Code::NotFound));
    let ana = joined(&ctx, &by, "ana@a.example", RoleKey::Viewer, within(here)).await;
    let bob = joined(&ctx, &by, "bob@a.example", RoleKey::Viewer, within(here)).await;
    for one in [&ana, &bob] {
        add(&ctx, &by, &field, one.account).await.unwrap();
    }
    give(&ctx, &by, field.id, (RoleKey::Technician, within(here)))
        .await
        .unwrap();
    accounts::delete(&ctx, &by, ana.account, Some(bob.account))
        .await
        .unwrap();
    accounts::disable(&ctx, &by, bob.account).await.unwrap();
    let shown = teams::find(&ctx, &by, field.id).await.unwrap();
    assert_eq!((shown.team.member_count, shown.members.len()), (1, 1));
    assert!(shown.members[0].disabled);
    // With the team goes what it had, and nothing else of its people.
    let any = IfMatch::seen("*");
    teams::delete(&ctx, &by, field.id, &any).await.unwrap();
    assert!(
        account::Entity::find_by_id(field.id)
            .one(ctx.db.read())
            .await
            .unwrap()
            .is_none()
    );
    assert_eq!(
        again(&ctx, &bob).await.rights.role_keys_in(here),
        [RoleKey::Viewer]
    );
    let deleted = entries(&ctx, &by, "team.deleted").await;
    assert_eq!(deleted[0]["detail"]["member_count"], 1);
    assert_eq!(deleted[0]["before"]["name"], "Field");
}

pub async fn of_two_changes_of_a_team_at_once_one_wins(ctx: Ctx) {
    let by = owner(&ctx).await.caller;
    let here = by.rights.organizations()[0];
    let field = team(&ctx, &by, "Field", home(here)).await;
    let seen = IfMatch::seen(&field.etag);
    let change = |name: &str| TeamChange {
        name: Some(name.into()),
        note: None,
    };
    let (one, other) = tokio::join!(
        teams::change(&ctx, &by, field.id, change("One"), &seen),
        teams::change(&ctx, &by, field.id, change("Other"), &seen),
    );
    let mut codes = [one, other].map(|done| done.err().map(|error| error.code()));
    codes.sort_by_key(Option::is_some);
    assert_eq!(codes, [None, Some(Code::VersionMismatch)]);
    let names = teams::list(&ctx, &by, &PageQuery::default()).await.unwrap().items;
    assert_eq!(names[0].etag, "\"2\"");
}
