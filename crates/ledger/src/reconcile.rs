//! Three-way matching: a bank's notices, its register, and the statement of the account it pays to.
//!
//! Our side, the notices, is held in memory in 24 octets each and its references; the other two are walked through once, in
//! any order. Each of their items finds its notice by itself, whatever else they hold, so that the order cannot matter.
//! Every notice ends in exactly one heap: agreed, waiting until a moment, or differing with the field and both values.
//! Where the items come from and where the findings go is the caller's affair.

use std::cmp::Ordering;
use std::fmt;

use terms::{BankReference, BankingDay, Moment, PaymentCode, Tiyn, tenge};

/// The shortest piece of a reference that may stand for the whole.
pub const SHORTEST_PIECE: usize = 12;
/// The most notices of one run.
pub const MOST_NOTICES: usize = 5_000_000;

/// One operation as one of the three says it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Item<'i> {
    /// The payment code, where it is said.
    pub code: Option<PaymentCode>,
    /// The bank's id of the operation, perhaps cut short, where it is said.
    pub reference: Option<&'i str>,
    /// How much.
    pub amount: Tiyn,
    /// Whether money was taken back.
    pub is_deduction: bool,
    /// The banking day; on a statement that of the entry.
    pub day: BankingDay,
}

/// One operation as the books hold it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Booked {
    /// The place of its posting.
    pub posting: u64,
    /// The payment code.
    pub code: PaymentCode,
    /// The bank's id of the operation.
    pub reference: BankReference,
    /// How much.
    pub amount: Tiyn,
    /// Whether money was taken back.
    pub is_deduction: bool,
    /// The banking day.
    pub day: BankingDay,
}

/// The two that are compared with the notices.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Side {
    /// The bank's register.
    Register,
    /// The statement.
    Statement,
}

/// What differs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Field {
    /// The operation itself: one side has it, the other has not. The value is its amount.
    Operation,
    /// How often it occurs.
    Count,
    /// The payment code.
    Code,
    /// The bank's reference.
    Reference,
    /// The amount.
    Amount,
    /// The banking day.
    Day,
}

impl Side {
    /// The name in files.
    pub fn name(self) -> &'static str {
        match self {
            Self::Register => "register",
            Self::Statement => "statement",
        }
    }
}

impl Field {
    /// The name in files.
    pub fn name(self) -> &'static str {
        match self {
            Self::Operation => "operation",
            Self::Count => "count",
            Self::Code => "code",
            Self::Reference => "reference",
            Self::Amount => "amount",
            Self::Day => "day",
        }
    }
}

/// Where an operation belongs.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Heap {
    /// All that were asked say the same.
    Agreed,
    /// One has not said it yet, and has time to until a moment.
    Waiting(Absent, Moment),
    /// A difference.
    Differing {
        /// Who says otherwise than the notice, or has no notice.
        side: Side,
        /// In what.
        field: Field,
        /// What the notice says; empty where there is none.
        ours: String,
        /// What they say; empty where they say nothing.
        theirs: String,
    },
}

/// Who has not said something yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Absent {
    /// The bank has sent no notice.
    Notice,
    /// It does not stand in the register, or on the statement.
    At(Side),
}

/// One finding about one operation. A notice that differs in several fields has several.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Finding {
    /// The code, by the notice where there is one.
    pub code: Option<PaymentCode>,
    /// The bank's reference, by the notice where there is one.
    pub reference: String,
    /// Whether money was taken back.
    pub is_deduction: bool,
    /// The heap.
    pub heap: Heap,
}

/// How long is waited for what a notice says to stand elsewhere, in seconds after the end of the operation's banking
/// day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Patience {
    /// For the register.
    pub register: i64,
    /// For the statement; none where no statement is compared.
    pub statement: Option<i64>,
}

/// How many operations are in each heap. What has no notice is counted too.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Heaps {
    /// Agreed.
    pub agreed: u64,
    /// Waiting.
    pub waiting: u64,
    /// Differing in one field or more.
    pub differing: u64,
}

/// More notices than [`MOST_NOTICES`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("there are more than {MOST_NOTICES} notices")]
pub struct TooManyNotices;

