//! RFC 3339 in whole milliseconds, read and written.
//!
//! Our own, for the console is downloaded with it: a calendar library weighs ten times as much. The
//! tests hold it against one.

const DAY_MILLIS: i64 = 86_400_000;
/// The Gregorian calendar repeats after this many years, and days.
const ERA_YEARS: i64 = 400;
const ERA_DAYS: i64 = 146_097;
/// From 0000-03-01, where the counting below begins, to 1970-01-01.
const EPOCH_DAY: i64 = 719_468;

/// Milliseconds since the epoch. Digits beyond the millisecond are cut off.
pub fn parse(text: &str) -> Option<i64> {
    let mut rest = Rest(text.as_bytes());
    let year = rest.number(4)?;
    rest.literal(b'-')?;
    let month = rest.number(2)?;
    rest.literal(b'-')?;
    let day = rest.number(2)?;
    // Section 5.6 lets a space, or anything, stand for the `T`.
    rest.byte()?;
    let hour = rest.number(2)?;
    rest.literal(b':')?;
    let minute = rest.number(2)?;
    rest.literal(b':')?;
    let second = rest.number(2)?;
    let millis = rest.fraction()?;
    let offset = rest.offset()?;
    let is_real = (1..=12).contains(&month)
        && (1..=month_days(year, month)).contains(&day)
        && hour <= 23
        && minute <= 59
        && second <= 60;
    if !is_real || !rest.0.is_empty() {
        return None;
    }
    let minutes = day_number(year, month, day) * 1440 + hour * 60 + minute - offset;
    if second < 60 {
        Some(minutes * 60_000 + second * 1000 + millis)
    } else {
        // A leap second stands for the moment before it; there are some only at a month's end.
        let is_month_end =
            minutes.rem_euclid(1440) == 1439 && date_of(minutes.div_euclid(1440) + 1).2 == 1;
        is_month_end.then_some(minutes * 60_000 + 59_999)
    }
}

/// In UTC, without a fraction where there is none; nothing outside the years 0 to 9999.
pub fn format(millis: i64) -> Option<String> {
    let (year, month, day) = date_of(millis.div_euclid(DAY_MILLIS));
    if !(0..=9999).contains(&year) {
        return None;
    }
    let time = millis.rem_euclid(DAY_MILLIS);
    let mut text = String::with_capacity(24);
    for (before, number, digits) in [
        ("", year, 4),
        ("-", month, 2),
        ("-", day, 2),
        ("T", time / 3_600_000, 2),
        (":", time / 60_000 % 60, 2),
        (":", time / 1000 % 60, 2),
    ] {
        text.push_str(before);
        push(&mut text, number, digits);
    }
    if time % 1000 > 0 {
        text.push('.');
        push(&mut text, time % 1000, 3);
        text.truncate(text.trim_end_matches('0').len());
    }
    text.push('Z');
    Some(text)
}

/// What is still to be read.
struct Rest<'a>(&'a [u8]);

impl Rest<'_> {
    fn byte(&mut self) -> Option<u8> {
        let (first, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(*first)
    }

    fn literal(&mut self, expected: u8) -> Option<()> {
        (self.byte()? == expected).then_some(())
    }

    fn digit(&mut self) -> Option<i64> {
        let byte = self.byte()?;
        byte.is_ascii_digit().then(|| i64::from(byte - b'0'))
    }

    /// Of exactly so many digits.
    fn number(&mut self, digits: usize) -> Option<i64> {
        (0..digits).try_fold(0, |number, _| Some(number * 10 + self.digit()?))
    }

    /// The milliseconds of a fraction, which may be missing.
    fn fraction(&mut self) -> Option<i64> {
        if self.0.first() != Some(&b'.') {
            return Some(0);
        }
        self.byte()?;
        let mut millis = self.digit()? * 100;
        let mut weight = 10;
        while self.0.first().is_some_and(u8::is_ascii_digit) {
            millis += self.digit()? * weight;
            weight /= 10;
        }
        Some(millis)
    }

    /// In minutes.
    fn offset(&mut self) -> Option<i64> {
        let sign = match self.byte()? {
            b'Z' | b'z' => return Some(0),
            b'+' => 1,
            b'-' => -1,
            _ => return None,
        };
        let hours = self.number(2)?;
        self.literal(b':')?;
        let minutes = self.number(2)?;
        (hours <= 23 && minutes <= 59).then_some(sign * (hours * 60 + minutes))
    }
}

fn push(text: &mut String, number: i64, digits: u32) {
    for place in (0..digits).rev() {
        let digit = number / 10_i64.pow(place) % 10;
        text.push(char::from(b'0' + u8::try_from(digit).unwrap_or(0)));
    }
}

