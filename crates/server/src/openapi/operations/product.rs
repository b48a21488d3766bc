//! Operations on workspaces, workbenches, runs and builds.

use crate::openapi::operation::{Describe as _, OperationDescription, Payload, object_schema, op};
use vestibule_model::app::App;
use vestibule_model::build::{Acknowledge, Build, BuildList, NewBuild};
use vestibule_model::config::Config;
use vestibule_model::embedding::Embedding;
use vestibule_model::listing::Listing;
use vestibule_model::preflight::Preflight;
use vestibule_model::run::{Run, RunLog};
use vestibule_model::secret::{NewSecret, Secret};
use vestibule_model::time_limits::{TimeLimits, WorkspaceLimits};
use vestibule_model::transition::Transition;
use vestibule_model::workbench::{NewWorkbench, Ticket, Workbench, WorkbenchPatch};
use vestibule_model::workspace::{NewWorkspace, Workspace, WorkspacePatch};

const PROJECT: (&str, &str) = ("projectId", "Another name of `workspace`.");
const LIMIT: (&str, &str) = ("limit", "Most rows, 1 to 500; 100 without it.");
const CURSOR: (&str, &str) = ("cursor", "`nextCursor` of the page before.");
const KEY: (&str, &str) = (
    "Idempotency-Key",
    "A repeated request with the same key has no further effect.",
);

