//! A definition of a newer version than the server: fields, words and conditions that it does not know.

use crate::killed::settle;
use crate::site::{Site, text};
use crate::support::kubectl;
use serde_json::{Value, json};

const DEFINITION: &str =
    "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/agenticsessions.vestibule.dev";

/// Puts the definition of this version back at the end.
struct Definition<'a> {
    site: &'a Site,
    before: Value,
}

impl<'a> Definition<'a> {
    /// Replaces the definition with one of a newer version.
    fn make_newer(site: &'a Site) -> Self {
        let (status, before) = site.line.call("GET", DEFINITION, None);
        assert_eq!(status, 200, "{before}");
        let mut newer = before.clone();
        let schema = &mut newer["spec"]["versions"][0]["schema"]["openAPIV3Schema"]["properties"];
        let spec = &mut schema["spec"]["properties"];
        spec["gpuCount"] = json!({ "type": "integer" });
        add_value(&mut spec["desired"], "Hibernated");
        let status = &mut schema["status"]["properties"];
        status["hibernatedAt"] = json!({ "type": "string" });
        add_value(&mut status["phase"], "Hibernating");
        Self::replace(site, newer);
        Self { site, before }
    }

    fn replace(site: &Site, mut definition: Value) {
        // Whatever its version is now.
        let (_, now) = site.line.call("GET", DEFINITION, None);
        definition["metadata"]["resourceVersion"] = now["metadata"]["resourceVersion"].clone();
        let (status, body) = site.line.call("PUT", DEFINITION, Some(&definition));
        assert_eq!(status, 200, "{body}");
    }
}

impl Drop for Definition<'_> {
    fn drop(&mut self) {
        Self::replace(self.site, self.before.clone());
    }
}

/// Adds a word to an enumeration, if the field is one.
fn add_value(field: &mut Value, word: &str) {
    if let Some(words) = field["enum"].as_array_mut() {
        words.push(json!(word));
    }
}

/// Writes a status as a server of a newer version or another controller does.
fn write_status(site: &Site, name: &str, manager: &str, status: Value) {
    let path = site.path("agenticsessions", name);
    let path = format!("{path}/status?fieldManager={manager}");
    let (code, body) = site
        .line
        .call("PATCH", &path, Some(&json!({ "status": status })));
    assert_eq!(code, 200, "{body}");
}

fn approved(resource: &Value) -> Option<Value> {
    let conditions = resource["status"]["conditions"].as_array()?;
    let mut found = conditions
        .iter()
        .filter(|one| one["type"] == "team.example.org/Approved");
    found.next().cloned()
}

#[test]
#[ignore = "starts a cluster: cargo xtask test kubernetes"]
fn resource_of_a_newer_version_keeps_what_this_one_does_not_know() {
    let site = Site::new(&[]);
    let definition = Definition::make_newer(&site);
    let server = site.start();
    // Until then the API server prunes the field.
    let spec = json!({ "app": "welcome", "desired": "Stopped", "gpuCount": 2 });
    let mut number = 0;
    let name = site.until("the newer definition", || {
        number += 1;
        let name = format!("climate-{number}");
        let made = site.make(&name, &spec);
        if made["spec"]["gpuCount"] == 2 {
            return Some(name);
        }
        kubectl(&["delete", "ags", &name, "-n", &site.namespace]);
        None
    });
    let resource = |what: &str| {
        let mut all = site.resources().into_iter();
        let found = all.find(|one| one["metadata"]["name"] == *name);
        found.unwrap_or_else(|| panic!("{what}: it is gone"))
    };
    let id = format!("wb-{}", text(&resource("made")["metadata"]["uid"]));
    site.shows(&server, &id, "Stopped");

    // Conditions of another controller stay; of the rest this server is the only writer.
    let condition = json!({
        "type": "team.example.org/Approved", "status": "True", "reason": "Reviewed", "message": "By Eve",
        "lastTransitionTime": "2026-11-21T10:00:00Z",
    });
    let body = json!({
        "apiVersion": "vestibule.dev/v1alpha1", "kind": "AgenticSession", "metadata": { "name": name },
        "status": { "conditions": [condition] },
    });
    let file = site.folder().join("status.json");
    std::fs::write(&file, body.to_string()).expect("a file");
    kubectl(&[
        "apply",
        "--server-side",
        "--subresource=status",
        "--field-manager=approver",
        "-n",
        &site.namespace,
        "-f",
        &file.display().to_string(),
    ]);
    write_status(
        &site,
        &name,
        "vestibule-newer",
        json!({ "phase": "Hibernating", "hibernatedAt": "2026-11-21T10:00:00Z" }),
    );
    site.shows(&server, &id, "Stopped");
    let kept = resource("corrected");
    assert_eq!(approved(&kept).expect("the condition")["message"], "By Eve");

    // The console's changes leave the unknown field alone.
    let (status, body) = site.change(&server, &id, &json!({ "name": "Climate 2027" }));
    assert_eq!(status, 200, "{body}");
    for (verb, phase) in [
        ("start", "Creating"),
        ("restart", "Creating"),
        ("stop", "Stopped"),
    ] {
        let (status, body) = site.command(&server, &id, verb);
        assert_eq!(status, 202, "{verb}: {body}");
        site.shows(&server, &id, phase);
        let kept = resource(verb);
        assert_eq!(kept["spec"]["gpuCount"], 2, "{verb}");
        assert_eq!(kept["spec"]["displayName"], "Climate 2027");
        assert!(approved(&kept).is_some(), "{verb}: {kept:#}");
    }

    // A desired state of the newer version is nothing that this one acts on, and no reason to end.
    let (status, body) = site.command(&server, &id, "start");
    assert_eq!(status, 202, "{body}");
    let before = site.shows(&server, &id, "Creating").run.expect("a run");
    let (status, body) = site.edit(&name, &json!({ "spec": { "desired": "Hibernated" } }));
    assert_eq!(status, 200, "{body}");
    let bench = site.until("the newer generation", || {
        let bench = site.listed(&server).pop()?;
        let resource = resource("hibernated");
        let is_seen = resource["metadata"]["generation"] == bench.generation
            && resource["status"]["observedGeneration"] == bench.generation;
        is_seen.then_some(bench)
    });
    assert_eq!(bench.run.expect("a run").number, before.number);
    assert_eq!(site.objects("pods").len(), 1);

    // A server that starts then reads it, and its commands work.
    let cookie = server.kill();
    let server = site.start_again(cookie);
    let (status, body) = site.command(&server, &id, "stop");
    assert_eq!(status, 202, "{body}");
    site.shows(&server, &id, "Stopped");
    assert_eq!(resource("stopped")["spec"]["desired"], "Stopped");
    settle(&site, &server);
    let (status, body) = site.command(&server, &id, "delete");
    assert_eq!(status, 202, "{body}");
    site.until("an empty workspace", || {
        (site.listed(&server).is_empty() && site.resources().is_empty()).then_some(())
    });
    drop(definition);
}
