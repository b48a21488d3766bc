//! Differences between the states before and after a change.

use serde_json::Value;
use std::collections::BTreeSet;

/// Changed field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldChange {
    /// Name of the field.
    pub field: String,
    /// Values that were removed.
    pub removed: Vec<String>,
    /// Values that were added.
    pub added: Vec<String>,
}

/// Returns the changed fields. Lists are compared entry by entry.
pub fn difference(before: &Value, after: &Value) -> Vec<FieldChange> {
    let names = |value: &Value| -> BTreeSet<String> {
        let fields = value
            .as_object()
            .into_iter()
            .flat_map(|fields| fields.keys());
        fields.cloned().collect()
    };
    let all: BTreeSet<String> = names(before).union(&names(after)).cloned().collect();
    if all.is_empty() && before != after {
        return vec![of_field(String::new(), before, after)];
    }
    let changed = all.into_iter().map(|field| {
        let (before, after) = (before.get(&field), after.get(&field));
        of_field(
            field,
            before.unwrap_or(&Value::Null),
            after.unwrap_or(&Value::Null),
        )
    });
    changed
        .filter(|one| !one.removed.is_empty() || !one.added.is_empty())
        .collect()
}

fn of_field(field: String, before: &Value, after: &Value) -> FieldChange {
    let (before, after) = (values(before), values(after));
    let missing = |from: &[String], all: &[String]| {
        let missing = all.iter().filter(|one| !from.contains(one));
        missing.cloned().collect()
    };
    FieldChange {
        field: words(&field),
        removed: missing(&after, &before),
        added: missing(&before, &after),
    }
}

/// Returns a value as texts: a list as its entries, nothing as none.
fn values(value: &Value) -> Vec<String> {
    match value {
        Value::Null => Vec::new(),
        Value::Array(all) => all.iter().map(text).collect(),
        Value::String(text) if text.is_empty() => Vec::new(),
        other => vec![text(other)],
    }
}

fn text(value: &Value) -> String {
    match value {
        Value::Null => "none".to_owned(),
        Value::Bool(true) => "yes".to_owned(),
        Value::Bool(false) => "no".to_owned(),
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        Value::Array(all) => all.iter().map(text).collect::<Vec<_>>().join(", "),
        Value::Object(fields) => object(fields),
    }
}

/// Returns an object on one line. A scope and a grant have a shorter form.
fn object(fields: &serde_json::Map<String, Value>) -> String {
    if let (Some(Value::String(role)), Some(scope)) = (fields.get("role"), fields.get("scope")) {
        let end = fields.get("expiresAt").and_then(Value::as_str);
        let end = end.map(|end| format!(" until {end}"));
        return format!("{role} on {}{}", text(scope), end.unwrap_or_default());
    }
    if fields.get("platform") == Some(&Value::Bool(true)) {
        return "the platform".to_owned();
    }
    let parts = fields.iter().filter(|(_, value)| !value.is_null());
    let parts =
        parts.map(|(name, value)| format!("{} {}", words(name).to_ascii_lowercase(), text(value)));
    parts.collect::<Vec<_>>().join(", ")
}

/// Returns the words of a field's name.
fn words(field: &str) -> String {
    let mut text = String::new();
    for (place, c) in field.chars().enumerate() {
        match c {
            c if place == 0 => text.push(c.to_ascii_uppercase()),
            c if c.is_ascii_uppercase() => {
                text.push(' ');
                text.push(c.to_ascii_lowercase());
            }
            c => text.push(c),
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn shown(before: Value, after: Value) -> Vec<String> {
        let all = difference(&before, &after).into_iter();
        all.map(|one| format!("{}: -{:?} +{:?}", one.field, one.removed, one.added))
            .collect()
    }

    #[test]
    fn lists_differ_entry_by_entry_and_equal_fields_are_left_out() {
        let before = json!({"title": "Ops", "permissions": ["a", "b"], "inherits": []});
        let after = json!({"title": "Ops", "permissions": ["b", "c"], "inherits": ["x"]});
        assert_eq!(
            shown(before, after),
            ["Inherits: -[] +[\"x\"]", "Permissions: -[\"a\"] +[\"c\"]"]
        );
    }

    #[test]
    fn grants_scopes_and_missing_states_are_readable() {
        let grant =
            json!({"role": "workspace-member", "scope": {"workspace": "ws-1"}, "expiresAt": null});
        assert_eq!(
            shown(Value::Null, json!({"grants": [grant]})),
            ["Grants: -[] +[\"workspace-member on workspace ws-1\"]"]
        );
        let platform = json!({"role": "administrator", "scope": {"platform": true}});
        assert_eq!(
            shown(platform, Value::Null),
            [
                "Role: -[\"administrator\"] +[]",
                "Scope: -[\"the platform\"] +[]"
            ]
        );
        assert_eq!(
            shown(json!({"hasEmail": false}), json!({"hasEmail": true})),
            ["Has email: -[\"no\"] +[\"yes\"]"]
        );
        assert_eq!(shown(Value::Null, Value::Null), Vec::<String>::new());
        assert_eq!(shown(json!(1), json!("x")), [": -[\"1\"] +[\"x\"]"]);
    }
}
