//! Events about resources, for `kubectl describe`. The same one again is counted and not repeated, also by
//! another server: its name is made from what it says.

use super::Cluster;
use super::copies::session_resource;
use k8s_openapi::api::core::v1::{Event as Counted, ObjectReference};
use k8s_openapi::api::events::v1::{Event, EventSeries};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{MicroTime, ObjectMeta};
use k8s_openapi::jiff;
use kube::Api;
use kube::api::{Patch, PatchParams, PostParams};
use serde_json::json;
use vestibule_model::ids::{WorkbenchId, WorkspaceId};

/// Longest note of an event, in bytes.
const MAX_NOTE: usize = 1024;
/// Name of the reporting controller.
const CONTROLLER: &str = "vestibule.dev/server";
/// Tries of an event that others count at the same time.
const TRIES: u32 = 5;

/// Transition of a workbench that is published as an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// `true` if somebody may have to act.
    pub is_warning: bool,
    /// The condition that has changed.
    pub condition: String,
    /// Reason.
    pub reason: String,
    /// Message.
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
            self.publish_one(&event(notice, &about)).await?;
        }
        Ok(())
    }

    /// Creates an event, or counts it.
    async fn publish_one(&self, event: &Event) -> Result<(), kube::Error> {
        let namespace = event.metadata.namespace.as_deref().unwrap_or_default();
        let name = event.metadata.name.as_deref().unwrap_or_default();
        let client = &self.shared.client;
        let events: Api<Event> = Api::namespaced(client.clone(), namespace);
        // Those of the other API group are the same objects.
        let counted: Api<Counted> = Api::namespaced(client.clone(), namespace);
        let is_conflict =
            |error: &kube::Error| matches!(error, kube::Error::Api(status) if status.code == 409);
        for _ in 1..TRIES {
            match events.create(&PostParams::default(), event).await {
                Err(error) if is_conflict(&error) => {}
                other => return other.map(drop),
            }
            // Events expire.
            let Some(there) = counted.get_opt(name).await? else {
                continue;
            };
            let series = EventSeries {
                count: there.series.and_then(|series| series.count).unwrap_or(1) + 1,
                last_observed_time: MicroTime(jiff::Timestamp::now()),
            };
            let version = there.metadata.resource_version;
            let patch = json!({ "metadata": { "resourceVersion": version }, "series": series });
            let how = PatchParams::default();
            match events.patch(name, &how, &Patch::Merge(&patch)).await {
                Err(error) if is_conflict(&error) => {}
                other => return other.map(drop),
            }
        }
        Ok(())
    }
}

fn event(notice: &Notice, about: &ObjectReference) -> Event {
    let kind = match notice.is_warning {
        true => "Warning",
        false => "Normal",
    };
    let note = shortened(&notice.message);
    let uid = about.uid.as_deref().unwrap_or_default();
    let hash = hash(&[uid, kind, &notice.condition, &notice.reason, &note]);
    let name = about.name.as_deref().unwrap_or_default();
    Event {
        metadata: ObjectMeta {
            name: Some(format!("{name}.{hash:016x}")),
            namespace: about.namespace.clone(),
            ..ObjectMeta::default()
        },
        type_: Some(kind.to_owned()),
        action: Some(notice.condition.clone()),
        reason: Some(notice.reason.clone()),
        note: Some(note).filter(|note| !note.is_empty()),
        event_time: Some(MicroTime(jiff::Timestamp::now())),
        regarding: Some(about.clone()),
        reporting_controller: Some(CONTROLLER.to_owned()),
        reporting_instance: Some(CONTROLLER.to_owned()),
        ..Event::default()
    }
}

/// Returns a hash that is the same in every version of this program.
fn hash(parts: &[&str]) -> u64 {
    let bytes = parts.iter().flat_map(|part| part.bytes().chain([0]));
    // FNV-1a (Fowler, Noll and Vo, 1991).
    bytes.fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
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
    fn same_event_has_the_same_name_and_another_one_another() {
        let about = ObjectReference {
            name: Some("climate".to_owned()),
            uid: Some("7d3f7e0e-2a38-4a7b-9a0e-0f6c0a4b9a11".to_owned()),
            ..ObjectReference::default()
        };
        let notice = |message: &str| Notice {
            is_warning: true,
            condition: "SecretsReady".to_owned(),
            reason: "SecretNotFound".to_owned(),
            message: message.to_owned(),
        };
        let name = |message: &str| event(&notice(message), &about).metadata.name;
        assert_eq!(name("no A"), name("no A"));
        assert_ne!(name("no A"), name("no B"));
        assert!(name("no A").is_some_and(|name| name.starts_with("climate.")));
        assert_eq!(hash(&["a"]), 0x089b_e207_b544_f1e4);
        assert_ne!(hash(&["a", "b"]), hash(&["ab", ""]));
    }

    #[test]
    fn note_is_cut_between_characters() {
        assert_eq!(shortened("short"), "short");
        let long = shortened(&"é".repeat(MAX_NOTE));
        assert_eq!(long.len(), MAX_NOTE);
        assert_eq!(shortened(&format!("a{long}")).len(), MAX_NOTE - 1);
    }
}
