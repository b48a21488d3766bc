//! Takes secrets out of text that is to be shown to others.
//!
//! It would rather hide too much than too little. What it knows: values that belong to a name
//! which looks secret, authorisation headers, credentials and queries in addresses, private keys,
//! well-known kinds of tokens, and long strings that look random. A short secret that stands by
//! itself, under no name, cannot be told from a word.

use crate::sorting::sort_by;
use std::collections::BTreeMap;

/// What stands in place of a secret.
pub const MARK: &str = "***";

/// Values shorter than this are not looked for elsewhere: `API_KEY_ENABLED=true` must not take
/// every "true" out of a log.
const MIN_KNOWN: usize = 6;
/// From here on, letters and digits that alternate look random.
const MIN_RANDOM: usize = 20;
/// From here on, letters with digits are taken for a token unless they are words.
const MIN_LONG: usize = 32;

/// Parts that make a name look secret wherever they stand in it.
const PARTS: &[&str] = &[
    "token",
    "secret",
    "passw",
    "pwd",
    "passphrase",
    "credential",
    "cookie",
    "private",
    "signature",
    "jwt",
    "bearer",
];
/// Words that make a name look secret at its end.
const LAST_WORDS: &[&str] = &["auth", "authorization", "pass", "sig", "pin", "dsn", "salt"];
/// How tokens of well-known kinds begin.
const PREFIXES: &[&str] = &[
    "sk-",
    "ghp_",
    "gho_",
    "ghs_",
    "github_pat_",
    "glpat-",
    "xoxb-",
    "xoxp-",
    "AKIA",
    "ASIA",
    "AIza",
    "eyJ",
    "hf_",
    "npm_",
];

/// Takes secrets out, and knows some of them.
#[derive(Debug, Clone, Default)]
pub struct Redactor {
    known: Vec<String>,
}

impl Redactor {
    /// Also takes out, wherever they stand, the values of variables whose names look secret.
    pub fn knowing(env: &BTreeMap<String, String>) -> Self {
        let mut known: Vec<String> = env
            .iter()
            .filter(|(name, value)| looks_secret(name) && value.len() >= MIN_KNOWN)
            .map(|(_, value)| value.clone())
            .collect();
        // The longest first: one may be a part of another.
        sort_by(&mut known, |a, b| {
            b.len().cmp(&a.len()).then_with(|| a.cmp(b))
        });
        Self { known }
    }

    /// The text without what looks secret. Lines stay lines.
    pub fn clean(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for value in &self.known {
            if text.contains(value.as_str()) {
                text = text.replace(value.as_str(), MARK);
            }
        }
        let mut clean = String::with_capacity(text.len());
        let mut in_key = false;
        for (i, line) in text.split('\n').enumerate() {
            if i > 0 {
                clean.push('\n');
            }
            let begins = line.contains("-----BEGIN") && line.contains("PRIVATE KEY");
            if begins || in_key {
                in_key = !line.contains("-----END");
                clean.push_str(MARK);
            } else {
                clean.push_str(&clean_line(line));
            }
        }
        clean
    }
}

/// Whether a variable, field or option of this name is likely to hold a secret.
pub fn looks_secret(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    if lower.ends_with("error") || lower.ends_with("exception") {
        return false;
    }
    let has_part = PARTS.iter().any(|part| lower.contains(part));
    let is_key = lower.ends_with("key") || lower.ends_with("keys");
    let is_session = lower.contains("session") && lower.ends_with("id");
    has_part || is_key || is_session || LAST_WORDS.contains(&last_word(name).as_str())
}

/// The last word of `SOME_NAME`, `some-name` or `someName`, in lower case.
fn last_word(name: &str) -> String {
    let name = name.trim_end_matches(|c: char| !c.is_ascii_alphanumeric());
    let from = name.rfind(|c: char| !c.is_ascii_alphanumeric());
    let word = &name[from.map_or(0, |i| i + 1)..];
    let is_shouted = !word.bytes().any(|b| b.is_ascii_lowercase());
    let hump = word.rfind(|c: char| c.is_ascii_uppercase());
    let word = match hump {
        Some(i) if !is_shouted => &word[i..],
        _ => word,
    };
    word.to_ascii_lowercase()
}

