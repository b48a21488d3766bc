//! Checks beyond the file's grammar: names, placeholders, ranges.

use super::super::mount::Mount;
use super::placeholders::{OF_AGENT, OF_BUILD, OF_COMMAND, names};
use super::{CatalogueEntry, Fault, parameters, sizes};
use std::iter;
use vestibule_model::names::{MAX_NAME_CHARS, MAX_START_TIMEOUT_SECONDS, env_problem};
use vestibule_model::reconcile::MOST_RESTARTS;

/// Longest grace period, in seconds: an hour.
const MAX_STOP_GRACE_SECONDS: u32 = 3_600;
/// Longest time limit of a probe. A command may have to wait for the end of one.
const MAX_PROBE_SECONDS: u32 = 10;
const MAX_FAILURE_THRESHOLD: u32 = 100;

/// Line of each key of an app.
pub(super) struct Lines {
    app: usize,
    keys: Vec<(String, usize)>,
}

impl Lines {
    pub(super) fn new(app: usize) -> Self {
        Self {
            app,
            keys: Vec::new(),
        }
    }

    pub(super) fn add(&mut self, key: &str, line: usize) {
        self.keys.push((key.to_owned(), line));
    }

    fn of(&self, key: &str) -> usize {
        self.keys
            .iter()
            .find(|(name, _)| name == key)
            .map_or(self.app, |(_, line)| *line)
    }
}

/// Returns every fault of one app by itself.
pub(super) fn entry(entry: &CatalogueEntry, lines: &Lines) -> Vec<Fault> {
    let mut faults = Vec::new();
    let mut complain = |key: &str, message: String| {
        faults.push(Fault {
            line: Some(lines.of(key)),
            message: format!("app `{}`: {message}", entry.name),
        });
    };
    if !is_dns_label(&entry.name) {
        complain(
            "name",
            "`name` must be 1 to 63 lower-case letters, digits or inner hyphens".to_owned(),
        );
    }
    if entry.title.chars().count() > MAX_NAME_CHARS {
        complain(
            "title",
            format!("`title` has more than {MAX_NAME_CHARS} characters"),
        );
    }
    for mount in &entry.mounts {
        if Mount::parse(mount).is_none() {
            complain(
                "mounts",
                format!("`{mount}` is not an absolute path, with `:rw` if it is writable"),
            );
        }
    }
    for device in &entry.devices {
        if !device.starts_with("/dev") {
            complain(
                "devices",
                format!("`{}` is not a path in /dev", device.display()),
            );
        }
    }
    for program in &entry.requires {
        if program.is_empty() || program.contains('\0') {
            complain(
                "requires",
                "`requires` has an empty program name".to_owned(),
            );
        }
    }
    for message in parameters::faults(&entry.parameters) {
        complain("parameters", message);
    }
    for message in sizes::faults(entry.sizes()) {
        complain("size", message);
    }
    let own = entry.parameters.iter();
    let own: Vec<String> = own
        .map(|parameter| format!("param.{}", parameter.name))
        .collect();
    let with_own = |known: &[&'static str]| -> Vec<&str> {
        let own = own.iter().map(String::as_str);
        known.iter().copied().chain(own).collect()
    };
    let (of_command, of_agent) = (with_own(OF_COMMAND), with_own(OF_AGENT));
    let of_build = with_own(OF_BUILD);
    for message in parameters::misplaced("command", &entry.command) {
        complain("command", message);
    }
    for message in arguments("command", &entry.command, &of_command) {
        complain("command", message);
    }
    for step in &entry.build {
        for message in parameters::misplaced("build", step) {
            complain("build", message);
        }
        for message in arguments("build", step, &of_build) {
            complain("build", message);
        }
    }
    if entry.build.is_empty() && uses(&entry.command, "build") {
        complain(
            "command",
            "`command` uses {build}, but there are no `build` steps".to_owned(),
        );
    }
    if entry.uses("socket") && entry.uses("port") {
        complain(
            "command",
            "`command` and `env` use both {socket} and {port}; an app listens on one of them"
                .to_owned(),
        );
    }
    for (name, value) in &entry.env {
        if let Some(problem) = env_problem(name, value) {
            complain("env", format!("`env.{name}`: {problem}"));
        }
        for message in unknown_placeholders("env", value, &of_command) {
            complain("env", message);
        }
    }
    if !is_path(&entry.path) || entry.path.starts_with("//") {
        complain(
            "path",
            "`path` must begin with one / and hold no blanks, e.g. \"/app/\"".to_owned(),
        );
    }
    if let Some(host) = &entry.host {
        for message in unknown_placeholders("host", host, &["port"]) {
            complain("host", message);
        }
        let plain = host.replace("{port}", "1");
        if plain.is_empty()
            || !plain
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b".-:[]".contains(&b))
        {
            complain(
                "host",
                "`host` must be a host name or an address, e.g. \"127.0.0.1:{port}\"".to_owned(),
            );
        }
    }
    if !is_path(&entry.readiness.path) {
        complain(
            "readiness",
            "`readiness.path` must begin with / and hold no blanks, e.g. \"/api/status\""
                .to_owned(),
        );
    }
    if let Some(image) = &entry.image
        && (image.is_empty() || image.contains(char::is_whitespace))
    {
        complain(
            "image",
            "`image` must be the name of an image, e.g. \"registry.example.org/team/app:1\""
                .to_owned(),
        );
    }
    if entry.pod.run_as == Some(0) {
        complain(
            "pod",
            "`pod.run_as` is 0, the superuser; use another number".to_owned(),
        );
    }
    for status in &entry.readiness.status {
        if !(200..=599).contains(status) {
            complain(
                "readiness",
                format!("`readiness.status` has {status}; use 200 to 599"),
            );
        }
    }
    if !(1..=MAX_PROBE_SECONDS).contains(&entry.readiness.timeout_seconds) {
        complain(
            "readiness",
            format!("`readiness.timeout_seconds` must be 1 to {MAX_PROBE_SECONDS}"),
        );
    }
    if !(1..=MAX_FAILURE_THRESHOLD).contains(&entry.readiness.failure_threshold) {
        complain(
            "readiness",
            format!("`readiness.failure_threshold` must be 1 to {MAX_FAILURE_THRESHOLD}"),
        );
    }
    if !(1..=MAX_START_TIMEOUT_SECONDS).contains(&entry.start_timeout_seconds) {
        complain(
            "start_timeout_seconds",
            format!("`start_timeout_seconds` must be 1 to {MAX_START_TIMEOUT_SECONDS}"),
        );
    }
    if entry.stop_grace_seconds > MAX_STOP_GRACE_SECONDS {
        complain(
            "stop_grace_seconds",
            format!("`stop_grace_seconds` must be at most {MAX_STOP_GRACE_SECONDS}"),
        );
    }
    if entry.restart_limit > MOST_RESTARTS {
        complain(
            "restart_limit",
            format!("`restart_limit` must be at most {MOST_RESTARTS}; 0 is never"),
        );
    }
    if let Some(agent) = &entry.agent {
        for command in iter::once(&agent.command).chain(&agent.resume) {
            for message in parameters::misplaced("agent", command) {
                complain("agent", message);
            }
        }
        if let Some(task) = &agent.task {
            for message in unknown_placeholders("agent.task", task, &with_own(&[])) {
                complain("agent", message);
            }
            if entry.restart_limit > 0 {
                complain(
                    "agent",
                    "`agent.task` runs once; set `restart_limit = 0`".to_owned(),
                );
            }
        }
        for message in arguments("agent.command", &agent.command, &of_agent) {
            complain("agent", message);
        }
        for message in agent
            .resume
            .iter()
            .flat_map(|resume| arguments("agent.resume", resume, &of_agent))
        {
            complain("agent", message);
        }
    }
    faults
}

