//! The session page: the waiting room, and behind it the app, once it really runs.

use super::cover::Cover;
use super::desk::Desk;
use super::door::Door;
use super::drawer::Drawer;
use super::focus;
use super::frame::{Entry, Finding};
use super::frames::{Frames, WayIn};
use super::loss::{Asking, Loss};
use super::reading::{self, Reading, Stage};
use super::room::Room;
use super::story::{Story, Subject, use_story};
use super::strip::Strip;
use super::veil::VeilCard;
use super::wishes::{Wish, Wishes, use_wishes};
use crate::hooks::async_action::UnderWay;
use crate::hooks::{Crumb, Session, Trail, WorkbenchWatch, follow, use_workbench_status};
use crate::parts;
use crate::routes::Page;
use crate::ui::{Announcer, MarkKind, adopt_room, attr, effect, ever, live, show_state_in_tab};
use crate::workspaces::use_workspace_name;
use gloo_timers::callback::Timeout;
use leptos::prelude::*;
use leptos_router::hooks::use_navigate;
use vestibule_model::activity::Request;
use vestibule_model::causes::Cause;
use vestibule_model::frames::FrameKey;
use vestibule_model::ids::{WorkbenchId, WorkspaceId};
use vestibule_model::poll::Freshness;

/// How long the room takes to fade; the style sheet's `--door` says the same.
const DOOR_MILLIS: u32 = 180;

/// What the parts of the page share.
#[derive(Clone, Copy)]
pub struct SessionView {
    /// The data and its freshness.
    pub watch: WorkbenchWatch,
    /// The workbench's name.
    pub name: Memo<String>,
    /// How it reads.
    pub reading: Memo<Reading>,
    /// The wire's word for it.
    pub k8s_status: Memo<String>,
    /// The app's own address.
    pub app_url: Memo<Option<String>>,
    /// How far the way in has come.
    pub entry: RwSignal<Entry>,
    /// Whether the frame is there.
    pub door: Memo<Door>,
    /// What lies over the frame.
    pub cover: Memo<Cover>,
    /// Raised to try the way in again.
    pub attempt: RwSignal<u32>,
    /// What may not work inside.
    pub doubt: Memo<Option<Finding>>,
    /// What one wishes.
    pub wishes: Wishes,
    /// Whether the question is open that comes before something is lost.
    pub asking: RwSignal<bool>,
    /// What that question is about.
    pub loss: RwSignal<Loss>,
    /// Whether it is to start again once it has stopped.
    pub restarting: RwSignal<bool>,
    /// The restart as the header counts it, from the wish to stop to the start that was taken.
    restart: StoredValue<Option<UnderWay>, LocalStorage>,
    /// The current run, with its journal.
    pub story: Story,
    /// Why it is as it is, where there is a cause to tell.
    pub cause: Memo<Option<Cause>>,
    /// What is unfolded, and which dialog is open.
    pub desk: Desk,
}

impl SessionView {
    /// Stops it, after a question if something may be lost. To cancel a start is the same.
    pub fn stop(self) {
        self.do_or_ask(Loss::Stop);
    }

    /// Stops it and starts it again, after a question if something may be lost; starts it at once
    /// when it has ended already.
    pub fn restart(self) {
        if matches!(self.reading.read_untracked().stage, Stage::Ended { .. }) {
            self.wishes.run(Wish::Start, || {});
        } else {
            self.do_or_ask(Loss::Restart);
        }
    }

    /// Asks first.
    pub fn ask(self, loss: Loss) {
        self.wishes.task.error.set(None);
        self.loss.set(loss);
        self.asking.set(true);
    }

    fn do_or_ask(self, loss: Loss) {
        let workbench = self.watch.workbench.read_untracked();
        if workbench.as_ref().is_some_and(reading::may_hold_work) {
            self.ask(loss);
        } else {
            self.lose(loss, || {});
        }
    }

    /// Does it; `done` runs once the server has taken it.
    fn lose(self, loss: Loss, done: impl FnOnce() + 'static) {
        let wish = match loss {
            Loss::Stop | Loss::Restart => Wish::Stop,
            Loss::Delete => Wish::Delete,
        };
        let restart = (loss == Loss::Restart).then(|| self.begin_restart());
        self.wishes.run(wish, move || {
            if let Some(restart) = restart {
                self.restart.try_set_value(restart);
                self.restarting.try_set(true);
            }
            done();
        });
    }

    fn begin_restart(self) -> Option<UnderWay> {
        let workbench = self.watch.workbench.read_untracked();
        let workbench = workbench.as_ref()?;
        let run = workbench.run.as_ref()?.number;
        let request = Request::Restart(run);
        Some(UnderWay::begin(request, Some(workbench.id.clone())))
    }
}

