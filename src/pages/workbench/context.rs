//! State that the parts of a workbench's page share, as a context.

use super::commands::{Commands, use_commands};
use super::frame::{Entry, FrameFinding};
use super::frame_state::{FrameState, use_frame_state};
use super::frames::{FrameEntry, Frames};
use super::overlay::{Overlay, OverlayInput};
use super::refusals::Refusals;
use super::tabs::TabsState;
use super::texts;
use crate::effect::Effect;
use crate::pages::details::{PanelState, RunFacts, RunJournal, RunRef, use_run_journal};
use crate::pages::shared::{Reader, StatusSummary, WorkbenchStage, use_reader, use_unreachable};
use crate::store::{AppCatalogue, Session, WorkbenchWatch, use_workbench_status};
use crate::ui::MarkKind;
use gloo_timers::callback::Timeout;
use leptos::prelude::*;
use vestibule_client::frames::FrameKey;
use vestibule_client::poll::Freshness;
use vestibule_model::causes::{self, Cause, Evidence};
use vestibule_model::ids::{WorkbenchId, WorkspaceId};
use vestibule_model::time::Timestamp;

/// Time for which a running app's empty frame is shown before the room explains the delay.
const OPENING_MILLIS: u32 = 1_000;

/// State of a workbench's page.
#[derive(Clone, Copy)]
pub struct WorkbenchContext {
    /// The workbench.
    pub workbench: WorkbenchState,
    /// Current run.
    pub run: RunState,
    /// Frame that shows the app.
    pub frame: AppFrameState,
    /// Commands to the workbench.
    pub commands: Commands,
    /// Tabs.
    pub tabs: TabsState,
    /// State of the page itself.
    pub ui: UiState,
}

/// The workbench as the page shows it.
#[derive(Clone, Copy)]
pub struct WorkbenchState {
    /// The workspace that it belongs to.
    pub workspace: StoredValue<WorkspaceId>,
    /// Data and freshness.
    pub watch: WorkbenchWatch,
    /// Name.
    pub name: Memo<String>,
    /// App's name in the catalogue.
    pub app: Memo<String>,
    /// State, with a restart shown as one state.
    pub summary: Memo<StatusSummary>,
    /// `k8sStatus` on the wire.
    pub k8s_status: Memo<String>,
    /// Address of the app.
    pub app_url: Signal<Option<String>>,
    /// Permissions that the reader lacks.
    pub refusals: Refusals,
}

/// The current run.
#[derive(Clone, Copy)]
pub struct RunState {
    /// The run with its journal.
    pub journal: RunJournal,
    /// Cause of its state, rephrased for the reader, or `None`.
    pub cause: Memo<Option<Cause>>,
    /// The reader of its texts.
    pub reader: Reader,
}

/// The app's frame.
#[derive(Clone, Copy)]
pub struct AppFrameState {
    /// State of the frame.
    pub state: Memo<FrameState>,
    /// What covers the frame.
    pub overlay: Memo<Overlay>,
    /// Progress of entering the app, shared with the frame.
    pub entry: RwSignal<Entry>,
    /// Counter; raised to try entering again.
    pub attempt: RwSignal<u32>,
    /// Parts of the app that may not work.
    pub doubt: RwSignal<Option<FrameFinding>>,
}

/// State of the page itself. It belongs to the reader: no update changes it (FIELD 8).
#[derive(Clone, Copy)]
pub struct UiState {
    /// Unfolded parts of the details.
    pub panel: PanelState,
    /// `true` if the details are open beside the running app.
    pub is_panel_open: RwSignal<bool>,
    /// `true` if the form for a secret is open.
    pub is_adding_secret: RwSignal<bool>,
    /// Name that the form begins with.
    pub secret_name: RwSignal<String>,
    /// `true` if the settings are open.
    pub is_editing: RwSignal<bool>,
    /// Id of the field at which they open; empty: at the first one.
    pub edited_field: RwSignal<&'static str>,
    /// `true` if the shares are open.
    pub is_sharing: RwSignal<bool>,
}

impl WorkbenchContext {
    /// Creates the state of a workbench's page and provides it to everything below.
    pub fn provide(workspace: WorkspaceId, id: &WorkbenchId) -> Self {
        let watch = use_workbench_status(id);
        let commands = use_commands(id.clone(), watch);
        let tabs = TabsState::new(&workspace, id);
        let workbench = WorkbenchState::new(workspace, id, watch, commands);
        let context = Self {
            workbench,
            run: RunState::new(watch),
            frame: AppFrameState::new(id, watch),
            commands,
            tabs,
            ui: UiState::new(),
        };
        provide_context(context);
        context
    }

    /// Returns the state of the page around the caller.
    pub fn expect() -> Self {
        expect_context()
    }

    /// Returns what the details show.
    pub fn facts(self, now: Signal<Timestamp>) -> RunFacts {
        let watch = self.workbench.watch;
        let conditions = move || {
            let workbench = watch.workbench.read();
            let observed = workbench.as_ref().filter(|w| !w.desires_another_run());
            observed
                .map(|w| w.status.conditions.clone())
                .unwrap_or_default()
        };
        RunFacts {
            journal: self.run.journal,
            workbench: watch.workbench.into(),
            conditions: Signal::derive(conditions),
            now,
            panel: self.ui.panel,
        }
    }

    /// Returns the cause if it deserves a card: not just a start in progress.
    pub fn notable_cause(self) -> Option<Cause> {
        let cause = self.run.cause.get();
        cause.filter(|cause| {
            cause.is_notable()
                && !self.frame.state.read().is_open()
                && !self.workbench.summary.read().is_restarting
        })
    }
}