fn clean_line(line: &str) -> String {
    let line = after_scheme(&without_credentials(&without_values(line)));
    without_tokens(&line)
}

/// Hides what follows a name that looks secret: `NAME=value`, `"name": "value"`, `--name value`.
fn without_values(line: &str) -> String {
    let bytes = line.as_bytes();
    let mut out = String::with_capacity(line.len());
    let (mut copied, mut i) = (0, 0);
    while i < bytes.len() {
        let is_pair = matches!(bytes[i], b'=' | b':');
        let key = match bytes[i] {
            b'=' | b':' => key_before(&line[copied..i], true),
            b' ' => key_before(&line[copied..i], false).filter(|key| key.starts_with("--")),
            _ => None,
        };
        if let Some(key) = key.filter(|key| looks_secret(key)) {
            let (from, until) = value_after(line, i + 1, is_pair && is_wide(key));
            if from < until {
                out.push_str(&line[copied..from]);
                out.push_str(MARK);
                copied = until;
                i = until;
                continue;
            }
        }
        i += 1;
    }
    out.push_str(&line[copied..]);
    out
}

/// The name that ends where a sign begins; in front of `=` and `:` it may be quoted.
fn key_before(text: &str, may_be_quoted: bool) -> Option<&str> {
    let text = if may_be_quoted {
        text.trim_end_matches([' ', '"', '\'', '`', '\\', ']'])
    } else {
        text
    };
    let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
    let from = text.rfind(|c: char| !is_part(c));
    let key = &text[from.map_or(0, |i| {
        i + text[i..].chars().next().map_or(1, char::len_utf8)
    })..];
    (!key.is_empty()).then_some(key)
}

/// Passwords may hold blanks, and an authorisation is two words: all of the line is hidden.
fn is_wide(key: &str) -> bool {
    let lower = key.to_ascii_lowercase();
    ["pass", "pwd", "auth", "cookie"]
        .iter()
        .any(|part| lower.contains(part))
}

/// Where a value begins and ends.
fn value_after(line: &str, from: usize, is_wide: bool) -> (usize, usize) {
    let rest = &line[from..];
    let trimmed = rest.trim_start_matches([' ', '\t', '=', '>', ':']);
    let escaped = trimmed.strip_prefix('\\').unwrap_or(trimmed);
    let start = line.len() - escaped.len();
    let Some(quote) = escaped.chars().next().filter(|c| "\"'`".contains(*c)) else {
        let start = line.len() - trimmed.len();
        if is_wide {
            return (start, line.trim_end().len().max(start));
        }
        return (start, end_of_value(line, start));
    };
    let start = start + 1;
    let is_escaped = escaped.len() != trimmed.len();
    let mut after_backslash = false;
    for (n, c) in line[start..].char_indices() {
        if c == quote && after_backslash == is_escaped {
            return (start, start + n - usize::from(is_escaped));
        }
        after_backslash = c == '\\' && !after_backslash;
    }
    (start, line.len())
}

/// Where an unquoted value ends: with its word, unless that word announces another one, as in
/// `key: Basic abc`, `token: password: abc` and `--key --token abc`.
fn end_of_value(line: &str, start: usize) -> usize {
    let stop = |c: char| c.is_whitespace() || ",;&)]}\"'`<>|".contains(c);
    let mut from = start;
    loop {
        let end = line[from..].find(stop).map_or(line.len(), |n| from + n);
        let word = &line[from..end];
        let announces = is_scheme(word) || word.starts_with("--") || word.ends_with([':', '=']);
        let blanks = line[end..].len() - line[end..].trim_start().len();
        if !announces || blanks == 0 || end + blanks == line.len() {
            return end;
        }
        from = end + blanks;
    }
}

