//! Core banking (АБС), the deciding part: what a payment costs, whether an account may be debited, what is
//! posted.
//!
//! Pure: no store, clock, network or randomness. Which attempt was decided before is looked up by `store`;
//! cards are in `card`. Source: Instruction № 491, cl. 23, table 2 steps 12–16, table 3 steps 13–14, table 5
//! step 18; the numbers of errors and the ledgers are ours.

use std::fmt;
use std::str::FromStr;

use terms::{Channel, Iban, Iin, Kod, PartyNumber, ShortText, Tiyn, Trilingual};

/// What the bank takes on top of the price, where the client pays in the bank's own channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CommissionRule {
    /// Hundredths of a per cent of the price.
    pub basis_points: u32,
    /// Never less than this.
    pub minimum: Tiyn,
    /// Never more than this.
    pub maximum: Tiyn,
}

impl CommissionRule {
    /// The commission on a price.
    ///
    /// Orders made at the portal are debited exactly (cl. 23), so a card and an account on the gateway's page
    /// cost nothing on top; the bank's own channels (table 3, precondition) cost what the rule says.
    pub fn on(&self, channel: Channel, price: Tiyn) -> Tiyn {
        match channel {
            Channel::Card | Channel::BankAccount => Tiyn::ZERO,
            Channel::InternetBank | Channel::Atm | Channel::Kiosk => {
                price.basis_points(self.basis_points).max(self.minimum).min(self.maximum)
            }
        }
    }
}

/// A word of a closed list, as columns and settings have it.
macro_rules! words {
    (
        $(#[$doc:meta])*
        $vis:vis $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $word:literal,)+ }
    ) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        $vis enum $name {
            $($(#[$variant_doc])* $variant,)+
        }

        impl $name {
            /// The word in columns and settings.
            $vis fn word(self) -> &'static str {
                match self {
                    $(Self::$variant => $word,)+
                }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.word())
            }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::core::NoSuchWord;
            fn from_str(s: &str) -> Result<Self, Self::Err> {
                match s {
                    $($word => Ok(Self::$variant),)+
                    _ => Err($crate::core::NoSuchWord(s.to_owned())),
                }
            }
        }
    };
}
pub(crate) use words;

/// The word is not one of its list.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("no such word: {0}")]
pub struct NoSuchWord(pub String);

/// The person who acts in the internet bank: the client, or whoever represents an organisation there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Actor {
    /// The person's number.
    pub iin: Iin,
    /// Full name.
    pub name: ShortText,
}

words! {
    /// How an account behaves; anything but normal is for the demonstration.
    pub Conduct {
        /// As it should.
        Normal = "normal",
        /// The bank does not answer about it.
        Silent = "silent",
        /// The bank answers late.
        Slow = "slow",
    }
}

/// Whether a bank that falls silent takes the money first. A rule instead of chance, so that both halves of
/// «not known» can be shown: an even number of whole tenge is taken, an odd one is not.
pub fn takes_before_falling_silent(amount: Tiyn) -> bool {
    (amount.as_u64() / 100).is_multiple_of(2)
}

/// An account of a client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// Its number.
    pub iban: Iban,
    /// Whose it is.
    pub owner: PartyNumber,
    /// What is on it.
    pub balance: Tiyn,
    /// Whether it may still be used.
    pub is_open: bool,
    /// How it behaves.
    pub conduct: Conduct,
}

words! {
    /// Why the bank does not take the money (T2.14). The word is the error code in messages.
    pub Refusal {
        /// No such account.
        NoSuchAccount = "B-101",
        /// The account is closed.
        AccountClosed = "B-102",
        /// The account is not the payer's.
        NotTheOwner = "B-103",
        /// Not enough money for price and commission.
        NotEnoughFunds = "B-104",
        /// The attempt was inquired before it arrived, and its answer then, «never seen», is final.
        Blocked = "B-105",
        /// The attempt was used for something else.
        AttemptReused = "B-106",
        /// The money was taken and given back since.
        GivenBack = "B-107",
        /// The beneficiary or amount of the order cannot be booked.
        BadOrder = "B-108",
        /// The gateway gave no code, so nothing was taken.
        NoPaymentCode = "B-109",
        /// The process stopped between code and debit; nothing was taken.
        Interrupted = "B-110",
        /// The card was refused; the response code says why.
        CardRefused = "B-111",
        /// Less cash than price and commission.
        NotEnoughCash = "B-112",
    }
}

