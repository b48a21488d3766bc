//! `vestibule user …`, beside a running server or without one.

use crate::auth::password;
use crate::store::{NewUser, Store};
use crate::{clock, data_dir, tokens};
use anyhow::{anyhow, bail};
use std::io::{self, IsTerminal as _, Read as _, Write as _};
use std::path::Path;
use vestibule_model::names::{MAX_PASSWORD_BYTES, check_password, check_username};
use vestibule_model::problem::FieldError;

/// Creates a user.
pub fn add(dir: &Path, name: &str, admin: bool) -> anyhow::Result<()> {
    check_username("name", name).map_err(refused)?;
    let store = open(dir)?;
    let (password, was_made) = ask_password()?;
    let mut new = NewUser::administrator(name, password::hash(&password)?);
    if !admin {
        new.grants.clear();
    }
    if store.create_user(&new, clock::now())?.is_none() {
        bail!(
            "there is a user {name:?} already in {}; use `user reset-password` to change the password",
            dir.display()
        );
    }
    let said = format!("Made the user {name} in {}.", dir.display());
    say(&said, was_made.then_some(&password))
}

/// Gives a user a new password.
pub fn reset_password(dir: &Path, name: &str) -> anyhow::Result<()> {
    let store = open(dir)?;
    let (password, was_made) = ask_password()?;
    if !store.reset_password(name, &password::hash(&password)?)? {
        bail!(
            "there is no user {name:?} in {}; use `user add` to make one",
            dir.display()
        );
    }
    let said = format!(
        "{name} has a new password in {} and is signed out everywhere.",
        dir.display()
    );
    say(&said, was_made.then_some(&password))
}

fn open(dir: &Path) -> anyhow::Result<Store> {
    data_dir::expect_store(dir)?;
    Ok(Store::open(dir)?)
}

/// Returns the first line of standard input, or a new password if nothing is piped in.
fn ask_password() -> anyhow::Result<(String, bool)> {
    let mut piped = Vec::new();
    if !io::stdin().is_terminal() {
        let limit = MAX_PASSWORD_BYTES as u64 + 2;
        io::stdin().take(limit).read_to_end(&mut piped)?;
    }
    let text = String::from_utf8(piped)
        .map_err(|_| anyhow!("the password on standard input is not UTF-8"))?;
    let password = text.lines().next().unwrap_or_default();
    if password.is_empty() {
        return Ok((tokens::random()[..20].to_owned(), true));
    }
    check_password("password", password).map_err(refused)?;
    Ok((password.to_owned(), false))
}

fn refused(error: FieldError) -> anyhow::Error {
    anyhow!("the {} cannot be taken: {}", error.field, error.message)
}

fn say(what: &str, password: Option<&String>) -> anyhow::Result<()> {
    let mut out = io::stdout().lock();
    writeln!(out, "{what}")?;
    if let Some(password) = password {
        writeln!(out, "Password: {password}")?;
    }
    Ok(())
}
