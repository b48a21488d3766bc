//! Validation of input, shared by the console's forms and the server.

use crate::fold::fold;
use crate::problem::FieldError;
use crate::size;
use crate::workbench::WorkbenchSpec;

/// Longest name of a workspace or workbench, in characters.
pub const MAX_NAME_CHARS: usize = 80;
/// Shortest password, in characters.
pub const MIN_PASSWORD_CHARS: usize = 10;
/// Longest password, in bytes: hashing longer ones would only burn time.
pub const MAX_PASSWORD_BYTES: usize = 1024;
/// Longest username, in characters.
pub const MAX_USERNAME_CHARS: usize = 64;
/// Largest number of environment variables of a spec.
pub const MAX_ENV_VARS: usize = 200;
/// Longest value of an environment variable, in bytes.
pub const MAX_ENV_VALUE_BYTES: usize = 32 * 1024;
/// Largest sum of all names and values in a spec, in bytes.
pub const MAX_SPEC_BYTES: usize = 64 * 1024;
/// Largest number of secrets of a workspace, and of a spec.
pub const MAX_SECRETS: usize = 100;
/// Longest name of an environment variable or secret, in bytes.
pub const MAX_ENV_NAME_BYTES: usize = 128;
/// Beginning of the names of variables that the server sets.
pub const OWN_VARIABLES: &str = "VESTIBULE_";
/// Beginning of the names of variables that steer the system's loader, which no secret can have.
pub const LOADER_VARIABLES: &str = "LD_";
/// Names of variables by which programs find each other, which no secret can have.
pub const RESERVED_SECRETS: &[&str] = &[
    "PATH", "HOME", "PORT", "USER", "LOGNAME", "SHELL", "PWD", "IFS", "ENV", "BASH_ENV", "TMPDIR",
];
/// Longest time limit of a start, in seconds: a day.
pub const MAX_START_TIMEOUT_SECONDS: u32 = 86_400;

/// Checks the name of a workspace or workbench, and returns it trimmed.
pub fn check_name(field: &str, name: &str) -> Result<String, FieldError> {
    let name = name.trim();
    let problem = if name.is_empty() {
        Some("Give it a name.".to_owned())
    } else if name.chars().count() > MAX_NAME_CHARS {
        Some(format!("Use at most {MAX_NAME_CHARS} characters."))
    } else if name.chars().any(is_hostile) {
        Some(
            "Leave out control characters and characters that change the writing direction."
                .to_owned(),
        )
    } else {
        None
    };
    match problem {
        Some(message) => Err(FieldError::new(field, message)),
        None => Ok(name.to_owned()),
    }
}

/// Returns `true` if a character makes a name look like something it is not (Unicode TR 36,
/// "bidirectional text spoofing"), cannot be seen, or ends lines in logs.
///
/// The zero width joiner (U+200D) and the variation selectors are parts of emoji and pass.
pub fn is_hostile(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
            | '\u{180b}'..='\u{180f}' | '\u{200b}' | '\u{200c}' | '\u{200e}' | '\u{200f}'
            | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{2800}' | '\u{3164}'
            | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}')
}

/// Returns `true` if a text has hostile characters. The zero width non-joiner (U+200C) between letters
/// of scripts that join them is a part of words there, such as the Persian name علی‌رضا.
pub fn has_hostile(text: &str) -> bool {
    let joins = |c: Option<char>| {
        c.is_some_and(|c| {
            matches!(c, '\u{600}'..='\u{8ff}' | '\u{900}'..='\u{dff}' | '\u{fb50}'..='\u{fdff}' | '\u{fe70}'..='\u{fefe}')
        })
    };
    let mut before = None;
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        let is_part = c == '\u{200c}' && joins(before) && joins(rest.peek().copied());
        if is_hostile(c) && !is_part {
            return true;
        }
        before = Some(c);
    }
    false
}

/// Checks a username.
pub fn check_username(field: &str, name: &str) -> Result<(), FieldError> {
    let fits = !name.is_empty()
        && name.chars().count() <= MAX_USERNAME_CHARS
        && name
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-' | b'@' | b'+'));
    if fits {
        return Ok(());
    }
    Err(FieldError::new(
        field,
        format!("Use 1 to {MAX_USERNAME_CHARS} letters, digits or . _ - @ + (no blanks)."),
    ))
}

