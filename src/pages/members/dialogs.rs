//! The dialogs that add, change and remove a member, and with which the reader leaves.

use super::state::{DialogState, Members, shown_name};
use super::texts;
use crate::api::{self, ApiError};
use crate::pages::people::{Offer, offers, role_choices};
use crate::pages::shared::texts as shared;
use crate::routes::Page;
use crate::store::{RoleList, use_tracked_task};
use crate::ui::{
    Announcer, Button, ButtonVariant, Dialog, Field, Notice, Select, Toasts, focus_after_dialog,
    focus_id,
};
use leptos::prelude::*;
use leptos_router::hooks::use_navigate;
use vestibule_client::activity::Request;
use vestibule_model::access::Scope;

/// Role that a new member gets unless another one is chosen.
const USUAL: &str = "workspace-member";

/// The dialogs.
#[component]
pub fn MemberDialogs(requested: DialogState, members: Members) -> impl IntoView {
    let set_title = Signal::derive(move || match requested.member.read().is_some() {
        true => texts::change_title(&requested.name()),
        false => texts::ADD.to_owned(),
    });
    let remove_title = Signal::derive(move || {
        texts::remove_question(&requested.name(), &members.workspace_name.read())
    });
    let leave_title = Signal::derive(move || texts::leave_question(&members.workspace_name.read()));
    view! {
        <Dialog open=requested.setting title=set_title><Set requested=requested members=members /></Dialog>
        <Dialog open=requested.removing title=remove_title><Removal requested=requested members=members /></Dialog>
        <Dialog open=requested.leaving title=leave_title><Leaving requested=requested members=members /></Dialog>
    }
}

/// The form that adds a member or changes a role.
#[component]
fn Set(requested: DialogState, members: Members) -> impl IntoView {
    let member = requested.member.get_untracked();
    let current = member
        .as_ref()
        .and_then(|member| members.grants_here(member).into_iter().next());
    let is_new = member.is_none();
    let user = RwSignal::new(String::new());
    let role = RwSignal::new(current.map_or_else(|| USUAL.to_owned(), |grant| grant.role));
    let problem = RwSignal::new(None::<&'static str>);
    let task = use_tracked_task(Request::Save);
    let roles = RoleList::expect();
    let announcer = Announcer::expect();
    let offered = Memo::new(move |_| match roles.roles() {
        Some(roles) => {
            let scope = Scope::Workspace(members.workspace.get_value().to_string());
            offers(&members.own_grants(), &roles, &scope, None)
        }
        None => Vec::new(),
    });
    let choices = Signal::derive(move || role_choices(&offered.read()));
    let hint = Signal::derive(move || description(&offered.read(), &role.read()));
    let user_error = Signal::derive(move || {
        let of_server = || match &*task.error.read() {
            Some(ApiError::NotFound) => Some(texts::NO_USER),
            _ => None,
        };
        problem.get().or_else(of_server).map(str::to_owned)
    });
    let other_error = move || {
        let error = task
            .error
            .get()
            .filter(|error| *error != ApiError::NotFound || !is_new);
        error.map(|error| view! { <Notice>{error.sentence()}</Notice> })
    };
    let submit = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        task.error.set(None);
        let typed = user.get_untracked().trim().to_owned();
        let wrong = match is_new {
            true if typed.is_empty() => Some(texts::GIVE_USER),
            true if is_member(members, &typed) => Some(texts::ALREADY),
            _ => None,
        };
        problem.set(wrong);
        if wrong.is_some() {
            focus_id("member-user");
            return;
        }
        let chosen = role.get_untracked();
        if chosen.is_empty() {
            focus_id("member-role");
            return;
        }
        let (whom, is_self) = match requested.member.get_untracked() {
            Some(member) => (
                member.user_id.to_string(),
                untrack(|| members.is_self(&member)),
            ),
            None => (typed, false),
        };
        let put = api::put_member(members.workspace.get_value(), whom, chosen.clone());
        task.run(put, move |member| {
            announcer.say(texts::saved(
                &shown_name(&member),
                &untrack(|| roles.title(&chosen)),
            ));
            requested.setting.set(false);
            members.changed(is_self);
        });
    };
    view! {
        <form class="form" on:submit=submit novalidate=true>
            {is_new.then(|| view! {
                <Field id="member-user" label=texts::USER value=user hint=texts::USER_HINT autofocus=true error=user_error />
            })}
            <Select id="member-role" label=texts::ROLE value=role choices=choices hint=hint />
            {other_error}
            <div class="dialog-actions">
                <Button on_press=move || requested.setting.set(false)>{shared::CANCEL}</Button>
                <Button variant=ButtonVariant::Primary submit=true busy=task.busy>
                    {if is_new { texts::ADD_BUTTON } else { texts::CHANGE }}
                </Button>
            </div>
        </form>
    }
}

