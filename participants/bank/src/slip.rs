//! The slips of the bank's machines: what T4.17 and T5.19 want on paper, as text.

use ::pages::{date_time, money, say};
use files::{Columns, SlipLine, slip_text};
use terms::{Language, Moment, PaymentCode, Tiyn, Trilingual};

use crate::pages::in_words;

/// How it ended, in the words of the slip.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// Paid.
    Paid,
    /// Refused, nothing was taken.
    Refused,
    /// Not known yet.
    Unknown,
    /// Cash that bought nothing waits under a claim.
    CashKept,
}

/// Everything on a slip.
pub(crate) struct Slip<'a> {
    pub(crate) language: Language,
    pub(crate) bank: &'a Trilingual,
    /// «Банкомат № 1».
    pub(crate) machine: String,
    pub(crate) outcome: Outcome,
    pub(crate) at: Moment,
    pub(crate) service: &'a str,
    /// The recipient as far as a slip that may be lost may show.
    pub(crate) recipient: &'a str,
    pub(crate) price: Tiyn,
    pub(crate) commission: Tiyn,
    /// What was put in and what is too much, at a kiosk.
    pub(crate) cash: Option<(Tiyn, Tiyn)>,
    /// The number under which cash is claimed.
    pub(crate) claim: Option<&'a str>,
    /// The result of authorisation: the bank's words or reference.
    pub(crate) authorisation: String,
    pub(crate) code: Option<PaymentCode>,
    pub(crate) hot_line: &'a str,
}

/// The slip for paper of 80 mm.
pub(crate) fn text(slip: &Slip<'_>) -> String {
    let language = slip.language;
    let heading = match slip.outcome {
        Outcome::Paid => say(language, "slip-result-paid").to_string(),
        Outcome::Refused => say(language, "slip-result-refused").to_string(),
        Outcome::Unknown => say(language, "slip-result-unknown").to_string(),
        Outcome::CashKept => in_words(
            language,
            [
                "ТӨЛЕМ ӨТПЕДІ, АҚША ҚАЙТАРЫЛАДЫ",
                "ПЛАТЁЖ НЕ ПРОШЁЛ, ДЕНЬГИ ВЕРНУТ",
                "NOT PAID, CASH WILL BE RETURNED",
            ],
        ),
    };
    let pair = |label: &str, value: String| SlipLine::Pair(say(language, label).to_string(), value);
    let total: Tiyn = [slip.price, slip.commission].into_iter().sum();
    let mut lines = vec![
        SlipLine::Centre(slip.bank.get(language).to_owned()),
        SlipLine::Centre(slip.machine.clone()),
        SlipLine::Rule,
        SlipLine::Centre(heading),
    ];
    if let Some(code) = slip.code {
        lines.extend([
            SlipLine::Rule,
            SlipLine::Centre(say(language, "word-payment-code").to_string()),
            SlipLine::Centre(code.to_string()),
        ]);
    }
    lines.extend([
        SlipLine::Rule,
        pair("label-date-time", date_time(language, slip.at)),
        pair("label-service", slip.service.to_owned()),
        pair("label-recipient", slip.recipient.to_owned()),
        pair("label-price", money(language, slip.price)),
        pair("label-commission", money(language, slip.commission)),
        pair("label-total", money(language, total)),
    ]);
    if let Some((inserted, excess)) = slip.cash {
        lines.push(SlipLine::Text(
            say(language, "kiosk-inserted").with("sum", money(language, inserted)).to_string(),
        ));
        if excess > Tiyn::ZERO {
            lines.push(SlipLine::Text(
                say(language, "kiosk-excess").with("sum", money(language, excess)).to_string(),
            ));
        }
    }
    if let Some(claim) = slip.claim {
        lines.push(SlipLine::Text(say(language, "kiosk-claim-number").with("number", claim).to_string()));
    }
    lines.push(SlipLine::Text(
        say(language, "slip-authorisation").with("result", slip.authorisation.as_str()).to_string(),
    ));
    lines.push(SlipLine::Rule);
    if slip.code.is_some() {
        lines.push(SlipLine::Text(say(language, "slip-keep").to_string()));
    }
    lines.push(SlipLine::Centre(slip.hot_line.to_owned()));
    slip_text(&lines, Columns::Wide)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn slip(outcome: Outcome, code: Option<PaymentCode>) -> String {
        text(&Slip {
            language: Language::Ru,
            bank: &Trilingual::new("Алатау Банк", "Алатау Банк", "Alatau Bank"),
            machine: "Банкомат № 1".into(),
            outcome,
            at: "2026-11-22T07:05:00+05:00".parse().unwrap(),
            service: "Справка",
            recipient: "85******0017",
            price: Tiyn::tenge(1725),
            commission: Tiyn::tenge(20),
            cash: None,
            claim: None,
            authorisation: "00 ALTB-20261122-000001".into(),
            code,
            hot_line: "1414",
        })
    }

    /// The printed slip carries the result of authorisation and, on success only, the code.
    ///
    /// Meets: T4.17-18
    #[test]
    fn a_slip_carries_the_result_of_authorisation_and_on_success_the_code() {
        let code: PaymentCode = "7291417776317054".parse().unwrap();
        let paid = slip(Outcome::Paid, Some(code));
        assert!(paid.contains("7291 4177 7631 7054") && paid.contains("ALTB-20261122-000001"), "{paid}");
        let refused = slip(Outcome::Refused, None);
        assert!(!refused.contains("7291") && refused.contains("ДЕНЬГИ НЕ СПИСАНЫ"), "{refused}");
        assert!(slip(Outcome::Unknown, None).contains("УТОЧНЯЕТСЯ"));
        let kept = slip(Outcome::CashKept, None);
        assert!(kept.contains("ДЕНЬГИ ВЕРНУТ") && !kept.contains("код придёт"), "{kept}");
    }
}
