//! The card that says what is happening or why it ended: what, by which evidence, since when, who
//! can fix it, and what to do. While all goes well it is one sentence.

use crate::routes::Page;
use crate::ui::{Icon, When, attr, live};
use crate::workbench::door::Door;
use crate::workbench::frame::Entry;
use crate::workbench::page::SessionView;
use crate::workbench::state_mark::StateMark;
use leptos::prelude::*;
use vestibule_model::causes::{Cause, FirstEvent, Level, Who};
use vestibule_model::reason;

/// The card.
#[component]
pub fn Told(view: SessionView) -> impl IntoView {
    let cause = Memo::new(move |_| shown_cause(view));
    let said = Memo::new(move |_| sentence(view));
    let build = Memo::new(move |_| build_waited_for(view));
    let kind = move || view.reading.read().mark.word();
    view! {
        <div class="told" data-kind=attr(kind)>
            <StateMark reading=view.reading k8s_status=view.k8s_status />
            {live(move || match cause.get() {
                Some(cause) => view! { <Card cause=cause /> }.into_any(),
                None => view! { <Sentence said=said /> }.into_any(),
            })}
            {live(move || build.get().map(|page| view! { <BuildLink page=page /> }))}
        </div>
    }
    .into_any()
}

/// Leads to the build that a start waits for, or that it failed with.
#[component]
pub fn BuildLink(page: Page) -> impl IntoView {
    view! { <p class="told-foot"><a href=page.path()>"See the build and its log"</a></p> }
        .into_any()
}

/// The page of the build, while it is what the start is about.
fn build_waited_for(view: SessionView) -> Option<Page> {
    let workbench = view.watch.workbench.read();
    let workbench = workbench.as_ref()?;
    let build = workbench.run.as_ref()?.build_id.clone()?;
    let reasons = [reason::BUILD_QUEUED, reason::BUILDING, reason::BUILD_FAILED];
    let mut conditions = workbench.status.conditions.iter();
    let is_about_it = conditions.any(|condition| reasons.contains(&&*condition.reason));
    is_about_it.then(|| Page::Build(workbench.workspace_id.clone(), build))
}

/// The sentences of the card, word for word.
pub fn said(view: SessionView) -> [String; 2] {
    match shown_cause(view) {
        Some(cause) => [cause.what.to_owned(), cause.why],
        None => [sentence(view).text, view.reading.get().detail],
    }
}

/// The cause, where it is more than that the start goes on.
pub fn told_cause(view: SessionView) -> Option<Cause> {
    let cause = view.cause.get();
    cause.filter(|cause| cause.level <= Level::Late || cause.key == "answers-wrongly")
}

fn shown_cause(view: SessionView) -> Option<Cause> {
    let is_open = matches!(view.door.get(), Door::Open { .. });
    told_cause(view).filter(|_| !is_open && !view.restarting.get())
}

/// What is said where there is no cause to tell.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
struct Said {
    text: String,
    code: String,
}

fn sentence(view: SessionView) -> Said {
    let plain = |text: &str| Said {
        text: text.to_owned(),
        ..Said::default()
    };
    let reading = view.reading.get();
    match (view.door.get(), view.entry.get()) {
        (Door::Open { .. }, Entry::Slow) => plain("The app runs, and takes long to open."),
        (Door::Open { .. }, _) => plain("The app is ready; opening it."),
        _ if view.restarting.get() => Said {
            code: reading.reason,
            ..plain("It is stopped first, then started again.")
        },
        _ if !reading.detail.is_empty() => Said {
            text: reading.sentence,
            code: [&*reading.reason, ": ", &reading.detail].concat(),
        },
        _ => Said {
            text: reading.sentence,
            code: reading.reason,
        },
    }
}

#[component]
fn Sentence(said: Memo<Said>) -> impl IntoView {
    let code = move || Some(said.get().code).filter(|code| !code.is_empty());
    view! {
        <p class="told-what">{live(move || said.get().text)}</p>
        {live(move || code().map(|code| view! { <code class="reason">{code}</code> }))}
    }
    .into_any()
}

/// A sentence in which what stands between backticks is code.
fn with_code(text: &str) -> Vec<AnyView> {
    if !text.matches('`').count().is_multiple_of(2) {
        return vec![text.to_owned().into_any()];
    }
    let pieces = text.split('`').enumerate();
    let pieces = pieces.map(|(i, piece)| (i % 2 == 1, piece.to_owned()));
    pieces
        .map(|(is_code, piece)| match is_code {
            true => view! { <code>{piece}</code> }.into_any(),
            false => piece.into_any(),
        })
        .collect()
}

/// A cause in full.
#[component]
pub fn Card(cause: Cause) -> impl IntoView {
    let why = Some(cause.why).filter(|why| !why.is_empty());
    let who = match cause.who {
        Who::You => "person",
        Who::Administrator => "lock",
        Who::Wait => "hourglass",
    };
    // How a run ends well is nothing to be fixed.
    let who = (cause.level != Level::Ended).then(|| {
        view! {
            <span class="who"><Icon name=who />{cause.who.words()}</span>
        }
    });
    view! {
        <p class="told-what">{cause.what}</p>
        {why.map(|why| view! { <p class="told-why">{with_code(&why)}</p> })}
        <p class="told-advice">{cause.advice}</p>
        <p class="told-foot">
            {who}
            <code class="reason">{cause.reason}</code>
            {cause.first.map(since)}
        </p>
    }
    .into_any()
}

fn since(first: FirstEvent) -> impl IntoView {
    view! { <span class="quiet">"since "<When at=Some(first.at) /></span> }
}
