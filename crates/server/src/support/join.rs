//! What a stranger may do with a support code: see what it is good for, download the one-time agent, and let that agent redeem
//! it. Whoever asks has nothing but the code, so each of these is counted while it is wrong.

use axum::body::Body;
use farol_protocol::support_code::SupportCode;
use serde::Deserialize;
use serde_json::json;
use tokio::fs::File;
use tokio_util::io::ReaderStream;
use utoipa::ToSchema;

use super::agents::{self, Offered};
use super::view::{Joining, Redeemed};
use super::{nudge, on, store};
use crate::audit::{self, Action, Actor, Entry};
use crate::ctx::Ctx;
use crate::enrollment;
use crate::error::{Code, Error, Result};
use crate::events::Topic;
use crate::http::RequestInfo;
use crate::machines;
use crate::organizations;
use crate::store::entities::support_code::Model;

/// What a one-time agent says to get its token.
#[derive(Clone, Deserialize, ToSchema)]
#[schema(as = RedeemSupportCode)]
pub struct Redeem {
    /// The code as the person typed it, or as the file's name carried it.
    pub code: String,
    /// What the machine calls itself, for the audit entry.
    #[serde(default)]
    pub hostname: String,
}

/// A one-time agent on its way.
pub struct Download {
    /// What to call it.
    pub name: String,
    /// What it is.
    pub agent: Offered,
    /// Its bytes.
    pub body: Body,
}

/// What a code is good for. It stays as it is.
///
/// # Errors
/// `code_unknown`, `too_many_attempts`; those of the database.
pub async fn look(ctx: &Ctx, info: &RequestInfo, code: &str) -> Result<Joining> {
    let (_, row) = open(ctx, info, code).await?;
    let organization = organizations::find(ctx.db.read(), row.organization_id).await?;
    let agents = agents::all(&ctx.config).await;
    Ok(Joining {
        organization: organization.name,
        technician: row.assigned_to_name,
        expires_at: row.expires_at,
        downloads: agents.into_iter().map(|agent| agent.offered).collect(),
    })
}

/// The one-time agent for a platform, named so that it knows code and server. The code stays as it is.
///
/// # Errors
/// `code_unknown`, `too_many_attempts`, `not_found` for a platform without an agent; those of the database and the disk.
pub async fn download(
    ctx: &Ctx,
    info: &RequestInfo,
    code: &str,
    (system, arch): (&str, &str),
) -> Result<Download> {
    let (code, _) = open(ctx, info, code).await?;
    let agent = agents::find(&ctx.config, system, arch)
        .await
        .ok_or(Error::NotFound("one-time agent"))?;
    let file = File::open(&agent.path).await.map_err(Error::internal)?;
    Ok(Download {
        name: agents::file_name(&code.plain(), &ctx.config.public_url, system),
        agent: agent.offered,
        body: Body::from_stream(ReaderStream::new(file)),
    })
}

/// Uses a code: an enrollment token for the one machine that asks. Works once.
///
/// # Errors
/// `code_unknown`, `too_many_attempts`; those of the database.
pub async fn redeem(ctx: &Ctx, info: &RequestInfo, request: &Redeem) -> Result<Redeemed> {
    let redeemed = async {
        match SupportCode::parse(&request.code) {
            Ok(code) => used(ctx, info, (&code, &request.hostname)).await,
            Err(error) => {
                tracing::debug!(%error, "no support code");
                Ok(None)
            }
        }
    };
    let from = (info.address, ctx.clock.now());
    ctx.support.guard.count(from, redeemed).await?.ok_or_else(unknown)
}

async fn used(
    ctx: &Ctx,
    info: &RequestInfo,
    (code, hostname): (&SupportCode, &str),
) -> Result<Option<Redeemed>> {
    let now = ctx.clock.now();
    let tx = ctx.db.write().await?;
    let Some(row) = store::redeem(&tx, &code.hash(), now).await? else {
        return Ok(None);
    };
    let site = organizations::hold_open_site(&tx, &[row.organization_id], None).await?;
    let enrollment_token = enrollment::create_one_time(ctx, &tx, &site, row.id).await?;
    let entry = Entry::new(row.organization_id, Actor::server(), Action::SupportCodeRedeemed)
        .detail(json!({ "hostname": machines::first_name(hostname) }))
        .request(info.id)
        .from(info.address);
    audit::record(&tx, now, on(entry, &row)).await?;
    tx.commit().await?;
    tracing::info!(support_code = %row.id, address = %info.address, "support code redeemed");
    nudge(ctx, row.organization_id, &[Topic::SupportCodes, Topic::Audit]);
    Ok(Some(Redeemed { enrollment_token }))
}

/// The open code that a text is.
async fn open(ctx: &Ctx, info: &RequestInfo, text: &str) -> Result<(SupportCode, Model)> {
    let now = ctx.clock.now();
    let found = async {
        let Ok(code) = SupportCode::parse(text) else {
            return Ok(None);
        };
        let row = store::open_by_hash(ctx.db.read(), &code.hash(), now).await?;
        Ok(row.map(|row| (code, row)))
    };
    let from = (info.address, now);
    ctx.support.guard.count(from, found).await?.ok_or_else(unknown)
}

/// One sentence for codes that are wrong, used, revoked or expired, so that trying tells nothing.
fn unknown() -> Error {
    Error::Refused {
        code: Code::CodeUnknown,
        detail: "This support code does not work. Check it with the person who gave it to you, or ask for a new one."
            .into(),
    }
}
