//! Cuts the console into parts, so that a page's first load carries that page alone.
//!
//! The program says where a part begins (`src/parts.rs`). What the main module does not need is cut
//! into pieces: those that one part alone needs, and those that several do. wasm-bindgen gets to
//! see the main module only. Each part gets a file with all its pieces, so that it comes by one
//! request and compresses well; a small script beside the main module fetches and links it.

mod link;
mod pack;

use crate::project::Project;
use crate::setup::Toolbox;
use crate::{command, compress, shorten};
use anyhow::{Context, Result, anyhow, bail};
use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::num::NonZero;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::thread;
use wasm_split_cli_support::Options;

/// What the compiler is told, beside the project's own flags: where to cut, and to leave in the
/// file what it takes to cut there.
pub const RUSTFLAGS: (&str, &str) = (
    "CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS",
    "--cfg erase_components --cfg split -Clink-arg=--emit-relocs",
);
/// What the compiler makes.
const PROGRAM: &str = "wasm32-unknown-unknown/console/vestibule-console.wasm";
/// Stands for the hash of everything in names, until everything is there to be hashed. As long as
/// one, so that it can be replaced inside modules, too.
const TOKEN: &str = "c0de5eedc0de5eed";
/// What the compiler may have used of WebAssembly; only the main module says it itself.
const FEATURES: [&str; 6] = [
    "--enable-bulk-memory",
    "--enable-multivalue",
    "--enable-mutable-globals",
    "--enable-nontrapping-float-to-int",
    "--enable-reference-types",
    "--enable-sign-ext",
];

/// Puts the parts into `dist/`, in the place of what trunk put there: one module that lacks them.
/// Writes down which files each part is made of.
pub fn cut(project: &Project, toolbox: &Toolbox) -> Result<()> {
    let stage = project.records.join("parts");
    if stage.exists() {
        fs::remove_dir_all(&stage)
            .with_context(|| format!("failed to empty {}", stage.display()))?;
    }
    let out = stage.join("out");
    fs::create_dir_all(&out).with_context(|| format!("failed to make {}", out.display()))?;
    let program = project.target.join(PROGRAM);
    let program =
        fs::read(&program).with_context(|| format!("failed to read {}", program.display()))?;
    let parts = split(&program, &stage)?;
    bind(project, toolbox, &stage, &out)?;
    for file in &parts.files {
        let name = file.file_name().context("a piece without a name")?;
        fs::rename(file, out.join(name))?;
    }
    optimise(project, toolbox, &out)?;
    shorten::folder(&out)?;
    let link = fs::read_to_string(stage.join(link_name()))?;
    fs::write(
        out.join(link_name()),
        link::script(&link, &parts.of)?.replace("TOKEN", TOKEN),
    )?;
    parts.pack(&out)?;
    let hash = hash_of(&out)?;
    let old = replaced_stem(&project.dist())?;
    install(&out, &project.dist(), &old, &hash)?;
    join_styles(&project.dist(), &hash)
}

/// The pieces of each part.
struct Parts {
    files: Vec<PathBuf>,
    of: Vec<(String, Vec<String>)>,
}

impl Parts {
    /// Writes a file for each part, in the place of the pieces.
    fn pack(&self, out: &Path) -> Result<()> {
        for (part, pieces) in &self.of {
            let pieces = pieces
                .iter()
                .map(|piece| Ok((piece.as_str(), fs::read(out.join(format!("{piece}.wasm")))?)))
                .collect::<Result<Vec<_>>>()?;
            let name = format!("{part}-{TOKEN}{PART_ENDING}");
            fs::write(out.join(name), pack::packed(&pieces)?)
                .with_context(|| format!("failed to write the part {part}"))?;
        }
        for file in &self.files {
            fs::remove_file(out.join(file.file_name().unwrap_or_default()))?;
        }
        Ok(())
    }
}

/// How the file of a part ends.
const PART_ENDING: &str = ".part";

