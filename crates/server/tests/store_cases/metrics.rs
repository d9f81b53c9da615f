//! How busy machines are: what is kept of it, how it becomes coarser, who sees it.

use std::time::Duration;

use farol_protocol::ids::RunId;
use farol_protocol::link::MetricSample;
use farol_protocol::pipe::PipeKey;
use farol_server::accounts::Caller;
use farol_server::clock::Timestamp;
use farol_server::enrollment::Approval;
use farol_server::ids::{MachineId, OrganizationId};
use farol_server::machine_metrics::series::Series;
use farol_server::machine_metrics::{self, MachineMetrics, Tending};
use farol_server::machines;
use farol_server::presence::{Command, Who};
use farol_server::rights::{Rights, RoleKey};
use farol_server::store::entities::machine_metric;
use farol_server::{Code, Ctx};
use sea_orm::EntityTrait;

use super::recognition::{enroll, request, token};
use crate::common::owner;

const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(3_600);

async fn one_machine(ctx: &Ctx) -> (Caller, MachineId) {
    let by = owner(ctx).await.caller;
    let token = token(ctx, None, Approval::Automatic).await;
    let machine = enroll(ctx, request(&token, 1, 1)).await.unwrap();
    (by, machine)
}

/// The agent says how busy the processors were in the last minute.
fn say(ctx: &Ctx, machine: MachineId, permille: u32) {
    let said = MetricSample {
        seconds: 60,
        cpu_permille: Some(permille),
        ..MetricSample::default()
    };
    machine_metrics::sample(ctx, machine, &said);
}

async fn tend(ctx: &Ctx) {
    let mut tending = Tending::default();
    while machine_metrics::tend(ctx, &mut tending).await.unwrap() {}
}

async fn of_the_last(ctx: &Ctx, by: &Caller, machine: MachineId, length: Duration) -> MachineMetrics {
    let now = ctx.clock.now();
    let between = (Some(now.before(length)), Some(now.after(MINUTE)));
    machine_metrics::get(ctx, by, machine, between).await.unwrap()
}

/// Means of the processors, each with the moment at which its point begins.
fn cpu(found: &MachineMetrics) -> Vec<(Timestamp, f64)> {
    let series = found.series.iter().find(|series| series.name == Series::Cpu);
    let means = series.map(|series| series.average.clone()).unwrap_or_default();
    let pairs = found.times.iter().copied().zip(means);
    pairs.filter_map(|(at, mean)| Some((at, mean?))).collect()
}

async fn rows(ctx: &Ctx) -> Vec<(i16, bool)> {
    let rows = machine_metric::Entity::find().all(ctx.db.read()).await.unwrap();
    let mut rows: Vec<_> = rows.iter().map(|row| (row.resolution, row.rolled)).collect();
    rows.sort_unstable();
    rows
}

pub async fn a_sample_is_seen_before_it_is_written_and_after(ctx: Ctx) {
    let (by, machine) = one_machine(&ctx).await;
    let start = ctx.clock.now();
    for permille in [100, 300] {
        say(&ctx, machine, permille);
        ctx.clock.advance(MINUTE);
    }
    let expected = [(start, 10.0), (start.after(MINUTE), 30.0)];
    assert_eq!(cpu(&of_the_last(&ctx, &by, machine, HOUR).await), expected);
    tend(&ctx).await;
    assert_eq!(rows(&ctx).await, [], "a heartbeat's worth of news touches no row");
    machine_metrics::write_all(&ctx).await.unwrap();
    assert_eq!(rows(&ctx).await, [(0, false)]);
    assert_eq!(cpu(&of_the_last(&ctx, &by, machine, HOUR).await), expected);
    // A server that was started again within the minute adds to it.
    say(&ctx, machine, 500);
    machine_metrics::write_all(&ctx).await.unwrap();
    say(&ctx, machine, 700);
    machine_metrics::write_all(&ctx).await.unwrap();
    let found = cpu(&of_the_last(&ctx, &by, machine, HOUR).await);
    assert_eq!(found[2], (start.after(2 * MINUTE), 60.0));
    let lines = machine_metrics::lines(&ctx, &by, &[machine]).await.unwrap();
    let line = &lines.machines[0].cpu;
    assert_eq!(line.len(), 60);
    assert_eq!(line[57..], [Some(10.0), Some(30.0), Some(60.0)]);
}

