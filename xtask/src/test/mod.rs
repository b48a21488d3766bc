//! `cargo xtask test`: all checks and tests, step by step.

mod deny;
mod earlier;
mod steps;
mod tally;

use crate::project::Project;
use crate::setup::{self, Need, Toolbox};
use crate::{command, console, parallel, say, server};
use anyhow::{Result, ensure};
use std::ffi::OsStr;
use std::process::{Command, ExitCode};
use std::thread;
use std::time::Instant;
use steps::{Chosen, Step, choose};
use tally::Tally;
use vestibule_cluster::Options;

/// Variable by which Rust's test programs take the number of tests that run at once.
const TEST_THREADS: &str = "RUST_TEST_THREADS";

/// Stories that also run in Firefox: what differs between browsers are cookies, frames, focus,
/// the event stream, locks and channels between tabs, sockets, and typing in editors and terminals.
const IN_FIREFOX: [&str; 10] = [
    "agents::a_message_typed_before_the_agent_is_ready_runs_once_when_it_is",
    "apart::a_framed_page_reaches_neither_the_console_nor_another_workbench",
    "builds::field_18_a_build_is_followed_to_its_end_also_over_a_reload",
    "frames::typed_text_survives_visits_to_the_list_and_another_workbench",
    "journey::from_sign_in_to_the_app_and_back",
    "keyboard::from_sign_in_to_the_app_without_a_mouse",
    "live::stream_reconnects_after_a_server_restart_without_a_reload",
    "moments::a_bookmark_of_an_app_leads_into_it",
    "sign_in::signing_out_in_one_tab_signs_out_the_others_at_once",
    "tabs::a_terminal_opens_at_once_and_outlives_reloads_and_servers",
];

/// Stories that need a cluster.
const STORIES: &str = "on_a_cluster::";

/// Number of times that `--long` has a test kill the server.
const LONG_KILLS: &str = "200";

