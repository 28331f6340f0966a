using FsCheck;
using FsCheck.Fluent;
using TurkishLlm.Evaluation.Metrics;
using TurkishLlm.Data.Retrieval;
using TurkishLlm.Spec.Training;
using TurkishLlm.Tokenization;

namespace TurkishLlm.Tests.Property.Training;

/// <summary>Measures of answers, search and the window of a chat, for random words.</summary>
public sealed class EvaluationProperties
{
    // Few, so that texts share some; with letters that have another case in Turkish.
    private static readonly Gen<string> Word = Gen.Elements("ışık", "işık", "kablo", "kâğıt", "d50", "1.284,5", "ölçü", "ğ");

    private static readonly Arbitrary<AnswerPairCase> Pairs = Arb.From(
        from answer in Words(1, 7)
        from reference in Words(1, 7)
        select new AnswerPairCase(string.Join(' ', answer), string.Join(' ', reference)));

    private static readonly Arbitrary<PassAtKCase> Tries = Arb.From(
        from samples in Gen.Choose(1, 11)
        from right in Gen.Choose(0, samples)
        from tries in Gen.Choose(1, samples)
        select new PassAtKCase(samples, right, tries));

    private static readonly Arbitrary<ChatWindowCase> Chats = Arb.From(
        from exchanges in Gen.Choose(1, 7)
        from fitting in Gen.Choose(1, exchanges)
        from system in Gen.Elements("Kısa yanıt ver.", "ERP asistanısın.", "Iğdır deposu için yaz.")
        select new ChatWindowCase(exchanges, fitting, system),
        c => c.Exchanges > c.FittingExchanges ? [c with { Exchanges = c.Exchanges - 1 }] : []);

    private static readonly Arbitrary<(string[] Passages, string Question)> Searches = Arb.From(
        from passages in Gen.NonEmptyListOf(Words(1, 9))
        from question in Words(1, 5)
        select (passages.Take(8).Select(words => string.Join(' ', words)).ToArray(), string.Join(' ', question)));

    [Fact]
    public void EVL_15_shared_words_and_runs_are_those_of_the_definitions() =>
        AnswerMetricSpec.EVL_15_Overlap.HoldsFor(Pairs, count: 200);

    [Fact]
    public void EVL_16_pass_at_k_is_the_share_of_selections() => AnswerMetricSpec.EVL_16_PassAtK.HoldsFor(Tries, count: 100);

    [Fact]
    public void GEN_14_whole_exchanges_leave_a_chat() => ChatSessionSpec.GEN_14_Window.HoldsFor(Chats, count: 15);

    [Fact]
    public void Case_of_letters_changes_no_measure() => Check(Pairs, c =>
    {
        var (loud, own) = (TurkishCase.ToUpper(c.Answer), c.Answer);
        return WordOverlap.IsExactMatch(loud, own)
            && WordOverlap.F1(loud, c.Reference) == WordOverlap.F1(own, c.Reference)
            && RougeL.Compute(loud, c.Reference) == RougeL.Compute(own, c.Reference)
            && Groundedness.Compute(loud, "?", [c.Reference]) == Groundedness.Compute(own, "?", [c.Reference]);
    });

    [Fact]
    public void Metrics_are_between_0_and_1_and_1_for_equal_words() => Check(Pairs, c =>
        new[]
        {
            WordOverlap.F1(c.Answer, c.Reference), RougeL.Compute(c.Answer, c.Reference),
            ChrFScore.Compute(c.Answer, c.Reference),
        }
            is [>= 0 and <= 1 and var f1, >= 0 and <= 1 and var rouge, >= 0 and <= 1]
        && rouge <= f1
        && (rouge == 1) == WordOverlap.IsExactMatch(c.Answer, c.Reference)
        && ChrFScore.Compute(c.Answer, c.Answer) == 1);

    [Fact]
    public void A_search_ranks_as_scores_computed_passage_by_passage_do() => Check(Searches, c =>
    {
        var expected = c
            .Passages.Select((_, i) => (Passage: i, Score: NaiveScore(c.Passages, i, c.Question)))
            .Where(hit => hit.Score > 0)
            .ToArray();
        var index = new Bm25Index([.. c.Passages.Select(passage => new SearchText(passage))]);
        var found = index.Search(c.Question, c.Passages.Length);
        return found.Count == expected.Length
            && found.All(hit =>
                Math.Abs(hit.Score - expected.Single(other => other.Passage == hit.Passage).Score)
                < 1e-12 * Math.Max(1, hit.Score))
            && found.Zip(found.Skip(1)).All(pair => pair.First.Score >= pair.Second.Score)
            && index.Search(c.Question, 2).SequenceEqual(found.Take(2));
    });

    // Robertson and Zaragoza 2009, equation 3.15, term by term.
    private static double NaiveScore(string[] passages, int passage, string question)
    {
        var all = passages.Select(SearchTerms.ExtractForIndex).ToArray();
        var (mean, score) = (all.Sum(terms => terms.Count) / (double)all.Length, 0.0);
        foreach (var term in SearchTerms.ExtractForIndex(question).ToHashSet())
        {
            var (having, times) = (all.Count(terms => terms.Contains(term)), all[passage].Count(other => other == term));
            var idf = Math.Log(1 + (all.Length - having + 0.5) / (having + 0.5));
            score += idf * (times * 1.9) / (times + 0.9 * (0.6 + 0.4 * all[passage].Count / mean));
        }
        return score;
    }

    private static Gen<string[]> Words(int least, int most) =>
        Gen.Choose(least, most).SelectMany(count => Gen.ArrayOf(Word, count));

    private static void Check<T>(Arbitrary<T> cases, Func<T, bool> holds) =>
        Prop.ForAll(cases, c => holds(c).Label($"{c}"))
            .Check(Config.QuickThrowOnFailure.WithMaxTest(300).WithQuietOnSuccess(true));
}
