//! The table of sessions.

use super::step::Step::{AbortUpload, Happens, Upload};
use super::step::{Agent, Scenario, Step, Terminal};
use crate::suite::ground::App;
use crate::suite::scenario::Do;
use vestibule_engine::sessions::Size;
use vestibule_model::phase::Phase;

/// Returns every scenario of sessions.
pub fn all() -> impl Iterator<Item = Scenario> {
    terminals().into_iter().chain(agents()).chain(files())
}

fn scenario(name: &'static str, steps: Vec<Step>) -> Scenario {
    let app = App::Sociable;
    Scenario { name, app, steps }
}

fn terminal(step: Terminal) -> Step {
    Step::Terminal(1, step)
}

fn agent(step: Agent) -> Step {
    Step::Agent(1, step)
}

/// Returns the steps of an end and a new start of the server.
fn restart() -> [Step; 2] {
    [Happens(Do::EndServer), Happens(Do::BeginServer)]
}

fn stop() -> [Step; 2] {
    [Happens(Do::Stop), Happens(Do::UntilPhase(Phase::Stopped))]
}

/// Returns the steps that open and show a terminal.
fn shown() -> Vec<Step> {
    vec![terminal(Terminal::Open), terminal(Terminal::Show)]
}

fn with(mut steps: Vec<Step>, more: impl IntoIterator<Item = Step>) -> Vec<Step> {
    steps.extend(more);
    steps
}

