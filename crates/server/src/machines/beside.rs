//! Another process, the command line, beside a running server: what it changed about machines is brought to the server's links, logins
//! that it ended to what they have open,
//! and what it cannot know, which machines are connected, it asks the server.
//!
//! Both go over rows of `server_state`, which a running server reads every [`BESIDE_LOOK`].

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use farol_protocol::ids::InstallId;
use farol_protocol::link::GoodbyeReason;
use sea_orm::sea_query::OnConflict;
use sea_orm::{ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter};
use tokio::time::{Instant, sleep};

use super::{keys, survivor};
use crate::accounts;
use crate::ctx::Ctx;
use crate::error::{Code, Error, Result};
use crate::ids::{MachineId, RequestId};
use crate::presence::{Command, Who};
use crate::server;
use crate::sessions::{self, lifecycle::EndReason};
use crate::store::Engine;
use crate::store::entities::machine::{Column, Entity, MachineState, Model};
use crate::store::entities::machine_key::{self, KeyState};
use crate::store::entities::server_state;

/// How often a running server looks at what the command line changed or asks.
pub const BESIDE_LOOK: Duration = Duration::from_secs(2);
/// Name of the row whose value changes when another process changed machines.
const CHANGED: &str = "machines_changed";
/// Name of the row with which another process asks which of some machines are connected.
const ASKED: &str = "machines_asked";
/// Name of the row with the answer.
const ANSWERED: &str = "machines_answered";
/// A server that runs answers within this.
const ANSWER_WITHIN: Duration = Duration::from_secs(10);
/// How often the other process looks for the answer.
const ANSWER_LOOK: Duration = Duration::from_millis(100);
/// Rows read at once.
const STEP: usize = 500;

/// Says that machines were changed by this process, or logins ended; a server that runs on the same database notices.
///
/// # Errors
/// Those of the database.
pub async fn tell_running_server(ctx: &Ctx) -> Result<()> {
    write(ctx, CHANGED, RequestId::new().to_string()).await
}

/// Which of these machines are connected to a server that runs on the same database; for a process without links of its own.
///
/// # Errors
/// `timed_out` when a server runs here and does not answer; those of the database.
pub(super) async fn connected(ctx: &Ctx, machines: &[MachineId]) -> Result<Vec<MachineId>> {
    let runs_here = server::runs(&ctx.config.data);
    // The server of a SQLite file holds the lock in the same directory; another database's may be on another host.
    if !runs_here && ctx.db.engine() == Engine::Sqlite {
        return Ok(Vec::new());
    }
    let question = RequestId::new().to_string();
    let named = machines.iter().map(MachineId::to_string);
    let words: Vec<String> = std::iter::once(question.clone()).chain(named).collect();
    write(ctx, ASKED, words.join(" ")).await?;
    let until = Instant::now() + ANSWER_WITHIN;
    while Instant::now() < until {
        if let Some(answer) = read(ctx, &[ANSWERED]).await?.remove(ANSWERED) {
            let mut words = answer.split(' ');
            if words.next() == Some(question.as_str()) {
                return Ok(words.filter_map(|word| word.parse().ok()).collect());
            }
        }
        sleep(ANSWER_LOOK).await;
    }
    if !runs_here {
        return Ok(Vec::new());
    }
    Err(Error::Unavailable {
        code: Code::TimedOut,
        detail: "The running server did not say whether these machines are connected. Try again, or do it in the console."
            .into(),
        source: None,
    })
}

async fn write(ctx: &Ctx, name: &str, value: String) -> Result<()> {
    let tx = ctx.db.write().await?;
    let row = server_state::ActiveModel {
        name: Set(name.into()),
        value: Set(value),
    };
    let replace = OnConflict::column(server_state::Column::Name)
        .update_column(server_state::Column::Value)
        .to_owned();
    server_state::Entity::insert(row)
        .on_conflict(replace)
        .exec_without_returning(&tx)
        .await?;
    Ok(tx.commit().await?)
}

async fn read(ctx: &Ctx, names: &[&str]) -> Result<HashMap<String, String>> {
    let rows = server_state::Entity::find()
        .filter(server_state::Column::Name.is_in(names.iter().copied()))
        .all(ctx.db.read())
        .await?;
    Ok(rows.into_iter().map(|row| (row.name, row.value)).collect())
}

/// What a running server has seen of another process.
#[derive(Debug, Default)]
pub struct Beside {
    changed: Option<String>,
    asked: Option<String>,
}

