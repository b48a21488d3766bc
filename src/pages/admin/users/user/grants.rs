//! The section with the user's roles.

use super::guard;
use super::watch::UserWatch;
use crate::api;
use crate::pages::admin::users::texts;
use crate::pages::people::{GrantDraft, GrantFields, ScopeName};
use crate::pages::shared::{texts as shared, use_refusal};
use crate::store::{RoleList, Session, use_tracked_task};
use crate::ui::{
    Announcer, Button, ButtonVariant, Dialog, For, Icon, Notice, When, focus_after_dialog,
};
use leptos::prelude::*;
use vestibule_client::activity::Request;
use vestibule_model::access::{Grant, Permission, Resource};

/// The section.
#[component]
pub fn GrantsSection(watch: UserWatch) -> impl IntoView {
    let refused = use_refusal(Permission::UserGrant, Resource::Platform);
    let adding = RwSignal::new(false);
    let removing = RwSignal::new(false);
    let removed = RwSignal::new(None::<Grant>);
    let roles = RoleList::expect();
    let grants = Memo::new(move |_| watch.user.read().grants.clone());
    let ask = Callback::new(move |grant: Grant| {
        removed.set(Some(grant));
        removing.set(true);
    });
    let question = Signal::derive(move || {
        let removed = removed.read();
        let role = removed.as_ref().map(|grant| roles.title(&grant.role));
        texts::remove_question(&role.unwrap_or_default(), &watch.name.read())
    });
    view! {
        <section class="setting" aria-labelledby="user-roles">
            <div class="setting-top">
                <h2 id="user-roles" tabindex="-1">{texts::ROLES}</h2>
                <Button refused on_press=move || adding.set(true)><Icon name="plus" />{texts::ADD_ROLE}</Button>
            </div>
            {move || refused.get().map(|why| view! { <p class="quiet">{why}</p> })}
            <Show
                when=move || !grants.read().is_empty()
                fallback=|| view! { <p class="setting-text">{texts::NO_GRANTS}</p> }
            >
                <table class="people" aria-labelledby="user-roles">
                    <thead>
                        <tr>
                            <th scope="col">{texts::COLUMN_ROLE}</th>
                            <th scope="col">{texts::COLUMN_WHERE}</th>
                            <th scope="col" class="people-when">{texts::COLUMN_ENDS}</th>
                            <th scope="col" class="people-actions"><span class="visually-hidden">"Actions"</span></th>
                        </tr>
                    </thead>
                    <tbody>
                        <For
                            each=move || grants.get()
                            key=|grant| grant.id.clone()
                            children=move |grant| view! { <Row grant=grant watch=watch refused ask=ask /> }
                        />
                    </tbody>
                </table>
            </Show>
            <Dialog open=adding title=texts::ADD_ROLE><Add watch=watch open=adding /></Dialog>
            <Dialog open=removing title=question><Removal watch=watch open=removing removed=removed /></Dialog>
        </section>
    }
}

#[component]
fn Row(
    grant: Grant,
    watch: UserWatch,
    refused: Memo<Option<String>>,
    ask: Callback<Grant>,
) -> impl IntoView {
    let session = Session::expect();
    let roles = RoleList::expect();
    let role = grant.role.clone();
    let title = Memo::new(move |_| roles.title(&role));
    let own = grant.clone();
    let locks_out = Memo::new(move |_| {
        let user = session.user.read();
        user.me()
            .is_some_and(|me| guard::locks_out(me, &watch.user.read(), &own))
    });
    let source = grant.source.clone();
    let managed = source.as_deref().map(texts::managed_grant);
    let ends = grant.expires_at;
    let scope = grant.scope.clone();
    let grant = StoredValue::new(grant);
    let no_removal = Signal::derive(move || {
        let own = || locks_out.get().then(|| texts::OWN_ACCESS.to_owned());
        managed.clone().or_else(|| refused.get()).or_else(own)
    });
    let remove = move || {
        let label = texts::remove_role(&title.read());
        view! {
            <Button
                variant=ButtonVariant::Quiet
                label=label
                refused=no_removal
                on_press=move || ask.run(grant.get_value())
            >
                {texts::REMOVE}
            </Button>
        }
    };
    view! {
        <tr>
            <th scope="row">
                {title}
                {source.map(|id| view! { " "<span class="quiet">{texts::given_by(&id)}</span> })}
            </th>
            <td><ScopeName scope=scope /></td>
            <td class="people-when" data-label=texts::COLUMN_ENDS>
                {match ends {
                    Some(at) => view! { <When at=Signal::stored(Some(at)) exact=true /> }.into_any(),
                    None => texts::NEVER_ENDS.into_any(),
                }}
            </td>
            <td class="people-actions">{remove}</td>
        </tr>
        {move || (locks_out.get() && refused.read().is_none()).then(|| view! {
            <tr class="people-remark"><td colspan="4">{texts::OWN_ACCESS}</td></tr>
        })}
    }
}

#[component]
fn Add(watch: UserWatch, open: RwSignal<bool>) -> impl IntoView {
    let draft = GrantDraft::new(0);
    let task = use_tracked_task(Request::Save);
    let roles = RoleList::expect();
    let announcer = Announcer::expect();
    let submit = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        if let Some(requested) = draft.wanted() {
            let id = watch.user.read_untracked().id.clone();
            task.run(api::add_grant(id, requested), move |grant| {
                announcer.say(texts::role_added(&untrack(|| roles.title(&grant.role))));
                open.set(false);
                let mut user = watch.user.get_untracked();
                user.grants.push(grant);
                watch.put(user);
            });
        }
    };
    view! {
        <form class="form" on:submit=submit novalidate=true>
            <GrantFields draft=draft />
            {move || task.error.get().map(|error| view! { <Notice>{error.sentence()}</Notice> })}
            <div class="dialog-actions">
                <Button on_press=move || open.set(false)>{shared::CANCEL}</Button>
                <Button variant=ButtonVariant::Primary submit=true busy=task.busy>{texts::ADD_ROLE}</Button>
            </div>
        </form>
    }
}

#[component]
fn Removal(
    watch: UserWatch,
    open: RwSignal<bool>,
    removed: RwSignal<Option<Grant>>,
) -> impl IntoView {
    let task = use_tracked_task(Request::Save);
    let roles = RoleList::expect();
    let announcer = Announcer::expect();
    let remove = Callback::new(move |()| {
        let Some(grant) = removed.get_untracked() else {
            return;
        };
        let id = watch.user.read_untracked().id.clone();
        task.run(api::remove_grant(id, grant.id.clone()), move |_| {
            announcer.say(texts::role_removed(&untrack(|| roles.title(&grant.role))));
            open.set(false);
            let mut user = watch.user.get_untracked();
            user.grants.retain(|one| one.id != grant.id);
            watch.put(user);
            focus_after_dialog("user-roles");
        });
    });
    view! {
        <p>{texts::REMOVE_LOSS}</p>
        {move || task.error.get().map(|error| view! { <Notice>{error.sentence()}</Notice> })}
        <div class="dialog-actions">
            <Button autofocus=true on_press=move || open.set(false)>{shared::CANCEL}</Button>
            <Button variant=ButtonVariant::Danger busy=task.busy on_press=remove>{texts::REMOVE_ROLE}</Button>
        </div>
    }
}
