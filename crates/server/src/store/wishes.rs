//! Wishes: what people ask of a workbench. Each raises its generation and is told in the journal;
//! none of them writes status, that is the controller's.

use super::workbenches::{self, NewRow};
use super::{Error, Result, Store, journal, rows, runs};
use rusqlite::{Transaction, params};
use vestibule_model::ids::WorkbenchId;
use vestibule_model::time::{Millis, Timestamp};
use vestibule_model::workbench::{Desired, Workbench, WorkbenchSpec};

/// A wish that was stored, or that was fulfilled already.
pub type Wished = std::result::Result<Box<Workbench>, Refusal>;

/// Why a wish was not stored.
#[derive(Debug)]
pub enum Refusal {
    /// There is no such workbench.
    Gone,
    /// It is being deleted.
    Deleting,
    /// It is being stopped: it can start again once it has.
    Stopping,
    /// There is no start under way that could be given more time.
    NotStarting,
    /// It could not be stored.
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

/// A workbench under the hand of one wish, and who has it.
struct Wish<'a> {
    tx: &'a Transaction<'a>,
    id: &'a WorkbenchId,
    by: &'a str,
    now: Timestamp,
    workbench: Workbench,
    run: Option<runs::Current>,
}

impl Store {
    /// It should run: a new run, unless one is under way.
    pub fn start(&self, id: &WorkbenchId, by: &str, now: Timestamp) -> Wished {
        self.wish(id, by, now, |wish| {
            if wish.workbench.deleting {
                return Err(Refusal::Deleting);
            }
            if wish.live_run().is_some() {
                return if wish.workbench.desired == Desired::Stopped {
                    Err(Refusal::Stopping)
                } else {
                    Ok(())
                };
            }
            let number = wish.last_number()? + 1;
            let generation = wish.raise("desired = 'Running'")?;
            let timeout = wish.workbench.spec.start_timeout_seconds;
            let run = runs::insert(wish.tx, id, number, generation, timeout, by, now)?;
            wish.tx.execute(
                "UPDATE workbenches SET run_number = ?2 WHERE id = ?1",
                params![id.as_str(), rows::signed(number)],
            )?;
            let said = journal::wish("Start", format!("{by} asked to start it."), generation);
            Ok(journal::append(wish.tx, &run, &[said], now)?)
        })
    }

    /// It should not run. Harmless when it does not.
    pub fn stop(&self, id: &WorkbenchId, by: &str, now: Timestamp) -> Wished {
        self.wish(id, by, now, |wish| {
            let stops = wish.live_run().is_some() && wish.workbench.desired != Desired::Stopped;
            if stops {
                let generation = wish.raise("desired = 'Stopped'")?;
                wish.tell("Stop", format!("{by} asked to stop it."), generation)?;
            }
            Ok(())
        })
    }

    /// The start under way gets its whole time once more.
    pub fn extend(&self, id: &WorkbenchId, by: &str, now: Timestamp) -> Wished {
        self.wish(id, by, now, |wish| {
            let (run, deadline) = match wish.live_run() {
                Some(run) if wish.workbench.desired == Desired::Running => {
                    (run.id.clone(), run.start_deadline)
                }
                _ => return Err(Refusal::NotStarting),
            };
            let more = i64::from(wish.workbench.spec.start_timeout_seconds);
            let deadline = deadline.max(now) + Millis::from_secs(more);
            let generation = wish.raise("desired = desired")?;
            wish.tx.execute(
                "UPDATE runs SET start_deadline = ?2 WHERE id = ?1",
                params![run.as_str(), deadline.as_millis()],
            )?;
            let said = format!("{by} allowed the start {more} more seconds.");
            wish.tell("Extend", said, generation)
        })
    }

    /// It is to be stopped and removed with all that is its own.
    pub fn delete(&self, id: &WorkbenchId, by: &str, now: Timestamp) -> Wished {
        self.wish(id, by, now, |wish| {
            if wish.workbench.deleting {
                return Ok(());
            }
            let generation = wish.raise("desired = 'Stopped', deleting = 1")?;
            wish.tell("Delete", format!("{by} asked to delete it."), generation)
        })
    }

