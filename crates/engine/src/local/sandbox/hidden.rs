//! Files that an app's command names and its sandbox does not show.

use super::super::environment::find_program;
use super::installations::{is_home, root_of};
use super::plan::is_below;
use std::path::{Path, PathBuf};
use vestibule_model::reason::HIDDEN_BY_SANDBOX;

/// Characters that end a path in a command, beside blanks.
const BOUNDS: &[char] = &[
    '"', '\'', '`', ';', '|', '&', '<', '>', '(', ')', ',', ':', '=',
];

/// Returns the absolute paths in the words of a command, also those within a script.
pub(super) fn mentioned(command: &[impl AsRef<str>]) -> Vec<PathBuf> {
    let is_bound = |c: char| c.is_whitespace() || BOUNDS.contains(&c);
    let words = command.iter().flat_map(|word| {
        // A whole argument may have blanks in it.
        let whole = Some(word.as_ref()).filter(|word| word.contains(char::is_whitespace));
        whole.into_iter().chain(word.as_ref().split(is_bound))
    });
    let mut found: Vec<PathBuf> = words
        .filter(|word| word.starts_with('/'))
        .map(PathBuf::from)
        .collect();
    found.dedup();
    found
}

/// Returns `true` if a command names files in emptied folders, which not every sandbox hides.
pub(super) fn may_hide(emptied: &[PathBuf], command: &[impl AsRef<str>]) -> bool {
    let mut paths = mentioned(command).into_iter();
    paths.any(|path| is_below(&path, emptied) && path.symlink_metadata().is_ok())
}

/// Returns a sentence about the files of a command that a sandbox hides, or `None`. `sandbox` is the
/// command of bubblewrap. With `partly`, it is also about a program that is shown and whose
/// installation is not.
pub(super) fn remark(
    sandbox: &[String],
    command: &[impl AsRef<str>],
    partly: bool,
) -> Option<String> {
    let view = View::of(sandbox);
    let hidden = mentioned(command)
        .into_iter()
        .find(|path| path.symlink_metadata().is_ok() && view.hides(path));
    if let Some(path) = hidden {
        let mount = mount_for(&path, &view.emptied);
        return Some(sentence(&path.display().to_string(), &mount));
    }
    let program = find_program(command.first()?.as_ref()).filter(|_| partly)?;
    let root = root_of(&program).filter(|root| view.hides(root))?;
    let has_more = std::fs::read_dir(root)
        .is_ok_and(|entries| entries.flatten().any(|entry| view.hides(&entry.path())));
    has_more.then(|| sentence(&format!("a part of {}", root.display()), root))
}

fn sentence(what: &str, mount: &Path) -> String {
    format!(
        "{HIDDEN_BY_SANDBOX} {what}. The line `mounts = [{:?}]` in the app's catalogue entry shows it.",
        mount.display().to_string()
    )
}

/// Returns what to mount for a file: its folder, unless that may hold people's own data.
fn mount_for(path: &Path, emptied: &[PathBuf]) -> PathBuf {
    let folder = path.parent().filter(|_| !path.is_dir());
    let folder =
        folder.filter(|folder| !is_home(folder) && !emptied.iter().any(|one| one == folder));
    folder.unwrap_or(path).to_owned()
}

/// What a sandbox shows.
struct View {
    emptied: Vec<PathBuf>,
    shown: Vec<PathBuf>,
}

impl View {
    /// Reads the arguments of bubblewrap.
    fn of(sandbox: &[String]) -> Self {
        let (mut emptied, mut shown) = (Vec::new(), Vec::new());
        let mut words = sandbox.iter().map(String::as_str);
        while let Some(word) = words.next() {
            match word {
                "--tmpfs" => emptied.extend(words.next().map(PathBuf::from)),
                "--ro-bind" | "--ro-bind-try" | "--bind-try" | "--dev-bind-try" => {
                    words.next();
                    let target = words.next().filter(|target| *target != "/");
                    shown.extend(target.map(PathBuf::from));
                }
                _ => {}
            }
        }
        Self { emptied, shown }
    }

