//! What may help, told to an administrator: the card speaks to whoever looks at it.

use crate::causes::Cause;

const OTHERS: &str = "An administrator can ";

/// What may help, in the administrator's terms.
pub(super) fn for_administrator(cause: &Cause) -> String {
    let own = match cause.key {
        "memory-limit" => "Give the app a higher memory limit in the catalogue.",
        "app-unknown" => "Bring the app back into the catalogue; then it can be started again.",
        "image-network" => "Look at the network between this installation and the registry.",
        "build-disk-full" | "volume-full" => {
            "Free some disk space or add some; then start it again."
        }
        "supervisor-failed" => "Read the server's log for why; then start it again.",
        "command-missing" => "The end of the log names the command: install it.",
        "quota" => "Give the workspace more, or stop what is not needed.",
        "volume-lost" => "Look for what became of the folder; a new start makes an empty one.",
        "unknown" | "failed-unknown" => {
            "Look for the reason and the message above, which are word for word what was reported."
        }
        _ => "",
    };
    if !own.is_empty() {
        return own.to_owned();
    }
    let Some(rest) = cause.advice.strip_prefix(OTHERS) else {
        return cause.advice.to_owned();
    };
    let mut letters = rest.chars();
    let first = letters.next().map(|first| first.to_ascii_uppercase());
    first.into_iter().chain(letters).collect()
}
