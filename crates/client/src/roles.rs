//! Editor of roles: a matrix of permissions and roles whose changes are collected, undone and redone,
//! reviewed and saved together.

mod catalogue;
mod change;
mod draft;
pub mod grid;
mod lineage;
mod merge;
mod plan;
#[cfg(test)]
mod properties;
mod step;
mod table;
#[cfg(test)]
mod tests;

pub use catalogue::{ListedPermission, PermissionCatalogue, PermissionGroup};
pub use change::{Aspect, Change, changes};
pub use draft::{RolesDraft, Roleset};
pub use lineage::Lineage;
pub use merge::{Merge, MergeChoice, MergeConflict};
pub use plan::{plan, preview};
pub use step::SaveStep;
pub use table::{Cell, CellLock, CellSource, GroupCell, HeldPermissions, TriState, acts_blindly};