/// Runs the named steps, or all, also after one has failed.
pub fn command(project: &Project, args: &[String]) -> Result<ExitCode> {
    let Chosen {
        steps,
        filters,
        long,
    } = choose(args)?;
    let began = Instant::now();
    let toolbox = setup::ensure(project, Need::Test)?;
    say::note(&format!("set-up: {}", say::time(began.elapsed())));

    let runner = Runner {
        project,
        toolbox: &toolbox,
        filters: &filters,
        long,
        needs_console: steps.iter().any(|(_, step)| step.drives_console()),
    };
    let mut total = Tally::default();
    let mut lines = Vec::new();
    for (name, step) in steps {
        say::step(name);
        let began = Instant::now();
        let tally = runner.step(step).unwrap_or_else(|error| {
            say::failed(&format!("{error:#}"));
            Tally::one(false)
        });
        let time = say::time(began.elapsed());
        let line = format!("{name:10} {time:>13}   {tally}");
        if tally.failed == 0 {
            say::done(&line);
        } else {
            say::failed(&line);
        }
        lines.push(line);
        total += tally;
    }

    say::result(&format!("\n{}", lines.join("\n")));
    let all = "all";
    say::result(&format!("{all:10} {:>13}", say::time(began.elapsed())));
    say::result(&format!("\n{total}"));
    Ok(if total.failed == 0 && total.passed + total.skipped > 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

struct Runner<'a> {
    project: &'a Project,
    toolbox: &'a Toolbox,
    filters: &'a [String],
    long: bool,
    /// A step of this run drives the console.
    needs_console: bool,
}

impl Runner<'_> {
    fn step(&self, step: Step) -> Result<Tally> {
        match step {
            Step::Fmt => check(self.lint()?.args(["fmt", "--all", "--check"])),
            Step::Clippy => {
                self.clippy(&["--all-targets"])?;
                // All targets are those that run by default.
                self.clippy(&["--test", "e2e", "--test", "attacks", "--test", "monkey"])
            }
            Step::Doc => check(
                self.lint()?
                    .args(["doc", "--locked", "--workspace", "--no-deps"])
                    .env("RUSTDOCFLAGS", "-Dwarnings"),
            ),
            Step::Deny => deny::run(self.project, self.toolbox),
            Step::Cycles => self.cycles(),
            Step::Native => thread::scope(|scope| {
                // These tests leave a third of the processors' time unused, and the console's compiler uses one
                // core for minutes. The step that needs the console reports its errors.
                if self.needs_console {
                    scope.spawn(|| console::build(self.project, self.toolbox));
                }
                self.native()
            }),
            Step::Kubernetes => self.kubernetes(),
            Step::Wasm => self.wasm(),
            // It measures what the browser fetches in a fixed time: alone, and with its report.
            Step::Size => self.e2e(&["size::", "--nocapture"], &[]),
            Step::E2e => {
                let filters = self.filters.iter().map(String::as_str);
                self.e2e(
                    &filters.chain(["--skip", "size::"]).collect::<Vec<_>>(),
                    &[],
                )
            }
            // Alone, and with its report.
            Step::Monkey => {
                let seconds = monkey_seconds(self.long);
                let time = [("VESTIBULE_MONKEY_SECONDS", OsStr::new(&seconds))];
                self.stories("monkey", &["--nocapture"], &time)
            }
            Step::Attacks => {
                setup::ensure_caddy(self.project)?;
                self.stories("attacks", &[], &[])
            }
            Step::Fuzz => self.fuzz(),
            // Installs, opens, uses and stops each app of `catalogue/tried.toml`.
            Step::Apps => self.e2e(&["tried::", "--include-ignored", "--nocapture"], &[]),
            Step::Firefox => self.firefox(),
            Step::Upgrade => {
                let earlier = earlier::build(self.project, self.toolbox)?;
                self.e2e(
                    &["upgrade::", "--include-ignored"],
                    &[("VESTIBULE_EARLIER_BIN", earlier.as_os_str())],
                )
            }
        }
    }

    fn clippy(&self, targets: &[&str]) -> Result<Tally> {
        let mut cargo = self.lint()?;
        cargo
            .args(["clippy", "--locked", "--workspace", "--keep-going"])
            .args(targets)
            .args(["--", "-D", "warnings"]);
        check(&mut cargo)
    }

    /// Prints the import cycles of each crate, which the step `native` only counts.
    fn cycles(&self) -> Result<Tally> {
        let mut cargo = self.toolbox.command(self.project, "cargo")?;
        cargo
            .args(["test", "--locked", "--package", "xtask"])
            .args(["--test", "cycles", "--", "--nocapture"]);
        count(&mut cargo)
    }

    fn native(&self) -> Result<Tally> {
        let mut cargo = self.toolbox.command(self.project, "cargo")?;
        cargo
            .args(["test", "--locked", "--no-fail-fast", "--workspace"])
            .env(
                "VESTIBULE_OIDC_PROVIDER",
                setup::oidc_provider(self.project),
            );
        if self.long {
            cargo.env("VESTIBULE_TEST_KILLS", LONG_KILLS);
        }
        count(&mut cargo)
    }

    /// Runs the tests on a Kubernetes cluster, if its programs are there or can be built.
    fn kubernetes(&self) -> Result<Tally> {
        let is_ci = std::env::var_os("CI").is_some_and(|value| value == "true");
        if !is_ci && !setup::has_cluster_programs_or_go(self.project)? {
            say::note("skipped: the cluster's programs are built with Go, which isn't installed");
            return Ok(Tally::skipped());
        }
        let programs = setup::ensure_cluster_programs(self.project)?;
        let (variable, folders) = programs.environment()?;
        let filters = self.filters.iter().map(String::as_str);
        let (stories, others): (Vec<_>, Vec<_>) =
            filters.partition(|filter| filter.starts_with(STORIES));
        let are_all = self.filters.is_empty();
        let mut cargo = self.toolbox.command(self.project, "cargo")?;
        cargo
            .args(["test", "--locked", "--no-fail-fast", "--workspace"])
            .args(["--test", "cluster", "--", "--include-ignored"])
            .args(&others)
            .env(variable, &folders);
        if self.long {
            cargo.env("VESTIBULE_TEST_KILLS", LONG_KILLS);
        }
        if !is_ci && !Options::can_have_node()? {
            say::note("skipped: tests of a node need root");
            let without = ["--skip", "node::", "--skip", "conformance::"];
            let mut tally = count(cargo.args(without))?;
            tally += Tally::skipped();
            return Ok(tally);
        }
        let mut tally = Tally::default();
        if are_all || !others.is_empty() {
            tally += count(&mut cargo)?;
        }
        if are_all || !stories.is_empty() {
            let named = if are_all { vec![STORIES] } else { stories };
            let arguments = [named, vec!["--include-ignored"]].concat();
            tally += self.e2e(&arguments, &[(variable, &folders)])?;
        }
        Ok(tally)
    }

    /// Runs the fuzz targets, each for a while.
    fn fuzz(&self) -> Result<Tally> {
        let mut cargo = self.toolbox.command(self.project, "cargo")?;
        cargo
            .args(["test", "--locked", "--no-fail-fast", "--workspace"])
            .args(["--test", "fuzz", "--", "--nocapture"])
            .env("VESTIBULE_FUZZ_SECONDS", fuzz_seconds(self.long));
        count(&mut cargo)
    }

    fn wasm(&self) -> Result<Tally> {
        let browser = self.toolbox.browser()?;
        let mut cargo = self.toolbox.command(self.project, "cargo")?;
        cargo
            .args(["test", "--locked", "--no-fail-fast", "--lib"])
            .args(["--package", "vestibule-console"])
            .args(["--target", "wasm32-unknown-unknown"])
            .env("CHROMEDRIVER", &browser.driver)
            // For all tests together; the default of 20 s is too short on a busy machine.
            .env("WASM_BINDGEN_TEST_TIMEOUT", "120")
            .env(
                "CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUNNER",
                "wasm-bindgen-test-runner",
            );
        count(&mut cargo)
    }

    fn e2e(&self, arguments: &[&str], environment: &[(&str, &OsStr)]) -> Result<Tally> {
        self.stories("e2e", arguments, environment)
    }

    /// Runs tests of the end-to-end package against the release build.
    fn stories(
        &self,
        test: &str,
        arguments: &[&str],
        environment: &[(&str, &OsStr)],
    ) -> Result<Tally> {
        server::build(self.project, self.toolbox)?;
        let browser = self.toolbox.browser()?;
        let mut cargo = self.toolbox.command(self.project, "cargo")?;
        cargo
            // With all packages selected, as in the step `native`, dependencies have the same features
            // and aren't compiled again.
            .args(["test", "--locked", "--no-fail-fast", "--workspace"])
            .args(["--test", test, "--"])
            .args(arguments)
            // The story's own report says more than a backtrace.
            .env("RUST_LIB_BACKTRACE", "0")
            .env("VESTIBULE_BIN", self.project.server_binary())
            .env("CHROMEDRIVER", &browser.driver)
            .env("CHROMIUM", &browser.program)
            .env("VESTIBULE_AXE", setup::axe(self.project))
            .env(
                "VESTIBULE_OIDC_PROVIDER",
                setup::oidc_provider(self.project),
            )
            .envs(environment.iter().copied());
        count(&mut cargo)
    }

    fn firefox(&self) -> Result<Tally> {
        let tally = self.e2e(
            &[&["--exact"], IN_FIREFOX.as_slice()].concat(),
            &[
                ("VESTIBULE_TEST_BROWSER", "firefox".as_ref()),
                ("FIREFOX", self.toolbox.firefox()?.as_os_str()),
            ],
        )?;
        // A story that was renamed isn't run.
        ensure!(
            tally.passed + tally.failed >= IN_FIREFOX.len(),
            "some of the stories for Firefox don't exist: {tally}"
        );
        Ok(tally)
    }

    /// Runs Clippy, rustfmt and rustdoc, which belong to cargo's default compiler.
    fn lint(&self) -> Result<Command> {
        self.toolbox.plain(self.project, "cargo")
    }
}

