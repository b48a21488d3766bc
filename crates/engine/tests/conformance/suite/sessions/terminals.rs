//! Steps of terminals.

use super::step::{Terminal, tab};
use super::{RUN, RunTab};
use crate::suite::bench::PATIENCE;
use std::collections::HashMap;
use std::time::Instant;
use vestibule_engine::sessions::{Numbering, Received, Receiver, Sender, Size};
use vestibule_model::tab::reconcile::Session;
use vestibule_model::tab::typed::InputStream;

/// Number of bytes above which output is a flood, of which a slow window may miss some.
const FLOOD: u64 = 1_000_000;

/// The windows of each tab's terminal.
#[derive(Default)]
pub struct Terminals {
    windows: HashMap<u8, Vec<Window>>,
    /// Number of the last byte that was received before the server ended.
    received: HashMap<u8, u64>,
}

struct Window {
    receiver: Receiver,
    sender: Sender,
    seen: String,
    end: u64,
    /// Number of bytes of the window's stream of input that the terminal has taken.
    taken: u64,
}

impl Terminals {
    /// Closes all windows.
    pub fn disconnect(&mut self) {
        for (tab, windows) in self.windows.drain() {
            let newest = windows.last().map_or(0, |window| window.end);
            self.received.insert(tab, newest);
        }
    }

    pub async fn take(&mut self, run_tab: &RunTab<'_>, step: &Terminal) {
        let id = tab(run_tab.number);
        match step {
            Terminal::Open => assert_eq!(open(run_tab).await, Session::Open),
            Terminal::IsRefused => {
                let session = open(run_tab).await;
                assert!(matches!(session, Session::Refused(_)), "{session:?}");
            }
            Terminal::Show => self.show(run_tab, 0).await,
            Terminal::ShowAgain => self.show(run_tab, self.received[&run_tab.number]).await,
            Terminal::Type(text) => {
                let sent = self.newest(run_tab).sender.send(text.as_bytes()).await;
                sent.expect("sent");
            }
            Terminal::ShowTyping => {
                let numbering = self.show_with(run_tab, 0, stream(false)).await;
                assert_eq!(numbering, Numbering::Taken(0));
            }
            Terminal::ResumeTyping(taken) => {
                let after = self.received.get(&run_tab.number).copied().unwrap_or(0);
                let numbering = self.show_with(run_tab, after, stream(true)).await;
                assert_eq!(numbering, Numbering::Taken(*taken));
            }
            Terminal::TypingIsUnknown => {
                let numbering = self.show_with(run_tab, 0, stream(true)).await;
                assert_eq!(numbering, Numbering::Unknown);
            }
            Terminal::TypeAt(at, text) => {
                let sender = &mut self.newest(run_tab).sender;
                let sent = sender.send_numbered(*at, text.as_bytes()).await;
                sent.expect("sent");
            }
            Terminal::UntilTaken(taken) => {
                let window = self.newest(run_tab);
                while window.taken < *taken {
                    assert!(window.receive().await, "{taken} bytes are not taken");
                }
                assert_eq!(window.taken, *taken);
            }
            Terminal::Resize(size) => {
                self.newest(run_tab)
                    .sender
                    .resize(*size)
                    .await
                    .expect("sent");
            }
            Terminal::Until(window, text) => {
                let windows = self.windows.get_mut(&run_tab.number).expect("a window");
                windows[*window].until(text).await;
            }
            Terminal::Never(text) => {
                let seen = &self.newest(run_tab).seen;
                assert!(!seen.contains(text), "{text:?} is in {seen:?}");
            }
            Terminal::UntilEnd => while self.newest(run_tab).receive().await {},
            Terminal::BeginsAfter(byte) => {
                self.show(run_tab, 0).await;
                let output = self.newest(run_tab).receiver.output().await;
                let at = output.expect("connected").expect("output").at;
                assert!(at > *byte, "the oldest kept byte is {at}");
            }
            Terminal::HasEnded(words) => {
                let session = run_tab.engine.session(run_tab.id, RUN, &id).await.state;
                let has_them = matches!(&session, Session::Ended(how) if how.contains(words));
                assert!(has_them, "{words:?} is not in {session:?}");
            }
            Terminal::Close => {
                let session = run_tab.engine.end_session(run_tab.id, RUN, &id).await;
                assert_eq!(session, Session::Absent);
            }
            Terminal::IsAbsent => {
                let session = run_tab.engine.session(run_tab.id, RUN, &id).await.state;
                assert_eq!(session, Session::Absent);
            }
            Terminal::IsUnknown => {
                let session = run_tab.engine.session(run_tab.id, RUN, &id).await.state;
                assert_eq!(session, Session::Unknown);
            }
        }
    }

    async fn show(&mut self, run_tab: &RunTab<'_>, after: u64) {
        let numbering = self.show_with(run_tab, after, None).await;
        assert_eq!(numbering, Numbering::Absent);
    }

    async fn show_with(
        &mut self,
        run_tab: &RunTab<'_>,
        after: u64,
        input: Option<InputStream>,
    ) -> Numbering {
        let id = tab(run_tab.number);
        let attached = run_tab
            .engine
            .attach_session(run_tab.id, RUN, &id, after, input)
            .await;
        let attached = attached.expect("attached");
        let numbering = attached.numbering();
        let (receiver, sender) = attached.split();
        let window = Window {
            receiver,
            sender,
            seen: String::new(),
            end: after,
            taken: 0,
        };
        self.windows.entry(run_tab.number).or_default().push(window);
        numbering
    }

    fn newest(&mut self, run_tab: &RunTab<'_>) -> &mut Window {
        let windows = self.windows.get_mut(&run_tab.number);
        windows.and_then(|all| all.last_mut()).expect("a window")
    }
}

impl Window {
    /// Receives the next output; `false` after the last one. No byte is left out and none comes twice,
    /// except that the output of a flood goes on at the oldest byte that is kept if this window was slow.
    async fn receive(&mut self) -> bool {
        let received = tokio::time::timeout(PATIENCE, self.receiver.receive()).await;
        let received = received.unwrap_or_else(|_| panic!("nothing comes after {:?}", self.seen));
        let output = match received.expect("connected") {
            Some(Received::Output(output)) => output,
            Some(Received::Taken(taken)) => {
                self.taken = taken;
                return true;
            }
            None => return false,
        };
        let is_flood = output.at > FLOOD;
        let expected = if self.seen.is_empty() || is_flood {
            self.end.max(output.at)
        } else {
            self.end
        };
        assert_eq!(output.at, expected, "after {:?}", self.seen);
        self.end = output.at + output.bytes.len() as u64;
        self.seen.push_str(&String::from_utf8_lossy(&output.bytes));
        true
    }

    async fn until(&mut self, text: &str) {
        let begin = Instant::now();
        let mut searched = 0;
        while !self.seen[searched..].contains(text) {
            searched = self
                .seen
                .floor_char_boundary(self.seen.len().saturating_sub(text.len()));
            assert!(
                begin.elapsed() < PATIENCE,
                "{text:?} is not in {:?}",
                self.seen
            );
            assert!(self.receive().await, "{text:?} is not in {:?}", self.seen);
        }
    }
}

/// Returns the stream of input of a tab's windows.
fn stream(resumes: bool) -> Option<InputStream> {
    Some(InputStream {
        stream: "window-1".to_owned(),
        resumes,
    })
}

async fn open(run_tab: &RunTab<'_>) -> Session {
    let id = tab(run_tab.number);
    let size = Size::default();
    run_tab
        .engine
        .open_session(run_tab.id, RUN, &id, size)
        .await
}
