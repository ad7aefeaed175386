//! Times as the tables write them: ISO 8601 in UTC with milliseconds.

use crate::Timestamp;

/// The last moment that sorts as text after all before it.
pub const LATEST: Timestamp = Timestamp(253_402_300_799_999);

const MILLISECONDS_OF_A_DAY: i64 = 86_400_000;

/// `2026-11-21T09:00:00.000Z`. Years beyond 9999 are written with as many digits as they have.
pub fn iso8601(at: Timestamp) -> String {
    let days = at.0.div_euclid(MILLISECONDS_OF_A_DAY);
    let rest = at.0.rem_euclid(MILLISECONDS_OF_A_DAY);
    let (year, month, day) = civil(days);
    let (hour, minute) = (rest / 3_600_000, rest / 60_000 % 60);
    let (second, milli) = (rest / 1_000 % 60, rest % 1_000);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{milli:03}Z")
}

/// The date of a day counted from 1970-01-01 (Howard Hinnant, `civil_from_days`).
fn civil(days: i64) -> (i64, i64, i64) {
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    (year_of_era + era * 400 + i64::from(month <= 2), month, day)
}

/// Reads a time as `iso8601` writes it.
pub fn timestamp(text: &str) -> Option<Timestamp> {
    let (date, time) = text.strip_suffix('Z')?.split_once('T')?;
    let mut date = date.rsplitn(3, '-').map(|part| part.parse::<i64>().ok());
    let (day, month, year) = (date.next()??, date.next()??, date.next()??);
    let (clock, milli) = time.split_once('.')?;
    let mut clock = clock.splitn(3, ':').map(|part| part.parse::<i64>().ok());
    let (hour, minute, second) = (clock.next()??, clock.next()??, clock.next()??);
    let seconds = (hour * 60 + minute) * 60 + second;
    Some(Timestamp(
        days(year, month, day) * MILLISECONDS_OF_A_DAY + seconds * 1_000 + milli.parse::<i64>().ok()?,
    ))
}

/// The day of a date counted from 1970-01-01 (Howard Hinnant, `days_from_civil`).
fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * (if month > 2 { month - 3 } else { month + 9 }) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_again() {
        for number in -1_000_i64..1_000 {
            let at = Timestamp(number * 86_399_999_937 / 7);
            assert_eq!(timestamp(&iso8601(at)), Some(at), "{}", iso8601(at));
        }
        for text in ["", "yesterday", "2026-11-21", "2026-11-21T09:00:00Z", "a-b-cTd:e:f.gZ"] {
            assert_eq!(timestamp(text), None, "{text}");
        }
    }

    #[test]
    fn known_moments_are_written_as_every_calendar_has_them() {
        for (milliseconds, text) in [
            (0, "1970-01-01T00:00:00.000Z"),
            (-1, "1969-12-31T23:59:59.999Z"),
            (951_782_400_000, "2000-02-29T00:00:00.000Z"),
            (1_704_067_200_123, "2024-01-01T00:00:00.123Z"),
            (4_107_542_399_999, "2100-02-28T23:59:59.999Z"),
        ] {
            assert_eq!(iso8601(Timestamp(milliseconds)), text);
        }
    }

    #[test]
    fn later_moments_sort_later_as_text() {
        let mut last = String::new();
        for day in 0..40_000_i64 {
            let text = iso8601(Timestamp(day * MILLISECONDS_OF_A_DAY + day % 1_000));
            assert!(text > last, "{text} after {last}");
            last = text;
        }
    }
}
