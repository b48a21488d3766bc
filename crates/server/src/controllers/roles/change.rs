//! `POST /api/roles`, `PUT` and `DELETE /api/roles/{name}`.

use super::tag;
use crate::auth::{ClientAddress, SignedIn};
use crate::body::{ApiJson, ChangeJson, ReadBack};
use crate::controllers::grants::actor;
use crate::paging::QueryParams;
use crate::path_id::Id;
use crate::problem::{self, ApiResult};
use crate::state::AppState;
use crate::store::{RoleRefusal, Store};
use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::IntoResponse;
use serde::Deserialize;
use std::collections::BTreeSet;
use vestibule_model::access::{Grant, Permission, Role, Roles, Scope, lacks};
use vestibule_model::people::{NewRole, RoleContent, check_role_name, check_title};
use vestibule_model::problem::FieldError;

/// Most permissions and inherited roles of a role.
const MOST_NAMES: usize = 1000;

/// Query of a deletion.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct DeletionParams {
    replacement: Option<String>,
}

impl ReadBack for RoleContent {
    const READ_ONLY: &'static [&'static str] =
        &["name", "system", "version", "changedAt", "changedByName"];
}

/// Creates a custom role.
pub async fn create(
    State(state): State<AppState>,
    signed_in: SignedIn,
    address: ClientAddress,
    ApiJson(body): ApiJson<NewRole>,
) -> ApiResult<impl IntoResponse> {
    check_role_name("name", &body.name).map_err(|error| problem::invalid(vec![error]))?;
    let role = Role {
        name: body.name,
        title: body.title,
        description: body.description,
        system: false,
        permissions: body.permissions,
        inherits: body.inherits,
    };
    let by = actor(&signed_in, address);
    let role = state
        .db(move |store| {
            let role = checked(store, &signed_in, role)?;
            store.create_role(&role, &by)?;
            Ok::<_, problem::ApiError>(role)
        })
        .await?;
    let headers = [
        (header::LOCATION, format!("/api/roles/{}", role.name)),
        (header::ETAG, tag(Some(1))),
    ];
    Ok((StatusCode::CREATED, headers, Json(role)))
}

/// Replaces the content of a custom role, if it still has the version in `If-Match`.
pub async fn replace(
    State(state): State<AppState>,
    signed_in: SignedIn,
    address: ClientAddress,
    Id(name): Id,
    headers: HeaderMap,
    ChangeJson(body): ChangeJson<RoleContent>,
) -> ApiResult<impl IntoResponse> {
    let known = known(&headers);
    let role = Role {
        name,
        title: body.title,
        description: body.description,
        system: false,
        permissions: body.permissions,
        inherits: body.inherits,
    };
    let by = actor(&signed_in, address);
    let (role, version) = state
        .db(move |store| {
            let version = expect(store, &role.name, known)?;
            let role = checked(store, &signed_in, role)?;
            let version = store.replace_role(&role, version, &by)?;
            Ok::<_, problem::ApiError>((role, version))
        })
        .await?;
    Ok(([(header::ETAG, tag(Some(version)))], Json(role)))
}

