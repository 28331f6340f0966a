using TorchSharp;
using TurkishLlm.Specification.LanguageModels.Oracles;
using TurkishLlm.Specification.LanguageModels.Reference;
using static TorchSharp.torch;

namespace TurkishLlm.Specification.LanguageModels.Functions;

public sealed partial class AttentionRequirements
{
    private static Requirement<LayerCase, SubjectLayer> CreateShape(bool alibi) => new()
    {
        Id = "P26",
        Statement = "The output of attention has the shape of the residual stream: [batch, time, width].",
        Source = "Reference report, section 11, test 26",
        CanonicalCases = LayerCase.Usual,
        Subject = LayerImpostors.Attention(alibi),
        Holds = (attention, c, at) =>
            Verdict.Equal(c.Input(at).FormatShape(), attention.Forward(c.Input(at)).FormatShape(), "shape"),
        Impostors = LayerImpostors.Changed(LayerImpostors.Attention(alibi), new()
        {
            ["heads are not merged"] = (y, c) => y.view(c.Batch, c.Time, c.Heads, c.HeadSize),
            ["time before batch"] = (y, _) => y.transpose(0, 1),
            ["the last position only"] = (y, c) => y.narrow(1, c.Time - 1, 1),
        }),
    };

    private static Requirement<LayerCase, SubjectLayer> CreateCausal(bool alibi) => new()
    {
        Id = "P29",
        Statement = "The output at a position has the same bits regardless of what follows it, and it changes with its "
            + "own input.",
        Source = "Vaswani et al. 2017, arXiv:1706.03762, section 3.2.3; reference report, section 11, test 29; BUG-ATT-04, "
            + "BUG-ATT-11, BUG-ATT-13, BUG-ATT-17",
        CanonicalCases = [.. LayerCase.Usual, new(1, 2, 4, 2, 6)],
        Subject = LayerImpostors.Attention(alibi),
        Holds = (attention, c, at) =>
        {
            using var grad = no_grad();
            var (x, other) = (c.Input(at), c.Input(at, salt: 21));
            var before = attention.Forward(x);
            return Verdict.All(Enumerable.Range(1, c.Time - 1).SelectMany<int, Verdict>(cut =>
            {
                using var scope = NewDisposeScope();
                var after = attention.Forward(cat([x.narrow(1, 0, cut), other.narrow(1, cut, c.Time - cut)], 1));
                return
                [
                    Verdict.AtMost(
                        0, after.narrow(1, 0, cut).LargestDifference(before.narrow(1, 0, cut)), $"change before position {cut}"),
                    Verdict.AtLeast(
                        1e-6, after.narrow(1, cut, 1).LargestDifference(before.narrow(1, cut, 1)), $"change at position {cut}"),
                ];
            }));
        },
        Impostors = LayerImpostors.OfAttention(
            alibi,
            LayerBug.SeesOneAhead, LayerBug.NoMask, LayerBug.TransposedDistances, LayerBug.SoftFuture,
            LayerBug.FiniteMask,
            LayerBug.SoftmaxOverQueries, LayerBug.MaskAfterSoftmax, LayerBug.HeadsMergedWithoutTranspose),
    };

    private static Requirement<LayerCase, SubjectLayer> CreateOracle(bool alibi) => new()
    {
        Id = "ATT-04",
        Statement = "Attention equals the float64 oracle.",
        Source = "Probe P-ORACLE; BUG-ATT-02, BUG-ATT-04, BUG-ATT-17, BUG-GQA-01, BUG-GQA-03, BUG-GQA-07; "
            + "TOL-MODEL for one layer",
        CanonicalCases = LayerCase.Usual,
        Subject = LayerImpostors.Attention(alibi),
        Holds = (attention, c, at) => LayerComparison.EqualsOracle(attention, c, at, alibi),
        Impostors = LayerImpostors.OfAttention(
            alibi,
            LayerBug.SeesOneAhead, LayerBug.NoMask, LayerBug.TransposedDistances, LayerBug.SoftFuture,
            LayerBug.FiniteMask,
            LayerBug.AlibiSignFlipped,
            LayerBug.NoAlibi, LayerBug.SlopesFromZero, LayerBug.SlopesByKeyValueHead, LayerBug.KeyValueHeadsTiled,
            LayerBug.FirstKeyValueHeadOnly,
            LayerBug.KeyValueHeadsOfNextGroup, LayerBug.SoftmaxOverQueries, LayerBug.RoundedSoftmax,
            LayerBug.MaskAfterSoftmax,
            LayerBug.ScoresNotScaled, LayerBug.ScoresScaledByWidth, LayerBug.HeadsMergedWithoutTranspose,
            LayerBug.NoOutputProjection),
    };

    private static Requirement<LayerCase, SubjectLayer> CreateGradient(bool alibi) => new()
    {
        Id = "ATT-05",
        Statement = "The gradients with respect to the input and the four projections equal the float64 oracle's.",
        Source = "Probe P-ORACLE; BUG-LOS-08; TOL-MODEL for one layer",
        CanonicalCases = LayerCase.Usual,
        Subject = LayerImpostors.Attention(alibi),
        Holds = (attention, c, at) =>
            LayerComparison.GradientsEqual(
                attention, c, at, alibi, (oracle, x, upstream) => oracle.AttentionBackward(x, upstream)),
        Impostors = LayerImpostors.OfAttention(
            alibi,
            LayerBug.ScoresDetached, LayerBug.KeyValueHeadsTiled, LayerBug.SlopesByKeyValueHead, LayerBug.ScoresNotScaled,
            LayerBug.NoOutputProjection, LayerBug.SoftmaxOverQueries),
    };

    private static Requirement<LayerCase, SubjectLayer> CreateWeightsSumToOne(bool alibi) => new()
    {
        Id = "ATT-06",
        Statement = "The weights of every query sum to one over the keys it can see: if all values are equal, the output "
            + "is that value.",
        Source = "Vaswani et al. 2017, section 3.2.1; BUG-ATT-17 and BUG-NUM-08",
        CanonicalCases = LayerCase.Usual,
        Subject = LayerImpostors.Attention(alibi),
        Holds = (attention, c, at) =>
        {
            using var grad = no_grad();
            var x = c.Input(at).narrow(1, 0, 1).expand(c.Batch, c.Time, c.Width).contiguous();
            var y = attention.Forward(x).Doubles();
            var expected = new LayerOracle(c with { Time = 1 }, attention.Weights.Doubles(), alibi).Attention(
                c.Input(at).narrow(1, 0, 1).Doubles());
            double[] repeated = [.. expected.Chunk(c.Width).SelectMany(row => Enumerable.Repeat(row, c.Time).SelectMany(r => r))];
            return Verdict.AtMost(c.Allowed(at), y.RelativeTo(repeated), "max|Δ| ÷ max|y|");
        },
        Impostors = LayerImpostors.OfAttention(
            alibi, LayerBug.SoftmaxOverQueries, LayerBug.MaskAfterSoftmax, LayerBug.RoundedSoftmax),
    };
}
