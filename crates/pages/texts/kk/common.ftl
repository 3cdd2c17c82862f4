### The shell around every page, the words of the field, money, states.

skip-link = Негізгі мазмұнға өту
language-switch = Тіл
signed-in-as = Кірген: { $name }
sign-out = Шығу
demo-banner = Көрсетілім: шынайы ақша мен деректер пайдаланылмайды.
help-line = Көмек: 1414 бірыңғай байланыс орталығы, тәулік бойы, тегін.
error-prefix = Қате:
error-summary-title = Формада қате бар
button-continue = Жалғастыру
button-back = Артқа
button-cancel = Бас тарту
button-change = Өзгерту
button-refresh = Жаңарту
button-print = Басып шығару
button-save = Сақтау
button-download-pdf = PDF жүктеп алу
button-search = Іздеу
button-yes = Иә
button-no = Жоқ
to-main-page = Басты бетке
none-yet = Әзірге ештеңе жоқ.
message-code = Хабар коды: { $code }
reference-number = Анықтама нөмірі: { $id }

## Names of sites.

site-portal = Электрондық үкімет порталы
site-gateway = Электрондық үкіметтің төлем беті
site-gateway-console = Төлем шлюзінің кабинеті
site-desk = Халыққа қызмет көрсету орталығының жұмыс орны
site-access-point = Қоғамдық қол жеткізім пункті
site-bank = { $bank }: интернет-банкинг
site-atm = Банкомат
site-kiosk = Инфокиоск
site-national-ca = Ұлттық куәландыру орталығы
site-tax-registry = ЖСН тізілімі
site-service-bus = Электрондық үкімет шлюзі

## Words: one meaning each. The acronym stands in brackets after its full name.

word-payment-code = Төлем коды (ТБК)
full-payment-code = төлемнің бірегей коды
short-payment-code = ТБК
full-iin = жеке сәйкестендіру нөмірі
short-iin = ЖСН
full-bin = бизнес-сәйкестендіру нөмірі
short-bin = БСН
full-signature = электрондық цифрлық қолтаңба
short-signature = ЭЦҚ
full-service-centre = халыққа қызмет көрсету орталығы
short-service-centre = ХҚО
full-access-point = қоғамдық қол жеткізім пункті
short-access-point = ҚҚП
label-iin = Жеке сәйкестендіру нөмірі (ЖСН)
label-bin = Бизнес-сәйкестендіру нөмірі (БСН)
label-iin-or-bin = ЖСН немесе БСН (жеке немесе бизнес-сәйкестендіру нөмірі)
label-full-name = Тегі, аты, әкесінің аты
label-payer = Төлеуші
label-recipient = Алушы
label-applicant = Өтініш беруші
label-application-number = Сұраныс нөмірі
label-account-number = Шоттың нөмірі
label-transaction-number = Транзакция нөмірі
label-bank-reference = Банктің транзакция референсі
label-amount = Сома
label-commission = Банк комиссиясы
label-total = Барлығы
label-price = Бағасы
label-date = Күні
label-date-time = Күні мен уақыты
label-method = Төлем тәсілі
label-service = Қызмет
label-service-code = Қызмет коды
label-provider = Қызмет көрсетуші
label-bank = Банк
label-beneficiary = Бенефициар
label-purpose = Төлем мақсаты
label-state = Күйі
label-place = Орны
label-identity-card = Жеке куәлік
label-certificate = Сертификат
label-valid-until = Жарамдылық мерзімі
word-receipt = Электрондық чек
word-prepayment = Алдын ала төлеу
word-signature = Электрондық цифрлық қолтаңба (ЭЦҚ)
word-register = Төлем тізбесі
word-claim = Ақшаны қайтару бойынша талап
word-crl = Кері шақырылған сертификаттар тізімі
word-group = Топ
word-rights = Қол жеткізу құқықтары
word-allowed-actions = Рұқсат етілген әрекеттер
word-national-operator = Ұлттық оператор
word-gateway-operator = Төлем шлюзінің операторы

## Where the money is: five answers and no other.

money-paid = Төлем өтті, код пайдалануға дайын.
money-not-taken = Төлем өткен жоқ, ақша алынған жоқ.
money-unknown = Төлемнің өткені-өтпегені әзірге белгісіз: нәтижесі { $until } белгілі болады.
money-used = Төлем өтті, код пайдаланылды.
money-no-code = Мұндай код жоқ.
badge-paid = төленді
badge-not-paid = төленбеді
badge-unknown = әзірге белгісіз
badge-used = төленді және пайдаланылды
badge-no-code = код жоқ

## States of a payment code, as people see them.

state-issued = Берілді, төлем күтілуде
state-void = Күшін жойды, төленген жоқ
state-paid = Төленді
state-disputed = Тексерілуде: төлем тапсырысқа сай емес
state-bound = Сұранысқа бекітілді
state-closed = Пайдаланылды
state-reversed = Банк төлемді қайтарып алды
state-refunded = Қайтаруға рұқсат берілді, ақшаны банк қайтарады
attempt-opened = Төлем беті ашылды
attempt-asked = Банктен сұралды
attempt-confirmed = Банк растады
attempt-declined = Банк бас тартты
attempt-unknown = Банктің жауабы белгісіз

## The five ways to pay, short, and the sixth door.

method-card = Төлем карточкасы
method-card-about = Бірден өтеді. Карточка нөмірі, мерзімі және коды керек.
method-bankAccount = Банктік есеп-шот
method-bankAccount-about = Әдетте бір минутқа дейін. Шот нөмірі керек.
method-internetBank = Интернет-банкинг немесе мобильді банкинг
method-internetBank-about = Банкіңіздің сайтында төлеп, кодпен осында ораласыз.
method-atm = Банкомат
method-atm-about = Карточкамен төлеп, кодты чектен аласыз.
method-kiosk = Инфокиоск
method-kiosk-about = Қолма-қол ақшамен төлеп, кодты чектен аласыз.
method-code = Менде төлем коды бар (алдын ала төлеу)
method-code-about = Бұрын төлеп қойған болсаңыз.
