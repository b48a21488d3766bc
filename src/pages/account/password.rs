//! The section that changes the password.

use super::texts;
use crate::api;
use crate::store::use_task;
use crate::ui::{Announcer, Button, ButtonVariant, Field, Notice};
use leptos::prelude::*;
use vestibule_model::account::NewPassword;
use vestibule_model::validation::check_password;

/// The section.
#[component]
pub fn PasswordSection(username: String) -> impl IntoView {
    let (current, password) = (RwSignal::new(String::new()), RwSignal::new(String::new()));
    let problem = RwSignal::new(None::<String>);
    let is_done = RwSignal::new(false);
    let task = use_task();
    let announcer = Announcer::expect();
    let of_server = move |field: &'static str| {
        let error = task.error.read();
        error.as_ref().and_then(|error| error.of_field(field))
    };
    let current_error = Signal::derive(move || of_server("current"));
    let password_error = Signal::derive(move || problem.get().or_else(|| of_server("password")));
    let other_error = move || {
        let is_shown = current_error.read().is_some() || password_error.read().is_some();
        let error = task.error.get().filter(|_| !is_shown);
        error.map(|error| view! { <Notice>{error.sentence()}</Notice> })
    };
    let submit = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        is_done.set(false);
        let body = NewPassword {
            current: current.get_untracked(),
            password: password.get_untracked(),
        };
        let checked = check_password("password", &body.password);
        problem.set(checked.err().map(|error| error.message));
        if problem.read_untracked().is_some() {
            crate::ui::focus_id("new-password");
            return;
        }
        task.run(api::change_password(body), move |()| {
            current.try_set(String::new());
            password.try_set(String::new());
            is_done.try_set(true);
            announcer.say(texts::PASSWORD_CHANGED);
        });
    };
    view! {
        <section class="setting" aria-labelledby="account-password">
            <div class="setting-top"><h2 id="account-password">{texts::PASSWORD}</h2></div>
            <p class="setting-text">{texts::PASSWORD_TEXT}</p>
            <form class="form" on:submit=submit>
                <input type="text" name="username" autocomplete="username" value=username hidden />
                <Field
                    id="current-password"
                    label=texts::CURRENT_PASSWORD
                    value=current
                    kind="password"
                    autocomplete="current-password"
                    error=current_error
                />
                <Field
                    id="new-password"
                    label=texts::NEW_PASSWORD
                    value=password
                    kind="password"
                    autocomplete="new-password"
                    hint=texts::NEW_PASSWORD_HINT
                    error=password_error
                />
                {other_error}
                {move || is_done.get().then(|| view! { <p class="quiet">{texts::PASSWORD_CHANGED}</p> })}
                <div class="form-actions">
                    <Button submit=true variant=ButtonVariant::Primary busy=task.busy>
                        {texts::CHANGE_PASSWORD}
                    </Button>
                </div>
            </form>
        </section>
    }
}
