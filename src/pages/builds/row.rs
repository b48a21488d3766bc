//! Row of a build in the list.

use super::cancel::CancelState;
use super::texts;
use super::words::{BuildAction, length, sentence, state, title};
use crate::api;
use crate::pages::shared::use_reader;
use crate::routes::Page;
use crate::store::{Store, Task};
use crate::ui::{Button, ButtonVariant, Mark, When};
use leptos::prelude::*;
use leptos_router::hooks::use_navigate;
use vestibule_client::store::Topic;
use vestibule_model::build::Build;
use vestibule_model::ids::BuildId;
use vestibule_model::time::Timestamp;

/// The row. Only the cells that change are touched.
#[component]
pub fn BuildRow(
    id: BuildId,
    #[prop(name = "of")] build: Memo<Build>,
    now: Signal<Timestamp>,
    /// The request to try again: one at a time.
    task: Task,
    /// The confirmation before a build is cancelled.
    requested: CancelState,
    /// Reason why the user may do neither, or `None`.
    refused: Memo<Option<String>>,
) -> impl IntoView {
    let name = Memo::new(move |_| title(&build.read()));
    let shown = Memo::new(move |_| state(&build.read()));
    let store = Store::expect();
    let of = id.clone();
    let newer = store.select(Topic::Builds, move |state| {
        let newer = state.successor_of(&of)?;
        Some(Page::Build(newer.workspace_id.clone(), newer.id.clone()))
    });
    let reader = use_reader();
    let text = Memo::new(move |_| match newer.get() {
        Some(_) => texts::BUILT_SINCE.to_owned(),
        None => reader.message(sentence(&build.read())),
    });
    let who = Memo::new(move |_| build.read().requested_by_name.clone());
    let when = Memo::new(move |_| build.read().created_at);
    let took = Memo::new(move |_| length(&build.read(), now.get()));
    let command = Memo::new(move |_| BuildAction::of(&build.read()));
    let workspace = build.with_untracked(|build| build.workspace_id.clone());
    let href = Page::Build(workspace.clone(), id.clone()).path();
    let navigate = use_navigate();
    let retry = move || {
        let (workspace, navigate) = (workspace.clone(), navigate.clone());
        task.run(api::retry_build(id.clone()), move |fresh| {
            store.put_build(fresh.clone());
            navigate(&Page::Build(workspace, fresh.id).path(), Default::default());
        });
    };
    let cancel = Callback::new(move |()| requested.about(Some(build.get_untracked())));
    let action = move || match (command.get(), newer.get()) {
        (Some(BuildAction::Retry), Some(page)) => {
            let label = texts::newer_build_of(&name.get_untracked());
            view! { <a class="button" data-variant="quiet" href=page.path() aria-label=label>{texts::NEWER_BUILD}</a> }
                .into_any()
        }
        (Some(BuildAction::Cancel), _) => {
            let label = texts::cancel_build_of(&name.get_untracked());
            view! { <Button variant=ButtonVariant::Quiet label=label refused on_press=cancel>{texts::CANCEL}</Button> }
                .into_any()
        }
        (Some(BuildAction::Retry), None) => {
            let label = texts::try_again_to_build(&name.get_untracked());
            view! { <Button variant=ButtonVariant::Quiet label=label refused busy=task.busy on_press=retry.clone()>{texts::TRY_AGAIN}</Button> }
                .into_any()
        }
        (None, _) => ().into_any(),
    };
    view! {
        <tr data-kind=move || shown.get().0.as_str()>
            <th scope="row">
                <div class="build-what">
                    <Mark kind=Signal::derive(move || shown.get().0) />
                    <span class="build-name">
                        <a href=href>{name}</a>
                        <span class="build-word">{move || shown.get().1}</span>
                    </span>
                    {move || Some(text.get()).filter(|text| !text.is_empty()).map(|text| view! {
                        <span class="build-said" title=text>{text.clone()}</span>
                    })}
                </div>
            </th>
            <td class="build-who">{who}</td>
            <td class="build-when"><When at=when /></td>
            <td class="build-took">{took}</td>
            <td class="build-actions">{action}</td>
        </tr>
    }
}
