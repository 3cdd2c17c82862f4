//! The inquiry port and the page, asked over their routers.

use axum::body::{Body, to_bytes};
use http::{Request, StatusCode};
use tower::ServiceExt;

use super::*;

const GATEWAY: &str = "500140000126";
const PORTAL: &str = "500240000137";
const BANK: &str = "500140000017";

fn known(bin: &str, name: &str, messages: Option<&str>) -> Known {
    Known {
        bin: bin.parse().unwrap(),
        name: Trilingual::new(name, name, name),
        messages: messages.map(str::to_owned),
    }
}

fn neighbours() -> Vec<Known> {
    vec![
        known(BANK, "Алатау <Банк>", Some("https://127.0.0.1:8092/ws/v1/bank")),
        known(PORTAL, "Портал", Some("https://127.0.0.1:8091/ws/v1/portal/")),
    ]
}

fn demonstration() -> Arc<Registry> {
    Arc::new(registry(GATEWAY.parse().unwrap(), "https://127.0.0.1:8090", &neighbours()))
}

async fn answered(router: Router, request: Request<Body>) -> (StatusCode, String, String) {
    let response = router.oneshot(request).await.unwrap();
    let kind = response.headers().get(header::CONTENT_TYPE).unwrap().to_str().unwrap().to_owned();
    let status = response.status();
    let octets = to_bytes(response.into_body(), 1 << 20).await.unwrap();
    (status, kind, String::from_utf8(octets.to_vec()).unwrap())
}

async fn ask(body: &str) -> (StatusCode, String) {
    let envelope = format!(
        "<e:Envelope xmlns:e=\"http://schemas.xmlsoap.org/soap/envelope/\"><e:Body>{body}</e:Body></e:Envelope>"
    );
    let request = Request::post(PATH).header("SOAPAction", "\"\"").body(Body::from(envelope)).unwrap();
    let (status, kind, text) = answered(inquiry_routes(demonstration()), request).await;
    assert_eq!(kind, "text/xml; charset=utf-8");
    (status, text)
}

async fn got(path: &str) -> (StatusCode, String, String) {
    let routes = inquiry_routes(demonstration()).merge(page::routes(demonstration()));
    answered(routes, Request::get(path).header("host", "gateway.kz:8090").body(Body::empty()).unwrap()).await
}

/// Meets: C14
#[tokio::test]
async fn each_inquiry_is_answered_over_http() {
    let key = |kind: &str, key: &str| {
        format!(
            "<get_{kind}Detail xmlns=\"urn:uddi-org:api_v3\"><{kind}Key>{key}</{kind}Key></get_{kind}Detail>"
        )
    };
    let find = |kind: &str| format!("<find_{kind} xmlns=\"urn:uddi-org:api_v3\"/>");
    for (question, answer, said) in [
        (find("business"), "businessList", "<actualCount>3</actualCount>"),
        (find("service"), "serviceList", "uddi:tolem:service:500140000017:bank"),
        (find("binding"), "bindingDetail", "https://127.0.0.1:8090/ws/v1/card"),
        (find("tModel"), "tModelList", "uddi:tolem:wsdl:service-bus:v1"),
        (key("business", "uddi:tolem:business:500140000017"), "businessDetail", "Алатау &lt;Банк&gt;"),
        (
            key("service", "uddi:tolem:service:500140000126:uddi"),
            "serviceDetail",
            "https://127.0.0.1:8090/uddi/inquiry",
        ),
        (key("binding", "uddi:tolem:binding:500140000126:gateway:soap12"), "bindingDetail", "GatewaySoap12"),
        (key("tModel", "uddi:tolem:wsdl:bank:v1"), "tModelDetail", "https://127.0.0.1:8092/ws/v1/bank?wsdl"),
    ] {
        let (status, text) = ask(&question).await;
        assert_eq!(status, StatusCode::OK, "{question} {text}");
        assert!(text.contains(&format!("<{answer} xmlns=\"urn:uddi-org:api_v3\"")), "{question} {text}");
        assert!(text.contains(said), "{said}: {text}");
    }
}

