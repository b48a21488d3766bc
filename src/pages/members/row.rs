//! Row of a member with their grants.

use super::state::{DialogState, Members, shown_name};
use super::texts;
use crate::pages::people::Identity;
use crate::store::RoleList;
use crate::ui::{Button, ButtonVariant, When};
use leptos::prelude::*;
use std::collections::BTreeSet;
use vestibule_model::access::{Scope, lacks};
use vestibule_model::people::Member;

/// The row.
#[component]
pub fn Row(
    member: Member,
    members: Members,
    may: Memo<bool>,
    requested: DialogState,
) -> impl IntoView {
    let roles = RoleList::expect();
    let name = shown_name(&member);
    let is_self = untrack(|| members.is_self(&member));
    let here = members.grants_here(&member);
    let is_here = !here.is_empty();
    let ends = here.iter().filter_map(|grant| grant.expires_at).min();
    let grants = member.grants.clone();
    let access = move || {
        let rows = grants.iter().map(|grant| {
            let is_everywhere = matches!(&grant.scope, Scope::Workspace(id) if id == "*");
            let title = roles.title(&grant.role);
            view! {
                <span class="access">
                    {title}
                    {is_everywhere.then(|| view! { " "<span class="quiet">{texts::OF_ALL}</span> })}
                </span>
            }
        });
        rows.collect_view()
    };
    // Roles with more than the reader has are neither taken nor replaced.
    let held: BTreeSet<String> = here
        .iter()
        .flat_map(|grant| grant.permissions.iter())
        .map(|permission| permission.name().to_owned())
        .collect();
    let refused = Signal::derive(move || {
        if !is_here {
            return Some(texts::ELSEWHERE.to_owned());
        }
        let scope = Scope::Workspace(members.workspace.get_value().to_string());
        let missing = lacks(&members.own_grants(), held.clone(), &scope, None);
        (!missing.is_empty()).then(|| texts::not_held(&missing))
    });
    let not_here = Signal::stored((!is_here).then(|| texts::ELSEWHERE.to_owned()));
    let labels = [texts::CHANGE, texts::REMOVE].map(|verb| texts::labelled(verb, &name));
    let (username, display_name) = (member.username.clone(), member.display_name.clone());
    let member = StoredValue::new(member);
    let actions = move || {
        let [change, remove] = labels.clone();
        view! {
            {may.get().then(|| view! {
                <Button variant=ButtonVariant::Quiet label=change refused=refused on_press=move || requested.change(member.get_value())>{texts::CHANGE}</Button>
            })}
            {match (is_self, may.get()) {
                (true, _) => view! {
                    <Button variant=ButtonVariant::Quiet refused=not_here on_press=move || requested.leave(member.get_value())>{texts::LEAVE}</Button>
                }
                    .into_any(),
                (false, true) => view! {
                    <Button variant=ButtonVariant::Quiet label=remove refused=refused on_press=move || requested.remove(member.get_value())>{texts::REMOVE}</Button>
                }
                    .into_any(),
                (false, false) => ().into_any(),
            }}
        }
    };
    view! {
        <tr>
            <th scope="row"><Identity username=username display_name=display_name href=None is_self=is_self /></th>
            <td>{access}</td>
            <td class="people-when" data-label=texts::COLUMN_ENDS>
                {match ends {
                    Some(at) => view! { <When at=Signal::stored(Some(at)) exact=true /> }.into_any(),
                    None => texts::NEVER_ENDS.into_any(),
                }}
            </td>
            <td class="people-actions" data-wide="">{actions}</td>
        </tr>
    }
}
