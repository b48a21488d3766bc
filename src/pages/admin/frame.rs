//! Frame of the administration's pages: the list of areas at the left, and the page.

use super::area::{Area, use_areas};
use super::texts;
use crate::pages::shared::NeedsPermission;
use crate::ui::{Icon, PageHeading};
use leptos::prelude::*;

/// Frame of a page of one area. Without the permission it says which one is missing.
#[component]
pub fn AdminFrame(area: Area, children: ChildrenFn) -> impl IntoView {
    let areas = use_areas();
    let is_open = Memo::new(move |_| areas.read().contains(&area));
    let entry = move |other: Area| {
        view! {
            <li>
                <a href=other.page().path() aria-current=(other == area).then_some("page")>
                    <Icon name=other.icon() />
                    {other.title()}
                </a>
            </li>
        }
    };
    let page = move || match (is_open.get(), area.needs().first()) {
        (false, Some(&permission)) => view! {
            <div class="page-top"><PageHeading text=area.title() /></div>
            <NeedsPermission permission=permission title=area.refusal() hint=texts::ASK />
        }
        .into_any(),
        _ => children(),
    };
    view! {
        <div class="admin">
            {move || (areas.read().len() > 1).then(|| view! {
                <nav class="admin-nav" aria-label=texts::ADMINISTRATION>
                    <ul>{areas.get().into_iter().map(entry).collect_view()}</ul>
                </nav>
            })}
            <div class="page">{page}</div>
        </div>
    }
}
