using TorchSharp;
using TurkishLlm.Data;
using TurkishLlm.Model;
using TurkishLlm.Tokenization;
using static TorchSharp.torch;

namespace TurkishLlm.Training;

/// <summary>
/// Conversations, of which the answers are targets; with windows of running text among them where the plan wants that.
/// Row <c>r</c> of batch <c>b</c> is the same for ever: position (b − 1)·rows + r of endless epochs, each in an order of its own.
/// </summary>
/// <remarks>Spec: SFT-15, SFT-30, SFT-33.</remarks>
public sealed class SftData : ITrainingData
{
    private readonly TrainingPlan _plan;
    private readonly WindowSampler? _text;
    private readonly IReadOnlyList<MarkedTokens[]> _rows, _heldOut;      // what stands in each row
    private readonly EpochOrder _order;
    private readonly TokenBytes _bytes;

    /// <param name="plan">Names the conversations and the shards, and how many rows a step has.</param>
    /// <exception cref="IOException">A file is not there.</exception>
    /// <exception cref="InvalidDataException">A file is damaged, or there is nothing to learn from.</exception>
    public SftData(TrainingPlan plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        var sft = plan.Sft ?? throw new ArgumentException("The plan has no section sft.", nameof(plan));
        _plan = plan;
        var tokenizer = Tokenizer.Load(plan.Data.Tokenizer);
        _bytes = new TokenBytes(tokenizer);
        Template = new ChatTemplate(tokenizer, sft.System);
        Examples = SftDataset.Open(Template, tokenizer, sft.Options(plan));
        (_rows, _heldOut) = (RowsOf(Examples.Train), RowsOf(Examples.Validation));
        Shards = TokenDataset.Open(plan.Data.Shards);
        try
        {
            Shards.RequireTokenizer(tokenizer.Hash);
            if (sft.TextShare > 0) _text = new WindowSampler(Shards.Train, plan.Training.SequenceLength, plan.Seed);
            TextRows = _text is null ? 0 : TextRowsOf(sft.TextShare, Examples.Train.Sum(example => (long)example.Tokens.Counted), plan.Training.SequenceLength);
            _order = new EpochOrder(plan.Seed, _rows.Count + TextRows);
        }
        catch
        {
            Shards.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public TokenDataset Shards { get; }

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
    public double? EpochsThrough(long batch) => (double)batch * _plan.Training.RowsPerStep / RowsPerEpoch;

    /// <inheritdoc/>
    public long CountedTargets(long batch, int firstRow, int rows) => Positions(batch, firstRow, rows).Sum(position => Sum(position, example => example.Counted));

    /// <inheritdoc/>
    public long TokensThrough(long batch)
    {
        var end = batch * _plan.Training.RowsPerStep;
        var epoch = _order.EpochOf(end);
        var begun = 0L;
        for (var position = epoch * RowsPerEpoch; position < end; position++) begun += Sum(position, example => example.Length);
        var whole = _rows.Sum(row => row.Sum(example => (long)example.Length)) + (long)TextRows * _plan.Training.SequenceLength;
        return epoch * whole + begun;
    }

    /// <inheritdoc/>
    public TokenBatch MicroBatch(long batch, int firstRow, int rows, Device device) =>
        ExampleBatch.Create([.. Positions(batch, firstRow, rows).Select(RowAt)], _plan.Sft!.Packing ? _plan.Training.SequenceLength : null, device);

    /// <inheritdoc/>
    IMicroBatch ITrainingData.MicroBatch(long batch, int firstRow, int rows, Device device) => MicroBatch(batch, firstRow, rows, device);

    /// <inheritdoc/>
    public void Fetch(long batch, int firstRow, int rows)
    {
        // Conversations are in memory.
    }

    /// <inheritdoc/>
    public HeldOutLoss Measure(LanguageModel model, IProcessGroup? group = null) => new(
        _heldOut.Count == 0 ? null : LossOf(model, _heldOut, group),
        Validation.Measure(model, Shards.Validation, _bytes, _plan.Training.SequenceLength, _plan.Evaluation.Windows, group).Loss);

    /// <inheritdoc/>
    public void Dispose() => Shards.Dispose();

    private IEnumerable<long> Positions(long batch, int firstRow, int rows)
    {
        var first = (batch - 1) * _plan.Training.RowsPerStep + firstRow;
        for (var row = 0; row < rows; row++) yield return first + row;
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
    private double LossOf(LanguageModel model, IReadOnlyList<MarkedTokens[]> rows, IProcessGroup? group)
    {
        var batches = rows.OrderBy(row => row.Sum(example => example.Length)).Chunk(_plan.Training.BatchSize).ToArray();
        var losses = Validation.Shared(group, batches.Length, batch =>
        {
            var tokens = ExampleBatch.Create(batches[batch], length: null, model.Device);
            return new(tokens.LossSum(model).ToDouble(), (int)tokens.CountedTargets, Bytes: 0);
        });
        return new ValidationResult(losses).Loss;
    }

    private static int TextRowsOf(double share, long learned, int length) => (int)Math.Max(1, Math.Round(share / (1 - share) * learned / length));
}
