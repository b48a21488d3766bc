//! The choice of the workbench's size, where its app offers some.

use super::field_error::error_of;
use super::texts;
use crate::ui::{Choice, FieldValue, Select};
use leptos::prelude::*;
use vestibule_model::problem::FieldError;
use vestibule_model::size::WorkbenchSize;

/// Id of the field.
pub const SIZE_FIELD: &str = "size";

/// A size as it is chosen.
#[derive(Clone, Copy)]
pub struct ChosenSize {
    offered: Memo<Vec<WorkbenchSize>>,
    /// The chosen one; absent: the stored or the first one.
    chosen: RwSignal<Option<String>>,
    /// The one that the workbench has, which the catalogue may not offer any more.
    stored: StoredValue<Option<String>>,
}

impl ChosenSize {
    /// Returns the size of a spec, of which one that is stored stays also if it is not offered any more.
    pub fn new(offered: Memo<Vec<WorkbenchSize>>, size: Option<&String>, is_stored: bool) -> Self {
        Self {
            offered,
            chosen: RwSignal::new(size.cloned()),
            stored: StoredValue::new(size.filter(|_| is_stored).cloned()),
        }
    }

    /// Returns the name to send, or `None` if there is nothing to choose.
    pub fn now(self) -> Option<String> {
        let offered = self.offered.read();
        let is_there = |name: &String| {
            offered.iter().any(|size| size.name == *name)
                || self.stored.get_value().as_ref() == Some(name)
        };
        let chosen = self.chosen.get().filter(is_there);
        chosen.or_else(|| offered.first().map(|size| size.name.clone()))
    }

    /// Returns the options; one that can't be chosen stands for a size that is not offered any more.
    fn choices(self) -> Vec<Choice> {
        let offered = self.offered.read();
        let mut choices: Vec<_> = offered
            .iter()
            .map(|size| Choice::new(size.name.clone(), size.label()))
            .collect();
        let stored = self.stored.get_value();
        let is_offered = |name: &String| offered.iter().any(|size| size.name == *name);
        if let Some(gone) = stored.filter(|name| !is_offered(name)) {
            choices.push(Choice {
                disabled: true,
                ..Choice::new(gone.clone(), texts::size_is_gone(&gone))
            });
        }
        choices
    }

    /// Returns what the chosen size does not limit here.
    fn hint(self) -> Option<String> {
        let chosen = self.now();
        let offered = self.offered.read();
        let size = offered
            .iter()
            .find(|size| Some(&size.name) == chosen.as_ref());
        let remark = size.map(|size| size.remark.clone());
        remark.filter(|remark| !remark.is_empty())
    }
}

/// The field; nothing if there is nothing to choose from.
#[component]
pub fn SizeField(
    size: ChosenSize,
    /// Problems of the form.
    errors: RwSignal<Vec<FieldError>>,
) -> impl IntoView {
    let choices = Memo::new(move |_| size.choices());
    let has_some = Memo::new(move |_| !choices.read().is_empty());
    let hint = Signal::derive(move || size.hint());
    let value = FieldValue::new(
        Signal::derive(move || size.now().unwrap_or_default()),
        Callback::new(move |name| size.chosen.set(Some(name))),
    );
    let error = error_of(errors, "spec.size");
    move || {
        has_some.get().then(|| {
            view! { <Select id=SIZE_FIELD label=texts::SIZE value=value choices=choices hint=hint error=error /> }
        })
    }
}
