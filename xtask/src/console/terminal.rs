//! Writes `terminal.html`, the document in which the console shows a terminal. It has everything in
//! itself, so that its Content-Security-Policy allows it to request nothing.

use crate::project::Project;
use crate::setup;
use anyhow::{Context, Result, ensure};
use std::fs;
use std::path::Path;

/// Writes the document into `dist`.
pub fn write(project: &Project, dist: &Path) -> Result<()> {
    let read = |path: &Path| {
        fs::read_to_string(path).with_context(|| format!("failed to read {}", path.display()))
    };
    let own = |name: &str| read(&project.root.join("terminal").join(name));
    let (xterm, fit) = (setup::xterm(project), setup::xterm_fit(project));
    let unicode = setup::xterm_unicode(project).join("lib/addon-unicode11.mjs");
    let script = [
        own_scope(&read(&xterm.join("lib/xterm.mjs"))?, "Terminal")?,
        own_scope(&read(&fit.join("lib/addon-fit.mjs"))?, "FitAddon")?,
        own_scope(&read(&unicode)?, "Unicode11Addon")?,
        own("terminal.js")?,
    ];
    let styles = read(&xterm.join("css/xterm.css"))? + &own("terminal.css")?;
    let page = page(&own("terminal.html")?, &styles, &script.join("\n"))?;
    fs::write(dist.join("terminal.html"), page).context("failed to write the terminal's page")
}

/// Returns a script that defines the one name that a module exports. The other names of a module,
/// mostly of one letter, stay its own. The package's complete script would be 24 KB (brotli) larger.
fn own_scope(module: &str, name: &str) -> Result<String> {
    let found = module.rsplit_once("export{").and_then(|(code, exports)| {
        let (exports, _) = exports.split_once('}')?;
        let inner = exports.strip_suffix(&format!(" as {name}"))?;
        Some((code, inner))
    });
    let (code, inner) = found.with_context(|| format!("a module does not export {name} alone"))?;
    Ok(format!(
        "const {name} = (() => {{\n{code}return {inner};\n}})();"
    ))
}

fn page(template: &str, styles: &str, script: &str) -> Result<String> {
    ensure!(
        !styles.contains("</") && !script.contains("</script") && !script.contains("<!--"),
        "a part of the terminal's page would end its element"
    );
    Ok(template
        .replace("/*STYLE*/", styles.trim_end())
        .replace("/*SCRIPT*/", script.trim_end()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_exported_name_is_the_only_one_of_a_module() {
        let module = "var a=1;class b{};export{b as Terminal};\n//# sourceMappingURL=x.map\n";
        let script = own_scope(module, "Terminal").unwrap();
        let expected = "const Terminal = (() => {\nvar a=1;class b{};return b;\n})();";
        assert_eq!(script, expected);
        assert!(own_scope(module, "FitAddon").is_err());
        assert!(own_scope("var a", "Terminal").is_err());
    }

    #[test]
    fn a_script_cannot_end_its_element() {
        let template = "<style>/*STYLE*/</style><script>/*SCRIPT*/</script>";
        let page_of = |script| page(template, "a {}", script);
        assert_eq!(
            page_of("1 < 2").unwrap(),
            "<style>a {}</style><script>1 < 2</script>"
        );
        assert!(page_of("'</script>'").is_err());
        assert!(page_of("'<!--'").is_err());
    }
}
