//! Commands of users to workbenches. Each raises the generation and is written to the journal. Only
//! the controller writes status.

use super::audit::{Actor, Change, note};
use super::messages::change_task;
use super::workbench_rows;
use super::{Error, Result, Store, journal, rows, run_rows, time_limits};
use rusqlite::{Transaction, params};
use serde_json::{Value, json};
use vestibule_model::ids::WorkbenchId;
use vestibule_model::time::{Millis, Timestamp};
use vestibule_model::workbench::{Desired, Workbench, WorkbenchSpec};

/// Workbench after a command was stored or needed no change.
pub type CommandResult = std::result::Result<Box<Workbench>, Refusal>;

/// Reason why a command was not stored.
#[derive(Debug)]
pub enum Refusal {
    /// There is no such workbench.
    Gone,
    /// The workbench is being deleted.
    Deleting,
    /// The workbench is being stopped. It can start once that is done.
    Stopping,
    /// There is no current start to extend.
    NotStarting,
    /// The store failed.
    Store(Error),
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        Self::Store(error)
    }
}

impl From<rusqlite::Error> for Refusal {
    fn from(error: rusqlite::Error) -> Self {
        Self::Store(error.into())
    }
}

/// Command in its transaction.
struct StoredCommand<'a> {
    tx: &'a Transaction<'a>,
    id: &'a WorkbenchId,
    by: &'a str,
    now: Timestamp,
    workbench: Workbench,
    run: Option<run_rows::Current>,
}

impl Store {
    /// Starts a new run, unless one is under way.
    pub fn start(&self, id: &WorkbenchId, by: &Actor) -> CommandResult {
        self.expect_room()?;
        self.command("workbench.start", id, by, |command| {
            if command.workbench.deleting {
                return Err(Refusal::Deleting);
            }
            if command.live_run().is_some() {
                return if command.workbench.desired == Desired::Stopped {
                    Err(Refusal::Stopping)
                } else {
                    Ok(())
                };
            }
            Ok(begin_run(command.tx, &command.workbench, &by.name, by.now)?)
        })
    }

    /// Ends the current run and begins the next one once that is over, or at once if it is.
    pub fn restart(&self, id: &WorkbenchId, by: &Actor) -> CommandResult {
        self.command("workbench.restart", id, by, |command| {
            if command.workbench.deleting {
                return Err(Refusal::Deleting);
            }
            if command.live_run().is_none() {
                return Ok(begin_run(command.tx, &command.workbench, &by.name, by.now)?);
            }
            if command.workbench.restarting {
                return Ok(());
            }
            command.update(
                "UPDATE workbenches SET desired = 'Stopped', restart_by = ?3,
                     generation = generation + 1, updated_at = ?2
                 WHERE id = ?1",
            )?;
            command.record("Restart", format!("{} asked to restart it.", by.name))
        })
    }

    /// Stops the current run, and cancels a restart of it. Has no effect without one.
    pub fn stop(&self, id: &WorkbenchId, by: &Actor) -> CommandResult {
        self.command("workbench.stop", id, by, |command| {
            let workbench = &command.workbench;
            let is_wanted = workbench.desired != Desired::Stopped || workbench.restarting;
            if command.live_run().is_some() && is_wanted {
                command.update(
                    "UPDATE workbenches SET desired = 'Stopped', restart_by = NULL,
                         stopped_by = (SELECT coalesce(nullif(display_name, ''), username)
                             FROM users WHERE username = ?3),
                         generation = generation + 1, updated_at = ?2
                     WHERE id = ?1",
                )?;
                command.record("Stop", format!("{} asked to stop it.", by.name))?;
            }
            Ok(())
        })
    }

