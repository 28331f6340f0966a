using TurkishLlm.Model;
using TurkishLlm.Spec.Plans;

namespace TurkishLlm.Spec.Model;

/// <summary>Layers of the sizes of a run.</summary>
internal static class LayerPlanCases
{
    /// <summary>The heads and widths of the run's model, and two short rows.</summary>
    public static IReadOnlyList<LayerCase> FromPlan(Conditions at) => [WithSizesOf(at.Model, 2, 7)];

    /// <summary>
    /// The heads and widths of the run's model, and one row of the run's length, of four tokens at least, from which on TOL-MODEL
    /// holds.
    /// </summary>
    public static IReadOnlyList<LayerCase> FromPlanAtFullLength(Conditions at) =>
        [WithSizesOf(at.Model, 1, Math.Max(4, at.Plan.Training.SequenceLength))];

    private static LayerCase WithSizesOf(ModelConfig model, int batch, int time) =>
        new(batch, time, model.NHeads, model.NKvHeads, ModelCase.HeadSizeOf(model), model.DFf);
}
