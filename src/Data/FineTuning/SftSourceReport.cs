using TurkishLlm.Data.Conversations;

namespace TurkishLlm.Data.FineTuning;

/// <summary>Statistics of the rows of one source.</summary>
/// <param name="Name">Name of the source.</param>
/// <param name="File">Path of its file.</param>
/// <param name="Format">Format of its rows.</param>
public sealed record SftSourceReport(string Name, string File, ConversationFormat Format)
{
    /// <summary>Number of rows by outcome.</summary>
    public IReadOnlyDictionary<RowOutcome, long> Rows { get; init; } = new Dictionary<RowOutcome, long>();

    /// <summary>Number of truncated rows that were kept, by the truncated part.</summary>
    public IReadOnlyDictionary<TruncatedPart, long> Truncations { get; init; } = new Dictionary<TruncatedPart, long>();

    /// <summary>The first invalid rows, with reasons.</summary>
    public IReadOnlyList<string> Problems { get; init; } = [];

    /// <summary>Keys of the rows that this program does not know, with their numbers of rows; empty for none.</summary>
    public string UnknownKeys { get; init; } = "";

    /// <summary>
    /// Number of rows by the label that the answer names, most frequent first; empty for tasks other than classification.
    /// </summary>
    public IReadOnlyList<(string Label, long Rows)> Labels { get; init; } = [];

    /// <summary>Number of tokens of the training rows.</summary>
    public long Tokens { get; init; }

    /// <summary>Number of learned tokens of the training rows.</summary>
    public long SupervisedTokens { get; init; }

    /// <summary>What a user should know: skipped rows, keys that are not used, rows that are in a validation file.</summary>
    public IEnumerable<string> Notes =>
    [
        .. RowNotes.Create(Name, GetCount(RowOutcome.Invalid), Problems, UnknownKeys),
        .. RowNotes.CreateForLeaks(Name, GetCount(RowOutcome.InValidation)),
    ];

    /// <summary>Returns the number of rows with an outcome.</summary>
    public long GetCount(RowOutcome outcome) => Rows.GetValueOrDefault(outcome);

    /// <summary>Total number of rows.</summary>
    public long RowCount => Rows.Values.Sum();
}
