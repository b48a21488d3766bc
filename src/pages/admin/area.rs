//! The areas of administration, and who may see them.

use super::texts;
use crate::routes::Page;
use crate::store::Session;
use leptos::prelude::*;
use vestibule_model::access::{Grant, Permission, Resource, allows};

/// Area of administration.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Area {
    /// Users.
    Users,
    /// Roles.
    Roles,
    /// The audit log.
    Audit,
    /// Default and longest times.
    Limits,
}

impl Area {
    /// All areas, in the order of the list.
    pub const ALL: [Self; 4] = [Self::Users, Self::Roles, Self::Limits, Self::Audit];

    /// Returns the area's page.
    pub fn page(self) -> Page {
        match self {
            Self::Users => Page::Users,
            Self::Roles => Page::Roles,
            Self::Audit => Page::AuditLog,
            Self::Limits => Page::Limits,
        }
    }

    /// Returns the title.
    pub fn title(self) -> &'static str {
        match self {
            Self::Users => texts::USERS,
            Self::Roles => texts::ROLES,
            Self::Audit => texts::AUDIT,
            Self::Limits => texts::LIMITS,
        }
    }

    /// Returns the title where the user lacks the permission.
    pub fn refusal(self) -> &'static str {
        match self {
            Self::Users => texts::NO_USERS,
            Self::Roles => texts::NO_ROLES,
            Self::Audit => texts::NO_AUDIT,
            Self::Limits => texts::NO_LIMITS,
        }
    }

    /// Returns the icon.
    pub fn icon(self) -> &'static str {
        match self {
            Self::Users => "person",
            Self::Roles => "lock",
            Self::Audit => "history",
            Self::Limits => "hourglass",
        }
    }

    /// Returns the permissions of which each opens the area.
    pub fn needs(self) -> &'static [Permission] {
        match self {
            Self::Users => &[Permission::UserRead],
            Self::Roles => &[Permission::RoleUpdate, Permission::UserRead],
            Self::Audit => &[Permission::AuditRead],
            Self::Limits => &[Permission::LimitUpdate],
        }
    }

    fn is_open(self, grants: &[Grant]) -> bool {
        let mut needs = self.needs().iter();
        needs.any(|permission| allows(grants, *permission, &Resource::Platform))
    }
}

/// Returns the areas that the signed-in user may see.
pub fn use_areas() -> Memo<Vec<Area>> {
    let session = Session::expect();
    Memo::new(move |_| {
        let user = session.user.read();
        let grants = user.me().map_or(&[][..], |me| &me.grants);
        let areas = Area::ALL.into_iter();
        areas.filter(|area| area.is_open(grants)).collect()
    })
}
