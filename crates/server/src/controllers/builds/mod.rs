//! Builds: `/api/builds` and `/api/builds/{id}`.

mod commands;
mod create;
mod log;
mod read;

pub use commands::{cancel, retry};
pub use create::create;
pub use log::log;
pub use read::{list, show};

use crate::auth::SignedIn;
use crate::problem::{self, ApiResult};
use crate::state::AppState;
use crate::store;
use std::collections::HashSet;
use vestibule_model::build::Build;
use vestibule_model::ids::BuildId;

/// Returns a build, marked if the user acknowledged it.
async fn find(state: &AppState, signed_in: &SignedIn, id: &str) -> ApiResult<Build> {
    let (id, user) = (BuildId::new(id), signed_in.user.id.clone());
    let (found, noted) = state
        .db(move |store| Ok::<_, store::Error>((store.build(&id)?, store.acknowledged(&user)?)))
        .await?;
    let mut build = found.ok_or_else(|| problem::not_found("build"))?;
    mark(&mut build, &noted);
    Ok(build)
}

/// Marks a build that the user acknowledged.
fn mark(build: &mut Build, noted: &HashSet<String>) {
    build.acknowledged = noted.contains(&build.key());
}
