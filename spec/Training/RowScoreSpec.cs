using TorchSharp;
using TurkishLlm.Data.Batches;
using TurkishLlm.Data.Conversations;
using TurkishLlm.Model;
using TurkishLlm.Spec.Model;
using TurkishLlm.Spec.Oracles;
using TurkishLlm.Spec.Plans;
using TurkishLlm.Tokenization;
using TurkishLlm.Training.Objectives.FineTuning;
using static TorchSharp.torch;

namespace TurkishLlm.Spec.Training;

/// <summary>Computes the mean loss of the learned tokens of each example.</summary>
public delegate IReadOnlyList<double> ScoreExamples(LanguageModel model, IReadOnlyList<TokenizedExample> examples);

/// <summary>Examples of different lengths.</summary>
/// <param name="Lengths">Number of tokens of each.</param>
public sealed record ScoredExamplesCase(params IReadOnlyList<int> Lengths)
{
    internal IReadOnlyList<TokenizedExample> Create(Conditions at) => [.. Lengths.Select((length, row) => new TokenizedExample(
        [.. Enumerable.Range(0, length).Select(i => Draw(at, row, i, at.Tokenizer.VocabularySize))],
        [.. Enumerable.Range(0, length).Select(i => i == length - 1 || (i > 0 && Draw(at, row, 1000 + i, 3) == 0))]))];

    private static int Draw(Conditions at, int row, int place, int count) =>
        (int)CounterRandom.GetInt64(at.Seed, row, place, count);

    /// <inheritdoc/>
    public override string ToString() => $"{string.Join(", ", Lengths)} tokens";
}

/// <summary>Loss of single rows.</summary>
public static class RowScoreSpec
{
    /// <summary>The requirements of this class.</summary>
    public static IReadOnlyList<Requirement> All => [Sft60_RowLoss];

    /// <summary>Computes the mean loss of the learned tokens of each example.</summary>
    public static readonly Requirement<ScoredExamplesCase, ScoreExamples> Sft60_RowLoss = new()
    {
        Id = "SFT-60",
        Statement = "The score of a row is the float64 oracle's mean loss of its learned tokens, and has the same bits alone "
            + "and among other rows.",
        Source = "BUG-SFT-05, BUG-EVL-03: means over padding or over a batch; TOL-LOSS and TOL-MODEL",
        CanonicalCases = [new(3, 11, 6), new(9, 4), new(2, 16, 5, 7)],
        Subject = (_, _) => (model, examples) => [.. examples.Select(example => RowScorer.ComputeLoss(model, example))],
        Holds = (score, c, at) =>
        {
            using var grad = no_grad();
            var sizes = ScoredCase.Model(at);
            using var weights = ModelCase.Weights(sizes.Config, at);
            using var model = new LanguageModel(weights, at.ComputeType);
            var examples = c.Create(at);
            var together = score(model, examples);
            return Verdict.All(
            [
                Verdict.Equal(examples.Count, together.Count, "scores"),
                .. examples.Select((example, i) => Check(example, together[i])),
                .. examples.Select((example, i) => Verdict.Equal(score(model, [example])[0], together[i], "score alone")),
            ]);

            Verdict Check(TokenizedExample example, double scored)
            {
                long[] ids = [.. example.Ids.Select(id => (long)id)];
                var logits = new TransformerOracle(sizes.Sizes, weights.Doubles()).Logits(ids[..^1], 1);
                var losses = CrossEntropyOracle.TokenLosses(logits, ids[1..]);
                var largest = logits.Max(Math.Abs);
                return Verdict.AtMost(
                    Tolerance.Loss(at.NumberType, sizes.Vocabulary, largest) + 2 * sizes.Allowed(at) * largest,
                    Math.Abs(losses.Where((_, i) => example.LossMask[i + 1]).Average() - scored), "difference of a score, nats");
            }
        },
        Impostors = new()
        {
            ["the question is scored too"] = (_, _) => (model, examples) =>
                [.. examples.Select(example => RowScorer.ComputeLoss(model, WithMask(example, i => i > 0)))],
            ["padding is scored too"] = (_, _) => (model, examples) =>
            [
                .. examples.Select(example => RowScorer.ComputeLoss(model, Pad(example, 4 + examples.Max(e => e.Ids.Count)))),
            ],
            ["every row has the mean of the batch"] = (_, _) => (model, examples) =>
            [
                .. Enumerable.Repeat(
                    examples.Sum(e => RowScorer.ComputeLoss(model, e) * e.SupervisedCount) / examples.Sum(e => e.SupervisedCount),
                    examples.Count),
            ],
            ["the sum is divided by all tokens"] = (_, _) => (model, examples) =>
            [
                .. examples.Select(e => RowScorer.ComputeLoss(model, e) * e.SupervisedCount / (e.Length + 1)),
            ],
            ["a row reads the row before it"] = (_, _) => (model, examples) =>
            [
                .. examples.Select((example, i) =>
                    RowScorer.ComputeLoss(model, i == 0 ? example : After(examples[i - 1], example))),
            ],
            ["the tokens before the learned ones are scored"] = (_, _) => (model, examples) =>
            [
                .. examples.Select(example => RowScorer.ComputeLoss(
                    model, WithMask(example, i => i > 0 && (i == 1 || example.LossMask[(i + 1) % example.Ids.Count])))),
            ],
        },
    };

    private static TokenizedExample WithMask(TokenizedExample example, Func<int, bool> mask) =>
        new([.. example.Ids.Select(id => (int)id)], [.. example.Ids.Select((_, i) => mask(i))]);

    private static TokenizedExample Pad(TokenizedExample example, int length) => new(
        [.. example.Ids.Select(id => (int)id), .. Enumerable.Repeat(SpecialTokens.Pad, length - example.Ids.Count)],
        [.. example.LossMask, .. Enumerable.Repeat(true, length - example.Ids.Count)]);

    private static TokenizedExample After(TokenizedExample before, TokenizedExample example) => new(
        [.. before.Ids.Concat(example.Ids).Select(id => (int)id)],
        [.. before.LossMask.Select(_ => false), .. example.LossMask]);
}