    /// Gives the start in progress its whole time once more.
    pub fn extend(&self, id: &WorkbenchId, by: &Actor) -> CommandResult {
        self.expect_room()?;
        self.command("workbench.extend", id, by, |command| {
            let (run, deadline) = match command.live_run() {
                Some(run) if command.workbench.desired == Desired::Running => {
                    (run.id.clone(), run.start_deadline)
                }
                _ => return Err(Refusal::NotStarting),
            };
            let more = i64::from(command.workbench.spec.start_timeout_seconds);
            let deadline = deadline.max(by.now) + Millis::from_secs(more);
            command.tx.execute(
                "UPDATE workbenches SET generation = generation + 1, updated_at = ?2 WHERE id = ?1",
                params![id.as_str(), by.now.as_millis()],
            )?;
            command.tx.execute(
                "UPDATE runs SET start_deadline = ?2 WHERE id = ?1",
                params![run.as_str(), deadline.as_millis()],
            )?;
            let said = format!("{} allowed the start {more} more seconds.", by.name);
            command.record("Extend", said)
        })
    }

    /// Deletes a workbench with its folder and history.
    pub fn delete(&self, id: &WorkbenchId, by: &Actor) -> CommandResult {
        self.command("workbench.delete", id, by, |command| {
            if command.workbench.deleting {
                return Ok(());
            }
            command.update(
                "UPDATE workbenches SET desired = 'Stopped', deleting = 1, restart_by = NULL,
                     deleted_by = (SELECT coalesce(nullif(display_name, ''), username)
                         FROM users WHERE username = ?3),
                     generation = generation + 1, updated_at = ?2
                 WHERE id = ?1",
            )?;
            command.record("Delete", format!("{} asked to delete it.", by.name))
        })
    }

    /// Changes the name, the spec, or both. A spec takes effect at the next start; one without
    /// variables keeps those that are there. `task` is the text of its task with the spec.
    pub fn change(
        &self,
        id: &WorkbenchId,
        name: Option<&str>,
        spec: Option<(&WorkbenchSpec, Option<&str>)>,
        by: &Actor,
    ) -> CommandResult {
        self.expect_room()?;
        let now = by.now;
        self.command("workbench.update", id, by, |command| {
            if command.workbench.deleting {
                return Err(Refusal::Deleting);
            }
            if let Some(name) = name.filter(|name| **name != *command.workbench.name) {
                command.tx.execute(
                    "UPDATE workbenches SET name = ?2, updated_at = ?3 WHERE id = ?1",
                    params![id.as_str(), name, now.as_millis()],
                )?;
            }
            let known = &command.workbench.spec;
            let task = spec.and_then(|(_, task)| task);
            let spec = spec.map(|(spec, _)| spec.clone());
            let spec = spec.map(|spec| WorkbenchSpec {
                env: spec.env.or_else(|| known.env.clone()),
                parameters: spec.parameters.or_else(|| known.parameters.clone()),
                ..spec
            });
            if let Some(task) = task {
                change_task(command.tx, id, task)?;
            }
            if let Some(spec) = spec.filter(|spec| spec != known) {
                let spec = serde_json::to_string(&spec).map_err(Error::from)?;
                command.tx.execute(
                    "UPDATE workbenches SET spec_json = ?3, spec_generation = generation + 1,
                         generation = generation + 1, updated_at = ?2
                     WHERE id = ?1",
                    params![id.as_str(), now.as_millis(), spec],
                )?;
                let said = format!(
                    "{} changed the settings; they hold from the next start on.",
                    by.name
                );
                command.record("Change", said)?;
            }
            Ok(())
        })
    }

