//! Pages by their addresses.

/// Collections of the console's addresses: an identifier follows each of them.
const COLLECTIONS: [&str; 7] = [
    "workspaces",
    "sessions",
    "runs",
    "builds",
    "users",
    "tabs",
    "enter",
];

/// Returns the page at this path, without identifiers and query: `/workspaces/:id/settings`.
pub fn page_of(path: &str) -> String {
    let path = path.split(['?', '#']).next().unwrap_or_default();
    let mut page = String::new();
    let mut before = "";
    for part in path.split('/').filter(|part| !part.is_empty()) {
        let is_id = COLLECTIONS.contains(&before);
        page.push('/');
        page.push_str(if is_id { ":id" } else { part });
        // An identifier may be spelled like a collection.
        before = if is_id { "" } else { part };
    }
    if page.is_empty() {
        "/".to_owned()
    } else {
        page
    }
}

/// Returns `true` if the path is one of the console's, not one of the API's pages.
pub fn is_console(path: &str) -> bool {
    path.starts_with('/') && !path.starts_with("/api") && !path.starts_with("/metrics")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_are_left_out() {
        for (path, page) in [
            ("/", "/"),
            ("/workspaces", "/workspaces"),
            ("/workspaces/ws-1?sort=-name", "/workspaces/:id"),
            (
                "/workspaces/ws-1/sessions/wb-2/tabs/0193",
                "/workspaces/:id/sessions/:id/tabs/:id",
            ),
            ("/workspaces/ws-1/builds", "/workspaces/:id/builds"),
            ("/workspaces/ws-1/builds/b-1", "/workspaces/:id/builds/:id"),
            ("/admin/users/u-1", "/admin/users/:id"),
            ("/sign-in?next=%2Fworkspaces", "/sign-in"),
        ] {
            assert_eq!(page_of(path), page);
        }
        assert!(is_console("/account"));
        assert!(!is_console("/api/docs"));
    }
}
