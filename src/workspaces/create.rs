//! The form for a new workbench. No poll runs on this page: nothing resets what is typed (FIELD 8).

mod app_picker;
mod making;
mod preflight;

use super::lost::{Lost, no_workspace, use_workspace};
use super::{SpecDraft, SpecFields, focus_first_error, use_secret_names};
use crate::api::{self, ApiError};
use crate::hooks::{
    Crumb, Trail, random_workbench_id, register_run_of, seed_workbench, use_async_action, use_task,
};
use crate::routes::Page;
use crate::ui::{Button, Field, Look, Notice, PageHeading, Skeleton, attr, effect, focus, live};
use app_picker::AppPicker;
use leptos::prelude::*;
use leptos_router::hooks::use_navigate;
use making::{Making, is_slow};
use preflight::{Place, Preflight};
use vestibule_model::activity::Request;
use vestibule_model::app::App;
use vestibule_model::ids::WorkspaceId;
use vestibule_model::names::{MAX_NAME_CHARS, check_name};
use vestibule_model::problem::FieldError;
use vestibule_model::workbench::{DEFAULT_START_TIMEOUT_SECONDS, NewWorkbench, WorkbenchSpec};

/// The page with the form.
#[component]
pub fn NewWorkbenchPage(workspace: WorkspaceId) -> impl IntoView {
    let known = use_workspace(&workspace);
    let (name, lost) = (known.name, known.lost());
    // What is typed stays, also where the workspace goes meanwhile.
    let nowhere = Memo::new(move |_| lost.get().filter(|_| name.read_untracked().is_empty()));
    let list = Page::Workspace(workspace.clone());
    let back = list.path();
    Trail::follow(move || {
        vec![
            Crumb::to(&Page::Workspaces, "Workspaces"),
            Crumb::to(&list, name.get()),
            Crumb::here("New workbench"),
        ]
    });
    let apps = RwSignal::new(None::<Vec<App>>);
    let task = use_task();
    task.run(api::apps(), move |answer| {
        apps.try_set(Some(answer));
    });
    let making = RwSignal::new(None);
    view! {
        {live(move || making.get().map(|(name, app)| view! { <Making name=name app=app /> }))}
        <div class="page" data-width="form" hidden=attr(move || making.read().is_some())>
            <PageHeading text="New workbench" />
            {live(move || task.error.get().map(|error| view! { <Notice>{error.sentence()}</Notice> }))}
            {live(move || match apps.get() {
                _ if nowhere.get().is_some() => nowhere.get().map(no_workspace).into_any(),
                None if task.error.read().is_some() => ().into_any(),
                None => view! { <Skeleton lines=6 /> }.into_any(),
                Some(apps) => {
                    view! { <Form workspace=workspace.clone() lost=lost apps=apps back=back.clone() making=making /> }.into_any()
                }
            })}
        </div>
    }
    .into_any()
}

/// What is typed.
#[derive(Clone, Copy)]
struct Draft {
    app: RwSignal<Option<String>>,
    name: RwSignal<String>,
    spec: SpecDraft,
}

impl Draft {
    /// What is sent, or everything that is wrong.
    fn check(self) -> Result<NewWorkbench, Vec<FieldError>> {
        let mut errors = Vec::new();
        let name = check_name("name", &self.name.read_untracked())
            .map_err(|error| errors.push(error))
            .unwrap_or_default();
        let app = self.app.get_untracked().unwrap_or_else(|| {
            errors.push(FieldError::new("app", "Choose an app."));
            String::new()
        });
        let spec = self.spec.check().unwrap_or_else(|more| {
            errors.extend(more);
            WorkbenchSpec::default()
        });
        if errors.is_empty() {
            Ok(NewWorkbench {
                id: None,
                name,
                app,
                spec,
                desired: None,
            })
        } else {
            Err(errors)
        }
    }
}

#[component]
fn Form(
    workspace: WorkspaceId,
    lost: Memo<Option<Lost>>,
    apps: Vec<App>,
    back: String,
    making: RwSignal<Option<(String, String)>>,
) -> impl IntoView {
    let first = apps
        .iter()
        .find(|app| app.available)
        .map(|app| app.name.clone());
    let draft = Draft {
        app: RwSignal::new(first),
        name: RwSignal::new(String::new()),
        spec: SpecDraft::of(&WorkbenchSpec::default()),
    };
    let errors = draft.spec.errors;
    let secrets = use_secret_names(&workspace);
    let place = Place {
        apps: StoredValue::new(apps.clone()),
        secrets,
    };
    follow_timeout(draft, apps.clone());
    // One id for this form: sent twice it makes one workbench (a double click, a lost answer).
    let id = StoredValue::new(random_workbench_id());
    let task = use_async_action(Request::Create);
    let slow = is_slow(task.busy.into());
    effect(move || {
        let is_slow = slow.get();
        let named = || {
            let app = draft.app.get_untracked().unwrap_or_default();
            (draft.name.get_untracked(), app)
        };
        let was_slow = making.with_untracked(Option::is_some);
        if is_slow != was_slow {
            making.set(is_slow.then(named));
        }
    });
    let navigate = use_navigate();
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
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
                    move |made| {
                        register_run_of(&made);
                        let page = Page::Session(made.workspace_id.clone(), made.id.clone());
                        seed_workbench(made);
                        navigate(&page.path(), Default::default());
                    },
                );
            }
        }
    };
    effect(move || {
        let error = task.error.get();
        // The form is there again when what was waited for with it out of sight has failed.
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
        <form class="form" on:submit=submit novalidate=true>
            <AppPicker apps=apps chosen=draft.app error=draft.spec.error("app") />
            <Field id="workbench-name" label="Name" value=draft.name error=draft.spec.error("name") maxlength=MAX_NAME_CHARS * 2 />
            <SpecFields draft=draft.spec names=secrets />
            <Preflight draft=draft place=place />
            {live(move || {
                let error = task.error.get();
                let refused = error.as_ref().and_then(Lost::of_error).filter(|lost| *lost == Lost::Gone);
                match lost.get().or(refused) {
                    Some(lost) => Some(view! { <div role="alert">{no_workspace(lost)}</div> }.into_any()),
                    None => error.map(|error| view! { <Notice>{error.sentence()}</Notice> }.into_any()),
                }
            })}
            <div class="form-actions">
                <Button look=Look::Primary submit=true busy=task.busy>"Create workbench"</Button>
                <a class="button" data-look="quiet" href=back>"Cancel"</a>
            </div>
        </form>
    }
    .into_any()
}

fn has_no_focus() -> bool {
    let focused = document().active_element();
    focused.is_none_or(|focused| focused.tag_name() == "BODY")
}

/// The timeout follows the chosen app until somebody types another one.
fn follow_timeout(draft: Draft, apps: Vec<App>) {
    Effect::new(move |filled: Option<String>| {
        let app = draft.app.get();
        let seconds = apps
            .iter()
            .find(|candidate| Some(&candidate.name) == app.as_ref())
            .map(|app| app.start_timeout_seconds)
            .filter(|seconds| *seconds > 0)
            .unwrap_or(DEFAULT_START_TIMEOUT_SECONDS)
            .to_string();
        let typed = draft.spec.start_timeout;
        if filled.is_none_or(|filled| filled == *typed.read_untracked()) {
            typed.set(seconds.clone());
        }
        seconds
    });
}
