//! Texts about a run that help others to help with it. The server writes them, without secrets.

use super::journal::RunJournal;
use super::texts;
use crate::api;
use crate::ui::Text;
use leptos::prelude::*;

/// Returns a callback that fetches the diagnostics of a run, or a short message for the
/// administrator.
pub fn diagnostics(journal: RunJournal, for_administrator: bool) -> Callback<(), Text> {
    Callback::new(move |()| {
        let run = untrack(|| journal.run_id());
        Box::pin(async move {
            let run = run.ok_or_else(|| texts::NO_RUN.to_owned())?;
            let text = api::run_diagnostics(run, for_administrator).await;
            text.map_err(|error| error.sentence())
        }) as Text
    })
}
