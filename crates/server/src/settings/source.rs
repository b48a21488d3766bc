//! Where a setting comes from, so that a wrong one can be named.

use super::Flags;
use anyhow::{Context as _, anyhow, bail};
use serde::Deserialize;
use std::path::{Path, PathBuf};

/// The settings file.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    listen: Option<String>,
    public_url: Option<String>,
    data_dir: Option<String>,
    apps: Option<String>,
    app_timeout: Option<String>,
    keep_runs: Option<u32>,
    keep_runs_for: Option<String>,
    keep_logs: Option<u32>,
    max_workbenches: Option<u32>,
    least_memory_mb: Option<u32>,
    max_builds: Option<u32>,
    build_timeout: Option<String>,
    metrics_token: Option<String>,
    poll_interval: Option<String>,
    poll_watch_interval: Option<String>,
    poll_limit: Option<String>,
    poll_max_backoff: Option<String>,
    frame_limit: Option<u32>,
    demo: Option<bool>,
    insecure_cookies: Option<bool>,
    log_format: Option<String>,
    log: Option<String>,
}

/// All places where a setting can stand.
pub(super) struct Sources<'a, E> {
    flags: &'a Flags,
    env: E,
    file: File,
    file_path: Option<PathBuf>,
}

impl<'a, E: Fn(&str) -> Option<String>> Sources<'a, E> {
    pub(super) fn new(flags: &'a Flags, env: E) -> anyhow::Result<Self> {
        let file_path = flags
            .config
            .clone()
            .or_else(|| env("VESTIBULE_CONFIG").map(PathBuf::from));
        let file = match &file_path {
            Some(path) => read_file(path)?,
            None => File::default(),
        };
        Ok(Self {
            flags,
            env,
            file,
            file_path,
        })
    }

    /// A setting, from the first place where it stands.
    pub(super) fn read<T>(
        &self,
        name: &str,
        parse: impl Fn(&str) -> Result<T, String>,
    ) -> anyhow::Result<Option<T>> {
        let Some((text, place)) = self.find(name) else {
            return Ok(None);
        };
        parse(&text)
            .map(Some)
            .map_err(|why| anyhow!("the setting {place} is wrong: {why}"))
    }

    /// Where everything is kept when nobody says otherwise (XDG base directory specification).
    pub(super) fn usual_data_dir(&self) -> anyhow::Result<PathBuf> {
        let set = |name| (self.env)(name).filter(|text| !text.is_empty());
        if let Some(base) = set("XDG_DATA_HOME") {
            return Ok(Path::new(&base).join("vestibule"));
        }
        match set("HOME") {
            Some(home) => Ok(Path::new(&home).join(".local/share/vestibule")),
            None => bail!("there is no home folder: say with --data-dir where to keep everything"),
        }
    }

    fn find(&self, name: &str) -> Option<(String, String)> {
        let flag = format!("--{}", name.replace('_', "-"));
        let variable = format!("VESTIBULE_{}", name.to_uppercase());
        if let Some(text) = self.flag(name) {
            return Some((text, flag));
        }
        if let Some(text) = (self.env)(&variable) {
            return Some((text, variable));
        }
        let path = self.file_path.as_deref()?;
        let text = self.in_file(name)?;
        Some((text, format!("{name} in {}", path.display())))
    }

    fn flag(&self, name: &str) -> Option<String> {
        let path = |path: &Option<PathBuf>| path.as_ref().map(|p| p.display().to_string());
        let switch = |on: bool| on.then(|| "true".to_owned());
        match name {
            "listen" => self.flags.listen.clone(),
            "public_url" => self.flags.public_url.clone(),
            "data_dir" => path(&self.flags.data_dir),
            "apps" => path(&self.flags.apps),
            "app_timeout" => self.flags.app_timeout.clone(),
            "keep_runs" => self.flags.keep_runs.clone(),
            "keep_runs_for" => self.flags.keep_runs_for.clone(),
            "keep_logs" => self.flags.keep_logs.clone(),
            "max_workbenches" => self.flags.max_workbenches.clone(),
            "least_memory_mb" => self.flags.least_memory_mb.clone(),
            "max_builds" => self.flags.max_builds.clone(),
            "build_timeout" => self.flags.build_timeout.clone(),
            "metrics_token" => self.flags.metrics_token.clone(),
            "poll_interval" => self.flags.poll_interval.clone(),
            "poll_watch_interval" => self.flags.poll_watch_interval.clone(),
            "poll_limit" => self.flags.poll_limit.clone(),
            "poll_max_backoff" => self.flags.poll_max_backoff.clone(),
            "frame_limit" => self.flags.frame_limit.clone(),
            "demo" => switch(self.flags.demo),
            "insecure_cookies" => switch(self.flags.insecure_cookies),
            "log_format" => self.flags.log_format.clone(),
            "log" => self.flags.log.clone(),
            _ => None,
        }
    }

    fn in_file(&self, name: &str) -> Option<String> {
        match name {
            "listen" => self.file.listen.clone(),
            "public_url" => self.file.public_url.clone(),
            "data_dir" => self.file.data_dir.clone(),
            "apps" => self.file.apps.clone(),
            "app_timeout" => self.file.app_timeout.clone(),
            "keep_runs" => self.file.keep_runs.map(|count| count.to_string()),
            "keep_runs_for" => self.file.keep_runs_for.clone(),
            "keep_logs" => self.file.keep_logs.map(|count| count.to_string()),
            "max_workbenches" => self.file.max_workbenches.map(|count| count.to_string()),
            "least_memory_mb" => self.file.least_memory_mb.map(|count| count.to_string()),
            "max_builds" => self.file.max_builds.map(|count| count.to_string()),
            "build_timeout" => self.file.build_timeout.clone(),
            "metrics_token" => self.file.metrics_token.clone(),
            "poll_interval" => self.file.poll_interval.clone(),
            "poll_watch_interval" => self.file.poll_watch_interval.clone(),
            "poll_limit" => self.file.poll_limit.clone(),
            "poll_max_backoff" => self.file.poll_max_backoff.clone(),
            "frame_limit" => self.file.frame_limit.map(|count| count.to_string()),
            "demo" => self.file.demo.map(|on| on.to_string()),
            "insecure_cookies" => self.file.insecure_cookies.map(|on| on.to_string()),
            "log_format" => self.file.log_format.clone(),
            "log" => self.file.log.clone(),
            _ => None,
        }
    }
}

fn read_file(path: &Path) -> anyhow::Result<File> {
    let shown = path.display();
    let text = std::fs::read_to_string(path)
        .with_context(|| format!("failed to read the settings file {shown}"))?;
    toml::from_str(&text).map_err(|error| anyhow!("the settings file {shown} is wrong: {error}"))
}
