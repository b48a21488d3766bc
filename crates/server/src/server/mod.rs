//! Listening, answering and graceful shutdown.

mod accept;
mod connections;

pub use accept::Limits;
pub use connections::Bounds;

use crate::state::AppState;
use crate::store::Retention;
use crate::{agents, clock, hosts, log_keeper, retention, tabs};
use anyhow::anyhow;
use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use vestibule_model::stream::NoticeKind;

/// Longest time for open requests after shutdown began.
const PATIENCE: Duration = Duration::from_secs(5);

/// Pause between two checks of what the server itself suffers from.
const FAULTS_EVERY: Duration = Duration::from_secs(2);

/// Pause between two searches for changes by other processes, such as a password that is reset.
const ACCESS_EVERY: Duration = Duration::from_secs(1);

/// Answers requests until `end`; then lets those under way finish.
pub async fn serve(
    listener: TcpListener,
    limits: Limits,
    state: AppState,
    keep: Retention,
    end: impl Future<Output = ()>,
) {
    let keeper = tokio::spawn(log_keeper::run(
        Arc::clone(&state.store),
        Arc::clone(&state.engine),
        state.store.run_ended(),
    ));
    let sweeper = tokio::spawn(retention::run(
        Arc::clone(&state.store),
        Arc::clone(&state.host.clock),
        keep,
    ));
    let access = tokio::spawn(follow_access(state.clone()));
    let faults = tokio::spawn(follow_faults(state.clone()));
    let tabs = tokio::spawn(tabs::run(state.clone()));
    let agents = tokio::spawn(agents::run(state.clone()));
    let accept = accept::accept(
        listener,
        hosts::router(&state),
        limits,
        state.shutdown.clone(),
    );
    let mut server = tokio::spawn(accept);
    end.await;
    tracing::info!("shutting down; the workbenches live on");
    state.shutdown.cancel();
    if tokio::time::timeout(PATIENCE, &mut server).await.is_err() {
        tracing::warn!("some requests did not finish in time and are cut off");
        server.abort();
    }
    state.builder.close();
    state.controller.shut_down().await;
    keeper.abort();
    sweeper.abort();
    access.abort();
    faults.abort();
    tabs.abort();
    agents.abort();
    tracing::info!("shut down");
}

/// Ends expired grants, notes expired sessions and access tokens, and publishes changes of sessions, grants and users by other processes, so that open streams and
/// sockets end within [`ACCESS_EVERY`].
async fn follow_access(state: AppState) {
    let mut since = clock::now();
    loop {
        tokio::time::sleep(ACCESS_EVERY).await;
        let now = clock::now();
        let before = std::mem::replace(&mut since, now);
        state
            .db(move |store| {
                if let Err(error) = store.end_expired_grants(now) {
                    tracing::warn!(%error, "failed to end grants");
                }
                if let Err(error) = store.note_expired_sessions(before, now) {
                    tracing::warn!(%error, "failed to look for ended sessions");
                }
                store.publish_external_access_changes();
            })
            .await;
    }
}

/// Checks periodically whether the server can store. Never returns.
async fn follow_faults(state: AppState) {
    loop {
        // Before a read, which waits for the same disk.
        let slow = state.store.is_slow().then_some(0);
        let now = state.host.clock.now();
        state.notices.set(&NoticeKind::StorageSlow, slow, now);
        let (is_short, is_in_place) = state
            .db(|store| (store.is_disk_nearly_full(), store.is_in_place()))
            .await;
        let now = state.host.clock.now();
        let reported = |holds: bool| holds.then_some(0);
        let notices = &state.notices;
        notices.set(
            &NoticeKind::DiskFull,
            reported(is_short && is_in_place),
            now,
        );
        notices.set(&NoticeKind::DataFolderGone, reported(!is_in_place), now);
        tokio::time::sleep(FAULTS_EVERY).await;
    }
}

/// Binds the address. The error names the port where another program has it.
pub async fn listen(address: SocketAddr) -> anyhow::Result<TcpListener> {
    TcpListener::bind(address).await.map_err(|error| {
        if error.kind() == io::ErrorKind::AddrInUse {
            anyhow!(
                "the port {} on {} is taken by another program; stop that, or choose another port with --listen",
                address.port(),
                address.ip()
            )
        } else {
            anyhow!("failed to listen on {address}: {error}")
        }
    })
}
