//! The header: the mark, the way here, and the person.

use crate::api;
use crate::hooks::{Crumb, Session, Theme, Trail, Who, use_task, use_theme};
use crate::parts;
use crate::routes::Page;
use crate::ui::{Icon, Logo, Menu, MenuItem, live};
use leptos::prelude::*;

/// The header of every page.
#[component]
pub fn Header() -> impl IntoView {
    let session = Session::get();
    let person = Memo::new(move |_| match &*session.who.read() {
        Who::Somebody(me) if me.user.display_name.is_empty() => Some(me.user.username.clone()),
        Who::Somebody(me) => Some(me.user.display_name.clone()),
        Who::Asking | Who::Nobody => None,
    });
    // Another person has another indicator.
    let user = Memo::new(move |_| match &*session.who.read() {
        Who::Somebody(me) => Some(me.user.id.clone()),
        Who::Asking | Who::Nobody => None,
    });
    view! {
        <header class="header">
            <a class="header-mark" href=Page::Workspaces.path() aria-label="Vestibule, all workspaces">
                <Logo />
                <span class="header-word" aria-hidden="true">"Vestibule"</span>
            </a>
            <Breadcrumb />
            <div class="header-end">
                {live(move || user.get().map(|_| view! { <div class="activity">{parts::ACTIVITY.add_later(())}</div> }))}
                {live(move || person.get().map(|name| view! { <PersonMenu name=name /> }))}
            </div>
        </header>
    }
    .into_any()
}

#[component]
fn Breadcrumb() -> impl IntoView {
    let trail = use_context::<Trail>();
    let crumbs = move || trail.map(Trail::crumbs).unwrap_or_default();
    view! {
        <nav class="breadcrumb" aria-label="Breadcrumb">
            <ol>
                {live(move || crumbs().into_iter().filter(|crumb| !crumb.label.is_empty()).map(crumb).collect_view())}
            </ol>
        </nav>
    }
    .into_any()
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
    let sign_out = Callback::new(move |()| {
        task.run(api::sign_out(), move |_| session.expired());
    });
    let themes = [
        (Theme::System, "As the system"),
        (Theme::Light, "Light"),
        (Theme::Dark, "Dark"),
    ];
    let face_name = name.clone();
    view! {
        <Menu
            id="person-menu"
            label=name
            face=Box::new(move || {
                view! {
                    <Icon name="person" />
                    <span class="person-name">{face_name}</span>
                    <Icon name="down" size=12 />
                }
                    .into_any()
            })
        >
            <p class="menu-title" role="presentation">"Theme"</p>
            {themes
                .map(|(which, word)| {
                    view! {
                        <MenuItem
                            checked=Signal::derive(move || theme.get() == which)
                            on_choose=Callback::new(move |()| choose.run(which))
                        >
                            {word}
                        </MenuItem>
                    }
                })}
            <hr role="separator" />
            <MenuItem on_choose=sign_out>"Sign out"</MenuItem>
            {live(move || task.error.get().map(|error| view! { <p class="menu-title" role="alert">{error.sentence()}</p> }))}
        </Menu>
    }
    .into_any()
}
