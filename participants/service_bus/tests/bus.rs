//! The bus between a portal and the agencies' systems, over mutual TLS.

mod neighbours;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use neighbours::{Neighbours, Who, ask};
use participant::{Call, Fault, Host, Service, Shutdown, Stop, endpoint};
use service_bus::agency::Mode;
use transport::ClientAuth;
use wire::common::Delivery;
use wire::portal::{DocumentDelivered, DocumentDeliveredResponse};
use wire::service_bus::OrderService;
use wire::{Request, Response as _, ResponseHeader, ServiceDescription};
use xml::ToElement;

const PORTAL: Who =
    Who { name: "portal", bin: "500240000137", groups: &["portal"], service: Some("portal"), settings: "" };
const BUS: Who = Who {
    name: "bus",
    bin: "500340000044",
    groups: &["service-bus"],
    service: Some("service-bus"),
    settings: "[settings]\nportal = \"500240000137\"\ndelay_ms = 10\nlate_ms = 700\n\
               [[settings.service]]\ncode = \"P-0101\"\nname = [\"Анықтама\", \"Справка\", \"Certificate\"]\n\
               agency = \"500140000126\"\nagency_name = [\"Орган\", \"Орган\", \"Agency\"]\n\
               statement = [\"Бар.\", \"Имеется.\", \"There is.\"]\n",
};
const BANK: Who = Who { name: "bank", bin: "500340000054", groups: &["bank"], service: None, settings: "" };

#[derive(Clone)]
struct Portal {
    host: Arc<Host>,
    delivered: Arc<Mutex<Vec<DocumentDelivered>>>,
}

impl Service for Portal {
    fn description(&self) -> &'static ServiceDescription {
        wire::services().iter().find(|service| service.namespace == &wire::PORTAL).unwrap()
    }

    async fn answer(&self, call: Call) -> Result<String, Fault> {
        let told = call.permit::<DocumentDelivered>()?.command().clone();
        let header = ResponseHeader::answering(told.header(), self.host.now(), self.host.bin);
        self.delivered.lock().unwrap().push(told);
        Ok(DocumentDeliveredResponse { header, ..DocumentDeliveredResponse::example() }.to_xml())
    }
}

struct World {
    neighbours: Neighbours,
    portal: Portal,
    _stop: [Stop; 2],
}

impl World {
    fn new() -> Self {
        let neighbours = Neighbours::meet(&[PORTAL, BUS, BANK]);
        let host = neighbours.host("portal");
        let portal = Portal { host: host.clone(), delivered: Arc::default() };
        let (stop_portal, stopping) = Shutdown::new();
        let router = endpoint::router(host.clone(), portal.clone());
        tokio::spawn(
            async move { host.open_door("messages", ClientAuth::Required, router, &stopping).await },
        );
        let (stop_bus, stopping) = Shutdown::new();
        tokio::spawn(service_bus::serve(neighbours.host("bus"), stopping.wait()));
        Self { neighbours, portal, _stop: [stop_portal, stop_bus] }
    }

    fn order(&self, application: &str, service: &str) -> OrderService {
        OrderService {
            header: self.portal.host.header(),
            application: application.parse().unwrap(),
            service: service.parse().unwrap(),
            ..OrderService::example()
        }
    }

