using TurkishLlm.Model.Parameters;
using TurkishLlm.Plans;
using TurkishLlm.Spec.Model;
using TurkishLlm.Spec.Oracles;
using TurkishLlm.Spec.Plans;
using TurkishLlm.Training.Objectives.Reinforcement;

namespace TurkishLlm.Spec.Training;

/// <summary>Lengths of a question and of an answer to it, in tokens.</summary>
/// <param name="Prompt">Of the question, at least 1.</param>
/// <param name="Answer">Of the answer, its end included.</param>
public readonly record struct AnswerLengths(int Prompt, int Answer)
{
    /// <inheritdoc/>
    public override string ToString() => FormattableString.Invariant($"{Prompt}+{Answer}");
}

/// <summary>A small model and sampled answers of unequal lengths.</summary>
/// <param name="Model">The model; its batch and time are not used.</param>
/// <param name="Temperature">Temperature of the sampling.</param>
/// <param name="Normalization">What the losses of an answer are divided by.</param>
/// <param name="Lengths">Of each question and answer.</param>
public sealed record GrpoAnswerCase(
    ModelCase Model, double Temperature, LossNormalization Normalization, params IReadOnlyList<AnswerLengths> Lengths)
{
    internal const int MaxNewTokens = 11;

    /// <summary>Unequal lengths, an answer of one token, temperatures on both sides of 1.</summary>
    internal static IReadOnlyList<GrpoAnswerCase> Usual { get; } =
    [
        new(
            new(Width: 40, 2, Heads: 4, KeyValueHeads: 2, Inner: 72, Batch: 1, Time: 1), 0.7, LossNormalization.Answer,
            new(3, 4), new(3, 2), new(6, 1)),
        new(
            new(Width: 48, 3, Heads: 6, KeyValueHeads: 3, Inner: 56, Batch: 1, Time: 1, Tied: false, Vocabulary: 307), 1.6,
            LossNormalization.Tokens, new(2, 5), new(5, 3), new(4, 2), new(3, 6)),
        new(
            new(Width: 40, 2, Heads: 4, KeyValueHeads: 2, Inner: 72, Batch: 1, Time: 1), 1.2, LossNormalization.Constant,
            new(4, 3), new(2, 6), new(7, 2)),
    ];

    /// <summary>The sizes of the run's model, if the run learns from rewards, with its temperature of at least 0.5.</summary>
    internal static IReadOnlyList<GrpoAnswerCase> FromPlan(Conditions at) => at.Plan.Grpo is not { } grpo ? [] :
    [
        Usual[0] with
        {
            Model = ModelCase.WithFewTokens(at, 1), Temperature = Math.Clamp(grpo.Temperature, 0.5, 2),
            Normalization = grpo.Normalization,
        },
    ];

    /// <inheritdoc/>
    public override string ToString() => FormattableString.Invariant($"temperature {Temperature}, {Normalization}, answers ")
        + $"{string.Join(", ", Lengths)}; width {Model.Width}, {(Model.Tied ? "tied" : "untied")}";

    /// <summary>
    /// The answers: advantages of both signs, and old log-probabilities that make ratios on both sides of both borders.
    /// </summary>
    internal IReadOnlyList<RolloutAnswer> Answers(Conditions at, ParameterTable weights)
    {
        var factors = AnswerWeights.Compute([.. Lengths.Select(lengths => lengths.Answer)], Normalization, MaxNewTokens);
        return [.. Lengths.Select((lengths, i) =>
        {
            var ids = at.Ids(90 + i, Model.Vocabulary, lengths.Prompt + lengths.Answer).Longs().Select(id => (int)id).ToArray();
            var answer = new RolloutAnswer(
                ids[..lengths.Prompt], ids[lengths.Prompt..], i % 2 == 0 ? 0.9 + 0.2 * i : -0.7 - 0.1 * i, factors[i]);
            var tokens = Oracle(weights, answer);
            return answer with
            {
                Old = [.. tokens.Select((p, t) => p - OldChange(t + i))],
                Reference = [.. tokens.Select((p, t) => p + 0.3 - 0.35 * ((t + 2 * i) % 4))],
            };
        })];
    }

    /// <summary>Log-probabilities of the tokens of an answer in the oracle's distribution at the temperature.</summary>
    internal double[] Oracle(ParameterTable weights, RolloutAnswer answer)
    {
        var (inputs, targets) = Row(answer);
        var logits = new TransformerOracle(Model.Sizes, Tempered(weights)).Logits(inputs, batch: 1);
        return [.. CrossEntropyOracle.TokenLosses(logits, targets).Skip(answer.Prompt.Count - 1).Select(loss => -loss)];
    }

    /// <summary>Largest logit of an answer, divided by the temperature.</summary>
    internal double Largest(ParameterTable weights, RolloutAnswer answer) =>
        new TransformerOracle(Model.Sizes, Tempered(weights)).Logits(Row(answer).Inputs, batch: 1).Max(Math.Abs);

    /// <summary>Inputs of an answer, and the next token for each position that predicts a token of the answer.</summary>
    internal static (long[] Inputs, long[] Targets) Row(RolloutAnswer answer)
    {
        long[] ids = [.. answer.Prompt.Concat(answer.Answer).Select(id => (long)id)];
        return (
            ids[..^1],
            [
                .. Enumerable.Range(1, ids.Length - 1)
                    .Select(i => i >= answer.Prompt.Count ? ids[i] : CrossEntropyOracle.IgnoreIndex),
            ]);
    }

    /// <summary>
    /// The weights with a last norm that is divided by the temperature, so that the oracle's logits are: its gradient is then
    /// the temperature times that of the norm itself.
    /// </summary>
    internal Dictionary<string, double[]> Tempered(ParameterTable weights)
    {
        var values = weights.Doubles().ToDictionary(weight => weight.Key, weight => weight.Value, StringComparer.Ordinal);
        values["norm.weight"] = [.. values["norm.weight"].Select(value => value / Temperature)];
        return values;
    }

    internal double AllowedToken(Conditions at, double largest) =>
        Tolerance.AnswerLogProbability(at.NumberType, Model.Vocabulary, largest, Model.Allowed(at), tokens: 1);

    private static double OldChange(int number) => (number % 4) switch { 0 => 0.06, 1 => 0.5, 2 => -0.6, _ => -0.09 };
}
