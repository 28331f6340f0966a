using TurkishLlm.Data.Conversations;

namespace TurkishLlm.Data.FineTuning;

/// <summary>What became of the rows of one source.</summary>
/// <param name="Name">Name of the source.</param>
/// <param name="File">Its file.</param>
/// <param name="Format">The shape of its rows.</param>
public sealed record SftSourceReport(string Name, string File, ConversationFormat Format)
{
    /// <summary>Rows by what became of them.</summary>
    public IReadOnlyDictionary<RowOutcome, long> Rows { get; init; } = new Dictionary<RowOutcome, long>();

    /// <summary>Rows that were shortened and kept, by what was cut.</summary>
    public IReadOnlyDictionary<TruncatedPart, long> Truncations { get; init; } = new Dictionary<TruncatedPart, long>();

    /// <summary>The first rows that could not be read, and why.</summary>
    public IReadOnlyList<string> Problems { get; init; } = [];

    /// <summary>Rows by the class that their answers name, most first; empty where the task is another one.</summary>
    public IReadOnlyList<(string Label, long Rows)> Labels { get; init; } = [];

    /// <summary>Tokens of the rows that are learned from.</summary>
    public long Tokens { get; init; }

    /// <summary>Those of them that are learned.</summary>
    public long SupervisedTokens { get; init; }

    /// <summary>Rows that had one fate.</summary>
    public long GetCount(RowOutcome outcome) => Rows.GetValueOrDefault(outcome);

    /// <summary>All rows.</summary>
    public long RowCount => Rows.Values.Sum();
}
