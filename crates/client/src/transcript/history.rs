//! Sent messages, brought back by the arrow keys.

/// Sent texts that the arrow keys bring back, as in a shell. A draft is never replaced.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct History {
    /// Place in the texts, counted from the newest; `None`: none is shown.
    at: Option<usize>,
}

impl History {
    /// Returns the text before the shown one; `None`: there is none, or the shown one is a draft.
    pub fn back(&mut self, sent: &[String], shown: &str) -> Option<String> {
        let next = match self.at {
            Some(at) if is_unchanged(sent, at, shown) => at + 1,
            _ if shown.is_empty() => 0,
            _ => return None,
        };
        let text = sent.iter().rev().nth(next)?;
        self.at = Some(next);
        Some(text.clone())
    }

    /// Returns the text after the shown one, and at last the empty one; `None`: that is shown, or a draft.
    pub fn forward(&mut self, sent: &[String], shown: &str) -> Option<String> {
        let at = self.at.filter(|at| is_unchanged(sent, *at, shown))?;
        self.at = at.checked_sub(1);
        match self.at {
            Some(at) => sent.iter().rev().nth(at).cloned(),
            None => Some(String::new()),
        }
    }

    /// Forgets the place: something was typed or sent.
    pub fn leave(&mut self) {
        *self = Self::default();
    }
}

fn is_unchanged(sent: &[String], at: usize, shown: &str) -> bool {
    sent.iter().rev().nth(at).is_some_and(|text| text == shown)
}

/// Returns `true` if the caret is in the first line of a text, or with `is_back` false in the last one: an
/// arrow key leads out of the text. The place counts UTF-16 units, as a text field does.
pub fn leads_out(text: &str, caret: u32, is_back: bool) -> bool {
    let caret = usize::try_from(caret).unwrap_or(usize::MAX);
    let units = text.encode_utf16();
    let is_break = |unit: u16| unit == u16::from(b'\n');
    match is_back {
        true => !units.take(caret).any(is_break),
        false => !units.skip(caret).any(is_break),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arrows_bring_back_what_was_sent() {
        let sent = ["one".to_owned(), "two".to_owned()];
        let mut history = History::default();
        assert_eq!(history.forward(&sent, ""), None);
        assert_eq!(history.back(&sent, "").as_deref(), Some("two"));
        assert_eq!(history.back(&sent, "two").as_deref(), Some("one"));
        assert_eq!(history.back(&sent, "one"), None);
        assert_eq!(history.forward(&sent, "one").as_deref(), Some("two"));
        assert_eq!(history.forward(&sent, "two").as_deref(), Some(""));
        assert_eq!(history.forward(&sent, ""), None);
    }

    /// In use, M13.
    #[test]
    fn a_draft_is_never_replaced() {
        let sent = ["one".to_owned(), "two".to_owned()];
        let mut history = History::default();
        assert_eq!(history.back(&sent, "a draft\nof two lines"), None);
        assert_eq!(history.back(&sent, "").as_deref(), Some("two"));
        assert_eq!(history.back(&sent, "two, changed"), None);
        assert_eq!(history.forward(&sent, "two, changed"), None);
    }

    #[test]
    fn an_arrow_leads_out_of_the_first_or_last_line_alone() {
        let text = "😀 one\ntwo";
        for (caret, back, forward) in [(0, true, false), (6, true, false), (7, false, true)] {
            assert_eq!(leads_out(text, caret, true), back, "{caret}");
            assert_eq!(leads_out(text, caret, false), forward, "{caret}");
        }
        assert!(leads_out("", 0, true) && leads_out("", 0, false));
    }
}
