//! Events about resources, for `kubectl describe`. The same one again is counted and not repeated; one with
//! other words is a new one.

use super::Cluster;
use super::copies::session_resource;
use crate::mutex::lock;
use k8s_openapi::api::core::v1::ObjectReference;
use kube::Client;
use kube::runtime::events::{Event, EventType, Recorder, Reporter};
use std::collections::HashMap;
use std::sync::Mutex;
use vestibule_model::ids::{WorkbenchId, WorkspaceId};

/// Longest note of an event, in bytes.
const MAX_NOTE: usize = 1024;

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

/// Publisher of events.
pub(super) struct Events {
    client: Client,
    /// The last words of each kind, and their recorder, which counts events by their kind alone.
    known: Mutex<HashMap<Kind, (String, Recorder)>>,
}

impl Events {
    pub(super) fn new(client: Client) -> Self {
        Self {
            client,
            known: Mutex::default(),
        }
    }

    /// Returns the recorder that counts an event, or creates it.
    fn recorder(&self, uid: &str, notice: &Notice) -> Recorder {
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

impl Cluster {
    /// Publishes events about the resource of a workbench, if there is one.
    ///
    /// # Errors
    /// Fails if the API server refuses one.
    pub async fn publish(
        &self,
        workspace: &WorkspaceId,
        id: &WorkbenchId,
        notices: &[Notice],
    ) -> Result<(), kube::Error> {
        let Some(session) = self.session(workspace, id) else {
            return Ok(());
        };
        let metadata = &session["metadata"];
        let text = |field: &str| metadata[field].as_str().map(str::to_owned);
        let resource = session_resource();
        let about = ObjectReference {
            api_version: Some(resource.api_version),
            kind: Some(resource.kind),
            name: text("name"),
            namespace: text("namespace"),
            uid: text("uid"),
            ..ObjectReference::default()
        };
        for notice in notices {
            let event = Event {
                type_: match notice.is_warning {
                    true => EventType::Warning,
                    false => EventType::Normal,
                },
                reason: notice.reason.clone(),
                note: Some(shortened(&notice.message)).filter(|note| !note.is_empty()),
                action: notice.condition.clone(),
                secondary: None,
            };
            let uid = about.uid.as_deref().unwrap_or_default();
            let recorder = self.events.recorder(uid, notice);
            recorder.publish(&event, &about).await?;
        }
        Ok(())
    }
}

fn shortened(text: &str) -> String {
    let mut end = text.len().min(MAX_NOTE);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text[..end].to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn note_is_cut_between_characters() {
        assert_eq!(shortened("short"), "short");
        let long = shortened(&"é".repeat(MAX_NOTE));
        assert_eq!(long.len(), MAX_NOTE);
        assert_eq!(shortened(&format!("a{long}")).len(), MAX_NOTE - 1);
    }
}
