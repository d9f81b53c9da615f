//! Who may do what where: roles, giving and taking them, and why.

use farol_server::access::{self, NewRule, Scope};
use farol_server::accounts::{self, Acceptance, Caller, NewAccountInvitation};
use farol_server::clock::Clock;
use farol_server::http::{IfMatch, PageQuery};
use farol_server::ids::{AccountId, OrganizationId};
use farol_server::organizations::{self, NewName};
use farol_server::rights::{
    self, AssignmentPlace, Conditions, DecidedBy, Moment, NewAssignment, NewRole, Permission, Question,
    RoleChange, RoleKey,
};
use farol_server::store::entities::access_rule::{AccessRight, Mode};
use farol_server::{Code, Ctx, audit, server};
use sea_orm::{ConnectionTrait, EntityTrait};

use crate::common::{PASSWORD, owner, rule_request, signed_in};

pub(super) fn within(organization_id: OrganizationId) -> AssignmentPlace {
    AssignmentPlace::Organization { organization_id }
}

/// Somebody who was invited by `by` and came.
pub(super) async fn joined(
    ctx: &Ctx,
    by: &Caller,
    email: &str,
    role: RoleKey,
    place: AssignmentPlace,
) -> Caller {
    let wanted = NewAccountInvitation {
        email: email.into(),
        role,
        place,
        conditions: Conditions::NONE,
        send: false,
    };
    let made = accounts::invite(ctx, by, wanted).await.unwrap();
    let acceptance = Acceptance {
        token: made.url.split_once("#token=").unwrap().1.to_owned(),
        name: Some(email.split('@').next().unwrap().to_owned()),
        password: PASSWORD.into(),
        locale: Some("en".into()),
    };
    let came = accounts::accept_invitation(ctx, &rule_request(), acceptance).await;
    signed_in(came.unwrap()).caller
}

pub(super) async fn organization(ctx: &Ctx, by: &Caller, name: &str) -> OrganizationId {
    let wanted = NewName { name: name.into() };
    organizations::create(ctx, by, wanted).await.unwrap().id
}

fn moment(ctx: &Ctx, by: &Caller) -> Moment {
    Moment::Asked {
        now: ctx.clock.now(),
        proven_at: by.proven_at,
    }
}

/// The caller as the next request finds them: by what the server remembers of what they were given, which is what the database says.
pub(super) async fn again(ctx: &Ctx, by: &Caller) -> Caller {
    let read = rights::of_account(ctx.db.read(), by.account, moment(ctx, by)).await;
    let found = accounts::recognized(ctx.db.read(), by.account).await.unwrap();
    let whose = (by.account, found.unwrap().1);
    let kept = rights::of_caller(ctx, whose, ctx.clock.now(), by.proven_at).await;
    let (read, kept) = (read.unwrap(), kept.unwrap());
    assert_eq!(read, kept);
    Caller {
        rights: kept,
        ..by.clone()
    }
}

async fn give(
    ctx: &Ctx,
    by: &Caller,
    to: &Caller,
    role: RoleKey,
    place: AssignmentPlace,
) -> Result<(), Code> {
    let wanted = NewAssignment {
        account_id: to.account,
        role,
        place,
        conditions: Conditions::NONE,
    };
    let given = rights::assign(ctx, by, wanted).await;
    given.map(drop).map_err(|error| error.code())
}

