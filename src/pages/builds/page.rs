//! The page of one build: its state, its steps and their output.

use super::cancel::{CancelDialog, CancelState};
use super::steps::Steps;
use super::texts;
use super::words::{BuildAction, advice, headline, length, sentence, state, title, who};
use crate::api;
use crate::effect::Effect;
use crate::pages::log::{LogSource, log_view};
use crate::pages::shared::{
    FreshnessBar, Reader, texts as shared, use_reader, use_refusal_in, use_workspace_name,
};
use crate::routes::Page;
use crate::store::{Breadcrumbs, Crumb, Store, use_build, use_now, use_tracked_task};
use crate::ui::{
    Announcer, Button, ButtonVariant, EmptyState, Icon, Mark, Notice, PageHeading, Skeleton, When,
    show_state_in_tab,
};
use leptos::prelude::*;
use leptos_router::hooks::use_navigate;
use vestibule_client::activity::Request;
use vestibule_client::poll::Freshness;
use vestibule_model::access::Permission;
use vestibule_model::build::{Build, BuildStatus};
use vestibule_model::causes::ResolvedBy;
use vestibule_model::ids::{BuildId, WorkspaceId};
use vestibule_model::time::Timestamp;

/// Content of the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum PageContent {
    Nothing,
    Missing,
    Build,
}

/// The page.
#[component]
pub fn BuildPage(workspace: WorkspaceId, id: BuildId) -> impl IntoView {
    let watch = use_build(&id);
    let build = watch.build;
    let heading = Memo::new(move |_| {
        let name = build.read().as_ref().map(title);
        match name {
            Some(name) => texts::build_of(&name),
            None if watch.freshness.get() == Freshness::Gone => texts::NOT_FOUND.to_owned(),
            None => texts::BUILD.to_owned(),
        }
    });
    trail(&workspace, heading);
    let is_open = Memo::new(move |_| build.read().as_ref().is_some_and(Build::is_open));
    let now = use_now(move || is_open.get());
    let shown = Memo::new(move |_| build.read().as_ref().map(state));
    show_state_in_tab(shown.into());
    announce_end(build);
    let known = Memo::new(move |_| match watch.freshness.get() {
        _ if build.read().is_some() => PageContent::Build,
        Freshness::Gone => PageContent::Missing,
        _ => PageContent::Nothing,
    });
    let last_line = RwSignal::new(String::new());
    let log = source(&id, build, is_open, last_line);
    let retry = Callback::new(move |()| watch.retry());
    let workspace = StoredValue::new(workspace);
    view! {
        <div class="page" data-width="build">
            <div class="page-top">
                <div class="build-head">
                    <PageHeading text=heading />
                    {move || shown.get().map(|(mark, word)| view! {
                        <span class="state" data-kind=mark.as_str()><Mark kind=mark /><span class="state-word">{word}</span></span>
                    })}
                </div>
                <Actions of=build workspace=workspace />
            </div>
            {move || (known.get() != PageContent::Missing).then(|| view! {
                <FreshnessBar freshness=watch.freshness on_retry=retry />
            })}
            {move || match known.get() {
                PageContent::Build => view! {
                    <Facts of=build now=now workspace=workspace />
                    <BuildCard of=build />
                    <Steps of=build now=now last_line=last_line.into() />
                    {log_view().view(log)}
                }
                    .into_any(),
                PageContent::Missing => view! { <Missing workspace=workspace /> }.into_any(),
                PageContent::Nothing => view! { <Skeleton lines=6 /> }.into_any(),
            }}
        </div>
    }
}

fn trail(workspace: &WorkspaceId, heading: Memo<String>) {
    let name = use_workspace_name(workspace);
    let list = Page::Workspace(workspace.clone());
    let builds = Page::Builds(workspace.clone());
    Breadcrumbs::show(move || {
        vec![
            Crumb::to(&Page::Workspaces, shared::WORKSPACES),
            Crumb::to(&list, name.get()),
            Crumb::to(&builds, texts::TITLE),
            Crumb::here(heading.get()),
        ]
    });
}

