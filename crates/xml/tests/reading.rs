//! What the reader takes and refuses, field by field and limit by limit.

use std::time::{Duration, Instant};

use proptest::prelude::*;
use xml::c14n::Form;
use xml::{FieldError, Limits, Problem, ToElement, Writer, XmlError, with_tree};

fn read(text: &[u8]) -> Result<String, XmlError> {
    with_tree(text, &Limits::MESSAGE, |root| root.name().to_owned())
}

fn fault(text: &str, decode: impl FnOnce(xml::Element<'_, '_>) -> Result<(), FieldError>) -> String {
    with_tree(text.as_bytes(), &Limits::MESSAGE, decode).unwrap().unwrap_err().to_string()
}

fn two_fields(root: xml::Element<'_, '_>) -> Result<(), FieldError> {
    let mut fields = root.fields("urn:n")?;
    fields.required("a")?.parse::<u8>()?;
    fields.repeated("b", 2)?;
    fields.required("c")?.text()?;
    fields.finish()
}

#[test]
fn each_fault_in_a_message_is_named_with_its_place() {
    let cases = [
        ("<m xmlns='urn:n'/>", "/m/a: the element is missing"),
        ("<m xmlns='urn:n'><c/><a>1</a></m>", "/m/c: the element is not expected here"),
        ("<m xmlns='urn:n'><a>1</a><a>1</a><c/></m>", "/m/a[2]: the element is repeated"),
        ("<m xmlns='urn:n'><a>1</a><c/><c/></m>", "/m/c[2]: the element is repeated"),
        ("<m xmlns='urn:n'><a>1</a><c/><x/></m>", "/m/x: the element is not expected here"),
        ("<m xmlns='urn:n'><a>1</a><c xmlns='urn:other'/></m>", "/m/c: the element is missing"),
        (
            "<m xmlns='urn:n'><a>1</a><b/><b/><b/><c/></m>",
            "/m/b[3]: there are more than 2 elements of this name",
        ),
        ("<m xmlns='urn:n'>x<a>1</a><c/></m>", "/m: only elements may stand here"),
        ("<m xmlns='urn:n'><a><b/></a><c/></m>", "/m/a: only text may stand here"),
        ("<m xmlns='urn:n'><a>1000</a><c/></m>", "/m/a: number too large to fit in target type"),
        ("<m xmlns='urn:n'><a> 1</a><c/></m>", "/m/a: invalid digit found in string"),
    ];
    for (text, expected) in cases {
        assert_eq!(fault(text, two_fields), expected, "{text}");
    }
}

/// Defends: A4
#[test]
fn a_comment_never_splits_a_value() {
    let text = "<m xmlns='urn:n'><a>1<!-- 0 -->0</a><c/></m>";
    assert_eq!(read(text.as_bytes()), Err(XmlError::Comment));
    let limits = Limits { comments: true, ..Limits::MESSAGE };
    let error = with_tree(text.as_bytes(), &limits, two_fields).unwrap().unwrap_err();
    assert_eq!(error.problem, Problem::Comment);
}

fn utf16(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_le_bytes).collect()
}

