//! Storage of status for the controller.

use super::{Result, Store, begin_run, journal, removals, rows, run_tokens, time_limits};
use rusqlite::{OptionalExtension, Transaction, params};
use vestibule_engine::controller::{Commit, Record, StatusStore, StoreError};
use vestibule_engine::{Target, TargetRun};
use vestibule_model::condition::{ConditionStatus, ConditionType};
use vestibule_model::ended_conditions;
use vestibule_model::hold;
use vestibule_model::ids::{RunId, WorkbenchId};
use vestibule_model::phase::Phase;
use vestibule_model::reconcile::{Action, DesiredRun, Outcome, Subject};
use vestibule_model::run::RunStatus;
use vestibule_model::time::{Millis, Timestamp};
use vestibule_model::workbench::{Desired, WorkbenchSpec, WorkbenchStatus};

impl From<super::Error> for StoreError {
    fn from(error: super::Error) -> Self {
        Self(error.to_string())
    }
}

impl StatusStore for Store {
    fn load(&self, id: &WorkbenchId) -> std::result::Result<Option<Record>, StoreError> {
        self.read(|tx| find(tx, id))?
            .map(StatusRow::into_record)
            .transpose()
    }

    fn unsettled(&self) -> std::result::Result<Vec<WorkbenchId>, StoreError> {
        Ok(self.read(|tx| {
            let mut statement = tx.prepare_cached(
                "SELECT b.id FROM workbenches b
                 LEFT JOIN runs r ON r.workbench_id = b.id AND r.number = b.run_number
                 WHERE b.deleting OR (b.run_number > 0 AND r.finished_at IS NULL)
                    OR b.status_generation <> b.generation OR b.status_run <> b.run_number
                    OR b.phase NOT IN ('Stopped', 'Completed', 'Failed')
                 ORDER BY r.rowid",
            )?;
            let found = statement.query_map([], |row| rows::id(row, "id"))?;
            Ok(found.collect::<rusqlite::Result<_>>()?)
        })?)
    }

    fn commit(
        &self,
        record: &Record,
        outcome: &Outcome,
        at: Timestamp,
    ) -> std::result::Result<Commit, StoreError> {
        Ok(self.commit_status(record, outcome, at)?)
    }
}

/// End of a start: the app became ready, or the run ended before that.
struct StartEnd {
    app: String,
    outcome: &'static str,
    took: Millis,
}

impl Store {
    fn commit_status(&self, record: &Record, outcome: &Outcome, at: Timestamp) -> Result<Commit> {
        let id = &record.target.id;
        // The spec with which the process or the Pod is made is that of the run from now on.
        let begins = outcome.actions.contains(&Action::StartJob);
        if !outcome.has_changes(&record.status) {
            // An unchanged status needs no write.
            let (is_current, is_behind) = self.read(|tx| {
                let is_behind = begins && is_behind(tx, record)?;
                Ok((is_current(tx, record)?, is_behind))
            })?;
            match (is_current, is_behind) {
                (false, _) => return Ok(Commit::Overtaken),
                (true, false) => return Ok(Commit::Stored),
                (true, true) => {}
            }
        }
        let is_over = outcome.status.phase.is_terminal();
        let (committed, start) = self.write_essential(|tx| {
            if !is_current(tx, record)? {
                return Ok((Commit::Overtaken, None));
            }
            if outcome.forget {
                removals::note_removal(tx, id, at)?;
                tx.execute("DELETE FROM workbenches WHERE id = ?1", [id.as_str()])?;
                return Ok((Commit::Stored, None));
            }
            if begins {
                follow_spec(tx, record)?;
            }
            write_status(tx, id, outcome, at)?;
            let start = match &record.target.run {
                Some(run) => {
                    journal::append(tx, &run.id, &outcome.transitions, at)?;
                    write_run(tx, &run.id, outcome, at)?
                }
                None => None,
            };
            let is_next = is_over && begin_run::begin_requested_run(tx, id, at)?;
            let committed = match is_next {
                true => Commit::NextRun,
                false => Commit::Stored,
            };
            Ok::<_, super::Error>((committed, start))
        })?;
        if let Some(start) = start {
            self.meters
                .start_ended(&start.app, start.outcome, start.took);
        }
        if committed.is_stored() && (outcome.forget || is_over) {
            self.run_ended.notify_one();
            // A build may have lost its last waiting run.
            self.builds_changed.notify_one();
        }
        Ok(committed)
    }
}

/// Returns `true` if no command was stored since the record was read. Commands of a cluster may not
/// raise the generation, and so what they change is compared too.
fn is_current(tx: &Transaction<'_>, record: &Record) -> rusqlite::Result<bool> {
    let subject = &record.subject;
    let run = record.target.run.as_ref().map_or(0, |run| run.number);
    let deadline = subject.run.as_ref().map(|run| run.start_deadline);
    let found = rows::first::<i64>(
        tx,
        "SELECT 1 FROM workbenches b
         LEFT JOIN runs r ON r.workbench_id = b.id AND r.number = b.run_number
         WHERE b.id = ?1 AND b.generation = ?2 AND b.run_number = ?3 AND b.desired = ?4
             AND b.deleting = ?5 AND r.start_deadline IS ?6",
        params![
            record.target.id.as_str(),
            rows::signed(subject.generation),
            rows::signed(run),
            subject.desired.as_str(),
            subject.deleting,
            deadline.map(Timestamp::as_millis),
        ],
    )?;
    Ok(found.is_some())
}

