//! The programs of the Kubernetes cluster for tests, built from Go modules.

use super::tools::fill_folder;
use crate::project::{Project, files_below, on_path};
use crate::{command, say};
use anyhow::{Context, Result, bail};
use std::fs;
use std::hash::{DefaultHasher, Hasher};
use std::path::{Path, PathBuf};
use vestibule_cluster::{KUBERNETES, OWN_PROGRAMS, PROGRAMS, Programs};

/// Folder into which Go's own archive is unpacked, as its installation page says.
const USUAL_GO: &str = "/usr/local/go/bin/go";

/// Builds the missing programs of the cluster.
pub fn ensure_cluster_programs(project: &Project) -> Result<Programs> {
    let _lock = crate::lock::take(&project.cache.join("setup.lock"), "set-up")?;
    let Folders { kubernetes, own } = folders(project)?;
    if let Ok(programs) = Programs::in_folders(vec![kubernetes.clone(), own.clone()]) {
        return Ok(programs);
    }
    let Some(go) = find_go() else {
        bail!(
            "the cluster's programs are built from Go modules: install Go 1.26 or newer from \
             https://go.dev/dl"
        );
    };
    let builder = Builder { project, go: &go };
    if !kubernetes.is_dir() {
        say::step(&format!(
            "building etcd and Kubernetes {KUBERNETES}, about 6 min on 4 cores"
        ));
        // It has 2 GB, and is removed after the build.
        let cache = super::tools::build_folder(project).join("go");
        builder.build("kubernetes", &PROGRAMS, &kubernetes, Some(&cache))?;
    }
    if !own.is_dir() {
        say::step("building the programs of crates/cluster/go, about 1 min");
        builder.build("vestibule-cluster", &OWN_PROGRAMS, &own, None)?;
    }
    super::tools::remove_build_folder(project);
    Programs::in_folders(vec![kubernetes, own])
}

/// Returns `true` if the cluster's programs are built, or can be.
pub fn has_cluster_programs_or_go(project: &Project) -> Result<bool> {
    let Folders { kubernetes, own } = folders(project)?;
    Ok(find_go().is_some() || Programs::in_folders(vec![kubernetes, own]).is_ok())
}

/// The folders of the programs.
struct Folders {
    kubernetes: PathBuf,
    own: PathBuf,
}

fn folders(project: &Project) -> Result<Folders> {
    Ok(Folders {
        kubernetes: project.tool("kubernetes", KUBERNETES),
        own: project.tool("vestibule-cluster", &hash(&sources(project))?),
    })
}

fn find_go() -> Option<PathBuf> {
    on_path("go").or_else(|| Some(PathBuf::from(USUAL_GO)).filter(|path| path.is_file()))
}

/// Returns the folder of the Go module.
fn sources(project: &Project) -> PathBuf {
    project.root.join("crates/cluster/go")
}

struct Builder<'a> {
    project: &'a Project,
    go: &'a Path,
}

impl Builder<'_> {
    /// Builds programs, given as package and name, into a folder, with a build cache or Go's own.
    fn build(
        &self,
        what: &str,
        programs: &[(&str, &str)],
        folder: &Path,
        cache: Option<&Path>,
    ) -> Result<()> {
        fill_folder(folder, |incomplete| {
            for (package, name) in programs {
                let log = self.project.records.join(format!("{what}-{name}.log"));
                let mut go = command::new(self.go);
                go.current_dir(sources(self.project))
                    .env("CGO_ENABLED", "0");
                if let Some(cache) = cache {
                    go.env("GOCACHE", cache);
                }
                go.args(["build", "-mod=readonly", "-trimpath"])
                    .args(["-ldflags", &linker_flags(), "-o"])
                    .args([incomplete.join(name).as_os_str(), package.as_ref()]);
                command::run_logged(&mut go, name, &log)?;
            }
            Ok(())
        })
    }
}

/// Returns flags that set the version, as Kubernetes' own build does, and leave out debug symbols.
fn linker_flags() -> String {
    let mut flags = "-s -w".to_owned();
    let mut parts = KUBERNETES.split('.');
    let mut part = || parts.next().unwrap_or_default();
    for package in [
        "k8s.io/component-base/version",
        "k8s.io/client-go/pkg/version",
    ] {
        flags += &format!(" -X {package}.gitVersion=v{KUBERNETES}");
    }
    let package = "k8s.io/component-base/version";
    flags
        + &format!(
            " -X {package}.gitMajor={} -X {package}.gitMinor={} -X {package}.gitTreeState=clean",
            part(),
            part()
        )
}

/// Returns a hash of the names and contents of the files below the folder.
fn hash(folder: &Path) -> Result<String> {
    let mut hasher = DefaultHasher::new();
    for path in files_below(folder)? {
        hasher.write(path.strip_prefix(folder)?.as_os_str().as_encoded_bytes());
        let content =
            fs::read(&path).with_context(|| format!("failed to read {}", path.display()))?;
        hasher.write(&content);
    }
    Ok(format!("{:016x}", hasher.finish()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn version_of_the_module_is_that_of_the_programs() {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../crates/cluster/go/go.mod");
        let text = fs::read_to_string(file).unwrap();
        assert!(text.contains(&format!("k8s.io/kubernetes v{KUBERNETES}")));
        assert!(linker_flags().contains("gitMinor=37 "));
    }

    #[test]
    fn changed_source_has_another_hash() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("main.go");
        fs::write(&file, "package main").unwrap();
        let before = hash(folder.path()).unwrap();
        assert_eq!(hash(folder.path()).unwrap(), before);
        fs::write(&file, "package other").unwrap();
        assert_ne!(hash(folder.path()).unwrap(), before);
    }
}
