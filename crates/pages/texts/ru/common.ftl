### The shell around every page, the words of the field, money, states.

skip-link = Перейти к основному содержанию
language-switch = Язык
signed-in-as = Вы вошли: { $name }
sign-out = Выйти
demo-banner = Демонстрация: настоящие деньги и данные не используются.
help-line = Помощь: единый контакт-центр 1414, круглосуточно, бесплатно.
error-prefix = Ошибка:
error-summary-title = В форме есть ошибка
button-continue = Продолжить
button-back = Назад
button-cancel = Отменить
button-change = Изменить
button-refresh = Обновить
button-print = Распечатать
button-save = Сохранить
button-download-pdf = Скачать PDF
button-search = Найти
button-yes = Да
button-no = Нет
to-main-page = На главную страницу
none-yet = Пока ничего нет.
message-code = Код сообщения: { $code }
reference-number = Номер для справки: { $id }

## Names of sites.

site-portal = Портал электронного правительства
site-gateway = Платёжная страница электронного правительства
site-gateway-console = Кабинет платёжного шлюза
site-desk = Рабочее место центра обслуживания населения
site-access-point = Пункт общественного доступа
site-bank = { $bank }: интернет-банкинг
site-atm = Банкомат
site-kiosk = Инфокиоск
site-national-ca = Национальный удостоверяющий центр
site-tax-registry = Реестр ИИН
site-service-bus = Шлюз электронного правительства

## Words: one meaning each. The acronym stands in brackets after its full name.

word-payment-code = Код платежа (УКП)
full-payment-code = уникальный код платежа
short-payment-code = УКП
full-iin = индивидуальный идентификационный номер
short-iin = ИИН
full-bin = бизнес-идентификационный номер
short-bin = БИН
full-signature = электронная цифровая подпись
short-signature = ЭЦП
full-service-centre = центр обслуживания населения
short-service-centre = ЦОН
full-access-point = пункт общественного доступа
short-access-point = ПОД
label-iin = Индивидуальный идентификационный номер (ИИН)
label-bin = Бизнес-идентификационный номер (БИН)
label-iin-or-bin = ИИН или БИН (индивидуальный или бизнес-идентификационный номер)
label-full-name = Фамилия, имя, отчество
label-payer = Плательщик
label-recipient = Получатель
label-applicant = Заявитель
label-application-number = Номер заявки
label-account-number = Номер счёта
label-transaction-number = Номер транзакции
label-bank-reference = Референс транзакции банка
label-amount = Сумма
label-commission = Комиссия банка
label-total = Итого
label-price = Цена
label-date = Дата
label-date-time = Дата и время
label-method = Способ оплаты
label-service = Услуга
label-service-code = Код услуги
label-provider = Поставщик услуги
label-bank = Банк
label-beneficiary = Бенефициар
label-purpose = Назначение платежа
label-state = Состояние
label-place = Место
label-identity-card = Удостоверение личности
label-certificate = Сертификат
label-valid-until = Действует до
word-receipt = Электронный чек
word-prepayment = Предоплата
word-signature = Электронная цифровая подпись (ЭЦП)
word-register = Реестр платежей
word-claim = Требование о возмещении денег
word-crl = Список отозванных сертификатов
word-group = Группа
word-rights = Права доступа
word-allowed-actions = Разрешённые действия
word-national-operator = Национальный оператор
word-gateway-operator = Оператор платёжного шлюза

## Where the money is: five answers and no other.

money-paid = Оплата прошла, код можно использовать.
money-not-taken = Оплата не прошла, деньги не списаны.
money-unknown = Прошла ли оплата, пока неизвестно: результат будет { $until }.
money-used = Оплата прошла, код использован.
money-no-code = Такого кода нет.
badge-paid = оплачено
badge-not-paid = не оплачено
badge-unknown = пока неизвестно
badge-used = оплачено и использовано
badge-no-code = нет такого кода

## States of a payment code, as people see them.

state-issued = Выдан, ожидает оплаты
state-void = Не действует, не оплачен
state-paid = Оплачен
state-disputed = Проверяется: платёж не совпал с заказом
state-bound = Привязан к заявке
state-closed = Использован
state-reversed = Банк отменил платёж
state-refunded = Возврат разрешён, деньги возвращает банк
attempt-opened = Страница оплаты открыта
attempt-asked = Запрошен банк
attempt-confirmed = Банк подтвердил
attempt-declined = Банк отказал
attempt-unknown = Ответ банка неизвестен

## The five ways to pay, short, and the sixth door.

method-card = Платёжная карточка
method-card-about = Проходит сразу. Нужны номер, срок и код карточки.
method-bankAccount = Банковский счёт
method-bankAccount-about = Обычно до минуты. Нужен номер счёта.
method-internetBank = Интернет-банкинг или мобильный банкинг
method-internetBank-about = Вы платите на сайте своего банка и возвращаетесь сюда с кодом.
method-atm = Банкомат
method-atm-about = Вы платите карточкой и получаете код на чеке.
method-kiosk = Инфокиоск
method-kiosk-about = Вы платите наличными и получаете код на чеке.
method-code = У меня есть код платежа (предоплата)
method-code-about = Если вы уже оплатили.
