//! The header: logo, breadcrumb, activity indicator and the user's menu.

use super::sign_out::SignOut;
use super::texts;
use crate::api;
use crate::pages::activity::ActivityIndicator;
use crate::pages::admin::use_areas;
use crate::pages::switcher::{SwitcherState, switcher};
use crate::routes::Page;
use crate::store::{Breadcrumbs, Crumb, Session, Theme, kept_draft, use_task, use_theme};
use crate::ui::{Button, ButtonVariant, Icon, Logo, Menu, MenuItem, is_typing};
use leptos::prelude::*;
use leptos_router::hooks::use_navigate;

/// Header of every page.
#[component]
pub fn Header() -> impl IntoView {
    let session = Session::expect();
    let person = Memo::new(move |_| session.user_name());
    // Another user gets an indicator of their own.
    let user = Memo::new(move |_| session.user_id());
    let switcher = use_switcher();
    view! {
        <header class="header">
            <a class="header-mark" href=Page::Workspaces.path() aria-label=texts::HOME>
                <Logo />
                <span class="header-word" aria-hidden="true">"Vestibule"</span>
            </a>
            <Breadcrumb />
            {move || user.get().map(|_| view! { <SwitcherButton state=switcher /> })}
            <div class="header-end">
                {move || user.get().map(|_| view! { <div class="activity"><ActivityIndicator /></div> })}
                {move || person.get().map(|name| view! { <PersonMenu name switcher /> })}
            </div>
        </header>
    }
}

/// Opens the switcher on Ctrl K or ⌘K, and the list of shortcuts on `?`.
fn use_switcher() -> SwitcherState {
    let state = SwitcherState::expect();
    let listener = window_event_listener(leptos::ev::keydown, move |event| {
        let has_modifier = event.ctrl_key() || event.meta_key();
        match event.key().as_str() {
            "k" if has_modifier && !event.shift_key() => state.open(),
            "?" if !has_modifier && !is_typing() => state.open_shortcuts(),
            _ => return,
        }
        event.prevent_default();
    });
    on_cleanup(move || listener.remove());
    state
}

/// The button beside the breadcrumb. The code of the dialogs is fetched when one is first opened.
#[component]
fn SwitcherButton(state: SwitcherState) -> impl IntoView {
    let is_wanted = Memo::new(move |before: Option<&bool>| {
        let is_open = state.is_open.get() || state.shows_shortcuts.get();
        before == Some(&true) || is_open
    });
    let [control, key] = texts::GO_TO_KEYS;
    view! {
        <div class="header-search">
            <Button variant=ButtonVariant::Quiet label=texts::GO_TO on_press=move || state.is_open.set(true)>
                <Icon name="search" />
            </Button>
            // Beside the button: its visible text has to be part of its name.
            <span class="header-keys" aria-hidden="true"><kbd>{control}</kbd><kbd>{key}</kbd></span>
        </div>
        {move || is_wanted.get().then(|| switcher().view(state))}
    }
}

#[component]
fn Breadcrumb() -> impl IntoView {
    let trail: Breadcrumbs = expect_context();
    let crumbs = move || trail.crumbs();
    view! {
        <nav class="breadcrumb" aria-label=texts::BREADCRUMB>
            <ol>
                {move || crumbs().into_iter().filter(|crumb| !crumb.label.is_empty()).map(crumb).collect_view()}
            </ol>
        </nav>
    }
}

fn crumb(crumb: Crumb) -> impl IntoView {
    match crumb.href {
        Some(href) => view! { <li><a href=href>{crumb.label}</a></li> }.into_any(),
        None => view! { <li><span aria-current="page">{crumb.label}</span></li> }.into_any(),
    }
}

#[component]
fn PersonMenu(name: String, switcher: SwitcherState) -> impl IntoView {
    let session = Session::expect();
    let task = use_task();
    let (theme, choose) = use_theme();
    let sign_out = SignOut::expect();
    let sign_out = move || {
        task.run(api::sign_out(), move |_| {
            sign_out.ask();
            kept_draft::forget();
            session.expired();
        });
    };
    let areas = use_areas();
    let has_areas = Memo::new(move |_| areas.with(|areas| !areas.is_empty()));
    let open = StoredValue::new_local(use_navigate());
    let go = move |page: Page| {
        open.try_with_value(|open| open(&page.path(), Default::default()));
    };
    let administer = move || {
        if let Some(area) = areas.read_untracked().first() {
            go(area.page());
        }
    };
    let themes = [
        (Theme::System, texts::THEME_SYSTEM),
        (Theme::Light, texts::THEME_LIGHT),
        (Theme::Dark, texts::THEME_DARK),
    ];
    let face_name = name.clone();
    let face = move || {
        view! {
            <Icon name="person" />
            <span class="person-name">{face_name}</span>
            <Icon name="down" size=12 />
        }
        .into_any()
    };
    view! {
        <Menu id="person-menu" label=name trigger=Box::new(face)>
            <MenuItem on_choose=move || go(Page::Account)>{texts::ACCOUNT}</MenuItem>
            {move || has_areas.get().then(|| view! { <MenuItem on_choose=administer>{texts::ADMINISTRATION}</MenuItem> })}
            <hr role="separator" />
            <p class="menu-title" role="presentation">{texts::THEME}</p>
            {themes
                .map(|(which, word)| {
                    view! {
                        <MenuItem
                            checked=Signal::derive(move || theme.get() == which)
                            on_choose=move || choose.run(which)
                        >
                            {word}
                        </MenuItem>
                    }
                })}
            <hr role="separator" />
            <MenuItem on_choose=move || switcher.shows_shortcuts.set(true)>{texts::SHORTCUTS}</MenuItem>
            <MenuItem on_choose=sign_out>{texts::SIGN_OUT}</MenuItem>
            {move || task.error.get().map(|error| view! { <p class="menu-title" role="alert">{error.sentence()}</p> })}
        </Menu>
    }
}
