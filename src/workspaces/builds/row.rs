//! A build in the list.

use super::cancel::Asked;
use super::words::{Deed, length, sentence, state, title};
use crate::api;
use crate::hooks::Task;
use crate::routes::Page;
use crate::ui::{Button, Look, Mark, When, attr, live};
use leptos::prelude::*;
use leptos_router::hooks::use_navigate;
use std::collections::HashMap;
use vestibule_model::build::Build;
use vestibule_model::ids::BuildId;
use vestibule_model::time::Timestamp;

/// The row. Only what changes in it is touched.
#[component]
pub fn BuildRow(
    #[prop(name = "of")] build: RwSignal<Build>,
    /// What was made up for since, and by which.
    redone: RwSignal<HashMap<BuildId, BuildId>>,
    now: Signal<Timestamp>,
    /// For trying again: one at a time.
    task: Task,
    /// For the question before one is cancelled.
    asked: Asked,
) -> impl IntoView {
    let name = Memo::new(move |_| title(&build.read()));
    let shown = Memo::new(move |_| state(&build.read()));
    let newer = Memo::new(move |_| {
        let build = build.read();
        let id = redone.read().get(&build.id).cloned()?;
        Some(Page::Build(build.workspace_id.clone(), id))
    });
    let said = Memo::new(move |_| match newer.get() {
        Some(_) => "It was built since.".to_owned(),
        None => sentence(&build.read()),
    });
    let who = Memo::new(move |_| build.read().requested_by_name.clone());
    let when = Memo::new(move |_| build.read().created_at);
    let took = Memo::new(move |_| length(&build.read(), now.get()));
    let deed = Memo::new(move |_| Deed::of(&build.read()));
    let (workspace, id) = build.with_untracked(|b| (b.workspace_id.clone(), b.id.clone()));
    let href = Page::Build(workspace.clone(), id.clone()).path();
    let navigate = use_navigate();
    let retry = Callback::new(move |()| {
        let (workspace, navigate) = (workspace.clone(), navigate.clone());
        task.run(api::retry_build(id.clone()), move |fresh| {
            navigate(&Page::Build(workspace, fresh.id).path(), Default::default());
        });
    });
    let cancel = Callback::new(move |()| asked.about(Some(build.get_untracked())));
    let action = move || match (deed.get(), newer.get()) {
        (Some(Deed::Retry), Some(page)) => {
            let label = format!("Newer build of {}", name.get_untracked());
            view! { <a class="button" data-look="quiet" href=page.path() aria-label=label>"Newer build"</a> }
                .into_any()
        }
        (Some(Deed::Cancel), _) => {
            let label = format!("Cancel the build of {}", name.get_untracked());
            view! { <Button look=Look::Quiet label=label on_press=cancel>"Cancel"</Button> }
                .into_any()
        }
        (Some(Deed::Retry), None) => {
            let label = format!("Try again to build {}", name.get_untracked());
            view! { <Button look=Look::Quiet label=label busy=task.busy on_press=retry>"Try again"</Button> }
                .into_any()
        }
        (None, _) => ().into_any(),
    };
    view! {
        <tr data-kind=attr(move || shown.get().0.word())>
            <th scope="row">
                <div class="build-what">
                    <Mark kind=Signal::derive(move || shown.get().0) />
                    <span class="build-name">
                        <a href=href>{live(move || name.get())}</a>
                        <span class="build-word">{live(move || shown.get().1)}</span>
                    </span>
                    {live(move || Some(said.get()).filter(|said| !said.is_empty()).map(|said| view! {
                        <span class="build-said" title=said>{said.clone()}</span>
                    }))}
                </div>
            </th>
            <td class="build-who">{live(move || who.get())}</td>
            <td class="build-when"><When at=when /></td>
            <td class="build-took">{live(move || took.get())}</td>
            <td class="build-actions">{live(action)}</td>
        </tr>
    }
    .into_any()
}
