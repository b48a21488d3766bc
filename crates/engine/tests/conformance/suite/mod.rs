//! Conformance suite: tables of scenarios, run against any engine through the real controller: one of
//! runs, and one of the sessions in a run.
//!
//! Another engine's crate includes this folder by its path, implements [`TestEngineHost`], and calls
//! [`conform_all!`].

mod bench;
pub mod check;
mod ground;
mod lanes;
mod scenario;
pub mod sessions;
pub mod table;

pub use bench::play;
pub use ground::{App, TestEngineHost, TestHost};

/// Defines one test for each scenario of the tables, with an attribute, on the ground that the expression
/// creates.
macro_rules! conform_all {
    ($ground:expr, $attribute:meta) => {
        $crate::suite::conform! {
            runs, $ground, $attribute;
            it_starts_and_answers
            a_missing_secret_that_appears
            a_missing_secret_that_stays_missing
            no_room_until_another_stops
            never_ready_is_late_and_lives
            never_ready_and_allowed_more_time
            late_and_allowed_more_time_and_ready_then
            its_program_is_not_there
            its_program_cannot_be_started
            its_app_is_not_in_the_catalogue
            a_dead_probe_while_the_process_lives
            a_crash_after_ready_heals
            its_folder_is_gone
            an_edited_spec_waits_for_the_next_start
            an_edited_spec_is_answered_by_the_next_start
            it_completes
            it_ends_with_1
            it_ends_with_2
            it_ends_with_another_code
            it_was_ended_from_outside
            it_crashes_again_and_again
            it_uses_more_memory_than_it_may
            it_is_evicted
            a_crash_after_ready_that_is_final
            its_active_deadline_passes
            nobody_uses_it
            a_stop_while_pending
            a_stop_while_there_is_no_room
            a_stop_while_it_does_not_answer_yet
            a_stop_while_it_is_late
            a_stop_while_ready
            a_stop_while_its_probe_is_dead
            a_stop_between_two_tries
            a_stop_that_has_to_be_forced
            a_stop_while_it_is_being_stopped
            a_stop_after_it_has_completed
            a_stop_after_it_has_failed
            a_stop_of_what_is_stopped
            a_deletion_while_ready
            a_deletion_while_it_is_being_stopped
            the_server_is_restarted_while_it_is_ready
            it_crashes_while_there_is_no_server
            a_crash_that_heals_while_there_is_no_server
            the_server_is_restarted_while_it_waits
            a_stop_that_the_server_did_not_live_to_see
            a_wish_made_while_there_is_no_server
        }

        mod sessions {
            use super::*;
            $crate::suite::conform! {
                sessions, $ground, $attribute;
                a_terminal_has_the_folder_the_environment_and_a_size
                a_terminal_is_opened_once
                several_windows_share_a_terminal
                a_terminal_that_is_left_tells_its_end_and_begins_anew
                a_terminal_that_is_closed_is_gone
                a_terminal_ends_with_its_run
                a_terminal_goes_on_while_there_is_no_server
                a_line_that_a_restart_cuts_is_typed_whole_and_once
                a_window_that_has_come_back_types_alone
                a_new_shell_does_not_know_what_another_one_has_read
                a_flood_is_bounded_and_delays_no_other_session
                sessions_of_a_run_that_ended_are_not_reached
                an_app_without_sessions_refuses_them
                a_message_runs_once_in_the_folder_with_the_environment
                a_turn_tells_its_output_and_its_exit_code
                a_message_for_an_earlier_session_is_refused
                a_turn_is_stopped
                a_message_that_comes_after_its_stop_is_not_begun
                a_turn_goes_on_while_there_is_no_server
                agents_of_several_tabs_run_side_by_side
                a_run_ends_with_its_task
                a_file_is_uploaded_and_one_that_is_not_complete_leaves_nothing
            }
        }
    };
}
pub(crate) use conform_all;

/// Defines one test for each scenario of the named table, with an attribute, on the ground that the
/// expression creates.
macro_rules! conform {
    (runs, $ground:expr, $attribute:meta; $($scenario:ident)+) => {
        $crate::suite::conform!(
            $crate::suite::play, $crate::suite::table::all, $ground, $attribute; $($scenario)+
        );
    };
    (sessions, $ground:expr, $attribute:meta; $($scenario:ident)+) => {
        $crate::suite::conform!(
            $crate::suite::sessions::play, $crate::suite::sessions::all, $ground, $attribute;
            $($scenario)+
        );
    };
    ($play:path, $all:path, $ground:expr, $attribute:meta; $($scenario:ident)+) => {
        $(
            #[$attribute]
            #[tokio::test(flavor = "multi_thread")]
            async fn $scenario() {
                $play(stringify!($scenario), $ground).await;
            }
        )+

        /// A scenario without a test would pass unnoticed.
        #[test]
        fn every_scenario_has_a_test() {
            let played = [$(stringify!($scenario)),+];
            let names: Vec<&str> = $all().map(|scenario| scenario.name).collect();
            assert_eq!(names, played);
        }
    };
}
pub(crate) use conform;
