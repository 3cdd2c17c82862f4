//! The macros in which every type of a message is written down, once.
//!
//! `simple!` gives a type its place in the schema, `words!` makes an enumeration, `octets!` a bounded binary
//! document, `record!` a sequence of elements, `exchange!` a request together with its response.

/// The Rust type of a field that occurs so often.
macro_rules! held {
    (required, $type:ty) => { $type };
    (optional, $type:ty) => { Option<$type> };
    (list, $type:ty) => { Vec<$type> };
}

/// How often a field occurs, as the schema says it.
macro_rules! occurs {
    (required) => {
        $crate::framework::Occurs::Required
    };
    (optional) => {
        $crate::framework::Occurs::Optional
    };
    (list $most:expr) => {
        $crate::framework::Occurs::AtMost($most)
    };
}

/// Reads a field from a cursor over the elements of its parent.
macro_rules! take {
    ($fields:ident, $name:literal, required) => {
        $crate::framework::Field::read($fields.required($name)?)?
    };
    ($fields:ident, $name:literal, optional) => {
        $fields.optional($name)?.map($crate::framework::Field::read).transpose()?
    };
    ($fields:ident, $name:literal, list $most:expr) => {
        $fields
            .repeated($name, $most)?
            .into_iter()
            .map($crate::framework::Field::read)
            .collect::<Result<Vec<_>, _>>()?
    };
}

/// Writes a field; `required` is one value, the others are walked through.
macro_rules! put {
    ($writer:ident, $namespace:expr, $name:literal, required, $value:expr) => {
        $crate::framework::Field::write(&$value, $writer, $namespace, $name)
    };
    ($writer:ident, $namespace:expr, $name:literal, $several:ident, $value:expr) => {
        for one in $value.iter() {
            $crate::framework::Field::write(one, $writer, $namespace, $name);
        }
    };
}

