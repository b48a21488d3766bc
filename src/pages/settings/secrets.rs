//! The section with the workspace's secrets: name, last change and use. Values are never shown.

use super::secret_dialogs::{SecretDialogState, SecretDialogs};
use super::texts;
use super::watch::Watch;
use crate::effect::Effect;
use crate::pages::shared::{NotFoundReason, use_needs, use_refusal_in};
use crate::routes::Page;
use crate::ui::{Button, ButtonVariant, EmptyState, For, Icon, Skeleton, When, focus_id};
use leptos::prelude::*;
use vestibule_model::access::Permission;
use vestibule_model::ids::WorkspaceId;
use vestibule_model::secret::{Secret, Uses};

/// The section.
#[component]
pub fn SecretsSection(workspace: WorkspaceId, watch: Watch<Vec<Secret>>) -> impl IntoView {
    let refused = use_refusal_in(Permission::SecretWrite, &workspace);
    let requested = SecretDialogState::new();
    let names = Memo::new(move |_| {
        let known = watch.known.read();
        let names = known.as_ref()?.iter().map(|secret| secret.name.clone());
        Some(names.collect::<Vec<_>>())
    });
    keep_focus(names);
    let is_empty = Memo::new(move |_| names.read().as_ref().map(Vec::is_empty));
    let lost = watch.lost();
    let add = Callback::new(move |()| requested.add());
    let here = StoredValue::new(workspace.clone());
    view! {
        <section class="setting" aria-labelledby="setting-secrets">
            <div class="setting-top">
                <h2 id="setting-secrets" tabindex="-1">{texts::SECRETS_TITLE}</h2>
                {move || lost.get().is_none().then(|| view! {
                    <Button refused on_press=add><Icon name="plus" />{texts::ADD_SECRET}</Button>
                })}
            </div>
            {move || match (lost.get(), is_empty.get()) {
                (Some(NotFoundReason::Forbidden), _) => view! {
                    <p class="quiet">{use_needs(Permission::SecretRead)}</p>
                }
                    .into_any(),
                (Some(NotFoundReason::Missing | NotFoundReason::Deleted), _) => ().into_any(),
                (_, None) => view! { <Skeleton lines=3 /> }.into_any(),
                (_, Some(true)) => view! {
                    <EmptyState
                        icon="lock"
                        title=texts::SECRETS_EMPTY_TITLE
                        text=texts::SECRETS_EMPTY_TEXT
                    />
                }
                    .into_any(),
                (_, Some(false)) => view! {
                    <Rows names=names watch=watch refused requested=requested workspace=here />
                }
                    .into_any(),
            }}
            <SecretDialogs requested=requested workspace=workspace watch=watch />
        </section>
    }
}

/// Moves the focus to the heading when the row that had it was deleted.
fn keep_focus(names: Memo<Option<Vec<String>>>) {
    let mut before = 0;
    Effect::new(move |_| {
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
    refused: Memo<Option<String>>,
    requested: SecretDialogState,
    workspace: StoredValue<WorkspaceId>,
) -> impl IntoView {
    view! {
        <table class="secrets" aria-labelledby="setting-secrets">
            <thead>
                <tr>
                    <th scope="col">{texts::COLUMN_NAME}</th>
                    <th scope="col" class="secret-when">{texts::COLUMN_SET}</th>
                    <th scope="col" class="secret-who">{texts::COLUMN_BY}</th>
                    <th scope="col" class="secret-uses">{texts::COLUMN_USED_BY}</th>
                    <th scope="col" class="secret-actions"><span class="visually-hidden">"Actions"</span></th>
                </tr>
            </thead>
            <tbody>
                <For
                    each=move || names.get().unwrap_or_default()
                    key=|name| name.clone()
                    children=move |name| view! { <Row name=name watch=watch refused requested=requested workspace=workspace /> }
                />
            </tbody>
        </table>
    }
}

#[component]
fn Row(
    name: String,
    watch: Watch<Vec<Secret>>,
    refused: Memo<Option<String>>,
    requested: SecretDialogState,
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
    let replace = Callback::new(move |()| requested.replace(secret.get_untracked()));
    let delete = Callback::new(move |()| requested.delete(secret.get_untracked()));
    let title = name.clone();
    let labels = [texts::REPLACE, texts::DELETE].map(|verb| format!("{verb} {name}"));
    let [replace_label, delete_label] = labels;
    view! {
        <tr>
            <th scope="row"><code title=title>{name}</code></th>
            <td class="secret-when"><When at=when /></td>
            <td class="secret-who">{who}</td>
            <td class="secret-uses">{move || uses.get().map(|uses| users(&uses, workspace))}</td>
            <td class="secret-actions">
                <Button variant=ButtonVariant::Quiet label=replace_label refused on_press=replace>{texts::REPLACE}</Button>
                <Button variant=ButtonVariant::Quiet label=delete_label refused on_press=delete>{texts::DELETE}</Button>
            </td>
        </tr>
    }
}

/// Links the first workbench that uses the secret, and counts the others.
fn users(uses: &Uses, workspace: StoredValue<WorkspaceId>) -> AnyView {
    let Some(user) = uses.first.first() else {
        return texts::UNUSED.into_any();
    };
    let page = Page::Workbench(workspace.get_value(), user.id.clone());
    let (name, title) = (user.name.clone(), user.name.clone());
    let more = uses.total.saturating_sub(1);
    let more = (more > 0).then(|| view! { <span>{texts::more(more)}</span> });
    view! { <span class="secret-users"><a href=page.path() title=title>{name}</a>{more}</span> }
        .into_any()
}
