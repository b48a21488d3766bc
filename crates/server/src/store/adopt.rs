//! Rows follow the resources of a cluster, where those have the desired state.
//!
//! Whatever changed a resource, this applies it to the rows, by the commands that users have. An older
//! state of a resource than the adopted one has no effect.

use super::audit::{Actor, AuditedChange, note};
use super::command::{Command, Edit, Refusal};
use super::messages::{NewMessageRow, insert_task};
use super::stored_command::apply_in_transaction;
use super::{Result, Store, journal, resources, rows, run_rows, workbench_rows};
use rusqlite::{Transaction, params};
use serde_json::json;
use vestibule_model::adoption::{AdoptionStep, Inherited, StoredState, Wanted, inherited, steps};
use vestibule_model::ids::{UserId, WorkbenchId, WorkspaceId};
use vestibule_model::phase::derive_k8s_status;
use vestibule_model::run::RunStatus;
use vestibule_model::workbench::{Desired, Workbench, WorkbenchStatus};

/// Resource of a cluster.
#[derive(Debug, Clone)]
pub struct Resource {
    /// The workbench that it is.
    pub id: WorkbenchId,
    /// The workspace that its namespace is.
    pub workspace_id: WorkspaceId,
    /// Namespace.
    pub namespace: String,
    /// Own name.
    pub name: String,
    /// Catalogue entry of the app.
    pub app: String,
    /// Generation.
    pub generation: u64,
    /// `true` if it had a row before. If the row is gone meanwhile, the workbench was deleted.
    pub had_row: bool,
    /// The desired state.
    pub wanted: Wanted,
    /// Status, if it has one.
    pub status: Option<WorkbenchStatus>,
    /// The highest number of a run that the cluster has shown.
    pub highest_run: u64,
    /// Task and tab of a new workbench, or `None` if its app has none.
    pub task: Option<NewMessageRow>,
}

/// Originators of the changes of a resource.
#[derive(Debug, Clone)]
pub struct Originators {
    /// Of name, settings and creation.
    pub settings: Actor,
    /// Of the desired state.
    pub desired: Actor,
    /// Of the deletion.
    pub deletion: Actor,
}

impl Originators {
    /// Returns one originator of everything.
    pub fn all(by: Actor) -> Self {
        Self {
            settings: by.clone(),
            desired: by.clone(),
            deletion: by,
        }
    }

    fn of(&self, step: AdoptionStep) -> &Actor {
        match step {
            AdoptionStep::Change => &self.settings,
            AdoptionStep::Start | AdoptionStep::Restart | AdoptionStep::Stop => &self.desired,
            AdoptionStep::Delete => &self.deletion,
        }
    }
}

/// Outcome of an adoption.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Adopted {
    /// The rows were changed.
    Changed,
    /// State that was adopted before, as this one or a newer one.
    Known,
    /// No such workspace.
    NoWorkspace,
    /// The workbench was deleted meanwhile.
    Deleted,
}

impl Store {
    /// Applies the state of a resource to the rows. `remark` goes into the journal of the current run.
    pub fn adopt(
        &self,
        resource: &Resource,
        by: &Originators,
        remark: Option<&str>,
    ) -> Result<Adopted> {
        if self.read(|tx| is_known(tx, resource))? {
            return Ok(Adopted::Known);
        }
        self.write_essential(|tx| {
            if is_known(tx, resource)? {
                return Ok(Adopted::Known);
            }
            let sql = "SELECT 1 FROM workspaces WHERE id = ?1";
            if rows::first::<i64>(tx, sql, [resource.workspace_id.as_str()])?.is_none() {
                return Ok(Adopted::NoWorkspace);
            }
            match workbench_rows::find(tx, &resource.id)? {
                Some(workbench) => follow(tx, resource, &workbench, by)?,
                None if resource.had_row => return Ok(Adopted::Deleted),
                None => insert(tx, resource, by)?,
            }
            if let Some(remark) = remark {
                write_remark(tx, resource, remark, &by.desired)?;
            }
            Ok(Adopted::Changed)
        })
    }
}