pub async fn places_of_before_are_roles_now(ctx: Ctx) {
    let by = owner(&ctx).await.caller;
    let here = by.rights.organizations()[0];
    let there = organization(&ctx, &by, "Elsewhere").await;
    let ana = joined(&ctx, &by, "ana@a.example", RoleKey::Viewer, within(here)).await;
    // The schema as it was, with an owner of both organizations and a technician of one.
    let tx = ctx.db.write().await.unwrap();
    for statement in [
        "DROP TABLE access_requests",
        "DROP TABLE provider_logins",
        "DROP TABLE provider_attempts",
        "DROP TABLE identities",
        "DROP TABLE identity_providers",
        "DROP TABLE account_invitations",
        "DROP TABLE assignments",
        "DROP TABLE roles",
        "ALTER TABLE accounts DROP COLUMN disabled_at",
        "ALTER TABLE organizations DROP COLUMN version",
        "ALTER TABLE sites DROP COLUMN version",
        "ALTER TABLE sessions DROP COLUMN reason",
        "ALTER TABLE api_tokens DROP COLUMN sites",
        "ALTER TABLE api_tokens DROP COLUMN tags",
        "CREATE TABLE memberships (id uuid PRIMARY KEY, organization_id uuid, account_id uuid, role text, created_at bigint)",
        "INSERT INTO memberships SELECT organizations.id, organizations.id, accounts.id, 'owner', 5 \
         FROM organizations, accounts WHERE accounts.name = 'Ann Martins'",
        "INSERT INTO memberships SELECT accounts.id, organizations.id, accounts.id, 'technician', 6 \
         FROM organizations, accounts WHERE accounts.name = 'ana' AND organizations.name = 'Rock Light'",
        "DELETE FROM seaql_migrations WHERE version IN ('m0014_roles', 'm0018_identity_providers', 'm0022_finer_rights', \
         'm0025_places', 'm0026_rights_changes')",
    ] {
        tx.execute_unprepared(statement).await.unwrap();
    }
    tx.commit().await.unwrap();
    let now = server::open(ctx.config.clone(), Clock::manual(crate::common::START))
        .await
        .unwrap();
    let owner = again(&now, &by).await.rights;
    assert_eq!(owner.permissions_everywhere(), rights::Permissions::all());
    assert_eq!(
        (owner.granted().len(), owner.organizations()),
        (1, &[here, there][..])
    );
    let technician = again(&now, &ana).await.rights;
    assert_eq!(technician.role_keys_in(here), [RoleKey::Technician]);
    assert_eq!(technician.organizations(), [here]);
    // A role that is not there any more allows nothing, and stands in nobody's way.
    let tx = now.db.write().await.unwrap();
    tx.execute_unprepared("UPDATE assignments SET role = '00000000-0000-7000-8000-00000000beef'")
        .await
        .unwrap();
    tx.commit().await.unwrap();
    assert!(again(&now, &by).await.rights.granted().is_empty());
    now.db.close().await;
}

