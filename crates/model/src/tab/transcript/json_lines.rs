//! Lines of JSON in which coding agents report their work.
//!
//! Agents name things differently, and add fields without notice, so a line is searched for the few
//! fields that matter; a line without them stays output.

use super::kind::EventKind;
use serde_json::Value;

/// Longest input of a tool that is shown, in characters.
const MAX_INPUT: usize = 2000;

/// Reads a line; `None` if nothing in it is known.
pub(super) fn read(line: &str) -> Option<(EventKind, String)> {
    let line = line.trim();
    if !line.starts_with('{') {
        return None;
    }
    let value: Value = serde_json::from_str(line).ok()?;
    let kind = text(&value, "type")?;
    match kind {
        "assistant" => content(value.get("message")?),
        // The answers of tools are sent back to the model as a user's message.
        "user" => content(value.get("message")?).map(|(_, text)| (EventKind::Tool, text)),
        "item.completed" => item(value.get("item")?),
        "message" if text(&value, "role") == Some("assistant") => content(&value),
        "text" => value
            .get("part")
            .and_then(|part| text(part, "text"))
            .or_else(|| text(&value, "text"))
            .map(|text| (EventKind::Assistant, text.to_owned())),
        "tool_use" | "tool_call" => Some(tool(value.get("part").unwrap_or(&value))),
        "error" => Some((
            EventKind::Status,
            text(&value, "message").map_or_else(|| short(&value), str::to_owned),
        )),
        "system" | "init" | "session" | "thread.started" | "turn.started" | "turn.completed"
        | "item.started" | "step_start" | "step_finish" | "result" => Some((
            EventKind::Status,
            text(&value, "subtype")
                .map_or_else(|| kind.to_owned(), |more| format!("{kind}: {more}")),
        )),
        _ => None,
    }
}

/// Reads the content of a message: a text, or parts.
fn content(message: &Value) -> Option<(EventKind, String)> {
    let parts = match message.get("content")? {
        Value::String(text) => return Some((EventKind::Assistant, text.clone())),
        Value::Array(parts) => parts,
        _ => return None,
    };
    let read: Vec<(EventKind, String)> = parts.iter().filter_map(part).collect();
    let is_text = read.iter().any(|(kind, _)| *kind == EventKind::Assistant);
    let kind = match is_text {
        true => EventKind::Assistant,
        false => EventKind::Tool,
    };
    let texts: Vec<String> = read.into_iter().map(|(_, text)| text).collect();
    (!texts.is_empty()).then(|| (kind, texts.join("\n\n")))
}

fn part(part: &Value) -> Option<(EventKind, String)> {
    match text(part, "type")? {
        "text" => Some((EventKind::Assistant, text(part, "text")?.to_owned())),
        "tool_use" => Some(tool(part)),
        "tool_result" => Some((EventKind::Tool, short(part.get("content")?))),
        _ => None,
    }
}

fn item(item: &Value) -> Option<(EventKind, String)> {
    match text(item, "type").or_else(|| text(item, "item_type"))? {
        "agent_message" | "assistant_message" => {
            Some((EventKind::Assistant, text(item, "text")?.to_owned()))
        }
        "command_execution" => {
            let output = text(item, "aggregated_output").unwrap_or_default();
            let command = text(item, "command").unwrap_or_default();
            Some((EventKind::Tool, format!("$ {command}\n{output}")))
        }
        "error" => Some((EventKind::Status, text(item, "message")?.to_owned())),
        _ => Some(tool(item)),
    }
}

fn tool(value: &Value) -> (EventKind, String) {
    let name = ["name", "tool", "tool_name", "type"]
        .into_iter()
        .find_map(|key| text(value, key))
        .unwrap_or("tool");
    let input = ["input", "parameters", "arguments", "state"]
        .into_iter()
        .find_map(|key| value.get(key));
    let input = input.map(short).unwrap_or_default();
    (
        EventKind::Tool,
        format!("{name} {input}").trim_end().to_owned(),
    )
}

fn short(value: &Value) -> String {
    let whole = match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    match whole.char_indices().nth(MAX_INPUT) {
        Some((at, _)) => format!("{}…", &whole[..at]),
        None => whole,
    }
}

fn text<'v>(value: &'v Value, key: &str) -> Option<&'v str> {
    value.get(key)?.as_str()
}
