//! Types every service uses: the terms as they stand in messages, parties, requisites, small enumerations.
//!
//! The values themselves and their checks live in `terms`; here is only their form between machines.
//! All of these types live in the common namespace.

mod base64;
mod record;
mod simple;
mod word;

pub use base64::TooManyOctets;
pub(crate) use base64::{read_base64, write_base64};
pub use record::{BankMovement, Beneficiary, ClaimItem, DisputedItem, Operator, PaymentView, Service};
pub use simple::{
    Count, Digest, Document, ErrorCode, FaultId, FieldPath, FileName, FormError, NoCount, Reason, ReceiptXml,
    TypedIin, Url,
};
pub use word::{
    Basis, CardPageState, CardVerdict, ClaimAnswer, DebitOutcome, DebitState, Delivery, ItemDispute,
    MoneyState, MovementKind, NoSuchWord, NoticeOutcome, PageChannel, PaymentEvent, PaymentState,
    PayoutOutcome, RefundOutcome, ReversalOutcome,
};
