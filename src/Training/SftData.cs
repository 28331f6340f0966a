using TorchSharp;
using TurkishLlm.Data;
using TurkishLlm.Model;
using TurkishLlm.Tokenization;
using static TorchSharp.torch;

namespace TurkishLlm.Training;

/// <summary>
/// Conversations, of which the answers are targets; with windows of running text among them where the plan wants that.
/// Row <c>r</c> of step <c>s</c> is the same for ever: position (s − 1)·rows + r of endless epochs, each in an order of its own.
/// </summary>
/// <remarks>Spec: SFT-06, SFT-08, SFT-11, LOS-10.</remarks>
public sealed class SftData : ITrainingData
{
    private readonly TrainingPlan _plan;
    private readonly TokenDataset _shards;
    private readonly WindowSampler? _text;
    private readonly IReadOnlyList<MarkedTokens[]> _rows, _heldOut;      // what stands in each row
    private readonly EpochOrder _order;

    /// <param name="plan">Names the conversations and the shards, and how many rows a step has.</param>
    /// <exception cref="IOException">A file is not there.</exception>
    /// <exception cref="InvalidDataException">A file is damaged, or there is nothing to learn from.</exception>
    public SftData(TrainingPlan plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        var sft = plan.Sft ?? throw new ArgumentException("The plan has no section sft.", nameof(plan));
        _plan = plan;
        var tokenizer = Tokenizer.Load(plan.Data.Tokenizer);
        TokenizerHash = tokenizer.Hash;
        Template = new ChatTemplate(tokenizer, sft.System);
        Examples = SftDataset.Open(Template, tokenizer, sft.Options(plan));
        (_rows, _heldOut) = (RowsOf(Examples.Train), RowsOf(Examples.Validation));
        _shards = TokenDataset.Open(plan.Data.Shards);
        try
        {
            _shards.RequireTokenizer(tokenizer.Hash);
            if (sft.TextShare > 0) _text = new WindowSampler(_shards.Train, plan.Training.SequenceLength, plan.Seed);
            TextRows = _text is null ? 0 : TextRowsOf(sft.TextShare, Examples.Train.Sum(example => (long)example.Tokens.Counted), plan.Training.SequenceLength);
            _order = new EpochOrder(plan.Seed, _rows.Count + TextRows);
        }
        catch
        {
            _shards.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public string TokenizerHash { get; }

    /// <inheritdoc/>
    public ChatTemplate Template { get; }

    /// <summary>The conversations, and what became of every row of their files.</summary>
    public SftDataset Examples { get; }

    /// <summary>Rows of an epoch, those of running text among them.</summary>
    public int RowsPerEpoch => _order.Count;

    /// <inheritdoc/>
    int? ITrainingData.RowsPerEpoch => RowsPerEpoch;

    /// <summary>Rows of running text in an epoch; each epoch has other windows.</summary>
    public int TextRows { get; }

    /// <inheritdoc/>
    public double? EpochsThrough(long step) => (double)step * _plan.Training.RowsPerStep / RowsPerEpoch;

    /// <inheritdoc/>
    public long CountedTargets(long step) => Positions(step).Sum(position => Sum(position, example => example.Counted));

    /// <inheritdoc/>
    public long TokensThrough(long step)
    {
        var end = step * _plan.Training.RowsPerStep;
        var epoch = _order.EpochOf(end);
        var begun = 0L;
        for (var position = epoch * RowsPerEpoch; position < end; position++) begun += Sum(position, example => example.Length);
        var whole = _rows.Sum(row => row.Sum(example => (long)example.Length)) + (long)TextRows * _plan.Training.SequenceLength;
        return epoch * whole + begun;
    }

    /// <inheritdoc/>
    public IEnumerable<IMicroBatch> MicroBatches(long step, Device device) =>
        Positions(step).Chunk(_plan.Training.BatchSize).Select(positions => ExampleBatch.Create(
            [.. positions.Select(RowAt)], _plan.Sft!.Packing ? _plan.Training.SequenceLength : null, device));

    /// <inheritdoc/>
    public HeldOutLoss Measure(LanguageModel model) => new(
        _heldOut.Count == 0 ? null : LossOf(model, _heldOut),
        Validation.Loss(model, _shards.Validation, _plan.Training.SequenceLength, _plan.Evaluation.Windows).Loss);

    /// <inheritdoc/>
    public void Dispose() => _shards.Dispose();

    private IEnumerable<long> Positions(long step)
    {
        var rows = _plan.Training.RowsPerStep;
        for (var row = 0L; row < rows; row++) yield return (step - 1) * rows + row;
    }

    private MarkedTokens[] RowAt(long position)
    {
        var row = _order.RowAt(position);
        return row < _rows.Count ? _rows[row] : [_text!.Window(_order.EpochOf(position), row - _rows.Count)];
    }

    // A window of text has a target in every place, so it need not be read to be counted.
    private long Sum(long position, Func<MarkedTokens, long> of)
    {
        var row = _order.RowAt(position);
        return row < _rows.Count ? _rows[row].Sum(of) : _plan.Training.SequenceLength;
    }

    private IReadOnlyList<MarkedTokens[]> RowsOf(IReadOnlyList<SftExample> examples) => _plan.Sft!.Packing
        ? [.. RowPacking.BestFit([.. examples.Select(example => example.Tokens.Length)], _plan.Training.SequenceLength).Select(row => row.Select(i => examples[i].Tokens).ToArray())]
        : [.. examples.Select(example => new[] { example.Tokens })];

    // Every counted target weighs the same, whatever batch it is in.
    private double LossOf(LanguageModel model, IReadOnlyList<MarkedTokens[]> rows)
    {
        using var grad = no_grad();
        var (sum, counted) = (0.0, 0L);
        foreach (var batch in rows.OrderBy(row => row.Sum(example => example.Length)).Chunk(_plan.Training.BatchSize))
        {
            using var scope = NewDisposeScope();
            var tokens = ExampleBatch.Create(batch, length: null, model.Device);
            sum += tokens.LossSum(model).ToDouble();
            counted += tokens.CountedTargets;
        }
        return sum / counted;
    }

    private static int TextRowsOf(double share, long learned, int length) => (int)Math.Max(1, Math.Round(share / (1 - share) * learned / length));
}
