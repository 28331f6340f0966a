using TurkishLlm.Spec.Plans;
using TurkishLlm.Synthesis.Chunks;
using TurkishLlm.Synthesis.Verdicts;

namespace TurkishLlm.Spec.Synthesis;

/// <summary>Training data of synthesis: supported answers, and every question once.</summary>
public static class GroundingSpec
{
    /// <summary>The requirements of this class.</summary>
    public static IReadOnlyList<Requirement> All => [SYN05_Grounding, SYN08_Duplicates];

    /// <summary>SYN-05.</summary>
    public static readonly Requirement<GroundingCase, Func<QaTurn, Chunk, bool>> SYN05_Grounding = new()
    {
        Id = "SYN-05",
        Statement = "An answer that its chunk supports passes; one wrong number, name or negation, or one invented sentence, "
            + "makes it fail.",
        Source = "synthetic-data-kit: the judge never sees the source text; reference report on fine-tuning, section 12: wrong "
            + "answers in training made the model worse",
        CanonicalCases =
        [
            new(
                "Kantar",
                "## Kantar\n\nKamyon kantarda iki kez tartılır. Fark 40 kilogramı aşarsa sürücü bekletilir. "
                    + "Fiş, Muhasebe bölümüne gönderilir. Kantar her 12 ayda bir ayarlanır; ayarı geçmiş kantarla "
                    + "mal alınamaz.",
                "Kantarda tartım farkı çıkarsa ne yapılır?",
                [
                    "Fark 40 kilogramı aşarsa sürücü bekletilir.",
                    "Kamyon kantarda iki kez tartılır ve fiş Muhasebe bölümüne gönderilir.",
                    "Ayarı geçmiş kantarla mal alınamaz.",
                ],
                [
                    "Fark 12 kilogramı aşarsa sürücü bekletilir.",
                    "Fark 45 kilogramı aşarsa sürücü bekletilir.", "Ayarı geçmiş kantarla mal alınabilir.",
                    "Fiş, Satış bölümüne gönderilir.",
                    "Fark 40 kilogramı aşarsa sürücü bekletilir. Sürücüye çay ikram edilir ve gazete verilir.",
                ]),
            new(
                "Raf kodları",
                "## Raf kodları\n\n| Kod | Raf | Sahibi |\n| --- | --- | --- |\n| R-17 | Boya | Üretim |\n| "
                    + "R-23 | Bant | Depo |\n\nRaflar yüz yirmi kilogram taşır. Boya rafı ısıtılmaz. Etiketi 6 "
                    + "hanelidir.",
                "R-17 rafı nedir?",
                ["R-17 boya rafıdır ve sahibi Üretim'dir.", "Raflar 120 kilogram taşır.", "Boya rafı ısıtılmaz."],
                [
                    "R-23 boya rafıdır ve sahibi Üretim'dir.", "Raflar 6 kilogram taşır.", "Boya rafı ısıtılır.",
                    "R-17 boya rafıdır ve sahibi Finans'tır.",
                    "R-17 boya rafıdır ve sahibi Üretim'dir. Önüne yazın sandalye ve masa konulur.",
                ]),
            new(
                "Vardiya",
                "## Vardiya\n\nGece vardiyası 22:30'da başlar. Devir teslim defteri Nöbetçi tarafından "
                    + "imzalanır. İmzasız defter kabul edilmez.\n\n- Kontrol listesi 9 maddedir.\n- Makine 15 "
                    + "dakika önce ısıtılır.",
                "Gece vardiyası nasıl başlar?",
                [
                    "Gece vardiyası 22:30'da başlar ve makine 15 dakika önce ısıtılır.", "İmzasız defter kabul edilmez.",
                    "Kontrol listesi dokuz maddedir.",
                ],
                [
                    "Gece vardiyası 22:15'te başlar.", "Makine 9 dakika önce ısıtılır.", "İmzasız defter kabul edilir.",
                    "Defter Müdür tarafından imzalanır.",
                    "Gece vardiyası 22:30'da başlar. İşçiler serviste türkü söyleyerek evlerine döner.",
                ]),
        ],
        Subject = (_, _) => (turn, chunk) => new GroundingChecker().Trace(turn, [chunk]).All(claim => claim.Problem.Length == 0),
        Holds = (supports, c, _) => Verdict.All(
        [
            .. c.Right.Select(answer => Verdict.That(supports(new(c.Question, answer), c.Chunk), $"passes: {answer}")),
            .. c.Wrong.Select(answer => Verdict.That(!supports(new(c.Question, answer), c.Chunk), $"fails: {answer}")),
        ]),
        Impostors = new()
        {
            ["passes everything"] = (_, _) => (_, _) => true,
            ["fails everything"] = (_, _) => (_, _) => false,
            ["passes what has most of its words in the chunk"] = (_, _) => (turn, chunk) =>
                GroundingChecker.ComputeRelevance(turn.Answer, chunk) >= 0.6,
            ["passes what has all of its words in the chunk"] = (_, _) => (turn, chunk) =>
                GroundingChecker.ComputeRelevance(turn.Answer, chunk) >= 1,
            ["looks at the first sentence only"] = (_, _) => (turn, chunk) =>
                new GroundingChecker().Trace(turn, [chunk])[0].Problem.Length == 0,
            ["one supported claim is enough"] = (_, _) => (turn, chunk) =>
                new GroundingChecker().Trace(turn, [chunk]).Any(claim => claim.Problem.Length == 0),
            ["ignores the chunk"] = (_, _) => (turn, _) => turn.Answer.Length is > 20 and < 90,
        },
    };

