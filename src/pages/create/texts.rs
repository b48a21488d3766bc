//! Texts of the form for a new workbench.

use vestibule_model::fold::fold;

pub const TITLE: &str = "New workbench";
pub const APP: &str = "App";
pub const NAME: &str = "Name";
pub const CREATE: &str = "Create workbench";

pub const CHOOSE_APP: &str = "Choose an app.";
pub const NO_APPS: &str = "There are no apps yet. An administrator adds them to apps.toml.";
/// Note on an app whose sandbox shares the machine's network.
pub const SHARES_NETWORK: &str = "It shares this machine's network.";
/// Note on an app that may read the clipboard.
pub const READS_CLIPBOARD: &str = "It may ask to read your clipboard.";
pub const FIRST_START: &str = "The first start takes longer (one-time setup).";
pub const UNAVAILABLE: &str = "Not available here:";
pub const UNAVAILABLE_REASON: &str = "It can't run here.";

pub const PREFLIGHT: &str = "Ready to start?";
pub const INCOMPLETE: &str = "Fill in what is missing to create it.";
pub const SEE_BUILD: &str = "Open the build in a new tab";

pub const STARTING: &str = "Starting";
pub const CREATING: &str = "Creating the workbench…";

/// Returns how long an app usually takes to start; `sentence` is the catalogue's.
pub fn ready(sentence: &str) -> String {
    format!("Ready {sentence}")
}

/// Returns the first name for an app that is not taken: "JupyterLab", "JupyterLab 2".
pub fn suggested_name(title: &str, taken: &[String]) -> String {
    let is_free = |name: &String| !taken.contains(&fold(name));
    let mut numbered = (2_u32..).map(|number| format!("{title} {number}"));
    let plain = title.to_owned();
    if is_free(&plain) {
        plain
    } else {
        numbered.find(is_free).unwrap_or(plain)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn suggested_name_is_the_first_free_one() {
        let taken = |names: &[&str]| {
            names
                .iter()
                .map(|name| (*name).to_owned())
                .collect::<Vec<_>>()
        };
        assert_eq!(suggested_name("JupyterLab", &[]), "JupyterLab");
        let one = taken(&["jupyterlab"]);
        assert_eq!(suggested_name("JupyterLab", &one), "JupyterLab 2");
        let two = taken(&["jupyterlab", "jupyterlab 2"]);
        assert_eq!(suggested_name("JupyterLab", &two), "JupyterLab 3");
    }
}
