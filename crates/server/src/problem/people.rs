//! Errors of users, roles and grants.

use super::{ApiError, conflict, invalid_field, not_found};
use crate::store::{PeopleRefusal, RoleRefusal};
use axum::http::{HeaderValue, StatusCode, header};

impl From<PeopleRefusal> for ApiError {
    fn from(refusal: PeopleRefusal) -> Self {
        match refusal {
            PeopleRefusal::Gone => not_found("user or grant"),
            PeopleRefusal::LastAdministrator => conflict(
                "last-administrator",
                "This is the last platform administrator. Make another user one first.",
            ),
            PeopleRefusal::HasPassword => conflict(
                "has-password",
                "This user has a password already. Reset it instead of sending an invitation.",
            ),
            PeopleRefusal::HasIdentity(providers) => conflict(
                "has-identity",
                format!(
                    "This user signs in through {}, and gets no password or invitation here.",
                    providers.join(", ")
                ),
            ),
            PeopleRefusal::NotHeld(missing) => may_not_sign_in(&missing),
            PeopleRefusal::Managed(source) => conflict(
                "managed-grant",
                format!(
                    "The provider {source} gives this role at each sign-in. Take it away at the provider."
                ),
            ),
            PeopleRefusal::Ambiguous => conflict(
                "ambiguous-user",
                "This is the username of one user and the address of another. Name the user by the identifier.",
            ),
            PeopleRefusal::Taken(field) => {
                conflict("taken", format!("Another user has this {field}."))
            }
            PeopleRefusal::Store(error) => error.into(),
        }
    }
}

impl From<RoleRefusal> for ApiError {
    fn from(refusal: RoleRefusal) -> Self {
        match refusal {
            RoleRefusal::Gone => not_found("role"),
            RoleRefusal::System => conflict(
                "system-role",
                "This role exists on every installation and can't be changed. Copy it instead.",
            ),
            RoleRefusal::Taken => conflict("taken", "Another role has this name."),
            RoleRefusal::Changed => changed("role"),
            RoleRefusal::Circle(names) => invalid_field(
                "inherits",
                format!("The roles would inherit each other: {}.", names.join(" → ")),
            ),
            RoleRefusal::InUse(names) => {
                let shown = names.iter().take(5).map(String::as_str);
                let shown = shown.collect::<Vec<_>>().join(", ");
                let more = match names.len() {
                    count if count > 5 => format!(" and {} others", count - 5),
                    _ => String::new(),
                };
                conflict(
                    "role-in-use",
                    format!(
                        "The role is in use by {shown}{more}. Name a replacement, or take it from them first."
                    ),
                )
            }
            RoleRefusal::Store(error) => error.into(),
        }
    }
}

/// Returns the error of a thing that has changed since the client read it.
pub fn changed(what: &str) -> ApiError {
    ApiError::new(
        StatusCode::PRECONDITION_FAILED,
        "changed",
        "Changed meanwhile",
        format!(
            "The {what} was changed since you loaded it, and your changes were not saved. Load it again and repeat them."
        ),
    )
}

/// Returns the error of a change that does not name the version that it is about.
pub fn no_version() -> ApiError {
    ApiError::new(
        StatusCode::PRECONDITION_REQUIRED,
        "no-version",
        "No version",
        "Send the header If-Match with the ETag of the role that you loaded.",
    )
}

/// Returns the error of a user who would give what they do not have (FIELD 36).
pub fn not_held(missing: &[String]) -> ApiError {
    ApiError::new(
        StatusCode::FORBIDDEN,
        "not-held",
        "Not yours to give",
        format!(
            "You can only give and take permissions that you hold in this scope yourself. You lack {}.",
            missing.join(", ")
        ),
    )
}

/// Returns the error of a user who would manage a more powerful one.
pub fn not_manageable(missing: &[String]) -> ApiError {
    ApiError::new(
        StatusCode::FORBIDDEN,
        "not-manageable",
        "Not permitted",
        format!(
            "This user has permissions on the platform that you lack: {}. Ask an administrator.",
            missing.join(", ")
        ),
    )
}

/// Returns the error of a user who would let somebody sign in as a user with more permissions.
pub fn may_not_sign_in(missing: &[String]) -> ApiError {
    ApiError::new(
        StatusCode::FORBIDDEN,
        "not-manageable",
        "Not permitted",
        format!(
            "This user has permissions that you couldn't give: {}. Ask an administrator.",
            missing.join(", ")
        ),
    )
}

/// Returns the error of an access token that is none.
pub fn bad_access_token() -> ApiError {
    ApiError::new(
        StatusCode::UNAUTHORIZED,
        "bad-access-token",
        "No access token",
        "The header Authorization has no access token. Create one on your account's page and send it as `Bearer TOKEN`.",
    )
    .with_header(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"))
}

/// Returns the error of an access token where a session is needed.
pub fn session_needed() -> ApiError {
    ApiError::new(
        StatusCode::FORBIDDEN,
        "session-needed",
        "Not with an access token",
        "Access tokens can't do this. Sign in with a browser.",
    )
}

/// Returns the error of an invitation that is not valid.
pub fn invitation_refused() -> ApiError {
    ApiError::new(
        StatusCode::FORBIDDEN,
        "invitation-refused",
        "Invitation refused",
        "This invitation was used already, was revoked, or has expired. Ask for a new one.",
    )
}

/// Returns the error of a request without the header of a proxy.
pub fn no_user_header() -> ApiError {
    ApiError::new(
        StatusCode::FORBIDDEN,
        "no-user-header",
        "No user named",
        "No proxy in front of this server names a user for this request. Sign in another way.",
    )
}

/// Returns the error of a person who has no user.
pub fn no_user_here() -> ApiError {
    ApiError::new(
        StatusCode::FORBIDDEN,
        "no-user",
        "No user",
        "There is no user for you here. Ask an administrator for one.",
    )
}

/// Returns the error of a disabled user.
pub fn user_disabled() -> ApiError {
    ApiError::new(
        StatusCode::FORBIDDEN,
        "user-disabled",
        "User disabled",
        "Your user is disabled. Ask an administrator to enable it.",
    )
}

/// Returns the error of a user who would lock themselves out.
pub fn yourself(what: &str) -> ApiError {
    conflict("yourself", format!("You can't {what} yourself."))
}

/// Returns the error of a plain request to the address of a WebSocket.
pub fn web_socket_needed() -> ApiError {
    ApiError::new(
        StatusCode::UPGRADE_REQUIRED,
        "web-socket-needed",
        "WebSocket needed",
        "Open this address as a WebSocket.",
    )
}
