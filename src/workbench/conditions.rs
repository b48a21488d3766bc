//! The conditions as a table: for those who know Kubernetes, and for those who help them.

use super::facts::Facts;
use super::reading::condition_label;
use crate::ui::{Mark, When, live};
use crate::workbench::timeline::mark_of;
use leptos::prelude::*;
use vestibule_model::condition::Condition;

const COLUMNS: &[&str] = &["Type", "Status", "Reason", "Message", "Since"];

/// The table.
#[component]
pub fn Conditions(#[prop(into)] conditions: Signal<Vec<Condition>>) -> impl IntoView {
    view! {
        <details class="fold">
            <summary>"Conditions"</summary>
            <Facts label="Conditions" columns=COLUMNS>
                {live(move || conditions.get().into_iter().map(line).collect_view())}
            </Facts>
        </details>
    }
    .into_any()
}

fn line(condition: Condition) -> AnyView {
    let label = condition_label(&condition.kind);
    view! {
        <tr>
            <th scope="row" title=label><code>{condition.kind.to_string()}</code></th>
            <td><Mark kind=mark_of(&condition) />" "{condition.status.to_string()}</td>
            <td><code class="reason">{condition.reason}</code></td>
            <td class="long">{condition.message}</td>
            <td><When at=condition.last_transition_time /></td>
        </tr>
    }
    .into_any()
}
