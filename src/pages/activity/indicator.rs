//! The indicator in the header: all activity at a glance.

use super::announcer::JobAnnouncer;
use super::item::mark_of;
use super::panel::{Panel, panel_content};
use super::popover::PANEL;
use super::{notices, preferences, texts};
use crate::api::clock;
use crate::effect::Effect;
use crate::store::{BackendJobs, Session, use_backend_jobs};
use crate::ui::{Icon, Mark, MarkKind, time_of_day};
use gloo_timers::callback::Timeout;
use leptos::prelude::*;
use vestibule_client::activity::{Appearance, Headline, IndicatorContent};
use vestibule_client::connection_error::ConnectionError;
use vestibule_model::time::{Millis, Timestamp};

/// Indicator in the header, with its panel.
#[component]
pub fn ActivityIndicator() -> impl IntoView {
    let scope = RwSignal::new(preferences::scope());
    let announcer = JobAnnouncer::new();
    let jobs = use_backend_jobs(scope, move |changes| announcer.push(changes));
    notices::keep_listening(jobs);
    let shown = appear(jobs);
    let open = RwSignal::new(false);
    let unseen = unseen_failures(shown, open);
    let name = move || shown.with(|shown| texts::name(&sentence(shown.as_ref())));
    view! {
        <button
            type="button"
            class="button activity-button"
            data-variant="quiet"
            data-state=move || shown.with(|shown| word(shown.as_ref()))
            popovertarget=PANEL
            aria-haspopup="dialog"
            aria-expanded=move || if open.get() { "true" } else { "false" }
            aria-label=name
            title=name
            on:pointerenter=|_| panel_content().prefetch()
            on:focus=|_| panel_content().prefetch()
        >
            {move || shown.get().map_or_else(idle, face)}
            {move || {
                let count = unseen.get();
                (count > 0).then(|| view! { <span class="activity-failed" data-text=texts::failed(count)></span> })
            }}
        </button>
        <Panel jobs=jobs open=open />
    }
}

/// Returns the number of failures since the panel was last open in this browser. They stay in the
/// panel until they are dismissed.
fn unseen_failures(shown: RwSignal<Option<IndicatorContent>>, open: RwSignal<bool>) -> Memo<usize> {
    let user = untrack(|| Session::expect().user_id());
    let seen = RwSignal::new(preferences::seen_failures(user.as_ref()));
    let failures = Memo::new(move |_| match shown.get() {
        Some(IndicatorContent::Jobs(Headline { failures, .. })) => failures,
        _ => Vec::new(),
    });
    Effect::new(move |_| {
        let failures = failures.read();
        // While the jobs are unknown, none were seen.
        if open.get() && !failures.is_empty() {
            preferences::keep_seen_failures(user.as_ref(), &failures);
            seen.set(failures.to_vec());
        }
    });
    Memo::new(move |_| {
        let seen = seen.read();
        let failures = failures.read();
        failures.iter().filter(|key| !seen.contains(key)).count()
    })
}

/// Returns what the indicator shows. It leaves out what is over in a moment, and shows nothing too briefly.
fn appear(jobs: BackendJobs) -> RwSignal<Option<IndicatorContent>> {
    let shown = RwSignal::new(None);
    let machine = StoredValue::new_local(Appearance::new(clock::now()));
    let timer = StoredValue::<Option<Timeout>, LocalStorage>::new_local(None);
    let target = Memo::new(move |_| IndicatorContent::of(jobs.headline.get(), jobs.trust.get()));
    let woken = RwSignal::new(());
    Effect::new(move |_| {
        woken.track();
        let target = target.get();
        let mut machine = machine.write_value();
        let wake = machine.step(target.as_ref(), clock::now());
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

fn idle() -> AnyView {
    view! { <Icon name="activity" /> }.into_any()
}

fn face(face: IndicatorContent) -> AnyView {
    match face {
        IndicatorContent::Jobs(Headline { lead, more, .. }) => {
            let Some(lead) = lead else { return idle() };
            let progress = lead.progress.map(|(step, of)| format!("{step}/{of}"));
            view! {
                <Mark kind=mark_of(lead.label) />
                <span class="activity-label">{lead.text()}</span>
                {progress.map(|text| view! { <span class="activity-progress" data-text=text></span> })}
                {(more > 0).then(|| view! { <span class="activity-more" data-text=format!("+{more}")></span> })}
            }
            .into_any()
        }
        IndicatorContent::Stale { since, cause } => view! {
            <Mark kind=MarkKind::Unknown />
            <span class="activity-label">{stale(cause, since)}</span>
        }
        .into_any(),
        IndicatorContent::Offline => view! {
            <Icon name="offline" />
            <span class="activity-label">{texts::OFFLINE}</span>
        }
        .into_any(),
    }
}

/// Returns everything as a sentence, for assistive technology.
fn sentence(face: Option<&IndicatorContent>) -> String {
    match face {
        None => texts::IDLE.to_owned(),
        Some(IndicatorContent::Jobs(headline)) => headline.sentence(),
        Some(IndicatorContent::Stale { since, cause }) => {
            format!("{}. {}", stale(*cause, *since), cause.sentence())
        }
        Some(IndicatorContent::Offline) => texts::OFFLINE.to_owned(),
    }
}

fn stale(cause: ConnectionError, since: Option<Timestamp>) -> String {
    texts::stale_since(cause, since.map(time_of_day).as_deref())
}

/// Returns the word by which style sheets know the state.
fn word(face: Option<&IndicatorContent>) -> &'static str {
    match face {
        None => "idle",
        Some(IndicatorContent::Jobs(headline)) => {
            let lead = headline.lead.as_ref();
            lead.map_or("idle", |lead| mark_of(lead.label).as_str())
        }
        Some(IndicatorContent::Stale { .. } | IndicatorContent::Offline) => "unknown",
    }
}
