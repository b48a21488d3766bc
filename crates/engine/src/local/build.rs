//! Builds: an app's steps, run once, in the background, one build of an app at a time.
//!
//! A build is whole when its folder has the mark, which is set last. Anything else that is found
//! is cleared away by the next build. Builds die with the server.

use super::catalogue::{Entry, placeholders};
use super::environment;
use super::folders::remove_tree;
use super::output::{self, OutputLog};
use super::processes;
use crate::Target;
use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;
use sha2::{Digest as _, Sha256};
use std::collections::HashMap;
use std::fs::File;
use std::io;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::mpsc::UnboundedSender;
use vestibule_model::ids::{RunId, WorkbenchId};
use vestibule_model::observed::AppState;

const MARK: &str = ".vestibule-built";
/// The variable by which what a killed server has left running is found again.
const VARIABLE: &str = "VESTIBULE_BUILD";
/// How much of a failed step's output is told.
const TOLD_BYTES: usize = 1_000;
const HUNT_PATIENCE: Duration = Duration::from_secs(5);

/// Every build of this server.
#[derive(Clone)]
pub(super) struct Builds {
    root: PathBuf,
    program: String,
    news: UnboundedSender<WorkbenchId>,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    /// By the name of the build's folder.
    running: HashMap<String, Running>,
    /// Why the build that a run waited for has failed.
    failed: HashMap<WorkbenchId, (RunId, String)>,
    closing: bool,
}

#[derive(Default)]
struct Running {
    doing: String,
    waiting: HashMap<WorkbenchId, RunId>,
    group: Option<Pid>,
}

impl Builds {
    pub(super) fn new(root: PathBuf, program: String, news: UnboundedSender<WorkbenchId>) -> Self {
        Self {
            root,
            program,
            news,
            state: Arc::default(),
        }
    }

    /// Where an app is built: a folder for each set of steps, so that changed steps build anew.
    pub(super) fn folder(&self, app: &Entry) -> PathBuf {
        self.root.join(name(app))
    }

    /// Whether an app is ready to be run, as far as building goes.
    pub(super) fn is_built(&self, app: &Entry) -> bool {
        app.build.is_empty() || self.folder(app).join(MARK).exists()
    }

    /// What a run finds of its app's build. One that finds it under way waits for it.
    pub(super) fn state(&self, app: &Entry, target: &Target) -> AppState {
        if self.is_built(app) {
            return AppState::Available;
        }
        let mut state = self.lock();
        let run = target.run.as_ref().map(|run| &run.id);
        if let Some((failed, why)) = state.failed.get(&target.id)
            && Some(failed) == run
        {
            return AppState::BuildFailed(why.clone());
        }
        match state.running.get_mut(&name(app)) {
            Some(running) => {
                running.wait(target);
                AppState::Building(running.doing.clone())
            }
            None => AppState::NotBuilt,
        }
    }

    /// What a run would find of its app's build.
    pub(super) fn outlook(&self, app: &Entry) -> AppState {
        if self.is_built(app) {
            return AppState::Available;
        }
        match self.lock().running.get(&name(app)) {
            Some(running) => AppState::Building(running.doing.clone()),
            None => AppState::NotBuilt,
        }
    }

    /// Builds the app for a run, or has the run wait for the build that is under way.
    pub(super) fn ensure(&self, app: &Entry, target: &Target) {
        if self.is_built(app) {
            return;
        }
        let name = name(app);
        let mut state = self.lock();
        if state.closing {
            return;
        }
        if let Some(running) = state.running.get_mut(&name) {
            running.wait(target);
            return;
        }
        let mut running = Running {
            doing: "The app is being prepared; this happens once.".to_owned(),
            ..Running::default()
        };
        running.wait(target);
        state.running.insert(name, running);
        drop(state);
        let (builds, app) = (self.clone(), app.clone());
        std::thread::spawn(move || builds.run(&app));
    }

    /// A deleted workbench waits for nothing.
    pub(super) fn forget(&self, id: &WorkbenchId) {
        let mut state = self.lock();
        state.failed.remove(id);
        for running in state.running.values_mut() {
            running.waiting.remove(id);
        }
    }

    /// Ends every build; no new ones begin.
    pub(super) fn shut_down(&self) {
        let mut state = self.lock();
        state.closing = true;
        for running in state.running.values() {
            if let Some(group) = running.group {
                let _ = killpg(group, Signal::SIGKILL);
            }
        }
    }

    fn run(&self, app: &Entry) {
        let name = name(app);
        tracing::info!(app = app.name, "building an app");
        let result = self.build(app, &name);
        let mut state = self.lock();
        let waiting = state
            .running
            .remove(&name)
            .map(|running| running.waiting)
            .unwrap_or_default();
        match result {
            Ok(()) => tracing::info!(app = app.name, "built an app"),
            Err(why) => {
                tracing::warn!(app = app.name, %why, "failed to build an app");
                // A build that ends with the server has not failed: the next server tries again.
                if !state.closing {
                    for (id, run) in &waiting {
                        state.failed.insert(id.clone(), (run.clone(), why.clone()));
                    }
                }
            }
        }
        drop(state);
        for id in waiting.into_keys() {
            // Nobody listens any more when the server ends.
            let _ = self.news.send(id);
        }
    }

