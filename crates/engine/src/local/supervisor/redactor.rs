//! Removal of secret values from output before it is written.

/// Minimum length of a redacted value; shorter ones occur in too much harmless text.
pub const SHORTEST: usize = 4;

const INSTEAD: &[u8] = b"[redacted]";

/// Replaces values in a stream of bytes, even if they are split over several reads.
#[derive(Default)]
pub struct Redactor {
    /// Longest first, so that a value that contains another is replaced whole.
    values: Vec<Vec<u8>>,
    /// End of the input, which may be the beginning of a value.
    held: Vec<u8>,
    /// Number of held bytes that were output already, during a pause.
    released: usize,
}

impl Redactor {
    /// Creates a redactor of these values.
    pub fn new<'a>(values: impl IntoIterator<Item = &'a str>) -> Self {
        let mut redactor = Self::default();
        for value in values {
            redactor.add(value);
        }
        redactor
    }

    /// Adds a value. Each line of a value with several lines is added too: programs print them so.
    pub fn add(&mut self, value: &str) {
        let lines = value.lines().map(str::trim_end);
        for part in lines.chain([value]) {
            let part = part.as_bytes();
            if part.len() >= SHORTEST && !self.values.iter().any(|known| known == part) {
                self.values.push(part.to_vec());
            }
        }
        self.values
            .sort_by_key(|value| std::cmp::Reverse(value.len()));
    }

    /// Returns the output that is ready after these bytes. The rest is held back until it is clear
    /// that no value begins there.
    pub fn pass(&mut self, bytes: &[u8]) -> Vec<u8> {
        if self.values.is_empty() {
            return bytes.to_vec();
        }
        self.held.extend_from_slice(bytes);
        self.take(false)
    }

    /// Returns the output that was held back, at the end of the input.
    pub fn flush(&mut self) -> Vec<u8> {
        self.take(true)
    }

    /// Returns `true` if [`Self::release`] would return something.
    pub fn can_release(&self) -> bool {
        self.released < self.held.len().min(SHORTEST - 1)
    }

    /// Returns the first of the held bytes, for a pause in the input: a prompt should appear although
    /// a value begins with its last letter. Fewer than [`SHORTEST`] bytes of a value are ever shown.
    pub fn release(&mut self) -> Vec<u8> {
        let until = self.held.len().min(SHORTEST - 1);
        let from = self.released.min(until);
        self.released = self.released.max(until);
        self.held[from..until].to_vec()
    }

    fn take(&mut self, is_end: bool) -> Vec<u8> {
        let mut released = std::mem::take(&mut self.released);
        let held = std::mem::take(&mut self.held);
        let mut out = Vec::with_capacity(held.len());
        let mut rest = &held[..];
        while !rest.is_empty() {
            if let Some(value) = self.values.iter().find(|value| rest.starts_with(value)) {
                if !is_end && self.may_be_longer(rest, value.len()) {
                    break;
                }
                out.extend_from_slice(INSTEAD);
                released = released.saturating_sub(value.len());
                rest = &rest[value.len()..];
            } else if !is_end && self.may_be_longer(rest, 0) {
                break;
            } else {
                match released {
                    0 => out.push(rest[0]),
                    _ => released -= 1,
                }
                rest = &rest[1..];
            }
        }
        self.held = rest.to_vec();
        self.released = released.min(rest.len());
        out
    }

    /// Returns `true` if all of `rest` is the beginning of a value longer than `than`.
    fn may_be_longer(&self, rest: &[u8], than: usize) -> bool {
        self.values
            .iter()
            .any(|value| value.len() > than && value.len() > rest.len() && value.starts_with(rest))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn redact(values: &[&str], pieces: &[&[u8]]) -> String {
        let mut redactor = Redactor::new(values.iter().copied());
        let mut out: Vec<u8> = pieces.iter().flat_map(|p| redactor.pass(p)).collect();
        out.extend(redactor.flush());
        String::from_utf8_lossy(&out).into_owned()
    }

    #[test]
    fn split_nested_and_multiline_values_are_replaced() {
        assert_eq!(
            redact(&["hunter22"], &[b"key: hun", b"ter", b"22!\n"]),
            "key: [redacted]!\n"
        );
        assert_eq!(
            redact(&["abcd", "abcdefgh"], &[b"abcdefgh abcd abcde"]),
            "[redacted] [redacted] [redacted]e"
        );
        assert_eq!(
            redact(&["first line\nsecond line"], &[b"got: second line\n"]),
            "got: [redacted]\n"
        );
    }

    #[test]
    fn short_values_stay() {
        assert_eq!(redact(&["abc", ""], &[b"abc is easy"]), "abc is easy");
    }

    #[test]
    fn only_possible_beginnings_of_a_value_are_held_back() {
        let mut redactor = Redactor::new(["hunter22"]);
        assert_eq!(redactor.pass(b"a prompt> "), b"a prompt> ");
        assert_eq!(redactor.pass(b"hunter"), b"");
        assert_eq!(redactor.pass(b"s"), b"hunters");
    }

    /// Security review, finding 29.
    #[test]
    fn a_pause_releases_a_prompt_but_no_value() {
        let mut redactor = Redactor::new(["hunter22"]);
        assert_eq!(
            redactor.pass(b"the prompt ends with h"),
            b"the prompt ends with "
        );
        assert!(redactor.can_release());
        assert_eq!(redactor.release(), b"h");
        assert!(!redactor.can_release());
        assert_eq!(redactor.pass(b"unter"), b"");
        assert_eq!(redactor.release(), b"un", "three letters at most");
        assert_eq!(redactor.pass(b"22!"), b"[redacted]!");
        assert_eq!(redactor.pass(b"hun"), b"");
        assert_eq!(redactor.release(), b"hun");
        assert_eq!(redactor.pass(b"dred"), b"dred", "no byte comes twice");
    }

    proptest! {
        #[test]
        fn no_value_passes_however_long_the_pauses_are(
            value in "[a-c]{4,8}",
            before in "[a-c ]{0,20}",
            after in "[a-c ]{0,20}",
        ) {
            let text = format!("{before}{value}{after}");
            let mut redactor = Redactor::new([value.as_str()]);
            let mut out = Vec::new();
            for byte in text.as_bytes() {
                out.extend(redactor.pass(&[*byte]));
                out.extend(redactor.release());
            }
            out.extend(redactor.flush());
            let message = String::from_utf8_lossy(&out).into_owned();
            prop_assert!(!message.contains(&value), "{message:?} shows {value:?}");
        }

        #[test]
        fn no_value_passes_however_it_is_split(
            value in "[a-c]{4,8}",
            before in "[a-c ]{0,20}",
            after in "[a-c ]{0,20}",
            cuts in prop::collection::vec(0usize..48, 0..6),
        ) {
            let text = format!("{before}{value}{after}");
            let mut cuts: Vec<usize> = cuts.into_iter().map(|cut| cut.min(text.len())).collect();
            cuts.extend([0, text.len()]);
            cuts.sort_unstable();
            let pieces: Vec<&[u8]> = cuts.windows(2).map(|w| &text.as_bytes()[w[0]..w[1]]).collect();
            let message = redact(&[&value], &pieces);
            prop_assert!(!message.contains(&value), "{message:?} shows {value:?}");
            prop_assert_eq!(&message, &redact(&[&value], &[text.as_bytes()]), "the cuts made a difference");
        }
    }
}
