//! Where one HTTP/1.1 request ends and the next begins, said strictly. Pure: octets in, a verdict out.
//!
//! Two readers that disagree about that boundary are what request smuggling lives on, and hyper is
//! forgiving where it may be: with both Content-Length and Transfer-Encoding it takes the latter, it
//! accepts bare line feeds, chunk extensions and trailers. So nothing reaches hyper that has two readings;
//! of what passes here there is one, and hyper's is the same. Doing something with a request is not done
//! here.
//!
//! Source: RFC 9112, sections 2 to 7. Stricter than it by our own decision: no HTTP/1.0, no absolute-form,
//! no chunk extensions, no trailers, no transfer coding but `chunked`, no body with GET or HEAD.

use http::StatusCode;

/// Header fields of one request.
pub(crate) const MAX_HEADER_FIELDS: usize = 64;
/// Digits of a Content-Length; what is over the body's own bound is answered 413 later.
const MAX_LENGTH_DIGITS: usize = 15;
/// Hexadecimal digits of a chunk's size.
const MAX_CHUNK_DIGITS: usize = 8;

/// Why a request is not even begun, or not read further.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum BadRequest {
    #[error("the request head is too long")]
    HeadTooLong,
    #[error("there are too many header fields")]
    TooManyFields,
    #[error("a line does not end with CR LF")]
    LineEnd,
    #[error("the request line is malformed")]
    RequestLine,
    #[error("the HTTP version is not 1.1")]
    Version,
    #[error("the method is not served")]
    Method,
    #[error("the request target is not a path")]
    Target,
    #[error("a header field is malformed or folded")]
    Field,
    #[error("there is not exactly one Host")]
    Host,
    #[error("the length of the body is not said in exactly one way")]
    Length,
    #[error("the transfer coding is not `chunked`")]
    TransferCoding,
    #[error("a chunk is malformed")]
    Chunk,
}

impl BadRequest {
    /// The status a refused head is answered with.
    pub(crate) fn status(self) -> StatusCode {
        match self {
            Self::HeadTooLong | Self::TooManyFields => StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
            Self::Version => StatusCode::HTTP_VERSION_NOT_SUPPORTED,
            Self::Method | Self::TransferCoding => StatusCode::NOT_IMPLEMENTED,
            _ => StatusCode::BAD_REQUEST,
        }
    }
}

/// What the next octets of a connection are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Framing {
    /// A request head, of which so many octets are known to hold no end.
    Head { scanned: usize },
    /// The rest of a body of known length.
    Sized { left: u64 },
    /// The line that opens a chunk.
    ChunkLine,
    /// The rest of a chunk's data.
    ChunkData { left: u64 },
    /// The line end after a chunk's data.
    ChunkEnd,
    /// The empty line after the last chunk.
    LastChunkEnd,
}

/// What to do with the octets at hand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    /// Hand on so many from the front: they have one reading.
    Release(usize),
    /// Wait for more.
    More,
    /// Hand on nothing from here on.
    Refuse(BadRequest),
}

impl Framing {
    /// Before the first octet of a request.
    pub(crate) const START: Self = Self::Head { scanned: 0 };

    /// Whether a head is what comes next, so that no body is under way.
    pub(crate) fn is_between_requests(self) -> bool {
        matches!(self, Self::Head { .. })
    }

    /// Judges the octets at hand, which are never handed on before they are judged.
    pub(crate) fn step(&mut self, held: &[u8], max_head: usize) -> Step {
        match *self {
            Self::Head { scanned } => self.step_head(held, scanned, max_head),
            Self::Sized { left } => self.step_data(held, left, |left| Self::Sized { left }, Self::START),
            Self::ChunkData { left } => {
                self.step_data(held, left, |left| Self::ChunkData { left }, Self::ChunkEnd)
            }
            Self::ChunkLine => self.step_chunk_line(held),
            Self::ChunkEnd => self.step_line_end(held, Self::ChunkLine),
            Self::LastChunkEnd => self.step_line_end(held, Self::START),
        }
    }

