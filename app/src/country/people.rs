//! Who lives in the demonstration country, what they pay with, and which organisations serve them.

/// A person.
pub(crate) struct Person {
    pub(crate) iin: &'static str,
    pub(crate) surname: &'static str,
    pub(crate) given_name: &'static str,
    /// Name of the files with the person's certificate; none where the person has no key carrier.
    pub(crate) files: &'static str,
    pub(crate) role: Role,
}

/// What a person does in the country.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    /// Uses services.
    Citizen,
    /// Works at a service centre's desk.
    DeskOperator,
    /// Acts for an organisation.
    Employee,
}

impl Person {
    /// Surname and given name, as the registries write them.
    pub(crate) fn full_name(&self) -> String {
        format!("{} {}", self.surname, self.given_name)
    }
}

/// The people.
pub(crate) const PEOPLE: &[Person] = &[
    Person {
        iin: "850612200017",
        surname: "Сәрсенова",
        given_name: "Айгүл",
        files: "aigul",
        role: Role::Citizen,
    },
    Person {
        iin: "790304100022", surname: "Петров", given_name: "Иван", files: "ivan", role: Role::Citizen
    },
    Person {
        iin: "880101200044",
        surname: "Ахметова",
        given_name: "Дана",
        files: "operator",
        role: Role::DeskOperator,
    },
    Person {
        iin: "700707100057",
        surname: "Нұрланов",
        given_name: "Ерлан",
        files: "employee",
        role: Role::Employee,
    },
];

/// Everybody's password.
pub(crate) const PASSWORD: &str = "demo";

/// The service centre of the desk operator.
pub(crate) const SERVICE_CENTRE: &str = "ЦОН № 1, Алматы";

/// A company whose employee uses the portal for it.
pub(crate) const COMPANY: Organisation = Organisation {
    bin: "500340000103",
    name: ["«Тұлпар» ЖШС", "ТОО «Тулпар»", "Tulpar LLP"],
    folder: "",
    suite: "rsa2048",
};

/// An organisation.
pub(crate) struct Organisation {
    pub(crate) bin: &'static str,
    pub(crate) name: [&'static str; 3],
    /// Its folder in the country's directory.
    pub(crate) folder: &'static str,
    /// The suite of its signing key: a participant's certificate chooses.
    pub(crate) suite: &'static str,
}

pub(crate) const NATIONAL_CA: Organisation = Organisation {
    bin: "500340000024",
    name: [
        "Ұлттық куәландыру орталығы",
        "Национальный удостоверяющий центр",
        "National Certification Authority",
    ],
    folder: "national-ca",
    suite: "rsa2048",
};
pub(crate) const GATEWAY: Organisation = Organisation {
    bin: "500140000126",
    name: ["Төлем шлюзінің операторы", "Оператор платёжного шлюза", "Payment Gateway Operator"],
    folder: "gateway",
    suite: "rsa2048",
};
pub(crate) const PORTAL: Organisation = Organisation {
    bin: "500240000137",
    name: ["Электрондық үкімет порталы", "Портал электронного правительства", "E-Government Portal"],
    folder: "portal",
    suite: "rsa2048",
};
pub(crate) const TAX_REGISTRY: Organisation = Organisation {
    bin: "500340000034",
    name: ["ЖСН тізілімі", "Реестр ИИН", "IIN Registry"],
    folder: "tax-registry",
    suite: "p256",
};
pub(crate) const SERVICE_BUS: Organisation = Organisation {
    bin: "500340000044",
    name: ["Электрондық үкімет шлюзі", "Шлюз электронного правительства", "E-Government Service Bus"],
    folder: "service-bus",
    suite: "rsa2048",
};
pub(crate) const BANK1: Organisation = Organisation {
    bin: "500340000054",
    name: ["Алатау Банк", "Алатау Банк", "Alatau Bank"],
    folder: "bank1",
    suite: "rsa2048",
};
pub(crate) const BANK2: Organisation = Organisation {
    bin: "500340000064",
    name: ["Сарыарқа Банк", "Сарыарка Банк", "Saryarka Bank"],
    folder: "bank2",
    suite: "p256",
};
/// The card page's process: of the gateway operator, but a participant of its own, so that its rights are its own.
pub(crate) const CARD: Organisation = Organisation {
    bin: "500340000074",
    name: ["Карточка беті", "Страница оплаты карточкой", "Card Page"],
    folder: "card",
    suite: "p256",
};
/// The state body that renders the services.
pub(crate) const PROVIDER: Organisation = Organisation {
    bin: "500340000084",
    name: ["Әділет министрлігі", "Министерство юстиции", "Ministry of Justice"],
    folder: "",
    suite: "rsa2048",
};

/// A service of the catalogue.
pub(crate) struct Service {
    pub(crate) code: &'static str,
    pub(crate) name: [&'static str; 3],
    pub(crate) price: &'static str,
    pub(crate) e_service: bool,
}

/// What can be paid for.
pub(crate) const SERVICES: &[Service] = &[
    Service {
        code: "P-0101",
        name: [
            "Жылжымайтын мүліктің болуы (болмауы) туралы анықтама",
            "Справка о наличии (отсутствии) недвижимого имущества",
            "Certificate of real estate ownership",
        ],
        price: "1725.00",
        e_service: true,
    },
    Service {
        code: "P-0102",
        name: [
            "Туу туралы қайталама куәлік",
            "Повторное свидетельство о рождении",
            "Duplicate birth certificate",
        ],
        price: "2180.50",
        e_service: true,
    },
    Service {
        code: "P-0203",
        name: [
            "Заңды тұлғалар тізілімінен үзінді көшірме",
            "Выписка из реестра юридических лиц",
            "Extract from the register of legal entities",
        ],
        price: "863.00",
        e_service: true,
    },
    Service {
        code: "P-0304",
        name: ["Лицензияның телнұсқасы", "Дубликат лицензии", "Duplicate of a licence"],
        price: "17250.00",
        e_service: false,
    },
];

/// Test cards: number, what happens.
pub(crate) const CARDS: &[(&str, &str)] = &[
    ("4242 4242 4242 4242", "paid"),
    ("4000 0000 0000 0002", "declined"),
    ("4000 0000 0000 9995", "no funds"),
    ("4000 0000 0000 0069", "expired"),
    ("4000 0000 0000 0127", "wrong code"),
    ("4000 0000 0000 0119", "the bank is silent"),
    ("5555 5555 5555 4444", "paid, second bank"),
];

/// Test accounts: number, what happens.
pub(crate) const ACCOUNTS: &[(&str, &str)] = &[
    ("KZ77 0000 0000 0000 0001", "paid"),
    ("KZ50 0000 0000 0000 0002", "no funds"),
    ("KZ23 0000 0000 0000 0003", "closed"),
    ("KZ93 0000 0000 0000 0004", "the bank is silent"),
    ("KZ66 0000 0000 0000 0005", "slow"),
    ("KZ60 0010 0000 0000 0000 01", "paid, second bank"),
];
