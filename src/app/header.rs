//! The header: logo, breadcrumb, activity indicator and the user's menu.

use super::sign_out::SignOut;
use super::texts;
use crate::api;
use crate::pages::activity::activity_indicator;
use crate::routes::Page;
use crate::store::{Breadcrumbs, Crumb, Session, Theme, Who, use_task, use_theme};
use crate::ui::{Icon, Logo, Menu, MenuItem};
use leptos::prelude::*;

/// Header of every page.
#[component]
pub fn Header() -> impl IntoView {
    let session = Session::get();
    let person = Memo::new(move |_| match &*session.who.read() {
        Who::Somebody(me) if me.user.display_name.is_empty() => Some(me.user.username.clone()),
        Who::Somebody(me) => Some(me.user.display_name.clone()),
        Who::Asking | Who::Nobody => None,
    });
    // Another user gets an indicator of their own.
    let user = Memo::new(move |_| match &*session.who.read() {
        Who::Somebody(me) => Some(me.user.id.clone()),
        Who::Asking | Who::Nobody => None,
    });
    view! {
        <header class="header">
            <a class="header-mark" href=Page::Workspaces.path() aria-label=texts::HOME>
                <Logo />
                <span class="header-word" aria-hidden="true">"Vestibule"</span>
            </a>
            <Breadcrumb />
            <div class="header-end">
                {move || user.get().map(|_| view! { <div class="activity">{activity_indicator().background(())}</div> })}
                {move || person.get().map(|name| view! { <PersonMenu name /> })}
            </div>
        </header>
    }
}

#[component]
fn Breadcrumb() -> impl IntoView {
    let trail = use_context::<Breadcrumbs>();
    let crumbs = move || trail.map(Breadcrumbs::crumbs).unwrap_or_default();
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
fn PersonMenu(name: String) -> impl IntoView {
    let session = Session::get();
    let task = use_task();
    let (theme, choose) = use_theme();
    let asked = SignOut::get();
    let sign_out = move || {
        task.run(api::sign_out(), move |_| {
            asked.ask();
            session.expired();
        });
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
        <Menu id="person-menu" label=name face=Box::new(face)>
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
            <MenuItem on_choose=sign_out>{texts::SIGN_OUT}</MenuItem>
            {move || task.error.get().map(|error| view! { <p class="menu-title" role="alert">{error.sentence()}</p> })}
        </Menu>
    }
}
