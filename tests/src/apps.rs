//! The catalogue of the tests: an app for each outcome of a start.

use anyhow::{Context, Result};
use std::fs;
use std::path::{Path, PathBuf};

const CATALOGUE: &str = r#"
[[app]]
name = "welcome"
title = "Welcome"
description = "Starts at once"
icon = "door"
terminal = true
command = ["{vestibule}", "app", "welcome", "--port", "{port}", "--dir", "{dir}"]
[app.agent]
command = ["sh", "-c", "--", "{prompt}"]

[[app]]
name = "slow"
title = "Slow"
description = "Listens after some seconds"
icon = "door"
terminal = true
command = ["{vestibule}", "app", "welcome", "--port", "{port}", "--dir", "{dir}", "--boot-delay", "6s"]
[app.agent]
command = ["sh", "-c", "--", "{prompt}"]

[[app]]
name = "tardy"
title = "Tardy"
description = "Listens after a long time"
icon = "door"
terminal = true
command = ["{vestibule}", "app", "welcome", "--port", "{port}", "--dir", "{dir}", "--boot-delay", "15s"]
[app.agent]
command = ["sh", "-c", "--", "{prompt}"]

[[app]]
name = "talks"
title = "Talks"
description = "Prints the secret it was given, and fails"
icon = "box"
command = ["sh", "-c", "echo The key is in use; echo API_KEY=$API_KEY; exit 1"]

[[app]]
name = "files"
title = "Files"
description = "A third-party program"
icon = "folder"
requires = ["python3"]
command = ["python3", "-m", "http.server", "{port}", "--bind", "127.0.0.1", "--directory", "{dir}"]

[[app]]
name = "absent"
title = "Absent"
description = "Its program is not installed, and the catalogue lists its requirements"
icon = "box"
requires = ["vestibule-test-no-such-program"]
command = ["vestibule-test-no-such-program", "{port}"]

[[app]]
name = "missing"
title = "Missing"
description = "Its program is not installed, and the catalogue does not require it"
icon = "box"
command = ["vestibule-test-no-such-program", "{port}"]

[[app]]
name = "deaf"
title = "Deaf"
description = "Never listens"
icon = "box"
start_timeout_seconds = 4
stop_grace_seconds = 2
command = ["{vestibule}", "app", "welcome", "--port", "{port}", "--never-listen"]

[[app]]
name = "reluctant"
title = "Reluctant"
description = "Listens after some seconds, and does not stop until it is forced to"
icon = "box"
stop_grace_seconds = 4
command = ["sh", "-c", "trap '' TERM; {vestibule} app welcome --port {port} --dir {dir} --boot-delay 6s & while :; do sleep 1; done"]

[[app]]
name = "deadlocked"
title = "Deadlocked"
description = "Never listens, and does not stop until it is forced to"
icon = "box"
stop_grace_seconds = 4
command = ["sh", "-c", "trap '' TERM; while :; do sleep 1; done"]

[[app]]
name = "unprepared"
title = "Unprepared"
description = "Ends with exit code 2"
icon = "box"
command = ["{vestibule}", "app", "welcome", "--port", "{port}", "--never-listen", "--exit-after", "500ms", "--exit-code", "2"]

[[app]]
name = "brief"
title = "Brief"
description = "Does its work and ends well"
icon = "box"
command = ["sh", "-c", "echo All done; exit 0"]

[[app]]
name = "notes"
title = "Notes"
description = "A page to write on; answers its probe unless silenced"
icon = "box"
requires = ["python3"]
command = ["python3", "NOTES/serve.py", "{port}", "NOTES"]

[[app]]
name = "shy"
title = "Shy"
description = "Refuses to be framed"
icon = "box"
command = ["{vestibule}", "app", "welcome", "--port", "{port}", "--dir", "{dir}", "--refuse-framing"]

[[app]]
name = "hostile"
title = "Hostile"
description = "Tries to get out of its frame"
icon = "box"
requires = ["python3"]
command = ["python3", "-m", "http.server", "{port}", "--bind", "127.0.0.1", "--directory", "HOSTILE"]

[[app]]
name = "kit"
title = "Kit"
description = "Is built in steps; the second waits at a gate"
icon = "box"
build = [
  ["sh", "YARD/colours.sh"],
  ["sh", "YARD/gate.sh"],
  ["sh", "-c", "echo all done"],
]
command = ["{vestibule}", "app", "welcome", "--port", "{port}", "--dir", "{dir}"]

[[app]]
name = "stubborn"
title = "Stubborn"
description = "Is built for ever, and does not stop until it is forced to"
icon = "box"
build = [["sh", "-c", "trap '' TERM; echo holding on; while :; do sleep 1; done"]]
command = ["{vestibule}", "app", "welcome", "--port", "{port}", "--dir", "{dir}"]

[[app]]
name = "prepared"
title = "Prepared"
description = "Takes some seconds to be built, and some to start"
icon = "box"
build = [["sleep", "3"]]
command = ["{vestibule}", "app", "welcome", "--port", "{port}", "--dir", "{dir}", "--boot-delay", "3s"]

[[app]]
name = "crooked"
title = "Crooked"
description = "Fails to be built, after many lines"
icon = "box"
build = [["sh", "YARD/crooked.sh"]]
command = ["{vestibule}", "app", "welcome", "--port", "{port}", "--dir", "{dir}"]
"#;

