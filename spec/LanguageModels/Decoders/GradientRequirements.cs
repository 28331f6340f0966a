using TorchSharp;
using TurkishLlm.Specification.LanguageModels.Reference;
using static TorchSharp.torch;
using static TurkishLlm.Specification.LanguageModels.Decoders.DecoderImpostors;

namespace TurkishLlm.Specification.LanguageModels.Decoders;

/// <summary>Gradients of parameters: DEC-16, DEC-17, DEC-18.</summary>
public static class GradientRequirements
{
    private const string NoParameters = "the decoder states no parameter that is trained";

    // A change of the loss by more than ten times the one expected from the gradient is no slope.
    private const double Jump = 10;

    private static readonly double[] Steps = [0.0003, 0.001, 0.003, 0.01, 0.03];

    /// <summary>DEC-16.</summary>
    public static readonly Requirement<DecoderCase, Func<long, Decoder>> EveryParameter = new()
    {
        Id = "DEC-16",
        Statement = "Every parameter gets a gradient, and more than rounding if the logits depend on it.",
        Source = "Probe P-INVENTORY; BUG-LOS-08, BUG-NRM-11",
        CanonicalCases = [new(2, 3), new(3, 7), new(2, 17)],
        Subject = Plain,
        Holds = (create, c, at) =>
        {
            using var probe = DecoderProbe.Open(create, at);
            var missing = Trained(probe).ToHashSet(StringComparer.Ordinal);
            if (missing.Count == 0) return Verdict.Skip(NoParameters);
            var count = missing.Count;
            var hidden = HiddenInfluence.Find(
                probe, salt => CreateLoss(probe, c, salt), probe.Text(169, 4, Math.Min(32, probe.Decoder.MaxLength)));
            // A few tokens leave some of 16 experts unused, and a router may choose one at no position of a short text. So each
            // batch has twice as many tokens, in longer texts, and another router.
            for (var batch = 0; batch < 8 && missing.Count > 0; batch++)
            {
                if (batch > 0) probe.PerturbParameters(salt: 10_000 * batch);
                var gradients = CreateLoss(probe, WithTokens(probe, c, factor: 1 << batch), salt: 160 + 2 * batch).Backward();
                missing.RemoveWhere(name => gradients[name] is { } gradient && gradient.abs().max().Doubles()[0] > 0);
            }
            if (missing.Count == 0 && hidden.Count > 0)
                return new(false, $"a gradient of rounding, although the logits change: {string.Join(", ", hidden)}")
                {
                    Measured = new("parameters with a gradient of rounding", hidden.Count),
                };
            return new(
                missing.Count == 0,
                missing.Count == 0
                    ? $"all {count} parameters have a gradient"
                    : $"no gradient: {string.Join(", ", missing.Order(StringComparer.Ordinal))}")
            {
                Measured = new("parameters without a gradient", missing.Count),
            };
        },
        Impostors = new()
        {
            ["attention detached"] = Bug(DecoderBug.BlockDetached),
            ["scores detached"] = Bug(DecoderBug.ScoresDetached),
            ["weight of the last norm unused"] = Bug(DecoderBug.NormWeightUnused),
            ["last block skipped"] = Bug(DecoderBug.LastBlockSkipped),
            ["embedding detached"] = Bug(DecoderBug.EmbeddingDetached),
            ["weights of experts divided by themselves"] = Bug(DecoderBug.RouterNormalized, new() { Experts = 3 }),
        },
    };

    /// <summary>DEC-17.</summary>
    public static readonly Requirement<DecoderCase, Func<long, Decoder>> Slope = new()
    {
        Id = "DEC-17",
        Statement = "The gradient of every parameter is the slope of the loss along it.",
        Source = "Central differences; BUG-LOS-08, BUG-NUM-09; TOL-DECODER",
        CanonicalCases = [new(2, 3), new(3, 7)],
        Subject = Plain,
        Holds = (create, c, at) =>
        {
            using var probe = DecoderProbe.Open(create, at);
            if (probe.Type == ScalarType.BFloat16) return Verdict.Skip("slopes are too coarse in bfloat16");
            if (!Trained(probe).Any()) return Verdict.Skip(NoParameters);
            var loss = CreateLoss(probe, c, salt: 170);
            var value = loss.Measure();
            var verdicts = new List<Verdict>();
            foreach (var (name, gradient) in loss.Backward())
            {
                if (gradient is null || Norm(gradient) is not (> 0 and var length)) continue;
                // Only the rows of tokens in the text count in an embedding.
                var scale = Math.Max(Norm(probe.Parameters[name].detach() * gradient.ne(0)), 0.1);
                Add(SlopeAlong(gradient / length, length), "the gradient");
                var typical = length / Math.Sqrt(gradient.numel());
                for (var salt = 172; salt < 174; salt++)
                {
                    var random = at.Normal(salt, 1, gradient.shape).to(gradient.dtype);
                    Add(SlopeAlong(random / Norm(random), typical), "a random direction");
                }

                void Add(double? error, string direction)
                {
                    if (error is not { } found) return;
                    var what = $"|slope − gradient| ÷ |gradient| of {name} along {direction}";
                    verdicts.Add(Verdict.AtMost(Tolerance.DecoderSlope, found, what));
                }

                double? SlopeAlong(Tensor direction, double least) => CompareSlope(
                    shift => Shifted(probe, loss, name, direction * (shift * scale)) / scale, value / scale,
                    (direction * gradient).Doubles().Sum(), least);
            }
            return verdicts.Count == 0 ? Verdict.Skip("all gradients are rounding, or the loss jumps") : Verdict.All(verdicts);
        },
        Impostors = new()
        {
            ["half of the stream detached"] = Bug(DecoderBug.HalfOfStreamDetached),
            ["gradient doubled"] = Logits(logits => 2 * logits - logits.detach()),
            ["head computed from a stale copy"] = Bug(DecoderBug.HeadStale),
        },
    };

