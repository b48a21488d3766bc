//! Properties of the editor of roles, against plain references.

use super::grid::{CellPosition, GridSize};
use super::tests::{catalogue, holding, listed, role};
use super::*;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use std::collections::BTreeSet;
use vestibule_model::access::{ADMINISTRATOR, Role, Roles};

const PERMISSIONS: &[&str] = &[
    "workspace:read",
    "workspace:update",
    "workbench:read",
    "workbench:stop",
    "workbench:open",
    "user:read",
];

fn custom() -> impl Strategy<Value = Vec<Role>> {
    let one = (
        select(&["a", "b", "c"][..]),
        vec(select(PERMISSIONS), 0..4),
        vec(select(&["a", "b", "c", "workspace-viewer"][..]), 0..2),
    );
    vec(one, 0..4).prop_map(|all| {
        let mut names = BTreeSet::new();
        let all = all.into_iter().filter(|(name, ..)| names.insert(*name));
        all.map(|(name, own, inherits)| role(name, &own, &inherits))
            .collect()
    })
}

#[derive(Debug, Clone)]
enum Edit {
    Set(&'static str, &'static str, bool),
    Put(Role),
    Delete(&'static str, Option<&'static str>),
    Undo,
    Redo,
    Discard,
}

fn edit() -> impl Strategy<Value = Edit> {
    let name = || select(&["a", "b", "c", "d", "workspace-viewer"][..]);
    prop_oneof![
        4 => (name(), select(PERMISSIONS), any::<bool>()).prop_map(|(a, b, c)| Edit::Set(a, b, c)),
        1 => (name(), vec(select(PERMISSIONS), 0..3)).prop_map(|(name, own)| Edit::Put(role(name, &own, &[]))),
        1 => (name(), proptest::option::of(name())).prop_map(|(a, b)| Edit::Delete(a, b)),
        1 => Just(Edit::Undo),
        1 => Just(Edit::Redo),
        1 => Just(Edit::Discard),
    ]
}

fn apply(draft: &mut RolesDraft, edit: &Edit) {
    match edit {
        Edit::Set(role, permission, on) => draft.set(role, [*permission], *on),
        Edit::Put(role) => draft.put(role.clone()),
        Edit::Delete(name, to) => draft.delete(name, *to),
        Edit::Undo => draft.undo(),
        Edit::Redo => draft.redo(),
        Edit::Discard => draft.discard(),
    }
}

proptest! {
    /// Undo leads back through every state, and redo forward again. System roles never change.
    #[test]
    fn undo_and_redo_are_exact(base in custom(), edits in vec(edit(), 0..30)) {
        let mut draft = RolesDraft::new(listed(base));
        for edit in &edits {
            apply(&mut draft, edit);
        }
        let last = draft.now().clone();
        let mut steps = 0;
        while draft.can_undo() {
            draft.undo();
            steps += 1;
        }
        prop_assert!(!draft.is_changed());
        prop_assert!(changes(draft.base(), draft.now()).is_empty());
        for _ in 0..steps {
            draft.redo();
        }
        prop_assert_eq!(draft.now(), &last);
        for role in Roles::default().iter() {
            let found = draft.now().get(&role.name).expect("a system role");
            prop_assert!(found.system && found.inherits == role.inherits);
        }
        prop_assert_eq!(draft.is_changed(), !changes(draft.base(), draft.now()).is_empty());
    }

    /// Cells equal the decisions of the model.
    #[test]
    fn cells_equal_the_models_roles(base in custom(), edits in vec(edit(), 0..10)) {
        let mut draft = RolesDraft::new(listed(base));
        for edit in &edits {
            apply(&mut draft, edit);
        }
        let catalogue = catalogue(&draft);
        let holding = holding(&catalogue, ADMINISTRATOR);
        let reference = Roles::new(draft.now().roles.iter().filter(|one| !one.system).map(|one| Role::clone(one)));
        for role in &draft.now().roles {
            let flat = reference.flatten(&role.name);
            let lineage = draft.lineage(&role.name).expect("a role");
            for permission in &catalogue.permissions {
                let cell = lineage.cell(permission, &holding);
                let path = flat.get(&permission.name);
                prop_assert_eq!(cell.is_on(), path.is_some());
                prop_assert_eq!(cell.is_on(), draft.now().has(role, &permission.name));
                prop_assert_eq!(cell.source == CellSource::Own, path.is_some_and(|path| path.len() == 1));
            }
        }
    }

    /// A merge with the same roles changes nothing; one without own changes takes theirs.
    #[test]
    fn merges_lose_nothing(base in custom(), theirs in custom(), edits in vec(edit(), 0..10)) {
        let mut draft = RolesDraft::new(listed(base.clone()));
        for edit in &edits {
            apply(&mut draft, edit);
        }
        let mine = draft.now().clone();
        let merge = draft.merge(listed(base.clone()));
        prop_assert!(merge.theirs.is_empty());
        if merge.conflicts.is_empty() {
            prop_assert_eq!(draft.now().roles.len(), mine.roles.len());
            prop_assert_eq!(changes(&mine, draft.now()), Vec::new());
        }
        draft.merge(listed(theirs.clone()));
        let before: Vec<&Role> = base.iter().collect();
        for role in draft.now().roles.iter().filter(|one| !one.system) {
            let (was, my) = (before.iter().find(|one| one.name == role.name), mine.get(&role.name));
            let (Some(was), Some(my)) = (was, my) else { continue };
            for name in PERMISSIONS {
                let name = (*name).to_owned();
                // The user's own change holds.
                if my.permissions.contains(&name) != was.permissions.contains(&name) {
                    prop_assert_eq!(role.permissions.contains(&name), my.permissions.contains(&name));
                }
            }
        }
        let mut idle = RolesDraft::new(listed(base));
        idle.merge(listed(theirs));
        prop_assert!(!idle.is_changed());
    }

    #[test]
    fn keys_stay_inside_the_grid(
        row in 0usize..40, column in 0usize..40, rows in 1usize..30, columns in 1usize..30,
        key in select(&["ArrowUp", "ArrowDown", "ArrowLeft", "ArrowRight", "Home", "End", "PageUp", "PageDown"][..]),
        is_ctrl in any::<bool>(),
    ) {
        let size = GridSize { rows, columns, page: 7 };
        let from = CellPosition { row, column }.within(size);
        if let Some(to) = from.after(key, is_ctrl, size) {
            prop_assert!(to.row < rows && to.column < columns);
            prop_assert_eq!(to, to.within(size));
        }
    }
}