/// Returns `true` if the row of the run has an older spec than the one that the engine was given.
fn is_behind(tx: &Transaction<'_>, record: &Record) -> rusqlite::Result<bool> {
    let (Some(run), Some(desired)) = (&record.target.run, &record.subject.run) else {
        return Ok(false);
    };
    let found = rows::first::<i64>(
        tx,
        "SELECT 1 FROM runs WHERE id = ?1 AND generation < ?2",
        params![run.id.as_str(), rows::signed(desired.generation)],
    )?;
    Ok(found.is_some())
}

/// Writes the spec that the engine was given into the row of the run.
fn follow_spec(tx: &Transaction<'_>, record: &Record) -> Result<()> {
    if !is_behind(tx, record)? {
        return Ok(());
    }
    let (Some(run), Some(desired)) = (&record.target.run, &record.subject.run) else {
        return Ok(());
    };
    tx.execute(
        "UPDATE runs SET spec_json = ?2, generation = ?3 WHERE id = ?1",
        params![
            run.id.as_str(),
            serde_json::to_string(&record.target.spec)?,
            rows::signed(desired.generation)
        ],
    )?;
    Ok(())
}

fn write_status(
    tx: &Transaction<'_>,
    id: &WorkbenchId,
    outcome: &Outcome,
    at: Timestamp,
) -> Result<()> {
    let status = &outcome.status;
    tx.prepare_cached(
        "UPDATE workbenches SET status_json = ?2, status_run = ?3, status_generation = ?4,
             phase = ?5, k8s_status = ?6, updated_at = ?7 WHERE id = ?1",
    )?
    .execute(params![
        id.as_str(),
        serde_json::to_string(status)?,
        rows::signed(status.run_number),
        rows::signed(status.observed_generation),
        status.phase.as_str(),
        outcome.k8s_status.as_str(),
        at.as_millis(),
    ])?;
    Ok(())
}

/// Updates the row of a run. The end of a run does not change any more.
fn write_run(
    tx: &Transaction<'_>,
    id: &RunId,
    outcome: &Outcome,
    at: Timestamp,
) -> Result<Option<StartEnd>> {
    let status = &outcome.status;
    let is_over = status.phase.is_terminal();
    let became_ready = outcome.transitions.iter().any(|entry| {
        entry.condition == Some(ConditionType::Ready) && entry.to == Some(ConditionStatus::True)
    });
    let ended = status
        .conditions
        .iter()
        .find(|c| c.is_true() && matches!(c.kind, ConditionType::Failed | ConditionType::Completed))
        .map(|c| c.reason.as_str())
        .or(status.stopped_reason.as_deref());
    let cause = match status.phase {
        _ if is_over => ended,
        Phase::Stopping => None,
        _ => hold::shown_cause(status),
    };
    let run_status = RunStatus::of_phase(&status.phase);
    let starting = starting(tx, id)?;
    tx.prepare_cached(
        "UPDATE runs SET status = ?2, ready_at = coalesce(ready_at, ?3), cause = ?4,
             finished_at = ?5, exit_code = coalesce(exit_code, ?6)
         WHERE id = ?1 AND finished_at IS NULL",
    )?
    .execute(params![
        id.as_str(),
        run_status.as_str(),
        became_ready.then(|| at.as_millis()),
        cause,
        is_over.then(|| status.completion_time.unwrap_or(at).as_millis()),
        outcome.exit_code,
    ])?;
    if is_over {
        run_tokens::end(tx, id, at)?;
    }
    let how = match run_status {
        _ if became_ready => Some("ready"),
        RunStatus::Failed => Some("failed"),
        RunStatus::Stopped => Some("stopped"),
        RunStatus::Succeeded => Some("succeeded"),
        _ => None,
    };
    Ok(starting.zip(how).map(|((app, since), outcome)| StartEnd {
        app,
        outcome,
        took: at.since(since).max(Millis(0)),
    }))
}

/// Returns the app of a run that has never been ready and is not over, and the time of its request.
fn starting(tx: &Transaction<'_>, id: &RunId) -> rusqlite::Result<Option<(String, Timestamp)>> {
    let sql = "SELECT coalesce(app, '') AS app, started_at FROM runs
        WHERE id = ?1 AND ready_at IS NULL AND finished_at IS NULL";
    tx.prepare_cached(sql)?
        .query_row([id.as_str()], |row| {
            Ok((row.get("app")?, rows::time(row, "started_at")?))
        })
        .optional()
}

/// Row of a workbench, as the controller needs it.
struct StatusRow {
    record: Record,
    is_spec_readable: bool,
}

