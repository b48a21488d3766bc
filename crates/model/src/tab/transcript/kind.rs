//! Kinds of events.

use crate::open_enum;

open_enum!(
    /// Kind of an event.
    EventKind {
        /// A user's message, at the begin of its turn.
        User = "user",
        /// Text of the agent, as Markdown.
        Assistant = "assistant",
        /// Use of a tool.
        Tool = "tool",
        /// Line of the standard output.
        Stdout = "stdout",
        /// Line of the standard error output.
        Stderr = "stderr",
        /// Remark about the session.
        Status = "status",
        /// End of a turn.
        Exit = "exit",
    }
);
