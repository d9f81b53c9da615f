//! API tokens and service accounts on both engines.

use std::time::Duration;

use farol_server::accounts::{self, Caller, NewServiceAccount, ServiceAccount};
use farol_server::api_tokens::{self, CreatedApiToken, NewApiToken, Rotation, Whose};
use farol_server::ids::OrganizationId;
use farol_server::rights::{self, AssignmentPlace, Conditions, Permission, RoleKey};
use farol_server::store::entities::api_token;
use farol_server::{Code, Ctx};
use sea_orm::EntityTrait;

use super::rights::{again, joined, organization, within};
use crate::common::owner;

fn wanted(name: &str) -> NewApiToken {
    NewApiToken {
        account_id: None,
        name: name.into(),
        scopes: vec![Permission::MachineSee],
        organization_ids: None,
        site_ids: None,
        tags: None,
        read_only: false,
        expires_in_seconds: 3600,
    }
}

async fn made(ctx: &Ctx, by: &Caller, wanted: NewApiToken) -> CreatedApiToken {
    api_tokens::create(ctx, by, wanted).await.unwrap()
}

async fn service(
    ctx: &Ctx,
    by: &Caller,
    role: RoleKey,
    place: AssignmentPlace,
) -> Result<ServiceAccount, Code> {
    service_under(ctx, by, (role, place), Conditions::NONE).await
}

pub(super) async fn service_under(
    ctx: &Ctx,
    by: &Caller,
    (role, place): (RoleKey, AssignmentPlace),
    conditions: Conditions,
) -> Result<ServiceAccount, Code> {
    let wanted = NewServiceAccount {
        name: "deploy".into(),
        note: String::new(),
        role,
        place,
        conditions,
    };
    let made = accounts::create_service_account(ctx, by, wanted).await;
    made.map_err(|error| error.code())
}

async fn names(ctx: &Ctx, by: &Caller, whose: Whose) -> Vec<String> {
    let list = api_tokens::list(ctx, by, whose).await.unwrap();
    list.into_iter().map(|one| one.name).collect()
}

pub async fn of_two_rotations_at_once_one_wins_or_both_follow(ctx: Ctx) {
    let by = owner(&ctx).await.caller;
    let token = made(&ctx, &by, wanted("busy")).await.token;
    let rotate = || api_tokens::rotate(&ctx, &by, token.id, Rotation::default());
    let (one, other) = tokio::join!(rotate(), rotate());
    let mut secrets = Vec::new();
    for done in [one, other] {
        match done {
            Ok(made) => secrets.push(made.secret),
            Err(error) => assert_eq!(error.code(), Code::VersionMismatch),
        }
    }
    assert!(!secrets.is_empty());
    let row = api_token::Entity::find_by_id(token.id)
        .one(ctx.db.read())
        .await
        .unwrap()
        .unwrap();
    assert_eq!(row.version, 1 + i64::try_from(secrets.len()).unwrap());
    assert!(row.previous_hash.is_some() && row.previous_hash.as_ref() != Some(&row.secret_hash));
}

pub async fn tokens_go_with_their_account_and_by_their_age(ctx: Ctx) {
    let by = owner(&ctx).await.caller;
    let here = by.rights.organizations()[0];
    let program = service(&ctx, &by, RoleKey::Viewer, within(here)).await.unwrap();
    for name in ["first", "second"] {
        let of = NewApiToken {
            account_id: Some(program.id),
            ..wanted(name)
        };
        made(&ctx, &by, of).await;
    }
    made(&ctx, &by, wanted("own")).await;
    assert_eq!(names(&ctx, &by, Whose::Managed).await, ["second", "first"]);
    let seen = accounts::service_accounts(&ctx, &by).await.unwrap();
    assert_eq!((seen.len(), seen[0].api_tokens), (1, 2));
    accounts::delete(&ctx, &by, program.id, None).await.unwrap();
    assert!(names(&ctx, &by, Whose::Managed).await.is_empty());
    // 30 days after its end, and not before.
    ctx.clock.advance(Duration::from_secs(3600 + 30 * 24 * 3600));
    api_tokens::sweep(&ctx).await.unwrap();
    assert_eq!(names(&ctx, &by, Whose::Own).await, ["own"]);
    ctx.clock.advance(Duration::from_secs(1));
    api_tokens::sweep(&ctx).await.unwrap();
    assert!(names(&ctx, &by, Whose::Own).await.is_empty());
}

pub async fn service_accounts_are_made_by_who_may_give_their_role(ctx: Ctx) {
    let by = owner(&ctx).await.caller;
    let here = by.rights.organizations()[0];
    let there: OrganizationId = organization(&ctx, &by, "Elsewhere").await;
    let by = again(&ctx, &by).await;
    let ana = joined(&ctx, &by, "ana@a.example", RoleKey::Administrator, within(here)).await;
    let viewer = service(&ctx, &ana, RoleKey::Viewer, within(here)).await.unwrap();
    assert_eq!(
        service(&ctx, &ana, RoleKey::Owner, AssignmentPlace::Server).await,
        Err(Code::Forbidden)
    );
    assert_eq!(
        service(&ctx, &ana, RoleKey::Viewer, within(there)).await,
        Err(Code::NotFound)
    );
    // One of the other organization is not seen, and no tokens are made for it.
    let theirs = service(&ctx, &by, RoleKey::Viewer, within(there)).await.unwrap();
    let seen = accounts::service_accounts(&ctx, &ana).await.unwrap();
    assert_eq!(seen.iter().map(|one| one.id).collect::<Vec<_>>(), [viewer.id]);
    let of = NewApiToken {
        account_id: Some(theirs.id),
        ..wanted("x")
    };
    let refused = api_tokens::create(&ctx, &ana, of).await.unwrap_err();
    assert_eq!(refused.code(), Code::NotFound);
    // Nor does a program count among the people, or as the last owner.
    let people = accounts::list(&ctx, &by).await.unwrap();
    assert_eq!(people.len(), 2);
    let root = service(&ctx, &by, RoleKey::Owner, AssignmentPlace::Server)
        .await
        .unwrap();
    let given = rights::list_assignments(&ctx, &by, Some(by.account))
        .await
        .unwrap();
    let taken = rights::unassign(&ctx, &by, given[0].id).await.unwrap_err();
    assert_eq!(taken.code(), Code::LastOwner);
    assert_eq!(
        rights::oldest_owner(ctx.db.read()).await.unwrap(),
        Some(by.account)
    );
    assert!(root.may_manage);
}
