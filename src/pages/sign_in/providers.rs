//! Sign-in through identity providers and by a proxy: the links, and the reason why the last one was refused.

use super::door::enter;
use super::texts;
use crate::api;
use crate::routes::encode;
use crate::store::{Session, use_task};
use crate::ui::{Button, Notice};
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;
use vestibule_model::auth::SignInWays;

/// Links to the providers, below the form.
#[component]
pub fn ProviderLinks(ways: RwSignal<Option<SignInWays>>) -> impl IntoView {
    let query = use_query_map();
    let address = move |id: &str| {
        let start = format!("/api/auth/providers/{}/start", encode(id));
        match query.read().get_str("next") {
            Some(next) => format!("{start}?next={}", encode(next)),
            None => start,
        }
    };
    let links = move || {
        let found = ways.read();
        let found = found.iter().flat_map(|ways| &ways.providers);
        let links = found.map(|one| {
            // The router must not follow it: it leads to another site.
            view! {
                <a class="button" href=address(&one.id) rel="external">
                    {texts::continue_with(&one.name)}
                </a>
            }
        });
        links.collect_view()
    };
    let session = Session::expect();
    let task = use_task();
    let named = Memo::new(move |_| ways.read().as_ref()?.header_user.clone());
    let go_on = move || {
        task.run(enter(session, api::sign_in_by_header()), |()| {});
    };
    let header = move || {
        let name = named.get()?;
        Some(view! {
            <Button busy=task.busy on_press=go_on>{texts::continue_as(&name)}</Button>
            <p class="field-note">{texts::PROXY_NOTE}</p>
        })
    };
    let has_providers = move || {
        let found = ways.read();
        found
            .as_ref()
            .is_some_and(|found| !found.providers.is_empty())
    };
    let is_used = move || named.read().is_some() || has_providers();
    view! {
        <Show when=is_used>
            <p class="door-or" aria-hidden="true">{texts::OR}</p>
            <div class="door-ways">{header} {links}</div>
            {move || task.error.get().map(|error| view! { <Notice>{error.sentence()}</Notice> })}
        </Show>
    }
}

/// Reason why the last sign-in through a provider was refused.
#[component]
pub fn ProviderProblem(ways: RwSignal<Option<SignInWays>>) -> impl IntoView {
    let query = use_query_map();
    move || {
        let query = query.read();
        let code = query.get_str("problem")?;
        let id = query.get_str("provider").unwrap_or_default();
        // It is announced once, with the name.
        let found = ways.read();
        let found = found.as_ref()?;
        let name = found.providers.iter().find(|one| one.id == id);
        let name = name.map_or(texts::THE_PROVIDER, |one| one.name.as_str());
        let text = texts::provider_problem(code, name);
        Some(view! { <Notice>{text}</Notice> })
    }
}

/// Returns the ways to sign in, once they are read. Without them the password is the way in.
pub fn read_sign_in_ways() -> RwSignal<Option<SignInWays>> {
    let ways = RwSignal::new(None);
    leptos::task::spawn_local_scoped_with_cancellation(async move {
        let found = api::sign_in_ways().await;
        ways.try_set(Some(found.unwrap_or_default()));
    });
    ways
}