    /// <summary>SYN-08.</summary>
    public static readonly Requirement<DuplicateCase, Func<string, string, RejectionReason?>> SYN08_Duplicates = new()
    {
        Id = "SYN-08",
        Statement = "A duplicate question is found regardless of its case and punctuation, and so is a near-duplicate, but not a "
            + "question about another number.",
        Source = "synthetic-data-kit: no code reads enable_deduplication and similarity_threshold; yourbench #130",
        CanonicalCases =
        [
            new(
                "IŞIKLI iğne makinesinde tel ısınınca operatör ne yapmalıdır?",
                "ışıklı İĞNE makinesinde tel ISININCA operatör ne yapmalıdır",
                "Işıklı iğne makinesinde tel ısınırsa operatör ne yapmalıdır?", "Işıklı iğne 40 ile nasıl ısınır?",
                "Işıklı iğne 50 ile nasıl ısınır?"),
            new(
                "KILIF KALINLIĞI İÇİN İZİN VERİLEN EN KÜÇÜK SINIR NEDİR?",
                "Kılıf kalınlığı için izin verilen en küçük sınır nedir…",
                "Kılıf kalınlığı için izin verilen en küçük sınırı nedir?", "Kılıf D90 deposunda nerede durur?",
                "Kılıf D15 deposunda nerede durur?"),
            new(
                "Iğdır'daki istasyon ne zaman açılır?", "IĞDIR'DAKİ İSTASYON NE ZAMAN AÇILIR",
                "Iğdır'daki istasyonlar ne zaman açılır?", "İstasyon 22:30 treninde açılır mı?",
                "İstasyon 07:15 treninde açılır mı?"),
        ],
        Subject = (_, _) => RejectSecond,
        Holds = (second, c, _) => Verdict.All(
            Verdict.Equal(RejectionReason.Duplicate, second(c.Question, c.Same), "the same question"),
            Verdict.Equal(RejectionReason.NearDuplicate, second(c.Question, c.Near), "nearly the same question"),
            Verdict.Equal(null, second(c.OneNumber, c.OtherNumber), "a question about another number"),
            Verdict.Equal(null, second(c.Question, c.OneNumber), "another question")),
        Impostors = new()
        {
            ["invariant lower case"] = (_, _) => (first, next) => RejectSecond(ReplaceTurkishI(first), ReplaceTurkishI(next)),
            ["finds exact duplicates only"] = (_, _) => (first, next) =>
                RejectSecond(first, next) is RejectionReason.Duplicate ? RejectionReason.Duplicate : null,
            ["numbers do not matter"] = (_, _) => (first, next) => RejectSecond(WithoutNumbers(first), WithoutNumbers(next)),
            ["nothing is a duplicate"] = (_, _) => (_, _) => null,
            ["half of the words is enough"] = (_, _) =>
                (first, next) =>
                    RejectSecond(first, next)
                    ?? (DuplicateQuestions.ComputeSimilarity(first, next) > 0.5 ? RejectionReason.NearDuplicate : null),
        },
    };

    private static RejectionReason? RejectSecond(string first, string next)
    {
        var questions = new DuplicateQuestions([first, next]);
        questions.Add(first, out _);
        return questions.Add(next, out _);
    }

    // Applies invariant lower-casing to I and İ, with letters that Turkish lower-casing keeps.
    private static string ReplaceTurkishI(string text) =>
        text.Replace('I', 'i').Replace("İ", "i\u0307", StringComparison.Ordinal);

    private static string WithoutNumbers(string text) => string.Concat(text.Where(c => !char.IsAsciiDigit(c)));
}
