//! The dialog that creates a user, and then shows the invitation link or the generated password once.

use super::list::{UserList, shown_name};
use super::texts;
use crate::api::{self, ApiError};
use crate::effect::Effect;
use crate::pages::people::{
    GrantDraft, GrantFields, InvitationLink, OneTimePassword, focus_secret,
};
use crate::pages::shared::{texts as shared, use_refusal};
use crate::routes::Page;
use crate::store::use_tracked_task;
use crate::ui::{
    Button, ButtonVariant, Choice, Dialog, Field, For, Icon, Notice, Select, focus_id,
};
use leptos::prelude::*;
use vestibule_client::activity::Request;
use vestibule_model::access::{Permission, Resource};
use vestibule_model::people::{MAX_EMAIL_CHARS, MAX_TITLE_CHARS, WithPassword, check_email};
use vestibule_model::validation::{MAX_USERNAME_CHARS, check_username};

/// Values of the first sign-in.
const INVITATION: &str = "invitation";
const PASSWORD: &str = "password";

/// The dialog.
#[component]
pub fn CreateDialog(open: RwSignal<bool>, list: UserList) -> impl IntoView {
    let new_user = RwSignal::new(None::<WithPassword>);
    let title = Signal::derive(move || match &*new_user.read() {
        Some(new_user) => texts::created(&shown_name(&new_user.user)),
        None => texts::NEW.to_owned(),
    });
    Effect::new(move |_| {
        if open.get() {
            new_user.set(None);
        }
    });
    view! {
        <Dialog open=open title=title>
            {move || match new_user.get() {
                Some(new_user) => view! { <Made new_user=new_user open=open /> }.into_any(),
                None => view! { <Form open=open new_user=new_user list=list /> }.into_any(),
            }}
        </Dialog>
    }
}

/// The new user with the password.
#[component]
fn Made(new_user: WithPassword, open: RwSignal<bool>) -> impl IntoView {
    let page = Page::User(new_user.user.id.clone()).path();
    Effect::new(|_| focus_secret());
    view! {
        <dl class="facts">
            <dt>{texts::USERNAME}</dt>
            <dd><bdi>{new_user.user.username}</bdi></dd>
        </dl>
        {new_user.password.map(|password| view! { <OneTimePassword password=password /> })}
        {new_user.invitation.map(|link| view! { <InvitationLink link=link /> })}
        <div class="dialog-actions">
            <a class="button" href=page>{texts::OPEN_USER}</a>
            <Button variant=ButtonVariant::Primary on_press=move || open.set(false)>{texts::DONE}</Button>
        </div>
    }
}

