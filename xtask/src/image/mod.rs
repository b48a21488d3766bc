//! `cargo xtask image`: the program, linked statically, as an image that clusters pull.

mod archive;

use crate::project::Project;
use crate::setup::{self, Musl, Need, Toolbox};
use crate::{command, console, say, server};
use anyhow::{Context, Result, bail};
use archive::Image;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;

/// Builds the image, and prints the path of its archive.
pub fn command(project: &Project, args: &[String]) -> Result<ExitCode> {
    let (tag, out) = options(args)?;
    let tag = tag.unwrap_or(env!("CARGO_PKG_VERSION"));
    let out = match out {
        Some(out) => PathBuf::from(out),
        None => project.target.join(format!("vestibule-{tag}.tar")),
    };
    let toolbox = setup::ensure(project, Need::Run)?;
    let musl = setup::ensure_musl(project)?;
    console::build(project, &toolbox)?;
    let program = build(project, &toolbox, &musl)?;
    if !is_static(&program)? {
        bail!(
            "{} needs libraries of the system, which images of apps may not have",
            program.display()
        );
    }
    let image = Image {
        program: &program,
        tag,
        architecture: musl.architecture,
    };
    image.write(&out)?;
    say::done("the image, as an archive of OCI:");
    say::result(&out.display().to_string());
    say::note("to push it:");
    say::result(&format!(
        "skopeo copy oci-archive:{} docker://REGISTRY/vestibule:{tag}",
        out.display()
    ));
    Ok(ExitCode::SUCCESS)
}

/// Reads the tag and the archive's path.
fn options(args: &[String]) -> Result<(Option<&str>, Option<&str>)> {
    let (mut tag, mut out) = (None, None);
    let mut rest = args.iter().map(String::as_str);
    while let Some(flag) = rest.next() {
        let place = match flag {
            "--tag" => &mut tag,
            "--out" => &mut out,
            other => bail!("unexpected argument `{other}`; see `cargo xtask --help`"),
        };
        *place = Some(
            rest.next()
                .with_context(|| format!("{flag} needs a value"))?,
        );
    }
    if let Some(tag) = tag
        && !is_tag(tag)
    {
        bail!("`{tag}` can't be a tag: use letters, digits, . _ and -, and begin with none of . -");
    }
    Ok((tag, out))
}

/// Returns `true` if this can be a tag, as registries take them (OCI Distribution Specification).
fn is_tag(tag: &str) -> bool {
    let first = |b: u8| b.is_ascii_alphanumeric() || b == b'_';
    let rest = |b: u8| first(b) || b == b'.' || b == b'-';
    tag.len() <= 128 && tag.bytes().next().is_some_and(first) && tag.bytes().all(rest)
}

/// Builds the server for the target without a system's libraries. The console must be built already.
fn build(project: &Project, toolbox: &Toolbox, musl: &Musl) -> Result<PathBuf> {
    let began = Instant::now();
    let target = &musl.target;
    say::step("building the server without libraries of the system (about 5 min the first time)");
    // The compiler to which rustup added the target.
    let mut cargo = toolbox.plain(project, "cargo")?;
    cargo
        .args([
            "build",
            "--release",
            "--locked",
            "--package",
            "vestibule-server",
        ])
        .args(["--target", target])
        .env(server::CONSOLE_STAMP, console::stamp(project)?)
        .env(format!("CC_{}", target.replace('-', "_")), &musl.compiler);
    command::run(&mut cargo, "building the server")?;
    say::done(&format!("the server ({})", say::time(began.elapsed())));
    Ok(project.target.join(target).join("release/vestibule"))
}

/// Returns `true` if a program needs neither a loader nor libraries of the system.
fn is_static(program: &Path) -> Result<bool> {
    let mut reading = command::new("readelf");
    reading
        .args(["--wide", "--program-headers", "--dynamic"])
        .arg(program);
    let headers = command::output(&mut reading)
        .with_context(|| format!("readelf (binutils) can't read {}", program.display()))?;
    Ok(!headers.contains("INTERP") && !headers.contains("(NEEDED)"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tag_and_path_are_read() {
        let args =
            |text: &str| -> Vec<String> { text.split_whitespace().map(str::to_owned).collect() };
        assert_eq!(options(&[]).expect("right"), (None, None));
        let both = args("--tag 1.2 --out a.tar");
        assert_eq!(options(&both).expect("right"), (Some("1.2"), Some("a.tar")));
        for wrong in [
            "--tag",
            "--tag -1",
            "--tag a/b",
            "--tag a:b",
            "--push x",
            "x",
        ] {
            assert!(options(&args(wrong)).is_err(), "{wrong}");
        }
    }

    #[test]
    fn program_that_needs_the_system_s_loader_is_not_static() {
        let own = std::env::current_exe().expect("a program");
        assert!(
            !is_static(&own).expect("readable"),
            "tests use the C library"
        );
        let text = tempfile::NamedTempFile::new().expect("a file");
        assert!(is_static(text.path()).is_err(), "it is no program");
    }
}