/// Returns `true` if this state of a resource, or a newer one, was adopted.
fn is_known(tx: &Transaction<'_>, resource: &Resource) -> Result<bool> {
    let found = rows::first::<bool>(
        tx,
        "SELECT s.generation >= ?2 AND NOT s.is_gone AND b.deleting >= ?3
         FROM resources s JOIN workbenches b ON b.id = s.workbench_id WHERE b.id = ?1",
        params![
            resource.id.as_str(),
            rows::signed(resource.generation),
            resource.wanted.deleting
        ],
    )?;
    Ok(found.unwrap_or(false))
}

fn follow(
    tx: &Transaction<'_>,
    resource: &Resource,
    workbench: &Workbench,
    by: &Originators,
) -> Result<()> {
    let row = resources::find(tx, &resource.id)?;
    let number = workbench.run.as_ref().map_or(0, |run| run.number);
    let run = run_rows::current(tx, &resource.id, number)?;
    let known = StoredState {
        name: workbench.name.clone(),
        spec: workbench.spec.clone(),
        desired: workbench.desired.clone(),
        is_live: run.is_some_and(|run| !run.is_over),
        restarting: workbench.restarting,
        deleting: workbench.deleting,
        adopted_desired: row
            .as_ref()
            .map_or(workbench.desired.clone(), |row| row.desired.clone()),
        adopted_request: row.and_then(|row| row.run_request),
    };
    // Before the commands, which lead to this generation.
    write_row(tx, resource)?;
    for step in steps(&known, &resource.wanted) {
        command(tx, resource, step, by.of(step))?;
    }
    tx.execute(
        "UPDATE workbenches SET generation = ?2, updated_at = ?3 WHERE id = ?1 AND generation <> ?2",
        params![
            resource.id.as_str(),
            rows::signed(resource.generation),
            by.settings.now.as_millis()
        ],
    )?;
    Ok(())
}

fn command(
    tx: &Transaction<'_>,
    resource: &Resource,
    step: AdoptionStep,
    by: &Actor,
) -> Result<()> {
    let command = match step {
        AdoptionStep::Change => Command::Change(Edit {
            name: Some(resource.wanted.name.clone()),
            spec: Some(resource.wanted.spec.clone().into()),
            task: resource.task.as_ref().map(|task| task.text.clone()),
        }),
        AdoptionStep::Start => Command::Start,
        AdoptionStep::Restart => Command::Restart,
        AdoptionStep::Stop => Command::Stop,
        AdoptionStep::Delete => Command::Delete,
    };
    match apply_in_transaction(tx, &resource.id, &command, by) {
        Ok(_) => Ok(()),
        Err(Refusal::Store(error)) => Err(error),
        Err(refusal) => {
            // The steps are those that the rows allow.
            tracing::error!(workbench = %resource.id, ?command, ?refusal, "a change of a resource is refused");
            Ok(())
        }
    }
}

fn write_row(tx: &Transaction<'_>, resource: &Resource) -> Result<()> {
    tx.execute(
        "INSERT INTO resources (workbench_id, namespace, name, generation, desired, run_request, highest_run)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
         ON CONFLICT (workbench_id) DO UPDATE SET namespace = excluded.namespace, name = excluded.name,
             generation = excluded.generation, desired = excluded.desired,
             run_request = excluded.run_request,
             highest_run = max(highest_run, excluded.highest_run), is_gone = 0",
        params![
            resource.id.as_str(),
            resource.namespace,
            resource.name,
            rows::signed(resource.generation),
            resource.wanted.desired.as_str(),
            resource.wanted.run_request,
            rows::signed(resource.highest_run),
        ],
    )?;
    Ok(())
}

