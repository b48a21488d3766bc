//! Review of all changes: what they are, who is affected, what others changed; then the save.

use super::editor::{Editor, OpenDialog};
use super::saving::Saving;
use super::{texts, words};
use crate::api;
use crate::effect::Effect;
use crate::pages::shared::texts as shared;
use crate::store::use_task;
use crate::ui::{Button, ButtonVariant, Dialog, Notice, When, focus_autofocus};
use leptos::prelude::*;
use vestibule_client::roles::{Change, MergeChoice, MergeConflict, acts_blindly, changes, preview};
use vestibule_model::access::{Role, RoleImpact};

/// The dialog.
#[component]
pub fn Review(editor: Editor) -> impl IntoView {
    view! {
        <Dialog open=editor.reviewing title=texts::REVIEW_TITLE>
            <Content editor=editor />
        </Dialog>
    }
}

#[component]
fn Content(editor: Editor) -> impl IntoView {
    focus_autofocus();
    let saving = Saving::new(editor);
    let all = Memo::new(move |_| {
        let draft = editor.draft.read();
        changes(draft.base(), draft.now())
    });
    let unchanged = Memo::new(move |_| {
        all.read()
            .is_empty()
            .then(|| shared::NOTHING_CHANGED.to_owned())
    });
    view! {
        <div class="review">
            {move || saving.error.get().map(|error| view! { <Notice><p>{error}</p></Notice> })}
            {move || editor.merged.get().map(|merge| {
                let conflicts = merge.conflicts.into_iter();
                view! {
                    <Notice kind=crate::ui::MarkKind::Waiting><p>{texts::MERGED}</p></Notice>
                    {conflicts.map(|conflict| view! { <Contradiction editor conflict /> }).collect_view()}
                    <Changes title=texts::THEIRS editor changes=merge.theirs are_theirs=true />
                }
            })}
            {move || view! { <Changes title=texts::YOURS editor changes=all.get() /> }}
            <Impact editor=editor />
            <Warnings editor=editor />
        </div>
        <div class="dialog-actions">
            <Button autofocus=true on_press=move || editor.reviewing.set(false)>{texts::KEEP_EDITING}</Button>
            <Button
                variant=ButtonVariant::Primary
                busy=saving.task.busy
                refused=unchanged
                on_press=move || saving.run()
            >
                {texts::SAVE}
            </Button>
        </div>
    }
}

/// List of changes by role.
#[component]
fn Changes(
    title: &'static str,
    editor: Editor,
    changes: Vec<Change>,
    /// `true` for changes by others, which name who made them and when.
    #[prop(optional)]
    are_theirs: bool,
) -> impl IntoView {
    let catalogue = editor.catalogue.get_untracked();
    let authors = editor.authors.get_untracked();
    let is_empty = changes.is_empty();
    let roles = changes.into_iter().map(move |change| {
        let aspects = words::aspects(&change).iter().map(|aspect| {
            let (sign, text) = words::aspect(aspect, &catalogue);
            let kind = match sign {
                "+" => "added",
                "−" => "removed",
                _ => "changed",
            };
            let spoken = match sign {
                "+" => "added: ",
                "−" => "removed: ",
                _ => "",
            };
            view! {
                <li data-kind=kind>
                    <span class="review-sign" aria-hidden="true">{sign}</span>
                    <span class="visually-hidden">{spoken}</span>
                    {text}
                </li>
            }
        });
        let aspects = aspects.collect_view();
        let author = authors.get(change.name()).filter(|_| are_theirs);
        let author = author.and_then(|(who, at)| {
            let at = Signal::stored(Some((*at)?));
            let text = texts::changed_by(who.as_deref());
            Some(view! { <p class="quiet">{text}" "<When at=at /></p> })
        });
        view! {
            <div class="review-role">
                <h4>{words::heading(&change)}</h4>
                {author}
                <ul>{aspects}</ul>
            </div>
        }
    });
    view! {
        <section class="review-part">
            <h3>{title}</h3>
            {match is_empty {
                true => view! { <p class="quiet">{texts::NO_CHANGES}</p> }.into_any(),
                false => roles.collect_view().into_any(),
            }}
        </section>
    }
}