fn terminals() -> Vec<Scenario> {
    use Terminal::{
        BeginsAfter, Close, HasEnded, IsAbsent, IsRefused, IsUnknown, Never, Open, Resize,
        ResumeTyping, Show, ShowAgain, ShowTyping, Type, TypeAt, TypingIsUnknown, Until, UntilEnd,
        UntilTaken,
    };
    let (cols, rows) = (101, 33);
    let shown_with = |steps: Vec<Terminal>| with(shown(), steps.into_iter().map(terminal));
    vec![
        scenario(
            "a_terminal_has_the_folder_the_environment_and_a_size",
            shown_with(vec![
                Resize(Size { cols, rows }),
                Type(
                    "echo here > note; echo \"<$KIND $(stty size) $(test -t 0 && echo tty) $(cat \"$HOME/note\")>\"\n",
                ),
                Until(0, "<of-the-app 33 101 tty here>"),
            ]),
        ),
        scenario(
            "a_terminal_is_opened_once",
            with(
                shown_with(vec![
                    Type("X=kept; echo rea''dy\n"),
                    Until(0, "ready"),
                    Open,
                ]),
                [Type("echo \"<$X>\"\n"), Until(0, "<kept>")].map(terminal),
            ),
        ),
        scenario(
            "several_windows_share_a_terminal",
            shown_with(vec![
                Type("echo one-wi''ndow\n"),
                Until(0, "one-window"),
                Show,
                Until(1, "one-window"),
                Type("echo another-wi''ndow\n"),
                Until(1, "another-window"),
                Until(0, "another-window"),
            ]),
        ),
        scenario(
            "a_terminal_that_is_left_tells_its_end_and_begins_anew",
            shown_with(vec![
                Type("echo by''e; exit 7\n"),
                Until(0, "bye"),
                UntilEnd,
                HasEnded("exit code 7"),
                Open,
                Show,
                Type("echo an''ew\n"),
                Until(1, "anew"),
                Never("bye"),
            ]),
        ),
        scenario(
            "a_terminal_that_is_closed_is_gone",
            shown_with(vec![
                Type("trap '' HUP TERM; sleep 600 & echo st''arted; sleep 600\n"),
                Until(0, "started"),
                Close,
                UntilEnd,
                IsAbsent,
                // The same request again.
                Close,
                IsAbsent,
            ]),
        ),
        scenario(
            "a_terminal_ends_with_its_run",
            with(
                with(
                    shown_with(vec![
                        Type("echo st''arted; sleep 600\n"),
                        Until(0, "started"),
                    ]),
                    stop(),
                ),
                [terminal(UntilEnd)],
            ),
        ),
        scenario(
            "a_terminal_goes_on_while_there_is_no_server",
            with(
                with(
                    shown_with(vec![
                        Type(
                            "X=kept; (until [ -e go-on ]; do sleep 0.05; done; echo mean''while) & echo fir''st\n",
                        ),
                        Until(0, "first"),
                        Type("(sleep 0.2; touch go-on) &\n"),
                        Type("echo sec''ond\n"),
                        Until(0, "second"),
                    ]),
                    restart(),
                ),
                [
                    Open,
                    ShowAgain,
                    Type("echo \"<$X>\"\n"),
                    Until(0, "<kept>"),
                    Until(0, "meanwhile"),
                    // Output that was received before does not come again.
                    Never("first"),
                ]
                .map(terminal),
            ),
        ),
        scenario(
            "a_line_that_a_restart_cuts_is_typed_whole_and_once",
            with(
                with(
                    [Open, ShowTyping, TypeAt(0, "echo once >"), UntilTaken(11)]
                        .map(terminal)
                        .into(),
                    restart(),
                ),
                [
                    Open,
                    ResumeTyping(11),
                    // Sent again as a whole, since an acknowledgement may be lost, and then a part of it.
                    TypeAt(0, "echo once >> typed; echo do''ne\n"),
                    Until(0, "done"),
                    TypeAt(8, "e >> typed; echo do''ne\n"),
                    TypeAt(32, "echo \"<$(cat typed)>\"\n"),
                    Until(0, "<once>"),
                    UntilTaken(54),
                ]
                .map(terminal),
            ),
        ),
        scenario(
            "a_window_that_has_come_back_types_alone",
            vec![
                terminal(Open),
                terminal(ShowTyping),
                terminal(TypeAt(0, "echo fir''st\n")),
                terminal(Until(0, "first")),
                terminal(ResumeTyping(13)),
                terminal(TypeAt(13, "echo sec''ond\n")),
                terminal(Until(1, "second")),
            ],
        ),
        scenario(
            "a_new_shell_does_not_know_what_another_one_has_read",
            [
                Open,
                ShowTyping,
                TypeAt(0, "exit 7\n"),
                UntilEnd,
                HasEnded("exit code 7"),
                Open,
                TypingIsUnknown,
                ShowTyping,
                TypeAt(0, "echo an''ew\n"),
                Until(2, "anew"),
            ]
            .map(terminal)
            .into(),
        ),
        scenario(
            "a_flood_is_bounded_and_delays_no_other_session",
            with(
                shown_with(vec![Type(
                    "head -c 20000000 /dev/zero | tr '\\0' x; echo do''ne\n",
                )]),
                [
                    Step::Terminal(2, Open),
                    Step::Terminal(2, Show),
                    Step::Terminal(2, Type("echo not-de''layed\n")),
                    Step::Terminal(2, Until(0, "not-delayed")),
                    terminal(Until(0, "done")),
                    terminal(BeginsAfter(8_000_000)),
                ],
            ),
        ),
        scenario(
            "sessions_of_a_run_that_ended_are_not_reached",
            with(with(vec![terminal(Open)], stop()), [terminal(IsUnknown)]),
        ),
        Scenario {
            app: App::Alone,
            ..scenario(
                "an_app_without_sessions_refuses_them",
                vec![
                    terminal(IsRefused),
                    terminal(IsAbsent),
                    agent(Agent::IsRefused),
                    agent(Agent::IsAbsent),
                ],
            )
        },
    ]
}

