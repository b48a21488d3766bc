//! The invitation of a user who has no password yet.

use super::watch::UserWatch;
use crate::api;
use crate::pages::admin::users::texts;
use crate::pages::people::{InvitationLink, focus_secret};
use crate::pages::shared::texts as shared;
use crate::store::use_tracked_task;
use crate::ui::{Announcer, Button, ButtonVariant, Dialog, Notice, When, focus_after_dialog};
use leptos::prelude::*;
use vestibule_client::activity::Request;

/// Status of the invitation, with the buttons that make a new link and revoke it.
#[component]
pub fn Invitation(watch: UserWatch) -> impl IntoView {
    let refused = watch.refusal;
    let asking = RwSignal::new(false);
    let title = RwSignal::new(String::new());
    let task = use_tracked_task(Request::Save);
    let announcer = Announcer::expect();
    let until = Memo::new(move |_| watch.user.read().invited_until);
    let is_needed = Memo::new(move |_| {
        let user = watch.user.read();
        !user.has_password && (user.providers.is_empty() || user.invited_until.is_some())
    });
    let ask = move || {
        title.set(texts::invite_question(&watch.name.read_untracked()));
        asking.set(true);
    };
    let revoke = move || {
        let id = watch.user.read_untracked().id.clone();
        task.run(api::revoke_invitation(id), move |_| {
            announcer.say(texts::REVOKED);
            let mut user = watch.user.get_untracked();
            user.invited_until = None;
            watch.put(user);
            focus_after_dialog("user-account");
        });
    };
    let status = move || match until.get() {
        Some(at) => {
            let text = match at > api::clock::now() {
                true => texts::INVITED_UNTIL,
                false => texts::INVITED_BEFORE,
            };
            view! { <p class="setting-text">{text}" "<When at=Signal::stored(Some(at)) exact=true /></p> }.into_any()
        }
        None => view! { <p class="setting-text">{texts::NO_PASSWORD}</p> }.into_any(),
    };
    view! {
        <Show when=move || is_needed.get()>
            {status}
            <div class="actions">
                <Button refused on_press=ask>{texts::INVITE}</Button>
                {move || until.get().map(|_| view! {
                    <Button refused busy=task.busy on_press=revoke>{texts::REVOKE}</Button>
                })}
            </div>
            {move || task.error.get().map(|error| view! { <Notice>{error.sentence()}</Notice> })}
        </Show>
        <Dialog open=asking title=title><NewLink watch=watch open=asking title=title /></Dialog>
    }
}

#[component]
fn NewLink(watch: UserWatch, open: RwSignal<bool>, title: RwSignal<String>) -> impl IntoView {
    let task = use_tracked_task(Request::Save);
    let link = RwSignal::new(None::<String>);
    let invite = Callback::new(move |()| {
        let id = watch.user.read_untracked().id.clone();
        task.run(api::invite_user(id), move |created| {
            title.set(texts::invite_done(&watch.name.read_untracked()));
            link.set(created.invitation);
            watch.put(created.user);
            request_animation_frame(focus_secret);
        });
    });
    view! {
        {move || match link.get() {
            Some(link) => view! {
                <InvitationLink link=link />
                <div class="dialog-actions">
                    <Button variant=ButtonVariant::Primary on_press=move || open.set(false)>{texts::DONE}</Button>
                </div>
            }
                .into_any(),
            None => view! {
                <p>{texts::INVITE_TEXT}</p>
                {move || task.error.get().map(|error| view! { <Notice>{error.sentence()}</Notice> })}
                <div class="dialog-actions">
                    <Button autofocus=true on_press=move || open.set(false)>{shared::CANCEL}</Button>
                    <Button variant=ButtonVariant::Primary busy=task.busy on_press=invite>{texts::INVITE_BUTTON}</Button>
                </div>
            }
                .into_any(),
        }}
    }
}
