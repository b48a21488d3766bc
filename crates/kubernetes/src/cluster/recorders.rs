//! Recorders of events: the same event again is counted, and one with other words is a new one.

use crate::mutex::lock;
use kube::Client;
use kube::runtime::events::{Recorder, Reporter};
use std::collections::HashMap;
use std::sync::Mutex;

/// Most kinds of events whose last words are known.
const MAX_KNOWN: usize = 4096;

/// What events have in common that are counted, but for their words.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Kind {
    uid: String,
    is_warning: bool,
    condition: String,
    reason: String,
}

/// Recorders of events.
pub(super) struct Recorders {
    client: Client,
    /// The last words of each kind, and their recorder, which counts events by their kind alone.
    known: Mutex<HashMap<Kind, (String, Recorder)>>,
}

impl Recorders {
    pub(super) fn new(client: Client) -> Self {
        Self {
            client,
            known: Mutex::default(),
        }
    }

    /// Returns the recorder that counts an event, or creates it.
    pub(super) fn recorder(&self, uid: &str, notice: &Notice) -> Recorder {
        let kind = Kind {
            uid: uid.to_owned(),
            is_warning: notice.is_warning,
            condition: notice.condition.clone(),
            reason: notice.reason.clone(),
        };
        let mut known = lock(&self.known);
        if let Some((message, recorder)) = known.get(&kind)
            && *message == notice.message
        {
            return recorder.clone();
        }
        if known.len() >= MAX_KNOWN {
            // What is told again is a new event.
            known.clear();
        }
        let reporter = Reporter {
            controller: "vestibule.dev/server".to_owned(),
            instance: None,
        };
        let recorder = Recorder::new(self.client.clone(), reporter);
        known.insert(kind, (notice.message.clone(), recorder.clone()));
        recorder
    }
}

/// Transition of a workbench that is told by an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// `true` if somebody may have to act.
    pub is_warning: bool,
    /// The condition that has changed.
    pub condition: String,
    /// Its reason.
    pub reason: String,
    /// Its message.
    pub message: String,
}
