//! Inviting, disabling and deleting people; organizations and sites.

use farol_server::accounts::{
    self, Acceptance, AccountInvitationState, Caller, INVITATION_LIFE, NewAccountInvitation,
};
use farol_server::http::{IfMatch, PageQuery};
use farol_server::ids::OrganizationId;
use farol_server::organizations::{self, NewName, NewSite};
use farol_server::rights::{self, AssignmentPlace, Conditions, RoleKey};
use farol_server::support::{self, Assignee, NewSupportCode};
use farol_server::{Code, Ctx, audit, machines};

use super::rights::{again, joined, organization, within};
use crate::common::{EMAIL, PASSWORD, owner, rule_request, signed_in};

async fn invite(
    ctx: &Ctx,
    by: &Caller,
    email: &str,
    role: RoleKey,
    place: AssignmentPlace,
) -> (String, accounts::AccountInvitation) {
    invite_under(ctx, by, (email, role, place), Conditions::NONE)
        .await
        .unwrap()
}

pub(super) async fn invite_under(
    ctx: &Ctx,
    by: &Caller,
    (email, role, place): (&str, RoleKey, AssignmentPlace),
    conditions: Conditions,
) -> Result<(String, accounts::AccountInvitation), Code> {
    let wanted = NewAccountInvitation {
        email: email.into(),
        role,
        place,
        conditions,
        send: false,
    };
    let made = accounts::invite(ctx, by, wanted)
        .await
        .map_err(|error| error.code())?;
    let token = made.url.split_once("#token=").unwrap().1.to_owned();
    Ok((token, made.invitation))
}

pub(super) fn acceptance(token: &str, name: &str) -> Acceptance {
    Acceptance {
        token: token.to_owned(),
        name: Some(name.into()),
        password: PASSWORD.into(),
        locale: Some("pt-BR".into()),
    }
}

pub(super) async fn accept(ctx: &Ctx, wanted: Acceptance) -> Result<Caller, Code> {
    let started = accounts::accept_invitation(ctx, &rule_request(), wanted).await;
    started
        .map(|came| signed_in(came).caller)
        .map_err(|error| error.code())
}

async fn refused(ctx: &Ctx, wanted: Acceptance) -> Code {
    accept(ctx, wanted).await.unwrap_err()
}

async fn state_of(ctx: &Ctx, by: &Caller, email: &str) -> AccountInvitationState {
    let all = accounts::invitations(ctx, by).await.unwrap();
    all.iter().find(|one| one.email == email).unwrap().state
}

pub async fn whoever_is_invited_comes_in_once(ctx: Ctx) {
    let by = owner(&ctx).await.caller;
    let here = by.rights.organizations()[0];
    let (token, _) = invite(&ctx, &by, " Ana@A.example ", RoleKey::Technician, within(here)).await;
    let look = accounts::look_at_invitation(&ctx, rule_request().info, &token)
        .await
        .unwrap();
    assert_eq!((look.email.as_str(), look.has_account), ("Ana@A.example", false));
    assert_eq!(look.organization_name.as_deref(), Some("Rock Light"));
    assert_eq!(
        state_of(&ctx, &by, "Ana@A.example").await,
        AccountInvitationState::Open
    );
    let weak = Acceptance {
        password: "short".into(),
        locale: Some("de".into()),
        ..acceptance(&token, " ")
    };
    assert_eq!(refused(&ctx, weak).await, Code::ValidationFailed);
    let (one, two) = tokio::join!(
        accept(&ctx, acceptance(&token, "Ana")),
        accept(&ctx, acceptance(&token, "Ana")),
    );
    assert!(one.is_ok() != two.is_ok(), "{one:?} {two:?}");
    let ana = one.or(two).unwrap();
    assert_eq!(ana.rights.role_keys_in(here), [RoleKey::Technician]);
    assert_eq!(refused(&ctx, acceptance(&token, "Eve")).await, Code::LinkInvalid);
    assert_eq!(
        state_of(&ctx, &by, "Ana@A.example").await,
        AccountInvitationState::Accepted
    );
    accounts::sign_in(&ctx, &rule_request(), "ana@a.EXAMPLE", PASSWORD)
        .await
        .unwrap();
    let entries = audit::list(&ctx, &by, &PageQuery::default(), &audit::AuditFilter::default()).await;
    let actions: Vec<String> = entries
        .unwrap()
        .items
        .into_iter()
        .map(|entry| entry.action.to_string())
        .collect();
    assert!(
        actions.contains(&"account.invited".to_owned()) && actions.contains(&"account.joined".to_owned())
    );

    let (late, _) = invite(&ctx, &by, "late@a.example", RoleKey::Viewer, within(here)).await;
    let (revoked, invitation) = invite(&ctx, &by, "out@a.example", RoleKey::Viewer, within(here)).await;
    accounts::revoke_invitation(&ctx, &by, invitation.id)
        .await
        .unwrap();
    accounts::revoke_invitation(&ctx, &by, invitation.id)
        .await
        .unwrap();
    assert_eq!(
        refused(&ctx, acceptance(&revoked, "Out")).await,
        Code::LinkInvalid
    );
    assert_eq!(
        state_of(&ctx, &by, "out@a.example").await,
        AccountInvitationState::Revoked
    );
    ctx.clock.advance(INVITATION_LIFE);
    assert_eq!(refused(&ctx, acceptance(&late, "Late")).await, Code::LinkInvalid);
    assert_eq!(
        state_of(&ctx, &by, "late@a.example").await,
        AccountInvitationState::Expired
    );
    assert_eq!(
        refused(&ctx, acceptance("nonsense", "x")).await,
        Code::LinkInvalid
    );
}

