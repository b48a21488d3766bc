//! Command line.

use crate::commands::{
    check_apps, cluster_role, crd, forget_secrets, grant, import, limits, openapi, serve, user,
};
use crate::console_files::ConsoleFiles;
use crate::logging;
use crate::panics;
use crate::settings::{Layers, SettingError, Settings};
use anyhow::{Context as _, bail};
use clap::{Args, CommandFactory as _, FromArgMatches as _, Parser, Subcommand};
use nix::sys::stat::{Mode, umask};
use std::ffi::OsString;
use std::future::Future;
use std::io::{self, Write as _};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;
use vestibule_engine::pod;
use vestibule_model::access::Scope;

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
    /// Manage the roles of users
    #[command(subcommand)]
    Grant(Grant),
    /// Manage the default and longest times of runs and of idleness
    #[command(subcommand)]
    Limits(Limits),
    /// Print the OpenAPI document of the API
    Openapi,
    /// Print the definition of the resource AgenticSession, for `kubectl apply -f -`
    Crd,
    /// Print the ClusterRole with the rights that the server needs, for `kubectl apply -f -`
    ClusterRole(cluster_role::Options),
    /// Turn resources of other definitions into those of this one
    #[command(subcommand)]
    Import(import::Import),
    /// Check a catalogue of apps and say what is wrong with it
    CheckApps {
        /// The catalogue
        file: PathBuf,
    },
    /// Delete every workspace's secrets, when the key to them is lost
    ForgetSecrets {
        #[command(flatten)]
        place: DataDirArgs,
    },
    /// Watches one app's process; started by the server
    #[command(hide = true)]
    Supervise { run_dir: PathBuf },
    /// Runs between the supervisor and the app; started by the supervisor
    #[command(hide = true)]
    Runner { run_id: String },
    /// Runs an app in its container on a cluster, as process 1
    #[command(hide = true)]
    PodRunner { orders: PathBuf },
    /// Copies this program into a folder that containers share
    #[command(hide = true)]
    CopyProgram { folder: PathBuf },
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
        place: DataDirArgs,
    },
    /// Create a user and print an invitation link, or print a new one for a user without a password
    Invite {
        /// The name to sign in with
        name: String,
        /// Grant every permission
        #[arg(long)]
        admin: bool,
        #[command(flatten)]
        place: DataDirArgs,
    },
    /// Print all users
    List {
        #[command(flatten)]
        place: DataDirArgs,
    },
    /// Keep a user from signing in, and sign them out everywhere
    Disable(Named),
    /// Let a disabled user sign in again
    Enable(Named),
    /// Sign a user out everywhere
    SignOut(Named),
    /// Delete a user; their workbenches stay
    Delete(Named),
    /// Let a user sign in through an identity provider
    Link {
        /// The name they sign in with
        name: String,
        /// The provider's id in the file of providers
        provider: String,
        /// The person's subject (`sub`) at the provider
        subject: String,
        #[command(flatten)]
        place: DataDirArgs,
    },
    /// Give a user a new password and sign them out everywhere
    ResetPassword {
        /// The name they sign in with
        name: String,
        #[command(flatten)]
        place: DataDirArgs,
    },
}

#[derive(Debug, Args)]
struct Named {
    /// The name they sign in with
    name: String,
    #[command(flatten)]
    place: DataDirArgs,
}

#[derive(Debug, Subcommand)]
enum Grant {
    /// Give a user a role, on the platform unless a scope is named
    Add {
        /// The name they sign in with
        user: String,
        /// The role, such as workspace-member
        role: String,
        /// Only in this workspace; `*` for every one
        #[arg(long, value_name = "ID", conflicts_with = "workbench")]
        workspace: Option<String>,
        /// Only on this workbench
        #[arg(long, value_name = "ID")]
        workbench: Option<String>,
        /// Time after which the grant ends, such as 8h
        #[arg(long, value_name = "TIME", value_parser = humantime::parse_duration)]
        lasts: Option<Duration>,
        #[command(flatten)]
        place: DataDirArgs,
    },
    /// Print a user's grants
    List(Named),
    /// Take a grant from a user
    Remove {
        /// The name they sign in with
        user: String,
        /// The grant's identifier, as `grant list` prints it
        id: String,
        #[command(flatten)]
        place: DataDirArgs,
    },
}

#[derive(Debug, Subcommand)]
enum Limits {
    /// Print the limits of the installation
    Show {
        /// Print those of this workspace, and what is in force there
        #[arg(long, value_name = "ID")]
        workspace: Option<String>,
        #[command(flatten)]
        place: DataDirArgs,
    },
    /// Change the limits of the installation; each is a time such as 8h, or `none`
    #[command(group = clap::ArgGroup::new("times").required(true).multiple(true))]
    Set {
        /// Change those of this workspace
        #[arg(long, value_name = "ID")]
        workspace: Option<String>,
        /// Time limit of a run whose workbench names none
        #[arg(long, value_name = "TIME", group = "times", value_parser = limits::time)]
        run_default: Option<limits::Time>,
        /// Longest time limit of a run
        #[arg(long, value_name = "TIME", group = "times", value_parser = limits::time)]
        run_max: Option<limits::Time>,
        /// Time without use after which a run is stopped, where its workbench names none
        #[arg(long, value_name = "TIME", group = "times", value_parser = limits::time)]
        idle_default: Option<limits::Time>,
        /// Longest time without use
        #[arg(long, value_name = "TIME", group = "times", value_parser = limits::time)]
        idle_max: Option<limits::Time>,
        #[command(flatten)]
        place: DataDirArgs,
    },
}

