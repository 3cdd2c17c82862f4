//! Texts and numbers: each term with its form, pattern and bounds in the schema.

use std::fmt;
use std::str::FromStr;

use terms::{
    ApplicationNumber, AttemptId, BankReference, BankingDay, Bic, Bin, BrowserDigest, Channel, Iban, Iin,
    Kbe, Kbk, Knp, Kod, Language, MessageId, Moment, OneTimeToken, PartyNumber, PaymentCode, Purpose,
    ServiceCode, ShortText, TextError, TicketId, Tiyn, TransactionNumber,
};

use crate::fault::one_line;
use crate::framework::Facet::{MaxInclusive, MaxLength, MinLength, Pattern, Words};
use crate::framework::{Field, Type, exactly, octets, simple};

const TWELVE_DIGITS: &str = "[0-9]{12}";
const UUID: &str = "[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}";
/// One line, neither beginning nor ending with white space.
const TRIMMED: &str = "\\S(.*\\S)?";
const MOMENT: &str = "[12][0-9]{3}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\\.[0-9]{1,9})?\
                      (Z|[+\\-][0-9]{2}:[0-9]{2})";
const REFERENCE: &str = "[A-Za-z0-9\\-./_]+";
/// The longest URL of a page or a receipt.
const LONGEST_URL: usize = 512;

