//! What the engine asks of the server: secrets, run tokens, and who uses what.

use crate::secrets::Vault;
use crate::store::{self, Store};
use crate::tokens;
use crate::uses::Uses;
use secrecy::SecretString;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use vestibule_engine::clock::Clock;
use vestibule_engine::house::{House, HouseError};
use vestibule_model::ids::{RunId, WorkbenchId, WorkspaceId};
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

fn failed(error: &store::Error) -> HouseError {
    HouseError(format!("The secrets cannot be looked up: {error}."))
}
