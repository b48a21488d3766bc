//! What an engine asks of the house it works for: things that are the same wherever apps run.

use crate::Target;
use crate::builds::Blueprint;
use secrecy::SecretString;
use std::collections::BTreeMap;
use std::fmt::Debug;
use vestibule_model::ids::{RunId, WorkbenchId, WorkspaceId};
use vestibule_model::observed::AppState;
use vestibule_model::time::Timestamp;

/// The house: secrets, run tokens, builds, and who uses what. Calls may block briefly; they are made on
/// blocking threads.
pub trait House: Debug + Send + Sync + 'static {
    /// Those of these names for which the workspace has no secret, in the order asked.
    fn missing_secrets(
        &self,
        workspace: &WorkspaceId,
        names: &[String],
    ) -> Result<Vec<String>, HouseError>;

    /// The values of these secrets by name. What is missing is left out.
    fn secrets(
        &self,
        workspace: &WorkspaceId,
        names: &[String],
    ) -> Result<BTreeMap<String, SecretString>, HouseError>;

    /// Makes a new token for a run, good for an hour. Those it had before stay good for as long as
    /// they were.
    fn issue_run_token(&self, run: &RunId) -> Result<SecretString, HouseError>;

    /// How far the build is that the target's run waits for. Houses that build nothing leave this
    /// and what follows as it is.
    fn build_state(&self, target: &Target, blueprint: &Blueprint) -> Result<AppState, HouseError> {
        let _ = (target, blueprint);
        Ok(AppState::NotBuilt)
    }

    /// Has an app built for the target's run, or has the run wait for the build that there is.
    fn request_build(&self, target: &Target, blueprint: &Blueprint) -> Result<(), HouseError> {
        let _ = (target, blueprint);
        Err(HouseError("This house builds nothing.".to_owned()))
    }

    /// When a person last used the workbench's app, or since when this house could have known.
    fn last_used(&self, id: &WorkbenchId) -> Option<Timestamp>;
}

/// The house could not do what was asked; why, as a sentence without any secret in it.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct HouseError(pub String);

/// A house without secrets and tokens, for engines that are run on their own.
#[derive(Debug, Clone, Copy, Default)]
pub struct BareHouse;

impl House for BareHouse {
    fn missing_secrets(
        &self,
        _: &WorkspaceId,
        names: &[String],
    ) -> Result<Vec<String>, HouseError> {
        Ok(names.to_vec())
    }

    fn secrets(
        &self,
        _: &WorkspaceId,
        _: &[String],
    ) -> Result<BTreeMap<String, SecretString>, HouseError> {
        Ok(BTreeMap::new())
    }

    fn issue_run_token(&self, _: &RunId) -> Result<SecretString, HouseError> {
        Err(HouseError("This house gives no run tokens.".to_owned()))
    }

    fn last_used(&self, _: &WorkbenchId) -> Option<Timestamp> {
        None
    }
}
