//! Table of one page of users; cards on phones.

use super::list::{UserList, shown_name};
use super::query::UserSortKey;
use super::texts;
use crate::pages::people::Identity;
use crate::routes::Page;
use crate::store::{RoleList, Session};
use crate::ui::{For, Icon, Mark, MarkKind, When};
use leptos::prelude::*;
use vestibule_model::people::Account;

/// The table.
#[component]
pub fn UserTable(list: UserList) -> impl IntoView {
    let is_all = Memo::new(move |_| {
        let (users, selected) = (list.users.read(), list.selected.read());
        let mut users = users.iter().flatten();
        users.all(|user| selected.contains_key(&user.id))
    });
    let select_all = move |_| {
        let to = !is_all.get_untracked();
        for user in list.users.get_untracked().into_iter().flatten() {
            list.select(&user, to);
        }
    };
    view! {
        <table class="people">
            <thead>
                <tr>
                    <th scope="col" class="cell-check">
                        <input type="checkbox" aria-label=texts::SELECT_ALL prop:checked=is_all on:change=select_all />
                    </th>
                    <SortHead list=list key=UserSortKey::Name text=texts::COLUMN_NAME class="people-name" />
                    <SortHead list=list key=UserSortKey::Username text=texts::COLUMN_USERNAME class="people-username" />
                    <th scope="col" class="people-email">{texts::COLUMN_EMAIL}</th>
                    <th scope="col" class="people-roles">{texts::COLUMN_ROLES}</th>
                    <th scope="col" class="people-status">{texts::COLUMN_STATUS}</th>
                    <SortHead list=list key=UserSortKey::Seen text=texts::COLUMN_SEEN class="people-when" />
                    <SortHead list=list key=UserSortKey::Created text=texts::COLUMN_CREATED class="people-created" />
                </tr>
            </thead>
            <tbody>
                <For
                    each=move || list.users.get().unwrap_or_default()
                    key=content
                    children=move |user| view! { <Row user=user list=list /> }
                />
            </tbody>
        </table>
    }
}

/// Returns what a row shows: a row with the same content is kept.
fn content(user: &Account) -> (String, [String; 3], [Option<i64>; 3], Vec<String>) {
    let time = |at: Option<vestibule_model::time::Timestamp>| at.map(|at| at.as_millis());
    (
        user.id.to_string(),
        [
            user.username.clone(),
            user.display_name.clone(),
            user.email.clone().unwrap_or_default(),
        ],
        [user.disabled_at, user.last_seen_at, user.created_at].map(time),
        user.grants.iter().map(|grant| grant.role.clone()).collect(),
    )
}

#[component]
fn SortHead(
    list: UserList,
    key: UserSortKey,
    text: &'static str,
    class: &'static str,
) -> impl IntoView {
    let order = move || {
        let shown = list.shown.read();
        (shown.sort == key).then_some(match shown.descending {
            true => "descending",
            false => "ascending",
        })
    };
    view! {
        <th scope="col" class=class aria-sort=order>
            <button type="button" class="sort" on:click=move |_| list.show(|shown| shown.sort_by(key))>
                {text}
                <Icon name="down" size=12 />
            </button>
        </th>
    }
}

#[component]
fn Row(user: Account, list: UserList) -> impl IntoView {
    let roles = RoleList::expect();
    let session = Session::expect();
    let signed_in = session.user.read_untracked();
    let is_self = signed_in.me().is_some_and(|me| me.user.id == user.id);
    let id = user.id.clone();
    let is_selected = Memo::new(move |_| list.selected.read().contains_key(&id));
    let is_disabled = user.disabled_at.is_some();
    let mut names: Vec<String> = user.grants.iter().map(|grant| grant.role.clone()).collect();
    names.sort();
    names.dedup();
    let roles = Memo::new(move |_| {
        let titles = names.iter().map(|name| roles.title(name));
        titles.collect::<Vec<_>>().join(", ")
    });
    let page = Page::User(user.id.clone()).path();
    let label = texts::select(&shown_name(&user));
    let (mark, status) = match (is_disabled, user.invited_until) {
        (true, _) => (MarkKind::Stopped, texts::DISABLED),
        (false, Some(_)) => (MarkKind::Waiting, texts::INVITED),
        (false, None) => (MarkKind::Ready, texts::ACTIVE),
    };
    let (email, email_title) = (user.email.clone(), user.email.clone());
    let chosen = user.clone();
    view! {
        <tr data-selected=move || is_selected.get().then_some("")>
            <td class="cell-check">
                <input
                    type="checkbox"
                    aria-label=label
                    prop:checked=is_selected
                    on:change=move |event| list.select(&chosen, event_target_checked(&event))
                />
            </td>
            <th scope="row" class="people-name">
                <Identity username=String::new() display_name=shown_name(&user) href=Some(page) is_self=is_self />
            </th>
            <td class="people-username"><bdi>{user.username}</bdi></td>
            <td class="people-email" title=email_title>{email}</td>
            <td class="people-roles" title=roles>
                {move || match roles.get() {
                    roles if roles.is_empty() => texts::NO_ROLES.to_owned(),
                    roles => roles,
                }}
            </td>
            <td class="people-status"><span class="person-state"><Mark kind=mark />{status}</span></td>
            <td class="people-when" data-label=texts::COLUMN_SEEN>
                {match user.last_seen_at {
                    Some(at) => view! { <When at=Signal::stored(Some(at)) /> }.into_any(),
                    None => texts::NEVER_SEEN.into_any(),
                }}
            </td>
            <td class="people-created" data-label=texts::COLUMN_CREATED><When at=Signal::stored(user.created_at) /></td>
        </tr>
    }
}
