//! The list of users.

use super::bulk::BulkAssign;
use super::create::CreateDialog;
use super::list::{UserList, use_user_list};
use super::query::PAGE_SIZE;
use super::table::UserTable;
use super::texts;
use super::toolbar::Toolbar;
use crate::pages::admin::{AdminFrame, Area};
use crate::pages::shared::{FreshnessBar, use_refusal};
use crate::store::{Breadcrumbs, Crumb};
use crate::ui::{Button, ButtonVariant, EmptyState, Icon, PageHeading, Skeleton};
use leptos::prelude::*;
use vestibule_model::access::{Permission, Resource};

/// The page.
#[component]
pub fn UsersPage() -> impl IntoView {
    Breadcrumbs::show(|| vec![Crumb::here(Area::Users.title())]);
    view! {
        <AdminFrame area=Area::Users>
            <Content />
        </AdminFrame>
    }
}

#[component]
fn Content() -> impl IntoView {
    let list = use_user_list();
    let refused = use_refusal(Permission::UserCreate, Resource::Platform);
    let creating = RwSignal::new(false);
    let create = Callback::new(move |()| creating.set(true));
    let is_empty = Memo::new(move |_| list.users.read().as_ref().map(Vec::is_empty));
    let show_all = move || {
        list.show(|shown| {
            shown.text.clear();
            shown.disabled = None;
        });
    };
    view! {
        <div class="page-top">
            <PageHeading text=Area::Users.title() />
            <Button variant=ButtonVariant::Primary refused on_press=create><Icon name="plus" />{texts::NEW}</Button>
        </div>
        <FreshnessBar freshness=list.poll.freshness on_retry=move || list.poll.retry() />
        <Toolbar list=list />
        {move || match is_empty.get() {
            None => view! { <Skeleton lines=8 /> }.into_any(),
            Some(true) => view! {
                <EmptyState icon="search" title=texts::EMPTY text=texts::EMPTY_TEXT>
                    <Button on_press=show_all>{texts::SHOW_ALL}</Button>
                </EmptyState>
            }
                .into_any(),
            Some(false) => view! { <UserTable list=list /> }.into_any(),
        }}
        <Pager list=list />
        <BulkAssign list=list />
        <CreateDialog open=creating list=list />
    }
}

/// The number of users, and buttons that turn the pages; these are absent while one page holds all.
#[component]
fn Pager(list: UserList) -> impl IntoView {
    let has_before = Memo::new(move |_| !list.cursors.read().is_empty());
    let has_next = Memo::new(move |_| list.next.read().is_some());
    let first = Signal::derive(move || (!has_before.get()).then(|| texts::FIRST_PAGE.to_owned()));
    let last = Signal::derive(move || (!has_next.get()).then(|| texts::LAST_PAGE.to_owned()));
    let count = move || {
        let count = list.users.read().as_ref().map_or(0, Vec::len);
        let first = list.cursors.read().len() * PAGE_SIZE + 1;
        texts::page_count(first, count, list.total.get())
    };
    let is_needed = Memo::new(move |before: Option<&bool>| {
        before == Some(&true) || has_before.get() || has_next.get()
    });
    view! {
        <nav class="pager" aria-label=texts::PAGES>
            <Show when=move || is_needed.get()>
                <Button refused=first on_press=move || list.go_back()>{texts::PREVIOUS}</Button>
                <Button refused=last on_press=move || list.go_on()>{texts::NEXT}</Button>
            </Show>
            <p class="quiet" role="status">{count}</p>
        </nav>
    }
}
