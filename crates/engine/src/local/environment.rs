//! Environment of new processes: what programs need, and nothing of the server's own settings,
//! which may hold secrets.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Variables taken from the server: search path, language and network.
const KEPT: &[&str] = &[
    "PATH",
    "LANG",
    "LC_ALL",
    "LC_CTYPE",
    "TZ",
    "USER",
    "LOGNAME",
    "SHELL",
    "http_proxy",
    "https_proxy",
    "no_proxy",
    "all_proxy",
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "NO_PROXY",
    "ALL_PROXY",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    "REQUESTS_CA_BUNDLE",
    "CURL_CA_BUNDLE",
    "GIT_SSL_CAINFO",
    "NODE_EXTRA_CA_CERTS",
    "NIX_SSL_CERT_FILE",
];

/// Settings of installers; only build steps, which the administrator wrote, get them.
const KEPT_FOR_BUILDS: &[&str] = &["HOME", "TMPDIR", "XDG_CACHE_HOME", "XDG_CONFIG_HOME"];
const KEPT_PREFIXES_FOR_BUILDS: &[&str] = &["PIP_", "UV_", "NPM_CONFIG_", "npm_config_"];

const DEFAULT_PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// Returns the environment of an app whose home is `dir`.
pub fn for_app(dir: &str) -> BTreeMap<String, String> {
    let mut env = common();
    env.insert("HOME".to_owned(), dir.to_owned());
    env
}

/// Returns the environment of build steps.
pub fn for_build() -> BTreeMap<String, String> {
    let mut env = common();
    env.extend(std::env::vars_os().filter_map(|(name, value)| {
        let name = name.into_string().ok()?;
        let is_kept = KEPT_FOR_BUILDS.contains(&&*name)
            || KEPT_PREFIXES_FOR_BUILDS
                .iter()
                .any(|prefix| name.starts_with(prefix));
        Some((name, value.into_string().ok()?)).filter(|_| is_kept)
    }));
    env
}

/// Finds a program on PATH; a name with a slash is a path itself.
pub fn find_program(name: &str) -> Option<PathBuf> {
    if name.contains('/') {
        return is_program(Path::new(name)).then(|| PathBuf::from(name));
    }
    let path = std::env::var_os("PATH").unwrap_or_else(|| DEFAULT_PATH.into());
    std::env::split_paths(&path)
        .map(|folder| folder.join(name))
        .find(|file| is_program(file))
}

fn is_program(file: &Path) -> bool {
    use nix::unistd::{AccessFlags, access};
    file.is_file() && access(file, AccessFlags::X_OK).is_ok()
}

fn common() -> BTreeMap<String, String> {
    let mut env: BTreeMap<_, _> = KEPT
        .iter()
        .filter_map(|name| Some(((*name).to_owned(), std::env::var(name).ok()?)))
        .collect();
    for (name, value) in [
        ("PATH", DEFAULT_PATH),
        ("LANG", "C.UTF-8"),
        ("TERM", "xterm-256color"),
    ] {
        env.entry(name.to_owned())
            .or_insert_with(|| value.to_owned());
    }
    env
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_variables_of_the_server_are_not_passed_on() {
        // Cargo sets many variables for tests; none of them may be passed on.
        assert!(std::env::var("CARGO_PKG_NAME").is_ok());
        for env in [for_app("/home"), for_build()] {
            assert!(env.contains_key("PATH") && env.contains_key("LANG"));
            assert!(!env.keys().any(|name| name.starts_with("CARGO")));
        }
        assert_eq!(for_app("/a/b")["HOME"], "/a/b");
    }

    #[test]
    fn programs_are_found_on_path_if_executable() {
        assert!(find_program("sh").is_some());
        assert_eq!(find_program("vestibule-no-such-program"), None);
        assert_eq!(find_program("/etc/passwd"), None);
        assert_eq!(find_program("/etc"), None);
    }
}