    fn step_head(&mut self, held: &[u8], scanned: usize, max_head: usize) -> Step {
        match end_of_head(held, scanned) {
            Err(reason) => Step::Refuse(reason),
            Ok(Some(end)) if end > max_head => Step::Refuse(BadRequest::HeadTooLong),
            Ok(None) if held.len() >= max_head => Step::Refuse(BadRequest::HeadTooLong),
            Ok(None) => {
                // The last three octets may be the beginning of the end.
                *self = Self::Head { scanned: held.len().saturating_sub(3) };
                Step::More
            }
            Ok(Some(end)) => match read_head(&held[..end]) {
                Ok(next) => {
                    *self = next;
                    Step::Release(end)
                }
                Err(reason) => Step::Refuse(reason),
            },
        }
    }

    fn step_data(&mut self, held: &[u8], left: u64, more: impl Fn(u64) -> Self, done: Self) -> Step {
        if held.is_empty() {
            return Step::More;
        }
        let taken = usize::try_from(left).unwrap_or(usize::MAX).min(held.len());
        let left = left - taken as u64;
        *self = if left == 0 { done } else { more(left) };
        Step::Release(taken)
    }

    fn step_chunk_line(&mut self, held: &[u8]) -> Step {
        let digits = held.iter().take_while(|octet| octet.is_ascii_hexdigit()).count();
        if digits > MAX_CHUNK_DIGITS {
            return Step::Refuse(BadRequest::Chunk);
        }
        match &held[digits..] {
            [] | [b'\r'] if digits > 0 || held.is_empty() => Step::More,
            [b'\r', b'\n', ..] if digits > 0 => {
                let size = held[..digits].iter().fold(0, |size, digit| size * 16 + hex_value(*digit));
                *self = match size {
                    0 => Self::LastChunkEnd,
                    left => Self::ChunkData { left },
                };
                Step::Release(digits + 2)
            }
            _ => Step::Refuse(BadRequest::Chunk),
        }
    }

    fn step_line_end(&mut self, held: &[u8], next: Self) -> Step {
        match held {
            [] | [b'\r'] => Step::More,
            [b'\r', b'\n', ..] => {
                *self = next;
                Step::Release(2)
            }
            _ => Step::Refuse(BadRequest::Chunk),
        }
    }
}

fn hex_value(digit: u8) -> u64 {
    u64::from(char::from(digit).to_digit(16).unwrap_or(0))
}

/// Where the head ends, if it does; each line feed must follow a carriage return and the reverse.
fn end_of_head(held: &[u8], scanned: usize) -> Result<Option<usize>, BadRequest> {
    for at in scanned..held.len() {
        match held[at] {
            b'\n' if at == 0 || held[at - 1] != b'\r' => return Err(BadRequest::LineEnd),
            b'\n' if held[..=at].ends_with(b"\r\n\r\n") => return Ok(Some(at + 1)),
            b'\r' if held.get(at + 1).is_some_and(|next| *next != b'\n') => return Err(BadRequest::LineEnd),
            _ => {}
        }
    }
    Ok(None)
}

/// Reads a whole head, its final empty line included, and says what follows it.
fn read_head(head: &[u8]) -> Result<Framing, BadRequest> {
    let mut lines = head[..head.len() - 4].split(|octet| *octet == b'\n');
    let mut next_line = || lines.next().map(|line| line.strip_suffix(b"\r").unwrap_or(line));

    let method = read_request_line(next_line().unwrap_or_default())?;
    let mut fields = FramingFields::default();
    while let Some(line) = next_line() {
        fields.read(line)?;
    }
    fields.framing(method)
}

