//! Behaviour of the editor of roles, with properties against plain references.

use super::grid::{GridFilter, GridRow};
use super::*;
use std::sync::Arc;
use vestibule_model::access::{ADMINISTRATOR, Grant, Permission, Role, Roles, Scope};
use vestibule_model::people::ListedRole;

pub(super) fn role(name: &str, permissions: &[&str], inherits: &[&str]) -> Role {
    Role {
        name: name.into(),
        title: format!("The {name}"),
        description: String::new(),
        system: false,
        permissions: permissions.iter().map(|&one| one.into()).collect(),
        inherits: inherits.iter().map(|&one| one.into()).collect(),
    }
}

pub(super) fn listed(custom: Vec<Role>) -> Vec<ListedRole> {
    let roles = Roles::new(custom);
    let all = roles.iter().cloned().map(|role| ListedRole {
        version: (!role.system).then_some(1),
        changed_at: None,
        changed_by_name: None,
        role,
    });
    all.collect()
}

pub(super) fn catalogue(draft: &RolesDraft) -> PermissionCatalogue {
    let all = Permission::ALL.iter().map(|one| ListedPermission {
        name: one.name().to_owned(),
        title: one.title().to_owned(),
        description: String::new(),
        is_unknown: false,
    });
    PermissionCatalogue::new(all.collect(), draft.now().roles.iter().map(Arc::as_ref))
}

pub(super) fn holding(catalogue: &PermissionCatalogue, role: &str) -> HeldPermissions {
    let grants = [Grant::new(&Roles::default(), role, Scope::Platform(true))];
    HeldPermissions::new(catalogue, &grants, true)
}

fn own(draft: &RolesDraft, name: &str) -> Vec<String> {
    let found = draft.now().get(name).expect("a role");
    found.permissions.clone()
}

#[test]
fn a_cell_names_its_source_and_its_lock() {
    let team = role(
        "team",
        &["workbench:stop", "drone:fly"],
        &["workspace-viewer"],
    );
    let draft = RolesDraft::new(listed(vec![team]));
    let catalogue = catalogue(&draft);
    let admin = holding(&catalogue, ADMINISTRATOR);
    let cell = |role: &str, name: &str, holding: &HeldPermissions| {
        let lineage = draft.lineage(role).expect("a role");
        let permission = catalogue.permissions.iter().find(|one| one.name == name);
        lineage.cell(permission.expect("a permission"), holding)
    };
    let stop = cell("team", "workbench:stop", &admin);
    assert_eq!((stop.source, stop.lock), (CellSource::Own, None));
    let read = cell("team", "workspace:read", &admin);
    assert_eq!(
        read.source,
        CellSource::Inherited("Workspace viewer".into())
    );
    assert_eq!(read.lock, Some(CellLock::Inherited));
    // FIELD 34: what this version does not know is kept and can be removed.
    assert_eq!(cell("team", "drone:fly", &admin).lock, None);
    assert_eq!(
        cell(ADMINISTRATOR, "user:read", &admin).lock,
        Some(CellLock::Administrator)
    );
    assert_eq!(
        cell("workspace-viewer", "user:read", &admin).lock,
        Some(CellLock::System)
    );
    // FIELD 36: permissions that the user does not hold are not offered; those of the role can be taken away.
    let manager = holding(&catalogue, "user-manager");
    assert_eq!(
        cell("team", "workspace:update", &manager).lock,
        Some(CellLock::NotHeld)
    );
    assert_eq!(cell("team", "workbench:stop", &manager).lock, None);
    assert_eq!(cell("team", "user:read", &manager).lock, None);
    let reader = HeldPermissions::new(&catalogue, &[], false);
    assert_eq!(
        cell("team", "workbench:stop", &reader).lock,
        Some(CellLock::ReadOnly)
    );
}

