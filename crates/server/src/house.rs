//! What the engine asks of the server: secrets, run tokens, and who uses what.

use crate::secrets::Vault;
use crate::store::{self, Store};
use crate::tokens;
use crate::uses::Uses;
use secrecy::SecretString;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use vestibule_engine::Target;
use vestibule_engine::builds::Blueprint;
use vestibule_engine::clock::Clock;
use vestibule_engine::house::{House, HouseError};
use vestibule_model::build::{Build, BuildReason, BuildStatus, queue};
use vestibule_model::ids::{RunId, WorkbenchId, WorkspaceId};
use vestibule_model::observed::AppState;
use vestibule_model::time::Timestamp;

/// The server as the engine's house.
pub struct ServerHouse {
    /// The database.
    pub store: Arc<Store>,
    /// Opens secrets.
    pub vault: Arc<Vault>,
    /// When people last used what.
    pub uses: Arc<Uses>,
    /// The time.
    pub clock: Arc<dyn Clock>,
}

impl fmt::Debug for ServerHouse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ServerHouse")
    }
}

impl House for ServerHouse {
    /// One that does not open is trouble already here, not only once the process is to have it.
    fn missing_secrets(
        &self,
        workspace: &WorkspaceId,
        names: &[String],
    ) -> Result<Vec<String>, HouseError> {
        let found = self.secrets(workspace, names)?;
        let mut missing = names.to_vec();
        missing.retain(|name| !found.contains_key(name));
        Ok(missing)
    }

    fn secrets(
        &self,
        workspace: &WorkspaceId,
        names: &[String],
    ) -> Result<BTreeMap<String, SecretString>, HouseError> {
        let sealed = self
            .store
            .sealed_secrets(workspace, names)
            .map_err(|error| failed(&error))?;
        sealed
            .into_iter()
            .map(
                |(name, sealed)| match self.vault.open(workspace, &name, &sealed) {
                    Ok(value) => Ok((name, value)),
                    Err(_) => Err(HouseError(format!(
                        "The secret {name} is damaged and cannot be read. Set it anew."
                    ))),
                },
            )
            .collect()
    }

    fn issue_run_token(&self, run: &RunId) -> Result<SecretString, HouseError> {
        let token = tokens::random();
        let kept = self
            .store
            .keep_run_token(run, &tokens::hash(&token), self.clock.now())
            .map_err(|error| failed(&error))?;
        if kept {
            Ok(token.into())
        } else {
            Err(HouseError(
                "The run is over, so it gets no token.".to_owned(),
            ))
        }
    }

    fn build_state(&self, target: &Target, blueprint: &Blueprint) -> Result<AppState, HouseError> {
        let Some(run) = &target.run else {
            return Ok(AppState::NotBuilt);
        };
        let found = self.store.build_of_run(&run.id);
        let found = found
            .map_err(|error| HouseError(format!("The build cannot be looked up: {error}.")))?;
        Ok(match found {
            Some((build, content)) if content == blueprint.content => state_of(build),
            // What it once waited for is not what there is to be built now.
            _ => AppState::NotBuilt,
        })
    }

    fn request_build(&self, target: &Target, blueprint: &Blueprint) -> Result<(), HouseError> {
        let Some(run) = &target.run else {
            return Ok(());
        };
        self.store
            .wait_for_build(&run.id, &target.workspace_id, blueprint, self.clock.now())
            .map_err(|error| HouseError(format!("The build cannot be asked for: {error}.")))
    }

    fn last_used(&self, id: &WorkbenchId) -> Option<Timestamp> {
        Some(self.uses.last(id))
    }
}

impl ServerHouse {
    /// The values of these secrets, to be taken out of text. One that does not open was given to
    /// no process.
    pub fn known_values(
        &self,
        workspace: &WorkspaceId,
        names: &[String],
    ) -> store::Result<Vec<SecretString>> {
        let sealed = self.store.sealed_secrets(workspace, names)?;
        Ok(sealed
            .iter()
            .filter_map(|(name, sealed)| self.vault.open(workspace, name, sealed).ok())
            .collect())
    }
}

/// What a build means for a run that waits for it.
fn state_of(build: Build) -> AppState {
    if build.is_cancelling() {
        return AppState::Building("The build is being cancelled.".to_owned());
    }
    let why = build.error.unwrap_or_default();
    match (build.status, build.reason) {
        (BuildStatus::Pending, _) => {
            AppState::Queued(queue::sentence(build.queue_position.unwrap_or(1)))
        }
        (BuildStatus::Running, _) => {
            let step = build
                .step
                .map(|step| format!("The app is being prepared. {step}."));
            AppState::Building(step.unwrap_or_default())
        }
        // Nobody has decided that: the start goes on by itself, with a new build. The same where
        // what was built has been taken away since.
        (BuildStatus::Failed, Some(BuildReason::Interrupted)) | (BuildStatus::Succeeded, _) => {
            AppState::NotBuilt
        }
        (BuildStatus::Failed | BuildStatus::Cancelled | BuildStatus::Unknown(_), _) => {
            AppState::BuildFailed(why)
        }
    }
}

fn failed(error: &store::Error) -> HouseError {
    HouseError(format!("The secrets cannot be looked up: {error}."))
}
