//! Content of the dialog: the form for a new share, and the list of shares.

use super::texts;
use crate::api::{self, ApiError, clock};
use crate::pages::people::{GrantEnd, Identity, offers};
use crate::pages::shared::texts as shared;
use crate::store::{Polled, RoleList, Session, use_polled, use_tracked_task};
use crate::ui::{
    Announcer, Button, ButtonVariant, Choice, Field, For, Notice, Select, Skeleton, When,
    focus_first_field, focus_id,
};
use leptos::prelude::*;
use vestibule_client::activity::Request;
use vestibule_model::access::{Grant, Scope};
use vestibule_model::ids::{WorkbenchId, WorkspaceId};
use vestibule_model::list::List;
use vestibule_model::people::{Member, NewShare};

/// Role of those who use the workbench.
const GUEST: &str = "workbench-guest";
/// Role of those who only watch: on a workbench it has the status alone.
const WATCHER: &str = "workspace-viewer";

/// The content.
#[component]
pub fn SharesPanel(
    workspace: WorkspaceId,
    workbench: WorkbenchId,
    open: RwSignal<bool>,
) -> impl IntoView {
    focus_first_field();
    let list: Polled<List<Member>> = use_polled(api::shares_path(&workbench));
    let id = StoredValue::new(workbench);
    view! {
        <p class="quiet">{texts::TEXT}</p>
        <ShareForm id=id workspace=workspace list=list />
        <Shares id=id list=list />
        <div class="dialog-actions">
            <Button on_press=move || open.set(false)>{shared::CLOSE}</Button>
        </div>
    }
}

#[component]
fn ShareForm(
    id: StoredValue<WorkbenchId>,
    workspace: WorkspaceId,
    list: Polled<List<Member>>,
) -> impl IntoView {
    let user = RwSignal::new(String::new());
    let role = RwSignal::new(GUEST.to_owned());
    let end = RwSignal::new(String::new());
    let problem = RwSignal::new(false);
    let task = use_tracked_task(Request::Save);
    let announcer = Announcer::expect();
    let choices = use_choices(id, workspace);
    let note = Signal::derive(move || {
        let note = match role.read().as_str() {
            GUEST => texts::USE_NOTE,
            _ => texts::WATCH_NOTE,
        };
        Some(note.to_owned())
    });
    let user_error = Signal::derive(move || {
        let own = problem.get().then(|| texts::GIVE_USER.to_owned());
        own.or_else(|| {
            task.error
                .read()
                .as_ref()
                .and_then(|error| error.of_field("user"))
        })
    });
    let other_error = move || {
        let error: Option<ApiError> = task.error.get();
        let error = error.filter(|error| error.of_field("user").is_none());
        error.map(|error| view! { <Notice>{error.sentence()}</Notice> })
    };
    let submit = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        let typed = user.get_untracked().trim().to_owned();
        problem.set(typed.is_empty());
        if typed.is_empty() {
            focus_id("share-user");
            return;
        }
        let share = NewShare {
            user: typed,
            role: role.get_untracked(),
            expires_at: GrantEnd::at(&end.read_untracked(), clock::now()),
        };
        task.run(api::share(id.get_value(), share), move |member| {
            announcer.say(texts::shared(&shown_name(&member)));
            user.set(String::new());
            list.refresh();
            focus_id("share-user");
        });
    };
    let ends = Signal::stored(GrantEnd::choices());
    view! {
        <form class="form" on:submit=submit novalidate=true>
            <Field id="share-user" label=texts::USER value=user hint=texts::USER_HINT error=user_error />
            <div class="grant-fields">
                <Select id="share-role" label=texts::MAY value=role choices=choices />
                <Select id="share-end" label=texts::ENDS value=end choices=ends />
            </div>
            <p class="field-note">{note}</p>
            {other_error}
            <div class="actions">
                <Button variant=ButtonVariant::Primary submit=true busy=task.busy>{texts::SHARE}</Button>
            </div>
        </form>
    }
}

