//! The card over a frame that cannot be used: why, and what to do.

use super::context::WorkbenchContext;
use super::focus;
use super::frame::{Entry, FrameFinding};
use super::frames::Frames;
use super::overlay::Blocked;
use super::texts;
use crate::effect::Effect;
use crate::ui::{Button, ButtonVariant, Icon, Mark, MarkKind};
use leptos::html;
use leptos::prelude::*;
use vestibule_model::causes::Remedy;
use vestibule_model::embedding::catalogue_hint;

/// The card.
#[component]
pub fn OverlayCard(reason: Blocked) -> impl IntoView {
    let node = NodeRef::<html::Section>::new();
    Effect::new(move |_| {
        if let Some(node) = node.get() {
            focus::onto_overlay(&node);
        }
    });
    // The work in the app stays visible. A page of the gateway would only repeat the card.
    let is_clear = reason == Blocked::NotResponding;
    let card = match reason {
        Blocked::NotResponding => view! { <NotResponding /> }.into_any(),
        Blocked::Dropped => view! { <Dropped /> }.into_any(),
        Blocked::GatewayError { sentence, code } => {
            view! { <GatewayErrorCard sentence=sentence code=code /> }.into_any()
        }
        Blocked::Refused(finding) => view! { <Refused finding=finding /> }.into_any(),
    };
    view! {
        <section
            class="overlay"
            data-state=is_clear.then_some("clear")
            aria-label=texts::WHY_BLOCKED
            tabindex="-1"
            node_ref=node
        >
            <div class="overlay-card">{card}</div>
        </section>
    }
}

/// The app has stopped responding.
#[component]
fn NotResponding() -> impl IntoView {
    let context = WorkbenchContext::expect();
    let summary = context.workbench.summary;
    view! {
        <Title kind=MarkKind::Waiting text=texts::NOT_RESPONDING />
        <p>{move || summary.read().sentence.clone()}</p>
        <p class="quiet">{texts::WORK_IS_KEPT}</p>
        {move || code(summary.read().reason.clone())}
        <div class="actions">
            <Button busy=context.commands.task.busy on_press=move || context.commands.restart()>
                <Icon name="restart" />
                {texts::RESTART_APP}
            </Button>
        </div>
    }
}

/// The frame was dropped.
#[component]
fn Dropped() -> impl IntoView {
    let frames = Frames::expect();
    view! {
        <Title kind=MarkKind::Stopped text=texts::CLOSED_HERE />
        <p>{move || texts::frame_limit(frames.limit())}</p>
        <p class="quiet">{texts::REOPENS_FRESH}</p>
        <div class="actions">
            <Button variant=ButtonVariant::Primary on_press=move || frames.resume()>{texts::RESUME}</Button>
        </div>
    }
}

/// The card of a frame that has loaded a page other than the app.
#[component]
fn GatewayErrorCard(sentence: String, code: String) -> impl IntoView {
    view! {
        <Title kind=MarkKind::Waiting text=texts::CANNOT_SHOW />
        <p>{sentence}</p>
        {self::code(code)}
        <div class="actions">
            <NewTab variant=ButtonVariant::Primary />
            <TryAgain />
        </div>
    }
}

/// The server knows why the app is not shown.
#[component]
fn Refused(finding: FrameFinding) -> impl IntoView {
    let context = WorkbenchContext::expect();
    let first = if finding.opens_log {
        view! {
            <Button variant=ButtonVariant::Primary on_press=move || context.ui.show_log_beside_app()>
                {Remedy::OpenLog.label()}
            </Button>
            <NewTab variant=ButtonVariant::Plain />
        }
        .into_any()
    } else {
        view! { <NewTab variant=ButtonVariant::Primary /> }.into_any()
    };
    let show_anyway = finding.is_visible.then(|| {
        view! {
            <Button on_press=move || context.frame.entry.set(Entry::Inside)>{texts::SHOW_AS_IS}</Button>
        }
    });
    let is_administrator = context.run.reader.is_administrator();
    let hint = catalogue_hint(&finding.why).filter(|_| is_administrator);
    view! {
        <Title kind=MarkKind::Waiting text=texts::CANNOT_SHOW />
        <p>{finding.sentence}</p>
        <p class="quiet">{finding.advice}</p>
        {hint.map(|hint| view! { <p class="quiet">{hint}</p> })}
        {code(format!("{} {}", finding.why, finding.evidence))}
        <div class="actions">
            {first}
            <TryAgain />
            {show_anyway}
        </div>
    }
}

/// Link to the app in a tab of its own.
#[component]
pub fn NewTab(variant: ButtonVariant) -> impl IntoView {
    let url = WorkbenchContext::expect().workbench.app_url;
    let link = move |href: String| {
        view! {
            <a class="button" data-variant=variant.as_str() href=href target="_blank" rel="noopener noreferrer">
                <span class="button-label"><Icon name="external" />{texts::OPEN_IN_NEW_TAB}</span>
            </a>
        }
    };
    view! { {move || url.get().map(link)} }
}

#[component]
fn TryAgain() -> impl IntoView {
    let frame = WorkbenchContext::expect().frame;
    view! { <Button on_press=move || frame.try_again()>{texts::TRY_AGAIN}</Button> }
}

#[component]
fn Title(kind: MarkKind, text: &'static str) -> impl IntoView {
    view! { <h2 class="overlay-title"><Mark kind=kind />{text}</h2> }
}

fn code(code: String) -> Option<impl IntoView> {
    (!code.is_empty()).then(|| view! { <code class="reason">{code}</code> })
}
