using static TorchSharp.torch;

namespace TurkishLlm.Specification.LanguageModels.Decoders;

/// <summary>
/// Finds parameters on which the logits depend although their gradient is rounding. A bias of keys has such a gradient too, but
/// changes no logit.
/// </summary>
internal static class HiddenInfluence
{
    private const int Batches = 3;

    /// <summary>Returns their names; none in bfloat16, where rounding is as large as many gradients.</summary>
    /// <param name="probe">The decoder.</param>
    /// <param name="createLoss">Creates the loss of a batch with a salt.</param>
    /// <param name="ids">A text.</param>
    public static IReadOnlyList<string> Find(DecoderProbe probe, Func<long, DecoderLoss> createLoss, Tensor ids)
    {
        if (probe.Type == ScalarType.BFloat16) return [];
        var names = probe.Parameters.Keys.ToHashSet(StringComparer.Ordinal);
        var reached = new HashSet<string>(StringComparer.Ordinal);
        for (var batch = 0; batch < Batches && names.Count > 0; batch++)
        {
            var loss = createLoss(164 + 2 * batch);
            var least = 200 * Tolerance.Float32UnitRoundoff * loss.Measure();
            var gradients = loss.Backward();
            names.RemoveWhere(name =>
                gradients.GetValueOrDefault(name) is not { } gradient
                || GradientRequirements.Norm(gradient) * Size(probe, name) >= least);
            reached.UnionWith(names.Where(name => GradientRequirements.Norm(gradients[name]!) > 0));
        }
        names.IntersectWith(reached);
        return [.. names.Order(StringComparer.Ordinal).Where(name => ChangesLogits(probe, name, ids))];
    }

    // Another parameter of the same size.
    private static bool ChangesLogits(DecoderProbe probe, string name, Tensor ids)
    {
        using var grad = no_grad();
        var (weight, before) = (probe.Parameters[name], probe.Logits(ids));
        var original = weight.detach().clone();
        var direction = probe.Normal(salt: 168, weight.shape);
        weight.add_((direction * (Size(probe, name) / GradientRequirements.Norm(direction))).to(weight.dtype));
        var differences = new LogitDifferences(probe);
        differences.Add(probe.Logits(ids), before);
        weight.copy_(original);
        return !differences.Judge("change of logits ÷ largest logit").Holds;
    }

    private static double Size(DecoderProbe probe, string name) =>
        Math.Max(GradientRequirements.Norm(probe.Parameters[name].detach()), 0.1);
}
