//! How languages other than English announce an answer, one entry per language.
//!
//! All words are in lower case. A new language is a new entry.

/// The words with which a language announces an answer.
pub(in crate::extract) struct Language {
    /// Words for "answer".
    pub(super) nouns: &'static [&'static str],
    /// Words that may stand between the noun and the joint: "correct", "final", "to the question".
    pub(super) attributes: &'static [&'static str],
    /// Words that join the noun to its value. A mark (`:`) always does.
    pub(super) joints: &'static [&'static str],
    /// Whether the value may follow the noun at once, because the verb comes last.
    pub(super) verb_last: bool,
    /// Words behind the value that belong to the sentence.
    pub(super) endings: &'static [&'static str],
    /// Words for "option" before a letter.
    pub(super) options: &'static [&'static str],
    /// Words that say which option is correct, before or behind the word for "option", or behind the letter.
    pub(super) correct: &'static [&'static str],
    /// Verbs that an option letter follows: "we choose B".
    pub(super) choosing: &'static [&'static str],
    /// Whether decimals have a comma.
    pub(super) comma: bool,
}

const PLAIN: Language = Language {
    nouns: &[],
    attributes: &[],
    joints: &[],
    verb_last: false,
    endings: &[],
    options: &[],
    correct: &[],
    choosing: &[],
    comma: false,
};

