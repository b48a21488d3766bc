//! Commands about one workbench or many: confirmed once, sent a few at a time, reported one by one.

use super::state::TableState;
use crate::api::ApiError;
use crate::pages::shared::{Rights, may_hold_work, use_unreachable_reason};
use crate::pages::workbenches::texts;
use crate::store::{Session, Store, WorkbenchCommand};
use crate::ui::Announcer;
use leptos::prelude::*;
use std::cell::RefCell;
use std::rc::Rc;
use vestibule_client::state::State;
use vestibule_client::table::TableRow;
use vestibule_model::access::{Permission, Resource};
use vestibule_model::ids::WorkbenchId;
use vestibule_model::workbench::Workbench;

/// Requests that are under way at once; a browser has six connections to a server.
const AT_ONCE: usize = 4;

/// Action on the selected workbenches, or on one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BulkAction {
    /// Starts the workbench.
    Start,
    /// Stops it.
    Stop,
    /// Deletes it with its folder.
    Delete,
}

impl BulkAction {
    /// Returns the label of its button.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Start => texts::START,
            Self::Stop => texts::STOP,
            Self::Delete => texts::DELETE,
        }
    }

    /// Returns its icon.
    pub fn icon(self) -> &'static str {
        match self {
            Self::Start => "play",
            Self::Stop => "stop",
            Self::Delete => "trash",
        }
    }

    fn command(self) -> WorkbenchCommand {
        match self {
            Self::Start => WorkbenchCommand::Start,
            Self::Stop => WorkbenchCommand::Stop,
            Self::Delete => WorkbenchCommand::Delete,
        }
    }

    /// Returns the permission that it needs.
    fn permission(self) -> Permission {
        match self {
            Self::Start => Permission::WorkbenchStart,
            Self::Stop => Permission::WorkbenchStop,
            Self::Delete => Permission::WorkbenchDelete,
        }
    }

    /// Returns `true` if it changes anything about a workbench.
    fn fits(self, row: &TableRow) -> bool {
        match self {
            _ if row.state == State::Deleting => false,
            Self::Start => row.state.is_ended(),
            Self::Stop => !row.state.is_ended(),
            Self::Delete => true,
        }
    }
}

/// A command about one workbench.
#[derive(Debug, Clone, PartialEq)]
pub struct ProposedCommand {
    /// The action.
    pub action: BulkAction,
    /// The workbench.
    pub id: WorkbenchId,
    /// The workbench's name.
    pub name: String,
}

/// Commands that wait for confirmation.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Proposal {
    /// The commands.
    pub commands: Vec<ProposedCommand>,
    /// Number of commands about rows that the filter hides.
    pub hidden: usize,
    /// Number of selected rows that they would not change.
    pub left: usize,
    /// Number of selected rows for which the user lacks the permission, and the sentence about it.
    pub refused: Option<(usize, String)>,
}

/// Progress of the commands that were sent.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Progress {
    /// Number of commands.
    pub total: usize,
    /// Number of successful commands.
    pub done: usize,
    /// The commands that failed, and why.
    pub failed: Vec<(ProposedCommand, String)>,
}

impl Progress {
    /// Returns the number of finished commands.
    pub fn answered(&self) -> usize {
        self.done + self.failed.len()
    }

    /// Returns `true` if some answers are missing.
    pub fn is_under_way(&self) -> bool {
        self.answered() < self.total
    }
}

/// Commands that wait to be sent.
#[derive(Default)]
struct Pool {
    queue: Vec<ProposedCommand>,
    workers: usize,
}

/// The table's commands.
#[derive(Clone, Copy)]
pub struct Bulk {
    /// `true` if the dialog is open.
    pub open: RwSignal<bool>,
    /// The commands to confirm, or `None` once that was answered.
    pub asked: RwSignal<Option<Proposal>>,
    /// Progress of the commands.
    pub progress: RwSignal<Progress>,
    /// The workbenches with a command under way.
    pub busy: RwSignal<Vec<WorkbenchId>>,
    /// Reason why all commands are refused.
    unreachable: Signal<Option<String>>,
    state: TableState,
    refresh: Callback<()>,
    store: Store,
    pool: StoredValue<Rc<RefCell<Pool>>, LocalStorage>,
    session: Session,
    announcer: Announcer,
    rights: Rights,
}

impl Bulk {
    /// Creates the state without commands; `refresh` requests the list after some.
    pub fn new(state: TableState, refresh: Callback<()>) -> Self {
        Self {
            open: RwSignal::new(false),
            asked: RwSignal::new(None),
            progress: RwSignal::new(Progress::default()),
            busy: RwSignal::new(Vec::new()),
            unreachable: use_unreachable_reason(),
            state,
            refresh,
            store: Store::expect(),
            pool: StoredValue::new_local(Rc::default()),
            session: Session::expect(),
            announcer: Announcer::expect(),
            rights: Rights::expect(),
        }
    }

    fn may(self, action: BulkAction, id: &WorkbenchId) -> bool {
        let resource = self.state.resource(id.clone());
        self.rights.has(action.permission(), &resource)
    }

    /// Returns why a command about one workbench is refused, or `None`.
    pub fn refusal(self, action: BulkAction, id: &WorkbenchId) -> Option<String> {
        let resource = self.state.resource(id.clone());
        let refusal = self.rights.refusal(action.permission(), &resource);
        refusal.or_else(|| self.unreachable.get())
    }

