//! Calls about the signed-in user's own account.

use super::client::{Call, Receiving, receive, send};
use super::error::ApiError;
use vestibule_model::account::{CreatedToken, NewPassword, NewToken};
use vestibule_model::auth::{AcceptInvitation, InvitationToken, Invited, SignInWays};

/// Path of the user's sessions.
pub const OWN_SESSIONS: &str = "/api/account/sessions";

/// Path of the user's access tokens.
pub const OWN_TOKENS: &str = "/api/account/tokens";

/// Returns the ways to sign in beside a password.
pub fn sign_in_ways() -> Receiving<SignInWays> {
    receive(Call::get("/api/auth/providers", None))
}

/// Signs in as the user whom the proxy in front names.
pub async fn sign_in_by_header() -> Result<(), ApiError> {
    let sent = send(Call::post("/api/auth/header", &serde_json::json!({})));
    sent.await.map(drop)
}

/// Returns the user whom an invitation is for.
pub fn invitation(token: String) -> Receiving<Invited> {
    let body = InvitationToken { token };
    receive(Call::post("/api/auth/invitation", &body))
}

/// Accepts an invitation and signs in.
pub async fn accept_invitation(body: AcceptInvitation) -> Result<(), ApiError> {
    let sent = send(Call::post("/api/auth/invitation/accept", &body));
    sent.await.map(drop)
}

/// Changes the user's password.
pub async fn change_password(body: NewPassword) -> Result<(), ApiError> {
    let sent = send(Call::put("/api/account/password", &body));
    sent.await.map(drop)
}

/// Ends a session of the user.
pub async fn end_session(id: String) -> Result<(), ApiError> {
    let sent = send(Call::delete(format!("{OWN_SESSIONS}/{id}")));
    sent.await.map(drop)
}

/// Creates an access token. The answer has the token, which cannot be read again.
pub fn create_token(body: NewToken) -> Receiving<CreatedToken> {
    receive(Call::post(OWN_TOKENS, &body))
}

/// Deletes an access token of the user.
pub async fn delete_token(id: String) -> Result<(), ApiError> {
    let sent = send(Call::delete(format!("{OWN_TOKENS}/{id}")));
    sent.await.map(drop)
}
