//! Wishes about one workbench or many: asked once, sent a few at a time, and told one by one.

use super::board::Board;
use crate::api::{self, Answer, ApiError};
use crate::hooks::async_action::UnderWay;
use crate::hooks::{Session, register_run_of};
use crate::ui::Announcer;
use crate::workbench::reading;
use leptos::prelude::*;
use std::cell::RefCell;
use std::rc::Rc;
use vestibule_model::activity::Request;
use vestibule_model::ids::WorkbenchId;
use vestibule_model::state::State;
use vestibule_model::table::Row;
use vestibule_model::workbench::Workbench;

/// So many requests are under way at once; a browser has six connections to a server.
const AT_ONCE: usize = 4;

/// What is wished.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verb {
    /// To run.
    Start,
    /// Not to run.
    Stop,
    /// To go, with its folder.
    Delete,
}

impl Verb {
    /// On its button.
    pub fn word(self) -> &'static str {
        match self {
            Self::Start => "Start",
            Self::Stop => "Stop",
            Self::Delete => "Delete",
        }
    }

    /// Its icon.
    pub fn icon(self) -> &'static str {
        match self {
            Self::Start => "play",
            Self::Stop => "stop",
            Self::Delete => "trash",
        }
    }

    /// What the indicator is to call it.
    fn request(self) -> Request {
        match self {
            Self::Start => Request::Start,
            Self::Stop => Request::Stop,
            Self::Delete => Request::Delete,
        }
    }

    /// Whether it makes a difference to a workbench.
    fn fits(self, row: &Row) -> bool {
        match self {
            _ if row.state == State::Deleting => false,
            Self::Start => row.state.is_ended(),
            Self::Stop => !row.state.is_ended(),
            Self::Delete => true,
        }
    }
}

/// A wish about one workbench.
#[derive(Debug, Clone, PartialEq)]
pub struct Job {
    /// The wish.
    pub verb: Verb,
    /// The workbench.
    pub id: WorkbenchId,
    /// What people call it.
    pub name: String,
}

/// What is about to be wished.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Asked {
    /// The wishes.
    pub jobs: Vec<Job>,
    /// How many of them are about rows that are not shown.
    pub hidden: usize,
    /// How many selected rows the wish would make no difference to.
    pub left: usize,
}

/// How far it is.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Progress {
    /// How many wishes there are.
    pub total: usize,
    /// How many the server has taken.
    pub done: usize,
    /// The others, and why.
    pub failed: Vec<(Job, String)>,
}

impl Progress {
    /// Whether some are still to be answered.
    pub fn is_under_way(&self) -> bool {
        self.done + self.failed.len() < self.total
    }
}

/// What waits to be sent.
#[derive(Default)]
struct Pool {
    queue: Vec<Job>,
    workers: usize,
}

/// The wishes of the table.
#[derive(Clone, Copy)]
pub struct Bulk {
    /// Whether the dialog is open.
    pub open: RwSignal<bool>,
    /// What it asks about; nothing once that was answered.
    pub asked: RwSignal<Option<Asked>>,
    /// How far the wishes are.
    pub progress: RwSignal<Progress>,
    /// The workbenches that a wish is under way for.
    pub busy: RwSignal<Vec<WorkbenchId>>,
    board: Board,
    poke: Callback<()>,
    pool: StoredValue<Rc<RefCell<Pool>>, LocalStorage>,
    session: Session,
    announcer: Announcer,
}

impl Bulk {
    /// Nothing is wished yet; `poke` follows what was.
    pub fn new(board: Board, poke: Callback<()>) -> Self {
        Self {
            open: RwSignal::new(false),
            asked: RwSignal::new(None),
            progress: RwSignal::new(Progress::default()),
            busy: RwSignal::new(Vec::new()),
            board,
            poke,
            pool: StoredValue::new_local(Rc::default()),
            session: Session::get(),
            announcer: Announcer::get(),
        }
    }

