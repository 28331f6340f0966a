using System.Globalization;
using TurkishLlm.Synthesis.Chunks;
using TurkishLlm.Synthesis.Grouping;

namespace TurkishLlm.Synthesis.Generation;

/// <summary>Chunks as shown in a request, with short labels: <c>K1</c>, <c>K2</c> and so on.</summary>
public sealed class LabeledChunks
{
    private LabeledChunks(IReadOnlyList<Chunk> chunks) => Chunks = chunks;

    /// <summary>The chunks; the first has the label K1.</summary>
    public IReadOnlyList<Chunk> Chunks { get; }

    /// <summary>The labels, breadcrumbs and texts.</summary>
    public string Text =>
        string.Join(
            "\n\n",
            Chunks.Select(
                (chunk, i) => string.Create(CultureInfo.InvariantCulture, $"[K{i + 1}] {chunk.Breadcrumb}\n\n{chunk.Text}")));

    /// <summary>A hash that is equal for equal chunks in equal order.</summary>
    public string Hash => ModelRequest.ComputeHash(string.Join('\0', Chunks.Select(chunk => $"{chunk.ChunkId}\0{chunk.Text}")));

    /// <summary>Selects chunks by their ids.</summary>
    public static LabeledChunks Select(ChunkSet chunks, IEnumerable<string> names)
    {
        ArgumentNullException.ThrowIfNull(chunks);
        return new([.. names.Select(name => chunks[name])]);
    }

    /// <summary>Returns the chunk of a label, or null.</summary>
    public Chunk? Find(string label)
    {
        ArgumentNullException.ThrowIfNull(label);
        return
            label.StartsWith('K')
            && int.TryParse(label.AsSpan(1), NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            && number >= 1
            && number <= Chunks.Count
            ? Chunks[number - 1] : null;
    }
}