pub async fn of_two_invitations_of_one_address_at_once_one_makes_the_account(ctx: Ctx) {
    let by = owner(&ctx).await.caller;
    let here = by.rights.organizations()[0];
    let mut attempts = Vec::new();
    for role in [RoleKey::Viewer, RoleKey::Technician] {
        let (token, _) = invite(&ctx, &by, "ana@a.example", role, within(here)).await;
        let ctx = ctx.clone();
        attempts.push(tokio::spawn(async move {
            let first = accept(&ctx, acceptance(&token, "Ana")).await;
            match first {
                // The other one was first: with the account that there is now it comes in.
                Err(Code::Conflict) => accept(&ctx, acceptance(&token, "Ana")).await,
                done => done,
            }
        }));
    }
    for attempt in attempts {
        assert!(attempt.await.unwrap().is_ok());
    }
    let people = accounts::list(&ctx, &by).await.unwrap();
    let ana = people
        .iter()
        .find(|person| person.email == "ana@a.example")
        .unwrap();
    assert_eq!((people.len(), ana.roles.len()), (2, 2));
}

pub async fn an_invitation_gives_what_its_author_may_still_give(ctx: Ctx) {
    let by = owner(&ctx).await.caller;
    let here = by.rights.organizations()[0];
    let ana = joined(&ctx, &by, "ana@a.example", RoleKey::Administrator, within(here)).await;
    let (token, _) = invite(&ctx, &ana, "bob@a.example", RoleKey::Technician, within(here)).await;
    accounts::disable(&ctx, &by, ana.account).await.unwrap();
    assert_eq!(refused(&ctx, acceptance(&token, "Bob")).await, Code::LinkInvalid);
    accounts::enable(&ctx, &by, ana.account).await.unwrap();
    for one in rights::list_assignments(&ctx, &by, Some(ana.account))
        .await
        .unwrap()
    {
        rights::unassign(&ctx, &by, one.id).await.unwrap();
    }
    assert_eq!(refused(&ctx, acceptance(&token, "Bob")).await, Code::LinkInvalid);
    let wanted = rights::NewAssignment {
        account_id: ana.account,
        role: RoleKey::Administrator,
        place: within(here),
        conditions: rights::Conditions::NONE,
    };
    rights::assign(&ctx, &by, wanted).await.unwrap();
    assert!(accept(&ctx, acceptance(&token, "Bob")).await.is_ok());
}

pub async fn who_has_an_account_proves_it_and_comes_into_one_more_organization(ctx: Ctx) {
    let by = owner(&ctx).await.caller;
    let here = by.rights.organizations()[0];
    let there = organization(&ctx, &by, "Elsewhere").await;
    let by = again(&ctx, &by).await;
    let ana = joined(&ctx, &by, "ana@a.example", RoleKey::Technician, within(here)).await;
    let (token, _) = invite(&ctx, &by, "ANA@a.example", RoleKey::Viewer, within(there)).await;
    let look = accounts::look_at_invitation(&ctx, rule_request().info, &token)
        .await
        .unwrap();
    assert!(look.has_account);
    let wrong = Acceptance {
        password: "not the password at all".into(),
        ..acceptance(&token, "Eve")
    };
    assert_eq!(refused(&ctx, wrong).await, Code::InvalidCredentials);
    let same = accept(&ctx, acceptance(&token, "Eve")).await.unwrap();
    assert_eq!((same.account, same.name.as_str()), (ana.account, "ana"));
    assert_eq!(same.rights.role_keys_in(there), [RoleKey::Viewer]);
    assert_eq!(same.rights.role_keys_in(here), [RoleKey::Technician]);
    // Once more for the same role: the invitation is used up, and nothing else happens.
    let (token, _) = invite(&ctx, &by, "ana@a.example", RoleKey::Viewer, within(there)).await;
    let again = accept(&ctx, acceptance(&token, "Eve")).await.unwrap();
    assert_eq!(again.rights, same.rights);
    // Who is disabled does not come in.
    accounts::disable(&ctx, &by, ana.account).await.unwrap();
    let (token, _) = invite(&ctx, &by, "ana@a.example", RoleKey::Technician, within(there)).await;
    assert_eq!(
        refused(&ctx, acceptance(&token, "Eve")).await,
        Code::AccountDisabled
    );
}

