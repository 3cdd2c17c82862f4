//! The catalogue itself: every code with its id, blame, advice and texts in three languages.
//!
//! Groups: XML form, SIG signature, CRT certificate, MSG message, RGT rights, CODE payment code, PAY payment,
//! PAGE payment page, SYS our own trouble. Kazakh and English texts are drafts by us.

use terms::{Language, Purpose, Trilingual};

use super::{Blame, FaultDescription};
use crate::common::MoneyState;

macro_rules! catalogue {
    ($(
        $(#[doc = $doc:literal])*
        $id:literal $code:ident $blame:ident, $retry:expr, money $money:ident:
            $kk:literal, $ru:literal, $en:literal;
    )+) => {
        /// Why something is refused. The id of each is stable for ever.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum FaultCode {
            $( $(#[doc = $doc])* $code, )+
        }

        impl FaultCode {
            /// All codes.
            pub const ALL: &'static [Self] = &[$(Self::$code),+];

            /// The row of the catalogue.
            pub fn description(self) -> FaultDescription {
                match self {
                    $(Self::$code => {
                        let retry: Retry = $retry;
                        FaultDescription {
                            code: self,
                            id: $id,
                            blame: Blame::$blame,
                            retryable: matches!(retry, Retry::After(_)),
                            retry_after_seconds: match retry {
                                Retry::After(seconds) => Some(seconds),
                                Retry::No => None,
                            },
                            money: MoneyState::$money,
                            kk: $kk,
                            ru: $ru,
                            en: $en,
                        }
                    })+
                }
            }
        }
    };
}

/// Whether the same message may simply be sent again.
enum Retry {
    No,
    After(u32),
}
use Retry::{After, No};

impl FaultCode {
    /// The stable id.
    pub fn id(self) -> &'static str {
        self.description().id
    }

    /// The text in one language; `parts` fill the places in braces.
    ///
    /// What is filled in may come from a peer, so characters that break a line are replaced and the whole is
    /// cut to what the schema allows. A place for which there is no part stays as it is.
    pub fn text(self, language: Language, parts: &[(&str, &str)]) -> String {
        let row = self.description();
        let text = match language {
            Language::Kk => row.kk,
            Language::Ru => row.ru,
            Language::En => row.en,
        };
        let filled = parts
            .iter()
            .fold(text.to_owned(), |text, (name, value)| text.replace(&format!("{{{name}}}"), value));
        one_line(&filled, Purpose::LONGEST)
    }

    /// The text in three languages.
    pub fn message(self, parts: &[(&str, &str)]) -> Trilingual {
        Trilingual::new(
            self.text(Language::Kk, parts),
            self.text(Language::Ru, parts),
            self.text(Language::En, parts),
        )
    }
}

/// At most so many characters, on one line, nothing in it that turns text around.
pub(crate) fn one_line(text: &str, longest: usize) -> String {
    let harmless = |c: char| {
        let alone = c.encode_utf8(&mut [0; 4]).parse::<Purpose>();
        if c == ' ' || alone.is_ok() { c } else { '\u{FFFD}' }
    };
    text.trim().chars().take(longest).map(harmless).collect::<String>().trim_end().to_owned()
}

catalogue! {
    /// More octets than a message may have.
    "TLM-XML-0001" TooLarge Client, No, money None:
        "Хабарлама тым үлкен және оқылған жоқ. Оны {limit} байтқа дейін кішірейтіңіз.",
        "Сообщение слишком велико и не прочитано. Уменьшите его до {limit} байт.",
        "The message is too large and was not read. Make it at most {limit} bytes.";
    /// Not well-formed XML.
    "TLM-XML-0002" NotXml Client, No, money None:
        "Хабарлама дұрыс XML емес және оқылған жоқ. Оны жасайтын бағдарламаны тексеріңіз.",
        "Сообщение не является правильным XML и не прочитано. Проверьте программу, которая его создаёт.",
        "The message is not well-formed XML and was not read. Check the program that writes it.";
    /// Nested too deeply, or too many elements, attributes or names.
    "TLM-XML-0003" TooDeep Client, No, money None:
        "Хабарлама құрылымы рұқсат етілген шектен асады және оқылған жоқ. Оны схемаға сәйкестендіріңіз.",
        "Структура сообщения превышает допустимые пределы, оно не прочитано. Приведите его к схеме.",
        "The structure of the message exceeds the limits and was not read. Make it follow the schema.";
    /// A document type declaration, a processing instruction or a comment.
    "TLM-XML-0004" DocumentType Client, No, money None:
        "Хабарламада DTD, өңдеу нұсқауы немесе түсіндірме бар, ол оқылған жоқ. Оларды алып тастаңыз.",
        "В сообщении есть DTD, инструкция обработки или комментарий, оно не прочитано. Уберите их.",
        "The message has a DTD, a processing instruction or a comment and was not read. Leave them out.";
    /// Not a SOAP envelope of version 1.1 or 1.2 with one body element.
    "TLM-XML-0005" NotSoap Client, No, money None:
        "Хабарлама SOAP 1.1 немесе SOAP 1.2 конверті емес. Конвертті WSDL бойынша құрыңыз.",
        "Сообщение не является конвертом SOAP 1.1 или SOAP 1.2. Постройте конверт по WSDL.",
        "The message is not a SOAP 1.1 or SOAP 1.2 envelope. Build the envelope as the WSDL says.";
    /// Another encoding than UTF-8, or attachments.
    "TLM-XML-0006" UnsupportedEncoding Client, No, money None:
        "Хабарлама UTF-8 кодында емес немесе тіркемелері бар. Оны UTF-8 кодында, тіркемесіз жіберіңіз.",
        "Сообщение не в кодировке UTF-8 или с вложениями. Отправьте его в UTF-8 без вложений.",
        "The message is not in UTF-8 or has attachments. Send it in UTF-8 without attachments.";
    /// The request ended, stalled or broke off before its end.
    "TLM-XML-0007" Incomplete Client, After(5), money None:
        "Хабарлама уақытында толық келген жоқ және оқылған жоқ. Сол хабарламаны толығымен қайта жіберіңіз.",
        "Сообщение не пришло целиком вовремя и не прочитано. Отправьте то же сообщение целиком ещё раз.",
        "The message did not arrive whole in time and was not read. Send the same message again, whole.";
    /// No signature.
    "TLM-SIG-0001" SignatureMissing Client, No, money None:
        "Хабарламада ЭЦҚ жоқ, ол қабылданған жоқ. Хабарламаның Body бөлігіне қол қойыңыз.",
        "В сообщении нет ЭЦП, оно не принято. Подпишите Body сообщения.",
        "The message has no digital signature and was not accepted. Sign its Body.";
    /// More than one signature.
    "TLM-SIG-0002" SignatureRepeated Client, No, money None:
        "Хабарламада бірнеше ЭЦҚ бар, ол қабылданған жоқ. Бір ғана қолтаңба қалдырыңыз.",
        "В сообщении несколько ЭЦП, оно не принято. Оставьте одну подпись.",
        "The message has several signatures and was not accepted. Leave exactly one.";
    /// The signature does not cover the body.
    "TLM-SIG-0003" BodyNotSigned Client, No, money None:
        "ЭЦҚ хабарламаның Body бөлігін қамтымайды, хабарлама қабылданған жоқ. Body мен Timestamp \
         бөліктеріне қол қойыңыз.",
        "ЭЦП не покрывает Body, сообщение не принято. Подпишите Body и Timestamp.",
        "The signature does not cover the Body, so the message was not accepted. Sign Body and Timestamp.";
    /// A reference to something that is not allowed to be signed here.
    "TLM-SIG-0004" ForeignReference Client, No, money None:
        "ЭЦҚ рұқсат етілмеген бөлікке сілтейді, хабарлама қабылданған жоқ. Тек профильде аталған \
         бөліктерге қол қойыңыз.",
        "ЭЦП ссылается на недопустимую часть, сообщение не принято. Подписывайте только части, названные \
         в профиле.",
        "The signature refers to a part that is not allowed, so the message was not accepted. Sign only \
         the parts that the profile names.";
    /// The content was changed after signing.
    "TLM-SIG-0005" DigestMismatch Client, No, money None:
        "Хабарлама қол қойылғаннан кейін өзгерген, ол қабылданған жоқ. Қол қойғаннан кейін оны пішімдемеңіз.",
        "Сообщение изменилось после подписания и не принято. Не форматируйте его после подписи.",
        "The message changed after it was signed and was not accepted. Do not reformat it after signing.";
    /// The signature value does not fit the key.
    "TLM-SIG-0006" SignatureWrong Client, No, money None:
        "ЭЦҚ сертификаттың кілтіне сәйкес келмейді, хабарлама қабылданған жоқ. Қай кілтпен қол қойылғанын \
         тексеріңіз.",
        "ЭЦП не соответствует ключу сертификата, сообщение не принято. Проверьте, каким ключом подписано.",
        "The signature does not fit the key of the certificate, so the message was not accepted. Check \
         which key signs.";
    /// An algorithm or transform outside the list.
    "TLM-SIG-0007" AlgorithmNotAllowed Client, No, money None:
        "ЭЦҚ алгоритмі рұқсат етілмеген, хабарлама қабылданған жоқ. Профильдегі алгоритмді қолданыңыз.",
        "Алгоритм ЭЦП не разрешён, сообщение не принято. Используйте алгоритм из профиля.",
        "The signature algorithm is not allowed, so the message was not accepted. Use an algorithm of the \
         profile.";
    /// Two elements with one identifier.
    "TLM-SIG-0008" DuplicateId Client, No, money None:
        "Хабарламада бір идентификатор екі рет кездеседі, ол қабылданған жоқ. Идентификаторларды бірегей \
         етіңіз.",
        "В сообщении один идентификатор встречается дважды, оно не принято. Сделайте идентификаторы \
         уникальными.",
        "One identifier occurs twice in the message, so it was not accepted. Make identifiers unique.";
    /// Not issued by the national CA.
    "TLM-CRT-0001" SignerUnknown Client, No, money None:
        "Сертификатты ҰКО (ұлттық куәландыру орталығы) бермеген, хабарлама қабылданған жоқ. ҰКО \
         сертификатымен қол қойыңыз.",
        "Сертификат выдан не НУЦ (национальным удостоверяющим центром), сообщение не принято. Подпишите \
         сертификатом НУЦ.",
        "The certificate was not issued by the National Certification Authority, so the message was not \
         accepted. Sign with one that was.";
    /// Revoked.
    "TLM-CRT-0002" CertificateRevoked Client, No, money None:
        "Сертификат кері шақырылған, хабарлама қабылданған жоқ. Жаңа сертификат алыңыз.",
        "Сертификат отозван, сообщение не принято. Получите новый сертификат.",
        "The certificate is revoked, so the message was not accepted. Get a new certificate.";
    /// Expired.
    "TLM-CRT-0003" CertificateExpired Client, No, money None:
        "Сертификаттың мерзімі өткен, хабарлама қабылданған жоқ. Жаңа сертификат алыңыз.",
        "Срок сертификата истёк, сообщение не принято. Получите новый сертификат.",
        "The certificate has expired, so the message was not accepted. Get a new certificate.";
    /// Not yet valid.
    "TLM-CRT-0004" CertificateNotYetValid Client, No, money None:
        "Сертификаттың мерзімі әлі басталған жоқ, хабарлама қабылданған жоқ. Сағатыңызды және \
         сертификатты тексеріңіз.",
        "Срок сертификата ещё не начался, сообщение не принято. Проверьте часы и сертификат.",
        "The certificate is not valid yet, so the message was not accepted. Check your clock and the \
         certificate.";
    /// Made for another purpose.
    "TLM-CRT-0005" CertificateUsage Client, No, money None:
        "Сертификат қол қоюға арналмаған, хабарлама қабылданған жоқ. Қол қою сертификатын қолданыңыз.",
        "Сертификат не предназначен для подписи, сообщение не принято. Используйте сертификат подписи.",
        "The certificate is not meant for signing, so the message was not accepted. Use a signing \
         certificate.";
    /// The revocation list is older than it says it may be.
    "TLM-CRT-0006" RevocationListStale Server, After(60), money None:
        "Кері шақырылған сертификаттар тізімі ескірген, хабарламалар уақытша қабылданбайды. Сол \
         хабарламаны кейін қайта жіберіңіз.",
        "Список отозванных сертификатов устарел, сообщения временно не принимаются. Повторите то же \
         сообщение позже.",
        "The revocation list is out of date, so no messages are accepted for now. Send the same message \
         again later.";
    /// There is no revocation list.
    "TLM-CRT-0007" RevocationListMissing Server, After(60), money None:
        "Кері шақырылған сертификаттар тізімі жоқ, хабарламалар уақытша қабылданбайды. Сол хабарламаны \
         кейін қайта жіберіңіз.",
        "Списка отозванных сертификатов нет, сообщения временно не принимаются. Повторите то же сообщение \
         позже.",
        "There is no revocation list, so no messages are accepted for now. Send the same message again \
         later.";
    /// The connection belongs to another organisation than the signature.
    "TLM-CRT-0008" PeerNotSigner Client, No, money None:
        "Байланыс пен ЭЦҚ әртүрлі ұйымдарға тиесілі, хабарлама қабылданған жоқ. Екеуіне де өз \
         сертификаттарыңызды қолданыңыз.",
        "Соединение и ЭЦП принадлежат разным организациям, сообщение не принято. Используйте для обоих \
         свои сертификаты.",
        "The connection and the signature belong to different organisations, so the message was not \
         accepted. Use your own certificates for both.";
    /// The organisation has pinned its keys here, and this one is not among them.
    "TLM-CRT-0009" KeyNotPinned Client, No, money None:
        "Сертификаттың кілті ұйымыңыз үшін бекітілген кілттердің арасында жоқ, хабарлама қабылданған жоқ. \
         Жаңа кілтті қолданар алдында оны шлюз операторына тіркетіңіз.",
        "Ключа сертификата нет среди закреплённых за вашей организацией, сообщение не принято. \
         Зарегистрируйте новый ключ у оператора шлюза до его применения.",
        "The certificate's key is not among those pinned for your organisation, so the message was not \
         accepted. Have the operator of the gateway pin a new key before you use it.";
    /// No such operation here.
    "TLM-MSG-0001" UnknownOperation Client, No, money None:
        "Мұндай операция бұл мекенжайда жоқ. Атауын WSDL бойынша тексеріңіз.",
        "Такой операции по этому адресу нет. Проверьте имя по WSDL.",
        "There is no such operation at this address. Check its name against the WSDL.";
    /// A field is wrong, repeated or misplaced.
    "TLM-MSG-0002" FieldWrong Client, No, money None:
        "Хабарламадағы мән дұрыс емес: {path}. Оны схема бойынша түзетіңіз.",
        "Значение в сообщении неверно: {path}. Исправьте его по схеме.",
        "A value in the message is wrong: {path}. Correct it as the schema says.";
    /// A field is missing.
    "TLM-MSG-0003" FieldMissing Client, No, money None:
        "Хабарламада міндетті мән жоқ: {path}. Оны қосыңыз.",
        "В сообщении нет обязательного значения: {path}. Добавьте его.",
        "A required value is missing in the message: {path}. Add it.";
    /// A question too old or from the future.
    "TLM-MSG-0004" ClockWindow Client, No, money None:
        "Хабарламаның уақыты біздің уақыттан 5 минуттан артық өзгеше. Сағатыңызды тексеріп, сұрауды \
         жаңадан құрыңыз.",
        "Время сообщения отличается от нашего более чем на 5 минут. Проверьте часы и составьте запрос \
         заново.",
        "The time of the message differs from ours by more than 5 minutes. Check your clock and write the \
         request anew.";
    /// The same id with another content.
    "TLM-MSG-0005" MessageIdReused Client, No, money None:
        "Бұл messageId басқа мазмұнмен қолданылған, хабарлама қабылданған жоқ. Жаңа хабарламаға жаңа \
         messageId беріңіз.",
        "Этот messageId уже использован с другим содержанием, сообщение не принято. Дайте новому \
         сообщению новый messageId.",
        "This messageId was used with other content, so the message was not accepted. Give a new message \
         a new messageId.";
    /// The sender field is not the signer.
    "TLM-MSG-0006" SenderNotSigner Client, No, money None:
        "sender өрісіндегі БСН қол қоюшының БСН-імен сәйкес емес, хабарлама қабылданған жоқ. Өз \
         БСН-іңізді жазыңыз.",
        "БИН в поле sender не совпадает с БИН подписавшего, сообщение не принято. Укажите свой БИН.",
        "The BIN in the sender field is not the signer's, so the message was not accepted. Write your own \
         BIN.";
    /// Not registered, or no contract in force.
    "TLM-RGT-0001" ParticipantNotRegistered Client, No, money None:
        "Ұйым шлюзде тіркелмеген, хабарлама қабылданған жоқ. Шлюз операторына хабарласыңыз.",
        "Организация не зарегистрирована на шлюзе, сообщение не принято. Обратитесь к оператору шлюза.",
        "The organisation is not registered at the gateway, so the message was not accepted. Contact the \
         gateway operator.";
    /// The groups of the sender do not allow it.
    "TLM-RGT-0002" ActionNotAllowed Client, No, money None:
        "Бұл әрекетке рұқсат жоқ: {group} тобы керек. Шлюз операторына хабарласыңыз.",
        "На это действие нет прав: нужна группа {group}. Обратитесь к оператору шлюза.",
        "This action is not allowed: it needs the group {group}. Contact the gateway operator.";
    /// A budget of tries is used up.
    "TLM-RGT-0003" TooManyTries Client, After(3600), money None:
        "Әрекет тым көп жасалды. {seconds} секундтан кейін қайталаңыз.",
        "Слишком много попыток. Повторите через {seconds} с.",
        "There were too many tries. Try again in {seconds} seconds.";
    /// Too many unpaid codes.
    "TLM-RGT-0004" CodeQuota Client, After(600), money NotTaken:
        "Төленбеген кодтар саны шекке жетті, жаңа код берілген жоқ. Қажетсіз кодтардан бас тартып, \
         сұрауды қайталаңыз.",
        "Число неоплаченных кодов достигло предела, новый код не выдан. Отмените ненужные коды и \
         повторите запрос.",
        "The number of unpaid codes has reached its limit, so no new code was issued. Cancel codes not \
         needed and repeat the request.";
    /// No such code.
    "TLM-CODE-0001" UnknownCode Client, No, money None:
        "Мұндай төлем коды жоқ. Чектегі цифрларды тексеріңіз.",
        "Такого кода платежа нет. Проверьте цифры на чеке.",
        "There is no such payment code. Check the digits against the receipt.";
    /// Uniform refusal: nothing is revealed where code and recipient do not belong together.
    "TLM-CODE-0002" NotMatched Client, No, money NotKnown:
        "Төлем коды осы алушы мен қызмет үшін қабылданған жоқ. Код пен ЖСН-ді чекпен салыстырыңыз.",
        "Код платежа не принят для этого получателя и этой услуги. Сверьте код и ИИН с чеком.",
        "The payment code was not accepted for this recipient and this service. Check the code and the \
         IIN against the receipt.";
    /// The bank has not confirmed yet.
    "TLM-CODE-0003" NotConfirmedYet Server, After(60), money NotKnown:
        "Код дұрыс, бірақ банк төлемді әлі растаған жоқ. Қайта төлемеңіз, {until} кейін қайталап көріңіз.",
        "Код верный, но банк ещё не подтвердил оплату. Не платите повторно, попробуйте после {until}.",
        "The code is right, but the bank has not confirmed the payment yet. Do not pay again; try again \
         after {until}.";
    /// Declined, or not paid in time.
    "TLM-CODE-0004" CodeVoid Client, No, money NotKnown:
        "Бұл код бойынша төлем түскен жоқ, кодтың мерзімі өткен. Жаңа код алыңыз; ақша алынған болса, \
         банкке хабарласыңыз.",
        "По этому коду оплата не поступила, срок кода истёк. Получите новый код; если деньги списаны, \
         обратитесь в банк.",
        "No payment came under this code and its time is over. Get a new code; if money was taken, \
         contact the bank.";
    /// Money came, but not as ordered.
    "TLM-CODE-0005" PaymentDisputed Server, No, money Taken:
        "Ақша түсті, бірақ тапсырыстан өзгеше, сондықтан сақтауда тұр. Қайта төлемеңіз, шешім туралы \
         хабарлаймыз.",
        "Деньги поступили, но не так, как заказано, и хранятся до выяснения. Не платите повторно, мы \
         сообщим о решении.",
        "The money came, but not as ordered, and is kept safe. Do not pay again; we will tell you the \
         decision.";
    /// Tied to another order.
    "TLM-CODE-0006" BoundElsewhere Client, No, money Taken:
        "Бұл код басқа өтінімге байланған, ақша сақтаулы. Сол өтінімді жеке кабинеттен қараңыз.",
        "Этот код привязан к другой заявке, деньги сохранены. Посмотрите ту заявку в личном кабинете.",
        "This code is tied to another order; the money is safe. See that order in the personal cabinet.";
    /// Spent.
    "TLM-CODE-0007" CodeUsed Client, No, money Spent:
        "Бұл код {at} пайдаланылды. Қызмет сол кезде көрсетілген.",
        "Этот код использован {at}. Услуга по нему уже оказана.",
        "This code was used on {at}. The service was given then.";
    /// Taken back by the bank.
    "TLM-CODE-0008" PaymentReversed Client, No, money NotTaken:
        "Банк бұл төлемді қайтарып алды, ақша төлеушіде. Қызметті жаңадан төлеңіз.",
        "Банк отменил этот платёж, деньги у плательщика. Оплатите услугу заново.",
        "The bank took this payment back; the payer has the money. Pay for the service anew.";
    /// Given back.
    "TLM-CODE-0009" PaymentRefunded Client, No, money NotTaken:
        "Бұл төлемнің ақшасы қайтарылды. Қызметті жаңадан төлеңіз.",
        "Деньги по этому платежу возвращены. Оплатите услугу заново.",
        "The money of this payment was given back. Pay for the service anew.";
    /// For another recipient.
    "TLM-CODE-0010" OtherRecipient Client, No, money Taken:
        "Бұл код басқа алушыға берілген, ақша сақтаулы. Алушының ЖСН-ін тексеріңіз.",
        "Код выдан другому получателю, деньги сохранены. Проверьте ИИН получателя.",
        "This code belongs to another recipient; the money is safe. Check the recipient's IIN.";
    /// For another service.
    "TLM-CODE-0011" OtherService Client, No, money Taken:
        "Бұл код басқа қызметке төленген: {service}. Сол қызметті таңдаңыз.",
        "По этому коду оплачена другая услуга: {service}. Выберите её.",
        "This code pays for another service: {service}. Choose that one.";
    /// The desk's ticket is missing, over, used or another operator's.
    "TLM-CODE-0013" TicketInvalid Client, No, money Taken:
        "Төлемді жабу рұқсаты жарамсыз, ештеңе жабылған жоқ. Кодты қайта тексеріңіз.",
        "Разрешение на закрытие недействительно, ничего не закрыто. Проверьте код заново.",
        "The permission to close is not valid; nothing was closed. Check the code again.";
    /// Not tied to the order named.
    "TLM-CODE-0014" NotBound Client, No, money Taken:
        "Бұл код аталған өтінімге байланбаған, ештеңе өзгерген жоқ. Өтінім нөмірін тексеріңіз.",
        "Код не привязан к названной заявке, ничего не изменилось. Проверьте номер заявки.",
        "This code is not tied to the order named; nothing changed. Check the application number.";
    /// The event makes no sense in this state.
    "TLM-CODE-0015" NotPossible Client, No, money NotKnown:
        "Төлем кодының қазіргі күйінде бұл әрекет мүмкін емес, ештеңе өзгерген жоқ. Алдымен төлемнің \
         күйін сұраңыз.",
        "В нынешнем состоянии кода это действие невозможно, ничего не изменилось. Сначала запросите \
         состояние платежа.",
        "This is not possible in the present state of the code; nothing changed. Ask for the state of the \
         payment first.";
    /// Another operation or amount than the notice.
    "TLM-PAY-0001" ReversalMismatch Client, No, money Taken:
        "Қайтару хабарланған төлемге сәйкес емес, ештеңе қайтарылған жоқ. Референс пен соманы тексеріңіз.",
        "Отмена не соответствует платежу, ничего не отменено. Проверьте референс и сумму.",
        "The reversal does not match the payment; nothing was reversed. Check the bank reference and the \
         amount.";
    /// Spent money is not taken back by a reversal.
    "TLM-PAY-0002" SpentNotReversible Client, No, money Spent:
        "Төлем пайдаланылған, оны қайтаруға болмайды. Ақшаны өтеу туралы талап жіберіңіз.",
        "Платёж использован, отменить его нельзя. Направьте требование о возмещении.",
        "The payment is used and cannot be reversed. Make a claim for reimbursement.";
    /// The amount is not the price.
    "TLM-PAY-0003" WrongAmount Client, No, money NotTaken:
        "Сома қызметтің бағасына тең емес, код берілген жоқ. Бағаны {price} теңге деп көрсетіңіз.",
        "Сумма не равна цене услуги, код не выдан. Укажите цену {price} тенге.",
        "The amount is not the price of the service, so no code was issued. State the price of {price} \
         tenge.";
    /// No such service.
    "TLM-PAY-0004" UnknownService Client, No, money NotTaken:
        "Мұндай қызмет жоқ, ақша алынған жоқ. Кодын қызметтер тізімінен алыңыз.",
        "Такой услуги нет, деньги не списаны. Возьмите её код из списка услуг.",
        "There is no such service; no money has been taken. Take its code from the list of services.";
    /// The service cannot be paid for now.
    "TLM-PAY-0005" ServiceNotPayable Client, No, money NotTaken:
        "Бұл қызметті қазір төлеуге болмайды, ақша алынған жоқ. Қызметтер тізімін жаңартыңыз.",
        "Эту услугу сейчас нельзя оплатить, деньги не списаны. Обновите список услуг.",
        "This service cannot be paid for now; no money has been taken. Refresh the list of services.";
    /// No such attempt.
    "TLM-PAY-0006" AttemptUnknown Client, No, money NotKnown:
        "Мұндай төлем әрекеті жоқ. Нөмірін тексеріңіз.",
        "Такой попытки оплаты нет. Проверьте её номер.",
        "There is no such attempt to pay. Check its number.";
    /// No contract between the bank and the gateway's operator is in force (cl. 22).
    "TLM-PAY-0007" NoContract Client, No, money NotTaken:
        "Банкпен жасалған шарт күшінде емес, ақша алынған жоқ. Шлюз операторына хабарласыңыз.",
        "Нет действующего договора с банком, деньги не списаны. Обратитесь к оператору шлюза.",
        "No contract with the bank is in force; no money has been taken. Contact the gateway operator.";
    /// The bank's contract does not cover the service (cl. 22).
    "TLM-PAY-0008" OutsideContract Client, No, money NotTaken:
        "Банктің шарты бұл қызметті қамтымайды, ақша алынған жоқ. Шлюз операторына хабарласыңыз.",
        "Договор банка не охватывает эту услугу, деньги не списаны. Обратитесь к оператору шлюза.",
        "The bank's contract does not cover this service; no money has been taken. Contact the gateway \
         operator.";
    /// A limit of the bank's contract, for one payment or for one day (cl. 22).
    "TLM-PAY-0009" ContractLimit Client, No, money NotTaken:
        "Банк шартының {limit} теңге шегінен асады, код берілген жоқ. Шлюз операторына хабарласыңыз.",
        "Превышен предел договора банка {limit} тенге, код не выдан. Обратитесь к оператору шлюза.",
        "It is above the limit of {limit} tenge in the bank's contract, so no code was issued. Contact the \
         gateway operator.";
    /// The number of a claim or of a payout was used for another content.
    "TLM-PAY-0010" NumberReused Client, No, money None:
        "Бұл нөмірмен басқа мазмұндағы құжат бұрын келген, жаңасы қабылданған жоқ. Жаңа құжатқа жаңа нөмір беріңіз.",
        "Под этим номером уже получен документ с другим содержанием, новый не принят. Дайте новому документу новый \
         номер.",
        "A document with other content came under this number before, so the new one was not accepted. Give a new \
         document a new number.";
    /// No such page.
    "TLM-PAGE-0001" PageTokenInvalid Client, No, money NotTaken:
        "Мұндай төлем беті жоқ, ақша алынған жоқ. Порталға оралып, қайта бастаңыз.",
        "Такой страницы оплаты нет, деньги не списаны. Вернитесь на портал и начните заново.",
        "There is no such payment page; no money has been taken. Go back to the portal and start again.";
    /// The page's time is over.
    "TLM-PAGE-0002" PageTokenExpired Client, No, money NotTaken:
        "Төлем бетінің уақыты бітті, ақша алынған жоқ. Порталға оралып, қайта бастаңыз.",
        "Время страницы оплаты истекло, деньги не списаны. Вернитесь на портал и начните заново.",
        "The time of this payment page is over; no money has been taken. Go back to the portal and start \
         again.";
    /// The page was opened before.
    "TLM-PAGE-0003" PageTokenUsed Client, No, money NotKnown:
        "Бұл төлем беті бұрын ашылған. Қайта төлемеңіз, нәтижесін порталдан қараңыз.",
        "Эта страница оплаты уже открывалась. Не платите повторно, посмотрите результат на портале.",
        "This payment page was opened before. Do not pay again; see the result at the portal.";
    /// The page belongs to the browser that opened it first.
    "TLM-PAGE-0004" PageOfAnotherBrowser Client, No, money NotKnown:
        "Бұл төлем беті басқа браузерде ашылған. Төлеміңізді порталдағы кабинетіңізден қараңыз.",
        "Эта страница оплаты открыта в другом браузере. Свою оплату смотрите в кабинете на портале.",
        "This payment page was opened in another browser. See your own payment in your cabinet at the portal.";
    /// No room to keep anything.
    "TLM-SYS-0001" StoreFull Server, After(300), money NotKnown:
        "Бізде ақау болды: хабарлама сақталған жоқ. Сол хабарламаны сол messageId-мен кейін қайталаңыз.",
        "У нас сбой: сообщение не сохранено. Повторите то же сообщение с тем же messageId позже.",
        "Something went wrong on our side: the message was not kept. Send the same message with the same \
         messageId later.";
    /// Too much to do.
    "TLM-SYS-0002" Overloaded Server, After(5), money NotKnown:
        "Жүйе қазір бос емес, хабарлама қабылданған жоқ. Сол хабарламаны сол messageId-мен кейін қайталаңыз.",
        "Система перегружена, сообщение не принято. Повторите то же сообщение с тем же messageId позже.",
        "The system is busy and the message was not accepted. Send the same message with the same \
         messageId later.";
    /// Our own failure.
    "TLM-SYS-0003" Internal Server, After(30), money NotKnown:
        "Бізде ақау болды. Сол хабарламаны сол messageId-мен қайталаңыз немесе correlationId нөмірін \
         хабарлаңыз.",
        "У нас сбой. Повторите то же сообщение с тем же messageId или сообщите номер correlationId.",
        "Something went wrong on our side. Send the same message with the same messageId, or tell us the \
         correlationId.";
    /// Another participant does not answer.
    "TLM-SYS-0004" PeerUnavailable Server, After(30), money NotKnown:
        "Басқа қатысушының жүйесі жауап бермейді. Сол хабарламаны сол messageId-мен кейін қайталаңыз.",
        "Система другого участника не отвечает. Повторите то же сообщение с тем же messageId позже.",
        "Another participant's system does not answer. Send the same message with the same messageId later.";
    /// Our signing key cannot be reached. Where not even this can be signed, it is told outside SOAP.
    "TLM-SYS-0005" SigningUnavailable Server, After(5), money NotKnown:
        "Бізде ақау болды: қол қою кілті жауап бермейді. Сол хабарламаны сол messageId-мен қайталаңыз.",
        "У нас сбой: ключ подписи не отвечает. Повторите то же сообщение с тем же messageId.",
        "Something went wrong on our side: the signing key does not answer. Send the same message with the same \
         messageId.";
}
