//! Filters, undo and redo, and the way to the review.

use super::editor::{Editor, OpenDialog};
use super::texts;
use crate::pages::shared::texts as shared;
use crate::ui::{Button, ButtonVariant, For, Icon, follow_slash};
use leptos::html;
use leptos::prelude::*;
use vestibule_client::roles::{Change, RolesDraft, changes};

/// Id of the field that filters the permissions.
pub const PERMISSION_FILTER: &str = "permission-filter";

/// The toolbar.
#[component]
pub fn Toolbar(editor: Editor) -> impl IntoView {
    let count = Memo::new(move |_| {
        let draft = editor.draft.read();
        changes(draft.base(), draft.now())
            .iter()
            .map(Change::count)
            .sum::<usize>()
    });
    let unchanged =
        Memo::new(move |_| (count.get() == 0).then(|| shared::NOTHING_CHANGED.to_owned()));
    let no_undo = Memo::new(move |_| {
        let can_undo = editor.draft.read().can_undo();
        (!can_undo).then(|| texts::NOTHING_TO_UNDO.to_owned())
    });
    let no_redo = Memo::new(move |_| {
        let can_redo = editor.draft.read().can_redo();
        (!can_redo).then(|| texts::NOTHING_TO_REDO.to_owned())
    });
    let may_edit = Memo::new(move |_| editor.holding.read().may_edit());
    follow_shortcuts(editor);
    view! {
        <div class="toolbar">
            <Search editor=editor is_for_roles=false />
            <Search editor=editor is_for_roles=true />
            <OneRole editor=editor />
            {move || may_edit.get().then(|| view! {
                <div class="matrix-actions">
                    <Button variant=ButtonVariant::Quiet label=texts::UNDO refused=no_undo on_press=move || editor.undo()>
                        <Icon name="undo" />
                    </Button>
                    <Button variant=ButtonVariant::Quiet label=texts::REDO refused=no_redo on_press=move || editor.redo()>
                        <Icon name="redo" />
                    </Button>
                    <span class="matrix-count quiet" role="status">{move || texts::changes(count.get())}</span>
                    <Button variant=ButtonVariant::Quiet refused=unchanged on_press=move || editor.draft.update(RolesDraft::discard)>
                        {texts::DISCARD}
                    </Button>
                    <Button variant=ButtonVariant::Primary refused=unchanged on_press=move || editor.reviewing.set(true)>
                        {texts::REVIEW}
                    </Button>
                </div>
            })}
        </div>
    }
}

/// Choice of the only role with a column, for narrow screens.
#[component]
fn OneRole(editor: Editor) -> impl IntoView {
    let only = Memo::new(move |_| editor.filter.read().only.clone().unwrap_or_default());
    let roles = Memo::new(move |_| {
        let draft = editor.draft.read();
        let all = draft.now().roles.iter();
        all.map(|role| (role.name.clone(), role.title.clone()))
            .collect::<Vec<_>>()
    });
    let choose = move |event: web_sys::Event| {
        let name = event_target_value(&event);
        editor
            .filter
            .update(|filter| filter.only = Some(name).filter(|name| !name.is_empty()));
    };
    view! {
        <select
            class="input matrix-one"
            aria-label=texts::SHOWN_ROLE
            data-state=move || if only.read().is_empty() { "all" } else { "one" }
            on:change=choose
        >
            <option value="" selected=move || only.read().is_empty()>{texts::ALL_ROLES}</option>
            <For
                each=move || roles.get()
                key=Clone::clone
                children=move |(name, title)| {
                    let own = name.clone();
                    view! { <option value=name selected=move || *only.read() == own>{title}</option> }
                }
            />
        </select>
    }
}

/// Button in the page's head.
#[component]
pub fn NewRole(editor: Editor) -> impl IntoView {
    move || {
        editor.holding.read().may_edit().then(|| {
            view! {
                <Button on_press=move || editor.asked.set(Some(OpenDialog::Create(None)))>
                    <Icon name="plus" />
                    {texts::NEW}
                </Button>
            }
        })
    }
}

#[component]
fn Search(editor: Editor, is_for_roles: bool) -> impl IntoView {
    let input = NodeRef::<html::Input>::new();
    let label = if is_for_roles {
        texts::FILTER_ROLES
    } else {
        texts::FILTER_PERMISSIONS
    };
    if !is_for_roles {
        follow_slash(input);
    }
    let text = Memo::new(move |_| {
        let filter = editor.filter.read();
        if is_for_roles {
            filter.roles.clone()
        } else {
            filter.permissions.clone()
        }
    });
    let set = move |text: String| {
        editor.filter.update(|filter| match is_for_roles {
            true => filter.roles = text,
            false => filter.permissions = text,
        });
    };
    view! {
        <div class="search" role="search" aria-label=label>
            <Icon name="search" size=14 />
            <input
                class="input"
                type="text"
                id=(!is_for_roles).then_some(PERMISSION_FILTER)
                node_ref=input
                aria-label=label
                placeholder=label
                autocomplete="off"
                spellcheck="false"
                prop:value=text
                on:input=move |event| set(event_target_value(&event))
                on:keydown=move |event| {
                    if event.key() == "Escape" {
                        event.prevent_default();
                        set(String::new());
                    }
                }
            />
        </div>
    }
}

/// Handles Ctrl Z (undo) and Ctrl Shift Z (redo), except where the user types.
fn follow_shortcuts(editor: Editor) {
    let listener = window_event_listener(leptos::ev::keydown, move |event| {
        let is_ctrl = event.ctrl_key() || event.meta_key();
        let key = event.key().to_ascii_lowercase();
        let is_busy = crate::ui::is_typing() || editor.reviewing.get_untracked();
        if !is_ctrl || is_busy || !matches!(key.as_str(), "z" | "y") {
            return;
        }
        event.prevent_default();
        match key == "y" || event.shift_key() {
            true => editor.redo(),
            false => editor.undo(),
        }
    });
    on_cleanup(move || listener.remove());
}
