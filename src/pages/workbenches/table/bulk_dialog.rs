//! The dialog about commands: their effect, progress and failures.

use super::bulk::{Bulk, BulkAction, Progress, Proposal, ProposedCommand};
use crate::lazy::lazy;
use crate::pages::shared::texts as shared;
use crate::pages::shared::{BulkResults, Destructive};
use crate::pages::workbenches::texts;
use crate::ui::{Button, ButtonVariant, Dialog, focus_autofocus};
use leptos::prelude::*;

/// Number of workbenches beyond which only the number is shown.
const NAMED: usize = 8;

lazy! { bulk:
    /// Renders the content of the dialog.
    pub fn dialog_content(bulk: Bulk) -> AnyView {
        view! { <Content bulk /> }.into_any()
    }
}

/// The dialog.
#[component]
pub fn BulkDialog(bulk: Bulk) -> impl IntoView {
    let title = Signal::derive(move || match &*bulk.asked.read() {
        Some(requested) => question(requested),
        None => state(&bulk.progress.read()),
    });
    view! {
        <Dialog open=bulk.open title=title>{dialog_content().view(bulk)}</Dialog>
    }
}

#[component]
fn Content(bulk: Bulk) -> impl IntoView {
    focus_autofocus();
    let is_asking = Memo::new(move |_| bulk.asked.read().is_some());
    view! {
        <Show when=move || is_asking.get() fallback=move || view! { <Results bulk=bulk /> }>
            <Question requested=bulk.asked.get_untracked().unwrap_or_default() bulk=bulk />
        </Show>
    }
}

fn question(requested: &Proposal) -> String {
    match requested.commands.as_slice() {
        [] => texts::NOTHING_TO_DO.to_owned(),
        [ProposedCommand { action, name, .. }] => texts::ask_one(action.as_str(), name),
        [first, ..] => texts::ask_many(first.action.as_str(), requested.commands.len()),
    }
}

fn state(progress: &Progress) -> String {
    if progress.is_under_way() {
        texts::under_way(progress.answered(), progress.total)
    } else {
        texts::failed(progress.failed.len(), progress.total)
    }
}

fn consequences(action: BulkAction, count: usize) -> String {
    match (action, count) {
        (BulkAction::Start, count) => texts::starts(count),
        (BulkAction::Stop, 1) => Destructive::Stop.sentence().to_owned(),
        (BulkAction::Stop, _) => texts::STOPS_MANY.to_owned(),
        (BulkAction::Delete, 1) => Destructive::Delete.sentence().to_owned(),
        (BulkAction::Delete, count) => texts::deletes_many(count),
    }
}

#[component]
fn Question(requested: Proposal, bulk: Bulk) -> impl IntoView {
    let count = requested.commands.len();
    let action = requested.commands.first().map(|command| command.action);
    let more = count.saturating_sub(NAMED);
    let refused = requested.refused.as_ref();
    let notes = [
        texts::hidden(requested.hidden),
        texts::unaffected(requested.left),
        refused.map(|(count, needs)| texts::not_permitted(*count, needs)),
    ];
    let names = requested.commands.into_iter().take(NAMED);
    let names = names
        .map(|command| view! { <li>{command.name}</li> })
        .collect_view();
    let close = move || bulk.open.set(false);
    view! {
        {action.map(|action| view! { <p>{consequences(action, count)}</p> })}
        {(count > 1).then(|| view! {
            <ul class="named">
                {names}
                {(more > 0).then(|| view! { <li class="quiet">{texts::more(more)}</li> })}
            </ul>
        })}
        {notes.into_iter().flatten().map(|note| view! { <p class="quiet">{note}</p> }).collect_view()}
        <div class="dialog-actions">
            <Button autofocus=true on_press=close>{shared::CANCEL}</Button>
            {action.map(|action| {
                let variant = if action == BulkAction::Delete { ButtonVariant::Danger } else { ButtonVariant::Primary };
                let label = texts::confirm(action.as_str(), count);
                view! { <Button variant=variant on_press=move || bulk.confirm()>{label}</Button> }
            })}
        </div>
    }
}

#[component]
fn Results(bulk: Bulk) -> impl IntoView {
    let progress = bulk.progress;
    let failed = Signal::derive(move || {
        let progress = progress.read();
        let failed = progress.failed.iter();
        let failed = failed.map(|(command, why)| {
            let name = format!("{} {}", command.action.as_str(), command.name);
            (name, why.clone())
        });
        failed.collect::<Vec<_>>()
    });
    view! {
        <BulkResults
            label=texts::PROGRESS
            total=Signal::derive(move || progress.read().total)
            done=Signal::derive(move || progress.read().answered())
            failed=failed
            open=bulk.open
            retry_label=texts::TRY_AGAIN
            on_retry=move |()| bulk.retry()
        />
    }
}