    /// Returns why a command about the selected rows is refused: the user may run it on none of them, or
    /// the server cannot be reached.
    pub fn refusal_of_all(self, action: BulkAction) -> Option<String> {
        self.state.selected.track();
        let permission = action.permission();
        let in_workspace = Resource::Workspace(self.state.workspace());
        if self.rights.has(permission, &in_workspace) {
            return self.unreachable.get();
        }
        let is_any = self.state.read(|table| {
            let mut rows = table.selected().into_iter();
            rows.any(|row| self.may(action, &row.id))
        });
        match is_any {
            Some(false) => Some(self.rights.needs(permission)),
            Some(true) | None => self.unreachable.get(),
        }
    }

    /// Asks for confirmation about the selected rows.
    pub fn ask(self, action: BulkAction) {
        let proposal = untrack(|| self.propose(action));
        self.asked.set(proposal);
        self.open.set(true);
    }

    fn propose(self, action: BulkAction) -> Option<Proposal> {
        self.state.read(|table| {
            let all = table.selected();
            let shown = all.len() - table.hidden_selected();
            let mut proposal = Proposal::default();
            let mut refused = 0;
            for (place, row) in all.into_iter().enumerate() {
                if !self.may(action, &row.id) {
                    refused += 1;
                } else if action.fits(row) {
                    proposal.hidden += usize::from(place >= shown);
                    proposal.commands.push(ProposedCommand {
                        action,
                        id: row.id.clone(),
                        name: row.name.clone(),
                    });
                } else {
                    proposal.left += 1;
                }
            }
            if refused > 0 {
                proposal.refused = Some((refused, self.rights.needs(action.permission())));
            }
            proposal
        })
    }

    /// Runs a command from a row's own button. A confirmation comes first if work may be lost.
    pub fn ask_about(self, action: BulkAction, workbench: &Workbench) {
        let commands = vec![ProposedCommand {
            action,
            id: workbench.id.clone(),
            name: workbench.name.clone(),
        }];
        let is_loss = match action {
            BulkAction::Start => false,
            BulkAction::Stop => may_hold_work(workbench),
            BulkAction::Delete => true,
        };
        if is_loss {
            self.asked.set(Some(Proposal {
                commands,
                ..Proposal::default()
            }));
            self.open.set(true);
        } else {
            self.begin(commands);
        }
    }

    /// Sends the commands that were asked about.
    pub fn confirm(self) {
        let proposal = self.asked.get_untracked();
        self.asked.set(None);
        self.begin(proposal.unwrap_or_default().commands);
    }

    /// Sends the failed commands again.
    pub fn retry(self) {
        let failed = self.progress.get_untracked().failed;
        self.begin(failed.into_iter().map(|(command, _)| command).collect());
    }

    fn begin(self, commands: Vec<ProposedCommand>) {
        self.progress.update(|progress| {
            if !progress.is_under_way() {
                *progress = Progress::default();
            }
            progress.total += commands.len();
        });
        self.busy
            .update(|busy| busy.extend(commands.iter().map(|command| command.id.clone())));
        let pool = self.pool.get_value();
        let workers = {
            let mut pool = pool.borrow_mut();
            // The last is taken first.
            pool.queue.splice(0..0, commands.into_iter().rev());
            let more = AT_ONCE.min(pool.queue.len() + pool.workers) - pool.workers;
            pool.workers += more;
            more
        };
        for _ in 0..workers {
            // The commands continue when the page is left, so that none is half done.
            leptos::task::spawn_local(work(self, pool.clone()));
        }
    }

    fn answered(self, command: ProposedCommand, result: Result<(), ApiError>) {
        self.busy.try_update(|busy| {
            if let Some(place) = busy.iter().position(|id| *id == command.id) {
                busy.swap_remove(place);
            }
        });
        let is_gone =
            command.action == BulkAction::Delete && matches!(result, Err(ApiError::NotFound));
        let cause = match result {
            Ok(_) => {
                if command.action == BulkAction::Delete {
                    self.state.report_deletion(&command.id, &command.name);
                }
                None
            }
            Err(_) if is_gone => None,
            Err(ApiError::Unauthorized(_)) => return self.session.expired(),
            Err(error) => Some(error.sentence()),
        };
        let is_over = self.progress.try_update(|progress| {
            match cause {
                Some(why) => progress.failed.push((command, why)),
                None => progress.done += 1,
            }
            !progress.is_under_way()
        });
        if is_over == Some(true) {
            self.over();
        }
    }

    /// Reports the result: failures in the dialog; successes are seen in the rows.
    fn over(self) {
        let (total, failed) = self
            .progress
            .with_untracked(|progress| (progress.total, progress.failed.len()));
        if failed > 0 {
            self.asked.set(None);
            self.open.set(true);
        } else if self.asked.with_untracked(Option::is_none) {
            self.open.set(false);
        }
        if total > 1 {
            self.announcer.say(texts::done(total - failed, total));
        }
        self.refresh.run(());
    }
}

async fn work(bulk: Bulk, pool: Rc<RefCell<Pool>>) {
    loop {
        let next = pool.borrow_mut().queue.pop();
        let Some(command) = next else {
            pool.borrow_mut().workers -= 1;
            return;
        };
        let sent = bulk
            .store
            .command(command.action.command(), command.id.clone());
        let result = sent.await;
        let cause = result.as_ref().err().and_then(ApiError::connection_error);
        bulk.store.request_ended(cause);
        bulk.answered(command, result);
    }
}
