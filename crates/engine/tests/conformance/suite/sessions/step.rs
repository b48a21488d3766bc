//! Steps of a scenario of sessions.

use crate::suite::ground::App;
use crate::suite::scenario::Do;
use vestibule_engine::sessions::Size;
use vestibule_model::ids::{MessageId, TabId};

/// Row of the table. The app is ready when the steps begin.
#[derive(Debug)]
pub struct Scenario {
    /// Name of the test.
    pub name: &'static str,
    /// Behaviour of the app.
    pub app: App,
    /// Steps, in order.
    pub steps: Vec<Step>,
}

/// Step of a scenario.
#[derive(Debug)]
pub enum Step {
    /// An event of the workbench or of the server, whose end also ends all connections.
    Happens(Do),
    /// A user uploads a file with this content.
    Upload(&'static str, &'static str),
    /// A user begins to upload a file and does not complete it.
    AbortUpload(&'static str),
    /// A step of the terminal of this tab.
    Terminal(u8, Terminal),
    /// A step of the agent of this tab.
    Agent(u8, Agent),
}

/// Step of a terminal. A window is a connection to it; the first window has the number 0.
#[derive(Debug)]
pub enum Terminal {
    /// Open of the session, new or existing.
    Open,
    /// Refused session.
    IsRefused,
    /// A window opens, and gets the output from its beginning.
    Show,
    /// A window opens, and gets the output that it has not received before the server ended.
    ShowAgain,
    /// The newest window types.
    Type(&'static str),
    /// A window opens with a new stream of input.
    ShowTyping,
    /// A window opens that resumes the stream, of which the terminal has taken this many bytes.
    ResumeTyping(u64),
    /// A window that resumes the stream finds that it is not known.
    TypingIsUnknown,
    /// The newest window sends bytes of the stream, after this many.
    TypeAt(u64, &'static str),
    /// The terminal has taken this many bytes of the newest window's stream.
    UntilTaken(u64),
    /// The newest window has another size.
    Resize(Size),
    /// The output in this window contains a text.
    Until(usize, &'static str),
    /// The newest window has received no such text.
    Never(&'static str),
    /// The newest window receives the rest of the output, and its end.
    UntilEnd,
    /// A window that opens now gets no output from before this byte.
    BeginsAfter(u64),
    /// The session has ended, with these words in its sentence.
    HasEnded(&'static str),
    /// Close of the session.
    Close,
    /// No such session.
    IsAbsent,
    /// Session that cannot be observed.
    IsUnknown,
}

/// Step of an agent. Messages are numbered from 1 on in each tab.
#[derive(Debug)]
pub enum Agent {
    /// Open of the session, new or existing.
    Open,
    /// Refused session.
    IsRefused,
    /// A message is sent, by itself or once more.
    Send(u8, &'static str),
    /// A message for another session is sent, and refused.
    SendToAnother(u8),
    /// A message's turn is stopped.
    Stop(u8),
    /// A message's turn is running.
    UntilRunning(u8),
    /// A message's turn has ended by itself with this exit code.
    UntilExit(u8, i32),
    /// A message's turn was stopped.
    UntilStopped(u8),
    /// The events of the session from its first one on, up to the end of this message, are these:
    /// the message's number, and what it put out. An error output begins with `!`.
    Said(u8, &'static [(u8, &'static str)]),
    /// The run ends with a message's turn.
    Finish(u8),
    /// Close of the session.
    Close,
    /// No such session.
    IsAbsent,
}

/// Returns the identifier of a tab.
pub fn tab(number: u8) -> TabId {
    TabId::new(format!("01939f6e-7b2a-7c4d-9e1f-0a1b2c3d4e{number:02x}"))
}

/// Returns the identifier of a message of a tab.
pub fn message(tab: u8, number: u8) -> MessageId {
    MessageId::new(format!(
        "01939f6e-7b2a-7c4d-8e1f-0a1b2c3d{tab:02x}{number:02x}"
    ))
}