pub async fn nobody_gives_or_takes_what_they_do_not_have(ctx: Ctx) {
    let by = owner(&ctx).await.caller;
    let here = by.rights.organizations()[0];
    let there = organization(&ctx, &by, "Elsewhere").await;
    let by = again(&ctx, &by).await;
    let ana = joined(&ctx, &by, "ana@a.example", RoleKey::Administrator, within(here)).await;
    let bob = joined(&ctx, &ana, "bob@a.example", RoleKey::Technician, within(here)).await;
    assert_eq!(bob.rights.role_keys_in(here), [RoleKey::Technician]);

    // An administrator of one organization gives all of it, within it.
    assert_eq!(
        give(&ctx, &ana, &bob, RoleKey::Administrator, within(here)).await,
        Ok(())
    );
    assert_eq!(
        give(&ctx, &ana, &bob, RoleKey::Administrator, within(here)).await,
        Err(Code::Conflict)
    );
    assert_eq!(
        give(&ctx, &ana, &bob, RoleKey::Owner, within(here)).await,
        Ok(()),
        "of one organization it is the same"
    );
    let refusals = [
        (RoleKey::Viewer, AssignmentPlace::Server, Code::Forbidden),
        (RoleKey::Viewer, within(there), Code::NotFound),
        (
            RoleKey::Custom(farol_server::ids::RoleId::new()),
            within(here),
            Code::ValidationFailed,
        ),
    ];
    for (role, place, code) in refusals {
        assert_eq!(give(&ctx, &ana, &bob, role, place).await, Err(code), "{role}");
    }
    // Who has less than a role neither gives nor takes it.
    let carla = joined(&ctx, &by, "carla@a.example", RoleKey::Viewer, within(here)).await;
    let keeper = NewRole {
        name: "Keeper of people".into(),
        description: String::new(),
        permissions: vec![
            Permission::AccountSee,
            Permission::AccountManage,
            Permission::MachineSee,
        ],
    };
    let keeper = rights::create_role(&ctx, &by, keeper).await.unwrap().key;
    let dora = joined(&ctx, &by, "dora@a.example", keeper, within(here)).await;
    assert_eq!(give(&ctx, &dora, &carla, keeper, within(here)).await, Ok(()));
    assert_eq!(
        give(&ctx, &dora, &carla, RoleKey::Technician, within(here)).await,
        Err(Code::Forbidden)
    );
    let of_bob = rights::list_assignments(&ctx, &dora, Some(bob.account))
        .await
        .unwrap();
    assert_eq!(of_bob.len(), 3);
    assert!(of_bob.iter().all(|one| !one.may_take));
    let refused = rights::unassign(&ctx, &dora, of_bob[0].id).await.unwrap_err();
    assert_eq!(refused.code(), Code::Forbidden);
    assert!(refused.to_string().contains("screen.view"), "{refused}");
    let technician = again(&ctx, &carla).await;
    let refused = rights::unassign(&ctx, &technician, of_bob[0].id).await;
    assert!(refused.is_err());
    // Ana takes Bob's roles away, and each is proved.
    for one in rights::list_assignments(&ctx, &ana, Some(bob.account))
        .await
        .unwrap()
    {
        assert!(one.may_take);
        rights::unassign(&ctx, &ana, one.id).await.unwrap();
        let gone = rights::unassign(&ctx, &ana, one.id).await;
        assert_eq!(gone.unwrap_err().code(), Code::NotFound);
    }
    assert!(again(&ctx, &bob).await.rights.organizations().is_empty());
    let entries = audit::list(&ctx, &by, &PageQuery::default(), &audit::AuditFilter::default()).await;
    let newest = entries.unwrap().items.into_iter().next().unwrap();
    assert_eq!(newest.action, "role.taken");
    assert_eq!(newest.before.unwrap()["role"], "owner");
}

pub async fn an_owner_of_the_server_is_left(ctx: Ctx) {
    let by = owner(&ctx).await.caller;
    let own = rights::list_assignments(&ctx, &by, Some(by.account))
        .await
        .unwrap();
    let refused = rights::unassign(&ctx, &by, own[0].id).await.unwrap_err();
    assert_eq!(refused.code(), Code::LastOwner);
    let ana = joined(
        &ctx,
        &by,
        "ana@a.example",
        RoleKey::Owner,
        AssignmentPlace::Server,
    )
    .await;
    // She does not count while she is disabled, nor can she be the one who disables the last other one.
    accounts::disable(&ctx, &by, ana.account).await.unwrap();
    let refused = rights::unassign(&ctx, &by, own[0].id).await.unwrap_err();
    assert_eq!(refused.code(), Code::LastOwner);
    accounts::enable(&ctx, &by, ana.account).await.unwrap();
    for oneself in [
        accounts::disable(&ctx, &by, by.account).await.map(drop),
        accounts::delete(&ctx, &by, by.account, None).await,
    ] {
        assert_eq!(oneself.unwrap_err().code(), Code::Forbidden);
    }
    rights::unassign(&ctx, &by, own[0].id).await.unwrap();
    assert_eq!(
        rights::oldest_owner(ctx.db.read()).await.unwrap(),
        Some(ana.account)
    );
    // Command line and set-up see a server that has an owner.
    let link = accounts::create_link(&ctx.db, &ctx.clock, None).await.unwrap();
    assert_eq!(link.email.as_deref(), Some("ana@a.example"));
}

