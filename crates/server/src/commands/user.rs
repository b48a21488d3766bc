//! `vestibule user …`, beside a running server or without one.

use crate::auth::password;
use crate::controllers::users::invite_user;
use crate::oidc::Providers;
use crate::public_url::PublicUrl;
use crate::settings::Settings;
use crate::store::{Actor, NewUser, PeopleRefusal, Store, UserFilter};
use crate::{clock, data_dir, tokens};
use anyhow::{Context as _, anyhow, bail};
use std::io::{self, IsTerminal as _, Read as _, Write as _};
use std::path::Path;
use vestibule_model::access::{Grant, Scope};
use vestibule_model::people::Account;
use vestibule_model::problem::FieldError;
use vestibule_model::validation::{MAX_PASSWORD_BYTES, check_password, check_username};

/// Creates a user with the role that new users get, or an administrator.
pub fn add(dir: &Path, name: &str, admin: bool, default_role: Option<&str>) -> anyhow::Result<()> {
    check_username("name", name).map_err(refused)?;
    let store = open(dir)?;
    let (password, was_made) = ask_password()?;
    let hash = password::hash(&password)?;
    create(&store, dir, name, hash, admin, default_role)?;
    let message = format!("Made the user {name} in {}.", dir.display());
    print(&message, was_made.then_some(&password))
}

/// Invites a user, who is created if there is none of this name.
pub fn invite(settings: &Settings, name: &str, admin: bool) -> anyhow::Result<()> {
    check_username("name", name).map_err(refused)?;
    let dir = &settings.data_dir;
    let store = open(dir)?;
    let user = match store.account_by_name(name, clock::now()).map_err(refusal)? {
        Some(_) if admin => bail!("there is a user {name:?} already; use `grant add` for roles"),
        Some(user) => user,
        None => {
            let role = settings.default_role(settings.isolation_level());
            create(&store, dir, name, String::new(), admin, role)?
        }
    };
    let address = settings.public_url.clone();
    let address = address.unwrap_or_else(|| PublicUrl::local(settings.listen.port()));
    let by = Actor::command_line();
    let (user, link) = invite_user(&store, &user.id, &address.origin(), &by).map_err(refusal)?;
    let until = user.invited_until.map(|at| at.to_string());
    let until = until.unwrap_or_default();
    print(
        &format!("Invited {name}. The link works once, until {until}:"),
        None,
    )?;
    print(&link, None)
}

fn create(
    store: &Store,
    dir: &Path,
    name: &str,
    password_hash: String,
    admin: bool,
    default_role: Option<&str>,
) -> anyhow::Result<Account> {
    let roles = store.roles()?;
    if let Some(role) = default_role.filter(|role| !admin && roles.get(role).is_none()) {
        bail!("the setting default_role names {role:?}, and there is no such role");
    }
    let mut new = NewUser::administrator(name, password_hash);
    if !admin {
        let grants = default_role.map(|role| Grant::new(&roles, role, Scope::Platform(true)));
        new.grants = grants.into_iter().collect();
    }
    match store.add_user(&new, &Actor::command_line()) {
        Err(PeopleRefusal::Taken(_)) => bail!(
            "there is a user {name:?} already in {}; use `user reset-password` to change the password",
            dir.display()
        ),
        outcome => outcome.map_err(refusal),
    }
}

/// Gives a user a new password.
pub fn reset_password(dir: &Path, name: &str) -> anyhow::Result<()> {
    let store = open(dir)?;
    let user = account(&store, dir, name)?;
    let (password, was_made) = ask_password()?;
    let hash = password::hash(&password)?;
    store
        .reset_password(&user.id, &hash, &Actor::command_line())
        .map_err(refusal)?;
    let message = format!(
        "{name} has a new password in {} and is signed out everywhere.",
        dir.display()
    );
    print(&message, was_made.then_some(&password))
}

/// Prints all users.
pub fn list(dir: &Path) -> anyhow::Result<()> {
    let filter = UserFilter {
        limit: u32::MAX,
        ..UserFilter::default()
    };
    for user in open(dir)?.users(&filter, clock::now())?.users {
        let status = user.disabled_at.map_or("active", |_| "disabled");
        let seen = user.last_seen_at.map(|at| format!(", last seen {at}"));
        let seen = seen.unwrap_or_default();
        print(&format!("{}: {status}{seen}", user.username), None)?;
    }
    Ok(())
}

