//! Roles in every kind of place and under conditions, by invitations, with service accounts and by groups.

use std::time::Duration;

use farol_server::accounts::{self, AccountInvitationState, Caller};
use farol_server::audit::{self, AuditFilter};
use farol_server::clock::Timestamp;
use farol_server::enrollment::Approval;
use farol_server::http::{IfMatch, PageQuery};
use farol_server::identity_providers::{self as providers, GroupMapping, IdentityProviderChange};
use farol_server::ids::{IdentityProviderId, MachineId, OrganizationId, SiteId};
use farol_server::machines;
use farol_server::organizations::{self, NewSite};
use farol_server::rights::{
    self, AssignmentPlace, AssignmentState, Conditions, Day, Hours, NewAssignment, Permission, RoleKey,
};
use farol_server::{Code, Ctx};
use serde_json::json;

use super::api_tokens::service_under;
use super::identity_providers::{comes, issuer, mapping, wanted};
use super::people::{accept, acceptance, invite_under};
use super::recognition::{enroll, request, token};
use super::rights::{again, joined, within};
use crate::common::{START, owner, rule_request};

const HOUR: Duration = Duration::from_secs(3600);

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

fn on_fridays() -> Conditions {
    Conditions {
        hours: Some(Hours {
            days: vec![Day::Friday],
            from: "08:00".into(),
            to: "18:00".into(),
            time_zone: "America/Recife".into(),
        }),
        ..Conditions::NONE
    }
}

fn at(organization_id: OrganizationId, site_id: SiteId) -> AssignmentPlace {
    AssignmentPlace::Site {
        organization_id,
        site_id,
    }
}

fn on(organization_id: OrganizationId, machine_id: MachineId) -> AssignmentPlace {
    AssignmentPlace::Machine {
        organization_id,
        machine_id,
    }
}

fn tagged(organization_id: OrganizationId, tags: &[&str]) -> AssignmentPlace {
    AssignmentPlace::Tags {
        organization_id,
        tags: tags.iter().map(|tag| (*tag).to_owned()).collect(),
    }
}

async fn branch(ctx: &Ctx, by: &Caller, organization_id: OrganizationId) -> SiteId {
    let wanted = NewSite {
        organization_id,
        name: "Branch".into(),
    };
    organizations::create_site(ctx, by, wanted).await.unwrap().id
}

async fn given(ctx: &Ctx, by: &Caller, to: &Caller) -> Vec<rights::Assignment> {
    rights::list_assignments(ctx, by, Some(to.account)).await.unwrap()
}

async fn looked(ctx: &Ctx, token: &str) -> Result<accounts::AccountInvitationLook, Code> {
    let look = accounts::look_at_invitation(ctx, rule_request().info, token).await;
    look.map_err(|error| error.code())
}

async fn entries(ctx: &Ctx, by: &Caller, action: &str) -> Vec<audit::AuditEntry> {
    let list = audit::list(ctx, by, &PageQuery::default(), &AuditFilter::default()).await;
    let mut items = list.unwrap().items;
    items.retain(|entry| entry.action == action);
    items
}

