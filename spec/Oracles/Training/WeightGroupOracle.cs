using System.Globalization;
using TurkishLlm.Plans;

namespace TurkishLlm.Spec.Oracles.Training;

/// <summary>How the optimizer treats a weight, by its name.</summary>
/// <remarks>
/// A part of <c>optimizer.freeze</c> is the beginning of a name up to a dot, and may have a range of layers. Matrices decay, the
/// vectors of norms do not. Multipliers: nanochat, <c>scripts/chat_sft.py</c>.
/// </remarks>
/// <param name="plan">Section <c>optimizer</c> of the plan.</param>
public sealed class WeightGroupOracle(OptimizerPlan plan)
{
    /// <summary>Returns true if a weight of the model or of its adapter is trained.</summary>
    public bool IsTrained(string name) => !plan.Freeze.Parts.Any(part => IsWithin(name.Split('.'), part.Split('.')));

    /// <summary>Returns the factor of the learning rate.</summary>
    public double Multiplier(string name) =>
        name.StartsWith("embed_tokens", StringComparison.Ordinal) ? plan.LearningRateMultipliers.Embedding
        : name.Split('.')[0] is "lm_head" or "reward_head" ? plan.LearningRateMultipliers.Head
        : IsNorm(name) ? plan.LearningRateMultipliers.Norms
        : plan.LearningRateMultipliers.Matrices;

    /// <summary>Returns λ: that of the plan for matrices, 0 for the vectors of norms.</summary>
    public double Decay(string name) =>
        IsNorm(name) ? 0 : IsMuon(name) ? plan.Muon.WeightDecay ?? plan.WeightDecay : plan.WeightDecay;

    /// <summary>Returns true for the matrices of blocks in a plan with Muon.</summary>
    public bool IsMuon(string name) =>
        plan.Kind == OptimizerKind.Muon && name.Contains("_proj.", StringComparison.Ordinal);

    /// <summary>
    /// Returns the factor of a matrix that Muon updates: its own peak rate ÷ that of the plan, times its multiplier.
    /// </summary>
    public double MuonFactor(string name) =>
        Multiplier(name) * (plan.Muon.LearningRate ?? plan.LearningRate) / plan.LearningRate;

    private static bool IsNorm(string name) => name.Split('.')[^2].EndsWith("norm", StringComparison.Ordinal);

    private static bool IsWithin(string[] name, string[] part) =>
        name.Length >= part.Length
        && part.Zip(name).All(piece => piece.First == piece.Second || IsInRange(piece.First, piece.Second));

    private static bool IsInRange(string range, string number) =>
        range.Split('-') is [var first, var last] && Number(first) is { } low && Number(last) is { } high
        && Number(number) is { } value && low <= value && value <= high;

    private static int? Number(string text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value) ? value : null;
}
