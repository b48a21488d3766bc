//! Redaction of secrets in text for others.
//!
//! Redaction hides too much rather than too little: values whose name looks secret, authorization headers,
//! credentials and queries in addresses, private keys, well-known kinds of tokens, and long strings
//! that look random. A short secret without a name cannot be distinguished from a word.

use regex::{Captures, Regex};
use secrecy::{ExposeSecret as _, SecretString};
use std::sync::LazyLock;

/// Replacement of a secret.
pub const MARK: &str = "***";

/// Shortest known value that is redacted everywhere: `API_KEY_ENABLED=true` must not redact every
/// "true" in a log.
const MIN_KNOWN: usize = 6;
/// Shortest string whose alternating letters and digits look random.
const MIN_RANDOM: usize = 20;
/// Shortest string of letters and digits that counts as a token unless it is made of words.
const MIN_LONG: usize = 32;

/// Parts that make a name look secret.
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
/// Prefixes of well-known kinds of tokens.
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

/// A name with the sign after it, or an option with the blank after it.
static NAME: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r#"(?<key>[A-Za-z0-9_.-]+)[ "'`\\\]]*[=:]|(?:^|[^A-Za-z0-9_.-])(?<option>--[A-Za-z0-9_.-]+) "#,
    )
});
/// `scheme://user:password@host`, up to the host.
static CREDENTIALS: LazyLock<Regex> = LazyLock::new(|| pattern(r#"://[^\s/?#"'`<>]*@"#));
/// `Bearer abc` and `Basic abc` (RFC 9110 section 11.1).
static AUTHORIZATION: LazyLock<Regex> = LazyLock::new(|| {
    pattern(r#"(?i)(?<scheme>(?:^| )(?:["'`(]*(?:bearer|basic|digest) +)+)[^ ]+"#)
});
/// Signs of which tokens are made.
static RUN: LazyLock<Regex> = LazyLock::new(|| pattern("[A-Za-z0-9_+=/-]+"));

fn pattern(text: &str) -> Regex {
    Regex::new(text).expect("the patterns are constants, and the tests use each of them")
}

/// Redactor of text, with the secrets that are known.
#[derive(Debug, Clone, Default)]
pub struct Redactor {
    known: Vec<String>,
}

impl Redactor {
    /// Returns a redactor that also takes out these secrets, line by line, and the values of variables
    /// whose names look secret.
    pub fn knowing<'a>(
        variables: impl Iterator<Item = (&'a String, &'a String)>,
        secrets: &[SecretString],
    ) -> Self {
        let of_variables = variables
            .filter(|(name, _)| looks_secret(name))
            .map(|(_, value)| value.as_str());
        let lines = secrets
            .iter()
            .flat_map(|secret| secret.expose_secret().lines());
        let mut known: Vec<String> = of_variables
            .chain(lines)
            .filter(|value| value.len() >= MIN_KNOWN)
            .map(str::to_owned)
            .collect();
        // The longest first, since a value may be a part of another.
        known.sort_by(|a, b| b.len().cmp(&a.len()).then_with(|| a.cmp(b)));
        known.dedup();
        Self { known }
    }

    /// Returns the text without apparent secrets. Lines stay lines.
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

/// Returns `true` if a variable, field or option of this name is likely to hold a secret.
pub fn looks_secret(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    if lower.ends_with("error") || lower.ends_with("exception") {
        return false;
    }
    let has_part = PARTS.iter().any(|part| lower.contains(part));
    let is_key = lower.ends_with("key") || lower.ends_with("keys");
    let is_session = lower.contains("session") && lower.ends_with("id");
    has_part || is_key || is_session || LAST_WORDS.contains(&last_part(name).as_str())
}

/// Returns the last word of `SOME_NAME`, `some-name` or `someName`, in lower case.
fn last_part(name: &str) -> String {
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
    let line = without_values(line);
    let line = CREDENTIALS.replace_all(&line, format!("://{MARK}@"));
    let line = AUTHORIZATION.replace_all(&line, format!("${{scheme}}{MARK}"));
    let line = RUN.replace_all(&line, |run: &Captures<'_>| without_tokens(&run[0]));
    line.into_owned()
}

/// Hides values after names that look secret: `NAME=value`, `"name": "value"`, `--name value`.
fn without_values(line: &str) -> String {
    let mut out = String::with_capacity(line.len());
    let (mut copied, mut next) = (0, 0);
    while let Some(found) = NAME.captures_at(line, next) {
        let end = found.get(0).map_or(line.len(), |all| all.end());
        let (key, is_pair) = match (found.name("key"), found.name("option")) {
            (Some(key), _) => (key.as_str(), true),
            (None, Some(option)) => (option.as_str(), false),
            (None, None) => break,
        };
        // An option's blank may stand before the next option.
        next = if is_pair { end } else { end - 1 };
        if looks_secret(key) {
            let (from, until) = value_after(line, end, is_pair && is_wide(key));
            if from < until {
                out.push_str(&line[copied..from]);
                out.push_str(MARK);
                (copied, next) = (until, until);
            }
        }
        if next >= line.len() {
            break;
        }
    }
    out.push_str(&line[copied..]);
    out
}

/// Passwords may hold blanks, and an authorisation is two words: all of the line is hidden.
fn is_wide(key: &str) -> bool {
    let lower = key.to_ascii_lowercase();
    ["pass", "pwd", "auth", "cookie"]
        .iter()
        .any(|part| lower.contains(part))
}

/// Returns the range of a value.
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

/// Returns the end of an unquoted value: that of its word, unless that word announces another one, as in
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

/// Returns the words before the credentials in an authorisation (RFC 9110 section 11.1).
fn is_scheme(word: &str) -> bool {
    ["bearer", "basic", "digest"]
        .iter()
        .any(|scheme| word.eq_ignore_ascii_case(scheme))
}

/// Hides well-known tokens and strings that look random in a run of letters, digits and signs.
fn without_tokens(run: &str) -> String {
    if looks_random(run) {
        return MARK.to_owned();
    }
    let pieces = run.split('/');
    let pieces = pieces.map(|piece| if is_token(piece) { MARK } else { piece });
    pieces.collect::<Vec<_>>().join("/")
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

/// Returns `true` if small letters, capitals and digits alternate as they do in no word: in more than
/// a third of the places. Random base64 does so in six of ten, random hex in nearly five.
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
