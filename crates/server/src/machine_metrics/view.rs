//! How busy machines were, and are, as people see it.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use serde::Serialize;
use utoipa::ToSchema;

use super::series::{Cell, Point, Reading, Series, Unit};
use super::span::{Answer, Resolution, SPAN_MAX, answer, floor, roll};
use super::{CAPABILITY, points_of, store};
use crate::accounts::Caller;
use crate::clock::Timestamp;
use crate::ctx::Ctx;
use crate::error::{FieldError, Result};
use crate::ids::MachineId;
use crate::machines;
use crate::presence::Command;

/// Points of a line in a list: the last hour.
const LINE_POINTS: i64 = 60;
/// How often an agent measures while somebody looks.
const QUICK: Duration = Duration::from_secs(1);

/// How busy a machine was.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct MachineMetrics {
    /// The machine.
    pub machine_id: MachineId,
    /// From this moment, or the beginning of the point that it is in.
    pub from: Timestamp,
    /// Until this one.
    pub to: Timestamp,
    /// How long each point is, in seconds. The longer the time, the longer its points: there are at most 400.
    pub step_seconds: u32,
    /// Where each point begins, the oldest first. Points of which nothing is known are left out.
    pub times: Vec<Timestamp>,
    /// What is known; a series of which nothing is known is left out.
    pub series: Vec<MetricSeries>,
}

/// What was measured of one thing, with a place for each of the times.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct MetricSeries {
    /// What.
    pub name: Series,
    /// In which unit.
    pub unit: Unit,
    /// Means over the points; `null` where it was not measured.
    pub average: Vec<Option<f64>>,
    /// The least within each point.
    pub minimum: Vec<Option<f64>>,
    /// The most.
    pub maximum: Vec<Option<f64>>,
}

/// How busy a machine is, second by second.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct LiveMetrics {
    /// The machine.
    pub machine_id: MachineId,
    /// Its agent measures each second now, or is about to. False: it is offline, it cannot, or so many machines are looked at that there
    /// is no place.
    pub live: bool,
    /// The server's time, to ask for what comes after the last of the times.
    pub now: Timestamp,
    /// When each reading came, the oldest first; two minutes at most.
    pub times: Vec<Timestamp>,
    /// What was measured; a series of which nothing is known is left out.
    pub series: Vec<LiveSeries>,
}

/// What is measured of one thing, with a place for each of the times.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct LiveSeries {
    /// What.
    pub name: Series,
    /// In which unit.
    pub unit: Unit,
    /// What it was; `null` where it was not measured.
    pub values: Vec<Option<f64>>,
}

/// The processors of several machines in the last hour, for lists.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct CpuLines {
    /// Where the first point begins.
    pub from: Timestamp,
    /// How long each point is, in seconds.
    pub step_seconds: u32,
    /// Of the machines that were asked for, those that are in sight, in the order of the question.
    pub machines: Vec<CpuLine>,
}

/// The processors of a machine.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct CpuLine {
    /// The machine.
    pub machine_id: MachineId,
    /// Share of all processors that was busy, 0 to 100, the oldest point first; `null` where it was not measured.
    pub cpu: Vec<Option<f64>>,
}

/// How busy a machine was from one moment to another, as fine as that is kept and no finer than can be shown. Without a beginning it is an
/// hour, without an end until now.
///
/// # Errors
/// `not_found`, `validation_failed`; those of the database.
pub async fn get(
    ctx: &Ctx,
    by: &Caller,
    id: MachineId,
    (from, to): (Option<Timestamp>, Option<Timestamp>),
) -> Result<MachineMetrics> {
    let row = machines::find(ctx, by, id).await?;
    let now = ctx.clock.now();
    let to = to.unwrap_or(now);
    let from = from.unwrap_or_else(|| to.before(Duration::from_secs(3_600)));
    if from >= to {
        let detail = "The beginning has to be before the end.";
        return Err(FieldError::new("from", "invalid", detail).in_query().into());
    }
    // What is longer ago is not kept.
    let from = from.max(now.before(SPAN_MAX));
    let to = to
        .max(from.after(Duration::from_millis(1)))
        .min(from.after(SPAN_MAX));
    let how = answer(from.0, to.0, now.0);
    let first = floor(from.0, how.step);
    let records = machines::records(ctx.db.read(), row.id).await?;
    let points = points(ctx, &records, (first, to.0), how).await?;
    Ok(MachineMetrics {
        machine_id: row.id,
        from: Timestamp(first),
        to,
        step_seconds: seconds(how.step),
        times: points.keys().map(|at| Timestamp(*at)).collect(),
        series: Series::ALL
            .into_iter()
            .filter_map(|name| series(name, &points))
            .collect(),
    })
}