/// Returns the two ways to share; one that the reader can't give is switched off.
fn use_choices(id: StoredValue<WorkbenchId>, workspace: WorkspaceId) -> Signal<Vec<Choice>> {
    let roles = RoleList::expect();
    let session = Session::expect();
    Signal::derive(move || {
        let scope = Scope::Workbench(id.get_value().to_string());
        let offered = match (roles.roles(), session.user.read().me()) {
            (Some(roles), Some(me)) => offers(&me.grants, &roles, &scope, Some(&workspace)),
            _ => Vec::new(),
        };
        [(GUEST, texts::USE), (WATCHER, texts::WATCH)]
            .into_iter()
            .map(|(role, text)| {
                let offer = offered.iter().find(|offer| offer.role == role);
                Choice {
                    disabled: offer.is_some_and(|offer| !offer.missing.is_empty()),
                    ..Choice::new(role, text)
                }
            })
            .collect()
    })
}

/// The list of shares.
#[component]
fn Shares(id: StoredValue<WorkbenchId>, list: Polled<List<Member>>) -> impl IntoView {
    let rows = Memo::new(move |_| {
        let list = list.data.get()?;
        let rows = list.items.into_iter().flat_map(|member| {
            let grants = member.grants.clone().into_iter();
            grants.map(move |grant| (member.clone(), grant))
        });
        Some(rows.collect::<Vec<(Member, Grant)>>())
    });
    let is_empty = Memo::new(move |_| rows.read().as_ref().map(Vec::is_empty));
    view! {
        <h3 class="label" id="shares" tabindex="-1">{texts::SHARED_WITH}</h3>
        {move || match is_empty.get() {
            None => view! { <Skeleton lines=2 /> }.into_any(),
            Some(true) => view! { <p class="quiet">{texts::NOBODY}</p> }.into_any(),
            Some(false) => view! {
                <ul class="shares" aria-labelledby="shares">
                    <For
                        each=move || rows.get().unwrap_or_default()
                        key=|(_, grant)| grant.id.clone()
                        children=move |(member, grant)| view! { <Row member=member grant=grant id=id list=list /> }
                    />
                </ul>
            }
                .into_any(),
        }}
    }
}

#[component]
fn Row(
    member: Member,
    grant: Grant,
    id: StoredValue<WorkbenchId>,
    list: Polled<List<Member>>,
) -> impl IntoView {
    let roles = RoleList::expect();
    let task = use_tracked_task(Request::Save);
    let announcer = Announcer::expect();
    let name = shown_name(&member);
    let label = texts::remove(&name);
    let role = grant.role.clone();
    let access = move || match role.as_str() {
        GUEST => texts::USE.to_owned(),
        WATCHER => texts::WATCH.to_owned(),
        role => roles.title(role),
    };
    let ends = grant.expires_at;
    let grant = StoredValue::new(grant.id);
    let name = StoredValue::new(name);
    let remove = move || {
        let removed = api::remove_share(id.get_value(), grant.get_value());
        task.run(removed, move |_| {
            announcer.say(texts::removed(&name.get_value()));
            list.refresh();
            focus_id("shares");
        });
    };
    view! {
        <li>
            <Identity username=member.username display_name=member.display_name href=None />
            <span class="quiet">
                {access}", "
                {match ends {
                    Some(at) => view! { {texts::ENDS.to_ascii_lowercase()}" "<When at=Signal::stored(Some(at)) exact=true /> }.into_any(),
                    None => texts::NO_END.into_any(),
                }}
            </span>
            <Button variant=ButtonVariant::Quiet label=label busy=task.busy on_press=remove>{texts::REMOVE}</Button>
            {move || task.error.get().map(|error| view! { <Notice>{error.sentence()}</Notice> })}
        </li>
    }
}

fn shown_name(member: &Member) -> String {
    match member.display_name.as_str() {
        "" => member.username.clone(),
        name => name.to_owned(),
    }
}
