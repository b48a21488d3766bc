//! Fields that choose a grant: where, which role, until when.

use super::end::GrantEnd;
use super::grant_draft::{ALL, GrantDraft, GrantScope, PLATFORM, WORKBENCH, WORKSPACE};
use super::offer::{offers, role_choices};
use super::texts;
use crate::api;
use crate::effect::Effect;
use crate::store::{RoleList, Session, use_task, use_workspaces};
use crate::ui::{Choice, Select};
use leptos::prelude::*;
use vestibule_client::table::compare_names;
use vestibule_model::ids::WorkspaceId;
use vestibule_model::sorting;

/// Fields of a grant.
#[component]
pub fn GrantFields(draft: GrantDraft) -> impl IntoView {
    let session = Session::expect();
    let roles = RoleList::expect();
    let offered = Memo::new(move |_| {
        let (Some(roles), Ok(scope)) = (roles.roles(), draft.place.scope()) else {
            return Vec::new();
        };
        let who = session.user.read();
        let grants = who.me().map_or(&[][..], |me| &me.grants);
        offers(grants, &roles, &scope, draft.place.home().as_ref())
    });
    // A role without effect in a newly chosen place is not kept.
    Effect::new(move |_| {
        let offered = offered.read();
        let role = draft.role.get_untracked();
        let is_kept = |name: &str| {
            let mut offered = offered.iter();
            offered.any(|offer| offer.role == name && offer.missing.is_empty())
        };
        if !role.is_empty() && draft.place.scope().is_ok() && !is_kept(&role) {
            draft.role.set(String::new());
        }
    });
    let choices = Signal::derive(move || role_choices(&offered.read()));
    let description = Signal::derive(move || {
        let role = draft.role.read();
        let offered = offered.read();
        let chosen = offered.iter().find(|offer| offer.role == *role);
        chosen.map(|offer| offer.description.clone())
    });
    let error = Signal::derive(move || {
        let is_missing = draft.is_checked.get() && draft.role.read().is_empty();
        is_missing.then(|| texts::CHOOSE_ROLE.to_owned())
    });
    let end = Signal::stored(GrantEnd::choices());
    let kinds = Signal::stored(vec![WORKSPACE, WORKBENCH, ALL, PLATFORM]);
    let id = move |name: &str| format!("grant-{}-{name}", draft.number);
    view! {
        <div class="grant-fields">
            <ScopeFields place=draft.place id=id("place") kinds=kinds is_checked=draft.is_checked />
            <Select id=id("role") label=texts::ROLE value=draft.role choices=choices hint=description error=error />
            <Select id=id("end") label=texts::ENDS value=draft.end choices=end />
        </div>
    }
}

/// Fields of a place.
#[component]
pub fn ScopeFields(
    place: GrantScope,
    /// Unique on the page.
    id: String,
    /// The kinds that can be chosen.
    #[prop(into)]
    kinds: Signal<Vec<&'static str>>,
    #[prop(into)] is_checked: Signal<bool>,
) -> impl IntoView {
    let kind_choices = Signal::derive(move || {
        let text = |kind| match kind {
            PLATFORM => texts::EVERYWHERE,
            ALL => texts::ALL_WORKSPACES,
            WORKBENCH => texts::ONE_WORKBENCH,
            _ => texts::ONE_WORKSPACE,
        };
        let kinds = kinds.get().into_iter();
        kinds.map(|kind| Choice::new(kind, text(kind))).collect()
    });
    let has_workspace =
        Memo::new(move |_| matches!(place.kind.read().as_str(), WORKSPACE | WORKBENCH));
    let has_workbench = Memo::new(move |_| place.kind.read().as_str() == WORKBENCH);
    let kind_id = format!("{id}-kind");
    let id = StoredValue::new(id);
    view! {
        <Select id=kind_id label=texts::WHERE value=place.kind choices=kind_choices />
        <Show when=move || has_workspace.get()>
            <WorkspaceField place=place id=format!("{}-workspace", id.get_value()) is_checked=is_checked />
        </Show>
        <Show when=move || has_workbench.get()>
            <WorkbenchField place=place id=format!("{}-workbench", id.get_value()) is_checked=is_checked />
        </Show>
    }
}

#[component]
fn WorkspaceField(place: GrantScope, id: String, is_checked: Signal<bool>) -> impl IntoView {
    let watch = use_workspaces();
    let choices = Signal::derive(move || {
        let mut items = watch.workspaces.get().unwrap_or_default();
        sorting::sort_by(&mut items, |a, b| compare_names(&a.name, &b.name));
        let first = match items.is_empty() && watch.workspaces.read().is_some() {
            true => texts::NO_WORKSPACES,
            false => texts::CHOOSE_WORKSPACE,
        };
        let items = items.into_iter();
        let items = items.map(|one| Choice::new(one.id.to_string(), one.name));
        [Choice::new("", first)].into_iter().chain(items).collect()
    });
    let error = Signal::derive(move || {
        let is_missing = is_checked.get() && place.workspace.read().is_empty();
        is_missing.then(|| texts::CHOOSE_WORKSPACE.to_owned())
    });
    view! {
        <Select id=id label=texts::WORKSPACE value=place.workspace choices=choices error=error />
    }
}

#[component]
fn WorkbenchField(place: GrantScope, id: String, is_checked: Signal<bool>) -> impl IntoView {
    let task = use_task();
    let known = RwSignal::new(None::<Vec<Choice>>);
    Effect::new(move |before: Option<String>| {
        let workspace = place.workspace.get();
        if before.is_some_and(|before| before != workspace) {
            place.workbench.set(String::new());
        }
        known.set(None);
        task.busy.set(false);
        if !workspace.is_empty() {
            let requested = workspace.clone();
            let list = api::workbenches(WorkspaceId::new(workspace.clone()));
            task.run(list, move |mut items| {
                // The answer may be about the workspace that was chosen before.
                if place.workspace.get_untracked() == requested {
                    sorting::sort_by(&mut items, |a, b| compare_names(&a.1, &b.1));
                    let items = items.into_iter().map(|(id, name)| Choice::new(id, name));
                    known.set(Some(items.collect()));
                }
            });
        }
        workspace
    });
    let choices = Signal::derive(move || {
        let known = known.get();
        let first = match known.as_deref() {
            Some([]) => texts::NO_WORKBENCHES,
            _ => texts::CHOOSE_WORKBENCH,
        };
        let first = [Choice::new("", first)].into_iter();
        first.chain(known.unwrap_or_default()).collect()
    });
    let failure = Signal::derive(move || task.error.read().as_ref().map(api::ApiError::sentence));
    let error = Signal::derive(move || {
        let is_missing = is_checked.get() && place.workbench.read().is_empty();
        is_missing.then(|| {
            failure
                .get()
                .unwrap_or_else(|| texts::CHOOSE_WORKBENCH.to_owned())
        })
    });
    view! {
        <Select id=id label=texts::WORKBENCH value=place.workbench choices=choices hint=failure error=error />
    }
}