/// The session page.
#[component]
pub fn SessionPage(workspace: WorkspaceId, id: WorkbenchId) -> impl IntoView {
    adopt_room();
    let view = share(id.clone());
    show_frame(view, id);
    follow_trail(view, workspace.clone());
    announce(view);
    show_state_in_tab(Signal::derive(move || {
        let freshness = view.watch.freshness.get();
        // What is not there any more has no state, either.
        let is_known = view.watch.workbench.read().is_some() && !freshness.is_lost();
        is_known.then(|| match freshness {
            // What was known is not stated as a fact (DESIGN 5, "Header indicator").
            Freshness::Stale { .. } => (MarkKind::Unknown, "Stale"),
            Freshness::Offline { .. } => (MarkKind::Unknown, "Offline"),
            _ => {
                let reading = view.reading.read();
                (reading.mark, reading.word)
            }
        })
    }));
    start_again_when_stopped(view);
    let is_room_there = keep_room_until_faded(view);
    // While the room fades it is out of reach: from then on the strip names the page.
    let is_strip_there =
        Memo::new(move |_| view.cover.get() != Cover::Room || !is_room_there.get());
    let navigate = use_navigate();
    let (is_secret_asked, is_edited) = (ever(view.desk.secret), ever(view.desk.editing));
    let is_asked = ever(view.asking);
    let (secrets_of, edited_in) = (workspace.clone(), workspace.clone());
    let back = Callback::new(move |()| {
        navigate(
            &Page::Workspace(workspace.clone()).path(),
            Default::default(),
        );
    });
    let question = question(view, back);
    view! {
        <div class="session">
            <div class="strip" data-state=attr(move || if is_strip_there.get() { "there" } else { "gone" })>
                {live(move || is_strip_there.get().then(|| view! { <Strip view=view /> }))}
            </div>
            <div class="stage">
                {live(move || match view.cover.get() {
                    Cover::Veil(veil) => Some(view! { <VeilCard view=view veil=veil /> }),
                    Cover::Room | Cover::Nothing => None,
                })}
            </div>
            {live(move || {
                is_room_there
                    .get()
                    .then(|| {
                        view! {
                            <div class="room-layer" data-state=attr(move || (view.cover.get() != Cover::Room).then_some("leaving")) inert=attr(move || view.cover.get() != Cover::Room)>
                                <Room view=view />
                            </div>
                        }
                    })
            })}
            <Drawer view=view />
            {live(move || is_secret_asked.get().then(|| parts::SECRET.add((view, secrets_of.clone()))))}
            {live(move || is_edited.get().then(|| parts::EDIT.add((view, edited_in.clone()))))}
            {live(move || is_asked.get().then(|| parts::LOSS.add(question)))}
        </div>
    }
    .into_any()
}

fn share(id: WorkbenchId) -> SessionView {
    let watch = use_workbench_status(&id);
    let workbench = watch.workbench;
    let session = Session::get();
    let origin_id = id.clone();
    let frames = Frames::get();
    let WayIn {
        entry,
        attempt,
        doubt,
    } = frames.way(&id);
    let door = follow_door(watch, &id);
    let cover_id = id.clone();
    let why = parts::WHY.follow();
    let story = use_story(Memo::new(move |_| {
        workbench.read().as_ref().and_then(Subject::of)
    }));
    SessionView {
        watch,
        name: Memo::new(move |_| {
            workbench
                .read()
                .as_ref()
                .map_or_else(String::new, |w| w.name.clone())
        }),
        reading: Memo::new(move |_| {
            workbench
                .read()
                .as_ref()
                .map_or_else(nothing_yet, reading::read)
        }),
        k8s_status: Memo::new(move |_| {
            workbench
                .read()
                .as_ref()
                .map_or_else(String::new, |w| w.k8s_status.to_string())
        }),
        app_url: Memo::new(move |_| {
            follow(&session.config);
            session
                .config
                .read_untracked()
                .as_ref()
                .map(|config| config.app_origin(&origin_id))
        }),
        entry,
        door,
        cover: Memo::new(move |_| {
            let run = door.read().run();
            let key = run.map(|run| FrameKey {
                workbench: cover_id.clone(),
                run,
            });
            let is_resumable = key.is_some_and(|key| frames.is_resumable(&key));
            follow(&entry);
            Cover::of(&door.read(), &entry.read_untracked(), is_resumable)
        }),
        attempt,
        doubt: Memo::new(move |_| {
            follow(&doubt);
            doubt.get_untracked()
        }),
        wishes: use_wishes(id, move |answer| watch.heard(answer)),
        asking: RwSignal::new(false),
        loss: RwSignal::new(Loss::Stop),
        restarting: RwSignal::new(false),
        restart: StoredValue::new_local(None),
        story,
        cause: Memo::new(move |_| {
            let find = why.get()?;
            find(workbench.read().as_ref()?, &story.journal.read())
        }),
        desk: Desk::new(),
    }
}