#[test]
fn a_removed_permission_can_be_given_back_and_an_unknown_one_too() {
    let mut draft = RolesDraft::new(listed(vec![role(
        "team",
        &["workspace:update", "drone:fly"],
        &[],
    )]));
    let catalogue = catalogue(&draft);
    let manager = holding(&catalogue, "user-manager");
    for name in ["workspace:update", "drone:fly"] {
        let found = catalogue.permissions.iter().find(|one| one.name == name);
        let permission = found.expect("a permission").clone();
        assert_eq!(draft.toggle("team", &permission, &manager), Ok(()));
        assert!(draft.is_changed());
        assert_eq!(draft.toggle("team", &permission, &manager), Ok(()));
        assert!(!draft.is_changed(), "{name}");
    }
    draft.put(role("new", &[], &[]));
    let drone = catalogue
        .permissions
        .iter()
        .find(|one| one.name == "drone:fly");
    let refused = draft.toggle("new", drone.expect("a permission"), &manager);
    assert_eq!(refused, Err(CellLock::Unknown));
}

#[test]
fn a_group_is_tri_state_and_toggles_what_can_be_changed() {
    let mut draft = RolesDraft::new(listed(vec![role("team", &["workbench:stop"], &[])]));
    let catalogue = catalogue(&draft);
    let admin = holding(&catalogue, ADMINISTRATOR);
    let found = catalogue
        .groups
        .iter()
        .find(|group| group.resource == "workbench");
    let group = found.expect("a group").clone();
    let state = |draft: &RolesDraft| {
        let lineage = draft.lineage("team").expect("a role");
        let cell = lineage.group_cell(&catalogue, &group, &admin);
        (cell.tri, cell.count.0, cell.is_changed)
    };
    assert_eq!(state(&draft), (TriState::Some, 1, false));
    assert_eq!(
        draft.toggle_group("team", &catalogue, &group, &admin),
        Ok(())
    );
    assert_eq!(state(&draft).0, TriState::On);
    assert_eq!(
        draft.toggle_group("team", &catalogue, &group, &admin),
        Ok(())
    );
    assert_eq!(state(&draft), (TriState::Off, 0, true));
    draft.undo();
    draft.undo();
    assert_eq!(state(&draft), (TriState::Some, 1, false));
    let refused = draft.toggle_group("workspace-viewer", &catalogue, &group, &admin);
    assert_eq!(refused, Err(CellLock::System));
}

#[test]
fn changes_are_told_by_role() {
    let mut draft = RolesDraft::new(listed(vec![
        role("team", &["workbench:stop"], &[]),
        role("old", &[], &[]),
    ]));
    draft.set("team", ["workbench:stop"], false);
    let mut changed = role("team", &["user:read"], &["workspace-viewer"]);
    changed.title = "Night team".into();
    draft.put(changed);
    draft.delete("old", Some("team"));
    draft.put(role("new", &["user:read"], &[]));
    let all = changes(draft.base(), draft.now());
    let aspects = vec![
        Aspect::Title("The team".into(), "Night team".into()),
        Aspect::Added("user:read".into()),
        Aspect::Removed("workbench:stop".into()),
        Aspect::Inherits("Workspace viewer".into()),
    ];
    assert_eq!(
        all,
        [
            Change::Changed {
                name: "team".into(),
                title: "Night team".into(),
                aspects
            },
            Change::Created {
                name: "new".into(),
                title: "The new".into(),
                aspects: vec![Aspect::Added("user:read".into())],
            },
            Change::Deleted {
                name: "old".into(),
                title: "The old".into(),
                replacement: Some("Night team".into()),
            },
        ]
    );
    let asked = preview(draft.base(), draft.now());
    assert_eq!(asked.roles.len(), 2);
    assert_eq!(asked.deleted[0].replacement.as_deref(), Some("team"));
}

#[test]
fn a_plan_keeps_each_request_valid() {
    let custom = vec![
        role("a", &[], &["b"]),
        role("b", &[], &["c"]),
        role("c", &[], &[]),
    ];
    let mut draft = RolesDraft::new(listed(custom));
    draft.put(role("y", &[], &["z"]));
    draft.put(role("z", &[], &[]));
    draft.delete("c", None);
    draft.delete("b", None);
    draft.delete("a", None);
    let names: Vec<String> = plan(&draft)
        .into_iter()
        .map(|step| match step {
            SaveStep::Create(role) => format!("+{}", role.name),
            SaveStep::Replace(role, _) => format!("={}", role.name),
            SaveStep::Delete { name, .. } => format!("-{name}"),
        })
        .collect();
    assert_eq!(names, ["+z", "+y", "-a", "-b", "-c"]);
}

