//! Adding a secret that a start waits for: its name is filled in, and the start goes on by itself.

use super::page::SessionView;
use crate::ui::{Announcer, Dialog};
use crate::workspaces::{SecretForm, use_secret_names};
use leptos::prelude::*;
use vestibule_model::ids::WorkspaceId;

/// The dialog.
#[component]
pub fn SecretDialog(view: SessionView, workspace: WorkspaceId) -> impl IntoView {
    let announcer = Announcer::get();
    let added = Callback::new(move |name: String| {
        announcer.say(format!("The secret {name} was added"));
        view.desk.secret.try_set(false);
        view.watch.heard(None);
    });
    let cancel = Callback::new(move |()| view.desk.secret.set(false));
    let title = Signal::derive(move || match view.desk.secret_name.get() {
        name if name.is_empty() => "Add a secret".to_owned(),
        name => ["Add the secret ", &name].concat(),
    });
    view! {
        <Dialog open=view.desk.secret title=title>
            {
                let names = use_secret_names(&workspace);
                view! { <SecretForm names=names name=view.desk.secret_name.get_untracked() done=added cancel=cancel /> }
            }
        </Dialog>
    }
    .into_any()
}
