//! Settings that are corrected while a start waits.

use crate::support::Server;
use serde_json::{Value, json};
use vestibule_model::condition::ConditionType;
use vestibule_model::reason;

/// Returns the variables of the only Pod.
fn variables(pod: &Value) -> Vec<(String, String)> {
    let env = pod["spec"]["containers"][0]["env"].as_array();
    let one = |one: &Value| {
        let text = |field: &str| one[field].as_str().unwrap_or_default().to_owned();
        (text("name"), text("value"))
    };
    env.into_iter().flatten().map(one).collect()
}

/// Faults, KH3: until there is a Pod, a run follows the newest generation.
#[tokio::test(flavor = "multi_thread")]
async fn start_that_waits_follows_corrected_settings() {
    let server = Server::start().await;
    server.apply(
        "climate",
        json!({ "app": "welcome", "secrets": ["NO_SUCH_SECRET"], "env": { "A": "1" } }),
    );
    server
        .until("a start that waits", || {
            let workbench = server.workbench()?;
            let secrets = workbench.status.condition(&ConditionType::SecretsReady)?;
            (secrets.reason == reason::SECRET_NOT_FOUND).then_some(())
        })
        .await;
    let corrected = json!({ "spec": { "secrets": [], "env": { "A": "2" } } });
    server.patch("climate", &corrected);
    let pod = server
        .until("a Pod", || server.api.names("pods", "team").pop())
        .await;
    let pod = server.api.get("pods", "team", &pod).expect("a Pod");
    let has =
        |name: &str, value: &str| variables(&pod).contains(&(name.to_owned(), value.to_owned()));
    assert!(has("A", "2") && has("VESTIBULE_RUN_NUMBER", "1"), "{pod}");
    // The run answers the generation with which it was made.
    let workbench = server.shows("climate", "Creating").await;
    assert_eq!(workbench.status.run_number, 1);
    let journal = server.journal(&workbench);
    let changed = "kubectl-patch (through the Kubernetes API) changed the settings; they hold from this start on.";
    assert!(journal.iter().any(|line| line == changed), "{journal:?}");

    // From then on the run keeps its settings, also for a server that starts anew.
    server.patch("climate", &json!({ "spec": { "env": { "A": "3" } } }));
    server
        .until("a change for the next start", || {
            let journal = server.journal(&server.workbench()?);
            let later = journal
                .iter()
                .any(|line| line.contains("from the next start on"));
            later.then_some(())
        })
        .await;
    let server = server.during_an_outage(|_| {}).await;
    let workbench = server.until("the run", || server.workbench()).await;
    assert!(workbench.is_spec_ahead(), "{workbench:?}");
    let names = server.api.names("pods", "team");
    assert_eq!(names.len(), 1);
    let pod = server.api.get("pods", "team", &names[0]).expect("a Pod");
    assert!(variables(&pod).contains(&("A".to_owned(), "2".to_owned())));
}
