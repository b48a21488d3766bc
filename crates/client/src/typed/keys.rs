//! Bytes of keys that a terminal gets before its document draws it. Text comes from the field that has
//! the focus meanwhile; these are the other keys.

/// Key that was pressed, as the browser names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Key<'a> {
    /// The `key` of the event.
    pub name: &'a str,
    /// Control is held.
    pub ctrl: bool,
    /// Alt is held.
    pub alt: bool,
    /// Shift is held.
    pub shift: bool,
    /// The key of the operating system is held.
    pub meta: bool,
}

/// Returns the bytes of a key that writes no text; `None` leaves it to the browser.
pub fn key_bytes(key: Key<'_>) -> Option<Vec<u8>> {
    if key.meta {
        return None;
    }
    let sequence = match key.name {
        "Enter" => "\r",
        "Backspace" => "\x7f",
        "Tab" if key.shift => "\x1b[Z",
        "Tab" => "\t",
        "Escape" => "\x1b",
        "ArrowUp" => "\x1b[A",
        "ArrowDown" => "\x1b[B",
        "ArrowRight" => "\x1b[C",
        "ArrowLeft" => "\x1b[D",
        "Home" => "\x1b[H",
        "End" => "\x1b[F",
        // The browser pastes.
        "Insert" if key.shift => return None,
        "Insert" => "\x1b[2~",
        "Delete" => "\x1b[3~",
        "PageUp" => "\x1b[5~",
        "PageDown" => "\x1b[6~",
        text => return of_character(key, text),
    };
    let alt = if key.alt { "\x1b" } else { "" };
    Some(format!("{alt}{sequence}").into_bytes())
}

fn of_character(key: Key<'_>, text: &str) -> Option<Vec<u8>> {
    let mut characters = text.chars();
    let (Some(character), None) = (characters.next(), characters.next()) else {
        return None;
    };
    let byte = u8::try_from(character).ok().filter(u8::is_ascii)?;
    match (key.ctrl, key.alt) {
        // Shift belongs to the browser; it pastes with V.
        (true, false) if key.shift || byte.eq_ignore_ascii_case(&b'v') => None,
        (true, false) => match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'[' | b'\\' | b']' => Some(vec![byte & 0x1f]),
            b' ' | b'@' => Some(vec![0]),
            _ => None,
        },
        (false, true) => Some(vec![0x1b, byte]),
        // Text; with both, of the third level of a keyboard.
        (false, false) | (true, true) => None,
    }
}

/// Returns the bytes of text: a terminal's line ends with a carriage return.
pub fn text_bytes(text: &str) -> Vec<u8> {
    text.replace("\r\n", "\r").replace('\n', "\r").into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(name: &str) -> Key<'_> {
        Key {
            name,
            ctrl: false,
            alt: false,
            shift: false,
            meta: false,
        }
    }

    #[test]
    fn keys_have_the_bytes_of_a_terminal() {
        for (name, expected) in [
            ("Enter", Some("\r")),
            ("Backspace", Some("\x7f")),
            ("Tab", Some("\t")),
            ("ArrowUp", Some("\x1b[A")),
            ("Delete", Some("\x1b[3~")),
            ("a", None),
            ("ä", None),
            ("F5", None),
            ("Shift", None),
            ("Process", None),
        ] {
            let expected = expected.map(|text| text.as_bytes().to_vec());
            assert_eq!(key_bytes(key(name)), expected, "{name}");
        }
    }

    #[test]
    fn control_and_alt_are_those_of_a_terminal_except_what_the_browser_does() {
        let ctrl = |name| Key {
            ctrl: true,
            ..key(name)
        };
        let alt = |name| Key {
            alt: true,
            ..key(name)
        };
        assert_eq!(key_bytes(ctrl("c")), Some(vec![3]));
        assert_eq!(key_bytes(ctrl("[")), Some(vec![27]));
        assert_eq!(key_bytes(ctrl(" ")), Some(vec![0]));
        assert_eq!(key_bytes(ctrl("v")), None);
        assert_eq!(key_bytes(ctrl("1")), None);
        assert_eq!(key_bytes(alt("b")), Some(b"\x1bb".to_vec()));
        assert_eq!(key_bytes(alt("Backspace")), Some(b"\x1b\x7f".to_vec()));
        let third_level = Key {
            ctrl: true,
            ..alt("@")
        };
        assert_eq!(key_bytes(third_level), None);
        let meta = Key {
            meta: true,
            ..key("Enter")
        };
        assert_eq!(key_bytes(meta), None);
    }

    #[test]
    fn lines_of_a_paste_end_as_typed_ones() {
        assert_eq!(text_bytes("a\r\nb\nc\rd ä"), "a\rb\rc\rd ä".as_bytes());
    }
}
