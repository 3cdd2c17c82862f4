//! Card authorisation between the card page or an ATM and a bank's processing system (T1.18–21, T4.5, T4.11).
//!
//! ISO 8583:1987 with ASCII fields and a binary bitmap. The two octets of length before each frame are
//! `transport`'s. `field` is the table of fields, `message` the frame, `card` what must never be seen, and
//! `exchange` the messages in our terms. National use of fields is ours: DE 48 and 63 are lists of tags,
//! DE 120 and 121 carry the purpose of payment.
//!
//! The standard's DE 52 holds eight octets, which is a PIN block under triple DES. Ours is format 4 under
//! AES, sixteen octets, so it stands in DE 48 under its own tag, and DE 52 is known but never written.

mod card;
mod exchange;
mod field;
mod message;
mod pin_block;
mod private;
mod response_code;
mod specification;
mod trace;

pub use card::{CardError, Cvc2, Expiry, Pan, Pin, wipe_stack};
pub use exchange::{
    AtmOrder, AuthorisationRequest, AuthorisationResponse, CardOrder, CardRequest, CardResponse, EchoRequest,
    EchoResponse, Presented, ReversalRequest, ReversalResponse,
};
pub use field::{Content, FIELDS, FieldSpec, Length};
pub use message::{Frame, FrameError, LARGEST_FRAME, Message, Mti};
pub use pin_block::{PinBlock, PinBlockError, ZoneKey};
pub use private::Tag;
pub use response_code::{NoResponseCode, ResponseCode};
pub use specification::{MESSAGES, MessageSpec, specification};
pub use trace::{
    AcquirerId, ApprovalCode, MerchantId, OriginalKey, RetrievalReference, Stan, TerminalId, Trace, WrongForm,
};
