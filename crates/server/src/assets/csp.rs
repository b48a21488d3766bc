//! The Content-Security-Policy of the console's page.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};
use std::fmt::Write as _;

/// Returns the policy for a page: its own inline scripts are allowed by their hashes, and frames
/// may show the apps' origins, and the terminal's document: the only one that may be in a frame.
pub(super) fn policy(page: &str, app_origins: &str) -> String {
    let scripts = hashes(page);
    format!(
        "default-src 'none'; script-src 'self'{scripts} 'wasm-unsafe-eval'; style-src 'self'; \
         img-src 'self' data:; font-src 'self'; connect-src 'self'; manifest-src 'self'; \
         frame-src 'self' {app_origins}; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    )
}

/// Returns the policy for the terminal's document, which has no origin and may request nothing. Its
/// styles are free: xterm.js writes its colours and sizes into `<style>` elements.
pub(super) fn terminal_policy(page: &str) -> String {
    let scripts = hashes(page);
    format!(
        "default-src 'none'; script-src{scripts}; style-src 'unsafe-inline'; sandbox allow-scripts; \
         base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
    )
}

/// Returns the source expressions of a page's inline scripts, each behind a space.
fn hashes(page: &str) -> String {
    let mut hashes = String::new();
    for script in inline_scripts(page) {
        let hash = STANDARD.encode(Sha256::digest(script.as_bytes()));
        // Writing to a String cannot fail.
        let _ = write!(hashes, " 'sha256-{hash}'");
    }
    hashes
}

/// Returns the text of every `<script>` without `src`. The page is our own build's: tags in lower
/// case, no `>` inside attributes.
fn inline_scripts(page: &str) -> impl Iterator<Item = &str> {
    page.split("<script").skip(1).filter_map(|rest| {
        let (attributes, rest) = rest.split_once('>')?;
        let (text, _) = rest.split_once("</script>")?;
        let has_source = attributes
            .split_ascii_whitespace()
            .any(|attribute| attribute.starts_with("src="));
        (!has_source && !text.is_empty()).then_some(text)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inline_scripts_are_allowed_by_hash_and_nothing_else_inline_is() {
        let page = "<script src=\"/a.js\"></script><script type=\"module\">\nalert(1)\n</script>";
        let policy = policy(page, "http://*.vestibule.localhost:8080");
        let hash = STANDARD.encode(Sha256::digest(b"\nalert(1)\n"));
        assert!(policy.contains(&format!(
            "script-src 'self' 'sha256-{hash}' 'wasm-unsafe-eval';"
        )));
        assert!(policy.contains("frame-src 'self' http://*.vestibule.localhost:8080;"));
        assert!(policy.contains("frame-ancestors 'none'"));
        assert!(!policy.contains("unsafe-inline"));
    }

    #[test]
    fn terminal_runs_its_own_script_and_requests_nothing() {
        let policy = terminal_policy("<script type=\"module\">1</script>");
        let hash = STANDARD.encode(Sha256::digest(b"1"));
        assert!(policy.contains("default-src 'none';"));
        assert!(policy.contains(&format!("script-src 'sha256-{hash}';")));
        assert!(policy.contains("sandbox allow-scripts;"));
        assert!(policy.ends_with("frame-ancestors 'self'"));
        assert!(!policy.contains("connect-src") && !policy.contains("allow-same-origin"));
    }
}