    /// <summary>DEC-18.</summary>
    public static readonly Requirement<DecoderCase, Func<long, Decoder>> StepsMatter = new()
    {
        Id = "DEC-18",
        Statement = "A small step of any parameter against its gradient changes the logits and lowers the loss.",
        Source = "BUG-CKP-13, BUG-CKP-15",
        CanonicalCases = [new(2, 3), new(3, 7)],
        Subject = Plain,
        Holds = (create, c, at) =>
        {
            using var probe = DecoderProbe.Open(create, at);
            if (probe.Type == ScalarType.BFloat16) return Verdict.Skip("small steps are too coarse in bfloat16");
            if (!Trained(probe).Any()) return Verdict.Skip(NoParameters);
            var loss = CreateLoss(probe, c, salt: 180);
            var value = loss.Measure();
            var verdicts = new List<Verdict>();
            foreach (var (name, gradient) in loss.Backward())
            {
                if (gradient is null || Norm(gradient) is not (> 0 and var length)) continue;
                var scale = Math.Max(Norm(probe.Parameters[name]), 0.1);
                if (length * Steps[^1] * scale < 200 * Tolerance.Float32UnitRoundoff * value) continue;
                double FallBy(double step) => value - Shifted(probe, loss, name, gradient * (-step * scale / length));
                // A router that is near a tie exchanges experts at the smallest step: the loss jumps.
                if (Math.Abs(FallBy(Steps[0])) > Jump * Steps[0] * scale * length) continue;
                var fall = Steps.Max(FallBy);
                verdicts.Add(LogitDifferences.Differs(fall, $"fall of the loss by a step of {name}"));
            }
            return verdicts.Count == 0 ? Verdict.Skip("all gradients are rounding") : Verdict.All(verdicts);
        },
        Impostors = new()
        {
            ["head computed from a stale copy"] = Bug(DecoderBug.HeadStale),
            ["sign of the gradient flipped"] = Logits(logits => 2 * logits.detach() - logits),
            ["parameters are read once"] = Wrap(ReadOnce),
        },
    };

    private static IEnumerable<string> Trained(DecoderProbe probe) =>
        probe.Parameters.Where(entry => entry.Value.requires_grad).Select(entry => entry.Key);

    // The case with more tokens: longer texts, then more of them.
    private static DecoderCase WithTokens(DecoderProbe probe, DecoderCase c, int factor)
    {
        var (tokens, time) = (c.Rows * probe.Time(c) * factor, Math.Min(c.Time * factor, probe.Decoder.MaxLength));
        return new((tokens + time - 1) / time, time);
    }

    private static DecoderLoss CreateLoss(DecoderProbe probe, DecoderCase c, long salt)
    {
        var ids = probe.Text(salt, c.Rows, probe.Time(c));
        probe.WarmUp(ids);
        return new(probe, ids, probe.Text(salt + 1, c.Rows, probe.Time(c)));
    }

    // The error at the smallest step that changes the loss by far more than its rounding, relative to the larger of the slope and
    // a typical one. Null without such a step, and if the slopes on both sides differ: the loss jumps where a router exchanges
    // experts.
    private static double? CompareSlope(Func<double, double> loss, double value, double expected, double typical)
    {
        var step = Steps.FirstOrDefault(step => typical * step >= 200 * Tolerance.Float32UnitRoundoff * value);
        if (step == 0) return null;
        var (above, below) = ((loss(step) - value) / step, (value - loss(-step)) / step);
        var slope = (above + below) / 2;
        var scale = Math.Max(Math.Abs(expected), typical);
        var isSmooth = Math.Abs(above - below) <= Tolerance.DecoderSlope * Math.Max(scale, Math.Abs(slope));
        return isSmooth ? Math.Abs(slope - expected) / scale : null;
    }

    internal static double Norm(Tensor values) => Math.Sqrt(values.Doubles().Sum(value => value * value));

    // The loss with one parameter shifted; the parameter is restored bit by bit.
    private static double Shifted(DecoderProbe probe, DecoderLoss loss, string name, Tensor shift)
    {
        using var scope = NewDisposeScope();
        using var grad = no_grad();
        var weight = probe.Parameters[name];
        var before = weight.detach().clone();
        weight.add_(shift);
        var value = loss.Measure();
        weight.copy_(before);
        return value;
    }

    // Values of the first pass, gradients of the current one.
    private static Decoder ReadOnce(Decoder decoder)
    {
        var values = new Dictionary<long, Tensor>();
        return decoder with
        {
            Logits = ids =>
            {
                var logits = decoder.Logits(ids);
                if (!values.TryGetValue(ids.numel(), out var first))
                    values[ids.numel()] = first = logits.detach().DetachFromDisposeScope();
                return first + (logits - logits.detach());
            },
        };
    }
}
