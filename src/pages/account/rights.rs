//! The section with the user's grants and their permissions.

use super::texts;
use crate::pages::people::ScopeName;
use crate::store::RoleList;
use crate::ui::When;
use leptos::prelude::*;
use vestibule_model::access::Grant;
use vestibule_model::auth::Me;

/// The section.
#[component]
pub fn RightsSection(me: Memo<Option<Me>>) -> impl IntoView {
    let rows = move || {
        let grants = me.get().map(|me| me.grants).unwrap_or_default();
        if grants.is_empty() {
            return view! { <p class="quiet">{texts::RIGHTS_EMPTY}</p> }.into_any();
        }
        let rows = grants
            .into_iter()
            .map(|grant| view! { <Row grant=grant /> });
        view! {
            <table class="account-table" aria-labelledby="account-rights">
                <thead>
                    <tr>
                        <th scope="col">{texts::ROLE}</th>
                        <th scope="col">{texts::WHERE}</th>
                        <th scope="col">{texts::PERMISSIONS}</th>
                        <th scope="col">{texts::UNTIL}</th>
                    </tr>
                </thead>
                <tbody>{rows.collect_view()}</tbody>
            </table>
        }
        .into_any()
    };
    view! {
        <section class="setting" aria-labelledby="account-rights">
            <div class="setting-top"><h2 id="account-rights">{texts::RIGHTS}</h2></div>
            <p class="setting-text">{texts::RIGHTS_TEXT}</p>
            {rows}
        </section>
    }
}

#[component]
fn Row(grant: Grant) -> impl IntoView {
    let names: Vec<&str> = grant.permissions.iter().map(|one| one.name()).collect();
    let count = texts::permissions(names.len());
    let roles = RoleList::expect();
    let role = grant.role;
    let end = match grant.expires_at {
        Some(at) => view! { <When at=Signal::stored(Some(at)) /> }.into_any(),
        None => texts::NO_END.into_any(),
    };
    view! {
        <tr>
            <th scope="row">{move || roles.title(&role)}</th>
            <td data-label=texts::WHERE><ScopeName scope=grant.scope /></td>
            <td data-label=texts::PERMISSIONS>
                <details class="account-names"><summary>{count}</summary>{names.join(", ")}</details>
            </td>
            <td data-label=texts::UNTIL>{end}</td>
        </tr>
    }
}