/// Inserts a workbench that the cluster has and the database not.
fn insert(tx: &Transaction<'_>, resource: &Resource, by: &Originators) -> Result<()> {
    let creator = &by.settings;
    let now = creator.now;
    tx.execute(
        "INSERT INTO workbenches (id, workspace_id, name, app, spec_json, desired, generation,
             spec_generation, created_by, created_at, updated_at)
         VALUES (?1, ?2, ?3, ?4, ?5, 'Stopped', ?6, ?6, ?7, ?8, ?8)",
        params![
            resource.id.as_str(),
            resource.workspace_id.as_str(),
            resource.wanted.name,
            resource.app,
            serde_json::to_string(&resource.wanted.spec)?,
            rows::signed(resource.generation),
            creator.id.as_ref().map_or("", UserId::as_str),
            now.as_millis(),
        ],
    )?;
    write_row(tx, resource)?;
    let change = AuditedChange {
        action: "workbench.create",
        target_id: resource.id.as_str(),
        target_name: &resource.wanted.name,
        before: serde_json::Value::Null,
        after: json!({"workspace": resource.workspace_id, "app": resource.app}),
    };
    note(tx, creator, &change)?;
    if let Some(task) = &resource.task {
        insert_task(tx, (&resource.workspace_id, &resource.id), task, now)?;
    }
    let (run, is_to_start) = inherited(
        &resource.wanted,
        resource.generation,
        resource.status.as_ref(),
    );
    if let (Some(run), Some(status)) = (run, &resource.status) {
        inherit(tx, resource, run, status, creator)?;
    }
    let live = run.is_some_and(|run| !run.is_over);
    if resource.wanted.deleting {
        command(tx, resource, AdoptionStep::Delete, &by.deletion)?;
    } else if live && resource.wanted.desired == Desired::Stopped {
        command(tx, resource, AdoptionStep::Stop, &by.desired)?;
    } else if is_to_start {
        command(tx, resource, AdoptionStep::Start, &by.desired)?;
    }
    Ok(())
}

/// Inserts a run that goes on in the cluster, or has ended there.
fn inherit(
    tx: &Transaction<'_>,
    resource: &Resource,
    run: Inherited,
    status: &WorkbenchStatus,
    by: &Actor,
) -> Result<()> {
    let (id, generation) = (&resource.id, resource.generation);
    let timeout = resource.wanted.spec.start_timeout_seconds;
    let begin = status.start_time.unwrap_or(by.now);
    let row = run_rows::insert(tx, id, run.number, generation, timeout, "", begin)?;
    tx.execute(
        "UPDATE workbenches SET desired = 'Running', run_number = ?2, status_json = ?3, status_run = ?2,
             status_generation = ?4, phase = ?5, k8s_status = ?6 WHERE id = ?1",
        params![
            id.as_str(),
            rows::signed(run.number),
            serde_json::to_string(status)?,
            rows::signed(status.observed_generation),
            status.phase.as_str(),
            derive_k8s_status(&status.phase, &status.conditions).as_str(),
        ],
    )?;
    let end = status.completion_time.unwrap_or(by.now);
    tx.execute(
        "UPDATE runs SET status = ?2, ready_at = ?3, finished_at = ?4 WHERE id = ?1",
        params![
            row.as_str(),
            RunStatus::of_phase(&status.phase).as_str(),
            status.ready_time.map(|at| at.as_millis()),
            run.is_over.then(|| end.as_millis()),
        ],
    )?;
    let message = "The server found this run in the cluster.".to_owned();
    let message = journal::command("Found", message, generation);
    journal::append(tx, &row, &[message], by.now)
}

fn write_remark(tx: &Transaction<'_>, resource: &Resource, remark: &str, by: &Actor) -> Result<()> {
    let Some(workbench) = workbench_rows::find(tx, &resource.id)? else {
        return Ok(());
    };
    let number = workbench.run.as_ref().map_or(0, |run| run.number);
    if let Some(run) = run_rows::current(tx, &resource.id, number)? {
        let message = journal::command("FieldManager", remark.to_owned(), workbench.generation);
        journal::append(tx, &run.id, &[message], by.now)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests;
