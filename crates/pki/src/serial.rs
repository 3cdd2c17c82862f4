//! The serial number of a certificate.

use std::fmt;
use std::str::FromStr;

/// A certificate's serial number: a positive number of at most twenty octets (RFC 5280, 4.1.2.2).
///
/// Two writings of one number are equal, whatever zeros lead them. Written in lower-case hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Serial([u8; Self::MAX_OCTETS]);

/// Why something is no serial number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SerialError {
    /// Longer than twenty octets.
    #[error("the serial number is longer than 20 octets")]
    TooLong,
    /// Zero, negative or empty.
    #[error("the serial number is not positive")]
    NotPositive,
    /// Not written in hexadecimal digits.
    #[error("the serial number is written in hexadecimal digits")]
    NotHexadecimal,
}

impl Serial {
    const MAX_OCTETS: usize = 20;

    /// From the octets of a positive number, the highest first; leading zeros are allowed.
    pub fn from_octets(octets: &[u8]) -> Result<Self, SerialError> {
        let first = octets.iter().position(|octet| *octet != 0).ok_or(SerialError::NotPositive)?;
        let digits = &octets[first..];
        if digits.len() > Self::MAX_OCTETS {
            return Err(SerialError::TooLong);
        }
        let mut padded = [0; Self::MAX_OCTETS];
        padded[Self::MAX_OCTETS - digits.len()..].copy_from_slice(digits);
        Ok(Self(padded))
    }

    /// From the content of a DER INTEGER, whose highest bit is its sign.
    pub(crate) fn from_der_integer(octets: &[u8]) -> Result<Self, SerialError> {
        if octets.first().is_some_and(|octet| octet & 0x80 != 0) {
            return Err(SerialError::NotPositive);
        }
        Self::from_octets(octets)
    }

    /// The octets without leading zeros, the highest first.
    pub fn octets(&self) -> &[u8] {
        let first = self.0.iter().position(|octet| *octet != 0).unwrap_or(Self::MAX_OCTETS - 1);
        &self.0[first..]
    }
}

impl fmt::Display for Serial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.octets()))
    }
}

impl fmt::Debug for Serial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Serial({self})")
    }
}

impl FromStr for Serial {
    type Err = SerialError;

    fn from_str(s: &str) -> Result<Self, SerialError> {
        if s.len() > 2 * Self::MAX_OCTETS {
            return Err(SerialError::TooLong);
        }
        let even = if s.len().is_multiple_of(2) { s.to_owned() } else { format!("0{s}") };
        Self::from_octets(&hex::decode(even).map_err(|_| SerialError::NotHexadecimal)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_number_is_equal_however_it_is_written() {
        let serial: Serial = "0a1b".parse().unwrap();
        assert_eq!(Serial::from_octets(&[0, 0, 0x0a, 0x1b]), Ok(serial));
        assert_eq!("A1B".parse(), Ok(serial));
        assert_eq!(serial.to_string(), "0a1b");
    }

    #[test]
    fn a_number_that_cannot_be_a_serial_is_refused() {
        assert_eq!("00".parse::<Serial>(), Err(SerialError::NotPositive));
        assert_eq!("".parse::<Serial>(), Err(SerialError::NotPositive));
        assert_eq!("xy".parse::<Serial>(), Err(SerialError::NotHexadecimal));
        assert_eq!(Serial::from_octets(&[1; 21]), Err(SerialError::TooLong));
        assert_eq!(Serial::from_der_integer(&[0x80]), Err(SerialError::NotPositive));
        assert!(Serial::from_der_integer(&[0, 0x80]).is_ok());
    }
}
