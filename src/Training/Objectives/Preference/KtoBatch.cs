using TorchSharp;
using TurkishLlm.Data.Preference;
using TurkishLlm.Kernels;
using TurkishLlm.Model;
using TurkishLlm.Training.Distributed;
using static TorchSharp.torch;

namespace TurkishLlm.Training.Objectives.Preference;

/// <summary>Labeled answers of a micro-batch: each is a row.</summary>
/// <remarks>
/// The reference point is that of the whole step, so the loss of an answer does not depend on the size of the micro-batch, on
/// accumulation or on the number of processes. Spec: KTO-03.
/// </remarks>
public sealed class KtoBatch : IMicroBatch
{
    private readonly IReadOnlyList<ScoredAnswer> _answers;
    private readonly KtoObjective _objective;
    private readonly double _referencePoint;
    private readonly Device _device;
    private readonly AnswerRows _rows;

    /// <param name="answers">The answers.</param>
    /// <param name="objective">The objective.</param>
    /// <param name="referencePoint">z₀ of the step; see <see cref="MeasureReferencePoint"/>.</param>
    /// <param name="device">Device of the model.</param>
    public KtoBatch(
        IReadOnlyList<ScoredAnswer> answers, KtoObjective objective, double referencePoint, Device device)
    {
        ArgumentNullException.ThrowIfNull(answers);
        (_answers, _objective, _referencePoint, _device) = (answers, objective, referencePoint, device);
        _rows = new AnswerRows([.. answers.Select(answer => answer.Labeled.Answer)], device);
    }

    /// <inheritdoc/>
    public long LossTerms => _answers.Count;

    /// <summary>Metrics of each answer; empty before <see cref="Backward"/>.</summary>
    public IReadOnlyList<AnswerMetrics> Results { get; private set; } = [];

    /// <summary>Measures z₀ on the mismatched answers of a step or of the validation answers, without gradients.</summary>
    /// <param name="model">The model.</param>
    /// <param name="answers">The answers, those of all processes.</param>
    /// <param name="batchSize">Answers per batch.</param>
    /// <param name="group">The processes that share the work; each receives the same bits.</param>
    public static double MeasureReferencePoint(
        LanguageModel model, IReadOnlyList<ScoredAnswer> answers, int batchSize, IProcessGroup? group = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        var own = AnswerRows.Measure(model, [.. answers.Select(answer => answer.Labeled.Mismatched)], batchSize, group);
        return KtoObjective.GetReferencePoint([.. own.Zip(answers, (value, answer) => value - answer.ReferenceMismatched)]);
    }

    /// <summary>Measures answers without gradients, with the reference point of all of them.</summary>
    /// <param name="model">The model.</param>
    /// <param name="answers">The answers.</param>
    /// <param name="objective">The objective.</param>
    /// <param name="batchSize">Answers per batch.</param>
    /// <param name="group">The processes that share the work; each receives the whole result.</param>
    public static IReadOnlyList<AnswerMetrics> Measure(
        LanguageModel model, IReadOnlyList<ScoredAnswer> answers, KtoObjective objective, int batchSize,
        IProcessGroup? group = null)
    {
        ArgumentNullException.ThrowIfNull(objective);
        if (answers.Count == 0) return [];
        var referencePoint = MeasureReferencePoint(model, answers, batchSize, group);
        var own = AnswerRows.Measure(model, [.. answers.Select(answer => answer.Labeled.Answer)], batchSize, group);
        using var scope = NewDisposeScope();
        using var grad = no_grad();
        return [.. own.Zip(answers, (value, answer) => CreateMetrics(
            answer, objective, new(tensor(value), answer.Labeled.Answer.SupervisedCount, answer.Reference), referencePoint))];
    }

    /// <inheritdoc/>
    public double Backward(LanguageModel model, double scale, bool training)
    {
        ArgumentNullException.ThrowIfNull(model);
        var hidden = model.ForwardHidden(_rows.Inputs, training);                          // [answers, t, width]
        // The head reads one answer at a time, so that the logits of all answers never exist together.
        var leaf = hidden.detach().requires_grad_();
        Results = [.. _answers.Select((answer, row) => Learn(model, leaf, answer, row, scale))];
        using var gradient = leaf.grad;
        if (gradient is not null && hidden.requires_grad) hidden.backward([gradient]);
        return Results.Sum(result => result.Loss) * scale;
    }

    /// <inheritdoc/>
    public IEnumerable<IMicroBatch> Split(int maxRows) => _answers.Count <= maxRows
        ? [this]
        : _answers.Chunk(maxRows).Select(answers => new KtoBatch(answers, _objective, _referencePoint, _device));

    /// <inheritdoc/>
    public void Dispose() => _rows.Dispose();

    private AnswerMetrics Learn(LanguageModel model, Tensor hidden, ScoredAnswer answer, int row, double scale)
    {
        using var scope = NewDisposeScope();
        var score = _rows.Score(model, hidden, row, answer.Reference);
        FusedOperators.Backward(_objective.Loss(score, answer.Labeled.IsDesirable, _referencePoint) * scale);
        using var grad = no_grad();
        return CreateMetrics(answer, _objective, score, _referencePoint);
    }

    private static AnswerMetrics CreateMetrics(
        ScoredAnswer answer, KtoObjective objective, AnswerScore score, double referencePoint) => new(
            answer.Labeled.IsDesirable, objective.Loss(score, answer.Labeled.IsDesirable, referencePoint).ToDouble(),
            objective.Reward(score).ToDouble(), score.LogProbability.ToDouble(), referencePoint)
        {
            Beta = objective.Beta,
        };
}
