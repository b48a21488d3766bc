//! Access to a cluster: its address and credentials.

use crate::cluster::ChangeError;
use crate::resource::AgenticSession;
use kube::api::ApiResource;
use kube::config::{KubeConfigOptions, Kubeconfig};
use kube::{Client, Config};
use std::path::Path;

/// Access to a cluster.
pub struct Access {
    client: Client,
    config: Config,
    address: String,
    is_inside: bool,
}

impl Access {
    /// Finds the cluster: that of a kubeconfig, or the one in which this process runs, or that of the
    /// usual kubeconfig.
    ///
    /// # Errors
    /// Fails if there is none, or a file cannot be read.
    pub async fn find(
        kubeconfig: Option<&Path>,
        context: Option<&str>,
    ) -> Result<Self, ChangeError> {
        let wrong = |error: &dyn std::fmt::Display| ChangeError::new(error.to_string());
        let options = KubeConfigOptions {
            context: context.map(str::to_owned),
            ..KubeConfigOptions::default()
        };
        let inside = match (kubeconfig, context) {
            (None, None) => Config::incluster().ok(),
            _ => None,
        };
        let is_inside = inside.is_some();
        let config = match (inside, kubeconfig) {
            (Some(config), _) => config,
            (None, Some(file)) => {
                let file = Kubeconfig::read_from(file).map_err(|error| wrong(&error))?;
                let config = Config::from_custom_kubeconfig(file, &options).await;
                config.map_err(|error| wrong(&error))?
            }
            (None, None) => {
                let config = Config::from_kubeconfig(&options).await;
                config.map_err(|error| wrong(&error))?
            }
        };
        let address = config.cluster_url.to_string();
        let client = Client::try_from(config.clone()).map_err(|error| wrong(&error))?;
        Ok(Self {
            client,
            config,
            address,
            is_inside,
        })
    }

    /// Returns the client.
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// Returns the address and the credentials.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// Returns the URL of the API server.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// Returns `true` if this process runs in a Pod of the cluster.
    pub fn is_inside(&self) -> bool {
        self.is_inside
    }

    /// Returns `true` if the cluster has the definition of the resource `AgenticSession`.
    ///
    /// # Errors
    /// Fails if the API server does not answer.
    pub async fn has_definition(&self) -> Result<bool, ChangeError> {
        let resource = ApiResource::erase::<AgenticSession>(&());
        let group = resource.api_version;
        match self.client.list_api_group_resources(&group).await {
            Ok(found) => Ok(found.resources.iter().any(|one| one.kind == resource.kind)),
            Err(kube::Error::Api(status)) if status.code == 404 => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    /// Returns the version of the API server, such as `v1.37.2`.
    ///
    /// # Errors
    /// Fails if the API server does not answer.
    pub async fn version(&self) -> Result<String, ChangeError> {
        Ok(self.client.apiserver_version().await?.git_version)
    }
}
