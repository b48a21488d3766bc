//! Changing what is wanted of a workbench. A run keeps the settings it was started with, so what is
//! saved while one lasts holds from the next start on, and the dialog says so.

use super::page::SessionView;
use super::reading::Stage;
use crate::api::{self, ApiError};
use crate::hooks::use_async_action;
use crate::ui::{Button, Dialog, Field, Look, Notice, effect, live};
use crate::workspaces::{SpecDraft, SpecFields, focus_first_error, use_secret_names};
use leptos::prelude::*;
use vestibule_model::activity::Request;
use vestibule_model::ids::WorkspaceId;
use vestibule_model::names::{MAX_NAME_CHARS, check_name};
use vestibule_model::workbench::{Workbench, WorkbenchPatch};

/// The dialog.
#[component]
pub fn EditDialog(view: SessionView, workspace: WorkspaceId) -> impl IntoView {
    let title = Signal::derive(move || format!("Edit \u{201c}{}\u{201d}", view.name.get()));
    view! {
        <Dialog open=view.desk.editing title=title>
            {
                let workspace = workspace.clone();
                // Filled once, when it opens: news of the workbench change nothing that is typed.
                let workbench = view.watch.workbench.get_untracked();
                workbench.map(|workbench| view! { <Form view=view workspace=workspace workbench=workbench /> })
            }
        </Dialog>
    }
    .into_any()
}

#[component]
fn Form(view: SessionView, workspace: WorkspaceId, workbench: Workbench) -> impl IntoView {
    let names = use_secret_names(&workspace);
    let draft = SpecDraft::of(&workbench.spec);
    let name = RwSignal::new(workbench.name.clone());
    let task = use_async_action(Request::Save);
    let id = StoredValue::new(workbench.id);
    let stage = Memo::new(move |_| view.reading.read().stage);
    let save = move |then_start: bool| {
        let checked = check_name("name", &name.read_untracked());
        let (name, spec) = match (checked, draft.check()) {
            (Ok(name), Ok(spec)) => (name, spec),
            (name, spec) => {
                let mut errors = spec.err().unwrap_or_default();
                errors.extend(name.err());
                draft.errors.set(errors);
                focus_first_error();
                return;
            }
        };
        draft.errors.set(Vec::new());
        let patch = WorkbenchPatch {
            name: Some(name),
            spec: Some(spec),
        };
        task.run(api::patch_workbench(id.get_value(), patch), move |news| {
            view.watch.heard(Some(news));
            view.desk.editing.try_set(false);
            if then_start {
                view.restart();
            }
        });
    };
    effect(move || {
        if let Some(ApiError::Problem(problem)) = task.error.get() {
            draft.errors.set(problem.errors);
        }
    });
    let submit = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        save(true);
    };
    let label = move || match stage.get() {
        Stage::Ended { .. } => "Save and start",
        _ => "Save and start again",
    };
    let remark = move || match stage.get() {
        Stage::Ended { .. } | Stage::Deleting => None,
        _ => Some("What is saved now holds from the next start on; what runs keeps its settings."),
    };
    view! {
        <form class="form" on:submit=submit novalidate=true>
            <Field id="edit-name" label="Name" value=name error=draft.error("name") maxlength=MAX_NAME_CHARS * 2 />
            <SpecFields draft=draft names=names />
            {live(move || remark().map(|text| view! { <p class="quiet">{text}</p> }))}
            {live(move || task.error.get().map(|error| view! { <Notice>{error.sentence()}</Notice> }))}
            <div class="dialog-actions">
                <Button on_press=Callback::new(move |()| view.desk.editing.set(false))>"Cancel"</Button>
                <Button busy=task.busy on_press=Callback::new(move |()| save(false))>"Save"</Button>
                <Button look=Look::Primary submit=true busy=task.busy>{live(label)}</Button>
            </div>
        </form>
    }
    .into_any()
}
