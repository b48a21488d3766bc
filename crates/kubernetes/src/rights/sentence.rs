//! Missing rights in words, summed up.

use super::Missing;
use std::collections::{BTreeMap, BTreeSet};

/// Most groups of rights that are named.
const MAX_GROUPS: usize = 3;
/// Most namespaces that are named in a group.
const MAX_NAMESPACES: usize = 2;

/// Returns missing rights in words that follow "may not": `create and patch pods in the namespace team`.
/// Rights on one resource in the same namespaces are one group; what is too much to name is counted.
pub fn sentence(missing: &[Missing]) -> String {
    // By resource and verb, where it is missing; then by resource and place, which verbs.
    let mut places: BTreeMap<(&str, &str), BTreeSet<Option<&str>>> = BTreeMap::new();
    for one in missing {
        let key = (one.resource.as_str(), one.verb);
        let place = one.namespace.as_deref();
        places.entry(key).or_default().insert(place);
    }
    let mut groups: Vec<(&str, BTreeSet<Option<&str>>, Vec<&str>)> = Vec::new();
    for ((resource, verb), places) in places {
        let mut same = groups.iter_mut();
        match same.find(|group| group.0 == resource && group.1 == places) {
            Some(group) => group.2.push(verb),
            None => groups.push((resource, places, vec![verb])),
        }
    }
    let rest: usize = groups
        .iter()
        .skip(MAX_GROUPS)
        .map(|group| group.2.len())
        .sum();
    let named = groups.iter().take(MAX_GROUPS);
    let mut parts: Vec<String> = named
        .map(|(resource, places, verbs)| {
            format!(
                "{} {resource} {}",
                list(verbs, verbs.len()),
                whereabouts(places)
            )
        })
        .collect();
    match rest {
        0 => {}
        1 => parts.push("use one more right".to_owned()),
        rest => parts.push(format!("use {rest} more rights")),
    }
    parts.join(", nor ")
}

fn whereabouts(places: &BTreeSet<Option<&str>>) -> String {
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
