//! The section about the server: its isolation of apps, and what that does not promise.

use super::texts;
use crate::api;
use crate::store::{Session, use_task};
use crate::ui::{Notice, Skeleton};
use leptos::prelude::*;
use vestibule_model::app::App;
use vestibule_model::isolation::{IsolationLevel, IsolationReport, LimitLevel, NetworkLevel};

/// The section.
#[component]
pub fn AboutSection() -> impl IntoView {
    let apps = RwSignal::new(None::<Vec<App>>);
    let reading = use_task();
    reading.run(api::apps(), move |answer| {
        apps.try_set(Some(answer));
    });
    let config = Session::expect().config;
    let version = move || config.read().as_ref().map(|config| config.version.clone());
    let content = move || match (apps.get(), reading.error.get()) {
        (Some(apps), _) => match of_machine(&apps) {
            Some(report) => view! { <Isolation report /> }.into_any(),
            None => view! { <p class="quiet">{texts::ABOUT_EMPTY}</p> }.into_any(),
        },
        (None, Some(error)) => view! { <Notice>{error.sentence()}</Notice> }.into_any(),
        (None, None) => view! { <Skeleton lines=3 /> }.into_any(),
    };
    view! {
        <section class="setting" aria-labelledby="account-about">
            <div class="setting-top"><h2 id="account-about">{texts::ABOUT}</h2></div>
            <dl class="facts">
                <dt>{texts::VERSION}</dt>
                <dd>{version}</dd>
            </dl>
            {content}
        </section>
    }
}

/// Returns the isolation of the apps that share nothing on purpose, if there are any; the create form
/// names the others.
fn of_machine(apps: &[App]) -> Option<IsolationReport> {
    let shares = |app: &&App| app.isolation.network == NetworkLevel::Shared;
    let usual = apps.iter().find(|app| !shares(app));
    usual
        .or_else(|| apps.first())
        .map(|app| app.isolation.clone())
}

#[component]
fn Isolation(report: IsolationReport) -> impl IntoView {
    let is_sandbox = report.level == IsolationLevel::Sandbox;
    let (level, promised, open) = match is_sandbox {
        true => (
            texts::SANDBOX,
            texts::SANDBOX_PROMISES,
            texts::SANDBOX_LEAVES,
        ),
        false => (texts::NO_SANDBOX, texts::NONE_PROMISES, texts::NONE_LEAVES),
    };
    let network = is_sandbox.then(|| {
        let text = match report.network {
            NetworkLevel::Outgoing => texts::NETWORK_OUTGOING,
            NetworkLevel::Closed => texts::NETWORK_CLOSED,
            NetworkLevel::Shared => texts::NETWORK_SHARED,
        };
        view! {
            <dt>{texts::NETWORK}</dt>
            <dd>{text}</dd>
        }
    });
    let reason = (!report.explanation.is_empty()).then(|| {
        view! {
            <dt>{texts::WHY_NONE}</dt>
            <dd>{report.explanation.replace('`', "")}</dd>
        }
    });
    let limits = match report.limits {
        LimitLevel::Cgroup => texts::LIMITS_KEPT,
        LimitLevel::Watched => texts::LIMITS_WATCHED,
    };
    view! {
        <dl class="facts">
            <dt>{texts::ISOLATION}</dt>
            <dd>{level}</dd>
            {reason}
            {network}
            <dt>{texts::LIMITS}</dt>
            <dd>{limits}</dd>
            <dt>{texts::PROMISED}</dt>
            <dd>{promised}</dd>
            <dt>{texts::NOT_PROMISED}</dt>
            <dd>{open}</dd>
        </dl>
    }
}