#[component]
fn Form(
    open: RwSignal<bool>,
    new_user: RwSignal<Option<WithPassword>>,
    list: UserList,
) -> impl IntoView {
    let [username, name, email] = [(); 3].map(|()| RwSignal::new(String::new()));
    let way = RwSignal::new(INVITATION.to_owned());
    let problems = RwSignal::new([None::<String>, None]);
    let drafts = RwSignal::new(Vec::<GrantDraft>::new());
    let task = use_tracked_task(Request::Save);
    let error_of = move |field: &'static str, own: Option<usize>| {
        Signal::derive(move || {
            let own = own.and_then(|at| problems.read()[at].clone());
            let of_server = || {
                task.error
                    .read()
                    .as_ref()
                    .and_then(|error| error.of_field(field))
            };
            own.or_else(of_server)
        })
    };
    let other_error = move || {
        let error = task.error.get()?;
        let is_shown = ["username", "displayName", "email"]
            .iter()
            .any(|field| error.of_field(field).is_some());
        (!is_shown).then(|| view! { <Notice>{whole_sentence(&error)}</Notice> })
    };
    let submit = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        let sent = username.get_untracked().trim().to_owned();
        let address = email.get_untracked().trim().to_owned();
        let address = (!address.is_empty()).then_some(address);
        let found = [
            check_username("username", &sent).err(),
            address
                .as_ref()
                .and_then(|text| check_email("email", text).err()),
        ]
        .map(|error| error.map(|error| error.message));
        let wrong = ["new-username", "new-email"];
        let wrong = wrong.iter().zip(&found).find(|(_, found)| found.is_some());
        if let Some((id, _)) = wrong {
            focus_id(id);
        }
        let is_wrong = wrong.is_some();
        problems.set(found);
        // All are checked, so that each one marks what is missing.
        let grants: Vec<_> = drafts
            .get_untracked()
            .into_iter()
            .map(GrantDraft::wanted)
            .collect();
        let is_complete = grants.iter().all(Option::is_some);
        if is_wrong || !is_complete {
            return;
        }
        let grants: Vec<_> = grants.into_iter().flatten().collect();
        let grants = (!grants.is_empty()).then_some(grants);
        let invite = way.read_untracked().as_str() == INVITATION;
        let shown = name.get_untracked().trim().to_owned();
        let shown = (!shown.is_empty()).then_some(shown);
        task.run(
            api::create_user(sent, shown, address, invite, grants),
            move |user| {
                new_user.set(Some(user));
                list.poll.refresh();
            },
        );
    };
    view! {
        <form class="form user-form" on:submit=submit novalidate=true>
            <Field
                id="new-username"
                label=texts::USERNAME
                value=username
                autofocus=true
                hint=texts::USERNAME_HINT
                maxlength=MAX_USERNAME_CHARS * 2
                error=error_of("username", Some(0))
            />
            <Field
                id="new-display-name"
                label=texts::DISPLAY_NAME
                value=name
                hint=texts::DISPLAY_NAME_HINT
                maxlength=MAX_TITLE_CHARS
                error=error_of("displayName", None)
            />
            <Field
                id="new-email"
                label=texts::EMAIL
                kind="email"
                value=email
                hint=texts::EMAIL_HINT
                maxlength=MAX_EMAIL_CHARS
                error=error_of("email", Some(1))
            />
            <Select
                id="new-way"
                label=texts::FIRST_SIGN_IN
                value=way
                choices=Signal::stored(vec![
                    Choice::new(INVITATION, texts::BY_INVITATION),
                    Choice::new(PASSWORD, texts::BY_PASSWORD),
                ])
            />
            <Access drafts=drafts />
            {other_error}
            <div class="dialog-actions">
                <Button on_press=move || open.set(false)>{shared::CANCEL}</Button>
                <Button variant=ButtonVariant::Primary submit=true busy=task.busy>{texts::CREATE}</Button>
            </div>
        </form>
    }
}

/// Returns the sentence of an error with the messages of its fields, such as `grants[0].role`.
fn whole_sentence(error: &ApiError) -> String {
    let fields = match error {
        ApiError::Problem(problem) => problem.errors.as_slice(),
        _ => &[],
    };
    match fields.first() {
        Some(field) => field.message.clone(),
        None => error.sentence(),
    }
}

/// The roles of the new user.
#[component]
fn Access(drafts: RwSignal<Vec<GrantDraft>>) -> impl IntoView {
    let refused = use_refusal(Permission::UserGrant, Resource::Platform);
    let numbers = StoredValue::new(0_usize);
    let add = move || {
        let number = numbers.get_value();
        numbers.set_value(number + 1);
        drafts.update(|drafts| drafts.push(GrantDraft::new(number)));
    };
    let remove = move |number: usize| {
        drafts.update(|drafts| drafts.retain(|draft| draft.number != number));
        focus_id("add-role");
    };
    view! {
        <fieldset class="field">
            <legend class="label">{texts::ACCESS}</legend>
            <For
                each=move || drafts.get()
                key=|draft| draft.number
                children=move |draft| view! {
                    <div class="grant-draft">
                        <GrantFields draft=draft />
                        <Button variant=ButtonVariant::Quiet on_press=move || remove(draft.number)>
                            <Icon name="close" size=14 />{texts::REMOVE_ROLE}
                        </Button>
                    </div>
                }
            />
            <div id="add-role" tabindex="-1">
                <Button refused on_press=add>
                    <Icon name="plus" />{texts::ADD_ROLE}
                </Button>
            </div>
            <p class="field-note">
                {move || match (refused.get(), drafts.read().is_empty()) {
                    (Some(needs), _) => needs,
                    (None, true) => texts::DEFAULT_ACCESS.to_owned(),
                    (None, false) => String::new(),
                }}
            </p>
        </fieldset>
    }
}
