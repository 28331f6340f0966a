using TorchSharp;
using TurkishLlm.Spec.Impostors;
using TurkishLlm.Spec.Plans;
using TurkishLlm.Specification.LanguageModels.Reference;
using static TorchSharp.torch;

namespace TurkishLlm.Spec.Model;

/// <summary>Norms, residual additions and their order: P33–P35, NRM-05.</summary>
public static class BlockSpec
{
    private static readonly Func<PlantedModel, Tensor, Tensor> Layer = (model, x) => model.Block(x, 0);

    public static readonly Requirement<LayerCase, SubjectLayer> P33_Shape = new()
    {
        Id = "P33",
        Statement = "The output of a block has the shape of its input.",
        Source = "Reference report, section 11, test 33",
        CanonicalCases = LayerCase.Usual,
        PlanCases = LayerPlanCases.FromPlan,
        Subject = LayerSubjects.Block,
        Holds = (block, c, at) => Verdict.Equal(c.Input(at).FormatShape(), block.Forward(c.Input(at)).FormatShape(), "shape"),
        Impostors = LayerImpostors.Changed(LayerSubjects.Block, new()
        {
            ["time before batch"] = (y, _) => y.transpose(0, 1),
            ["stream and branches concatenated"] = (y, _) => cat([y, y], -1),
        }),
    };

    public static readonly Requirement<LayerCase, SubjectLayer> P34_Residual = new()
    {
        Id = "P34",
        Statement = "With both output projections zero a block is the identity, bit for bit.",
        Source = "He et al. 2016, arXiv:1603.05027; reference report, section 6; BUG-NRM-01, BUG-NRM-02",
        CanonicalCases = LayerCase.Usual,
        PlanCases = LayerPlanCases.FromPlan,
        Subject = LayerSubjects.Block,
        Holds = (block, c, at) =>
        {
            using var grad = no_grad();
            block.Weights.Set("attn.o_proj", w => zeros_like(w));
            block.Weights.Set("ffn.down_proj", w => zeros_like(w));
            return Verdict.AtMost(0, block.Forward(c.Input(at)).LargestDifference(c.Input(at)), "change of the stream");
        },
        Impostors = LayerSubjects.With(
            Layer, ModelBug.PostNorm, ModelBug.ResidualFromNormed, ModelBug.NoResidual, LayerBug.NoOutputProjection),
    };

    public static readonly Requirement<LayerCase, SubjectLayer> P35_PreNorm = new()
    {
        Id = "P35",
        Statement = "Norms stand before each branch and nowhere else: the block equals x + attention(norm(x)), then x + "
            + "ffn(norm(x)).",
        Source = "Xiong et al. 2020, arXiv:2002.04745; reference report, section 6; BUG-NRM-02, BUG-NRM-03; TOL-MODEL for one "
            + "layer",
        CanonicalCases = LayerCase.Usual,
        PlanCases = LayerPlanCases.FromPlan,
        Subject = LayerSubjects.Block,
        Holds = (block, c, at) =>
        {
            using var grad = no_grad();
            var x = c.Input(at);
            return Verdict.AtMost(
                c.Allowed(at),
                block.Forward(x).RelativeTo(ComputeBlock(c, block.Weights.Doubles(), x.Doubles())), "max|Δ| ÷ max|y|");
        },
        Impostors = LayerSubjects.With(
            Layer,
            ModelBug.PostNorm, ModelBug.ResidualFromNormed, ModelBug.NoResidual, ModelBug.OneNormOnly,
            ModelBug.ParallelBranches,
            ModelBug.LayerNorm, ModelBug.RmsOverTime),
    };

    public static readonly Requirement<LayerCase, SubjectLayer> NRM_05_StreamUntouched = new()
    {
        Id = "NRM-05",
        Statement = "A block does not change a bit of its input, and the gradient passes through the residual path undiminished.",
        Source = "BUG-NRM-01; reference report, section 6: unobstructed residual path",
        CanonicalCases = LayerCase.Usual,
        PlanCases = LayerPlanCases.FromPlan,
        Subject = LayerSubjects.Block,
        Holds = (block, c, at) =>
        {
            block.Weights.Set("attn.o_proj", w => zeros_like(w));
            block.Weights.Set("ffn.down_proj", w => zeros_like(w));
            var (x, before, upstream) = (c.Input(at).detach().requires_grad_(), c.Input(at), c.Input(at, salt: 22));
            (block.Forward(x) * upstream).sum().backward();
            return Verdict.All(
                Verdict.AtMost(0, x.LargestDifference(before), "change of the input"),
                Verdict.AtMost(0, x.grad?.LargestDifference(upstream) ?? double.NaN, "change of the gradient"));
        },
        Impostors = new(
            LayerSubjects.With(Layer, ModelBug.PostNorm, ModelBug.ResidualFromNormed, ModelBug.NoResidual))
        {
            ["the residual path carries no gradient"] = LayerSubjects.Planted(
                (model, x) => x.detach() + (model.Block(x, 0) - x),
                PlantedBug.None),
        },
    };

    public static IReadOnlyList<Requirement> All => [P33_Shape, P34_Residual, P35_PreNorm, NRM_05_StreamUntouched];

    private static double[] ComputeBlock(LayerCase c, Dictionary<string, double[]> weights, double[] x)
    {
        var oracle = new LayerOracle(c, weights);
        var middle = Sum(x, oracle.Attention(RmsNormOracle.Forward(x, weights["attn_norm"], LayerSubjects.Epsilon)));
        return Sum(middle, oracle.FeedForward(RmsNormOracle.Forward(middle, weights["ffn_norm"], LayerSubjects.Epsilon)));
    }

    private static double[] Sum(double[] a, double[] b) => [.. a.Zip(b, (x, y) => x + y)];
}
