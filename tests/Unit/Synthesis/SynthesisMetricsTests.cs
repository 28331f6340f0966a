using System.Globalization;
using FluentAssertions;
using TurkishLlm.Synthesis.Chunks;
using TurkishLlm.Synthesis.Generation;
using TurkishLlm.Synthesis.Grouping;
using TurkishLlm.Synthesis.Prompts;
using TurkishLlm.Synthesis.Reporting;
using TurkishLlm.Synthesis.Verdicts;

namespace TurkishLlm.Tests.Unit.Synthesis;

/// <summary>The report and the comparison of models, with counts that are all different.</summary>
[Trait("Suite", "Fast")]
public sealed class SynthesisMetricsTests
{
    private static readonly Chunk[] Chunks =
    [
        TestChunk.Create(0, tokens: 31), TestChunk.Create(1, tokens: 37), TestChunk.Create(2, tokens: 41),
        TestChunk.Create(3, tokens: 43), TestChunk.Create("tr/satis/s.html", 4, tokens: 47),
        TestChunk.Create("en/depo/s.html", 5, tokens: 53),
    ];

    private static readonly Blueprint Blueprint = Blueprint.Create(Chunks, rules: [1, 2]);

    private readonly JournalState _journal = new();
    private long _sends;

    [Fact]
    public void The_report_counts_groups_pairs_tokens_and_dollars()
    {
        const string another = "Raf numarası 1000 olan yeri kim siler?";
        Add("r01/tr/depo/raf0#b0", "m", Reply(Pair(0), Pair(0, question: another), Wrong(0)), 0.01m);
        Add("r01/tr/depo/raf1#b1", "m", "{ bozuk", 0.02m);
        Add("r01/tr/depo/raf1#b1", "n", Reply(Pair(1, type: "liste", difficulty: "orta")), 0.04m);
        Add("r01/tr/depo/raf2#b2", "m", "{ bozuk", 0.08m);
        Add("r02/tr/depo/raf", "m", Reply(Conversation(2, 3), Wrong(2), Wrong(3), Wrong(1), Duplicate(0)), 0.16m);
        Add("judge:r01/tr/depo/raf1#b1:1", "j", """{"answers_question":true,"claims":[]}""", 0.32m, context: "eski");
        AddError(0.64m);
        _journal.Add(new SentEntry(default, ++_sends, "r", 1, "g", "m", 1.28m));
        _journal.Add(new BatchSentEntry(default, "s", "m", ["k-1"], 2.56m));

        var review = Review.Create(Blueprint, new(Chunks), _journal);
        var metrics = SynthesisMetrics.Measure(Blueprint, new(Chunks), _journal, review);
        metrics.Rules.Select(rule => rule.Rule.Number).Should().Equal(Enumerable.Range(1, 11));
        metrics.Rules.Select(rule =>
                (rule.Groups, rule.Answered, rule.Tokens, rule.Accepted, rule.Rejected, rule.Cost)).Take(3).Should().Equal(
            (6, 2, 252L, 3, 1, 0.15m), (1, 1, 152L, 1, 4, 0.16m), (0, 0, 0L, 0, 0, 0m));
        metrics.Types.Where(type => type.Pairs > 0).Should()
            .Equal((QuestionType.Factual, 2), (QuestionType.List, 1), (QuestionType.Procedural, 1));
        metrics.Types.Should().HaveCount(5);
        metrics.Difficulties.Should().Equal((Difficulty.Easy, 2), (Difficulty.Medium, 1), (Difficulty.Hard, 1));
        metrics.Rejections.Should().Equal((RejectionReason.Grounding, 4), (RejectionReason.Duplicate, 1));
        metrics.Modules.Should().BeEquivalentTo(
            [("tr", "depo", 4, 152L), ("tr", "satis", 1, 47L), ("en", "depo", 1, 53L)]);
        metrics.PairsPerGroup.Should().Be((1, 4.0 / 3, 2));
        (metrics.Accepted, metrics.Conversations, metrics.Unanswered, metrics.Unreadable).Should().Be((4, 1, 4, 2));
        metrics.Tokens.Should().Be((6 * 100L, 6 * 7L));
        metrics.Cost.Should().Be(0.63m + 0.64m);
        metrics.InDoubt.Should().Be((1, 1.28m + 2.56m));
        metrics.Models.Should().Equal("m", "n");
    }

    [Fact]
    public void A_group_that_was_answered_without_an_accepted_pair_counts_in_the_mean()
    {
        Add("r01/tr/depo/raf0#b0", "m", Reply(Pair(0), Pair(0, question: "Raf numarası 1000 olan yeri kim siler?")), 0);
        Add("r01/tr/depo/raf1#b1", "m", Reply(Wrong(1)), 0);
        Measure().PairsPerGroup.Should().Be((0, 1.0, 2));
        new SynthesisMetricsTests().Measure().PairsPerGroup.Should().Be((0, 0.0, 0));
    }

