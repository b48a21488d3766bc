//! Builds: an app's steps, run once, in the background.
//!
//! A build is complete when its folder has the mark, which is written last. Incomplete folders are
//! removed at the start of the server and before a build. Builds end with the server.

mod log;
mod plan;
mod step;

pub(super) use plan::{blueprint, used};

use super::catalogue::{Catalogue, CatalogueEntry};
use super::folders::remove_tree;
use super::mount::Mount;
use super::processes;
use super::sandbox::{self, Needs, Sandbox, Sandboxes};
use crate::builds::{BuildOrder, BuildOutcome, BuildVerdict, Progress};
use crate::clock::{Clock, SystemClock};
use log::BuildLog;
use std::collections::HashMap;
use std::fs::File;
use std::io;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use step::{CLEANUP_PATIENCE, Failure, Halt, Step, VARIABLE};
use vestibule_model::build::{BuildReason, BuildStep, StepStatus, step_sentence};
use vestibule_model::ids::BuildId;
use vestibule_model::parameter::Values;
use vestibule_model::run::RunLog;

const MARK: &str = ".vestibule-built";
/// Folder of the builds' output, beside their folders.
const LOGS: &str = "logs";

/// Every build of this server.
#[derive(Clone)]
pub(super) struct Builds {
    root: PathBuf,
    program: String,
    /// Time limit of a build.
    limit: Duration,
    sandboxes: Sandboxes,
    halts: Arc<Mutex<Halts>>,
}

/// Running builds, for the end of the server.
#[derive(Default)]
struct Halts {
    closing: bool,
    of: HashMap<BuildId, Arc<Halt>>,
}

impl Builds {
    /// Removes the leftovers of the last server: processes and incomplete builds.
    pub(super) fn open(
        root: PathBuf,
        program: String,
        limit: Duration,
        sandboxes: Sandboxes,
    ) -> Self {
        let below = format!("{}/", root.to_string_lossy());
        let left_over = || processes::with_variable_below(VARIABLE, &below);
        let processes = left_over().map_or(0, |found| found.len());
        if processes > 0 {
            tracing::warn!(
                processes,
                "killing the processes that builds of the last server have left running"
            );
        }
        if let Err(error) = processes::kill_all(left_over, CLEANUP_PATIENCE) {
            tracing::warn!(%error, "failed to search for the processes of earlier builds");
        }
        for entry in std::fs::read_dir(&root).into_iter().flatten().flatten() {
            let path = entry.path();
            let is_whole = path.join(MARK).exists();
            if !is_whole && entry.file_name() != LOGS {
                // A leftover is in the way of its own next build only, which retries this.
                let _ = remove_tree(&path);
            }
        }
        Self {
            root,
            program,
            limit,
            sandboxes,
            halts: Arc::default(),
        }
    }

    /// Returns the folder of an app's build; changed steps and other values have another folder.
    pub(super) fn folder(&self, app: &CatalogueEntry, used: &Values) -> PathBuf {
        self.root.join(plan::content(app, used))
    }

    /// Returns `true` if an app needs no build or is built.
    pub(super) fn is_built(&self, app: &CatalogueEntry, used: &Values) -> bool {
        app.build.is_empty() || self.folder(app, used).join(MARK).exists()
    }

    /// Ends every build, and prevents new ones.
    pub(super) fn shut_down(&self) {
        let mut halts = self.halts();
        halts.closing = true;
        for halt in halts.of.values() {
            halt.now();
        }
    }

    /// Returns the output of a build.
    pub(super) fn log(&self, id: &BuildId, after: Option<u64>, max_bytes: usize) -> RunLog {
        log::read(&self.logs(id), after, max_bytes)
    }

    /// Removes the output of all builds but these.
    pub(super) fn keep_logs(&self, ids: &[BuildId]) {
        let logs = std::fs::read_dir(self.root.join(LOGS));
        for entry in logs.into_iter().flatten().flatten() {
            let name = entry.file_name();
            if !ids.iter().any(|id| *id.as_str() == *name) {
                // A failure is retried after the next build.
                let _ = remove_tree(&entry.path());
            }
        }
    }

    fn logs(&self, id: &BuildId) -> PathBuf {
        // Clients may choose identifiers; these were checked before.
        self.root.join(LOGS).join(id.as_str())
    }

    /// Runs a build. Blocks until it has ended.
    pub(super) fn run(&self, order: &BuildOrder, catalogue: &Catalogue) -> BuildOutcome {
        let entry = catalogue
            .get(&order.app)
            .filter(|app| plan::content(app, &order.parameters) == order.content);
        let Some(app) = entry else {
            let why = "The build steps of this app have changed in the catalogue.".to_owned();
            return BuildOutcome {
                verdict: BuildVerdict::Failed(BuildReason::AppGone, why),
                progress: Progress::default(),
            };
        };
        let halt = Arc::new(Halt::default());
        {
            let mut halts = self.halts();
            if halts.closing {
                halt.now();
            }
            halts.of.insert(order.id.clone(), Arc::clone(&halt));
        }
        let folder = self.folder(app, &order.parameters);
        let mut work = Work {
            order,
            halt,
            mark: folder.to_string_lossy().into_owned(),
            deadline: Instant::now() + self.limit,
            limit: self.limit,
            log: BuildLog::open(&self.logs(&order.id)),
            steps: plan::steps(app, &order.parameters),
            sandbox: None,
            folder,
        };
        let verdict = work.run(self, app);
        let log_bytes = work.log.length();
        self.halts().of.remove(&order.id);
        BuildOutcome {
            verdict,
            progress: Progress {
                steps: work.steps,
                log_bytes,
            },
        }
    }

