//! Dialog for a secret that a start waits for: its name is filled in, and the start continues by
//! itself.

use super::context::WorkbenchContext;
use super::texts;
use crate::lazy::lazy;
use crate::pages::spec::{SecretForm, use_secret_names};
use crate::ui::{Announcer, Dialog, focus_first_field};
use leptos::prelude::*;
use vestibule_model::ids::WorkspaceId;

lazy! { workbench_dialogs:
    /// Renders the form for a secret that a start waits for.
    pub fn missing_secret_form(args: (WorkbenchContext, WorkspaceId)) -> AnyView {
        let (context, workspace) = args;
        view! { <MissingSecretForm context workspace /> }.into_any()
    }
}

/// The dialog.
#[component]
pub fn SecretDialog(context: WorkbenchContext, workspace: WorkspaceId) -> impl IntoView {
    let ui = context.ui;
    let title = Signal::derive(move || texts::add_secret_title(&ui.secret_name.read()));
    view! {
        <Dialog open=ui.is_adding_secret title=title>
            {missing_secret_form().view((context, workspace.clone()))}
        </Dialog>
    }
}

/// The form in it.
#[component]
fn MissingSecretForm(context: WorkbenchContext, workspace: WorkspaceId) -> impl IntoView {
    let announcer = Announcer::expect();
    let ui = context.ui;
    let added = Callback::new(move |name: String| {
        announcer.say(texts::secret_added(&name));
        ui.is_adding_secret.try_set(false);
        context.workbench.watch.refresh();
    });
    let cancel = Callback::new(move |()| ui.is_adding_secret.set(false));
    focus_first_field();
    let names = use_secret_names(&workspace);
    view! { <SecretForm names=names name=ui.secret_name.get_untracked() done=added cancel=cancel /> }
}