/// Reads `METHOD SP target SP HTTP/1.1` and returns the method.
fn read_request_line(line: &[u8]) -> Result<&[u8], BadRequest> {
    let mut parts = line.split(|octet| *octet == b' ');
    let (Some(method), Some(target), Some(version), None) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return Err(BadRequest::RequestLine);
    };
    if method.is_empty() || !method.iter().all(u8::is_ascii_uppercase) {
        return Err(BadRequest::RequestLine);
    }
    if version != b"HTTP/1.1" {
        return Err(BadRequest::Version);
    }
    // CONNECT and TRACE are for proxies and debugging; nobody here serves either.
    if matches!(method, b"CONNECT" | b"TRACE") {
        return Err(BadRequest::Method);
    }
    let is_plain = |octet: &u8| octet.is_ascii_graphic() && *octet != b'#';
    match target.first() {
        Some(b'/') if target.iter().all(is_plain) => Ok(method),
        _ => Err(BadRequest::Target),
    }
}

/// The header fields that say where a request goes and ends.
#[derive(Default)]
struct FramingFields {
    count: usize,
    hosts: usize,
    length: Option<u64>,
    chunked: bool,
}

impl FramingFields {
    fn read(&mut self, line: &[u8]) -> Result<(), BadRequest> {
        self.count += 1;
        if self.count > MAX_HEADER_FIELDS {
            return Err(BadRequest::TooManyFields);
        }
        // A folded line begins with white space, so that it has no name and ends here too.
        let colon = line.iter().position(|octet| *octet == b':').ok_or(BadRequest::Field)?;
        let (name, value) = (&line[..colon], trim_blanks(&line[colon + 1..]));
        if name.is_empty() || !name.iter().all(|octet| is_token_octet(*octet)) {
            return Err(BadRequest::Field);
        }
        if !value.iter().all(|octet| *octet == b'\t' || (*octet >= b' ' && *octet != 0x7f)) {
            return Err(BadRequest::Field);
        }
        if name.eq_ignore_ascii_case(b"host") {
            self.hosts += 1;
        } else if name.eq_ignore_ascii_case(b"content-length") {
            self.read_length(value)?;
        } else if name.eq_ignore_ascii_case(b"transfer-encoding") {
            self.read_transfer_coding(value)?;
        }
        Ok(())
    }

    fn read_length(&mut self, value: &[u8]) -> Result<(), BadRequest> {
        let is_number =
            (1..=MAX_LENGTH_DIGITS).contains(&value.len()) && value.iter().all(u8::is_ascii_digit);
        if !is_number || self.length.is_some() || self.chunked {
            return Err(BadRequest::Length);
        }
        self.length = Some(value.iter().fold(0, |length, digit| length * 10 + u64::from(digit - b'0')));
        Ok(())
    }

    fn read_transfer_coding(&mut self, value: &[u8]) -> Result<(), BadRequest> {
        if !value.eq_ignore_ascii_case(b"chunked") {
            return Err(BadRequest::TransferCoding);
        }
        if self.chunked || self.length.is_some() {
            return Err(BadRequest::Length);
        }
        self.chunked = true;
        Ok(())
    }

    fn framing(self, method: &[u8]) -> Result<Framing, BadRequest> {
        if self.hosts != 1 {
            return Err(BadRequest::Host);
        }
        let has_body = self.chunked || self.length.is_some_and(|length| length > 0);
        if has_body && matches!(method, b"GET" | b"HEAD") {
            return Err(BadRequest::Length);
        }
        Ok(match self {
            Self { chunked: true, .. } => Framing::ChunkLine,
            Self { length: None | Some(0), .. } => Framing::START,
            Self { length: Some(left), .. } => Framing::Sized { left },
        })
    }
}

/// Strips spaces and tabs; any other white space is a malformed value, not a margin.
fn trim_blanks(value: &[u8]) -> &[u8] {
    let is_ink = |octet: &u8| !matches!(octet, b' ' | b'\t');
    let start = value.iter().position(is_ink).unwrap_or(value.len());
    let end = value.iter().rposition(is_ink).map_or(start, |last| last + 1);
    &value[start..end]
}

