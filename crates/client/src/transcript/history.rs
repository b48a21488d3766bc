//! Sent messages, brought back by the arrow keys.

/// Sent texts that the arrow keys bring back, as in a shell.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct History {
    /// Place in the texts, counted from the newest; `None`: the own text is shown.
    at: Option<usize>,
    /// Own text, from before the first key.
    own: String,
}

impl History {
    /// Returns the text before the shown one; `None`: there is none.
    pub fn back(&mut self, sent: &[String], shown: &str) -> Option<String> {
        let next = self.at.map_or(0, |at| at + 1);
        let text = sent.iter().rev().nth(next)?;
        if self.at.is_none() {
            self.own = shown.to_owned();
        }
        self.at = Some(next);
        Some(text.clone())
    }

    /// Returns the text after the shown one, and at last the own one; `None`: that is shown.
    pub fn forward(&mut self, sent: &[String]) -> Option<String> {
        match self.at? {
            0 => {
                self.at = None;
                Some(std::mem::take(&mut self.own))
            }
            at => {
                self.at = Some(at - 1);
                sent.iter().rev().nth(at - 1).cloned()
            }
        }
    }

    /// Forgets the place: something was typed or sent.
    pub fn leave(&mut self) {
        *self = Self::default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arrows_bring_back_what_was_sent_and_then_what_was_typed() {
        let sent = ["one".to_owned(), "two".to_owned()];
        let mut history = History::default();
        assert_eq!(history.forward(&sent), None);
        assert_eq!(history.back(&sent, "draft").as_deref(), Some("two"));
        assert_eq!(history.back(&sent, "two").as_deref(), Some("one"));
        assert_eq!(history.back(&sent, "one"), None);
        assert_eq!(history.forward(&sent).as_deref(), Some("two"));
        assert_eq!(history.forward(&sent).as_deref(), Some("draft"));
        assert_eq!(history.forward(&sent), None);
    }
}