fn seconds(step: i64) -> u32 {
    u32::try_from(step / 1_000).unwrap_or(u32::MAX)
}

/// The points of an answer, by where they begin: those of rows, and those that no row has yet.
async fn points(
    ctx: &Ctx,
    records: &[MachineId],
    (from, to): (i64, i64),
    how: Answer,
) -> Result<BTreeMap<i64, Point>> {
    let db = ctx.db.read();
    let minute = Resolution::Minute;
    // Before the rows: what is written in between would be in neither otherwise. It may be in both for this one answer then.
    let waiting = ctx.machine_metrics.minutes(records);
    let mut fine: Vec<(i64, Point)> = Vec::new();
    if how.from != minute {
        let hours = (minute.block_of(from), to);
        let rows = store::not_rolled(db, records, hours).await?;
        // An hour that was rolled up before some of its minutes came is in both; the minutes know all of it.
        let newer: Vec<(MachineId, i64)> = rows.iter().map(|row| (row.machine_id, row.start.0)).collect();
        for row in &rows {
            let points = points_of(row.machine_id, &row.body);
            fine.extend(
                points
                    .iter()
                    .map(|(slot, point)| (minute.at(row.start.0, *slot), *point)),
            );
        }
        for row in store::blocks(db, records, how.from, (how.from.block_of(from), to)).await? {
            let is_newer = |at: i64| newer.contains(&(row.machine_id, minute.block_of(at)));
            let points = points_of(row.machine_id, &row.body);
            let points = points
                .iter()
                .map(|(slot, point)| (how.from.at(row.start.0, *slot), *point));
            fine.extend(points.filter(|(at, _)| !is_newer(*at)));
        }
    } else {
        for row in store::blocks(db, records, minute, (minute.block_of(from), to)).await? {
            let points = points_of(row.machine_id, &row.body);
            fine.extend(
                points
                    .iter()
                    .map(|(slot, point)| (minute.at(row.start.0, *slot), *point)),
            );
        }
    }
    fine.extend(waiting.into_iter().flat_map(|(_, minutes)| minutes));
    let inside = fine.into_iter().filter(|(at, _)| (from..to).contains(at));
    Ok(roll(inside, how.step))
}

fn series(name: Series, points: &BTreeMap<i64, Point>) -> Option<MetricSeries> {
    let cells: Vec<Cell> = points.values().map(|point| point.cell(name)).collect();
    if cells.iter().all(|cell| cell.seconds == 0) {
        return None;
    }
    let end = |of: fn(&Cell) -> i64| {
        let known = cells.iter().map(|cell| (cell.seconds > 0).then(|| of(cell)));
        known
            .map(|value| value.map(|value| name.for_people(value as f64)))
            .collect()
    };
    Some(MetricSeries {
        name,
        unit: name.unit(),
        average: cells
            .iter()
            .map(|cell| cell.mean().map(|mean| name.for_people(mean)))
            .collect(),
        minimum: end(|cell| cell.min),
        maximum: end(|cell| cell.max),
    })
}