pub async fn an_invitation_gives_a_role_in_each_kind_of_place(ctx: Ctx) {
    let by = owner(&ctx).await.caller;
    let here = by.rights.organizations()[0];
    let branch = branch(&ctx, &by, here).await;
    let key = token(&ctx, None, Approval::Automatic).await;
    let machine = enroll(&ctx, request(&key, 1, 1)).await.unwrap();
    let name = machines::get(&ctx, &by, machine).await.unwrap().name;
    let strict = Conditions {
        expires_at: Some(START.after(HOUR)),
        reason_required: true,
        ..proof(30)
    };
    let places = [
        (AssignmentPlace::Server, None),
        (within(here), None),
        (at(here, branch), Some("Branch")),
        (tagged(here, &["lab", "till"]), None),
        (on(here, machine), Some(name.as_str())),
    ];
    for (number, (place, named)) in places.into_iter().enumerate() {
        let email = format!("p{number}@a.example");
        let what = (email.as_str(), RoleKey::Technician, place.clone());
        let (token, made) = invite_under(&ctx, &by, what, strict.clone()).await.unwrap();
        assert_eq!((&made.place, &made.conditions), (&place, &strict));
        assert_eq!(made.place_name.as_deref(), named);
        let listed = accounts::invitations(&ctx, &by).await.unwrap().remove(0);
        assert_eq!(listed, made);
        // Who has the link learns no more of it than the organization.
        let look = serde_json::to_string(&looked(&ctx, &token).await.unwrap()).unwrap();
        let (site, machine) = (branch.to_string(), machine.to_string());
        for inside in ["Branch", "till", name.as_str(), site.as_str(), machine.as_str()] {
            assert!(!look.contains(inside), "{inside} in {look}");
        }
        let came = accept(&ctx, acceptance(&token, "P")).await.unwrap();
        let theirs = given(&ctx, &by, &came).await;
        assert_eq!(theirs.len(), 1, "{place:?}");
        assert_eq!((&theirs[0].place, &theirs[0].conditions), (&place, &strict));
    }
    // Tags as machines have them; and what is nowhere, or says nothing there, is refused.
    let what = (
        "tags@a.example",
        RoleKey::Viewer,
        tagged(here, &[" TILL", "lab", "till"]),
    );
    let (_, made) = invite_under(&ctx, &by, what, Conditions::NONE).await.unwrap();
    assert_eq!(made.place, tagged(here, &["lab", "till"]));
    for (place, conditions) in [
        (at(here, SiteId::new()), Conditions::NONE),
        (on(here, MachineId::new()), Conditions::NONE),
        (tagged(here, &[]), Conditions::NONE),
        (within(here), until(START)),
        (within(here), proof(0)),
    ] {
        let what = ("no@a.example", RoleKey::Viewer, place);
        let refused = invite_under(&ctx, &by, what, conditions).await;
        assert_eq!(refused.err(), Some(Code::ValidationFailed));
    }
}

pub async fn an_invitation_whose_place_is_gone_or_whose_role_ended_gives_nothing(ctx: Ctx) {
    let by = owner(&ctx).await.caller;
    let here = by.rights.organizations()[0];
    let branch = branch(&ctx, &by, here).await;
    let key = token(&ctx, None, Approval::Automatic).await;
    let machine = enroll(&ctx, request(&key, 1, 1)).await.unwrap();
    let mut made = Vec::new();
    let places = [at(here, branch), on(here, machine)];
    for (number, place) in places.into_iter().enumerate() {
        let email = format!("p{number}@a.example");
        let what = (email.as_str(), RoleKey::Technician, place);
        made.push(invite_under(&ctx, &by, what, Conditions::NONE).await.unwrap());
    }
    let what = ("late@a.example", RoleKey::Technician, within(here));
    let (late, limited) = invite_under(&ctx, &by, what, until(START.after(HOUR)))
        .await
        .unwrap();
    let any = IfMatch::seen("*");
    organizations::delete_site(&ctx, &by, branch, &any).await.unwrap();
    machines::remove(&ctx, &by, machine).await.unwrap();
    for (token, invitation) in &made {
        assert_eq!(looked(&ctx, token).await, Err(Code::LinkInvalid));
        let refused = accept(&ctx, acceptance(token, "P")).await;
        assert_eq!(refused.unwrap_err(), Code::LinkInvalid);
        let again = accounts::resend_invitation(&ctx, &by, invitation.id).await;
        assert_eq!(again.unwrap_err().code(), Code::Conflict);
    }
    assert!(looked(&ctx, &late).await.is_ok());
    ctx.clock.advance(HOUR);
    assert_eq!(looked(&ctx, &late).await, Err(Code::InvitationEnded));
    let refused = accept(&ctx, acceptance(&late, "Late")).await;
    assert_eq!(refused.unwrap_err(), Code::InvitationEnded);
    let again = accounts::resend_invitation(&ctx, &by, limited.id).await;
    assert_eq!(again.unwrap_err().code(), Code::Conflict);
    let listed = accounts::invitations(&ctx, &by).await.unwrap();
    let states: Vec<_> = listed
        .iter()
        .map(|one| (one.state, one.place_name.clone()))
        .collect();
    let open = (AccountInvitationState::Open, None);
    assert_eq!(
        states,
        [(AccountInvitationState::Expired, None), open.clone(), open],
        "they stay, as roles that were given there do"
    );
}

