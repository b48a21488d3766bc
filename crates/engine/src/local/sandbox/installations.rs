//! What an app needs of programs that are installed in folders which a sandbox empties.

use super::super::environment::find_program;
use super::plan::{Needs, is_below};
use std::path::{Path, PathBuf};

/// Entries of a folder into which programs were installed. Others in it, such as files with
/// passwords of the program's user, are not shown.
const PARTS: &[&str] = &[
    "bin",
    "sbin",
    "shims",
    "lib",
    "lib32",
    "lib64",
    "libexec",
    "include",
    "share",
    "ssl",
    "versions",
    "version",
    "plugins",
    "pyenv.d",
    "rbenv.d",
    "conda-meta",
    "condabin",
    "envs",
    "node_modules",
];

/// Entries of `~/.local`, which also has people's own data.
const PARTS_OF_LOCAL: &[&str] = &["bin", "lib", "share/pipx", "share/uv", "share/pnpm"];

/// Further entries of an environment of Python that cannot be shown whole.
const PARTS_OF_ENVIRONMENT: &[&str] = &["pyvenv.cfg", "bin", "lib", "lib64", "etc"];

/// File that marks the folder of a virtual environment of Python.
const VENV_SETTINGS: &str = "pyvenv.cfg";

/// Number of links that are followed from a program to its file.
const MOST_LINKS: usize = 16;

/// Number of programs that are followed from one to the next: script, interpreter, base of its
/// environment.
const MOST_STEPS: usize = 4;

/// Longest first line of a script, in bytes.
const MAX_FIRST_LINE: usize = 256;

/// Returns what to show of emptied folders, without paths in others: the folders of `PATH`, and the
/// installations of the programs that the app starts and that its build refers to. Nothing of it has
/// a protected path in it.
pub(super) fn of_needs(
    emptied: &[PathBuf],
    protected: &[PathBuf],
    needs: &Needs<'_>,
) -> Vec<PathBuf> {
    let mut shown = Vec::new();
    let path = std::env::var_os("PATH").unwrap_or_default();
    for folder in std::env::split_paths(&path) {
        shown.extend(parts_around(&folder, MOST_STEPS));
    }
    let built = needs.build.into_iter().flat_map(programs_of_build);
    let named = needs.programs.iter().filter_map(|name| find_program(name));
    for program in named.chain(built) {
        add_program(program, &mut shown, MOST_STEPS);
    }
    for path in needs.mentions.iter().filter(|path| path.exists()) {
        let environment = path.ancestors().find(|folder| is_environment(folder));
        if let Some(folder) = environment {
            shown.extend(parts_around(&folder.join("bin"), MOST_STEPS));
        }
    }
    shown.retain(|path| {
        let reveals = protected.iter().any(|file| file.starts_with(path));
        is_below(path, emptied) && path.exists() && !reveals
    });
    // Outer folders first; what lies in one needs no mount of its own.
    shown.sort();
    let mut outer: Vec<PathBuf> = Vec::new();
    for path in shown {
        if !is_below(&path, &outer) {
            outer.push(path);
        }
    }
    outer
}

/// Returns the folder around an installed program's folder, if programs were installed into it alone.
pub(super) fn root_of(program: &Path) -> Option<&Path> {
    let folder = program.parent()?;
    let around = folder.parent()?;
    let is_bin = ["bin", "sbin", "Scripts"]
        .iter()
        .any(|bin| folder.ends_with(bin));
    let root = if is_bin { around } else { folder };
    (!is_home(root)).then_some(root)
}

/// Returns `true` for a folder that may have people's own data at its top.
pub(super) fn is_home(path: &Path) -> bool {
    let home = std::env::var_os("HOME").map(PathBuf::from);
    home.as_deref() == Some(path)
        || path == Path::new("/root")
        || path.parent() == Some(Path::new("/home"))
}

/// Adds a program, the files to which it leads, and the interpreter of a script.
fn add_program(program: PathBuf, shown: &mut Vec<PathBuf>, steps: usize) {
    let Some(steps) = steps.checked_sub(1) else {
        return;
    };
    for file in links(program) {
        if let Some(folder) = file.parent() {
            shown.extend(parts_around(folder, steps));
        }
        if let Some(interpreter) = interpreter(&file) {
            add_program(interpreter, shown, steps);
        }
        shown.push(file);
    }
}

