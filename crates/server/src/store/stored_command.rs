//! A command within its transaction. One that has an effect on the run or the spec raises the generation and
//! is written to the journal. Only the controller writes status.

use super::audit::{Actor, AuditedChange, note};
use super::begin_run::begin_run;
use super::command::{Command, Edit, Refusal};
use super::messages::change_task;
use super::{Error, Result, generations, journal, rows, run_rows, workbench_rows};
use rusqlite::{Transaction, params};
use serde_json::{Value, json};
use vestibule_model::ids::WorkbenchId;
use vestibule_model::time::Millis;
use vestibule_model::workbench::{Desired, Workbench, WorkbenchSpec};

type Refusable = std::result::Result<(), Refusal>;

/// Applies a command within a transaction. Returns the workbench, and whether the command had an
/// effect.
pub(super) fn apply_in_transaction(
    tx: &Transaction<'_>,
    id: &WorkbenchId,
    command: &Command,
    by: &Actor,
) -> std::result::Result<(Workbench, bool), Refusal> {
    let workbench = workbench_rows::find(tx, id)?.ok_or(Refusal::Gone)?;
    let number = workbench.run.as_ref().map_or(0, |run| run.number);
    let run = run_rows::current(tx, id, number)?;
    let mut stored = StoredCommand {
        generation: generations::next(tx, &workbench)?,
        tx,
        id,
        by,
        workbench,
        run,
        has_effect: false,
    };
    match command {
        Command::Start => stored.start(),
        Command::Restart => stored.restart(),
        Command::Stop => stored.stop(),
        Command::Extend => stored.extend(),
        Command::Delete => stored.delete(),
        Command::Change(edit) => stored.change(edit),
    }?;
    let after = workbench_rows::find(tx, id)?.ok_or(Refusal::Gone)?;
    if stored.has_effect {
        note(tx, by, &change(command.action(), &stored.workbench, &after))?;
    }
    Ok((after, stored.has_effect))
}

/// Command in its transaction.
struct StoredCommand<'a> {
    tx: &'a Transaction<'a>,
    id: &'a WorkbenchId,
    by: &'a Actor,
    workbench: Workbench,
    run: Option<run_rows::Current>,
    /// The generation that a change leads to.
    generation: u64,
    has_effect: bool,
}