#[rustfmt::skip]
pub(super) fn all() -> Vec<(&'static str, OperationDescription)> {
    vec![
        op("get /healthz", "Tells that the server runs")
            .answers(200, "It runs.", vec![Payload::text("text/plain")]),
        op("get /readyz", "Tells that the server can work")
            .answers(200, "It can.", vec![Payload::text("text/plain")]),
        op("get /metrics", "Returns metrics for Prometheus")
            .answers(200, "The metrics.", vec![Payload::text("application/openmetrics-text")]),
        op("get /api/openapi.json", "Returns this document")
            .answers(200, "The document.", vec![Payload::plain("application/json", object_schema())]),
        op("get /api/docs", "Shows this document as a page")
            .answers(200, "The page.", vec![Payload::text("text/html")]),
        op("get /api/config", "Returns the settings that the console needs first")
            .gives::<Config>(200),
        op("get /api/apps", "Lists the catalogue").lists::<App>(),
        op("get /api/workspaces", "Lists the workspaces that the user may see").lists::<Workspace>(),
        op("post /api/workspaces", "Creates a workspace, owned by the user")
            .takes::<NewWorkspace>().gives::<Workspace>(201).conflicts(&["too-many-workspaces"]),
        op("get /api/workspaces/{id}", "Shows a workspace").gives::<Workspace>(200),
        op("patch /api/workspaces/{id}", "Renames a workspace")
            .takes::<WorkspacePatch>().gives::<Workspace>(200),
        op("delete /api/workspaces/{id}", "Deletes an empty workspace")
            .gives_nothing(204).conflicts(&["workspace-not-empty"]),
        op("get /api/limits", "Shows default and longest times of the installation").gives::<TimeLimits>(200),
        op("put /api/limits", "Sets default and longest times of the installation")
            .takes::<TimeLimits>().gives::<TimeLimits>(200),
        op("get /api/workspaces/{id}/limits", "Shows default and longest times in a workspace")
            .gives::<WorkspaceLimits>(200),
        op("put /api/workspaces/{id}/limits", "Sets default and longest times of a workspace")
            .takes::<TimeLimits>().gives::<WorkspaceLimits>(200),
        op("get /api/workspaces/{id}/secrets", "Lists the secrets, without values").lists::<Secret>(),
        op("put /api/workspaces/{id}/secrets/{name}", "Sets a secret")
            .takes::<NewSecret>().gives::<Secret>(200).gives::<Secret>(201)
            .conflicts(&["too-many-secrets"]),
        op("delete /api/workspaces/{id}/secrets/{name}", "Deletes a secret").gives_nothing(204),
        op("get /api/workspaces/{id}/workbenches", "Lists the workbenches of a workspace, or changes only")
            .query(&[("since", "A version of the list: only changes since then are sent.")])
            .gives::<Listing>(200),
        op("post /api/workspaces/{id}/workbenches", "Creates a workbench, and starts it")
            .header(KEY.0, KEY.1).takes::<NewWorkbench>().gives::<Workbench>(201).gives::<Workbench>(200)
            .conflicts(&["id-taken", "cluster-refused"]),
        op("post /api/workspaces/{id}/preflight", "Predicts a start, and creates nothing")
            .takes::<NewWorkbench>().gives::<Preflight>(200),
        op("get /api/workbenches", "Lists the workbenches that the user may see")
            .query(&[("shared", "`true`: only those outside the workspaces that the user may see."), ("search", "Words that the name contains, without regard to case."), LIMIT, CURSOR])
            .lists::<Workbench>(),
        op("get /api/workbenches/{id}", "Shows a workbench").gives::<Workbench>(200),
        op("patch /api/workbenches/{id}", "Changes the name or the spec")
            .takes::<WorkbenchPatch>().gives::<Workbench>(200)
            .conflicts(&["deleting", "managed-elsewhere", "gone-from-cluster", "cluster-refused"]),
        op("delete /api/workbenches/{id}", "Stops a workbench and deletes it").gives::<Workbench>(202)
            .conflicts(&["cluster-refused"]),
        op("post /api/workbenches/{id}/start", "Starts a workbench")
            .takes_nothing().gives::<Workbench>(202)
            .conflicts(&["deleting", "stopping", "gone-from-cluster", "cluster-refused"]),
        op("post /api/workbenches/{id}/stop", "Stops a workbench, in every phase")
            .takes_nothing().gives::<Workbench>(202).conflicts(&["deleting", "cluster-refused"]),
        op("post /api/workbenches/{id}/restart", "Ends the current run and begins the next one")
            .takes_nothing().gives::<Workbench>(202)
            .conflicts(&["deleting", "stopping", "gone-from-cluster", "cluster-refused"]),
        op("post /api/workbenches/{id}/extend", "Extends the deadline of the start, or of an app that has responded, the time without use")
            .takes_nothing().gives::<Workbench>(202).conflicts(&["deleting", "not-running"]),
        op("post /api/workbenches/{id}/ticket", "Returns an address that lets a browser into the app, once")
            .may_take(Payload::plain("application/json", object_schema())).gives::<Ticket>(200)
            .conflicts(&["not-running"]),
        op("get /api/workbenches/{id}/embedding", "Tells whether a browser will show the app in a frame")
            .gives::<Embedding>(200).conflicts(&["not-running"]),
        op("get /api/workbenches/{id}/runs", "Lists the runs of a workbench, newest first")
            .query(&[LIMIT, CURSOR]).lists::<Run>(),
        op("get /api/workbenches/{id}/runs/{number}", "Shows a run by its number").gives::<Run>(200),
        op("get /api/runs", "Lists the runs that the user may see, newest first")
            .query(&[("status", "Only runs with this status."), ("workspace", "Only runs of this workspace."), PROJECT, LIMIT, CURSOR])
            .lists::<Run>(),
        op("get /api/runs/stream", "Streams changes as server-sent events")
            .query(&[
                ("after", "The last number that the reader got."),
                ("workbench", "Also journal entries of this workbench, or of all with `*`."),
                ("workspace", "Only changes of this workspace."), PROJECT,
            ])
            .header("Last-Event-ID", "The last number that the reader got.")
            .answers(200, "Events `snapshot` (Snapshot), `run-update` (RunUpdate), `run-removed` (RunRemoved), `workbench-update` (WorkbenchUpdate), `workbench-removed` (WorkbenchRemoved), `workspace-update` (WorkspaceUpdate), `workspace-removed` (WorkspaceRemoved), `transition` (JournalEntry), `build-update` (BuildUpdate), `build-removed` (BuildRemoved), `acknowledged` (Acknowledged) and `heartbeat` (Heartbeat).",
                vec![Payload::text("text/event-stream")]),
        op("get /api/runs/{id}", "Shows a run").gives::<Run>(200),
        op("get /api/runs/{id}/journal", "Lists the transitions of a run")
            .query(&[("after", "Only entries after this number.")]).lists::<Transition>(),
        op("get /api/runs/{id}/log", "Returns the end of a run's output")
            .query(&[("after", "Only output after so many bytes.")]).gives::<RunLog>(200),
        op("get /api/runs/{id}/diagnostics", "Returns a report for support, without secrets")
            .query(&[("for", "`administrator` for a short message.")])
            .answers(200, "The report.", vec![Payload::text("text/plain")]),
        op("post /api/runs/{id}/progress", "Writes a note into the run's journal")
            .may_take(Payload::plain("application/json", object_schema())).gives_nothing(204)
            .conflicts(&["run-over"]),
        op("get /api/builds", "Lists the builds that the user may see, newest first")
            .query(&[("workspace", "Only builds of this workspace."), PROJECT, ("app", "Only builds of this app."), ("status", "Only builds with this status."), LIMIT, CURSOR])
            .gives::<BuildList>(200),
        op("post /api/builds", "Requests a build")
            .header(KEY.0, KEY.1).takes::<NewBuild>().gives::<Build>(202).gives::<Build>(200)
            .conflicts(&["id-taken"]),
        op("get /api/builds/{id}", "Shows a build").gives::<Build>(200),
        op("post /api/builds/{id}/cancel", "Cancels a build")
            .takes_nothing().gives::<Build>(202).gives::<Build>(200),
        op("post /api/builds/{id}/retry", "Requests the build again")
            .takes_nothing().gives::<Build>(202).gives::<Build>(200).conflicts(&["not-over"]),
        op("get /api/builds/{id}/log", "Returns the end of a build's output")
            .query(&[("after", "Only output after so many bytes."), ("download", "`1`: all kept output as a file.")])
            .answers(200, "OK.", vec![Payload::of::<RunLog>(), Payload::text("text/plain")]),
        op("get /api/acknowledgements", "Lists the outcomes that the user has acknowledged")
            .answers(200, "Keys `build:<id>` and `run:<id>`.", vec![Payload::texts()]),
        op("post /api/acknowledgements", "Acknowledges outcomes")
            .takes::<Acknowledge>()
            .answers(200, "Keys `build:<id>` and `run:<id>`.", vec![Payload::texts()]),
    ]
}
