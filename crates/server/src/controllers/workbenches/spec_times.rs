//! Times that the spec of a new workbench leaves out: they get their defaults.

use crate::body::RawJson;
use crate::problem::ApiError;
use axum::extract::{FromRequest, Request};
use serde::Deserialize;
use serde::de::{DeserializeOwned, Deserializer, IgnoredAny};
use vestibule_model::app::App;
use vestibule_model::time_limits::TimeLimits;
use vestibule_model::workbench::WorkbenchSpec;

/// JSON body with a spec, and the times that its spec names.
#[derive(Debug)]
pub struct SpecJson<T>(pub T, pub NamedTimes);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for SpecJson<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &S) -> Result<Self, Self::Rejection> {
        let body = RawJson::from_request(request, state).await?;
        let value = body.parse()?;
        let WithSpec { spec } = body.parse()?;
        Ok(Self(value, spec.unwrap_or_default()))
    }
}

#[derive(Deserialize)]
struct WithSpec {
    spec: Option<NamedTimes>,
}

/// Times that a spec names. `null` also names a time: it has no limit.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct NamedTimes {
    start_timeout_seconds: Option<IgnoredAny>,
    #[serde(deserialize_with = "is_named")]
    active_deadline_seconds: bool,
    #[serde(deserialize_with = "is_named")]
    idle_timeout_seconds: bool,
}

fn is_named<'de, D: Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
    IgnoredAny::deserialize(deserializer).map(|_| true)
}

impl NamedTimes {
    /// Fills the other times of the spec with the defaults: the start timeout of the app, and the run
    /// and idle times of the workspace.
    pub(super) fn fill_in(&self, spec: &mut WorkbenchSpec, app: Option<&App>, limits: &TimeLimits) {
        let of_app = app.map_or(0, |app| app.start_timeout_seconds);
        if self.start_timeout_seconds.is_none() && of_app > 0 {
            spec.start_timeout_seconds = of_app;
        }
        if !self.active_deadline_seconds {
            spec.active_deadline_seconds = limits.usual_run();
        }
        if !self.idle_timeout_seconds {
            spec.idle_timeout_seconds = limits.usual_idle();
        }
    }
}