/// A notice in 24 octets.
#[derive(Debug, Clone, Copy)]
struct Notice {
    code: u64,
    amount: u64,
    reference_at: u32,
    /// Days since 1970.
    day: u16,
    reference_octets: u8,
    state: State,
}

/// The references of all notices, one behind the other. Banks number their operations: what the first reference has before
/// its number is kept once for all that begin with it.
#[derive(Debug, Default)]
struct References {
    stem: Option<String>,
    texts: String,
}

/// One of them.
#[derive(Clone, Copy)]
struct Reference<'r> {
    stem: &'r str,
    rest: &'r str,
}

/// What is known of a notice so far, in one octet.
#[derive(Debug, Clone, Copy, Default)]
struct State(u8);

impl State {
    const DEDUCTION: u8 = 1;
    const DIFFERS: u8 = 2;
    /// Its reference begins with the stem.
    const STEM: u8 = 64;

    /// What is noted where a side says it, and where it says it again.
    fn of(side: Side) -> [u8; 2] {
        match side {
            Side::Register => [4, 16],
            Side::Statement => [8, 32],
        }
    }

    fn has(self, flag: u8) -> bool {
        self.0 & flag != 0
    }

    fn set(&mut self, flag: u8) {
        self.0 |= flag;
    }
}

impl References {
    /// Keeps one: where it begins, how long it is there, and whether the stem stands before it.
    fn keep(&mut self, reference: &str) -> Option<(u32, u8, bool)> {
        let before_number = || reference.trim_end_matches(|c: char| c.is_ascii_digit()).to_owned();
        let rest = reference.strip_prefix(self.stem.get_or_insert_with(before_number).as_str());
        let kept = rest.unwrap_or(reference);
        let at = u32::try_from(self.texts.len()).ok()?;
        self.texts.push_str(kept);
        Some((at, u8::try_from(kept.len()).ok()?, rest.is_some()))
    }

    fn of(&self, notice: &Notice) -> Reference<'_> {
        let from = notice.reference_at as usize;
        let rest = &self.texts[from..from + usize::from(notice.reference_octets)];
        let stem = self.stem.as_deref().filter(|_| notice.state.has(State::STEM));
        Reference { stem: stem.unwrap_or_default(), rest }
    }
}

impl Reference<'_> {
    fn octets(self) -> impl Iterator<Item = u8> {
        self.stem.bytes().chain(self.rest.bytes())
    }

    fn cmp(self, other: Self) -> Ordering {
        self.octets().cmp(other.octets())
    }

    fn is(self, text: &str) -> bool {
        text.strip_prefix(self.stem) == Some(self.rest)
    }

    fn begins_with(self, piece: &str) -> bool {
        match piece.strip_prefix(self.stem) {
            Some(piece) => self.rest.starts_with(piece),
            None => self.stem.starts_with(piece),
        }
    }
}

impl fmt::Display for Reference<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.stem, self.rest)
    }
}

/// The notices of a run, gathered.
#[derive(Debug)]
pub struct Notices {
    notices: Vec<Notice>,
    references: References,
    day: Option<(BankingDay, u16)>,
}

impl Notices {
    /// Begins a run of about so many notices.
    pub fn with_capacity(count: usize) -> Self {
        let count = count.min(MOST_NOTICES);
        Self { notices: Vec::with_capacity(count), references: References::default(), day: None }
    }

    /// Adds a notice.
    ///
    /// # Errors
    /// [`TooManyNotices`].
    pub fn add(&mut self, booked: &Booked) -> Result<(), TooManyNotices> {
        let Booked { code, reference, amount, is_deduction, day, .. } = booked;
        if self.notices.len() == MOST_NOTICES {
            return Err(TooManyNotices);
        }
        let number = match self.day {
            Some((last, number)) if last == *day => number,
            _ => day_number(*day),
        };
        self.day = Some((*day, number));
        let (reference_at, reference_octets, has_stem) =
            self.references.keep(reference.as_str()).ok_or(TooManyNotices)?;
        let mut state = State(0);
        if *is_deduction {
            state.set(State::DEDUCTION);
        }
        if has_stem {
            state.set(State::STEM);
        }
        let (code, amount) = (code.as_u64(), amount.as_u64());
        self.notices.push(Notice { code, amount, reference_at, day: number, reference_octets, state });
        Ok(())
    }

