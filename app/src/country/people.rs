//! Who lives in the demonstration country, what they pay with, and which organisations serve them.

/// A person.
pub(crate) struct Person {
    pub(crate) iin: &'static str,
    pub(crate) surname: &'static str,
    pub(crate) given_name: &'static str,
    /// Name of the files with the person's certificate; none where the person has no key carrier.
    pub(crate) files: &'static str,
    pub(crate) role: Role,
    /// The login at both banks' internet banks, for their clients.
    pub(crate) bank_login: Option<&'static str>,
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
    /// Comes to the gateway's console.
    Officer,
}

impl Role {
    /// The word for machines.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Citizen => "citizen",
            Self::DeskOperator => "desk-operator",
            Self::Employee => "employee",
            Self::Officer => "officer",
        }
    }

    /// In Kazakh, Russian and English.
    pub(crate) fn name(self) -> [&'static str; 3] {
        match self {
            Self::Citizen => ["азамат", "гражданин", "citizen"],
            Self::DeskOperator => ["ХҚО операторы", "оператор ЦОН", "desk operator"],
            Self::Employee => ["ұйым қызметкері", "сотрудник организации", "employee of a company"],
            Self::Officer => ["консоль қызметкері", "сотрудник консоли", "officer"],
        }
    }

    /// Officers and operators log in by certificate alone.
    pub(crate) fn logs_in_by_password(self) -> bool {
        !matches!(self, Self::DeskOperator | Self::Officer)
    }
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
        bank_login: Some("aigul"),
    },
    Person {
        iin: "790304100022",
        surname: "Петров",
        given_name: "Иван",
        files: "ivan",
        role: Role::Citizen,
        bank_login: Some("ivan"),
    },
    Person {
        iin: "880101200044",
        surname: "Ахметова",
        given_name: "Дана",
        files: "operator",
        role: Role::DeskOperator,
        bank_login: None,
    },
    Person {
        iin: "700707100057",
        surname: "Нұрланов",
        given_name: "Ерлан",
        files: "employee",
        role: Role::Employee,
        bank_login: Some("tulpar"),
    },
];

/// An officer of the gateway's operator, of a bank or of a provider.
pub(crate) struct Officer {
    pub(crate) person: Person,
    /// The group in which a new gateway has the officer.
    pub(crate) group: &'static str,
    /// Within what.
    pub(crate) resource: &'static str,
}

const fn officer(
    iin: &'static str,
    [surname, given_name]: [&'static str; 2],
    files: &'static str,
    group: &'static str,
    resource: &'static str,
) -> Officer {
    let person = Person { iin, surname, given_name, files, role: Role::Officer, bank_login: None };
    Officer { person, group, resource }
}

/// The officers. Wherever two must agree, there are two.
pub(crate) const OFFICERS: &[Officer] = &[
    // The same person as the employee, with other certificates: one person all the same.
    officer("700707100057", ["Нұрланов", "Ерлан"], "finance", "finance", "everything"),
    officer("760606200085", ["Оспанова", "Сәуле"], "finance-2", "finance", "everything"),
    officer("810909200064", ["Қасымова", "Әсел"], "security", "security-administrator", "everything"),
    officer("830404100086", ["Ким", "Сергей"], "security-2", "security-administrator", "everything"),
    officer("750505100078", ["Ахметов", "Марат"], "auditor", "auditor", "everything"),
    officer("890707100084", ["Жұмабаев", "Тимур"], "operations", "operations", "everything"),
    officer("900808200084", ["Иванова", "Ольга"], "provider", "provider-officer", "provider:500340000084"),
    officer("811212100081", ["Әлиев", "Дәурен"], "bank-officer", "bank-officer", "bank:500340000054"),
];

/// Everybody's password.
pub(crate) const PASSWORD: &str = "demo";

/// What the clients of the internet banks make one-time codes of: login, secret in base32. Whoever plays a client
/// types the secret into an authenticator, or asks `tolem one-time-code`.
pub(crate) const ONE_TIME_SECRETS: &[(&str, &str)] = &[
    ("aigul", "MFUWO5LMMFUWO5LMMFUWO5LMMFUWO5LM"),
    ("ivan", "NF3GC3TJOZQW42LWMFXGS5TBNZUXMYLO"),
    ("tulpar", "OR2WY4DBOJ2HK3DQMFZHI5LMOBQXE5DV"),
];

/// The secret behind the one-time codes of a login.
pub(crate) fn one_time_secret(login: &str) -> Option<&'static str> {
    ONE_TIME_SECRETS.iter().find(|(known, _)| *known == login).map(|(_, secret)| *secret)
}

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
/// The national operator of the electronic government: a party to a contract, and no process.
pub(crate) const NATIONAL_OPERATOR: Organisation = Organisation {
    bin: "500640000015",
    name: ["Ұлттық оператор", "Национальный оператор", "National Operator"],
    folder: "",
    suite: "rsa2048",
};
/// The contracts with the banks: number, bank, the operator's settlement account there.
pub(crate) const CONTRACTS: [(&str, Organisation, &str); 2] =
    [("GW-2026/01", BANK1, "KZ320000000000900001"), ("GW-2026/02", BANK2, "KZ150010000000900001")];
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

/// Test cards: number, what happens (in Kazakh, Russian and English).
pub(crate) const CARDS: &[(&str, [&str; 3])] = &[
    ("4242 4242 4242 4242", ["төленеді", "успех", "paid"]),
    ("4000 0000 0000 0002", ["бас тартылады", "отказ", "declined"]),
    ("4000 0000 0000 9995", ["ақша жоқ", "нет денег", "no funds"]),
    ("4000 0000 0000 0069", ["мерзімі өткен", "истекла", "expired"]),
    ("4000 0000 0000 0127", ["код қате", "неверный код", "wrong code"]),
    ("4000 0000 0000 0119", ["банк үнсіз", "сбой: банк молчит", "the bank is silent"]),
    ("5555 5555 5555 4444", ["төленеді, екінші банк", "успех, второй банк", "paid, second bank"]),
];

/// Test accounts: number, what happens (in Kazakh, Russian and English).
pub(crate) const ACCOUNTS: &[(&str, [&str; 3])] = &[
    ("KZ77 0000 0000 0000 0001", ["төленеді", "успех", "paid"]),
    ("KZ50 0000 0000 0000 0002", ["ақша жоқ", "нет денег", "no funds"]),
    ("KZ23 0000 0000 0000 0003", ["жабық", "закрыт", "closed"]),
    ("KZ93 0000 0000 0000 0004", ["банк үнсіз", "банк молчит", "the bank is silent"]),
    ("KZ66 0000 0000 0000 0005", ["баяу", "медленно", "slow"]),
    ("KZ12 0000 0000 0000 0007", ["төленеді, ұйым", "успех, организация", "paid, an organisation"]),
    ("KZ60 0010 0000 0000 0001", ["төленеді, екінші банк", "успех, второй банк", "paid, second bank"]),
];