/// Announces how the build ended. Its output is not read out.
fn announce_end(build: Memo<Option<Build>>) {
    let announcer = Announcer::expect();
    Effect::new(move |was_open: Option<bool>| {
        let build = build.read();
        let is_open = build.as_ref().is_some_and(Build::is_open);
        if let (Some(true), false, Some(build)) = (was_open, is_open, build.as_ref()) {
            announcer.say(texts::ended(&title(build), state(build).1));
        }
        is_open
    });
}

fn source(
    id: &BuildId,
    build: Memo<Option<Build>>,
    is_open: Memo<bool>,
    last_line: RwSignal<String>,
) -> LogSource {
    let path = api::build_log_path(id);
    let download = format!("{path}?download=1");
    LogSource {
        name: texts::LOG,
        path: Signal::stored(Some(path)),
        is_live: is_open.into(),
        empty: Signal::derive(move || {
            let build = build.read();
            match build.as_ref().map(|build| &build.status) {
                Some(BuildStatus::Pending) => texts::LOG_PENDING,
                Some(BuildStatus::Running) => texts::LOG_RUNNING,
                _ => texts::LOG_NONE,
            }
        }),
        download: Signal::stored(Some(download)),
        is_main: true,
        id: Signal::stored("log".to_owned()),
        last_line: Some(last_line),
    }
}

/// Cancel while it runs, try again once it has failed or was cancelled.
#[component]
fn Actions(
    #[prop(name = "of")] build: Memo<Option<Build>>,
    workspace: StoredValue<WorkspaceId>,
) -> impl IntoView {
    let store = Store::expect();
    let task = use_tracked_task(Request::Build);
    let requested = CancelState::new();
    let refused = use_refusal_in(Permission::WorkbenchCreate, &workspace.get_value());
    let navigate = use_navigate();
    let command = Memo::new(move |_| build.read().as_ref().and_then(BuildAction::of));
    let retry = Callback::new(move |()| {
        let Some(id) = build.with_untracked(|build| build.as_ref().map(|build| build.id.clone()))
        else {
            return;
        };
        let navigate = navigate.clone();
        task.run(api::retry_build(id), move |fresh| {
            let page = Page::Build(workspace.get_value(), fresh.id.clone());
            store.put_build(fresh);
            navigate(&page.path(), Default::default());
        });
    });
    let cancel = Callback::new(move |()| requested.about(build.get_untracked()));
    view! {
        <div class="actions">
            {move || match command.get() {
                Some(BuildAction::Cancel) => view! {
                    <Button refused on_press=cancel><Icon name="stop" />{texts::CANCEL}</Button>
                }
                    .into_any(),
                Some(BuildAction::Retry) => view! {
                    <Button variant=ButtonVariant::Primary refused busy=task.busy on_press=retry><Icon name="restart" />{texts::TRY_AGAIN}</Button>
                }
                    .into_any(),
                None => ().into_any(),
            }}
        </div>
        {move || task.error.get().map(|error| view! { <Notice>{error.sentence()}</Notice> })}
        <CancelDialog requested=requested />
    }
}

/// Requesting user, time of the request, and duration.
#[component]
fn Facts(
    #[prop(name = "of")] build: Memo<Option<Build>>,
    now: Signal<Timestamp>,
    workspace: StoredValue<WorkspaceId>,
) -> impl IntoView {
    let of = move |read: fn(&Build) -> Option<String>| {
        Memo::new(move |_| build.read().as_ref().and_then(read))
    };
    let who = of(|build| build.requested_by_name.clone());
    let usual = of(|build| build.expectation.as_ref().map(|usual| usual.sentence()));
    let id = of(|build| Some(build.id.to_string()));
    let before = Memo::new(move |_| {
        build
            .read()
            .as_ref()
            .and_then(|build| build.retry_of.clone())
    });
    let when = Memo::new(move |_| build.read().as_ref().and_then(|build| build.created_at));
    let took = move || {
        let build = build.read();
        let build = build.as_ref()?;
        Some(texts::duration(&length(build, now.get())?, build.is_open()))
    };
    view! {
        <ul class="build-facts quiet">
            <li>
                {move || texts::requested_by(who.get().as_deref())}
                <When at=when />
            </li>
            {move || took().map(|took| view! { <li>{took}</li> })}
            {move || usual.get().map(|usual| view! { <li>{usual}</li> })}
            {move || before.get().map(|before| {
                let href = Page::Build(workspace.get_value(), before).path();
                view! { <li><a href=href>{texts::PREVIOUS}</a></li> }
            })}
            <li><code>{id}</code></li>
        </ul>
    }
}

