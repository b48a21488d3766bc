//! Missing rights in words, summed up.

use super::Missing;
use std::collections::{BTreeMap, BTreeSet};

/// Most groups of rights that are named.
const MAX_GROUPS: usize = 3;
/// Most namespaces that are named in a group.
const MAX_NAMESPACES: usize = 2;

/// Rights on one resource that are missing in the same places.
struct Group<'a> {
    resource: &'a str,
    /// Namespaces, or `None` for the whole cluster.
    places: BTreeSet<Option<&'a str>>,
    verbs: Vec<&'a str>,
}

/// Returns missing rights in words that follow "not allowed to": `create and patch pods in the namespace team`.
/// Rights on one resource in the same namespaces are one group; what is too much to name is counted.
pub fn sentence(missing: &[Missing]) -> String {
    let groups = groups(missing);
    let (named, rest) = groups.split_at(groups.len().min(MAX_GROUPS));
    let mut parts: Vec<String> = named
        .iter()
        .map(|group| {
            let verbs = list(&group.verbs, group.verbs.len());
            format!("{verbs} {} {}", group.resource, scope_names(&group.places))
        })
        .collect();
    match rest.iter().map(|group| group.verbs.len()).sum() {
        0_usize => {}
        1 => parts.push("use one more right".to_owned()),
        rest => parts.push(format!("use {rest} more rights")),
    }
    parts.join(", nor ")
}

fn groups(missing: &[Missing]) -> Vec<Group<'_>> {
    let mut places: BTreeMap<(&str, &str), BTreeSet<Option<&str>>> = BTreeMap::new();
    for one in missing {
        let right = (one.resource.as_str(), one.verb);
        let place = one.namespace.as_deref();
        places.entry(right).or_default().insert(place);
    }
    let mut groups: Vec<Group<'_>> = Vec::new();
    for ((resource, verb), places) in places {
        let mut all = groups.iter_mut();
        match all.find(|group| group.resource == resource && group.places == places) {
            Some(group) => group.verbs.push(verb),
            None => groups.push(Group {
                resource,
                places,
                verbs: vec![verb],
            }),
        }
    }
    groups
}

fn scope_names(places: &BTreeSet<Option<&str>>) -> String {
    let namespaces: Vec<&str> = places.iter().copied().flatten().collect();
    match namespaces[..] {
        [] => "in the whole cluster".to_owned(),
        [namespace] => format!("in the namespace {namespace}"),
        _ => format!("in the namespaces {}", list(&namespaces, MAX_NAMESPACES)),
    }
}

/// Returns the first of several words, and how many more there are.
fn list(words: &[&str], most: usize) -> String {
    let (named, rest) = words.split_at(words.len().min(most));
    match (named, rest) {
        ([], _) => String::new(),
        ([one], []) => (*one).to_owned(),
        ([most @ .., last], []) => format!("{} and {last}", most.join(", ")),
        (named, rest) => format!("{} and {} more", named.join(", "), rest.len()),
    }
}
