//! Runs that outlived the server.

use super::gate::AppAddress;
use super::inner::Inner;
use std::io;
use std::sync::Arc;

impl Inner {
    /// Assigns every running process its slot, so that capacity and ports are right from the start.
    pub(super) fn find_running(self: &Arc<Self>) -> io::Result<()> {
        for id in self.folders.workbenches()? {
            for (number, dir) in self.folders.runs_of(&id)? {
                match dir.is_held() {
                    Ok(true) => {}
                    Ok(false) => continue,
                    Err(error) => {
                        // A later observation adopts it.
                        tracing::warn!(workbench = %id, run = number, %error, "failed to observe a run");
                        continue;
                    }
                }
                let launch = dir.launch().ok().flatten();
                let address = launch.as_ref().map(AppAddress::of);
                let (app, port) = launch.map_or_else(Default::default, |l| (l.app, l.port));
                tracing::info!(workbench = %id, run = number, app, "a workbench was found running");
                self.slots().put(&id, number, &app, port, address);
                let watching = Arc::clone(self).watch(id.clone(), number, dir);
                self.runtime.spawn(watching);
            }
        }
        Ok(())
    }
}
