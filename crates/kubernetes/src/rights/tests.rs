//! The table, the role and the words.

use super::*;
use serde_json::Value;

const DOCUMENTATION: &str = include_str!("../../../../docs/KUBERNETES.md");

const EVERYTHING: ClusterUse = ClusterUse {
    observes_only: false,
    impersonates: true,
    forwards: true,
    creates_namespaces: true,
    adopts: true,
};

fn words(row: &RightRow) -> String {
    let place = match row.place {
        RightScope::Cluster => "cluster",
        RightScope::Workspaces => "workspaces",
        RightScope::Own => "own",
    };
    let need = match row.need {
        RightCondition::Always => "",
        RightCondition::Acting => "not with `--observe-only`",
        RightCondition::ActingAsItself => "not with `--observe-only` or `--impersonate`",
        RightCondition::Impersonating => "with `--impersonate`",
        RightCondition::CreatingNamespaces => "to create namespaces of workspaces",
        RightCondition::Adopting => "to adopt namespaces",
        RightCondition::Forwarding => "with `--pod-access forward`",
    };
    let name = row.name.map_or(String::new(), |name| format!(" `{name}`"));
    let resource = qualified(row.group, row.resource);
    let verbs = row.verbs.join(", ");
    let line = format!("| `{resource}`{name} | {verbs} | {place} | {need} |");
    line.replace("  ", " ")
}

#[test]
fn documented_table_is_the_one_of_the_code() {
    let (_, section) = DOCUMENTATION
        .split_once("\n## Rights\n")
        .expect("a section");
    let (section, _) = section.split_once("\n## ").expect("another section");
    let lines = section.lines().filter(|line| line.starts_with("| `"));
    let documented: Vec<_> = lines.collect();
    let table: Vec<_> = TABLE.iter().map(words).collect();
    assert_eq!(
        documented,
        table,
        "the table should be\n{}",
        table.join("\n")
    );
}

#[test]
fn role_has_every_right_and_no_other() {
    let role = cluster_role(&EVERYTHING).expect("YAML");
    let role: Value = serde_saphyr::from_str(&role).expect("YAML");
    assert_eq!(
        (&role["kind"], &role["metadata"]["name"]),
        (&"ClusterRole".into(), &"vestibule".into())
    );
    let mut granted = Vec::new();
    for rule in role["rules"].as_array().expect("rules") {
        let text = |field: &str| rule[field][0].as_str().expect("a text").to_owned();
        for verb in rule["verbs"].as_array().expect("verbs") {
            let verb = verb.as_str().expect("a verb");
            granted.push(format!(
                "{verb} {} {}",
                text("apiGroups"),
                text("resources")
            ));
        }
    }
    let places = [RightScope::Cluster, RightScope::Workspaces, RightScope::Own];
    let rights = places
        .into_iter()
        .flat_map(|place| EVERYTHING.rights(place));
    let as_itself = ClusterUse {
        impersonates: false,
        ..EVERYTHING
    };
    let as_itself = places
        .into_iter()
        .flat_map(move |place| as_itself.rights(place));
    let mut needed: Vec<_> = rights
        .map(|right| format!("{} {} {}", right.verb, right.group, right.resource))
        .collect();
    granted.sort();
    needed.sort();
    assert_eq!(granted, needed);
    let delete =
        as_itself.filter(|right| right.resource == "agenticsessions" && right.verb == "delete");
    assert_eq!(delete.count(), 1);
}

#[test]
fn rights_are_needed_only_where_they_are_used() {
    let verbs = |uses: &ClusterUse, place: RightScope| -> Vec<String> {
        let rights = uses.rights(place).into_iter();
        rights
            .map(|right| format!("{} {}", right.verb, right.resource))
            .collect()
    };
    let plain = ClusterUse::default();
    assert_eq!(verbs(&plain, RightScope::Cluster), [""; 0]);
    let watching = ClusterUse {
        observes_only: true,
        ..EVERYTHING
    };
    assert_eq!(
        verbs(&watching, RightScope::Cluster),
        ["list namespaces", "watch namespaces"]
    );
    let changes = verbs(&watching, RightScope::Workspaces);
    let changes: Vec<_> = changes
        .iter()
        .filter(|right| {
            !right.starts_with("get ")
                && !right.starts_with("list ")
                && !right.starts_with("watch ")
        })
        .collect();
    assert_eq!(
        changes,
        ["patch agenticsessions/status", "create pods/portforward"]
    );
    assert!(!verbs(&plain, RightScope::Workspaces).contains(&"get pods/portforward".to_owned()));
}

fn missing(resource: &str, verb: &'static str, namespace: &str) -> Missing {
    Missing {
        resource: resource.to_owned(),
        verb,
        namespace: Some(namespace.to_owned()).filter(|name| !name.is_empty()),
    }
}

#[test]
fn missing_rights_are_summed_up() {
    let team = |resource: &str, verb| missing(resource, verb, "team");
    assert_eq!(
        sentence(&[team("pods", "create")]),
        "create pods in the namespace team"
    );
    assert_eq!(
        sentence(&[
            team("pods", "patch"),
            team("pods", "create"),
            team("pods", "delete")
        ]),
        "create, delete and patch pods in the namespace team"
    );
    assert_eq!(
        sentence(&[team("pods", "create"), missing("namespaces", "watch", "")]),
        "watch namespaces in the whole cluster, nor create pods in the namespace team"
    );
    let many: Vec<_> = ["a", "b", "c", "d"]
        .map(|name| missing("pods", "create", name))
        .into();
    assert_eq!(
        sentence(&many),
        "create pods in the namespaces a, b and 2 more"
    );
    let all: Vec<_> = ClusterUse::default()
        .rights(RightScope::Workspaces)
        .iter()
        .map(|right| right.missing(Some("team")))
        .collect();
    let text = sentence(&all);
    assert!(text.len() < 400, "{text}");
    assert!(text.ends_with(" more rights"), "{text}");
}