pub async fn a_disabled_account_is_out_until_it_is_enabled(ctx: Ctx) {
    let by = owner(&ctx).await.caller;
    let here = by.rights.organizations()[0];
    joined(&ctx, &by, "ana@a.example", RoleKey::Technician, within(here)).await;
    let request = rule_request();
    let sign_in = async |password: &'static str| {
        let started = accounts::sign_in(&ctx, &request, "ana@a.example", password).await;
        started.map(signed_in).map_err(|error| error.code())
    };
    let started = sign_in(PASSWORD).await.unwrap();
    let ana = started.caller.account;
    let shown = accounts::disable(&ctx, &by, ana).await.unwrap();
    assert!(shown.disabled_at.is_some() && shown.last_used_at.is_none());
    let cut = accounts::authenticate(&ctx, request.info, started.secret.expose()).await;
    assert_eq!(cut.unwrap_err().code(), Code::NotSignedIn);
    assert_eq!(sign_in(PASSWORD).await.map(drop), Err(Code::AccountDisabled));
    assert_eq!(
        sign_in("another password").await.map(drop),
        Err(Code::InvalidCredentials),
        "only who knows the password is told"
    );
    let link = accounts::create_link(&ctx.db, &ctx.clock, Some("ana@a.example"))
        .await
        .unwrap();
    let token = link.path.split_once('=').unwrap().1;
    let by_link = accounts::sign_in_by_link(&ctx, &request, token).await;
    assert_eq!(by_link.unwrap_err().code(), Code::AccountDisabled);
    assert_eq!(accounts::enable(&ctx, &by, ana).await.unwrap().disabled_at, None);
    assert!(sign_in(PASSWORD).await.is_ok());
    assert!(
        accounts::sign_in_by_link(&ctx, &request, token).await.is_ok(),
        "nothing was used up"
    );
}

pub async fn a_deleted_account_leaves_its_name_and_hands_its_people_over(ctx: Ctx) {
    let by = owner(&ctx).await.caller;
    let here = by.rights.organizations()[0];
    let ana = joined(&ctx, &by, "ana@a.example", RoleKey::Technician, within(here)).await;
    let bob = joined(&ctx, &by, "bob@a.example", RoleKey::Technician, within(here)).await;
    let viewer = joined(&ctx, &by, "vera@a.example", RoleKey::Viewer, within(here)).await;
    let code = async |to: &Caller| {
        let wanted = NewSupportCode {
            assigned_to: Some(Assignee::Account(to.account)),
            ..NewSupportCode::default()
        };
        support::create(&ctx, &by, wanted).await.unwrap().details.id
    };
    let assigned = async |id| {
        let open = support::list(&ctx, &by).await.unwrap().items;
        let code = open.into_iter().find(|code| code.id == id).unwrap();
        code.assigned_to.map(|one| one.name)
    };
    let first = code(&ana).await;
    accounts::delete(&ctx, &by, ana.account, Some(bob.account))
        .await
        .unwrap();
    assert_eq!(assigned(first).await.as_deref(), Some("bob"));
    let refused = accounts::delete(&ctx, &by, ana.account, None).await;
    assert_eq!(refused.unwrap_err().code(), Code::NotFound);
    let refused = accounts::sign_in(&ctx, &rule_request(), "ana@a.example", PASSWORD).await;
    assert_eq!(refused.unwrap_err().code(), Code::InvalidCredentials);
    // Whom nobody may take over waits for anybody.
    accounts::delete(&ctx, &by, bob.account, Some(viewer.account))
        .await
        .unwrap();
    assert_eq!(assigned(first).await, None);
    let entries = audit::list(&ctx, &by, &PageQuery::default(), &audit::AuditFilter::default()).await;
    let newest = entries.unwrap().items.into_iter().next().unwrap();
    assert_eq!(newest.action, "account.deleted");
    assert_eq!(newest.before.unwrap()["email"], "bob@a.example");
    // The address is free again.
    joined(&ctx, &by, "ana@a.example", RoleKey::Viewer, within(here)).await;
    assert_eq!(accounts::list(&ctx, &by).await.unwrap().len(), 3);
    assert!(
        accounts::sign_in(&ctx, &rule_request(), EMAIL, PASSWORD)
            .await
            .is_ok()
    );
}