/// Apps with what version 0.1.0 does not know: parameters and agents.
const LATER: &str = r#"
[[app]]
name = "scribe"
title = "Scribe"
description = "Its agent runs a message in a shell, and answers with the lines of JSON that it puts out"
icon = "agent"
terminal = true
command = ["{vestibule}", "app", "welcome", "--port", "{port}", "--dir", "{dir}"]
[app.agent]
command = ["sh"]
output = "json"

[[app]]
name = "study"
title = "Study"
description = "Writes its parameters into its folder"
icon = "box"
terminal = true
command = [
  "sh", "-c", "printf '%s\\n' \"$1\" \"$2\" \"$3\" > study.txt; shift 3; exec \"$@\"", "sh",
  "{param.topic}", "{param.depth}", "{param.task}",
  "{vestibule}", "app", "welcome", "--port", "{port}", "--dir", "{dir}",
]

[[app.parameters]]
name = "topic"
title = "Topic"
kind = "text"
required = true
max = 20
help = "What it is about."

[[app.parameters]]
name = "depth"
title = "Depth"
kind = "choice"
choices = ["shallow", "deep"]
default = "shallow"

[[app.parameters]]
name = "task"
title = "Task"
kind = "prompt"

[[app]]
name = "errand"
title = "Errand"
description = "Its agent runs a prompt once"
icon = "agent"
terminal = true
restart_limit = 0
command = ["{vestibule}", "app", "files", "--port", "{port}", "--dir", "{dir}"]

[[app.parameters]]
name = "prompt"
title = "Prompt"
kind = "prompt"
required = true

[app.agent]
command = ["sh", "-c", "--", "{prompt}"]
task = "{param.prompt}"
"#;

/// Prints colours, a progress bar, binary data, and a very long line.
const COLOURS: &str = r#"
echo "the first line"
printf '\033[1;31merror\033[0m and \033[38;2;0;200;0mgreen\033[0m\n'
printf ' 10%%\r 50%%\r100%%\n'
printf 'not text: \000\001\377\376 <b>as it is</b>\n'
printf '\033]0;a title\007\033[2Jafter escapes\n'
head -c 2500 /dev/zero | tr '\0' 'x'; echo
"#;

/// Waits for the gate's file.
const GATE: &str = r#"
echo "waiting at the gate"
while [ ! -e GATE ]; do sleep 0.1; done
echo "through the gate"
"#;

/// Prints many lines, then fails.
const CROOKED: &str = r#"
i=1
while [ $i -le 400 ]; do echo "remark $i"; i=$((i + 1)); done
echo "a NEEDLE in it"
exit 3
"#;

/// Page of the hostile app: it tries what its query names, and shows the result as JSON.
const HOSTILE_PAGE: &str = include_str!("hostile.html");

/// Program of the notes app.
const NOTES_PROGRAM: &str = include_str!("notes.py");

/// Makes every notes app of the test ignore requests, or respond again.
pub fn silence_notes(folder: &Path, is_silent: bool) -> Result<()> {
    let switch = folder.join("notes/silent");
    if is_silent {
        fs::write(switch, "").context("failed to silence the notes app")
    } else {
        fs::remove_file(switch).context("failed to let the notes app speak")
    }
}

/// Opens the gate at which builds of Kit wait.
pub fn open_gate(folder: &Path) -> Result<()> {
    fs::write(folder.join("yard/open"), "").context("failed to open the gate")
}

/// Lines of the catalogue that version 0.1.0 does not know.
const SINCE_0_1_0: [&str; 2] = [
    "terminal = true\n",
    "[app.agent]\ncommand = [\"sh\", \"-c\", \"--\", \"{prompt}\"]\n",
];

/// Writes the same without what version 0.1.0 does not know.
pub fn write_earlier(folder: &Path) -> Result<PathBuf> {
    let path = write(folder)?;
    let catalogue = fs::read_to_string(&path).context("failed to read the catalogue")?;
    let catalogue = SINCE_0_1_0
        .iter()
        .fold(catalogue.replace(LATER, ""), |text, line| {
            text.replace(line, "")
        });
    fs::write(&path, catalogue).context("failed to write the catalogue")?;
    Ok(path)
}

/// Writes the catalogue and its files into the test's folder; returns the catalogue's path.
pub fn write(folder: &Path) -> Result<PathBuf> {
    let hostile = folder.join("hostile");
    fs::create_dir_all(&hostile).context("failed to make the hostile app's folder")?;
    fs::write(hostile.join("index.html"), HOSTILE_PAGE)
        .context("failed to write the hostile page")?;
    let notes = folder.join("notes");
    fs::create_dir_all(&notes).context("failed to make the notes app's folder")?;
    fs::write(notes.join("serve.py"), NOTES_PROGRAM).context("failed to write the notes app")?;
    let yard = folder.join("yard");
    fs::create_dir_all(&yard).context("failed to make the folder of build steps")?;
    let gate = GATE.replace("GATE", &yard.join("open").display().to_string());
    for (name, script) in [
        ("colours.sh", COLOURS),
        ("gate.sh", &gate),
        ("crooked.sh", CROOKED),
    ] {
        fs::write(yard.join(name), script).context("failed to write a build step")?;
    }
    let catalogue = format!("{CATALOGUE}{LATER}")
        .replace("YARD", &yard.display().to_string())
        .replace("HOSTILE", &hostile.display().to_string())
        .replace("NOTES", &notes.display().to_string());
    let path = folder.join("apps.toml");
    fs::write(&path, catalogue).context("failed to write the catalogue")?;
    Ok(path)
}
