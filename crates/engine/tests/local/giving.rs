//! Secrets and run tokens: which a process receives, and which no file may contain.

use crate::bench::{Bench, wait_for};
use secrecy::SecretString;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};
use vestibule_engine::Engine as _;
use vestibule_engine::clock::{Clock, SystemClock};
use vestibule_engine::engine_host::{EngineHost, HostError};
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
name = "prompts"
command = ["sh", "-c", "printf 'the prompt ends with h'; exec sleep 600"]
[[app]]
name = "crashes-once"
command = ["sh", "-c", "printf '%s;' \"$KEY\" >> got; if [ -e tried ]; then exec sleep 600; fi; touch tried; exit 9"]
"#;

/// Host with secrets that a test sets, and a token for every run.
#[derive(Debug, Default)]
struct TestHost {
    secrets: Mutex<BTreeMap<String, String>>,
    issued: Mutex<Vec<String>>,
}

impl TestHost {
    fn has(&self, name: &str, value: &str) {
        let mut secrets = self.secrets.lock().expect("not poisoned");
        secrets.insert(name.to_owned(), value.to_owned());
    }
}

impl EngineHost for TestHost {
    fn missing_secrets(&self, _: &WorkspaceId, names: &[String]) -> Result<Vec<String>, HostError> {
        let secrets = self.secrets.lock().expect("not poisoned");
        let missing = names.iter().filter(|name| !secrets.contains_key(*name));
        Ok(missing.cloned().collect())
    }

    fn secrets(
        &self,
        _: &WorkspaceId,
        names: &[String],
    ) -> Result<BTreeMap<String, SecretString>, HostError> {
        let secrets = self.secrets.lock().expect("not poisoned");
        let found = names.iter().filter_map(|name| {
            let value = secrets.get(name)?;
            Some((name.clone(), SecretString::from(value.as_str())))
        });
        Ok(found.collect())
    }

    fn issue_run_token(&self, run: &RunId) -> Result<SecretString, HostError> {
        let mut issued = self.issued.lock().expect("not poisoned");
        let token = format!("token-{}-of-{run}", issued.len() + 1);
        issued.push(token.clone());
        Ok(token.into())
    }

    fn last_used(&self, _: &WorkbenchId) -> Option<Timestamp> {
        None
    }
}

/// Clock that the test sets forward.
#[derive(Debug, Default)]
struct Moved(AtomicI64);

impl Clock for Moved {
    fn now(&self) -> Timestamp {
        SystemClock.now() + Millis::from_secs(self.0.load(Ordering::SeqCst))
    }
}

fn set_up() -> (Bench, Arc<TestHost>, Arc<Moved>) {
    let (host, clock) = (Arc::new(TestHost::default()), Arc::new(Moved::default()));
    let mut bench = Bench::not_started(APPS);
    bench.configure = Box::new({
        let (host, clock) = (host.clone(), clock.clone());
        move |config| {
            config.host = host.clone();
            config.clock = clock.clone();
        }
    });
    bench.start_server();
    (bench, host, clock)
}

fn start(bench: &Bench, name: &str, app: &str) -> WorkbenchId {
    bench.create(name, app, |record| {
        record.target.spec.secrets = vec!["KEY".to_owned()];
        let env = record.target.spec.env.get_or_insert_default();
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

/// Returns every file below a folder that contains a text.
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
async fn secret_is_waited_for_and_never_written_to_a_file() {
    let (bench, host, _) = set_up();
    let id = start(&bench, "waits", "tells");
    bench
        .until(&id, "waiting for the secret", |row| {
            row.reason(&SecretsReady) == reason::SECRET_NOT_FOUND
        })
        .await;
    host.has("KEY", "value-that-nobody-may-see");
    bench.controller().enqueue(&id);
    bench.until_phase(&id, Phase::Running).await;
    until_got(&bench, &id, "value-that-nobody-may-see").await;
    let token = host.issued.lock().expect("not poisoned")[0].clone();
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
    let token_file = bench.run_folder(&id, 1).join("token/run-token");
    assert_eq!(
        files_with(bench.folder(), &token),
        [token_file.display().to_string()]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn restarted_process_has_its_secrets_again() {
    let (bench, host, _) = set_up();
    host.has("KEY", "kept-in-memory");
    let id = start(&bench, "again", "crashes-once");
    until_got(&bench, &id, "kept-in-memory;kept-in-memory;").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn token_is_renewed_after_45_minutes_without_a_restart() {
    let (mut bench, host, clock) = set_up();
    host.has("KEY", "whatever-it-is");
    let id = start(&bench, "renewed", "tells");
    bench.until_phase(&id, Phase::Running).await;
    let pid = bench.pid(&id);
    let file = bench.run_folder(&id, 1).join("token/run-token");
    let first = std::fs::read_to_string(&file).expect("a token");
    clock.0.store(44 * 60, Ordering::SeqCst);
    bench.controller().enqueue(&id);
    clock.0.store(46 * 60, Ordering::SeqCst);
    let until_other = |than: String| {
        let file = file.clone();
        move || std::fs::read_to_string(&file).is_ok_and(|token| token != than)
    };
    wait_for("another token", until_other(first)).await;
    assert_eq!(host.issued.lock().expect("not poisoned").len(), 2);
    // After a restart of the server the token's age is not known.
    let second = std::fs::read_to_string(&file).expect("a token");
    bench.end_server().await;
    bench.start_server();
    wait_for("a third token", until_other(second)).await;
    assert_eq!(bench.pid(&id), pid);
}

/// Security review, finding 29: the last letter began the secret, and was held back for ever.
#[tokio::test(flavor = "multi_thread")]
async fn a_prompt_appears_although_a_secret_begins_with_its_last_letter() {
    let (bench, host, _) = set_up();
    host.has("KEY", "hunter22");
    let id = start(&bench, "prompts", "prompts");
    let begin = std::time::Instant::now();
    loop {
        let log = bench.engine().log(&id, 1, 0, 1024).await;
        if log.text == "the prompt ends with h" {
            return;
        }
        assert!(begin.elapsed().as_secs() < 20, "{:?}", log.text);
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
}