pub async fn hours_become_coarser_and_nothing_is_lost(ctx: Ctx) {
    let (by, machine) = one_machine(&ctx).await;
    let start = ctx.clock.now();
    for minute in 0..60 {
        say(&ctx, machine, minute * 10);
        ctx.clock.advance(MINUTE);
        tend(&ctx).await;
    }
    ctx.clock.advance(HOUR);
    tend(&ctx).await;
    assert_eq!(rows(&ctx).await, [(0, true), (1, true), (2, true)]);
    // Ten days on, tens of minutes are not kept any more, but the hour is.
    ctx.clock.advance(24 * 10 * HOUR);
    tend(&ctx).await;
    assert_eq!(rows(&ctx).await, [(2, true)]);
    let between = (Some(start), Some(start.after(HOUR)));
    let found = machine_metrics::get(&ctx, &by, machine, between).await.unwrap();
    assert_eq!(found.step_seconds, 3_600);
    assert_eq!(cpu(&found), [(start, 29.5)]);
    assert_eq!(found.series[0].minimum, [Some(0.0)]);
    assert_eq!(found.series[0].maximum, [Some(59.0)]);
}

pub async fn minutes_in_memory_and_in_rows_count_once(ctx: Ctx) {
    let (by, machine) = one_machine(&ctx).await;
    let start = ctx.clock.now();
    say(&ctx, machine, 100);
    machine_metrics::write_all(&ctx).await.unwrap();
    // The rest of the hour stayed in memory: the database was away.
    ctx.clock.advance(MINUTE);
    say(&ctx, machine, 300);
    let week = 24 * 7 * HOUR;
    ctx.clock.advance(3 * HOUR);
    for _ in 0..2 {
        let found = of_the_last(&ctx, &by, machine, week).await;
        assert_eq!(cpu(&found), [(start, 20.0)]);
        tend(&ctx).await;
    }
    assert_eq!(rows(&ctx).await, [(0, true), (1, true), (2, true)]);
    let found = of_the_last(&ctx, &by, machine, week).await;
    assert_eq!(cpu(&found), [(start, 20.0)]);
}

pub async fn what_is_old_is_forgotten(ctx: Ctx) {
    let (by, machine) = one_machine(&ctx).await;
    say(&ctx, machine, 100);
    ctx.clock.advance(2 * HOUR);
    tend(&ctx).await;
    ctx.clock.advance(400 * 24 * HOUR);
    tend(&ctx).await;
    assert_eq!(rows(&ctx).await, []);
    // What belongs to nobody is not written.
    say(&ctx, machine, 100);
    machines::remove(&ctx, &by, machine).await.unwrap();
    machine_metrics::write_all(&ctx).await.unwrap();
    assert_eq!(rows(&ctx).await, []);
}

pub async fn metrics_of_another_organization_do_not_exist(ctx: Ctx) {
    let (by, machine) = one_machine(&ctx).await;
    say(&ctx, machine, 100);
    let stranger = Caller {
        rights: Rights::of_role(RoleKey::Owner, OrganizationId::new()),
        ..by
    };
    let found = machine_metrics::get(&ctx, &stranger, machine, (None, None)).await;
    assert_eq!(found.unwrap_err().code(), Code::NotFound);
    let found = machine_metrics::watch(&ctx, &stranger, machine, None).await;
    assert_eq!(found.unwrap_err().code(), Code::NotFound);
    let lines = machine_metrics::lines(&ctx, &stranger, &[machine]).await.unwrap();
    assert_eq!(lines.machines, []);
}

pub async fn who_looks_makes_the_agent_quick(ctx: Ctx) {
    let (by, machine) = one_machine(&ctx).await;
    let look = async |after| machine_metrics::watch(&ctx, &by, machine, after).await.unwrap();
    assert!(!look(None).await.live, "it is offline");
    let who = Who {
        record: machine,
        key: [0; 32],
        run: RunId([1; 16]),
        installation: None,
    };
    let can = vec![machine_metrics::CAPABILITY.to_owned()];
    let mut place = ctx.presence.arrive(
        ctx.clock.now(),
        machine,
        who,
        (can, PipeKey::from_seed([7; 32]).public()),
    );
    let first = look(None).await;
    assert!(first.live && first.times.is_empty());
    let told = place.commands.try_recv();
    assert!(matches!(told, Ok(Command::PaceMetrics(every)) if every == Duration::from_secs(1)));
    ctx.clock.advance(Duration::from_secs(1));
    say(&ctx, machine, 250);
    let next = look(Some(first.now)).await;
    assert_eq!(next.series[0].values, [Some(25.0)]);
    assert!(look(Some(next.now)).await.times.is_empty());
    assert!(place.commands.try_recv().is_err(), "it was told a moment ago");
}
