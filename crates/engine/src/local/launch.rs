//! The record of a run: command, environment, sandbox and limits, and the run's token.

use super::build;
use super::catalogue::{CatalogueEntry, parameters, placeholders};
use super::environment;
use super::groups::{Limits, RunGroup};
use super::inner::Inner;
use super::mount::Mount;
use super::record::{Launch, RunDir};
use super::sandbox::{self, Needs};
use super::supervisor::secret_env::SecretEnv;
use crate::Target;
use crate::TargetRun;
use secrecy::ExposeSecret as _;
use std::collections::BTreeMap;
use std::io;
use std::path::Path;
use vestibule_model::ids::WorkbenchId;
use vestibule_model::observed::RunToken;
use vestibule_model::time::Millis;

/// Environment variable that marks the processes of a run, for when nothing else knows them.
pub(super) const RUN_VARIABLE: &str = "VESTIBULE_RUN_ID";

/// Age at which a token is renewed; it is valid for an hour.
const TOKEN_AGE: Millis = Millis::from_secs(45 * 60);

impl Inner {
    /// Returns the record of how a run is started.
    pub(super) fn launch_record(
        &self,
        target: &Target,
        run: &TargetRun,
        app: &CatalogueEntry,
        port: u16,
        secrets: &SecretEnv,
    ) -> io::Result<Launch> {
        let config = &self.config;
        let dir = self.folders.files(&target.id);
        let dir_text = dir.to_string_lossy();
        let port_text = port.to_string();
        let sockets = self.folders.sockets(&target.id, run.number);
        let socket = sockets.app();
        let socket = socket.to_string_lossy();
        let values = parameters::values(&app.parameters, &target.spec);
        let build_folder = self.builds.folder(app, &build::used(app, &values));
        let build = build_folder.to_string_lossy();
        let program = config.program.to_string_lossy();
        let origin = config.app_origin(&target.id);
        let host = config.app_host(&target.id);
        let expand = |text: &str| {
            placeholders::expand(text, |name| match name {
                "socket" => Some(&*socket),
                "port" => Some(port_text.as_str()),
                "dir" => Some(&*dir_text),
                "build" => Some(&*build),
                "vestibule" => Some(&*program),
                "origin" => Some(origin.as_str()),
                "host" => Some(host.as_str()),
                "console" => Some(config.console_origin.as_str()),
                name => placeholders::parameter(&values, name),
            })
        };
        let mut env: BTreeMap<String, String> = environment::for_app(&dir_text);
        let of_app = app.env.iter();
        env.extend(of_app.map(|(name, value)| (name.clone(), expand(value))));
        let of_spec = target.spec.variables();
        env.extend(of_spec.map(|(name, value)| (name.clone(), value.clone())));
        // Last, so that nothing can pretend to be another workbench.
        env.extend(self.own_variables(target, run, &dir_text, &port_text));
        let record = self.folders.run(&target.id, run.number);
        record.make_token_folder()?;
        let command: Vec<_> = app
            .command
            .iter()
            .map(|argument| expand(argument))
            .collect();
        let progress_socket = config
            .progress_socket
            .as_ref()
            .filter(|_| self.sandboxes.is_on() && !app.share_network);
        let mut mounts = vec![
            Mount::read_only(&config.program),
            Mount::read_only(&build_folder),
            Mount::writable(&dir),
            Mount::writable(sockets.app_folder()),
            Mount::read_only(record.token_folder()),
        ];
        mounts.extend(app.mounts.iter().filter_map(|mount| Mount::parse(mount)));
        mounts.extend(
            progress_socket
                .and_then(|socket| socket.parent())
                .map(Mount::read_only),
        );
        let programs = command.first().into_iter().chain(&app.requires);
        let sandbox = self.sandboxes.of_run(Needs {
            programs: programs.map(String::as_str).collect(),
            mentions: sandbox::mentions(&app.command),
            build: Some(Path::new(&*build)),
            mounts,
            devices: &app.devices,
            shares_network: app.share_network,
        })?;
        let (memory_limit_mb, group) = self.limits(target, run, app);
        Ok(Launch {
            workbench_id: target.id.clone(),
            run_id: run.id.clone(),
            app: app.name.clone(),
            command,
            env,
            dir: dir.clone(),
            port,
            sandbox,
            group,
            progress_socket: progress_socket.cloned(),
            sockets: Some(sockets),
            listens_on_socket: app.listens_on_socket(),
            stop_grace_seconds: app.stop_grace_seconds,
            has_secrets: !secrets.0.is_empty(),
            parameters: values,
            restart_limit: app.restart_limit,
            restart_pause_ms: u64::try_from(config.restart_pause.as_millis()).unwrap_or(u64::MAX),
            memory_limit_mb,
            active_deadline_ms: target
                .spec
                .active_deadline_seconds
                .map(|seconds| u64::from(seconds) * 1_000),
        })
    }

