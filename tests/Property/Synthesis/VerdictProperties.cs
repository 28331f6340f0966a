using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;
using TurkishLlm.Spec.Synthesis;
using TurkishLlm.Synthesis;
using TurkishLlm.Synthesis.Documentation;
using TurkishLlm.Synthesis.Generation;
using TurkishLlm.Synthesis.Prompts;
using TurkishLlm.Synthesis.Verdicts;
using TurkishLlm.Tests.Property.Tokenization;

namespace TurkishLlm.Tests.Property.Synthesis;

public sealed class VerdictProperties
{
    private static readonly LabeledChunks Shown = LabeledChunks.Select(
        new([
            new("tr/a#b", "M", "Raf", "Kök > M > Raf", "tr", 9, false, false, [], "## Raf\n\nRaf 40 kilogram taşır.")
            {
                Document = "tr/a.html",
                ModuleKey = "m",
                Submodule = "a",
                Level = PageLevel.Detail,
            },
        ]),
        ["tr/a#b"]);

    private const string Reply =
        """{"pairs":[{"type":"olgusal","difficulty":"kolay","question":"Raf kaç kilogram taşır?","answer":"Raf 40 kilogram taşır.","sources":["K1"]},{"type":"liste","difficulty":"zor","turns":[{"question":"A?","answer":"a"},{"question":"B?","answer":"b"}],"sources":["[K1]"]}]}""";

    [Fact]
    public void SYN_02_split_and_SYN_07_refusals()
    {
        var cases = Arb.From(
            from documents in Gen.Choose(3, 12)
            from share in Gen.Choose(10, 50)
            select new QaPairCase(2 * documents, share / 100.0, 0));
        SftRowSpec.SYN02_Split.HoldsFor(cases, count: 15);
        SftRowSpec.SYN07_Refusals.HoldsFor(
            Arb.From(
                from documents in Gen.Choose(5, 10)
                from refusals in Gen.Choose(1, 20)
                select new QaPairCase(2 * documents, 0.3, refusals / 100.0)),
            count: 10);
    }

    [Property(Arbitrary = [typeof(AnyString)], MaxTest = 300, QuietOnSuccess = true)]
    public bool No_reply_makes_the_parser_throw(string text) => Survives(text);

    [Fact]
    public void No_change_of_a_good_reply_makes_the_parser_throw() => Prop.ForAll(
        Arb.From(
            from at in Gen.Choose(0, Reply.Length - 1)
            from length in Gen.Choose(0, 6)
            from put in Gen.Elements(
                "",
                "\"",
                "{", "}", "[", "]", ",", ":", "null", "0", "\\ud800", "\\u0131", "\u0000", "K2", "ı", "\"pairs\":", "1e999")
            select (at, length, put)),
        c => Survives(Reply[..c.at] + c.put + Reply[Math.Min(Reply.Length, c.at + c.length)..]))
    .Check(Config.QuickThrowOnFailure.WithMaxTest(600).WithQuietOnSuccess(true));

    [Property(Arbitrary = [typeof(UnicodeText)], MaxTest = 300, QuietOnSuccess = true)]
    public void No_pair_makes_a_check_throw(string question, string answer)
    {
        var pair = new QaPair(
            "g:1", "g", QuestionType.Factual, Difficulty.Easy,
            [new("s " + question, "y " + answer)],
            ["tr/a#b"]);
        var checks = new PairChecks(Shown, AnswerLength.ForV2);
        checks.FindProblem(pair, checks.Trace(pair));
    }

    [Fact]
    public void Near_questions_are_exactly_those_that_comparing_all_pairs_finds()
    {
        var questions = Gen.ListOf(
            from subject in Gen.Elements(
                "sipariş", "siparişi", "siparişler", "makara", "makaranın", "40 kodu", "50 kodu", "“Durum”", "“Tür”")
            from verb in Gen.Elements("nasıl açılır", "nasıl açılıyor", "nasıl kapanır", "ne zaman açılır")
            from end in Gen.Elements("?", "", " acaba?")
            select $"{subject} {verb}{end}", 25);
        Prop.ForAll(Arb.From(questions), all =>
        {
            var index = new DuplicateQuestions(all);
            List<string> kept = [];
            foreach (var question in all)
            {
                var expected = kept.Exists(other =>
                    DuplicateQuestions.ComputeSimilarity(other, question) >= DuplicateQuestions.NearSimilarity
                    && Special(other) == Special(question));
                if (expected != (index.Add(question, out _) is not null)) return false;
                if (!expected) kept.Add(question);
            }
            return true;
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(60).WithQuietOnSuccess(true));

        static string Special(string question) =>
            string.Concat(question.Where(char.IsAsciiDigit))
            + (question.Contains('“', StringComparison.Ordinal) ? question.Split('“', '”')[1] : "");
    }

    private static bool Survives(string text)
    {
        var problem = ReplyParser.FindProblem(text);
        var (pairs, rejected) = ReplyParser.Parse("g", Shown, text);
        // Text from JSON is valid; only a test can create a string with a lone surrogate.
        if (!text.Any(char.IsSurrogate)) foreach (var rejection in rejected) JsonText.Serialize(rejection);
        // Every item of a readable reply is accepted or rejected; an unreadable reply is kept as a whole.
        return problem.Length > 0
            ? pairs.Count == 0 && rejected is [{ Raw: var raw }] && raw == text
            : pairs.Count + rejected.Count > 0;
    }
}
