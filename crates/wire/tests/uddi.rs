//! The registry of web services answers as UDDI version 3 says, to its own tests and to a client of others.
//!
//! `xmllint` must be installed; the Python of `TOLEM_PYTHON` (else `python3`) must have zeep.

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use terms::{Bin, Trilingual};
use wire::uddi::{Offer, Participant, Registry, Response, respond, schemas, wsdl};
use wire::{Namespace, services};
use xml::{Element, Limits, with_tree};

const GATEWAY: &str = "uddi:tolem:business:500140000126";

fn participant(bin: &str, names: [&str; 3], offers: &[(&Namespace, &str)]) -> Participant {
    let offer = |(namespace, endpoint): &(&Namespace, &str)| Offer {
        service: services().iter().find(|service| service.namespace == *namespace).unwrap(),
        endpoint: (*endpoint).to_owned(),
    };
    Participant {
        bin: bin.parse().unwrap(),
        names: Trilingual::new(names[0], names[1], names[2]),
        offers: offers.iter().map(offer).collect(),
    }
}

/// Two banks need a fourth number with a right check digit.
fn another_bin() -> String {
    let bins = (0..100).map(|end| format!("5003400000{end:02}"));
    bins.into_iter().find(|digits| digits.parse::<Bin>().is_ok()).unwrap()
}

fn registry() -> Registry {
    let gateway = participant(
        "500140000126",
        ["Төлем шлюзі", "Платёжный шлюз", "Payment gateway"],
        &[
            (&wire::GATEWAY, "https://gateway:8090/ws/v1/gateway"),
            (&wire::CARD, "https://gateway:8090/ws/v1/card"),
        ],
    );
    let portal = participant(
        "500240000137",
        ["Портал", "Портал", "Portal"],
        &[(&wire::PORTAL, "https://portal:8091/ws/v1/portal")],
    );
    let alatau = participant(
        "500140000017",
        ["Алатау Банк", "Банк «Алатау»", "Alatau Bank"],
        &[(&wire::BANK, "https://alatau:8092/a&b/ws/v1/bank")],
    );
    let other = participant(
        &another_bin(),
        ["Есіл Банк", "Банк «Есиль»", "Yesil Bank"],
        &[(&wire::BANK, "https://yesil:8095/ws/v1/bank")],
    );
    Registry::new(gateway, "https://gateway:8090/uddi/inquiry", [portal, alatau.clone(), other, alatau])
}

fn envelope(body: &str) -> String {
    format!(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n\
         <soapenv:Envelope xmlns:soapenv=\"http://schemas.xmlsoap.org/soap/envelope/\">\n \
         <soapenv:Header/>\n <soapenv:Body>\n{body}\n</soapenv:Body></soapenv:Envelope>"
    )
}

/// One inquiry, written as UDDI clients do, with a prefix.
fn inquiry(name: &str, attributes: &str, content: &str) -> String {
    format!("<u:{name} xmlns:u=\"urn:uddi-org:api_v3\" {attributes}>{content}</u:{name}>")
}

fn qualified(qualifiers: &[&str]) -> String {
    let each = qualifiers.iter().map(|q| format!("<u:findQualifier>{q}</u:findQualifier>"));
    format!("<u:findQualifiers>{}</u:findQualifiers>", each.collect::<String>())
}

fn category(tmodel: &str, value: &str) -> String {
    format!("<u:keyedReference tModelKey=\"{tmodel}\" keyName=\"any\" keyValue=\"{value}\"/>")
}

fn ask(name: &str, attributes: &str, content: &str) -> Response {
    respond(&registry(), envelope(&inquiry(name, attributes, content)).as_bytes())
}

fn read<R>(response: &Response, f: impl FnOnce(Element<'_, '_>) -> R) -> R {
    with_tree(response.envelope.as_bytes(), &Limits::MESSAGE, f).unwrap()
}

/// The values of an attribute of all elements of one name, the last part of a key only.
fn listed(response: &Response, element: &str, attribute: &str) -> Vec<String> {
    assert!(!response.is_fault, "{}", response.envelope);
    read(response, |root| {
        let all = root.descendants().filter(|e| e.name() == element);
        let keys = all.map(|e| e.attribute("", attribute).unwrap().to_owned());
        keys.map(|key| key.splitn(4, ':').last().unwrap().to_owned()).collect()
    })
}

