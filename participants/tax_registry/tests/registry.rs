//! The registry's one question, over mutual TLS.

#[path = "../../service_bus/tests/neighbours/mod.rs"]
mod neighbours;

use neighbours::{Neighbours, Who, ask};
use participant::{Shutdown, Stop};
use tax_registry::Register;
use wire::tax_registry::{CheckIin, CheckIinResponse};

const REGISTRY: Who = Who {
    name: "registry",
    bin: "500340000034",
    groups: &["gateway"],
    service: Some("tax-registry"),
    settings: "[settings]\n[[settings.person]]\niin = \"850612200017\"\nname = \"Сәрсенова Айгүл\"\n",
};
const PORTAL: Who = Who {
    name: "portal",
    bin: "500240000137",
    groups: &["portal", "name-reader"],
    service: None,
    settings: "",
};
const BANK: Who = Who { name: "bank", bin: "500340000054", groups: &["bank"], service: None, settings: "" };
const BUS: Who =
    Who { name: "bus", bin: "500340000044", groups: &["service-bus"], service: None, settings: "" };

fn world() -> (Neighbours, Stop) {
    let neighbours = Neighbours::meet(&[REGISTRY, PORTAL, BANK, BUS]);
    let (stop, stopping) = Shutdown::new();
    tokio::spawn(tax_registry::serve(neighbours.host("registry"), stopping.wait()));
    (neighbours, stop)
}

async fn check(neighbours: &Neighbours, who: &str, iin: &str) -> Result<CheckIinResponse, String> {
    let host = neighbours.host(who);
    let request = CheckIin { header: host.header(), iin: iin.parse().unwrap() };
    ask(&host, REGISTRY.bin, &request).await
}

/// A number is valid where its check digit agrees and the register has such a person (T5.6–8).
#[tokio::test]
async fn a_number_is_valid_if_it_is_one_and_somebodys() {
    let (neighbours, _stop) = world();
    assert!(check(&neighbours, "bank", "850612200017").await.unwrap().valid);
    assert!(!check(&neighbours, "bank", "850612200018").await.unwrap().valid, "the check digit");
    assert!(!check(&neighbours, "bank", "790304100022").await.unwrap().valid, "nobody's");
    assert!(!check(&neighbours, "bank", "500340000054").await.unwrap().valid, "an organisation's");
    assert_eq!(check(&neighbours, "bus", "850612200017").await.unwrap_err(), "TLM-RGT-0002");
}

/// The name goes to a group that lists reading it, and every reading has its reader on record.
///
/// Meets: C20.4
/// Defends: A12
#[tokio::test]
async fn a_name_is_told_to_the_entitled_only_and_each_telling_is_on_record() {
    let (neighbours, _stop) = world();
    assert_eq!(check(&neighbours, "bank", "850612200017").await.unwrap().name, None);
    let register = Register::open(&neighbours.path("registry.db")).unwrap();
    assert!(register.readings().await.unwrap().is_empty());
    let told = check(&neighbours, "portal", "850612200017").await.unwrap();
    assert_eq!(told.name.unwrap().as_str(), "Сәрсенова Айгүл");
    let readings = register.readings().await.unwrap();
    assert_eq!((readings.len(), readings[0].reader.to_string().as_str()), (1, PORTAL.bin));
}
