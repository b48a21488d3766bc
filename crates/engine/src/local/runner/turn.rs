//! Turn of an agent, from a message and the app's catalogue entry.

use super::super::catalogue::{Agent, placeholders};
use super::wire::TurnOrder;
use crate::agents::Prompt;

/// Longest line of JSON that an agent writes, in bytes.
const MAX_JSON_LINE: usize = 512 * 1024;

/// Command of an agent whose catalogue entry names none: each message is a script. A message that
/// begins with a hyphen is no option.
const DEFAULT_COMMAND: [&str; 4] = ["sh", "-c", "--", "{prompt}"];

/// Returns the turn of a message. `value` returns the values of placeholders other than `{prompt}`.
pub fn order<'v>(
    agent: Option<&Agent>,
    prompt: &Prompt,
    value: impl Fn(&str) -> Option<&'v str>,
) -> TurnOrder {
    let resume = agent
        .and_then(|agent| agent.resume.as_ref())
        .filter(|_| prompt.continues);
    let command: Vec<&str> = match (resume, agent) {
        (Some(command), _) => command.iter().map(String::as_str).collect(),
        (None, Some(agent)) => agent.command.iter().map(String::as_str).collect(),
        (None, None) => DEFAULT_COMMAND.to_vec(),
    };
    let takes_prompt = command
        .iter()
        .any(|text| placeholders::names(text).any(|name| name == "prompt"));
    let expand = |text: &&str| {
        placeholders::expand(text, |name| match name {
            "prompt" => Some(prompt.text.as_str()),
            name => value(name),
        })
    };
    TurnOrder {
        session: prompt.session.clone(),
        message: prompt.message.clone(),
        command: command.iter().map(expand).collect(),
        input: (!takes_prompt).then(|| prompt.text.clone()),
        max_line: agent
            .is_some_and(Agent::writes_json)
            .then_some(MAX_JSON_LINE),
    }
}
