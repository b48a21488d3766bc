//! The button that copies a message for the administrator: what happened, by which evidence, and
//! what may help. The server writes it, without secrets.

use super::context::WorkbenchContext;
use crate::pages::details::diagnostics;
use crate::ui::{ButtonVariant, CopyButton};
use leptos::prelude::*;
use vestibule_model::causes::{Cause, Remedy};

/// The button.
#[component]
pub fn MessageButton(context: WorkbenchContext) -> impl IntoView {
    let text = diagnostics(context.run.journal, true);
    let cause = context.run.cause.read_untracked();
    let is_beside = cause.as_ref().is_some_and(Cause::is_for_administrator_too);
    let variant = if is_beside {
        ButtonVariant::Plain
    } else {
        ButtonVariant::Primary
    };
    view! { <CopyButton variant=variant label=Remedy::CopyForAdministrator.label() text=text /> }
}
