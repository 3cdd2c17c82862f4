//! The frame: message type, bitmap, fields. Strict both ways, and never a panic on what came from outside.

use std::collections::BTreeMap;
use std::fmt;

use zeroize::Zeroizing;

use super::field::{FieldSpec, Length};

/// The most octets of one frame, without the two octets of length.
pub const LARGEST_FRAME: usize = 4096;
const MTI_OCTETS: usize = 4;
const BITMAP_OCTETS: usize = 8;

/// An encoded frame; it may hold a card number, so its memory is wiped when it goes.
pub type Frame = Zeroizing<Vec<u8>>;

/// Why a frame cannot be read or written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum FrameError {
    /// More than [`LARGEST_FRAME`].
    #[error("the frame has more than {LARGEST_FRAME} octets")]
    TooLarge,
    /// It ends inside its head.
    #[error("the frame ends before its bitmap does")]
    NoBitmap,
    /// A message type we do not speak.
    #[error("the message type is not one of ours")]
    MessageType,
    /// A field outside the table.
    #[error("field {0} is not one of ours")]
    UnknownField(u8),
    /// The frame ends inside a field.
    #[error("the frame ends inside field {0}")]
    Truncated(u8),
    /// Characters or a length that the field does not admit.
    #[error("field {0} has the wrong form")]
    Form(u8),
    /// A field that this message type needs.
    #[error("field {0} is missing")]
    Missing(u8),
    /// Octets after the last field.
    #[error("the frame goes on after its last field")]
    Trailing,
    /// A tag of a private field is missing or has the wrong form.
    #[error("tag {1:?} of field {0} is missing or has the wrong form")]
    Tag(u8, super::Tag),
    /// A frame of another message type than the one awaited.
    #[error("a frame of another message type was awaited")]
    OtherMessage,
}

/// The message types we speak.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Mti {
    /// 0100.
    AuthorisationRequest,
    /// 0110.
    AuthorisationResponse,
    /// 0400.
    ReversalRequest,
    /// 0401: the same reversal again.
    ReversalRepeat,
    /// 0410.
    ReversalResponse,
    /// 0800.
    NetworkRequest,
    /// 0810.
    NetworkResponse,
}

impl Mti {
    const ALL: [Self; 7] = [
        Self::AuthorisationRequest,
        Self::AuthorisationResponse,
        Self::ReversalRequest,
        Self::ReversalRepeat,
        Self::ReversalResponse,
        Self::NetworkRequest,
        Self::NetworkResponse,
    ];

    /// The four digits.
    pub fn digits(self) -> &'static str {
        match self {
            Self::AuthorisationRequest => "0100",
            Self::AuthorisationResponse => "0110",
            Self::ReversalRequest => "0400",
            Self::ReversalRepeat => "0401",
            Self::ReversalResponse => "0410",
            Self::NetworkRequest => "0800",
            Self::NetworkResponse => "0810",
        }
    }
}

/// A message by its fields. It may hold a card number, so it writes only their numbers and wipes its memory.
#[derive(Clone, PartialEq, Eq)]
pub struct Message {
    mti: Mti,
    fields: BTreeMap<u8, Zeroizing<Vec<u8>>>,
}

impl fmt::Debug for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Message {} {:?}", self.mti.digits(), self.fields.keys())
    }
}

impl Message {
    /// A message without fields.
    pub fn new(mti: Mti) -> Self {
        Self { mti, fields: BTreeMap::new() }
    }

    /// Its type.
    pub fn mti(&self) -> Mti {
        self.mti
    }

    /// Sets a field.
    ///
    /// # Errors
    /// [`FrameError::UnknownField`] and [`FrameError::Form`].
    pub fn set(&mut self, number: u8, value: impl AsRef<[u8]>) -> Result<(), FrameError> {
        let spec = FieldSpec::of(number).ok_or(FrameError::UnknownField(number))?;
        let value = value.as_ref();
        if !spec.admits(value) {
            return Err(FrameError::Form(number));
        }
        self.fields.insert(number, Zeroizing::new(value.to_vec()));
        Ok(())
    }

