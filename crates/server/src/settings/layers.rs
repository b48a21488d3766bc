//! Layers of settings below the flags: the environment, the settings file and the home folder.
//!
//! A value of a lower layer becomes the default of its flag, so that clap parses each value once and
//! by one rule. (clap's own `env` reads the environment of the process, which a test cannot set.)

use crate::toml_fault::toml_fault;
use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{ArgMatches, Command};
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use thiserror::Error;
use vestibule_engine::local::small_file;

/// Error of the command line or of a setting.
#[derive(Debug, Error)]
pub enum SettingError {
    /// A value does not fit its setting, or the settings file cannot be read.
    #[error("{0}")]
    Wrong(String),
    /// The command line is not understood, or asks for help or the version.
    #[error(transparent)]
    CommandLine(#[from] clap::Error),
}

/// Values by setting, each with the place where it was found.
#[derive(Debug, Default)]
pub struct Layers {
    values: BTreeMap<String, (String, String)>,
}

impl Layers {
    /// Parses a command line. The subcommand of this name takes settings from all layers.
    pub fn parse(
        command: &Command,
        subcommand: &str,
        line: &[OsString],
        env: impl Fn(&str) -> Option<String>,
    ) -> Result<ArgMatches, SettingError> {
        let names = names(command, subcommand);
        let mut layers = Self::default();
        for name in &names {
            let variable = format!("VESTIBULE_{}", name.to_uppercase());
            if let Some(value) = env(&variable) {
                layers.values.insert(name.clone(), (value, variable));
            }
        }
        let home = layers.with_home(&env);
        let matches = home.apply(command, subcommand, line)?;
        let config = matches
            .subcommand_matches(subcommand)
            .and_then(|matches| matches.get_one::<PathBuf>("config"));
        match config {
            Some(file) => {
                layers.add_file(file, &names)?;
                layers.with_home(&env).apply(command, subcommand, line)
            }
            None => Ok(matches),
        }
    }

    /// Adds the values of the settings file that no higher layer has.
    fn add_file(&mut self, file: &Path, names: &[String]) -> Result<(), SettingError> {
        let shown = file.display();
        let wrong = |why: String| SettingError::Wrong(format!("the settings file {shown} {why}"));
        let text = small_file::read_text(file)
            .map_err(|error| wrong(format!("cannot be read: {error}")))?;
        let table: toml::Table = text.parse().map_err(|error: toml::de::Error| {
            wrong(format!("is wrong: {:#}", toml_fault(&text, &error)))
        })?;
        for (name, value) in table {
            if name == "config" || !names.contains(&name) {
                return Err(wrong(format!(
                    "is wrong: there is no setting {name}; `vestibule serve --help` lists them"
                )));
            }
            let value = match value {
                toml::Value::String(text) => text,
                toml::Value::Integer(number) => number.to_string(),
                toml::Value::Boolean(is_set) => is_set.to_string(),
                other => {
                    let kind = other.type_str();
                    return Err(wrong(format!("has a value of type {kind} for {name}")));
                }
            };
            let place = format!("{name} in {shown}");
            self.values.entry(name).or_insert((value, place));
        }
        Ok(())
    }

    /// Returns these layers above the usual data folder (XDG base directory specification).
    fn with_home(&self, env: &impl Fn(&str) -> Option<String>) -> Self {
        let set = |name| env(name).filter(|text| !text.is_empty());
        let base = set("XDG_DATA_HOME")
            .map(PathBuf::from)
            .or_else(|| Some(Path::new(&set("HOME")?).join(".local/share")));
        let mut values = self.values.clone();
        if let Some(base) = base {
            let dir = base.join("vestibule").display().to_string();
            let place = "HOME or XDG_DATA_HOME".to_owned();
            values.entry("data_dir".to_owned()).or_insert((dir, place));
        }
        Self { values }
    }

    fn apply(
        &self,
        command: &Command,
        subcommand: &str,
        line: &[OsString],
    ) -> Result<ArgMatches, SettingError> {
        let command = command.clone().mut_subcommand(subcommand, |command| {
            command.mut_args(|arg| match self.values.get(arg.get_id().as_str()) {
                Some((value, _)) => arg.required(false).default_value(value.clone()),
                None => arg,
            })
        });
        command
            .try_get_matches_from(line)
            .map_err(|error| self.explain(error, line))
    }

    /// Names the setting that is wrong, and where it was set.
    fn explain(&self, error: clap::Error, line: &[OsString]) -> SettingError {
        let flag = match error.get(ContextKind::InvalidArg) {
            Some(ContextValue::String(arg)) => arg.split([' ', '=']).next().unwrap_or_default(),
            Some(ContextValue::Strings(args)) => args
                .first()
                .and_then(|arg| arg.split(' ').next())
                .unwrap_or_default(),
            _ => return error.into(),
        };
        let name = flag.trim_start_matches('-').replace('-', "_");
        if error.kind() == ErrorKind::MissingRequiredArgument && name == "data_dir" {
            let text = "there is no home folder: say with --data-dir where to keep everything";
            return SettingError::Wrong(text.to_owned());
        }
        let Some(why) = std::error::Error::source(&error).filter(|_| {
            matches!(
                error.kind(),
                ErrorKind::ValueValidation | ErrorKind::InvalidValue
            )
        }) else {
            return error.into();
        };
        let is_flag = line.iter().any(|word| {
            let word = word.to_string_lossy();
            word.split('=').next() == Some(flag)
        });
        let place = match self.values.get(&name) {
            Some((_, place)) if !is_flag => place,
            _ => flag,
        };
        SettingError::Wrong(format!("the setting {place} is wrong: {why}"))
    }
}

/// Returns the names of the settings that a subcommand has.
fn names(command: &Command, subcommand: &str) -> Vec<String> {
    let args = command
        .find_subcommand(subcommand)
        .into_iter()
        .flat_map(Command::get_arguments);
    args.map(|arg| arg.get_id().as_str().to_owned())
        .filter(|name| name != "help")
        .collect()
}