    /// A new name, a new spec, or both. A spec takes effect at the next start.
    pub fn change(
        &self,
        id: &WorkbenchId,
        name: Option<&str>,
        spec: Option<&WorkbenchSpec>,
        by: &str,
        now: Timestamp,
    ) -> Wished {
        self.wish(id, by, now, |wish| {
            if wish.workbench.deleting {
                return Err(Refusal::Deleting);
            }
            if let Some(name) = name.filter(|name| **name != *wish.workbench.name) {
                wish.tx.execute(
                    "UPDATE workbenches SET name = ?2, updated_at = ?3 WHERE id = ?1",
                    params![id.as_str(), name, now.as_millis()],
                )?;
            }
            if let Some(spec) = spec.filter(|spec| **spec != wish.workbench.spec) {
                let generation = wish.raise("spec_generation = generation + 1")?;
                wish.tx.execute(
                    "UPDATE workbenches SET spec_json = ?2 WHERE id = ?1",
                    params![
                        id.as_str(),
                        serde_json::to_string(spec).map_err(Error::from)?
                    ],
                )?;
                let said = format!("{by} changed the settings; they hold from the next start on.");
                wish.tell("Change", said, generation)?;
            }
            Ok(())
        })
    }

    fn wish(
        &self,
        id: &WorkbenchId,
        by: &str,
        now: Timestamp,
        work: impl FnOnce(&mut Wish<'_>) -> std::result::Result<(), Refusal>,
    ) -> Wished {
        self.write(|tx| {
            let workbench = workbenches::find(tx, id)?.ok_or(Refusal::Gone)?;
            let number = workbench.run.as_ref().map_or(0, |run| run.number);
            let run = runs::current(tx, id, number)?;
            let mut wish = Wish {
                tx,
                id,
                by,
                now,
                workbench,
                run,
            };
            work(&mut wish)?;
            workbenches::find(tx, id)?
                .map(Box::new)
                .ok_or(Refusal::Gone)
        })
    }
}

impl Wish<'_> {
    /// The current run, while it is not over.
    fn live_run(&self) -> Option<&runs::Current> {
        self.run.as_ref().filter(|run| !run.is_over)
    }

    fn last_number(&self) -> Result<u64> {
        let last = rows::first::<Option<i64>>(
            self.tx,
            "SELECT max(number) FROM runs WHERE workbench_id = ?1",
            [self.id.as_str()],
        )?;
        Ok(last
            .flatten()
            .and_then(|n| u64::try_from(n).ok())
            .unwrap_or(0))
    }

    /// Stores what is wished under the next generation, which is given back.
    fn raise(&self, what: &'static str) -> Result<u64> {
        self.tx.execute(
            &format!(
                "UPDATE workbenches SET {what}, generation = generation + 1, updated_at = ?2
                 WHERE id = ?1"
            ),
            params![self.id.as_str(), self.now.as_millis()],
        )?;
        tracing::debug!(id = %self.id, by = self.by, what, "a wish is stored");
        Ok(self.workbench.generation + 1)
    }

    /// Tells of the wish in the current run's journal, while that run is not over.
    fn tell(
        &self,
        reason: &str,
        message: String,
        generation: u64,
    ) -> std::result::Result<(), Refusal> {
        if let Some(run) = self.live_run() {
            let said = journal::wish(reason, message, generation);
            journal::append(self.tx, &run.id, &[said], self.now)?;
        }
        Ok(())
    }
}

/// The first run of a workbench that starts as it is made.
pub(super) fn first_run(tx: &Transaction<'_>, new: &NewRow, now: Timestamp) -> Result<()> {
    let timeout = new.spec.start_timeout_seconds;
    let run = runs::insert(tx, &new.id, 1, 1, timeout, &new.username, now)?;
    tx.execute(
        "UPDATE workbenches SET run_number = 1 WHERE id = ?1",
        [new.id.as_str()],
    )?;
    let said = format!("{} asked to start it.", new.username);
    journal::append(tx, &run, &[journal::wish("Start", said, 1)], now)
}