simple! {
    /// Payment code (УКП): 16 digits without separators, the first a 7, the last two check digits.
    PaymentCode as "PaymentCode": "string" [Pattern("7[0-9]{15}")]
        read |text| match text.parse::<PaymentCode>() {
            Ok(code) if code.digits() == text => Ok(code),
            Ok(_) => Err("a payment code is written without separators".to_owned()),
            Err(error) => Err(error.to_string()),
        },
        write |code| code.digits();
    /// ИИН of a person, with a right check digit.
    Iin as "Iin": "string" [Pattern(TWELVE_DIGITS)]
        read exactly, write Iin::to_string;
    /// БИН of an organisation, with a right check digit.
    Bin as "Bin": "string" [Pattern(TWELVE_DIGITS)]
        read exactly, write Bin::to_string;
    /// ИИН of a person or БИН of an organisation, with a right check digit.
    PartyNumber as "PartyNumber": "string" [Pattern(TWELVE_DIGITS)]
        read exactly, write PartyNumber::to_string;
    /// A name or a title.
    ShortText as "ShortText": "string" [MinLength(1), MaxLength(ShortText::LONGEST), Pattern(TRIMMED)]
        read exactly, write ShortText::to_string;
    /// The purpose of a payment in words.
    Purpose as "Purpose": "string" [MinLength(1), MaxLength(Purpose::LONGEST), Pattern(TRIMMED)]
        read exactly, write Purpose::to_string;
    /// Tenge with two digits of tiyn, such as 1725.00; the fraction may be left out. Currency is always KZT.
    Tiyn as "Amount": "decimal" [Pattern("(0|[1-9][0-9]{0,10})(\\.[0-9]{2})?"), MaxInclusive(10_000_000_000)]
        read |text| match text.parse::<Tiyn>() {
            Ok(amount) if amount.to_string().strip_suffix(".00").unwrap_or_default() == text => Ok(amount),
            Ok(amount) if amount.to_string() == text => Ok(amount),
            Ok(_) => Err("the amount is not written as 1725.00".to_owned()),
            Err(error) => Err(error.to_string()),
        },
        write Tiyn::to_string;
    /// A Kazakh account number (ИИК): 20 characters without spaces, with right check digits.
    Iban as "Iban": "string" [Pattern("KZ[0-9]{5}[A-Z0-9]{13}")]
        read exactly, write Iban::to_string;
    /// A bank's identifier (БИК).
    Bic as "Bic": "string" [Pattern("[A-Z]{6}[A-Z0-9]{2}([A-Z0-9]{3})?")]
        read exactly, write Bic::to_string;
    /// КБК: budget classification code.
    Kbk as "Kbk": "string" [Pattern("[0-9]{6}")]
        read exactly, write Kbk::to_string;
    /// КНП: code of the payment's purpose.
    Knp as "Knp": "string" [Pattern("[0-9]{3}")]
        read exactly, write Knp::to_string;
    /// КОд: sender's residence and sector.
    Kod as "Kod": "string" [Pattern("[0-9]{2}")]
        read exactly, write Kod::to_string;
    /// КБе: beneficiary's residence and sector.
    Kbe as "Kbe": "string" [Pattern("[0-9]{2}")]
        read exactly, write Kbe::to_string;
    /// Code of a state service.
    ServiceCode as "ServiceCode": "string" [MinLength(1), MaxLength(ServiceCode::LONGEST), Pattern(REFERENCE)]
        read exactly, write ServiceCode::to_string;
    /// Номер заявки: ties a payment to one order of one service.
    ApplicationNumber as "ApplicationNumber": "string"
        [MinLength(1), MaxLength(ApplicationNumber::LONGEST), Pattern(REFERENCE)]
        read exactly, write ApplicationNumber::to_string;
    /// The bank's own id of the operation (референс транзакции).
    BankReference as "BankReference": "string"
        [MinLength(1), MaxLength(BankReference::LONGEST), Pattern(REFERENCE)]
        read exactly, write BankReference::to_string;
    /// Номер транзакции of the receipt, made by the gateway.
    TransactionNumber as "TransactionNumber": "string"
        [MinLength(1), MaxLength(TransactionNumber::LONGEST), Pattern(REFERENCE)]
        read exactly, write TransactionNumber::to_string;
    /// One attempt to charge a card or an account; the same attempt is asked about, never charged anew.
    AttemptId as "AttemptId": "string" [MinLength(1), MaxLength(AttemptId::LONGEST), Pattern(REFERENCE)]
        read exactly, write AttemptId::to_string;
    /// A UUID that names one message for ever.
    MessageId as "MessageId": "string" [Pattern(UUID)]
        read uuid, write MessageId::to_string;
    /// A UUID: the desk's permission to close one payment, ten minutes, single use.
    TicketId as "TicketId": "string" [Pattern(UUID)]
        read uuid, write TicketId::to_string;
    /// The secret of one page: 32 hexadecimal digits.
    OneTimeToken as "OneTimeToken": "string" [Pattern("[0-9a-f]{32}")]
        read exactly, write OneTimeToken::to_string;
    /// A digest of the secret that the browser of one page keeps in its cookie: 64 hexadecimal digits.
    BrowserDigest as "BrowserDigest": "string" [Pattern("[0-9a-f]{64}")]
        read exactly, write BrowserDigest::to_string;
    /// SHA-256 of a document: 64 hexadecimal digits.
    Digest as "Digest": "string" [Pattern("[0-9a-f]{64}")]
        read exactly, write Digest::to_string;
    /// Date and time with an offset; a time without one means nothing between organisations.
    Moment as "Moment": "dateTime"
        [Pattern(MOMENT)]
        read |text| {
            if !has_form_of_moment(text.as_bytes()) {
                return Err(terms::TimeError::Form.to_string());
            }
            text.parse::<Moment>().map_err(|error| error.to_string())
        },
        write Moment::to_string;
    /// A banking day: 00:00 to 24:00 in Almaty.
    BankingDay as "BankingDay": "date" [Pattern("[12][0-9]{3}-[0-9]{2}-[0-9]{2}")]
        read exactly, write BankingDay::to_string;
    /// One of the five ways to pay (clause 7).
    Channel as "Channel": "string" [Words(&["card", "bankAccount", "internetBank", "atm", "kiosk"])]
        read exactly, write Channel::to_string;
    /// A language: Kazakh, Russian, English.
    Language as "Language": "string" [Words(&["kk", "ru", "en"])]
        read |text| text.parse().map_err(|why: terms::UnknownLanguage| why.to_string()),
        write |language| language.tag().to_owned();
    /// A number of things.
    Count as "Count": "nonNegativeInteger" [MaxInclusive(Count::LARGEST as u64)]
        read exactly, write Count::to_string;
    /// An https address.
    Url as "Url": "anyURI" [MaxLength(LONGEST_URL), Pattern("https://[!-~]+")]
        read exactly, write Url::to_string;
    /// Twelve digits as a person typed them: whether they are an IIN is what is being asked.
    TypedIin as "TypedIin": "string" [Pattern(TWELVE_DIGITS)]
        read exactly, write TypedIin::to_string;
    /// The stable number of a fault in the catalogue.
    FaultId as "FaultId": "string" [Pattern("TLM-[A-Z]{2,8}-[0-9]{4}")]
        read exactly, write FaultId::to_string;
    /// Where in a message something is wrong: XPath by local names.
    FieldPath as "FieldPath": "string" [MinLength(1), MaxLength(FieldPath::LONGEST), Pattern(TRIMMED)]
        read exactly, write FieldPath::to_string;
    /// Why, in the sender's words.
    Reason as "Reason": "string" [MinLength(1), MaxLength(Reason::LONGEST), Pattern(TRIMMED)]
        read exactly, write Reason::to_string;
    /// The bank's own code of an error.
    ErrorCode as "ErrorCode": "string" [MinLength(1), MaxLength(ErrorCode::LONGEST), Pattern(REFERENCE)]
        read exactly, write ErrorCode::to_string;
    /// The name of a file, without a folder.
    FileName as "FileName": "string" [MaxLength(FileName::LONGEST), Pattern("[A-Za-z0-9][A-Za-z0-9._\\-]*")]
        read exactly, write FileName::to_string;
    /// A sentence or a name in one language.
    String as "Sentence": "string" [MinLength(1), MaxLength(Purpose::LONGEST), Pattern(TRIMMED)]
        read |text| exactly::<Purpose>(text).map(|sentence| sentence.to_string()), write String::clone;
}