fn is_token_octet(octet: u8) -> bool {
    octet.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&octet)
}

#[cfg(test)]
mod test {
    use super::*;

    const MAX_HEAD: usize = 1024;

    /// Feeds the octets in pieces of a size; returns what was released and the refusal, if any.
    fn feed(octets: &[u8], piece: usize) -> (Vec<u8>, Option<BadRequest>, Framing) {
        let (mut framing, mut held, mut released) = (Framing::START, Vec::new(), Vec::new());
        for part in octets.chunks(piece) {
            held.extend_from_slice(part);
            loop {
                match framing.step(&held, MAX_HEAD) {
                    Step::Release(count) => released.extend(held.drain(..count)),
                    Step::More => break,
                    Step::Refuse(reason) => return (released, Some(reason), framing),
                }
            }
        }
        (released, None, framing)
    }

    fn check_accepted(octets: &str) {
        for piece in [1, 2, 3, 7, octets.len()] {
            let (released, refusal, framing) = feed(octets.as_bytes(), piece);
            assert_eq!(refusal, None, "{octets:?} in pieces of {piece}");
            assert_eq!(String::from_utf8_lossy(&released), octets);
            assert!(framing.is_between_requests());
        }
    }

    fn check_refused(octets: &str, reason: BadRequest) {
        for piece in [1, 2, 3, 7, octets.len()] {
            let (_, refusal, _) = feed(octets.as_bytes(), piece);
            assert_eq!(refusal, Some(reason), "{octets:?} in pieces of {piece}");
        }
    }

    #[test]
    fn an_ordinary_request_passes_whole_however_it_is_cut() {
        check_accepted("GET /a?b=c HTTP/1.1\r\nHost: x\r\n\r\n");
        check_accepted("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc");
        check_accepted("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n");
        check_accepted(
            "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: Chunked\r\n\r\n3\r\nabc\r\n1a\r\n\
             abcdefghijklmnopqrstuvwxyz\r\n0\r\n\r\n",
        );
    }

    #[test]
    fn a_request_behind_another_is_judged_by_itself() {
        check_accepted(
            "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabcGET / HTTP/1.1\r\nHost: x\r\n\r\n",
        );
        check_refused(
            "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabcdGET / HTTP/1.1\r\nHost: x\r\n\r\n",
            BadRequest::RequestLine,
        );
    }

    /// Defends: A23
    #[test]
    fn a_body_whose_length_is_said_twice_is_refused() {
        let with = |fields: &str| format!("POST / HTTP/1.1\r\nHost: x\r\n{fields}\r\n\r\n0\r\n\r\n");
        for fields in [
            "Content-Length: 5\r\nTransfer-Encoding: chunked",
            "Transfer-Encoding: chunked\r\nContent-Length: 5",
            "Content-Length: 5\r\nContent-Length: 5",
            "Content-Length: 5\r\ncontent-length: 6",
            "Content-Length: 5, 5",
            "Content-Length: +5",
            "Content-Length: -5",
            "Content-Length: 0x5",
            "Content-Length: 5 5",
            "Content-Length:",
            "Content-Length: 9999999999999999",
            "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked",
        ] {
            check_refused(&with(fields), BadRequest::Length);
        }
        for fields in [
            "Transfer-Encoding: identity",
            "Transfer-Encoding: gzip, chunked",
            "Transfer-Encoding: chunked, chunked",
            "Transfer-Encoding: xchunked",
            "Transfer-Encoding: \"chunked\"",
            "Transfer-Encoding:",
        ] {
            check_refused(&with(fields), BadRequest::TransferCoding);
        }
        for fields in [
            "Content-Length : 5",
            " Content-Length: 5",
            "Transfer-Encoding\t: chunked",
            "X: a\r\n Content-Length: 5",
            "X: a\r\n\tfolded",
            "Content-Length: 5\0",
            "Transfer-Encoding: \u{b}chunked",
            "Transfer-Encoding: \u{c}chunked",
            "X",
            ": x",
        ] {
            check_refused(&with(fields), BadRequest::Field);
        }
        check_refused("GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\na", BadRequest::Length);
    }

