//! Asking before a workbench goes: it is named, what is lost is said, and the safe choice has the
//! focus.

use super::wishes::{Wish, Wishes};
use crate::ui::{Button, Dialog, Look, Notice, live};
use leptos::prelude::*;

/// The dialog.
#[component]
pub fn DeleteDialog(
    open: RwSignal<bool>,
    #[prop(into)] name: Signal<String>,
    wishes: Wishes,
    /// What follows once the server has taken the wish.
    #[prop(optional, into)]
    done: Option<Callback<()>>,
) -> impl IntoView {
    let delete = Callback::new(move |()| {
        wishes.run(Wish::Delete, move || {
            open.try_set(false);
            if let Some(done) = done {
                done.run(());
            }
        });
    });
    let title = Signal::derive(move || format!("Delete \u{201c}{}\u{201d}?", name.get()));
    view! {
        <Dialog open=open title=title>
            <p>"The app is stopped, and the workbench goes with its folder and everything in it. This cannot be undone."</p>
            {live(move || wishes.task.error.get().map(|error| view! { <Notice>{error.sentence()}</Notice> }))}
            <div class="dialog-actions">
                <Button autofocus=true on_press=Callback::new(move |()| open.set(false))>"Cancel"</Button>
                <Button look=Look::Danger busy=wishes.task.busy on_press=delete>"Delete workbench"</Button>
            </div>
        </Dialog>
    }
    .into_any()
}
