//! Tokens that the server makes for itself: a copy of a machine's installation, which a person declared a machine of its own,
//! is handed one over its link. Nobody sees them in a list.

use std::time::Duration;

use farol_protocol::token::EnrollmentToken as TokenText;
use sea_orm::{ActiveValue::Set, ConnectionTrait, EntityTrait};
use serde_json::json;

use crate::ctx::Ctx;
use crate::error::{Error, Result};
use crate::ids::EnrollmentTokenId;
use crate::store::WriteTx;
use crate::store::entities::enrollment_token::{ActiveModel, Approval, Entity};
use crate::store::entities::quarantine::Model as QuarantineRow;

/// Long enough for an agent to dial once more.
const LIFE: Duration = Duration::from_secs(15 * 60);

/// Makes a token for one use by the copy in this quarantine entry; the text is for its agent alone.
pub(crate) async fn create_internal(ctx: &Ctx, tx: &WriteTx, entry: &QuarantineRow) -> Result<String> {
    let now = ctx.clock.now();
    let mut secret = [0; 32];
    getrandom::fill(&mut secret).map_err(|error| Error::internal(error.to_string()))?;
    let text = TokenText::new(secret, &ctx.identity.current().public());
    let labels = match entry.enrollment_token_id {
        Some(token) => labels_of(tx, token).await?,
        None => json!({}),
    };
    let row = ActiveModel {
        id: Set(EnrollmentTokenId::new()),
        organization_id: Set(entry.organization_id),
        site_id: Set(entry.site_id),
        name: Set("quarantine".into()),
        secret_hash: Set(text.secret_hash().to_vec()),
        uses: Set(0),
        max_uses: Set(Some(1)),
        created_at: Set(now),
        created_by: Set(None),
        created_by_name: Set("server".into()),
        expires_at: Set(now.after(LIFE)),
        revoked_at: Set(None),
        approval: Set(Approval::Automatic),
        labels: Set(labels),
        networks: Set(json!([])),
        version: Set(1),
        internal: Set(true),
        quarantine_id: Set(Some(entry.id)),
    };
    Entity::insert(row).exec_without_returning(tx).await?;
    Ok(text.reveal())
}

/// The labels that machines enrolled with this token get; none when the token is gone.
pub(crate) async fn labels_of<C: ConnectionTrait>(
    db: &C,
    token: EnrollmentTokenId,
) -> Result<serde_json::Value> {
    let row = Entity::find_by_id(token).one(db).await?;
    Ok(row.map_or_else(|| json!({}), |row| row.labels))
}
