//! The command line.

use crate::commands::{check_apps, forget_secrets, serve, user};
use crate::settings::Flags;
use crate::{logging, settings, welcome};
use clap::{Args, Parser, Subcommand};
use std::future::Future;
use std::path::PathBuf;
use std::process::ExitCode;

/// Remote workbenches, with an honest front room.
#[derive(Debug, Parser)]
#[command(name = "vestibule", version, max_term_width = 100)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the server
    Serve(Box<Flags>),
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
    /// Watches over one app's process; started by the server
    #[command(hide = true)]
    Supervise { run_dir: PathBuf },
}

#[derive(Debug, Subcommand)]
enum App {
    /// A small web page that shows a workbench's folder
    Welcome(welcome::Options),
}

#[derive(Debug, Subcommand)]
enum User {
    /// Make a user; the password is read from standard input, or made and printed
    Add {
        /// The name to sign in with
        name: String,
        /// Allow everything
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
    /// Where the server keeps everything
    #[arg(long, value_name = "DIR")]
    data_dir: Option<PathBuf>,
    /// The server's settings file
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
}

impl Place {
    fn find(self) -> anyhow::Result<PathBuf> {
        settings::data_dir(self.data_dir, self.config, variable)
    }
}

/// Runs the program.
pub fn main() -> ExitCode {
    let result = match Cli::parse().command {
        // Small, blocking, and before any async runtime exists: there is one for each app.
        Command::Supervise { run_dir } => return supervise(&run_dir),
        Command::Serve(flags) => serve(&flags),
        Command::App(App::Welcome(options)) => block_on(welcome::main(options)),
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
        Err(error) => {
            eprintln!("vestibule: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn supervise(run_dir: &std::path::Path) -> ExitCode {
    vestibule_engine::local::supervisor::main(run_dir)
}

fn serve(flags: &Flags) -> anyhow::Result<()> {
    let settings = settings::Settings::resolve(flags, variable)?;
    logging::start(settings.log_format, &settings.log);
    block_on(serve::run(settings))
}

fn block_on(work: impl Future<Output = anyhow::Result<()>>) -> anyhow::Result<()> {
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?
        .block_on(work)
}

/// An environment variable; one that is not UTF-8 is read as far as that goes, and then refused by
/// the setting it is for.
fn variable(name: &str) -> Option<String> {
    std::env::var_os(name).map(|value| value.to_string_lossy().into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory as _;

    #[test]
    fn the_command_line_is_well_formed() {
        Cli::command().debug_assert();
    }
}