    /// Asks about the selected rows.
    pub fn ask(self, verb: Verb) {
        let asked = self.board.read(|table| {
            let all = table.selected();
            let shown = all.len() - table.hidden_selected();
            let mut asked = Asked::default();
            for (place, row) in all.into_iter().enumerate() {
                if verb.fits(row) {
                    asked.hidden += usize::from(place >= shown);
                    asked.jobs.push(Job {
                        verb,
                        id: row.id.clone(),
                        name: row.name.clone(),
                    });
                } else {
                    asked.left += 1;
                }
            }
            asked
        });
        self.asked.set(asked);
        self.open.set(true);
    }

    /// One row's own button. Asked about is only that by which something may be lost.
    pub fn ask_about(self, verb: Verb, workbench: &Workbench) {
        let jobs = vec![Job {
            verb,
            id: workbench.id.clone(),
            name: workbench.name.clone(),
        }];
        let is_loss = match verb {
            Verb::Start => false,
            Verb::Stop => reading::may_hold_work(workbench),
            Verb::Delete => true,
        };
        if is_loss {
            let (hidden, left) = (0, 0);
            self.asked.set(Some(Asked { jobs, hidden, left }));
            self.open.set(true);
        } else {
            self.begin(jobs);
        }
    }

    /// The answer was yes.
    pub fn confirm(self) {
        let asked = self.asked.get_untracked();
        self.asked.set(None);
        self.begin(asked.unwrap_or_default().jobs);
    }

    /// Once more, those that failed.
    pub fn retry(self) {
        let failed = self.progress.get_untracked().failed;
        self.begin(failed.into_iter().map(|(job, _)| job).collect());
    }

    fn begin(self, jobs: Vec<Job>) {
        self.progress.update(|progress| {
            if !progress.is_under_way() {
                *progress = Progress::default();
            }
            progress.total += jobs.len();
        });
        self.busy
            .update(|busy| busy.extend(jobs.iter().map(|job| job.id.clone())));
        let pool = self.pool.get_value();
        let workers = {
            let mut pool = pool.borrow_mut();
            // The last is taken first.
            pool.queue.splice(0..0, jobs.into_iter().rev());
            let more = AT_ONCE.min(pool.queue.len() + pool.workers) - pool.workers;
            pool.workers += more;
            more
        };
        for _ in 0..workers {
            // It goes on when the page is left: half of what was asked for would be a surprise.
            leptos::task::spawn_local(work(self, pool.clone()));
        }
    }

    fn answered(self, job: Job, result: Result<Answer, ApiError>) {
        self.busy.try_update(|busy| {
            if let Some(place) = busy.iter().position(|id| *id == job.id) {
                busy.swap_remove(place);
            }
        });
        let is_gone = job.verb == Verb::Delete && matches!(result, Err(ApiError::NotFound));
        let trouble = match result {
            Ok(answer) => {
                if let Ok(workbench) = api::read::<Workbench>(&answer) {
                    self.board.heard(workbench);
                }
                None
            }
            Err(_) if is_gone => None,
            Err(ApiError::Unauthorized(_)) => return self.session.expired(),
            Err(error) => Some(error.sentence()),
        };
        let is_over = self.progress.try_update(|progress| {
            match trouble {
                Some(why) => progress.failed.push((job, why)),
                None => progress.done += 1,
            }
            !progress.is_under_way()
        });
        if is_over == Some(true) {
            self.over();
        }
    }

    /// Failures are shown; that all went well is said, and seen in the rows.
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
            let done = total - failed;
            self.announcer.say(format!("{done} of {total} done"));
        }
        self.poke.run(());
    }
}

async fn work(bulk: Bulk, pool: Rc<RefCell<Pool>>) {
    loop {
        let next = pool.borrow_mut().queue.pop();
        let Some(job) = next else {
            pool.borrow_mut().workers -= 1;
            return;
        };
        let id = job.id.clone();
        let under_way = UnderWay::begin(job.verb.request(), Some(id.clone()));
        let result = match job.verb {
            Verb::Start => api::wish(id, "start").await,
            Verb::Stop => api::wish(id, "stop").await,
            Verb::Delete => api::delete_workbench(id).await,
        };
        if let Ok(Ok(workbench)) = result.as_ref().map(api::read) {
            register_run_of(&workbench);
        }
        drop(under_way);
        bulk.answered(job, result);
    }
}
