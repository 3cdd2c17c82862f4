//! The world of the published examples: the same citizen, service and payment in every sample.
//!
//! Demonstration data only: IINs with a nineteenth-century marker, accounts of bank codes that no bank has.

use terms::{Bin, BrowserDigest, Moment, Party, PaymentCode, Requisites, Tiyn, Trilingual};

use crate::common::{Beneficiary, Operator, TooManyOctets, Url};
use crate::framework::sample;

pub(crate) fn code() -> PaymentCode {
    sample("7291417776317054")
}

pub(crate) fn provider() -> Bin {
    sample("500240000137")
}

pub(crate) fn bank() -> Bin {
    sample("500140000126")
}

pub(crate) fn recipient() -> Party {
    Party { number: sample("850612200017"), name: sample("Әбдіреева Айгүл Серікқызы") }
}

pub(crate) fn payer() -> Party {
    Party { number: sample("790304100022"), name: sample("Әбдіреев Серік Болатұлы") }
}

pub(crate) fn price() -> Tiyn {
    Tiyn::tenge(1725)
}

pub(crate) fn moment() -> Moment {
    sample("2026-11-22T07:05:00.000000+05:00")
}

pub(crate) fn later() -> Moment {
    sample("2026-11-23T07:05:00.000000+05:00")
}

pub(crate) fn beneficiary() -> Beneficiary {
    Beneficiary {
        iban: sample("KZ770000000000000001"),
        bic: sample("DEMOKZ2A"),
        kbk: sample("108126"),
        knp: sample("911"),
        kbe: sample("11"),
        purpose: sample("Мемлекеттік баж: тұрғылықты жері туралы анықтама"),
    }
}

pub(crate) fn requisites() -> Requisites {
    let beneficiary = beneficiary();
    Requisites {
        payer: payer(),
        recipient: recipient(),
        service: sample("P1.04"),
        provider: provider(),
        amount: price(),
        commission: Tiyn::tenge(100),
        beneficiary_iban: beneficiary.iban,
        beneficiary_bic: beneficiary.bic,
        kbk: beneficiary.kbk,
        knp: beneficiary.knp,
        kod: sample("19"),
        kbe: beneficiary.kbe,
        purpose: beneficiary.purpose,
        bank_reference: sample("DEMO-20261122-000417"),
        paid_at: moment(),
        channel: terms::Channel::InternetBank,
    }
}

pub(crate) fn service_name() -> Trilingual {
    Trilingual::new(
        "Тұрғылықты жері бойынша тіркелгенін растайтын мәліметтер",
        "Сведения, подтверждающие регистрацию по месту жительства",
        "Proof of registration at the place of residence",
    )
}

pub(crate) fn provider_name() -> Trilingual {
    Trilingual::new("Әділет министрлігі", "Министерство юстиции", "Ministry of Justice")
}

pub(crate) fn browser() -> BrowserDigest {
    sample("3b0c1f5e77a94d28b6c05d9e1a42f8077c61e9b3d2584fa0916ce83d7b25f41a")
}

pub(crate) fn operator() -> Operator {
    Operator {
        iin: sample("880101200044"),
        name: sample("Жұмабаева Дина Ерланқызы"),
        centre: sample("№ 3 халыққа қызмет көрсету орталығы, Алматы"),
    }
}

pub(crate) fn url(path: &str) -> Url {
    sample(&format!("https://gateway.example{path}"))
}

/// A document of an example.
pub(crate) fn small<T>(make: fn(Vec<u8>) -> Result<T, TooManyOctets>, content: &str) -> T {
    make(content.as_bytes().to_vec()).expect("an example is small")
}
