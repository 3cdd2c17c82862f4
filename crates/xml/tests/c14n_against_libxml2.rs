//! Canonical forms judged by libxml2: the same document, the same octets.
//!
//! A stranger's implementation is the judge, because two halves of one house can agree on a mistake. The
//! forms of single elements and without comments are judged by xmlsec in the tests of `dsig` and `envelope`.

use std::io::Write;
use std::process::{Command, Stdio};

use xml::c14n::Form;
use xml::{Limits, with_tree};

mod common;
use common::Random;

fn ours(document: &str, form: Form) -> String {
    let limits = Limits { comments: true, ..Limits::MESSAGE };
    let octets = with_tree(document.as_bytes(), &limits, |root| form.document(root)).unwrap();
    String::from_utf8(octets).unwrap()
}

fn libxml2(document: &str, option: &str) -> String {
    let mut child = Command::new("xmllint")
        .args([option, "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("xmllint (Debian: libxml2-utils) must be installed to judge canonical forms");
    child.stdin.take().unwrap().write_all(document.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{document}\n{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

fn agree(document: &str) {
    assert_eq!(ours(document, Form::INCLUSIVE.with_comments()), libxml2(document, "--c14n"), "{document}");
    assert_eq!(
        ours(document, Form::EXCLUSIVE.with_comments()),
        libxml2(document, "--exc-c14n"),
        "{document}"
    );
}

#[test]
fn nasty_documents_have_the_octets_that_libxml2_gives_them() {
    for document in [
        "<a/>",
        "<?xml version='1.0' encoding='UTF-8'?>\n<a  b = 'c'   a=\"d\" />\n",
        "<!-- before --><!-- twice --><a><!-- in --></a><!-- after --><!-- again -->",
        "<a b='&lt;&gt;&amp;&quot;&apos;&#9;&#10;&#13;&#x20;'>&lt;&gt;&amp;\"'&#9;&#10;&#13;</a>",
        "<a b='\t\n x'>\t\n x</a>",
        "<a>one\r\ntwo\rthree\n\rfour&#13;&#10;five\r&amp;six\r</a>",
        "<a b='one\r\ntwo\rthree\r&#13;'/>",
        "<a><![CDATA[<b> & ]] > ]]>tail<![CDATA[]]></a>",
        "<a>12<!-- split -->34</a>",
        "<a xmlns='urn:1'><b xmlns=''><c xmlns='urn:1'/><d/></b></a>",
        "<a xmlns=''><b xmlns='urn:1'/></a>",
        "<a xmlns='urn:1' xmlns:p='urn:1'><p:b/><b/><p:c xmlns:p='urn:2' p:x='1'/></a>",
        "<p:a xmlns:p='urn:p' xmlns:q='urn:q' xmlns:unused='urn:u'><b q:z='1' p:z='2' z='3' a='4'/></p:a>",
        "<a xmlns:b='urn:z' xmlns:a='urn:y' b:attr='1' a:attr='2' attr='3' xml:space='preserve'/>",
        "<a xml:lang='ru'><b xml:lang='kk'><c/></b></a>",
        "<a xmlns:p='urn:1'><p:b xmlns:p='urn:2'><p:c xmlns:p='urn:1'/></p:b><p:d/></a>",
        "<a xmlns:p='urn:1'><b xmlns:p='urn:1'><p:c xmlns:p='urn:1'/></b></a>",
        "<a xmlns='urn:d' xmlns:x='urn:a?b=1'><x:b>Қазақстан ₸ 😀</x:b></a>",
        "<ә:қ xmlns:ә='urn:1' ә:ғ='ү'/>",
        "<a xmlns:xml='http://www.w3.org/XML/1998/namespace' xml:id='i'/>",
        "\u{feff}<a/>",
    ] {
        agree(document);
    }
}

#[test]
fn generated_documents_have_the_octets_that_libxml2_gives_them() {
    for seed in 1..=400 {
        agree(&generated(seed));
    }
}

fn generated(seed: u64) -> String {
    let mut random = Random::new(seed);
    let mut out = String::new();
    if random.below(2) == 0 {
        out.push_str("<!-- p --> \n");
    }
    element(&mut random, &mut vec![], 0, &mut out);
    if random.below(2) == 0 {
        out.push_str("\n<!--e-->\n");
    }
    out
}

const PREFIXES: [&str; 4] = ["", "a", "b", "zz"];
// No ampersand: libxml2 2.9 writes one in a namespace bare, against Canonical XML 2.3 and its own reader.
const URIS: [&str; 3] = ["urn:one", "urn:two", "http://three.kz/?x=1"];
const PIECES: [&str; 14] = [
    "text",
    " ",
    "\n",
    "\r\n",
    "\r",
    "\t",
    "&amp;",
    "&lt;",
    "&gt;",
    "&#13;",
    "&#10;",
    "<![CDATA[<&>]]>",
    "₸",
    "<!--c-->",
];
const VALUES: [&str; 10] = ["v", " ", "\n", "\r\n", "\t", "&amp;", "&lt;", "&quot;", "&#13;", "&#9;"];

fn element<'s>(random: &mut Random, scope: &mut Vec<(&'s str, &'s str)>, depth: usize, out: &mut String) {
    let mark = scope.len();
    let mut declarations = String::new();
    for prefix in PREFIXES {
        if random.below(4) != 0 {
            continue;
        }
        let uri = if prefix.is_empty() && random.below(3) == 0 { "" } else { URIS[random.below(3)] };
        scope.push((prefix, uri));
        let name = if prefix.is_empty() { "xmlns".to_owned() } else { format!("xmlns:{prefix}") };
        declarations.push_str(&format!(" {name}='{uri}'"));
    }
    let bound: Vec<&str> = scope.iter().map(|(prefix, _)| *prefix).filter(|p| !p.is_empty()).collect();
    let prefix = |random: &mut Random| match bound.len() {
        0 => String::new(),
        n if random.below(2) == 0 => format!("{}:", bound[random.below(n)]),
        _ => String::new(),
    };
    let tag = format!("{}e{}", prefix(random), random.below(3));
    let mut attributes: Vec<String> = vec![declarations];
    for local in ["x", "m", "b"] {
        if random.below(3) == 0 {
            let value: String = (0..random.below(4)).map(|_| VALUES[random.below(VALUES.len())]).collect();
            attributes.push(format!(" {}{local}=\"{value}\"", prefix(random)));
        }
    }
    if random.below(8) == 0 {
        attributes.push(" xml:lang='kk'".to_owned());
    }
    if random.below(2) == 0 {
        attributes.reverse();
    }
    out.push_str(&format!("<{tag}{}", attributes.concat()));
    if random.below(5) == 0 {
        out.push_str("/>");
    } else {
        out.push('>');
        for _ in 0..random.below(5) {
            if depth < 6 && random.below(2) == 0 {
                element(random, scope, depth + 1, out);
            } else {
                out.push_str(PIECES[random.below(PIECES.len())]);
            }
        }
        out.push_str(&format!("</{tag} >"));
    }
    scope.truncate(mark);
}
