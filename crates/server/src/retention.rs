//! Background removal of old runs and logs.

use crate::store::{Retention, Store};
use std::sync::Arc;
use std::time::Duration;
use vestibule_engine::clock::Clock;

/// Pause between two sweeps.
const EVERY: Duration = Duration::from_secs(10 * 60);
/// Pause between two batches, so that others can write.
const PAUSE: Duration = Duration::from_millis(200);

/// Sweeps at the start and periodically. Never returns.
pub async fn run(store: Arc<Store>, clock: Arc<dyn Clock>, keep: Retention) {
    loop {
        let sweep = tokio::task::spawn_blocking({
            let (store, now) = (Arc::clone(&store), clock.now());
            move || {
                if let Err(error) = store.top_up_reserve() {
                    tracing::warn!(%error, "failed to reserve room for a full disk");
                }
                store.forget_audit(now - keep.audit)?;
                store.forget_addresses(now - keep.addresses)?;
                store.sweep(&keep, now)
            }
        });
        let pause = match sweep.await {
            Ok(Ok(true)) => PAUSE,
            Ok(Ok(false)) => EVERY,
            Ok(Err(error)) => {
                tracing::warn!(%error, "failed to remove old runs");
                EVERY
            }
            Err(error) => {
                tracing::error!(%error, "removing old runs broke off");
                EVERY
            }
        };
        tokio::time::sleep(pause).await;
    }
}