    /// Runs a command, also on a full disk: what ends or frees something must work there.
    fn command(
        &self,
        action: &str,
        id: &WorkbenchId,
        by: &Actor,
        work: impl FnOnce(&mut StoredCommand<'_>) -> std::result::Result<(), Refusal>,
    ) -> CommandResult {
        self.write_essential(|tx| {
            let workbench = workbench_rows::find(tx, id)?.ok_or(Refusal::Gone)?;
            let number = workbench.run.as_ref().map_or(0, |run| run.number);
            let run = run_rows::current(tx, id, number)?;
            let mut command = StoredCommand {
                tx,
                id,
                by: &by.name,
                now: by.now,
                workbench,
                run,
            };
            work(&mut command)?;
            let after = workbench_rows::find(tx, id)?.ok_or(Refusal::Gone)?;
            let before = &command.workbench;
            if (after.generation, &after.name) != (before.generation, &before.name) {
                note(tx, by, &change(action, before, &after))?;
            }
            Ok(Box::new(after))
        })
    }
}

/// Returns a command's entry for the audit log. The values of variables may be secret: their names
/// stand for them.
fn change<'a>(action: &'a str, before: &Workbench, after: &'a Workbench) -> Change<'a> {
    let shown = |one: &Workbench| {
        let spec = &one.spec;
        json!({
            "name": one.name,
            "env": spec.variables().map(|(name, _)| name).collect::<Vec<_>>(),
            "parameters": spec.parameters.iter().flatten().map(|(name, _)| name).collect::<Vec<_>>(),
            "secrets": spec.secrets,
            "startTimeoutSeconds": spec.start_timeout_seconds,
            "activeDeadlineSeconds": spec.active_deadline_seconds,
            "idleTimeoutSeconds": spec.idle_timeout_seconds,
        })
    };
    let (old, new) = match action {
        "workbench.update" => (shown(before), shown(after)),
        _ => (Value::Null, Value::Null),
    };
    Change {
        action,
        target_id: after.id.as_str(),
        target_name: &after.name,
        before: old,
        after: new,
    }
}

/// Begins the run that was requested with a restart, now that the run before it is over.
pub(super) fn begin_requested_run(
    tx: &Transaction<'_>,
    id: &WorkbenchId,
    now: Timestamp,
) -> Result<bool> {
    let by = rows::first::<Option<String>>(
        tx,
        "SELECT restart_by FROM workbenches WHERE id = ?1",
        [id.as_str()],
    )?;
    let (Some(by), Some(workbench)) = (by.flatten(), workbench_rows::find(tx, id)?) else {
        return Ok(false);
    };
    begin_run(tx, &workbench, &by, now)?;
    Ok(true)
}

/// Begins the next run of a workbench whose last one is over.
fn begin_run(tx: &Transaction<'_>, workbench: &Workbench, by: &str, now: Timestamp) -> Result<()> {
    let id = &workbench.id;
    let last = rows::first::<Option<i64>>(
        tx,
        "SELECT max(number) FROM runs WHERE workbench_id = ?1",
        [id.as_str()],
    )?;
    let last = last.flatten().and_then(|last| u64::try_from(last).ok());
    let number = last.unwrap_or(0) + 1;
    let generation = workbench.generation + 1;
    tx.execute(
        "UPDATE workbenches SET desired = 'Running', restart_by = NULL, stopped_by = NULL, run_number = ?2,
             generation = ?3, updated_at = ?4
         WHERE id = ?1",
        params![
            id.as_str(),
            rows::signed(number),
            rows::signed(generation),
            now.as_millis()
        ],
    )?;
    let timeout = workbench.spec.start_timeout_seconds;
    let run = run_rows::insert(tx, id, number, generation, timeout, by, now)?;
    let mut said = vec![journal::command(
        "Start",
        format!("{by} asked to start it."),
        generation,
    )];
    let limited = time_limits::limit_run(tx, &workbench.workspace_id, &run, &workbench.spec)?;
    said.extend(limited.map(|text| journal::command("Limit", text, generation)));
    journal::append(tx, &run, &said, now)
}

impl StoredCommand<'_> {
    /// Returns the current run, while it is not over.
    fn live_run(&self) -> Option<&run_rows::Current> {
        self.run.as_ref().filter(|run| !run.is_over)
    }

    /// Runs a statement with the workbench's id, the time and the user's name as parameters.
    fn update(&self, statement: &'static str) -> Result<()> {
        let user = self.by;
        self.tx.execute(
            statement,
            params![self.id.as_str(), self.now.as_millis(), user],
        )?;
        Ok(())
    }

    /// Writes the command to the journal of the current run, unless that is over.
    fn record(&self, reason: &str, message: String) -> std::result::Result<(), Refusal> {
        tracing::debug!(id = %self.id, by = self.by, reason, "a command is stored");
        if let Some(run) = self.live_run() {
            let generation = self.workbench.generation + 1;
            let said = journal::command(reason, message, generation);
            journal::append(self.tx, &run.id, &[said], self.now)?;
        }
        Ok(())
    }
}
