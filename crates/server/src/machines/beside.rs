//! What another process, the command line, changed about machines: the running server brings its links in line with the rows.

use farol_protocol::link::GoodbyeReason;
use sea_orm::sea_query::OnConflict;
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter};
use std::collections::HashMap;

use crate::ctx::Ctx;
use crate::error::Result;
use crate::ids::{MachineId, RequestId};
use crate::presence::Command;
use crate::sessions::{self, lifecycle::EndReason};
use crate::store::entities::machine::{Column, Entity, MachineState};
use crate::store::entities::server_state;

/// Name of the row whose value changes when another process changed machines.
const NAME: &str = "machines_changed";
/// Rows read at once.
const STEP: usize = 500;

/// Says that machines were changed by this process; a server that runs on the same database notices.
///
/// # Errors
/// Those of the database.
pub async fn tell_running_server(ctx: &Ctx) -> Result<()> {
    let tx = ctx.db.write().await?;
    let row = server_state::ActiveModel {
        name: Set(NAME.into()),
        value: Set(RequestId::new().to_string()),
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

/// Looks whether another process changed machines since `seen`, and ends links that the rows do not allow any more. Costs one read
/// when nothing changed.
///
/// # Errors
/// Those of the database.
pub async fn look_beside(ctx: &Ctx, seen: Option<String>) -> Result<Option<String>> {
    let row = server_state::Entity::find_by_id(NAME.to_owned())
        .one(ctx.db.read())
        .await?;
    let value = row.map(|row| row.value);
    if value == seen {
        return Ok(seen);
    }
    for machines in ctx.presence.machines().chunks(STEP) {
        align(ctx, machines).await?;
    }
    ctx.events.everything();
    Ok(value)
}

async fn align(ctx: &Ctx, machines: &[MachineId]) -> Result<()> {
    let rows = Entity::find()
        .filter(Column::Id.is_in(machines.iter().copied()))
        .all(ctx.db.read())
        .await?;
    let rows: HashMap<MachineId, _> = rows.into_iter().map(|row| (row.id, row)).collect();
    for machine in machines {
        let (word, end) = match rows.get(machine) {
            None => (
                Command::Goodbye(GoodbyeReason::MachineRemoved),
                Some(EndReason::MachineRemoved),
            ),
            Some(row) if row.state == MachineState::Blocked => (
                Command::Goodbye(GoodbyeReason::Blocked),
                Some(EndReason::MachineBlocked),
            ),
            Some(row) if row.merged_into.is_some() => (Command::Goodbye(GoodbyeReason::ServerStopping), None),
            Some(row) if row.rotation_asked_at.is_some() => {
                if ctx.presence.command(*machine, Command::RotateKey).is_err() {
                    tracing::debug!(%machine, "the new key is asked for at the next link");
                }
                continue;
            }
            Some(_) => continue,
        };
        if let Some(row) = rows.get(machine) {
            ctx.events.machine(row.organization_id, *machine);
        }
        if let Some(reason) = end {
            sessions::machine_gone(ctx, *machine, reason);
        }
        ctx.presence.dismiss(*machine, word);
    }
    Ok(())
}