/// How busy a machine is, second by second, after a moment. Whoever asks looks: its agent measures each second for the next minute.
///
/// # Errors
/// `not_found`; those of the database.
pub async fn watch(ctx: &Ctx, by: &Caller, id: MachineId, after: Option<Timestamp>) -> Result<LiveMetrics> {
    let row = machines::find(ctx, by, id).await?;
    let now = ctx.clock.now();
    let online = ctx.presence.view(row.id);
    let can = online.is_some_and(|online| online.capabilities.iter().any(|can| can == CAPABILITY));
    let (mut live, mut seconds) = (can, Vec::new());
    if can {
        let looked = ctx.machine_metrics.look(row.id, now, after);
        live = looked.has_place;
        seconds = looked.seconds;
        if looked.tell && ctx.presence.command(row.id, Command::PaceMetrics(QUICK)).is_err() {
            // Its link is busy, or just ended: the next look tells it.
            ctx.machine_metrics.not_told(row.id);
        }
    }
    let of = |(at, name): (usize, Series)| {
        let told = |(_, Reading(told)): &(Timestamp, Reading)| told.get(at).copied().flatten();
        let values: Vec<Option<f64>> = seconds
            .iter()
            .map(|reading| told(reading).map(|value| name.for_people(value as f64)))
            .collect();
        values.iter().any(Option::is_some).then(|| LiveSeries {
            name,
            unit: name.unit(),
            values,
        })
    };
    Ok(LiveMetrics {
        machine_id: row.id,
        live,
        now,
        times: seconds.iter().map(|(at, _)| *at).collect(),
        series: Series::ALL.into_iter().enumerate().filter_map(of).collect(),
    })
}

/// The processors of these machines in the last hour, as far as they are in sight. What was told of a machine before it was merged into
/// another is not looked for.
///
/// # Errors
/// Those of the database.
pub async fn lines(ctx: &Ctx, by: &Caller, ids: &[MachineId]) -> Result<CpuLines> {
    let db = ctx.db.read();
    let seen = machines::in_sight(db, &by.rights, ids).await?;
    let minute = Resolution::Minute;
    let now = floor(ctx.clock.now().0, minute.step());
    // The minute that runs is the last one.
    let from = now.saturating_sub((LINE_POINTS - 1).saturating_mul(minute.step()));
    let until = now.saturating_add(minute.step());
    let mut cells: HashMap<MachineId, BTreeMap<i64, Cell>> = HashMap::new();
    let mut add = |machine: MachineId, at: i64, point: &Point| {
        if (from..until).contains(&at) {
            let cell = cells.entry(machine).or_default().entry(at).or_default();
            *cell = cell.and(point.cell(Series::Cpu));
        }
    };
    for (machine, minutes) in ctx.machine_metrics.minutes(&seen) {
        for (at, point) in &minutes {
            add(machine, *at, point);
        }
    }
    for row in store::blocks(db, &seen, minute, (minute.block_of(from), until)).await? {
        for (slot, point) in points_of(row.machine_id, &row.body) {
            add(row.machine_id, minute.at(row.start.0, slot), &point);
        }
    }
    let line = |machine_id: MachineId| {
        let of = cells.get(&machine_id);
        let cpu = (0..LINE_POINTS).map(|point| {
            let at = from.saturating_add(point.saturating_mul(minute.step()));
            let mean = of.and_then(|of| of.get(&at)).and_then(|cell| cell.mean());
            mean.map(|mean| Series::Cpu.for_people(mean))
        });
        CpuLine {
            machine_id,
            cpu: cpu.collect(),
        }
    };
    Ok(CpuLines {
        from: Timestamp(from),
        step_seconds: seconds(minute.step()),
        machines: seen.iter().copied().map(line).collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_series_has_a_place_for_each_time() {
        let mut busy = Point::default();
        busy.cells[0] = Cell::of(100, 30).and(Cell::of(300, 30));
        let points = BTreeMap::from([(0, busy), (60_000, Point::default())]);
        let cpu = series(Series::Cpu, &points).unwrap();
        assert_eq!(cpu.average, [Some(20.0), None]);
        assert_eq!(cpu.minimum, [Some(10.0), None]);
        assert_eq!(cpu.maximum, [Some(30.0), None]);
        assert_eq!(series(Series::Load, &points), None);
    }
}
