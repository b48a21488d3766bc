//! The dialog that renames the selected tab.

use super::state::TabsState;
use super::texts;
use crate::lazy::lazy;
use crate::ui::{Button, ButtonVariant, Dialog, Field, focus_first_field};
use leptos::prelude::*;
use vestibule_model::tab::{MAX_TITLE, Tab};

lazy! { workbench_dialogs:
    /// Renders the form for the title of a tab.
    pub fn rename_form(args: (TabsState, Tab)) -> AnyView {
        let (tabs, tab) = args;
        view! { <Form tabs tab /> }.into_any()
    }
}

/// The dialog.
#[component]
pub fn RenameDialog(tabs: TabsState) -> impl IntoView {
    let tab = move || {
        let list = tabs.list.read_untracked();
        let selected = tabs.selected.get_untracked()?;
        list.iter().find(|tab| tab.id == selected).cloned()
    };
    let title = Signal::derive(move || {
        let is_open = tabs.is_renaming.get();
        let tab = is_open.then(tab).flatten();
        texts::rename_title(&tab.map(|tab| tab.title).unwrap_or_default())
    });
    view! {
        <Dialog open=tabs.is_renaming title=title>
            {tab().map(|tab| rename_form().view((tabs, tab)))}
        </Dialog>
    }
}

/// The form in it. Updates change nothing that is typed.
#[component]
fn Form(tabs: TabsState, tab: Tab) -> impl IntoView {
    focus_first_field();
    let title = RwSignal::new(tab.title.clone());
    let id = StoredValue::new(tab.id);
    let empty = Memo::new(move |_| {
        title
            .read()
            .trim()
            .is_empty()
            .then(|| texts::ENTER_TITLE.to_owned())
    });
    let save = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        if empty.read_untracked().is_none() {
            tabs.rename(id.get_value(), title.get_untracked());
            tabs.is_renaming.set(false);
        }
    };
    view! {
        <form on:submit=save>
            <Field id="tab-title" label=texts::TITLE value=title maxlength=MAX_TITLE autofocus=true />
            <div class="dialog-actions">
                <Button variant=ButtonVariant::Primary submit=true refused=empty>{texts::SAVE}</Button>
            </div>
        </form>
    }
}
