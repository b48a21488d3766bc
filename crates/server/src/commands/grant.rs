//! `vestibule grant …`, beside a running server or without one.

use super::user::{account, open, refusal};
use crate::clock;
use crate::store::{Actor, RequestScope, Store};
use anyhow::{Context as _, bail};
use std::io::{self, Write as _};
use std::path::Path;
use std::time::Duration;
use vestibule_model::access::{Dimension, Grant, Permission, Role, Scope};
use vestibule_model::time::Millis;

/// Grants a user a role.
pub fn add(
    dir: &Path,
    name: &str,
    role: &str,
    scope: &Scope,
    lasts: Option<Duration>,
) -> anyhow::Result<()> {
    let store = open(dir)?;
    let user = account(&store, dir, name)?;
    let roles = store.roles()?;
    if roles.get(role).is_none() {
        let names: Vec<&str> = roles.iter().map(|role: &Role| role.name.as_str()).collect();
        bail!("there is no role {role:?}; use one of {}", names.join(", "));
    }
    expect_place(&store, scope)?;
    let dimensions = roles.flatten(role).into_keys();
    let mut known = dimensions.filter_map(|name| Permission::from_name(&name));
    if !known.any(|permission| scope.binds(permission.dimension())) {
        bail!("the role {role} has no permission that works in this scope");
    }
    let now = clock::now();
    let lasts = lasts.map(|lasts| Millis(i64::try_from(lasts.as_millis()).unwrap_or(i64::MAX)));
    let grant = Grant {
        expires_at: lasts.map(|lasts| now + lasts),
        ..Grant::new(&roles, role, scope.clone())
    };
    let created = store
        .add_grant(&user.id, &grant, &Actor::command_line())
        .map_err(refusal)?;
    print(&format!(
        "{} has the grant {}.",
        user.username,
        line(&created)
    ))
}

/// Prints a user's grants.
pub fn list(dir: &Path, name: &str) -> anyhow::Result<()> {
    let store = open(dir)?;
    let user = account(&store, dir, name)?;
    for grant in store.grants_of(&user.id, clock::now())? {
        print(&line(&grant))?;
    }
    Ok(())
}

/// Removes a grant from a user.
pub fn remove(dir: &Path, name: &str, id: &str) -> anyhow::Result<()> {
    let store = open(dir)?;
    let user = account(&store, dir, name)?;
    let removed = store
        .remove_grant(&user.id, id, &Actor::command_line())
        .map_err(refusal);
    removed.with_context(|| format!("failed to take the grant {id} from {name}"))?;
    print(&format!("{name} does not have the grant {id} any more."))
}

/// Refuses a scope that names nothing.
fn expect_place(store: &Store, scope: &Scope) -> anyhow::Result<()> {
    let place = match scope {
        Scope::Platform(_) => return Ok(()),
        Scope::Workspace(id) if id == "*" => return Ok(()),
        Scope::Workspace(id) => RequestScope::Workspace(id.clone()),
        Scope::Workbench(id) => RequestScope::Workbench(id.clone()),
    };
    if store.resource(&place)?.is_none() {
        let (Scope::Workspace(id) | Scope::Workbench(id)) = scope else {
            return Ok(());
        };
        let kind = match scope.binds(Dimension::Workspace) {
            true => "workspace",
            false => "workbench",
        };
        bail!("there is no {kind} {id:?}");
    }
    Ok(())
}

fn line(grant: &Grant) -> String {
    let scope = match &grant.scope {
        Scope::Platform(_) => "on the platform".to_owned(),
        Scope::Workspace(id) if id == "*" => "in every workspace".to_owned(),
        Scope::Workspace(id) => format!("in the workspace {id}"),
        Scope::Workbench(id) => format!("on the workbench {id}"),
    };
    let end = grant.expires_at.map(|end| format!(" until {end}"));
    let end = end.unwrap_or_default();
    format!("{}: {} {scope}{end}", grant.id, grant.role)
}

fn print(text: &str) -> anyhow::Result<()> {
    writeln!(io::stdout().lock(), "{text}")?;
    Ok(())
}
