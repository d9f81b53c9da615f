//! `farol machine` and `farol quarantine`: what the console does about machines' identity, from the server's shell. Works beside
//! a running server, which notices within seconds.

use serde::Serialize;

use super::{Failure, open, print};
use crate::accounts::Caller;
use crate::config::Options;
use crate::ctx::Ctx;
use crate::http::{Page, PageQuery};
use crate::ids::{MachineId, QuarantineId};
use crate::machines::{self, Machine};
use crate::recognition::{self, Approval, QuarantineEntry};

#[derive(Debug, clap::Subcommand)]
pub(super) enum Command {
    /// List machines.
    List(Json),
    /// Say by what a machine is recognized: evidence, keys, installation, merged records (JSON).
    Identity { machine: MachineId },
    /// List pairs of machines that may be one.
    Duplicates(Json),
    /// Merge the record FROM into MACHINE; can be taken back for 30 days.
    Merge { machine: MachineId, from: MachineId },
    /// Take a merge back: RECORD is a machine of its own again.
    Split { machine: MachineId, record: MachineId },
    /// Note that two machines are two, however alike they look.
    Distinct { first: MachineId, second: MachineId },
    /// Block a machine: its sessions end, its agent stays outside.
    Block {
        machine: MachineId,
        /// Why, for people.
        #[arg(long, default_value = "")]
        reason: String,
    },
    /// Let a blocked machine in again.
    Unblock { machine: MachineId },
    /// Ask a machine's agent for a new key.
    RotateKey { machine: MachineId },
    /// Say what removing a machine deletes; with --yes, remove it.
    Remove {
        machine: MachineId,
        /// Do it.
        #[arg(long)]
        yes: bool,
    },
}

#[derive(Debug, clap::Subcommand)]
pub(super) enum QuarantineCommand {
    /// List who waits for a decision.
    List(Json),
    /// Let an installation in: as a machine of its own, or with --machine as that one.
    Approve {
        entry: QuarantineId,
        /// It is this machine.
        #[arg(long)]
        machine: Option<MachineId>,
    },
    /// Send an installation away.
    Refuse {
        entry: QuarantineId,
        /// Why, for the audit entry.
        #[arg(long, default_value = "")]
        reason: String,
    },
}

