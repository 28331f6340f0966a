using TorchSharp;
using TurkishLlm.Data.Conversations;
using TurkishLlm.Model;
using TurkishLlm.Training.Distributed;
using TurkishLlm.Training.Objectives.FineTuning;
using TurkishLlm.Training.Validation;
using static TorchSharp.torch;

namespace TurkishLlm.Training.Objectives.Preference;

/// <summary>Answers as rows, padded at the end, with the positions before each token of the answer.</summary>
/// <remarks>Spec: KTO-03, KTO-06.</remarks>
internal sealed class AnswerRows : IDisposable
{
    private readonly TokenBatch _rows;
    private readonly Tensor[] _tokenPositions;

    /// <param name="answers">The answers with their prompts.</param>
    /// <param name="device">Device of the model.</param>
    public AnswerRows(IReadOnlyList<TokenizedExample> answers, Device device)
    {
        _rows = ExampleCollator.Collate([.. answers.Select(answer => new[] { answer })], length: null, device);
        _tokenPositions =
        [
            .. answers.Select(answer => tensor(
                [.. answer.LossMask.Skip(1).Index().Where(token => token.Item).Select(token => (long)token.Index)],
                device: device)),
        ];
    }

    /// <summary>The tokens, <c>[answers, t]</c>.</summary>
    public Tensor Inputs => _rows.Inputs;

    /// <summary>Computes the log-probability of an answer.</summary>
    /// <param name="model">The model.</param>
    /// <param name="hidden">Hidden states of all rows.</param>
    /// <param name="row">The row of the answer.</param>
    /// <param name="reference">The log-probability under the reference model.</param>
    public AnswerScore Score(LanguageModel model, Tensor hidden, int row, double reference)
    {
        var places = _tokenPositions[row];
        var loss = model.ComputeHeadLossSum(
            hidden.select(0, row).index_select(0, places),
            _rows.Targets.select(0, row).index_select(0, places));
        return new(-loss.to(float64), (int)places.size(0), reference);
    }

    /// <summary>Measures the log-probabilities of answers without gradients, in batches.</summary>
    /// <param name="model">The model.</param>
    /// <param name="answers">The answers with their prompts.</param>
    /// <param name="batchSize">Answers per batch.</param>
    /// <param name="group">The processes that share the work; each receives the whole result.</param>
    /// <returns>The log-probability of each answer, in nats.</returns>
    public static IReadOnlyList<double> Measure(
        LanguageModel model, IReadOnlyList<TokenizedExample> answers, int batchSize, IProcessGroup? group = null)
    {
        var batches = answers.Chunk(batchSize).ToArray();
        return
        [
            .. LossEvaluator.MeasureAcrossRanks(group, batches.Length, batchSize, batch =>
            {
                using var rows = new AnswerRows(batches[batch], model.Device);
                var hidden = model.ForwardHidden(rows.Inputs);
                return [.. batches[batch].Select((_, row) => rows.Score(model, hidden, row, 0).LogProbability.ToDouble())];
            }).SelectMany(batch => batch).Take(answers.Count),
        ];
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _rows.Dispose();
        foreach (var places in _tokenPositions) places.Dispose();
    }
}
