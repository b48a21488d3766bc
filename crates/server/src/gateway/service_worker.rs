//! Limits of apps' service workers. One that controls the entrance would see the tickets of people who
//! enter, and could hand them to others.

use super::enter;
use axum::http::{HeaderMap, HeaderName};

/// Returns `true` if a browser asks for the script of a service worker.
pub(super) fn is_script(headers: &HeaderMap) -> bool {
    headers.contains_key("service-worker")
}

/// Returns `true` if a worker whose script is at this path controls the entrance by itself: its scope
/// is the script's folder (Service Workers, section 3.1).
pub(super) fn controls_entrance(path: &str) -> bool {
    let folder = path.rfind('/').map_or("/", |end| &path[..=end]);
    enter::PATH.starts_with(folder)
}

/// Keeps a worker to the folder of its script.
pub(super) fn keep_to_its_folder(headers: &mut HeaderMap) {
    headers.remove(HeaderName::from_static("service-worker-allowed"));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn workers_at_the_root_control_the_entrance() {
        for path in ["/sw.js", "/", "/.vestibule/sw.js"] {
            assert!(controls_entrance(path), "{path}");
        }
        for path in [
            "/static/sw.js",
            "/.vestibule/deep/sw.js",
            "/.vestibules/sw.js",
        ] {
            assert!(!controls_entrance(path), "{path}");
        }
    }
}
