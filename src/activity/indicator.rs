//! The button in the header: what goes on, at a glance.

use super::elsewhere::Elsewhere;
use super::item::mark_of;
use super::panel::Panel;
use super::{notices, preferences};
use crate::api::clock;
use crate::hooks::{BackendJobs, use_backend_jobs};
use crate::ui::{
    Icon, Mark, MarkKind, adopt, attr, effect, live, show_activity_in_tab, time_of_day,
};
use gloo_timers::callback::Timeout;
use leptos::prelude::*;
use vestibule_model::activity::{Appearance, Face, Headline, Label};
use vestibule_model::time::Millis;

/// The panel's id; the button opens it.
pub const PANEL: &str = "activity-panel";

/// The indicator, with its panel.
#[component]
pub fn Indicator() -> impl IntoView {
    adopt(include_str!("../../style/activity.css"));
    let scope = RwSignal::new(preferences::scope());
    let elsewhere = Elsewhere::new();
    let jobs = use_backend_jobs(scope, move |changes| elsewhere.hear(changes));
    notices::keep_listening(jobs);
    let shown = appear(jobs);
    show_in_tab(shown);
    let open = RwSignal::new(false);
    let name = move || format!("Activity: {}", shown.with(|shown| sentence(shown.as_ref())));
    view! {
        <button
            type="button"
            class="button activity-button"
            data-look="quiet"
            data-state=attr(move || shown.with(|shown| word(shown.as_ref())))
            popovertarget=PANEL
            aria-haspopup="dialog"
            aria-expanded=attr(move || if open.get() { "true" } else { "false" })
            aria-label=attr(name)
            title=attr(name)
        >
            {live(move || shown.get().map_or_else(idle, face))}
        </button>
        <Panel jobs=jobs open=open />
    }
    .into_any()
}

/// What is shown follows what there is to show, but not for what is over in a moment, and never too
/// briefly.
fn appear(jobs: BackendJobs) -> RwSignal<Option<Face>> {
    let shown = RwSignal::new(None);
    let machine = StoredValue::new_local(Appearance::new(clock::now()));
    let timer = StoredValue::<Option<Timeout>, LocalStorage>::new_local(None);
    let wish = Memo::new(move |_| Face::of(jobs.headline.get(), jobs.trust.get()));
    let woken = RwSignal::new(());
    effect(move || {
        woken.track();
        let wish = wish.get();
        let mut machine = machine.write_value();
        let wake = machine.step(wish.as_ref(), clock::now());
        if shown.with_untracked(|shown| shown.as_ref() != machine.shown()) {
            shown.set(machine.shown().cloned());
        }
        timer.set_value(wake.map(|Millis(after)| {
            // A timer may come a little early by the server's clock.
            let after = u32::try_from(after.max(0)).unwrap_or(0) + 1;
            Timeout::new(after, move || {
                woken.try_set(());
            })
        }));
    });
    shown
}

/// The tab says what has to be waited for or looked at, not that all is as it was.
fn show_in_tab(shown: RwSignal<Option<Face>>) {
    let state = Memo::new(move |_| {
        shown.with(|shown| match shown {
            Some(Face::Jobs(Headline { label, .. })) => match label {
                Label::Running(_) => None,
                label => Some((mark_of(*label), label.words())),
            },
            _ => None,
        })
    });
    effect(move || show_activity_in_tab(state.get()));
    on_cleanup(|| show_activity_in_tab(None));
}

fn idle() -> AnyView {
    view! { <Icon name="activity" /> }.into_any()
}

fn face(face: Face) -> AnyView {
    match face {
        Face::Jobs(headline) => {
            let label = headline.label;
            let more = (headline.more > 0).then(|| format!("+{}", headline.more));
            let progress = headline.progress.map(|(step, of)| format!("{step}/{of}"));
            view! {
                <Mark kind=mark_of(label) />
                <span class="activity-label">{label.text()}</span>
                {progress.map(|text| view! { <span class="activity-progress">{text}</span> })}
                {more.map(|text| view! { <span class="activity-more">{text}</span> })}
            }
            .into_any()
        }
        Face::Stale { since, .. } => view! {
            <Mark kind=MarkKind::Unknown />
            <span class="activity-label">{stale(since.map(time_of_day))}</span>
        }
        .into_any(),
        Face::Offline => {
            view! { <Icon name="offline" /><span class="activity-label">"Offline"</span> }
                .into_any()
        }
    }
}

/// All of it, for those who listen.
fn sentence(face: Option<&Face>) -> String {
    match face {
        None => "nothing under way".to_owned(),
        Some(Face::Jobs(headline)) => headline.sentence(),
        Some(Face::Stale { since, trouble }) => {
            [&stale(since.map(time_of_day)), ". ", &trouble.sentence()].concat()
        }
        Some(Face::Offline) => "Offline".to_owned(),
    }
}

fn stale(since: Option<String>) -> String {
    match since {
        Some(since) => ["Stale since ", &since].concat(),
        None => "Not heard from the server".to_owned(),
    }
}

fn word(face: Option<&Face>) -> &'static str {
    match face {
        None => "idle",
        Some(Face::Jobs(headline)) => mark_of(headline.label).word(),
        Some(Face::Stale { .. } | Face::Offline) => "unknown",
    }
}