/// The question before something is lost; `back` leads away from a workbench that goes.
fn question(view: SessionView, back: Callback<()>) -> Asking {
    let task = view.wishes.task;
    Asking {
        open: view.asking,
        loss: view.loss,
        name: view.name.into(),
        busy: task.busy.into(),
        error: Signal::derive(move || task.error.get().map(|error| error.sentence())),
        yes: Callback::new(move |loss| {
            view.lose(loss, move || {
                view.asking.try_set(false);
                match loss {
                    Loss::Delete => back.run(()),
                    // What was pressed goes with the strip.
                    Loss::Stop | Loss::Restart => focus::keep(),
                }
            });
        }),
    }
}

/// Where a frame is kept from before, the door begins as it was left.
fn follow_door(watch: WorkbenchWatch, id: &WorkbenchId) -> Memo<Door> {
    let id = id.clone();
    let born = match Frames::get().run_of(&id) {
        Some(run) => Door::Open { run },
        None => Door::Shut,
    };
    let is_lost = Memo::new(move |_| watch.freshness.get().is_lost());
    Memo::new(move |before: Option<&Door>| {
        let workbench = watch.workbench.read();
        let news = workbench.as_ref().filter(|_| !is_lost.get());
        before.unwrap_or(&born).after(news, &id)
    })
}

/// Says which frame belongs to this page, for as long as the page is there.
fn show_frame(view: SessionView, id: WorkbenchId) {
    let frames = Frames::get();
    let left = id.clone();
    on_cleanup(move || frames.hide(&left));
    let run = Memo::new(move |_| view.door.read().run());
    effect(move || match run.get() {
        Some(run) => frames.show(FrameKey {
            workbench: id.clone(),
            run,
        }),
        // Without news of it nothing has ended.
        None if view.watch.workbench.read_untracked().is_none() => frames.hide(&id),
        None => frames.end_workbench(&id),
    });
}

fn nothing_yet() -> Reading {
    Reading {
        stage: Stage::Unknown,
        mark: MarkKind::Unknown,
        word: "Unknown",
        sentence: String::new(),
        reason: String::new(),
        detail: String::new(),
    }
}

fn follow_trail(view: SessionView, workspace: WorkspaceId) {
    let name = use_workspace_name(&workspace);
    let list = Page::Workspace(workspace);
    Trail::follow(move || vec![Crumb::to(&list, name.get()), Crumb::here(view.name.get())]);
}

/// Says each transition once, never what merely ticks.
fn announce(view: SessionView) {
    let announcer = Announcer::get();
    let text = Memo::new(move |_| {
        let is_known = view.watch.workbench.read().is_some();
        let reading = view.reading.read();
        is_known.then(|| {
            format!(
                "{}: {}. {}",
                view.name.read(),
                reading.word,
                reading.sentence
            )
        })
    });
    effect(move || {
        if let Some(text) = text.get() {
            announcer.say(text);
        }
    });
}

/// The second half of a restart.
fn start_again_when_stopped(view: SessionView) {
    let stage = Memo::new(move |_| view.reading.read().stage);
    effect(move || {
        let has_ended = matches!(stage.get(), Stage::Ended { .. });
        if has_ended && view.restarting.get() && !view.wishes.task.busy.get() {
            view.restarting.set(false);
            let restart = view.restart.try_update_value(Option::take);
            view.wishes.run(Wish::Start, move || drop(restart));
        }
    });
}

/// The room goes once one is inside, after its fade; it is back at once.
fn keep_room_until_faded(view: SessionView) -> RwSignal<bool> {
    let is_wanted = Memo::new(move |_| view.cover.get() == Cover::Room);
    let is_there = RwSignal::new(is_wanted.get_untracked());
    let timer = StoredValue::<Option<Timeout>, LocalStorage>::new_local(None);
    effect(move || {
        if !is_wanted.get() {
            timer.set_value(Some(Timeout::new(DOOR_MILLIS, move || {
                is_there.try_set(false);
            })));
        } else {
            timer.set_value(None);
            is_there.set(true);
        }
    });
    is_there
}

#[cfg(all(test, target_arch = "wasm32"))]
#[path = "page_tests.rs"]
mod tests;
