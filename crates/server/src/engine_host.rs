//! Secrets, run tokens, builds and usage for the engine.

use crate::last_uses::LastUses;
use crate::secrets::SecretCipher;
use crate::store::{self, AgentWork, Store};
use crate::tokens;
use secrecy::SecretString;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use vestibule_engine::Target;
use vestibule_engine::builds::Blueprint;
use vestibule_engine::clock::Clock;
use vestibule_engine::engine_host::{EngineHost, HostError};
use vestibule_model::build::{Build, BuildReason, BuildStatus, BuildStep, StepStatus, queue};
use vestibule_model::ids::{RunId, WorkbenchId, WorkspaceId};
use vestibule_model::observed::AppAvailability;
use vestibule_model::time::Timestamp;

/// Implements [`EngineHost`] on the store, the cipher and the usage records.
pub struct ServerHost {
    /// The database.
    pub store: Arc<Store>,
    /// Opens secrets.
    pub cipher: Arc<SecretCipher>,
    /// Times of use.
    pub uses: Arc<LastUses>,
    /// The time.
    pub clock: Arc<dyn Clock>,
}

impl fmt::Debug for ServerHost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ServerHost")
    }
}

impl EngineHost for ServerHost {
    /// Returns the names without a secret. A secret that cannot be opened is an error already here, before
    /// the process needs it.
    fn missing_secrets(
        &self,
        workspace: &WorkspaceId,
        names: &[String],
    ) -> Result<Vec<String>, HostError> {
        let found = self.secrets(workspace, names)?;
        let mut missing = names.to_vec();
        missing.retain(|name| !found.contains_key(name));
        Ok(missing)
    }

    fn secrets(
        &self,
        workspace: &WorkspaceId,
        names: &[String],
    ) -> Result<BTreeMap<String, SecretString>, HostError> {
        let sealed = self
            .store
            .sealed_secrets(workspace, names)
            .map_err(|error| failed(&error))?;
        sealed
            .into_iter()
            .map(
                |(name, sealed)| match self.cipher.open(workspace, &name, &sealed) {
                    Ok(value) => Ok((name, value)),
                    Err(_) => Err(HostError(format!(
                        "The secret {name} is damaged. Set it again."
                    ))),
                },
            )
            .collect()
    }

    fn issue_run_token(&self, run: &RunId) -> Result<SecretString, HostError> {
        let token = tokens::random();
        let kept = self
            .store
            .keep_run_token(run, &tokens::hash(&token), self.clock.now())
            .map_err(|error| failed(&error))?;
        if kept {
            Ok(token.into())
        } else {
            Err(HostError(
                "The run is over, so it gets no token.".to_owned(),
            ))
        }
    }

    fn build_state(
        &self,
        target: &Target,
        blueprint: &Blueprint,
    ) -> Result<AppAvailability, HostError> {
        let Some(run) = &target.run else {
            return Ok(AppAvailability::NotBuilt);
        };
        let found = self.store.build_of_run(&run.id);
        let found =
            found.map_err(|error| HostError(format!("The build can't be looked up: {error}.")))?;
        Ok(match found {
            Some((build, content)) if content == blueprint.content => state_of(build),
            // The build steps have changed since.
            _ => AppAvailability::NotBuilt,
        })
    }

    fn request_build(&self, target: &Target, blueprint: &Blueprint) -> Result<(), HostError> {
        let Some(run) = &target.run else {
            return Ok(());
        };
        self.store
            .wait_for_build(&run.id, &target.workspace_id, blueprint, self.clock.now())
            .map_err(|error| HostError(format!("The build can't be requested: {error}.")))
    }

    /// Work that an agent has or gets is use, also where nobody watches it.
    fn last_used(&self, id: &WorkbenchId) -> Option<Timestamp> {
        let used = self.uses.last(id);
        Some(match self.store.agent_work(id) {
            Ok(AgentWork::InHand) => self.clock.now(),
            Ok(AgentWork::Ended(at)) => at.map_or(used, |at| at.max(used)),
            Err(error) => {
                tracing::warn!(workbench = %id, %error, "failed to look up an agent's work; its workbench counts as used");
                self.clock.now()
            }
        })
    }
}

impl ServerHost {
    /// Returns the values of these secrets for redaction. A secret that cannot be opened was given
    /// to no process and is skipped.
    pub fn known_values(
        &self,
        workspace: &WorkspaceId,
        names: &[String],
    ) -> store::Result<Vec<SecretString>> {
        let sealed = self.store.sealed_secrets(workspace, names)?;
        Ok(sealed
            .iter()
            .filter_map(|(name, sealed)| self.cipher.open(workspace, name, sealed).ok())
            .collect())
    }
}

/// Maps a build to the state of a run that waits for it.
fn state_of(build: Build) -> AppAvailability {
    if build.is_cancelling() {
        return AppAvailability::Building("The build is being cancelled.".to_owned());
    }
    let why = build.error.clone().unwrap_or_default();
    match (&build.status, &build.reason) {
        (BuildStatus::Pending, _) => {
            AppAvailability::Queued(queue::sentence(build.queue_position.unwrap_or(1)))
        }
        (BuildStatus::Running, _) => {
            AppAvailability::Building(progress(&build).unwrap_or_default())
        }
        // Interrupted by the server's end, or removed since: the start continues with a new build.
        (BuildStatus::Failed, Some(BuildReason::Interrupted)) | (BuildStatus::Succeeded, _) => {
            AppAvailability::NotBuilt
        }
        (BuildStatus::Failed | BuildStatus::Cancelled | BuildStatus::Unknown(_), _) => {
            AppAvailability::BuildFailed(why)
        }
    }
}

/// Returns the progress of a build in a sentence, or `None` before its first step.
fn progress(build: &Build) -> Option<String> {
    let is_over =
        |step: &BuildStep| step.finished_at.is_some() || step.status == StepStatus::Succeeded;
    let place = build.steps.iter().position(|step| !is_over(step))?;
    let title = match build.app_title.as_str() {
        "" => build.app.as_str(),
        title => title,
    };
    let (number, of) = (place + 1, build.steps.len());
    let what = &build.steps[place].title;
    Some(format!("Setting up {title} ({number} of {of}): {what}"))
}

fn failed(error: &store::Error) -> HostError {
    HostError(format!("The secrets can't be looked up: {error}."))
}
