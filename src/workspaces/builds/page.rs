//! One build at an address that stays: how it stands, its steps, and what they print.

use super::cancel::{Asked, CancelDialog};
use super::steps::Steps;
use super::words::{Deed, advice, headline, is_old, length, sentence, state, title, who};
use crate::api::{self, Answer, ApiError};
use crate::hooks::{Crumb, Poll, Trail, by_builds, use_async_action, use_now};
use crate::log::Printed;
use crate::parts;
use crate::routes::Page;
use crate::ui::{
    Announcer, Button, EmptyState, Icon, Look, Mark, Notice, PageHeading, Skeleton, When,
    adopt_room, live, show_state_in_tab,
};
use crate::workspaces::{FreshnessBar, use_workspace_name};
use leptos::prelude::*;
use leptos_router::hooks::use_navigate;
use vestibule_model::activity::Request;
use vestibule_model::build::{Build, BuildStatus};
use vestibule_model::causes::Who;
use vestibule_model::ids::{BuildId, WorkspaceId};
use vestibule_model::poll::{Freshness, Pace};
use vestibule_model::time::Timestamp;
use vestibule_model::trouble::{Strange, Trouble};

/// What there is to show.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Known {
    Nothing,
    Missing,
    Build,
}

/// The page.
#[component]
pub fn BuildPage(workspace: WorkspaceId, id: BuildId) -> impl IntoView {
    adopt_room();
    let watch = Watch::follow(&id);
    let build = watch.build;
    let heading = Memo::new(move |_| {
        let name = build.read().as_ref().map(title);
        name.map_or_else(|| "Build".to_owned(), |name| format!("Build of {name}"))
    });
    trail(&workspace, heading);
    let is_open = Memo::new(move |_| build.read().as_ref().is_some_and(Build::is_open));
    let now = use_now(move || is_open.get());
    let shown = Memo::new(move |_| build.read().as_ref().map(state));
    show_state_in_tab(shown.into());
    say_the_end(build);
    let known = Memo::new(move |_| match watch.freshness.get() {
        _ if build.read().is_some() => Known::Build,
        Freshness::Gone => Known::Missing,
        _ => Known::Nothing,
    });
    let log = printed(&id, build, is_open);
    let retry = Callback::new(move |()| watch.retry());
    let workspace = StoredValue::new(workspace);
    view! {
        <div class="page" data-width="build">
            <div class="page-top">
                <div class="build-head">
                    <PageHeading text=heading />
                    {live(move || shown.get().map(|(mark, word)| view! {
                        <span class="state" data-kind=mark.word()><Mark kind=mark /><span class="state-word">{word}</span></span>
                    }))}
                </div>
                <Actions of=build workspace=workspace watch=watch />
            </div>
            {live(move || (known.get() != Known::Missing).then(|| view! {
                <FreshnessBar freshness=watch.freshness on_retry=retry />
            }))}
            {live(move || match known.get() {
                Known::Build => view! {
                    <Facts of=build now=now workspace=workspace />
                    <Told of=build />
                    <Steps of=build now=now />
                    {parts::LOG.add(log)}
                }
                    .into_any(),
                Known::Missing => view! { <Missing workspace=workspace /> }.into_any(),
                Known::Nothing => view! { <Skeleton lines=6 /> }.into_any(),
            })}
        </div>
    }
    .into_any()
}

/// The build as it is known.
#[derive(Clone, Copy)]
struct Watch {
    build: RwSignal<Option<Build>>,
    freshness: RwSignal<Freshness>,
    poll: StoredValue<Option<Poll>, LocalStorage>,
}

