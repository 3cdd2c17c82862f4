//! What the registry holds, and how it follows from who takes part and which services are declared.
//!
//! One businessEntity a participant, one businessService a declared service it offers, one bindingTemplate
//! a version of SOAP, one tModel a WSDL. Looking things up is in `find`, writing them in `answer`.

use terms::{Bin, Trilingual};

use super::well_known as known;
use crate::framework::ServiceDescription;
use crate::publish::services;

/// One participant, as the caller knows it.
#[derive(Debug, Clone)]
pub struct Participant {
    /// Its number.
    pub bin: Bin,
    /// Its name.
    pub names: Trilingual,
    /// The services it offers, each once.
    pub offers: Vec<Offer>,
}

/// A declared service at an address.
#[derive(Debug, Clone)]
pub struct Offer {
    /// Which service.
    pub service: &'static ServiceDescription,
    /// Where its messages go; the same with `?wsdl` gives its description.
    pub endpoint: String,
}

/// One participant, as registered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BusinessEntity {
    /// Its key.
    pub key: String,
    /// Its name.
    pub names: Trilingual,
    /// What it offers.
    pub services: Vec<BusinessService>,
    /// Its numbers.
    pub identifiers: Vec<KeyedReference>,
}

/// One service of one participant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BusinessService {
    /// Its key.
    pub key: String,
    /// Whose it is.
    pub business_key: String,
    /// Its name.
    pub names: Trilingual,
    /// What it is for, in English.
    pub description: String,
    /// Where it is reached.
    pub bindings: Vec<BindingTemplate>,
    /// What it is classified as.
    pub categories: Vec<KeyedReference>,
}

/// One way to reach a service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BindingTemplate {
    /// Its key.
    pub key: String,
    /// What it reaches.
    pub service_key: String,
    /// The protocol in words, in English.
    pub description: String,
    /// The address.
    pub access_point: String,
    /// The tModel of its WSDL.
    pub tmodel_key: String,
    /// The port's name in the WSDL.
    pub port: String,
    /// The WSDL that the address itself serves.
    pub wsdl: String,
    /// What it is classified as.
    pub categories: Vec<KeyedReference>,
}

/// A description that others refer to: of a WSDL, or of a system of categories.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TModel {
    /// Its key.
    pub key: String,
    /// Its name; that of the WSDL's port type for a WSDL.
    pub name: String,
    /// What it is, in English.
    pub description: String,
    /// The WSDL. For a service that several offer, at the first of them; none while nobody does.
    pub wsdl: Option<String>,
    /// What it is classified as.
    pub categories: Vec<KeyedReference>,
}

/// A value in a system of categories or of identifiers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyedReference {
    /// The system: the key of its tModel.
    pub tmodel_key: String,
    /// The value in words.
    pub key_name: String,
    /// The value.
    pub key_value: String,
}

impl KeyedReference {
    fn new(tmodel_key: &str, key_name: &str, key_value: &str) -> Self {
        let [tmodel_key, key_name, key_value] = [tmodel_key, key_name, key_value].map(str::to_owned);
        Self { tmodel_key, key_name, key_value }
    }
}

/// All that is registered. Immutable: a change makes a new registry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Registry {
    pub(super) businesses: Vec<BusinessEntity>,
    pub(super) tmodels: Vec<TModel>,
}

impl Registry {
    /// The registry kept by `operator`, who answers inquiries at the address `inquiry`.
    ///
    /// The operator comes first, the others in their order; who comes a second time is left out.
    pub fn new(operator: Participant, inquiry: &str, others: impl IntoIterator<Item = Participant>) -> Self {
        let mut first = business(operator);
        first.services.push(inquiry_service(&first.key, inquiry));
        let mut businesses = vec![first];
        for other in others.into_iter().map(business) {
            if businesses.iter().all(|business| business.key != other.key) {
                businesses.push(other);
            }
        }
        let mut tmodels: Vec<_> =
            services().iter().map(|service| wsdl_tmodel(service, &businesses)).collect();
        tmodels.extend(known::ALL.map(|(key, name, description)| TModel {
            key: key.to_owned(),
            name: name.to_owned(),
            description: description.to_owned(),
            wsdl: None,
            categories: Vec::new(),
        }));
        Self { businesses, tmodels }
    }

    /// All participants.
    pub fn businesses(&self) -> &[BusinessEntity] {
        &self.businesses
    }

    /// All services of all participants.
    pub fn services(&self) -> impl Iterator<Item = &BusinessService> + Clone {
        self.businesses.iter().flat_map(|business| &business.services)
    }

    /// All ways to reach a service.
    pub fn bindings(&self) -> impl Iterator<Item = &BindingTemplate> + Clone {
        self.services().flat_map(|service| &service.bindings)
    }

    /// All descriptions that others refer to: one for each declared service, then the well-known ones.
    pub fn tmodels(&self) -> &[TModel] {
        &self.tmodels
    }
}

/// The key of the tModel of a declared service's WSDL. The namespace carries the version, so a new version
/// of the service is a new tModel.
pub(super) fn wsdl_tmodel_key(service: &ServiceDescription) -> String {
    let name = service.namespace.uri.strip_prefix("urn:tolem:").unwrap_or(service.namespace.uri);
    format!("uddi:tolem:wsdl:{name}")
}