    /// Ends the gathering. A notice of what stands elsewhere already is waited for so many seconds after the end of the
    /// operation's banking day.
    pub fn against(mut self, notice_patience: i64, now: Moment) -> Matching {
        let references = &self.references;
        self.notices.sort_unstable_by(|a, b| {
            let by_reference = || references.of(a).cmp(references.of(b));
            a.group().cmp(&b.group()).then_with(by_reference).then((a.amount, a.day).cmp(&(b.amount, b.day)))
        });
        Matching {
            notices: self.notices,
            references: self.references,
            by_reference: Vec::new(),
            notice_patience,
            now,
            without_notice: Heaps::default(),
        }
    }
}

impl Notice {
    fn group(&self) -> (u64, bool) {
        (self.code, self.state.has(State::DEDUCTION))
    }

    fn banking_day(&self) -> BankingDay {
        /// Six in the morning by UTC is about noon in Almaty.
        const SIX_HOURS: i64 = 6 * 3600;
        Moment::from_unix_microseconds((i64::from(self.day) * 86_400 + SIX_HOURS) * 1_000_000).banking_day()
    }
}

fn day_number(day: BankingDay) -> u16 {
    /// From midnight in Almaty to well inside of the same date by UTC.
    const TWELVE_HOURS: i64 = 12 * 3600;
    u16::try_from((day.begins_at().unix_seconds() + TWELVE_HOURS) / 86_400).unwrap_or(u16::MAX)
}

/// A run: notices on one side, the register and the statement walking past.
#[derive(Debug)]
pub struct Matching {
    /// By code, direction and reference.
    notices: Vec<Notice>,
    references: References,
    /// Places in `notices` by reference; made when the first item comes that its code does not place.
    by_reference: Vec<u32>,
    notice_patience: i64,
    now: Moment,
    without_notice: Heaps,
}

/// The place of a reference among sorted ones, or of the only one that begins with it.
fn find<'r>(count: usize, reference_of: impl Fn(usize) -> Reference<'r>, wanted: &str) -> Option<usize> {
    let (mut low, mut high) = (0, count);
    while low < high {
        let middle = low.midpoint(high);
        let order = reference_of(middle).octets().cmp(wanted.bytes());
        if order == Ordering::Less { low = middle + 1 } else { high = middle }
    }
    if low == count {
        return None;
    }
    let found = reference_of(low);
    if found.is(wanted) {
        return Some(low);
    }
    let is_only = low + 1 == count || !reference_of(low + 1).begins_with(wanted);
    (is_piece(wanted, found) && is_only).then_some(low)
}

impl Matching {
    /// Compares one item of the register or the statement.
    pub fn compare(&mut self, side: Side, item: Item<'_>, sink: &mut dyn FnMut(Finding)) {
        let place = self.place_by_code(item).or_else(|| self.place_by_reference(item));
        let Some(place) = place else { return self.take_without_notice(side, item, sink) };
        let notice = &mut self.notices[place];
        let reference = self.references.of(notice);
        let (code, day, amount) = (code_of(notice), notice.banking_day(), notice.amount);
        let mut differs = |field, ours: String, theirs: String| {
            notice.state.set(State::DIFFERS);
            let heap = Heap::Differing { side, field, ours, theirs };
            sink(Finding { code, reference: reference.to_string(), is_deduction: item.is_deduction, heap });
        };
        if let (Some(ours), Some(theirs)) = (code, item.code)
            && ours != theirs
        {
            differs(Field::Code, ours.digits(), theirs.digits());
        }
        if let Some(said) = item.reference
            && !reference.is(said)
            && !is_piece(said, reference)
        {
            differs(Field::Reference, reference.to_string(), said.to_owned());
        }
        if item.amount.as_u64() != amount {
            differs(Field::Amount, tenge(amount), tenge(item.amount.as_u64()));
        }
        // An entry of a statement may be booked on a later day: only the register speaks of the same one.
        if side == Side::Register && item.day != day {
            differs(Field::Day, day.to_string(), item.day.to_string());
        }
        let [seen, twice] = State::of(side);
        let flag = if notice.state.has(seen) { twice } else { seen };
        notice.state.set(flag);
    }

