//! The last lines of the run's log, inside the card of a failure.

use crate::api;
use crate::pages::log::log_end;
use crate::pages::workbench::context::WorkbenchContext;
use crate::pages::workbench::texts;
use leptos::prelude::*;

/// Most lines shown.
const LINES: usize = 10;

/// The lines, and the way to the whole log.
#[component]
pub fn LogExcerpt() -> impl IntoView {
    let context = WorkbenchContext::expect();
    let path = Signal::derive(move || {
        let id = context.run.journal.run_id()?;
        Some(api::run_log_path(&id))
    });
    let is_live = Signal::derive(move || context.run.journal.is_live());
    let open = move |event: web_sys::MouseEvent| {
        event.prevent_default();
        context.ui.panel.show_log();
    };
    view! {
        <div class="log-excerpt">
            {log_end().view((path, is_live, LINES))}
            <a href="#output" on:click=open>{texts::OPEN_LOG}</a>
        </div>
    }
}
