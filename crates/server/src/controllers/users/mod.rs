//! `/api/users`.

mod change;
mod create;
mod grants;
mod invitation;
mod read;

pub use change::{change, delete, reset_password, sign_out};
pub use create::create;
pub use grants::{add as add_grant, remove as remove_grant};
pub use invitation::{create as invite, invite as invite_user, revoke as revoke_invitation};
pub use read::{list, show};

use crate::auth::SignedIn;
use crate::clock;
use crate::problem::{self, ApiResult};
use crate::state::AppState;
use vestibule_model::access::may_manage;
use vestibule_model::ids::UserId;
use vestibule_model::people::Account;

async fn find(state: &AppState, id: &str) -> ApiResult<Account> {
    let id = UserId::new(id);
    let found = state
        .db(move |store| store.account(&id, clock::now()))
        .await?;
    found.ok_or_else(|| problem::not_found("user"))
}

/// Returns a user whom the signed-in user may manage.
async fn managed(state: &AppState, signed_in: &SignedIn, id: &str) -> ApiResult<Account> {
    let found = find(state, id).await?;
    may_manage(&signed_in.grants, &found.grants)
        .map_err(|lacks| problem::not_manageable(&lacks))?;
    Ok(found)
}
