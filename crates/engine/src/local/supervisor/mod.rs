//! The supervisor: looks after the process of one run, apart from the server, so that the server
//! may end and come back.
//!
//! It is a process of its own in a session of its own. It holds the run's lock while it lives,
//! captures output, passes on a wish to stop with the app's grace, leaves no process behind and
//! records how it ended. It uses plain threads: a runtime would cost memory for every workbench.

mod app;
pub(super) mod gift;
mod life;
mod memory;
mod redactor;

use super::output::OutputLog;
use super::record::{Ending, Process, RunDir};
use crate::clock::{Clock as _, SystemClock};
use gift::Gift;
use life::Life;
use nix::unistd::{getpid, setsid};
use redactor::Redactor;
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;
use std::fs::File;
use std::io;
use std::path::Path;
use std::process::ExitCode;
use std::sync::mpsc::{Sender, channel};
use std::thread;
use std::time::{Duration, Instant};
use vestibule_model::observed::{Asked, Exit};

/// How long to try for a lock that a mere look may hold for a moment.
const LOCK_PATIENCE: Duration = Duration::from_secs(2);
/// How long to try to record an ending while the disk refuses.
const RECORD_PATIENCE: Duration = Duration::from_secs(300);

/// What `vestibule supervise RUN_DIR` does. Called before there are threads or a runtime.
pub fn main(run_dir: &Path) -> ExitCode {
    match supervise(&RunDir::new(run_dir)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            say(format_args!(
                "failed to supervise {}: {error}",
                run_dir.display()
            ));
            ExitCode::FAILURE
        }
    }
}

/// What the main thread waits for.
enum Event {
    StopWanted,
    Ended(Exit),
}

fn supervise(run: &RunDir) -> io::Result<()> {
    // Away from the server's terminal and process group. It fails only for the leader of a group,
    // who is away already.
    let _ = setsid();
    let (sender, events) = channel();
    listen_for_signals(sender.clone())?;
    let Some(lock) = lock(run)? else {
        return Ok(());
    };
    if run.is_claimed() || run.ending().is_some() {
        return Ok(());
    }
    let launch = run.launch();
    // Before the claim: a supervisor that was not handed the secrets leaves the start to another.
    let gift = match &launch {
        Ok(Some(launch)) if launch.has_secrets => Gift::read(io::stdin().lock())?,
        _ => Gift::default(),
    };
    let claim = Process {
        supervisor: getpid().as_raw(),
        pid: None,
        started_at: SystemClock.now(),
        restarts: 0,
        restarts_in_all: 0,
        before: None,
        crashed: None,
    };
    run.claim(&claim)?;
    let ending = match launch {
        Ok(Some(launch)) => Life::new(run, &launch, &gift, claim).live(&sender, &events),
        Ok(None) => not_started("There is no record of what to start.".to_owned()),
        Err(error) => not_started(format!(
            "The record of what to start cannot be read: {error}."
        )),
    };
    record(run, &ending, &lock)
}

fn not_started(why: String) -> Ending {
    Ending {
        at: SystemClock.now(),
        how: Exit::StartError(why),
        restarts: 0,
        asked: Some(Asked::No),
    }
}

fn listen_for_signals(sender: Sender<Event>) -> io::Result<()> {
    let mut signals = Signals::new([SIGTERM, SIGINT, SIGHUP])?;
    thread::spawn(move || {
        for _ in signals.forever() {
            if sender.send(Event::StopWanted).is_err() {
                return;
            }
        }
    });
    Ok(())
}

fn lock(run: &RunDir) -> io::Result<Option<File>> {
    let begin = Instant::now();
    loop {
        let lock = run.try_lock()?;
        if lock.is_some() || run.is_claimed() || begin.elapsed() > LOCK_PATIENCE {
            return Ok(lock);
        }
        thread::sleep(Duration::from_millis(5));
    }
}

/// Records the ending, again and again while the disk is full: it is the truth about the run.
/// Where that lasts too long, or the folder is gone, a lock without an owner says that it is lost.
fn record(run: &RunDir, ending: &Ending, _lock: &File) -> io::Result<()> {
    let begin = Instant::now();
    loop {
        match run.write_ending(ending) {
            Err(error) if run.path().exists() && begin.elapsed() < RECORD_PATIENCE => {
                say(format_args!(
                    "failed to record how the run ended: {error}; trying again"
                ));
                thread::sleep(Duration::from_secs(1));
            }
            result => return result,
        }
    }
}

/// The run's output: what the app says, without secrets, and what is to be said of it.
struct Output {
    log: OutputLog,
    redactor: Redactor,
}

impl Output {
    fn say(&mut self, bytes: &[u8]) {
        let bytes = self.redactor.pass(bytes);
        self.log.write(&bytes);
    }

    fn note(&mut self, text: &str) {
        self.end();
        self.log.note(text);
    }

    fn end(&mut self) {
        let held = self.redactor.flush();
        self.log.write(&held);
    }
}

/// Says something to whoever looks into `supervisor.log`. Not by `eprintln!`, which ends the program
/// when the disk is full.
fn say(text: std::fmt::Arguments<'_>) {
    use io::Write as _;
    let _ = writeln!(io::stderr(), "{text}");
}
