//! Sizes of workbenches on this machine: what of them does not hold, and those that are not offered any
//! more.

use super::catalogue::CatalogueEntry;
use super::inner::Inner;
use crate::Target;
use vestibule_model::observed::Runner;
use vestibule_model::size::WorkbenchSize;

impl Inner {
    /// Returns the sizes of an app, with what of them does not hold on this machine.
    pub(super) fn sizes(&self, app: &CatalogueEntry) -> Vec<WorkbenchSize> {
        let sizes = app.sizes().iter();
        sizes
            .map(|size| {
                let parts = [
                    (size.cpu > 0.0 && !self.groups.limits_cpus())
                        .then_some("The number of CPUs isn't limited on this machine."),
                    (size.gpus > 0).then_some("GPUs aren't assigned on this machine."),
                ];
                let parts: Vec<_> = parts.into_iter().flatten().collect();
                size.shown(parts.join(" "))
            })
            .collect()
    }

    /// Adds a remark to a running process whose size the catalogue offers no longer.
    pub(super) fn with_size_remark(&self, target: &Target, mut runner: Runner) -> Runner {
        let app = self.config.catalogue.get(&target.app);
        if let Runner::Running { note, .. } = &mut runner
            && note.is_none()
        {
            *note = app.and_then(|app| app.size_remark(&target.spec));
        }
        runner
    }
}