pub async fn an_invitation_to_a_machine_goes_with_its_records(ctx: Ctx) {
    let by = owner(&ctx).await.caller;
    let here = by.rights.organizations()[0];
    let key = token(&ctx, None, Approval::Automatic).await;
    let from = enroll(&ctx, request(&key, 1, 1)).await.unwrap();
    let into = enroll(&ctx, request(&key, 2, 2)).await.unwrap();
    let keeper = rights::NewRole {
        name: "Keeper of people".into(),
        description: String::new(),
        permissions: vec![Permission::AccountSee, Permission::AccountManage],
    };
    let keeper = rights::create_role(&ctx, &by, keeper).await.unwrap().key;
    let ana = joined(&ctx, &by, "ana@a.example", keeper, within(here)).await;
    let wanted = NewAssignment {
        account_id: ana.account,
        role: RoleKey::Technician,
        place: on(here, from),
        conditions: Conditions::NONE,
    };
    rights::assign(&ctx, &by, wanted).await.unwrap();
    let ana = again(&ctx, &ana).await;
    for place in [within(here), on(here, into)] {
        let what = ("bob@a.example", RoleKey::Technician, place);
        let refused = invite_under(&ctx, &ana, what, Conditions::NONE).await;
        assert_eq!(refused.err(), Some(Code::Forbidden));
    }
    let what = ("bob@a.example", RoleKey::Technician, on(here, from));
    let (token, _) = invite_under(&ctx, &ana, what, Conditions::NONE).await.unwrap();
    machines::merge(&ctx, &by, into, from).await.unwrap();
    let bob = accept(&ctx, acceptance(&token, "Bob")).await.unwrap();
    let sight = bob.rights.sight(Permission::MachineSee);
    let seen: Vec<_> = sight.parts.iter().map(|part| part.machine).collect();
    assert_eq!((sight.organizations.len(), seen), (0, vec![Some(into)]));
}

pub async fn an_invitation_is_no_looser_than_what_its_author_has(ctx: Ctx) {
    let by = owner(&ctx).await.caller;
    let here = by.rights.organizations()[0];
    let end = START.after(HOUR * 2);
    let what = ("ana@a.example", RoleKey::Administrator, within(here));
    let (token, _) = invite_under(&ctx, &by, what, until(end)).await.unwrap();
    let ana = accept(&ctx, acceptance(&token, "Ana")).await.unwrap();
    let viewer = |email| (email, RoleKey::Viewer, within(here));
    for looser in [Conditions::NONE, until(end.after(HOUR)), on_fridays()] {
        let refused = invite_under(&ctx, &ana, viewer("bob@a.example"), looser).await;
        assert_eq!(refused.err(), Some(Code::Forbidden));
    }
    let short = until(START.after(HOUR));
    let (bob, _) = invite_under(&ctx, &ana, viewer("bob@a.example"), short.clone())
        .await
        .unwrap();
    let (eva, _) = invite_under(&ctx, &ana, viewer("eva@a.example"), until(end))
        .await
        .unwrap();
    // What counts is what she has when it is accepted: less now.
    let hers = given(&ctx, &by, &ana).await;
    rights::unassign(&ctx, &by, hers[0].id).await.unwrap();
    let less = NewAssignment {
        account_id: ana.account,
        role: RoleKey::Administrator,
        place: within(here),
        conditions: short.clone(),
    };
    rights::assign(&ctx, &by, less).await.unwrap();
    let refused = accept(&ctx, acceptance(&eva, "Eva")).await;
    assert_eq!(refused.unwrap_err(), Code::LinkInvalid);
    let bob = accept(&ctx, acceptance(&bob, "Bob")).await.unwrap();
    assert_eq!(given(&ctx, &by, &bob).await[0].conditions, short);
}