    fn halts(&self) -> MutexGuard<'_, Halts> {
        // Every change is complete by itself.
        self.halts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A build in progress.
struct Work<'a> {
    order: &'a BuildOrder,
    halt: Arc<Halt>,
    folder: PathBuf,
    /// Value of [`VARIABLE`] in the processes of this build.
    mark: String,
    deadline: Instant,
    limit: Duration,
    log: BuildLog,
    steps: Vec<BuildStep>,
    sandbox: Option<Sandbox>,
}

impl Work<'_> {
    fn run(&mut self, builds: &Builds, app: &CatalogueEntry) -> BuildVerdict {
        self.kill_leftovers();
        let done = self.prepare(builds, app).and_then(|()| {
            for index in 0..app.build.len() {
                self.step(builds, app, index)?;
            }
            self.finish()
        });
        let Err(failure) = done else {
            return BuildVerdict::Built;
        };
        // The output of a failed build stays.
        let _ = remove_tree(&self.folder);
        for step in &mut self.steps {
            if step.status == StepStatus::Pending {
                step.status = StepStatus::Skipped;
            }
        }
        match failure {
            Failure::Cancelled => BuildVerdict::Cancelled,
            Failure::Interrupted => BuildVerdict::Failed(
                BuildReason::Interrupted,
                "The server ended while the app was being built.".to_owned(),
            ),
            Failure::Because(reason, why) => {
                self.log.note(&why);
                BuildVerdict::Failed(reason, why)
            }
        }
    }

    fn prepare(&mut self, builds: &Builds, app: &CatalogueEntry) -> Result<(), Failure> {
        let created = remove_tree(&self.folder)
            .and_then(|()| std::fs::create_dir_all(&self.folder))
            .and_then(|()| std::fs::create_dir_all(builds.logs(&self.order.id)));
        created.map_err(|error| unusable(&error))?;
        let firsts = app.build.iter().filter_map(|step| step.first());
        let mut mounts = installer_settings();
        mounts.push(Mount::read_only(&builds.program));
        mounts.push(Mount::writable(&self.folder));
        let sandbox = builds.sandboxes.of_build(Needs {
            programs: firsts.chain(&app.requires).map(String::as_str).collect(),
            mentions: app
                .build
                .iter()
                .flat_map(|step| sandbox::mentions(step))
                .collect(),
            build: None,
            mounts,
            devices: &[],
            shares_network: true,
        });
        self.sandbox = sandbox.map_err(|error| unusable(&error))?;
        Ok(())
    }

    fn step(&mut self, builds: &Builds, app: &CatalogueEntry, index: usize) -> Result<(), Failure> {
        let title = step_sentence(index, &self.steps);
        self.steps[index].status = StepStatus::Running;
        self.steps[index].started_at = Some(SystemClock.now());
        self.log.note(&title);
        self.publish();
        let arguments = plan::arguments(
            &app.build[index],
            &self.mark,
            &builds.program,
            &self.order.parameters,
        );
        let step = Step {
            title: &title,
            arguments: &arguments,
            mark: &self.mark,
            cwd: &builds.root,
            sandbox: self.sandbox.as_ref(),
            deadline: self.deadline,
            limit: self.limit,
        };
        let ended = step.run(self.order, &self.halt, &mut self.log, |log_bytes| {
            let steps = self.steps.clone();
            // The receiver is gone when the server ends.
            let _ = self.order.progress.send(Progress { steps, log_bytes });
        });
        let step = &mut self.steps[index];
        step.finished_at = Some(SystemClock.now());
        step.exit_code = ended.exit_code;
        step.status = match &ended.result {
            Ok(()) => StepStatus::Succeeded,
            Err(Failure::Cancelled | Failure::Interrupted) => StepStatus::Cancelled,
            Err(Failure::Because(..)) => StepStatus::Failed,
        };
        // The next step or the end of the build publishes this.
        ended.result
    }

    fn finish(&self) -> Result<(), Failure> {
        self.halt.check(self.order)?;
        // The mark must not reach the disk before the build's files.
        nix::unistd::sync();
        let temporary = self.folder.join(".vestibule-built.tmp");
        File::create(&temporary)
            .and_then(|file| file.sync_all())
            .and_then(|()| std::fs::rename(&temporary, self.folder.join(MARK)))
            .map_err(|error| unusable(&error))
    }

    /// Kills leftover processes, which could keep using the folder.
    fn kill_leftovers(&self) {
        step::kill_leftovers(&self.mark);
    }

    fn publish(&self) {
        let progress = Progress {
            steps: self.steps.clone(),
            log_bytes: self.log.length(),
        };
        let _ = self.order.progress.send(progress);
    }
}

/// Returns the settings of installers in the server's home, which a sandbox does not show.
fn installer_settings() -> Vec<Mount> {
    let home = std::env::var_os("HOME").map(PathBuf::from);
    let files = [".config/pip", ".pip", ".config/uv", ".npmrc", ".condarc"];
    let files = files
        .iter()
        .filter_map(|file| Some(home.as_ref()?.join(file)));
    files.map(Mount::read_only).collect()
}

fn unusable(error: &io::Error) -> Failure {
    let (reason, why) = if step::is_full(error) {
        let why = "The build's folder cannot be written to: the disk is full.".to_owned();
        (BuildReason::DiskFull, why)
    } else {
        let why = format!("The build's folder cannot be used: {error}.");
        (BuildReason::FolderUnusable, why)
    };
    Failure::Because(reason, why)
}
