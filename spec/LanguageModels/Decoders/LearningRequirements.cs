using TorchSharp;
using TurkishLlm.Specification.LanguageModels.Reference;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;
using static TurkishLlm.Specification.LanguageModels.Decoders.DecoderImpostors;

namespace TurkishLlm.Specification.LanguageModels.Decoders;

/// <summary>A new decoder and one that learns: DEC-15, DEC-20.</summary>
public static class LearningRequirements
{
    private const int FirstLossTokens = 512;
    private const int MostSteps = 600;
    private static readonly double[] Rates = [3e-3, 1e-3, 3e-4];

    // The loss of the pattern below for a model that knows the last token and no position, rounded down. With positions, missing
    // attention is found by DEC-21.
    private const double LossByLastToken = 1;

    // Two rows of nine tokens, from three different ids: each token has several successors, which the tokens before it decide.
    private static readonly long[,] Pattern = { { 0, 1, 0, 2, 1, 2, 2, 0, 0 }, { 1, 1, 2, 0, 2, 1, 0, 0, 1 } };

    /// <summary>DEC-15.</summary>
    public static readonly Requirement<DecoderCase, Func<long, Decoder>> FirstLoss = new()
    {
        Id = "DEC-15",
        Statement = "The loss of a new decoder on random tokens is near ln V.",
        Source = "Karpathy 2019, A Recipe for Training Neural Networks; BUG-INI-06; TOL-DECODER",
        CanonicalCases = [new(2, 7), new(2, 17), new(1, DecoderCase.Longest)],
        Subject = Plain,
        Holds = (create, c, at) =>
        {
            using var probe = DecoderProbe.Open(create, at, perturbed: false);
            var time = probe.Time(c);
            var rows = (FirstLossTokens + time - 1) / time;
            var logits = probe.Logits(probe.Text(150, rows, time)).flatten(0, 1);
            var loss = functional.cross_entropy(logits, probe.Text(151, rows, time).flatten().cpu()).Doubles()[0];
            var deviation = Math.Sqrt(logits.var(1).mean().Doubles()[0]);
            var uniform = Math.Log(probe.Decoder.Vocabulary);
            return Verdict.AtMost(
                Tolerance.DecoderFirstLoss(probe.Decoder.Vocabulary, deviation, rows * time), Math.Abs(loss - uniform),
                "|loss − ln V|, in nats,");
        },
        Impostors = new()
        {
            ["tied embedding of unit variance"] =
                Bug(DecoderBug.EmbeddingOfUnitVariance, new() { Tied = true, Norm = NormKind.Layer }),
            ["logits multiplied by the width"] = Logits(logits => logits * 32),
            ["a bias for one id"] = Logits(logits =>
                cat([logits.narrow(2, 0, 1) + 10, logits.narrow(2, 1, logits.size(2) - 1)], 2)),
            ["every matrix of unit variance"] = With(new() { Deviation = 1 }),
        },
    };

    /// <summary>DEC-20.</summary>
    public static readonly Requirement<DecoderCase, Func<long, Decoder>> Memorizes = new()
    {
        Id = "DEC-20",
        Statement = "The decoder can overfit a small batch in which earlier tokens decide the next one.",
        Source = "Karpathy 2019, A Recipe for Training Neural Networks: overfit one batch; TOL-DECODER",
        CanonicalCases = [new(2, 8)],
        Subject = Plain,
        Holds = (create, c, at) =>
        {
            var least = double.PositiveInfinity;
            var allowed = 0.0;
            foreach (var rate in Rates)
            {
                using var probe = DecoderProbe.Open(create, at, perturbed: false);
                if (!probe.Parameters.Values.Any(weight => weight.requires_grad))
                    return Verdict.Skip("the decoder states no parameter that is trained");
                if (probe.Time(c) < c.Time || probe.Tokens.Count < 3)
                    return Verdict.Skip("the decoder reads fewer than eight tokens, or has fewer than three");
                allowed = Math.Min(Tolerance.DecoderMemorized * Math.Log(probe.Decoder.Vocabulary), LossByLastToken / 2);
                least = Math.Min(least, Learn(probe, at, rate, allowed));
                if (least < allowed) break;
            }
            // Training stops at the bound, so the distance from it says nothing: no margin.
            return new(least < allowed, FormattableString.Invariant($"smallest loss = {least:G4}, required below {allowed:G4}"))
            {
                Measured = new("smallest loss", least),
            };
        },
        Impostors = new()
        {
            ["probabilities in place of logits"] = Logits(logits => functional.softmax(logits, -1)),
            ["logits clamped to ±1"] = Logits(logits => logits.clamp(-1, 1)),
            ["only the last token"] = Bug(DecoderBug.NoAttention, new() { Position = PositionKind.None }),
        },
    };

    // Returns the smallest loss; stops when it is small enough.
    private static double Learn(DecoderProbe probe, Conditions at, double rate, double enough)
    {
        var tokens = probe.Tokens;
        var chosen = tensor(new[] { tokens[0], tokens[tokens.Count / 2], tokens[^1] }, int64, device: at.Device);
        var text = chosen.index_select(0, tensor(Pattern, int64, device: at.Device).flatten()).view(2, 9);
        var loss = new DecoderLoss(probe, text.narrow(1, 0, 8), text.narrow(1, 1, 8));
        probe.WarmUp(text.narrow(1, 0, 8));
        using var optimizer = new SmallAdam([.. probe.Parameters.Values.Where(weight => weight.requires_grad)], rate);
        var least = double.PositiveInfinity;
        for (var step = 0; step < MostSteps && least >= enough; step++)
        {
            using var scope = NewDisposeScope();
            probe.ClearGradients();
            var value = loss.Compute();
            least = Math.Min(least, value.Doubles()[0]);
            value.backward();
            optimizer.Step();
        }
        return least;
    }
}
