namespace TurkishLlm.Spec.Oracles.Training;

/// <summary>The rows of a run in the order in which it reads them.</summary>
/// <param name="rowsPerStep">Rows of a step, over all micro-batches and ranks.</param>
public abstract class ShadowData(int rowsPerStep)
{
    /// <summary>Rows of a step, over all micro-batches and ranks.</summary>
    public int RowsPerStep => rowsPerStep;

    /// <summary>Rows of an epoch; null for data without epochs.</summary>
    public abstract int? RowsPerEpoch { get; }

    /// <summary>The rows on which validation measures the objective; empty without any.</summary>
    public abstract IReadOnlyList<ShadowRow> Validation { get; }

    /// <summary>Every row that training can read, once per epoch.</summary>
    public abstract IReadOnlyList<ShadowRow> Training { get; }

    /// <summary>The row at a position of the endless sequence of rows.</summary>
    public abstract ShadowRow RowAt(long position);

    /// <summary>The rows of a data step, counted from 1.</summary>
    public IReadOnlyList<ShadowRow> Rows(long dataStep) =>
        [.. Enumerable.Range(0, rowsPerStep).Select(row => RowAt((dataStep - 1) * rowsPerStep + row))];

    /// <summary>Tokens of all data steps up to and including one.</summary>
    public virtual long TokensThrough(long dataStep)
    {
        var tokens = 0L;
        for (var position = 0L; position < dataStep * rowsPerStep; position++) tokens += RowAt(position).Tokens;
        return tokens;
    }
}

/// <summary>Windows of running text: the position of row r of data step d is drawn from (seed, d, r).</summary>
/// <param name="text">The training split.</param>
/// <param name="seed">Seed of the run.</param>
/// <param name="length">Tokens of a window.</param>
/// <param name="rowsPerStep">Rows of a step.</param>
public sealed class TextShadowData(TokenFileOracle text, long seed, int length, int rowsPerStep) : ShadowData(rowsPerStep)
{
    /// <inheritdoc/>
    public override int? RowsPerEpoch => null;

    /// <inheritdoc/>
    public override IReadOnlyList<ShadowRow> Validation => [];

    /// <inheritdoc/>
    public override IReadOnlyList<ShadowRow> Training => [];

    /// <inheritdoc/>
    public override ShadowRow RowAt(long position) =>
        new(position, ReadWindow(text, seed, position / RowsPerStep + 1, position % RowsPerStep, length));

    /// <inheritdoc/>
    public override long TokensThrough(long dataStep) => dataStep * RowsPerStep * length;

    /// <summary>Reads a window with one token more than its length, the last target.</summary>
    public static ShadowExample ReadWindow(TokenFileOracle text, long seed, long counter, long stream, int length) =>
        ShadowExample.FromText(text.Read(CounterOracle.Draw(seed, counter, stream, text.Count - length), length + 1));
}

/// <summary>Rows that every epoch reads once, in an order of its own; some of them may be new windows of running text.</summary>
/// <param name="rows">Rows that are the same in every epoch.</param>
/// <param name="validation">Rows on which validation measures the objective.</param>
/// <param name="seed">Seed of the run.</param>
/// <param name="rowsPerStep">Rows of a step.</param>
public sealed class EpochShadowData(
    IReadOnlyList<ShadowRow> rows, IReadOnlyList<ShadowRow> validation, long seed, int rowsPerStep) : ShadowData(rowsPerStep)
{
    /// <summary>Rows of running text in an epoch.</summary>
    public int TextRows { get; init; }

    /// <summary>Band of each row, of running text last: an epoch reads lower ones first; null without bands.</summary>
    public IReadOnlyList<int>? Bands { get; init; }

    /// <summary>Reads the window with a number in an epoch.</summary>
    public Func<long, long, ShadowExample>? ReadText { get; init; }

    /// <inheritdoc/>
    public override int? RowsPerEpoch => rows.Count + TextRows;

    /// <inheritdoc/>
    public override IReadOnlyList<ShadowRow> Validation => validation;

    /// <inheritdoc/>
    public override IReadOnlyList<ShadowRow> Training => rows;

    /// <inheritdoc/>
    public override long TokensThrough(long dataStep)
    {
        var (epochs, rest) = Math.DivRem(dataStep * RowsPerStep, RowsPerEpoch!.Value);
        // Every epoch has the same rows, and windows of the same length.
        var whole = epochs == 0 ? 0 : epochs * CountTokens(0, RowsPerEpoch.Value);
        return whole + CountTokens(epochs * RowsPerEpoch.Value, (int)rest);
    }

    private long CountTokens(long first, int count) => Enumerable.Range(0, count).Sum(row => RowAt(first + row).Tokens);

    /// <inheritdoc/>
    public override ShadowRow RowAt(long position)
    {
        var epoch = position / RowsPerEpoch!.Value;
        IEnumerable<int> order = CounterOracle.Shuffle(seed, epoch, RowsPerEpoch.Value);
        if (Bands is { } bands) order = bands.Distinct().Order().SelectMany(band => order.Where(i => bands[i] == band)).ToArray();
        var row = order.ElementAt((int)(position % RowsPerEpoch.Value));
        return row < rows.Count ? rows[row] : new(row, ReadText!(epoch, row - rows.Count));
    }
}