/// The part that a file in `dist/` is, if it is one.
pub fn part_of(name: &str) -> Option<&str> {
    let stem = name.strip_suffix(PART_ENDING)?;
    stem.rsplit_once('-').map(|(part, _)| part)
}

fn link_name() -> String {
    format!("parts-{TOKEN}.js")
}

fn main_stem() -> String {
    format!("vestibule-console-{TOKEN}")
}

fn split(program: &[u8], stage: &Path) -> Result<Parts> {
    let link = format!("./{}", link_name());
    let main = format!("./{}.js", main_stem());
    let main_out = stage.join("main.wasm");
    let mut options = Options::new(program);
    options.output_dir = stage;
    options.main_out_path = &main_out;
    options.link_name = &link;
    options.main_module = &main;
    // Its errors are of a library of their own.
    let split = wasm_split_cli_support::transform(options)
        .map_err(|error| anyhow!("failed to cut the console into parts: {error:#}"))?;
    let mut of: Vec<_> = split.prefetch_map.into_iter().collect();
    of.sort();
    if of.is_empty() {
        bail!("the console has no parts; src/parts.rs should name some");
    }
    Ok(Parts {
        files: split.split_modules,
        of,
    })
}

fn bind(project: &Project, toolbox: &Toolbox, stage: &Path, out: &Path) -> Result<()> {
    let mut bindgen = toolbox.command(project, "wasm-bindgen")?;
    bindgen
        .arg(stage.join("main.wasm"))
        .args(["--target", "web", "--no-typescript", "--keep-lld-exports"])
        .args(["--out-name", &main_stem()])
        .arg("--out-dir")
        .arg(out);
    command::loud(&mut bindgen, "wasm-bindgen")
}

/// Makes every module as small as it can be.
fn optimise(project: &Project, toolbox: &Toolbox, out: &Path) -> Result<()> {
    let files = compress::originals(out)?;
    let modules = files.iter().filter(|file| {
        file.extension()
            .is_some_and(|extension| extension == "wasm")
    });
    let mut commands = Vec::new();
    for module in modules {
        let mut command = toolbox.command(project, "wasm-opt")?;
        command
            .args(FEATURES)
            .args(["--low-memory-unused", "--strip-debug", "--strip-producers"])
            // Nothing reads it from here on.
            .arg("--strip-target-features")
            // The streams of server functions, which nothing calls.
            .args(["--remove-exports=*intounderlying*", "-Oz"])
            .arg(module)
            .arg("-o")
            .arg(module);
        commands.push(command);
    }
    // As many at a time as there are processors; each of them would take all for itself.
    let workers = thread::available_parallelism().map_or(1, NonZero::get);
    let queue = Mutex::new(commands);
    let next = || queue.lock().ok()?.pop();
    thread::scope(|scope| {
        let running: Vec<_> = (0..workers)
            .map(|_| {
                scope.spawn(|| {
                    while let Some(mut command) = next() {
                        command::loud(command.env("BINARYEN_CORES", "1"), "wasm-opt")?;
                    }
                    Ok(())
                })
            })
            .collect();
        running.into_iter().try_for_each(|one| {
            one.join()
                .unwrap_or_else(|_| Err(anyhow!("wasm-opt was lost")))
        })
    })
}

/// Changes when any of the files does.
fn hash_of(out: &Path) -> Result<String> {
    let mut hasher = DefaultHasher::new();
    for file in compress::originals(out)? {
        file.file_name().hash(&mut hasher);
        fs::read(&file)?.hash(&mut hasher);
    }
    Ok(format!("{:016x}", hasher.finish()))
}

/// What trunk called its script, without the ending.
fn replaced_stem(dist: &Path) -> Result<String> {
    compress::originals(dist)?
        .iter()
        .filter_map(|file| file.file_name()?.to_str()?.strip_suffix(".js"))
        .find(|stem| stem.starts_with("vestibule-console-"))
        .map(str::to_owned)
        .context("trunk left no script in dist/")
}

