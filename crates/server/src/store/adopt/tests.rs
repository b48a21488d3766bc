use super::*;
use crate::store::{Namespace, NewUser};
use tempfile::TempDir;
use vestibule_engine::controller::{Commit, StatusStore as _};
use vestibule_model::observed::{Observed, Runner};
use vestibule_model::phase::Phase;
use vestibule_model::reconcile::{Cadence, Outcome, reconcile};
use vestibule_model::time::{Millis, Timestamp};
use vestibule_model::workbench::WorkbenchSpec;

const ID: &str = "wb-7d3f7e0e-2a38-4a7b-9a0e-0f6c0a4b9a11";
const NOW: Timestamp = Timestamp::from_millis(1_800_000_000_000);

struct Bench {
    store: Store,
    resource: Resource,
    _dir: TempDir,
}

impl Bench {
    fn new() -> Self {
        let dir = tempfile::tempdir().expect("a folder");
        let store = Store::open(dir.path()).expect("a store");
        let workspace = WorkspaceId::new("ws-team");
        let team = Namespace {
            name: "team".to_owned(),
            uid: "u-team".to_owned(),
        };
        let adopted = store.adopt_workspace(&workspace, &team, &kubectl());
        assert!(adopted.expect("the store works"));
        let resource = Resource {
            id: ID.into(),
            workspace_id: workspace,
            namespace: "team".to_owned(),
            name: "climate".to_owned(),
            app: "welcome".to_owned(),
            generation: 1,
            had_row: false,
            wanted: Wanted {
                name: "Climate".to_owned(),
                spec: WorkbenchSpec {
                    env: Some([].into()),
                    parameters: Some([].into()),
                    ..WorkbenchSpec::default()
                },
                desired: Desired::Running,
                run_request: None,
                deleting: false,
            },
            status: None,
            highest_run: 0,
            task: None,
        };
        Self {
            store,
            resource,
            _dir: dir,
        }
    }

    /// Changes the resource, and adopts it.
    fn change(&mut self, change: impl FnOnce(&mut Wanted)) -> Workbench {
        change(&mut self.resource.wanted);
        self.resource.generation += 1;
        assert_eq!(self.adopt(), Adopted::Changed);
        self.workbench()
    }

    fn adopt(&self) -> Adopted {
        let by = Originators::all(kubectl());
        let adopted = self.store.adopt(&self.resource, &by, None);
        adopted.expect("the store works")
    }

    fn workbench(&self) -> Workbench {
        let found = self.store.workbench(&ID.into()).expect("the store works");
        found.expect("a workbench")
    }

    /// Observes and reconciles once.
    fn reconcile(&self, seen: &Observed) -> (Commit, Outcome) {
        let record = self.store.load(&ID.into()).expect("the store works");
        let record = record.expect("a record");
        let cadence = Cadence::default();
        let outcome = reconcile(&record.subject, &record.status, seen, &cadence, NOW);
        let committed = self.store.commit(&record, &outcome, NOW);
        (committed.expect("the store works"), outcome)
    }

    fn journal(&self) -> Vec<String> {
        let run = self.workbench().run.expect("a run");
        let (found, _) = self.store.journal(&run.id, 0).expect("the store works");
        found.into_iter().map(|one| one.message).collect()
    }
}

fn kubectl() -> Actor {
    Actor {
        name: "kubectl-edit (through the Kubernetes API)".to_owned(),
        ..Actor::server(NOW)
    }
}

fn number(workbench: &Workbench) -> u64 {
    workbench.run.as_ref().map_or(0, |run| run.number)
}

#[test]
fn resource_becomes_a_row_once() {
    let bench = Bench::new();
    assert_eq!(bench.adopt(), Adopted::Changed);
    let created = bench.workbench();
    assert_eq!(
        (created.name.as_str(), created.app.as_str()),
        ("Climate", "welcome")
    );
    assert_eq!((number(&created), created.generation), (1, 1));
    assert_eq!(
        bench.journal(),
        ["kubectl-edit (through the Kubernetes API) asked to start it."]
    );
    assert_eq!(bench.adopt(), Adopted::Known);
    assert_eq!(bench.workbench(), created);
}

#[test]
fn older_state_has_no_effect() {
    let mut bench = Bench::new();
    bench.adopt();
    let old = bench.resource.clone();
    let stopped = bench.change(|wanted| wanted.desired = Desired::Stopped);
    bench.resource = old;
    assert_eq!(bench.adopt(), Adopted::Known);
    assert_eq!(bench.workbench(), stopped);
}

#[test]
fn generation_is_that_of_the_resource() {
    let mut bench = Bench::new();
    bench.adopt();
    let by = kubectl();
    let extended = bench.store.extend(&ID.into(), &by).expect("it is extended");
    assert_eq!(
        extended.generation, 1,
        "a time limit is not part of the resource"
    );
    bench.resource.generation = 6;
    let restarting = bench.change(|wanted| wanted.run_request = Some("2".to_owned()));
    assert_eq!((restarting.generation, restarting.restarting), (7, true));
    // The next run begins when the one before it is over, and raises nothing.
    for seen in [Runner::Absent, Runner::Absent] {
        bench.reconcile(&Observed {
            runner: seen,
            ..Observed::default()
        });
    }
    let next = bench.workbench();
    assert_eq!((number(&next), next.generation), (2, 7));
    bench.reconcile(&Observed::default());
    assert_eq!(bench.workbench().status.observed_generation, 7);
}

