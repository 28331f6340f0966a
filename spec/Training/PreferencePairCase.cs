using TurkishLlm.Data.Conversations;
using TurkishLlm.Data.Preference;
using TurkishLlm.Model.Parameters;
using TurkishLlm.Spec.Model;
using TurkishLlm.Spec.Oracles;
using TurkishLlm.Spec.Plans;
using TurkishLlm.Training.Objectives.Preference;

namespace TurkishLlm.Spec.Training;

/// <summary>Lengths of the parts of a pair, in tokens.</summary>
/// <param name="Prompt">Of the prompt, at least 1.</param>
/// <param name="Chosen">Of the better answer, its end included.</param>
/// <param name="Rejected">Of the other.</param>
public readonly record struct PairLengths(int Prompt, int Chosen, int Rejected)
{
    /// <inheritdoc/>
    public override string ToString() => FormattableString.Invariant($"{Prompt}+{Chosen}|{Rejected}");
}

/// <summary>A small model and random pairs of answers of unequal lengths.</summary>
/// <param name="Model">The model; its batch and time are not used.</param>
/// <param name="Lengths">Of each pair.</param>
public sealed record PreferencePairCase(ModelCase Model, params IReadOnlyList<PairLengths> Lengths)
{
    /// <summary>Unequal lengths on both sides, several pairs, an answer of one token.</summary>
    internal static IReadOnlyList<PreferencePairCase> Usual { get; } =
    [
        new(
            new(Width: 40, 2, Heads: 4, KeyValueHeads: 2, Inner: 72, Batch: 1, Time: 1), new(5, 4, 7), new(3, 6, 2),
            new(8, 3, 1)),
        new(
            new(Width: 48, 3, Heads: 6, KeyValueHeads: 3, Inner: 56, Batch: 1, Time: 1, Tied: false, Vocabulary: 307),
            new(2, 9, 3), new(6, 2, 5)),
    ];

    /// <summary>The usual cases with dropout in the configuration, which applies in training only.</summary>
    internal static IReadOnlyList<PreferencePairCase> WithDropout { get; } =
    [
        Usual[0] with { Model = Usual[0].Model with { Dropout = 0.3 } },
        Usual[1] with { Model = Usual[1].Model with { Dropout = 0.1 } },
    ];

    /// <summary>The sizes of the run's model, if the run trains on pairs.</summary>
    internal static IReadOnlyList<PreferencePairCase> FromPlan(Conditions at) =>
        at.Plan.Preference is null ? [] : [Usual[0] with { Model = ModelCase.WithFewTokens(at, 1) }];

    /// <inheritdoc/>
    public override string ToString() =>
        $"pairs {string.Join(", ", Lengths)}; width {Model.Width}, {(Model.Tied ? "tied" : "untied")}"
        + (Model.Dropout == 0 ? "" : FormattableString.Invariant($", dropout {Model.Dropout}"));

    /// <summary>The pairs. The two answers differ from their first token on.</summary>
    internal IReadOnlyList<PreferencePair> Pairs(Conditions at, long salt = 40) => [.. Lengths.Select((lengths, i) =>
    {
        var ids = at.Ids(
                salt + i, Model.Vocabulary - SpecialTokensBelow - 1, lengths.Prompt + lengths.Chosen + lengths.Rejected)
            .Longs();
        int[] prompt = [.. ids[..lengths.Prompt].Select(ToOrdinaryId)],
            chosen = [.. ids[lengths.Prompt..(lengths.Prompt + lengths.Chosen)].Select(ToOrdinaryId)];
        int[] rejected = [.. ids[(lengths.Prompt + lengths.Chosen)..].Select(ToOrdinaryId)];
        if (rejected[0] == chosen[0]) rejected[0]++;
        return new PreferencePair(CreateExample(prompt, chosen), CreateExample(prompt, rejected));
    })];

    /// <summary>Returns the pairs with reference log-probabilities that differ from the model's by some nats.</summary>
    internal IReadOnlyList<ScoredPair> Scored(Conditions at, ParameterTable weights) => [.. Pairs(at).Select((pair, i) =>
    {
        var offsets = at.Normal(60 + i, 3, 2).Doubles();
        var (chosen, rejected) = (Oracle(weights, pair.Chosen), Oracle(weights, pair.Rejected));
        return new ScoredPair(pair, chosen.LogProbability + offsets[0], rejected.LogProbability + offsets[1]);
    })];

    /// <summary>Computes the log-probability of an answer with the oracle, token by token, and the largest logit.</summary>
    internal (double LogProbability, double Largest) Oracle(ParameterTable weights, TokenizedExample answer)
    {
        long[] inputs = [.. answer.Ids.SkipLast(1).Select(id => (long)id)];
        var logits = new TransformerOracle(Model.Sizes, weights.Doubles()).Logits(inputs, batch: 1);
        return (-CrossEntropyOracle.TokenLosses(logits, Targets(answer)).Sum(), logits.Max(Math.Abs));
    }

    /// <summary>The next token for each position, if it belongs to the answer.</summary>
    internal static long[] Targets(TokenizedExample answer) =>
        [
            .. Enumerable
                .Range(1, answer.Ids.Count - 1)
                .Select(i => answer.LossMask[i] ? answer.Ids[i] : CrossEntropyOracle.IgnoreIndex),
        ];

    internal double Allowed(Conditions at, TokenizedExample answer, double largest) =>
        Tolerance.AnswerLogProbability(at.NumberType, Model.Vocabulary, largest, Model.Allowed(at), answer.SupervisedCount);

    private const int SpecialTokensBelow = 16;

    private static int ToOrdinaryId(long id) => SpecialTokensBelow + (int)id;

    private static TokenizedExample CreateExample(int[] prompt, int[] answer) =>
        new([.. prompt, .. answer], [.. prompt.Select(_ => false), .. answer.Select(_ => true)]);
}
