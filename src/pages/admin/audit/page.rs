//! The page of the audit log.

use super::entry::Entry;
use super::filters::{AuditFilter, Filters, clear};
use super::texts;
use crate::api;
use crate::effect::Effect;
use crate::pages::admin::{AdminFrame, Area};
use crate::store::{Breadcrumbs, Crumb, use_task};
use crate::ui::{Button, EmptyState, For, Icon, Notice, PageHeading, Skeleton};
use leptos::prelude::*;
use vestibule_model::people::AuditEntry;

/// The page.
#[component]
pub fn AuditPage() -> impl IntoView {
    Breadcrumbs::show(|| vec![Crumb::here(Area::Audit.title())]);
    view! {
        <AdminFrame area=Area::Audit>
            <Content />
        </AdminFrame>
    }
}

/// Entries that were fetched, and the place of the next page.
#[derive(Debug, Clone, Default, PartialEq)]
struct FetchedEntries {
    entries: Vec<AuditEntry>,
    next: Option<String>,
}

#[component]
fn Content() -> impl IntoView {
    let filter = RwSignal::new(AuditFilter::default());
    let known = RwSignal::new(None::<FetchedEntries>);
    // Which filter the entries belong to: an answer for another one is dropped.
    let requested = RwSignal::new(0_u32);
    let task = RwSignal::new(use_task());
    let fetch = move |cursor: Option<String>| {
        let (number, query) = (
            requested.get_untracked(),
            filter.with_untracked(AuditFilter::query),
        );
        let page = cursor.as_ref().map(|cursor| format!("&cursor={cursor}"));
        let address = format!("{query}{}", page.unwrap_or_default());
        task.get_untracked().run(api::audit(address), move |list| {
            if requested.get_untracked() != number {
                return;
            }
            known.update(|known| {
                let before = known.take().filter(|_| cursor.is_some());
                let mut entries = before.unwrap_or_default().entries;
                entries.extend(list.items);
                let next = list.next_cursor;
                *known = Some(FetchedEntries { entries, next });
            });
        });
    };
    let owner = Owner::current();
    let begin = Callback::new(move |()| {
        requested.update(|requested| *requested += 1);
        known.set(None);
        // A request for another filter may be under way: this one has a task of its own.
        if let Some(owner) = owner.clone() {
            task.set(owner.with(use_task));
        }
        fetch(None);
    });
    Effect::new(move |_| {
        filter.track();
        begin.run(());
    });
    let on_actor = Callback::new(move |id| filter.update(|filter| filter.actor = id));
    let on_target = Callback::new(move |id| filter.update(|filter| filter.target = id));
    let more = move || {
        let next =
            known.with_untracked(|known| known.as_ref().and_then(|known| known.next.clone()));
        if next.is_some() {
            fetch(next);
        }
    };
    let empty = move || match filter.read().is_empty() {
        true => view! { <EmptyState icon="history" title=texts::EMPTY text=texts::EMPTY_TEXT /> }
            .into_any(),
        false => view! {
            <EmptyState icon="search" title=texts::NOTHING text=texts::NOTHING_TEXT>
                <Button on_press=move || clear(filter)>{texts::CLEAR}</Button>
            </EmptyState>
        }
        .into_any(),
    };
    let is_some = Memo::new(move |_| known.read().as_ref().map(|known| !known.entries.is_empty()));
    let error = Memo::new(move |_| task.get().error.get().map(|error| error.sentence()));
    let is_busy = Signal::derive(move || task.get().busy.get());
    let count = move || {
        let known = known.read();
        let known = known.as_ref()?;
        (!known.entries.is_empty()).then(|| texts::shown(known.entries.len(), known.next.is_some()))
    };
    let list = move || {
        view! {
            <ol class="audit">
                <For
                    each=move || known.get().unwrap_or_default().entries
                    key=|entry| entry.seq
                    children=move |entry| view! { <Entry entry on_actor on_target /> }
                />
            </ol>
            {move || known.read().as_ref().is_some_and(|known| known.next.is_some()).then(|| view! {
                <Button busy=is_busy on_press=more>{texts::MORE}</Button>
            })}
        }
    };
    view! {
        <div class="page-top">
            <PageHeading text=Area::Audit.title() />
            <Button on_press=begin><Icon name="restart" />{texts::REFRESH}</Button>
        </div>
        <p class="quiet">{texts::HINT}</p>
        <Filters filter=filter />
        <p class="quiet" role="status">{count}</p>
        {move || error.get().map(|error| view! {
            <Notice>
                <p>{error}</p>
                <div class="notice-actions"><Button on_press=begin>{texts::TRY_AGAIN}</Button></div>
            </Notice>
        })}
        {move || match (is_some.get(), error.read().is_some()) {
            (Some(true), _) => list().into_any(),
            (Some(false), _) => empty(),
            (None, true) => ().into_any(),
            (None, false) => view! { <Skeleton lines=6 /> }.into_any(),
        }}
    }
}
