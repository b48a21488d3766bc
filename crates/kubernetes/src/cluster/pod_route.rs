//! Ways to a Pod: its output, and connections to its ports.

use super::Cluster;
use super::change::ChangeError;
use super::copies::{FIRST_LIST_WITHIN, Kind, Workspace};
use super::names;
use crate::facts::CONTAINER;
use futures_util::AsyncBufRead;
use k8s_openapi::api::core::v1 as core;
use kube::Api;
use kube::api::LogParams;
use serde_json::Value;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use vestibule_model::ids::WorkbenchId;
use vestibule_model::parameter::Values;

/// Pause between two checks of what was listed.
const LIST_PAUSE: Duration = Duration::from_millis(20);

/// Way to the ports of Pods.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PodRoute {
    /// By their addresses, as inside the cluster.
    Direct,
    /// Through the API server.
    Forward,
}

/// Bytes in both directions.
pub trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Stream for T {}

impl Cluster {
    /// Returns the number of containers that a run's app has had so far.
    pub(crate) fn containers(&self, id: &WorkbenchId, run: u64) -> u64 {
        let Some((_, pod)) = self.known_pod(id, run) else {
            return 0;
        };
        let restarts = status_of(&pod).and_then(|status| status["restartCount"].as_u64());
        restarts.map_or(0, |count| count + 1)
    }

    /// Returns `true` if the container of a run's app runs.
    pub(crate) fn runs_container(&self, id: &WorkbenchId, run: u64) -> bool {
        self.known_pod(id, run).is_some_and(|(_, pod)| {
            status_of(&pod).is_some_and(|status| !status["state"]["running"].is_null())
        })
    }

    /// Waits until the namespace of a workbench was listed, for a while: a server that has started anew
    /// begins to watch it with the first observation.
    pub(crate) async fn listed(&self, id: &WorkbenchId) {
        let known = async {
            while self.shared.workspace_of(id, Kind::Pod).is_none() {
                let all = self.shared.all_workspaces();
                let is_listed = |workspace: &Arc<Workspace>| workspace.first_listing().is_none();
                if !all.is_empty() && all.iter().all(is_listed) {
                    return;
                }
                tokio::time::sleep(LIST_PAUSE).await;
            }
        };
        let _ = tokio::time::timeout(FIRST_LIST_WITHIN, known).await;
    }

    /// Returns the number of a workbench's newest run that lives, or `None`.
    pub(crate) fn newest_run(&self, id: &WorkbenchId) -> Option<u64> {
        let workspace = self.shared.workspace_of(id, Kind::Pod)?;
        let pods = workspace.pods.all_of(id);
        let run = pods.iter().filter_map(|pod| names::run_of(pod)).max()?;
        self.runs_container(id, run).then_some(run)
    }

    /// Returns the catalogue entry that a run was started with, or `None` if there is no Pod.
    pub(crate) fn app_of(&self, id: &WorkbenchId, run: u64) -> Option<String> {
        let (_, pod) = self.known_pod(id, run)?;
        let app = pod["metadata"]["labels"][names::APP].as_str();
        app.map(str::to_owned)
    }

    /// Returns the values of the parameters that a run was started with.
    pub(crate) fn parameters(&self, id: &WorkbenchId, run: u64) -> Values {
        let pod = self.known_pod(id, run);
        let values = pod.and_then(|(_, pod)| {
            let text = pod["metadata"]["annotations"][names::PARAMETERS].as_str()?;
            serde_json::from_str(text).ok()
        });
        values.unwrap_or_default()
    }

    /// Follows the output of a run's container, or reads that of the container before it. `None` if
    /// there is no Pod.
    pub(crate) async fn log_stream(
        &self,
        id: &WorkbenchId,
        run: u64,
        previous: bool,
    ) -> Result<Option<impl AsyncBufRead + use<>>, ChangeError> {
        let Some((workspace, pod)) = self.known_pod(id, run) else {
            return Ok(None);
        };
        let pods: Api<core::Pod> = self.api(&workspace);
        let how = LogParams {
            container: Some(CONTAINER.to_owned()),
            follow: !previous,
            previous,
            ..LogParams::default()
        };
        Ok(Some(pods.log_stream(&name_of(&pod), &how).await?))
    }

    /// Opens a connection to a port of a run's Pod.
    pub(crate) async fn connect(
        &self,
        pod_route: PodRoute,
        id: &WorkbenchId,
        run: u64,
        port: u16,
    ) -> io::Result<Pin<Box<dyn Stream>>> {
        let not_there = || io::Error::from(io::ErrorKind::NotConnected);
        let (workspace, pod) = self.known_pod(id, run).ok_or_else(not_there)?;
        match pod_route {
            PodRoute::Direct => {
                let address = pod["status"]["podIP"].as_str().ok_or_else(not_there)?;
                let stream = TcpStream::connect((address, port)).await?;
                stream.set_nodelay(true)?;
                Ok(Box::pin(stream))
            }
            PodRoute::Forward => {
                let pods: Api<core::Pod> = self.api(&workspace);
                let forwarded = pods.portforward(&name_of(&pod), &[port]).await;
                let mut forwarded = forwarded.map_err(io::Error::other)?;
                let stream = forwarded.take_stream(port).ok_or_else(not_there)?;
                Ok(Box::pin(stream))
            }
        }
    }

    /// Returns `true` if a workbench has a Pod of this run.
    pub(crate) fn has_run(&self, id: &WorkbenchId, run: u64) -> bool {
        let is_of_run = |pod: &Value| names::run_of(pod) == Some(run);
        let workspace = self.shared.workspace_of(id, Kind::Pod);
        workspace.is_some_and(|workspace| workspace.pods.newest_of(id, is_of_run).is_some())
    }
}

/// Returns the status of the app's container, or `None` if it has none yet.
fn status_of(pod: &Value) -> Option<&Value> {
    let statuses = pod["status"]["containerStatuses"].as_array()?;
    statuses.iter().find(|status| status["name"] == CONTAINER)
}

fn name_of(pod: &Value) -> String {
    let name = pod["metadata"]["name"].as_str();
    name.unwrap_or_default().to_owned()
}
