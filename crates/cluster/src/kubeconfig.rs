//! Kubeconfigs: the address of the API server and the identity of a client.

use crate::pki::Identity;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

/// Returns a kubeconfig that contains its certificates. It is JSON, which is YAML too.
pub fn text(port: u16, authority: &str, client: &Identity) -> String {
    let name = "vestibule-cluster";
    let config = json!({
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{
            "name": name,
            "cluster": {
                "server": format!("https://127.0.0.1:{port}"),
                "certificate-authority-data": STANDARD.encode(authority),
            },
        }],
        "users": [{
            "name": name,
            "user": {
                "client-certificate-data": STANDARD.encode(&client.certificate),
                "client-key-data": STANDARD.encode(&client.key),
            },
        }],
        "contexts": [{
            "name": name,
            "context": { "cluster": name, "user": name },
        }],
        "current-context": name,
    });
    format!("{config:#}\n")
}