/// People and the permissions that they lose and gain.
#[component]
fn Impact(editor: Editor) -> impl IntoView {
    let impact = RwSignal::new(None::<RoleImpact>);
    let task = use_task();
    let requested = Memo::new(move |_| {
        let draft = editor.draft.read();
        preview(draft.base(), draft.now())
    });
    // The draft may change while an answer is under way: it is then asked again.
    let again = RwSignal::new(());
    Effect::new(move |_| {
        again.track();
        let sent = requested.get();
        impact.set(None);
        task.run(api::preview_roles(sent.clone()), move |reported| {
            match requested.get_untracked() == sent {
                true => impact.set(Some(reported)),
                false => again.set(()),
            }
        });
    });
    let list = move |reported: RoleImpact| {
        let catalogue = editor.catalogue.get_untracked();
        let sentences: Vec<String> = reported
            .permissions
            .iter()
            .flat_map(|one| words::effects(one, &catalogue))
            .collect();
        let yours: Vec<&str> = reported
            .yours
            .iter()
            .map(|name| catalogue.title(name))
            .collect();
        let yours = (!yours.is_empty()).then(|| texts::yours(&yours.join(", ")));
        let total = (reported.running_workbenches > 0)
            .then(|| format!("{}.", texts::running(reported.running_workbenches)));
        view! {
            {yours.map(|text| view! {
                <Notice kind=crate::ui::MarkKind::Waiting><p>{text}</p></Notice>
            })}
            {match sentences.is_empty() {
                true => view! { <p class="quiet">{texts::NO_EFFECT}</p> }.into_any(),
                false => view! {
                    <ul class="review-effects">
                        {sentences.into_iter().map(|text| view! { <li>{text}</li> }).collect_view()}
                    </ul>
                    <p class="quiet">{total}</p>
                }
                .into_any(),
            }}
        }
        .into_any()
    };
    view! {
        <section class="review-part" aria-busy=move || impact.read().is_none().to_string()>
            <h3>{texts::EFFECT}</h3>
            {move || match (impact.get(), task.error.get()) {
                (Some(reported), _) => list(reported),
                (None, Some(error)) => view! { <p class="quiet">{error.sentence()}</p> }.into_any(),
                (None, None) => view! { <p class="quiet">{texts::COUNTING}</p> }.into_any(),
            }}
        </section>
    }
}

/// Roles whose users could not see what they may change.
#[component]
fn Warnings(editor: Editor) -> impl IntoView {
    move || {
        let draft = editor.draft.read();
        let changed = draft
            .now()
            .roles
            .iter()
            .filter(|role| draft.base().get(&role.name) != Some(role));
        let blind = changed.filter(|role| !role.system && acts_blindly(&draft, role));
        let blind = blind.map(|role| format!("{} {}", role.title, texts::BLIND));
        blind
            .map(|text| view! { <Notice kind=crate::ui::MarkKind::Waiting><p>{text}</p></Notice> })
            .collect_view()
    }
}

/// A contradiction with the other decision as a button.
#[component]
fn Contradiction(editor: Editor, conflict: MergeConflict) -> impl IntoView {
    let name = conflict.role.clone();
    let change = move |change: fn(&mut Role, &str), text: String| {
        let name = name.clone();
        Callback::new(move |()| {
            let role = editor.draft.read_untracked().now().get(&name).cloned();
            if let Some(role) = role {
                let mut role = Role::clone(&role);
                change(&mut role, &text);
                editor.draft.update(|draft| draft.put(role));
            }
        })
    };
    let gone = conflict.role.clone();
    let delete = Callback::new(move |()| editor.draft.update(|draft| draft.delete(&gone, None)));
    // Its users need a replacement, as for any deletion.
    let requested = conflict.role.clone();
    let ask = Callback::new(move |()| {
        editor.reviewing.set(false);
        editor
            .asked
            .set(Some(OpenDialog::Delete(requested.clone())));
    });
    let other = match &conflict.choice {
        MergeChoice::Title(_, theirs) => Some((
            texts::USE_THEIRS,
            change(
                |role, text| text.clone_into(&mut role.title),
                theirs.clone(),
            ),
        )),
        MergeChoice::Description(_, theirs) => Some((
            texts::USE_THEIRS,
            change(
                |role, text| text.clone_into(&mut role.description),
                theirs.clone(),
            ),
        )),
        MergeChoice::DeletedByOthers => Some((texts::DELETE_TOO, delete)),
        MergeChoice::DeletedByUser => Some((texts::DELETE_ANYWAY, ask)),
        MergeChoice::BothCreated | MergeChoice::Circle => None,
    };
    let is_done = RwSignal::new(false);
    view! {
        <div class="review-conflict">
            <p>{words::conflict(&conflict)}</p>
            {move || other.filter(|_| !is_done.get()).map(|(label, press)| view! {
                <Button on_press=move || { is_done.set(true); press.run(()); }>{label}</Button>
            })}
        </div>
    }
}