    [Fact]
    public void Models_are_compared_on_the_groups_that_all_answered()
    {
        Add("r01/tr/depo/raf0#b0", "n", Reply(Pair(0)), 0.01m);
        Add("r01/tr/depo/raf0#b0", "m", Reply(Pair(0)), 0.02m, context: "eski");
        Add(
            "r02/tr/depo/raf", "m",
            Reply(
                Pair(0, type: "karşılaştırmalı"), Pair(1, type: "liste", question: "Raf numarası 1001 olan yeri kim siler?"),
                Both(0, 1), Wrong(2)),
            0.04m);
        Add("r02/tr/depo/raf", "n", Reply(Pair(2), Wrong(0)), 0.08m);
        Add("r01/tr/depo/raf3#b3", "m", "{ bozuk", 0.16m);
        Add("r01/tr/depo/raf3#b3", "m", Reply(Pair(3)), 0.32m);
        Add("r01/tr/depo/raf3#b3", "n", Reply(Pair(3, type: "çıkarımsal")), 0.64m);
        var comparison = PilotComparison.Compare(Blueprint, new(Chunks), _journal)!;
        comparison.Groups.Should().Equal("r01/tr/depo/raf3#b3", "r02/tr/depo/raf");
        comparison.Results.Select(result => (result.Model, result.Pairs, result.Accepted, result.Cost)).Should().Equal(
            ("m", 5, 4, 0.52m), ("n", 3, 2, 0.72m));
        var m = comparison.Results[0];
        m.CostPerPair.Should().Be(0.13m);
        // One comparative, one list and two factual questions.
        m.TypeEntropy.Should().BeApproximately(
            (2 * 0.25 * Math.Log(4) + 0.5 * Math.Log(2)) / Math.Log(5), 1e-12);
        m.InferentialShare.Should().Be(0.25);
        m.MultiSourceShare.Should().Be(0.25);
        m.ClaimsPerAnswer.Should().Be((1 + 1 + 2 + 1) / 4.0);
        m.WordsPerAnswer.Should().Be((6 + 6 + 12 + 6) / 4.0, "numbers are no words");
        string[] questions =
            [Question(3), Question(0), "Raf numarası 1001 olan yeri kim siler?", "İkisi nerede durur?"];
        m.DistinctOpeningShare.Should().Be(0.5);
        m.Repetition.Should().BeApproximately(
            questions.Average(own => questions.Where(other => other != own).Max(other => Similarity(own, other))), 1e-12);
        comparison.Results[1].InferentialShare.Should().Be(0.5);
    }

    [Fact]
    public void One_model_or_no_common_group_is_no_comparison()
    {
        Add("r01/tr/depo/raf0#b0", "m", Reply(Pair(0)), 0);
        PilotComparison.Compare(Blueprint, new(Chunks), _journal).Should().BeNull();
        Add("r01/tr/depo/raf1#b1", "n", Reply(Pair(1)), 0);
        PilotComparison.Compare(Blueprint, new(Chunks), _journal).Should().BeNull();
    }

    private SynthesisMetrics Measure() => SynthesisMetrics.Measure(
        Blueprint, new(Chunks), _journal, Review.Create(Blueprint, new(Chunks), _journal));

    private void Add(string group, string model, string text, decimal cost, string? context = null)
    {
        context ??= LabeledChunks.Select(new(Chunks), Blueprint.Groups.Single(other => other.Id == group).Chunks).Hash;
        var problem = group.StartsWith("judge", StringComparison.Ordinal) ? "" : ReplyParser.FindProblem(text);
        _journal.Add(
            new RepliedEntry(
                default, ++_sends, string.Create(CultureInfo.InvariantCulture, $"r{_sends}"), 1, group, context, model, "v2-x",
                text, "", 100, 7, cost, 1, problem));
    }

    private void AddError(decimal cost) => _journal.Add(
        new ReceivedEntry(
            default, ++_sends, "", "e", 1, "r01/tr/depo/raf2#b2", "c", "m", "v2-x", ReplyFormat.OpenAI, BodyEncoding.Utf8,
            """{"error":{"message":"no"},"choices":[],"usage":{"prompt_tokens":1,"completion_tokens":1}}""",
            new(0, 1_000_000 * cost), 0, 1));

    private static string Reply(params string[] pairs) => $"{{\"pairs\":[{string.Join(',', pairs)}]}}";

    private static string Question(int i) =>
        string.Create(CultureInfo.InvariantCulture, $"Raf numarası {1000 + i} olan yerde ne var?");

    private static string Pair(int i, string type = "olgusal", string difficulty = "kolay", string? question = null) =>
        Item(type, difficulty, $"\"question\":\"{question ?? Question(i)}\",\"answer\":\"{TestChunk.Fact(i)}\"");

    private static string Duplicate(int i) => Pair(i, question: $"{Question(i)} …");

    private static string Wrong(int i) => Item(
        "olgusal", "kolay", $"\"question\":\"Yanlış {Question(i)}\",\"answer\":\"{TestChunk.Fact(i + 100)}\"");

    private static string Both(int i, int j) => Item(
        "olgusal", "kolay", $"\"question\":\"İkisi nerede durur?\",\"answer\":\"{TestChunk.Fact(i)} {TestChunk.Fact(j)}\"");

    private static string Conversation(int i, int j) => Item(
        "prosedürel", "zor",
        $"\"turns\":[{{\"question\":\"{Question(i)}\",\"answer\":\"{TestChunk.Fact(i)}\"}},"
            + $"{{\"question\":\"{Question(j)}\",\"answer\":\"{TestChunk.Fact(j)}\"}}]");

    private static string Item(string type, string difficulty, string texts) =>
        $"{{\"type\":\"{type}\",\"difficulty\":\"{difficulty}\",{texts},\"sources\":[\"K1\"]}}";

    // The Jaccard similarity of trigrams of the words, computed here.
    private static double Similarity(string a, string b)
    {
        HashSet<string> Trigrams(string text)
        {
            var padded = $" {text.ToLower(CultureInfo.GetCultureInfo("tr-TR")).TrimEnd('?')} ";
            return [.. Enumerable.Range(0, padded.Length - 2).Select(i => padded.Substring(i, 3))];
        }
        var (x, y) = (Trigrams(a), Trigrams(b));
        return (double)x.Intersect(y).Count() / x.Union(y).Count();
    }
}