/// Checks a new password by its length (NIST SP 800-63B section 5.1.1.2).
pub fn check_password(field: &str, password: &str) -> Result<(), FieldError> {
    if password.chars().count() < MIN_PASSWORD_CHARS {
        return Err(FieldError::new(
            field,
            format!("Use at least {MIN_PASSWORD_CHARS} characters."),
        ));
    }
    if password.len() > MAX_PASSWORD_BYTES {
        return Err(FieldError::new(
            field,
            format!("Use at most {MAX_PASSWORD_BYTES} bytes."),
        ));
    }
    Ok(())
}

/// Checks every part of a spec that can be checked without the server's data.
pub fn check_spec(spec: &WorkbenchSpec) -> Vec<FieldError> {
    let mut errors = Vec::new();
    if spec.variables().count() > MAX_ENV_VARS {
        errors.push(FieldError::new(
            "spec.env",
            format!("Use at most {MAX_ENV_VARS} variables."),
        ));
    }
    for (name, value) in spec.variables() {
        if let Some(message) = env_problem(name, value) {
            errors.push(FieldError::new(format!("spec.env.{name}"), message));
        }
    }
    let size: usize = spec.variables().map(|(k, v)| k.len() + v.len()).sum();
    if size + spec.secrets.iter().map(String::len).sum::<usize>() > MAX_SPEC_BYTES {
        let message = format!("Use at most {MAX_SPEC_BYTES} bytes for all variables together.");
        errors.push(FieldError::new("spec.env", message));
    }
    errors.extend(spec.size.as_deref().and_then(size::check_name));
    check_secret_names(&spec.secrets, &mut errors);
    if !(1..=MAX_START_TIMEOUT_SECONDS).contains(&spec.start_timeout_seconds) {
        errors.push(FieldError::new(
            "spec.startTimeoutSeconds",
            format!("Use 1 to {MAX_START_TIMEOUT_SECONDS} seconds."),
        ));
    }
    for (field, seconds) in [
        ("spec.activeDeadlineSeconds", spec.active_deadline_seconds),
        ("spec.idleTimeoutSeconds", spec.idle_timeout_seconds),
    ] {
        if seconds == Some(0) {
            errors.push(FieldError::new(
                field,
                "Use at least 1 second, or leave it out for no limit.",
            ));
        }
    }
    errors
}

/// Checks the secret names of a spec. Their existence is checked at the start.
fn check_secret_names(names: &[String], errors: &mut Vec<FieldError>) {
    if names.len() > MAX_SECRETS {
        errors.push(FieldError::new(
            "spec.secrets",
            format!("Name at most {MAX_SECRETS} secrets."),
        ));
    }
    for (i, name) in names.iter().enumerate() {
        if let Some(message) = secret_name_problem(name) {
            errors.push(FieldError::new(format!("spec.secrets[{i}]"), message));
        }
    }
}

/// Returns the problem with the name of a secret, or `None`. The name becomes a variable of the
/// process's environment, so it must not decide which programs run, or where.
pub fn secret_name_problem(name: &str) -> Option<String> {
    if let Some(problem) = env_problem(name, "") {
        return Some(problem);
    }
    let is_reserved = RESERVED_SECRETS.contains(&name) || name.starts_with(LOADER_VARIABLES);
    is_reserved.then(|| {
        "Programs find each other by this variable, so it cannot be a secret. Use another name."
            .to_owned()
    })
}

/// Returns the problem with the value of a secret, or `None`. The value is not repeated.
pub fn secret_value_problem(value: &str) -> Option<String> {
    if value.is_empty() {
        return Some("Give it a value.".to_owned());
    }
    env_problem("VALUE", value)
}

/// Returns the problem with an environment variable, or `None` (POSIX.1-2017, base definitions
/// 8.1).
pub fn env_problem(name: &str, value: &str) -> Option<String> {
    let mut bytes = name.bytes();
    let starts_well = bytes
        .next()
        .is_some_and(|b| b.is_ascii_alphabetic() || b == b'_');
    let goes_on_well = bytes.all(|b| b.is_ascii_alphanumeric() || b == b'_');
    if !starts_well || !goes_on_well || name.len() > MAX_ENV_NAME_BYTES {
        return Some(format!(
            "A name is a letter or _, then letters, digits or _ (at most {MAX_ENV_NAME_BYTES})."
        ));
    }
    if name.starts_with(OWN_VARIABLES) {
        return Some(format!(
            "Names that begin with {OWN_VARIABLES} are set by the server."
        ));
    }
    if value.contains('\0') {
        return Some("The value holds a NUL character.".to_owned());
    }
    if value.len() > MAX_ENV_VALUE_BYTES {
        return Some(format!(
            "Use at most {MAX_ENV_VALUE_BYTES} bytes for a value."
        ));
    }
    None
}

