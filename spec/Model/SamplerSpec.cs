using TurkishLlm.Model;
using SamplerImpostors = System.Collections.Generic.Dictionary<string,
    System.Func<TurkishLlm.Spec.Model.SamplerCase, TurkishLlm.Spec.Conditions, System.Func<float[], TurkishLlm.Model.SamplingOptions, int, System.Collections.Generic.IReadOnlyList<int>>>>;
using Draws = System.Func<float[], TurkishLlm.Model.SamplingOptions, int, System.Collections.Generic.IReadOnlyList<int>>;

namespace TurkishLlm.Spec.Model;

/// <summary>A distribution over four tokens, with probabilities 0.1, 0.4, 0.2 and 0.3, and how to draw from it.</summary>
/// <param name="Temperature">Divides the logits.</param>
/// <param name="TopK">0 for all.</param>
/// <param name="TopP">1 for all.</param>
/// <param name="Drawn">The probability each token should have, worked out by hand.</param>
public sealed record SamplerCase(double Temperature, int TopK, double TopP, params IReadOnlyList<double> Drawn)
{
    internal static float[] Logits { get; } = [MathF.Log(0.1f) + 3, MathF.Log(0.4f) + 3, MathF.Log(0.2f) + 3, MathF.Log(0.3f) + 3];

    internal SamplingOptions Options(Conditions at) => new() { Temperature = Temperature, TopK = TopK, TopP = TopP, Seed = at.Seed };

    /// <inheritdoc/>
    public override string ToString() => FormattableString.Invariant($"temperature {Temperature}, top-k {TopK}, top-p {TopP}");
}

/// <summary>Drawing the next token: GEN-05, GEN-06, GEN-08.</summary>
public static class SamplerSpec
{
    private const int Count = 40_000;

    public static readonly Requirement<SamplerCase, Draws> GEN_05_TopP = new()
    {
        Id = "GEN-05",
        Statement = "Top-p keeps the likeliest tokens up to and with the one that reaches the sum.",
        Source = "Holtzman et al. 2020, arXiv:1904.09751, section 3.1; silent bug GEN-05",
        Canonical = [new(1, 0, 0.6, 0, 4 / 7.0, 0, 3 / 7.0), new(1, 0, 0.85, 0, 4 / 9.0, 2 / 9.0, 3 / 9.0)],
        Subject = (_, _) => Real,
        Holds = Frequencies,
        Impostors = new SamplerImpostors
        {
            ["drops the token that crosses"] = (_, _) => (logits, options, count) => Real(logits, options with { TopP = options.TopP - 0.25 }, count),
            ["keeps one more"] = (_, _) => (logits, options, count) => Real(logits, options with { TopP = Math.Min(1, options.TopP + 0.3) }, count),
            ["ignored"] = (_, _) => (logits, options, count) => Real(logits, options with { TopP = 1 }, count),
            ["probabilities are not shared out again"] = (_, _) => (logits, options, count) =>
                [.. Real(logits, options with { TopP = 1 }, count).Select(id => id is 0 || (id is 2 && options.TopP < 0.7) ? 1 : id)],
        },
    };

    public static readonly Requirement<SamplerCase, Draws> GEN_06_AllOfIt = new()
    {
        Id = "GEN-06",
        Statement = "With top-p 1 and top-k 0 every token is drawn with its own probability.",
        Source = "Silent bug GEN-06: ChatRWKV PR #170",
        Canonical = [new(1, 0, 1, 0.1, 0.4, 0.2, 0.3), new(2, 0, 1, 0.16270, 0.32540, 0.23009, 0.28181), new(0.5, 0, 1, 1 / 30.0, 16 / 30.0, 4 / 30.0, 9 / 30.0)],
        Subject = (_, _) => Real,
        Holds = Frequencies,
        Impostors = new SamplerImpostors
        {
            ["top-p 1 is greedy"] = (_, _) => (logits, options, count) => Real(logits, options with { Temperature = 0 }, count),
            ["top-k 0 is one"] = (_, _) => (logits, options, count) => Real(logits, options with { TopK = 1 }, count),
            ["every token alike"] = (_, _) => (logits, options, count) => Real(logits, options with { Temperature = 1e6 }, count),
            ["every draw begins the stream anew"] = (_, _) => (logits, options, count) => [.. Enumerable.Range(0, count).Select(_ => new TokenSampler(options).Next(logits))],
        },
    };

    public static readonly Requirement<SamplerCase, Draws> GEN_08_Order = new()
    {
        Id = "GEN-08",
        Statement = "Temperature comes first, then top-k, then top-p of what is left.",
        Source = "Silent bug GEN-08: openai/gpt-2 #187",
        Canonical = [new(2, 0, 0.65, 0, 0.38861, 0.27479, 0.33660), new(0.5, 3, 0.8, 0, 0.64, 0, 0.36)],
        Subject = (_, _) => Real,
        Holds = Frequencies,
        Impostors = new SamplerImpostors
        {
            ["the temperature multiplies"] = (_, _) => (logits, options, count) => Real(logits, options with { Temperature = 1 / options.Temperature }, count),
            ["no temperature"] = (_, _) => (logits, options, count) => Real(logits, options with { Temperature = 1 }, count),
            ["the temperature comes last"] = (_, _) => (logits, options, count) =>
            {
                var (ids, _) = TokenSampler.Distribution(logits, options with { Temperature = 1 });
                var kept = logits.Select((logit, id) => ids.Contains(id) ? logit : -1e9f).ToArray();
                return Real(kept, options with { TopK = 0, TopP = 1 }, count);
            },
        },
    };

    public static IReadOnlyList<Requirement> All => [GEN_05_TopP, GEN_06_AllOfIt, GEN_08_Order];

    private static IReadOnlyList<int> Real(float[] logits, SamplingOptions options, int count)
    {
        var sampler = new TokenSampler(options);
        return [.. Enumerable.Range(0, count).Select(_ => sampler.Next(logits))];
    }

    // A count of n draws has a standard deviation of √(np(1−p)); six of them, and none at all where p is 0 or 1.
    private static Verdict Frequencies(Draws draw, SamplerCase c, Conditions at)
    {
        var ids = draw(SamplerCase.Logits, c.Options(at), Count);
        return Verdict.All(c.Drawn.Select((p, id) => Verdict.AtMost(
            6 * Math.Sqrt(Count * p * (1 - p)) + 1e-9, Math.Abs(ids.Count(i => i == id) - p * Count), $"draws of token {id}, off by")));
    }
}