#[derive(Debug, Args)]
struct DataDirArgs {
    /// Folder of the server's data
    #[arg(long, value_name = "DIR")]
    data_dir: Option<PathBuf>,
    /// The server's settings file
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
}

impl DataDirArgs {
    /// Returns the data folder that a server with these flags uses.
    fn find(self) -> anyhow::Result<PathBuf> {
        Ok(self.settings()?.data_dir)
    }

    /// Returns the settings of a server with these flags.
    fn settings(self) -> anyhow::Result<Settings> {
        let mut line = vec![OsString::from("vestibule"), OsString::from("serve")];
        for (flag, value) in [("--data-dir", self.data_dir), ("--config", self.config)] {
            if let Some(value) = value {
                line.extend([OsString::from(flag), value.into_os_string()]);
            }
        }
        match parse(&line).context("failed to find the data folder")? {
            Command::Serve(settings) => Ok(*settings),
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
pub fn main(files: ConsoleFiles) -> ExitCode {
    panics::report_in_one_line();
    let line: Vec<OsString> = std::env::args_os().collect();
    let command = match parse(&line) {
        Ok(command) => command,
        Err(SettingError::CommandLine(error)) => error.exit(),
        Err(error) => return fail(&error.into()),
    };
    if !matches!(
        command,
        Command::Supervise { .. }
            | Command::Runner { .. }
            | Command::PodRunner { .. }
            | Command::App(_)
    ) {
        // The data folder holds passwords' hashes, secrets and people's files.
        umask(Mode::from_bits_truncate(0o077));
    }
    let result = match command {
        // The supervisor is small, blocking, and starts no async runtime: there is one for each
        // app.
        Command::Supervise { run_dir } => return supervise(&run_dir),
        Command::Runner { .. } => return vestibule_engine::local::runner::main(),
        Command::PodRunner { orders } => return pod::main(&orders),
        Command::CopyProgram { folder } => return pod::copy_program(&folder),
        Command::Serve(settings) => serve(*settings, files),
        Command::App(App::Welcome(options)) => block_on(vestibule_welcome::main(
            vestibule_welcome::App::Welcome,
            options,
        )),
        Command::App(App::Files(options)) => block_on(vestibule_welcome::main(
            vestibule_welcome::App::Files,
            options,
        )),
        Command::User(user) => manage_user(user),
        Command::Grant(grant) => manage_grant(grant),
        Command::Limits(limits) => manage_limits(limits),
        Command::ForgetSecrets { place } => place.find().and_then(|dir| forget_secrets::run(&dir)),
        Command::Openapi => openapi::run(),
        Command::Crd => crd::run(),
        Command::ClusterRole(options) => cluster_role::run(&options),
        Command::Import(what) => import::run(&what),
        Command::CheckApps { file } => check_apps::run(&file),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => fail(&error),
    }
}

fn manage_user(user: User) -> anyhow::Result<()> {
    match user {
        User::Add { name, admin, place } => {
            let settings = place.settings()?;
            user::add(
                &settings.data_dir,
                &name,
                admin,
                settings.default_role(settings.isolation_level()),
            )
        }
        User::Invite { name, admin, place } => user::invite(&place.settings()?, &name, admin),
        User::Link {
            name,
            provider,
            subject,
            place,
        } => user::link(&place.settings()?, &name, &provider, &subject),
        User::ResetPassword { name, place } => user::reset_password(&place.find()?, &name),
        User::List { place } => user::list(&place.find()?),
        User::Disable(Named { name, place }) => user::set_disabled(&place.find()?, &name, true),
        User::Enable(Named { name, place }) => user::set_disabled(&place.find()?, &name, false),
        User::SignOut(Named { name, place }) => user::sign_out(&place.find()?, &name),
        User::Delete(Named { name, place }) => user::delete(&place.find()?, &name),
    }
}

fn manage_grant(grant: Grant) -> anyhow::Result<()> {
    match grant {
        Grant::Add {
            user,
            role,
            workspace,
            workbench,
            lasts,
            place,
        } => {
            let scope = match (workspace, workbench) {
                (Some(id), _) => Scope::Workspace(id),
                (None, Some(id)) => Scope::Workbench(id),
                (None, None) => Scope::Platform(true),
            };
            grant::add(&place.find()?, &user, &role, &scope, lasts)
        }
        Grant::List(Named { name, place }) => grant::list(&place.find()?, &name),
        Grant::Remove { user, id, place } => grant::remove(&place.find()?, &user, &id),
    }
}

fn manage_limits(limits: Limits) -> anyhow::Result<()> {
    match limits {
        Limits::Show { workspace, place } => limits::show(&place.find()?, workspace.as_deref()),
        Limits::Set {
            workspace,
            run_default,
            run_max,
            idle_default,
            idle_max,
            place,
        } => {
            let changes = limits::Changes {
                run_default,
                run_max,
                idle_default,
                idle_max,
            };
            limits::set(&place.find()?, workspace.as_deref(), changes)
        }
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

fn serve(settings: Settings, files: ConsoleFiles) -> anyhow::Result<()> {
    settings.check()?;
    let _log = logging::start(settings.log_format, &settings.log);
    block_on(serve::run(settings, files))
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
