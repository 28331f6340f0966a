using TorchSharp;
using TurkishLlm.Kernels;
using TurkishLlm.Model;
using TurkishLlm.Training.Objectives.FineTuning;
using static TorchSharp.torch;

namespace TurkishLlm.Training.Objectives.Reinforcement;

/// <summary>Sampled answers of a micro-batch, one per row.</summary>
/// <remarks>
/// Rows are padded at the end, where causality hides the padding. Loss terms are answers: the loss of an answer is the sum over
/// its tokens times its weight. The prompt, and what would follow the end of the answer, are not learned. Spec: GRP-07.
/// </remarks>
public sealed class GrpoBatch : IMicroBatch
{
    private readonly IReadOnlyList<RolloutAnswer> _answers;
    private readonly GrpoObjective _objective;
    private readonly double _temperature;
    private readonly Device _device;
    private readonly Action<int, AnswerStatistics>? _onMeasured;
    private readonly TokenBatch _rows;

    /// <param name="answers">The answers.</param>
    /// <param name="objective">The objective.</param>
    /// <param name="temperature">Temperature of the sampling.</param>
    /// <param name="device">Device of the model.</param>
    /// <param name="onMeasured">Receives the number of an answer in this batch, and what was measured.</param>
    public GrpoBatch(
        IReadOnlyList<RolloutAnswer> answers, GrpoObjective objective, double temperature, Device device,
        Action<int, AnswerStatistics>? onMeasured = null)
    {
        ArgumentNullException.ThrowIfNull(answers);
        (_answers, _objective, _temperature, _device, _onMeasured) = (answers, objective, temperature, device, onMeasured);
        _rows = ExampleCollator.Collate([.. answers.Select(answer => new[] { answer.ToExample() })], length: null, device);
    }

    /// <inheritdoc/>
    public long LossTerms => _answers.Count;

    /// <inheritdoc/>
    public double Backward(LanguageModel model, double scale, bool training)
    {
        ArgumentNullException.ThrowIfNull(model);
        var hidden = model.ForwardHidden(_rows.Inputs, training);                              // [rows, t, width]
        // The head reads one answer at a time, so that the logits of all answers never exist together.
        var leaf = hidden.detach().requires_grad_();
        var loss = 0.0;
        for (var i = 0; i < _answers.Count; i++) loss += Learn(model, leaf.select(0, i), i, scale);
        using var gradient = leaf.grad;
        if (gradient is not null && hidden.requires_grad) hidden.backward([gradient]);
        return loss * scale;
    }

    /// <inheritdoc/>
    public IEnumerable<IMicroBatch> Split(int maxRows) =>
        _answers.Count <= maxRows ? [this] : _answers.Chunk(maxRows).Select((part, number) => new GrpoBatch(
            part, _objective, _temperature, _device, (i, measured) => _onMeasured?.Invoke(number * maxRows + i, measured)));

    /// <inheritdoc/>
    public void Dispose() => _rows.Dispose();

    private double Learn(LanguageModel model, Tensor hidden, int number, double scale)
    {
        using var scope = NewDisposeScope();
        var answer = _answers[number];
        var (found, entropies) = AnswerLikelihood.Compute(model, hidden, answer, _temperature);
        var old = tensor([.. answer.Old], device: _device);
        var reference = answer.Reference.Count > 0 ? tensor([.. answer.Reference], device: _device) : old;
        var loss = _objective.ComputeLosses(found, old, reference, answer.Advantage).sum() * answer.Weight;
        FusedOperators.Backward(loss * scale);
        using var grad = no_grad();
        _onMeasured?.Invoke(number, new(
            answer.Reference.Count > 0 ? GrpoObjective.EstimateDivergence(found, reference).sum().ToDouble() : 0,
            _objective.FindClipped(found, old, answer.Advantage).sum().to(float64).ToDouble(),
            entropies.sum().ToDouble()));
        return loss.ToDouble();
    }
}
