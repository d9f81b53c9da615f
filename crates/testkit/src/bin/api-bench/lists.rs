//! The lists, as a console and a program ask for them: the first page, one far behind it, one that is searched for.

use anyhow::{Context, ensure};
use farol_server::Ctx;
use farol_server::audit::{self, Action, Actor, Entry};
use farol_server::organizations;
use farol_testkit::ApiClient;
use farol_testkit::bench::{report, run};
use serde_json::json;

/// Requests for each list, one after the other.
const TIMES: usize = 300;
/// Requests under way at once, and how many.
const TOGETHER: (usize, usize) = (8, 800);
/// Pages that are turned before a page counts as far behind.
const PAGES: usize = 100;
/// Lists that have pages.
const PAGED: &[&str] = &["/api/machines?limit=100", "/api/audit?limit=100"];
/// Searches and lists without pages.
const OTHERS: &[&str] = &[
    "/api/machines?limit=100&q=pc-24999",
    "/api/machines?limit=100&q=a%C3%A7a%C3%AD",
    "/api/machines?limit=100&q=host:pc-24999%20os:debian",
    "/api/machines?limit=100&q=-os:debian%20is:offline%20seen:%3E2d",
    "/api/machines?limit=100&q=latitude",
    "/api/machines?limit=100&q=SN0024999",
    "/api/machines?limit=100&q=memory:%3E8gib%20maker:dell",
    "/api/machines?limit=100&q=software:firefox",
    "/api/machines?limit=100&q=-software:firefox",
    "/api/machines?limit=100&q=software:common-7",
    "/api/machines?limit=100&q=tool-4999%20-software:firefox",
    "/api/machines?limit=100&q=software:nowhere",
    "/api/audit?limit=100&q=pc-24999",
    "/api/audit?limit=100&action=login.started",
    "/api/sessions?limit=100",
    "/api/enrollment-tokens?limit=100",
    "/api/quarantine?limit=100",
    "/api/accounts",
    "/api/sites",
    "/api/organizations",
];

/// Adds `count` entries to the trail of the first organization.
pub(crate) async fn seed(ctx: &Ctx, count: u32) -> anyhow::Result<()> {
    let organizations = organizations::all(ctx.db.read()).await?;
    let organization = organizations.first().context("no organization")?.id;
    let tx = ctx.db.write().await?;
    for number in 0..count {
        let entry = Entry::new(organization, Actor::command_line(), Action::MachineRenamed)
            .change(json!({ "name": "pc" }), json!({ "name": format!("pc-{number}") }));
        audit::record(&tx, ctx.clock.now(), entry).await?;
    }
    tx.commit().await?;
    Ok(())
}

/// Asks for each.
pub(crate) async fn measure(console: &ApiClient) -> anyhow::Result<()> {
    for path in PAGED {
        list(console, path, "").await?;
        let far = far_page(console, path).await?;
        list(console, &far, &format!(", page {PAGES}, {path}")).await?;
    }
    for path in OTHERS {
        list(console, path, "").await?;
    }
    Ok(())
}

async fn list(console: &ApiClient, path: &str, note: &str) -> anyhow::Result<()> {
    let name = if note.is_empty() { path } else { "the same" };
    let ask = |_| {
        let (console, path) = (console.clone(), path.to_owned());
        async move {
            let answer = console.get(&path).await?;
            ensure!(answer.status == 200, "{path}: {answer:?}");
            Ok(())
        }
    };
    report(&format!("GET {name}{note}"), 1, &run(1, TIMES, ask).await?);
    let (at_once, times) = TOGETHER;
    let together = run(at_once, times, ask).await?;
    report(&format!("GET {name}{note}"), at_once, &together);
    Ok(())
}

/// The address of a page behind many others.
async fn far_page(console: &ApiClient, path: &str) -> anyhow::Result<String> {
    let mut at = path.to_owned();
    for _ in 0..PAGES {
        let answer = console.get(&at).await?;
        let Some(cursor) = answer.body["next_cursor"].as_str() else {
            break;
        };
        at = format!("{path}&cursor={cursor}");
    }
    Ok(at)
}