octets! {
    /// A document: a PDF, or a register.
    pub struct Document, at most 512 * 1024
}
octets! {
    /// A receipt as signed XML.
    pub struct ReceiptXml, at most 64 * 1024
}

impl Field for bool {
    const TYPE: Type = Type::Builtin("boolean");

    fn read(element: xml::Element<'_, '_>) -> Result<Self, xml::FieldError> {
        match element.text()? {
            "true" | "1" => Ok(true),
            "false" | "0" => Ok(false),
            _ => Err(element.fault(xml::Problem::Text("neither true nor false".to_owned()))),
        }
    }

    fn write(&self, writer: &mut xml::Writer, namespace: &'static crate::Namespace, name: &'static str) {
        writer.leaf(namespace.uri, name, if *self { "true" } else { "false" });
    }
}

/// Reads a UUID in its hyphenated form; letters of either case, as stacks differ.
fn uuid<T: FromStr + fmt::Display>(text: &str) -> Result<T, String> {
    match text.parse::<T>() {
        Ok(id) if id.to_string().eq_ignore_ascii_case(text) => Ok(id),
        _ => Err("the text is not a UUID with hyphens".to_owned()),
    }
}

/// The pattern of `Moment`, which is narrower than what the parser of `terms` would read.
fn has_form_of_moment(text: &[u8]) -> bool {
    const TO_SECONDS: &[u8] = b"9999-99-99T99:99:99";
    let fits = |text: &[u8], form: &[u8]| {
        text.len() == form.len()
            && text.iter().zip(form).all(|(c, f)| if *f == b'9' { c.is_ascii_digit() } else { c == f })
    };
    let Some((start, rest)) = text.split_at_checked(TO_SECONDS.len()) else { return false };
    let offset = match rest {
        [b'.', fraction @ ..] => {
            let digits = fraction.iter().take_while(|c| c.is_ascii_digit()).count();
            if !(1..=9).contains(&digits) {
                return false;
            }
            &fraction[digits..]
        }
        _ => rest,
    };
    fits(start, TO_SECONDS)
        && matches!(start[0], b'1' | b'2')
        // XML Schema knows no leap second.
        && &start[17..] < b"60".as_slice()
        && (offset == b"Z" || fits(offset, b"+99:99") || fits(offset, b"-99:99"))
}

/// A number of things, at most ten million.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Count(u32);

/// Not a number of things.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the number is not between 0 and {}", Count::LARGEST)]
pub struct NoCount;

impl Count {
    /// The largest.
    pub const LARGEST: u32 = 10_000_000;

    /// From a number.
    ///
    /// # Errors
    /// [`NoCount`] above [`Count::LARGEST`].
    pub const fn new(number: u32) -> Result<Self, NoCount> {
        if number > Self::LARGEST { Err(NoCount) } else { Ok(Self(number)) }
    }

    /// From a number, the largest where it is larger.
    pub const fn saturating(number: u32) -> Self {
        if number > Self::LARGEST { Self(Self::LARGEST) } else { Self(number) }
    }