/// Defends: A4
#[tokio::test]
async fn a_refusal_is_a_fault_with_a_report() {
    let unknown =
        "<get_businessDetail xmlns=\"urn:uddi-org:api_v3\"><businessKey>x</businessKey></get_businessDetail>";
    for (question, number) in
        [(unknown, "10210"), ("<find_business/>", "10500"), ("<<", "10500"), ("]]>", "10500")]
    {
        let (status, text) = ask(question).await;
        assert_eq!(status, StatusCode::INTERNAL_SERVER_ERROR);
        assert!(text.contains("<faultcode>s:Client</faultcode>"), "{text}");
        assert!(text.contains(&format!("<result errno=\"{number}\"")), "{text}");
    }
    let dtd = Request::post(PATH).body(Body::from("<!DOCTYPE a [<!ENTITY b \"c\">]><a>&b;</a>")).unwrap();
    let (status, _, text) = answered(inquiry_routes(demonstration()), dtd).await;
    assert_eq!(status, StatusCode::INTERNAL_SERVER_ERROR);
    assert!(text.contains("a document type declaration is not allowed"), "{text}");
}

#[tokio::test]
async fn the_description_names_the_address_it_was_asked_at_and_its_schemas_lie_beside_it() {
    let (status, _, text) = got("/uddi/inquiry?WSDL").await;
    assert_eq!(status, StatusCode::OK);
    assert!(text.contains("location=\"https://gateway.kz:8090/uddi/inquiry\""), "{text}");
    for (importing, imported) in [("/uddi/inquiry?wsdl", "inquiry.xsd"), ("/uddi/inquiry.xsd", "xml.xsd")] {
        let (_, _, text) = got(importing).await;
        assert!(text.contains(&format!("schemaLocation=\"{imported}\"")), "{text}");
        assert_eq!(got(&format!("/uddi/{imported}")).await.0, StatusCode::OK);
    }
    assert_eq!(got("/uddi/inquiry").await.0, StatusCode::METHOD_NOT_ALLOWED);
}

/// Meets: C14
#[tokio::test]
async fn people_see_the_same_data_in_their_language() {
    for (language, title, service) in [
        ("kk", "Веб-қызметтер тізілімі (UDDI)", "Банктің қызметі"),
        ("ru", "Реестр веб-сервисов (UDDI)", "Сервис банка"),
        ("en", "Registry of web services (UDDI)", "Bank service"),
    ] {
        let (status, _, text) = got(&format!("/uddi?lang={language}")).await;
        assert_eq!(status, StatusCode::OK);
        for said in
            [title, service, "href=\"https://127.0.0.1:8092/ws/v1/bank?wsdl\"", "uddi:tolem:wsdl:bank:v1"]
        {
            assert!(text.contains(said), "{said}: {text}");
        }
        assert!(!text.contains("<Банк>"), "{text}");
    }
}

#[test]
fn a_gateway_behind_another_name_says_so_by_an_entry_of_itself() {
    let own = known(GATEWAY, "ПШЭП", Some("https://pay.kz/ws/v1/gateway"));
    assert_eq!(own.messages.as_deref().and_then(origin), Some("https://pay.kz"));
    let registry = registry(GATEWAY.parse().unwrap(), "https://pay.kz", neighbours().iter().chain([&own]));
    assert_eq!(registry.businesses().len(), 3);
    assert_eq!(registry.businesses()[0].names.ru, "ПШЭП");
    let points: Vec<_> =
        registry.businesses()[0].services.iter().map(|s| &*s.bindings[0].access_point).collect();
    assert_eq!(
        points,
        ["https://pay.kz/ws/v1/gateway", "https://pay.kz/ws/v1/card", "https://pay.kz/uddi/inquiry"]
    );
}

#[test]
fn who_takes_no_messages_is_registered_without_services() {
    let silent =
        [known(BANK, "Банк", None), known(PORTAL, "Портал", Some("https://127.0.0.1:8091/elsewhere"))];
    let registry = registry(GATEWAY.parse().unwrap(), "https://127.0.0.1:8090", &silent);
    assert_eq!(registry.businesses().len(), 3);
    assert!(registry.businesses()[1..].iter().all(|business| business.services.is_empty()));
}
