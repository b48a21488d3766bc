//! Builds: `/api/builds` and `/api/builds/{id}`.

mod create;
mod log;
mod read;
mod wish;

pub use create::create;
pub use log::log;
pub use read::{list, show};
pub use wish::{cancel, retry};

use crate::auth::{SignedIn, authorize, authorize_somewhere};
use crate::problem::{self, Answer};
use crate::state::AppState;
use std::collections::HashSet;
use vestibule_model::access::{Permission, Resource, allows};
use vestibule_model::build::Build;
use vestibule_model::ids::BuildId;

/// The build, if it is there and one may do this with it. One that may not be seen is not there.
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

/// Says of a build whether its reader has taken note of it.
fn mark(build: &mut Build, noted: &HashSet<String>) {
    build.acknowledged = noted.contains(&build.key());
}
