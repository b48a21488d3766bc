//! Builds: `/api/builds` and `/api/builds/{id}`.

mod commands;
mod create;
mod log;
mod read;

pub use commands::{cancel, retry};
pub use create::create;
pub use log::log;
pub use read::{list, show};

use crate::auth::{SignedIn, authorize, authorize_somewhere};
use crate::problem::{self, Answer};
use crate::state::AppState;
use std::collections::HashSet;
use vestibule_model::access::{Permission, Resource, allows};
use vestibule_model::build::Build;
use vestibule_model::ids::BuildId;

/// Returns the build if the user has this permission. A build that the user may not see is not
/// found.
async fn find(state: &AppState, who: &SignedIn, permission: Permission, id: &str) -> Answer<Build> {
    authorize_somewhere(who, permission)?;
    let (id, user) = (BuildId::new(id), who.user.id.clone());
    let found = state
        .db(move |store| {
            let found = store.build(&id)?;
            Ok::<_, problem::ApiError>(found.zip(Some(store.acknowledged(&user)?)))
        })
        .await?;
    let resource = |build: &Build| Resource::Workspace(build.workspace_id.clone());
    let (mut build, noted) = found
        .filter(|(build, _)| allows(&who.grants, Permission::WorkbenchRead, &resource(build)))
        .ok_or_else(|| problem::not_found("build"))?;
    authorize(who, permission, &resource(&build))?;
    mark(&mut build, &noted);
    Ok(build)
}

/// Marks a build that the user acknowledged.
fn mark(build: &mut Build, noted: &HashSet<String>) {
    build.acknowledged = noted.contains(&build.key());
}