fn error_of(response: &Response) -> String {
    assert!(response.is_fault, "{}", response.envelope);
    read(response, |root| {
        let result = root.descendants().find(|e| e.name() == "result").unwrap();
        let info = result.child("urn:uddi-org:api_v3", "errInfo").unwrap();
        format!("{} {}", result.attribute("", "errno").unwrap(), info.attribute("", "errCode").unwrap())
    })
}

fn businesses(content: &str) -> Vec<String> {
    let response = ask("find_business", "", content);
    read(&response, |root| {
        let infos = root.descendants().filter(|e| e.name() == "businessInfo");
        infos.map(|info| info.children().nth(2).unwrap().text().unwrap().to_owned()).collect()
    })
}

fn name(language: &str, text: &str) -> String {
    let language = if language.is_empty() { String::new() } else { format!(" xml:lang=\"{language}\"") };
    format!("<u:name{language}>{text}</u:name>")
}

#[test]
fn a_business_is_found_by_its_name_in_each_language_and_by_wildcards() {
    let approximate = qualified(&["approximateMatch"]);
    let any_case = qualified(&["approximateMatch", "caseInsensitiveMatch"]);
    let folded = qualified(&["caseInsensitiveMatch"]);
    let by_key = qualified(&["UDDI:uddi.org:findQualifier:approximateMatch"]);
    for (content, found) in [
        (String::new(), vec!["Alatau Bank", "Yesil Bank", "Portal", "Payment gateway"]),
        (name("", "Алатау Банк"), vec!["Alatau Bank"]),
        (name("", "  Алатау\n Банк "), vec!["Alatau Bank"]),
        (name("kk", "Алатау Банк"), vec!["Alatau Bank"]),
        (name("ru", "Алатау Банк"), vec![]),
        (name("", "алатау банк"), vec![]),
        (folded.clone() + &name("", "АЛАТАУ БАНК"), vec!["Alatau Bank"]),
        (folded + &name("", "АЛАТАУ%"), vec![]),
        // Without approximateMatch a percent sign is a percent sign.
        (name("", "%Bank"), vec![]),
        (approximate.clone() + &name("", "%Bank"), vec!["Alatau Bank", "Yesil Bank"]),
        (by_key + &name("", "%Bank"), vec!["Alatau Bank", "Yesil Bank"]),
        (approximate.clone() + &name("ru", "Банк%"), vec!["Alatau Bank", "Yesil Bank"]),
        (approximate.clone() + &name("KK", "Банк%"), vec![]),
        (approximate.clone() + &name("", "Портал") + &name("", "Yes_l%"), vec!["Yesil Bank", "Portal"]),
        (any_case + &name("", "ТӨЛЕМ%"), vec!["Payment gateway"]),
        (
            qualified(&["approximateMatch", "sortByNameDesc"]) + &name("en", "%a%"),
            vec!["Payment gateway", "Portal", "Yesil Bank", "Alatau Bank"],
        ),
        (approximate + &name("", "\\%"), vec![]),
    ] {
        assert_eq!(businesses(&content), found, "{content}");
    }
}

#[test]
fn a_business_is_found_by_its_number_its_descriptions_and_their_categories() {
    let bag = |name: &str, content: &str| format!("<u:{name}>{content}</u:{name}>");
    let tmodel = |key: &str| bag("tModelBag", &bag("tModelKey", key));
    let bins = category("uddi:tolem:bin", "500240000137") + &category("uddi:tolem:bin", "500140000017");
    let banks = vec!["Alatau Bank", "Yesil Bank"];
    let bank_namespace = bag("categoryBag", &category("uddi:uddi.org:xml:namespace", "urn:tolem:bank:v1"));
    let embedded = |name: &str| bag("find_tModel", &bag("name", name));
    for (content, found) in [
        (bag("identifierBag", &bins), vec!["Alatau Bank", "Portal"]),
        (qualified(&["andAllKeys"]) + &bag("identifierBag", &bins), vec![]),
        (tmodel("uddi:tolem:wsdl:bank:v1"), banks.clone()),
        (tmodel("UDDI:TOLEM:WSDL:BANK:V1"), banks.clone()),
        (embedded("Bank"), banks.clone()),
        (embedded("Nobody"), vec![]),
        // A participant has no categories of its own: those of its services count when that is asked for.
        (bank_namespace.clone(), vec![]),
        (qualified(&["serviceSubset"]) + &bank_namespace, banks.clone()),
        (qualified(&["combineCategoryBags"]) + &bank_namespace, banks),
        (qualified(&["bindingSubset"]) + &bank_namespace, vec![]),
    ] {
        assert_eq!(businesses(&content), found, "{content}");
    }
}

