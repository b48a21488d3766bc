//! The program itself on the control plane: its data folder, its processes, and what it has brought about.

use crate::line::Line;
use crate::process::{Running, serve};
use crate::support::{CATALOGUE, new_namespace, request, turn};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};
use tempfile::TempDir;
use tokio::sync::MutexGuard;
use vestibule_model::list::List;
use vestibule_model::workbench::Workbench;

pub const PASSWORD: &str = "correct horse battery";
/// Time after which a wait has failed, however slow the machine is.
const PATIENCE: Duration = Duration::from_secs(60);

/// State that outlives a server.
pub struct Site {
    pub line: Line,
    pub namespace: String,
    pub workspace: String,
    folder: TempDir,
    kubeconfig: PathBuf,
    flags: Vec<String>,
    _turn: Option<MutexGuard<'static, ()>>,
}

impl Site {
    /// Creates a namespace that is a workspace, and a data folder. The server reaches the API server through
    /// a line.
    pub fn new(flags: &[&str]) -> Self {
        let turn = turn();
        let namespace = new_namespace();
        let site = Self {
            _turn: Some(turn),
            ..Self::in_namespace(namespace, flags)
        };
        // Of the server of an earlier test, which was killed.
        let lease = "/apis/coordination.k8s.io/v1/namespaces/default/leases/vestibule";
        let (status, body) = site.line.call("DELETE", lease, None);
        assert!(status == 200 || status == 404, "{body}");
        site
    }

    /// Returns a site with a data folder of its own in the same namespace.
    pub fn beside(&self, flags: &[&str]) -> Self {
        Self::in_namespace(self.namespace.clone(), flags)
    }

