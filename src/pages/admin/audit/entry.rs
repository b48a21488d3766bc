//! Entry of the log: who did what, when and from where, with the changed fields below.

use super::difference::{FieldChange, difference};
use super::{texts, words};
use crate::ui::{Icon, When};
use leptos::prelude::*;
use vestibule_model::people::AuditEntry;

/// Entry.
#[component]
pub fn Entry(
    entry: AuditEntry,
    /// Filters by the value of a name that is pressed: the actor, then the target.
    on_actor: Callback<String>,
    on_target: Callback<String>,
) -> impl IntoView {
    let changed = difference(&entry.before, &entry.after);
    let actor_id = entry.actor_id.as_ref().map(ToString::to_string);
    let place = match entry.address.as_str() {
        "" => texts::COMMAND_LINE.to_owned(),
        address => address.to_owned(),
    };
    let (target_id, target) = (
        entry.target_id.clone(),
        shown(&entry.target_name, &entry.target_id),
    );
    let actor = shown(&entry.actor_name, actor_id.as_deref().unwrap_or_default());
    view! {
        <li class="audit-entry">
            <p class="audit-line">
                {match actor_id {
                    Some(id) => view! {
                        <button type="button" class="audit-name" title=id.clone() on:click=move |_| on_actor.run(id.clone())>{actor}</button>
                    }
                    .into_any(),
                    None => view! { <b>{actor}</b> }.into_any(),
                }}
                " "{words::verb(&entry.action)}" "
                <button type="button" class="audit-name" title=target_id.clone() on:click=move |_| on_target.run(target_id.clone())>{target}</button>
            </p>
            <p class="audit-about quiet">
                <When at=Signal::stored(Some(entry.at)) />
                " · "{place}" · "<code>{entry.action}</code>
            </p>
            {(!changed.is_empty()).then(|| view! { <Fields changed=changed /> })}
        </li>
    }
}

fn shown(name: &str, id: &str) -> String {
    if name.is_empty() { id } else { name }.to_owned()
}

#[component]
fn Fields(changed: Vec<FieldChange>) -> impl IntoView {
    let values =
        |values: Vec<String>, kind: &'static str, sign: &'static str, spoken: &'static str| {
            let values = values.into_iter().map(move |value| {
                view! {
                    <li data-kind=kind>
                        <span class="review-sign" aria-hidden="true">{sign}</span>
                        <span class="visually-hidden">{spoken}": "</span>
                        {value}
                    </li>
                }
            });
            values.collect_view()
        };
    let count = changed.len();
    let rows = changed.into_iter().map(|one| {
        view! {
            <div class="audit-field">
                <h2>{one.field}</h2>
                <ul>
                    {values(one.removed, "removed", "−", texts::BEFORE)}
                    {values(one.added, "added", "+", texts::AFTER)}
                </ul>
            </div>
        }
    });
    view! {
        <details class="more">
            <summary><Icon name="chevron" size=14 />{texts::DETAILS}" ("{count}")"</summary>
            <div class="audit-fields">{rows.collect_view()}</div>
        </details>
    }
}
