//! Sample data for `--demo` with every state.

use crate::auth::password;
use crate::clock;
use crate::store::{Actor, NewRow, NewUser, Store};
use crate::tokens;
use anyhow::{Context as _, anyhow};
use vestibule_model::auth::User;
use vestibule_model::ids::{WorkbenchId, WorkspaceId};
use vestibule_model::workbench::WorkbenchSpec;

/// Username of the sample user.
const USERNAME: &str = "admin";

/// Sample workbench: name, app, start timeout in seconds, and whether it starts at once.
struct Sample(&'static str, &'static str, u32, bool);

/// The apps named here beside `welcome` and `files` are those of [`APPS`].
const DAILY: &[Sample] = &[
    Sample("Notes", "welcome", 300, true),
    Sample("Shared files", "files", 300, true),
    Sample("Checks the data", "demo-script", 300, true),
    Sample("Takes its time", "demo-slow", 300, true),
    Sample("Is built first", "demo-built", 300, true),
    Sample("Put away", "welcome", 300, false),
    Sample(
        "A very long name, as people give who want to say exactly what something is for",
        "welcome",
        300,
        false,
    ),
    Sample("日本語の作業台 🙂", "welcome", 300, false),
];
const TROUBLE: &[Sample] = &[
    Sample("Program missing", "demo-missing", 300, true),
    Sample("Reports an error", "demo-exit-1", 300, true),
    Sample("Lacks a prerequisite", "demo-exit-2", 300, true),
    Sample("Ends with 7", "demo-exit-7", 300, true),
    Sample("Crashes again and again", "demo-crash", 300, true),
    Sample("Out of memory", "demo-memory", 300, true),
    Sample("Does not want to stop", "demo-stubborn", 300, true),
    Sample("App not in the catalogue", "demo-unknown", 300, true),
    Sample("Has the licence", "demo-licensed", 300, true),
    Sample("No room", "demo-licensed", 300, true),
    Sample("Missing secret", "welcome", 300, true),
    Sample("Ends after a minute", "welcome", 300, true),
    Sample("Ends idle after a minute", "welcome", 300, true),
    Sample("Completes", "demo-completes", 300, true),
    Sample("Never listens", "demo-deaf", 20, true),
    Sample("Refuses frames", "demo-no-frames", 300, true),
    Sample("Cannot be built", "demo-build-fails", 300, true),
];

/// Catalogue entries of the samples beside the built-in apps.
pub const APPS: &str = include_str!("demo_apps.toml");

/// Fills an empty store and returns the text to print.
pub fn fill(store: &Store, password: Option<String>) -> anyhow::Result<String> {
    let password = password.unwrap_or_else(|| tokens::random()[..16].to_owned());
    let new = NewUser::administrator(USERNAME, password::hash(&password)?);
    let admin = store
        .create_user(&new, clock::now())?
        .context("failed to make the sample user")?;
    for (name, samples) in [("Daily work", DAILY), ("Trouble", TROUBLE)] {
        let workspace = store
            .create_workspace(
                name,
                &Actor::local(&admin.id, &admin.username, clock::now()),
            )?
            .ok_or_else(|| anyhow!("failed to make the sample workspace {name:?}"))?;
        for sample in samples {
            let by = Actor::local(&admin.id, &admin.username, clock::now());
            store.create_workbench(&row(sample, &workspace.id, &admin), &by)?;
        }
    }
    Ok(format!(
        "Sample data was added. Sign in as {USERNAME} with the password {password}\n"
    ))
}

fn row(sample: &Sample, workspace: &WorkspaceId, by: &User) -> NewRow {
    let Sample(name, app, start_timeout_seconds, start) = *sample;
    NewRow {
        id: WorkbenchId::new(tokens::id("wb-")),
        workspace_id: workspace.clone(),
        name: name.to_owned(),
        app: app.to_owned(),
        spec: WorkbenchSpec {
            start_timeout_seconds,
            ..spec(name)
        },
        start,
        task: None,
        by: by.id.clone(),
        username: by.username.clone(),
    }
}

/// Returns the settings of a sample.
fn spec(name: &str) -> WorkbenchSpec {
    let mut spec = WorkbenchSpec::default();
    match name {
        "Missing secret" => spec.secrets = vec!["DEMO_API_KEY".to_owned()],
        "Ends after a minute" => spec.active_deadline_seconds = Some(60),
        "Ends idle after a minute" => spec.idle_timeout_seconds = Some(60),
        _ => {}
    }
    spec
}

#[cfg(test)]
mod tests {
    use super::*;
    use vestibule_model::validation::{check_name, check_spec};

    #[test]
    fn the_samples_keep_to_the_rules() {
        let dir = tempfile::tempdir().expect("a folder");
        let store = Store::open(dir.path()).expect("a store");
        let message = fill(&store, Some("a good password".to_owned())).expect("it is filled");
        assert!(message.contains("a good password"));
        let workspaces = store.workspaces().expect("workspaces");
        assert_eq!(workspaces.len(), 2);
        for workspace in workspaces {
            for workbench in store.workbenches(&workspace.id).expect("workbenches") {
                assert_eq!(
                    check_name("name", &workbench.name),
                    Ok(workbench.name.clone())
                );
                assert_eq!(check_spec(&workbench.spec), []);
            }
        }
    }
}