#[test]
fn workbench_that_was_deleted_meanwhile_is_not_made_anew() {
    let mut bench = Bench::new();
    bench.resource.had_row = true;
    assert_eq!(bench.adopt(), Adopted::Deleted);
    assert_eq!(bench.store.workbench(&ID.into()).expect("works"), None);
    bench.resource.had_row = false;
    assert_eq!(bench.adopt(), Adopted::Changed, "a lost database");
}

#[test]
fn number_of_a_run_is_above_all_that_the_cluster_has_shown() {
    let mut bench = Bench::new();
    bench.resource.wanted.desired = Desired::Stopped;
    bench.resource.highest_run = 4;
    bench.adopt();
    let started = bench.change(|wanted| wanted.desired = Desired::Running);
    assert_eq!(number(&started), 5);
}

#[test]
fn stop_names_who_stopped_it() {
    let mut bench = Bench::new();
    bench.adopt();
    let stopped = bench.change(|wanted| wanted.desired = Desired::Stopped);
    let by = "kubectl-edit (through the Kubernetes API)";
    assert_eq!(stopped.stopped_by_name.as_deref(), Some(by));
    let mut user = NewUser::administrator("ada", "hash".to_owned());
    user.display_name = "Ada Lovelace".to_owned();
    let user = bench
        .store
        .create_user(&user, NOW)
        .expect("the store works");
    let ada = Actor::local(&user.expect("a user").id, "ada", NOW);
    let deleted = bench.store.delete(&ID.into(), &ada).expect("it is deleted");
    assert_eq!(deleted.deleted_by_name.as_deref(), Some("Ada Lovelace"));
}

#[test]
fn observation_from_before_the_resource_was_gone_is_not_stored() {
    let bench = Bench::new();
    bench.adopt();
    let record = bench
        .store
        .load(&ID.into())
        .expect("the store works")
        .expect("a record");
    assert!(
        bench
            .store
            .note_gone(&ID.into(), &kubectl())
            .expect("the store works")
    );
    assert!(
        !bench
            .store
            .note_gone(&ID.into(), &kubectl())
            .expect("the store works")
    );
    assert_eq!(bench.workbench().desired, Desired::Stopped);
    let outcome = reconcile(
        &record.subject,
        &record.status,
        &Observed::default(),
        &Cadence::default(),
        NOW,
    );
    let committed = bench
        .store
        .commit(&record, &outcome, NOW)
        .expect("the store works");
    assert_eq!(committed, Commit::Overtaken);
    let message = "The resource is gone from the cluster.";
    assert!(bench.journal().iter().any(|one| one == message));
}

#[test]
fn status_of_an_unknown_resource_is_taken_over() {
    let mut bench = Bench::new();
    bench.adopt();
    bench.reconcile(&Observed::default());
    let status = bench.workbench().status;
    assert_eq!(status.phase, Phase::Pending);
    // The database is lost.
    let resource = bench.resource.clone();
    bench = Bench::new();
    bench.resource = resource;
    bench.resource.status = Some(WorkbenchStatus {
        run_number: 3,
        ..status.clone()
    });
    bench.adopt();
    let found = bench.workbench();
    assert_eq!((number(&found), found.desired), (3, Desired::Running));
    assert_eq!(
        bench.journal(),
        ["The server found this run in the cluster."]
    );

    let mut ended = Bench::new();
    ended.resource.status = Some(WorkbenchStatus {
        run_number: 3,
        phase: Phase::Completed,
        observed_generation: 1,
        completion_time: Some(NOW - Millis(5)),
        ..status
    });
    ended.adopt();
    let found = ended.workbench();
    assert_eq!((number(&found), found.status.phase), (3, Phase::Completed));
    let next = ended.change(|wanted| wanted.run_request = Some("again".to_owned()));
    assert_eq!(number(&next), 4);
}

#[test]
fn rehearsal_stores_nothing() {
    let bench = Bench::new();
    bench.adopt();
    let before = bench.workbench();
    let (seen, has_effect) = bench
        .store
        .rehearse(&ID.into(), &Command::Stop, &kubectl())
        .expect("it is possible");
    assert!(has_effect);
    assert_eq!((&*seen, bench.workbench()), (&before, before.clone()));
    let (_, has_effect) = bench
        .store
        .rehearse(&ID.into(), &Command::Start, &kubectl())
        .expect("it is possible");
    assert!(!has_effect, "it runs already");
}

#[test]
fn resource_of_no_workspace_is_not_adopted() {
    let mut bench = Bench::new();
    bench.resource.workspace_id = WorkspaceId::new("ws-other");
    assert_eq!(bench.adopt(), Adopted::NoWorkspace);
}
