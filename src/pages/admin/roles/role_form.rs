//! The dialogs of one role: its properties, a new role, a copy, and the deletion.

use super::editor::{Editor, OpenDialog};
use super::removal::Removal;
use super::texts;
use crate::effect::Effect;
use crate::ui::{Button, ButtonVariant, Dialog, Field, Icon, focus_autofocus, focus_id};
use leptos::prelude::*;
use std::collections::BTreeSet;
use vestibule_model::access::Role;
use vestibule_model::people::{MAX_TITLE_CHARS, check_role_name, check_title};

/// The dialog that is open, if any.
#[component]
pub fn RoleDialog(editor: Editor) -> impl IntoView {
    let open = RwSignal::new(false);
    let requested = editor.asked;
    Effect::new(move |_| open.set(requested.read().is_some()));
    Effect::new(move |before: Option<bool>| {
        let is_open = open.get();
        if before == Some(true) && !is_open {
            requested.set(None);
        }
        is_open
    });
    let title = Memo::new(move |_| {
        let draft = editor.draft.read();
        let of = |name: &str| {
            draft
                .now()
                .get(name)
                .map_or_else(String::new, |role| role.title.clone())
        };
        match &*requested.read() {
            Some(OpenDialog::Create(None)) | None => texts::NEW.to_owned(),
            Some(OpenDialog::Create(Some(name))) => texts::copy_of(&of(name)),
            Some(OpenDialog::Role(name)) => of(name),
            Some(OpenDialog::Delete(name)) => texts::delete_question(&of(name)),
        }
    });
    view! {
        <Dialog open=open title=title>
            {move || requested.get().map(|requested| match requested {
                OpenDialog::Create(source) => view! { <Form editor source is_new=true /> }.into_any(),
                OpenDialog::Role(name) => match is_open_to_change(editor, &name) {
                    true => view! { <Form editor source=Some(name) is_new=false /> }.into_any(),
                    false => view! { <Facts editor name /> }.into_any(),
                },
                OpenDialog::Delete(name) => view! { <Removal editor name /> }.into_any(),
            })}
        </Dialog>
    }
}

fn is_open_to_change(editor: Editor, name: &str) -> bool {
    let draft = editor.draft.read_untracked();
    let is_custom = draft.now().get(name).is_some_and(|role| !role.system);
    is_custom && editor.holding.read_untracked().may_edit()
}

/// Properties of a role that cannot be changed.
#[component]
fn Facts(editor: Editor, name: String) -> impl IntoView {
    focus_autofocus();
    let draft = editor.draft.read_untracked();
    let role = draft.now().get(&name).cloned();
    let is_system = role.as_ref().is_some_and(|role| role.system);
    let may_edit = editor.holding.read_untracked().may_edit();
    let inherits: Vec<String> = draft
        .now()
        .ancestors(&name)
        .iter()
        .map(|one| one.title.clone())
        .collect();
    view! {
        <p>{role.map(|role| role.description.clone())}</p>
        {(!inherits.is_empty()).then(|| view! {
            <p class="quiet">{texts::INHERITS}": "{inherits.join(", ")}</p>
        })}
        <p class="quiet">{if is_system { texts::SYSTEM_ROLE } else { texts::READ_ONLY }}</p>
        <div class="dialog-actions">
            <Button autofocus=true on_press=move || editor.asked.set(None)>{texts::CLOSE}</Button>
            {may_edit.then(|| view! { <CopyRole editor name /> })}
        </div>
    }
}

/// Opens the form for a copy.
#[component]
fn CopyRole(editor: Editor, name: String) -> impl IntoView {
    let press = move || {
        editor
            .asked
            .set(Some(OpenDialog::Create(Some(name.clone()))));
    };
    view! {
        <Button on_press=press>
            <Icon name="copy" />
            {texts::COPY}
        </Button>
    }
}