/// The description of one field, as data.
macro_rules! field_type {
    ($(#[doc = $doc:literal])* $name:literal, $type:ty, $($occurs:tt)+) => {
        $crate::framework::FieldType {
            name: $name,
            occurs: $crate::framework::declare::occurs!($($occurs)+),
            doc: &[$($doc),*],
            content: <$type as $crate::framework::Field>::TYPE,
        }
    };
}

/// Gives an existing type its simple type in the schema, its reader and its writer.
macro_rules! simple {
    ($(
        $(#[doc = $doc:literal])*
        $type:ty as $name:tt: $base:literal [$($facet:expr),* $(,)?]
            read $read:expr, write $write:expr;
    )*) => {$(
        impl $crate::framework::Simple for $type {
            const TYPE: $crate::framework::SimpleType = $crate::framework::SimpleType {
                name: $name,
                doc: &[$($doc),*],
                base: $base,
                facets: &[$($facet),*],
            };

            fn read(text: &str) -> Result<Self, String> {
                let read: fn(&str) -> Result<Self, String> = $read;
                read(text)
            }

            fn text(&self) -> std::borrow::Cow<'_, str> {
                let write: fn(&Self) -> String = $write;
                write(self).into()
            }
        }
    )*};
}

/// Defines an enumeration whose values are words.
macro_rules! words {
    (
        $(#[doc = $doc:literal])*
        pub enum $name:ident {
            $( $(#[doc = $word_doc:literal])* $variant:ident = $word:literal, )+
        }
    ) => {
        $(#[doc = $doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum $name {
            $( $(#[doc = $word_doc])* $variant, )+
        }

        impl $name {
            /// All of them, in the order of their declaration.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The word in messages.
            pub fn word(self) -> &'static str {
                match self {
                    $( Self::$variant => $word, )+
                }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.word())
            }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::common::NoSuchWord;
            fn from_str(s: &str) -> Result<Self, Self::Err> {
                Self::ALL.iter().copied().find(|one| one.word() == s).ok_or($crate::common::NoSuchWord)
            }
        }

        $crate::framework::simple! {
            $(#[doc = $doc])*
            $name as (stringify!($name)): "string" [$crate::framework::Facet::Words(&[$($word),+])]
                read $crate::framework::exactly, write |one| one.word().to_owned();
        }
    };
}

/// Defines a bounded run of octets, written in base64.
macro_rules! octets {
    (
        $(#[doc = $doc:literal])*
        pub struct $name:ident, at most $most:expr
    ) => {
        $(#[doc = $doc])*
        #[derive(Clone, PartialEq, Eq)]
        pub struct $name(Vec<u8>);

        impl $name {
            /// The most octets it may have.
            pub const LARGEST: usize = $most;

            /// Takes the octets.
            ///
            /// # Errors
            /// [`TooManyOctets`](crate::common::TooManyOctets) above the largest.
            pub fn new(octets: Vec<u8>) -> Result<Self, $crate::common::TooManyOctets> {
                if octets.len() > Self::LARGEST {
                    return Err($crate::common::TooManyOctets(Self::LARGEST));
                }
                Ok(Self(octets))
            }

            /// The octets.
            pub fn as_slice(&self) -> &[u8] {
                &self.0
            }

            /// The octets, given away.
            pub fn into_vec(self) -> Vec<u8> {
                self.0
            }
        }

        impl std::fmt::Debug for $name {
            /// Writes the size only: documents hold personal data.
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(f, concat!(stringify!($name), "({} octets)"), self.0.len())
            }
        }

        $crate::framework::simple! {
            $(#[doc = $doc])*
            $name as (stringify!($name)): "base64Binary" [$crate::framework::Facet::MaxLength($most)]
                read |text| $crate::common::read_base64(text, Self::LARGEST).map(Self),
                write |octets| $crate::common::write_base64(&octets.0);
        }
    };
}

/// Makes a struct a sequence of elements. With `foreign` the struct is one of `terms` and
/// only described here. Elements are of the common namespace, or of the one after `in`.
macro_rules! record {
    (
        in $namespace:ident;
        $(#[doc = $doc:literal])*
        pub struct $name:ident {
            $(
                $(#[doc = $field_doc:literal])*
                $occurs:ident $(($most:expr))? $field:ident: $type:ty as $element:literal,
            )*
        }
    ) => {
        $(#[doc = $doc])*
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub struct $name {
            $( $(#[doc = $field_doc])* pub $field: $crate::framework::declare::held!($occurs, $type), )*
        }

        $crate::framework::record! {
            foreign in $namespace;
            $(#[doc = $doc])*
            $name {
                $( $(#[doc = $field_doc])* $occurs $(($most))? $field: $type as $element, )*
            }
        }
    };
    (
        $(#[doc = $doc:literal])*
        pub struct $name:ident {
            $(
                $(#[doc = $field_doc:literal])*
                $occurs:ident $(($most:expr))? $field:ident: $type:ty as $element:literal,
            )*
        }
    ) => {
        $crate::framework::record! {
            in COMMON;
            $(#[doc = $doc])*
            pub struct $name {
                $( $(#[doc = $field_doc])* $occurs $(($most))? $field: $type as $element, )*
            }
        }
    };
    (
        foreign
        $(#[doc = $doc:literal])*
        $name:ident { $($fields:tt)* }
    ) => {
        $crate::framework::record! { foreign in COMMON; $(#[doc = $doc])* $name { $($fields)* } }
    };
    (
        foreign in $namespace:ident;
        $(#[doc = $doc:literal])*
        $name:ident {
            $(
                $(#[doc = $field_doc:literal])*
                $occurs:ident $(($most:expr))? $field:ident: $type:ty as $element:literal,
            )*
        }
    ) => {
        impl $crate::framework::Field for $name {
            const TYPE: $crate::framework::Type =
                $crate::framework::Type::Complex(&$crate::framework::ComplexType {
                    name: stringify!($name),
                    namespace: &$crate::framework::$namespace,
                    doc: &[$($doc),*],
                    fields: &[$(
                        $crate::framework::declare::field_type!(
                            $(#[doc = $field_doc])* $element, $type, $occurs $($most)?
                        )
                    ),*],
                });

            fn read(element: xml::Element<'_, '_>) -> Result<Self, xml::FieldError> {
                let mut fields = element.fields($crate::framework::$namespace.uri)?;
                $( let $field = $crate::framework::declare::take!(fields, $element, $occurs $($most)?); )*
                fields.finish()?;
                Ok(Self { $($field),* })
            }

            fn write(
                &self,
                writer: &mut xml::Writer,
                namespace: &'static $crate::framework::Namespace,
                name: &'static str,
            ) {
                writer.start(namespace.uri, name);
                $(
                    $crate::framework::declare::put!(
                        writer, &$crate::framework::$namespace, $element, $occurs, self.$field
                    );
                )*
                writer.end();
            }
        }
    };
}

/// Declares one operation: the request, the response, an example of each.
macro_rules! exchange {
    (
        in $namespace:ident, kind $kind:expr;

        $(#[doc = $request_doc:literal])*
        request $request:ident {
            $(
                $(#[doc = $request_field_doc:literal])*
                $request_occurs:ident $(($request_most:expr))? $request_field:ident:
                    $request_type:ty as $request_element:literal = $request_example:expr,
            )*
        }

        $(#[doc = $response_doc:literal])*
        response $response:ident {
            $(
                $(#[doc = $response_field_doc:literal])*
                $response_occurs:ident $(($response_most:expr))? $response_field:ident:
                    $response_type:ty as $response_element:literal = $response_example:expr,
            )*
        }
    ) => {
        $crate::framework::declare::half! {
            $namespace, $crate::framework::RequestHeader,
            $(#[doc = $request_doc])*
            $request {
                $(
                    $(#[doc = $request_field_doc])*
                    $request_occurs $(($request_most))? $request_field:
                        $request_type as $request_element = $request_example,
                )*
            }
        }

        $crate::framework::declare::half! {
            $namespace, $crate::framework::ResponseHeader,
            $(#[doc = $response_doc])*
            $response {
                $(
                    $(#[doc = $response_field_doc])*
                    $response_occurs $(($response_most))? $response_field:
                        $response_type as $response_element = $response_example,
                )*
            }
        }

        impl $crate::framework::Request for $request {
            type Response = $response;
            const OPERATION: &'static str = stringify!($request);
            const NAMESPACE: &'static $crate::framework::Namespace = &$crate::framework::$namespace;
            const TYPE: &'static $crate::framework::ComplexType = &Self::COMPLEX_TYPE;

            fn header(&self) -> &$crate::framework::RequestHeader {
                &self.header
            }

            fn kind(&self) -> $crate::framework::Kind {
                let kind: fn(&Self) -> $crate::framework::Kind = $kind;
                kind(self)
            }

            fn example() -> Self {
                Self::published_example()
            }
        }

        impl $crate::framework::Response for $response {
            const NAME: &'static str = stringify!($response);
            const TYPE: &'static $crate::framework::ComplexType = &Self::COMPLEX_TYPE;

            fn header(&self) -> &$crate::framework::ResponseHeader {
                &self.header
            }

            fn example() -> Self {
                Self::published_example()
            }
        }
    };
}

/// One direction of an exchange: a header followed by fields, as the root element of a body.
macro_rules! half {
    (
        $namespace:ident, $header:ty,
        $(#[doc = $doc:literal])*
        $name:ident {
            $(
                $(#[doc = $field_doc:literal])*
                $occurs:ident $(($most:expr))? $field:ident: $type:ty as $element:literal = $example:expr,
            )*
        }
    ) => {
        $(#[doc = $doc])*
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub struct $name {
            /// Who says it, when, under which number.
            pub header: $header,
            $( $(#[doc = $field_doc])* pub $field: $crate::framework::declare::held!($occurs, $type), )*
        }

        impl $name {
            const COMPLEX_TYPE: $crate::framework::ComplexType = $crate::framework::ComplexType {
                name: stringify!($name),
                namespace: &$crate::framework::$namespace,
                doc: &[$($doc),*],
                fields: &{
                    let [first, second, third] = <$header>::FIELDS;
                    [
                        first,
                        second,
                        third,
                        $(
                            $crate::framework::declare::field_type!(
                                $(#[doc = $field_doc])* $element, $type, $occurs $($most)?
                            ),
                        )*
                    ]
                },
            };

            fn published_example() -> Self {
                Self { header: <$header>::example(), $($field: $example),* }
            }
        }

        impl xml::FromElement for $name {
            fn from_element(element: xml::Element<'_, '_>) -> Result<Self, xml::FieldError> {
                element.expect($crate::framework::$namespace.uri, Self::COMPLEX_TYPE.name)?;
                let mut fields = element.fields($crate::framework::$namespace.uri)?;
                let header = <$header>::read(&mut fields)?;
                $( let $field = $crate::framework::declare::take!(fields, $element, $occurs $($most)?); )*
                fields.finish()?;
                Ok(Self { header, $($field),* })
            }
        }

        impl xml::ToElement for $name {
            fn write(&self, writer: &mut xml::Writer) {
                let namespace = &$crate::framework::$namespace;
                writer.start(namespace.uri, Self::COMPLEX_TYPE.name);
                self.header.write(writer, namespace);
                $( $crate::framework::declare::put!(writer, namespace, $element, $occurs, self.$field); )*
                writer.end();
            }
        }
    };
}

pub(crate) use {exchange, field_type, half, held, occurs, octets, put, record, simple, take, words};