#[test]
fn services_bindings_and_tmodels_are_found_by_what_they_are() {
    let found = |name: &str, attributes: &str, content: &str, element: &str, key: &str| {
        listed(&ask(name, attributes, content), element, key)
    };
    let bag = |content: &str| format!("<u:categoryBag>{content}</u:categoryBag>");
    let services = |attributes: &str, content: &str| {
        found("find_service", attributes, content, "serviceInfo", "serviceKey")
    };
    let bindings = |attributes: &str, content: &str| {
        found("find_binding", attributes, content, "bindingTemplate", "bindingKey")
    };
    let tmodels = |content: &str| found("find_tModel", "", content, "tModelInfo", "tModelKey");

    assert_eq!(services("", "").len(), 6);
    let of_gateway = services(&format!("businessKey=\"{GATEWAY}\""), "");
    assert_eq!(of_gateway, ["500140000126:uddi", "500140000126:card", "500140000126:gateway"]);
    assert_eq!(services("businessKey=\"\"", &name("ru", "Сервис портала")), ["500240000137:portal"]);
    let of_portal = bag(&category("uddi:uddi.org:xml:namespace", "urn:tolem:portal:v1"));
    assert_eq!(services("", &of_portal), ["500240000137:portal"]);
    let soap_12 = category("uddi:uddi.org:wsdl:categorization:protocol", "uddi:uddi.org:protocol:SOAP12");
    assert_eq!(services("", &(qualified(&["bindingSubset"]) + &bag(&soap_12))).len(), 5);

    let of_service = "serviceKey=\"uddi:tolem:service:500140000126:gateway\"";
    assert_eq!(bindings(of_service, ""), ["500140000126:gateway:soap11", "500140000126:gateway:soap12"]);
    assert_eq!(bindings(of_service, &bag(&soap_12)), ["500140000126:gateway:soap12"]);
    let card = "<u:tModelBag><u:tModelKey>uddi:tolem:wsdl:card:v1</u:tModelKey></u:tModelBag>";
    assert_eq!(bindings("", &(card.to_owned() + &bag(&soap_12))), ["500140000126:card:soap12"]);

    let port_types = bag(&category("uddi:uddi.org:wsdl:types", "portType"));
    assert_eq!(tmodels(&port_types).len(), wire::services().len());
    assert_eq!(tmodels(&(qualified(&["approximateMatch"]) + &name("", "Card%"))), ["card:v1"]);
    let either = bag(&(category("uddi:uddi.org:xml:namespace", "urn:tolem:card:v1")
        + &category("uddi:uddi.org:xml:namespace", "urn:tolem:bank:v1")
        + &category("uddi:uddi.org:wsdl:types", "portType")));
    assert_eq!(tmodels(&either), [""; 0]);
    assert_eq!(tmodels(&(qualified(&["orLikeKeys"]) + &either)), ["bank:v1", "card:v1"]);
    assert_eq!(tmodels(&(qualified(&["orAllKeys"]) + &either)).len(), wire::services().len());
}

#[test]
fn a_list_is_given_in_parts_and_says_so() {
    let counts = |attributes: &str| {
        let response = ask("find_business", attributes, "");
        let rows = listed(&response, "businessInfo", "businessKey").len();
        read(&response, |root| {
            let list = root.descendants().find(|e| e.name() == "businessList").unwrap();
            let description = list.children().next().unwrap();
            let counts: Vec<_> = description.children().map(|e| e.text().unwrap().to_owned()).collect();
            (rows, counts.join(" "), list.attribute("", "truncated") == Some("true"))
        })
    };
    assert_eq!(counts(""), (4, "4 4 1".to_owned(), false));
    assert_eq!(counts("maxRows=\"3\""), (3, "3 4 1".to_owned(), true));
    assert_eq!(counts("maxRows=\"3\" listHead=\"2\""), (3, "3 4 2".to_owned(), false));
    assert_eq!(counts("listHead=\"9\""), (0, "0 4 9".to_owned(), false));
    for wrong in ["maxRows=\"0\"", "maxRows=\"-1\"", "listHead=\"0\"", "listHead=\"x\""] {
        assert_eq!(error_of(&ask("find_business", wrong, "")), "10500 E_fatalError", "{wrong}");
    }
}

