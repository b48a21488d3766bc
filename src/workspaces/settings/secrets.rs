//! The workspace's secrets: their names, who set them when, and who uses them. Never a value.

use super::secret_dialogs::{Asked, SecretDialogs};
use super::watch::Watch;
use crate::hooks::use_may;
use crate::routes::Page;
use crate::ui::{Button, EmptyState, Icon, Look, Skeleton, When, effect, focus_id, live};
use crate::workspaces::lost::Lost;
use leptos::prelude::*;
use vestibule_model::access::Permission;
use vestibule_model::ids::WorkspaceId;
use vestibule_model::secret::{Secret, Uses};

/// The section.
#[component]
pub fn SecretsSection(workspace: WorkspaceId, watch: Watch<Vec<Secret>>) -> impl IntoView {
    let may = use_may(Permission::SecretWrite, &workspace);
    let asked = Asked::new();
    let names = Memo::new(move |_| {
        let known = watch.known.read();
        let names = known.as_ref()?.iter().map(|secret| secret.name.clone());
        Some(names.collect::<Vec<_>>())
    });
    keep_focus(names);
    let is_empty = Memo::new(move |_| names.read().as_ref().map(Vec::is_empty));
    let lost = watch.lost();
    let add = Callback::new(move |()| asked.add());
    let here = StoredValue::new(workspace.clone());
    view! {
        <section class="setting" aria-labelledby="setting-secrets">
            <div class="setting-top">
                <h2 id="setting-secrets" tabindex="-1">"Secrets"</h2>
                {live(move || (may.get() && lost.get().is_none()).then(|| view! {
                    <Button on_press=add><Icon name="plus" />"Add a secret"</Button>
                }))}
            </div>
            {live(move || match (lost.get(), is_empty.get()) {
                (Some(Lost::Forbidden), _) => view! {
                    <p class="quiet">"You may not see the names of its secrets. An administrator can give you the permission."</p>
                }
                    .into_any(),
                (Some(Lost::Gone), _) => ().into_any(),
                (_, None) => view! { <Skeleton lines=3 /> }.into_any(),
                (_, Some(true)) => view! {
                    <EmptyState
                        icon="lock"
                        title="No secret yet"
                        text="A secret is a value that is kept encrypted and never shown again, such as an API key. Apps get those that their workbenches name, as variables."
                    />
                }
                    .into_any(),
                (_, Some(false)) => view! {
                    <Rows names=names watch=watch may=may asked=asked workspace=here />
                }
                    .into_any(),
            })}
            <SecretDialogs asked=asked workspace=workspace watch=watch />
        </section>
    }
    .into_any()
}

/// A row may go with the button that was pressed in it: then the heading has the focus.
fn keep_focus(names: Memo<Option<Vec<String>>>) {
    let mut before = 0;
    effect(move || {
        let count = names.read().as_ref().map_or(0, Vec::len);
        if std::mem::replace(&mut before, count) > count {
            request_animation_frame(|| {
                let focused = document().active_element();
                if focused.is_none_or(|focused| focused.tag_name() == "BODY") {
                    focus_id("setting-secrets");
                }
            });
        }
    });
}

#[component]
fn Rows(
    names: Memo<Option<Vec<String>>>,
    watch: Watch<Vec<Secret>>,
    may: Memo<bool>,
    asked: Asked,
    workspace: StoredValue<WorkspaceId>,
) -> impl IntoView {
    view! {
        <table class="secrets" aria-labelledby="setting-secrets">
            <thead>
                <tr>
                    <th scope="col">"Name"</th>
                    <th scope="col" class="secret-when">"Set"</th>
                    <th scope="col" class="secret-who">"By"</th>
                    <th scope="col" class="secret-uses">"Used by"</th>
                    {live(move || may.get().then(|| view! {
                        <th scope="col" class="secret-actions"><span class="visually-hidden">"Actions"</span></th>
                    }))}
                </tr>
            </thead>
            <tbody>
                <For
                    each=move || names.get().unwrap_or_default()
                    key=|name| name.clone()
                    children=move |name| view! { <Row name=name watch=watch may=may asked=asked workspace=workspace /> }
                />
            </tbody>
        </table>
    }
    .into_any()
}

#[component]
fn Row(
    name: String,
    watch: Watch<Vec<Secret>>,
    may: Memo<bool>,
    asked: Asked,
    workspace: StoredValue<WorkspaceId>,
) -> impl IntoView {
    let own = name.clone();
    let secret = Memo::new(move |_| {
        let known = watch.known.read();
        let mut all = known.iter().flatten();
        all.find(|secret| secret.name == own).cloned()
    });
    let when = Memo::new(move |_| secret.read().as_ref().and_then(|secret| secret.updated_at));
    let who = Memo::new(move |_| {
        secret
            .read()
            .as_ref()
            .map(|secret| secret.updated_by.clone())
    });
    let uses = Memo::new(move |_| {
        secret
            .read()
            .as_ref()
            .and_then(|secret| secret.used_by.clone())
    });
    let replace = Callback::new(move |()| asked.replace(secret.get_untracked()));
    let delete = Callback::new(move |()| asked.delete(secret.get_untracked()));
    let title = name.clone();
    let labels = ["Replace ", "Delete "].map(|verb| [verb, &name].concat());
    let actions = move || {
        let [replace_label, delete_label] = labels.clone();
        may.get().then(|| {
            view! {
                <td class="secret-actions">
                    <Button look=Look::Quiet label=replace_label on_press=replace>"Replace"</Button>
                    <Button look=Look::Quiet label=delete_label on_press=delete>"Delete"</Button>
                </td>
            }
        })
    };
    view! {
        <tr>
            <th scope="row"><code title=title>{name}</code></th>
            <td class="secret-when"><When at=when /></td>
            <td class="secret-who">{live(move || who.get())}</td>
            <td class="secret-uses">{live(move || uses.get().map(|uses| users(&uses, workspace)))}</td>
            {live(actions)}
        </tr>
    }
    .into_any()
}

/// The first workbench that names it, with the way there, and how many others do.
fn users(uses: &Uses, workspace: StoredValue<WorkspaceId>) -> AnyView {
    let Some(user) = uses.first.first() else {
        return "no workbench".into_any();
    };
    let page = Page::Session(workspace.get_value(), user.id.clone());
    let (name, title) = (user.name.clone(), user.name.clone());
    let more = uses.total.saturating_sub(1);
    let more = (more > 0).then(|| view! { <span>{format!("and {more} more")}</span> });
    view! { <span class="secret-users"><a href=page.path() title=title>{name}</a>{more}</span> }
        .into_any()
}
