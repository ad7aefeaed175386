//! Points in time as people read and write them; always in UTC.

use tgp_model::Timestamp;

const SECOND: i64 = 1_000;
const MINUTE: i64 = 60 * SECOND;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// `2026-11-21 08:59:03`.
pub fn show(at: Timestamp) -> String {
    let (year, month, day) = civil(at.0.div_euclid(DAY));
    let rest = at.0.rem_euclid(DAY);
    let (hour, minute, second) = (rest / HOUR, rest % HOUR / MINUTE, rest % MINUTE / SECOND);
    format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}")
}

/// `90s`, `10m`, `2h`, `3d` before `now`, or `2026-11-21`, `2026-11-21 08:59`, `2026-11-21T08:59:03Z`.
pub fn parse(text: &str, now: Timestamp) -> Option<Timestamp> {
    span(text).map_or_else(|| point(text), |span| now.0.checked_sub(span).map(Timestamp))
}

fn span(text: &str) -> Option<i64> {
    let unit = match text.chars().next_back()? {
        's' => SECOND,
        'm' => MINUTE,
        'h' => HOUR,
        'd' => DAY,
        _ => return None,
    };
    let number = text.get(..text.len() - 1)?;
    number.parse::<u32>().ok().and_then(|number| i64::from(number).checked_mul(unit))
}

fn point(text: &str) -> Option<Timestamp> {
    let text = text.strip_suffix('Z').unwrap_or(text);
    let (date, clock) = text.split_once(['T', ' ']).unwrap_or((text, "00:00"));
    let date = numbers(date, '-')?;
    let clock = numbers(clock, ':')?;
    let &[year, month, day] = date.as_slice() else { return None };
    let (hour, minute, second) = match *clock.as_slice() {
        [hour, minute] => (hour, minute, 0),
        [hour, minute, second] => (hour, minute, second),
        _ => return None,
    };
    let days = days(year, month, day);
    let exists = (1970..=9999).contains(&year) && civil(days) == (year, month, day);
    let fits = hour < 24 && minute < 60 && second < 60;
    (exists && fits).then(|| Timestamp(days * DAY + hour * HOUR + minute * MINUTE + second * SECOND))
}

fn numbers(text: &str, between: char) -> Option<Vec<i64>> {
    text.split(between).map(|part| part.parse::<u32>().ok().map(i64::from)).collect()
}

/// Days since 1970-01-01 of a date (Hinnant, "chrono-compatible low-level date algorithms").
fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

/// The date of a day since 1970-01-01; the other way round.
fn civil(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    (year, month, day)
}
