//! Placeholders such as `{port}` in the catalogue's commands.
//!
//! A placeholder is a lower-case word between braces, or `{param.NAME}`. In a second pair of braces it stands for itself:
//! `{{port}}` is the text `{port}`. Other braces stand for themselves, so that JSON and shell text need no escaping.

use vestibule_model::parameter::{self, Values};

/// Begin of the placeholders of parameters.
const PARAMETER: &str = "param.";
/// Placeholders of build steps.
pub const OF_BUILD: &[&str] = &["build", "vestibule"];
/// Placeholders of commands and of environment values.
pub const OF_COMMAND: &[&str] = &[
    "socket",
    "port",
    "dir",
    "build",
    "vestibule",
    "origin",
    "host",
    "console",
];
/// Placeholders of an agent's command.
pub const OF_AGENT: &[&str] = &[
    "prompt",
    "session",
    "socket",
    "port",
    "dir",
    "build",
    "vestibule",
    "origin",
    "host",
    "console",
];

/// Returns the placeholders of a text, in order, without their braces.
pub fn names(text: &str) -> impl Iterator<Item = &str> {
    pieces(text).filter_map(|piece| match piece {
        Piece::Name(name) => Some(name),
        Piece::Text(_) | Piece::Escaped(_) => None,
    })
}

/// Returns the value of a parameter's placeholder.
pub fn parameter<'v>(values: &'v Values, name: &str) -> Option<&'v str> {
    let name = name.strip_prefix(PARAMETER)?;
    values.get(name).map(String::as_str)
}

/// Replaces every placeholder that `value` knows. The values are not expanded again.
pub fn expand<'v>(text: &str, value: impl Fn(&str) -> Option<&'v str>) -> String {
    let mut out = String::with_capacity(text.len());
    for piece in pieces(text) {
        match piece {
            Piece::Text(text) => out.push_str(text),
            Piece::Escaped(name) => out.extend(["{", name, "}"]),
            Piece::Name(name) => match value(name) {
                Some(value) => out.push_str(value),
                None => {
                    out.push('{');
                    out.push_str(name);
                    out.push('}');
                }
            },
        }
    }
    out
}

/// Returns the host name of an origin, without its port: the value of `{host}`.
pub fn host_of(origin: &str) -> &str {
    let authority = origin.rsplit("://").next().unwrap_or_default();
    match authority.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => host,
        _ => authority,
    }
}

enum Piece<'a> {
    Text(&'a str),
    Name(&'a str),
    /// The name of a placeholder that stands for itself.
    Escaped(&'a str),
}

fn pieces(text: &str) -> impl Iterator<Item = Piece<'_>> {
    let mut rest = text;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        if let Some(name) = rest.strip_prefix('{').and_then(leading_name)
            && rest[name.len() + 3..].starts_with('}')
        {
            rest = &rest[name.len() + 4..];
            return Some(Piece::Escaped(name));
        }
        if let Some(name) = leading_name(rest) {
            rest = &rest[name.len() + 2..];
            return Some(Piece::Name(name));
        }
        // The first character does not begin a placeholder: the text extends to the next brace.
        let first = rest.chars().next().map_or(0, char::len_utf8);
        let end = rest[first..].find('{').map_or(rest.len(), |i| i + first);
        let (text, after) = rest.split_at(end);
        rest = after;
        Some(Piece::Text(text))
    })
}

fn leading_name(text: &str) -> Option<&str> {
    let inner = text.strip_prefix('{')?;
    let name = &inner[..inner.find('}')?];
    let is_word = !name.is_empty() && name.bytes().all(|b| b.is_ascii_lowercase() || b == b'_');
    let is_parameter = name.strip_prefix(PARAMETER).is_some_and(parameter::is_name);
    (is_word || is_parameter).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_are_replaced_and_other_braces_stay() {
        let value = |name: &str| match name {
            "port" => Some("8080"),
            "dir" => Some("/tmp/{port}"),
            "param.x" => Some("$(id)"),
            _ => None,
        };
        for (text, expected) in [
            ("--port={port}", "--port=8080"),
            ("{port}{port}", "80808080"),
            ("{dir}", "/tmp/{port}"),
            ("{\"a\":{port}}", "{\"a\":8080}"),
            ("{{port}}", "{port}"),
            (
                "{{port}} {port} {{{port}}} {{port}",
                "{port} 8080 {{port}} {8080",
            ),
            ("{{param.x}} {{PORT}} {{}}", "{param.x} {{PORT}} {{}}"),
            (
                "{PORT} {} { port} ${HOME} ü{",
                "{PORT} {} { port} ${HOME} ü{",
            ),
            ("{other}", "{other}"),
            (
                "{param.x} {param.X} {param.} {a.b}",
                "$(id) {param.X} {param.} {a.b}",
            ),
            ("", ""),
        ] {
            assert_eq!(expand(text, value), expected);
        }
        assert_eq!(
            names("{a} {{b}} {c} {C} ${HOME} {}").collect::<Vec<_>>(),
            ["a", "c"]
        );
    }
}
