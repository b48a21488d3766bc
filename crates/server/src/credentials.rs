//! Secrets of the server, from its environment or from the service manager (`LoadCredential=` of
//! systemd), which keeps them out of environments.

use anyhow::Context as _;
use std::path::Path;
use vestibule_engine::local::small_file;

/// Returns the secret of an environment variable or, without one, of the credential with the same
/// name in lower case and with hyphens: `vestibule-key` for `VESTIBULE_KEY`.
pub fn find(variable: &str) -> anyhow::Result<Option<String>> {
    find_in(variable, |name| std::env::var(name).ok())
}

fn find_in(variable: &str, env: impl Fn(&str) -> Option<String>) -> anyhow::Result<Option<String>> {
    if let Some(value) = env(variable) {
        return Ok(Some(value));
    }
    let Some(folder) = env("CREDENTIALS_DIRECTORY") else {
        return Ok(None);
    };
    let file = Path::new(&folder).join(variable.to_lowercase().replace('_', "-"));
    match small_file::read_text(&file) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        read => {
            let text =
                read.with_context(|| format!("failed to read the credential {}", file.display()))?;
            Ok(Some(text.trim_end_matches(['\r', '\n']).to_owned()))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variable_comes_before_the_credential_of_its_name() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().display().to_string();
        let none = |_: &str| None;
        let folder_alone = |name: &str| (name == "CREDENTIALS_DIRECTORY").then(|| path.clone());
        let both = |name: &str| match name {
            "VESTIBULE_KEY" => Some("of the environment".to_owned()),
            _ => folder_alone(name),
        };
        let find =
            |env: &dyn Fn(&str) -> Option<String>| find_in("VESTIBULE_KEY", env).expect("readable");
        assert_eq!(find(&none), None);
        assert_eq!(find(&folder_alone), None);
        std::fs::write(folder.path().join("vestibule-key"), "of the manager\n").expect("written");
        assert_eq!(find(&folder_alone).as_deref(), Some("of the manager"));
        assert_eq!(find(&both).as_deref(), Some("of the environment"));
        std::fs::write(folder.path().join("vestibule-key"), [0xff]).expect("written");
        assert!(
            find_in("VESTIBULE_KEY", folder_alone).is_err(),
            "never no key"
        );
    }
}
