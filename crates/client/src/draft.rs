//! Drafts: typed text survives updates of the thing it belongs to.

/// A text that is being edited.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Draft {
    typed: String,
    /// As it is stored, as far as is known.
    known: String,
    /// As it was stored when the typing began.
    begun: String,
}

impl Draft {
    /// Nothing is typed yet.
    pub fn of(known: &str) -> Self {
        Self {
            typed: known.to_owned(),
            known: known.to_owned(),
            begun: known.to_owned(),
        }
    }

    /// Returns what is in the field.
    pub fn typed(&self) -> &str {
        &self.typed
    }

    /// The field holds this now.
    pub fn type_over(&mut self, text: &str) {
        if !self.is_changed() {
            self.begun.clone_from(&self.known);
        }
        text.clone_into(&mut self.typed);
    }

    /// It is stored like this now. A field that nobody has touched follows.
    pub fn hear(&mut self, stored: &str) {
        if !self.is_changed() {
            *self = Self::of(stored);
        }
        stored.clone_into(&mut self.known);
    }

    /// What was sent has been stored like this. What was typed since stays.
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

    /// Returns what somebody else has made of it since the typing began.
    pub fn elsewhere(&self) -> Option<&str> {
        let is_other = self.is_changed() && self.known != self.begun;
        is_other.then_some(self.known.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_that_nobody_has_touched_follows() {
        let mut draft = Draft::of("Studio");
        draft.hear("Atelier");
        assert_eq!(draft, Draft::of("Atelier"));
        assert!(!draft.is_changed());
        // Blanks around it are no change: they are not stored.
        draft.type_over("Atelier ");
        assert!(!draft.is_changed());
    }

    #[test]
    fn field_8_news_does_not_reset_what_is_typed() {
        let mut draft = Draft::of("Studio");
        draft.type_over("Worksh");
        draft.hear("Studio");
        assert_eq!((draft.typed(), draft.elsewhere()), ("Worksh", None));
        draft.hear("Atelier");
        assert_eq!(
            (draft.typed(), draft.elsewhere()),
            ("Worksh", Some("Atelier"))
        );
        // Whoever types the same name, or takes it back, is told of nothing.
        draft.type_over("Atelier");
        assert_eq!(draft.elsewhere(), None);
        draft.type_over("Ateliers");
        assert_eq!(draft.elsewhere(), None);
    }

    #[test]
    fn what_is_typed_while_it_is_stored_stays() {
        let mut draft = Draft::of("Studio");
        draft.type_over(" Workshop ");
        draft.stored(" Workshop ", "Workshop");
        assert_eq!(draft, Draft::of("Workshop"));

        draft.type_over("Atelier");
        draft.type_over("Atelier 2");
        draft.stored("Atelier", "Atelier");
        assert_eq!((draft.typed(), draft.elsewhere()), ("Atelier 2", None));
        assert!(draft.is_changed());
    }
}
