//! The accessibility tree of a page, as Chromium's DevTools protocol returns it.

use crate::monkey::step::Control;
use serde_json::Value;
use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};

/// Roles of what a person can use.
const CONTROLS: [&str; 18] = [
    "button",
    "link",
    "checkbox",
    "radio",
    "textbox",
    "searchbox",
    "combobox",
    "menuitem",
    "menuitemradio",
    "menuitemcheckbox",
    "tab",
    "option",
    "switch",
    "spinbutton",
    "slider",
    "DisclosureTriangle",
    "DisclosureTriangleGrouped",
    "Iframe",
];

/// Properties that change without a change of the page's meaning: the focus is compared by itself.
const PASSING: [&str; 2] = ["focused", "busy"];

/// A control on the page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// Role, name and number.
    pub control: Control,
    /// Identifier in the DevTools protocol.
    pub node: i64,
    /// The control is switched off.
    pub is_disabled: bool,
    /// The control already is what a click would make it: a selected tab or a chosen radio button.
    pub is_settled: bool,
}

/// The tree.
#[derive(Debug, Clone, Default)]
pub struct Tree {
    /// Controls in the order of the page.
    pub found: Vec<Found>,
    /// Names of the open dialogs.
    pub dialogs: Vec<String>,
    /// Hash of all roles, names, values and states, without numbers, which change with the time.
    pub fingerprint: u64,
}

impl Tree {
    /// Reads the `nodes` of `Accessibility.getFullAXTree`.
    pub fn read(nodes: &Value) -> Self {
        let nodes = nodes.as_array().map(Vec::as_slice).unwrap_or_default();
        let role_by_id: HashMap<&str, &str> = nodes
            .iter()
            .filter_map(|node| Some((node["nodeId"].as_str()?, text(&node["role"]))))
            .collect();
        let mut tree = Self::default();
        let mut count: HashMap<(String, String), usize> = HashMap::new();
        let mut hasher = DefaultHasher::new();
        for node in nodes {
            if node["ignored"] == true {
                continue;
            }
            let role = text(&node["role"]);
            // A part of the rendering of a text, which follows from the text.
            if role == "InlineTextBox" {
                continue;
            }
            let name = squeeze(text(&node["name"]));
            role.hash(&mut hasher);
            without_digits(&name).hash(&mut hasher);
            without_digits(&node["value"]["value"].to_string()).hash(&mut hasher);
            let mut states = HashMap::new();
            for property in node["properties"].as_array().into_iter().flatten() {
                let key = property["name"].as_str().unwrap_or_default();
                let value = &property["value"]["value"];
                states.insert(key, value);
                if !PASSING.contains(&key) {
                    key.hash(&mut hasher);
                    without_digits(&value.to_string()).hash(&mut hasher);
                }
            }
            let is = |key: &str| {
                let state = states.get(key);
                state.is_some_and(|state| **state == true || **state == "true")
            };
            if role == "dialog" || role == "alertdialog" {
                tree.dialogs.push(name.clone());
            }
            let parent = node["parentId"].as_str().and_then(|id| role_by_id.get(id));
            // Options of a select are chosen by its keys.
            let is_of_select =
                role == "option" && parent.is_some_and(|role| *role == "MenuListPopup");
            if !CONTROLS.contains(&role) || is_of_select {
                continue;
            }
            let Some(id) = node["backendDOMNodeId"].as_i64() else {
                continue;
            };
            let ordinal = count.entry((role.to_owned(), name.clone())).or_default();
            tree.found.push(Found {
                control: Control {
                    role: role.to_owned(),
                    name,
                    ordinal: *ordinal,
                },
                node: id,
                is_disabled: is("disabled"),
                is_settled: match role {
                    "radio" | "menuitemradio" => is("checked"),
                    "tab" | "option" => is("selected"),
                    _ => false,
                },
            });
            *ordinal += 1;
        }
        tree.fingerprint = hasher.finish();
        tree
    }

    /// Finds a control that was seen earlier; numbers in its name may have changed since.
    pub fn find(&self, control: &Control) -> Option<&Found> {
        let exact = self.found.iter().find(|one| one.control == *control);
        exact.or_else(|| {
            let name = without_digits(&control.name);
            let mut like = self.found.iter().filter(|one| {
                one.control.role == control.role && without_digits(&one.control.name) == name
            });
            like.next()
        })
    }
}

fn text(value: &Value) -> &str {
    value["value"].as_str().unwrap_or_default()
}

fn squeeze(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Returns the text with `#` in place of each number.
pub fn without_digits(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut was_digit = false;
    for letter in text.chars() {
        let is_digit = letter.is_ascii_digit();
        if !is_digit {
            out.push(letter);
        } else if !was_digit {
            out.push('#');
        }
        was_digit = is_digit;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn node(id: &str, role: &str, name: &str, properties: Value) -> Value {
        json!({
            "nodeId": id, "ignored": false, "role": { "value": role }, "name": { "value": name },
            "backendDOMNodeId": id.parse::<i64>().unwrap(), "properties": properties, "parentId": "1",
        })
    }

    fn property(name: &str, value: Value) -> Value {
        json!([{ "name": name, "value": { "value": value } }])
    }

    #[test]
    fn controls_are_numbered_and_their_state_is_read() {
        let tree = Tree::read(&json!([
            node("1", "RootWebArea", "Vestibule", json!([])),
            node("2", "button", "Delete", json!([])),
            node("3", "button", " Delete ", property("disabled", json!(true))),
            node("4", "radio", "Dark", property("checked", json!("true"))),
            node("5", "dialog", "Delete Alpha?", json!([])),
            { "nodeId": "6", "ignored": true, "role": { "value": "button" } },
        ]));
        let is = |place: usize| &tree.found[place];
        assert_eq!(tree.found.len(), 3);
        assert_eq!(
            (is(1).control.ordinal, is(1).is_disabled, is(1).node),
            (1, true, 3)
        );
        assert!(is(2).is_settled && !is(0).is_disabled);
        assert_eq!(tree.dialogs, ["Delete Alpha?"]);
    }

    #[test]
    fn fingerprint_follows_meaning_but_neither_clock_nor_focus() {
        let of = |name: &str, properties: Value| {
            Tree::read(&json!([node("2", "button", name, properties)])).fingerprint
        };
        assert_eq!(of("5 min", json!([])), of("12 min", json!([])));
        assert_ne!(of("Open", json!([])), of("Close", json!([])));
        let focused = |is: bool| of("Open", property("focused", json!(is)));
        assert_eq!(focused(true), focused(false));
        let expanded = |is: bool| of("Open", property("expanded", json!(is)));
        assert_ne!(expanded(true), expanded(false));
    }

    #[test]
    fn a_control_is_found_again_when_its_count_changed() {
        let tree = Tree::read(&json!([node("2", "button", "Stopped 4", json!([]))]));
        let earlier = Control {
            role: "button".into(),
            name: "Stopped 3".into(),
            ordinal: 0,
        };
        assert_eq!(tree.find(&earlier).unwrap().node, 2);
        let other = Control {
            role: "button".into(),
            name: "Failed 3".into(),
            ordinal: 0,
        };
        assert!(tree.find(&other).is_none());
    }
}
