//! Paths of attachments in the text of a message.

/// Returns the text with a path at this place, as one word of a shell and set off by blanks, and the
/// place after it. Places count UTF-16 units, as a text field does.
pub fn insert_path(text: &str, at: u32, path: &str) -> (String, u32) {
    let split = byte_at(text, at);
    let (before, after) = text.split_at(split);
    let blank = |is_needed: bool| if is_needed { " " } else { "" };
    let lead = blank(!before.is_empty() && !before.ends_with(char::is_whitespace));
    let trail = blank(!after.starts_with(char::is_whitespace));
    let head = format!("{before}{lead}{}{trail}", shell_word(path));
    let place = u32::try_from(head.encode_utf16().count()).unwrap_or(u32::MAX);
    (format!("{head}{after}"), place)
}

/// Returns a text that a POSIX shell reads as one word with this value (XCU 2.2.2, single quotes).
pub fn shell_word(text: &str) -> String {
    let is_plain = |c: char| c.is_alphanumeric() || "._/-+:@%,".contains(c);
    if !text.is_empty() && text.chars().all(is_plain) {
        return text.to_owned();
    }
    format!("'{}'", text.replace('\'', "'\\''"))
}

/// Returns the place in bytes; the end of the text if there is none.
fn byte_at(text: &str, at: u32) -> usize {
    let mut units = 0;
    for (byte, c) in text.char_indices() {
        if units >= at {
            return byte;
        }
        units += u32::try_from(c.len_utf16()).unwrap_or(2);
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_path_is_one_word_set_off_by_blanks() {
        for (text, at, path, expected, place) in [
            ("", 0, "attachments/a.csv", "attachments/a.csv ", 18),
            ("cat", 3, "a b", "cat 'a b' ", 10),
            ("cat  now", 4, "a", "cat a now", 5),
            ("😀x", 2, "it's", "😀 'it'\\''s' x", 13),
            ("short", 99, "a", "short a ", 8),
        ] {
            assert_eq!(insert_path(text, at, path), (expected.to_owned(), place));
        }
    }

    proptest! {
        #[test]
        fn nothing_of_the_text_is_lost(text in any::<String>(), at in any::<u32>(), path in "[ -~]{1,20}") {
            let (whole, place) = insert_path(&text, at, &path);
            let head = &whole[..byte_at(&whole, place)];
            let tail = &whole[head.len()..];
            prop_assert!(text.ends_with(tail));
            prop_assert!(head.starts_with(&text[..text.len() - tail.len()]));
        }

        /// A shell gives the value back.
        #[test]
        fn a_shell_reads_one_word(text in "[ -~äß\n\t]{0,30}") {
            let script = format!("printf %s {}", shell_word(&text));
            let output = std::process::Command::new("sh").arg("-c").arg(script).output()?;
            prop_assert_eq!(String::from_utf8_lossy(&output.stdout), text);
        }
    }
}