    /// The octets of a field.
    pub fn octets(&self, number: u8) -> Option<&[u8]> {
        self.fields.get(&number).map(|value| value.as_slice())
    }

    /// The characters of a field.
    ///
    /// # Errors
    /// [`FrameError::Missing`]; [`FrameError::Form`] for octets that are no text.
    pub fn text(&self, number: u8) -> Result<&str, FrameError> {
        let octets = self.octets(number).ok_or(FrameError::Missing(number))?;
        std::str::from_utf8(octets).map_err(|_| FrameError::Form(number))
    }

    /// The numbers of its fields, ascending.
    pub fn numbers(&self) -> impl Iterator<Item = u8> {
        self.fields.keys().copied()
    }

    /// Writes the frame.
    ///
    /// # Errors
    /// [`FrameError::TooLarge`]; the form of each field was checked when it was set.
    pub fn encode(&self) -> Result<Frame, FrameError> {
        // Room for everything at once: a buffer that grows leaves copies of a card number behind.
        let mut frame = Zeroizing::new(Vec::with_capacity(LARGEST_FRAME));
        frame.extend_from_slice(self.mti.digits().as_bytes());
        frame.extend_from_slice(&self.bitmap());
        for (number, value) in &self.fields {
            let spec = FieldSpec::of(*number).ok_or(FrameError::UnknownField(*number))?;
            let length = match spec.length {
                Length::Fixed(_) => String::new(),
                Length::LlVar(_) => format!("{:02}", value.len()),
                Length::LllVar(_) => format!("{:03}", value.len()),
            };
            if frame.len() + length.len() + value.len() > LARGEST_FRAME {
                return Err(FrameError::TooLarge);
            }
            frame.extend_from_slice(length.as_bytes());
            frame.extend_from_slice(value);
        }
        Ok(frame)
    }

    fn bitmap(&self) -> Vec<u8> {
        let needs_second = self.fields.keys().any(|number| *number > 64);
        let mut bitmap = vec![0; if needs_second { 2 * BITMAP_OCTETS } else { BITMAP_OCTETS }];
        if needs_second {
            bitmap[0] |= 0x80;
        }
        for number in self.fields.keys() {
            let bit = usize::from(*number) - 1;
            bitmap[bit / 8] |= 0x80 >> (bit % 8);
        }
        bitmap
    }

    /// Reads a frame.
    ///
    /// # Errors
    /// The first thing that is wrong, in the order of the octets.
    pub fn decode(frame: &[u8]) -> Result<Self, FrameError> {
        if frame.len() > LARGEST_FRAME {
            return Err(FrameError::TooLarge);
        }
        let mut rest = frame;
        let digits = take(&mut rest, MTI_OCTETS).ok_or(FrameError::NoBitmap)?;
        let mti = Mti::ALL
            .into_iter()
            .find(|mti| mti.digits().as_bytes() == digits)
            .ok_or(FrameError::MessageType)?;
        let mut message = Self::new(mti);
        for number in read_bitmap(&mut rest)? {
            let spec = FieldSpec::of(number).ok_or(FrameError::UnknownField(number))?;
            let value = read_field(&mut rest, spec)?;
            message.set(number, value)?;
        }
        if rest.is_empty() { Ok(message) } else { Err(FrameError::Trailing) }
    }
}

fn take<'f>(rest: &mut &'f [u8], length: usize) -> Option<&'f [u8]> {
    let (taken, left) = rest.split_at_checked(length)?;
    *rest = left;
    Some(taken)
}

