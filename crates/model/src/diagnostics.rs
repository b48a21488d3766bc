//! Diagnostics to copy: everything that helps somebody else to help, as plain text, with secrets
//! taken out.

mod advice;
mod redact;
#[cfg(test)]
mod tests;

use crate::causes::Cause;
use crate::condition::Condition;
use crate::run::{Run, RunLog};
use crate::sorting::sort_by;
use crate::time::Timestamp;
use crate::transition::Transition;
use crate::workbench::Workbench;
pub use redact::{MARK, Redactor, looks_secret};

/// How many of the newest journal entries go in.
const JOURNAL_ENTRIES: usize = 200;
/// How many of the log's last lines go in.
const LOG_LINES: usize = 100;
/// How many of the log's last bytes go in.
const LOG_BYTES: usize = 16 * 1024;

/// How many of the log's last lines go into a message.
const MESSAGE_LINES: usize = 20;

/// Where a workbench is found, and who tells of it; empty where it is not known.
#[derive(Debug, Clone, Copy, Default)]
pub struct Place<'a> {
    /// What people call its workspace.
    pub workspace: &'a str,
    /// The address of its page.
    pub link: &'a str,
    /// What people call whoever asks.
    pub asked_by: &'a str,
}

/// What the diagnostics are made from.
#[derive(Debug, Clone, Copy)]
pub struct Report<'a> {
    /// The workbench.
    pub workbench: &'a Workbench,
    /// Where it is found, and who tells of it.
    pub place: Place<'a>,
    /// The run that is looked at, where it is known in full.
    pub run: Option<&'a Run>,
    /// Its journal, in any order.
    pub journal: &'a [Transition],
    /// Why it is as it is.
    pub cause: Option<&'a Cause>,
    /// The end of its output.
    pub log: Option<&'a RunLog>,
    /// Versions and the like, as name and value.
    pub versions: &'a [(&'a str, &'a str)],
    /// The server's time.
    pub now: Timestamp,
}

/// The whole bundle. Times are in UTC.
pub fn bundle(report: &Report<'_>) -> String {
    let mut page = Page::of(report.workbench);
    page.title("Vestibule diagnostics");
    page.line("Made at", &report.now.to_string());
    for (name, value) in report.versions {
        page.line(name, value);
    }
    page.line("Asked by", report.place.asked_by);
    workbench(&mut page, report);
    if let Some(run) = report.run {
        self::run(&mut page, run);
    }
    if let Some(cause) = report.cause {
        self::cause(&mut page, cause);
    }
    conditions(&mut page, &report.workbench.status.conditions);
    journal(&mut page, report.journal);
    page.log_end(report.log, LOG_LINES);
    page.text
}

/// A short message that an administrator can act on without asking back.
pub fn message_for_administrator(report: &Report<'_>, cause: &Cause) -> String {
    let Report {
        workbench, place, ..
    } = report;
    let mut page = Page::of(workbench);
    page.line("Workbench", &named(&workbench.name, workbench.id.as_str()));
    page.line("Workspace", &workspace(report));
    page.line("App", &workbench.app);
    if let Some(run) = &workbench.run {
        page.line("Run", &named(&run.number.to_string(), run.id.as_str()));
    }
    page.line("Page", place.link);
    page.line("Asked by", place.asked_by);
    page.line("What happened", cause.what);
    page.line("Evidence", &cause.why);
    page.line("Reason", &cause.reason);
    if let Some(first) = cause.first {
        page.line("Since", &first.at.to_string());
    }
    page.line("What may help", &advice::for_administrator(cause));
    page.line("Written at", &report.now.to_string());
    page.log_end(report.log, MESSAGE_LINES);
    page.text
}

/// The workspace's name and id, as far as they are known.
fn workspace(report: &Report<'_>) -> String {
    let id = report.workbench.workspace_id.as_str();
    match report.place.workspace {
        "" => id.to_owned(),
        name => named(name, id),
    }
}

fn workbench(page: &mut Page, report: &Report<'_>) {
    let workbench = report.workbench;
    let status = &workbench.status;
    page.title("Workbench");
    page.line("Name", &named(&workbench.name, workbench.id.as_str()));
    page.line("Workspace", &workspace(report));
    page.line("Page", report.place.link);
    page.line("App", &workbench.app);
    page.line("Wanted", workbench.desired.as_str());
    page.line("k8sStatus", workbench.k8s_status.as_str());
    page.line("Phase", status.phase.as_str());
    page.line("Message", status.message.as_deref().unwrap_or_default());
    page.line("Generation", &workbench.generation.to_string());
    page.line(
        "Observed generation",
        &status.observed_generation.to_string(),
    );
    page.time("Process up since", status.start_time);
    page.time("Ended at", status.completion_time);
    page.line(
        "Stopped because",
        status.stopped_reason.as_deref().unwrap_or_default(),
    );
    page.line("Job", status.job_name.as_deref().unwrap_or_default());
    page.line(
        "Process",
        status.runner_pod_name.as_deref().unwrap_or_default(),
    );
    page.line("Names of secrets", &workbench.spec.secrets.join(", "));
    for (name, value) in &workbench.spec.env {
        let value = if looks_secret(name) { MARK } else { value };
        page.line("Variable", &[name, "=", value].concat());
    }
}