impl Refusal {
    /// What the payer is told. Each text says that no money is gone, because then it is not.
    pub fn text(self) -> Trilingual {
        let (kk, ru, en) = match self {
            Self::NoSuchAccount => (
                "Мұндай шот жоқ. Ақша алынған жоқ.",
                "Такого счёта нет. Деньги не списаны.",
                "There is no such account. No money has been taken.",
            ),
            Self::AccountClosed => (
                "Шот жабылған. Ақша алынған жоқ.",
                "Счёт закрыт. Деньги не списаны.",
                "The account is closed. No money has been taken.",
            ),
            Self::NotTheOwner => (
                "Шот төлеушіге тиесілі емес. Ақша алынған жоқ.",
                "Счёт не принадлежит плательщику. Деньги не списаны.",
                "The account is not the payer's. No money has been taken.",
            ),
            Self::NotEnoughFunds => (
                "Шотта ақша жеткіліксіз. Ақша алынған жоқ.",
                "На счёте не хватает денег. Деньги не списаны.",
                "There is not enough money on the account. No money has been taken.",
            ),
            Self::Blocked | Self::AttemptReused | Self::BadOrder => (
                "Банк бұл төлемді қабылдамады. Ақша алынған жоқ.",
                "Банк не принял этот платёж. Деньги не списаны.",
                "The bank did not accept this payment. No money has been taken.",
            ),
            Self::GivenBack => {
                ("Ақша шотқа қайтарылды.", "Деньги возвращены на счёт.", "The money has been given back.")
            }
            Self::NoPaymentCode => (
                "Төлем коды алынбады. Ақша алынған жоқ. Кейінірек қайталаңыз.",
                "Код платежа не получен. Деньги не списаны. Повторите позже.",
                "No payment code was issued. No money has been taken. Try again later.",
            ),
            Self::Interrupted => (
                "Төлем аяқталмай үзілді. Ақша алынған жоқ.",
                "Платёж прерван до списания. Деньги не списаны.",
                "The payment was interrupted before the debit. No money has been taken.",
            ),
            Self::CardRefused => (
                "Банк төлемнен бас тартты. Ақша алынған жоқ.",
                "Банк отказал в оплате. Деньги не списаны.",
                "The bank refused the payment. No money has been taken.",
            ),
            Self::NotEnoughCash => {
                ("Салынған ақша жеткіліксіз.", "Внесённых денег не хватает.", "Not enough cash was inserted.")
            }
        };
        Trilingual::new(kk, ru, en)
    }
}

/// Checks the requisites of a debit (T2.13, T3.13): the account exists, is open, is the payer's, and holds
/// price and commission. Returns the account and the sum to be taken.
///
/// # Errors
/// The first [`Refusal`] in that order, so that a stranger learns nothing of a balance.
pub fn check_debit(
    account: Option<Account>,
    payer: PartyNumber,
    price: Tiyn,
    commission: Tiyn,
) -> Result<(Account, Tiyn), Refusal> {
    let account = account.ok_or(Refusal::NoSuchAccount)?;
    if account.owner != payer {
        return Err(Refusal::NotTheOwner);
    }
    if !account.is_open {
        return Err(Refusal::AccountClosed);
    }
    let total = total(price, commission)?;
    if account.balance < total { Err(Refusal::NotEnoughFunds) } else { Ok((account, total)) }
}

