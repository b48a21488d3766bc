//! The section that explains what the user may do, and why.

use super::watch::UserWatch;
use crate::api;
use crate::effect::Effect;
use crate::pages::admin::users::texts;
use crate::pages::people::{GrantScope, ScopeFields, ScopeName};
use crate::store::{RoleList, use_task};
use crate::ui::{Button, Choice, For, Mark, MarkKind, Notice, Select};
use leptos::prelude::*;
use std::collections::BTreeSet;
use vestibule_model::access::{Dimension, Explanation, Held, Permission, Scope};
use vestibule_model::lenient;

/// The section.
#[component]
pub fn AccessSection(watch: UserWatch) -> impl IntoView {
    view! {
        <section class="setting" aria-labelledby="user-access">
            <h2 id="user-access">{texts::CHECK}</h2>
            <p class="setting-text">{texts::CHECK_TEXT}</p>
            <Question watch=watch />
            <Effective watch=watch />
        </section>
    }
}

#[component]
fn Question(watch: UserWatch) -> impl IntoView {
    let permission = RwSignal::new(Permission::WorkbenchOpen.name().to_owned());
    let place = GrantScope::new("workspace");
    let is_checked = RwSignal::new(false);
    let task = use_task();
    let answer = RwSignal::new(None::<Explanation>);
    let choices = Signal::stored(
        Permission::ALL
            .iter()
            .map(|one| Choice::new(one.name(), format!("{} ({})", one.title(), one.name())))
            .collect::<Vec<_>>(),
    );
    let chosen = Memo::new(move |_| Permission::from_name(&permission.read()));
    let dimension = Memo::new(move |_| chosen.get().map(Permission::dimension));
    let kinds = Signal::derive(move || match dimension.get() {
        Some(Dimension::Platform) | None => vec![],
        Some(Dimension::Workspace) => vec!["workspace"],
        Some(Dimension::Workbench) => vec!["workspace", "workbench"],
    });
    Effect::new(move |_| {
        if dimension.get() == Some(Dimension::Workspace) {
            place.kind.set("workspace".to_owned());
        }
    });
    let access = Memo::new(move |_| {
        let user = watch.user.read();
        (user.grants.clone(), user.disabled_at)
    });
    // Another question has no answer yet, and other grants have another answer.
    Effect::new(move |_| {
        access.get();
        permission.track();
        place.kind.track();
        place.workspace.track();
        place.workbench.track();
        answer.set(None);
    });
    let has_place = Memo::new(move |_| !kinds.read().is_empty());
    let submit = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        is_checked.set(true);
        let Some(permission) = chosen.get_untracked() else {
            return;
        };
        let place = match has_place.get_untracked().then(|| untrack(|| place.scope())) {
            None => None,
            Some(Ok(Scope::Workspace(id))) => Some(("workspace", id)),
            Some(Ok(Scope::Workbench(id))) => Some(("workbench", id)),
            Some(_) => return,
        };
        let id = watch.user.read_untracked().id.clone();
        task.run(api::explain(id, permission.name(), place), move |found| {
            answer.set(Some(found));
        });
    };
    view! {
        <form class="form" on:submit=submit novalidate=true>
            <div class="grant-fields">
                <Select id="explain-permission" label=texts::PERMISSION value=permission choices=choices />
                <Show when=move || has_place.get()>
                    <ScopeFields place=place id="explain".to_owned() kinds=kinds is_checked=is_checked />
                </Show>
            </div>
            <div class="actions"><Button submit=true busy=task.busy>{texts::WHY}</Button></div>
            {move || task.error.get().map(|error| view! { <Notice>{error.sentence()}</Notice> })}
            <div class="explanation" role="status">
                {move || answer.get().map(|found| view! { <Answer found=found watch=watch /> })}
            </div>
        </form>
    }
}

