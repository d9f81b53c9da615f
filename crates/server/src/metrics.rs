//! Prometheus metrics: the recorder, and what is exported at `/metrics`.
//!
//! Domains count with the `metrics` macros (`metrics::counter!("farol_…")`) next to what they count. Names start with
//! `farol_`; labels take values from closed sets only, never ids or text from outside.

use std::sync::OnceLock;
use std::time::Duration;

use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};

/// Handle to the process-wide recorder.
#[derive(Clone)]
pub struct Metrics(Option<PrometheusHandle>);

// The `metrics` crate has one recorder per process by design; several servers in one test process share it.
static RECORDER: OnceLock<Option<PrometheusHandle>> = OnceLock::new();

impl Metrics {
    /// Installs the recorder, or finds the one installed before in this process.
    #[must_use]
    pub fn install() -> Self {
        Self(RECORDER.get_or_init(build).clone())
    }

    /// Text for Prometheus. Costs a pass over all series.
    #[must_use]
    pub fn render(&self) -> String {
        self.0.as_ref().map(PrometheusHandle::render).unwrap_or_default()
    }

    /// Housekeeping that the recorder wants every few seconds, so that histograms do not grow.
    pub fn upkeep(&self) {
        if let Some(handle) = &self.0 {
            handle.run_upkeep();
        }
    }

    /// How often [`Metrics::upkeep`] should run.
    pub const UPKEEP: Duration = Duration::from_secs(5);
}

fn build() -> Option<PrometheusHandle> {
    const SECONDS: [f64; 9] = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1.0, 5.0, 30.0];
    let builder = PrometheusBuilder::new()
        .set_buckets_for_metric(Matcher::Suffix("_seconds".into()), &SECONDS)
        .unwrap_or_else(|_| PrometheusBuilder::new());
    let recorder = builder.build_recorder();
    let handle = recorder.handle();
    match ::metrics::set_global_recorder(recorder) {
        Ok(()) => Some(handle),
        Err(error) => {
            tracing::warn!(%error, "metrics are off: another recorder is installed");
            None
        }
    }
}