impl StoredCommand<'_> {
    fn start(&mut self) -> Refusable {
        if self.workbench.deleting {
            return Err(Refusal::Deleting);
        }
        if self.live_run().is_some() {
            return match self.workbench.desired {
                // A restart starts it once it has stopped.
                Desired::Stopped if !self.workbench.restarting => Err(Refusal::Stopping),
                _ => Ok(()),
            };
        }
        self.begin_run()
    }

    fn restart(&mut self) -> Refusable {
        if self.workbench.deleting {
            return Err(Refusal::Deleting);
        }
        if self.live_run().is_none() {
            return self.begin_run();
        }
        if self.workbench.restarting {
            return Ok(());
        }
        self.update(
            "UPDATE workbenches SET desired = 'Stopped', restart_by = ?3,
                 generation = ?4, updated_at = ?2
             WHERE id = ?1",
        )?;
        self.record("Restart", format!("{} asked to restart it.", self.by.name))
    }

    fn stop(&mut self) -> Refusable {
        let is_wanted = self.workbench.desired != Desired::Stopped || self.workbench.restarting;
        if self.live_run().is_none() || !is_wanted {
            return Ok(());
        }
        self.update(
            "UPDATE workbenches SET desired = 'Stopped', restart_by = NULL,
                 stopped_by = coalesce(
                     (SELECT coalesce(nullif(display_name, ''), username)
                         FROM users WHERE username = ?3),
                     (SELECT ?3 FROM resources WHERE workbench_id = ?1)),
                 generation = ?4, updated_at = ?2
             WHERE id = ?1",
        )?;
        self.record("Stop", format!("{} asked to stop it.", self.by.name))
    }

    fn extend(&mut self) -> Refusable {
        let (run, deadline) = match self.live_run() {
            Some(run) if self.workbench.desired == Desired::Running => {
                (run.id.clone(), run.start_deadline)
            }
            _ => return Err(Refusal::NotStarting),
        };
        if self.workbench.has_answered() {
            // It became ready in the meantime.
            return Ok(());
        }
        let more = i64::from(self.workbench.spec.start_timeout_seconds);
        let deadline = deadline.max(self.by.now) + Millis::from_secs(more);
        // Without the name: a statement takes only the parameters that it has.
        self.tx.execute(
            "UPDATE workbenches SET generation = ?3, updated_at = ?2 WHERE id = ?1",
            params![
                self.id.as_str(),
                self.by.now.as_millis(),
                rows::signed(self.generation)
            ],
        )?;
        self.has_effect = true;
        self.tx.execute(
            "UPDATE runs SET start_deadline = ?2 WHERE id = ?1",
            params![run.as_str(), deadline.as_millis()],
        )?;
        let message = format!("{} allowed the start {more} more seconds.", self.by.name);
        self.record("Extend", message)
    }

    fn delete(&mut self) -> Refusable {
        if self.workbench.deleting {
            return Ok(());
        }
        self.update(
            "UPDATE workbenches SET desired = 'Stopped', deleting = 1, restart_by = NULL,
                 deleted_by = coalesce(
                     (SELECT coalesce(nullif(display_name, ''), username)
                         FROM users WHERE username = ?3),
                     (SELECT ?3 FROM resources WHERE workbench_id = ?1)),
                 generation = ?4, updated_at = ?2
             WHERE id = ?1",
        )?;
        self.record("Delete", format!("{} asked to delete it.", self.by.name))
    }

    fn change(&mut self, edit: &Edit) -> Refusable {
        if self.workbench.deleting {
            return Err(Refusal::Deleting);
        }
        let now = self.by.now.as_millis();
        let new_name = edit.name.as_ref();
        if let Some(name) = new_name.filter(|name| **name != self.workbench.name) {
            self.tx.execute(
                "UPDATE workbenches SET name = ?2, updated_at = ?3 WHERE id = ?1",
                params![self.id.as_str(), name, now],
            )?;
            self.has_effect = true;
        }
        if let Some(task) = &edit.task {
            change_task(self.tx, self.id, task)?;
        }
        let known = &self.workbench.spec;
        let spec = edit.spec.as_ref().map(|patch| patch.applied_to(known));
        if let Some(spec) = spec.filter(|spec| spec != known) {
            let spec = serde_json::to_string(&spec).map_err(Error::from)?;
            self.tx.execute(
                "UPDATE workbenches SET spec_json = ?3, spec_generation = ?4, generation = ?4,
                     updated_at = ?2
                 WHERE id = ?1",
                params![self.id.as_str(), now, spec, rows::signed(self.generation)],
            )?;
            self.has_effect = true;
            let number = self.workbench.run.as_ref().map_or(0, |run| run.number);
            let from = match self.workbench.status.has_job(number) {
                true => "the next start",
                false => "this start",
            };
            let message = format!(
                "{} changed the settings; they hold from {from} on.",
                self.by.name
            );
            self.record("Change", message)?;
        }
        Ok(())
    }

    fn begin_run(&mut self) -> Refusable {
        self.has_effect = true;
        Ok(begin_run(
            self.tx,
            &self.workbench,
            &self.by.name,
            self.by.now,
        )?)
    }

    /// Returns the current run, while it is not over.
    fn live_run(&self) -> Option<&run_rows::Current> {
        self.run.as_ref().filter(|run| !run.is_over)
    }

    /// Runs a statement with the workbench's id, the time, the user's name and the next generation as
    /// parameters.
    fn update(&mut self, statement: &'static str) -> Result<()> {
        self.has_effect = true;
        self.tx.execute(
            statement,
            params![
                self.id.as_str(),
                self.by.now.as_millis(),
                self.by.name,
                rows::signed(self.generation)
            ],
        )?;
        Ok(())
    }

    /// Writes the command to the journal of the current run, unless that is over.
    fn record(&self, reason: &str, message: String) -> Refusable {
        tracing::debug!(id = %self.id, by = self.by.name, reason, "a command is stored");
        if let Some(run) = self.live_run() {
            let sentence = journal::command(reason, message, self.generation);
            journal::append(self.tx, &run.id, &[sentence], self.by.now)?;
        }
        Ok(())
    }
}

/// Returns a command's entry for the audit log. The values of variables may be secret: their names
/// stand for them.
fn change<'a>(action: &'a str, before: &Workbench, after: &'a Workbench) -> AuditedChange<'a> {
    let shown = |one: &Workbench| {
        // Without `..`, so that the entry lists a new field.
        let WorkbenchSpec {
            env: _,
            parameters,
            size,
            secrets,
            start_timeout_seconds,
            active_deadline_seconds,
            idle_timeout_seconds,
        } = &one.spec;
        json!({
            "name": one.name,
            "env": one.spec.variables().map(|(name, _)| name).collect::<Vec<_>>(),
            "parameters": parameters.iter().flatten().map(|(name, _)| name).collect::<Vec<_>>(),
            "size": size,
            "secrets": secrets,
            "startTimeoutSeconds": start_timeout_seconds,
            "activeDeadlineSeconds": active_deadline_seconds,
            "idleTimeoutSeconds": idle_timeout_seconds,
        })
    };
    let (old, new) = match action {
        "workbench.update" => (shown(before), shown(after)),
        _ => (Value::Null, Value::Null),
    };
    AuditedChange {
        action,
        target_id: after.id.as_str(),
        target_name: &after.name,
        before: old,
        after: new,
    }
}
