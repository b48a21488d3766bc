//! The section with the user's sessions.

use super::texts;
use crate::api;
use crate::store::{Polled, use_polled, use_task};
use crate::ui::{Announcer, Button, ButtonVariant, Notice, Skeleton, When, focus_id};
use leptos::prelude::*;
use vestibule_model::account::SessionInfo;
use vestibule_model::list::List;

/// The section.
#[component]
pub fn SessionsSection() -> impl IntoView {
    let sessions: Polled<List<SessionInfo>> = use_polled(api::OWN_SESSIONS);
    let task = use_task();
    let announcer = Announcer::expect();
    let end = Callback::new(move |id: String| {
        task.run(api::end_session(id), move |()| {
            announcer.say(texts::SESSION_ENDED);
            sessions.refresh();
            focus_id("account-sessions");
        });
    });
    let rows = move || {
        let known = sessions.data.read();
        let Some(known) = known.as_ref() else {
            return view! { <Skeleton lines=3 /> }.into_any();
        };
        let rows = known.items.iter().cloned();
        let rows = rows.map(|session| view! { <Row session=session on_end=end /> });
        view! {
            <table class="account-table" aria-labelledby="account-sessions">
                <thead>
                    <tr>
                        <th scope="col">{texts::DEVICE}</th>
                        <th scope="col">{texts::ADDRESS}</th>
                        <th scope="col">{texts::LAST_USED}</th>
                        <th scope="col">{texts::SIGNED_IN}</th>
                        <th scope="col"><span class="visually-hidden">{texts::ACTIONS}</span></th>
                    </tr>
                </thead>
                <tbody>{rows.collect_view()}</tbody>
            </table>
        }
        .into_any()
    };
    view! {
        <section class="setting" aria-labelledby="account-sessions">
            <div class="setting-top"><h2 id="account-sessions" tabindex="-1">{texts::SESSIONS}</h2></div>
            <p class="setting-text">{texts::SESSIONS_TEXT}</p>
            {move || task.error.get().map(|error| view! { <Notice>{error.sentence()}</Notice> })}
            {rows}
        </section>
    }
}

#[component]
fn Row(session: SessionInfo, on_end: Callback<String>) -> impl IntoView {
    let device = match session.device.as_str() {
        "" => texts::UNKNOWN_DEVICE.to_owned(),
        device => device.to_owned(),
    };
    let label = format!("{}: {device}, {}", texts::END_SESSION, session.address);
    let (used, begun) = (session.last_used_at, session.created_at);
    let id = session.id;
    let end = Callback::new(move |()| on_end.run(id.clone()));
    let action = if session.current {
        view! { <span class="quiet">{texts::THIS_SESSION}</span> }.into_any()
    } else {
        view! { <Button variant=ButtonVariant::Quiet label=label on_press=end>{texts::END_SESSION}</Button> }
            .into_any()
    };
    view! {
        <tr>
            <th scope="row">{device}</th>
            <td data-label=texts::ADDRESS>{session.address}</td>
            <td data-label=texts::LAST_USED><When at=Signal::stored(used) /></td>
            <td data-label=texts::SIGNED_IN><When at=Signal::stored(begun) /></td>
            <td class="account-actions">{action}</td>
        </tr>
    }
}
