//! Commands of users to workbenches.
//!
//! The server uses [`Store::carry_out`] and [`Store::rehearse`]. The methods named after one command
//! (`start`, `restart`, `stop`, `extend`, `delete`, `change`) are shorthands for tests.

use super::Store;
use super::audit::Actor;
use super::command::{Command, CommandResult, Edit, Refusal};
use super::stored_command::apply_in_transaction;
use vestibule_model::ids::WorkbenchId;
use vestibule_model::workbench::{Workbench, WorkbenchSpec};

impl Store {
    /// Starts a new run, unless one is under way.
    pub fn start(&self, id: &WorkbenchId, by: &Actor) -> CommandResult {
        self.carry_out(id, &Command::Start, by)
    }

    /// Ends the current run and begins the next one once that is over, or at once if it is.
    pub fn restart(&self, id: &WorkbenchId, by: &Actor) -> CommandResult {
        self.carry_out(id, &Command::Restart, by)
    }

    /// Stops the current run, and cancels a restart of it. Has no effect without one.
    pub fn stop(&self, id: &WorkbenchId, by: &Actor) -> CommandResult {
        self.carry_out(id, &Command::Stop, by)
    }

    /// Restarts the time limit of the start in progress.
    pub fn extend(&self, id: &WorkbenchId, by: &Actor) -> CommandResult {
        self.carry_out(id, &Command::Extend, by)
    }

    /// Deletes a workbench with its folder and history.
    pub fn delete(&self, id: &WorkbenchId, by: &Actor) -> CommandResult {
        self.carry_out(id, &Command::Delete, by)
    }

    /// Changes the name, the spec, or both; see [`Edit`].
    pub fn change(
        &self,
        id: &WorkbenchId,
        name: Option<&str>,
        spec: Option<(&WorkbenchSpec, Option<&str>)>,
        by: &Actor,
    ) -> CommandResult {
        let edit = Edit {
            name: name.map(str::to_owned),
            spec: spec.map(|(spec, _)| spec.clone().into()),
            task: spec.and_then(|(_, task)| task).map(str::to_owned),
        };
        self.carry_out(id, &Command::Change(edit), by)
    }

    /// Stores a command.
    pub fn carry_out(&self, id: &WorkbenchId, command: &Command, by: &Actor) -> CommandResult {
        if command.needs_disk_space() {
            self.expect_disk_space()?;
        }
        self.write_essential(|tx| {
            let (workbench, _) = apply_in_transaction(tx, id, command, by)?;
            Ok(Box::new(workbench))
        })
    }

    /// Returns the workbench, and whether a command would have an effect now, without storing
    /// anything.
    pub fn rehearse(
        &self,
        id: &WorkbenchId,
        command: &Command,
        by: &Actor,
    ) -> Result<(Box<Workbench>, bool), Refusal> {
        if command.needs_disk_space() {
            self.expect_disk_space()?;
        }
        let before = self.workbench(id)?.ok_or(Refusal::Gone)?;
        let (_, has_effect) = self.rehearsal(|tx| apply_in_transaction(tx, id, command, by))?;
        Ok((Box::new(before), has_effect))
    }
}
