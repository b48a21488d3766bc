//! The page.

use super::access::AccessSection;
use super::account::AccountSection;
use super::grants::GrantsSection;
use super::guard;
use super::profile::ProfileSection;
use super::watch::UserWatch;
use crate::api;
use crate::effect::Effect;
use crate::pages::admin::users::list::shown_name;
use crate::pages::admin::users::texts;
use crate::pages::admin::{AdminFrame, Area};
use crate::pages::shared::{FreshnessBar, NotFoundReason, use_needs};
use crate::routes::Page;
use crate::store::{Breadcrumbs, Crumb, Polled, Session, use_may_on_platform, use_polled};
use crate::ui::{EmptyState, Mark, MarkKind, PageHeading, Skeleton, When};
use leptos::prelude::*;
use vestibule_client::poll::Freshness;
use vestibule_model::access::Permission;
use vestibule_model::ids::UserId;
use vestibule_model::people::Account;

/// The page.
#[component]
pub fn UserPage(id: UserId) -> impl IntoView {
    let name = RwSignal::new(String::new());
    Breadcrumbs::show(move || {
        vec![
            Crumb::to(&Page::Users, Area::Users.title()),
            Crumb::here(name.get()),
        ]
    });
    let id = StoredValue::new(id);
    view! {
        <AdminFrame area=Area::Users>
            {
                let found: Polled<Account> = use_polled(api::user_path(&id.get_value()));
                view! { <Content polled=found title=name /> }
            }
        </AdminFrame>
    }
}

#[component]
fn Content(polled: Polled<Account>, title: RwSignal<String>) -> impl IntoView {
    let lost = Memo::new(move |_| NotFoundReason::of(polled.freshness.get()));
    Effect::new(move |_| {
        title.set(
            polled
                .data
                .read()
                .as_ref()
                .map(shown_name)
                .unwrap_or_default(),
        );
    });
    let heading = Memo::new(move |_| match lost.get() {
        Some(_) => texts::NOT_FOUND.to_owned(),
        None => title.get(),
    });
    let freshness = Signal::derive(move || match lost.get() {
        Some(_) => Freshness::Ended,
        None => polled.freshness.get(),
    });
    let is_known = Memo::new(move |_| polled.data.read().is_some());
    view! {
        {move || (is_known.get() || lost.get().is_some()).then(|| view! {
            <div class="page-top"><PageHeading text=heading /></div>
        })}
        <FreshnessBar freshness=freshness on_retry=move || polled.retry() />
        {move || match (lost.get(), is_known.get()) {
            (Some(_), _) => view! {
                <EmptyState icon="search" title=texts::NOT_FOUND text=texts::NOT_FOUND_TEXT>
                    <a class="button" href=Page::Users.path()>{texts::ALL_USERS}</a>
                </EmptyState>
            }
                .into_any(),
            (_, false) => view! { <Skeleton lines=6 /> }.into_any(),
            (_, true) => view! { <Sections polled=polled /> }.into_any(),
        }}
    }
}

#[component]
fn Sections(polled: Polled<Account>) -> impl IntoView {
    let session = Session::expect();
    // The sections exist only while the user is known, and the newest version stays.
    let Some(first) = polled.data.get_untracked() else {
        return ().into_any();
    };
    let user = Memo::new(move |before: Option<&Account>| {
        let before = || before.cloned().unwrap_or_else(|| first.clone());
        polled.data.get().unwrap_or_else(before)
    });
    let is_self = Memo::new(move |_| session.user_id().as_ref() == Some(&user.read().id));
    let may_update = use_may_on_platform(Permission::UserUpdate);
    let needs = use_needs(Permission::UserUpdate);
    let refusal = Memo::new(move |_| match may_update.get() {
        true => guard::refusal(session.user.read().me()?, &user.read()),
        false => Some(needs.get()),
    });
    let watch = UserWatch {
        user: user.into(),
        name: Memo::new(move |_| shown_name(&user.read())),
        is_self,
        refusal,
        polled,
        session,
    };
    view! {
        <Facts user=user.into() />
        <ProfileSection watch=watch />
        <GrantsSection watch=watch />
        <AccessSection watch=watch />
        <AccountSection watch=watch />
    }
    .into_any()
}

/// The line below the name.
#[component]
fn Facts(user: Signal<Account>) -> impl IntoView {
    let is_disabled = Memo::new(move |_| user.read().disabled_at.is_some());
    let seen = Memo::new(move |_| user.read().last_seen_at);
    let created = Memo::new(move |_| user.read().created_at);
    let state = move || match is_disabled.get() {
        true => (MarkKind::Stopped, texts::DISABLED),
        false => (MarkKind::Ready, texts::ACTIVE),
    };
    view! {
        <p class="person-facts quiet">
            <span class="person-state">
                <Mark kind=Signal::derive(move || state().0) />
                {move || state().1}
            </span>
            <span>{texts::COLUMN_USERNAME}" "<bdi>{move || user.read().username.clone()}</bdi></span>
            <span>
                {texts::COLUMN_SEEN}" "
                {move || match seen.get() {
                    Some(_) => view! { <When at=seen /> }.into_any(),
                    None => texts::NEVER_SEEN.to_ascii_lowercase().into_any(),
                }}
            </span>
            <span>{texts::COLUMN_CREATED}" "<When at=created /></span>
        </p>
    }
}
