//! What it costs to know what somebody may do who has a thousand roles in a hundred organizations.

use std::hint::black_box;
use std::time::{Duration, Instant};

use farol_server::Ctx;
use farol_server::ids::{AccountId, AssignmentId, OrganizationId, RoleId};
use farol_server::rights::{self, Moment, Permission, RoleKey};
use farol_server::store::entities::account::AccountKind;
use farol_server::store::entities::{account, assignment, organization, role};
use farol_testkit::TestServer;
use farol_testkit::bench::{Run, report};
use sea_orm::{ActiveModelTrait, EntityTrait, IntoActiveModel};

/// Roles that somebody made, each given once.
const ROLES: usize = 1_000;
/// Organizations in which they are given.
const ORGANIZATIONS: usize = 100;
/// How often each thing is asked.
const TIMES: usize = 10_000;

pub(crate) async fn measure(server: &TestServer) -> anyhow::Result<()> {
    let ctx = server.ctx();
    let (account, organizations) = seed(ctx).await?;
    let now = ctx.clock.now();
    let moment = Moment::Asked {
        now,
        proven_at: Some(now),
    };
    let mut loads = Vec::with_capacity(TIMES);
    let started = Instant::now();
    for _ in 0..TIMES / 10 {
        let before = Instant::now();
        black_box(rights::of_account(ctx.db.read(), account, moment).await?);
        loads.push(before.elapsed());
    }
    report(
        "rights of an account, as each request asks",
        1,
        &sorted(loads, started),
    );

    let theirs = rights::of_account(ctx.db.read(), account, moment).await?;
    let (mut decisions, started) = (Vec::with_capacity(TIMES), Instant::now());
    for place in 0..TIMES {
        let Some(organization) = organizations.get(place % organizations.len()) else {
            continue;
        };
        let before = Instant::now();
        black_box(theirs.allows(*organization, Permission::ScreenControl));
        decisions.push(before.elapsed());
    }
    report("one decision", 1, &sorted(decisions, started));
    let (mut filters, started) = (Vec::with_capacity(TIMES), Instant::now());
    for _ in 0..TIMES {
        let before = Instant::now();
        black_box(theirs.organizations_with(Permission::MachineSee));
        filters.push(before.elapsed());
    }
    report("the filter of a list", 1, &sorted(filters, started));
    Ok(())
}

fn sorted(mut each: Vec<Duration>, started: Instant) -> Run {
    each.sort_unstable();
    Run {
        each,
        whole: started.elapsed(),
    }
}

/// Writes the account, its roles and where it has them.
async fn seed(ctx: &Ctx) -> anyhow::Result<(AccountId, Vec<OrganizationId>)> {
    let now = ctx.clock.now();
    let account = AccountId::new();
    let organizations: Vec<_> = (0..ORGANIZATIONS).map(|_| OrganizationId::new()).collect();
    let tx = ctx.db.write().await?;
    let row = account::Model {
        id: account,
        name: "Bruno Lima".into(),
        email: "bruno@example.org".into(),
        email_key: "bruno@example.org".into(),
        password_hash: String::new(),
        locale: "en".into(),
        created_at: now,
        password_changed_at: now,
        disabled_at: None,
        kind: AccountKind::Person,
        note: String::new(),
    };
    row.into_active_model().reset_all().insert(&tx).await?;
    for (number, id) in organizations.iter().enumerate() {
        let row = organization::Model {
            id: *id,
            name: format!("Client {number}"),
            created_at: now,
            audit_seq: 0,
            audit_head: vec![0; 32],
            audit_checkpoints: 0,
            version: 1,
        };
        row.into_active_model().reset_all().insert(&tx).await?;
    }
    // Every role has some permission that others have not.
    let permissions: Vec<&str> = Permission::ALL.iter().map(|one| one.as_str()).collect();
    for number in 0..ROLES {
        let some = permissions.iter().skip(number % permissions.len()).step_by(3);
        let row = role::Model {
            id: RoleId::new(),
            name: format!("Role {number}"),
            name_key: format!("role {number}"),
            description: String::new(),
            permissions: some.copied().collect::<Vec<_>>().join(" "),
            created_at: now,
            created_by: None,
            created_by_name: "bench".into(),
            version: 1,
        };
        let given = assignment::Model {
            id: AssignmentId::new(),
            account_id: account,
            organization_id: organizations.get(number % ORGANIZATIONS).copied(),
            role: RoleKey::Custom(row.id),
            created_at: now,
            created_by: None,
            created_by_name: "bench".into(),
            provider_id: None,
            scope: String::new(),
            expires_at: None,
            hours: None,
            step_up_minutes: None,
            reason_required: false,
            ended_at: None,
        };
        role::Entity::insert(row.into_active_model().reset_all())
            .exec_without_returning(&tx)
            .await?;
        assignment::Entity::insert(given.into_active_model().reset_all())
            .exec_without_returning(&tx)
            .await?;
    }
    tx.commit().await?;
    Ok((account, organizations))
}
