namespace TurkishLlm.Spec.Oracles.Training;

/// <summary>The metrics of a preference pair.</summary>
/// <param name="Loss">In nats.</param>
/// <param name="RewardChosen">Reward of the chosen answer.</param>
/// <param name="RewardRejected">Reward of the rejected answer.</param>
/// <param name="Chosen">Log-probability of the chosen answer.</param>
/// <param name="Rejected">Log-probability of the rejected answer.</param>
/// <param name="ChosenTokens">Learned tokens of the chosen answer.</param>
/// <param name="RejectedTokens">Learned tokens of the rejected answer.</param>
/// <param name="ByChosen">Derivative of the loss by the log-probability of the chosen answer.</param>
/// <param name="ByRejected">Derivative by that of the rejected answer.</param>
public sealed record ShadowPair(
    double Loss, double RewardChosen, double RewardRejected, double Chosen, double Rejected, int ChosenTokens,
    int RejectedTokens, double ByChosen, double ByRejected)
{
    /// <summary>For a reward model, the sum of the scales of both rewards, which their rounding errors are relative to.</summary>
    public double Scale { get; init; }
}

/// <summary>The metrics of a labeled answer of KTO.</summary>
/// <param name="IsDesirable">Its label.</param>
/// <param name="Loss">Its loss.</param>
/// <param name="Reward">Its reward.</param>
/// <param name="LogProbability">Its log-probability.</param>
/// <param name="Tokens">Its learned tokens.</param>
/// <param name="MismatchedTokens">Learned tokens of its mismatched answer.</param>
/// <param name="Slope">Derivative of the loss by the log-probability.</param>
/// <param name="Distance">Reward minus β times the reference point.</param>
/// <param name="ReferencePoint">The reference point of its step.</param>
public sealed record ShadowAnswer(
    bool IsDesirable, double Loss, double Reward, double LogProbability, int Tokens, int MismatchedTokens, double Slope,
    double Distance, double ReferencePoint);

/// <summary>What a step computes from the state before it.</summary>
/// <param name="Loss">Mean loss per loss term, in nats.</param>
/// <param name="LossTerms">Number of loss terms: targets, or pairs.</param>
/// <param name="Gradient">Gradient of the loss by what is trained, before clipping.</param>
/// <param name="Norm">Its global norm.</param>
/// <param name="ClipFactor">Factor of the gradient.</param>
/// <param name="LearningRate">Learning rate of the step, before multipliers.</param>
/// <param name="Tokens">Tokens of all data steps up to this one.</param>
/// <param name="Epoch">Passes over the rows; null without epochs.</param>
/// <param name="Pairs">The pairs; empty for other objectives.</param>
/// <param name="LargestLogit">Largest |logit| of the step.</param>
/// <param name="After">The state after the step.</param>
public sealed record ShadowStep(
    double Loss, long LossTerms, ShadowGradient Gradient, double Norm, double ClipFactor, double LearningRate, long Tokens,
    double? Epoch, IReadOnlyList<ShadowPair> Pairs, double LargestLogit, ShadowState After)
{
    /// <summary>The mean gradient of the first micro-batch of every rank, with its number of loss terms.</summary>
    public IReadOnlyList<(ShadowGradient Gradient, long Terms)> FirstMicroBatches { get; init; } = [];

    /// <summary>The answers of KTO; empty for other objectives.</summary>
    public IReadOnlyList<ShadowAnswer> Answers { get; init; } = [];
}

/// <summary>What validation measures.</summary>
/// <param name="Loss">Mean loss of the objective; null without validation rows.</param>
/// <param name="TextLoss">Mean loss on running text, in nats per token.</param>
/// <param name="TextNats">Sum of that loss.</param>
/// <param name="TextBytes">Bytes of that text.</param>
/// <param name="Pairs">The validation pairs.</param>
/// <param name="LargestLogit">Largest |logit| of all rows.</param>
public sealed record ShadowValidation(
    double? Loss, double TextLoss, double TextNats, long TextBytes, IReadOnlyList<ShadowPair> Pairs, double LargestLogit)
{
    /// <summary>The validation answers of KTO; empty for other objectives.</summary>
    public IReadOnlyList<ShadowAnswer> Answers { get; init; } = [];
}