pub async fn programs_have_roles_in_each_place_but_none_that_asks_for_a_proof(ctx: Ctx) {
    let by = owner(&ctx).await.caller;
    let here = by.rights.organizations()[0];
    let site = organizations::sites(&ctx, &by, false).await.unwrap()[0].id;
    let conditions = Conditions {
        expires_at: Some(START.after(HOUR)),
        reason_required: true,
        ..on_fridays()
    };
    let what = (RoleKey::Technician, at(here, site));
    let made = service_under(&ctx, &by, what.clone(), conditions.clone())
        .await
        .unwrap();
    let role = &made.roles[0];
    assert_eq!((&role.place, &role.conditions), (&what.1, &conditions));
    assert_eq!(role.state, AssignmentState::OutsideHours);
    let created = entries(&ctx, &by, "service_account.created").await;
    let after = created[0].after.clone().unwrap();
    assert_eq!(
        after["place"],
        json!({ "kind": "site", "organization_id": here, "site_id": site })
    );
    assert_eq!(after["conditions"]["reason_required"], true);

    let refused = service_under(&ctx, &by, what, proof(5)).await;
    assert_eq!(refused.err(), Some(Code::ValidationFailed));
    let wanted = NewAssignment {
        account_id: made.id,
        role: RoleKey::Viewer,
        place: within(here),
        conditions: proof(5),
    };
    let refused = rights::assign(&ctx, &by, wanted).await.unwrap_err();
    assert_eq!(refused.code(), Code::ValidationFailed, "nor is it given later");
    ctx.clock.advance(HOUR);
    let listed = accounts::service_accounts(&ctx, &by).await.unwrap();
    assert_eq!(listed.len(), 1);
    assert_eq!(listed[0].roles[0].state, AssignmentState::Ended);
}

async fn set_mappings(ctx: &Ctx, by: &Caller, id: IdentityProviderId, mappings: Vec<GroupMapping>) {
    let change = IdentityProviderChange {
        mappings: Some(mappings),
        ..IdentityProviderChange::default()
    };
    providers::change(ctx, by, id, change, &IfMatch::seen("*"))
        .await
        .unwrap();
}