/// Meets: C14
#[test]
fn every_wsdl_has_exactly_one_tmodel_and_every_key_leads_somewhere() {
    let registry = registry();
    for service in services() {
        let uri = service.namespace.uri;
        let describing =
            registry.tmodels().iter().filter(|tmodel| tmodel.categories.iter().any(|c| c.key_value == uri));
        assert_eq!(describing.count(), 1, "{uri}");
    }
    let keys = || {
        let businesses = registry.businesses().iter().map(|business| &business.key);
        let services = registry.services().map(|service| &service.key);
        let bindings = registry.bindings().map(|binding| &binding.key);
        businesses.chain(services).chain(bindings).chain(registry.tmodels().iter().map(|t| &t.key))
    };
    assert_eq!(keys().collect::<BTreeSet<_>>().len(), keys().count(), "keys are unique");
    assert!(keys().all(|key| key.starts_with("uddi:") && key.chars().count() <= 255));
    let tmodels: BTreeSet<_> = registry.tmodels().iter().map(|tmodel| tmodel.key.as_str()).collect();
    for binding in registry.bindings() {
        assert!(tmodels.contains(binding.tmodel_key.as_str()), "{}", binding.tmodel_key);
        assert!(binding.wsdl.starts_with(&binding.access_point) && binding.wsdl.ends_with("?wsdl"));
    }
    let categories = registry.services().flat_map(|service| &service.categories);
    let categories = categories.chain(registry.bindings().flat_map(|binding| &binding.categories));
    let categories = categories.chain(registry.tmodels().iter().flat_map(|tmodel| &tmodel.categories));
    for reference in categories.chain(registry.businesses().iter().flat_map(|b| &b.identifiers)) {
        assert!(tmodels.contains(reference.tmodel_key.as_str()), "{}", reference.tmodel_key);
    }
    let gateway = registry.tmodels().iter().find(|tmodel| tmodel.key == "uddi:tolem:wsdl:gateway:v1");
    assert_eq!(gateway.unwrap().wsdl.as_deref(), Some("https://gateway:8090/ws/v1/gateway?wsdl"));
    assert_eq!(registry.businesses()[0].key, GATEWAY);
    assert!(registry.services().all(|service| service.names.kk != service.names.en), "names are translated");
}

#[test]
fn what_cannot_be_answered_is_refused_with_the_code_of_the_standard() {
    let key = |name: &str, value: &str| format!("<u:{name}>{value}</u:{name}>");
    let long = "%".repeat(256);
    for (name_of, attributes, content, error) in [
        ("get_businessDetail", "", key("businessKey", "uddi:tolem:business:1"), "10210 E_invalidKeyPassed"),
        (
            "get_businessDetail",
            "",
            key("businessKey", GATEWAY) + &key("businessKey", "x"),
            "10210 E_invalidKeyPassed",
        ),
        ("get_serviceDetail", "", key("serviceKey", GATEWAY), "10210 E_invalidKeyPassed"),
        ("get_bindingDetail", "", key("bindingKey", ""), "10210 E_invalidKeyPassed"),
        ("get_tModelDetail", "", key("tModelKey", "&lt;x&gt;"), "10210 E_invalidKeyPassed"),
        ("find_service", "businessKey=\"none\"", String::new(), "10210 E_invalidKeyPassed"),
        ("find_binding", "serviceKey=\"none\"", String::new(), "10210 E_invalidKeyPassed"),
        ("get_businessDetail", "", String::new(), "10500 E_fatalError"),
        ("get_businessDetail", "", key("businessKey", GATEWAY).repeat(101), "10500 E_fatalError"),
        ("get_businessDetail", "", key("serviceKey", GATEWAY), "10500 E_fatalError"),
        ("find_business", "", "stray".to_owned(), "10500 E_fatalError"),
        ("find_business", "", key("name", "<u:name/>"), "10500 E_fatalError"),
        ("find_business", "", name("", "a").repeat(17), "10500 E_fatalError"),
        ("find_tModel", "", name("", "a").repeat(2), "10500 E_fatalError"),
        ("find_tModel", "", key("categoryBag", "<u:keyedReference keyValue=\"x\"/>"), "10500 E_fatalError"),
        ("find_business", "", name("", &long), "10020 E_nameTooLong"),
        ("find_business", "", qualified(&["soundex"]), "10050 E_unsupported"),
        ("find_business", "", qualified(&["diacriticInsensitiveMatch"]), "10050 E_unsupported"),
        ("find_business", "", key("discoveryURLs", ""), "10050 E_unsupported"),
        (
            "find_tModel",
            "",
            key("categoryBag", "<u:keyedReferenceGroup tModelKey=\"x\"/>"),
            "10050 E_unsupported",
        ),
        ("get_operationalInfo", "", key("entityKey", GATEWAY), "10050 E_unsupported"),
        ("save_business", "", String::new(), "10050 E_unsupported"),
        ("find_business", "", qualified(&["exactMatch", "APPROXIMATEMATCH"]), "40500 E_invalidCombination"),
        ("find_business", "", qualified(&["andAllKeys", "orAllKeys"]), "40500 E_invalidCombination"),
        ("find_business", "", name("", &" ".repeat(70_000)), "30110 E_messageTooLarge"),
    ] {
        assert_eq!(error_of(&ask(name_of, attributes, &content)), error, "{name_of} {attributes} {content}");
    }
    let wrong = ask("get_serviceDetail", "", &key("serviceKey", "uddi:none"));
    assert!(wrong.envelope.contains("keyType=\"serviceKey\""), "{}", wrong.envelope);
    assert!(wrong.envelope.contains("<faultcode>s:Client</faultcode>"), "{}", wrong.envelope);
}

