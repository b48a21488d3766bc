//! The veil: why the frame below cannot be used now, and what to do.

use super::cover::Veil;
use super::focus;
use super::frame::{Entry, Finding};
use super::page::SessionView;
use crate::ui::{Button, Icon, Look, Mark, MarkKind, effect, live};
use crate::workbench::Frames;
use leptos::html;
use leptos::prelude::*;
use vestibule_model::causes::Action;

/// The veil over the frame.
#[component]
pub fn VeilCard(view: SessionView, veil: Veil) -> impl IntoView {
    let node = NodeRef::<html::Section>::new();
    effect(move || {
        if let Some(node) = node.get() {
            focus::onto_veil(&node);
        }
    });
    // What was done inside stays to be seen; a page of the gateway's own would only say it twice.
    let is_clear = veil == Veil::Silent;
    let card = match veil {
        Veil::Silent => view! { <Silent view=view /> }.into_any(),
        Veil::Resumable => view! { <Resumable /> }.into_any(),
        Veil::Trouble { sentence, code } => {
            view! { <Trouble view=view sentence=sentence code=code /> }.into_any()
        }
        Veil::Refused(refusal) => view! { <Refused view=view refusal=refusal /> }.into_any(),
    };
    view! {
        <section class="veil" data-state=is_clear.then_some("clear") aria-label="Why the app cannot be used" tabindex="-1" node_ref=node>
            <div class="veil-card">{card}</div>
        </section>
    }
    .into_any()
}

/// The app has stopped answering.
#[component]
fn Silent(view: SessionView) -> impl IntoView {
    view! {
        <Title kind=MarkKind::Waiting text="The app has stopped answering" />
        <p>{live(move || view.reading.read().sentence.clone())}</p>
        <p class="quiet">"What you did inside is kept. It is shown again by itself as soon as the app answers."</p>
        {live(move || code(view.reading.read().reason.clone()))}
        <div class="actions">
            <Button busy=view.wishes.task.busy on_press=Callback::new(move |()| view.restart())>
                <Icon name="restart" />
                "Restart the app"
            </Button>
        </div>
    }
    .into_any()
}

/// The frame was let go.
#[component]
fn Resumable() -> impl IntoView {
    let frames = Frames::get();
    let text = move || {
        [
            "The browser keeps only the apps open that were used last, ",
            &frames.limit().to_string(),
            " at most. This one runs on, and was closed here to make room.",
        ]
        .concat()
    };
    view! {
        <Title kind=MarkKind::Stopped text="Closed in this browser" />
        <p>{live(text)}</p>
        <p class="quiet">"It opens anew: what was typed in it and not saved is gone."</p>
        <div class="actions">
            <Button look=Look::Primary on_press=Callback::new(move |()| frames.resume())>"Resume"</Button>
        </div>
    }
    .into_any()
}

/// What came is not the app.
#[component]
fn Trouble(view: SessionView, sentence: String, code: String) -> impl IntoView {
    view! {
        <Title kind=MarkKind::Waiting text="The app cannot be shown here" />
        <p>{sentence}</p>
        {self::code(code)}
        <div class="actions">
            <NewTab view=view look=Look::Primary />
            <TryAgain view=view />
        </div>
    }
    .into_any()
}

/// The server has looked, and knows why it is not shown.
#[component]
fn Refused(view: SessionView, refusal: Finding) -> impl IntoView {
    let first = if refusal.opens_log {
        let show_log = Callback::new(move |()| {
            view.desk.drawer.set(true);
            view.desk.log.set(true);
        });
        view! {
            <Button look=Look::Primary on_press=show_log>{Action::OpenLog.label()}</Button>
            <NewTab view=view look=Look::Plain />
        }
        .into_any()
    } else {
        view! { <NewTab view=view look=Look::Primary /> }.into_any()
    };
    let as_it_is = refusal.is_visible.then(|| {
        view! {
            <Button on_press=Callback::new(move |()| view.entry.set(Entry::Inside))>"Show it as it is"</Button>
        }
    });
    view! {
        <Title kind=MarkKind::Waiting text="The app cannot be shown here" />
        <p>{refusal.sentence}</p>
        <p class="quiet">{refusal.advice}</p>
        {code([refusal.why, refusal.evidence].join(" "))}
        <div class="actions">
            {first}
            <TryAgain view=view />
            {as_it_is}
        </div>
    }
    .into_any()
}

#[component]
fn NewTab(view: SessionView, look: Look) -> impl IntoView {
    view! {
        {live(move || view.app_url.get().map(|href| view! {
            <a class="button" data-look=look.word() href=href target="_blank" rel="noopener noreferrer">
                <span class="button-label"><Icon name="external" />"Open in a new tab"</span>
            </a>
        }))}
    }
    .into_any()
}

#[component]
fn TryAgain(view: SessionView) -> impl IntoView {
    let again = Callback::new(move |()| view.attempt.update(|n| *n += 1));
    view! { <Button on_press=again>"Try again"</Button> }.into_any()
}

#[component]
fn Title(kind: MarkKind, text: &'static str) -> impl IntoView {
    view! { <h2 class="veil-title"><Mark kind=kind />{text}</h2> }.into_any()
}

fn code(code: String) -> Option<impl IntoView> {
    (!code.is_empty()).then(|| view! { <code class="reason">{code}</code> })
}
