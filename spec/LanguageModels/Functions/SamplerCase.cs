namespace TurkishLlm.Specification.LanguageModels.Functions;

/// <summary>Computes the probability of every token after the tokens chosen so far.</summary>
/// <param name="logits">A logit per token.</param>
/// <param name="options">The options.</param>
/// <param name="chosen">Tokens that were chosen before, in order; some more than once.</param>
/// <returns>A probability per token; 0 if it cannot be sampled.</returns>
public delegate double[] ComputeProbabilities(float[] logits, SamplerConstants options, IReadOnlyList<int> chosen);

/// <summary>Samples <paramref name="count"/> tokens, one after the other, from the same logits.</summary>
/// <param name="logits">A logit per token.</param>
/// <param name="options">The options; the repetition penalty applies to the tokens of this call.</param>
/// <param name="count">Number of tokens.</param>
public delegate IReadOnlyList<int> SampleTokens(float[] logits, SamplerConstants options, int count);

/// <summary>Options of sampling, applied in the order penalty, temperature, top-k, top-p.</summary>
/// <param name="Temperature">Divides the logits; 0 for the most likely token.</param>
/// <param name="TopK">Number of most likely tokens to keep; 0 for all.</param>
/// <param name="TopP">Probability that the most likely tokens must reach; 1 for all.</param>
/// <param name="RepetitionPenalty">Divides positive logits of chosen tokens and multiplies negative ones; 1 for none.</param>
/// <param name="Seed">Seed of the draws.</param>
public sealed record SamplerConstants(
    double Temperature = 1, int TopK = 0, double TopP = 1, double RepetitionPenalty = 1, long Seed = 0);

/// <summary>A distribution over four tokens, with probabilities 0.1, 0.4, 0.2 and 0.3, and sampling options.</summary>
/// <param name="Temperature">Divides the logits.</param>
/// <param name="TopK">0 for all.</param>
/// <param name="TopP">1 for all.</param>
/// <param name="ExpectedProbabilities">Expected probability of each token, computed by hand.</param>
public sealed record SamplerCase(double Temperature, int TopK, double TopP, params IReadOnlyList<double> ExpectedProbabilities)
{
    internal static float[] Logits { get; } =
    [MathF.Log(0.1f) + 3, MathF.Log(0.4f) + 3, MathF.Log(0.2f) + 3, MathF.Log(0.3f) + 3];

    internal SamplerConstants Options(Conditions at) => new(Temperature, TopK, TopP, Seed: at.Seed);

    /// <inheritdoc/>
    public override string ToString() => FormattableString.Invariant($"temperature {Temperature}, top-k {TopK}, top-p {TopP}");
}

/// <summary>Logits, sampling options, and the tokens chosen so far.</summary>
/// <param name="Vocabulary">Number of logits.</param>
/// <param name="Temperature">Divides the logits.</param>
/// <param name="TopK">0 for all.</param>
/// <param name="TopP">1 for all.</param>
/// <param name="Penalty">1 for none.</param>
/// <param name="Chosen">Tokens that were chosen before, in order; some more than once.</param>
public sealed record DistributionCase(
    int Vocabulary, double Temperature, int TopK, double TopP, double Penalty, params IReadOnlyList<int> Chosen)
{
    /// <summary>Given logits; random if null.</summary>
    public IReadOnlyList<float>? GivenLogits { get; init; }

    internal SamplerConstants Options => new(Temperature, TopK, TopP, Penalty);

    internal float[] Logits(Conditions at) =>
        GivenLogits is null
            ? [.. at.Normal(95 + Vocabulary, 2.5, Vocabulary).Doubles().Select(logit => (float)logit)]
            : [.. GivenLogits];

    /// <inheritdoc/>
    public override string ToString() =>
        FormattableString.Invariant($"{Vocabulary} tokens, temperature {Temperature}, top-k {TopK}, top-p {TopP}, ")
        + FormattableString.Invariant($"penalty {Penalty} after {string.Join(' ', Chosen)}");
}

/// <summary>Constant logits for successive choices; without a penalty, always the same token would be chosen.</summary>
/// <param name="Temperature">0 for greedy choice; otherwise sampling with top-k 1.</param>
/// <param name="Penalty">Repetition penalty.</param>
/// <param name="Logits">A logit per token.</param>
public sealed record RepetitionPenaltyCase(double Temperature, double Penalty, params IReadOnlyList<float> Logits)
{
    internal SamplerConstants Options => new(Temperature, 1, 1, Penalty);

    /// <inheritdoc/>
    public override string ToString() =>
        FormattableString.Invariant($"temperature {Temperature}, penalty {Penalty} on {string.Join(' ', Logits)}");
}

/// <summary>
/// Logits that are multiplied by the temperature, so that every temperature gives the same distribution, and options after it.
/// </summary>
/// <param name="Temperature">Multiplies the logits of <see cref="SamplerCase"/>, and divides them again when sampling.</param>
/// <param name="TopK">0 for all.</param>
/// <param name="TopP">1 for all.</param>
/// <param name="ExpectedProbabilities">Expected probability of each token, computed by hand.</param>
public sealed record TemperatureCase(
    double Temperature, int TopK, double TopP, params IReadOnlyList<double> ExpectedProbabilities)
{
    internal float[] Logits => [.. SamplerCase.Logits.Select(logit => (float)(logit * Temperature))];

    internal SamplerConstants Options(Conditions at) => new SamplerCase(Temperature, TopK, TopP).Options(at);

    /// <inheritdoc/>
    public override string ToString() => new SamplerCase(Temperature, TopK, TopP).ToString();
}
