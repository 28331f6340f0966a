namespace TurkishLlm.Data;

/// <summary>What became of the rows of one source.</summary>
/// <param name="Name">Name of the source.</param>
/// <param name="File">Its file.</param>
/// <param name="Format">The shape of its rows.</param>
public sealed record SftSourceReport(string Name, string File, ConversationFormat Format)
{
    /// <summary>Rows by what became of them.</summary>
    public IReadOnlyDictionary<RowFate, long> Rows { get; init; } = new Dictionary<RowFate, long>();

    /// <summary>Rows that were shortened and kept, by what was cut.</summary>
    public IReadOnlyDictionary<RowCut, long> Cuts { get; init; } = new Dictionary<RowCut, long>();

    /// <summary>The first rows that could not be read, and why.</summary>
    public IReadOnlyList<string> Problems { get; init; } = [];

    /// <summary>Rows by the class that their answers name, most first; empty where the task is another one.</summary>
    public IReadOnlyList<(string Label, long Rows)> Labels { get; init; } = [];

    /// <summary>Tokens of the rows that are learned from.</summary>
    public long Tokens { get; init; }

    /// <summary>Those of them that are learned.</summary>
    public long Supervised { get; init; }

    /// <summary>Rows that had one fate.</summary>
    public long Of(RowFate fate) => Rows.GetValueOrDefault(fate);

    /// <summary>All rows.</summary>
    public long Read => Rows.Values.Sum();
}
