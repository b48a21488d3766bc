//! The button that copies a message for the administrator: what happened, by which evidence, and
//! what may help, with secrets taken out.

use super::page::SessionView;
use crate::api::clock;
use crate::ui::{CopyButton, Look, Text};
use leptos::prelude::*;
use std::future::ready;
use vestibule_model::causes::Action;
use vestibule_model::diagnostics::message_for_administrator;

/// The button.
#[component]
pub fn MessageButton(view: SessionView) -> impl IntoView {
    let text = Callback::new(move |()| Box::pin(ready(message(view))) as Text);
    let label = Action::CopyForAdministrator.label();
    view! { <CopyButton look=Look::Primary label=label text=text /> }.into_any()
}

fn message(view: SessionView) -> String {
    let workbench = view.watch.workbench.read_untracked();
    let cause = view.cause.read_untracked();
    match (workbench.as_ref(), cause.as_ref()) {
        (Some(workbench), Some(cause)) => message_for_administrator(workbench, cause, clock::now()),
        _ => String::new(),
    }
}
