using TurkishLlm.Synthesis.Chunks;

namespace TurkishLlm.Synthesis.Grouping;

/// <summary>Chunks in reading order, with the lookups that grouping rules need.</summary>
public sealed class ChunkSet
{
    private readonly Dictionary<string, Chunk> _byId;
    private readonly ILookup<string, Chunk> _byDocument;
    private readonly Dictionary<string, int> _places;
    private readonly ILookup<string, Chunk> _bySection;

    /// <param name="chunks">The chunks of one documentation, in any order.</param>
    public ChunkSet(IEnumerable<Chunk> chunks)
    {
        All = [.. chunks.OrderBy(chunk => chunk.Document, StringComparer.Ordinal).ThenBy(chunk => chunk.Offset)];
        _byId = All.ToDictionary(chunk => chunk.ChunkId, StringComparer.Ordinal);
        _byDocument = All.ToLookup(chunk => chunk.Document, StringComparer.Ordinal);
        _places = All.Select((chunk, place) => (chunk.ChunkId, place))
            .ToDictionary(pair => pair.ChunkId, pair => pair.place, StringComparer.Ordinal);
        _bySection = All.ToLookup(GetSectionLink, StringComparer.Ordinal);
        Pages = [.. _byDocument.Select(chunksOfPage => chunksOfPage.First())];
    }

    /// <summary>All chunks, ordered by page path, then by position in the page.</summary>
    public IReadOnlyList<Chunk> All { get; }

    /// <summary>The first chunk of each page, which represents the page.</summary>
    public IReadOnlyList<Chunk> Pages { get; }

    /// <summary>Returns the chunk with the given id.</summary>
    /// <exception cref="InvalidDataException">The chunk does not exist.</exception>
    public Chunk this[string id] => _byId.TryGetValue(id, out var chunk) ? chunk
        : throw new InvalidDataException(
            $"The chunk {id} does not exist: the blueprint was created from other chunks. Create it again with: "
                + "turkishllm synth group");

    /// <summary>Returns the chunks of a page.</summary>
    public IEnumerable<Chunk> GetChunks(string document) => _byDocument[document];

    /// <summary>Returns the chunks that a link leads to: those of a section, or of the whole page.</summary>
    public IEnumerable<Chunk> GetTargets(string link) =>
        link.Contains('#', StringComparison.Ordinal) && _bySection.Contains(link)
            ? _bySection[link]
            : GetChunks(GetDocument(link));

    /// <summary>Sorts chunks in reading order and removes repetitions.</summary>
    public IReadOnlyList<Chunk> Sort(IEnumerable<Chunk> chunks) =>
        [.. chunks.DistinctBy(chunk => chunk.ChunkId).OrderBy(chunk => _places[chunk.ChunkId])];

    /// <summary>Returns the page that a link leads to.</summary>
    public static string GetDocument(string link)
    {
        ArgumentNullException.ThrowIfNull(link);
        return link.Split('#')[0];
    }

    /// <summary>Returns true if a chunk links to a page or one of its sections.</summary>
    public static bool LinksTo(Chunk from, string document)
    {
        ArgumentNullException.ThrowIfNull(from);
        return from.Links.Any(link => GetDocument(link) == document);
    }

    // tr/stok/makaralar#makara-bolme of tr/stok/makaralar.html is linked to as tr/stok/makaralar.html#makara-bolme.
    private static string GetSectionLink(Chunk chunk)
    {
        var anchor = chunk.ChunkId.Split('#', 2);
        return anchor.Length == 1 ? chunk.Document : $"{chunk.Document}#{anchor[1].Split('.')[0]}";
    }
}