/// Returns the program that runs a script.
fn interpreter(file: &Path) -> Option<PathBuf> {
    use std::io::Read as _;
    let mut first = Vec::new();
    let opened = std::fs::File::open(file).ok()?;
    let limit = u64::try_from(MAX_FIRST_LINE).unwrap_or(u64::MAX);
    opened.take(limit).read_to_end(&mut first).ok()?;
    let line = first.split(|byte| *byte == b'\n').next()?;
    let line = str::from_utf8(line.strip_prefix(b"#!")?).ok()?;
    let mut words = line.split_whitespace();
    let program = words.next()?;
    if !program.ends_with("/env") {
        return find_program(program);
    }
    words
        .find(|word| !word.starts_with('-') && !word.contains('='))
        .and_then(find_program)
}

/// Returns the files to which a program leads, with itself.
fn links(program: PathBuf) -> Vec<PathBuf> {
    let mut found = vec![program];
    while let Some(last) = found.last() {
        let Ok(target) = std::fs::read_link(last) else {
            break;
        };
        let target = last.parent().unwrap_or(Path::new("/")).join(target);
        if found.len() > MOST_LINKS || found.contains(&target) {
            break;
        }
        found.push(target);
    }
    let real: Vec<_> = found
        .iter()
        .filter_map(|file| file.canonicalize().ok())
        .collect();
    found.extend(real);
    found
}

/// Returns what to show of the installation whose programs lie in this folder.
fn parts_around(folder: &Path, steps: usize) -> Vec<PathBuf> {
    let Some(around) = folder.parent() else {
        return Vec::new();
    };
    let parts: &[&str] = if is_environment(around) && is_home(around) {
        PARTS_OF_ENVIRONMENT
    } else if is_home(around) || is_home(folder) {
        &[]
    } else if around.ends_with(".local") {
        PARTS_OF_LOCAL
    } else {
        PARTS
    };
    let parts = parts.iter().map(|part| around.join(part));
    let mut found: Vec<_> = std::iter::once(folder.to_owned())
        .filter(|folder| !is_home(folder))
        .chain(parts)
        .collect();
    if is_environment(around) {
        if !is_home(around) {
            // Also the parts, in case that the whole may not be shown.
            found.push(around.to_owned());
            found.extend(PARTS_OF_ENVIRONMENT.iter().map(|part| around.join(part)));
        }
        if let Some((base, steps)) = base_of(around).zip(steps.checked_sub(1)) {
            let real = base.canonicalize().ok();
            for base in std::iter::once(base).chain(real) {
                found.extend(parts_around(&base, steps));
            }
        }
    }
    found.extend(packages_of_node(folder));
    found
}

/// Returns `true` for the folder of an environment, which has all of its files in its own folder: of
/// Python's `venv` and the tools that make the same, or of conda.
fn is_environment(folder: &Path) -> bool {
    folder.join(VENV_SETTINGS).is_file() || folder.join("conda-meta").is_dir()
}

/// Returns the folder with the Python on which a virtual environment is based.
fn base_of(environment: &Path) -> Option<PathBuf> {
    let settings = std::fs::read_to_string(environment.join(VENV_SETTINGS)).ok()?;
    let home = settings.lines().find_map(|line| {
        let (key, value) = line.split_once('=')?;
        (key.trim() == "home").then(|| PathBuf::from(value.trim()))
    })?;
    Some(home).filter(|home| home.is_absolute())
}

/// Returns the folder of packages in which a program of Node.js lies.
fn packages_of_node(folder: &Path) -> Option<PathBuf> {
    let outermost = folder
        .ancestors()
        .filter(|folder| folder.ends_with("node_modules"))
        .last()?;
    Some(outermost.to_owned())
}

