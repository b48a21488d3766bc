//! Sizes that the catalogue does not offer any more.

use super::KubernetesEngine;
use vestibule_engine::Target;
use vestibule_model::observed::{Creation, Observed, Runner};

impl KubernetesEngine {
    /// Adds what is to be said of a size that the catalogue does not offer: a start waits for another
    /// one, and what runs keeps it.
    pub(super) fn with_size(&self, target: &Target, mut seen: Observed) -> Observed {
        let Some(app) = self.app(&target.app) else {
            return seen;
        };
        match &mut seen.runner {
            Runner::Running { note, .. } => *note = app.size_remark(&target.spec),
            Runner::Absent => {
                if let Err(why) = app.size_of(&target.spec) {
                    seen.creation = Creation::Failed(why);
                }
            }
            _ => {}
        }
        seen
    }
}
