//! Sentences about cells and changes.

use super::texts;
use vestibule_client::roles::grid::GridRow;
use vestibule_client::roles::{
    Aspect, Cell, CellLock, CellSource, Change, MergeChoice, MergeConflict, PermissionCatalogue,
    RolesDraft,
};
use vestibule_model::access::{Affected, PermissionImpact};

/// Returns why a cell cannot be changed. `source` is the title of the role it is inherited from.
pub fn lock(lock: CellLock, source: &str) -> String {
    match lock {
        CellLock::Administrator => {
            "The platform administrator keeps every permission, so that nobody is locked out."
                .to_owned()
        }
        CellLock::System => {
            "System role: it can't be changed. Copy it to change the copy.".to_owned()
        }
        CellLock::Inherited => {
            format!("Inherited from {source}. Change it there, or edit what this role inherits.")
        }
        CellLock::NotHeld => "You can't give a permission that you don't hold yourself.".to_owned(),
        CellLock::Unknown => {
            "This server doesn't know the permission. It can be removed, not added.".to_owned()
        }
        CellLock::ReadOnly => texts::READ_ONLY.to_owned(),
    }
}

/// Returns the title of the role that a cell is inherited from; empty if it is not.
pub fn source_of(
    draft: &RolesDraft,
    catalogue: &PermissionCatalogue,
    row: GridRow,
    role: &str,
) -> String {
    let (GridRow::Permission(index), Some(lineage)) = (row, draft.lineage(role)) else {
        return "other roles".to_owned();
    };
    let permission = catalogue.permissions.get(index);
    let cell = permission.map(|one| lineage.cell(one, &Default::default()));
    match cell.map(|cell| cell.source) {
        Some(CellSource::Inherited(title)) => title,
        _ => String::new(),
    }
}

/// Returns what is to be said about a cell, or `None` if it can simply be changed.
pub fn note(cell: &Cell) -> Option<String> {
    let source = match &cell.source {
        CellSource::Inherited(title) => title.as_str(),
        CellSource::None | CellSource::Own => "",
    };
    let note = cell.lock.map(|found| lock(found, source));
    match (&cell.source, cell.lock) {
        (CellSource::Inherited(title), Some(CellLock::System | CellLock::ReadOnly)) => Some(
            format!("Inherited from {title}. {}", note.unwrap_or_default()),
        ),
        _ => note,
    }
}

/// Returns the title of a resource.
pub fn resource(name: &str) -> String {
    let known = match name {
        "workspace" => "Workspaces",
        "member" => "Members",
        "workbench" => "Workbenches",
        "secret" => "Secrets",
        "app" => "Catalogue",
        "user" => "Users",
        "role" => "Roles",
        "audit" => "Audit log",
        "" => "Other",
        other => other,
    };
    known.to_owned()
}

/// Returns the sign and the sentence of one aspect of a change.
pub fn aspect(aspect: &Aspect, catalogue: &PermissionCatalogue) -> (&'static str, String) {
    match aspect {
        Aspect::Title(before, after) => ("±", format!("Title: {before} → {after}")),
        Aspect::Description => ("±", "Description changed".to_owned()),
        Aspect::Added(name) => ("+", catalogue.title(name).to_owned()),
        Aspect::Removed(name) => ("−", catalogue.title(name).to_owned()),
        Aspect::Inherits(title) => ("+", format!("Everything of {title}")),
        Aspect::InheritsNoMore(title) => ("−", format!("Everything of {title}")),
    }
}

/// Returns the heading of a role's change.
pub fn heading(change: &Change) -> String {
    match change {
        Change::Created { title, .. } => format!("{title}: new role"),
        Change::Changed { title, .. } => title.clone(),
        Change::Deleted {
            title,
            replacement: None,
            ..
        } => format!("{title}: deleted"),
        Change::Deleted {
            title,
            replacement: Some(to),
            ..
        } => {
            format!("{title}: deleted, its users get {to}")
        }
    }
}

/// Returns the aspects of a change.
pub fn aspects(change: &Change) -> &[Aspect] {
    match change {
        Change::Created { aspects, .. } | Change::Changed { aspects, .. } => aspects,
        Change::Deleted { .. } => &[],
    }
}

/// Returns the sentences about who loses and gains a permission.
pub fn effects(effect: &PermissionImpact, catalogue: &PermissionCatalogue) -> Vec<String> {
    let title = catalogue.title(&effect.permission);
    let mut all = Vec::new();
    for (verbs, users) in [
        (["loses", "lose"], &effect.losing),
        (["gains", "gain"], &effect.gaining),
    ] {
        if users.users == 0 {
            continue;
        }
        let verb = verbs[usize::from(users.users != 1)];
        let running = match effect.running_workbenches {
            count if count > 0 && verbs[0] == "loses" => format!("; {}", texts::running(count)),
            _ => String::new(),
        };
        all.push(format!(
            "{} {verb} \u{201c}{title}\u{201d} ({}){running}.",
            texts::people(users.users),
            names(users)
        ));
    }
    all
}

/// Returns the first names, and how many more there are.
pub fn names(users: &Affected) -> String {
    const SHOWN: usize = 5;
    let shown: Vec<&str> = users.names.iter().take(SHOWN).map(String::as_str).collect();
    let more = users.users.saturating_sub(shown.len());
    match more {
        0 => shown.join(", "),
        _ => format!("{} and {more} more", shown.join(", ")),
    }
}

/// Returns the sentence about a contradiction.
pub fn conflict(conflict: &MergeConflict) -> String {
    let title = &conflict.title;
    match &conflict.choice {
        MergeChoice::Title(mine, theirs) => {
            format!(
                "{title}: you set the title to {mine}, someone else to {theirs}. Yours is kept."
            )
        }
        MergeChoice::Description(..) => {
            format!("{title}: someone else changed the description, too. Yours is kept.")
        }
        MergeChoice::DeletedByOthers => {
            format!(
                "{title} was deleted by someone else. Saving creates it again, with your changes."
            )
        }
        MergeChoice::DeletedByUser => {
            format!("{title}, which you deleted, was changed by someone else. It stays.")
        }
        MergeChoice::BothCreated => {
            format!(
                "{title}: someone else created a role of this name. Saving replaces its content by yours."
            )
        }
        MergeChoice::Circle => {
            format!(
                "{title}: with someone else's change, roles would inherit each other. What they inherit is kept as it was saved."
            )
        }
    }
}