/// Returns a fault for each app that has the name of an earlier one.
pub(super) fn unique_names(apps: &[(CatalogueEntry, Lines)]) -> Vec<Fault> {
    let mut faults = Vec::new();
    for (i, (app, lines)) in apps.iter().enumerate() {
        if let Some((_, first)) = apps[..i].iter().find(|(other, _)| other.name == app.name) {
            faults.push(Fault {
                line: Some(lines.of("name")),
                message: format!(
                    "app `{}`: the name is taken by the app on line {}; choose another",
                    app.name,
                    first.of("name"),
                ),
            });
        }
    }
    faults
}

fn is_path(path: &str) -> bool {
    path.starts_with('/') && path.bytes().all(|b| (0x21..0x7f).contains(&b) && b != b'#')
}

fn is_dns_label(name: &str) -> bool {
    (1..=63).contains(&name.len())
        && name
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
        && !name.starts_with('-')
        && !name.ends_with('-')
}

fn uses(arguments: &[String], placeholder: &str) -> bool {
    arguments
        .iter()
        .any(|argument| names(argument).any(|name| name == placeholder))
}

fn arguments(key: &str, arguments: &[String], known: &[&str]) -> Vec<String> {
    if arguments.first().is_none_or(String::is_empty) {
        return vec![format!(
            "`{key}` is empty; give the program and its arguments, e.g. [\"program\", \"--port\", \"{{port}}\"]"
        )];
    }
    let mut messages = Vec::new();
    for argument in arguments {
        if argument.contains('\0') {
            messages.push(format!("`{key}` holds a NUL character"));
        }
        messages.extend(unknown_placeholders(key, argument, known));
    }
    messages
}

fn unknown_placeholders(key: &str, text: &str, known: &[&str]) -> Vec<String> {
    names(text)
        .filter(|name| !known.contains(name))
        .map(|name| {
            format!(
                "`{key}` has the unknown placeholder {{{name}}}; known here: {}",
                known
                    .iter()
                    .map(|name| format!("{{{name}}}"))
                    .collect::<Vec<_>>()
                    .join(", ")
            )
        })
        .collect()
}
