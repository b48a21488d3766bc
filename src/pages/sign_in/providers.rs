//! Sign-in through identity providers: the links, and the reason why the last one was refused.

use super::texts;
use crate::api;
use crate::routes::encode;
use crate::ui::Notice;
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;
use vestibule_model::auth::SignInProvider;

/// Links to the providers, below the form.
#[component]
pub fn ProviderLinks(providers: RwSignal<Vec<SignInProvider>>) -> impl IntoView {
    let query = use_query_map();
    let address = move |id: &str| {
        let start = format!("/api/auth/providers/{}/start", encode(id));
        match query.read().get_str("next") {
            Some(next) => format!("{start}?next={}", encode(next)),
            None => start,
        }
    };
    let links = move || {
        let found = providers.read();
        let links = found.iter().map(|one| {
            // The router must not follow it: it leads to another site.
            view! {
                <a class="button" href=address(&one.id) rel="external">
                    {texts::continue_with(&one.name)}
                </a>
            }
        });
        links.collect_view()
    };
    view! {
        <Show when=move || !providers.read().is_empty()>
            <p class="door-or" aria-hidden="true">{texts::OR}</p>
            <div class="door-ways">{links}</div>
        </Show>
    }
}

/// Reason why the last sign-in through a provider was refused.
#[component]
pub fn ProviderProblem(providers: RwSignal<Vec<SignInProvider>>) -> impl IntoView {
    let query = use_query_map();
    move || {
        let query = query.read();
        let code = query.get_str("problem")?;
        let id = query.get_str("provider").unwrap_or_default();
        let found = providers.read();
        let name = found.iter().find(|one| one.id == id);
        let name = name.map_or(texts::THE_PROVIDER, |one| one.name.as_str());
        let text = texts::provider_problem(code, name);
        Some(view! { <Notice>{text}</Notice> })
    }
}

/// Returns the providers, once they are read. Without them the password is the way in.
pub fn read_providers() -> RwSignal<Vec<SignInProvider>> {
    let providers = RwSignal::new(Vec::new());
    leptos::task::spawn_local_scoped_with_cancellation(async move {
        if let Ok(ways) = api::sign_in_ways().await {
            providers.try_set(ways.providers);
        }
    });
    providers
}
