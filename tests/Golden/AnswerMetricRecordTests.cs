using System.Text.Json;
using System.Text.Json.Serialization;
using FluentAssertions;
using TurkishLlm.Data.Corpus;
using TurkishLlm.Evaluation.Metrics;
using TurkishLlm.Data.Retrieval;
using TurkishLlm.Tests.Shared;

namespace TurkishLlm.Tests.Golden;

/// <summary>Words, metrics and search scores are those of another program: fixtures/evaluation/metrics.json.</summary>
public sealed class AnswerMetricRecordTests
{
    // Sums and quotients of some hundred float64 numbers, in another order.
    private const double Rounding = 1e-12;

    private static readonly JsonSerializerOptions Names = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    private static readonly Record Recorded = JsonSerializer.Deserialize<Record>(
        File.ReadAllBytes(Path.Combine(ReferenceRun.Fixtures, "evaluation", "metrics.json")), Names)!;

    public static TheoryData<int> Pairs() => [.. Enumerable.Range(0, Recorded.Pairs.Count)];

    [Theory, MemberData(nameof(Pairs))]
    public void A_pair_has_the_recorded_words_and_measures(int number)
    {
        var pair = Recorded.Pairs[number];
        TurkishWords.Split(pair.Answer).Should().Equal(pair.AnswerWords);
        TurkishWords.Split(pair.Reference).Should().Equal(pair.ReferenceWords);
        WordOverlap.IsExactMatch(pair.Answer, pair.Reference).Should().Be(pair.Exact);
        WordOverlap.F1(pair.Answer, pair.Reference).Should().BeApproximately(pair.F1, Rounding);
        RougeL.Compute(pair.Answer, pair.Reference).Should().BeApproximately(pair.RougeL, Rounding);
        ChrFScore.Compute(pair.Answer, pair.Reference).Should().BeApproximately(pair.Chrf, Rounding);
    }

    [Fact]
    public void Every_number_of_tries_has_the_recorded_chance()
    {
        Recorded.PassAt.Should().HaveCountGreaterThan(50);
        foreach (var (samples, right, k, pass) in Recorded.PassAt)
            PassAtK
                .Estimate(samples, right, k)
                .Should()
                .BeApproximately(pass, Rounding, $"{right} of {samples} right, {k} tries");
    }

    [Fact]
    public void Every_passage_has_the_recorded_score()
    {
        var index = new Bm25Index([.. Recorded.Passages.Select(passage => new SearchText(passage))]);
        foreach (var (question, scores) in Recorded.Searches)
        {
            var found = index.Search(question, scores.Count).ToDictionary(hit => hit.Passage, hit => hit.Score);
            for (var i = 0; i < scores.Count; i++)
                found.GetValueOrDefault(i).Should().BeApproximately(scores[i], Rounding, $"passage {i} for {question}");
        }
    }

    [Fact]
    public void The_comparison_notices_another_casing() =>
        Recorded
            .Pairs.Count(pair =>
                pair.Answer.ToLowerInvariant() is var lower && !TurkishWords.Split(lower).SequenceEqual(pair.AnswerWords))
            .Should()
            .BeGreaterThan(2);

    private sealed record Record(
        IReadOnlyList<Pair> Pairs, IReadOnlyList<PassAtKRecord> PassAt, IReadOnlyList<string> Passages,
        IReadOnlyList<Question> Searches);

    private sealed record Pair(
        string Answer, string Reference, string[] AnswerWords, string[] ReferenceWords, bool Exact, double F1, double RougeL,
        double Chrf);

    private sealed record PassAtKRecord(int Samples, [property: JsonPropertyName("right")] int Correct, int K, double Pass);

    private sealed record Question([property: JsonPropertyName("question")] string Text, IReadOnlyList<double> Scores);
}
