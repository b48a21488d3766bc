//! Attachments of a tab: files that a user puts into the workbench's folder.

use crate::lenient;
use crate::validation::is_hostile;
use serde::{Deserialize, Serialize};

/// Folder of attachments, in the workbench's folder.
pub const FOLDER: &str = "attachments";
/// Largest attachment, in bytes.
pub const MAX_BYTES: usize = 16 * 1024 * 1024;
/// Longest name, in bytes. A number is added to a name in use, and file systems take 255 bytes.
pub const MAX_NAME_BYTES: usize = 200;
/// Largest number that is added to a name in use.
pub const MAX_NUMBER: u32 = 999;

/// Response of `PUT /api/tabs/{id}/files/{name}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Attachment {
    /// Path relative to the workbench's folder.
    pub path: String,
    /// Size in bytes.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub bytes: u64,
}

/// Returns the problem with the name of an attachment, or `None`. The name becomes one part of a
/// path, and may become an argument of a command.
pub fn name_problem(name: &str) -> Option<String> {
    if name.is_empty() || name.len() > MAX_NAME_BYTES {
        return Some(format!("Use a name of 1 to {MAX_NAME_BYTES} bytes."));
    }
    if name.starts_with(['.', '-']) {
        return Some("Begin the name with something else than a dot or a hyphen.".to_owned());
    }
    if name.trim() != name {
        return Some("Leave out blanks at the ends of the name.".to_owned());
    }
    if name.contains(['/', '\\']) || name.chars().any(is_hostile) {
        return Some(
            "Leave out / and \\, control characters and characters that change the writing direction."
                .to_owned(),
        );
    }
    None
}

/// Returns a name with a number in front of its extension; 0 is the name itself.
pub fn numbered(name: &str, number: u32) -> String {
    match (number, name.rsplit_once('.')) {
        (0, _) => name.to_owned(),
        (number, Some((stem, extension))) => format!("{stem}-{number}.{extension}"),
        (number, None) => format!("{name}-{number}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn names_that_leave_the_folder_or_look_like_options_are_refused() {
        let long = "x".repeat(MAX_NAME_BYTES + 1);
        for name in [
            "",
            ".",
            "..",
            "../x",
            "a/b",
            "/etc/passwd",
            "a\\b",
            ".bashrc",
            "-rf",
            "a\0b",
            "a\nb",
            " a",
            "a ",
            "\u{202e}gpj.exe",
            &long,
        ] {
            assert!(name_problem(name).is_some(), "{name:?}");
        }
        for name in [
            "plot.png",
            "Bericht 2026 (ü).pdf",
            "a..b",
            "データ.csv",
            "Makefile",
        ] {
            assert_eq!(name_problem(name), None, "{name:?}");
        }
    }

    #[test]
    fn numbers_stand_in_front_of_the_extension() {
        for (name, number, expected) in [
            ("plot.png", 0, "plot.png"),
            ("plot.png", 1, "plot-1.png"),
            ("data.tar.gz", 12, "data.tar-12.gz"),
            ("Makefile", 2, "Makefile-2"),
        ] {
            assert_eq!(numbered(name, number), expected);
        }
    }

    proptest! {
        #[test]
        fn numbered_names_are_good_names_of_one_part(name in any::<String>(), number in 0_u32..=MAX_NUMBER) {
            if name_problem(&name).is_none() {
                let numbered = numbered(&name, number);
                prop_assert!(numbered.len() <= 255 && !numbered.contains(['/', '\0']));
                prop_assert!(numbered != "." && numbered != "..");
            }
        }
    }
}
