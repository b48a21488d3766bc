//! The room's clocks: time elapsed, time usually needed, and the deadline once it is near.

use crate::pages::shared::WorkbenchStage;
use crate::pages::workbench::context::WorkbenchContext;
use crate::pages::workbench::texts;
use crate::store::AppCatalogue;
use leptos::prelude::*;
use vestibule_model::duration::humanize;
use vestibule_model::expectation::{Expectation, StartProgress};
use vestibule_model::time::{Millis, Timestamp};
use vestibule_model::workbench::Workbench;

/// Time elapsed since the start was requested, or since the app stopped responding. Nothing once
/// the run is over.
#[component]
pub fn Elapsed(now: Signal<Timestamp>) -> impl IntoView {
    let since = use_since();
    let expected = use_expectation();
    let pace = Memo::new(move |_| pace(expected.get(), since.get(), now.get()));
    let text = move || since.get().map(|since| humanize(now.get().since(since)));
    let usually = move || {
        let expected = expected.get()?;
        let words = pace.get().map_or("", StartProgress::words);
        let usually = texts::usually(expected.usual);
        Some(match words {
            "" => usually,
            words => format!("{words} ({usually})"),
        })
    };
    view! {
        <div class="room-times">
            <p class="elapsed">{text}</p>
            <p
                class="usual"
                data-late=move || pace.get().is_some_and(|pace| pace != StartProgress::AsUsual).then_some("")
                title=move || expected.get().map(|expected| expected.sentence())
            >
                {usually}
            </p>
        </div>
    }
}

/// A thin bar: time elapsed against the usual time. Its room is reserved in every stage.
#[component]
pub fn StartProgress(now: Signal<Timestamp>) -> impl IntoView {
    let since = use_since();
    let expected = use_expectation();
    let percent = Memo::new(move |_| {
        let usual = expected.get()?.usual.0.max(1);
        let elapsed = now.get().since(since.get()?).0;
        Some((elapsed.saturating_mul(100) / usual).clamp(0, 100))
    });
    view! {
        <div class="start-progress" aria-hidden="true">
            {move || percent.get().is_some().then(|| view! {
                <span style:inline-size=move || format!("{}%", percent.get().unwrap_or(0))></span>
            })}
        </div>
    }
}

/// Countdown to the start deadline, in the last fifth of the time that the start is given.
#[component]
pub fn TimeLeft(now: Signal<Timestamp>) -> impl IntoView {
    let context = WorkbenchContext::expect();
    let deadline = Memo::new(move |_| {
        let is_starting = matches!(
            context.workbench.stage(),
            WorkbenchStage::Starting { late: false, .. }
        );
        let workbench = context.workbench.watch.workbench.read();
        let workbench = workbench.as_ref().filter(|_| is_starting)?;
        let allowed = Millis::from_secs(workbench.spec.start_timeout_seconds.into());
        Some((workbench.start_deadline()?, allowed))
    });
    let text = move || {
        let (deadline, allowed) = deadline.get()?;
        shown_time_left(deadline.since(now.get()), allowed).map(texts::times_out_in)
    };
    view! { <p class="time-left">{text}</p> }
}

/// Returns the time left if it is worth showing.
fn shown_time_left(left: Millis, allowed: Millis) -> Option<Millis> {
    (left > Millis(0) && left.0 <= allowed.0 / 5).then_some(left)
}

/// Returns the start of the clock, or `None` without a clock. Once the app is ready it
/// goes on from the same moment until the room has gone, so that it never jumps.
fn use_since() -> Memo<Option<Timestamp>> {
    let context = WorkbenchContext::expect();
    Memo::new(move |before: Option<&Option<Timestamp>>| {
        let workbench = context.workbench.watch.workbench.read();
        let workbench = workbench.as_ref()?;
        match context.workbench.stage() {
            // The next run of a restart has no clock yet.
            WorkbenchStage::Starting { .. } if context.commands.is_ending_run() => None,
            WorkbenchStage::Starting { .. } => {
                let started = || workbench.run.as_ref()?.started_at;
                workbench.silent_since().or_else(started)
            }
            WorkbenchStage::Running => before.copied().flatten(),
            _ => None,
        }
    })
}

/// Returns the usual duration of the app's first start, or `None` during another start.
fn use_expectation() -> Memo<Option<Expectation>> {
    let context = WorkbenchContext::expect();
    let catalogue = AppCatalogue::expect();
    Memo::new(move |_| {
        let workbench = context.workbench.watch.workbench.read();
        let has_answered = workbench.as_ref().is_some_and(Workbench::has_answered);
        let is_starting = matches!(context.workbench.stage(), WorkbenchStage::Starting { .. });
        catalogue
            .expectation(&context.workbench.app.read())
            .filter(|_| is_starting && !has_answered)
    })
}

fn pace(
    expected: Option<Expectation>,
    since: Option<Timestamp>,
    now: Timestamp,
) -> Option<StartProgress> {
    Some(expected?.pace(now.since(since?)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_deadline_is_shown_only_when_it_is_near() {
        let allowed = Millis::from_secs(300);
        let shown = |seconds| shown_time_left(Millis::from_secs(seconds), allowed);
        assert_eq!(shown(295), None);
        assert_eq!(shown(61), None);
        assert_eq!(shown(60), Some(Millis::from_secs(60)));
        assert_eq!(shown(1), Some(Millis::from_secs(1)));
        assert_eq!(shown(0), None);
        assert_eq!(shown(-5), None);
    }
}