/// Price and commission together.
///
/// # Errors
/// [`Refusal::BadOrder`] for a price of nothing or beyond the largest amount.
pub fn total(price: Tiyn, commission: Tiyn) -> Result<Tiyn, Refusal> {
    let total = price.checked_add(commission).filter(|total| *total <= Tiyn::LARGEST);
    total.filter(|_| price > Tiyn::ZERO).ok_or(Refusal::BadOrder)
}

/// What an amount is booked on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ledger {
    /// A client's account.
    Client(Iban),
    /// The cash inside a terminal.
    Cash(String),
    /// What is owed to the gateway operator (cl. 23–24).
    Settlement,
    /// The bank's commission.
    Commission,
    /// Cash above the price, and cash whose payment did not come about, until it is claimed.
    CashSuspense,
    /// The other side of opening balances.
    Opening,
    /// What the bank pays the gateway operator for its service (cl. 22).
    OperatorFee,
    /// Money on its way to other banks and to the Treasury.
    Clearing,
}

impl fmt::Display for Ledger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Client(iban) => write!(f, "client:{iban}"),
            Self::Cash(terminal) => write!(f, "cash:{terminal}"),
            Self::Settlement => f.write_str("settlement:gateway"),
            Self::Commission => f.write_str("income:commission"),
            Self::CashSuspense => f.write_str("suspense:cash"),
            Self::Opening => f.write_str("opening"),
            Self::OperatorFee => f.write_str("expense:operator-fee"),
            Self::Clearing => f.write_str("clearing:interbank"),
        }
    }
}

impl FromStr for Ledger {
    type Err = NoSuchWord;
    fn from_str(s: &str) -> Result<Self, NoSuchWord> {
        let no_such = || NoSuchWord(s.to_owned());
        Ok(match s.split_once(':') {
            Some(("client", iban)) => Self::Client(iban.parse().map_err(|_| no_such())?),
            Some(("cash", terminal)) => Self::Cash(terminal.to_owned()),
            Some(("settlement", "gateway")) => Self::Settlement,
            Some(("income", "commission")) => Self::Commission,
            Some(("suspense", "cash")) => Self::CashSuspense,
            Some(("expense", "operator-fee")) => Self::OperatorFee,
            Some(("clearing", "interbank")) => Self::Clearing,
            None if s == "opening" => Self::Opening,
            _ => return Err(no_such()),
        })
    }
}

/// One half of a double entry; credits are positive, debits negative.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Posting {
    /// Where.
    pub ledger: Ledger,
    /// How much, in tiyn.
    pub tiyn: i64,
}

/// Books one debit against several credits; credits of nothing are left out.
fn book(from: Ledger, credits: impl IntoIterator<Item = (Ledger, Tiyn)>) -> Vec<Posting> {
    let mut postings = vec![Posting { ledger: from, tiyn: 0 }];
    for (ledger, amount) in credits {
        if amount > Tiyn::ZERO {
            postings[0].tiyn -= amount.as_i64();
            postings.push(Posting { ledger, tiyn: amount.as_i64() });
        }
    }
    postings
}

/// The postings of a payment: the source gives, the gateway operator's settlement and the commission receive,
/// and what a kiosk took beyond both waits in suspense.
pub fn payment_postings(source: Ledger, price: Tiyn, commission: Tiyn, excess: Tiyn) -> Vec<Posting> {
    let credits =
        [(Ledger::Settlement, price), (Ledger::Commission, commission), (Ledger::CashSuspense, excess)];
    book(source, credits)
}

/// The postings that undo others.
pub fn opposite(postings: &[Posting]) -> Vec<Posting> {
    postings.iter().map(|posting| Posting { ledger: posting.ledger.clone(), tiyn: -posting.tiyn }).collect()
}

/// The postings of a refund: the price goes back, the commission was for work done and stays.
pub fn refund_postings(back_to: Ledger, price: Tiyn) -> Vec<Posting> {
    book(Ledger::Settlement, [(back_to, price)])
}

