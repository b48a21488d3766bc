//! The section: who has access, and by which grant.

use super::dialogs::MemberDialogs;
use super::row::Row;
use super::state::{DialogState, Members};
use super::texts;
use crate::api;
use crate::pages::shared::{NotFoundReason, use_needs, use_refusal_in, use_workspace_name};
use crate::store::{Session, use_may, use_polled};
use crate::ui::{Button, For, Icon, Skeleton};
use leptos::prelude::*;
use vestibule_model::access::Permission;
use vestibule_model::ids::WorkspaceId;
use vestibule_model::people::Member;

/// The section.
#[component]
pub fn MembersSection(workspace: WorkspaceId) -> impl IntoView {
    let may_read = use_may(Permission::MemberRead, &workspace);
    let needs = use_needs(Permission::MemberRead);
    let workspace = StoredValue::new(workspace);
    view! {
        <section class="setting" aria-labelledby="setting-members">
            {move || match may_read.get() {
                true => view! { <Content workspace=workspace.get_value() /> }.into_any(),
                false => view! {
                    <h2 id="setting-members">{texts::TITLE}</h2>
                    <p class="quiet">{needs}</p>
                }
                    .into_any(),
            }}
        </section>
    }
}

#[component]
fn Content(workspace: WorkspaceId) -> impl IntoView {
    let may_change = use_may(Permission::MemberUpdate, &workspace);
    let refused = use_refusal_in(Permission::MemberUpdate, &workspace);
    let members = Members {
        workspace_name: use_workspace_name(&workspace),
        list: use_polled(api::members_path(&workspace)),
        workspace: StoredValue::new(workspace),
        session: Session::expect(),
    };
    let list = members.list;
    let lost = Memo::new(move |_| NotFoundReason::of(list.freshness.get()));
    let requested = DialogState::new();
    let items = Memo::new(move |_| list.data.get().map(|list| list.items));
    let table = move |(is_empty, is_lost): (Option<bool>, bool)| {
        match is_empty { None if is_lost => view! { <p class="quiet">{use_needs(Permission::MemberRead)}</p> }.into_any(),
        None => view! { <Skeleton lines=3 /> }.into_any(),
        Some(true) => view! { <p class="setting-text">{texts::EMPTY}</p> }.into_any(),
        Some(false) => view! {
            <table class="people" aria-labelledby="setting-members">
                <thead>
                    <tr>
                        <th scope="col">{texts::COLUMN_NAME}</th>
                        <th scope="col">{texts::COLUMN_ROLE}</th>
                        <th scope="col" class="people-when">{texts::COLUMN_ENDS}</th>
                        <th scope="col" class="people-actions" data-wide=""><span class="visually-hidden">"Actions"</span></th>
                    </tr>
                </thead>
                <tbody>
                    <For
                        each=move || items.get().unwrap_or_default()
                        key=content
                        children=move |member| view! { <Row member=member members=members may=may_change requested=requested /> }
                    />
                </tbody>
            </table>
        }
        .into_any(),
    }
    };
    let has_table = Memo::new(move |_| {
        (
            items.read().as_ref().map(Vec::is_empty),
            lost.get().is_some(),
        )
    });
    view! {
        <div class="setting-top">
            <h2 id="setting-members" tabindex="-1">{texts::TITLE}</h2>
            <Button refused on_press=move || requested.add()><Icon name="plus" />{texts::ADD}</Button>
        </div>
        <p class="setting-text">{texts::TEXT}</p>
        {move || refused.get().map(|why| view! { <p class="quiet">{why}</p> })}
        {move || {
            table(has_table.get())
        }}
        <MemberDialogs requested=requested members=members />
    }
}

/// Returns what a row shows: a row with the same content is kept.
fn content(member: &Member) -> (String, String, Vec<(String, String)>) {
    let grants = member.grants.iter();
    (
        member.user_id.to_string(),
        member.display_name.clone(),
        grants
            .map(|grant| (grant.id.clone(), grant.role.clone()))
            .collect(),
    )
}