#[component]
fn Answer(found: Explanation, watch: UserWatch) -> impl IntoView {
    let roles = RoleList::expect();
    let is_disabled = watch.user.read_untracked().disabled_at.is_some();
    let (mark, word) = match found.allowed {
        true => (MarkKind::Ready, texts::ALLOWED),
        false => (MarkKind::Failed, texts::DENIED),
    };
    let missing = found.missing.map(|missing| {
        let titles = move || {
            let titles: Vec<String> = missing.roles.iter().map(|name| roles.title(name)).collect();
            match titles.is_empty() {
                true => texts::NO_ROLE_HAS_IT.to_owned(),
                false => format!("{} {}.", texts::HELD_BY, titles.join(", ")),
            }
        };
        view! {
            {is_disabled.then(|| view! { <p>{texts::DISABLED_DENIED}</p> })}
            {(!missing.elsewhere.is_empty()).then(|| view! { <p>{texts::ELSEWHERE}</p> })}
            <Paths held=missing.elsewhere />
            <p class="quiet">{titles}</p>
        }
    });
    view! {
        <p class="explanation-verdict"><Mark kind=mark /><b>{word}</b><code class="quiet">{found.permission}</code></p>
        {(!found.by.is_empty()).then(|| view! { <p>{texts::BY}</p> })}
        <Paths held=found.by />
        {missing}
    }
}

/// Grants with the path of roles to the permission.
#[component]
fn Paths(held: Vec<Held>) -> impl IntoView {
    let roles = RoleList::expect();
    let rows = held.into_iter().map(|held| {
        let path = held.path;
        let titles = move || {
            let titles: Vec<String> = path.iter().map(|name| roles.title(name)).collect();
            texts::path(&titles)
        };
        view! { <li>{titles}" · "<ScopeName scope=held.grant.scope /></li> }
    });
    view! { <ul class="explanation-paths">{rows.collect_view()}</ul> }
}

/// All permissions that the user has, and where.
#[component]
fn Effective(watch: UserWatch) -> impl IntoView {
    let held = Memo::new(move |_| {
        let user = watch.user.read();
        let grants = || user.grants.iter().filter(|_| user.disabled_at.is_none());
        let with = Permission::ALL.iter().filter_map(|&permission| {
            let scopes: BTreeSet<String> = grants()
                .filter(|grant| {
                    grant.permissions.contains(permission)
                        && grant.scope.binds(permission.dimension())
                })
                .map(|grant| serde_json::to_string(&grant.scope).unwrap_or_default())
                .collect();
            (!scopes.is_empty()).then_some((permission, scopes))
        });
        with.collect::<Vec<_>>()
    });
    let is_open = RwSignal::new(false);
    view! {
        <details class="more" on:toggle=move |_| is_open.set(true)>
            <summary><crate::ui::Icon name="chevron" size=12 />{move || texts::effective(held.read().len())}</summary>
            <div class="more-fields">
                <Show when=move || is_open.get()>
                    <ul class="effective">
                        <For
                            each=move || held.get()
                            key=|(permission, scopes)| (permission.name(), scopes.clone())
                            children=|(permission, scopes)| view! {
                                <li>
                                    <span>{permission.title()}" "<code class="quiet">{permission.name()}</code></span>
                                    <span class="effective-places">{places(scopes)}</span>
                                </li>
                            }
                        />
                    </ul>
                    {move || held.read().is_empty().then(|| view! { <p class="quiet">{texts::NO_PERMISSIONS}</p> })}
                </Show>
            </div>
        </details>
    }
}

fn places(scopes: BTreeSet<String>) -> impl IntoView {
    let scopes = scopes
        .into_iter()
        .filter_map(|scope| lenient::parse::<Scope>(&scope));
    // A wider scope says it all.
    let scopes: Vec<Scope> = scopes.collect();
    let scopes = match scopes.contains(&Scope::Platform(true)) {
        true => vec![Scope::Platform(true)],
        false => scopes,
    };
    let names = scopes
        .into_iter()
        .map(|scope| view! { <span><ScopeName scope=scope /></span> });
    names.collect_view()
}
