//! Positions, zooming and ticks.

use super::*;
use crate::fixtures::{at, run};
use proptest::prelude::*;

fn lasting(millis: i64) -> Timeline {
    Timeline::of(&run(), &[], at(millis))
}

fn scale(millis: i64) -> Scale {
    Scale::whole(&lasting(millis))
}

fn labels(scale: Scale, most: usize) -> Vec<String> {
    scale.ticks(most).into_iter().map(|t| t.label).collect()
}

#[test]
fn ticks_are_at_round_intervals() {
    assert_eq!(labels(scale(8_000), 6), ["0 s", "2 s", "4 s", "6 s", "8 s"]);
    assert_eq!(
        labels(scale(64_000), 6),
        ["0 s", "15 s", "30 s", "45 s", "1 min"]
    );
    assert_eq!(
        labels(scale(90 * 60_000), 4),
        ["0 s", "30 min", "1 h", "1 h 30 min"]
    );
    let near = scale(60_000).zoom_to(Millis(400), at(30_200));
    assert_eq!(labels(near, 6), ["30 s", "30.1 s", "30.2 s", "30.3 s"]);
    assert_eq!(offset_label(Millis(250)), "250 ms");
    assert_eq!(offset_label(Millis(61_050)), "1 min 1.05 s");
}

#[test]
fn five_milliseconds_of_a_day_are_visible() {
    let day = scale(86_400_000);
    for from in [0, 43_200_000, 86_399_995] {
        let place = day.place(at(from), Some(at(from + 5))).expect("seen");
        assert!(place.width >= MIN_WIDTH && place.x + place.width <= WIDTH);
    }
}

#[test]
fn invisible_moments_have_no_position() {
    let near = scale(60_000).zoom_to(Millis(1_000), at(30_000));
    assert_eq!(near.place(at(0), Some(at(10_000))), None);
    assert_eq!(near.x_if_seen(at(59_000)), None);
    assert!(
        near.place(at(0), None).is_some(),
        "what lasts is everywhere"
    );
}

#[test]
fn view_at_the_end_moves_along_and_others_stay() {
    let grown = lasting(70_000);
    assert!(scale(60_000).follow(&grown).is_whole());
    let end = scale(60_000).zoom_to(Millis(5_000), at(60_000));
    assert_eq!(end.follow(&grown).seen().until, at(70_000));
    assert_eq!(end.follow(&grown).seen().length(), Millis(5_000));
    let middle = scale(60_000).zoom_to(Millis(5_000), at(30_000));
    assert_eq!(middle.follow(&grown).seen(), middle.seen());
}

#[test]
fn a_run_that_has_just_begun_is_a_second_wide() {
    assert_eq!(scale(0).seen().length(), Millis::from_secs(1));
    let mut ended = lasting(5);
    ended.is_live = false;
    assert_eq!(Scale::whole(&ended).seen().length(), MIN_SPAN);
    assert_eq!(
        scale(0)
            .fit(Span {
                from: at(0),
                until: at(0)
            })
            .seen()
            .length(),
        Millis(24)
    );
}

#[derive(Debug, Clone)]
enum Move {
    In(i32),
    Out(i32),
    Pan(i32),
    Fit(i64, i64),
}

fn moves() -> impl Strategy<Value = Vec<Move>> {
    let one = prop_oneof![
        (-100i32..1_100).prop_map(Move::In),
        (-100i32..1_100).prop_map(Move::Out),
        (-5_000i32..5_000).prop_map(Move::Pan),
        (-10i64..1 << 41, 0i64..1 << 41).prop_map(|(a, b)| Move::Fit(a, b)),
    ];
    proptest::collection::vec(one, 0..30)
}

fn moved(scale: Scale, moves: &[Move]) -> Scale {
    moves.iter().fold(scale, |scale, step| match *step {
        Move::In(x) => scale.zoom_in(scale.at(x)),
        Move::Out(x) => scale.zoom_out(scale.at(x)),
        Move::Pan(by) => scale.pan(by),
        Move::Fit(from, length) => scale.fit(Span {
            from: at(from),
            until: at(from.saturating_add(length)),
        }),
    })
}

proptest! {
    #[test]
    fn view_is_always_a_part_of_the_whole(
        length in 0i64..1 << 42,
        steps in moves(),
        most in 0usize..200,
    ) {
        let whole = scale(length);
        let part = moved(whole, &steps);
        let (all, seen) = (whole.seen(), part.seen());
        prop_assert!(all.from <= seen.from && seen.until <= all.until, "{:?} in {:?}", seen, all);
        prop_assert!(seen.length() >= MIN_SPAN);
        let ticks = part.ticks(most);
        prop_assert!(ticks.len() <= most.clamp(1, 100) + 1);
        prop_assert!(ticks.is_sorted_by(|a, b| a.at < b.at));
        for tick in ticks {
            prop_assert!(seen.from <= tick.at && tick.at <= seen.until);
            prop_assert_eq!(tick.x, part.x(tick.at));
        }
    }

    #[test]
    fn places_are_inside_in_order_and_wide_enough(
        length in 0i64..1 << 42,
        steps in moves(),
        a in -1_000i64..1 << 42,
        b in -1_000i64..1 << 42,
    ) {
        let part = moved(scale(length), &steps);
        let (from, until) = (at(a.min(b)), at(a.max(b)));
        prop_assert!(0 <= part.x(from) && part.x(from) <= part.x(until) && part.x(until) <= WIDTH);
        if let Some(place) = part.place(from, Some(until)) {
            prop_assert!(place.width >= MIN_WIDTH && place.x >= 0 && place.x + place.width <= WIDTH);
        }
    }

    #[test]
    fn zoom_keeps_its_point_in_place(
        length in 100_000i64..1 << 42,
        x in 100i32..900,
    ) {
        let whole = scale(length);
        let point = whole.at(x);
        let near = whole.zoom_in(point);
        prop_assert!((near.x(point) - x).abs() <= 2);
        prop_assert!((near.zoom_out(point).x(point) - x).abs() <= 4);
    }
}