/// Defends: A22
#[test]
fn hostile_texts_are_refused_quickly() {
    let limits = Limits::MESSAGE;
    let bomb = "<!DOCTYPE a [<!ENTITY b 'bbbbbbbbbb'><!ENTITY c '&b;&b;&b;&b;'>]><a>&c;</a>";
    let attributes: String = (0..50_000).map(|n| format!(" a{n}=''")).collect();
    let namespaces: String = (0..60).map(|n| format!(" xmlns:a{n}='u{n}'")).collect();
    let nested_namespaces: String = (0..2).map(|n| format!("<e{n}{namespaces}>")).collect();
    let cases: Vec<(Vec<u8>, XmlError)> = vec![
        (bomb.into(), XmlError::Dtd),
        ("<!DOCTYPE a><a/>".into(), XmlError::Dtd),
        ("<!DOCTYPE a SYSTEM 'file:///etc/passwd'><a/>".into(), XmlError::Dtd),
        ("<?pi?><a/>".into(), XmlError::ProcessingInstruction),
        ("<a><?xml-stylesheet href='x'?></a>".into(), XmlError::ProcessingInstruction),
        ("<a>".repeat(10_000).into(), XmlError::TooDeep(limits.depth)),
        (format!("{}{}", "<a>".repeat(65), "</a>".repeat(65)).into(), XmlError::TooDeep(limits.depth)),
        (vec![b' '; 100_000_000], XmlError::TooLarge { found: 100_000_000, limit: limits.bytes }),
        (format!("<a{attributes}/>").into(), XmlError::TooManyAttributes(limits.attributes)),
        (format!("<r>{}</r>", "<a/>".repeat(20_000)).into(), XmlError::TooManyElements(limits.elements)),
        (nested_namespaces.into(), XmlError::TooManyNamespaces(limits.namespaces)),
        (format!("<{}/>", "a".repeat(257)).into(), XmlError::NameTooLong(limits.name)),
        (format!("<a>{}</a>", "x".repeat(900_000)).into(), XmlError::TextTooLong(limits.text)),
        (format!("<a b='{}'/>", "x".repeat(900_000)).into(), XmlError::TextTooLong(limits.text)),
        (utf16("\u{feff}<?xml version='1.0' encoding='UTF-16'?><a/>"), XmlError::NotUtf8),
        ("<?xml version='1.0' encoding='UTF-7'?>+ADw-a/+AD4-".into(), XmlError::NotUtf8),
        ("<?xml version='1.0' encoding='windows-1251'?><a/>".into(), XmlError::NotUtf8),
        (b"<a>\xff</a>".to_vec(), XmlError::NotUtf8),
    ];
    for (text, expected) in cases {
        let start = Instant::now();
        assert_eq!(read(&text), Err(expected));
        assert!(start.elapsed() < Duration::from_secs(1), "took {:?}", start.elapsed());
    }
}

/// Defends: A22
#[test]
fn the_worst_text_within_the_limits_is_still_read_and_canonicalised_quickly() {
    let namespaces: String = (0..30).map(|n| format!(" xmlns:a{n}='u{n}'")).collect();
    let text = format!("<r{namespaces}>{}</r>", "<a0:a xmlns:b='v'/>".repeat(19_000));
    let start = Instant::now();
    let canonical = with_tree(text.as_bytes(), &Limits::MESSAGE, |root| Form::EXCLUSIVE.element(root));
    assert!(canonical.unwrap().len() < 2 * text.len());
    assert!(start.elapsed() < Duration::from_secs(2), "took {:?}", start.elapsed());
}

#[test]
fn texts_that_are_not_well_formed_are_refused() {
    for text in [
        "",
        "   ",
        "text",
        "<a>",
        "<a></b>",
        "<a/><b/>",
        "<a b='1' b='2'/>",
        "<a xmlns='urn:1' xmlns='urn:2'/>",
        "<a xmlns:p='urn:1' xmlns:q='urn:1' p:b='1' q:b='2'/>",
        "<p:a/>",
        "<a p:b=''/>",
        "<a xmlns:p=''/>",
        "<a:b:c xmlns:a='u'/>",
        "<a b=c/>",
        "<a>&unknown;</a>",
        "<a>&#0;</a>",
        "<a>&#xFFFE;</a>",
        "<a>\u{1}</a>",
        "<a>]]></a>",
        "<a b='<'/>",
        "<a/>trailing",
        "<?xml version='1.1'?><a/>",
        " <?xml version='1.0'?><a/>",
        "\u{0}<\u{0}a\u{0}/\u{0}>",
    ] {
        let refused = read(text.as_bytes());
        assert!(
            matches!(refused, Err(XmlError::NotWellFormed(_) | XmlError::ProcessingInstruction)),
            "{text:?}"
        );
    }
}

