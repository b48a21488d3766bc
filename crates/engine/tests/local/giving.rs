//! Secrets and run tokens: what a process is given, and where none of it may be found.

use crate::bench::{Bench, wait_for};
use secrecy::SecretString;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};
use vestibule_engine::clock::{Clock, SystemClock};
use vestibule_engine::house::{House, HouseError};
use vestibule_model::condition::ConditionType::SecretsReady;
use vestibule_model::ids::{RunId, WorkbenchId, WorkspaceId};
use vestibule_model::phase::Phase;
use vestibule_model::reason;
use vestibule_model::time::{Millis, Timestamp};

const APPS: &str = r#"
[[app]]
name = "tells"
command = ["sh", "-c", "echo key=$KEY token=$VESTIBULE_RUN_TOKEN url=$VESTIBULE_PROGRESS_URL; cat $VESTIBULE_RUN_TOKEN_FILE; printf '%s' \"$KEY\" > got; exec sleep 600"]
[[app]]
name = "crashes-once"
command = ["sh", "-c", "printf '%s;' \"$KEY\" >> got; if [ -e tried ]; then exec sleep 600; fi; touch tried; exit 9"]
"#;

/// A house with one secret that comes and goes, and a token for whoever asks.
#[derive(Debug, Default)]
struct Home {
    secrets: Mutex<BTreeMap<String, String>>,
    issued: Mutex<Vec<String>>,
}

impl Home {
    fn has(&self, name: &str, value: &str) {
        let mut secrets = self.secrets.lock().expect("whole");
        secrets.insert(name.to_owned(), value.to_owned());
    }
}

impl House for Home {
    fn missing_secrets(
        &self,
        _: &WorkspaceId,
        names: &[String],
    ) -> Result<Vec<String>, HouseError> {
        let secrets = self.secrets.lock().expect("whole");
        let missing = names.iter().filter(|name| !secrets.contains_key(*name));
        Ok(missing.cloned().collect())
    }

    fn secrets(
        &self,
        _: &WorkspaceId,
        names: &[String],
    ) -> Result<BTreeMap<String, SecretString>, HouseError> {
        let secrets = self.secrets.lock().expect("whole");
        let found = names.iter().filter_map(|name| {
            let value = secrets.get(name)?;
            Some((name.clone(), SecretString::from(value.as_str())))
        });
        Ok(found.collect())
    }

    fn issue_run_token(&self, run: &RunId) -> Result<SecretString, HouseError> {
        let mut issued = self.issued.lock().expect("whole");
        let token = format!("token-{}-of-{run}", issued.len() + 1);
        issued.push(token.clone());
        Ok(token.into())
    }

    fn last_used(&self, _: &WorkbenchId) -> Option<Timestamp> {
        None
    }
}

/// The machine's clock, set forward by the test.
#[derive(Debug, Default)]
struct Moved(AtomicI64);

impl Clock for Moved {
    fn now(&self) -> Timestamp {
        SystemClock.now() + Millis::from_secs(self.0.load(Ordering::SeqCst))
    }
}

fn house() -> (Bench, Arc<Home>, Arc<Moved>) {
    let (home, clock) = (Arc::new(Home::default()), Arc::new(Moved::default()));
    let mut bench = Bench::not_started(APPS);
    bench.configure = Box::new({
        let (home, clock) = (home.clone(), clock.clone());
        move |config| {
            config.house = home.clone();
            config.clock = clock.clone();
        }
    });
    bench.start_server();
    (bench, home, clock)
}

fn start(bench: &Bench, name: &str, app: &str) -> WorkbenchId {
    bench.create(name, app, |record| {
        record.target.spec.secrets = vec!["KEY".to_owned()];
        let env = &mut record.target.spec.env;
        env.insert("KEY".to_owned(), "a variable of the same name".to_owned());
        env.insert("VESTIBULE_RUN_TOKEN".to_owned(), "forged".to_owned());
    })
}

async fn until_got(bench: &Bench, id: &WorkbenchId, value: &str) {
    let file = bench.workbench_folder(id).join("files/got");
    wait_for("the process to have its secret", || {
        std::fs::read_to_string(&file).is_ok_and(|got| got == value)
    })
    .await;
    std::fs::remove_file(file).expect("removed");
}

/// Every file below a folder that holds a text.
fn files_with(folder: &Path, text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            found.extend(files_with(&path, text));
        } else if std::fs::read(&path).is_ok_and(|bytes| {
            bytes
                .windows(text.len())
                .any(|part| part == text.as_bytes())
        }) {
            found.push(path.display().to_string());
        }
    }
    found
}

/// FIELD 15: "A secret appears and the session notices up to 17 minutes later".
#[tokio::test(flavor = "multi_thread")]
async fn a_missing_secret_is_waited_for_and_given_and_stands_in_no_file() {
    let (bench, home, _) = house();
    let id = start(&bench, "waits", "tells");
    bench
        .until(&id, "waiting for the secret", |row| {
            row.reason(&SecretsReady) == reason::SECRET_MISSING
        })
        .await;
    home.has("KEY", "value-that-nobody-may-see");
    bench.controller().poke(&id);
    bench.until_phase(&id, Phase::Running).await;
    until_got(&bench, &id, "value-that-nobody-may-see").await;
    let token = home.issued.lock().expect("whole")[0].clone();
    wait_for("its output", || {
        std::fs::read_to_string(bench.run_folder(&id, 1).join("output.log"))
            .is_ok_and(|said| said.contains("url="))
    })
    .await;
    let output = bench.output(&id).await;
    assert!(
        output.contains("key=[redacted] token=[redacted] url=http"),
        "{output}"
    );
    assert_eq!(
        files_with(bench.folder(), "value-that-nobody-may-see"),
        Vec::<String>::new()
    );
    let token_file = bench.run_folder(&id, 1).join("run-token");
    assert_eq!(
        files_with(bench.folder(), &token),
        [token_file.display().to_string()]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restarted_process_has_its_secrets_again() {
    let (bench, home, _) = house();
    home.has("KEY", "kept-in-memory");
    let id = start(&bench, "again", "crashes-once");
    until_got(&bench, &id, "kept-in-memory;kept-in-memory;").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_is_renewed_after_45_minutes_without_a_restart_of_the_process() {
    let (mut bench, home, clock) = house();
    home.has("KEY", "whatever-it-is");
    let id = start(&bench, "renewed", "tells");
    bench.until_phase(&id, Phase::Running).await;
    let pid = bench.pid(&id);
    let file = bench.run_folder(&id, 1).join("run-token");
    let first = std::fs::read_to_string(&file).expect("a token");
    clock.0.store(44 * 60, Ordering::SeqCst);
    bench.controller().poke(&id);
    clock.0.store(46 * 60, Ordering::SeqCst);
    let until_other = |than: String| {
        let file = file.clone();
        move || std::fs::read_to_string(&file).is_ok_and(|token| token != than)
    };
    wait_for("another token", until_other(first)).await;
    assert_eq!(home.issued.lock().expect("whole").len(), 2);
    // Nobody knows how old it is after a restart of the server.
    let second = std::fs::read_to_string(&file).expect("a token");
    bench.end_server().await;
    bench.start_server();
    wait_for("a third token", until_other(second)).await;
    assert_eq!(bench.pid(&id), pid);
}
