using TurkishLlm.Runs;
using static System.FormattableString;

namespace TurkishLlm.Monitoring.Diagnosis;

/// <summary>Reports a training and validation loss that are both flat and close together.</summary>
internal static class UnderfittingRule
{
    private const double Gap = 0.03;               // between training and validation loss ÷ validation loss
    private const double TokensPerWeight = 20;     // Hoffmann et al. 2022, arXiv:2203.15556: compute-optimal

    public static CurveFinding? Evaluate(LossCurves curves)
    {
        if (PlateauRule.GetFlatFall(curves) is not { } fall) return null;
        if (curves.IsNearRandomLoss)
            return new("underfitting", CurveFindingSeverity.Warning,
                Invariant($"The training loss is {curves.FinalLoss:F2} and flat; an untrained model has {curves.RandomLoss:F2}."),
                "Check the data with `turkishllm data inspect`, then try "
                    + Invariant(
                        $"optimizer.learning_rate at a third and at three times {curves.Plan.Optimizer.LearningRate:0.0#e-0}."));

        var perWeight = (double)curves.FiniteSteps[^1].Tokens / curves.Plan.Model.ParameterCount;
        if (curves.Validation.Count == 0 || perWeight < TokensPerWeight) return null;
        var validation = curves.Validation[^1].Loss;
        return validation - curves.FinalLoss < Gap * validation
            ? new("underfitting", CurveFindingSeverity.Warning,
                Invariant($"Training and validation loss are both flat ({fall:F3} in the last doubling of the steps) ")
                    + "and close together "
                    + Invariant($"({curves.FinalLoss:F2} and {validation:F2}) after {perWeight:F0} tokens per parameter: ")
                        + "the model has reached its capacity.",
                "More steps will not help: use a model with more than "
                    + Invariant($"{ShortNumber.Format(curves.Plan.Model.ParameterCount)} parameters")
                    + (curves.Plan.Model.Dropout > 0 ? Invariant($" and model.dropout: 0 (now {curves.Plan.Model.Dropout})") : "")
                    + ", or fine-tune this one.")
            : null;
    }
}