/// Returns `true` if a user of this name has a role in this workspace. The address isn't known here.
fn is_member(members: Members, typed: &str) -> bool {
    let list = members.list.data.read_untracked();
    let mut all = list.iter().flat_map(|list| &list.items);
    all.any(|member| {
        member.username.eq_ignore_ascii_case(typed) && !members.grants_here(member).is_empty()
    })
}

fn description(offered: &[Offer], role: &str) -> Option<String> {
    let chosen = offered.iter().find(|offer| offer.role == role)?;
    Some(chosen.description.clone())
}

#[component]
fn Removal(requested: DialogState, members: Members) -> impl IntoView {
    let task = use_tracked_task(Request::Save);
    let announcer = Announcer::expect();
    let member = requested.member.get_untracked();
    let is_last = member
        .as_ref()
        .is_some_and(|member| untrack(|| members.is_last_manager(member)));
    let remove = Callback::new(move |()| {
        let Some(member) = requested.member.get_untracked() else {
            return;
        };
        let removed = api::remove_member(members.workspace.get_value(), member.user_id.clone());
        task.run(removed, move |_| {
            announcer.say(texts::removed(&shown_name(&member)));
            requested.removing.set(false);
            members.changed(false);
            focus_after_dialog("setting-members");
        });
    });
    view! {
        <p>{texts::REMOVE_LOSS}</p>
        {is_last.then(|| view! { <p>{texts::LAST_MANAGER}</p> })}
        {move || task.error.get().map(|error| view! { <Notice>{error.sentence()}</Notice> })}
        <div class="dialog-actions">
            <Button autofocus=true on_press=move || requested.removing.set(false)>{shared::CANCEL}</Button>
            <Button variant=ButtonVariant::Danger busy=task.busy on_press=remove>{texts::REMOVE_BUTTON}</Button>
        </div>
    }
}

#[component]
fn Leaving(requested: DialogState, members: Members) -> impl IntoView {
    let task = use_tracked_task(Request::Save);
    let toasts = Toasts::expect();
    let navigate = use_navigate();
    let member = requested.member.get_untracked();
    let is_last = member
        .as_ref()
        .is_some_and(|member| untrack(|| members.is_last_manager(member)));
    let leave = Callback::new(move |()| {
        let navigate = navigate.clone();
        let name = members.workspace_name.get_untracked();
        let session = members.session;
        let left = api::leave_workspace(members.workspace.get_value());
        task.run(left, move |_| {
            session.ask_again();
            toasts.show(texts::left(&name));
            navigate(&Page::Workspaces.path(), Default::default());
        });
    });
    view! {
        <p>{texts::LEAVE_LOSS}</p>
        {is_last.then(|| view! { <p>{texts::LAST_MANAGER}</p> })}
        {move || task.error.get().map(|error| view! { <Notice>{error.sentence()}</Notice> })}
        <div class="dialog-actions">
            <Button autofocus=true on_press=move || requested.leaving.set(false)>{shared::CANCEL}</Button>
            <Button variant=ButtonVariant::Danger busy=task.busy on_press=leave>{texts::LEAVE_BUTTON}</Button>
        </div>
    }
}