    fn build(&self, app: &Entry, name: &str) -> Result<(), String> {
        let folder = self.root.join(name);
        let logs = self.root.join(format!("{name}.log"));
        let mark = folder.to_string_lossy().into_owned();
        processes::kill_all(|| processes::with_variable(VARIABLE, &mark), HUNT_PATIENCE);
        let unusable = |error: io::Error| format!("The build's folder cannot be used: {error}.");
        for dir in [&folder, &logs] {
            remove_tree(dir).map_err(unusable)?;
            std::fs::create_dir_all(dir).map_err(unusable)?;
        }
        let result = app.build.iter().enumerate().try_for_each(|(i, step)| {
            let arguments: Vec<_> = step
                .iter()
                .map(|argument| {
                    placeholders::expand(argument, |name| match name {
                        "build" => Some(mark.as_str()),
                        "vestibule" => Some(self.program.as_str()),
                        _ => None,
                    })
                })
                .collect();
            let title = title(i, app.build.len(), &arguments);
            self.step(name, &mark, &logs, &arguments, &title)
        });
        if let Err(why) = result {
            // Half a build is worth nothing; the log stays.
            let _ = remove_tree(&folder);
            return Err(why);
        }
        // The mark must not reach the disk before what it vouches for.
        nix::unistd::sync();
        let temporary = folder.join(".vestibule-built.tmp");
        File::create(&temporary)
            .and_then(|file| file.sync_all())
            .and_then(|()| std::fs::rename(&temporary, folder.join(MARK)))
            .map_err(unusable)
    }

    fn step(
        &self,
        name: &str,
        mark: &str,
        logs: &Path,
        arguments: &[String],
        title: &str,
    ) -> Result<(), String> {
        let failed = |error: io::Error| format!("{title} could not be started: {error}.");
        let (reader, writer) = io::pipe().map_err(failed)?;
        let mut command = Command::new(&arguments[0]);
        command
            .args(&arguments[1..])
            .env_clear()
            .envs(environment::for_build())
            .env(VARIABLE, mark)
            .current_dir(&self.root)
            .stdin(Stdio::null())
            .stdout(writer.try_clone().map_err(failed)?)
            .stderr(writer)
            .process_group(0);
        let mut child = {
            // Held while it starts: a shutdown sees either the group or no child at all.
            let mut state = self.lock();
            if state.closing {
                return Err("The server is ending.".to_owned());
            }
            let child = command.spawn().map_err(failed)?;
            if let Some(running) = state.running.get_mut(name) {
                running.doing = format!("{title}.");
                running.group = i32::try_from(child.id()).ok().map(Pid::from_raw);
            }
            child
        };
        drop(command);
        let mut log = OutputLog::open(logs);
        log.note(title);
        let reading = std::thread::spawn(move || log.drain(reader));
        let status = child.wait();
        let group = self
            .lock()
            .running
            .get_mut(name)
            .and_then(|running| running.group.take());
        if let Some(group) = group {
            // What a step leaves running would hold on to the folder.
            let _ = killpg(group, Signal::SIGKILL);
        }
        // A panic there costs output only.
        let _ = reading.join();
        match status {
            Ok(status) if status.success() => Ok(()),
            Ok(status) => Err(format!(
                "{title} ended with {status}. Its last lines:\n{}",
                output::tail(logs, 0, TOLD_BYTES).text.trim()
            )),
            Err(error) => Err(format!("{title}: nobody knows how it ended: {error}.")),
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // Every change is whole by itself.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Running {
    fn wait(&mut self, target: &Target) {
        if let Some(run) = &target.run {
            self.waiting.insert(target.id.clone(), run.id.clone());
        }
    }
}

fn name(app: &Entry) -> String {
    let mut hash = Sha256::new();
    for step in &app.build {
        for argument in step {
            // Lengths keep ["ab"] and ["a", "b"] apart.
            hash.update((argument.len() as u64).to_le_bytes());
            hash.update(argument);
        }
        hash.update([0xff]);
    }
    let digest = hash.finalize();
    let short: String = digest[..6].iter().map(|b| format!("{b:02x}")).collect();
    format!("{}-{short}", app.name)
}

/// "Step 2 of 2: pip install jupyterlab==4.6.6": without the options, which tell people nothing.
fn title(index: usize, count: usize, arguments: &[String]) -> String {
    let program = arguments[0].rsplit('/').next().unwrap_or_default();
    let mut title = format!("Step {} of {count}: {program}", index + 1);
    for argument in arguments[1..].iter().filter(|a| !a.starts_with('-')) {
        let shown = argument.rsplit('/').next().unwrap_or_default();
        if title.chars().count() + shown.chars().count() > 80 {
            title.push_str(" …");
            break;
        }
        title.push(' ');
        title.push_str(shown);
    }
    title.replace(char::is_control, " ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_is_named_without_options_and_long_paths() {
        let arguments = ["/b/venv/bin/pip", "install", "--no-input", "jupyterlab==4"];
        let arguments: Vec<_> = arguments.map(str::to_owned).into();
        assert_eq!(
            title(1, 2, &arguments),
            "Step 2 of 2: pip install jupyterlab==4"
        );
    }
}
