//! The "Copy diagnostics" text of a run. The server writes it, without secrets.

use super::journal::RunJournal;
use crate::api;
use crate::ui::Text;
use leptos::prelude::*;

/// Returns a callback that fetches the diagnostics of a run; the text is empty if it fails.
pub fn diagnostics(journal: RunJournal) -> Callback<(), Text> {
    Callback::new(move |()| {
        let run = untrack(|| journal.run_id());
        Box::pin(async move {
            match run {
                Some(run) => api::run_diagnostics(run, false).await.unwrap_or_default(),
                None => String::new(),
            }
        }) as Text
    })
}