/// The numbers of the fields present; a set bit 1 announces the second half and is no field itself.
fn read_bitmap(rest: &mut &[u8]) -> Result<Vec<u8>, FrameError> {
    let mut bitmap = take(rest, BITMAP_OCTETS).ok_or(FrameError::NoBitmap)?.to_vec();
    if bitmap[0] & 0x80 != 0 {
        bitmap.extend_from_slice(take(rest, BITMAP_OCTETS).ok_or(FrameError::NoBitmap)?);
    }
    let is_set = |number: &u8| {
        let bit = usize::from(*number) - 1;
        bitmap.get(bit / 8).is_some_and(|octet| octet & (0x80 >> (bit % 8)) != 0)
    };
    Ok((2..=128).filter(is_set).collect())
}

fn read_field<'f>(rest: &mut &'f [u8], spec: &FieldSpec) -> Result<&'f [u8], FrameError> {
    let truncated = FrameError::Truncated(spec.number);
    let mut announced = |digits: usize| {
        let digits = take(rest, digits).ok_or(truncated)?;
        digits.iter().try_fold(0, |length, digit| match digit {
            b'0'..=b'9' => Ok(length * 10 + usize::from(digit - b'0')),
            _ => Err(FrameError::Form(spec.number)),
        })
    };
    let length = match spec.length {
        Length::Fixed(length) => length,
        Length::LlVar(_) => announced(2)?,
        Length::LllVar(_) => announced(3)?,
    };
    take(rest, length).ok_or(truncated)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn echo() -> Message {
        let mut message = Message::new(Mti::NetworkRequest);
        for (number, value) in [(7, "1122020500"), (11, "000417"), (70, "301")] {
            message.set(number, value).unwrap();
        }
        message
    }

    #[test]
    fn a_frame_is_laid_out_as_the_standard_says() {
        let frame = echo().encode().unwrap();
        assert_eq!(&frame[..4], b"0800");
        assert_eq!(frame[4..20], [0x82, 0x20, 0, 0, 0, 0, 0, 0, 0x04, 0, 0, 0, 0, 0, 0, 0]);
        assert_eq!(&frame[20..], b"1122020500000417301");
        assert_eq!(Message::decode(&frame), Ok(echo()));
    }

    #[test]
    fn every_fault_has_its_name() {
        let frame = echo().encode().unwrap();
        assert_eq!(Message::decode(&frame[..3]), Err(FrameError::NoBitmap));
        assert_eq!(Message::decode(&frame[..15]), Err(FrameError::NoBitmap));
        assert_eq!(Message::decode(&frame[..frame.len() - 1]), Err(FrameError::Truncated(70)));
        assert_eq!(Message::decode(&[&frame[..], b"0"].concat()), Err(FrameError::Trailing));
        assert_eq!(Message::decode(&[0; LARGEST_FRAME + 1]), Err(FrameError::TooLarge));
        let mut wrong = frame.to_vec();
        wrong[0] = b'9';
        assert_eq!(Message::decode(&wrong), Err(FrameError::MessageType));
        let mut wrong = frame.to_vec();
        wrong[20] = b'x';
        assert_eq!(Message::decode(&wrong), Err(FrameError::Form(7)));
        let mut wrong = frame.to_vec();
        wrong[4] |= 0x08;
        assert_eq!(Message::decode(&wrong), Err(FrameError::UnknownField(5)));
        assert_eq!(echo().set(11, "12345"), Err(FrameError::Form(11)));
        assert_eq!(echo().set(6, "1"), Err(FrameError::UnknownField(6)));
        assert_eq!(echo().text(39), Err(FrameError::Missing(39)));
    }

    proptest! {
        #[test]
        fn no_octets_make_the_reader_panic(octets in prop::collection::vec(any::<u8>(), 0..300)) {
            let _ = Message::decode(&octets);
        }

        #[test]
        fn a_frame_with_changed_octets_is_refused_or_says_exactly_what_it_holds(
            at in 0_usize..39, octet in any::<u8>()
        ) {
            let mut frame = echo().encode().unwrap().to_vec();
            frame[at] = octet;
            if let Ok(message) = Message::decode(&frame) {
                let again = message.encode().unwrap();
                prop_assert_eq!(again.as_slice(), frame.as_slice());
            }
        }
    }
}