#[test]
fn a_deleted_roles_heirs_inherit_the_replacement_without_a_circle() {
    let custom = vec![
        role("a", &[], &["b"]),
        role("b", &[], &[]),
        role("c", &[], &["a"]),
    ];
    let mut draft = RolesDraft::new(listed(custom));
    draft.delete("b", Some("c"));
    assert!(draft.now().get("a").expect("a role").inherits.is_empty());
    draft.undo();
    draft.delete("b", Some("workspace-viewer"));
    assert_eq!(
        draft.now().get("a").expect("a role").inherits,
        ["workspace-viewer"]
    );
    // A system role stays.
    draft.delete("workspace-viewer", None);
    assert!(draft.now().get("workspace-viewer").is_some());
}

#[test]
fn a_circle_and_what_one_lacks_cannot_be_inherited() {
    let draft = RolesDraft::new(listed(vec![
        role("a", &["user:read"], &[]),
        role("b", &[], &["a"]),
    ]));
    let catalogue = catalogue(&draft);
    let admin = holding(&catalogue, ADMINISTRATOR);
    assert_eq!(draft.may_inherit("a", "b", &admin), Err(Vec::new()));
    let manager = holding(&catalogue, "workspace-creator");
    let missing = draft
        .may_inherit("new", "b", &manager)
        .expect_err("a refusal");
    assert_eq!(missing, ["user:read"]);
}

#[test]
fn a_role_that_acts_on_what_it_cannot_see_is_found() {
    let blind = [
        role("a", &["workbench:stop"], &[]),
        role("a", &["workspace:update"], &[]),
        role("a", &["secret:write"], &["workbench-guest"]),
        role("a", &["workbench:create", "workbench:read"], &[]),
    ];
    let seeing = [
        role("a", &["workbench:stop", "workbench:read"], &[]),
        role("a", &["workspace:update"], &["workspace-viewer"]),
        role("a", &["workspace:create", "user:update"], &[]),
        role("a", &[], &[]),
    ];
    for (roles, expected) in [(blind, true), (seeing, false)] {
        for one in roles {
            let draft = RolesDraft::new(listed(vec![one.clone()]));
            let role = draft.now().get("a").expect("a role");
            let acts = acts_blindly(&draft, role);
            assert_eq!(acts, expected, "{one:?}");
        }
    }
}

/// FIELD 34: the last writer won.
#[test]
fn field_34_changes_of_two_users_merge_and_contradictions_are_named() {
    let base = vec![
        role("team", &["user:read", "workbench:stop"], &[]),
        role("gone", &["user:read"], &[]),
        role("kept", &[], &[]),
    ];
    let mut draft = RolesDraft::new(listed(base));
    draft.set("team", ["workbench:stop"], false);
    draft.set("team", ["workbench:open"], true);
    draft.set("gone", ["workbench:open"], true);
    draft.delete("kept", None);
    let mut theirs = role(
        "team",
        &["user:read", "workbench:stop", "workspace:read"],
        &[],
    );
    theirs.title = "Theirs".into();
    let merge = draft.merge(listed(vec![
        theirs,
        role("kept", &["user:read"], &[]),
        role("extra", &[], &[]),
    ]));
    assert_eq!(
        own(&draft, "team"),
        ["user:read", "workbench:open", "workspace:read"]
    );
    assert_eq!(draft.now().get("team").expect("a role").title, "Theirs");
    let found: Vec<(&str, &MergeChoice)> = merge
        .conflicts
        .iter()
        .map(|one| (one.role.as_str(), &one.choice))
        .collect();
    assert_eq!(
        found,
        [
            ("kept", &MergeChoice::DeletedByUser),
            ("gone", &MergeChoice::DeletedByOthers)
        ]
    );
    assert_eq!(merge.theirs.len(), 4);
    // The role that others deleted is created again by the next save; the other one stays.
    let steps = plan(&draft);
    assert!(
        matches!(&steps[0], SaveStep::Create(role) if role.name == "gone"),
        "{steps:?}"
    );
    assert!(draft.now().get("extra").is_some());
    assert_eq!(own(&draft, "kept"), ["user:read"]);
}