    async fn delivered(&self, count: usize) -> Vec<DocumentDelivered> {
        for _ in 0..400 {
            let delivered = self.portal.delivered.lock().unwrap().clone();
            if delivered.len() >= count {
                return delivered;
            }
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
        panic!("the bus delivered nothing")
    }
}

/// The order carries the application number, the payer's number and the service; what comes back is a document.
///
/// Meets: T6.15, T6.16-18
#[tokio::test]
async fn an_order_is_rendered_and_its_document_brought_back() {
    let world = World::new();
    let order = world.order("A-1", "P-0101");
    let taken = ask(&world.portal.host, BUS.bin, &order).await.unwrap();
    assert!(taken.accepted);
    let delivered = world.delivered(1).await.remove(0);
    assert_eq!((delivered.application.as_str(), delivered.outcome), ("A-1", Delivery::Delivered));
    assert!(delivered.document.unwrap().as_slice().starts_with(b"%PDF-"));

    let database = world.neighbours.path("bus.db");
    let report = service_bus::order_report(&database, "A-1".parse().unwrap()).await.unwrap();
    let (kept, ended) = report.unwrap();
    assert_eq!((kept.payer, kept.service.as_str()), (order.payer, "P-0101"));
    assert_eq!(ended.unwrap().outcome, "delivered");
    assert_eq!(service_bus::order_report(&database, "A-2".parse().unwrap()).await.unwrap(), None);
}

/// An application number names one order for ever.
#[tokio::test]
async fn the_same_order_is_taken_once_and_another_under_its_number_refused() {
    let world = World::new();
    let first = ask(&world.portal.host, BUS.bin, &world.order("A-1", "P-0101")).await.unwrap();
    let again = ask(&world.portal.host, BUS.bin, &world.order("A-1", "P-0101")).await.unwrap();
    assert_eq!(first.expected_by, again.expected_by);
    let other = ask(&world.portal.host, BUS.bin, &world.order("A-1", "P-0102")).await;
    assert_eq!(other.unwrap_err(), "TLM-MSG-0002");
    world.delivered(1).await;
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!(world.delivered(1).await.len(), 1);
}

#[tokio::test]
async fn a_failing_agency_and_an_unknown_service_end_as_failed_with_a_reason() {
    let world = World::new();
    ask(&world.portal.host, BUS.bin, &world.order("A-1", "P-9999")).await.unwrap();
    let database = world.neighbours.path("bus.db");
    service_bus::set_agency(&database, "P-0101".parse().unwrap(), Mode::Failing).await.unwrap();
    ask(&world.portal.host, BUS.bin, &world.order("A-2", "P-0101")).await.unwrap();
    for failed in world.delivered(2).await {
        assert_eq!(failed.outcome, Delivery::Failed);
        assert!(failed.document.is_none() && failed.reason.is_some());
    }
    service_bus::set_agency(&database, "P-0101".parse().unwrap(), Mode::Normal).await.unwrap();
    ask(&world.portal.host, BUS.bin, &world.order("A-3", "P-0101")).await.unwrap();
    assert_eq!(world.delivered(3).await[2].outcome, Delivery::Delivered);
}

/// A late agency's document comes all the same, and the portal is told by when to expect it.
///
/// Meets: T6.16-18
#[tokio::test]
async fn a_late_agency_delivers_later_and_says_when() {
    let world = World::new();
    let database = world.neighbours.path("bus.db");
    ask(&world.portal.host, BUS.bin, &world.order("A-1", "P-0101")).await.unwrap();
    world.delivered(1).await;
    service_bus::set_agency(&database, "P-0101".parse().unwrap(), Mode::Late).await.unwrap();
    let begun = std::time::Instant::now();
    let order = world.order("A-2", "P-0101");
    let taken = ask(&world.portal.host, BUS.bin, &order).await.unwrap();
    assert!(taken.expected_by > order.header.sent_at);
    // A time of its own is what an order gets: an agency that is quick again does not speed it up.
    service_bus::set_agency(&database, "P-0101".parse().unwrap(), Mode::Normal).await.unwrap();
    let late = world.delivered(2).await.remove(1);
    assert!(begun.elapsed() >= Duration::from_millis(700), "{:?}", begun.elapsed());
    assert_eq!((late.application.as_str(), late.outcome), ("A-2", Delivery::Delivered));
}

#[tokio::test]
async fn an_agency_of_an_unknown_service_is_refused_with_the_known_ones() {
    let world = World::new();
    let database = world.neighbours.path("bus.db");
    ask(&world.portal.host, BUS.bin, &world.order("A-1", "P-0101")).await.unwrap();
    let error = service_bus::set_agency(&database, "P-9999".parse().unwrap(), Mode::Late).await.unwrap_err();
    let refused = error.downcast_ref::<service_bus::NobodyRenders>().unwrap();
    assert_eq!(refused.known, ["P-0101".parse().unwrap()]);
    assert_eq!(error.to_string(), "no agency's system renders P-9999; these are rendered: P-0101");
    ask(&world.portal.host, BUS.bin, &world.order("A-2", "P-9999")).await.unwrap();
    assert_eq!(world.delivered(2).await[1].outcome, Delivery::Failed, "it is rendered no more than before");
}

/// Meets: C20.6
#[tokio::test]
async fn only_portals_order() {
    let world = World::new();
    let bank = world.neighbours.host("bank");
    let order = OrderService { header: bank.header(), ..world.order("A-1", "P-0101") };
    assert_eq!(ask(&bank, BUS.bin, &order).await.unwrap_err(), "TLM-RGT-0002");
}