/// Deletes a custom role, if it still has the version in `If-Match`. Its users get the replacement.
pub async fn delete(
    State(state): State<AppState>,
    signed_in: SignedIn,
    address: ClientAddress,
    Id(name): Id,
    QueryParams(query): QueryParams<DeletionParams>,
    headers: HeaderMap,
) -> ApiResult<StatusCode> {
    let by = actor(&signed_in, address);
    let known = known(&headers);
    state
        .db(move |store| {
            let version = expect(store, &name, known)?;
            let to = query.replacement.as_deref();
            if let Some(to) = to {
                let roles = store.roles()?;
                if to == name || roles.get(to).is_none() {
                    return Err(problem::invalid_field(
                        "replacement",
                        "There is no such role.",
                    ));
                }
                // Its users would get what the replacement has, and lose the rest.
                expect_change(&signed_in, (&roles, &name), (&roles, to))?;
            }
            Ok(store.delete_role(&name, version, to, &by)?)
        })
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Returns the tags in `If-Match`, or `None` without the header.
fn known(headers: &HeaderMap) -> Option<String> {
    let tags = headers.get(header::IF_MATCH)?;
    Some(tags.to_str().unwrap_or_default().to_owned())
}

/// Returns the version of a custom role that the client knows. `*` is no version: it would overwrite
/// what the client has not seen.
fn expect(store: &Store, name: &str, known: Option<String>) -> ApiResult<i64> {
    let (role, version) = store
        .role(name)?
        .ok_or_else(|| problem::not_found("role"))?;
    let version = version
        .filter(|_| !role.system)
        .ok_or(RoleRefusal::System)?;
    let known = known.ok_or_else(problem::no_version)?;
    match known.split(',').any(|one| one.trim() == tag(Some(version))) {
        true => Ok(version),
        false => Err(RoleRefusal::Changed.into()),
    }
}

/// Returns a role with valid, sorted names. New permissions must be known and held by the user; ones
/// that the role had before may stay.
fn checked(store: &Store, signed_in: &SignedIn, mut role: Role) -> ApiResult<Role> {
    let roles = store.roles()?;
    let before = roles.get(&role.name).cloned();
    let mut errors: Vec<FieldError> = Vec::new();
    for (field, text, may_be_empty) in [
        ("title", &mut role.title, false),
        ("description", &mut role.description, true),
    ] {
        match check_title(field, text, may_be_empty) {
            Ok(trimmed) => *text = trimmed,
            Err(error) => errors.push(error),
        }
    }
    for (field, names) in [
        ("permissions", &mut role.permissions),
        ("inherits", &mut role.inherits),
    ] {
        names.sort();
        names.dedup();
        if names.len() > MOST_NAMES {
            let message = format!("Use at most {MOST_NAMES} names.");
            errors.push(FieldError::new(field, message));
        }
    }
    let had = |names: &[String], name: &String| names.contains(name);
    let is_new = |name: &&String| {
        let before = before.as_ref();
        !before.is_some_and(|before| had(&before.permissions, name))
    };
    let unknown = |name: &&String| Permission::from_name(name).is_none();
    for name in role.permissions.iter().filter(is_new).filter(unknown) {
        let message = format!("There is no permission {:?}.", shortened(name));
        errors.push(FieldError::new("permissions", message));
    }
    let missing = role.inherits.iter().filter(|name| {
        let before = before.as_ref();
        roles.get(name).is_none() && !before.is_some_and(|before| had(&before.inherits, name))
    });
    for name in missing.filter(|name| **name != role.name) {
        let message = format!("There is no role {:?}.", shortened(name));
        errors.push(FieldError::new("inherits", message));
    }
    if !errors.is_empty() {
        return Err(problem::invalid(errors));
    }
    let after = Roles::new(
        roles
            .iter()
            .filter(|one| !one.system && one.name != role.name)
            .cloned()
            .chain([role.clone()]),
    );
    expect_change(signed_in, (&roles, &role.name), (&after, &role.name))?;
    Ok(role)
}

/// Refuses a change from the permissions of one role to those of another that gives or takes what the
/// user does not hold on the platform: a role can be granted anywhere. What a role in use gains, its
/// users have without an end, and so must the user.
fn expect_change(
    signed_in: &SignedIn,
    (before, old): (&Roles, &str),
    (after, new): (&Roles, &str),
) -> ApiResult<()> {
    let old: BTreeSet<String> = before.flatten(old).into_keys().collect();
    let new: BTreeSet<String> = after.flatten(new).into_keys().collect();
    let lasting = signed_in.grants.iter();
    let lasting = lasting.filter(|grant| grant.expires_at.is_none());
    let lasting: Vec<Grant> = lasting.cloned().collect();
    let scope = Scope::Platform(true);
    let mut missing = lacks(&lasting, new.difference(&old).cloned(), &scope, None);
    missing.extend(lacks(
        &signed_in.grants,
        old.difference(&new).cloned(),
        &scope,
        None,
    ));
    match missing.is_empty() {
        true => Ok(()),
        false => Err(problem::not_held(&missing)),
    }
}

fn shortened(text: &str) -> String {
    text.chars().take(64).collect()
}
