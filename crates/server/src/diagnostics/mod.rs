//! Diagnostics of a run as plain text, to be given to others, with secrets taken out.

mod advice;
mod redact;
#[cfg(test)]
mod tests;

use secrecy::SecretString;
use vestibule_model::causes::{self, Cause, Evidence};
use vestibule_model::condition::Condition;
use vestibule_model::replay::replay;
use vestibule_model::run::{Run, RunLog, RunStatus};
use vestibule_model::time::Timestamp;
use vestibule_model::transition::Transition;
use vestibule_model::workbench::Workbench;

pub use redact::{MARK, Redactor};

/// Number of newest journal entries in the report.
const JOURNAL_ENTRIES: usize = 200;
/// Number of last log lines in the report.
const LOG_LINES: usize = 100;
/// Number of last log bytes in the report.
const LOG_BYTES: usize = 16 * 1024;

/// Number of last log lines in the message for an administrator.
const MESSAGE_LINES: usize = 20;

/// Facts about a run from which the texts are made.
#[derive(Debug, Clone)]
pub struct Facts {
    /// The workbench as it is now.
    pub workbench: Workbench,
    /// The display name of its workspace.
    pub workspace: String,
    /// The address of its page in the console.
    pub link: String,
    /// The display name of the person who asks.
    pub asked_by: String,
    /// The run.
    pub run: Run,
    /// The run's journal, oldest first.
    pub journal: Vec<Transition>,
    /// The end of its output.
    pub log: RunLog,
    /// Values of the secrets that the workbench names.
    pub secrets: Vec<SecretString>,
    /// Names and values of versions.
    pub versions: Vec<(&'static str, String)>,
    /// The server's time.
    pub now: Timestamp,
}

impl Facts {
    /// Returns `true` if the run is the one that the workbench's status describes.
    fn is_current(&self) -> bool {
        let number = self.run.number;
        let newest = self.workbench.run.as_ref().map(|run| run.number);
        newest == Some(number) && self.workbench.status.run_number == number
    }

    /// Returns the run's conditions. Those of an earlier run are read from its journal.
    fn conditions(&self) -> Vec<Condition> {
        if self.is_current() {
            return self.workbench.status.conditions.clone();
        }
        replay(&self.journal).conditions
    }

    /// Returns why the run is as it is, or `None` if nothing is wrong.
    fn cause(&self) -> Option<Cause> {
        if self.is_current() {
            return causes::find(&Evidence::of(&self.workbench, &self.journal));
        }
        let is_stopped = matches!(self.run.status, RunStatus::Stopped | RunStatus::Stopping);
        causes::find(&Evidence {
            conditions: &self.conditions(),
            stopped_reason: self.run.cause.as_deref().filter(|_| is_stopped),
            exit_code: self.run.exit_code,
            journal: &self.journal,
            ..Evidence::default()
        })
    }
}

/// Returns the whole report. Times are in UTC.
pub fn report(facts: &Facts) -> String {
    let mut page = Page::new(facts);
    page.title("Vestibule diagnostics");
    page.line("Written at", &facts.now.to_string());
    for (name, value) in &facts.versions {
        page.line(name, value);
    }
    page.line("Asked by", &facts.asked_by);
    workbench(&mut page, facts);
    run(&mut page, &facts.run);
    if let Some(found) = facts.cause() {
        cause(&mut page, &found);
    }
    conditions(&mut page, &facts.conditions());
    journal(&mut page, &facts.journal);
    page.log_end(&facts.log, LOG_LINES);
    page.text
}

/// Returns a short message with all that an administrator needs to help.
pub fn message_for_administrator(facts: &Facts) -> String {
    let workbench = &facts.workbench;
    let mut page = Page::new(facts);
    page.line("Workbench", &named(&workbench.name, workbench.id.as_str()));
    page.line("Workspace", &workspace(facts));
    page.line("App", &workbench.app);
    page.line("Run", &named_run(&facts.run));
    page.line("Page", &facts.link);
    page.line("Asked by", &facts.asked_by);
    if let Some(cause) = facts.cause() {
        page.line("What happened", cause.what);
        page.line("Evidence", &cause.why);
        page.line("Reason", &cause.reason);
        if let Some(first) = cause.first {
            page.line("Since", &first.at.to_string());
        }
        page.line("What may help", advice::for_administrator(&cause));
    }
    page.line("Written at", &facts.now.to_string());
    page.log_end(&facts.log, MESSAGE_LINES);
    page.text
}

/// Returns the workspace's name and id, as far as they are known.
fn workspace(facts: &Facts) -> String {
    let id = facts.workbench.workspace_id.as_str();
    match facts.workspace.as_str() {
        "" => id.to_owned(),
        name => named(name, id),
    }
}

fn workbench(page: &mut Page, facts: &Facts) {
    let workbench = &facts.workbench;
    let status = &workbench.status;
    page.title("Workbench");
    page.line("Name", &named(&workbench.name, workbench.id.as_str()));
    page.line("Workspace", &workspace(facts));
    page.line("Page", &facts.link);
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
    for (name, value) in workbench.spec.variables() {
        let value = if redact::looks_secret(name) {
            MARK
        } else {
            value
        };
        page.line("Variable", &format!("{name}={value}"));
    }
}

fn run(page: &mut Page, run: &Run) {
    page.title("Run");
    page.line("Run", &named_run(run));
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
    entries.sort_by_key(|entry| entry.seq);
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

/// Returns a name with its id.
fn named(name: &str, id: &str) -> String {
    format!("{name} ({id})")
}

fn named_run(run: &Run) -> String {
    named(&run.number.to_string(), run.id.as_str())
}

/// Text under construction. All values that come from elsewhere go through the redactor.
struct Page {
    text: String,
    redactor: Redactor,
}

impl Page {
    fn new(facts: &Facts) -> Self {
        Self {
            text: String::new(),
            redactor: Redactor::knowing(facts.workbench.spec.variables(), &facts.secrets),
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

    /// Writes a name and its value on one line, or nothing where the value is empty.
    fn line(&mut self, name: &str, value: &str) {
        if value.is_empty() {
            return;
        }
        self.text.push_str(name);
        self.text.push_str(": ");
        self.cell(value);
        self.text.push('\n');
    }

    /// Writes the last lines of an output.
    fn log_end(&mut self, log: &RunLog, most: usize) {
        // Redacted before it is cut: half a secret is not recognised.
        let text = self.redactor.clean(&log.text);
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
            self.text.push_str(&format!("({count} {what} left out)\n"));
        }
    }

    /// Writes a value redacted and on one line, so that no value can look like a line of the report.
    fn cell(&mut self, value: &str) {
        let clean = self.redactor.clean(value);
        self.text
            .extend(clean.chars().map(|c| if c.is_control() { ' ' } else { c }));
    }
}
