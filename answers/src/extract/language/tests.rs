use super::*;

#[test]
fn answers_are_announced_in_many_languages() {
    let cases = [
        ("因此，正确答案是选项B。", "B"),
        ("答案：B", "B"),
        ("答案是**B**", "B"),
        ("B选项正确。", "B"),
        ("A alternativa correta é a letra (B).", "B"),
        ("La opción B es correcta.", "B"),
        ("Option B ist richtig.", "B"),
        ("Resposta: letra b)", "(b)"),
        ("Gabarito: B", "B"),
        ("Vậy chọn B.", "B"),
        ("Die Antwort ist 3 und 5.", "3; 5"),
        ("答案是34个苹果。", "34个苹果"),
        ("【答案】B", "B"),
        ("【答案】: B", "B"),
        ("所以选B", "B"),
        ("应选择B选项。", "B"),
        ("选项B正确。", "B"),
        ("答案 B", "B"),
        ("선택지 B가 정답입니다.", "B"),
        ("La opción correcta es B.", "B"),
        ("La réponse correcte est la B.", "B"),
        ("Die korrekte Option ist B.", "B"),
        ("A alternativa correta é B.", "B"),
        ("Верный вариант: B", "B"),
        ("सही विकल्प B है।", "B"),
        ("故选：C。", "C"),
        ("答案是：\n\n$$x = 5$$", "x = 5"),
        ("答え: B", "B"),
        ("答えは34です。", "34"),
        ("正解はBである", "B"),
        ("정답은 B입니다.", "B"),
        ("답: 34", "34"),
        ("정답은 34입니다", "34"),
        ("La respuesta es 34.", "34"),
        ("La respuesta correcta es la opción B.", "B"),
        ("Respuesta final: $34$", "34"),
        ("La respuesta es 1.234,5 metros.", "1234.5 metros"),
        ("La réponse est donc 34.", "34"),
        ("La bonne réponse est la lettre C.", "C"),
        ("Réponse finale : 3,5", "3.5"),
        ("Die richtige Antwort ist (B).", "B"),
        ("Die Antwort lautet 34.", "34"),
        ("Antwort: 1,234", "1,234"),
        ("A resposta correta é B.", "B"),
        ("A resposta final é 34.", "34"),
        ("La risposta corretta è C.", "C"),
        ("Правильный ответ: B", "B"),
        ("Ответ — 34.", "34"),
        ("Ответ: 3,5", "3.5"),
        ("الإجابة الصحيحة هي B.", "B"),
        ("الجواب: 34", "34"),
        ("सही उत्तर B है।", "B"),
        ("अंतिम उत्तर: 34", "34"),
        ("উত্তর হলো 34", "34"),
        ("คำตอบคือ 34", "34"),
        ("Đáp án đúng là B.", "B"),
        ("Jawaban yang benar adalah B.", "B"),
        ("Doğru cevap B'dir.", "B"),
        ("Cevap: 34", "34"),
        ("Prawidłowa odpowiedź to B.", "B"),
        ("Het antwoord is 34.", "34"),
        ("Svaret är 34.", "34"),
        ("Η απάντηση είναι 34.", "34"),
        ("Jibu ni 34.", "34"),
    ];
    for (text, expected) in cases {
        let found = announcements(text, 0)
            .filter_map(Announcement::read)
            .last()
            .map(|found| found.text);
        assert_eq!(found.as_deref(), Some(expected), "{text:?}");
    }
}

#[test]
fn other_sentences_announce_nothing() {
    let texts = [
        "选项B是错误的",
        "答案不是B",
        "选A和B的人",
        "Die Antwortzeit ist 5 s.",
        "La respuesta",
        "svarta 5",
        "the CD on it is 5",
        "la B es grande",
        "Die Option B ist falsch.",
    ];
    for text in texts {
        assert_eq!(
            announcements(text, 0).filter_map(Announcement::read).last(),
            None,
            "{text:?}"
        );
    }
}