/// Defends: A4
#[test]
fn what_is_no_envelope_is_refused() {
    let answered = |octets: &str| respond(&registry(), octets.as_bytes());
    let good = envelope(&inquiry("find_business", "", ""));
    assert!(!answered(&good).is_fault);
    let bomb = good.replacen(
        "?>",
        "?><!DOCTYPE x [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b \"&a;&a;&a;&a;&a;&a;&a;&a;\">]>",
        1,
    );
    let file = good.replacen("?>", "?><!DOCTYPE x SYSTEM \"file:///etc/passwd\">", 1);
    let deep = envelope(&format!("{}{}", "<a>".repeat(40), "</a>".repeat(40)));
    let two = envelope(&inquiry("find_business", "", "").repeat(2));
    let late = good.replace("</soapenv:Envelope>", "<soapenv:Header/></soapenv:Envelope>");
    for bad in [
        "",
        "find_business",
        "<a><b></a>",
        &good[..good.len() - 3],
        &bomb,
        &file,
        &deep,
        &two,
        &late,
        &envelope(""),
        &envelope("<find_business/>"),
        &inquiry("find_business", "", ""),
        &good.replace("<soapenv:Body>", "<!-- --><soapenv:Body>"),
    ] {
        assert_eq!(error_of(&answered(bad)), "10500 E_fatalError", "{bad}");
    }
    let version_2 = envelope("<find_business xmlns=\"urn:uddi-org:api_v2\" generic=\"2.0\"/>");
    assert_eq!(error_of(&answered(&version_2)), "10040 E_unrecognizedVersion");

    let coded = |octets: &str| {
        let response = answered(octets);
        assert!(response.is_fault);
        read(&response, |root| {
            root.descendants().find(|e| e.name() == "faultcode").unwrap().text().unwrap().to_owned()
        })
    };
    let soap_12 =
        good.replace("http://schemas.xmlsoap.org/soap/envelope/", "http://www.w3.org/2003/05/soap-envelope");
    assert_eq!(coded(&soap_12), "s:VersionMismatch");
    let with_header = |attributes: &str| {
        let header = format!("<soapenv:Header><x xmlns=\"urn:x\" {attributes}/></soapenv:Header>");
        good.replace("<soapenv:Header/>", &header)
    };
    assert_eq!(coded(&with_header("soapenv:mustUnderstand=\"1\"")), "s:MustUnderstand");
    assert!(!answered(&with_header("soapenv:mustUnderstand=\"0\"")).is_fault);
    assert!(!answered(&with_header("soapenv:mustUnderstand=\"1\" soapenv:actor=\"urn:other\"")).is_fault);
}