fn agents() -> Vec<Scenario> {
    use Agent::{
        Close, Finish, IsAbsent, Open, Said, Send, SendToAnother, Stop, UntilExit, UntilRunning,
        UntilStopped,
    };
    let steps = |steps: Vec<Agent>| steps.into_iter().map(agent).collect::<Vec<_>>();
    vec![
        scenario(
            "a_message_runs_once_in_the_folder_with_the_environment",
            steps(vec![
                Open,
                Send(1, "echo \"$KIND\" >> ran.txt"),
                UntilExit(1, 0),
                // Requests may be repeated.
                Open,
                Send(1, "echo \"$KIND\" >> ran.txt"),
                Send(2, "cat \"$HOME/ran.txt\""),
                UntilExit(2, 0),
                Said(2, &[(2, "of-the-app")]),
                Close,
                IsAbsent,
            ]),
        ),
        scenario(
            "a_turn_tells_its_output_and_its_exit_code",
            steps(vec![
                Open,
                Send(1, "echo out; sleep 0.2; echo err >&2; exit 3"),
                UntilExit(1, 3),
                Said(1, &[(1, "out"), (1, "!err")]),
            ]),
        ),
        scenario(
            "a_message_for_an_earlier_session_is_refused",
            steps(vec![
                Open,
                SendToAnother(1),
                Send(2, "test -e ran.txt || echo never-ran"),
                UntilExit(2, 0),
                Said(2, &[(2, "never-ran")]),
            ]),
        ),
        scenario(
            "a_turn_is_stopped",
            steps(vec![
                Open,
                Send(1, "sleep 600; echo never"),
                UntilRunning(1),
                Stop(1),
                UntilStopped(1),
                Send(2, "echo next"),
                UntilExit(2, 0),
                Said(2, &[(2, "next")]),
            ]),
        ),
        scenario(
            "a_message_that_comes_after_its_stop_is_not_begun",
            steps(vec![
                Open,
                Stop(1),
                Send(1, "touch begun"),
                UntilStopped(1),
                Send(2, "test -e begun || echo not-begun"),
                UntilExit(2, 0),
                Said(2, &[(2, "not-begun")]),
            ]),
        ),
        scenario(
            "a_turn_goes_on_while_there_is_no_server",
            with(
                with(
                    steps(vec![
                        Open,
                        Send(
                            1,
                            "echo one; until [ -e go-on ]; do sleep 0.05; done; echo two",
                        ),
                        UntilRunning(1),
                    ]),
                    restart(),
                ),
                // Nothing was confirmed, so that all events come again.
                with(
                    vec![
                        terminal(Terminal::Open),
                        terminal(Terminal::Show),
                        terminal(Terminal::Type("touch go-on\n")),
                    ],
                    steps(vec![
                        Open,
                        UntilExit(1, 0),
                        Said(1, &[(1, "one"), (1, "two")]),
                    ]),
                ),
            ),
        ),
        scenario(
            "agents_of_several_tabs_run_side_by_side",
            vec![
                Step::Agent(1, Open),
                Step::Agent(2, Open),
                Step::Agent(
                    1,
                    Send(1, "until [ -e from-the-other ]; do sleep 0.05; done"),
                ),
                Step::Agent(2, Send(1, "touch from-the-other")),
                Step::Agent(2, UntilExit(1, 0)),
                Step::Agent(1, UntilExit(1, 0)),
            ],
        ),
        scenario(
            "a_run_ends_with_its_task",
            with(
                steps(vec![Open, Send(1, "exit 0"), UntilExit(1, 0), Finish(1)]),
                [Happens(Do::UntilPhase(Phase::Completed))],
            ),
        ),
    ]
}

fn files() -> Vec<Scenario> {
    vec![scenario(
        "a_file_is_uploaded_and_one_that_is_not_complete_leaves_nothing",
        with(
            vec![Upload("data.txt", "seven letters"), AbortUpload("half.txt")],
            with(
                shown(),
                [
                    Terminal::Type("echo \"<$(cat attachments/data.txt) $(ls attachments)>\"\n"),
                    Terminal::Until(0, "<seven letters data.txt>"),
                ]
                .map(terminal),
            ),
        ),
    )]
}
