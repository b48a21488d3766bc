//! Writes `index.html` and the files that it names. `trunk serve` does the same from the same
//! template; a release build doesn't need trunk, whose installation takes minutes.

use anyhow::{Context, Result, bail, ensure};
use std::fs;
use std::path::Path;

/// Writes the page, the style sheet and the copied files into `dist`; `hash` is the folder of the
/// console's modules in it.
pub fn write(root: &Path, dist: &Path, hash: &str) -> Result<()> {
    let read = |path: &Path| {
        fs::read_to_string(path).with_context(|| format!("failed to read {}", path.display()))
    };
    let template = Template::parse(&read(&root.join("index.html"))?)?;
    let mut styles = String::new();
    for sheet in &template.styles {
        styles += &read(&root.join(sheet))?;
    }
    for file in &template.copied {
        let name = Path::new(file)
            .file_name()
            .context("a file without a name")?;
        fs::copy(root.join(file), dist.join(name))
            .with_context(|| format!("failed to copy {file}"))?;
    }
    fs::write(
        dist.join(hash).join("style.css"),
        without_comments(&styles)?,
    )
    .context("failed to write a style sheet")?;
    fs::write(dist.join("index.html"), template.page(hash)).context("failed to write the page")
}

/// Returns a style sheet without comments, empty lines and indentation: 3 KB less (brotli). No string
/// in the sheets looks like a comment.
fn without_comments(styles: &str) -> Result<String> {
    let mut code = String::new();
    let mut rest = styles;
    while let Some((before, after)) = rest.split_once("/*") {
        let (_, after) = after
            .split_once("*/")
            .context("a style sheet has a comment without an end")?;
        code += before;
        rest = after;
    }
    code += rest;
    let lines = code.lines().map(str::trim).filter(|line| !line.is_empty());
    Ok(lines.flat_map(|line| [line, "\n"]).collect())
}

/// The lines of `index.html` before and after its link to the Rust program, and the files that its
/// other `data-trunk` links name. Each of these links stands on a line of its own.
#[derive(Default)]
struct Template {
    before: String,
    after: String,
    styles: Vec<String>,
    copied: Vec<String>,
}

impl Template {
    fn parse(text: &str) -> Result<Self> {
        let mut template = Self::default();
        let mut has_program = false;
        for line in text.lines() {
            if !line.contains("data-trunk") {
                let part = if has_program {
                    &mut template.after
                } else {
                    &mut template.before
                };
                part.push_str(line);
                part.push('\n');
                continue;
            }
            match (attribute(line, "rel"), attribute(line, "href")) {
                (Some("css"), Some(path)) => template.styles.push(path.to_owned()),
                (Some("copy-file"), Some(path)) => template.copied.push(path.to_owned()),
                (Some("rust"), None) => has_program = true,
                _ => bail!("index.html has an unexpected link: {line}"),
            }
        }
        ensure!(has_program, "index.html has no link to the program");
        Ok(template)
    }

    fn page(&self, hash: &str) -> String {
        let Self { before, after, .. } = self;
        format!(
            r#"{before}    <link rel="stylesheet" href="/{hash}/style.css" />
    <link rel="modulepreload" href="/{hash}/console.js" />
    <link rel="preload" href="/{hash}/console_bg.wasm" as="fetch" type="application/wasm" crossorigin />
    <script type="module">
      import init from "/{hash}/console.js";
      init({{ module_or_path: "/{hash}/console_bg.wasm" }});
    </script>
{after}"#
        )
    }
}

fn attribute<'a>(line: &'a str, name: &str) -> Option<&'a str> {
    let (_, rest) = line.split_once(&format!(" {name}=\""))?;
    rest.split_once('"').map(|(value, _)| value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_for_trunk_become_plain_ones() {
        let text = r#"<head>
<link rel="icon" href="/a.svg" />
<link data-trunk rel="copy-file" href="public/a.svg" />
<link data-trunk rel="css" href="style/a.css" />
<link data-trunk rel="css" href="style/b.css" />
<link data-trunk rel="rust" data-bin="console" />
</head>"#;
        let template = Template::parse(text).unwrap();
        assert_eq!(template.styles, ["style/a.css", "style/b.css"]);
        assert_eq!(template.copied, ["public/a.svg"]);
        let page = template.page("77");
        assert!(page.starts_with(
            "<head>\n<link rel=\"icon\" href=\"/a.svg\" />\n    <link rel=\"stylesheet\""
        ));
        assert!(page.ends_with("    </script>\n</head>\n"), "{page}");
        assert!(!page.contains("data-trunk"));
    }

    #[test]
    fn style_sheets_lose_comments_and_indentation() {
        let sheet = "/* Colours,\n   all of them. */\na {\n  color: red; /* why */\n\n  b & { top: 0 }\n}\n";
        assert_eq!(
            without_comments(sheet).unwrap(),
            "a {\ncolor: red;\nb & { top: 0 }\n}\n"
        );
        assert!(without_comments("a {} /* never ended").is_err());
    }

    #[test]
    fn an_unexpected_link_is_an_error() {
        assert!(Template::parse("<head></head>").is_err());
        let link =
            "<link data-trunk rel=\"rust\" />\n<link data-trunk rel=\"sass\" href=\"a.scss\" />";
        assert!(Template::parse(link).is_err());
    }
}
