using System.Globalization;
using TurkishLlm.Synthesis.Chunks;
using TurkishLlm.Synthesis.Documentation;
using TurkishLlm.Synthesis.Grouping;
using TurkishLlm.Synthesis.Prompts;
using TurkishLlm.Synthesis.Verdicts;

namespace TurkishLlm.Spec.Synthesis;

/// <summary>
/// Documents of three chunks, each with its own fact, in two modules; groups of two neighboring documents; and a pair for each
/// chunk. Every fact also occurs in one other document, so that another chunk can contain the answer too. The pair of the first
/// chunk of a document has one claim; that of the second also claims what most chunks say; that of the third also has a fact
/// from the other document of its group.
/// </summary>
/// <param name="Documents">Number of documents; even.</param>
/// <param name="ValidationShare">Share of documents kept for validation.</param>
/// <param name="RefusalShare">Share of rows with a context that does not contain the answer.</param>
public sealed record QaPairCase(int Documents, double ValidationShare, double RefusalShare)
{
    private const int PerDocument = 3;

    // What two thirds of the chunks say.
    private const string Common = "Bütün sayaçlar cuma sabahı sıfırlanır.";

    internal static string Document(int i) => string.Create(CultureInfo.InvariantCulture, $"tr/modul{i % 2}/sayfa{i}.html");

    internal ChunkSet Chunks(long seed) => new(Enumerable.Range(0, Documents * PerDocument).Select(i => Chunk(i, seed)));

    internal IReadOnlyList<ChunkGroup> Groups(ChunkSet chunks) =>
        [.. Enumerable.Range(0, Documents / 2).Select(g => new ChunkGroup(
            string.Create(CultureInfo.InvariantCulture, $"r02/{g}"), 2, "İkili", "tr",
            [
                .. new[] { Document(2 * g), Document(2 * g + 1) }
                    .SelectMany(chunks.GetChunks)
                    .Select(chunk => chunk.ChunkId),
            ],
            600)),
];

    internal IReadOnlyList<ReviewedPair> Pairs(long seed) =>
        [.. Enumerable.Range(0, Documents * PerDocument).Select(i =>
        {
            var group = string.Create(CultureInfo.InvariantCulture, $"r02/{i / PerDocument / 2}");
            string[] sources = [.. Sources(i).Select(source => Chunk(source, seed).ChunkId)];
            var pair = new QaPair(
                string.Create(CultureInfo.InvariantCulture, $"{group}:{i}"), group, QuestionType.Factual, Difficulty.Easy,
                [new($"{InventedName(i)} kaçtır?", string.Join(' ', Claims(i, seed)))], sources);
            return new ReviewedPair(pair, 2, "model", [], sources);
        })];

    /// <summary>Returns the sentences of the answer of each pair, in order.</summary>
    internal IReadOnlyList<IReadOnlyList<string>> Claims(long seed) =>
        [.. Enumerable.Range(0, Documents * PerDocument).Select(i => Claims(i, seed))];

    private static string[] Claims(int i, long seed) => (i % PerDocument) switch
    {
        0 => [Fact(i, seed)],
        1 => [Fact(i, seed), Common],
        _ => [Fact(i, seed), Fact(Neighbor(i), seed)],
    };

    private static int[] Sources(int i) => i % PerDocument == PerDocument - 1 ? [i, Neighbor(i)] : [i];

    // The chunk at the same place in the other document of the group.
    private static int Neighbor(int i)
    {
        var (first, place) = (i / (2 * PerDocument) * 2 * PerDocument, i % (2 * PerDocument));
        return first + (place + PerDocument) % (2 * PerDocument);
    }

    // A second document has the same facts, in another order.
    private Chunk Chunk(int i, long seed)
    {
        var document = i / PerDocument;
        var twin = (i + Documents / 2 * PerDocument) % (Documents * PerDocument);
        var common = i % PerDocument == PerDocument - 1 ? "" : $" {Common}";
        var text = $"## {InventedName(i)}\n\n{Fact(i, seed)} {Fact(twin, seed)}{common}";
        return new(
            string.Create(CultureInfo.InvariantCulture, $"{Path.ChangeExtension(Document(document), null)}#b{i % PerDocument}"),
            "Modül", InventedName(i), $"Telbis > {InventedName(i)}", "tr", 40, false, false,
            [],
            text)
        {
            Document = Document(document),
            ModuleKey = string.Create(CultureInfo.InvariantCulture, $"modul{document % 2}"),
            Submodule = "",
            Level = PageLevel.Detail,
            Offset = i % PerDocument * 100,
        };
    }

    // Names without a common beginning, since the first five letters are compared.
    private static string InventedName(int i)
    {
        const string consonants = "bçdfgklmnprsştvyz", vowels = "aeıioöuü";
        var (a, b, c) = (i % 17, i / 17 % 8, i * 7 % 17);
        return $"{char.ToUpperInvariant(consonants[a])}{vowels[b]}{consonants[c]}{vowels[i % 8]}"
            + $"{consonants[(i / 8 + a) % 17]}{vowels[(i / 3) % 8]}n";
    }

    private static string Fact(int i, long seed) =>
        string.Create(
            CultureInfo.InvariantCulture, $"{InventedName(i)} değeri {1000 + (seed % 89 + 1) * 7 + i * 13} olarak ölçüldü.");
}