fn install(out: &Path, dist: &Path, old: &str, hash: &str) -> Result<()> {
    for ending in [".js", "_bg.wasm"] {
        fs::remove_file(dist.join(format!("{old}{ending}")))
            .with_context(|| format!("trunk left no {old}{ending}"))?;
    }
    for file in compress::originals(out)? {
        let name = file.file_name().and_then(|name| name.to_str());
        let name = name.with_context(|| format!("{} has an odd name", file.display()))?;
        let content = replaced(&fs::read(&file)?, TOKEN.as_bytes(), hash.as_bytes());
        fs::write(dist.join(name.replace(TOKEN, hash)), content)?;
    }
    let page = dist.join("index.html");
    let text = fs::read_to_string(&page)?;
    let new = main_stem().replace(TOKEN, hash);
    if !text.contains(old) {
        bail!("index.html does not name {old}");
    }
    fs::write(&page, text.replace(old, &new)).context("failed to write index.html")
}

/// Makes one style sheet of all, in the order in which the page names them: one request, and what
/// they have in common is sent once.
fn join_styles(dist: &Path, hash: &str) -> Result<()> {
    let page = dist.join("index.html");
    let (text, sheets) = without_styles(&fs::read_to_string(&page)?, hash)
        .context("index.html names no style sheet, or one without an address")?;
    let mut all = String::new();
    for sheet in sheets {
        let sheet = dist.join(sheet);
        all += &fs::read_to_string(&sheet)
            .with_context(|| format!("failed to read {}", sheet.display()))?;
        fs::remove_file(&sheet)?;
    }
    fs::write(dist.join(format!("style-{hash}.css")), all)?;
    fs::write(&page, text).context("failed to write index.html")
}

/// The page with one style sheet in the place of all, and the names of those, in their order.
fn without_styles(page: &str, hash: &str) -> Option<(String, Vec<String>)> {
    let mut out = String::new();
    let mut sheets = Vec::new();
    let mut rest = page;
    while let Some(start) = rest.find("<link ") {
        let end = start + rest[start..].find('>')? + 1;
        let (before, link) = (&rest[..start], &rest[start..end]);
        out += before;
        rest = &rest[end..];
        let plain = link.replace('"', "");
        if !plain.contains("rel=stylesheet") {
            out += link;
            continue;
        }
        if sheets.is_empty() {
            out += &format!("<link rel=stylesheet href=/style-{hash}.css>");
        }
        let (_, address) = plain.split_once("href=/")?;
        sheets.push(address.split([' ', '>']).next()?.to_owned());
    }
    out += rest;
    (!sheets.is_empty()).then_some((out, sheets))
}

/// The content with one run of bytes replaced by another of the same length.
fn replaced(content: &[u8], old: &[u8], new: &[u8]) -> Vec<u8> {
    let mut out = content.to_vec();
    let mut at = 0;
    while let Some(next) = out[at..].windows(old.len()).position(|part| part == old) {
        out[at + next..at + next + old.len()].copy_from_slice(new);
        at += next + old.len();
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_replaced_wherever_they_stand() {
        let out = replaced(b"a OLD b OLDOLD", b"OLD", b"new");
        assert_eq!(out, b"a new b newnew");
        assert_eq!(replaced(b"OL", b"OLD", b"new"), b"OL");
    }

    #[test]
    fn one_style_sheet_takes_the_place_of_all() {
        let page = "<head><link href=/icon.svg rel=icon><link href=/a-1.css integrity=x rel=stylesheet>\n\
            <link rel=\"stylesheet\" href=\"/b-2.css\"><title>";
        let (page, sheets) = without_styles(page, "77").unwrap();
        assert_eq!(sheets, ["a-1.css", "b-2.css"]);
        assert_eq!(
            page,
            "<head><link href=/icon.svg rel=icon><link rel=stylesheet href=/style-77.css>\n<title>"
        );
        assert!(without_styles("<link rel=icon>", "77").is_none());
    }

    #[test]
    fn a_part_is_known_by_its_name() {
        assert_eq!(part_of("lists-0123456789abcdef.part"), Some("lists"));
        assert_eq!(part_of("app-0123456789abcdef_bg.wasm"), None);
    }
}
