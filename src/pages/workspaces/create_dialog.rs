//! The dialog that creates a workspace.

use super::texts;
use crate::api::{self, ApiError};
use crate::effect::Effect;
use crate::pages::shared::texts as shared;
use crate::routes::Page;
use crate::store::{Session, use_tracked_task};
use crate::ui::{Button, ButtonVariant, Dialog, Field, Notice, focus_id};
use leptos::prelude::*;
use leptos_router::hooks::use_navigate;
use vestibule_client::activity::Request;
use vestibule_model::validation::{MAX_NAME_CHARS, check_name};

/// The dialog.
#[component]
pub fn CreateDialog(open: RwSignal<bool>) -> impl IntoView {
    view! {
        <Dialog open=open title=texts::NEW>
            <CreateForm open=open />
        </Dialog>
    }
}

#[component]
fn CreateForm(open: RwSignal<bool>) -> impl IntoView {
    let name = RwSignal::new(String::new());
    let problem = RwSignal::new(None::<String>);
    let task = use_tracked_task(Request::Save);
    let navigate = use_navigate();
    let session = Session::expect();
    let of_field = |error: &Option<ApiError>| error.as_ref().and_then(|e| e.of_field("name"));
    let error = move || problem.get().or_else(|| of_field(&task.error.read()));
    let other_error = move || {
        let error = task.error.get();
        error
            .filter(|error| error.of_field("name").is_none())
            .map(|error| view! { <Notice>{error.sentence()}</Notice> })
    };
    Effect::new(move |_| {
        if of_field(&task.error.read()).is_some() {
            focus_id("workspace-name");
        }
    });
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        match check_name("name", &name.read_untracked()) {
            Err(found) => {
                problem.set(Some(found.message));
                focus_id("workspace-name");
            }
            Ok(name) => {
                problem.set(None);
                let navigate = navigate.clone();
                let create = async move {
                    let created = api::create_workspace(name).await?;
                    // The creator owns the workspace: their permissions have changed. Without them
                    // the page would offer less until it is loaded again.
                    let _ = session.ask().await;
                    Ok::<_, ApiError>(created)
                };
                task.run(create, move |workspace| {
                    navigate(&Page::Workspace(workspace.id).path(), Default::default());
                });
            }
        }
    };
    view! {
        <form class="form" on:submit=submit novalidate=true>
            <Field
                id="workspace-name"
                label=texts::NAME
                value=name
                autofocus=true
                hint=texts::NAME_HINT
                maxlength=MAX_NAME_CHARS * 2
                error=Signal::derive(error)
            />
            {other_error}
            <div class="dialog-actions">
                <Button on_press=move || open.set(false)>{shared::CANCEL}</Button>
                <Button variant=ButtonVariant::Primary submit=true busy=task.busy>{texts::CREATE}</Button>
            </div>
        </form>
    }
}