    /// The notice of the item's code; of several under one code the one of its reference.
    fn place_by_code(&self, item: Item<'_>) -> Option<usize> {
        let group = (item.code?.as_u64(), item.is_deduction);
        let first = self.notices.partition_point(|notice| notice.group() < group);
        let rest = &self.notices[first..];
        // Nearly always there is one; a bank may have taken many sums under one code.
        let count = match rest.get(1) {
            Some(second) if second.group() == group => rest.partition_point(|notice| notice.group() == group),
            _ => usize::from(rest.first()?.group() == group),
        };
        let by_reference =
            item.reference.and_then(|wanted| find(count, |at| self.references.of(&rest[at]), wanted));
        let place = if count == 1 { Some(0) } else { by_reference };
        place.filter(|_| count > 0).map(|place| first + place)
    }

    /// The one notice of the item's reference, or of the one reference that begins with it.
    fn place_by_reference(&mut self, item: Item<'_>) -> Option<usize> {
        let wanted = item.reference?;
        let (notices, references) = (&self.notices, &self.references);
        if self.by_reference.is_empty() {
            self.by_reference = (0..u32::try_from(notices.len()).unwrap_or(u32::MAX)).collect();
            self.by_reference.sort_unstable_by(|a, b| {
                let (a, b) = (&notices[*a as usize], &notices[*b as usize]);
                let by_reference = || references.of(a).cmp(references.of(b));
                let is_deduction = |notice: &Notice| notice.state.has(State::DEDUCTION);
                is_deduction(a).cmp(&is_deduction(b)).then_with(by_reference).then(a.code.cmp(&b.code))
            });
        }
        let is_deduction = |at: &u32| notices[*at as usize].state.has(State::DEDUCTION);
        let (additions, deductions) =
            self.by_reference.split_at(self.by_reference.partition_point(|at| !is_deduction(at)));
        let half = if item.is_deduction { deductions } else { additions };
        let place = find(half.len(), |at| references.of(&notices[half[at] as usize]), wanted)?;
        Some(half[place] as usize)
    }

    /// The bank may still send the notice, until its time is up.
    fn take_without_notice(&mut self, side: Side, item: Item<'_>, sink: &mut dyn FnMut(Finding)) {
        let until = item.day.ends_at().plus_seconds(self.notice_patience);
        let heap = if self.now < until {
            self.without_notice.waiting += 1;
            Heap::Waiting(Absent::Notice, until)
        } else {
            self.without_notice.differing += 1;
            let theirs = tenge(item.amount.as_u64());
            Heap::Differing { side, field: Field::Operation, ours: String::new(), theirs }
        };
        let reference = item.reference.unwrap_or_default().to_owned();
        sink(Finding { code: item.code, reference, is_deduction: item.is_deduction, heap });
    }

    /// Ends the run: says of each notice what is not said yet, and how many are in each heap. Only now need it be known
    /// for how long the register and the statement are waited for: whether they are whole shows at their end.
    pub fn finish(self, patience: Patience, sink: &mut dyn FnMut(Finding)) -> Heaps {
        let mut heaps = self.without_notice;
        // Most notices of a run are of a few days.
        let mut of_day = (u16::MAX, self.now);
        for notice in &self.notices {
            if of_day.0 != notice.day {
                of_day = (notice.day, notice.banking_day().ends_at());
            }
            let mut differs = notice.state.has(State::DIFFERS);
            let mut waits = false;
            let mut say = |heap| {
                let reference = self.references.of(notice).to_string();
                let is_deduction = notice.state.has(State::DEDUCTION);
                sink(Finding { code: code_of(notice), reference, is_deduction, heap });
            };
            let asked = [(Side::Register, Some(patience.register)), (Side::Statement, patience.statement)];
            for (side, patience) in asked {
                let Some(patience) = patience else { continue };
                let [seen, twice] = State::of(side);
                let until = of_day.1.plus_seconds(patience);
                if notice.state.has(twice) {
                    differs = true;
                    let (ours, theirs) = ("1".to_owned(), "2+".to_owned());
                    say(Heap::Differing { side, field: Field::Count, ours, theirs });
                } else if !notice.state.has(seen) && self.now < until {
                    waits = true;
                    say(Heap::Waiting(Absent::At(side), until));
                } else if !notice.state.has(seen) {
                    differs = true;
                    let (ours, theirs) = (tenge(notice.amount), String::new());
                    say(Heap::Differing { side, field: Field::Operation, ours, theirs });
                }
            }
            match (differs, waits) {
                (true, _) => heaps.differing += 1,
                (false, true) => heaps.waiting += 1,
                (false, false) => {
                    heaps.agreed += 1;
                    say(Heap::Agreed);
                }
            }
        }
        heaps
    }
}

