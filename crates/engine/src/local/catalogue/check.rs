//! Checks beyond the file's grammar: names, placeholders, ranges.

use super::super::mount::Mount;
use super::placeholders::{OF_AGENT, OF_BUILD, OF_COMMAND, names};
use super::{CatalogueEntry, Fault, parameters, sizes};
use vestibule_model::reconcile::MOST_RESTARTS;
use vestibule_model::validation::{MAX_NAME_CHARS, MAX_START_TIMEOUT_SECONDS, env_problem};

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
    let mut check = Check {
        entry,
        lines,
        faults: Vec::new(),
    };
    check.identity();
    check.access();
    check.parameters_and_sizes();
    check.command_and_build();
    check.environment();
    check.addresses();
    check.readiness();
    check.limits();
    check.pod();
    check.agent();
    check.faults
}

/// The check of one app.
struct Check<'a> {
    entry: &'a CatalogueEntry,
    lines: &'a Lines,
    faults: Vec<Fault>,
}

impl Check<'_> {
    /// Adds a fault at the line of a key.
    fn add(&mut self, key: &str, message: impl Into<String>) {
        self.faults.push(Fault {
            line: Some(self.lines.of(key)),
            message: format!("app `{}`: {}", self.entry.name, message.into()),
        });
    }

    fn add_all(&mut self, key: &str, messages: impl IntoIterator<Item = String>) {
        for message in messages {
            self.add(key, message);
        }
    }

    /// Returns the known placeholders and those of the app's parameters.
    fn with_parameters(&self, known: &[&'static str]) -> Vec<String> {
        let known = known.iter().map(|&name| name.to_owned());
        let own = self.entry.parameters.iter();
        known
            .chain(own.map(|parameter| format!("param.{}", parameter.name)))
            .collect()
    }

    fn identity(&mut self) {
        if !is_dns_label(&self.entry.name) {
            self.add(
                "name",
                "`name` must be 1 to 63 lower-case letters, digits or inner hyphens",
            );
        }
        if self.entry.title.chars().count() > MAX_NAME_CHARS {
            self.add(
                "title",
                format!("`title` has more than {MAX_NAME_CHARS} characters"),
            );
        }
    }

    fn access(&mut self) {
        for mount in &self.entry.mounts {
            if Mount::parse(mount).is_none() {
                self.add(
                    "mounts",
                    format!("`{mount}` is not an absolute path, with `:rw` if it is writable"),
                );
            }
        }
        for device in &self.entry.devices {
            if !device.starts_with("/dev") {
                self.add(
                    "devices",
                    format!("`{}` is not a path in /dev", device.display()),
                );
            }
        }
        let is_no_name = |program: &String| program.is_empty() || program.contains('\0');
        if self.entry.requires.iter().any(is_no_name) {
            self.add("requires", "`requires` has an empty program name");
        }
    }

    fn parameters_and_sizes(&mut self) {
        self.add_all("parameters", parameters::faults(&self.entry.parameters));
        self.add_all("size", sizes::faults(self.entry.sizes()));
    }

    fn command_and_build(&mut self) {
        let entry = self.entry;
        let (of_command, of_build) = (
            self.with_parameters(OF_COMMAND),
            self.with_parameters(OF_BUILD),
        );
        self.add_all("command", parameters::misplaced("command", &entry.command));
        self.add_all("command", arguments("command", &entry.command, &of_command));
        for step in &entry.build {
            self.add_all("build", parameters::misplaced("build", step));
            self.add_all("build", arguments("build", step, &of_build));
        }
        if entry.build.is_empty() && uses(&entry.command, "build") {
            self.add(
                "command",
                "`command` uses {build}, but there are no `build` steps",
            );
        }
        if entry.uses("socket") && entry.uses("port") {
            self.add(
                "command",
                "`command` and `env` use both {socket} and {port}; an app listens on one of them",
            );
        }
    }

    fn environment(&mut self) {
        let of_command = self.with_parameters(OF_COMMAND);
        for (name, value) in &self.entry.env {
            if let Some(problem) = env_problem(name, value) {
                self.add("env", format!("`env.{name}`: {problem}"));
            }
            self.add_all("env", unknown_placeholders("env", value, &of_command));
        }
    }

    fn addresses(&mut self) {
        let entry = self.entry;
        if !is_path(&entry.path) || entry.path.starts_with("//") {
            self.add(
                "path",
                "`path` must begin with one / and hold no blanks, e.g. \"/app/\"",
            );
        }
        let Some(host) = &entry.host else {
            return;
        };
        self.add_all(
            "host",
            unknown_placeholders("host", host, &["port".to_owned()]),
        );
        let plain = host.replace("{port}", "1");
        let is_part = |b: u8| b.is_ascii_alphanumeric() || b".-:[]".contains(&b);
        if plain.is_empty() || !plain.bytes().all(is_part) {
            self.add(
                "host",
                "`host` must be a host name or an address, e.g. \"127.0.0.1:{port}\"",
            );
        }
    }

    fn readiness(&mut self) {
        let readiness = &self.entry.readiness;
        if !is_path(&readiness.path) {
            self.add(
                "readiness",
                "`readiness.path` must begin with / and hold no blanks, e.g. \"/api/status\"",
            );
        }
        for status in &readiness.status {
            if !(200..=599).contains(status) {
                self.add(
                    "readiness",
                    format!("`readiness.status` has {status}; use 200 to 599"),
                );
            }
        }
        if !(1..=MAX_PROBE_SECONDS).contains(&readiness.timeout_seconds) {
            self.add(
                "readiness",
                format!("`readiness.timeout_seconds` must be 1 to {MAX_PROBE_SECONDS}"),
            );
        }
        if !(1..=MAX_FAILURE_THRESHOLD).contains(&readiness.failure_threshold) {
            self.add(
                "readiness",
                format!("`readiness.failure_threshold` must be 1 to {MAX_FAILURE_THRESHOLD}"),
            );
        }
    }

    fn limits(&mut self) {
        let entry = self.entry;
        if !(1..=MAX_START_TIMEOUT_SECONDS).contains(&entry.start_timeout_seconds) {
            self.add(
                "start_timeout_seconds",
                format!("`start_timeout_seconds` must be 1 to {MAX_START_TIMEOUT_SECONDS}"),
            );
        }
        if entry.stop_grace_seconds > MAX_STOP_GRACE_SECONDS {
            self.add(
                "stop_grace_seconds",
                format!("`stop_grace_seconds` must be at most {MAX_STOP_GRACE_SECONDS}"),
            );
        }
        if entry.restart_limit > MOST_RESTARTS {
            self.add(
                "restart_limit",
                format!("`restart_limit` must be at most {MOST_RESTARTS}; 0 is never"),
            );
        }
    }

    fn pod(&mut self) {
        let image = self.entry.image.as_deref();
        if image.is_some_and(|image| image.is_empty() || image.contains(char::is_whitespace)) {
            self.add(
                "image",
                "`image` must be the name of an image, e.g. \"registry.example.org/team/app:1\"",
            );
        }
    }

    fn agent(&mut self) {
        let Some(agent) = &self.entry.agent else {
            return;
        };
        let of_agent = self.with_parameters(OF_AGENT);
        self.add_all("agent", parameters::misplaced("agent", &agent.command));
        self.add_all(
            "agent",
            arguments("agent.command", &agent.command, &of_agent),
        );
        if let Some(resume) = &agent.resume {
            self.add_all("agent", parameters::misplaced("agent", resume));
            self.add_all("agent", arguments("agent.resume", resume, &of_agent));
        }
        if let Some(task) = &agent.task {
            let known = self.with_parameters(&[]);
            self.add_all("agent", unknown_placeholders("agent.task", task, &known));
            if self.entry.restart_limit > 0 {
                self.add("agent", "`agent.task` runs once; set `restart_limit = 0`");
            }
        }
    }
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

fn arguments(key: &str, arguments: &[String], known: &[String]) -> Vec<String> {
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

fn unknown_placeholders(key: &str, text: &str, known: &[String]) -> Vec<String> {
    names(text)
        .filter(|name| !known.iter().any(|one| one == name))
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
