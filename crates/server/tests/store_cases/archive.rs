//! Archiving organizations and sites: nothing is cut off, nothing new goes in, and nobody slips in meanwhile.

use farol_server::accounts::{self, AccountInvitationState, Caller, NewAccountInvitation, NewServiceAccount};
use farol_server::api_tokens::{self, NewApiToken};
use farol_server::audit::{self, AuditFilter};
use farol_server::enrollment::{self, Approval, Keeper, TokenChange};
use farol_server::http::{IfMatch, PageQuery};
use farol_server::ids::{OrganizationId, SiteId};
use farol_server::organizations::{self, NewName, NewSite, Site};
use farol_server::rights::{self, AssignmentPlace, Conditions, NewAssignment, Permission, RoleKey};
use farol_server::store::entities::machine;
use farol_server::support::{self, NewSupportCode};
use farol_server::teams::{self, NewTeam, Place};
use farol_server::{Code, Ctx, machines};
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};

use super::recognition::{enroll, request, token};
use super::rights::{again, organization, within};
use crate::common::owner;

fn any() -> IfMatch {
    IfMatch::seen("*")
}

/// The owner, and a second organization with its site.
async fn two(ctx: &Ctx) -> (Caller, OrganizationId, SiteId) {
    let by = owner(ctx).await.caller;
    let other = organization(ctx, &by, "Harbor").await;
    let by = again(ctx, &by).await;
    let site = organizations::sites_of(ctx.db.read(), &[other]).await.unwrap()[0].id;
    (by, other, site)
}

async fn branch(ctx: &Ctx, by: &Caller, organization_id: OrganizationId) -> Site {
    let wanted = NewSite {
        organization_id,
        name: "Branch".into(),
    };
    organizations::create_site(ctx, by, wanted).await.unwrap()
}

async fn archive(ctx: &Ctx, by: &Caller, id: OrganizationId) -> Result<(), Code> {
    let done = organizations::archive(ctx, by, id, &any()).await;
    done.map(drop).map_err(|error| error.code())
}

async fn machines_in(ctx: &Ctx, id: OrganizationId) -> u64 {
    machine::Entity::find()
        .filter(machine::Column::OrganizationId.eq(id))
        .count(ctx.db.read())
        .await
        .unwrap()
}

fn invitation(email: &str, place: OrganizationId) -> NewAccountInvitation {
    NewAccountInvitation {
        email: email.into(),
        role: RoleKey::Viewer,
        place: within(place),
        conditions: Conditions::NONE,
        send: false,
    }
}

fn crew_of(organization_id: OrganizationId, name: &str) -> NewTeam {
    NewTeam {
        name: name.into(),
        note: String::new(),
        place: Place::Organization { organization_id },
    }
}

fn code_for(organization: OrganizationId) -> NewSupportCode {
    NewSupportCode {
        organization_id: Some(organization),
        ..NewSupportCode::default()
    }
}