impl StatusRow {
    /// Converts the row; fails if its settings are unreadable. Stop and
    /// delete need none.
    fn into_record(self) -> std::result::Result<Record, StoreError> {
        let subject = &self.record.subject;
        if !self.is_spec_readable && subject.desired == Desired::Running && !subject.deleting {
            return Err(StoreError(format!(
                "the settings of {} cannot be read; save them again, or stop it",
                self.record.target.id
            )));
        }
        Ok(self.record)
    }
}

fn find(tx: &Transaction<'_>, id: &WorkbenchId) -> Result<Option<StatusRow>> {
    let mut statement = tx.prepare_cached("SELECT * FROM workbenches WHERE id = ?1")?;
    let found = statement
        .query_row([id.as_str()], |row| {
            Ok((read(row, id)?, rows::count(row, "run_number")?))
        })
        .optional()?;
    let Some((mut row, number)) = found else {
        return Ok(None);
    };
    if let Some(mut found) = find_run(tx, id, number)? {
        let subject = &row.record.subject;
        let follows = found
            .desired
            .follows(subject.spec_generation, &row.record.status);
        if follows && found.asked.is_some() && row.is_spec_readable {
            let target = &row.record.target;
            let (spec, _) = time_limits::limited(tx, &target.workspace_id, &target.spec)?;
            found.desired.generation = subject.spec_generation;
            found.spec = Some(spec);
        }
        found.join(&mut row);
    }
    Ok(Some(row))
}

fn read(row: &rusqlite::Row<'_>, id: &WorkbenchId) -> rusqlite::Result<StatusRow> {
    let spec: String = row.get("spec_json")?;
    let spec: Option<WorkbenchSpec> = rows::json(&spec, "spec", id.as_str());
    let status: String = row.get("status_json")?;
    let status = Some(status)
        .filter(|text| !text.is_empty())
        .and_then(|text| rows::json(&text, "status", id.as_str()));
    let mut status: WorkbenchStatus = status.unwrap_or_default();
    ended_conditions::update(&mut status.conditions);
    Ok(StatusRow {
        is_spec_readable: spec.is_some(),
        record: Record {
            name: row.get("name")?,
            target: Target {
                id: id.clone(),
                workspace_id: rows::id(row, "workspace_id")?,
                app: row.get("app")?,
                spec: spec.unwrap_or_default(),
                run: None,
                asked: None,
            },
            subject: Subject {
                generation: rows::count(row, "generation")?,
                spec_generation: rows::count(row, "spec_generation")?,
                desired: rows::open_enum(row, "desired")?,
                deleting: row.get("deleting")?,
                run: None,
            },
            status,
        },
    })
}

/// Current run, with the spec with which it was started while it lasts.
struct FoundRun {
    run: TargetRun,
    desired: DesiredRun,
    spec: Option<WorkbenchSpec>,
    /// Place of the run among all runs, or `None` once it is over.
    asked: Option<u64>,
}

impl FoundRun {
    /// Joins the parts of a row. A changed spec takes effect at the next start: until then the run keeps its own.
    fn join(self, row: &mut StatusRow) {
        let target = &mut row.record.target;
        if let Some(spec) = self.spec {
            target.spec = spec;
            row.is_spec_readable = true;
        }
        let limit = |seconds: Option<u32>| seconds.map(|s| Millis::from_secs(i64::from(s)));
        row.record.subject.run = Some(DesiredRun {
            active_deadline: limit(target.spec.active_deadline_seconds),
            idle_timeout: limit(target.spec.idle_timeout_seconds),
            ..self.desired
        });
        target.run = Some(self.run);
        let subject = &row.record.subject;
        let is_to_run = subject.desired == Desired::Running && !subject.deleting;
        target.asked = self.asked.filter(|_| is_to_run);
    }
}

fn find_run(tx: &Transaction<'_>, id: &WorkbenchId, number: u64) -> Result<Option<FoundRun>> {
    Ok(tx
        .prepare_cached(
            "SELECT id, generation, started_at, start_deadline, spec_json,
                 iif(finished_at IS NULL, rowid, NULL) AS asked FROM runs
             WHERE workbench_id = ?1 AND number = ?2",
        )?
        .query_row(params![id.as_str(), rows::signed(number)], |row| {
            let spec: Option<String> = row.get("spec_json")?;
            Ok(FoundRun {
                run: TargetRun {
                    id: rows::id(row, "id")?,
                    number,
                },
                desired: DesiredRun {
                    number,
                    generation: rows::count(row, "generation")?,
                    asked_at: rows::time(row, "started_at")?,
                    start_deadline: rows::time(row, "start_deadline")?,
                    active_deadline: None,
                    idle_timeout: None,
                },
                asked: row
                    .get::<_, Option<i64>>("asked")?
                    .and_then(|turn| u64::try_from(turn).ok()),
                spec: spec.and_then(|spec| rows::json(&spec, "spec", id.as_str())),
            })
        })
        .optional()?)
}
