//! Changes of a resource's spec by server-side apply, which takes nothing from other field managers.
//!
//! What is applied replaces what the console has applied before: it is everything that the console owns
//! and the change. Fields of others with the same value are left out, so that they stay theirs alone.

use super::session::{CONSOLE, FINALIZER, REQUESTED_BY};
use crate::resource::AgenticSessionSpec;
use serde_json::{Map, Value, json};

/// Field that belongs to another field manager.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EditConflict {
    /// The manager.
    pub manager: String,
    /// The field, such as `spec.desired`.
    pub field: String,
}

/// Returns a spec as it is applied: without what is not set, and without empty maps and lists.
pub(super) fn spec_value(spec: &AgenticSessionSpec) -> Value {
    let mut value = serde_json::to_value(spec).unwrap_or_default();
    if let Some(fields) = value.as_object_mut() {
        fields.retain(|_, field| !is_empty(field));
    }
    value
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Object(map) => map.is_empty(),
        Value::Array(items) => items.is_empty(),
        _ => false,
    }
}

/// Returns the body that changes the spec of a resource to another one.
///
/// # Errors
/// Fails if a field is to be removed that belongs to another field manager as well.
pub(super) fn body(
    live: &Value,
    requested: &AgenticSessionSpec,
    requested_by: &str,
) -> Result<Value, EditConflict> {
    let mut owned = owned_by_console(live);
    let spec = spec_value(requested);
    // Defaults of fields that are left out, and fields of newer versions, are no difference.
    let before = serde_json::from_value(live["spec"].clone());
    let before = before.map_or_else(|_| live["spec"].clone(), |before| spec_value(&before));
    let before = before.as_object().cloned().unwrap_or_default();
    let mut applied = owned["spec"].as_object().cloned().unwrap_or_default();
    change(&mut applied, &before, &spec, &mut Vec::new(), live)?;
    owned["spec"] = Value::Object(applied);
    let metadata = &live["metadata"];
    // The same name with another uid is another resource, and a newer version is read first.
    for field in ["name", "namespace", "uid", "resourceVersion"] {
        owned["metadata"][field] = metadata[field].clone();
    }
    owned["metadata"]["annotations"][REQUESTED_BY] = json!(requested_by);
    Ok(owned)
}

/// Applies the differences between two specs to what the console owns of the first one.
fn change(
    applied: &mut Map<String, Value>,
    before: &Map<String, Value>,
    after: &Value,
    path: &mut Vec<String>,
    live: &Value,
) -> Result<(), EditConflict> {
    let nothing = Map::new();
    let after = after.as_object().unwrap_or(&nothing);
    for (key, value) in after {
        let old = before.get(key);
        if old == Some(value) {
            continue;
        }
        let is_map = value.is_object() && old.is_none_or(Value::is_object);
        if is_map {
            let inner = old.and_then(Value::as_object).unwrap_or(&nothing);
            let mut owned = applied
                .remove(key)
                .and_then(|owned| owned.as_object().cloned())
                .unwrap_or_default();
            path.push(key.clone());
            change(&mut owned, inner, value, path, live)?;
            path.pop();
            if !owned.is_empty() {
                applied.insert(key.clone(), Value::Object(owned));
            }
        } else {
            applied.insert(key.clone(), value.clone());
        }
    }
    for (key, value) in before.iter().filter(|(key, _)| !after.contains_key(*key)) {
        path.push(key.clone());
        removable(value, path, live)?;
        path.pop();
        applied.remove(key);
    }
    Ok(())
}

/// Checks that no other manager owns a field, which could not be removed then.
fn removable(value: &Value, path: &mut Vec<String>, live: &Value) -> Result<(), EditConflict> {
    if let Some(map) = value.as_object().filter(|map| !map.is_empty()) {
        for (key, inner) in map {
            path.push(key.clone());
            removable(inner, path, live)?;
            path.pop();
        }
        return Ok(());
    }
    let others = entries(live).filter(|entry| !is_of_console(entry));
    let owner = others.into_iter().find(|entry| {
        let mut fields = &entry["fieldsV1"]["f:spec"];
        for key in path.iter() {
            fields = &fields[format!("f:{key}")];
        }
        !fields.is_null()
    });
    match owner {
        Some(owner) => Err(EditConflict {
            manager: owner["manager"].as_str().unwrap_or_default().to_owned(),
            field: format!("spec.{}", path.join(".")),
        }),
        None => Ok(()),
    }
}

/// Returns the managers beside the console of a field of the spec.
pub(super) fn others_of<'a>(live: &'a Value, field: &str) -> Vec<&'a str> {
    let key = format!("f:{field}");
    let others = entries(live).filter(|entry| !is_of_console(entry));
    let owners = others.filter(|entry| !entry["fieldsV1"]["f:spec"][&key].is_null());
    owners
        .filter_map(|entry| entry["manager"].as_str())
        .collect()
}

/// Returns the part of a resource that the console has applied.
fn owned_by_console(live: &Value) -> Value {
    let entry = entries(live).find(|entry| is_of_console(entry));
    let mut owned = entry.map_or_else(|| json!({}), |entry| part(live, &entry["fieldsV1"]));
    owned["apiVersion"] = live["apiVersion"].clone();
    owned["kind"] = live["kind"].clone();
    // The list is of several owners; the console has added one item at most.
    if let Some(metadata) = owned["metadata"].as_object_mut() {
        metadata.retain(|field, _| field != "finalizers");
        let item = format!("v:\"{FINALIZER}\"");
        let fields = entry.map(|entry| &entry["fieldsV1"]["f:metadata"]["f:finalizers"]);
        if fields.is_some_and(|fields| !fields[item].is_null()) {
            metadata.insert("finalizers".to_owned(), json!([FINALIZER]));
        }
    }
    owned
}

fn entries(live: &Value) -> impl Iterator<Item = &Value> {
    let all = live["metadata"]["managedFields"].as_array();
    all.into_iter()
        .flatten()
        .filter(|entry| entry["subresource"].as_str().is_none_or(str::is_empty))
}

fn is_of_console(entry: &Value) -> bool {
    entry["manager"] == CONSOLE && entry["operation"] == "Apply"
}

/// Returns the part of a value that a set of fields names (`FieldsV1`). Lists are owned as a whole.
fn part(value: &Value, fields: &Value) -> Value {
    let (Some(map), Some(fields)) = (value.as_object(), fields.as_object()) else {
        return value.clone();
    };
    if fields.is_empty() {
        return value.clone();
    }
    let inner = fields.iter().filter_map(|(key, inner)| {
        let key = key.strip_prefix("f:")?;
        Some((key.to_owned(), part(map.get(key)?, inner)))
    });
    Value::Object(inner.collect())
}

#[cfg(test)]
mod tests;
