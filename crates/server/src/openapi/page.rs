//! The OpenAPI document as one page without scripts.

use super::document::tag;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::fmt::Write as _;

const STYLE: &str = include_str!("page.css");

/// Returns the page's Content-Security-Policy: its own style by its hash, and nothing else.
pub fn policy() -> String {
    let hash = STANDARD.encode(Sha256::digest(STYLE.as_bytes()));
    format!(
        "default-src 'none'; style-src 'sha256-{hash}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
}

/// Returns the page.
pub(super) fn render(document: &Value) -> String {
    let mut areas: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for (path, item) in entries(&document["paths"]) {
        for method in ["get", "post", "put", "patch", "delete"] {
            if item[method].is_object() {
                let area = areas.entry(tag(path)).or_default();
                area.push(operation(path, method, &item[method]));
            }
        }
    }
    let mut body = String::new();
    let mut links = String::new();
    for (area, operations) in &areas {
        link(&mut links, area);
        put(
            &mut body,
            &format!("<section><h2 id=\"{area}\">{area}</h2>"),
        );
        operations.iter().for_each(|one| put(&mut body, one));
        put(&mut body, "</section>");
    }
    link(&mut links, "schemas");
    put(&mut body, "<section><h2 id=\"schemas\">schemas</h2>");
    for (name, schema) in entries(&document["components"]["schemas"]) {
        put(&mut body, &definition(name, schema));
    }
    put(&mut body, "</section>");
    format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>API of Vestibule</title>\
         <meta name=\"viewport\" content=\"width=device-width,initial-scale=1\"><style>{STYLE}</style></head>\
         <body><header><h1>API of Vestibule {}</h1><p>{}</p><p><a href=\"/api/openapi.json\">OpenAPI document</a></p></header>\
         <nav aria-label=\"Areas\"><ul>{links}</ul></nav><main>{body}</main></body></html>",
        text(&document["info"]["version"]),
        text(&document["info"]["description"]),
    )
}

fn operation(path: &str, method: &str, operation: &Value) -> String {
    let mut html = format!(
        "<details><summary><code>{} {}</code><span>{}</span></summary>",
        method.to_uppercase(),
        escape(path),
        text(&operation["summary"]),
    );
    if operation["description"].is_string() {
        put(
            &mut html,
            &format!("<p>{}</p>", text(&operation["description"])),
        );
    }
    let parameters = operation["parameters"].as_array();
    let rows = parameters.into_iter().flatten().map(|one| {
        let name = format!("<code>{}</code>", text(&one["name"]));
        [name, text(&one["in"]), text(&one["description"])]
    });
    put(
        &mut html,
        &table("Parameters", ["Name", "In", "Meaning"], rows),
    );
    if let Some(content) = operation.get("requestBody") {
        put(
            &mut html,
            &format!("<p>Body: {}</p>", contents(&content["content"])),
        );
    }
    let rows = entries(&operation["responses"]).map(|(status, one)| {
        let content = contents(&one["content"]);
        [escape(status), text(&one["description"]), content]
    });
    put(
        &mut html,
        &table("Responses", ["Status", "Meaning", "Body"], rows),
    );
    html + "</details>"
}

fn definition(name: &str, schema: &Value) -> String {
    let mut html = format!(
        "<details id=\"{0}\"><summary><code>{0}</code></summary><p>{1}</p>",
        escape(name),
        text(&schema["description"]),
    );
    let parts = schema["allOf"].as_array().into_iter().flatten();
    let parts = [schema].into_iter().chain(parts);
    let fields = parts.flat_map(|part| entries(&part["properties"]));
    let rows = fields.map(|(field, schema)| {
        let field = format!("<code>{}</code>", escape(field));
        [field, kind(schema), text(&schema["description"])]
    });
    put(
        &mut html,
        &table("Fields", ["Name", "Type", "Meaning"], rows),
    );
    html + "</details>"
}

fn contents(content: &Value) -> String {
    let all = entries(content).map(|(media, one)| {
        let media = escape(media);
        format!("<code>{media}</code> {}", kind(&one["schema"]))
    });
    all.collect::<Vec<_>>().join("<br>")
}

/// Returns the type of a schema, with links to the named ones.
fn kind(schema: &Value) -> String {
    if let Some(name) = schema["$ref"].as_str().and_then(|to| to.rsplit('/').next()) {
        let name = escape(name);
        return format!("<a href=\"#{name}\">{name}</a>");
    }
    for word in ["oneOf", "anyOf", "allOf"] {
        if let Some(parts) = schema[word].as_array() {
            return parts.iter().map(kind).collect::<Vec<_>>().join(" or ");
        }
    }
    if let items @ Value::Object(_) = &schema["properties"]["items"] {
        return format!("page of {}", kind(items));
    }
    match &schema["type"] {
        Value::String(word) if word == "array" => format!("list of {}", kind(&schema["items"])),
        Value::String(word) => escape(word),
        Value::Array(words) => words.iter().map(text).collect::<Vec<_>>().join(" or "),
        _ => "anything".to_owned(),
    }
}

fn table(title: &str, heads: [&str; 3], rows: impl Iterator<Item = [String; 3]>) -> String {
    let mut cells = String::new();
    for [first, second, third] in rows {
        let row =
            format!("<tr><th scope=\"row\">{first}</th><td>{second}</td><td>{third}</td></tr>");
        put(&mut cells, &row);
    }
    if cells.is_empty() {
        return cells;
    }
    let heads = heads.map(|head| format!("<th scope=\"col\">{head}</th>"));
    format!(
        "<div class=\"table\" role=\"region\" aria-label=\"{title}\" tabindex=\"0\"><table><caption>{title}</caption><thead><tr>{}</tr></thead><tbody>{cells}</tbody></table></div>",
        heads.concat()
    )
}

fn link(links: &mut String, area: &str) {
    put(links, &format!("<li><a href=\"#{area}\">{area}</a></li>"));
}

fn entries(value: &Value) -> impl Iterator<Item = (&str, &Value)> {
    let map = value.as_object().into_iter().flatten();
    map.map(|(name, value)| (name.as_str(), value))
}

/// Returns a text whose pieces between backticks are code.
fn text(value: &Value) -> String {
    let pieces = value.as_str().unwrap_or_default().split('`').enumerate();
    let pieces = pieces.map(|(place, piece)| match place % 2 {
        0 => escape(piece),
        _ => format!("<code>{}</code>", escape(piece)),
    });
    pieces.collect()
}

fn escape(text: &str) -> String {
    let text = text.replace('&', "&amp;").replace('<', "&lt;");
    text.replace('>', "&gt;").replace('"', "&quot;")
}

fn put(html: &mut String, piece: &str) {
    // Writing to a String cannot fail.
    let _ = html.write_str(piece);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn page_names_every_operation_and_loads_nothing() {
        let page = crate::openapi::Document::of(crate::routes::ALL).page;
        for route in crate::routes::ALL {
            let name = format!("{} {}<", route.method.to_uppercase(), route.path);
            assert!(page.contains(&name), "{name}");
        }
        assert!(!page.contains('`'));
        for requested in ["<script", "http://", "https://", " style="] {
            assert!(!page.contains(requested), "{requested}");
        }
        assert_eq!(escape("<a b=\"&\">"), "&lt;a b=&quot;&amp;&quot;&gt;");
    }
}
