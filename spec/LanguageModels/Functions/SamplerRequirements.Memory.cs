using static TurkishLlm.Specification.LanguageModels.Reference.ReferenceSampler;

namespace TurkishLlm.Specification.LanguageModels.Functions;

public static partial class SamplerRequirements
{
    /// <summary>GEN-19.</summary>
    public static Requirement<RepetitionPenaltyCase, SampleTokens> Memory { get; } = new()
    {
        Id = "GEN-19",
        Statement = "A sampler penalizes every token that it has chosen itself, greedily or by sampling, once each.",
        Source = "BUG-GEN-04: a penalty that is applied in one sampling mode only, or to the last token only",
        CanonicalCases = [new(0, 2, 3, 2.875f, 2.5f, -1), new(1, 2, 3, 2.875f, 2.5f, -1), new(0.5, 1.5f, -1, -0.75f, -1.25f, -9)],
        Subject = (_, _) => Sample,
        Holds = (choose, c, _) =>
            Verdict.SameElements(
                ChooseGreedily(c, (chosen, id) => chosen.Contains(id) ? 1 : 0),
                choose([.. c.Logits], c.Options, TokenCount), "token"),
        Impostors = new()
        {
            ["no token is remembered"] = (_, _) => (logits, options, count) =>
                Sample(logits, options with { RepetitionPenalty = 1 }, count),
            ["only the last token is remembered"] = (c, _) => (_, _, _) =>
                ChooseGreedily(c, (chosen, id) => chosen.Count > 0 && chosen[^1] == id ? 1 : 0),
            ["each token is penalized once per occurrence"] = (c, _) => (_, _, _) =>
                ChooseGreedily(c, (chosen, id) => chosen.Count(other => other == id)),
            ["only the first token is remembered"] = (c, _) => (_, _, _) =>
                ChooseGreedily(c, (chosen, id) => chosen.Count > 0 && chosen[0] == id ? 1 : 0),
        },
    };

    /// <summary>GEN-20.</summary>
    public static Requirement<TemperatureCase, SampleTokens> Temperatures { get; } = new()
    {
        Id = "GEN-20",
        Statement = "At temperatures from 0.01 to 20, logits that are multiplied by the temperature give every token its share "
            + "of the draws, alone and with top-k and top-p.",
        Source = "BUG-GEN-13: a low temperature that counts as greedy; Ackley et al. 1985, equation 1",
        CanonicalCases =
        [
            new(0.01, 0, 1, 0.1, 0.4, 0.2, 0.3), new(0.05, 3, 1, 0, 4 / 9.0, 2 / 9.0, 3 / 9.0),
            new(0.1, 0, 0.6, 0, 4 / 7.0, 0, 3 / 7.0), new(0.19, 2, 1, 0, 4 / 7.0, 0, 3 / 7.0),
            new(0.3, 0, 1, 0.1, 0.4, 0.2, 0.3),
            new(0.7, 0, 0.85, 0, 4 / 9.0, 2 / 9.0, 3 / 9.0), new(1.4, 3, 0.85, 0, 4 / 9.0, 2 / 9.0, 3 / 9.0),
            new(2, 0, 1, 0.1, 0.4, 0.2, 0.3), new(20, 0, 1, 0.1, 0.4, 0.2, 0.3),
        ],
        Subject = (_, _) => Sample,
        Holds = (draw, c, at) => CheckFrequencies(draw(c.Logits, c.Options(at), DrawCount), c.ExpectedProbabilities),
        Impostors = new()
        {
            ["greedy at this temperature"] = (_, _) => (logits, options, count) =>
                Sample(logits, options with { Temperature = 0 }, count),
            ["no temperature"] = (_, _) => (logits, options, count) => Sample(logits, options with { Temperature = 1 }, count),
            ["the temperature multiplies"] = (_, _) => (logits, options, count) =>
                Sample(logits, options with { Temperature = 1 / options.Temperature }, count),
            ["limited from below, to twice this temperature"] = (_, _) => (logits, options, count) =>
                Sample(logits, options with { Temperature = 2 * options.Temperature }, count),
            ["limited from above, to half this temperature"] = (_, _) => (logits, options, count) =>
                Sample(logits, options with { Temperature = options.Temperature / 2 }, count),
        },
    };

    private const int TokenCount = 9;

    // Chooses the most likely token repeatedly, with a given number of penalties for each.
    private static int[] ChooseGreedily(RepetitionPenaltyCase c, Func<IReadOnlyList<int>, int, int> times)
    {
        var chosen = new List<int>();
        while (chosen.Count < TokenCount)
            chosen.Add(
                c.Logits.Select(
                        (logit, id) => (Score: logit * Math.Pow(logit > 0 ? 1 / c.Penalty : c.Penalty, times(chosen, id)), Id: id)
                    )
                    .MaxBy(token => token.Score)
                    .Id);
        return [.. chosen];
    }
}
