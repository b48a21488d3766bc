//! The section that resets the password, signs out, disables and deletes.

use super::invitation::Invitation;
use super::watch::UserWatch;
use crate::api;
use crate::pages::admin::users::texts;
use crate::pages::people::{OneTimePassword, focus_secret};
use crate::pages::shared::{texts as shared, use_refusal};
use crate::routes::Page;
use crate::store::use_tracked_task;
use crate::ui::{
    Announcer, Button, ButtonVariant, Dialog, Icon, Notice, Toasts, focus_after_dialog,
};
use leptos::prelude::*;
use leptos_router::NavigateOptions;
use leptos_router::hooks::use_navigate;
use vestibule_client::activity::Request;
use vestibule_model::access::{Permission, Resource};

/// The section.
#[component]
pub fn AccountSection(watch: UserWatch) -> impl IntoView {
    let [resetting, disabling, deleting] = [(); 3].map(|()| RwSignal::new(false));
    let task = use_tracked_task(Request::Save);
    let announcer = Announcer::expect();
    let is_disabled = Memo::new(move |_| watch.user.read().disabled_at.is_some());
    let deletion = use_refusal(Permission::UserDelete, Resource::Platform);
    let refused = watch.refusal;
    let no_reset = Signal::derive(move || {
        let has_provider = !watch.user.read().providers.is_empty();
        let refused = refused.get();
        refused.or_else(|| has_provider.then(|| texts::RESET_AT_PROVIDER.to_owned()))
    });
    let of_self = move |why: &'static str| watch.is_self.get().then(|| why.to_owned());
    let no_disable = Signal::derive(move || {
        let refused = refused.get();
        refused.or_else(|| of_self(texts::NOT_YOURSELF_DISABLE))
    });
    let no_delete = Signal::derive(move || {
        let refused = refused.get().or_else(|| deletion.get());
        refused.or_else(|| of_self(texts::NOT_YOURSELF_DELETE))
    });
    let sign_out = move || {
        let id = watch.user.read_untracked().id.clone();
        task.run(api::sign_user_out(id), move |_| {
            announcer.say(texts::signed_out(&watch.name.read_untracked()));
        });
    };
    let enable = move || {
        let id = watch.user.read_untracked().id.clone();
        task.run(api::disable_user(id, false), move |user| {
            announcer.say(texts::disabled(&watch.name.read_untracked(), false));
            watch.put(user);
        });
    };
    let reasons = move || {
        let all = [
            refused.get(),
            of_self(texts::NOT_YOURSELF_DISABLE),
            of_self(texts::NOT_YOURSELF_DELETE),
            deletion
                .get()
                .map(|needs| format!("{} {needs}", texts::DELETE_BUTTON)),
        ];
        let shown = all.into_iter().flatten();
        shown
            .map(|why| view! { <p class="quiet">{why}</p> })
            .collect_view()
    };
    let ways = move || {
        let user = watch.user.read();
        let text = (!user.providers.is_empty()).then(|| texts::signs_in_with(&user.providers));
        text.map(|text| view! { <p class="setting-text">{text}</p> })
    };
    let reset_title = RwSignal::new(String::new());
    let ask_reset = move || {
        reset_title.set(texts::reset_question(&watch.name.read_untracked()));
        resetting.set(true);
    };
    view! {
        <section class="setting" aria-labelledby="user-account">
            <h2 id="user-account" tabindex="-1">{texts::ACCOUNT}</h2>
            {ways}
            <Invitation watch=watch />
            <div class="actions">
                <Button refused=no_reset on_press=ask_reset><Icon name="lock" />{texts::RESET}</Button>
                <Button refused busy=task.busy on_press=sign_out>{texts::SIGN_OUT}</Button>
                {move || match is_disabled.get() {
                    true => view! { <Button refused busy=task.busy on_press=enable>{texts::ENABLE}</Button> }.into_any(),
                    false => view! {
                        <Button refused=no_disable on_press=move || disabling.set(true)>{texts::DISABLE}</Button>
                    }
                        .into_any(),
                }}
                <Button refused=no_delete on_press=move || deleting.set(true)><Icon name="trash" />{texts::DELETE}</Button>
            </div>
            {reasons}
            {move || task.error.get().map(|error| view! { <Notice>{error.sentence()}</Notice> })}
            <Dialog open=resetting title=reset_title><Reset watch=watch open=resetting title=reset_title /></Dialog>
            <Dialog open=disabling title=Signal::derive(move || texts::disable_question(&watch.name.read()))>
                <Disable watch=watch open=disabling />
            </Dialog>
            <Dialog open=deleting title=Signal::derive(move || texts::delete_question(&watch.name.read()))>
                <Delete watch=watch open=deleting />
            </Dialog>
        </section>
    }
}

