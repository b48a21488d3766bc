//! The newest message with which the app reports the progress of its start.

use crate::pages::shared::WorkbenchStage;
use crate::pages::workbench::context::WorkbenchContext;
use crate::pages::workbench::texts;
use leptos::prelude::*;
use vestibule_model::time::Timestamp;
use vestibule_model::transition;

/// The message, while the app starts. It isn't announced: an app may send one every two seconds.
#[component]
pub fn AppReport(now: Signal<Timestamp>) -> impl IntoView {
    let context = WorkbenchContext::expect();
    let report = Memo::new(move |_| {
        let is_starting = matches!(context.workbench.stage(), WorkbenchStage::Starting { .. });
        let entries = context.run.journal.entries.read();
        let report = transition::last_report(&entries).filter(|_| is_starting)?;
        Some((report.message.clone(), report.at))
    });
    move || {
        report.get().map(|(message, at)| {
            view! {
                <p class="app-report">
                    <q>{message}</q>
                    <span class="quiet">{move || texts::reported(now.get().since(at))}</span>
                </p>
            }
        })
    }
}