/// Links a user to a person at an identity provider.
pub fn link(settings: &Settings, name: &str, provider: &str, subject: &str) -> anyhow::Result<()> {
    let providers = match &settings.providers {
        Some(file) => Providers::load(file, |name| std::env::var(name).ok())?,
        None => bail!("there is no file of providers; name it by --config or VESTIBULE_PROVIDERS"),
    };
    let known = providers
        .get(provider)
        .with_context(|| format!("there is no provider {provider:?}"))?;
    let store = open(&settings.data_dir)?;
    let user = account(&store, &settings.data_dir, name)?;
    let issuer = known.settings().issuer.as_str();
    let identity = (issuer, subject);
    match store.link(&user.id, provider, identity, &Actor::command_line()) {
        Err(PeopleRefusal::Taken(_)) => bail!("another user is linked to this person"),
        outcome => outcome.map_err(refusal)?,
    }
    print(&format!("{name} can sign in through {provider}."), None)
}

/// Disables or enables a user.
pub fn set_disabled(dir: &Path, name: &str, disabled: bool) -> anyhow::Result<()> {
    let store = open(dir)?;
    let user = account(&store, dir, name)?;
    store
        .set_disabled(&user.id, disabled, &Actor::command_line())
        .map_err(refusal)?;
    let message = match disabled {
        true => format!("{name} is disabled and signed out everywhere."),
        false => format!("{name} can sign in again."),
    };
    print(&message, None)
}

/// Ends all sessions of a user.
pub fn sign_out(dir: &Path, name: &str) -> anyhow::Result<()> {
    let store = open(dir)?;
    let user = account(&store, dir, name)?;
    store
        .sign_out_everywhere(&user.id, &Actor::command_line())
        .map_err(refusal)?;
    print(&format!("{name} is signed out everywhere."), None)
}

/// Deletes a user.
pub fn delete(dir: &Path, name: &str) -> anyhow::Result<()> {
    let store = open(dir)?;
    let user = account(&store, dir, name)?;
    store
        .delete_user(&user.id, &Actor::command_line())
        .map_err(refusal)?;
    let message = format!("Deleted the user {name}. Their workbenches stay in their workspaces.");
    print(&message, None)
}

/// Returns the user of this name.
pub(super) fn account(store: &Store, dir: &Path, name: &str) -> anyhow::Result<Account> {
    store
        .account_by_name(name, clock::now())
        .map_err(refusal)?
        .with_context(|| {
            format!(
                "there is no user {name:?} in {}; use `user add` to make one",
                dir.display()
            )
        })
}

/// Returns the error of a refused change.
pub(super) fn refusal(refusal: PeopleRefusal) -> anyhow::Error {
    match refusal {
        PeopleRefusal::Gone => anyhow!("there is no such user or grant"),
        PeopleRefusal::LastAdministrator => anyhow!(
            "this is the last platform administrator; make another one first, with `grant add NAME administrator`"
        ),
        PeopleRefusal::HasPassword => {
            anyhow!("this user has a password already; use `user reset-password` instead")
        }
        PeopleRefusal::HasIdentity(providers) => anyhow!(
            "this user signs in through {}; invitations are for users without a provider",
            providers.join(", ")
        ),
        PeopleRefusal::NotHeld(missing) => anyhow!("lacking {}", missing.join(", ")),
        PeopleRefusal::Ambiguous => anyhow!(
            "this is the username of one user and the address of another; name the user by the identifier"
        ),
        PeopleRefusal::Managed(source) => {
            anyhow!("the provider {source} gives this grant at each sign-in; take it away there")
        }
        PeopleRefusal::Taken(field) => anyhow!("another user has this {field}"),
        PeopleRefusal::Store(error) => error.into(),
    }
}

pub(super) fn open(dir: &Path) -> anyhow::Result<Store> {
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

fn print(what: &str, password: Option<&String>) -> anyhow::Result<()> {
    let mut out = io::stdout().lock();
    writeln!(out, "{what}")?;
    if let Some(password) = password {
        writeln!(out, "Password: {password}")?;
    }
    Ok(())
}