    /// Defends: A23
    #[test]
    fn a_line_end_that_readers_differ_on_is_refused() {
        check_refused("GET / HTTP/1.1\nHost: x\n\n", BadRequest::LineEnd);
        check_refused("GET / HTTP/1.1\r\nHost: x\n\r\n", BadRequest::LineEnd);
        check_refused("GET / HTTP/1.1\r\nHost: x\rX: y\r\n\r\n", BadRequest::LineEnd);
        check_refused("\nGET / HTTP/1.1\r\nHost: x\r\n\r\n", BadRequest::LineEnd);
        check_refused("\r\nGET / HTTP/1.1\r\nHost: x\r\n\r\n", BadRequest::RequestLine);
    }

    /// Defends: A23
    #[test]
    fn a_chunk_that_readers_differ_on_is_refused() {
        let with = |chunks: &str| {
            format!("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n{chunks}")
        };
        for chunks in [
            "3;name=value\r\nabc\r\n0\r\n\r\n",
            "3 \r\nabc\r\n0\r\n\r\n",
            " 3\r\nabc\r\n0\r\n\r\n",
            "0x3\r\nabc\r\n0\r\n\r\n",
            "3\nabc\r\n0\r\n\r\n",
            "3\r\nabcd\r\n0\r\n\r\n",
            "3\r\nabc\n0\r\n\r\n",
            "3\r\nabc\r\n0\r\nTrailer: x\r\n\r\n",
            "123456789\r\nabc\r\n0\r\n\r\n",
            "\r\nabc\r\n0\r\n\r\n",
            "-1\r\n\r\n",
        ] {
            check_refused(&with(chunks), BadRequest::Chunk);
        }
    }

    #[test]
    fn a_request_line_must_be_plain() {
        let with = |line: &str| format!("{line}\r\nHost: x\r\n\r\n");
        check_refused(&with("GET / HTTP/1.0"), BadRequest::Version);
        check_refused(&with("PRI * HTTP/2.0"), BadRequest::Version);
        check_refused(&with("GET / HTTP/1.1 "), BadRequest::RequestLine);
        check_refused(&with("GET  / HTTP/1.1"), BadRequest::RequestLine);
        check_refused(&with("GET /\tHTTP/1.1"), BadRequest::RequestLine);
        check_refused(&with("get / HTTP/1.1"), BadRequest::RequestLine);
        check_refused(&with("GET http://x/ HTTP/1.1"), BadRequest::Target);
        check_refused(&with("OPTIONS * HTTP/1.1"), BadRequest::Target);
        check_refused(&with("GET /#a HTTP/1.1"), BadRequest::Target);
        check_refused(&with("GET /\u{1} HTTP/1.1"), BadRequest::Target);
        check_refused(&with("CONNECT x:1 HTTP/1.1"), BadRequest::Method);
        check_refused("GET / HTTP/1.1\r\n\r\n", BadRequest::Host);
        check_refused("GET / HTTP/1.1\r\nHost: x\r\nHost: x\r\n\r\n", BadRequest::Host);
    }

    /// Defends: A23
    #[test]
    fn a_head_without_end_is_cut_at_its_bound() {
        let long = format!("GET / HTTP/1.1\r\nHost: x\r\nX: {}", "a".repeat(MAX_HEAD));
        check_refused(&long, BadRequest::HeadTooLong);
        let many = format!("GET / HTTP/1.1\r\nHost: x\r\n{}\r\n", "a:b\r\n".repeat(MAX_HEADER_FIELDS));
        check_refused(&many, BadRequest::TooManyFields);
    }
}