/// The postings of cash that bought nothing.
pub fn unused_cash_postings(terminal: &str, cash: Tiyn) -> Vec<Posting> {
    book(Ledger::Cash(terminal.to_owned()), [(Ledger::CashSuspense, cash)])
}

/// The postings of an opening balance.
pub fn opening_postings(account: Iban, balance: Tiyn) -> Vec<Posting> {
    book(Ledger::Opening, [(Ledger::Client(account), balance)])
}

/// The postings of a reimbursement: what is owed and the fee go to the operator's account (cl. 23–24).
pub fn reimbursement_postings(operator: Iban, owed: Tiyn, fee: Tiyn) -> Vec<Posting> {
    let halves = [
        (Ledger::Settlement, -owed.as_i64()),
        (Ledger::OperatorFee, -fee.as_i64()),
        (Ledger::Client(operator), owed.as_i64() + fee.as_i64()),
    ];
    let halves = halves.into_iter().filter(|(_, tiyn)| *tiyn != 0);
    halves.map(|(ledger, tiyn)| Posting { ledger, tiyn }).collect()
}

/// The postings of a payout from the operator's account.
pub fn payout_postings(operator: Iban, amount: Tiyn) -> Vec<Posting> {
    book(Ledger::Client(operator), [(Ledger::Clearing, amount)])
}

/// КОд of a payer: a resident household, or a resident non-financial organisation.
pub fn kod_of(payer: PartyNumber) -> Kod {
    let digits = match payer {
        PartyNumber::Person(_) => "19",
        PartyNumber::Organisation(_) => "17",
    };
    digits.parse().expect("two digits")
}

/// What became of cash at a kiosk: enough, and how much too much.
///
/// # Errors
/// [`Refusal::NotEnoughCash`] below price and commission.
pub fn check_cash(inserted: Tiyn, price: Tiyn, commission: Tiyn) -> Result<Tiyn, Refusal> {
    inserted.checked_sub(total(price, commission)?).ok_or(Refusal::NotEnoughCash)
}

#[cfg(test)]
mod tests {
    use super::*;

    const RULE: CommissionRule =
        CommissionRule { basis_points: 50, minimum: Tiyn::tenge(20), maximum: Tiyn::tenge(500) };

    fn payer() -> PartyNumber {
        "850612200017".parse().unwrap()
    }

    fn account(balance: Tiyn) -> Account {
        Account {
            iban: "KZ770000000000000001".parse().unwrap(),
            owner: payer(),
            balance,
            is_open: true,
            conduct: Conduct::Normal,
        }
    }

    /// Meets: T3.pre
    #[test]
    fn an_order_of_the_portal_costs_exactly_its_price_and_the_banks_own_channels_cost_the_commission() {
        let price = Tiyn::tenge(1725);
        for channel in [Channel::Card, Channel::BankAccount] {
            assert_eq!(RULE.on(channel, price), Tiyn::ZERO);
        }
        for channel in [Channel::InternetBank, Channel::Atm, Channel::Kiosk] {
            assert_eq!(RULE.on(channel, price), Tiyn::tenge(20), "never below the minimum");
            assert_eq!(RULE.on(channel, Tiyn::tenge(10_000)), Tiyn::tenge(50));
            assert_eq!(RULE.on(channel, Tiyn::tenge(1_000_000)), Tiyn::tenge(500), "never above the maximum");
        }
    }

