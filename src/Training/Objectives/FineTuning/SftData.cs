using TorchSharp;
using TurkishLlm.Data.Batches;
using TurkishLlm.Data.Conversations;
using TurkishLlm.Data.FineTuning;
using TurkishLlm.Data.Packing;
using TurkishLlm.Model;
using TurkishLlm.Plans;
using TurkishLlm.Runs.Logs;
using TurkishLlm.Tokenization;
using TurkishLlm.Tokenization.Chat;
using TurkishLlm.Training.Distributed;
using TurkishLlm.Training.Validation;
using static TorchSharp.torch;

namespace TurkishLlm.Training.Objectives.FineTuning;

/// <summary>
/// Conversations with the answers as targets, optionally mixed with windows of running text. Row <c>r</c> of data step <c>b</c>
/// is always the same: position (b − 1)·rows + r in an infinite sequence of epochs, each with its own order.
/// </summary>
/// <remarks>Spec: SFT-15, SFT-30, SFT-33, SFT-36, SFT-61.</remarks>
public sealed class SftData : ITrainingData
{
    private readonly TrainingPlan _plan;
    private readonly WindowSampler? _text;
    private readonly IReadOnlyList<TokenizedExample[]> _trainingRows, _validationRows;      // the examples of each row
    private readonly IReadOnlyList<int> _trainingBands;      // of each row
    private readonly EpochShuffler _order;
    private readonly TokenByteLengths _bytes;