/// `scheme://user:password@host` keeps its host only.
fn without_credentials(line: &str) -> String {
    let mut out = String::with_capacity(line.len());
    let mut rest = line;
    while let Some((before, after)) = rest.split_once("://") {
        out.push_str(before);
        out.push_str("://");
        let end = after.find(|c: char| c.is_whitespace() || "/?#\"'`<>".contains(c));
        let authority = &after[..end.unwrap_or(after.len())];
        if let Some(at) = authority.rfind('@') {
            out.push_str(MARK);
            rest = &after[at..];
        } else {
            rest = after;
        }
    }
    out.push_str(rest);
    out
}

/// `Bearer abc` and `Basic abc` keep the scheme only.
fn after_scheme(line: &str) -> String {
    let mut out = String::with_capacity(line.len());
    let mut is_next = false;
    for word in line.split_inclusive(' ') {
        let bare = word.trim_end();
        let quoted = bare.trim_start_matches(['"', '\'', '`', '(']);
        let names_scheme = is_scheme(quoted);
        if is_next && !bare.is_empty() && !names_scheme {
            out.push_str(MARK);
            out.push_str(&word[bare.len()..]);
            is_next = false;
            continue;
        }
        is_next = is_next || names_scheme;
        out.push_str(word);
    }
    out
}

/// The words before the credentials in an authorisation (RFC 9110 section 11.1).
fn is_scheme(word: &str) -> bool {
    ["bearer", "basic", "digest"]
        .iter()
        .any(|scheme| word.eq_ignore_ascii_case(scheme))
}

/// Hides well-known tokens and long strings that look random.
fn without_tokens(line: &str) -> String {
    let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '+' | '=' | '/');
    let mut out = String::with_capacity(line.len());
    let mut rest = line;
    while !rest.is_empty() {
        let end = rest.find(|c| !is_part(c)).unwrap_or(rest.len());
        let (run, after) = rest.split_at(end);
        if looks_random(run) {
            out.push_str(MARK);
        } else {
            for (i, piece) in run.split('/').enumerate() {
                out.push_str(if i > 0 { "/" } else { "" });
                out.push_str(if is_token(piece) { MARK } else { piece });
            }
        }
        let next = after.find(is_part).unwrap_or(after.len());
        out.push_str(&after[..next]);
        rest = &after[next..];
    }
    out
}

fn is_token(piece: &str) -> bool {
    // A value may follow its name: `x=sk-…`.
    let value = piece
        .trim_end_matches('=')
        .rsplit('=')
        .next()
        .unwrap_or(piece);
    let is_known = |text: &str| {
        let prefixes = PREFIXES.iter();
        text.len() >= 16 && prefixes.into_iter().any(|prefix| text.starts_with(prefix))
    };
    let has = |test: fn(&u8) -> bool| piece.as_bytes().iter().any(test);
    let is_mixed = has(u8::is_ascii_digit) && has(u8::is_ascii_alphabetic);
    is_known(value) || is_known(piece) || (piece.len() >= MIN_LONG && is_mixed && !is_words(piece))
}

/// Names made of words: `some-long-name-2`, `x86_64-unknown-linux-gnu`.
fn is_words(piece: &str) -> bool {
    piece.split(['-', '_', '=']).all(|word| {
        let letters = word.trim_end_matches(|c: char| c.is_ascii_digit());
        word.len() <= 12
            && word.len() - letters.len() <= 3
            && letters.bytes().all(|b| b.is_ascii_alphabetic())
    })
}

/// Whether small letters, capitals and digits alternate as they do in no word: in more than a third
/// of the places. Random base64 does so in six of ten, random hex in nearly five.
fn looks_random(run: &str) -> bool {
    let class = |b: u8| match b {
        b'a'..=b'z' => Some(0),
        b'A'..=b'Z' => Some(1),
        b'0'..=b'9' => Some(2),
        _ => None,
    };
    let classes: Vec<u8> = run.bytes().filter_map(class).collect();
    let changes = classes.windows(2).filter(|pair| pair[0] != pair[1]).count();
    classes.len() >= MIN_RANDOM && changes * 3 > classes.len()
}