/// Returns `true` if two names differ at most in case.
pub fn is_same_name(a: &str, b: &str) -> bool {
    fold(a.trim()) == fold(b.trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// In use, M16: a Persian name was refused.
    #[test]
    fn non_joiner_is_a_part_of_words_of_joining_scripts() {
        for good in ["علی\u{200c}رضا", "می\u{200c}خواهم", "क्\u{200c}ष", "Ada"] {
            assert!(!has_hostile(good), "{good}");
        }
        for bad in [
            "ad\u{200c}min",
            "\u{200c}علی",
            "علی\u{200c}",
            "علی\u{200c}\u{200c}رضا",
            "علی\u{200b}رضا",
            "علی\u{202e}رضا",
        ] {
            assert!(has_hostile(bad), "{bad:?}");
        }
    }

    #[test]
    fn names_are_trimmed_and_hostile_ones_refused() {
        assert_eq!(check_name("name", "  analysis "), Ok("analysis".to_owned()));
        assert_eq!(
            check_name("name", "Ünïcode 日本語 🙂"),
            Ok("Ünïcode 日本語 🙂".to_owned())
        );
        assert!(check_name("name", "👩\u{200d}🔬 ❤\u{fe0f}").is_ok());
        for bad in [
            "",
            "   ",
            "a\nb",
            "a\0b",
            "abc\u{202e}gpj.exe",
            "\u{200b}",
            // Security review, finding 28.
            "a\u{61c}b",
            "a\u{ad}b",
            "a\u{180e}b",
            "a\u{200c}b",
            "a\u{2060}b",
            "\u{2800}",
            "\u{3164}",
            "a\u{fff9}b",
            "a\u{e0061}b",
            &"x".repeat(81),
            &"x".repeat(1 << 20),
        ] {
            assert!(
                check_name("name", bad).is_err(),
                "{:?}",
                bad.chars().take(12).collect::<String>()
            );
        }
    }

    #[test]
    fn environment_variables_follow_posix() {
        assert_eq!(env_problem("PATH", "/bin"), None);
        for (name, value) in [
            ("", ""),
            ("1A", ""),
            ("A-B", ""),
            ("A=B", ""),
            ("VESTIBULE_RUN", "x"),
            ("A", "\0"),
        ] {
            assert!(env_problem(name, value).is_some(), "{name}");
        }
    }

    #[test]
    fn secret_names_are_variable_names_except_special_ones() {
        assert_eq!(secret_name_problem("OPENAI_API_KEY"), None);
        for bad in ["", "A-B", "VESTIBULE_KEY", "PATH", "LD_PRELOAD", "HOME"] {
            assert!(secret_name_problem(bad).is_some(), "{bad}");
        }
        assert_eq!(secret_value_problem("two\nlines"), None);
        for bad in ["", "\0", &"x".repeat(MAX_ENV_VALUE_BYTES + 1)] {
            assert!(secret_value_problem(bad).is_some());
        }
    }

    /// Security review, finding 20.
    #[test]
    fn spec_has_a_bound_as_a_whole() {
        let with = |count: usize| WorkbenchSpec {
            env: Some(
                (0..count)
                    .map(|n| (format!("V{n}"), "x".repeat(5_000)))
                    .collect(),
            ),
            ..WorkbenchSpec::default()
        };
        assert_eq!(check_spec(&with(12)), []);
        let errors = check_spec(&with(14));
        assert_eq!(errors.len(), 1);
        assert_eq!(errors[0].field, "spec.env");
    }

    #[test]
    fn every_bad_part_of_a_spec_is_named() {
        let spec = WorkbenchSpec {
            env: Some([("BAD NAME".to_owned(), String::new())].into()),
            secrets: ["KEY", "KEY", "PATH", "A-B"].map(str::to_owned).into(),
            start_timeout_seconds: 0,
            idle_timeout_seconds: Some(0),
            ..WorkbenchSpec::default()
        };
        let fields: Vec<_> = check_spec(&spec).into_iter().map(|e| e.field).collect();
        assert_eq!(
            fields,
            [
                "spec.env.BAD NAME",
                "spec.secrets[2]",
                "spec.secrets[3]",
                "spec.startTimeoutSeconds",
                "spec.idleTimeoutSeconds"
            ]
        );
    }
}