pub async fn what_is_archived_is_left_out_and_leads_nowhere(ctx: Ctx) {
    let (by, other, site) = two(&ctx).await;
    let first = by.rights.organizations()[0];
    let text = token(&ctx, Some(site), Approval::Automatic).await;
    let kept = token(&ctx, None, Approval::Automatic).await;
    let invited = accounts::invite(&ctx, &by, invitation("ana@a.example", other))
        .await
        .unwrap();
    support::create(&ctx, &by, code_for(other)).await.unwrap();
    let machine = enroll(&ctx, request(&text, 1, 1)).await.unwrap();

    let used = organizations::archive(&ctx, &by, other, &any())
        .await
        .unwrap_err();
    assert_eq!(used.code(), Code::OrganizationInUse);
    assert!(used.to_string().contains("1 machines"), "{used}");
    machines::remove(&ctx, &by, machine).await.unwrap();
    let stale = organizations::archive(&ctx, &by, other, &IfMatch::seen("\"99\"")).await;
    assert_eq!(stale.unwrap_err().code(), Code::VersionMismatch);
    let archived = organizations::archive(&ctx, &by, other, &any()).await.unwrap();
    assert_eq!(archived.archived_by_name.as_deref(), Some(by.name.as_str()));
    assert_eq!(archive(&ctx, &by, other).await, Ok(()), "twice is no error");
    assert_eq!(
        archive(&ctx, &by, first).await,
        Err(Code::OrganizationInUse),
        "the last one"
    );

    let listed = async |archived: bool| {
        let organizations = organizations::list(&ctx, &by, archived).await.unwrap().len();
        let sites = organizations::sites(&ctx, &by, archived).await.unwrap().len();
        (organizations, sites)
    };
    assert_eq!(listed(false).await, (1, 1));
    assert_eq!(listed(true).await, (2, 2));
    assert_eq!(
        enroll(&ctx, request(&text, 2, 2)).await,
        Err("enrollment_token_invalid".into())
    );
    assert!(enroll(&ctx, request(&kept, 3, 3)).await.is_ok());
    let states = accounts::invitations(&ctx, &by).await.unwrap();
    let state = states
        .iter()
        .find(|one| one.id == invited.invitation.id)
        .unwrap()
        .state;
    assert_eq!(state, AccountInvitationState::Revoked);
    assert!(support::list(&ctx, &by).await.unwrap().items.is_empty());

    // Its entries are read as before, and say what went with it.
    let entries = audit::list(&ctx, &by, &PageQuery::default(), &AuditFilter::default()).await;
    let entries = entries.unwrap().items;
    let said = entries
        .iter()
        .find(|entry| entry.action == "organization.archived")
        .unwrap();
    assert_eq!(said.detail["enrollment_tokens_revoked"], 1);
    assert_eq!(said.detail["support_codes_revoked"], 1);
    assert_eq!(said.detail["invitations_revoked"], 1);

    let restored = organizations::restore(&ctx, &by, other, &any()).await.unwrap();
    assert_eq!((restored.archived_at, restored.name.as_str()), (None, "Harbor"));
    assert_eq!(listed(false).await, (2, 2));
    assert_eq!(
        enroll(&ctx, request(&text, 4, 4)).await,
        Err("enrollment_token_invalid".into()),
        "what was revoked stays revoked"
    );
}

pub async fn nobody_comes_into_a_team_of_what_is_archived(ctx: Ctx) {
    let (by, other, _) = two(&ctx).await;
    let crew = teams::create(&ctx, &by, crew_of(other, "Crew")).await.unwrap();
    teams::add(&ctx, &by, crew.id, by.account).await.unwrap();
    teams::remove(&ctx, &by, crew.id, by.account).await.unwrap();
    archive(&ctx, &by, other).await.unwrap();
    let second = teams::create(&ctx, &by, crew_of(other, "Second crew")).await;
    assert_eq!(second.unwrap_err().code(), Code::Archived);
    let added = teams::add(&ctx, &by, crew.id, by.account).await;
    assert_eq!(added.unwrap_err().code(), Code::Archived);
    organizations::restore(&ctx, &by, other, &any()).await.unwrap();
    teams::add(&ctx, &by, crew.id, by.account).await.unwrap();
}