pub async fn of_two_owners_who_take_each_others_role_one_is_left(ctx: Ctx) {
    let by = owner(&ctx).await.caller;
    for round in 0..5 {
        let email = format!("ana{round}@a.example");
        let ana = joined(&ctx, &by, &email, RoleKey::Owner, AssignmentPlace::Server).await;
        let of = async |account| {
            let all = rights::list_assignments(&ctx, &by, Some(account)).await.unwrap();
            all.last().unwrap().id
        };
        let (hers, mine) = (of(ana.account).await, of(by.account).await);
        let take = |by: &Caller, id| {
            let (ctx, by) = (ctx.clone(), by.clone());
            tokio::spawn(async move { rights::unassign(&ctx, &by, id).await })
        };
        let (one, two) = (take(&by, hers), take(&ana, mine));
        let (one, two) = (one.await.unwrap(), two.await.unwrap());
        let lost = match (one, two) {
            (Ok(()), Err(error)) | (Err(error), Ok(())) => error,
            both => panic!("{both:?}"),
        };
        assert_eq!(lost.code(), Code::LastOwner);
        let left = rights::oldest_owner(ctx.db.read()).await.unwrap().unwrap();
        if left == ana.account {
            let back = give(&ctx, &ana, &by, RoleKey::Owner, AssignmentPlace::Server).await;
            assert_eq!(back, Ok(()));
            let hers = of(ana.account).await;
            rights::unassign(&ctx, &by, hers).await.unwrap();
        }
    }
}

pub async fn roles_are_made_changed_and_deleted(ctx: Ctx) {
    let by = owner(&ctx).await.caller;
    let here = by.rights.organizations()[0];
    let night = || NewRole {
        name: "Night shift".into(),
        description: "Watches".into(),
        permissions: vec![Permission::MachineSee, Permission::ScreenView],
    };
    let made = rights::create_role(&ctx, &by, night()).await.unwrap();
    let twice = NewRole {
        name: "NIGHT shift".into(),
        ..night()
    };
    let refused = rights::create_role(&ctx, &by, twice).await.unwrap_err();
    assert_eq!(refused.code(), Code::ValidationFailed);
    let RoleKey::Custom(id) = made.key else {
        panic!("{made:?}")
    };
    let ana = joined(&ctx, &by, "ana@a.example", made.key, within(here)).await;
    assert!(ana.rights.allows(here, Permission::ScreenView));
    assert!(!ana.rights.allows(here, Permission::ScreenControl));

    let seen = IfMatch::seen(made.etag.as_deref().unwrap());
    let more = RoleChange {
        permissions: Some(vec![Permission::MachineSee, Permission::ScreenControl]),
        ..RoleChange::default()
    };
    let changed = rights::change_role(&ctx, &by, id, more.clone(), &seen)
        .await
        .unwrap();
    assert_eq!((changed.accounts, changed.name.as_str()), (1, "Night shift"));
    let stale = rights::change_role(&ctx, &by, id, RoleChange::default(), &seen).await;
    assert_eq!(stale.unwrap_err().code(), Code::VersionMismatch);
    let ana = again(&ctx, &ana).await;
    assert!(
        ana.rights.allows(here, Permission::ScreenControl)
            && !ana.rights.allows(here, Permission::ScreenView)
    );

    // In use: by an account, an invitation, an access rule.
    let seen = IfMatch::seen("*");
    let in_use = async || {
        let refused = rights::delete_role(&ctx, &by, id, &seen).await;
        assert_eq!(refused.unwrap_err().code(), Code::RoleInUse);
    };
    in_use().await;
    for one in rights::list_assignments(&ctx, &by, Some(ana.account))
        .await
        .unwrap()
    {
        rights::unassign(&ctx, &by, one.id).await.unwrap();
    }
    let invitation = NewAccountInvitation {
        email: "bob@a.example".into(),
        role: made.key,
        place: within(here),
        conditions: Conditions::NONE,
        send: false,
    };
    let invitation = accounts::invite(&ctx, &by, invitation).await.unwrap().invitation;
    in_use().await;
    accounts::revoke_invitation(&ctx, &by, invitation.id)
        .await
        .unwrap();
    let rule = NewRule {
        organization_id: None,
        scope: Scope::Organization,
        role: Some(made.key),
        right: None,
        mode: Mode::Ask,
        on_silence: None,
    };
    let rule = access::create(&ctx, &by, rule).await.unwrap();
    in_use().await;
    access::delete(&ctx, &by, rule.id, &IfMatch::seen("*"))
        .await
        .unwrap();
    rights::delete_role(&ctx, &by, id, &seen).await.unwrap();
    let keys: Vec<RoleKey> = rights::list_roles(&ctx)
        .await
        .unwrap()
        .into_iter()
        .map(|role| role.key)
        .collect();
    assert_eq!(keys, RoleKey::BUILT_IN);

    // Roles are the server's: who administers one organization makes none.
    let carla = joined(&ctx, &by, "carla@a.example", RoleKey::Owner, within(here)).await;
    let refused = rights::create_role(&ctx, &carla, night()).await.unwrap_err();
    assert_eq!(refused.code(), Code::Forbidden);
}