/// Returns the time for each fuzz target, unless the caller has set one.
fn fuzz_seconds(is_long: bool) -> String {
    let default = if is_long { "600" } else { "20" };
    std::env::var("VESTIBULE_FUZZ_SECONDS").unwrap_or_else(|_| default.to_owned())
}

/// Returns the time of the monkey, unless the caller has set one.
fn monkey_seconds(is_long: bool) -> String {
    let default = if is_long { "1200" } else { "60" };
    std::env::var("VESTIBULE_MONKEY_SECONDS").unwrap_or_else(|_| default.to_owned())
}

/// Runs a check that passes or fails as a whole.
fn check(command: &mut Command) -> Result<Tally> {
    command::run(command, "the check")?;
    Ok(Tally::one(true))
}

/// Returns the number of tests that run at once. Most of them wait for a browser, a process or a cluster:
/// with two tests on two cores, a third of the processors' time is unused.
fn test_threads() -> usize {
    parallel::cores() + 2
}

/// Runs tests and counts them. A failure without a summary, such as that of the compiler, counts as
/// one failed test; so does a step that runs no test.
fn count(command: &mut Command) -> Result<Tally> {
    if std::env::var_os(TEST_THREADS).is_none() {
        command.env(TEST_THREADS, test_threads().to_string());
    }
    let mut tally = Tally::default();
    let succeeded = command::run_lines(command, |line| {
        tally += Tally::of_line(line).unwrap_or_default();
    })?;
    if succeeded && tally.passed == 0 {
        say::failed("no test ran");
    }
    if tally.failed == 0 && (!succeeded || tally.passed == 0) {
        tally += Tally::one(false);
    }
    Ok(tally)
}
