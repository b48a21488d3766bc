//! Events of a supervisor, and its output.

use super::redactor::Redactor;
use crate::local::output::OutputLog;
use std::io;
use vestibule_model::observed::Exit;

/// Events that the main thread waits for.
pub(super) enum Event {
    StopWanted,
    Ended(Exit),
}

/// The run's log: the app's output without secrets, and the supervisor's own notes.
pub(super) struct Output {
    pub(super) log: OutputLog,
    pub(super) redactor: Redactor,
}

impl Output {
    pub(super) fn write(&mut self, bytes: &[u8]) {
        let bytes = self.redactor.pass(bytes);
        self.log.write(&bytes);
    }

    pub(super) fn note(&mut self, text: &str) {
        self.end();
        self.log.note(text);
    }

    pub(super) fn end(&mut self) {
        let held = self.redactor.flush();
        self.log.write(&held);
    }
}

/// Writes a line to `supervisor.log`. Not by `eprintln!`, which panics when the disk is full.
pub(super) fn say(text: std::fmt::Arguments<'_>) {
    use io::Write as _;
    let _ = writeln!(io::stderr(), "{text}");
}
