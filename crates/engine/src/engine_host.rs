//! Interface of an engine to the program that runs it, wherever apps run.

use crate::Target;
use crate::builds::Blueprint;
use secrecy::SecretString;
use std::collections::BTreeMap;
use std::fmt::Debug;
use vestibule_model::ids::{RunId, WorkbenchId, WorkspaceId};
use vestibule_model::observed::AppAvailability;
use vestibule_model::time::Timestamp;

/// Secrets, run tokens, builds and usage. Calls may block briefly; engines make them on blocking
/// threads.
pub trait EngineHost: Debug + Send + Sync + 'static {
    /// Returns the names for which the workspace has no secret, in the given order.
    fn missing_secrets(
        &self,
        workspace: &WorkspaceId,
        names: &[String],
    ) -> Result<Vec<String>, HostError>;

    /// Returns the values of these secrets by name, without those that are missing.
    fn secrets(
        &self,
        workspace: &WorkspaceId,
        names: &[String],
    ) -> Result<BTreeMap<String, SecretString>, HostError>;

    /// Issues a new token for a run, valid for an hour. Earlier tokens stay valid until they expire.
    fn issue_run_token(&self, run: &RunId) -> Result<SecretString, HostError>;

    /// Returns the state of the build that the target's run waits for. A host without builds keeps
    /// the default of this and of the next method.
    fn build_state(
        &self,
        target: &Target,
        blueprint: &Blueprint,
    ) -> Result<AppAvailability, HostError> {
        let _ = (target, blueprint);
        Ok(AppAvailability::NotBuilt)
    }

    /// Requests a build for the target's run, or makes the run wait for a build that exists.
    fn request_build(&self, target: &Target, blueprint: &Blueprint) -> Result<(), HostError> {
        let _ = (target, blueprint);
        Err(HostError("This server has no builds.".to_owned()))
    }

    /// Returns the time when a user last used the workbench's app, or the time since which use is
    /// recorded.
    fn last_used(&self, id: &WorkbenchId) -> Option<Timestamp>;
}

/// Failure of a call to the host: a sentence that contains no secret.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct HostError(pub String);

/// Host without secrets, tokens and builds, for an engine that runs on its own.
#[derive(Debug, Clone, Copy, Default)]
pub struct BareHost;

impl EngineHost for BareHost {
    fn missing_secrets(&self, _: &WorkspaceId, names: &[String]) -> Result<Vec<String>, HostError> {
        Ok(names.to_vec())
    }

    fn secrets(
        &self,
        _: &WorkspaceId,
        _: &[String],
    ) -> Result<BTreeMap<String, SecretString>, HostError> {
        Ok(BTreeMap::new())
    }

    fn issue_run_token(&self, _: &RunId) -> Result<SecretString, HostError> {
        Err(HostError("This server issues no run tokens.".to_owned()))
    }

    fn last_used(&self, _: &WorkbenchId) -> Option<Timestamp> {
        None
    }
}