fn run(page: &mut Page, run: &Run) {
    page.title("Run");
    page.line("Run", &named(&run.number.to_string(), run.id.as_str()));
    page.line("Status", run.status.as_str());
    page.line("Cause", run.cause.as_deref().unwrap_or_default());
    page.time("Asked for at", Some(run.started_at));
    page.time("Ready at", run.ready_at);
    page.time("Ended at", run.finished_at);
    if let Some(code) = run.exit_code {
        page.line("Exit code", &code.to_string());
    }
}

fn cause(page: &mut Page, cause: &Cause) {
    page.title("Cause");
    page.line("What happened", cause.what);
    page.line("Evidence", &cause.why);
    page.line("Reason", &cause.reason);
    page.line("Rule", cause.key);
    if let Some(first) = cause.first {
        page.line("Since", &first.at.to_string());
    }
}

fn conditions(page: &mut Page, conditions: &[Condition]) {
    if conditions.is_empty() {
        return;
    }
    page.title("Conditions");
    for condition in conditions {
        let since = condition
            .last_transition_time
            .map_or_else(|| "-".to_owned(), |at| at.to_string());
        page.row(&[
            condition.kind.as_str(),
            condition.status.as_str(),
            &condition.reason,
            &since,
            &condition.message,
        ]);
    }
}

fn journal(page: &mut Page, journal: &[Transition]) {
    if journal.is_empty() {
        return;
    }
    let mut entries: Vec<&Transition> = journal.iter().collect();
    sort_by(&mut entries, |a, b| a.seq.cmp(&b.seq));
    entries.dedup_by_key(|entry| entry.seq);
    let skipped = entries.len().saturating_sub(JOURNAL_ENTRIES);
    page.title("Journal");
    page.skipped(skipped, "earlier entries");
    for entry in &entries[skipped..] {
        page.row(&[
            &entry.seq.to_string(),
            &entry.at.to_string(),
            entry.kind.as_str(),
            entry.condition.as_ref().map_or("-", |kind| kind.as_str()),
            entry.to.as_ref().map_or("-", |status| status.as_str()),
            &entry.reason,
            entry.source.as_str(),
            &entry.message,
        ]);
    }
}

/// A name and the id behind it.
fn named(name: &str, id: &str) -> String {
    [name, " (", id, ")"].concat()
}

/// The text while it is written. Whatever comes from elsewhere goes through the redactor.
struct Page {
    text: String,
    redactor: Redactor,
}

impl Page {
    fn of(workbench: &Workbench) -> Self {
        Self {
            text: String::new(),
            redactor: Redactor::knowing(&workbench.spec.env),
        }
    }

    fn title(&mut self, title: &str) {
        if !self.text.is_empty() {
            self.text.push('\n');
        }
        self.text.push_str("## ");
        self.text.push_str(title);
        self.text.push('\n');
    }

    /// A name and its value on one line; nothing where there is no value.
    fn line(&mut self, name: &str, value: &str) {
        if value.is_empty() {
            return;
        }
        self.text.push_str(name);
        self.text.push_str(": ");
        self.cell(value);
        self.text.push('\n');
    }

    /// The last lines of an output; nothing where there are none.
    fn log_end(&mut self, log: Option<&RunLog>, most: usize) {
        // Cleaned before it is cut: what is cut through is not recognised any more.
        let text = self.redactor.clean(log.map_or("", |log| log.text.as_str()));
        let mut from = text.len().saturating_sub(LOG_BYTES);
        while !text.is_char_boundary(from) {
            from += 1;
        }
        if from > 0 {
            from += text[from..].find('\n').map_or(0, |end| end + 1);
        }
        let lines: Vec<&str> = text[from..].trim_end().lines().collect();
        if lines.is_empty() {
            return;
        }
        self.title("End of the log");
        for line in &lines[lines.len().saturating_sub(most)..] {
            self.text.push_str(line);
            self.text.push('\n');
        }
    }

    fn time(&mut self, name: &str, at: Option<Timestamp>) {
        if let Some(at) = at {
            self.line(name, &at.to_string());
        }
    }

    fn row(&mut self, cells: &[&str]) {
        for (i, cell) in cells.iter().enumerate() {
            if i > 0 {
                self.text.push_str(" | ");
            }
            self.cell(cell);
        }
        self.text.push('\n');
    }

    fn skipped(&mut self, count: usize, what: &str) {
        if count > 0 {
            self.text
                .push_str(&["(", &count.to_string(), " ", what, " left out)\n"].concat());
        }
    }

    /// One value: clean, and on one line, so that nobody's text can look like a line of ours.
    fn cell(&mut self, value: &str) {
        let clean = self.redactor.clean(value);
        self.text
            .extend(clean.chars().map(|c| if c.is_control() { ' ' } else { c }));
    }
}
