using TorchSharp;
using TurkishLlm.Data.Conversations;
using TurkishLlm.Kernels;
using TurkishLlm.Model;
using TurkishLlm.Training.Distributed;
using TurkishLlm.Training.Objectives.FineTuning;
using TurkishLlm.Training.Validation;
using static TorchSharp.torch;

namespace TurkishLlm.Training.Objectives.Preference;

/// <summary>Preference pairs of a micro-batch: each answer is a row, and the two rows of a pair follow each other.</summary>
/// <remarks>
/// Rows are padded at the end, where causality hides the padding. The log-probability of an answer is the sum over the tokens in
/// its loss mask and nothing else. Targets are those of <see cref="TokenizedExample.Write"/>. Spec: DPO-01, DPO-02, DPO-05.
/// </remarks>
public sealed class PreferenceBatch : IPairBatch
{
    private readonly IReadOnlyList<ScoredPair> _pairs;
    private readonly IPreferenceObjective _objective;
    private readonly Device _device;
    private readonly TokenBatch _rows;
    private readonly Tensor[] _tokenPositions;      // positions of the answer tokens in each row

    /// <param name="pairs">The pairs.</param>
    /// <param name="objective">The preference objective.</param>
    /// <param name="device">Device of the model.</param>
    public PreferenceBatch(IReadOnlyList<ScoredPair> pairs, IPreferenceObjective objective, Device device)
    {
        ArgumentNullException.ThrowIfNull(pairs);
        (_pairs, _objective, _device) = (pairs, objective, device);
        TokenizedExample[] answers = [.. pairs.SelectMany(pair => new[] { pair.Pair.Chosen, pair.Pair.Rejected })];
        _rows = ExampleCollator.Collate([.. answers.Select(answer => new[] { answer })], length: null, device);
        _tokenPositions = [.. answers.Select(answer => tensor(GetTokenPositions(answer), device: device))];
    }

    /// <inheritdoc/>
    public long LossTerms => _pairs.Count;

    /// <inheritdoc/>
    public IReadOnlyList<PairMetrics> Results { get; private set; } = [];

    /// <inheritdoc/>
    public double Backward(LanguageModel model, double scale, bool training)
    {
        ArgumentNullException.ThrowIfNull(model);
        var hidden = model.ForwardHidden(_rows.Inputs, training);                          // [2·pairs, t, width]
        // The head reads one pair at a time, so that the logits of all answers never exist together.
        var leaf = hidden.detach().requires_grad_();
        Results =
        [
            .. Enumerable
                .Range(0, _pairs.Count)
                .Select(pair => EvaluatePair(model, leaf, pair, loss => FusedOperators.Backward(loss * scale))),
        ];
        using var gradient = leaf.grad;
        if (gradient is not null && hidden.requires_grad) hidden.backward([gradient]);
        return Results.Sum(result => result.Loss) * scale;
    }

    /// <summary>Measures the pairs without gradients.</summary>
    public IReadOnlyList<PairMetrics> Measure(LanguageModel model)
    {
        ArgumentNullException.ThrowIfNull(model);
        using var grad = no_grad();
        var hidden = model.ForwardHidden(_rows.Inputs);
        return Results = [.. Enumerable.Range(0, _pairs.Count).Select(pair => EvaluatePair(model, hidden, pair))];
    }

    /// <inheritdoc/>
    public IEnumerable<IMicroBatch> Split(int maxRows) =>
        _pairs.Count <= maxRows ? [this] : _pairs.Chunk(maxRows).Select(pairs => new PreferenceBatch(pairs, _objective, _device));

    /// <summary>Measures pairs without gradients, in batches.</summary>
    /// <param name="model">The model.</param>
    /// <param name="pairs">The pairs.</param>
    /// <param name="objective">The preference objective.</param>
    /// <param name="batchSize">Pairs per batch.</param>
    /// <param name="group">The processes that share the work; each receives the whole result.</param>
    public static IReadOnlyList<PairMetrics> Measure(
        LanguageModel model, IReadOnlyList<ScoredPair> pairs, IPreferenceObjective objective, int batchSize,
        IProcessGroup? group = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        var batches = pairs.Chunk(batchSize).ToArray();
        return
        [
            .. LossEvaluator.MeasureAcrossRanks(group, batches.Length, PairMetrics.ValueCount * batchSize, batch =>
                [
                    .. new PreferenceBatch(batches[batch], objective, model.Device)
                        .Measure(model)
                        .SelectMany(result => result.ToArray()),
                ])
                .SelectMany(batch => batch.Chunk(PairMetrics.ValueCount)).Take(pairs.Count).Select(PairMetrics.FromArray),
        ];
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _rows.Dispose();
        foreach (var places in _tokenPositions) places.Dispose();
    }

    private PairMetrics EvaluatePair(LanguageModel model, Tensor hidden, int pair, Action<Tensor>? learn = null)
    {
        using var scope = NewDisposeScope();
        var chosen = Score(model, hidden, 2 * pair, _pairs[pair].ReferenceChosen);
        var rejected = Score(model, hidden, 2 * pair + 1, _pairs[pair].ReferenceRejected);
        var loss = _objective.Loss(chosen, rejected);
        learn?.Invoke(loss);
        return new(
            loss.ToDouble(), _objective.Reward(chosen).ToDouble(), _objective.Reward(rejected).ToDouble(),
            chosen.LogProbability.ToDouble(), rejected.LogProbability.ToDouble());
    }

    private AnswerScore Score(LanguageModel model, Tensor hidden, int row, double reference)
    {
        var places = _tokenPositions[row];
        var loss = model.ComputeHeadLossSum(
            hidden.select(0, row).index_select(0, places),
            _rows.Targets.select(0, row).index_select(0, places));
        return new(-loss.to(float64), (int)places.size(0), reference);
    }

    private static long[] GetTokenPositions(TokenizedExample answer) =>
        [.. answer.LossMask.Skip(1).Index().Where(token => token.Item).Select(token => (long)token.Index)];
}
