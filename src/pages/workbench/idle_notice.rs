//! Notice of a stop for idleness that is near, with the button that prevents it.

use super::context::WorkbenchContext;
use super::texts;
use crate::api::clock;
use crate::effect::Effect;
use crate::store::use_now;
use crate::ui::{Announcer, Button, ButtonVariant};
use leptos::prelude::*;
use vestibule_model::time::{Millis, Timestamp};

/// The notice. It floats, so that what is behind it never moves.
#[component]
pub fn IdleNotice() -> impl IntoView {
    let context = WorkbenchContext::expect();
    let stop_at = Memo::new(move |_| {
        let workbench = context.workbench.watch.workbench.read();
        let status = &workbench.as_ref()?.status;
        status.idle_stop_at.filter(|_| !status.phase.is_terminal())
    });
    announce(stop_at);
    let is_near = Memo::new(move |_| stop_at.get().is_some());
    let now = use_now(move || is_near.get());
    move || {
        is_near.get().then(|| {
            view! { <Card stop_at now /> }
        })
    }
}

#[component]
fn Card(stop_at: Memo<Option<Timestamp>>, now: Signal<Timestamp>) -> impl IntoView {
    let context = WorkbenchContext::expect();
    let commands = context.commands;
    let left = move || {
        let left = stop_at.get()?.since(now.get()).max(Millis(0));
        Some(texts::stops_when_idle(left))
    };
    view! {
        <section class="toast idle-notice" aria-label=texts::NOT_IN_USE>
            <p>{left}</p>
            <Button
                variant=ButtonVariant::Primary
                busy=commands.task.busy
                refused=context.workbench.refusals.start
                on_press=move || commands.extend()
            >
                {texts::KEEP_RUNNING}
            </Button>
        </section>
    }
}

/// Announces once that a stop is near, but not the clock.
fn announce(stop_at: Memo<Option<Timestamp>>) {
    let announcer = Announcer::expect();
    Effect::new(move |before: Option<Option<Timestamp>>| {
        let at = stop_at.get();
        if let Some(at) = at.filter(|_| before.flatten().is_none()) {
            let left = at.since(clock::now()).max(Millis(0));
            announcer.say(texts::stops_when_idle(left));
        }
        at
    });
}