    /// <param name="plan">The plan: conversations, shards and rows per step.</param>
    /// <exception cref="IOException">A file does not exist.</exception>
    /// <exception cref="InvalidDataException">A file is damaged, or there are no targets.</exception>
    public SftData(TrainingPlan plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        var sft = plan.Sft ?? throw new ArgumentException("The plan has no section sft.", nameof(plan));
        _plan = plan;
        var tokenizer = Tokenizer.Load(plan.Data.Tokenizer);
        _bytes = new TokenByteLengths(tokenizer);
        Template = new ChatTemplate(tokenizer, sft.System, sft.ChatTemplate);
        Examples = SftDataset.Open(Template, tokenizer, sft.ToOptions(plan));
        (_trainingBands, _trainingRows) = BuildTrainingRows();
        _validationRows = BuildRows(Examples.Validation);
        Shards = TokenDataset.Open(plan.Data.Shards);
        try
        {
            Shards.RequireTokenizer(tokenizer.Hash);
            if (sft.TextShare > 0) _text = new WindowSampler(Shards.Train, plan.Training.SequenceLength, plan.Seed);
            TextRows = _text is null
                ? 0
                : ComputeTextRows(
                    sft.TextShare,
                    Examples.Train.Sum(example => (long)example.Tokens.SupervisedCount),
                    plan.Training.SequenceLength);
            _order = new EpochShuffler(plan.Seed, _trainingRows.Count + TextRows, OrderBands(sft.Curriculum));
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

    /// <summary>The conversations, and the outcome of every row of their files.</summary>
    public SftDataset Examples { get; }

    /// <inheritdoc/>
    public IReadOnlyList<string> Notes =>
        [.. Examples.Report.Concat(Examples.ValidationReport).SelectMany(source => source.Notes)];

    /// <summary>Rows per epoch, including rows of running text.</summary>
    public int RowsPerEpoch => _order.Count;

    /// <inheritdoc/>
    int? ITrainingData.RowsPerEpoch => RowsPerEpoch;

    /// <summary>Rows of running text per epoch; the windows differ between epochs.</summary>
    public int TextRows { get; }

    /// <inheritdoc/>
    public double? GetEpoch(long dataStep) => (double)dataStep * _plan.Training.RowsPerStep / RowsPerEpoch;

    /// <inheritdoc/>
    public long CountLossTerms(long dataStep, int firstRow, int rows) =>
        GetPositions(dataStep, firstRow, rows).Sum(position => Sum(position, example => example.SupervisedCount));

    /// <inheritdoc/>
    public long CountTokensThrough(long dataStep)
    {
        var end = dataStep * _plan.Training.RowsPerStep;
        var epoch = _order.GetEpoch(end);
        var begun = 0L;
        for (var position = epoch * RowsPerEpoch; position < end; position++) begun += Sum(position, example => example.Length);
        var whole =
            _trainingRows.Sum(row => row.Sum(example => (long)example.Length)) + (long)TextRows * _plan.Training.SequenceLength;
        return epoch * whole + begun;
    }

    /// <inheritdoc/>
    public TokenBatch ReadMicroBatch(long dataStep, int firstRow, int rows, Device device) =>
        ExampleCollator.Collate(
            [.. GetPositions(dataStep, firstRow, rows).Select(GetRow)],
            _plan.Sft!.Packing ? _plan.Training.SequenceLength : null, device);

    /// <inheritdoc/>
    IMicroBatch ITrainingData.ReadMicroBatch(long dataStep, int firstRow, int rows, Device device) =>
        ReadMicroBatch(dataStep, firstRow, rows, device);

    /// <inheritdoc/>
    public void Prefetch(long dataStep, int firstRow, int rows)
    {
        // Conversations are in memory.
    }

    /// <inheritdoc/>
    public ValidationMetrics Measure(LanguageModel model, IProcessGroup? group = null) => new(
        _validationRows.Count == 0 ? null : MeasureLoss(model, _validationRows, group),
        LossEvaluator
            .Measure(model, Shards.Validation, _bytes, _plan.Training.SequenceLength, _plan.Evaluation.Windows, group)
            .Loss);

    /// <inheritdoc/>
    public void Dispose() => Shards.Dispose();

    private IEnumerable<long> GetPositions(long dataStep, int firstRow, int rows)
    {
        var first = (dataStep - 1) * _plan.Training.RowsPerStep + firstRow;
        for (var row = 0; row < rows; row++) yield return first + row;
    }

    private TokenizedExample[] GetRow(long position)
    {
        var row = _order.GetRow(position);
        return row < _trainingRows.Count
            ? _trainingRows[row]
            : [_text!.ReadExample(_order.GetEpoch(position), row - _trainingRows.Count)];
    }

    // A window of text has a target at every position, so it can be counted without being read.
    private long Sum(long position, Func<TokenizedExample, long> of)
    {
        var row = _order.GetRow(position);
        return row < _trainingRows.Count ? _trainingRows[row].Sum(of) : _plan.Training.SequenceLength;
    }

    // With a curriculum, only examples of one band share a row.
    private (IReadOnlyList<int> Bands, IReadOnlyList<TokenizedExample[]> Rows) BuildTrainingRows()
    {
        if (_plan.Sft!.Curriculum is not { Order: CurriculumOrder.EasyFirst }) return ([], BuildRows(Examples.Train));
        var rows = Examples.Train.GroupBy(example => example.Band)
            .OrderBy(band => band.Key)
            .SelectMany(band => BuildRows([.. band]).Select(row => (band.Key, Row: row)))
            .ToArray();
        return ([.. rows.Select(row => row.Key)], [.. rows.Select(row => row.Row)]);
    }

    // Rows of running text are spread evenly over the epoch.
    private IReadOnlyList<int>? OrderBands(Curriculum? curriculum) => curriculum is not { Order: CurriculumOrder.EasyFirst }
        ? null
        :
        [
            .. _trainingBands,
            .. Enumerable.Range(0, TextRows)
                .Select(row => _trainingBands[(int)((long)row * _trainingBands.Count / TextRows)]),
        ];

    private IReadOnlyList<TokenizedExample[]> BuildRows(IReadOnlyList<SftExample> examples) => _plan.Sft!.Packing
        ?
        [
            .. RowPacking
                .PackBestFit([.. examples.Select(example => example.Tokens.Length)], _plan.Training.SequenceLength)
                .Select(row => row.Select(i => examples[i].Tokens).ToArray()),
        ]
        : [.. examples.Select(example => new[] { example.Tokens })];

    // Every target has the same weight, regardless of its batch.
    private double MeasureLoss(LanguageModel model, IReadOnlyList<TokenizedExample[]> rows, IProcessGroup? group)
    {
        var batches = rows.OrderBy(row => row.Sum(example => example.Length)).Chunk(_plan.Training.MicroBatchSize).ToArray();
        var losses = LossEvaluator.MeasureAcrossRanks(group, batches.Length, batch =>
        {
            var tokens = ExampleCollator.Collate(batches[batch], length: null, model.Device);
            return new(tokens.LossSum(model).ToDouble(), (int)tokens.LossTerms, Bytes: 0);
        });
        return new PerplexityMetrics(losses).Loss;
    }

    private static int ComputeTextRows(double share, long learned, int length) =>
        (int)Math.Max(1, Math.Round(share / (1 - share) * learned / length));
}