fn business(participant: Participant) -> BusinessEntity {
    let Participant { bin, names, offers } = participant;
    let key = format!("uddi:tolem:business:{bin}");
    let services = offers.iter().map(|offer| offered_service(&key, bin, offer)).collect();
    let identifiers = vec![KeyedReference::new(known::BIN, "БИН", &bin.to_string())];
    BusinessEntity { key, names, services, identifiers }
}

fn offered_service(business_key: &str, bin: Bin, offer: &Offer) -> BusinessService {
    let Offer { service, endpoint } = offer;
    let stem = format!("{bin}:{}", service.namespace.file);
    let key = format!("uddi:tolem:service:{stem}");
    let binding = |version: &str, protocol: &str| BindingTemplate {
        key: format!("uddi:tolem:binding:{stem}:{}", version.to_ascii_lowercase()),
        service_key: key.clone(),
        description: format!("{protocol} over mutual TLS; messages are signed (WS-Security)."),
        access_point: endpoint.clone(),
        tmodel_key: wsdl_tmodel_key(service),
        port: format!("{}{version}", service.name),
        wsdl: format!("{endpoint}?wsdl"),
        categories: port_categories(if version == "Soap11" { known::SOAP_11 } else { known::SOAP_12 }),
    };
    BusinessService {
        business_key: business_key.to_owned(),
        names: names_of(service),
        description: service.doc.to_owned(),
        bindings: vec![binding("Soap11", "SOAP 1.1"), binding("Soap12", "SOAP 1.2")],
        categories: vec![
            KeyedReference::new(known::WSDL_TYPES, "WSDL type", "service"),
            KeyedReference::new(known::XML_NAMESPACE, "service namespace", service.namespace.uri),
            KeyedReference::new(known::XML_LOCAL_NAME, "service local name", service.name),
        ],
        key,
    }
}

/// The registry itself, as a service of who keeps it.
fn inquiry_service(business_key: &str, address: &str) -> BusinessService {
    let key = format!("{}:uddi", business_key.replacen(":business:", ":service:", 1));
    let binding = BindingTemplate {
        key: format!("{}:soap11", key.replacen(":service:", ":binding:", 1)),
        service_key: key.clone(),
        description: "SOAP 1.1 over mutual TLS; messages are not signed.".to_owned(),
        access_point: address.to_owned(),
        tmodel_key: known::V3_INQUIRY.to_owned(),
        port: super::publish::PORT.to_owned(),
        wsdl: format!("{address}?wsdl"),
        categories: port_categories(known::SOAP_11),
    };
    BusinessService {
        business_key: business_key.to_owned(),
        names: Trilingual::new(
            "Веб-қызметтер тізіліміне сұрау салу",
            "Запросы к реестру веб-сервисов",
            "Inquiry of the registry of web services",
        ),
        description: "UDDI version 3, inquiry.".to_owned(),
        bindings: vec![binding],
        categories: Vec::new(),
        key,
    }
}

fn port_categories(protocol: &str) -> Vec<KeyedReference> {
    vec![
        KeyedReference::new(known::WSDL_TYPES, "WSDL type", "port"),
        KeyedReference::new(known::WSDL_PROTOCOL, "WSDL protocol", protocol),
        KeyedReference::new(known::WSDL_TRANSPORT, "WSDL transport", known::HTTP),
    ]
}

fn wsdl_tmodel(service: &ServiceDescription, businesses: &[BusinessEntity]) -> TModel {
    let key = wsdl_tmodel_key(service);
    let mut bindings = businesses.iter().flat_map(|business| &business.services).flat_map(|s| &s.bindings);
    TModel {
        name: service.name.to_owned(),
        description: service.doc.to_owned(),
        wsdl: bindings.find(|binding| binding.tmodel_key == key).map(|binding| binding.wsdl.clone()),
        categories: vec![
            KeyedReference::new(known::CATEGORIZATION_TYPES, "WSDL description", "wsdlSpec"),
            KeyedReference::new(known::WSDL_TYPES, "WSDL type", "portType"),
            KeyedReference::new(known::XML_NAMESPACE, "portType namespace", service.namespace.uri),
        ],
        key,
    }
}

/// A service's name for people. The declaration has an English one only, because XML needs no more.
fn names_of(service: &ServiceDescription) -> Trilingual {
    match service.namespace.file {
        "gateway" => {
            Trilingual::new("Төлем шлюзінің қызметі", "Сервис платёжного шлюза", "Payment gateway service")
        }
        "card" => Trilingual::new(
            "Карточкамен төлеу бетінің ішкі қызметі",
            "Внутренний сервис страницы оплаты картой",
            "Inner service of the card page",
        ),
        "portal" => Trilingual::new("Порталдың қызметі", "Сервис портала", "Portal service"),
        "bank" => Trilingual::new("Банктің қызметі", "Сервис банка", "Bank service"),
        "tax-registry" => {
            Trilingual::new("Салық тізілімінің қызметі", "Сервис налогового реестра", "Tax registry service")
        }
        "service-bus" => {
            Trilingual::new("Қызметтер шинасының қызметі", "Сервис шины услуг", "Service bus service")
        }
        _ => Trilingual::new(service.name, service.name, service.name),
    }
}
