//! Drafts: typed text survives updates of the edited value.

/// Text that is being edited.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TextDraft {
    typed: String,
    /// The stored text, as far as it is known.
    known: String,
    /// The stored text when typing began.
    begun: String,
}

impl TextDraft {
    /// Creates an unchanged draft.
    pub fn of(known: &str) -> Self {
        Self {
            typed: known.to_owned(),
            known: known.to_owned(),
            begun: known.to_owned(),
        }
    }

    /// Returns the content of the field.
    pub fn typed(&self) -> &str {
        &self.typed
    }

    /// Sets the content of the field.
    pub fn type_over(&mut self, text: &str) {
        if !self.is_changed() {
            self.begun.clone_from(&self.known);
        }
        text.clone_into(&mut self.typed);
    }

    /// Sets the stored text. An unchanged field follows.
    pub fn follow(&mut self, stored: &str) {
        if !self.is_changed() {
            *self = Self::of(stored);
        }
        stored.clone_into(&mut self.known);
    }

    /// Records that this text was stored. Text typed since then stays.
    pub fn stored(&mut self, sent: &str, stored: &str) {
        if self.typed.trim() == sent.trim() {
            *self = Self::of(stored);
        } else {
            stored.clone_into(&mut self.known);
            stored.clone_into(&mut self.begun);
        }
    }

    /// Returns `true` if there is anything to store.
    pub fn is_changed(&self) -> bool {
        self.typed.trim() != self.known
    }

    /// Returns the text that someone else has stored since typing began.
    pub fn conflicting(&self) -> Option<&str> {
        let is_other = self.is_changed() && self.known != self.begun;
        is_other.then_some(self.known.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unchanged_field_follows() {
        let mut draft = TextDraft::of("Studio");
        draft.follow("Atelier");
        assert_eq!(draft, TextDraft::of("Atelier"));
        assert!(!draft.is_changed());
        // Surrounding blanks are no change: they are not stored.
        draft.type_over("Atelier ");
        assert!(!draft.is_changed());
    }

    #[test]
    fn field_8_updates_do_not_reset_typed_text() {
        let mut draft = TextDraft::of("Studio");
        draft.type_over("Worksh");
        draft.follow("Studio");
        assert_eq!((draft.typed(), draft.conflicting()), ("Worksh", None));
        draft.follow("Atelier");
        assert_eq!(
            (draft.typed(), draft.conflicting()),
            ("Worksh", Some("Atelier"))
        );
        // A user who types the same name, or reverts to it, gets no conflict.
        draft.type_over("Atelier");
        assert_eq!(draft.conflicting(), None);
        draft.type_over("Ateliers");
        assert_eq!(draft.conflicting(), None);
    }

    #[test]
    fn text_typed_while_storing_stays() {
        let mut draft = TextDraft::of("Studio");
        draft.type_over(" Workshop ");
        draft.stored(" Workshop ", "Workshop");
        assert_eq!(draft, TextDraft::of("Workshop"));

        draft.type_over("Atelier");
        draft.type_over("Atelier 2");
        draft.stored("Atelier", "Atelier");
        assert_eq!((draft.typed(), draft.conflicting()), ("Atelier 2", None));
        assert!(draft.is_changed());
    }
}