/// Whether a reference is the beginning of another, long enough to stand for it.
fn is_piece(piece: &str, whole: Reference<'_>) -> bool {
    piece.len() >= SHORTEST_PIECE && whole.begins_with(piece)
}

/// The code of a notice; what was one when it came is one.
fn code_of(notice: &Notice) -> Option<PaymentCode> {
    notice.code.try_into().ok()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;
    use crate::register::{Row, sample};

    const NOTICE_PATIENCE: i64 = 3600;
    const PATIENCE: Patience = Patience { register: 4 * 3600, statement: Some(24 * 3600) };

    fn later() -> Moment {
        sample::day().ends_at().plus_seconds(7 * 86_400)
    }

    fn item(row: &Row) -> Item<'_> {
        Item {
            code: Some(row.code),
            reference: Some(row.requisites.bank_reference.as_str()),
            amount: row.amount,
            is_deduction: row.is_deduction(),
            day: row.day,
        }
    }

    type Said = (Option<PaymentCode>, String, bool, Heap);

    fn run(notices: &[Row], said: &[(Side, Item<'_>)], now: Moment) -> (Heaps, Vec<Said>) {
        let mut gathered = Notices::with_capacity(notices.len());
        for row in notices {
            let booked = Booked {
                posting: row.posting,
                code: row.code,
                reference: row.requisites.bank_reference.clone(),
                amount: row.amount,
                is_deduction: row.is_deduction(),
                day: row.day,
            };
            gathered.add(&booked).unwrap();
        }
        let mut matching = gathered.against(NOTICE_PATIENCE, now);
        let mut findings = Vec::new();
        let mut sink = |one: Finding| {
            if one.heap != Heap::Agreed {
                findings.push((one.code, one.reference, one.is_deduction, one.heap));
            }
        };
        for (side, item) in said {
            matching.compare(*side, *item, &mut sink);
        }
        let heaps = matching.finish(PATIENCE, &mut sink);
        findings.sort();
        (heaps, findings)
    }

    fn on_both(rows: &[Row]) -> Vec<(Side, Item<'_>)> {
        rows.iter().flat_map(|row| [(Side::Register, item(row)), (Side::Statement, item(row))]).collect()
    }

    fn differing(side: Side, field: Field, ours: &str, theirs: &str) -> Heap {
        Heap::Differing { side, field, ours: ours.to_owned(), theirs: theirs.to_owned() }
    }

    /// Meets: C10
    #[test]
    fn what_all_three_say_is_agreed() {
        let rows: Vec<_> = sample::rows(300).collect();
        let (heaps, findings) = run(&rows, &on_both(&rows), later());
        assert_eq!((heaps, findings), (Heaps { agreed: 300, ..Heaps::default() }, Vec::new()));
    }

    /// Defends: A29
    #[test]
    fn each_difference_is_named_with_both_values() {
        let rows: Vec<_> = sample::rows(4).collect();
        let other = sample::rows(9).last().unwrap();
        let theirs = [
            (Side::Register, Item { amount: Tiyn::tenge(7), ..item(&rows[0]) }),
            (Side::Register, Item { day: sample::day().next(), ..item(&rows[1]) }),
            (Side::Register, Item { reference: Some("ANOTHER"), ..item(&rows[2]) }),
            (Side::Register, Item { code: Some(other.code), ..item(&rows[3]) }),
            (Side::Register, item(&other)),
        ];
        let statement = rows.iter().map(|row| (Side::Statement, Item { day: row.day.next(), ..item(row) }));
        let said: Vec<_> = theirs.into_iter().chain(statement).collect();
        let (heaps, findings) = run(&rows, &said, later());
        assert_eq!(heaps, Heaps { differing: 5, ..Heaps::default() });
        let heaps: BTreeSet<_> = findings.into_iter().map(|one| one.3).collect();
        let digits = |row: &Row| row.code.digits();
        let expected = BTreeSet::from([
            differing(Side::Register, Field::Amount, &rows[0].amount.to_string(), "7.00"),
            differing(Side::Register, Field::Day, "2026-11-22", "2026-11-23"),
            differing(
                Side::Register,
                Field::Reference,
                rows[2].requisites.bank_reference.as_str(),
                "ANOTHER",
            ),
            differing(Side::Register, Field::Code, &digits(&rows[3]), &digits(&other)),
            differing(Side::Register, Field::Operation, "", &other.amount.to_string()),
        ]);
        assert_eq!(heaps, expected);
    }

    #[test]
    fn a_reference_cut_short_stands_for_the_only_one_that_begins_so() {
        let mut rows: Vec<_> = sample::rows(3).collect();
        let references = ["AAAA-BBBB-CCCC-1", "AAAA-BBBB-CCCC-2", "ZZZZ-BBBB-CCCC-3"];
        for (row, reference) in rows.iter_mut().zip(references) {
            row.requisites.bank_reference = reference.parse().unwrap();
        }
        let nameless = |row, piece| Item { code: None, reference: Some(piece), ..item(row) };
        // The first two share fourteen characters, the third has its twelve for itself.
        let said = [
            (Side::Register, nameless(&rows[2], "ZZZZ-BBBB-CC")),
            (Side::Register, nameless(&rows[0], "AAAA-BBBB-CCCC")),
        ];
        let (_, findings) = run(&rows, &said, sample::day().begins_at());
        let waiting = |absent| {
            findings.iter().filter(|one| matches!(one.3, Heap::Waiting(who, _) if who == absent)).count()
        };
        assert_eq!(waiting(Absent::At(Side::Register)), 2);
        assert_eq!(waiting(Absent::Notice), 1);
        // Eleven characters stand for nothing, and with the code any cut of twelve or more is agreed.
        let short = [(Side::Register, nameless(&rows[2], "ZZZZ-BBBB-C"))];
        let (heaps, _) = run(&rows, &short, sample::day().begins_at());
        assert_eq!(heaps.waiting, 4);
        let coded: Vec<_> = on_both(&rows)
            .into_iter()
            .map(|(side, one)| (side, Item { reference: one.reference.map(|text| &text[..13]), ..one }))
            .collect();
        assert_eq!(run(&rows, &coded, later()).0, Heaps { agreed: 3, ..Heaps::default() });
    }

    #[test]
    fn what_is_not_said_yet_waits_until_its_moment_and_differs_from_then_on() {
        let rows: Vec<_> = sample::rows(1).collect();
        let until = sample::day().ends_at().plus_seconds(PATIENCE.register);
        let (heaps, findings) = run(&rows, &[], until.plus_seconds(-1));
        assert_eq!(heaps, Heaps { waiting: 1, ..Heaps::default() });
        assert!(findings.iter().any(|one| one.3 == Heap::Waiting(Absent::At(Side::Register), until)));
        let (heaps, findings) = run(&rows, &[], until);
        assert_eq!(heaps, Heaps { differing: 1, ..Heaps::default() });
        let ours = rows[0].amount.to_string();
        assert!(findings.iter().any(|one| one.3 == differing(Side::Register, Field::Operation, &ours, "")));
    }

    #[test]
    fn references_are_the_same_whether_or_not_they_begin_like_the_first() {
        let mut rows: Vec<Row> = sample::rows(5).collect();
        for (row, reference) in rows.iter_mut().zip(["STEM-", "STEM-17", "0123456789012", "STEM", "XY-1"]) {
            row.requisites.bank_reference = reference.parse().unwrap();
        }
        assert_eq!(run(&rows, &on_both(&rows), later()).0.agreed, 5);
        let nameless: Vec<_> =
            on_both(&rows).into_iter().map(|(side, one)| (side, Item { code: None, ..one })).collect();
        assert_eq!(run(&rows, &nameless, later()).0.agreed, 5);
        let said = [(Side::Register, Item { reference: Some("STEM-18"), ..item(&rows[1]) })];
        let (_, findings) = run(&rows[1..2], &said, later());
        assert!(findings.iter().all(|one| one.1 == "STEM-17") && !findings.is_empty());
    }

    /// A second sum under one code has a notice of its own: the reference tells them apart.
    #[test]
    fn two_sums_under_one_code_are_told_apart_by_their_references() {
        let first = sample::rows(1).next().unwrap();
        let mut second = first.clone();
        second.requisites.bank_reference = "DEMO-20261122-SECOND".parse().unwrap();
        second.amount = Tiyn::tenge(9);
        let rows = [first, second];
        assert_eq!(run(&rows, &on_both(&rows), later()).0, Heaps { agreed: 2, ..Heaps::default() });
        let twice = [on_both(&rows), vec![(Side::Register, item(&rows[1]))]].concat();
        let (heaps, findings) = run(&rows, &twice, later());
        assert_eq!(heaps, Heaps { agreed: 1, differing: 1, ..Heaps::default() });
        assert_eq!(findings[0].3, differing(Side::Register, Field::Count, "1", "2+"));
    }

    /// One change of what a bank says.
    #[derive(Debug, Clone)]
    enum Change {
        Omit,
        Repeat,
        Amount(u64),
        CutReference(usize),
        NoCode,
        AnotherCode(u64),
    }

    fn any_change() -> impl Strategy<Value = Change> {
        prop_oneof![
            Just(Change::Omit),
            Just(Change::Repeat),
            (1_u64..1_000_000).prop_map(Change::Amount),
            (1_usize..23).prop_map(Change::CutReference),
            Just(Change::NoCode),
            (500_u64..600).prop_map(Change::AnotherCode),
        ]
    }

    proptest! {
        /// Defends: A29
        #[test]
        fn the_order_of_what_is_said_changes_nothing_and_every_notice_has_one_heap(
            count in 1_u64..60,
            changes in prop::collection::vec((any::<prop::sample::Index>(), any_change()), 0..12),
            seed in any::<u64>(),
            hours in 0_i64..48,
        ) {
            let rows: Vec<_> = sample::rows(count).collect();
            let others: Vec<_> = sample::rows(600).collect();
            let mut said = on_both(&rows);
            for (at, change) in changes {
                if said.is_empty() { break }
                let at = at.index(said.len());
                match change {
                    Change::Omit => { said.remove(at); }
                    Change::Repeat => said.push(said[at]),
                    Change::Amount(tiyn) => said[at].1.amount = Tiyn::new(tiyn).unwrap(),
                    Change::CutReference(length) => {
                        said[at].1.reference = said[at].1.reference.map(|text| &text[..length.min(text.len())]);
                    }
                    Change::NoCode => said[at].1.code = None,
                    Change::AnotherCode(other) => said[at].1.code = Some(others[other as usize - 1].code),
                }
            }
            let now = sample::day().ends_at().plus_seconds(hours * 3600);
            let in_order = run(&rows, &said, now);
            let mut mixed = said.clone();
            mixed.sort_by_cached_key(|(side, one)| {
                let mut hasher = std::collections::hash_map::DefaultHasher::new();
                std::hash::Hash::hash(&(seed, *side, one.code, one.reference, one.amount), &mut hasher);
                std::hash::Hasher::finish(&hasher)
            });
            let mut reversed_rows = rows.clone();
            reversed_rows.reverse();
            prop_assert_eq!(&in_order, &run(&reversed_rows, &mixed, now));
            let (heaps, findings) = in_order;
            let without = findings.iter().filter(|(.., heap)| matches!(heap,
                Heap::Waiting(Absent::Notice, _)
                | Heap::Differing { field: Field::Operation, .. })).filter(|(.., heap)| match heap {
                    Heap::Waiting(..) => true,
                    Heap::Differing { ours, .. } => ours.is_empty(),
                    Heap::Agreed => false,
                }).count() as u64;
            prop_assert_eq!(heaps.agreed + heaps.waiting + heaps.differing, count + without);
        }
    }
}