    /// Returns the variables by which an app knows its workbench and run.
    fn own_variables(
        &self,
        target: &Target,
        run: &TargetRun,
        dir: &str,
        port: &str,
    ) -> [(String, String); 6] {
        let origin = &self.config.api_origin;
        [
            ("VESTIBULE_WORKBENCH_ID", target.id.to_string()),
            ("VESTIBULE_RUN_NUMBER", run.number.to_string()),
            (RUN_VARIABLE, run.id.to_string()),
            ("VESTIBULE_DIR", dir.to_owned()),
            ("PORT", port.to_owned()),
            (
                "VESTIBULE_PROGRESS_URL",
                format!("{origin}/api/runs/{}/progress", run.id),
            ),
        ]
        .map(|(name, value)| (name.to_owned(), value))
    }

    /// Returns the limit of memory in MB, 0 for none, and the control group that keeps the limits of a run.
    fn limits(
        &self,
        target: &Target,
        run: &TargetRun,
        app: &CatalogueEntry,
    ) -> (u64, Option<RunGroup>) {
        // A size that is not offered any more ends the start; it is reported after this record.
        let size = app.size_of(&target.spec).ok().flatten();
        let memory_mb = app.memory_limit_of(size);
        let limits = Limits {
            memory_mb,
            processes: app.process_limit,
            cpus: size.map_or(0.0, |size| size.cpu),
        };
        let group = self.groups.of_run(&run.id, limits).unwrap_or_else(|error| {
            tracing::warn!(run = %run.id, %error, "a run has no control group, so the kernel does not limit it");
            None
        });
        (memory_mb, group)
    }

    /// Returns the secret part of a run's environment: the secrets that the spec names, which replace
    /// variables of the same name, and the run's token. Only the token is written to a file.
    pub(super) fn secret_env(
        &self,
        target: &Target,
        run: &TargetRun,
        dir: &RunDir,
    ) -> Result<SecretEnv, String> {
        let names = &target.spec.secrets;
        let secrets = if names.is_empty() {
            BTreeMap::new()
        } else {
            self.config
                .host
                .secrets(&target.workspace_id, names)
                .map_err(|error| error.to_string())?
        };
        if let Some(missing) = names.iter().find(|name| !secrets.contains_key(*name)) {
            return Err(format!("the secret {missing} is missing"));
        }
        let mut env: BTreeMap<String, String> = secrets
            .into_iter()
            .filter(|(name, _)| !name.starts_with("VESTIBULE_"))
            .map(|(name, value)| (name, value.expose_secret().to_owned()))
            .collect();
        match self.renew_token(&target.id, run, dir) {
            Ok(token) => {
                let file = dir.token_file().to_string_lossy().into_owned();
                env.insert("VESTIBULE_RUN_TOKEN".to_owned(), token);
                env.insert("VESTIBULE_RUN_TOKEN_FILE".to_owned(), file);
            }
            Err(why) => tracing::debug!(run = %run.id, why, "a run has no token"),
        }
        Ok(SecretEnv(env))
    }

    /// Issues a new token for a run and writes it to the file that its process reads.
    pub(super) fn renew_token(
        &self,
        id: &WorkbenchId,
        run: &TargetRun,
        dir: &RunDir,
    ) -> Result<String, String> {
        let now = self.config.clock.now();
        let token = self
            .config
            .host
            .issue_run_token(&run.id)
            .map_err(|error| error.to_string())?;
        let token = token.expose_secret();
        dir.write_token(token).map_err(|error| error.to_string())?;
        self.tokens().insert((id.clone(), run.number), now);
        Ok(token.to_owned())
    }

    /// Returns whether a run's token needs to be renewed. After a restart of the server its age is not
    /// known, so it does.
    pub(super) fn token(&self, id: &WorkbenchId, run: &TargetRun, dir: &RunDir) -> RunToken {
        let issued = self.tokens().get(&(id.clone(), run.number)).copied();
        let is_due = match issued {
            Some(at) => {
                let now = self.config.clock.now();
                now.since(at) >= TOKEN_AGE || at.since(now) >= TOKEN_AGE
            }
            None => dir.token_file().exists(),
        };
        if is_due {
            RunToken::Due
        } else {
            RunToken::Good
        }
    }
}
