//! Assigning a role to several users, with the failures one by one.

use super::list::UserList;
use super::texts;
use crate::api;
use crate::pages::people::{GrantDraft, GrantFields};
use crate::pages::shared::{BulkResults, texts as shared, use_refusal};
use crate::ui::{Button, ButtonVariant, Dialog, Toasts};
use leptos::prelude::*;
use leptos::task::spawn_local;
use std::collections::BTreeMap;
use vestibule_model::access::{Permission, Resource};
use vestibule_model::ids::UserId;
use vestibule_model::people::NewGrant;

/// Number of users beyond which only the number is shown.
const NAMED: usize = 8;

/// Progress of an assignment.
#[derive(Debug, Clone, Default, PartialEq)]
struct BulkProgress {
    total: usize,
    done: usize,
    failed: Vec<BulkFailure>,
}

/// A user who did not get the role.
#[derive(Debug, Clone, PartialEq)]
struct BulkFailure {
    user: UserId,
    name: String,
    why: String,
}

impl BulkProgress {
    fn is_under_way(&self) -> bool {
        self.done < self.total
    }
}

/// The bar about the selection, and its dialog.
#[component]
pub fn BulkAssign(list: UserList) -> impl IntoView {
    let selected = list.selected;
    let count = Memo::new(move |_| selected.read().len());
    let refused = use_refusal(Permission::UserGrant, Resource::Platform);
    let open = RwSignal::new(false);
    let progress = RwSignal::new(None::<BulkProgress>);
    let grant = StoredValue::new(None::<NewGrant>);
    let toasts = Toasts::expect();
    let assign = move |users: BTreeMap<UserId, String>| {
        let Some(requested) = grant.get_value() else {
            return;
        };
        let total = users.len();
        progress.set(Some(BulkProgress {
            total,
            ..BulkProgress::default()
        }));
        spawn_local(async move {
            for (user, name) in users {
                let outcome = api::add_grant(user.clone(), requested.clone()).await;
                progress.try_update(|progress| {
                    let Some(progress) = progress else { return };
                    progress.done += 1;
                    if let Err(error) = outcome {
                        let why = error.sentence();
                        progress.failed.push(BulkFailure { user, name, why });
                    }
                });
            }
            list.poll.refresh();
            let has_failed = progress.try_with_untracked(|progress| {
                progress.as_ref().is_some_and(|p| !p.failed.is_empty())
            });
            if has_failed == Some(false) {
                open.try_set(false);
                selected.try_set(BTreeMap::new());
                toasts.show(texts::assigned(total));
            }
        });
    };
    let begin = Callback::new(move |requested: NewGrant| {
        grant.set_value(Some(requested));
        assign(selected.get_untracked());
    });
    let retry = Callback::new(move |()| {
        let failed = progress.with_untracked(|progress| {
            let failed = progress.iter().flat_map(|progress| &progress.failed);
            failed
                .map(|failure| (failure.user.clone(), failure.name.clone()))
                .collect()
        });
        assign(failed);
    });
    let title = Signal::derive(move || match &*progress.read() {
        None => texts::assign_to(count.get()),
        Some(progress) if progress.is_under_way() => {
            texts::assigning(progress.done, progress.total)
        }
        Some(progress) => texts::failed(progress.failed.len(), progress.total),
    });
    let ask = move || {
        progress.set(None);
        open.set(true);
    };
    view! {
        <Show when=move || count.get() != 0>
            <div class="selection" role="region" aria-label=move || texts::selected(count.get())>
                <span>{move || texts::selected(count.get())}</span>
                <Button refused on_press=ask>{texts::ASSIGN}</Button>
                <Button variant=ButtonVariant::Quiet on_press=move || selected.set(BTreeMap::new())>{texts::CLEAR_SELECTION}</Button>
            </div>
        </Show>
        <Dialog open=open title=title>
            {move || match progress.read().is_some() {
                false => view! { <Question list=list open=open begin=begin /> }.into_any(),
                true => view! { <Results progress=progress open=open retry=retry /> }.into_any(),
            }}
        </Dialog>
    }
}

#[component]
fn Question(list: UserList, open: RwSignal<bool>, begin: Callback<NewGrant>) -> impl IntoView {
    let draft = GrantDraft::new(0);
    let names: Vec<String> = list
        .selected
        .with_untracked(|all| all.values().cloned().collect());
    let more = names.len().saturating_sub(NAMED);
    let submit = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        if let Some(requested) = draft.wanted() {
            begin.run(requested);
        }
    };
    view! {
        <form class="form" on:submit=submit novalidate=true>
            <ul class="named">
                {names.into_iter().take(NAMED).map(|name| view! { <li><bdi>{name}</bdi></li> }).collect_view()}
                {(more > 0).then(|| view! { <li class="quiet">{texts::more(more)}</li> })}
            </ul>
            <GrantFields draft=draft />
            <div class="dialog-actions">
                <Button on_press=move || open.set(false)>{shared::CANCEL}</Button>
                <Button variant=ButtonVariant::Primary submit=true>{texts::ASSIGN_BUTTON}</Button>
            </div>
        </form>
    }
}

#[component]
fn Results(
    progress: RwSignal<Option<BulkProgress>>,
    open: RwSignal<bool>,
    retry: Callback<()>,
) -> impl IntoView {
    let of = move |read: fn(&BulkProgress) -> usize| {
        Signal::derive(move || progress.read().as_ref().map_or(0, read))
    };
    let failed = Signal::derive(move || {
        let progress = progress.read();
        let failed = progress.iter().flat_map(|progress| &progress.failed);
        let failed = failed.map(|failure| (failure.name.clone(), failure.why.clone()));
        failed.collect::<Vec<_>>()
    });
    view! {
        <BulkResults
            label=texts::ASSIGNING
            total=of(|progress| progress.total)
            done=of(|progress| progress.done)
            failed=failed
            open=open
            retry_label=texts::TRY_AGAIN
            on_retry=retry
        />
    }
}
