using TorchSharp;
using TurkishLlm.Data.Conversations;
using TurkishLlm.Data.Preference;
using TurkishLlm.Kernels;
using TurkishLlm.Model;
using TurkishLlm.Tokenization;
using TurkishLlm.Training.Distributed;
using TurkishLlm.Training.Validation;
using static TorchSharp.torch;

namespace TurkishLlm.Training.Objectives.Preference;

/// <summary>
/// Preference pairs of a micro-batch for a reward model: each answer is a row, and its reward is read at its last token, which
/// ends its turn.
/// </summary>
/// <remarks>Rows are padded at the end, where causality hides the padding. Spec: RWM-01, RWM-03.</remarks>
public sealed class RewardBatch : IPairBatch
{
    private readonly IReadOnlyList<PreferencePair> _pairs;
    private readonly RewardObjective _objective;
    private readonly Device _device;
    private readonly Tensor _inputs;            // [2·pairs, t]
    private readonly Tensor _lastPositions;     // [2·pairs], in the flattened rows

    /// <param name="pairs">The pairs.</param>
    /// <param name="objective">The objective.</param>
    /// <param name="device">Device of the model.</param>
    public RewardBatch(IReadOnlyList<PreferencePair> pairs, RewardObjective objective, Device device)
    {
        ArgumentNullException.ThrowIfNull(pairs);
        (_pairs, _objective, _device) = (pairs, objective, device);
        TokenizedExample[] answers = [.. pairs.SelectMany(pair => new[] { pair.Chosen, pair.Rejected })];
        var length = answers.Max(answer => answer.Ids.Count);
        var ids = new long[answers.Length * length];
        Array.Fill(ids, SpecialTokens.Pad);
        foreach (var (row, answer) in answers.Index())
            for (var i = 0; i < answer.Ids.Count; i++) ids[row * length + i] = answer.Ids[i];
        _inputs = tensor(ids, [answers.Length, length], device: device);
        _lastPositions = tensor(
            [.. answers.Select((answer, row) => (long)row * length + answer.Ids.Count - 1)], device: device);
    }

    /// <inheritdoc/>
    public long LossTerms => _pairs.Count;

    /// <inheritdoc/>
    public IReadOnlyList<PairMetrics> Results { get; private set; } = [];

    /// <summary>Computes the rewards of the answers: chosen and rejected of each pair.</summary>
    /// <param name="model">The reward model.</param>
    /// <param name="training">True to apply dropout.</param>
    /// <returns><c>[pairs, 2]</c>, float64.</returns>
    public Tensor ComputeRewards(LanguageModel model, bool training = false)
    {
        ArgumentNullException.ThrowIfNull(model);
        var hidden = model.ForwardHidden(_inputs, training).reshape(-1, model.Config.DModel);       // [2·pairs·t, width]
        return model.ComputeRewards(hidden.index_select(0, _lastPositions)).to(float64).view(-1, 2);
    }

    /// <inheritdoc/>
    public double Backward(LanguageModel model, double scale, bool training)
    {
        var rewards = ComputeRewards(model, training);
        var losses = ComputeLosses(rewards);
        FusedOperators.Backward(losses.sum() * scale);
        Results = CreateMetrics(rewards, losses);
        return Results.Sum(result => result.Loss) * scale;
    }

    /// <summary>Measures the pairs without gradients.</summary>
    public IReadOnlyList<PairMetrics> Measure(LanguageModel model)
    {
        using var grad = no_grad();
        var rewards = ComputeRewards(model);
        return Results = CreateMetrics(rewards, ComputeLosses(rewards));
    }

    /// <inheritdoc/>
    public IEnumerable<IMicroBatch> Split(int maxRows) =>
        _pairs.Count <= maxRows ? [this] : _pairs.Chunk(maxRows).Select(pairs => new RewardBatch(pairs, _objective, _device));

    /// <summary>Measures pairs without gradients, in batches.</summary>
    /// <param name="model">The reward model.</param>
    /// <param name="pairs">The pairs.</param>
    /// <param name="objective">The objective.</param>
    /// <param name="batchSize">Pairs per batch.</param>
    /// <param name="group">The processes that share the work; each receives the whole result.</param>
    public static IReadOnlyList<PairMetrics> Measure(
        LanguageModel model, IReadOnlyList<PreferencePair> pairs, RewardObjective objective, int batchSize,
        IProcessGroup? group = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        var batches = pairs.Chunk(batchSize).ToArray();
        return
        [
            .. LossEvaluator.MeasureAcrossRanks(group, batches.Length, PairMetrics.ValueCount * batchSize, batch =>
                [
                    .. new RewardBatch(batches[batch], objective, model.Device)
                        .Measure(model)
                        .SelectMany(result => result.ToArray()),
                ])
                .SelectMany(batch => batch.Chunk(PairMetrics.ValueCount)).Take(pairs.Count).Select(PairMetrics.FromArray),
        ];
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _inputs.Dispose();
        _lastPositions.Dispose();
    }

    private Tensor ComputeLosses(Tensor rewards) => _objective.Loss(rewards.select(1, 0), rewards.select(1, 1));

    private static PairMetrics[] CreateMetrics(Tensor rewards, Tensor losses)
    {
        using var scope = NewDisposeScope();
        var (values, costs) = (rewards.detach().cpu().contiguous().data<double>().ToArray(),
            losses.detach().cpu().contiguous().data<double>().ToArray());
        return
        [
            .. costs.Select((loss, pair) => new PairMetrics(loss, values[2 * pair], values[2 * pair + 1], 0, 0)),
        ];
    }
}
