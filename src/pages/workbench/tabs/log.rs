//! The log of the workbench's current run. It starts nothing.

use super::state::TabsState;
use super::tab_item::panel_id;
use super::texts;
use crate::api;
use crate::pages::log::{LogSource, log_view};
use crate::pages::workbench::context::WorkbenchContext;
use leptos::prelude::*;
use vestibule_model::ids::TabId;

/// The log. Behind another tab it is not fetched, and goes on from where it was.
#[component]
pub fn LogTab(tabs: TabsState, id: TabId) -> impl IntoView {
    let context = WorkbenchContext::expect();
    let (journal, watch) = (context.run.journal, context.workbench.watch);
    let run = Memo::new(move |_| {
        let workbench = watch.workbench.read();
        let run = workbench.as_ref()?.run.as_ref()?;
        Some((run.id.clone(), run.number))
    });
    let own = id.clone();
    let is_shown = Memo::new(move |_| tabs.selected.read().as_ref() == Some(&own));
    let path = move || run.read().as_ref().map(|(id, _)| api::run_log_path(id));
    let source = LogSource {
        name: texts::LOG,
        path: Signal::derive(path),
        is_live: Signal::derive(move || is_shown.get() && journal.is_live()),
        empty: Signal::stored(texts::LOG_EMPTY),
        download: Signal::stored(None),
        is_main: false,
        id: Signal::stored(format!("{}-log", panel_id(&id))),
        last_line: None,
    };
    let has_run = Memo::new(move |_| run.read().is_some());
    let heading = move || run.read().as_ref().map(|(_, number)| texts::run(*number));
    view! {
        {move || match has_run.get() {
            true => view! {
                <div class="tab-log">
                    <h2 class="tab-log-run">{heading}</h2>
                    {log_view().view(source)}
                </div>
            }
            .into_any(),
            false => view! { <p class="quiet tab-unknown">{texts::NO_RUN}</p> }.into_any(),
        }}
    }
}