fn month_days(year: i64, month: i64) -> i64 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days since the epoch. Years are counted from March, so that the leap day is a year's last.
fn day_number(year: i64, month: i64, day: i64) -> i64 {
    let year = if month > 2 { year } else { year - 1 };
    let year_of_era = year.rem_euclid(ERA_YEARS);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    year.div_euclid(ERA_YEARS) * ERA_DAYS + day_of_era - EPOCH_DAY
}

/// The year, month and day of a day since the epoch; the way back.
fn date_of(day_number: i64) -> (i64, i64, i64) {
    let day = day_number + EPOCH_DAY;
    let day_of_era = day.rem_euclid(ERA_DAYS);
    // The leap days are taken out: those of every 4, 100 and 400 years.
    let year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / (ERA_DAYS - 1)) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let from_march = (5 * day_of_year + 2) / 153;
    let month = (from_march + 2) % 12 + 1;
    let year = day.div_euclid(ERA_DAYS) * ERA_YEARS + year_of_era + i64::from(month <= 2);
    (year, month, day_of_year - (153 * from_march + 2) / 5 + 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use time::OffsetDateTime;
    use time::format_description::well_known::Rfc3339;

    fn as_the_library_reads(text: &str) -> Option<i64> {
        let at = OffsetDateTime::parse(text, &Rfc3339).ok()?;
        i64::try_from(at.unix_timestamp_nanos().div_euclid(1_000_000)).ok()
    }

    fn as_the_library_writes(millis: i64) -> Option<String> {
        let at = OffsetDateTime::from_unix_timestamp_nanos(i128::from(millis) * 1_000_000).ok()?;
        at.format(&Rfc3339).ok()
    }

    #[test]
    fn edges_are_read_as_the_library_reads_them() {
        for text in [
            "2024-02-29T00:00:00Z",
            "2023-02-29T00:00:00Z",
            "2000-02-29T00:00:00Z",
            "1900-02-29T00:00:00Z",
            "0000-01-01T00:00:00Z",
            "9999-12-31T23:59:59.999999999Z",
            "1969-12-31T23:59:59.9995Z",
            "2026-11-21 10:00:00z",
            "2026-11-21T10:00:00.Z",
            "2026-11-21T10:00:00.123456789123Z",
            "2026-11-21T24:00:00Z",
            "2026-11-21T10:60:00Z",
            "2026-11-21T10:00:61Z",
            "2016-12-31T23:59:60Z",
            "2016-12-31T23:59:60.5Z",
            "2017-01-01T00:59:60+01:00",
            "2016-12-30T23:59:60Z",
            "2016-12-31T22:59:60Z",
            "2026-00-21T10:00:00Z",
            "2026-13-21T10:00:00Z",
            "2026-04-31T10:00:00Z",
            "2026-11-00T10:00:00Z",
            "2026-11-21T10:00:00+23:59",
            "2026-11-21T10:00:00-23:59",
            "2026-11-21T10:00:00+24:00",
            "2026-11-21T10:00:00+01:60",
            "2026-11-21T10:00:00",
            "2026-11-21T10:00:00ZZ",
            "2026-11-21",
            "+026-11-21T10:00:00Z",
            "é026-11-21T10:00:00Z",
        ] {
            assert_eq!(parse(text), as_the_library_reads(text), "{text}");
        }
    }

    #[test]
    fn edges_are_written_as_the_library_writes_them() {
        for millis in [
            0,
            -1,
            -62_167_219_200_001,
            -62_167_219_200_000,
            253_402_300_799_999,
            253_402_300_800_000,
            951_782_400_000,
        ] {
            assert_eq!(format(millis), as_the_library_writes(millis), "{millis}");
        }
        assert_eq!(format(i64::MAX), None);
        assert_eq!(format(i64::MIN), None);
    }

    proptest! {
        #[test]
        fn every_moment_is_written_as_the_library_writes_it(
            millis in -62_167_219_200_000i64..=253_402_300_799_999,
        ) {
            prop_assert_eq!(format(millis), as_the_library_writes(millis));
        }

        #[test]
        fn every_text_is_read_as_the_library_reads_it(
            text in "[0-9]{4}-[01][0-9]-[0-3][0-9][Tt ][0-2][0-9]:[0-6][0-9]:[0-6][0-9](\\.[0-9]{0,12})?([Zz]|[+-][0-2][0-9]:[0-6][0-9])?.?",
        ) {
            prop_assert_eq!(parse(&text), as_the_library_reads(&text));
        }
    }
}
