//! The conditions as a table, in the words of Kubernetes.

use super::fact_table::FactTable;
use super::texts;
use super::timeline::mark_of;
use crate::ui::{Mark, When};
use leptos::prelude::*;
use vestibule_model::condition::Condition;

const COLUMNS: &[&str] = &["Type", "Status", "Reason", "Message", "Since"];

/// The table, folded.
#[component]
pub fn Conditions(#[prop(into)] conditions: Signal<Vec<Condition>>) -> impl IntoView {
    view! {
        <details class="fold">
            <summary>{texts::CONDITIONS}</summary>
            <FactTable label=texts::CONDITIONS columns=COLUMNS>
                {move || conditions.get().into_iter().map(row).collect_view()}
            </FactTable>
        </details>
    }
}

fn row(condition: Condition) -> impl IntoView {
    let label = texts::condition_label(&condition.kind);
    view! {
        <tr>
            <th scope="row" title=label><code>{condition.kind.to_string()}</code></th>
            <td><Mark kind=mark_of(&condition) />" "{condition.status.to_string()}</td>
            <td><code class="reason">{condition.reason}</code></td>
            <td class="long">{condition.message}</td>
            <td><When at=condition.last_transition_time exact=true /></td>
        </tr>
    }
}