    /// Meets: T2.12-13
    #[test]
    fn requisites_are_checked_in_an_order_that_tells_a_stranger_nothing() {
        let price = Tiyn::tenge(1725);
        let check =
            |account, payer| check_debit(account, payer, price, Tiyn::tenge(20)).map(|(_, total)| total);
        let stranger: PartyNumber = "790304100022".parse().unwrap();
        let closed = Account { is_open: false, ..account(price) };
        let table = [
            (None, payer(), Err(Refusal::NoSuchAccount)),
            (Some(closed.clone()), stranger, Err(Refusal::NotTheOwner)),
            (Some(account(Tiyn::ZERO)), stranger, Err(Refusal::NotTheOwner)),
            (Some(closed), payer(), Err(Refusal::AccountClosed)),
            (Some(account(price)), payer(), Err(Refusal::NotEnoughFunds)),
            (Some(account(Tiyn::tenge(1745))), payer(), Ok(Tiyn::tenge(1745))),
        ];
        for (account, payer, expected) in table {
            assert_eq!(check(account, payer), expected);
        }
        assert_eq!(
            check_debit(Some(account(price)), payer(), Tiyn::ZERO, Tiyn::ZERO),
            Err(Refusal::BadOrder)
        );
        assert_eq!(check_debit(Some(account(price)), payer(), Tiyn::LARGEST, price), Err(Refusal::BadOrder));
    }

    #[test]
    fn every_entry_is_double() {
        let [price, fee, excess] = [Tiyn::tenge(1725), Tiyn::tenge(20), Tiyn::tenge(255)];
        let iban = account(price).iban;
        let entries = [
            payment_postings(Ledger::Client(iban), price, fee, Tiyn::ZERO),
            payment_postings(Ledger::Cash("K-1".into()), price, fee, excess),
            opposite(&payment_postings(Ledger::Client(iban), price, fee, Tiyn::ZERO)),
            refund_postings(Ledger::Client(iban), price),
            unused_cash_postings("K-1", excess),
            opening_postings(iban, price),
            reimbursement_postings(iban, price, fee),
            reimbursement_postings(iban, price, Tiyn::ZERO),
            payout_postings(iban, price),
        ];
        for entry in entries {
            assert_eq!(entry.iter().map(|posting| posting.tiyn).sum::<i64>(), 0, "{entry:?}");
        }
        let cash = payment_postings(Ledger::Cash("K-1".into()), price, fee, excess);
        assert_eq!(cash[0].tiyn, -200_000);
        assert_eq!(cash.last().unwrap(), &Posting { ledger: Ledger::CashSuspense, tiyn: 25_500 });
    }

    #[test]
    fn a_ledger_survives_its_column() {
        let iban = account(Tiyn::ZERO).iban;
        let all = [
            Ledger::Client(iban),
            Ledger::Cash("K-1".into()),
            Ledger::Settlement,
            Ledger::Commission,
            Ledger::CashSuspense,
            Ledger::Opening,
            Ledger::OperatorFee,
            Ledger::Clearing,
        ];
        for ledger in all {
            assert_eq!(ledger.to_string().parse(), Ok(ledger));
        }
    }

    #[test]
    fn cash_must_cover_price_and_commission_and_the_rest_is_excess() {
        let (price, fee) = (Tiyn::tenge(1725), Tiyn::tenge(20));
        assert_eq!(check_cash(Tiyn::tenge(1744), price, fee), Err(Refusal::NotEnoughCash));
        assert_eq!(check_cash(Tiyn::tenge(1745), price, fee), Ok(Tiyn::ZERO));
        assert_eq!(check_cash(Tiyn::tenge(2000), price, fee), Ok(Tiyn::tenge(255)));
    }

    /// Meets: T2.14
    #[test]
    fn every_refusal_has_its_own_code_and_says_where_the_money_is() {
        let all = [
            Refusal::NoSuchAccount,
            Refusal::AccountClosed,
            Refusal::NotTheOwner,
            Refusal::NotEnoughFunds,
            Refusal::Blocked,
            Refusal::AttemptReused,
            Refusal::GivenBack,
            Refusal::BadOrder,
            Refusal::NoPaymentCode,
            Refusal::Interrupted,
            Refusal::CardRefused,
            Refusal::NotEnoughCash,
        ];
        for refusal in all {
            assert_eq!(refusal.word().parse(), Ok(refusal));
            let text = refusal.text();
            assert!(!text.kk.is_empty() && !text.ru.is_empty() && !text.en.is_empty());
        }
    }
}