pub async fn nothing_new_goes_into_what_is_archived(ctx: Ctx) {
    let (by, other, _) = two(&ctx).await;
    let first = by.rights.organizations()[0];
    let here = token(&ctx, None, Approval::Automatic).await;
    let machine = enroll(&ctx, request(&here, 1, 1)).await.unwrap();
    let closed = branch(&ctx, &by, first).await;
    organizations::archive_site(&ctx, &by, closed.id, &any())
        .await
        .unwrap();
    archive(&ctx, &by, other).await.unwrap();
    let mut refused = Vec::new();
    let mut note = |what: &'static str, error: farol_server::error::Error| {
        assert!(error.to_string().contains("is archived"), "{what}: {error}");
        refused.push((what, error.code()));
    };
    let wanted = NewSite {
        organization_id: other,
        name: "New".into(),
    };
    note(
        "site",
        organizations::create_site(&ctx, &by, wanted).await.unwrap_err(),
    );
    let invite = accounts::invite(&ctx, &by, invitation("ana@a.example", other)).await;
    note("invitation", invite.unwrap_err());
    let wanted = NewAssignment {
        account_id: by.account,
        role: RoleKey::Viewer,
        place: AssignmentPlace::Organization {
            organization_id: other,
        },
        conditions: Conditions::NONE,
    };
    note("assignment", rights::assign(&ctx, &by, wanted).await.unwrap_err());
    let wanted = NewAssignment {
        account_id: by.account,
        role: RoleKey::Viewer,
        place: AssignmentPlace::Site {
            organization_id: first,
            site_id: closed.id,
        },
        conditions: Conditions::NONE,
    };
    note(
        "assignment at a site",
        rights::assign(&ctx, &by, wanted).await.unwrap_err(),
    );
    let code = support::create(&ctx, &by, code_for(other)).await;
    note("support code", code.unwrap_err());
    let wanted = NewServiceAccount {
        name: "sync".into(),
        note: String::new(),
        role: RoleKey::Viewer,
        place: within(other),
        conditions: Conditions::NONE,
    };
    let service = accounts::create_service_account(&ctx, &by, wanted).await;
    note("service account", service.unwrap_err());
    for (what, organization_ids, site_ids) in [
        ("token of an organization", Some(vec![other]), None),
        ("token of a site", None, Some(vec![closed.id])),
    ] {
        let wanted = NewApiToken {
            account_id: None,
            name: "x".into(),
            scopes: vec![Permission::MachineSee],
            organization_ids,
            site_ids,
            tags: None,
            read_only: true,
            expires_in_seconds: 3600,
        };
        note(what, api_tokens::create(&ctx, &by, wanted).await.unwrap_err());
    }
    let moved = machines::change(&ctx, &by, machine, (None, Some(closed.id)), &any()).await;
    note("machine", moved.unwrap_err());
    let keeper = Keeper::account(&by).unwrap();
    let tokens = enrollment::list(&ctx, &keeper, &PageQuery::default(), None)
        .await
        .unwrap();
    let elsewhere = TokenChange {
        site_id: Some(closed.id),
        ..TokenChange::default()
    };
    let changed = enrollment::change(&ctx, &keeper, tokens.items[0].id, elsewhere, &any()).await;
    note("enrollment token", changed.unwrap_err());
    assert!(
        refused.iter().all(|(_, code)| *code == Code::Archived),
        "{refused:?}"
    );
    // Who names no place gets one that is open.
    assert!(
        support::create(&ctx, &by, NewSupportCode::default())
            .await
            .is_ok()
    );
    assert_eq!(
        site_of_new_token(&ctx, &keeper).await,
        first_site(&ctx, first, closed.id).await
    );
}

async fn site_of_new_token(ctx: &Ctx, keeper: &Keeper) -> SiteId {
    token(ctx, None, Approval::Automatic).await;
    let tokens = enrollment::list(ctx, keeper, &PageQuery::default(), None)
        .await
        .unwrap();
    tokens.items[0].site_id
}

async fn first_site(ctx: &Ctx, organization: OrganizationId, but: SiteId) -> SiteId {
    let sites = organizations::sites_of(ctx.db.read(), &[organization])
        .await
        .unwrap();
    sites.iter().find(|site| site.id != but).unwrap().id
}

