//! Runs that outlived the server.

use super::gate::AppAddress;
use super::inner::Inner;
use super::processes;
use std::ffi::OsStr;
use std::io;
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;
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
        self.tell_of_lost_runs();
        Ok(())
    }

    /// Logs the supervisors of lost runs. They are not ended, because the folder may come back, such as
    /// one of another machine.
    fn tell_of_lost_runs(&self) {
        match self.lost_runs().as_deref() {
            Ok([]) => {}
            Ok(pids) => {
                let listed: Vec<_> = pids.iter().map(ToString::to_string).collect();
                tracing::warn!(
                    runs = pids.len(),
                    "apps still run whose workbenches are not in the data folder any more: it was removed or replaced; \
                     put it back, or stop them with `kill {}`",
                    listed.join(" ")
                );
            }
            Err(error) => tracing::debug!(%error, "failed to search for runs without a record"),
        }
    }

    /// Returns the supervisors whose runs are not in the data folder any more.
    pub(super) fn lost_runs(&self) -> io::Result<Vec<i32>> {
        let root = self.folders.root();
        processes::with_last_argument_that(|last| {
            let run = Path::new(OsStr::from_bytes(last));
            run.starts_with(root) && run != root && !run.exists()
        })
    }
}