impl Watch {
    fn follow(id: &BuildId) -> Self {
        let freshness = ArcRwSignal::new(Freshness::Loading);
        let watch = Self {
            build: RwSignal::new(None),
            freshness: RwSignal::from(freshness.clone()),
            poll: StoredValue::new_local(None),
        };
        let own = id.clone();
        let consume = Box::new(move |answer: &Answer| {
            let news: Build = api::read(answer)?;
            if news.id != own {
                // Whatever this is, it is not what was asked for (FIELD 3).
                return Err(ApiError::Lost(Trouble::Strange(Strange::Other)));
            }
            let is_open = news.is_open();
            watch.take(news);
            Ok((if is_open { Pace::Busy } else { Pace::Ended }, None))
        });
        // What has ended stays as it is.
        let is_open = move || {
            let known = watch
                .build
                .try_with_untracked(|known| known.as_ref().map(Build::is_open));
            known.flatten().unwrap_or(true)
        };
        let poll = Poll::new(api::build_path(id), freshness, consume).poked_by(by_builds(is_open));
        watch.poll.set_value(Some(poll));
        watch
    }

    fn take(self, news: Build) {
        let is_news = self.build.try_with_untracked(|known| {
            known
                .as_ref()
                .is_none_or(|known| *known != news && !is_old(&news, known))
        });
        if is_news == Some(true) {
            self.build.try_set(Some(news));
        }
    }

    fn poke(self) {
        self.poll
            .try_with_value(|poll| poll.as_ref().map(Poll::poke));
    }

    fn retry(self) {
        self.poll
            .try_with_value(|poll| poll.as_ref().map(Poll::retry));
    }
}

fn trail(workspace: &WorkspaceId, heading: Memo<String>) {
    let name = use_workspace_name(workspace);
    let list = Page::Workspace(workspace.clone());
    let builds = Page::Builds(workspace.clone());
    Trail::follow(move || {
        vec![
            Crumb::to(&list, name.get()),
            Crumb::to(&builds, "Builds"),
            Crumb::here(heading.get()),
        ]
    });
}

/// Says how it ended to people who listen to the page; what it prints is not read out.
fn say_the_end(build: RwSignal<Option<Build>>) {
    let announcer = Announcer::get();
    Effect::new(move |was_open: Option<bool>| {
        let build = build.read();
        let is_open = build.as_ref().is_some_and(Build::is_open);
        if let (Some(true), false, Some(build)) = (was_open, is_open, build.as_ref()) {
            announcer.say(format!("Build of {}: {}", title(build), state(build).1));
        }
        is_open
    });
}

fn printed(id: &BuildId, build: RwSignal<Option<Build>>, is_open: Memo<bool>) -> Printed {
    let path = api::build_log_path(id);
    let download = [&path, "?download=1"].concat();
    Printed {
        name: "Log",
        path: Signal::stored(Some(path)),
        lasts: is_open.into(),
        empty: Signal::derive(move || {
            let build = build.read();
            match build.as_ref().map(|build| &build.status) {
                Some(BuildStatus::Pending) => "What the steps print is shown here once it begins.",
                Some(BuildStatus::Running) => "Nothing has been printed yet.",
                _ => "Nothing was printed.",
            }
        }),
        download: Signal::stored(Some(download)),
        is_main: true,
        id: "log",
    }
}

/// Cancelling while it goes on, trying again once it ended without success.
#[component]
fn Actions(
    #[prop(name = "of")] build: RwSignal<Option<Build>>,
    workspace: StoredValue<WorkspaceId>,
    watch: Watch,
) -> impl IntoView {
    let task = use_async_action(Request::Build);
    let asked = Asked::new();
    let navigate = use_navigate();
    let deed = Memo::new(move |_| build.read().as_ref().and_then(Deed::of));
    let retry = Callback::new(move |()| {
        let Some(id) = build.with_untracked(|build| build.as_ref().map(|build| build.id.clone()))
        else {
            return;
        };
        let navigate = navigate.clone();
        task.run(api::retry_build(id), move |fresh| {
            let page = Page::Build(workspace.get_value(), fresh.id);
            navigate(&page.path(), Default::default());
        });
    });
    let cancel = Callback::new(move |()| asked.about(build.get_untracked()));
    let poke = Callback::new(move |()| watch.poke());
    view! {
        <div class="actions">
            {live(move || match deed.get() {
                Some(Deed::Cancel) => view! {
                    <Button on_press=cancel><Icon name="stop" />"Cancel"</Button>
                }
                    .into_any(),
                Some(Deed::Retry) => view! {
                    <Button look=Look::Primary busy=task.busy on_press=retry><Icon name="restart" />"Try again"</Button>
                }
                    .into_any(),
                None => ().into_any(),
            })}
        </div>
        {live(move || task.error.get().map(|error| view! { <Notice>{error.sentence()}</Notice> }))}
        <CancelDialog asked=asked done=poke />
    }
    .into_any()
}