pub async fn an_organization_keeps_an_open_site(ctx: Ctx) {
    let by = owner(&ctx).await.caller;
    let here = by.rights.organizations()[0];
    let main = organizations::sites(&ctx, &by, false).await.unwrap()[0].id;
    let last = organizations::archive_site(&ctx, &by, main, &any()).await;
    assert_eq!(last.unwrap_err().code(), Code::SiteInUse);
    let branch = branch(&ctx, &by, here).await;
    let text = token(&ctx, Some(branch.id), Approval::Automatic).await;
    let machine = enroll(&ctx, request(&text, 1, 1)).await.unwrap();
    let used = organizations::archive_site(&ctx, &by, branch.id, &any())
        .await
        .unwrap_err();
    assert_eq!(used.code(), Code::SiteInUse);
    assert!(used.to_string().contains("1 machines"), "{used}");
    machines::change(&ctx, &by, machine, (None, Some(main)), &any())
        .await
        .unwrap();
    let archived = organizations::archive_site(&ctx, &by, branch.id, &any())
        .await
        .unwrap();
    assert!(archived.archived_at.is_some());
    assert_eq!(
        enroll(&ctx, request(&text, 2, 2)).await,
        Err("enrollment_token_invalid".into())
    );
    // The archived one counts for nothing when the other is to go.
    machines::remove(&ctx, &by, machine).await.unwrap();
    let last = organizations::delete_site(&ctx, &by, main, &any()).await;
    assert_eq!(last.unwrap_err().code(), Code::SiteInUse);
    let restored = organizations::restore_site(&ctx, &by, branch.id, &any())
        .await
        .unwrap();
    assert_eq!(restored.archived_at, None);
    assert!(organizations::archive_site(&ctx, &by, main, &any()).await.is_ok());
}

pub async fn an_organization_is_archived_by_who_makes_them(ctx: Ctx) {
    let (by, other, _) = two(&ctx).await;
    let ana = super::rights::joined(&ctx, &by, "ana@a.example", RoleKey::Owner, within(other)).await;
    assert_eq!(archive(&ctx, &ana, other).await, Err(Code::Forbidden));
    let first = by.rights.organizations()[0];
    assert_eq!(archive(&ctx, &ana, first).await, Err(Code::NotFound));
    archive(&ctx, &by, other).await.unwrap();
    // Her role stays, and counts for reading.
    let ana = again(&ctx, &ana).await;
    let entries = audit::list(&ctx, &ana, &PageQuery::default(), &AuditFilter::default()).await;
    assert!(!entries.unwrap().items.is_empty());
    let me = accounts::me(&ctx, &ana).await.unwrap();
    assert!(me.organizations[0].archived_at.is_some());
}

pub async fn who_comes_while_a_place_is_archived_is_not_in_it(ctx: Ctx) {
    let by = owner(&ctx).await.caller;
    for round in 1..=12_u8 {
        let id = organization(&ctx, &by, "Passing").await;
        let by = again(&ctx, &by).await;
        let site = organizations::sites_of(ctx.db.read(), &[id]).await.unwrap()[0].id;
        let text = token(&ctx, Some(site), Approval::Automatic).await;
        let come = || enroll(&ctx, request(&text, round, round.into()));
        let (archived, came) = if round % 2 == 0 {
            tokio::join!(archive(&ctx, &by, id), come())
        } else {
            let (came, archived) = tokio::join!(come(), archive(&ctx, &by, id));
            (archived, came)
        };
        match (&archived, &came) {
            (Ok(()), Err(code)) => assert_eq!(code, "enrollment_token_invalid"),
            (Err(code), Ok(_)) => assert_eq!(*code, Code::OrganizationInUse),
            other => panic!("{other:?}"),
        }
        assert_eq!(machines_in(&ctx, id).await, u64::from(came.is_ok()));
    }
}

pub async fn of_two_that_archive_the_last_two_one_wins(ctx: Ctx) {
    let (by, other, _) = two(&ctx).await;
    let first = by.rights.organizations()[0];
    let (one, two) = tokio::join!(archive(&ctx, &by, first), archive(&ctx, &by, other));
    assert!(one.is_ok() != two.is_ok(), "{one:?} {two:?}");
    let open = organizations::list(&ctx, &by, false).await.unwrap();
    assert_eq!(open.len(), 1);
    let wanted = NewName { name: "Third".into() };
    organizations::create(&ctx, &by, wanted).await.unwrap();
}
