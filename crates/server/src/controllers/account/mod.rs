//! `/api/account`: the signed-in user's own password, sessions and access tokens.

mod password;
mod sessions;
mod tokens;

pub use password::change as change_password;
pub use sessions::{end as end_session, list as sessions};
pub use tokens::{create as create_token, delete as delete_token, list as tokens};
