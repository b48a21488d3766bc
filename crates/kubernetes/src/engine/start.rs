//! Start of a run: its Secret and its Pod.

use super::manifest::{self, Plan, SecretKey};
use super::prepared::Prepared;
use super::{KEPT_RUNS, KubernetesEngine, NO_APP, lock, text};
use crate::cluster::{ChangeError, Created};
use secrecy::ExposeSecret as _;
use std::collections::BTreeMap;
use std::sync::Arc;
use vestibule_engine::local::catalogue::{CatalogueEntry, parameters, placeholders};
use vestibule_engine::local::runner::wire::ListenAddress;
use vestibule_engine::pod::{Credentials, GateOrders, PodOrders, TERMINATION_LOG};
use vestibule_engine::{Target, TargetRun};

/// Variables of an app that hold secrets.
struct SecretVariables {
    /// Key of each value.
    keys: BTreeMap<String, SecretKey>,
    /// Values that go into the run's Secret.
    values: BTreeMap<String, String>,
}

impl KubernetesEngine {
    /// Creates the Pod of the current run, unless it exists.
    pub(super) async fn start(&self, target: &Target) -> Result<(), ChangeError> {
        let Some(run) = &target.run else {
            return Ok(());
        };
        if self.cluster.has_run(&target.id, run.number) {
            return Ok(());
        }
        let refused = |why: String| ChangeError::refused(why);
        let app = self
            .app(&target.app)
            .ok_or_else(|| refused(NO_APP.to_owned()))?;
        let image = app.image.as_deref();
        let image = image.ok_or_else(|| refused("the app has no image".to_owned()))?;
        if let Some(why) = parameters::problem(&app.parameters, &target.spec) {
            return Err(refused(why));
        }
        let size = app.size_of(&target.spec).map_err(refused)?;
        let name = manifest::pod_name(&target.id, run.number).map_err(refused)?;
        let secrets = self.secret_variables(target, &name).map_err(refused)?;
        let prepared = Prepared::new(run.number, target, (&secrets.keys, &secrets.values));
        let is_prepared = lock(&self.prepared).get(&target.id) == Some(&prepared)
            && self.has_fresh_token(&target.id, run.number);
        if !is_prepared {
            self.prepare(app, target, run, &name, &secrets).await?;
            lock(&self.prepared).insert(target.id.clone(), prepared);
        }
        let values = parameters::values(&app.parameters, &target.spec);
        let plan = Plan {
            parameters: serde_json::to_string(&values).map_err(not_json)?,
            target,
            run: run.number,
            app,
            size,
            image,
            runner_image: &self.config.runner_image,
            run_as: self.config.run_as,
            env: self.environment(app, target, run),
            secrets: secrets.keys.clone(),
            owner: self.cluster.owner(target),
        };
        let pod = manifest::pod(&plan, &name);
        self.cluster.create(target, Created::Pod, pod).await?;
        lock(&self.prepared).remove(&target.id);
        // The messages of the run before are not about this one.
        self.progress.show(&target.id, run.number, None);
        match self.cluster.give_to_pod(target, &name).await {
            // Removed by someone while the start waited.
            Err(error) if error.is_not_found() => {
                self.prepare(app, target, run, &name, &secrets).await?;
                self.cluster.give_to_pod(target, &name).await?;
            }
            given => given?,
        }
        let first_kept = (run.number + 1).saturating_sub(KEPT_RUNS);
        self.cluster.remove_runs_before(target, first_kept).await
    }

    /// Writes the Secret of a run. It comes before the Pod, which would wait for it.
    async fn prepare(
        &self,
        app: &CatalogueEntry,
        target: &Target,
        run: &TargetRun,
        name: &str,
        secrets: &SecretVariables,
    ) -> Result<(), ChangeError> {
        let credentials = Credentials::issue(name);
        let credentials = credentials.map_err(|error| ChangeError::new(error.to_string()))?;
        let names = secrets.keys.keys().cloned().collect();
        let orders = self.orders(app, target, names, &credentials);
        let texts = BTreeMap::from([
            (
                manifest::ORDERS,
                serde_json::to_string(&orders).map_err(not_json)?,
            ),
            (
                manifest::CLIENT,
                serde_json::to_string(&credentials.client).map_err(not_json)?,
            ),
            // The key is there also without a token, because the Pod's volume names it.
            (manifest::TOKEN, self.issue_token(run)),
        ]);
        let owner = self.cluster.owner(target);
        let secret = manifest::secret(target, name, &texts, &secrets.values, owner);
        self.cluster.apply_secret(target, secret).await?;
        self.record_token(target, run);
        self.credentials
            .put(&target.id, run.number, Arc::new(credentials.client));
        Ok(())
    }

    /// Issues a new token for a run and writes it to the Secret from which its Pod reads it.
    pub(super) async fn renew_token(&self, target: &Target) -> Result<(), String> {
        let Some(run) = &target.run else {
            return Ok(());
        };
        let name = manifest::pod_name(&target.id, run.number)?;
        let token = self.issue_token(run);
        let written = self
            .cluster
            .change_secret(target, &name, manifest::TOKEN, &token);
        written.await.map_err(text)?;
        self.record_token(target, run);
        Ok(())
    }