impl WorkbenchState {
    fn new(
        workspace: WorkspaceId,
        id: &WorkbenchId,
        watch: WorkbenchWatch,
        commands: Commands,
    ) -> Self {
        let session = Session::expect();
        let id = id.clone();
        let unreachable = use_unreachable();
        // Then no state is shown as current, and no action is enabled.
        let is_unreachable = Memo::new(move |_| {
            let is_offline = matches!(watch.freshness.get(), Freshness::Offline { .. });
            unreachable.get() || is_offline
        });
        Self {
            refusals: Refusals::new(&workspace, &id, is_unreachable),
            workspace: StoredValue::new(workspace),
            watch,
            name: Memo::new(move |_| {
                let workbench = watch.workbench.read();
                workbench
                    .as_ref()
                    .map(|w| w.name.clone())
                    .unwrap_or_default()
            }),
            app: Memo::new(move |_| {
                let workbench = watch.workbench.read();
                workbench
                    .as_ref()
                    .map(|w| w.app.clone())
                    .unwrap_or_default()
            }),
            summary: Memo::new(move |_| {
                let workbench = watch.workbench.read();
                let summary = workbench
                    .as_ref()
                    .map_or_else(StatusSummary::unknown, StatusSummary::of);
                let summary = commands.summary(summary);
                if !is_unreachable.get() {
                    return summary;
                }
                // The last known state is no statement about now.
                StatusSummary {
                    mark: MarkKind::Unknown,
                    word: texts::UNKNOWN,
                    ..summary
                }
            }),
            k8s_status: Memo::new(move |_| {
                let workbench = watch.workbench.read();
                workbench
                    .as_ref()
                    .map(|w| w.k8s_status.to_string())
                    .unwrap_or_default()
            }),
            app_url: Signal::derive(move || {
                let config = session.config.read();
                config.as_ref().map(|config| config.app_origin(&id))
            }),
        }
    }

    /// Returns the app's title in the catalogue, or `None` if the workbench is called the same.
    pub fn app_title(self, catalogue: AppCatalogue) -> Option<String> {
        let title = catalogue.title(&self.app.read());
        (title != *self.name.read()).then_some(title)
    }

    /// Returns the stage of its life.
    pub fn stage(self) -> WorkbenchStage {
        self.summary.read().stage
    }
}

impl RunState {
    fn new(watch: WorkbenchWatch) -> Self {
        let run = Memo::new(move |_| {
            let workbench = watch.workbench.read();
            workbench.as_ref().and_then(RunRef::of_workbench)
        });
        let journal = use_run_journal(run);
        let reader = use_reader();
        let cause = Memo::new(move |_| {
            let (workbench, entries) = (watch.workbench.read(), journal.entries.read());
            let cause = causes::find(&Evidence::of(workbench.as_ref()?, &entries))?;
            Some(reader.cause(cause))
        });
        Self {
            journal,
            cause,
            reader,
        }
    }
}

impl AppFrameState {
    fn new(id: &WorkbenchId, watch: WorkbenchWatch) -> Self {
        let frames = Frames::expect();
        let FrameEntry {
            entry,
            attempt,
            doubt,
        } = frames.entry(id);
        let state = use_frame_state(watch, id.clone(), frames.run_of(id));
        let is_known = Memo::new(move |_| watch.workbench.read().is_some());
        let is_slow = use_opening_timeout(state);
        let id = id.clone();
        let overlay = Memo::new(move |before: Option<&Overlay>| {
            let key = state.read().run().map(|run| FrameKey {
                workbench: id.clone(),
                run,
            });
            Overlay::after(
                before,
                OverlayInput {
                    is_known: is_known.get(),
                    frame: &state.read(),
                    entry: &entry.read(),
                    is_dropped: key.is_some_and(|key| frames.is_resumable(&key)),
                    is_slow: is_slow.get(),
                },
            )
        });
        Self {
            state,
            overlay,
            entry,
            attempt,
            doubt,
        }
    }

    /// Tries to enter the app again.
    pub fn try_again(self) {
        self.attempt.update(|n| *n += 1);
    }
}

/// Becomes true once an open frame has had its time to load.
fn use_opening_timeout(state: Memo<FrameState>) -> RwSignal<bool> {
    let is_slow = RwSignal::new(false);
    let timer = StoredValue::<Option<Timeout>, LocalStorage>::new_local(None);
    let run = Memo::new(move |_| state.read().run());
    Effect::new(move |_| {
        is_slow.set(false);
        timer.set_value(run.get().map(|_| {
            Timeout::new(OPENING_MILLIS, move || {
                is_slow.try_set(true);
            })
        }));
    });
    is_slow
}

impl UiState {
    fn new() -> Self {
        Self {
            panel: PanelState::folded(),
            is_panel_open: RwSignal::new(false),
            is_adding_secret: RwSignal::new(false),
            secret_name: RwSignal::new(String::new()),
            is_editing: RwSignal::new(false),
            edited_field: RwSignal::new(""),
            is_sharing: RwSignal::new(false),
        }
    }

    /// Opens the settings at the field with this id, or at the first one.
    pub fn edit(self, field: &'static str) {
        self.edited_field.set(field);
        self.is_editing.set(true);
    }

    /// Opens the form for a secret.
    pub fn open_secret_form(self, name: Option<String>) {
        self.secret_name.set(name.unwrap_or_default());
        self.is_adding_secret.set(true);
    }

    /// Opens the details beside the app, at the log.
    pub fn show_log_beside_app(self) {
        self.panel.log.set(true);
        self.is_panel_open.set(true);
    }
}
