//! What it costs to know what somebody may do who has a thousand roles in a hundred organizations.

use std::hint::black_box;
use std::time::{Duration, Instant};

use anyhow::Context;
use farol_server::ids::{AccountId, AssignmentId, MachineId, OrganizationId, RoleId, SiteId};
use farol_server::rights::{self, MachineFacts, Moment, Permission, RoleKey};
use farol_server::store::entities::account::AccountKind;
use farol_server::store::entities::{account, assignment, organization, role};
use farol_server::{Ctx, accounts};
use farol_testkit::TestServer;
use farol_testkit::bench::{Run, report};
use sea_orm::{ActiveModelTrait, EntityTrait, IntoActiveModel};

/// Roles that somebody made, each given once.
const ROLES: usize = 1_000;
/// Organizations in which they are given.
const ORGANIZATIONS: usize = 100;
/// How often each thing is asked; what reads all of it, a tenth as often.
const TIMES: usize = 10_000;

pub(crate) async fn measure(server: &TestServer) -> anyhow::Result<()> {
    for (what, mixed) in [
        ("in organizations", false),
        (
            "in organizations, at sites and by tags, some at hours of the week",
            true,
        ),
    ] {
        println!("{ROLES} roles {what}:");
        measure_one(server.ctx(), mixed).await?;
    }
    Ok(())
}

async fn measure_one(ctx: &Ctx, mixed: bool) -> anyhow::Result<()> {
    let (account, machines) = seed(ctx, mixed).await?;
    let now = ctx.clock.now();
    let moment = Moment::Asked {
        now,
        proven_at: Some(now),
    };
    let (mut reads, started) = (Vec::with_capacity(TIMES / 10), Instant::now());
    for _ in 0..TIMES / 10 {
        let before = Instant::now();
        black_box(rights::of_account(ctx.db.read(), account, moment).await?);
        reads.push(before.elapsed());
    }
    report("  all of it read, after a change", 1, &sorted(reads, started));

    // What a request asks is a number more in a query that it makes anyway, so that is measured with and without.
    let (mut alone, mut both) = (Vec::with_capacity(TIMES), Vec::with_capacity(TIMES));
    let mut changes = None;
    let started = Instant::now();
    for _ in 0..TIMES {
        let before = Instant::now();
        black_box(account::Entity::find_by_id(account).one(ctx.db.read()).await?);
        alone.push(before.elapsed());
        let before = Instant::now();
        changes = accounts::recognized(ctx.db.read(), account).await?;
        both.push(before.elapsed());
    }
    report("  finding the account", 1, &sorted(alone, started));
    report(
        "  finding it with the number of changes",
        1,
        &sorted(both, started),
    );
    let whose = (account, changes.context("the account is gone")?.1);

    let (mut requests, started) = (Vec::with_capacity(TIMES), Instant::now());
    for on in machines.iter().cycle().take(TIMES) {
        let before = Instant::now();
        let theirs = rights::of_caller(ctx, whose, now, Some(now)).await?;
        black_box(theirs.allows_on(on, Permission::ScreenControl));
        requests.push(before.elapsed());
    }
    report(
        "  what a request asks: rights, and one decision",
        1,
        &sorted(requests, started),
    );

    let theirs = rights::of_caller(ctx, whose, now, Some(now)).await?;
    let (mut decisions, started) = (Vec::with_capacity(TIMES), Instant::now());
    for on in machines.iter().cycle().take(TIMES) {
        let before = Instant::now();
        black_box(theirs.allows_on(on, Permission::ScreenControl));
        decisions.push(before.elapsed());
    }
    report("  one decision", 1, &sorted(decisions, started));
    let (mut filters, started) = (Vec::with_capacity(TIMES), Instant::now());
    for _ in 0..TIMES {
        let before = Instant::now();
        black_box(theirs.sight(Permission::MachineSee));
        filters.push(before.elapsed());
    }
    report("  the filter of a list", 1, &sorted(filters, started));
    Ok(())
}

fn sorted(mut each: Vec<Duration>, started: Instant) -> Run {
    each.sort_unstable();
    Run {
        each,
        whole: started.elapsed(),
    }
}

/// The reach and the hours of an assignment.
fn finer(number: usize, mixed: bool) -> (String, Option<String>) {
    let scope = match number / ORGANIZATIONS % 3 {
        1 if mixed => format!("site:{}", SiteId::new()),
        2 if mixed => format!("tags:shop-{number},till"),
        _ => String::new(),
    };
    let days = "\"monday\",\"tuesday\",\"wednesday\",\"thursday\",\"friday\"";
    let hours = format!(
        "{{\"days\":[{days}],\"from\":\"08:00\",\"to\":\"18:00\",\"time_zone\":\"America/Sao_Paulo\"}}"
    );
    (scope, (mixed && number.is_multiple_of(4)).then_some(hours))
}

/// Writes the account, its roles and where it has them; with a machine in each organization.
async fn seed(ctx: &Ctx, mixed: bool) -> anyhow::Result<(AccountId, Vec<MachineFacts>)> {
    let now = ctx.clock.now();
    let account = AccountId::new();
    let organizations: Vec<_> = (0..ORGANIZATIONS).map(|_| OrganizationId::new()).collect();
    let tx = ctx.db.write().await?;
    let row = account::Model {
        id: account,
        name: "Bruno Lima".into(),
        email: format!("bruno-{mixed}@example.org"),
        email_key: format!("bruno-{mixed}@example.org"),
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
            archived_at: None,
            archived_by_name: None,
        };
        row.into_active_model().reset_all().insert(&tx).await?;
    }
    // Every role has some permission that others have not.
    let permissions: Vec<&str> = Permission::ALL.iter().map(|one| one.as_str()).collect();
    for number in 0..ROLES {
        let some = permissions.iter().skip(number % permissions.len()).step_by(3);
        let row = role::Model {
            id: RoleId::new(),
            name: format!("Role {number} {mixed}"),
            name_key: format!("role {number} {mixed}"),
            description: String::new(),
            permissions: some.copied().collect::<Vec<_>>().join(" "),
            created_at: now,
            created_by: None,
            created_by_name: "bench".into(),
            version: 1,
        };
        let (scope, hours) = finer(number, mixed);
        let given = assignment::Model {
            id: AssignmentId::new(),
            account_id: account,
            organization_id: organizations.get(number % ORGANIZATIONS).copied(),
            role: RoleKey::Custom(row.id),
            created_at: now,
            created_by: None,
            created_by_name: "bench".into(),
            provider_id: None,
            scope,
            expires_at: None,
            hours,
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
    let machine = |organization: OrganizationId| MachineFacts {
        organization,
        site: SiteId::new(),
        machine: MachineId::new(),
        tags: vec!["till".into(), "shop-7".into()],
    };
    Ok((account, organizations.into_iter().map(machine).collect()))
}