impl Beside {
    /// Looks whether another process changed machines or asks something since the last look: ends links and sessions that the rows
    /// do not allow any more, and answers. Costs one read when there is nothing new.
    ///
    /// # Errors
    /// Those of the database; the next look tries again.
    pub async fn look(&mut self, ctx: &Ctx) -> Result<()> {
        let mut rows = read(ctx, &[CHANGED, ASKED]).await?;
        let (changed, asked) = (rows.remove(CHANGED), rows.remove(ASKED));
        if asked != self.asked {
            if let Some(question) = &asked {
                answer(ctx, question).await?;
            }
            self.asked = asked;
        }
        if changed != self.changed {
            ctx.presence.decided();
            let links = ctx.presence.links();
            for links in links.chunks(STEP) {
                align(ctx, links).await?;
            }
            for machines in with_sessions_only(ctx, &links).chunks(STEP) {
                align_sessions(ctx, machines).await?;
            }
            accounts::cut_gone(ctx).await?;
            ctx.events.everything();
            self.changed = changed;
        }
        Ok(())
    }
}

async fn answer(ctx: &Ctx, question: &str) -> Result<()> {
    let mut words = question.split(' ');
    let mut answer = vec![words.next().unwrap_or_default()];
    answer.extend(words.filter(|word| {
        let machine = word.parse::<MachineId>();
        machine.is_ok_and(|machine| ctx.presence.view(machine).is_some())
    }));
    write(ctx, ANSWERED, answer.join(" ")).await
}

/// Compares links with the rows by which they would be let in now.
async fn align(ctx: &Ctx, links: &[(MachineId, Who)]) -> Result<()> {
    let db = ctx.db.read();
    let ids = links.iter().flat_map(|(machine, who)| [*machine, who.record]);
    let rows = Entity::find().filter(Column::Id.is_in(ids)).all(db).await?;
    let rows: HashMap<MachineId, Model> = rows.into_iter().map(|row| (row.id, row)).collect();
    let held = keys::some(db, links.iter().map(|(_, who)| who.key)).await?;
    let held: HashMap<Vec<u8>, machine_key::Model> = held
        .into_iter()
        .map(|key| (key.public_key.clone(), key))
        .collect();
    for (machine, who) in links {
        let both = rows.get(machine).zip(rows.get(&who.record));
        let key = held.get(who.key.as_slice());
        match (wrong(db, *machine, (who, key), both).await?, both) {
            (Some((word, end)), _) => {
                if let Some(row) = rows.get(machine) {
                    ctx.events.machine(row.organization_id, *machine);
                }
                sessions::machine_gone(ctx, *machine, end);
                ctx.presence.dismiss(*machine, Command::Goodbye(word));
            }
            (None, Some((_, record))) if record.rotation_asked_at.is_some() => {
                if ctx.presence.command(*machine, Command::RotateKey).is_err() {
                    tracing::debug!(%machine, "the new key is asked for at the next link");
                }
            }
            (None, _) => {}
        }
    }
    Ok(())
}

/// Machines with sessions whose link is away: the pipe is a connection of its own.
fn with_sessions_only(ctx: &Ctx, links: &[(MachineId, Who)]) -> Vec<MachineId> {
    let linked: HashSet<MachineId> = links.iter().map(|(machine, _)| *machine).collect();
    let sessions = ctx.live.find(|info| !linked.contains(&info.machine));
    let machines: HashSet<MachineId> = sessions.iter().map(|session| session.info().machine).collect();
    machines.into_iter().collect()
}

/// Compares sessions with the rows of their machines.
async fn align_sessions(ctx: &Ctx, machines: &[MachineId]) -> Result<()> {
    let db = ctx.db.read();
    let wanted = machines.iter().copied();
    let rows = Entity::find().filter(Column::Id.is_in(wanted)).all(db).await?;
    for machine in machines {
        let end = match rows.iter().find(|row| row.id == *machine) {
            None => Some(EndReason::MachineRemoved),
            Some(row) if row.state == MachineState::Blocked => Some(EndReason::MachineBlocked),
            Some(row) if survivor(db, row).await? != *machine => Some(EndReason::MachineChanged),
            Some(_) => None,
        };
        if let Some(end) = end {
            sessions::machine_gone(ctx, *machine, end);
        }
    }
    Ok(())
}

/// Why a link may not stay, if it may not.
async fn wrong<C: ConnectionTrait>(
    db: &C,
    machine: MachineId,
    (who, key): (&Who, Option<&machine_key::Model>),
    both: Option<(&Model, &Model)>,
) -> Result<Option<(GoodbyeReason, EndReason)>> {
    let Some((row, record)) = both else {
        return Ok(Some((GoodbyeReason::MachineRemoved, EndReason::MachineRemoved)));
    };
    if row.state == MachineState::Blocked || record.state == MachineState::Blocked {
        return Ok(Some((GoodbyeReason::Blocked, EndReason::MachineBlocked)));
    }
    if survivor(db, record).await? != machine {
        return Ok(Some((GoodbyeReason::ServerStopping, EndReason::MachineChanged)));
    }
    let proves = key.is_some_and(|key| key.state == KeyState::Current && key.machine_id == who.record);
    let counts: Option<InstallId> = record.install_id.parse().ok();
    let other = counts
        .zip(who.installation)
        .is_some_and(|(counts, (linked, _))| counts != linked);
    Ok((!proves || other).then_some((GoodbyeReason::Replaced, EndReason::MachineChanged)))
}
