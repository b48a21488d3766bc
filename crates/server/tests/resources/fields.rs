//! Fields of objects: their managers, merges, and labels.

use serde_json::{Value, json};
use vestibule_server::clock;

/// Gives the changed fields of a spec to their manager.
pub fn own(before: Option<&Value>, after: &mut Value, manager: &str) {
    let old = before
        .map(|before| before["spec"].clone())
        .unwrap_or_default();
    let fields = after["spec"].as_object().cloned().unwrap_or_default();
    let changed = fields
        .iter()
        .filter(|(key, value)| old.get(key.as_str()) != Some(*value));
    let changed: Vec<String> = changed.map(|(key, _)| format!("f:{key}")).collect();
    if changed.is_empty() {
        return;
    }
    let mut entries = after["metadata"]["managedFields"]
        .as_array()
        .cloned()
        .unwrap_or_default();
    for entry in &mut entries {
        if let Some(owned) = entry["fieldsV1"]["f:spec"].as_object_mut() {
            owned.retain(|key, _| !changed.contains(key));
        }
    }
    let is_of = |entry: &Value| entry["manager"] == manager;
    if !entries.iter().any(is_of) {
        let operation = if manager == "vestibule-console" {
            "Apply"
        } else {
            "Update"
        };
        entries.push(
            json!({ "manager": manager, "operation": operation, "fieldsV1": { "f:spec": {} } }),
        );
    }
    for entry in entries.iter_mut().filter(|entry| is_of(entry)) {
        entry["time"] = json!(clock::now().to_string());
        for key in &changed {
            entry["fieldsV1"]["f:spec"][key] = json!({});
        }
    }
    after["metadata"]["managedFields"] = Value::Array(entries);
}

/// Returns the cause of a conflict, if a patch changes a field of another manager.
pub fn conflict(before: &Value, patch: &Value, manager: &str) -> Option<Value> {
    let fields = patch["spec"].as_object()?;
    let mut changed = fields
        .iter()
        .filter(|(key, value)| before["spec"].get(key.as_str()) != Some(*value));
    changed.find_map(|(key, _)| {
        let entries = before["metadata"]["managedFields"].as_array()?;
        let owner = entries.iter().find(|entry| {
            entry["manager"] != manager && !entry["fieldsV1"]["f:spec"][format!("f:{key}")].is_null()
        })?;
        let message = format!("conflict with {} using vestibule.dev/v1alpha1", owner["manager"]);
        Some(json!({ "reason": "FieldManagerConflict", "field": format!(".spec.{key}"), "message": message }))
    })
}

/// Removes the fields of a status that its manager no longer applies. Conditions may have other managers.
pub fn remove_absent(status: &mut Value, applied: &Value) {
    if let Some(fields) = status.as_object_mut() {
        fields.retain(|field, _| field == "conditions" || !applied[field].is_null());
    }
}

/// Lays a value over another one; null removes. Lists of conditions are maps by type.
pub fn merge(below: &mut Value, above: &Value) {
    match (below, above) {
        (Value::Object(below), Value::Object(above)) => {
            for (key, value) in above {
                if value.is_null() {
                    below.remove(key);
                } else {
                    merge(below.entry(key.clone()).or_insert(Value::Null), value);
                }
            }
        }
        (below, Value::Object(above)) => {
            *below = json!({});
            merge(below, &Value::Object(above.clone()));
        }
        (below, above) => *below = above.clone(),
    }
}

/// Returns `true` if an object has the labels of a selector.
pub fn has_labels(object: &Value, selector: Option<&str>) -> bool {
    let labels = &object["metadata"]["labels"];
    let mut wanted = selector
        .into_iter()
        .flat_map(|selector| selector.split(','));
    wanted.all(|one| match one.split_once('=') {
        Some((key, value)) => labels[key] == value,
        None => labels[one].is_string(),
    })
}
