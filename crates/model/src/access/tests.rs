use super::*;
use crate::ids::WorkspaceId;
use crate::time::Timestamp;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

fn role(name: &str, permissions: &[&str], inherits: &[&str]) -> Role {
    let owned = |all: &[&str]| all.iter().map(|&one| one.to_owned()).collect();
    Role {
        name: name.into(),
        title: String::new(),
        description: String::new(),
        system: false,
        permissions: owned(permissions),
        inherits: owned(inherits),
    }
}

fn grant(role: &str, scope: Scope) -> Grant {
    Grant::new(&Roles::default(), role, scope)
}

fn workspace(id: &str) -> Resource {
    Resource::Workspace(id.into())
}

fn workbench(workspace: &str, id: &str) -> Resource {
    Resource::Workbench(workspace.into(), id.into())
}

#[test]
fn a_grant_reaches_only_its_own_scope() {
    let grants = [grant(ADMINISTRATOR, Scope::Workspace("ws-a".into()))];
    let own = workbench("ws-a", "wb-a");
    assert!(allows(&grants, Permission::WorkbenchOpen, &own));
    let other = workbench("ws-b", "wb-b");
    assert!(!allows(&grants, Permission::WorkbenchOpen, &other));
    assert!(!allows(
        &grants,
        Permission::WorkspaceCreate,
        &Resource::Platform
    ));
    // Permissions on the platform do not come with a workspace, whatever is asked about.
    assert!(!allows(&grants, Permission::UserUpdate, &own));
}

#[test]
fn an_unknown_role_permits_nothing() {
    let grants = [
        grant("wizard", Scope::Platform(true)),
        grant(ADMINISTRATOR, Scope::Platform(false)),
    ];
    for permission in Permission::ALL {
        assert!(!allows(&grants, *permission, &Resource::Platform));
        assert!(!holds_somewhere(&grants, *permission));
    }
}

/// FIELD 35: a role that does not bind a needed dimension counted as "any", so that a role in one
/// workspace, or on one workbench, worked in all.
#[test]
fn field_35_an_unbound_dimension_is_never_any() {
    let guest = [grant(WORKSPACE_OWNER, Scope::Workbench("wb-a".into()))];
    let own = workbench("ws-a", "wb-a");
    assert!(allows(&guest, Permission::WorkbenchDelete, &own));
    // The grant binds no workspace: not even the workbench's own.
    for permission in [
        Permission::WorkspaceRead,
        Permission::MemberUpdate,
        Permission::SecretWrite,
    ] {
        for resource in [&own, &workspace("ws-a"), &workspace("ws-b")] {
            assert!(!allows(&guest, permission, resource), "{permission:?}");
        }
        assert!(!holds_somewhere(&guest, permission));
        assert_eq!(reach(&guest, permission), Reach::default());
    }
    assert!(!allows(
        &guest,
        Permission::WorkbenchRead,
        &workspace("ws-a")
    ));
}

/// FIELD 35: permissions merged across grants leaked.
#[test]
fn field_35_grants_are_never_combined() {
    let roles = Roles::new([
        role("opens", &["workbench:open"], &[]),
        role("reads", &["workbench:read"], &[]),
    ]);
    let grants = [
        Grant::new(&roles, "opens", Scope::Workspace("ws-a".into())),
        Grant::new(&roles, "reads", Scope::Platform(true)),
    ];
    assert!(!allows(
        &grants,
        Permission::WorkbenchOpen,
        &workbench("ws-b", "wb-b")
    ));
    assert!(allows(
        &grants,
        Permission::WorkbenchRead,
        &workbench("ws-b", "wb-b")
    ));
}

#[test]
fn roles_inherit_with_the_nearest_source() {
    let roles = Roles::default();
    let flat = roles.flatten(WORKSPACE_OWNER);
    let path = |name: &str| flat[name].join(" ");
    assert_eq!(path("member:update"), WORKSPACE_OWNER);
    assert_eq!(
        path("workbench:stop"),
        "workspace-owner workspace-maintainer workspace-member"
    );
    assert!(!flat.contains_key("workspace:create"));
}