    fn in_namespace(namespace: String, flags: &[&str]) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let line = Line::start();
        std::fs::write(folder.path().join("apps.toml"), CATALOGUE).expect("a file");
        Self {
            kubeconfig: line.kubeconfig(folder.path()),
            workspace: format!("ws-{namespace}"),
            flags: flags.iter().map(|&flag| flag.to_owned()).collect(),
            line,
            namespace,
            folder,
            _turn: None,
        }
    }

    /// Reaches the API server with this kubeconfig, and not through the line.
    pub fn with_kubeconfig(mut self, kubeconfig: &Path) -> Self {
        self.kubeconfig = kubeconfig.to_owned();
        self
    }

    /// Starts its servers with another flag.
    pub fn with_flag(mut self, flag: &str) -> Self {
        self.flags.push(flag.to_owned());
        self
    }

    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Returns the data folder.
    pub fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// Returns the command that starts the server.
    pub fn serve(&self) -> Command {
        let mut command = serve(&self.data());
        command
            .args(["--engine", "kubernetes", "--kubeconfig"])
            .arg(&self.kubeconfig)
            .args(["--runner-image", "vestibule.test/vestibule"])
            .args(["--lease-namespace", "default"])
            .args(["--folder-size", "1Gi", "--log", "error", "--apps"])
            .arg(self.folder.path().join("apps.toml"))
            .args(&self.flags)
            .env("VESTIBULE_ADMIN_PASSWORD", PASSWORD);
        command
    }

    /// Starts the server for the first time, and waits until it has adopted the namespace.
    pub fn start(&self) -> Running {
        let mut server = Running::start(&mut self.serve());
        assert_eq!(server.sign_in("admin", PASSWORD), 200);
        self.until("an adopted namespace", || {
            let found = server.ask("GET", &format!("/api/workspaces/{}", self.workspace), "");
            (found.0 == 200).then_some(())
        });
        server
    }

    /// Starts the server again after its end.
    pub fn start_again(&self, cookie: String) -> Running {
        Running::start_again(&mut self.serve(), cookie)
    }

    /// Creates a workbench; returns the answer.
    pub fn create(&self, server: &Running, request: &str, name: &str) -> (u16, Value) {
        let path = format!("/api/workspaces/{}/workbenches", self.workspace);
        let body = json!({ "id": request, "name": name, "app": "welcome" });
        let (status, body) = server.ask("POST", &path, &body.to_string());
        (status, serde_json::from_str(&body).unwrap_or_default())
    }

    /// Creates a workbench that runs; returns it and the name of its resource.
    pub fn running(&self, server: &Running) -> (String, String) {
        let (status, made) = self.create(server, &request(), "Climate");
        assert_eq!(status, 201, "{made}");
        let id = text(&made["id"]).to_owned();
        self.shows(server, &id, "Creating");
        let resource = self.resource(&id).expect("a resource");
        (id, text(&resource["metadata"]["name"]).to_owned())
    }

    /// Sends a command; returns the answer.
    pub fn command(&self, server: &Running, id: &str, verb: &str) -> (u16, Value) {
        let path = format!("/api/workbenches/{id}");
        let (status, body) = match verb {
            "delete" => server.ask("DELETE", &path, ""),
            verb => server.ask("POST", &format!("{path}/{verb}"), "{}"),
        };
        (status, serde_json::from_str(&body).unwrap_or_default())
    }

    /// Changes a workbench; returns the answer.
    pub fn change(&self, server: &Running, id: &str, change: &Value) -> (u16, Value) {
        let path = format!("/api/workbenches/{id}");
        let (status, body) = server.ask("PATCH", &path, &change.to_string());
        (status, serde_json::from_str(&body).unwrap_or_default())
    }

    /// Returns the workbenches, as the server lists them.
    pub fn listed(&self, server: &Running) -> Vec<Workbench> {
        let path = format!("/api/workspaces/{}/workbenches", self.workspace);
        let (status, body) = server.ask("GET", &path, "");
        assert_eq!(status, 200, "{body}");
        let list: List<Workbench> = serde_json::from_str(&body).expect("a list");
        assert_eq!(list.next_cursor, None, "there are few");
        list.items
    }

    /// Returns the sentences of the journal of a workbench's current run.
    pub fn journal(&self, server: &Running, bench: &Workbench) -> Vec<String> {
        let run = bench.run.as_ref().expect("a run");
        let (status, body) = server.ask("GET", &format!("/api/runs/{}/journal", run.id), "");
        assert_eq!(status, 200, "{body}");
        let body: Value = serde_json::from_str(&body).expect("JSON");
        let entries = body["items"].as_array().expect("entries");
        let said = entries.iter().map(|one| one["message"].as_str());
        said.flatten().map(str::to_owned).collect()
    }

    /// Returns the path of resources of a kind of the namespace, such as `agenticsessions`.
    pub fn path(&self, kind: &str, name: &str) -> String {
        let group = match kind {
            "agenticsessions" => "apis/vestibule.dev/v1alpha1",
            "events" => "apis/events.k8s.io/v1",
            _ => "api/v1",
        };
        let slash = if name.is_empty() { "" } else { "/" };
        format!("/{group}/namespaces/{}/{kind}{slash}{name}", self.namespace)
    }

    /// Returns the objects of a kind in the namespace.
    pub fn objects(&self, kind: &str) -> Vec<Value> {
        let (status, found) = self.line.call("GET", &self.path(kind, ""), None);
        assert_eq!(status, 200, "{found}");
        found["items"].as_array().cloned().unwrap_or_default()
    }

    /// Returns the resources `AgenticSession`.
    pub fn resources(&self) -> Vec<Value> {
        self.objects("agenticsessions")
    }

    /// Returns the resource of a workbench.
    pub fn resource(&self, id: &str) -> Option<Value> {
        let mut all = self.resources().into_iter();
        all.find(|one| format!("wb-{}", text(&one["metadata"]["uid"])) == id)
    }

    /// Changes a resource as kubectl does; returns the answer.
    pub fn edit(&self, name: &str, patch: &Value) -> (u16, Value) {
        let path = self.path("agenticsessions", name);
        let path = format!("{path}?fieldManager=kubectl-edit");
        self.line.call("PATCH", &path, Some(patch))
    }

    /// Creates a resource as kubectl does; returns it.
    pub fn make(&self, name: &str, spec: &Value) -> Value {
        let path = self.path("agenticsessions", "");
        let path = format!("{path}?fieldManager=kubectl-create");
        let body = json!({
            "apiVersion": "vestibule.dev/v1alpha1", "kind": "AgenticSession",
            "metadata": { "name": name }, "spec": spec,
        });
        let (status, made) = self.line.call("POST", &path, Some(&body));
        assert_eq!(status, 201, "{made}");
        made
    }

    /// Waits until something is there, and returns it.
    #[track_caller]
    pub fn until<T>(&self, what: &str, mut probe: impl FnMut() -> Option<T>) -> T {
        let begin = Instant::now();
        loop {
            if let Some(found) = probe() {
                return found;
            }
            assert!(
                begin.elapsed() < PATIENCE,
                "there was no {what}: {:#?}",
                self.resources()
            );
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Waits until a workbench and its resource show the same phase, observed of the newest generation.
    #[track_caller]
    pub fn shows(&self, server: &Running, id: &str, phase: &str) -> Workbench {
        self.until(&format!("{phase} of {id}"), || {
            let mut all = self.listed(server).into_iter();
            let bench = all.find(|bench| bench.id.as_str() == id)?;
            let resource = self.resource(id)?;
            let number = bench.run.as_ref().map_or(0, |run| run.number);
            let is_shown = bench.status.phase.as_str() == phase
                && bench.status.run_number == number
                && !bench.restarting
                && resource["metadata"]["generation"] == bench.generation
                && !bench.status.conditions.is_empty()
                && resource["status"]["phase"] == phase
                && resource["status"]["runNumber"] == bench.status.run_number
                && resource["status"]["observedGeneration"] == bench.status.observed_generation;
            is_shown.then_some(bench)
        })
    }
}

/// Returns a text, or nothing.
pub fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}
