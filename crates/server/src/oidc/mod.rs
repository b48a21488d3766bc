//! Sign-in through OpenID Connect providers: Authorization Code with PKCE, nonce and state.

mod admission;
mod attempt;
mod claims;
mod discovery;
mod http;
mod id_token;
mod provider;
mod refused;
mod settings;

pub use admission::Person;
pub use attempt::{Attempts, LIFE, Pending};
pub use provider::{Provider, Redirect};
pub use refused::SignInRefusal;
pub use settings::{Mapping, ProviderSettings};

use http::Http;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use vestibule_model::access::Roles;

/// The providers of an installation.
#[derive(Debug, Default)]
pub struct Providers {
    all: Vec<Provider>,
    /// Sign-ins that were used.
    pub attempts: Attempts,
    files: Vec<PathBuf>,
}

impl Providers {
    /// Reads the providers from a file, and their secrets. `env` returns environment variables.
    pub fn load(file: &Path, env: impl Fn(&str) -> Option<String>) -> anyhow::Result<Self> {
        let mut files = vec![file.to_owned()];
        let http = Arc::new(Http::default());
        let mut all = Vec::new();
        for settings in settings::load(file)? {
            let folder = file.parent().unwrap_or(Path::new("."));
            let (secret, place) = settings.secret(folder, &env)?;
            files.extend(place);
            all.push(Provider::new(settings, secret, Arc::clone(&http)));
        }
        Ok(Self {
            all,
            files,
            attempts: Attempts::default(),
        })
    }

    /// Returns the provider of this name.
    pub fn get(&self, id: &str) -> Option<&Provider> {
        self.iter().find(|one| one.settings().id == id)
    }

    /// Returns all providers in their order.
    pub fn iter(&self) -> impl Iterator<Item = &Provider> {
        self.all.iter()
    }

    /// Returns the files with settings and secrets, which apps are not to read.
    pub fn files(&self) -> &[PathBuf] {
        &self.files
    }

    /// Refuses roles that do not exist.
    pub fn expect_roles(&self, roles: &Roles) -> anyhow::Result<()> {
        for settings in self.iter().map(Provider::settings) {
            let mapped = settings.roles.iter().map(|one| one.role.as_str());
            let unknown = mapped
                .chain(settings.default_role())
                .find(|role| roles.get(role).is_none());
            if let Some(role) = unknown {
                let id = &settings.id;
                anyhow::bail!(
                    "the provider {id} names the role {role:?}, and there is no such role"
                );
            }
        }
        Ok(())
    }
}