/// Card with the position in the queue, or with the error and the person who can fix it.
#[component]
fn BuildCard(#[prop(name = "of")] build: Memo<Option<Build>>) -> impl IntoView {
    let reader = use_reader();
    // The build changes with every line of its log; the card only when its text does.
    let card_text = Memo::new(move |_| CardText::of(build.read().as_ref()?, reader));
    // Several events within one frame move the log once.
    let is_moving = StoredValue::new(false);
    let shown = move || {
        let card_text = card_text.get();
        if !is_moving.get_value() {
            is_moving.set_value(keep_lines_in_place(move || {
                is_moving.try_set_value(false);
            }));
        }
        card_text.map(card)
    };
    shown.into_any()
}

/// Keeps the visible log lines in place when the card above them appears, and calls `done` afterwards.
/// Returns `false` where there is no log.
fn keep_lines_in_place(done: impl FnOnce() + 'static) -> bool {
    let Some(log) = document().query_selector(".log-scroll").ok().flatten() else {
        return false;
    };
    let top = log.get_bounding_client_rect().top();
    request_animation_frame(move || {
        let moved = log.get_bounding_client_rect().top() - top;
        log.scroll_by_with_x_and_y(0.0, moved);
        done();
    });
    true
}

/// The text of the card.
#[derive(Debug, Clone, PartialEq, Eq)]
struct CardText {
    kind: &'static str,
    what: String,
    why: String,
    advice: &'static str,
    who: Option<ResolvedBy>,
    reason: String,
}

impl CardText {
    fn of(build: &Build, reader: Reader) -> Option<Self> {
        let has_failed = build.status == BuildStatus::Failed;
        let text = sentence(build);
        let is_told_by_steps = build.status == BuildStatus::Running && !build.is_cancelling();
        if is_told_by_steps || (text.is_empty() && !has_failed) {
            return None;
        }
        let reason = build
            .reason
            .as_ref()
            .map(|reason| reason.as_str().to_owned());
        let (what, why) = match has_failed {
            true => (headline(build).to_owned(), reader.message(text)),
            false => (text, String::new()),
        };
        let advice = match has_failed {
            true => advice(build, &why, reader.is_administrator()),
            false => "",
        };
        Some(Self {
            kind: state(build).0.as_str(),
            what,
            why,
            advice,
            who: has_failed.then(|| who(build, reader.is_administrator())),
            reason: reason.unwrap_or_default(),
        })
    }
}

fn card(card_text: CardText) -> AnyView {
    let who = card_text.who.map(|who| {
        let icon = match who {
            ResolvedBy::You => "person",
            ResolvedBy::Administrator => "lock",
            ResolvedBy::Wait => "hourglass",
        };
        view! { <span class="who"><Icon name=icon />{who.words()}</span> }
    });
    let reason = Some(card_text.reason).filter(|reason| !reason.is_empty());
    let foot = (who.is_some() || reason.is_some()).then(|| {
        view! {
            <p class="card-foot">{who}{reason.map(|reason| view! { <code class="reason">{reason}</code> })}</p>
        }
    });
    let why = Some(card_text.why).filter(|why| !why.is_empty());
    let advice = Some(card_text.advice).filter(|advice| !advice.is_empty());
    view! {
        <div class="status-card build-told" data-kind=card_text.kind>
            <p class="card-what">{card_text.what}</p>
            {why.map(|why| view! { <p class="card-why">{why}</p> })}
            {advice.map(|advice| view! { <p class="card-advice">{advice}</p> })}
            {foot}
        </div>
    }
    .into_any()
}

#[component]
fn Missing(workspace: StoredValue<WorkspaceId>) -> impl IntoView {
    let back = Page::Builds(workspace.get_value()).path();
    view! {
        <EmptyState
            icon="hammer"
            title=texts::NOT_FOUND_TITLE
            text=texts::NOT_FOUND_TEXT
        >
            <a class="button" data-variant="primary" href=back>{texts::GO_TO_BUILDS}</a>
        </EmptyState>
    }
}