    /// Records that a run has a new token. One that could not be written is due at the next observation.
    fn record_token(&self, target: &Target, run: &TargetRun) {
        let key = (target.id.clone(), run.number);
        lock(&self.tokens).insert(key, self.config.clock.now());
    }

    /// Issues a token; empty if the host has none.
    fn issue_token(&self, run: &TargetRun) -> String {
        match self.config.host.issue_run_token(&run.id) {
            Ok(token) => token.expose_secret().to_owned(),
            Err(error) => {
                tracing::debug!(run = %run.id, %error, "a run has no token");
                String::new()
            }
        }
    }

    /// Returns where the secrets that the spec names are, and the values of those that are not in
    /// Secrets of the namespace.
    fn secret_variables(&self, target: &Target, pod: &str) -> Result<SecretVariables, String> {
        let in_namespace = self.cluster.secret_objects(&target.workspace_id);
        let names = target.spec.secrets.iter();
        let names = names.filter(|name| !name.starts_with("VESTIBULE_"));
        let (there, elsewhere): (Vec<&String>, Vec<&String>) =
            names.partition(|name| in_namespace.contains_key(*name));
        let elsewhere: Vec<String> = elsewhere.into_iter().cloned().collect();
        let mut values = BTreeMap::new();
        if !elsewhere.is_empty() {
            let host = &self.config.host;
            let found = host.secrets(&target.workspace_id, &elsewhere);
            values = found.map_err(|error| error.to_string())?;
        }
        if let Some(missing) = elsewhere.iter().find(|name| !values.contains_key(*name)) {
            return Err(format!("the secret {missing} is missing"));
        }
        let there = there.into_iter().map(|name| {
            let object = in_namespace.get(name).cloned().unwrap_or_default();
            (name.clone(), SecretKey::of_workspace(object))
        });
        let elsewhere = elsewhere.iter();
        let elsewhere = elsewhere.map(|name| (name.clone(), SecretKey::of_run(pod, name)));
        let values = values.into_iter();
        let values = values.map(|(name, value)| (name, value.expose_secret().to_owned()));
        Ok(SecretVariables {
            keys: there.chain(elsewhere).collect(),
            values: values.collect(),
        })
    }

    fn orders(
        &self,
        app: &CatalogueEntry,
        target: &Target,
        secrets: Vec<String>,
        credentials: &Credentials,
    ) -> PodOrders {
        let command = app.command.iter();
        PodOrders {
            command: command.map(|text| self.expand(app, target, text)).collect(),
            dir: manifest::FOLDER.into(),
            app: match app.listens_on_socket() {
                true => ListenAddress::Socket(manifest::socket().into()),
                false => ListenAddress::Port(manifest::APP_PORT),
            },
            readiness: app.readiness.clone(),
            secrets,
            gate: GateOrders::new(manifest::GATE_PORT, credentials),
            health_port: manifest::HEALTH_PORT,
            termination_log: TERMINATION_LOG.into(),
        }
    }

    /// Returns the variables of the app, those from secrets left out.
    fn environment(
        &self,
        app: &CatalogueEntry,
        target: &Target,
        run: &TargetRun,
    ) -> BTreeMap<String, String> {
        let own = app.env.iter();
        let mut env: BTreeMap<String, String> = own
            .map(|(name, value)| (name.clone(), self.expand(app, target, value)))
            .collect();
        let chosen = target.spec.variables();
        env.extend(chosen.map(|(name, value)| (name.clone(), value.clone())));
        // Last, so that nothing can pretend to be another workbench.
        for (name, value) in [
            ("HOME", manifest::FOLDER.to_owned()),
            ("PORT", manifest::APP_PORT.to_string()),
            ("VESTIBULE_DIR", manifest::FOLDER.to_owned()),
            // The runner puts its own address there.
            (
                "VESTIBULE_PROGRESS_URL",
                format!("http://127.0.0.1/api/runs/{}/progress", run.id),
            ),
            ("VESTIBULE_RUN_ID", run.id.to_string()),
            ("VESTIBULE_RUN_NUMBER", run.number.to_string()),
            ("VESTIBULE_RUN_TOKEN_FILE", manifest::token_file()),
            ("VESTIBULE_WORKBENCH_ID", target.id.to_string()),
        ] {
            env.insert(name.to_owned(), value);
        }
        env
    }

    /// Replaces the placeholders of a text.
    fn expand(&self, app: &CatalogueEntry, target: &Target, text: &str) -> String {
        let values = parameters::values(&app.parameters, &target.spec);
        let texts = self.texts(&target.id);
        placeholders::expand(text, |name| {
            let text = texts.get(name).map(String::as_str);
            text.or_else(|| placeholders::parameter(&values, name))
        })
    }
}

fn not_json(error: serde_json::Error) -> ChangeError {
    ChangeError::new(error.to_string())
}