#[test]
fn a_merge_keeps_the_users_title_and_breaks_circles() {
    let mut draft = RolesDraft::new(listed(vec![role("a", &[], &[]), role("b", &[], &[])]));
    let mut mine = role("a", &[], &["b"]);
    mine.title = "Mine".into();
    draft.put(mine);
    let mut theirs = role("a", &[], &[]);
    theirs.title = "Theirs".into();
    let merge = draft.merge(listed(vec![theirs, role("b", &[], &["a"])]));
    let choices: Vec<MergeChoice> = merge.conflicts.into_iter().map(|one| one.choice).collect();
    assert_eq!(
        choices,
        [
            MergeChoice::Title("Mine".into(), "Theirs".into()),
            MergeChoice::Circle
        ]
    );
    let a = draft.now().get("a").expect("a role");
    assert_eq!((a.title.as_str(), a.inherits.is_empty()), ("Mine", true));
}

#[test]
fn filters_and_folds_decide_the_rows() {
    let draft = RolesDraft::new(listed(Vec::new()));
    let catalogue = catalogue(&draft);
    let all = GridFilter::default().rows(&catalogue);
    assert_eq!(all[0], GridRow::PermissionGroup(0));
    assert_eq!(
        all.len(),
        catalogue.permissions.len() + catalogue.groups.len()
    );
    let mut filter = GridFilter {
        permissions: " STOP ".into(),
        ..GridFilter::default()
    };
    assert_eq!(filter.rows(&catalogue).len(), 2);
    filter.permissions.clear();
    filter.folded.insert("workbench".into());
    let folded = filter.rows(&catalogue);
    assert!(
        folded.len() < all.len()
            && folded
                .iter()
                .filter(|row| matches!(row, GridRow::PermissionGroup(_)))
                .count()
                == catalogue.groups.len()
    );
    filter.roles = "owner".into();
    assert_eq!(filter.columns(draft.now()), ["workspace-owner"]);
}

#[test]
fn a_saved_step_is_no_change_any_more_and_a_kept_draft_merges() {
    let mut draft = RolesDraft::new(listed(vec![role("team", &[], &[])]));
    draft.set("team", ["user:read"], true);
    draft.put(role("new", &[], &[]));
    let kept = draft.keep().expect("changes");
    for step in plan(&draft) {
        draft.saved(&step, Some(2));
    }
    assert!(!draft.is_changed() && draft.keep().is_none());
    assert_eq!(draft.version("team"), Some(2));
    let mut restored = RolesDraft::restore(&kept).expect("a draft");
    let theirs = vec![role("team", &["app:read"], &[])];
    assert!(restored.merge(listed(theirs)).conflicts.is_empty());
    assert_eq!(own(&restored, "team"), ["app:read", "user:read"]);
    assert!(restored.now().get("new").is_some());
    assert!(RolesDraft::restore("{}").is_none());
}

/// The matrix computes the cells of a column again when its lineage differs, and only then.
#[test]
fn a_toggle_changes_the_lineages_of_the_role_and_its_heirs_only() {
    let roles = vec![
        role("base", &["workbench:stop"], &[]),
        role("heir", &[], &["base"]),
        role("other", &["workbench:stop"], &[]),
    ];
    let mut draft = RolesDraft::new(listed(roles));
    let catalogue = catalogue(&draft);
    let admin = holding(&catalogue, ADMINISTRATOR);
    let all = ["base", "heir", "other"];
    let before = all.map(|name| draft.lineage(name));
    let stop = catalogue
        .permissions
        .iter()
        .find(|one| one.name == "workbench:stop");
    let toggled = draft.toggle("base", stop.expect("a permission"), &admin);
    assert_eq!(toggled, Ok(()));
    let changed = [0, 1, 2].map(|at| draft.lineage(all[at]) != before[at]);
    assert_eq!(changed, [true, true, false]);
    assert_eq!(draft.lineage("nobody"), None);
}