/// Writes the schemas and a WSDL into a folder of this test's own.
fn published(test: &str) -> PathBuf {
    let folder = std::env::temp_dir().join(format!("tolem-uddi-{test}-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    for (name, text) in schemas() {
        std::fs::write(folder.join(name), text).unwrap();
    }
    std::fs::write(folder.join("inquiry.wsdl"), wsdl("https://gateway:8090/uddi/inquiry?a=1&b=\"2\""))
        .unwrap();
    folder
}

/// Meets: C14
#[test]
fn every_inquiry_and_every_answer_is_valid_by_the_published_schema() {
    let folder = published("valid");
    let registry = registry();
    let all_keys = |name: &str, keys: Vec<&String>| {
        keys.iter().map(|key| format!("<u:{name}>{key}</u:{name}>")).collect::<String>()
    };
    let qualifiers = qualified(&["approximateMatch", "orAllKeys", "combineCategoryBags"]);
    let bag = format!("<u:categoryBag>{}</u:categoryBag>", category("uddi:uddi.org:wsdl:types", "%"));
    let named = qualifiers.clone() + &name("kk", "%") + &name("", "%");
    let inquiries = [
        ("find_business", "maxRows=\"2\" listHead=\"1\"", named.clone() + &bag),
        ("find_service", "maxRows=\"2\"", named + &bag),
        ("find_binding", "maxRows=\"2\"", qualifiers.clone() + &bag),
        ("find_tModel", "", qualifiers + &name("", "%") + &bag),
        ("find_business", "", name("", "nobody")),
        (
            "get_businessDetail",
            "",
            all_keys("businessKey", registry.businesses().iter().map(|b| &b.key).collect()),
        ),
        ("get_serviceDetail", "", all_keys("serviceKey", registry.services().map(|s| &s.key).collect())),
        ("get_bindingDetail", "", all_keys("bindingKey", registry.bindings().map(|b| &b.key).collect())),
        ("get_tModelDetail", "", all_keys("tModelKey", registry.tmodels().iter().map(|t| &t.key).collect())),
        ("get_tModelDetail", "", all_keys("tModelKey", vec![&"uddi:none".to_owned()])),
    ];
    let mut written = Vec::new();
    for (number, (name, attributes, content)) in inquiries.into_iter().enumerate() {
        let question = inquiry(name, attributes, &content);
        let response = respond(&registry, envelope(&question).as_bytes());
        let inner = if response.is_fault { ("<detail>", "</detail>") } else { ("<s:Body>", "</s:Body>") };
        let (_, answer) = response.envelope.split_once(inner.0).unwrap();
        let (answer, _) = answer.split_once(inner.1).unwrap();
        for (kind, text) in [("question", question.as_str()), ("answer", answer)] {
            let path = folder.join(format!("{number}-{kind}.xml"));
            std::fs::write(&path, text).unwrap();
            written.push(path);
        }
    }
    let mut xmllint = Command::new("xmllint");
    let output =
        xmllint.args(["--nonet", "--noout", "--schema"]).arg(folder.join("inquiry.xsd")).args(written);
    let output = output.output().expect("xmllint is installed");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    std::fs::remove_dir_all(folder).unwrap();
}

/// zeep stands for the clients of others: it loads the WSDL, asks everything, and reads answers and faults.
/// The script writes each message as a line of hexadecimal digits and reads the answer in the same way.
///
/// Meets: C14
#[test]
fn a_client_that_is_not_ours_finds_its_way_from_a_name_to_a_wsdl() {
    let folder = published("zeep");
    let registry = registry();
    let python = std::env::var("TOLEM_PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/uddi_client.py");
    let mut client = Command::new(python)
        .arg(script)
        .arg(folder.join("inquiry.wsdl"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the interpreter runs");
    let mut answers = client.stdin.take().unwrap();
    let mut asked = 0;
    for line in BufReader::new(client.stdout.take().unwrap()).lines() {
        let question = hex::decode(line.unwrap()).unwrap();
        let Response { is_fault, envelope } = respond(&registry, &question);
        let status = if is_fault { 500 } else { 200 };
        writeln!(answers, "{status} {}", hex::encode(envelope)).unwrap();
        asked += 1;
    }
    assert!(client.wait().unwrap().success());
    assert_eq!(asked, 11);
    std::fs::remove_dir_all(folder).unwrap();
}
