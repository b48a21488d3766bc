//! The one dialog about wishes: what is lost, how far it is, and what went wrong with which.

use super::bulk::{Asked, Bulk, Job, Progress, Verb};
use crate::ui::{Button, Dialog, Look, Mark, MarkKind, live};
use crate::workbench::Loss;
use leptos::prelude::*;

/// So many names are told; who selects more knows them by how they were selected.
const NAMED: usize = 8;

/// The dialog.
#[component]
pub fn BulkDialog(bulk: Bulk) -> impl IntoView {
    let title = Signal::derive(move || match &*bulk.asked.read() {
        Some(asked) => question(asked),
        None => state(&bulk.progress.read()),
    });
    let is_asking = Memo::new(move |_| bulk.asked.read().is_some());
    view! {
        <Dialog open=bulk.open title=title>
            {live(move || {
                if is_asking.get() {
                    let asked = bulk.asked.get_untracked().unwrap_or_default();
                    view! { <Question asked=asked bulk=bulk /> }.into_any()
                } else {
                    view! { <Results bulk=bulk /> }.into_any()
                }
            })}
        </Dialog>
    }
    .into_any()
}

fn question(asked: &Asked) -> String {
    match asked.jobs.as_slice() {
        [] => "Nothing to do".to_owned(),
        [Job { verb, name, .. }] => format!("{} \u{201c}{name}\u{201d}?", verb.word()),
        [job, ..] => format!("{} {} workbenches?", job.verb.word(), asked.jobs.len()),
    }
}

fn state(progress: &Progress) -> String {
    let (failed, total) = (progress.failed.len(), progress.total);
    if progress.is_under_way() {
        format!("{} of {total}", progress.done + failed)
    } else {
        format!("{failed} of {total} did not work")
    }
}

/// What is lost.
fn loss(verb: Verb, is_one: bool) -> &'static str {
    match (verb, is_one) {
        (Verb::Start, _) => "Nothing is lost by a start.",
        (Verb::Stop, true) => Loss::Stop.sentence(),
        (Verb::Stop, false) => "What is not saved in the apps is lost. The folders stay.",
        (Verb::Delete, true) => Loss::Delete.sentence(),
        (Verb::Delete, false) => {
            "The apps are stopped, and the workbenches go with their folders and everything in them. This cannot be undone."
        }
    }
}

#[component]
fn Question(asked: Asked, bulk: Bulk) -> impl IntoView {
    let count = asked.jobs.len();
    let verb = asked.jobs.first().map(|job| job.verb);
    let more = count.saturating_sub(NAMED);
    let mut notes = Vec::new();
    if asked.hidden > 0 {
        notes.push(format!(
            "{} of them are not shown by the filter.",
            asked.hidden
        ));
    }
    match asked.left {
        0 => {}
        1 => notes.push("1 other that is selected stays as it is.".to_owned()),
        left => notes.push(format!("{left} others that are selected stay as they are.")),
    }
    let names = asked.jobs.iter().take(NAMED);
    let names: Vec<_> = names
        .map(|job| view! { <li>{job.name.clone()}</li> })
        .collect();
    let close = Callback::new(move |()| bulk.open.set(false));
    let label = match (verb, count) {
        (Some(verb), 1) => [verb.word(), " workbench"].concat(),
        (Some(verb), _) => format!("{} {count} workbenches", verb.word()),
        (None, _) => String::new(),
    };
    view! {
        {verb.map(|verb| view! { <p>{loss(verb, count == 1)}</p> })}
        {(count > 1).then(|| view! {
            <ul class="named">
                {names}
                {(more > 0).then(|| view! { <li class="quiet">{format!("and {more} more")}</li> })}
            </ul>
        })}
        {notes.into_iter().map(|note| view! { <p class="quiet">{note}</p> }).collect_view()}
        <div class="dialog-actions">
            <Button autofocus=true on_press=close>"Cancel"</Button>
            {verb.map(|verb| {
                let look = if verb == Verb::Delete { Look::Danger } else { Look::Primary };
                view! { <Button look=look on_press=Callback::new(move |()| bulk.confirm())>{label}</Button> }
            })}
        </div>
    }
    .into_any()
}

#[component]
fn Results(bulk: Bulk) -> impl IntoView {
    let progress = bulk.progress;
    let is_under_way = Memo::new(move |_| progress.read().is_under_way());
    let total = Memo::new(move |_| progress.read().total.to_string());
    let answered = Memo::new(move |_| {
        let progress = progress.read();
        (progress.done + progress.failed.len()).to_string()
    });
    let close = Callback::new(move |()| bulk.open.set(false));
    let failed = move || {
        let failed = progress.get().failed;
        let rows = failed.into_iter().map(|(job, why)| {
            view! {
                <li>
                    <Mark kind=MarkKind::Failed />
                    <span class="failed-text">
                        <b>{job.verb.word()} " " {job.name}</b>
                        <span class="quiet">{why}</span>
                    </span>
                </li>
            }
        });
        rows.collect_view()
    };
    view! {
        {live(move || is_under_way.get().then(|| view! {
            <progress class="progress" aria-label="Progress" max=total.get() prop:value=move || answered.get()></progress>
        }))}
        <ul class="failed" role="status">{live(failed)}</ul>
        <div class="dialog-actions">
            <Button on_press=close>"Close"</Button>
            {live(move || (!is_under_way.get()).then(|| view! {
                <Button look=Look::Primary on_press=Callback::new(move |()| bulk.retry())>"Try again"</Button>
            }))}
        </div>
    }
    .into_any()
}