pub(super) const LANGUAGES: [Language; 29] = [
    // Chinese
    Language {
        nouns: &["答案", "答"],
        attributes: &["应该", "應該", "应", "應", "就", "选项", "選項"],
        joints: &["是", "为", "為", "选择", "選擇", "选", "選", "即"],
        verb_last: true,
        endings: &["。", "选项", "選項", "项"],
        correct: &["正确", "正確", "是正确", "是正確"],
        options: &["选项", "選項", "选择", "選擇"],
        choosing: &[
            "选择",
            "選擇",
            "故选",
            "故選",
            "应选",
            "應選",
            "选",
            "選",
            "正确的是",
            "正確的是",
            "正确选项是",
            "正确选项为",
        ],
        ..PLAIN
    },
    // Japanese
    Language {
        nouns: &["答え", "答", "正解", "解答", "回答"],
        attributes: &[],
        joints: &["は", "が", "とは"],
        endings: &[
            "となります",
            "になります",
            "でした",
            "である",
            "です",
            "だ",
            "となる",
            "になる",
        ],
        verb_last: true,
        options: &["選択肢"],
        correct: &["が正解", "が正しい", "正しい"],
        ..PLAIN
    },
    // Korean
    Language {
        nouns: &["정답", "답변", "답"],
        attributes: &[],
        joints: &["은", "는", "이", "가"],
        verb_last: true,
        endings: &[
            "입니다",
            "이에요",
            "예요",
            "이다",
            "이며",
            "번입니다",
            "가 됩니다",
            "이 됩니다",
        ],
        options: &["선택지", "보기", "옵션"],
        correct: &["가 정답", "이 정답", "가 맞", "올바른"],
        ..PLAIN
    },
    // Spanish
    Language {
        nouns: &["respuesta"],
        attributes: &["correcta", "final", "a la pregunta", "entonces"],
        joints: &["es", "sería", "debe ser", "será"],
        options: &[
            "la opción",
            "opción",
            "la letra",
            "letra",
            "la alternativa",
            "alternativa",
            "la",
        ],
        correct: &["correcta", "correcto", "es correcta", "es la correcta"],
        comma: true,
        ..PLAIN
    },
    // French
    Language {
        nouns: &["réponse", "reponse"],
        attributes: &["correcte", "finale", "exacte", "à la question"],
        joints: &["est donc", "est", "serait", "sera"],
        options: &[
            "l'option",
            "l’option",
            "option",
            "la lettre",
            "lettre",
            "la proposition",
            "la réponse",
            "réponse",
            "le choix",
            "la",
        ],
        correct: &["correcte", "bonne", "est correcte", "est la bonne"],
        comma: true,
        ..PLAIN
    },
    // German
    Language {
        nouns: &["endantwort", "antwort", "lösung"],
        attributes: &["auf die frage"],
        joints: &["ist", "lautet", "wäre", "beträgt", "muss sein"],
        options: &["option", "die option", "antwort", "möglichkeit", "aussage"],
        correct: &[
            "richtige",
            "korrekte",
            "richtig",
            "korrekt",
            "ist richtig",
            "ist korrekt",
            "ist die richtige",
        ],
        comma: true,
        ..PLAIN
    },
    // Portuguese
    Language {
        nouns: &["resposta", "gabarito"],
        attributes: &["correta", "correcta", "final", "à pergunta"],
        joints: &["é", "seria", "será", "e"],
        options: &[
            "a opção",
            "opção",
            "a alternativa",
            "alternativa",
            "a letra",
            "letra",
            "a",
        ],
        correct: &["correta", "correcta", "está correta", "é a correta", "é correta"],
        comma: true,
        ..PLAIN
    },
    // Italian
    Language {
        nouns: &["risposta"],
        attributes: &["corretta", "finale", "esatta", "alla domanda", "giusta"],
        joints: &["è", "sarebbe", "sarà", "e'"],
        options: &["l'opzione", "l’opzione", "opzione", "la lettera", "lettera", "la"],
        correct: &["corretta", "giusta", "è corretta", "è quella corretta"],
        comma: true,
        ..PLAIN
    },
    // Russian
    Language {
        nouns: &["ответом", "ответ"],
        attributes: &["на вопрос", "задачи"],
        joints: &["это", "является", "равен", "будет", "есть", "-"],
        options: &["вариант", "буква", "под буквой"],
        correct: &["верный", "правильный", "верен"],
        comma: true,
        ..PLAIN
    },
    // Ukrainian
    Language {
        nouns: &["відповіддю", "відповідь"],
        attributes: &["на питання"],
        joints: &["це", "є", "дорівнює", "буде"],
        options: &["варіант"],
        correct: &["правильний"],
        comma: true,
        ..PLAIN
    },
    // Arabic
    Language {
        nouns: &["الإجابة", "الاجابة", "إجابة", "الجواب", "جواب"],
        attributes: &["الصحيحة", "النهائية", "الصحيح", "النهائي"],
        joints: &["هي", "هو", "يساوي", "تساوي"],
        options: &["الخيار", "خيار", "الحرف"],
        correct: &["الصحيح"],
        ..PLAIN
    },
    // Persian and Urdu
    Language {
        nouns: &["پاسخ", "جواب"],
        attributes: &["نهایی", "صحیح", "درست"],
        joints: &["برابر است با", "برابر با"],
        verb_last: true,
        endings: &["است", "می‌باشد", "ہے"],
        options: &["گزینه", "گزینهٔ"],
        ..PLAIN
    },
    // Hindi and Marathi
    Language {
        nouns: &["उत्तर", "जवाब"],
        attributes: &["सही", "अंतिम", "विकल्प"],
        joints: &["होगा"],
        verb_last: true,
        endings: &["होगा", "है", "हैं", "आहे", "।"],
        options: &["विकल्प"],
        correct: &["सही"],
        ..PLAIN
    },
    // Bengali
    Language {
        nouns: &["উত্তর"],
        attributes: &["সঠিক", "চূড়ান্ত"],
        joints: &["হলো", "হল", "হবে"],
        verb_last: true,
        endings: &["হবে", "।"],
        options: &["বিকল্প"],
        ..PLAIN
    },
    // Telugu
    Language {
        nouns: &["సమాధానం", "జవాబు"],
        verb_last: true,
        ..PLAIN
    },
    // Tamil
    Language {
        nouns: &["பதில்", "விடை"],
        verb_last: true,
        ..PLAIN
    },
    // Thai
    Language {
        nouns: &["คำตอบ"],
        attributes: &["ที่ถูกต้อง", "สุดท้าย"],
        joints: &["คือ", "เป็น"],
        options: &["ข้อ", "ตัวเลือก"],
        ..PLAIN
    },
    // Vietnamese
    Language {
        nouns: &["đáp án", "đáp số", "câu trả lời"],
        attributes: &["đúng", "cuối cùng", "chính xác", "của bài toán"],
        joints: &["là"],
        options: &["phương án", "lựa chọn", "câu", "đáp án"],
        choosing: &["chọn"],
        comma: true,
        ..PLAIN
    },
    // Indonesian and Malay
    Language {
        nouns: &["jawabannya", "jawaban", "jawapan"],
        attributes: &["yang benar", "yang tepat", "akhir", "akhirnya", "akhir yang benar"],
        joints: &["adalah", "ialah"],
        options: &["opsi", "pilihan", "huruf"],
        comma: true,
        ..PLAIN
    },
    // Turkish
    Language {
        nouns: &["cevabımız", "cevap", "yanıt", "cevabı"],
        joints: &["şudur"],
        verb_last: true,
        endings: &[
            "'dir", "'dır", "'dur", "'dür", "'tir", "'tır", "'tur", "'tür", "dir", "dır",
        ],
        options: &["seçenek", "şık"],
        comma: true,
        ..PLAIN
    },
    // Polish
    Language {
        nouns: &["odpowiedzią", "odpowiedź"],
        attributes: &["poprawna", "końcowa", "ostateczna"],
        joints: &["to", "brzmi", "jest"],
        options: &["opcja"],
        comma: true,
        ..PLAIN
    },
    // Czech and Slovak
    Language {
        nouns: &["odpověď", "odpoveď"],
        attributes: &["zní"],
        joints: &["je", "zní"],
        options: &["možnost"],
        comma: true,
        ..PLAIN
    },
    // Dutch
    Language {
        nouns: &["antwoord"],
        attributes: &["op de vraag"],
        joints: &["is", "luidt"],
        options: &["optie"],
        comma: true,
        ..PLAIN
    },
    // Swedish, Danish and Norwegian
    Language {
        nouns: &["svaret", "svar"],
        attributes: &["på frågan", "på spørgsmålet"],
        joints: &["är", "er", "blir"],
        options: &["alternativ", "mulighed"],
        comma: true,
        ..PLAIN
    },
    // Greek
    Language {
        nouns: &["απάντηση"],
        attributes: &["στην ερώτηση"],
        joints: &["είναι"],
        options: &["επιλογή"],
        comma: true,
        ..PLAIN
    },
    // Hebrew
    Language {
        nouns: &["התשובה", "תשובה"],
        attributes: &["הנכונה", "הסופית"],
        joints: &["היא"],
        options: &["אפשרות"],
        ..PLAIN
    },
    // Romanian
    Language {
        nouns: &["răspunsul", "răspuns", "raspunsul", "raspuns"],
        attributes: &["corect", "final", "la întrebare"],
        joints: &["este", "e"],
        options: &["varianta", "opțiunea"],
        comma: true,
        ..PLAIN
    },
    // Swahili
    Language {
        nouns: &["jibu"],
        attributes: &["sahihi", "la mwisho"],
        joints: &["ni"],
        options: &["chaguo"],
        ..PLAIN
    },
    // Finnish and Hungarian
    Language {
        nouns: &["vastaus", "válasz"],
        attributes: &["kysymykseen"],
        joints: &["on"],
        verb_last: true,
        options: &["vaihtoehto"],
        comma: true,
        ..PLAIN
    },
];