#[test]
fn a_circle_of_roles_is_named_and_harmless() {
    let roles = Roles::new([
        role("a", &["app:read"], &["b"]),
        role("b", &["workspace:read"], &["c"]),
        role("c", &["workbench:read"], &["a"]),
    ]);
    assert_eq!(roles.flatten("a").len(), 3);
    let a = roles.get("a").expect("a role");
    assert_eq!(roles.circle(a).expect("a circle"), ["a", "b", "c", "a"]);
    let itself = role("d", &[], &["d"]);
    assert_eq!(roles.circle(&itself).expect("a circle"), ["d", "d"]);
    let outside = role("d", &[], &["a"]);
    assert_eq!(roles.circle(&outside), None);
}

#[test]
fn unknown_permissions_survive_and_decide_nothing() {
    let read: Role =
        serde_json::from_str(r#"{"name":"r","permissions":["drone:fly","app:read"]}"#).expect("ok");
    let roles = Roles::new([read.clone()]);
    let kept = roles.get("r").expect("a role");
    assert_eq!(kept.permissions, ["drone:fly", "app:read"]);
    let text = serde_json::to_string(kept).expect("JSON");
    assert_eq!(serde_json::from_str::<Role>(&text).expect("JSON"), read);
    assert_eq!(
        roles.permissions_of("r"),
        [Permission::AppRead].into_iter().collect()
    );
    assert!(roles.flatten("r").contains_key("drone:fly"));
}

#[test]
fn a_custom_role_cannot_replace_a_system_role() {
    let roles = Roles::new([role("workspace-viewer", &["user:delete"], &[])]);
    let viewer = roles.permissions_of("workspace-viewer");
    assert!(!viewer.contains(Permission::UserDelete));
    assert!(roles.get("workspace-viewer").expect("a role").system);
}

#[test]
fn system_roles_have_what_their_titles_promise() {
    let roles = Roles::default();
    let has = |name: &str, permission| roles.permissions_of(name).contains(permission);
    for permission in Permission::ALL {
        assert!(has(ADMINISTRATOR, *permission), "{permission:?}");
        assert_eq!(Permission::from_name(permission.name()), Some(*permission));
    }
    // Version 0.1.0 had one permission to change, start and stop.
    for split in ["workbench:update", "workbench:start", "workbench:stop"] {
        assert!(roles.flatten(ADMINISTRATOR).contains_key(split));
    }
    assert!(has("workspace-member", Permission::WorkbenchStop));
    assert!(!has("workspace-viewer", Permission::WorkbenchOpen));
    assert!(has("workbench-guest", Permission::WorkbenchOpen));
    assert!(!has("workbench-guest", Permission::WorkbenchStop));
    assert!(!has("user-manager", Permission::RoleUpdate));
    for role in roles.iter() {
        assert_eq!(roles.circle(role), None);
        let known = role.permissions.iter().map(|p| Permission::from_name(p));
        assert!(known.into_iter().all(|permission| permission.is_some()));
        assert!(role.inherits.iter().all(|name| roles.get(name).is_some()));
    }
}

/// FIELD 36: permissions that cannot be granted were offered.
#[test]
fn field_36_only_held_permissions_can_be_given() {
    let roles = Roles::new([role("new", &["drone:fly"], &[])]);
    let ws = |id: &str| Scope::Workspace(id.into());
    let owner = [grant(WORKSPACE_OWNER, ws("ws-a"))];
    let give = |who: &[Grant], role: &str, scope: &Scope| may_give(who, &roles, role, scope, None);
    assert_eq!(give(&owner, "workspace-member", &ws("ws-a")), Ok(None));
    // Platform permissions of the role have no effect in a workspace.
    assert_eq!(give(&owner, WORKSPACE_CREATOR, &ws("ws-a")), Ok(None));
    // An owner does not set time limits that also hold for owners.
    assert_eq!(
        give(&owner, ADMINISTRATOR, &ws("ws-a")),
        Err(vec!["limit:update".to_owned()])
    );
    assert!(give(&owner, "workspace-member", &ws("ws-b")).is_err());
    assert!(give(&owner, "workspace-member", &ws("*")).is_err());
    assert!(give(&owner, "workspace-member", &Scope::Platform(true)).is_err());
    let manager = [grant("user-manager", Scope::Platform(true))];
    assert_eq!(
        give(&manager, WORKSPACE_CREATOR, &Scope::Platform(true)),
        Ok(None)
    );
    assert!(give(&manager, ADMINISTRATOR, &Scope::Platform(true)).is_err());
    // A permission of a newer version is left to administrators.
    assert_eq!(
        give(&owner, "new", &ws("ws-a")),
        Err(vec!["drone:fly".to_owned()])
    );
    let admin = [grant(ADMINISTRATOR, Scope::Platform(true))];
    assert_eq!(give(&admin, "new", &ws("ws-a")), Ok(None));
    let home = WorkspaceId::from("ws-a");
    let share = Scope::Workbench("wb-1".into());
    assert!(may_give(&owner, &roles, "workbench-guest", &share, Some(&home)).is_ok());
    assert!(may_give(&owner, &roles, "workbench-guest", &share, None).is_err());
}

/// Security, SH2: a role with an end was made permanent by its holder.
#[test]
fn given_grant_ends_with_the_latest_grant_it_comes_from() {
    let at = |millis| Some(Timestamp::from_millis(millis));
    let until = |grant: Grant, millis| Grant {
        expires_at: at(millis),
        ..grant
    };
    let roles = Roles::default();
    let ws = |id: &str| Scope::Workspace(id.into());
    let give = |who: &[Grant], role: &str| may_give(who, &roles, role, &ws("ws-a"), None);
    let visitor = until(grant(WORKSPACE_OWNER, ws("ws-a")), 10);
    let viewer = until(grant("workspace-viewer", ws("*")), 20);
    assert_eq!(
        give(std::slice::from_ref(&visitor), WORKSPACE_OWNER),
        Ok(at(10))
    );
    let both = [visitor, viewer];
    // All its permissions are held longer by the other grant.
    assert_eq!(give(&both, "workspace-viewer"), Ok(at(20)));
    assert_eq!(give(&both, "workspace-member"), Ok(at(10)));
    let lasting = [both[0].clone(), grant("workspace-member", ws("ws-a"))];
    assert_eq!(give(&lasting, "workspace-member"), Ok(None));
    assert_eq!(give(&lasting, "workspace-maintainer"), Ok(at(10)));
    let admin = [until(grant(ADMINISTRATOR, Scope::Platform(true)), 30)];
    let newer = Roles::new([role("new", &["drone:fly"], &[])]);
    assert_eq!(
        may_give(&admin, &newer, "new", &ws("ws-a"), None),
        Ok(at(30))
    );
}

/// Security, SH1: a user manager signed in as any owner of a workspace.
#[test]
fn sign_in_as_another_takes_each_of_their_permissions_in_its_scope() {
    let roles = Roles::default();
    let ws = |id: &str| Scope::Workspace(id.into());
    let of = |giver: &[Grant], other: &Grant, home: Option<WorkspaceId>| {
        may_let_sign_in(giver, &roles, [(other, home)])
    };
    let manager = [grant("user-manager", Scope::Platform(true))];
    let creator = grant(WORKSPACE_CREATOR, Scope::Platform(true));
    assert_eq!(of(&manager, &creator, None), Ok(()));
    let owner = grant(WORKSPACE_OWNER, ws("ws-a"));
    let missing = of(&manager, &owner, None).expect_err("a refusal");
    assert!(
        missing.contains(&"workbench:open".to_owned()),
        "{missing:?}"
    );
    let with_workspace = [manager[0].clone(), owner.clone()];
    assert_eq!(of(&with_workspace, &owner, None), Ok(()));
    assert!(of(&with_workspace, &grant(WORKSPACE_OWNER, ws("ws-b")), None).is_err());
    let guest = grant("workbench-guest", Scope::Workbench("wb-a".into()));
    assert_eq!(of(&with_workspace, &guest, Some("ws-a".into())), Ok(()));
    assert!(of(&with_workspace, &guest, Some("ws-b".into())).is_err());
    let mut provided = owner;
    provided.source = Some("lab".to_owned());
    assert!(of(&manager, &provided, None).is_err());
}

#[test]
fn an_explanation_names_the_path_or_what_is_missing() {
    let roles = Roles::default();
    let grants = [grant("workspace-member", Scope::Workspace("ws-a".into()))];
    let reported = explain(
        &roles,
        &grants,
        Permission::WorkbenchRead,
        &workspace("ws-a"),
    );
    assert!(reported.allowed);
    assert_eq!(
        reported.by[0].path,
        ["workspace-member", "workspace-viewer"]
    );
    let reported = explain(
        &roles,
        &grants,
        Permission::WorkbenchStop,
        &workbench("ws-b", "wb-b"),
    );
    let missing = reported.missing.expect("something is missing");
    assert_eq!(missing.elsewhere[0].grant, grants[0]);
    assert!(missing.roles.contains(&WORKSPACE_OWNER.to_owned()));
    assert!(!missing.roles.contains(&"workspace-viewer".to_owned()));
}

// Properties against a reference that knows nothing of sets, caches and searches.

const NAMES: &[&str] = &["a", "b", "c", "d", "e", "workspace-viewer", "gone"];
const PLACES: &[&str] = &["ws-a", "ws-b", "*"];
const BENCHES: &[(&str, &str)] = &[("ws-a", "wb-a"), ("ws-a", "wb-b"), ("ws-b", "wb-c")];

fn some_roles() -> impl Strategy<Value = Vec<Role>> {
    let permissions: Vec<&str> = Permission::ALL.iter().map(|one| one.name()).collect();
    let one = (
        select(&NAMES[..5]),
        vec(select(permissions), 0..4),
        vec(select(NAMES), 0..3),
    );
    vec(one, 0..6).prop_map(|all| {
        all.iter()
            .map(|(name, own, inherits)| role(name, own, inherits))
            .collect()
    })
}

fn some_scope() -> impl Strategy<Value = Scope> {
    prop_oneof![
        any::<bool>().prop_map(Scope::Platform),
        select(PLACES).prop_map(|id| Scope::Workspace(id.into())),
        select(BENCHES).prop_map(|(_, id)| Scope::Workbench(id.into())),
    ]
}

fn some_resource() -> impl Strategy<Value = Resource> {
    prop_oneof![
        Just(Resource::Platform),
        select(&PLACES[..2]).prop_map(workspace),
        select(BENCHES).prop_map(|(ws, wb)| workbench(ws, wb)),
    ]
}

/// Returns `true` if a role has a permission, by adding inherited roles until none is new.
fn has(roles: &Roles, name: &str, permission: Permission) -> bool {
    let mut names = vec![name.to_owned()];
    loop {
        let parents = names.iter().filter_map(|name| roles.get(name));
        let mut parents: Vec<String> = parents.flat_map(|role| role.inherits.clone()).collect();
        parents.retain(|parent| !names.contains(parent));
        if parents.is_empty() {
            break;
        }
        names.extend(parents);
    }
    let found = names.iter().filter_map(|name| roles.get(name));
    found
        .flat_map(|role| &role.permissions)
        .any(|one| one == permission.name())
}

/// Returns `true` if a scope binds what the permission needs, one dimension after the other.
fn bound(scope: &Scope, permission: Permission, resource: &Resource) -> bool {
    let (platform, ws, wb) = match scope {
        Scope::Platform(true) => (true, Some("*"), Some("*")),
        Scope::Platform(false) => (false, None, None),
        Scope::Workspace(id) => (false, Some(id.as_str()), Some("*")),
        Scope::Workbench(id) => (false, None, Some(id.as_str())),
    };
    let matches = |bound: Option<&str>, asked: &str| bound.is_some_and(|b| b == "*" || b == asked);
    match (permission.dimension(), resource) {
        (Dimension::Platform, _) | (_, Resource::Platform) => platform,
        (Dimension::Workspace, Resource::Workspace(id) | Resource::Workbench(id, _))
        | (Dimension::Workbench, Resource::Workspace(id)) => matches(ws, id.as_str()),
        // A workbench is in one workspace: a grant on it needs no other binding.
        (Dimension::Workbench, Resource::Workbench(home, id)) => {
            matches(ws, home.as_str()) || (ws.is_none() && matches(wb, id.as_str()))
        }
    }
}

proptest! {
    #[test]
    fn decisions_equal_the_reference(
        custom in some_roles(),
        granted in vec((select(NAMES), some_scope()), 0..5),
        resource in some_resource(),
    ) {
        let roles = Roles::new(custom);
        let grants: Vec<Grant> = granted
            .iter()
            .map(|(role, scope)| Grant::new(&roles, role, scope.clone()))
            .collect();
        for permission in Permission::ALL.iter().copied() {
            let expected = granted.iter().any(|(role, scope)| {
                has(&roles, role, permission) && bound(scope, permission, &resource)
            });
            prop_assert_eq!(allows(&grants, permission, &resource), expected, "{:?}", permission);
            let reported = explain(&roles, &grants, permission, &resource);
            prop_assert_eq!(reported.allowed, expected);
            prop_assert_eq!(reported.missing.is_none(), expected);
            for held in &reported.by {
                let last = held.path.last().and_then(|name| roles.get(name)).expect("a role");
                prop_assert_eq!(held.path.first(), Some(&held.grant.role));
                prop_assert!(last.permissions.iter().any(|one| one == permission.name()));
            }
            if expected {
                prop_assert!(holds_somewhere(&grants, permission));
            }
        }
    }

    #[test]
    fn a_query_by_reach_finds_what_is_allowed(
        granted in vec((select(NAMES), some_scope()), 0..5),
        custom in some_roles(),
    ) {
        let roles = Roles::new(custom);
        let grants: Vec<Grant> = granted
            .iter()
            .map(|(role, scope)| Grant::new(&roles, role, scope.clone()))
            .collect();
        for permission in Permission::ALL.iter().copied() {
            let reach = reach(&grants, permission);
            for (ws, wb) in BENCHES.iter().copied() {
                let found = reach.everything
                    || reach.workspaces.iter().any(|id| id == ws)
                    || reach.workbenches.iter().any(|id| id == wb);
                prop_assert_eq!(found, allows(&grants, permission, &workbench(ws, wb)));
            }
        }
    }

    /// A user who was given a role may do nothing that the giver may not.
    #[test]
    fn giving_never_escalates(
        custom in some_roles(),
        own in vec((select(NAMES), some_scope()), 0..4),
        given in select(NAMES),
        scope in some_scope(),
        resource in some_resource(),
    ) {
        let roles = Roles::new(custom);
        let giver: Vec<Grant> = own
            .iter()
            .map(|(role, scope)| Grant::new(&roles, role, scope.clone()))
            .collect();
        let home = BENCHES.iter().find(|(_, wb)| scope == Scope::Workbench((*wb).into()));
        let home = home.map(|(ws, _)| WorkspaceId::from(*ws));
        prop_assume!(may_give(&giver, &roles, given, &scope, home.as_ref()).is_ok());
        let receiver = [Grant::new(&roles, given, scope)];
        for permission in Permission::ALL.iter().copied() {
            if allows(&receiver, permission, &resource) {
                prop_assert!(allows(&giver, permission, &resource), "{:?}", permission);
            }
        }
    }

    /// At no time may a user who was given a role do what the giver may not do any more.
    #[test]
    fn giving_never_outlasts(
        custom in some_roles(),
        own in vec((select(NAMES), some_scope(), proptest::option::of(0..9_i64)), 0..4),
        given in select(NAMES),
        scope in some_scope(),
        resource in some_resource(),
        now in 0..10_i64,
    ) {
        let roles = Roles::new(custom);
        let giver: Vec<Grant> = own
            .iter()
            .map(|(role, scope, end)| Grant {
                expires_at: end.map(Timestamp::from_millis),
                ..Grant::new(&roles, role, scope.clone())
            })
            .collect();
        let home = BENCHES.iter().find(|(_, wb)| scope == Scope::Workbench((*wb).into()));
        let home = home.map(|(ws, _)| WorkspaceId::from(*ws));
        let end = may_give(&giver, &roles, given, &scope, home.as_ref());
        prop_assume!(end.is_ok());
        let receiver = Grant {
            expires_at: end.unwrap_or_default(),
            ..Grant::new(&roles, given, scope)
        };
        let at = Timestamp::from_millis(now);
        let lasts = |grant: &&Grant| grant.expires_at.is_none_or(|end| end > at);
        let giver: Vec<Grant> = giver.iter().filter(lasts).cloned().collect();
        let receiver: Vec<Grant> = [receiver].iter().filter(lasts).cloned().collect();
        for permission in Permission::ALL.iter().copied() {
            if allows(&receiver, permission, &resource) {
                prop_assert!(allows(&giver, permission, &resource), "{:?}", permission);
            }
        }
    }

    #[test]
    fn circles_are_found_exactly_where_a_role_reaches_itself(custom in some_roles()) {
        let roles = Roles::new(custom);
        for role in roles.iter() {
            let mut parents = role.inherits.iter();
            let reaches = parents.any(|parent| reachable(&roles, parent, &role.name));
            prop_assert_eq!(roles.circle(role).is_some(), reaches);
        }
    }
}

fn reachable(roles: &Roles, from: &str, to: &str) -> bool {
    let mut names = vec![from.to_owned()];
    for _ in 0..NAMES.len() + SYSTEM_ROLES.len() {
        let parents = names.iter().filter_map(|name| roles.get(name));
        let parents: Vec<String> = parents.flat_map(|role| role.inherits.clone()).collect();
        names.extend(parents);
        names.sort();
        names.dedup();
    }
    names.iter().any(|name| name == to)
}