pub async fn groups_give_roles_in_each_place_under_the_conditions_of_now(ctx: Ctx) {
    let by = owner(&ctx).await.caller;
    let here = by.rights.organizations()[0];
    let main = organizations::sites(&ctx, &by, false).await.unwrap()[0].id;
    let branch = branch(&ctx, &by, here).await;
    let issuer = issuer(&ctx).await;
    let under = |place: AssignmentPlace, conditions: Conditions| GroupMapping {
        conditions,
        ..mapping("support", RoleKey::Technician, place)
    };
    let mut settings = wanted(&issuer.issuer);
    settings.mappings = vec![
        under(at(here, main), Conditions::NONE),
        under(at(here, branch), Conditions::NONE),
        under(tagged(here, &["till"]), on_fridays()),
    ];
    let provider = providers::create(&ctx, &by, settings).await.unwrap();
    let claims =
        json!({ "email": "ana@a.example", "email_verified": true, "name": "Ana", "groups": ["support"] });
    let comes = async || {
        // Attempts of one address are counted.
        ctx.clock.advance(Duration::from_secs(15));
        comes(&ctx, &issuer, &by, claims.clone()).await.unwrap()
    };
    let first = comes().await;
    let before = given(&ctx, &by, &first).await;
    let places: Vec<_> = before
        .iter()
        .map(|one| (one.place.clone(), one.conditions.clone()))
        .collect();
    assert_eq!(
        places,
        [
            (at(here, main), Conditions::NONE),
            (at(here, branch), Conditions::NONE),
            (tagged(here, &["till"]), on_fridays()),
        ]
    );
    assert_eq!(entries(&ctx, &by, "role.given").await.len(), 3);
    comes().await;
    assert_eq!(given(&ctx, &by, &first).await, before, "the same is no change");

    // Other conditions change what was given; what is not mapped any more goes.
    let mappings = vec![
        under(at(here, branch), proof(5)),
        under(tagged(here, &["till"]), on_fridays()),
    ];
    set_mappings(&ctx, &by, provider.id, mappings).await;
    let again = comes().await;
    assert_eq!(again.account, first.account);
    let after = given(&ctx, &by, &first).await;
    assert_eq!(after.len(), 2);
    assert_eq!((after[0].id, &after[0].conditions), (before[1].id, &proof(5)));
    assert_eq!(after[1], before[2]);
    let said = entries(&ctx, &by, "role.given").await;
    assert_eq!(said.len(), 4);
    assert!(said[0].before.as_ref().unwrap().get("conditions").is_none());
    assert_eq!(
        said[0].after.as_ref().unwrap()["conditions"]["step_up_minutes"],
        5
    );
    assert_eq!(entries(&ctx, &by, "role.taken").await.len(), 1);

    // A site that is gone gives nothing, and does not stand in the way of other changes.
    let any = IfMatch::seen("*");
    organizations::delete_site(&ctx, &by, branch, &any).await.unwrap();
    comes().await;
    assert_eq!(given(&ctx, &by, &first).await, [before[2].clone()]);
    let mappings = vec![
        under(at(here, branch), proof(5)),
        under(at(here, main), on_fridays()),
    ];
    set_mappings(&ctx, &by, provider.id, mappings).await;
    // Nobody writes a new one for what is not there.
    let change = IdentityProviderChange {
        mappings: Some(vec![under(at(here, SiteId::new()), Conditions::NONE)]),
        ..IdentityProviderChange::default()
    };
    let refused = providers::change(&ctx, &by, provider.id, change, &any).await;
    assert_eq!(refused.unwrap_err().code(), Code::ValidationFailed);
}

pub async fn the_role_of_the_last_owner_is_not_narrowed_by_a_group(ctx: Ctx) {
    let by = owner(&ctx).await.caller;
    let issuer = issuer(&ctx).await;
    let bosses = |conditions: Conditions| GroupMapping {
        conditions,
        ..mapping("bosses", RoleKey::Owner, AssignmentPlace::Server)
    };
    let mut settings = wanted(&issuer.issuer);
    settings.mappings = vec![bosses(Conditions::NONE)];
    let provider = providers::create(&ctx, &by, settings).await.unwrap();
    let claims =
        json!({ "email": "ana@a.example", "email_verified": true, "name": "Ana", "groups": ["bosses"] });
    let ana = comes(&ctx, &issuer, &by, claims.clone()).await.unwrap();
    set_mappings(&ctx, &by, provider.id, vec![bosses(on_fridays())]).await;
    accounts::disable(&ctx, &ana, by.account).await.unwrap();
    comes(&ctx, &issuer, &by, claims.clone()).await.unwrap();
    assert_eq!(given(&ctx, &ana, &ana).await[0].conditions, Conditions::NONE);
    // With another owner it is.
    accounts::enable(&ctx, &ana, by.account).await.unwrap();
    comes(&ctx, &issuer, &by, claims).await.unwrap();
    assert_eq!(given(&ctx, &by, &ana).await[0].conditions, on_fridays());
}