#[component]
fn Reset(watch: UserWatch, open: RwSignal<bool>, title: RwSignal<String>) -> impl IntoView {
    let task = use_tracked_task(Request::Save);
    let password = RwSignal::new(None::<String>);
    let reset = Callback::new(move |()| {
        let id = watch.user.read_untracked().id.clone();
        task.run(api::reset_password(id), move |created| {
            title.set(texts::reset_done(&watch.name.read_untracked()));
            password.set(created.password);
            request_animation_frame(focus_secret);
        });
    });
    view! {
        {move || match password.get() {
            Some(password) => view! {
                <OneTimePassword password=password />
                <div class="dialog-actions">
                    <Button variant=ButtonVariant::Primary on_press=move || open.set(false)>{texts::DONE}</Button>
                </div>
            }
                .into_any(),
            None => view! {
                <p>{texts::RESET_TEXT}</p>
                {move || task.error.get().map(|error| view! { <Notice>{error.sentence()}</Notice> })}
                <div class="dialog-actions">
                    <Button autofocus=true on_press=move || open.set(false)>{shared::CANCEL}</Button>
                    <Button variant=ButtonVariant::Primary busy=task.busy on_press=reset>{texts::RESET_BUTTON}</Button>
                </div>
            }
                .into_any(),
        }}
    }
}

#[component]
fn Disable(watch: UserWatch, open: RwSignal<bool>) -> impl IntoView {
    let task = use_tracked_task(Request::Save);
    let announcer = Announcer::expect();
    let disable = Callback::new(move |()| {
        let id = watch.user.read_untracked().id.clone();
        task.run(api::disable_user(id, true), move |user| {
            announcer.say(texts::disabled(&watch.name.read_untracked(), true));
            open.set(false);
            watch.put(user);
            focus_after_dialog("user-account");
        });
    });
    view! {
        <p>{texts::DISABLE_TEXT}</p>
        {move || task.error.get().map(|error| view! { <Notice>{error.sentence()}</Notice> })}
        <div class="dialog-actions">
            <Button autofocus=true on_press=move || open.set(false)>{shared::CANCEL}</Button>
            <Button variant=ButtonVariant::Danger busy=task.busy on_press=disable>{texts::DISABLE_BUTTON}</Button>
        </div>
    }
}

#[component]
fn Delete(watch: UserWatch, open: RwSignal<bool>) -> impl IntoView {
    let task = use_tracked_task(Request::Save);
    let toasts = Toasts::expect();
    let navigate = use_navigate();
    let delete = Callback::new(move |()| {
        let navigate = navigate.clone();
        let id = watch.user.read_untracked().id.clone();
        task.run(api::delete_user(id), move |_| {
            toasts.show(texts::deleted(&watch.name.read_untracked()));
            let options = NavigateOptions {
                replace: true,
                ..NavigateOptions::default()
            };
            navigate(&Page::Users.path(), options);
        });
    });
    view! {
        <p>{texts::DELETE_TEXT}</p>
        <p>{texts::DELETE_WORKBENCHES}</p>
        <p>{texts::DELETE_WORKSPACES}</p>
        {move || task.error.get().map(|error| view! { <Notice>{error.sentence()}</Notice> })}
        <div class="dialog-actions">
            <Button autofocus=true on_press=move || open.set(false)>{shared::CANCEL}</Button>
            <Button variant=ButtonVariant::Danger busy=task.busy on_press=delete>{texts::DELETE_BUTTON}</Button>
        </div>
    }
}