#[derive(Debug, clap::Args)]
pub(super) struct Json {
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

pub(super) async fn run(options: &Options, command: Command) -> Result<(), Failure> {
    let ctx = open(options).await?;
    let by = Caller::command_line(&ctx).await?;
    let text = answer(&ctx, &by, command).await;
    ctx.db.close().await;
    print(&text?)
}

async fn answer(ctx: &Ctx, by: &Caller, command: Command) -> Result<String, Failure> {
    let done = match command {
        Command::List(Json { json }) => return list(ctx, by, json).await,
        Command::Identity { machine } => {
            return to_json(&machines::identity::identity(ctx, by, machine).await?);
        }
        Command::Duplicates(Json { json }) => return duplicates(ctx, by, json).await,
        Command::Merge { machine, from } => line(&machines::merge::merge(ctx, by, machine, from).await?),
        Command::Split { machine, record } => line(&machines::merge::undo(ctx, by, machine, record).await?),
        Command::Distinct { first, second } => {
            recognition::dismiss(ctx, by, first, second).await?;
            "Noted.\n".to_owned()
        }
        Command::Block { machine, reason } => line(&machines::block::block(ctx, by, machine, &reason).await?),
        Command::Unblock { machine } => line(&machines::block::unblock(ctx, by, machine).await?),
        Command::RotateKey { machine } => {
            machines::identity::ask_for_new_key(ctx, by, machine).await?;
            "Asked; the key changes as soon as the machine is connected.\n".to_owned()
        }
        Command::Remove { machine, yes } => {
            let removal = machines::identity::removal(ctx, by, machine).await?;
            if yes {
                machines::remove(ctx, by, machine).await?;
            }
            format!(
                "{} {}: {} record(s), {} key(s), {} helpdesk report(s), {} inventory section(s), {} end user login(s). \
                 {} past session(s) and all audit entries stay.{}\n",
                if yes { "Removed" } else { "Would remove" },
                plain(&removal.name),
                removal.records,
                removal.keys,
                removal.helpdesk_reports,
                removal.inventory_sections,
                removal.end_user_logins,
                removal.kept_sessions,
                if yes { "" } else { " Repeat with --yes to do it." }
            )
        }
    };
    machines::tell_running_server(ctx).await?;
    Ok(done)
}

/// All pages of a list.
async fn every<T>(page: impl AsyncFn(PageQuery) -> Result<Page<T>, Failure>) -> Result<Vec<T>, Failure> {
    let mut found = Vec::new();
    let mut cursor = None;
    loop {
        let next = page(PageQuery {
            cursor,
            limit: Some(200),
        });
        let next = next.await?;
        found.extend(next.items);
        cursor = next.next_cursor;
        if cursor.is_none() {
            return Ok(found);
        }
    }
}

async fn list(ctx: &Ctx, by: &Caller, json: bool) -> Result<String, Failure> {
    let found = every(async |query| Ok(machines::list(ctx, by, &query, (false, "")).await?)).await?;
    if json {
        return to_json(&found);
    }
    Ok(found.iter().map(line).collect())
}

async fn duplicates(ctx: &Ctx, by: &Caller, json: bool) -> Result<String, Failure> {
    let page = recognition::duplicates(ctx, by).await?;
    if json {
        return to_json(&page.items);
    }
    let lines = page.items.iter().map(|pair| {
        format!(
            "{} {}\n{} {}\n    agree: {}; differ: {}\n",
            pair.first.machine.id,
            plain(&pair.first.machine.name),
            pair.second.machine.id,
            plain(&pair.second.machine.name),
            words(&pair.agrees),
            words(&pair.differs),
        )
    });
    Ok(lines.collect())
}

pub(super) async fn quarantine(options: &Options, command: QuarantineCommand) -> Result<(), Failure> {
    let ctx = open(options).await?;
    let by = Caller::command_line(&ctx).await?;
    let text = decide(&ctx, &by, command).await;
    ctx.db.close().await;
    print(&text?)
}

async fn decide(ctx: &Ctx, by: &Caller, command: QuarantineCommand) -> Result<String, Failure> {
    let entry = match command {
        QuarantineCommand::List(Json { json }) => {
            let found =
                every(async |query| Ok(recognition::list(ctx, by, &query, Some(true)).await?)).await?;
            return if json {
                to_json(&found)
            } else {
                Ok(found.iter().map(waiting).collect())
            };
        }
        QuarantineCommand::Approve { entry, machine } => {
            let approval = match machine {
                Some(machine_id) => Approval::Machine { machine_id },
                None => Approval::New,
            };
            recognition::approve(ctx, by, entry, &approval).await?
        }
        QuarantineCommand::Refuse { entry, reason } => recognition::refuse(ctx, by, entry, &reason).await?,
    };
    machines::tell_running_server(ctx).await?;
    Ok(waiting(&entry))
}

fn line(machine: &Machine) -> String {
    format!("{}  {}  {}\n", machine.id, machine.state, plain(&machine.name))
}

fn waiting(entry: &QuarantineEntry) -> String {
    format!(
        "{}  {}  {}  {}  from {}\n",
        entry.id,
        entry.state,
        entry.reason,
        plain(&entry.hostname),
        entry.address
    )
}

fn words(kinds: &[String]) -> String {
    if kinds.is_empty() {
        "nothing".into()
    } else {
        kinds.join(", ")
    }
}

/// Names come from agents; a terminal must not obey them.
fn plain(text: &str) -> String {
    text.chars()
        .map(|letter| {
            if farol_protocol::text::is_deceptive(letter) {
                '?'
            } else {
                letter
            }
        })
        .collect()
}

fn to_json<T: Serialize>(value: &T) -> Result<String, Failure> {
    let text = serde_json::to_string_pretty(value).map_err(|error| Failure::Rule(error.to_string()))?;
    Ok(format!("{text}\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn every_page_is_read() {
        let pages = async |query: PageQuery| {
            let number: usize = query.cursor.map_or(0, |cursor| cursor.len());
            Ok(Page {
                items: vec![number],
                next_cursor: (number < 2).then(|| "x".repeat(number + 1)),
            })
        };
        assert_eq!(every(pages).await.ok(), Some(vec![0, 1, 2]));
    }
}
