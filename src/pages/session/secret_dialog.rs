//! Dialog for a secret that a start waits for: its name is filled in, and the start continues by
//! itself.

use super::context::SessionContext;
use super::texts;
use crate::pages::spec::{SecretForm, use_secret_names};
use crate::ui::{Announcer, Dialog};
use leptos::prelude::*;
use vestibule_model::ids::WorkspaceId;

/// The dialog.
#[component]
pub fn SecretDialog(session: SessionContext, workspace: WorkspaceId) -> impl IntoView {
    let announcer = Announcer::get();
    let ui = session.ui;
    let added = Callback::new(move |name: String| {
        announcer.say(texts::secret_added(&name));
        ui.secret.try_set(false);
        session.workbench.watch.refresh();
    });
    let cancel = Callback::new(move |()| ui.secret.set(false));
    let title = Signal::derive(move || texts::add_secret_title(&ui.secret_name.read()));
    view! {
        <Dialog open=ui.secret title=title>
            {
                let names = use_secret_names(&workspace);
                view! { <SecretForm names=names name=ui.secret_name.get_untracked() done=added cancel=cancel /> }
            }
        </Dialog>
    }
}
