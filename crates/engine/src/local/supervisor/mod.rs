//! The supervisor: looks after the process of one run, apart from the server, so that the server
//! may end and come back.
//!
//! It is a process of its own in a session of its own. It holds the run's lock while it lives,
//! captures output, passes on a wish to stop with the app's grace, leaves no process behind and
//! records how it ended. It uses plain threads: a runtime would cost memory for every workbench.

mod app;

use super::output::OutputLog;
use super::record::{Ending, How, Launch, Process, RunDir};
use crate::clock::{Clock as _, SystemClock};
use app::App;
use nix::unistd::{getpid, setsid};
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;
use std::fs::File;
use std::io;
use std::path::Path;
use std::process::ExitCode;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

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
    Ended(How),
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
    let claim = Process {
        supervisor: getpid().as_raw(),
        pid: None,
        started_at: SystemClock.now(),
    };
    run.claim(&claim)?;
    let how = look_after(run, claim, sender, &events);
    record(run, how, &lock)
}

fn look_after(
    run: &RunDir,
    claim: Process,
    sender: Sender<Event>,
    events: &Receiver<Event>,
) -> How {
    let launch = match run.launch() {
        Ok(Some(launch)) => launch,
        Ok(None) => return How::StartError("There is no record of what to start.".to_owned()),
        Err(error) => {
            let why = format!("The record of what to start cannot be read: {error}.");
            return How::StartError(why);
        }
    };
    // A wish to stop that came before the claim found nobody to send a signal to.
    if run.is_stop_wanted() {
        return How::Signal(SIGTERM);
    }
    let log = Arc::new(Mutex::new(OutputLog::open(run.path())));
    let (app, output) = match App::start(&launch, sender) {
        Ok(started) => started,
        Err(how) => return how,
    };
    let reading = thread::spawn({
        let log = Arc::clone(&log);
        move || pump(output, &log)
    });
    let process = Process {
        pid: Some(app.pid()),
        started_at: SystemClock.now(),
        ..claim
    };
    if let Err(error) = run.write_process(&process) {
        say(format_args!("failed to record the process: {error}"));
    }
    let (how, was_asked) = wait(&app, &launch, events, &log);
    app.kill_the_rest();
    // The pipe ends with its last writer. One that got away must not keep the ending from being
    // recorded.
    let begin = Instant::now();
    while !reading.is_finished() && begin.elapsed() < Duration::from_secs(1) {
        thread::sleep(Duration::from_millis(2));
    }
    if was_asked && !run.is_stop_wanted() {
        // A signal from outside, such as the machine shutting down: however politely the app
        // ended, it had not finished by itself.
        return How::Signal(SIGTERM);
    }
    how
}

/// Waits for the end, and brings it about when that is wished; says whether it was.
fn wait(
    app: &App,
    launch: &Launch,
    events: &Receiver<Event>,
    log: &Mutex<OutputLog>,
) -> (How, bool) {
    let mut stopping = false;
    let mut force_at: Option<Instant> = None;
    loop {
        let event = match force_at {
            Some(at) => events.recv_timeout(at.saturating_duration_since(Instant::now())),
            None => events.recv().map_err(RecvTimeoutError::from),
        };
        match event {
            Ok(Event::Ended(how)) => {
                let also_asked = events
                    .try_iter()
                    .any(|event| matches!(event, Event::StopWanted));
                return (how, stopping || also_asked);
            }
            Ok(Event::StopWanted) if !stopping => {
                stopping = true;
                app.ask_to_stop();
                let grace = Duration::from_secs(u64::from(launch.stop_grace_seconds));
                force_at = Some(Instant::now() + grace);
            }
            Ok(Event::StopWanted) => {}
            Err(RecvTimeoutError::Timeout) => {
                force_at = None;
                note(
                    log,
                    &format!(
                        "The app did not stop within {} s of being asked to, and was killed.",
                        launch.stop_grace_seconds
                    ),
                );
                app.force_to_stop();
            }
            // The thread that waits for the app holds a sender until it has said how it ended.
            Err(RecvTimeoutError::Disconnected) => return (How::Lost, stopping),
        }
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
fn record(run: &RunDir, how: How, _lock: &File) -> io::Result<()> {
    let ending = Ending {
        at: SystemClock.now(),
        how,
    };
    let begin = Instant::now();
    loop {
        match run.write_ending(&ending) {
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

fn pump(mut output: io::PipeReader, log: &Mutex<OutputLog>) {
    use io::Read as _;
    let mut buffer = [0; 16 * 1024];
    loop {
        match output.read(&mut buffer) {
            Ok(0) => return,
            Ok(n) => guard(log).write(&buffer[..n]),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(_) => return,
        }
    }
}

/// Says something to whoever looks into `supervisor.log`. Not by `eprintln!`, which ends the program
/// when the disk is full.
fn say(text: std::fmt::Arguments<'_>) {
    use io::Write as _;
    let _ = writeln!(io::stderr(), "{text}");
}

fn note(log: &Mutex<OutputLog>, text: &str) {
    guard(log).note(text);
}

fn guard(log: &Mutex<OutputLog>) -> std::sync::MutexGuard<'_, OutputLog> {
    // The log is whole after every step, also one that panicked.
    log.lock().unwrap_or_else(PoisonError::into_inner)
}