/// Who asked for it and when, and how long it takes.
#[component]
fn Facts(
    #[prop(name = "of")] build: RwSignal<Option<Build>>,
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
        let verb = if build.is_open() { "for " } else { "took " };
        Some([verb, &length(build, now.get())?].concat())
    };
    view! {
        <ul class="build-facts quiet">
            <li>
                "Asked for "
                {live(move || who.get().map(|who| format!("by {who}, ")))}
                <When at=when />
            </li>
            {live(move || took().map(|took| view! { <li>{took}</li> }))}
            {live(move || usual.get().map(|usual| view! { <li>{usual}</li> }))}
            {live(move || before.get().map(|before| {
                let href = Page::Build(workspace.get_value(), before).path();
                view! { <li><a href=href>"The build before"</a></li> }
            }))}
            <li><code>{live(move || id.get())}</code></li>
        </ul>
    }
    .into_any()
}

/// What is to be said of it: its place in the queue, or what went wrong, and who can fix that.
#[component]
fn Told(#[prop(name = "of")] build: RwSignal<Option<Build>>) -> impl IntoView {
    // Its log grows all the time; the card is made anew only when it says something else.
    let said = Memo::new(move |_| build.read().as_ref().and_then(Said::of));
    let shown = move || {
        let said = said.get();
        keep_lines_in_place();
        said.map(card)
    };
    live(shown).into_any()
}

/// The card comes above the log and pushes it down; the lines that somebody reads stay where they are
/// on the screen, before the next picture is painted.
fn keep_lines_in_place() {
    let Some(log) = document().query_selector(".log-scroll").ok().flatten() else {
        return;
    };
    let top = log.get_bounding_client_rect().top();
    request_animation_frame(move || {
        let moved = log.get_bounding_client_rect().top() - top;
        log.scroll_by_with_x_and_y(0.0, moved);
    });
}

/// What the card says.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Said {
    kind: &'static str,
    what: String,
    why: String,
    advice: &'static str,
    who: Option<Who>,
    reason: String,
}

impl Said {
    fn of(build: &Build) -> Option<Self> {
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
            true => (headline(build).to_owned(), text),
            false => (text, String::new()),
        };
        Some(Self {
            kind: state(build).0.word(),
            what,
            why,
            advice: if has_failed { advice(build) } else { "" },
            who: has_failed.then(|| who(build)),
            reason: reason.unwrap_or_default(),
        })
    }
}

fn card(said: Said) -> AnyView {
    let who = said.who.map(|who| {
        let icon = match who {
            Who::You => "person",
            Who::Administrator => "lock",
            Who::Wait => "hourglass",
        };
        view! { <span class="who"><Icon name=icon />{who.words()}</span> }
    });
    let reason = Some(said.reason).filter(|reason| !reason.is_empty());
    let foot = (who.is_some() || reason.is_some()).then(|| {
        view! {
            <p class="told-foot">{who}{reason.map(|reason| view! { <code class="reason">{reason}</code> })}</p>
        }
    });
    let why = Some(said.why).filter(|why| !why.is_empty());
    let advice = Some(said.advice).filter(|advice| !advice.is_empty());
    view! {
        <div class="told build-told" data-kind=said.kind>
            <p class="told-what">{said.what}</p>
            {why.map(|why| view! { <p class="told-why">{why}</p> })}
            {advice.map(|advice| view! { <p class="told-advice">{advice}</p> })}
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
            title="No such build"
            text="It was removed, or never was: of every workspace the newest builds are kept."
        >
            <a class="button" data-look="primary" href=back>"Go to the builds"</a>
        </EmptyState>
    }
    .into_any()
}
