//! Command line.

use crate::commands::{check_apps, forget_secrets, serve, user};
use crate::logging;
use crate::settings::{Layers, SettingError, Settings};
use anyhow::{Context as _, bail};
use clap::{Args, CommandFactory as _, FromArgMatches as _, Parser, Subcommand};
use nix::sys::stat::{Mode, umask};
use std::ffi::OsString;
use std::future::Future;
use std::io::{self, Write as _};
use std::path::PathBuf;
use std::process::ExitCode;

/// Remote workbenches with a web console
#[derive(Debug, Parser)]
#[command(name = "vestibule", version, max_term_width = 100)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the server
    Serve(Box<Settings>),
    /// Run one of the built-in apps
    #[command(subcommand)]
    App(App),
    /// Manage users
    #[command(subcommand)]
    User(User),
    /// Check a catalogue of apps and say what is wrong with it
    CheckApps {
        /// The catalogue
        file: PathBuf,
    },
    /// Delete every workspace's secrets, when the key to them is lost
    ForgetSecrets {
        #[command(flatten)]
        place: Place,
    },
    /// Watches one app's process; started by the server
    #[command(hide = true)]
    Supervise { run_dir: PathBuf },
    /// Stands between one app's process and its supervisor; started by that
    #[command(hide = true)]
    Runner { run_id: String },
}

#[derive(Debug, Subcommand)]
enum App {
    /// A small web page that shows a workbench's folder
    Welcome(vestibule_welcome::Options),
    /// A web page to browse, download and upload the files of a workbench's folder
    Files(vestibule_welcome::Options),
}

#[derive(Debug, Subcommand)]
enum User {
    /// Create a user; the password is read from standard input, or generated and printed
    Add {
        /// The name to sign in with
        name: String,
        /// Grant every permission
        #[arg(long)]
        admin: bool,
        #[command(flatten)]
        place: Place,
    },
    /// Give a user a new password and sign them out everywhere
    ResetPassword {
        /// The name they sign in with
        name: String,
        #[command(flatten)]
        place: Place,
    },
}

#[derive(Debug, Args)]
struct Place {
    /// Folder of the server's data
    #[arg(long, value_name = "DIR")]
    data_dir: Option<PathBuf>,
    /// The server's settings file
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
}

impl Place {
    /// Returns the data folder that a server with these flags uses.
    fn find(self) -> anyhow::Result<PathBuf> {
        let mut line = vec![OsString::from("vestibule"), OsString::from("serve")];
        for (flag, value) in [("--data-dir", self.data_dir), ("--config", self.config)] {
            if let Some(value) = value {
                line.extend([OsString::from(flag), value.into_os_string()]);
            }
        }
        match parse(&line).context("failed to find the data folder")? {
            Command::Serve(settings) => Ok(settings.data_dir),
            _ => bail!("failed to find the data folder"),
        }
    }
}

/// Parses a command line together with the environment and the settings file.
fn parse(line: &[OsString]) -> Result<Command, SettingError> {
    let matches = Layers::parse(&Cli::command(), "serve", line, variable)?;
    Ok(Cli::from_arg_matches(&matches)?.command)
}

/// Runs the program.
pub fn main() -> ExitCode {
    let line: Vec<OsString> = std::env::args_os().collect();
    let command = match parse(&line) {
        Ok(command) => command,
        Err(SettingError::CommandLine(error)) => error.exit(),
        Err(error) => return fail(&error.into()),
    };
    if !matches!(
        command,
        Command::Supervise { .. } | Command::Runner { .. } | Command::App(_)
    ) {
        // The data folder holds passwords' hashes, secrets and people's files.
        umask(Mode::from_bits_truncate(0o077));
    }
    let result = match command {
        // The supervisor is small, blocking, and starts no async runtime: there is one for each
        // app.
        Command::Supervise { run_dir } => return supervise(&run_dir),
        Command::Runner { .. } => return vestibule_engine::local::runner::main(),
        Command::Serve(settings) => serve(*settings),
        Command::App(App::Welcome(options)) => block_on(vestibule_welcome::main(
            vestibule_welcome::App::Welcome,
            options,
        )),
        Command::App(App::Files(options)) => block_on(vestibule_welcome::main(
            vestibule_welcome::App::Files,
            options,
        )),
        Command::User(User::Add { name, admin, place }) => {
            place.find().and_then(|dir| user::add(&dir, &name, admin))
        }
        Command::User(User::ResetPassword { name, place }) => place
            .find()
            .and_then(|dir| user::reset_password(&dir, &name)),
        Command::ForgetSecrets { place } => place.find().and_then(|dir| forget_secrets::run(&dir)),
        Command::CheckApps { file } => check_apps::run(&file),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => fail(&error),
    }
}

fn fail(error: &anyhow::Error) -> ExitCode {
    // `eprintln!` panics where stderr is closed.
    let _ = writeln!(io::stderr(), "vestibule: {error:#}");
    ExitCode::FAILURE
}

fn supervise(run_dir: &std::path::Path) -> ExitCode {
    vestibule_engine::local::supervisor::main(run_dir)
}

fn serve(settings: Settings) -> anyhow::Result<()> {
    settings.check()?;
    let _log = logging::start(settings.log_format, &settings.log);
    block_on(serve::run(settings))
}

fn block_on(work: impl Future<Output = anyhow::Result<()>>) -> anyhow::Result<()> {
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?
        .block_on(work)
}

/// Returns an environment variable. Bytes that are not UTF-8 are replaced, and the setting refuses
/// the value.
fn variable(name: &str) -> Option<String> {
    std::env::var_os(name).map(|value| value.to_string_lossy().into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_well_formed() {
        Cli::command().debug_assert();
    }
}
