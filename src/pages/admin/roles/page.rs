//! The page of roles.

use super::editor::{Editor, fetch};
use super::matrix::Matrix;
use super::review::Review;
use super::role_form::RoleDialog;
use super::toolbar::{NewRole, Toolbar};
use super::{draft_storage, leave, texts, words};
use crate::pages::admin::{AdminFrame, Area};
use crate::store::{Breadcrumbs, Crumb, use_task};
use crate::ui::{Button, Notice, PageHeading, Skeleton, Toasts};
use leptos::prelude::*;
use vestibule_client::roles::grid::GridRow;

/// The page.
#[component]
pub fn RolesPage() -> impl IntoView {
    Breadcrumbs::show(|| vec![Crumb::here(Area::Roles.title())]);
    view! {
        <AdminFrame area=Area::Roles>
            <Content />
        </AdminFrame>
    }
}

#[component]
fn Content() -> impl IntoView {
    let editor = RwSignal::new(None::<Editor>);
    let task = use_task();
    let toasts = Toasts::expect();
    let owner = Owner::current();
    let load = Callback::new(move |()| {
        let owner = owner.clone();
        task.run(fetch(), move |(permissions, roles)| {
            // The editor belongs to the page, not to the answer.
            let created = || {
                let created = Editor::new(permissions, roles.clone());
                if draft_storage::restore(created, roles) {
                    toasts.show(texts::RESTORED);
                }
                editor.set(Some(created));
            };
            match owner {
                Some(owner) => owner.with(created),
                None => created(),
            }
        });
    });
    load.run(());
    view! {
        <div class="page-top">
            <PageHeading text=Area::Roles.title() />
            {move || editor.get().map(|editor| view! { <NewRole editor=editor /> })}
        </div>
        {move || match (editor.get(), task.error.get()) {
            (Some(editor), _) => view! { <Parts editor=editor /> }.into_any(),
            (None, Some(error)) => view! {
                <Notice>
                    <p>{error.sentence()}</p>
                    <div class="notice-actions"><Button on_press=load>"Try again"</Button></div>
                </Notice>
            }
            .into_any(),
            (None, None) => view! { <Skeleton lines=8 /> }.into_any(),
        }}
    }
}

#[component]
fn Parts(editor: Editor) -> impl IntoView {
    draft_storage::keep(editor);
    view! {
        <Toolbar editor=editor />
        <Matrix editor=editor />
        <Detail editor=editor />
        <RoleDialog editor=editor />
        <Review editor=editor />
        <leave::LeaveGuard editor=editor />
    }
}

/// Line about the active cell: the permission, and why it cannot be changed.
#[component]
fn Detail(editor: Editor) -> impl IntoView {
    let text = Memo::new(move |_| {
        editor.active.track();
        editor.rows.track();
        editor.columns.track();
        let place = editor.place();
        let catalogue = editor.catalogue.read();
        let lineage = editor
            .role_at(place)
            .and_then(|name| editor.lineage(&name).get());
        match (editor.row_at(place), lineage) {
            (Some(GridRow::Permission(index)), lineage) => {
                let permission = catalogue.permissions.get(index)?;
                let about = match permission.description.as_str() {
                    "" => permission.title.clone(),
                    text => text.to_owned(),
                };
                let note = lineage.and_then(|lineage| {
                    let note = words::note(&lineage.cell(permission, &editor.holding.read()))?;
                    Some(format!("{}: {note}", lineage.role().title))
                });
                Some((permission.name.clone(), about, note))
            }
            (_, Some(lineage)) => {
                let role = lineage.role();
                Some((role.name.clone(), role.description.clone(), None))
            }
            _ => None,
        }
    });
    view! {
        <div class="matrix-detail quiet">
            {move || match text.get() {
                Some((name, about, note)) => view! { <code>{name}</code>" "{about}" "{note} }.into_any(),
                None => texts::HINT.into_any(),
            }}
        </div>
    }
}
