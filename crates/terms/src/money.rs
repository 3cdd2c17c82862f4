//! Money: whole tiyn, never a fraction, never a floating point number.

use std::fmt;
use std::iter::Sum;
use std::str::FromStr;

/// An amount in tiyn; 100 tiyn are one tenge. Never negative.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Tiyn(u64);

/// Why something is no amount.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum MoneyError {
    /// Not digits with an optional fraction of two digits.
    #[error("the amount is not written as 1725.00")]
    Form,
    /// Above [`Tiyn::LARGEST`].
    #[error("the amount is too large")]
    TooLarge,
}

impl Tiyn {
    /// The largest amount of one operation: ten thousand million tenge. Sums have room above it.
    pub const LARGEST: Self = Self(1_000_000_000_000);
    /// No money.
    pub const ZERO: Self = Self(0);

    /// An amount from whole tiyn.
    ///
    /// # Errors
    /// [`MoneyError::TooLarge`] above [`Tiyn::LARGEST`].
    pub fn new(tiyn: u64) -> Result<Self, MoneyError> {
        if tiyn > Self::LARGEST.0 { Err(MoneyError::TooLarge) } else { Ok(Self(tiyn)) }
    }

    /// An amount from whole tenge, for constants and tests.
    pub const fn tenge(tenge: u32) -> Self {
        Self(tenge as u64 * 100)
    }

    /// Whole tiyn.
    pub const fn as_u64(self) -> u64 {
        self.0
    }

    /// Whole tiyn in the signed form databases keep.
    pub fn as_i64(self) -> i64 {
        i64::try_from(self.0).expect("an amount fits sixty-three bits")
    }

    /// The sum, or `None` where it does not fit.
    pub fn checked_add(self, other: Self) -> Option<Self> {
        self.0.checked_add(other.0).map(Self)
    }

    /// The difference, or `None` where it would be negative.
    pub fn checked_sub(self, other: Self) -> Option<Self> {
        self.0.checked_sub(other.0).map(Self)
    }

    /// A share in basis points (hundredths of a per cent), rounded half up to a tiyn.
    pub fn basis_points(self, points: u32) -> Self {
        Self((self.0 * u64::from(points) + 5_000) / 10_000)
    }
}

impl Sum for Tiyn {
    fn sum<I: Iterator<Item = Self>>(amounts: I) -> Self {
        Self(amounts.map(|amount| amount.0).sum())
    }
}

impl FromStr for Tiyn {
    type Err = MoneyError;

    /// Reads tenge with an optional two-digit fraction: `1725`, `1725.5` is refused, `1725.50` is not.
    fn from_str(s: &str) -> Result<Self, MoneyError> {
        let (tenge, tiyn) = match s.split_once('.') {
            Some((tenge, tiyn)) if tiyn.len() == 2 => (tenge, tiyn),
            Some(_) => return Err(MoneyError::Form),
            None => (s, "00"),
        };
        let digits = |part: &str| !part.is_empty() && part.bytes().all(|octet| octet.is_ascii_digit());
        if !digits(tenge) || !digits(tiyn) {
            return Err(MoneyError::Form);
        }
        if tenge.len() > 12 {
            return Err(MoneyError::TooLarge);
        }
        let whole: u64 = tenge.parse().map_err(|_| MoneyError::Form)?;
        let part: u64 = tiyn.parse().map_err(|_| MoneyError::Form)?;
        Self::new(whole * 100 + part)
    }
}

impl fmt::Display for Tiyn {
    /// Writes tenge with two digits of tiyn: `1725.00`. Grouping and currency are the pages' affair.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&tenge(self.0))
    }
}

/// A sum of tiyn, of whatever size and sign, as tenge with two digits of tiyn: `1725.00`, `-0.05`. This is the form
/// between machines; grouping and currency are the pages' affair.
pub fn tenge(tiyn: impl Into<i128>) -> String {
    let tiyn = tiyn.into();
    let magnitude = tiyn.unsigned_abs();
    format!("{}{}.{:02}", if tiyn < 0 { "-" } else { "" }, magnitude / 100, magnitude % 100)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_read_exactly_or_not_at_all() {
        assert_eq!("1725".parse(), Ok(Tiyn::tenge(1725)));
        assert_eq!("1725.05".parse::<Tiyn>().unwrap().as_u64(), 172_505);
        for wrong in ["", ".", "1.", "1.5", "1.505", "-1", "+1", "1,50", " 1", "1e3"] {
            assert_eq!(wrong.parse::<Tiyn>(), Err(MoneyError::Form), "{wrong:?}");
        }
        assert_eq!("10000000000.01".parse::<Tiyn>(), Err(MoneyError::TooLarge));
        assert_eq!("99999999999999999999".parse::<Tiyn>(), Err(MoneyError::TooLarge));
    }

    #[test]
    fn sums_are_written_with_two_digits_of_tiyn() {
        assert_eq!(tenge(172_500), "1725.00");
        assert_eq!(tenge(-5), "-0.05");
        assert_eq!(tenge(0), "0.00");
        assert_eq!(tenge(u64::MAX), "184467440737095516.15");
    }

    #[test]
    fn a_share_rounds_half_up() {
        assert_eq!(Tiyn::tenge(1725).basis_points(50).as_u64(), 863);
        assert_eq!(Tiyn::ZERO.basis_points(50), Tiyn::ZERO);
    }
}
