using TurkishLlm.Runs;
using static TurkishLlm.Monitoring.Diagnosis.CurveDiagnosis;

namespace TurkishLlm.Monitoring.Diagnosis;

/// <summary>Nothing is learned any more, of training text as little as of held-out text.</summary>
internal static class UnderfittingRule
{
    private const double Gap = 0.03;               // of the loss, between training and held-out text
    private const double TokensPerWeight = 20;     // Hoffmann et al. 2022, arXiv:2203.15556: enough for a model of a size

    public static CurveFinding? Evaluate(LossCurves curves)
    {
        if (PlateauRule.GetFlatFall(curves) is not { } fall) return null;
        if (curves.IsNearRandomLoss)
            return new("underfitting", CurveFindingSeverity.Warning,
                Invariant($"The training loss is {curves.FinalLoss:F2} and flat; a model that has learned nothing has {curves.RandomLoss:F2}."),
                Invariant($"Look at the text with `turkishllm data inspect`, then try optimizer.learning_rate at a third and at three times {curves.Plan.Optimizer.LearningRate:0.0#e-0}."));

        var perWeight = (double)curves.FiniteSteps[^1].Tokens / curves.Plan.Model.ParameterCount;
        if (curves.Validation.Count == 0 || perWeight < TokensPerWeight) return null;
        var held = curves.Validation[^1].Loss;
        return held - curves.FinalLoss < Gap * held
            ? new("underfitting", CurveFindingSeverity.Warning,
                Invariant($"Training and validation loss are both flat ({fall:F3} in the last doubling of the steps) and close together ({curves.FinalLoss:F2} and {held:F2}) after {perWeight:F0} tokens for each weight: the model is full."),
                Invariant($"More steps will not help: take a larger model than {ShortNumber.Format(curves.Plan.Model.ParameterCount)} weights{(curves.Plan.Model.Dropout > 0 ? Invariant($", and no model.dropout (now {curves.Plan.Model.Dropout})") : "")}, or go on to fine-tuning with this one."))
            : null;
    }
}
