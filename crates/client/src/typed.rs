//! What a user types into a terminal, until the terminal has taken it. Pure.
//!
//! Bytes are numbered, kept until they are acknowledged, and sent again after a break from the last
//! acknowledged one on. Where that can't be known any more, nothing of the rest is sent: a line of which
//! a part may be missing must not run. The loss is reported, and typing goes on when the user wants it.

pub mod keys;
#[cfg(test)]
mod tests;

use std::collections::VecDeque;
use vestibule_model::tab::typed::InputStream;

/// Largest number of bytes that wait to be taken.
pub const MAX_WAITING: usize = 1 << 20;
/// Largest block.
pub const MAX_BLOCK: usize = 16 * 1024;
/// Largest number of sent bytes without an acknowledgement.
const MAX_UNACKNOWLEDGED: usize = 128 * 1024;
/// Largest number of sent blocks without an acknowledgement. The server refuses more than 256.
const MAX_BLOCKS: usize = 100;

/// Reason why input was lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LossCause {
    /// The connection broke, and the terminal doesn't know any more what it has taken.
    Break,
    /// The session ended.
    Ended,
    /// The user may not type.
    NotAllowed,
    /// More waits than is kept.
    Full,
}

/// Input that did not, or may not have, reached the terminal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Loss {
    /// Reason.
    pub cause: LossCause,
    /// Number of characters that were not sent.
    pub unsent: usize,
    /// Number of characters before them that were sent, and may have been taken or not.
    pub uncertain: usize,
}

/// Next step after an answer to a request to attach.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// Typing goes on.
    GoOn,
    /// The stream is a new one: attach with it.
    AttachAgain,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Link {
    /// Not attached: input is kept.
    Closed,
    /// Attached: input is sent.
    Open,
    /// Attached without the right to type.
    ReadOnly,
}

/// Input of one window into one terminal.
#[derive(Debug)]
pub struct TypedInput {
    /// Random name of this window's input.
    name: String,
    /// Number of the stream.
    generation: u32,
    /// `true` once a receiver has confirmed the stream.
    is_confirmed: bool,
    link: Link,
    /// Number of acknowledged bytes.
    taken: u64,
    /// The bytes after them.
    waiting: VecDeque<u8>,
    /// Number of bytes that were sent on this connection or before it.
    sent: u64,
    /// Largest number that `sent` had in this stream.
    reached: u64,
    /// End of each block that was sent on this connection and isn't acknowledged.
    blocks: VecDeque<u64>,
    loss: Option<Loss>,
}

impl TypedInput {
    /// Returns the input of a window that isn't attached. `name` is random.
    pub fn new(name: String) -> Self {
        Self {
            name,
            generation: 0,
            is_confirmed: false,
            link: Link::Closed,
            taken: 0,
            waiting: VecDeque::new(),
            sent: 0,
            reached: 0,
            blocks: VecDeque::new(),
            loss: None,
        }
    }

    /// Returns the stream for a request to attach.
    pub fn stream(&self) -> InputStream {
        InputStream {
            stream: format!("{}-{}", self.name, self.generation),
            resumes: self.is_confirmed,
        }
    }

    /// Accepts typed or pasted bytes: all of them or none.
    pub fn type_in(&mut self, bytes: &[u8]) {
        if self.link == Link::ReadOnly {
            return;
        }
        let fits = self.waiting.len() + bytes.len() <= MAX_WAITING;
        if fits && self.loss.is_none() {
            self.waiting.extend(bytes);
        } else {
            // Without these, what is typed next would be another line than the user sees.
            self.lose(LossCause::Full, characters(bytes), 0);
        }
    }

    /// Returns the next block to send and the number of bytes before it.
    pub fn next_block(&mut self) -> Option<(u64, Vec<u8>)> {
        let unacknowledged = self.unacknowledged();
        let is_full = self.blocks.len() >= MAX_BLOCKS || unacknowledged >= MAX_UNACKNOWLEDGED;
        if self.link != Link::Open || is_full || unacknowledged >= self.waiting.len() {
            return None;
        }
        let bytes: Vec<u8> = self
            .waiting
            .iter()
            .skip(unacknowledged)
            .take(MAX_BLOCK)
            .copied()
            .collect();
        let at = self.sent;
        self.sent += bytes.len() as u64;
        self.reached = self.reached.max(self.sent);
        self.blocks.push_back(self.sent);
        Some((at, bytes))
    }

