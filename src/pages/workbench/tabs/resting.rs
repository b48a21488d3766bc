//! Tabs whose workbench is stopped or completed. Nothing is wrong with them (FIELD 14).

use crate::pages::workbench::context::WorkbenchContext;
use crate::ui::MarkKind;
use leptos::prelude::*;
use vestibule_model::tab::{Tab, TabErrorReason};

/// Returns whether a tab only waits for the next start of its workbench, whose last run did not fail.
pub fn use_is_resting(tab: Memo<Option<Tab>>) -> Memo<bool> {
    let summary = WorkbenchContext::expect().workbench.summary;
    Memo::new(move |_| {
        let tab = tab.read();
        let error = tab.as_ref().and_then(|tab| tab.error.as_ref());
        let is_down = error.is_some_and(|error| {
            matches!(
                error.reason,
                TabErrorReason::WorkbenchStopped | TabErrorReason::RunEnded
            )
        });
        is_down && summary.read().mark != MarkKind::Failed
    })
}
