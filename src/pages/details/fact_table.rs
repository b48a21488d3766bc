//! A table of facts about a run. One that is too wide scrolls by itself, also by keyboard.

use leptos::prelude::*;

/// The table, with its rows as children.
#[component]
pub fn FactTable(
    /// Accessible name.
    label: &'static str,
    columns: &'static [&'static str],
    children: Children,
) -> impl IntoView {
    let head = |column: &&'static str| view! { <th scope="col">{*column}</th> };
    view! {
        <div class="scroll-x" tabindex="0" role="region" aria-label=label>
            <table class="facts">
                <thead>
                    <tr>{columns.iter().map(head).collect_view()}</tr>
                </thead>
                <tbody>{children()}</tbody>
            </table>
        </div>
    }
}