pub async fn people_of_another_organization_do_not_exist(ctx: Ctx) {
    let by = owner(&ctx).await.caller;
    let here = by.rights.organizations()[0];
    let there = organization(&ctx, &by, "Elsewhere").await;
    let by = again(&ctx, &by).await;
    let ana = joined(&ctx, &by, "ana@a.example", RoleKey::Administrator, within(here)).await;
    let otto = joined(&ctx, &by, "otto@b.example", RoleKey::Administrator, within(there)).await;
    let names = |people: Vec<accounts::PersonView>| -> Vec<String> {
        people.into_iter().map(|person| person.name).collect()
    };
    // Who owns the whole server has rights in each organization, so each sees that; and nobody of the others.
    assert_eq!(
        names(accounts::list(&ctx, &ana).await.unwrap()),
        ["ana", "Ann Martins"]
    );
    assert_eq!(
        names(accounts::list(&ctx, &otto).await.unwrap()),
        ["Ann Martins", "otto"]
    );
    assert_eq!(
        names(accounts::list(&ctx, &by).await.unwrap()),
        ["ana", "Ann Martins", "otto"]
    );
    let of_otto = rights::list_assignments(&ctx, &by, Some(otto.account))
        .await
        .unwrap();
    assert!(
        rights::list_assignments(&ctx, &ana, Some(otto.account))
            .await
            .unwrap()
            .is_empty()
    );
    let invited = NewAccountInvitation {
        email: "new@b.example".into(),
        role: RoleKey::Viewer,
        place: within(there),
        conditions: Conditions::NONE,
        send: false,
    };
    let theirs = accounts::invite(&ctx, &otto, invited.clone())
        .await
        .unwrap()
        .invitation;
    assert!(
        accounts::invitations(&ctx, &ana)
            .await
            .unwrap()
            .iter()
            .all(|one| one.id != theirs.id)
    );
    let unknown = AccountId::new();
    for id in [otto.account, unknown] {
        for refused in [
            accounts::person(&ctx, &ana, id).await.map(drop),
            accounts::disable(&ctx, &ana, id).await.map(drop),
            accounts::enable(&ctx, &ana, id).await.map(drop),
            accounts::delete(&ctx, &ana, id, None).await,
            rights::effective_permissions(&ctx, &ana, id, Question::Organization(here))
                .await
                .map(drop),
            rights::effective_permissions(&ctx, &ana, ana.account, Question::Organization(there))
                .await
                .map(drop),
            accounts::invite(&ctx, &ana, invited.clone()).await.map(drop),
            accounts::revoke_invitation(&ctx, &ana, theirs.id).await,
            rights::unassign(&ctx, &ana, of_otto[0].id).await,
            organizations::rename(
                &ctx,
                &ana,
                there,
                NewName { name: "x".into() },
                &IfMatch::seen("*"),
            )
            .await
            .map(drop),
        ] {
            assert_eq!(refused.unwrap_err().code(), Code::NotFound);
        }
    }
    // The owner of the server is seen and not touched.
    for refused in [
        accounts::disable(&ctx, &ana, by.account).await.map(drop),
        accounts::delete(&ctx, &ana, by.account, None).await,
    ] {
        assert_eq!(refused.unwrap_err().code(), Code::Forbidden);
    }
    assert_eq!(organizations::list(&ctx, &ana, false).await.unwrap().len(), 1);
    // An heir of another organization is no heir.
    let bob = joined(&ctx, &ana, "bob@a.example", RoleKey::Viewer, within(here)).await;
    let refused = accounts::delete(&ctx, &ana, bob.account, Some(otto.account)).await;
    assert_eq!(refused.unwrap_err().code(), Code::ValidationFailed);
}

