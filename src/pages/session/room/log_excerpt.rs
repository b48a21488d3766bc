//! The last lines of the run's log, inside the card of a failure.

use crate::api;
use crate::pages::log::log_end;
use crate::pages::session::context::SessionContext;
use crate::pages::session::texts;
use leptos::prelude::*;

/// Most lines shown.
const LINES: usize = 10;

/// The lines, and the way to the whole log.
#[component]
pub fn LogExcerpt() -> impl IntoView {
    let session = SessionContext::expect();
    let path = Signal::derive(move || {
        let id = session.run.journal.run_id()?;
        Some(api::run_log_path(&id))
    });
    let is_live = Signal::derive(move || session.run.journal.is_live());
    let open = move |event: web_sys::MouseEvent| {
        event.prevent_default();
        session.ui.panel.show_log();
    };
    view! {
        <div class="log-excerpt">
            {log_end().view((path, is_live, LINES))}
            <a href="#output" on:click=open>{texts::OPEN_LOG}</a>
        </div>
    }
}