    /// Handles the answer to a request to attach: the number of bytes that the terminal has taken of the
    /// stream, or `None` if it doesn't know the stream. It takes nothing more from earlier connections.
    pub fn attached(&mut self, taken: Option<u64>, may_type: bool) -> Next {
        match taken {
            Some(taken) if (self.taken..=self.reached).contains(&taken) => {
                self.take(taken);
                (self.sent, self.reached) = (taken, taken);
                self.is_confirmed = true;
                self.link = Link::Open;
                if !may_type {
                    self.lose_waiting(LossCause::NotAllowed);
                    self.link = Link::ReadOnly;
                }
                Next::GoOn
            }
            _ => {
                let was_confirmed = self.is_confirmed;
                self.lose_waiting(LossCause::Break);
                self.begin_anew();
                if was_confirmed {
                    return Next::AttachAgain;
                }
                // No stream is accepted: asking again would have the same answer.
                self.link = Link::ReadOnly;
                Next::GoOn
            }
        }
    }

    /// Handles an acknowledgement.
    pub fn acknowledge(&mut self, taken: u64) {
        if (self.taken..=self.sent).contains(&taken) {
            self.take(taken);
        }
    }

    /// Handles the end of the connection. What was not acknowledged is sent again.
    pub fn detached(&mut self) {
        self.link = Link::Closed;
        self.blocks.clear();
    }

    /// Handles the end of the session: nothing that was meant for it reaches the next one.
    pub fn session_ended(&mut self) {
        self.lose_waiting(LossCause::Ended);
        self.begin_anew();
    }

    /// Drops what waits for a connection, as the user wants. Reported is only what may have been taken.
    pub fn discard(&mut self) {
        self.waiting.truncate(self.sent_before());
        self.lose_waiting(LossCause::Break);
        self.begin_anew();
    }

    /// Returns the loss. Until [`Self::go_on`] nothing that is typed is sent.
    pub fn loss(&self) -> Option<Loss> {
        self.loss
    }

    /// Accepts input again after a loss.
    pub fn go_on(&mut self) {
        self.loss = None;
    }

    /// Returns the number of characters that wait for a connection.
    pub fn waiting(&self) -> usize {
        match self.link {
            Link::Closed => self
                .waiting
                .iter()
                .filter(|byte| begins_character(**byte))
                .count(),
            Link::Open | Link::ReadOnly => 0,
        }
    }

    fn unacknowledged(&self) -> usize {
        usize::try_from(self.sent - self.taken).unwrap_or(usize::MAX)
    }

    fn begin_anew(&mut self) {
        self.generation += 1;
        self.is_confirmed = false;
        self.link = Link::Closed;
        (self.taken, self.sent, self.reached) = (0, 0, 0);
        self.waiting.clear();
        self.blocks.clear();
    }

    /// Gives up what waits.
    fn lose_waiting(&mut self, cause: LossCause) {
        let waiting = Vec::from(std::mem::take(&mut self.waiting));
        let (uncertain, unsent) = waiting.split_at(self.sent_before().min(waiting.len()));
        self.lose(cause, characters(unsent), characters(uncertain));
    }

    /// Returns the number of waiting bytes that were sent, on this connection or an earlier one.
    fn sent_before(&self) -> usize {
        usize::try_from(self.reached - self.taken).unwrap_or(usize::MAX)
    }

    /// Removes what the terminal has taken.
    fn take(&mut self, taken: u64) {
        let count = usize::try_from(taken - self.taken).unwrap_or(usize::MAX);
        self.waiting.drain(..count.min(self.waiting.len()));
        self.taken = taken;
        self.blocks.retain(|end| *end > taken);
    }

    fn lose(&mut self, cause: LossCause, unsent: usize, uncertain: usize) {
        if unsent + uncertain == 0 {
            return;
        }
        let loss = self.loss.get_or_insert(Loss {
            cause,
            unsent: 0,
            uncertain: 0,
        });
        loss.unsent += unsent;
        loss.uncertain += uncertain;
    }
}

fn characters(bytes: &[u8]) -> usize {
    bytes.iter().filter(|byte| begins_character(**byte)).count()
}

/// Returns `false` for the bytes of UTF-8 that continue a character.
const fn begins_character(byte: u8) -> bool {
    byte & 0b1100_0000 != 0b1000_0000
}