/// Defends: A24
#[test]
fn a_complaint_about_hostile_text_is_short_and_stays_on_its_line() {
    let name = format!("a\u{202e}\r\n\u{1b}[31m{}", "x".repeat(100_000));
    for text in [format!("<{name}></b>"), format!("<a>&{name};</a>"), format!("<a {name}='1' {name}='2'/>")] {
        let complaint = read(text.as_bytes()).unwrap_err().to_string();
        assert!(complaint.len() < 1000 && !complaint.chars().any(|c| c.is_control() || c == '\u{202e}'));
    }
}

#[test]
fn a_writer_escapes_sorts_and_declares_as_canonical_xml_does() {
    let mut writer = Writer::new();
    writer.start("urn:a", "m").attribute("z", "\"<>&\t\n\r").attribute("a", "");
    writer.leaf("urn:a", "t", "<>&\"'\t\n\r\u{0}").start("urn:b", "u").leaf("", "v", "").end().end();
    assert_eq!(
        writer.finish(),
        "<m xmlns=\"urn:a\" a=\"\" z=\"&quot;&lt;>&amp;&#x9;&#xA;&#xD;\">\
         <t>&lt;&gt;&amp;\"'\t\n&#xD;\u{fffd}</t>\
         <u xmlns=\"urn:b\"><v xmlns=\"\"></v></u></m>"
    );
}

#[derive(Debug, Clone)]
enum Tree {
    Text(String),
    Element(&'static str, String, Vec<Tree>),
}

impl ToElement for Tree {
    fn write(&self, writer: &mut Writer) {
        match self {
            Self::Text(text) => {
                writer.text(text);
            }
            Self::Element(namespace, attribute, children) => {
                writer.start(namespace, "e").attribute("x", attribute).attribute("b", attribute);
                children.iter().for_each(|child| child.write(writer));
                writer.end();
            }
        }
    }
}

fn trees() -> impl Strategy<Value = Tree> {
    let namespace = prop::sample::select(vec!["", "urn:a", "urn:b&c"]);
    let leaf = any::<String>().prop_map(Tree::Text);
    let inner = leaf.prop_recursive(4, 24, 4, move |child| {
        (namespace.clone(), any::<String>(), prop::collection::vec(child, 0..4))
            .prop_map(|(namespace, attribute, children)| Tree::Element(namespace, attribute, children))
    });
    prop::collection::vec(inner, 0..4).prop_map(|children| Tree::Element("urn:root", String::new(), children))
}

proptest! {
    #[test]
    fn what_is_written_is_canonical_alone_and_inside_an_envelope(tree in trees()) {
        let text = tree.to_xml();
        let forms = [Form::INCLUSIVE, Form::EXCLUSIVE];
        for form in forms {
            let again = with_tree(text.as_bytes(), &Limits::MESSAGE, |root| form.element(root)).unwrap();
            prop_assert_eq!(String::from_utf8(again).unwrap(), text.clone());
        }
        let around = format!("<s:E xmlns:s='urn:s' xmlns:t='urn:t'><s:B>{text}</s:B></s:E>");
        let inside = with_tree(around.as_bytes(), &Limits::MESSAGE, |root| {
            Form::EXCLUSIVE.element(root.children().next().unwrap().children().next().unwrap())
        });
        prop_assert_eq!(String::from_utf8(inside.unwrap()).unwrap(), text);
    }

    /// Defends: A22
    #[test]
    fn no_octets_make_the_reader_panic(octets in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = read(&octets);
    }

    #[test]
    fn no_markup_makes_the_reader_panic(pieces in prop::collection::vec(prop::sample::select(vec![
        "<", ">", "/", "a", " ", "='", "'", "\"", "&", ";", "#", "<!--", "-->", "<![CDATA[", "]]>", "<?",
        "?>", "<!DOCTYPE", "xmlns", ":", "x", "\u{feff}", "₸", "\r",
    ]), 0..40)) {
        let text: String = pieces.concat();
        let _ = read(text.as_bytes());
        let _ = read(format!("<r>{text}</r>").as_bytes());
        let _ = read(format!("<r {text}/>").as_bytes());
    }
}
