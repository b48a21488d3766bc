//! Metrics for Prometheus.

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::registry::{Registry, Unit};
use std::fmt;
use vestibule_model::build::BuildStatus;
use vestibule_model::run::RunStatus;
use vestibule_model::time::Millis;

/// Content type of [`Meters::text`].
pub const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

type Histograms = Family<Labels, Histogram, fn() -> Histogram>;

/// Counters and histograms.
pub struct Meters {
    registry: Registry,
    builds_queued: Gauge,
    builds_running: Gauge,
    runs: Family<StatusLabel, Gauge>,
    builds: Histograms,
    starts: Histograms,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Labels {
    app: String,
    outcome: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct StatusLabel {
    status: String,
}

/// Counts of builds and runs that have not ended.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OpenCounts {
    /// Builds that wait for their turn.
    pub builds_queued: i64,
    /// Builds under way.
    pub builds_running: i64,
    /// Runs that are not over, by status.
    pub runs: Vec<(RunStatus, i64)>,
}

impl fmt::Debug for Meters {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Meters")
    }
}

impl Default for Meters {
    fn default() -> Self {
        let mut registry = Registry::with_prefix("vestibule");
        let meters = Self {
            builds_queued: Gauge::default(),
            builds_running: Gauge::default(),
            runs: Family::default(),
            builds: Family::new_with_constructor(build_lengths),
            starts: Family::new_with_constructor(start_lengths),
            registry: Registry::default(),
        };
        registry.register(
            "builds_queued",
            "Builds that wait for their turn",
            meters.builds_queued.clone(),
        );
        registry.register(
            "builds_running",
            "Builds under way",
            meters.builds_running.clone(),
        );
        registry.register("runs", "Runs that are not over", meters.runs.clone());
        registry.register_with_unit(
            "build_duration",
            "From a build's first step to its end",
            Unit::Seconds,
            meters.builds.clone(),
        );
        registry.register_with_unit(
            "run_start_duration",
            "From asking for a run until its app was ready, or the run was over before that",
            Unit::Seconds,
            meters.starts.clone(),
        );
        Self { registry, ..meters }
    }
}

impl Meters {
    /// Records the length of a build from its first step to its end.
    pub fn build_ended(&self, app: &str, status: &BuildStatus, took: Millis) {
        observe(&self.builds, app, status.as_str(), took);
    }

    /// Records the length of a start.
    pub fn start_ended(&self, app: &str, outcome: &str, took: Millis) {
        observe(&self.starts, app, outcome, took);
    }

    /// Returns all metrics as text.
    pub fn text(&self, standing: &OpenCounts) -> Result<String, fmt::Error> {
        self.builds_queued.set(standing.builds_queued);
        self.builds_running.set(standing.builds_running);
        for status in RunStatus::KNOWN {
            let found = standing.runs.iter().find(|(one, _)| one == status);
            // Runs that have ended are not counted: their number depends on retention.
            if found.is_some()
                || matches!(
                    status,
                    RunStatus::Pending | RunStatus::Running | RunStatus::Stopping
                )
            {
                let status = status.as_str().to_owned();
                let count = found.map_or(0, |(_, count)| *count);
                self.runs.get_or_create(&StatusLabel { status }).set(count);
            }
        }
        let mut text = String::new();
        encode(&mut text, &self.registry)?;
        Ok(text)
    }
}

fn observe(histograms: &Histograms, app: &str, outcome: &str, took: Millis) {
    let labels = Labels {
        app: app.to_owned(),
        outcome: outcome.to_owned(),
    };
    // These lengths of time are far below the largest integer of a float.
    let seconds = i32::try_from(took.0 / 1000).map_or(f64::from(i32::MAX), f64::from);
    let millis = i32::try_from(took.0 % 1000).map_or(0.0, f64::from) / 1000.0;
    histograms.get_or_create(&labels).observe(seconds + millis);
}

/// Creates a histogram from a second to more than two hours.
fn build_lengths() -> Histogram {
    Histogram::new(exponential_buckets(1.0, 2.0, 14))
}

/// Creates a histogram from a quarter of a second to about half an hour.
fn start_lengths() -> Histogram {
    Histogram::new(exponential_buckets(0.25, 2.0, 14))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn metrics_are_labelled_by_app_and_outcome() {
        let meters = Meters::default();
        meters.build_ended("lab", &BuildStatus::Succeeded, Millis(2_500));
        meters.build_ended("lab", &BuildStatus::Failed, Millis(700));
        meters.start_ended("we\"ird\n", "ready", Millis(100));
        let standing = OpenCounts {
            builds_queued: 3,
            builds_running: 2,
            runs: vec![(RunStatus::Running, 7)],
        };
        let text = meters.text(&standing).expect("it can be written");
        for line in [
            "vestibule_builds_queued 3",
            "vestibule_builds_running 2",
            "vestibule_runs{status=\"running\"} 7",
            "vestibule_runs{status=\"pending\"} 0",
            "vestibule_build_duration_seconds_sum{app=\"lab\",outcome=\"succeeded\"} 2.5",
            "vestibule_build_duration_seconds_bucket{le=\"1.0\",app=\"lab\",outcome=\"failed\"} 1",
            "vestibule_run_start_duration_seconds_count{app=\"we\\\"ird\\n\",outcome=\"ready\"} 1",
            "# EOF",
        ] {
            assert!(text.lines().any(|found| found == line), "{line}\n{text}");
        }
        let none = meters
            .text(&OpenCounts::default())
            .expect("it can be written");
        assert!(none.contains("vestibule_runs{status=\"running\"} 0"));
    }
}