    /// Returns `true` if a path lies in an emptied folder, and nothing shows it.
    fn hides(&self, path: &Path) -> bool {
        let is_emptied = self.emptied.iter().any(|folder| folder == path);
        is_below(path, &self.emptied) && !is_emptied && !is_below(path, &self.shown)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<String> {
        text.split(' ').map(str::to_owned).collect()
    }

    #[test]
    fn paths_are_found_in_arguments_and_scripts() {
        let command = [
            "python3",
            "/srv/app/main.py",
            "--config=/srv/app/settings.toml",
            "cd '/srv/other'; exec /srv/bin/run --to {dir}/out https://example.org/x",
            "{dir}/notebooks",
            "/srv/with blank",
        ];
        let found = mentioned(&command);
        for path in [
            "/srv/app/main.py",
            "/srv/app/settings.toml",
            "/srv/other",
            "/srv/bin/run",
            "/srv/with blank",
        ] {
            assert!(found.contains(&PathBuf::from(path)), "{path}: {found:?}");
        }
        assert!(!found.contains(&PathBuf::from("/notebooks")), "{found:?}");
        assert!(!found.contains(&PathBuf::from("/out")), "{found:?}");
    }

    /// Faults, RH2.
    #[test]
    fn hidden_file_is_named_with_the_line_that_shows_it() {
        let dir = tempfile::tempdir().expect("a folder");
        let dir = dir.path().canonicalize().expect("a path");
        let app = dir.join("app");
        std::fs::create_dir_all(app.join("bin")).expect("made");
        for file in ["main.py", "bin/serve"] {
            std::fs::write(app.join(file), "").expect("written");
        }
        let (root, main) = (dir.display().to_string(), app.join("main.py"));
        let command = ["python3".to_owned(), main.display().to_string()];
        let sandbox = words(&format!("bwrap --ro-bind / / --tmpfs {root}"));
        let told = remark(&sandbox, &command, false).expect("it is hidden");
        assert_eq!(
            told,
            format!(
                "The sandbox hides {}. The line `mounts = [\"{}\"]` in the app's catalogue entry shows it.",
                main.display(),
                app.display()
            )
        );
        let mounted =
            format!("bwrap --ro-bind / / --tmpfs {root} --ro-bind-try {root}/app {root}/app");
        assert_eq!(remark(&words(&mounted), &command, true), None);
        let plain = words("bwrap --ro-bind / /");
        assert_eq!(remark(&plain, &command, true), None);
        let absent = ["python3".to_owned(), format!("{root}/app/none.py")];
        assert_eq!(
            remark(&sandbox, &absent, true),
            None,
            "it is not there at all"
        );
    }

    #[test]
    fn program_whose_installation_is_hidden_may_lack_something() {
        use std::os::unix::fs::PermissionsExt as _;
        let dir = tempfile::tempdir().expect("a folder");
        let dir = dir.path().canonicalize().expect("a path");
        let program = dir.join("app/bin/serve");
        std::fs::create_dir_all(dir.join("app/bin")).expect("made");
        std::fs::create_dir_all(dir.join("app/config")).expect("made");
        std::fs::write(&program, "").expect("written");
        let mode = std::fs::Permissions::from_mode(0o755);
        std::fs::set_permissions(&program, mode).expect("changed");
        let root = dir.display();
        let sandbox = words(&format!(
            "bwrap --ro-bind / / --tmpfs {root} --ro-bind-try {root}/app/bin {root}/app/bin"
        ));
        let command = [program.display().to_string()];
        assert_eq!(remark(&sandbox, &command, false), None);
        let told = remark(&sandbox, &command, true).expect("its configuration is hidden");
        assert!(told.contains(&format!("a part of {root}/app.")), "{told}");
        assert!(
            told.contains(&format!("mounts = [\"{root}/app\"]")),
            "{told}"
        );
    }
}
