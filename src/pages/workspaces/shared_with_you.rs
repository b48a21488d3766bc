//! Workbenches that others share with the user, outside of the user's own workspaces.

use super::texts;
use crate::lazy::lazy;
use crate::pages::shared::{StateMark, StatusSummary};
use crate::routes::Page;
use crate::store::use_polled;
use crate::ui::For;
use leptos::prelude::*;
use vestibule_model::list::List;
use vestibule_model::workbench::Workbench;

/// The newest shared workbenches; the server has the others on further pages.
const PATH: &str = "/api/workbenches?shared=true&limit=100";

lazy! { shared_with_you:
    /// Renders the list of the workbenches that are shared with the user; nothing where there are none.
    pub fn shared_with_you(_args: ()) -> AnyView {
        view! { <SharedWithYou /> }.into_any()
    }
}

#[component]
fn SharedWithYou() -> impl IntoView {
    let list = use_polled::<List<Workbench>>(PATH);
    let items = move || list.data.get().map(|list| list.items).unwrap_or_default();
    let is_empty = Memo::new(move |_| {
        list.data
            .read()
            .as_ref()
            .is_none_or(|list| list.items.is_empty())
    });
    view! {
        <Show when=move || !is_empty.get()>
            <section aria-labelledby="shared-with-you">
                <h2 id="shared-with-you">{texts::SHARED}</h2>
                <ul class="cards">
                    <For each=items key=|workbench| (workbench.id.clone(), workbench.updated_at) children=|workbench| view! { <Card workbench /> } />
                </ul>
            </section>
        </Show>
    }
}

#[component]
fn Card(workbench: Workbench) -> impl IntoView {
    let summary = Signal::stored(StatusSummary::of(&workbench));
    let k8s_status = Signal::stored(workbench.k8s_status.to_string());
    let href = Page::Workbench(workbench.workspace_id, workbench.id).path();
    view! {
        <li class="card">
            <a class="card-title" href=href>{workbench.name}</a>
            <p class="card-note"><StateMark summary k8s_status /></p>
            <p class="card-time">{workbench.created_by_name.map(texts::of_person)}</p>
        </li>
    }
}
