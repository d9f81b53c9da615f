//! Handlers of the server's jobs.

use axum::extract::State;
use axum::http::StatusCode;
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{JobName, JobView};
use crate::ctx::Ctx;
use crate::error::Result;
use crate::http::{Json, Page, Path, Problem, Query, SignedIn};

/// Routes of this domain.
pub fn routes() -> OpenApiRouter<Ctx> {
    OpenApiRouter::new()
        .routes(routes!(list_server_jobs))
        .routes(routes!(run_server_job))
}

/// Which jobs.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Which {
    /// Only those that fail or have stopped.
    #[serde(default)]
    failing: bool,
}

/// The server's background jobs: how each is, and why it failed last. Counted from the last start of the server.
#[utoipa::path(
    get, path = "/api/server-jobs", tag = "server", security(("login" = [])), params(Which),
    responses(
        (status = 200, description = "All of them, in a fixed order", body = Page<JobView>),
        (status = 403, description = "`forbidden`", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn list_server_jobs(
    State(ctx): State<Ctx>,
    SignedIn(by): SignedIn,
    Query(which): Query<Which>,
) -> Result<Json<Page<JobView>>> {
    Ok(Json(Page::whole(super::list(&ctx, &by, which.failing)?)))
}

/// Run a job now. The answer does not wait for it; what waits for its time, like e-mail after a failure, is tried all the same.
#[utoipa::path(
    post, path = "/api/server-jobs/{name}/run", tag = "server", security(("login" = [])),
    params(("name" = JobName, Path, description = "The job")),
    responses(
        (status = 202, description = "It begins; the job as it is at this moment", body = JobView),
        (status = 403, description = "`forbidden`", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "`not_found`: this server has no such job", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "`conflict`: it is at work all the time, or has stopped", body = Problem, content_type = "application/problem+json"),
        (status = 429, description = "`too_many_attempts`, with Retry-After", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn run_server_job(
    State(ctx): State<Ctx>,
    SignedIn(by): SignedIn,
    Path(name): Path<String>,
) -> Result<(StatusCode, Json<JobView>)> {
    let job = super::run_now(&ctx, &by, &name).await?;
    Ok((StatusCode::ACCEPTED, Json(job)))
}
