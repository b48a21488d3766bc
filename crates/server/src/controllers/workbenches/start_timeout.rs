//! Start timeout of a spec that does not name one: the app's own.

use crate::body::Body;
use crate::problem::ApiResult;
use serde::Deserialize;
use serde::de::IgnoredAny;
use vestibule_model::app::App;
use vestibule_model::workbench::WorkbenchSpec;

/// The part of a request that tells an absent timeout from one that equals the default.
#[derive(Default, Deserialize)]
struct Wish {
    #[serde(default)]
    spec: Option<SpecWish>,
}

#[derive(Default, Deserialize)]
struct SpecWish {
    #[serde(rename = "startTimeoutSeconds")]
    start_timeout_seconds: Option<IgnoredAny>,
}

/// Replaces the default by the app's start timeout where the request names none.
pub(super) fn fill_in(spec: &mut WorkbenchSpec, body: &Body, app: &App) -> ApiResult<()> {
    let wish: Wish = body.parse()?;
    let is_named = wish
        .spec
        .is_some_and(|spec| spec.start_timeout_seconds.is_some());
    if !is_named && app.start_timeout_seconds > 0 {
        spec.start_timeout_seconds = app.start_timeout_seconds;
    }
    Ok(())
}
