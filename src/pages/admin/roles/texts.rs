//! Texts of the page of roles.

pub const HINT: &str = "Changes take effect for everyone with the role once they are saved.";
pub const READ_ONLY: &str = "You can see the roles. Changing them needs role:update.";
pub const FILTER_PERMISSIONS: &str = "Filter permissions";
pub const FILTER_ROLES: &str = "Filter roles";
pub const NEW: &str = "New role";
pub const UNDO: &str = "Undo";
pub const NOTHING_TO_UNDO: &str = "Nothing to undo.";
pub const NOTHING_TO_REDO: &str = "Nothing to redo.";
pub const REDO: &str = "Redo";
pub const DISCARD: &str = "Discard";
pub const REVIEW: &str = "Review";
pub const GRID: &str = "Roles and their permissions";
pub const CORNER: &str = "Permission";
pub const NOTHING: &str = "Nothing matches the filters";
pub const NOTHING_TEXT: &str = "Clear a filter to see all permissions and roles.";
pub const CLEAR: &str = "Clear filters";
pub const CHANGED: &str = "changed";
pub const SYSTEM: &str = "System";
pub const NO_CHANGES: &str = "No changes";
pub const RESTORED: &str = "Your unsaved changes are back.";

pub const CREATE: &str = "Create role";
pub const APPLY: &str = "Apply";
pub const COPY: &str = "Copy";
pub const DELETE: &str = "Delete…";
pub const CLOSE: &str = "Close";
pub const CANCEL: &str = "Cancel";
pub const TITLE: &str = "Title";
pub const NAME: &str = "Name";
pub const NAME_HINT: &str = "Lower-case letters, digits and hyphens. It can't be changed later.";
pub const DESCRIPTION: &str = "Description";
pub const INHERITS: &str = "Inherits from";
pub const INHERITS_HINT: &str = "The role also has every permission of these roles.";
pub const NAME_TAKEN: &str = "Another role has this name.";
pub const SYSTEM_ROLE: &str =
    "This role exists on every installation and can't be changed. Copy it to change the copy.";
pub const MAKES_CIRCLE: &str = "It inherits this role already.";

pub const DELETE_ROLE: &str = "Delete role";
pub const DELETE_LATER: &str = "Nothing is deleted until you save your changes.";
pub const REPLACEMENT: &str = "Give its users this role instead";
pub const CHOOSE: &str = "Choose a role";
pub const CHOOSE_ONE: &str = "Its users need another role. Choose one.";
pub const UNUSED: &str = "Nobody has this role.";

pub const REVIEW_TITLE: &str = "Review changes";
pub const EFFECT: &str = "Effect";
pub const COUNTING: &str = "Counting who is affected…";
pub const NO_EFFECT: &str = "Nobody gains or loses a permission.";
pub const KEEP_EDITING: &str = "Keep editing";
pub const SAVE: &str = "Save changes";
pub const MERGED: &str = "Someone else changed roles in the meantime. Your changes are merged with theirs, and nothing is saved yet. Check them and save again.";
pub const SHOWN_ROLE: &str = "Shown role";
pub const ALL_ROLES: &str = "All roles";

/// Returns who made a change, where that is known.
pub fn changed_by(who: Option<&str>) -> String {
    match who {
        Some(who) => format!("Changed by {who}"),
        None => "Changed".to_owned(),
    }
}

pub const THEIRS: &str = "Changed by others";
pub const YOURS: &str = "Your changes";
pub const USE_THEIRS: &str = "Use theirs";
pub const DELETE_TOO: &str = "Delete it too";
pub const DELETE_ANYWAY: &str = "Delete anyway";
pub const BLIND: &str = "can act on workspaces or workbenches that its users can't see. Add workspace:read or workbench:read.";

pub const LEAVE: &str = "Leave without saving?";
pub const LEAVE_TEXT: &str = "Your changes of roles haven't been saved.";
pub const LEAVE_YES: &str = "Discard and leave";
pub const STAY: &str = "Stay";

/// Returns the number of changes.
pub fn changes(count: usize) -> String {
    match count {
        0 => NO_CHANGES.to_owned(),
        1 => "1 change".to_owned(),
        _ => format!("{count} changes"),
    }
}

/// Returns what was saved.
pub fn saved(count: usize) -> String {
    format!("Saved {}", changes(count))
}

/// Returns the number of users.
pub fn people(count: usize) -> String {
    match count {
        1 => "1 person".to_owned(),
        _ => format!("{count} people"),
    }
}

/// Returns the number of running workbenches that are affected.
pub fn running(count: usize) -> String {
    match count {
        1 => "1 running workbench is affected".to_owned(),
        _ => format!("{count} running workbenches are affected"),
    }
}

/// Returns what the user would lose.
pub fn yours(titles: &str) -> String {
    format!("You would lose this yourself: {titles}.")
}

/// Returns the title of a copy.
pub fn copy_of(title: &str) -> String {
    format!("Copy of {title}")
}

/// Returns the title of the dialog that deletes a role.
pub fn delete_question(title: &str) -> String {
    format!("Delete \u{201c}{title}\u{201d}?")
}

/// Returns who uses a role.
pub fn used_by(users: &str) -> String {
    format!("Used by {users}.")
}

/// Returns which roles inherit it.
pub fn inherited_by(roles: &str) -> String {
    format!("Inherited by {roles}.")
}

/// Returns why a role cannot be inherited.
pub fn not_held(names: &str) -> String {
    format!("You don't hold {names}.")
}