pub async fn every_yes_and_no_names_what_says_so(ctx: Ctx) {
    let by = owner(&ctx).await.caller;
    let here = by.rights.organizations()[0];
    let ana = joined(&ctx, &by, "ana@a.example", RoleKey::Technician, within(here)).await;
    let token = super::recognition::token(&ctx, None, farol_server::enrollment::Approval::Automatic).await;
    let request = super::recognition::request(&token, 1, 1);
    let machine = super::recognition::enroll(&ctx, request).await.unwrap();
    let never = NewRule {
        organization_id: None,
        scope: Scope::Machine { machine_id: machine },
        role: Some(RoleKey::Technician),
        right: Some(AccessRight::Files),
        mode: Mode::Never,
        on_silence: None,
    };
    let never = access::create(&ctx, &by, never).await.unwrap();
    let on = Question::Machine(machine);
    let said = rights::effective_permissions(&ctx, &by, ana.account, on)
        .await
        .unwrap();
    assert_eq!(
        rights::effective_permissions(&ctx, &ana, ana.account, on)
            .await
            .unwrap(),
        said,
        "everybody may ask about themselves"
    );
    assert_eq!(said.permissions.len(), Permission::ALL.len());
    assert_eq!(said.roles.len(), 1);
    let of = |permission| {
        let mut all = said.permissions.iter();
        all.find(|one| one.permission == permission).unwrap()
    };
    let given = said.roles[0].assignment_id;
    let yes = of(Permission::ScreenControl);
    assert_eq!(
        (yes.allowed, yes.decided_by, &yes.roles[..]),
        (true, DecidedBy::Role, &[given][..])
    );
    let no = of(Permission::AuditRead);
    assert_eq!(
        (no.allowed, no.decided_by, &no.roles[..]),
        (false, DecidedBy::NoRole, &[][..])
    );
    let forbidden = of(Permission::FilesTransfer);
    assert_eq!(
        (forbidden.allowed, forbidden.decided_by),
        (false, DecidedBy::AccessRule)
    );
    assert_eq!(forbidden.access.as_ref().unwrap().source.rule_id, Some(never.id));
    accounts::disable(&ctx, &by, ana.account).await.unwrap();
    let said = rights::effective_permissions(&ctx, &by, ana.account, on)
        .await
        .unwrap();
    assert!(said.disabled && said.permissions.iter().all(|one| !one.allowed));
    // What is said is what is: each permission of each built-in role, asked of the rights themselves.
    for key in RoleKey::BUILT_IN {
        let email = format!("{key}@a.example");
        let one = joined(&ctx, &by, &email, key, within(here)).await;
        let on = Question::Organization(here);
        let said = rights::effective_permissions(&ctx, &by, one.account, on)
            .await
            .unwrap();
        for verdict in said.permissions {
            assert_eq!(
                verdict.allowed,
                one.rights.allows(here, verdict.permission),
                "{key} {verdict:?}"
            );
        }
    }
    let rows = farol_server::store::entities::assignment::Entity::find();
    assert_eq!(
        rows.all(ctx.db.read()).await.unwrap().len(),
        2 + RoleKey::BUILT_IN.len()
    );
}