/// Form of a custom role: a new one, perhaps a copy, or an existing one.
#[component]
fn Form(editor: Editor, source: Option<String>, is_new: bool) -> impl IntoView {
    focus_autofocus();
    let draft = editor.draft.read_untracked();
    let found = source
        .as_ref()
        .and_then(|name| draft.now().get(name).cloned());
    let begin = |role: &Role| match is_new {
        true => (texts::copy_of(&role.title), String::new()),
        false => (role.title.clone(), role.name.clone()),
    };
    let (title, name) = found.as_deref().map(begin).unwrap_or_default();
    let title = RwSignal::new(title);
    let name = RwSignal::new(name);
    // The name follows the title until the user types another.
    let is_named = RwSignal::new(!is_new);
    let suggested = move || {
        if is_named.get() {
            name.get()
        } else {
            slug(&title.read())
        }
    };
    let description = RwSignal::new(
        found
            .as_ref()
            .map(|role| role.description.clone())
            .unwrap_or_default(),
    );
    let inherits = RwSignal::new(
        found
            .as_ref()
            .map(|role| role.inherits.iter().cloned().collect::<BTreeSet<_>>())
            .unwrap_or_default(),
    );
    let errors = RwSignal::new((None::<String>, None::<String>, None::<String>));
    let permissions = copied(editor, found.as_deref(), is_new);
    drop(draft);
    let own = source.filter(|_| !is_new);
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let name = suggested();
        let draft = editor.draft.read_untracked();
        let of_name = check_role_name("name", &name)
            .err()
            .map(|error| error.message);
        let is_taken = is_new && draft.now().get(&name).is_some();
        let of_name = of_name.or_else(|| is_taken.then(|| texts::NAME_TAKEN.to_owned()));
        drop(draft);
        let checked = check_title("title", &title.read_untracked(), false);
        let about = check_title("description", &description.read_untracked(), true);
        let message = |checked: &Result<String, vestibule_model::problem::FieldError>| {
            checked.as_ref().err().map(|error| error.message.clone())
        };
        errors.set((message(&checked), of_name.clone(), message(&about)));
        match (checked, of_name, about) {
            (Ok(title), None, Ok(description)) => {
                editor.draft.update(|draft| {
                    draft.put(Role {
                        name: name.clone(),
                        title,
                        description,
                        system: false,
                        permissions: permissions.clone(),
                        inherits: inherits.get_untracked().into_iter().collect(),
                    });
                });
                editor.asked.set(None);
            }
            (Err(_), ..) => drop(focus_id("role-title")),
            (_, Some(_), _) => drop(focus_id("role-name")),
            _ => drop(focus_id("role-description")),
        }
    };
    let name_value = crate::ui::FieldValue::new(
        Signal::derive(suggested),
        Callback::new(move |typed| {
            is_named.set(true);
            name.set(typed);
        }),
    );
    let own_for_actions = own.clone();
    view! {
        <form class="form" on:submit=submit novalidate=true>
            <Field id="role-title" label=texts::TITLE value=title autofocus=true maxlength=MAX_TITLE_CHARS
                error=Signal::derive(move || errors.read().0.clone()) />
            {is_new.then(|| view! {
                <Field id="role-name" label=texts::NAME value=name_value hint=texts::NAME_HINT
                    error=Signal::derive(move || errors.read().1.clone()) />
            })}
            <Field id="role-description" label=texts::DESCRIPTION value=description maxlength=MAX_TITLE_CHARS
                error=Signal::derive(move || errors.read().2.clone()) />
            <Inherits editor own chosen=inherits />
            <div class="dialog-actions">
                {own_for_actions.map(|name| {
                    let delete = name.clone();
                    view! {
                        <div class="dialog-more">
                            <CopyRole editor name />
                            <Button on_press=move || editor.asked.set(Some(OpenDialog::Delete(delete.clone())))>
                                <Icon name="trash" />
                                {texts::DELETE}
                            </Button>
                        </div>
                    }
                })}
                <Button on_press=move || editor.asked.set(None)>{texts::CANCEL}</Button>
                <Button variant=ButtonVariant::Primary submit=true>
                    {if is_new { texts::CREATE } else { texts::APPLY }}
                </Button>
            </div>
        </form>
    }
}

/// Returns the permissions of the role in the form. A copy has only those that the user may give.
fn copied(editor: Editor, found: Option<&Role>, is_new: bool) -> Vec<String> {
    let holding = editor.holding.read_untracked();
    let catalogue = editor.catalogue.read_untracked();
    let is_known = |name: &str| {
        catalogue
            .permissions
            .iter()
            .any(|one| one.name == name && !one.is_unknown)
    };
    let names = found
        .map(|role| role.permissions.clone())
        .unwrap_or_default();
    let kept = names
        .into_iter()
        .filter(|name| !is_new || (holding.holds(name) && is_known(name)));
    kept.collect()
}

/// Check boxes of the roles to inherit.
#[component]
fn Inherits(
    editor: Editor,
    own: Option<String>,
    chosen: RwSignal<BTreeSet<String>>,
) -> impl IntoView {
    let draft = editor.draft.get_untracked();
    let holding = editor.holding.get_untracked();
    let own = own.unwrap_or_default();
    let others = draft.now().roles.iter().filter(|role| role.name != own);
    let boxes = others.map(|role| {
        let (name, title) = (role.name.clone(), role.title.clone());
        let is_chosen = chosen.read_untracked().contains(&name);
        let refused = match draft.may_inherit(&own, &name, &holding) {
            Ok(()) => None,
            Err(_) if is_chosen => None,
            Err(missing) if missing.is_empty() => Some(texts::MAKES_CIRCLE.to_owned()),
            Err(missing) => Some(texts::not_held(&missing.join(", "))),
        };
        let is_refused = refused.is_some();
        let key = name.clone();
        let change = move |event: web_sys::Event| {
            let on = event_target_checked(&event);
            chosen.update(|chosen| {
                if on {
                    chosen.insert(name.clone())
                } else {
                    chosen.remove(&name)
                };
            });
        };
        view! {
            <label class="check">
                <input
                    type="checkbox"
                    disabled=is_refused
                    prop:checked=move || chosen.read().contains(&key)
                    on:change=change
                />
                {title}
                {refused.map(|why| view! { <span class="check-remark">{why}</span> })}
            </label>
        }
    });
    view! {
        <fieldset class="role-inherits">
            <legend class="label">{texts::INHERITS}</legend>
            <p class="quiet">{texts::INHERITS_HINT}</p>
            <div class="checks" tabindex="-1">{boxes.collect_view()}</div>
        </fieldset>
    }
}

/// Returns a name from a title.
fn slug(title: &str) -> String {
    let mut name = String::new();
    for c in title.to_ascii_lowercase().chars() {
        if c.is_ascii_lowercase() || (c.is_ascii_digit() && !name.is_empty()) {
            name.push(c);
        } else if !name.is_empty() && !name.ends_with('-') && name.len() < 60 {
            name.push('-');
        }
    }
    name.truncate(64);
    name.trim_end_matches('-').to_owned()
}

#[cfg(test)]
mod tests {
    use super::slug;

    #[test]
    fn a_title_suggests_a_valid_name() {
        assert_eq!(slug("Night shift (2)"), "night-shift-2");
        assert_eq!(slug("  7 Größen "), "gr-en");
        assert_eq!(slug("日本"), "");
        assert!(slug(&"ab ".repeat(90)).len() <= 64);
    }
}