/// Returns the programs in a build, such as the Python of a virtual environment: they may lead
/// elsewhere.
fn programs_of_build(build: &Path) -> Vec<PathBuf> {
    let entries = |folder: &Path| std::fs::read_dir(folder).into_iter().flatten().flatten();
    let folders = entries(build).map(|entry| entry.path().join("bin"));
    folders
        .chain([build.join("bin")])
        .flat_map(|bin| entries(&bin).map(|entry| entry.path()).collect::<Vec<_>>())
        .filter(|file| file.is_symlink())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::{PermissionsExt as _, symlink};

    fn parts(folder: &str) -> Vec<PathBuf> {
        parts_around(Path::new(folder), MOST_STEPS)
    }

    fn write(file: &Path, text: &str) {
        std::fs::create_dir_all(file.parent().expect("a folder")).expect("made");
        std::fs::write(file, text).expect("written");
        let mode = std::fs::Permissions::from_mode(0o755);
        std::fs::set_permissions(file, mode).expect("changed");
    }

    /// Returns what is shown for an app with this program, of a folder that is emptied.
    fn shown(emptied: &Path, protected: &[PathBuf], program: &Path) -> Vec<PathBuf> {
        let program = program.to_str().expect("text");
        let needs = Needs {
            programs: vec![program],
            mentions: Vec::new(),
            build: None,
            mounts: Vec::new(),
            devices: &[],
            shares_network: false,
        };
        of_needs(&[emptied.to_owned()], protected, &needs)
    }

    #[test]
    fn installation_shows_programs_and_no_passwords() {
        let found = parts("/home/ada/.cargo/bin");
        assert!(found.contains(&PathBuf::from("/home/ada/.cargo/bin")));
        assert!(!found.contains(&PathBuf::from("/home/ada/.cargo")));
        assert_eq!(parts("/home/ada/bin"), [PathBuf::from("/home/ada/bin")]);
        let local = parts("/home/ada/.local/bin");
        assert!(!local.contains(&PathBuf::from("/home/ada/.local/share")));
        assert_eq!(parts("/home/ada"), Vec::<PathBuf>::new());
    }

    /// Faults, RH2: the base of an environment, and all of its own files.
    #[test]
    fn virtual_environment_is_shown_whole_with_the_python_that_it_is_based_on() {
        let dir = tempfile::tempdir().expect("a folder");
        let dir = dir.path().canonicalize().expect("a path");
        let base = dir.join("uv/python/cpython-3.12/bin");
        write(&base.join("python3.12"), "");
        let venv = dir.join("project/.venv");
        write(
            &venv.join("pyvenv.cfg"),
            &format!("home = {}\nversion = 3.12\n", base.display()),
        );
        std::fs::create_dir_all(venv.join("bin")).expect("made");
        symlink(base.join("python3.12"), venv.join("bin/python")).expect("linked");
        let script = venv.join("bin/serve");
        write(
            &script,
            &format!("#!{}\n", venv.join("bin/python").display()),
        );
        write(&dir.join("project/.env"), "PASSWORD=1");
        let found = shown(&dir, &[], &script);
        assert!(found.contains(&venv), "{found:?}");
        assert!(found.contains(&base), "{found:?}");
        assert!(!found.contains(&dir.join("project")), "{found:?}");

        // A link to the script, as pipx makes it.
        let link = dir.join("tools/bin/serve");
        write(&dir.join("tools/bin/other"), "");
        symlink(&script, &link).expect("linked");
        let found = shown(&dir, &[], &link);
        assert!(found.contains(&venv) && found.contains(&base), "{found:?}");

        // A script elsewhere that the environment's Python runs.
        let elsewhere = dir.join("scripts/serve");
        write(
            &elsewhere,
            &format!("#!{}\n", venv.join("bin/python").display()),
        );
        let found = shown(&dir, &[], &elsewhere);
        assert!(found.contains(&venv) && found.contains(&base), "{found:?}");
    }

    #[test]
    fn environment_that_holds_a_protected_file_is_shown_in_parts() {
        let dir = tempfile::tempdir().expect("a folder");
        let dir = dir.path().canonicalize().expect("a path");
        let venv = dir.join("vestibule");
        write(&venv.join("pyvenv.cfg"), "");
        write(&venv.join("lib/python3/site.py"), "");
        write(&venv.join("data/vestibule.db"), "");
        let program = venv.join("bin/serve");
        write(&program, "");
        let found = shown(&dir, &[venv.join("data")], &program);
        assert!(!found.contains(&venv), "{found:?}");
        for part in ["pyvenv.cfg", "bin", "lib"] {
            assert!(found.contains(&venv.join(part)), "{part}: {found:?}");
        }
    }

    #[test]
    fn environments_of_conda_and_packages_of_node_are_shown_whole() {
        let dir = tempfile::tempdir().expect("a folder");
        let dir = dir.path().canonicalize().expect("a path");
        let conda = dir.join("miniforge3/envs/lab");
        std::fs::create_dir_all(conda.join("conda-meta")).expect("made");
        write(&conda.join("etc/jupyter/settings"), "");
        let program = conda.join("bin/jupyter");
        write(&program, "");
        assert!(shown(&dir, &[], &program).contains(&conda));

        let modules = dir.join("site/node_modules");
        write(&modules.join("tool/cli.js"), "#!/usr/bin/env node\n");
        std::fs::create_dir_all(modules.join(".bin")).expect("made");
        let program = modules.join(".bin/tool");
        symlink("../tool/cli.js", &program).expect("linked");
        let found = shown(&dir, &[], &program);
        assert!(found.contains(&modules), "{found:?}");
        assert!(!found.contains(&dir.join("site")), "{found:?}");
    }
}
