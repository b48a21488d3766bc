//! Dialog for the settings of a workbench. A run keeps the settings it was started with, so saved
//! settings apply from the next start on, and the dialog says so.

use super::context::WorkbenchContext;
use super::texts;
use crate::api::{self, ApiError};
use crate::effect::Effect;
use crate::lazy::lazy;
use crate::pages::shared::WorkbenchStage;
use crate::pages::spec::{
    ParameterFields, SizeField, SpecDraft, SpecFields, focus_first_error, use_secret_names,
};
use crate::store::{AppCatalogue, Store, use_task, use_tracked_task};
use crate::ui::{
    Button, ButtonVariant, Dialog, Field, Notice, Skeleton, focus_field, focus_first_field,
};
use leptos::prelude::*;
use vestibule_client::activity::Request;
use vestibule_model::ids::WorkspaceId;
use vestibule_model::validation::{MAX_NAME_CHARS, check_name};
use vestibule_model::workbench::{Workbench, WorkbenchPatch};

lazy! { workbench_dialogs:
    /// Renders the form for the settings of a workbench.
    pub fn edit_form(args: (WorkbenchContext, WorkspaceId)) -> AnyView {
        let (context, workspace) = args;
        view! { <EditForm context workspace /> }.into_any()
    }
}

/// Fetches what the page shows after a click, once a click is likely.
pub fn prefetch_dialogs() {
    edit_form().prefetch();
}

/// The dialog.
#[component]
pub fn EditDialog(context: WorkbenchContext, workspace: WorkspaceId) -> impl IntoView {
    let title = Signal::derive(move || texts::edit_title(&context.workbench.name.read()));
    view! {
        <Dialog open=context.ui.is_editing title=title>
            {edit_form().view((context, workspace.clone()))}
        </Dialog>
    }
}

/// The form in it, filled once, when it opens: updates change nothing that is typed. The variables
/// are fetched for it, since lists and events do not include them.
#[component]
fn EditForm(context: WorkbenchContext, workspace: WorkspaceId) -> impl IntoView {
    let fetched = RwSignal::new(None::<Workbench>);
    let reading = use_task();
    let fetch = move || {
        let shown = context.workbench.watch.workbench.get_untracked();
        if let Some(shown) = shown {
            reading.run(api::workbench(shown.id), move |workbench| {
                fetched.try_set(Some(workbench));
            });
        }
    };
    fetch();
    move || {
        let workspace = workspace.clone();
        match (fetched.get(), reading.error.get()) {
            (Some(workbench), _) => view! { <Form context workspace workbench /> }.into_any(),
            (None, Some(error)) => view! {
                <Notice>{error.sentence()}</Notice>
                <div class="dialog-actions">
                    <Button on_press=move || context.ui.is_editing.set(false)>{texts::CANCEL}</Button>
                    <Button busy=reading.busy on_press=fetch>{texts::TRY_AGAIN}</Button>
                </div>
            }
            .into_any(),
            (None, None) => view! { <Skeleton lines=4 /> }.into_any(),
        }
    }
}

#[component]
fn Form(context: WorkbenchContext, workspace: WorkspaceId, workbench: Workbench) -> impl IntoView {
    match context.ui.edited_field.get_untracked() {
        "" => focus_first_field(),
        field => focus_field(field),
    }
    let names = use_secret_names(&workspace);
    let (catalogue, app) = (AppCatalogue::expect(), workbench.app.clone());
    let of_app = app.clone();
    let declared = Memo::new(move |_| catalogue.parameters(&of_app));
    let sizes = Memo::new(move |_| catalogue.sizes(&app));
    let draft = SpecDraft::of(&workbench.spec, declared, sizes);
    let name = RwSignal::new(workbench.name.clone());
    let store = Store::expect();
    let task = use_tracked_task(Request::Save);
    let id = StoredValue::new(workbench.id);
    let stage = Memo::new(move |_| context.workbench.stage());
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
            spec: Some(spec.into()),
        };
        task.run(api::patch_workbench(id.get_value(), patch), move |saved| {
            store.put_workbench(saved);
            context.ui.is_editing.try_set(false);
            if then_start {
                context.commands.restart();
            }
        });
    };
    Effect::new(move |_| {
        if let Some(ApiError::Problem(problem)) = task.error.get() {
            draft.errors.set(problem.errors);
        }
    });
    let submit = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        save(true);
    };
    let save_and_start = move || match stage.get() {
        WorkbenchStage::Ended { .. } => texts::SAVE_AND_START,
        _ => texts::SAVE_AND_RESTART,
    };
    let applies_later = move || {
        !matches!(
            stage.get(),
            WorkbenchStage::Ended { .. } | WorkbenchStage::Deleting
        )
    };
    view! {
        <form class="form" on:submit=submit novalidate=true>
            <Field id="edit-name" label=texts::NAME value=name error=draft.error("name") maxlength=MAX_NAME_CHARS * 2 />
            <ParameterFields parameters=draft.parameters errors=draft.errors />
            <SizeField size=draft.size errors=draft.errors />
            <SpecFields draft=draft names=names open=true />
            {move || applies_later().then(|| view! { <p class="quiet">{texts::NEXT_START}</p> })}
            {move || task.error.get().map(|error| view! { <Notice>{error.sentence()}</Notice> })}
            <div class="dialog-actions">
                <Button on_press=move || context.ui.is_editing.set(false)>{texts::CANCEL}</Button>
                <Button busy=task.busy on_press=move || save(false)>{texts::SAVE}</Button>
                <Button variant=ButtonVariant::Primary submit=true busy=task.busy>{save_and_start}</Button>
            </div>
        </form>
    }
}
