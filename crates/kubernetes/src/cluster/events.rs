//! Events about resources, for `kubectl describe`. The same one again is counted and not repeated; one with
//! other words is a new one.

use super::Cluster;
use super::copies::session_resource;
use super::recorders::Notice;
use k8s_openapi::api::core::v1::ObjectReference;
use kube::runtime::events::{Event, EventType};
use vestibule_model::ids::{WorkbenchId, WorkspaceId};

/// Longest note of an event, in bytes.
const MAX_NOTE: usize = 1024;

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
            let recorder = self.recorders.recorder(uid, notice);
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
