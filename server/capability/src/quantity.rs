//! Exact quantities with units: `1MiB`, `50ms`, `1.5 kB`. No floating point, so that a limit is exact at its edge.

use std::fmt;

use serde::{Deserialize, Serialize};

/// What a quantity is counted in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Unit {
    /// Bytes.
    Bytes,
    /// Time, counted in nanoseconds.
    Time,
}

/// A number in billionths, so that a few decimals stay exact, and its unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quantity {
    /// The value in billionths of a byte, nanosecond or one.
    pub billionths: i128,
    /// The unit; none for a plain number.
    pub unit: Option<Unit>,
}

/// Why a text is no quantity.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum QuantityProblem {
    /// No number at its start.
    #[error("`{text}` does not begin with a number such as `10` or `1.5`")]
    NoNumber {
        /// The text.
        text: String,
    },
    /// A unit nobody knows.
    #[error(
        "`{unit}` is not a unit: B, KiB, MiB, GiB, TiB, kB, MB, GB, TB, ns, us, ms, s, min, h or d (case counts)"
    )]
    UnknownUnit {
        /// The unit.
        unit: String,
    },
    /// More than nine decimals, or more than fits.
    #[error("`{text}` is too large or has more than nine decimals")]
    OutOfRange {
        /// The text.
        text: String,
    },
}

/// Units: name, what they count, how many of the smallest.
const UNITS: &[(&str, Unit, i128)] = &[
    ("B", Unit::Bytes, 1),
    ("KiB", Unit::Bytes, 1 << 10),
    ("MiB", Unit::Bytes, 1 << 20),
    ("GiB", Unit::Bytes, 1 << 30),
    ("TiB", Unit::Bytes, 1 << 40),
    ("kB", Unit::Bytes, 1_000),
    ("MB", Unit::Bytes, 1_000_000),
    ("GB", Unit::Bytes, 1_000_000_000),
    ("TB", Unit::Bytes, 1_000_000_000_000),
    ("ns", Unit::Time, 1),
    ("us", Unit::Time, 1_000),
    ("ms", Unit::Time, 1_000_000),
    ("s", Unit::Time, 1_000_000_000),
    ("min", Unit::Time, 60_000_000_000),
    ("h", Unit::Time, 3_600_000_000_000),
    ("d", Unit::Time, 86_400_000_000_000),
];

/// Billionths in one.
const ONE: i128 = 1_000_000_000;
/// Decimals a number may have.
const MOST_DECIMALS: usize = 9;
/// Digits before the point.
const MOST_DIGITS: usize = 20;

impl Quantity {
    /// A plain whole number.
    pub fn whole(number: i128) -> Self {
        Self { billionths: number.saturating_mul(ONE), unit: None }
    }

    /// A plain number with decimals, rounded to nine of them; none where it is no finite number of usual size.
    pub fn decimal(number: f64) -> Option<Self> {
        if !number.is_finite() {
            return None;
        }
        let text = format!("{number:.9}");
        Self::parse(&text).ok()
    }

    /// Reads a number and, if there is one, its unit; a space between them is fine.
    pub fn parse(text: &str) -> Result<Self, QuantityProblem> {
        let text = text.trim();
        let end = text.find(|c: char| !c.is_ascii_digit() && !matches!(c, '.' | '-')).unwrap_or(text.len());
        let (number, unit) = text.split_at(end);
        let unit = unit.trim_start();
        let number = number_of(number, text)?;
        if unit.is_empty() {
            return Ok(Self { billionths: number, unit: None });
        }
        let Some((_, unit, factor)) = UNITS.iter().find(|(name, _, _)| *name == unit) else {
            return Err(QuantityProblem::UnknownUnit { unit: unit.to_owned() });
        };
        let out_of_range = || QuantityProblem::OutOfRange { text: text.to_owned() };
        let billionths = number.checked_mul(*factor).ok_or_else(out_of_range)?;
        Ok(Self { billionths, unit: Some(*unit) })
    }
}

fn number_of(number: &str, text: &str) -> Result<i128, QuantityProblem> {
    let no_number = || QuantityProblem::NoNumber { text: text.to_owned() };
    let out_of_range = || QuantityProblem::OutOfRange { text: text.to_owned() };
    let (sign, digits) = number.strip_prefix('-').map_or((1, number), |rest| (-1, rest));
    let (whole, decimals) = digits.split_once('.').unwrap_or((digits, "0"));
    let only_digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    if !only_digits(whole) || !only_digits(decimals) {
        return Err(no_number());
    }
    if whole.trim_start_matches('0').len() > MOST_DIGITS || decimals.len() > MOST_DECIMALS {
        return Err(out_of_range());
    }
    let whole: i128 = whole.parse().map_err(|_| out_of_range())?;
    let decimals: i128 = format!("{decimals:0<9}").parse().map_err(|_| out_of_range())?;
    Ok(sign * (whole * ONE + decimals))
}

impl fmt::Display for Unit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Bytes => "bytes",
            Self::Time => "time",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn base(text: &str) -> (i128, Option<Unit>) {
        let quantity = Quantity::parse(text).unwrap();
        assert_eq!(quantity.billionths % ONE, 0, "{text}");
        (quantity.billionths / ONE, quantity.unit)
    }

    #[test]
    fn units_of_bytes_and_time_are_exact() {
        for (text, number, unit) in [
            ("1B", 1, Unit::Bytes),
            ("1KiB", 1024, Unit::Bytes),
            ("1 MiB", 1_048_576, Unit::Bytes),
            ("2GiB", 2_147_483_648, Unit::Bytes),
            ("1kB", 1000, Unit::Bytes),
            ("1.5MB", 1_500_000, Unit::Bytes),
            ("3GB", 3_000_000_000, Unit::Bytes),
            ("1ns", 1, Unit::Time),
            ("2us", 2_000, Unit::Time),
            ("50ms", 50_000_000, Unit::Time),
            ("0.5s", 500_000_000, Unit::Time),
            ("1min", 60_000_000_000, Unit::Time),
            ("1h", 3_600_000_000_000, Unit::Time),
            ("7d", 604_800_000_000_000, Unit::Time),
        ] {
            assert_eq!(base(text), (number, Some(unit)), "{text}");
        }
        assert_eq!(base("10"), (10, None));
        assert_eq!(base("-3"), (-3, None));
    }

    #[test]
    fn a_unit_in_other_case_is_no_unit() {
        for text in ["1KB", "1mib", "1Mib", "1MS", "1S", "1 parsec", "1mb", "1K", "5m"] {
            assert!(matches!(Quantity::parse(text), Err(QuantityProblem::UnknownUnit { .. })), "{text}");
        }
    }

    #[test]
    fn what_is_no_number_is_refused() {
        for text in ["", "MiB", "1.", ".5", "1.2.3", "--1", "-", "1-2", "a lot", "١"] {
            assert!(Quantity::parse(text).is_err(), "{text}");
        }
        for text in ["123456789012345678901", "0.1234567891"] {
            assert!(matches!(Quantity::parse(text), Err(QuantityProblem::OutOfRange { .. })), "{text}");
        }
        assert!(Quantity::parse("99999999999999999999d").is_err());
    }

    #[test]
    fn decimals_of_a_machine_number_come_to_the_written_one() {
        assert_eq!(Quantity::decimal(0.1 + 0.2), Quantity::parse("0.3").ok());
        assert_eq!(Quantity::decimal(f64::NAN), None);
    }
}