pub async fn organizations_and_sites_are_made_renamed_and_cleared_away(ctx: Ctx) {
    let by = owner(&ctx).await.caller;
    let here = by.rights.organizations()[0];
    let ana = joined(&ctx, &by, "ana@a.example", RoleKey::Administrator, within(here)).await;
    let named = |name: &str| NewName { name: name.into() };
    let refused = organizations::create(&ctx, &ana, named("Mine")).await;
    assert_eq!(refused.unwrap_err().code(), Code::Forbidden);
    let seen = organizations::list(&ctx, &ana, false).await.unwrap();
    let version = IfMatch::seen(&seen[0].etag.to_string());
    let renamed = organizations::rename(&ctx, &ana, here, named(" Lighthouse "), &version)
        .await
        .unwrap();
    assert_eq!(renamed.name, "Lighthouse");
    let stale = organizations::rename(&ctx, &ana, here, named("Other"), &version).await;
    assert_eq!(stale.unwrap_err().code(), Code::VersionMismatch);
    for wrong in ["", "a\nb", &"x".repeat(81)] {
        let refused = organizations::rename(&ctx, &ana, here, named(wrong), &IfMatch::seen("*")).await;
        assert_eq!(refused.unwrap_err().code(), Code::ValidationFailed, "{wrong:?}");
    }

    let branch = NewSite {
        organization_id: here,
        name: "Branch".into(),
    };
    let branch = organizations::create_site(&ctx, &ana, branch).await.unwrap();
    let elsewhere = NewSite {
        organization_id: OrganizationId::new(),
        name: "Branch".into(),
    };
    let refused = organizations::create_site(&ctx, &ana, elsewhere).await;
    assert_eq!(refused.unwrap_err().code(), Code::NotFound);
    let version = IfMatch::seen(&branch.etag.to_string());
    let branch = organizations::rename_site(&ctx, &ana, branch.id, named("Harbor"), &version)
        .await
        .unwrap();
    assert_eq!(branch.name, "Harbor");

    // A machine moves there; the site is in use until it moves back.
    let token = super::recognition::token(&ctx, None, farol_server::enrollment::Approval::Automatic).await;
    let machine = super::recognition::enroll(&ctx, super::recognition::request(&token, 1, 1))
        .await
        .unwrap();
    let first = machines::get(&ctx, &ana, machine).await.unwrap().site_id;
    let any = IfMatch::seen("*");
    let moved = machines::change(&ctx, &ana, machine, (None, Some(branch.id)), &any)
        .await
        .unwrap();
    assert_eq!(moved.site_id, branch.id);
    let refused = organizations::delete_site(&ctx, &ana, branch.id, &any)
        .await
        .unwrap_err();
    assert_eq!(refused.code(), Code::SiteInUse);
    assert!(refused.to_string().contains("1 machines"), "{refused}");
    let there = organization(&ctx, &by, "Elsewhere").await;
    let by = again(&ctx, &by).await;
    let their_site = organizations::sites_of(ctx.db.read(), &[there]).await.unwrap()[0].id;
    let across = machines::change(&ctx, &by, machine, (None, Some(their_site)), &any).await;
    assert_eq!(
        across.unwrap_err().code(),
        Code::NotFound,
        "a machine stays in its organization"
    );
    machines::change(&ctx, &ana, machine, (Some("Front desk"), Some(first)), &any)
        .await
        .unwrap();
    let entries = audit::list(&ctx, &by, &PageQuery::default(), &audit::AuditFilter::default()).await;
    let newest: Vec<String> = entries
        .unwrap()
        .items
        .iter()
        .take(2)
        .map(|one| one.action.to_string())
        .collect();
    assert_eq!(newest, ["machine.moved", "machine.renamed"]);
    organizations::delete_site(&ctx, &ana, branch.id, &any)
        .await
        .unwrap();
    let last = organizations::delete_site(&ctx, &ana, first, &any).await;
    assert_eq!(last.unwrap_err().code(), Code::SiteInUse);
    let gone = organizations::delete_site(&ctx, &ana, their_site, &any).await;
    assert_eq!(gone.unwrap_err().code(), Code::NotFound);
}
