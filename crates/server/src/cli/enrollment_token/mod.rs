//! `farol enrollment-token …`: makes, lists, shows, changes and revokes tokens; works beside a running server.
//!
//! Here: the commands. What they print is in `output.rs`, how their arguments are read in `arguments.rs`.

mod arguments;
mod output;

use std::time::Duration;

use arguments::{Limit, Which, duration, label};

use super::{Failure, open, print};
use crate::config::Options;
use crate::ctx::Ctx;
use crate::enrollment::{
    self, Approval, EnrollmentToken, Keeper, NewToken, TokenChange, TokenFilter, TokenUse,
};
use crate::http::{IfMatch, PageQuery};
use crate::ids::{EnrollmentTokenId, OrganizationId, SiteId};
use crate::machines::Labels;
use crate::organizations::{self, Site};

/// Uses that `show` prints; `--json` and the console have the rest.
const USES_SHOWN: u64 = 20;

#[derive(Debug, clap::Subcommand)]
pub(super) enum Command {
    /// Make a token and print it; nobody can show it again.
    Create(Create),
    /// List tokens, newest first.
    List {
        /// Which ones.
        #[arg(long, value_enum, default_value_t = Which::All)]
        state: Which,
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// Show what a token allows and which machines were enrolled with it.
    Show {
        /// The token's id, as `list` prints it.
        id: EnrollmentTokenId,
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// Change what a token allows; what is not named stays.
    Change(Change),
    /// Revoke a token; machines that were enrolled with it stay.
    Revoke {
        /// The token's id, as `list` prints it.
        id: EnrollmentTokenId,
    },
}

#[derive(Debug, clap::Args)]
pub(super) struct Create {
    /// What it is for, for people.
    #[arg(long)]
    name: String,
    /// Where machines are put: name or id of a site [default: the oldest]
    #[arg(long, value_name = "NAME|ID")]
    site: Option<String>,
    /// A label that machines get: department=… or device_type=…
    #[arg(long = "label", value_name = "LABEL=TEXT", value_parser = label)]
    labels: Vec<(String, String)>,
    /// A tag that machines get; may be given several times.
    #[arg(long = "tag", value_name = "TAG")]
    tags: Vec<String>,
    /// Whether a person has to agree before a newcomer becomes a machine: never, always, or when it is not plainly a new one.
    #[arg(long, value_enum, default_value_t = Approval::WhenDoubtful)]
    approval: Approval,
    /// A network from which it may be used, such as 10.2.0.0/16; may be given several times [default: anywhere]
    #[arg(long = "network", value_name = "NETWORK")]
    networks: Vec<String>,
    /// Machines that may be enrolled with it [default: any number]
    #[arg(long, value_name = "N")]
    uses: Option<u32>,
    /// How long it is valid: a number and m, h or d.
    #[arg(long, value_name = "TIME", default_value = "1h", value_parser = duration)]
    expires: Duration,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

#[derive(Debug, clap::Args)]
pub(super) struct Change {
    /// The token's id, as `list` prints it.
    id: EnrollmentTokenId,
    /// What it is for, for people.
    #[arg(long)]
    name: Option<String>,
    /// Where machines are put from now on: name or id of a site of the same organization.
    #[arg(long, value_name = "NAME|ID")]
    site: Option<String>,
    /// A label that machines get from now on: department=… or device_type=…; nothing behind = takes it away.
    #[arg(long = "label", value_name = "LABEL=TEXT", value_parser = label)]
    labels: Vec<(String, String)>,
    /// The tags that machines get from now on, in place of those before; may be given several times.
    #[arg(long = "tag", value_name = "TAG")]
    tags: Vec<String>,
    /// No tags any more.
    #[arg(long, conflicts_with = "tags")]
    no_tags: bool,
    /// Whether a person has to agree before a newcomer becomes a machine.
    #[arg(long, value_enum)]
    approval: Option<Approval>,
    /// The networks from which it may be used, in place of those before; may be given several times.
    #[arg(long = "network", value_name = "NETWORK")]
    networks: Vec<String>,
    /// From anywhere.
    #[arg(long, conflicts_with = "networks")]
    anywhere: bool,
    /// Machines that may be enrolled with it, those that were included: a number, or "any".
    #[arg(long, value_name = "N|any")]
    uses: Option<Limit>,
    /// How long it is valid from now: a number and m, h or d.
    #[arg(long, value_name = "TIME", value_parser = duration)]
    expires: Option<Duration>,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

pub(super) async fn run(options: &Options, command: Command) -> Result<(), Failure> {
    let ctx = open(options).await?;
    let text = answer(&ctx, command).await;
    ctx.db.close().await;
    print(&text?)
}

async fn answer(ctx: &Ctx, command: Command) -> Result<String, Failure> {
    let by = Keeper::command_line(ctx).await?;
    match command {
        Command::Create(wanted) => create(ctx, &by, wanted).await,
        Command::List { state, json } => list(ctx, &by, state, json).await,
        Command::Show { id, json } => show(ctx, &by, id, json).await,
        Command::Change(wanted) => change(ctx, &by, wanted).await,
        Command::Revoke { id } => {
            enrollment::revoke(ctx, &by, id).await?;
            Ok(String::new())
        }
    }
}

async fn create(ctx: &Ctx, by: &Keeper, wanted: Create) -> Result<String, Failure> {
    let site_id = match &wanted.site {
        Some(text) => Some(find_site(&sites(ctx).await?, text)?),
        None => None,
    };
    let new = NewToken {
        name: wanted.name,
        site_id,
        labels: Labels {
            tags: wanted.tags,
            ..labelled(Labels::default(), wanted.labels)
        },
        max_uses: wanted.uses,
        expires_in_seconds: wanted.expires.as_secs(),
        approval: Some(wanted.approval),
        networks: wanted.networks,
    };
    let created = enrollment::create(ctx, by, new).await?;
    if wanted.json {
        return output::json(&created);
    }
    Ok(format!("{}\n", created.token))
}

async fn list(ctx: &Ctx, by: &Keeper, state: Which, json: bool) -> Result<String, Failure> {
    let filter = match state {
        Which::Active => Some(TokenFilter::Active),
        Which::Ended => Some(TokenFilter::Ended),
        Which::All => None,
    };
    let mut tokens: Vec<EnrollmentToken> = Vec::new();
    let mut query = PageQuery::default();
    loop {
        let page = enrollment::list(ctx, by, &query, filter).await?;
        tokens.extend(page.items);
        match page.next_cursor {
            Some(cursor) => query.cursor = Some(cursor),
            None => break,
        }
    }
    if json {
        return output::json(&tokens);
    }
    Ok(output::table(&tokens, &sites(ctx).await?))
}

async fn show(ctx: &Ctx, by: &Keeper, id: EnrollmentTokenId, json: bool) -> Result<String, Failure> {
    let token = enrollment::get(ctx, by, id).await?;
    if json {
        return output::json(&serde_json::json!({ "token": token, "uses": all_uses(ctx, by, id).await? }));
    }
    let query = PageQuery {
        cursor: None,
        limit: Some(USES_SHOWN),
    };
    let uses = enrollment::uses(ctx, by, id, &query).await?;
    Ok(output::card(&token, &sites(ctx).await?) + &output::uses(&uses))
}

async fn all_uses(ctx: &Ctx, by: &Keeper, id: EnrollmentTokenId) -> Result<Vec<TokenUse>, Failure> {
    let mut uses = Vec::new();
    let mut query = PageQuery::default();
    loop {
        let page = enrollment::uses(ctx, by, id, &query).await?;
        uses.extend(page.items);
        match page.next_cursor {
            Some(cursor) => query.cursor = Some(cursor),
            None => return Ok(uses),
        }
    }
}

async fn change(ctx: &Ctx, by: &Keeper, wanted: Change) -> Result<String, Failure> {
    let seen = enrollment::get(ctx, by, wanted.id).await?;
    let sites = sites(ctx).await?;
    let near: Vec<Site> = sites
        .iter()
        .filter(|site| site.organization_id == seen.organization_id)
        .cloned()
        .collect();
    let new_tags = wanted.no_tags || !wanted.tags.is_empty();
    let labels = (new_tags || !wanted.labels.is_empty()).then(|| {
        let mut labels = labelled(seen.labels.clone(), wanted.labels);
        if new_tags {
            labels.tags = wanted.tags;
        }
        labels
    });
    let change = TokenChange {
        name: wanted.name,
        site_id: wanted.site.map(|text| find_site(&near, &text)).transpose()?,
        labels,
        max_uses: wanted.uses.map(|limit| limit.0),
        expires_in_seconds: wanted.expires.map(|life| life.as_secs()),
        approval: wanted.approval,
        networks: (wanted.anywhere || !wanted.networks.is_empty()).then_some(wanted.networks),
    };
    let token = enrollment::change(ctx, by, wanted.id, change, &IfMatch::seen(&seen.etag)).await?;
    if wanted.json {
        return output::json(&token);
    }
    Ok(output::card(&token, &sites))
}

/// `given` on top of `labels`; an empty text takes one away.
fn labelled(mut labels: Labels, given: Vec<(String, String)>) -> Labels {
    for (name, text) in given {
        if name == "department" {
            labels.department = Some(text);
        } else {
            labels.device_type = Some(text);
        }
    }
    labels
}

async fn sites(ctx: &Ctx) -> Result<Vec<Site>, Failure> {
    let all = organizations::all(ctx.db.read()).await?;
    let ids: Vec<OrganizationId> = all.iter().map(|organization| organization.id).collect();
    Ok(organizations::sites_of(ctx.db.read(), &ids).await?)
}

/// By id, or by a name that only one has.
fn find_site(sites: &[Site], text: &str) -> Result<SiteId, Failure> {
    if let Some(site) = sites.iter().find(|site| site.id.to_string() == text) {
        return Ok(site.id);
    }
    let named: Vec<&Site> = sites.iter().filter(|site| site.name == text).collect();
    match named.as_slice() {
        [site] => Ok(site.id),
        [] => {
            let names: Vec<String> = sites.iter().map(|site| output::plain(&site.name)).collect();
            Err(Failure::Rule(format!(
                "There is no site “{}” here; there are: {}.",
                output::plain(text),
                names.join(", ")
            )))
        }
        several => {
            let ids: Vec<String> = several.iter().map(|site| site.id.to_string()).collect();
            Err(Failure::Rule(format!(
                "Several sites have that name; name one by its id: {}.",
                ids.join(", ")
            )))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Timestamp;

    fn site(name: &str) -> Site {
        Site {
            id: SiteId::new(),
            organization_id: OrganizationId::new(),
            name: name.into(),
            created_at: Timestamp(0),
            archived_at: None,
            archived_by_name: None,
            etag: crate::http::ETag(1),
        }
    }

    #[test]
    fn a_site_is_found_by_id_or_by_a_name_of_its_own() {
        let sites = [site("Rock"), site("Shore"), site("Shore")];
        let found = |text: &str| find_site(&sites, text).map_err(|failure| failure.to_string());
        assert_eq!(found("Rock"), Ok(sites[0].id));
        assert_eq!(found(&sites[2].id.to_string()), Ok(sites[2].id));
        assert!(found("Shore").unwrap_err().contains(&sites[1].id.to_string()));
        assert!(found("Bay").unwrap_err().contains("Rock, Shore"));
    }

    #[test]
    fn labels_go_on_top() {
        let before = Labels {
            department: Some("sales".into()),
            device_type: Some("laptop".into()),
            tags: vec!["a".into()],
        };
        let given = vec![("department".to_owned(), String::new())];
        let after = labelled(before.clone(), given).checked().unwrap();
        assert_eq!(after.department, None);
        assert_eq!((after.device_type, after.tags), (before.device_type, before.tags));
    }
}
