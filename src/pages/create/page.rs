//! The page with the form for a new workbench. Nothing is polled here, so nothing resets what is typed
//! (FIELD 8).

use super::app_picker::AppPicker;
use super::draft::{DraftOwner, FormDraft, StoredDraft};
use super::making::{Making, is_slow};
use super::preflight::{Preflight, PreflightContext};
use super::texts;
use crate::api::{self, ApiError};
use crate::effect::Effect;
use crate::pages::shared::texts as shared;
use crate::pages::shared::{NotFoundReason, no_workspace, use_lost, use_refusal_in};
use crate::pages::spec::{
    ParameterFields, SizeField, SpecFields, focus_first_error, use_secret_names,
};
use crate::routes::Page;
use crate::store::{
    Breadcrumbs, Crumb, Session, Store, random_workbench_id, use_task, use_tracked_task,
    use_workspace,
};
use crate::ui::{Button, ButtonVariant, Field, Notice, PageHeading, Skeleton, focus};
use leptos::prelude::*;
use leptos_router::hooks::use_navigate;
use vestibule_client::activity::Request;
use vestibule_model::access::Permission;
use vestibule_model::app::App;
use vestibule_model::ids::WorkspaceId;
use vestibule_model::validation::MAX_NAME_CHARS;
use vestibule_model::workbench::NewWorkbench;

/// The page.
#[component]
pub fn NewWorkbenchPage(workspace: WorkspaceId) -> impl IntoView {
    let known = use_workspace(&workspace);
    let (name, lost) = (known.name, use_lost(known));
    // The typed values stay, even if the workspace is deleted meanwhile.
    let not_found_reason = Memo::new(move |_| {
        // Read in any case: the name is known only while there is a workspace.
        let is_nameless = name.read().is_empty();
        lost.get().filter(|_| is_nameless)
    });
    let list = Page::Workspace(workspace.clone());
    let back = list.path();
    Breadcrumbs::show(move || {
        vec![
            Crumb::to(&Page::Workspaces, "Workspaces"),
            Crumb::to(&list, name.get()),
            Crumb::here(texts::TITLE),
        ]
    });
    let apps = RwSignal::new(None::<Vec<App>>);
    let task = use_task();
    task.run(api::apps(), move |answer| {
        apps.try_set(Some(answer));
    });
    let making = RwSignal::new(None);
    view! {
        {move || making.get().map(|(name, app)| view! { <Making name=name app=app /> })}
        <div class="page" data-width="form" hidden=move || making.read().is_some()>
            <PageHeading text=texts::TITLE />
            {move || task.error.get().map(|error| view! { <Notice>{error.sentence()}</Notice> })}
            {move || match apps.get() {
                _ if not_found_reason.get().is_some() => not_found_reason.get().map(no_workspace).into_any(),
                None if task.error.read().is_some() => ().into_any(),
                None => view! { <Skeleton lines=6 /> }.into_any(),
                Some(apps) => {
                    view! { <Form workspace=workspace.clone() lost=lost apps=apps back=back.clone() making=making /> }.into_any()
                }
            }}
        </div>
    }
}

#[component]
fn Form(
    workspace: WorkspaceId,
    lost: Memo<Option<NotFoundReason>>,
    apps: Vec<App>,
    back: String,
    making: RwSignal<Option<(String, String)>>,
) -> impl IntoView {
    let owner = draft_owner(&workspace);
    let refused = use_refusal_in(Permission::WorkbenchCreate, &workspace);
    let draft = FormDraft::of(&apps, StoredDraft::of(&owner));
    draft.keep(owner);
    let errors = draft.spec.errors;
    let secrets = use_secret_names(&workspace);
    let place = PreflightContext {
        apps: StoredValue::new(apps.clone()),
        secrets,
    };
    // The id belongs to this form, so that sending it twice creates one workbench.
    let id = StoredValue::new(random_workbench_id());
    let store = Store::expect();
    let task = use_tracked_task(Request::Create);
    let slow = is_slow(task.busy.into());
    // The screen stays until the page of the workbench replaces it, or an error brings the form back:
    // a change after the navigation would reach a page that is being disposed of.
    Effect::new(move |_| {
        if slow.get() && making.with_untracked(Option::is_none) {
            let app = draft.app.get_untracked().unwrap_or_default();
            making.set(Some((untrack(|| draft.name.text()), app)));
        }
    });
    let navigate = use_navigate();
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        // Enter in a field submits the form past its button.
        if refused.read_untracked().is_some() {
            return;
        }
        match draft.check() {
            Err(found) => {
                errors.set(found);
                focus_first_error();
            }
            Ok(body) => {
                errors.set(Vec::new());
                let body = NewWorkbench {
                    id: Some(id.get_value().to_string()),
                    ..body
                };
                let navigate = navigate.clone();
                task.run_about(
                    Some(id.get_value()),
                    api::create_workbench(workspace.clone(), body),
                    move |created| {
                        let page =
                            Page::Workbench(created.workspace_id.clone(), created.id.clone());
                        store.workbench_created(created);
                        navigate(&page.path(), Default::default());
                    },
                );
            }
        }
    };
    Effect::new(move |_| {
        let error = task.error.get();
        // The form comes back when the request that hid it has failed.
        if error.is_some() {
            making.set(None);
            request_animation_frame(|| {
                let button = document().query_selector(".form-actions button");
                if has_no_focus() {
                    focus(button.ok().flatten());
                }
            });
        }
        if let Some(ApiError::Problem(problem)) = error {
            errors.set(problem.errors);
            focus_first_error();
        }
    });
    view! {
        <form class="form create-form" on:submit=submit novalidate=true>
            <AppPicker apps=apps chosen=draft.app error=draft.spec.error("app") />
            <Field
                id="workbench-name"
                label=texts::NAME
                value=draft.name.field()
                error=draft.spec.error("name")
                maxlength=MAX_NAME_CHARS * 2
            />
            <ParameterFields parameters=draft.spec.parameters errors=errors />
            <SizeField size=draft.spec.size errors=errors />
            <SpecFields draft=draft.spec names=secrets />
            {move || {
                let error = task.error.get();
                // The form is shown for a workspace that existed: what is missing now was deleted.
                let is_refused = error.as_ref().and_then(NotFoundReason::of_error) == Some(NotFoundReason::Missing);
                match lost.get().or(is_refused.then_some(NotFoundReason::Deleted)) {
                    Some(lost) => Some(view! { <div role="alert">{no_workspace(lost)}</div> }.into_any()),
                    None => error.map(|error| view! { <Notice>{error.sentence()}</Notice> }.into_any()),
                }
            }}
            <div class="form-foot">
                <Preflight draft=draft place=place />
                <p class="quiet" role="status">{refused}</p>
                <div class="form-actions">
                    <a class="button" href=back>{shared::CANCEL}</a>
                    <Button variant=ButtonVariant::Primary submit=true refused busy=task.busy>{texts::CREATE}</Button>
                </div>
            </div>
        </form>
    }
}

/// Returns whom a draft of this form belongs to.
fn draft_owner(workspace: &WorkspaceId) -> DraftOwner {
    let user = Session::expect().user.read_untracked();
    let user = user.me().map(|me| me.user.id.to_string());
    DraftOwner(user.unwrap_or_default(), workspace.to_string())
}

fn has_no_focus() -> bool {
    let focused = document().active_element();
    focused.is_none_or(|focused| focused.tag_name() == "BODY")
}