    /// The number.
    pub const fn as_u32(self) -> u32 {
        self.0
    }
}

impl FromStr for Count {
    type Err = NoCount;
    fn from_str(s: &str) -> Result<Self, NoCount> {
        s.parse().map_err(|_| NoCount).and_then(Self::new)
    }
}

impl fmt::Display for Count {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Why a text of this module is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum FormError {
    /// Not of the form that the schema gives.
    #[error("the text does not have the form of its type")]
    Form,
    /// Empty, too long or with control characters.
    #[error(transparent)]
    Text(#[from] TextError),
}

macro_rules! text {
    ($(#[doc = $doc:literal])* $name:ident, $longest:expr, $debug:literal, $has_form:expr) => {
        $(#[doc = $doc])*
        #[derive(Clone, PartialEq, Eq, Hash)]
        pub struct $name(String);

        impl $name {
            /// The longest, in characters.
            pub const LONGEST: usize = $longest;

            /// The characters themselves.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = FormError;
            fn from_str(s: &str) -> Result<Self, FormError> {
                let has_form: fn(&str) -> bool = $has_form;
                if s.chars().count() > Self::LONGEST {
                    return Err(TextError::TooLong(Self::LONGEST).into());
                }
                if has_form(s) { Ok(Self(s.to_owned())) } else { Err(FormError::Form) }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, $debug, self.0)
            }
        }
    };
}

text! {
    /// An https address. `Debug` hides it: the address of a page carries its secret.
    Url, LONGEST_URL, "Url({:.0}…)",
    |s| {
        let rest = s.strip_prefix("https://").unwrap_or_default();
        !rest.is_empty() && rest.bytes().all(|c| c.is_ascii_graphic())
    }
}
text! {
    /// Twelve digits as a person typed them; perhaps nobody's number. `Debug` hides them.
    TypedIin, 12, "TypedIin({:.0}…)", |s| s.len() == 12 && s.bytes().all(|c| c.is_ascii_digit())
}
text! {
    /// The stable number of a fault, also of one that this version does not know.
    FaultId, 17, "FaultId({})",
    |s| s.strip_prefix("TLM-").and_then(|rest| rest.split_once('-')).is_some_and(|(group, number)| {
        (2..=8).contains(&group.len()) && group.bytes().all(|c| c.is_ascii_uppercase())
            && number.len() == 4 && number.bytes().all(|c| c.is_ascii_digit())
    })
}
text! {
    /// Where in a message something is wrong: XPath by local names.
    FieldPath, 300, "FieldPath({})", |s| s.parse::<Purpose>().is_ok_and(|text| text.as_str() == s)
}
text! {
    /// Why, in the sender's words; may name people, so `Debug` hides it.
    Reason, 300, "Reason({:.0}…)", |s| s.parse::<Purpose>().is_ok_and(|text| text.as_str() == s)
}
text! {
    /// The name of a file, without a folder.
    FileName, 100, "FileName({})",
    |s| s.starts_with(|c: char| c.is_ascii_alphanumeric())
        && s.bytes().all(|c| c.is_ascii_alphanumeric() || matches!(c, b'.' | b'_' | b'-'))
}
text! {
    /// The bank's own code of an error.
    ErrorCode, 32, "ErrorCode({})",
    |s| {
        let allowed = |c: u8| c.is_ascii_alphanumeric() || matches!(c, b'-' | b'.' | b'/' | b'_');
        !s.is_empty() && s.bytes().all(allowed)
    }
}

text! {
    /// SHA-256 of a document, as 64 hexadecimal digits.
    Digest, 64, "Digest({})",
    |s| s.len() == 64 && s.bytes().all(|c| matches!(c, b'0'..=b'9' | b'a'..=b'f'))
}

impl FieldPath {
    /// The path as far as it has room, with nothing in it that could break a line: names in it are a peer's.
    pub fn shortened(path: &str) -> Self {
        let path = one_line(path, Self::LONGEST);
        Self(if path.is_empty() { "/".to_owned() } else { path })
    }
}

impl FaultId {
    /// An id of the catalogue, whose form a test has checked.
    pub(crate) fn of(id: &'static str) -> Self {
        Self(id.to_owned())
    }
}

impl Url {
    /// An address made of constants of this crate.
    pub(crate) fn of(url: String) -> Self {
        Self(url)
    }
}
