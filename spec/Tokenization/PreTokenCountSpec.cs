using System.Globalization;
using System.Text;
using TurkishLlm.Spec.Oracles;
using TurkishLlm.Spec.Plans;
using TurkishLlm.Tokenization;

namespace TurkishLlm.Spec.Tokenization;

/// <summary>Counts the pre-tokens of files of documents; returns the counts of each file.</summary>
public delegate IReadOnlyList<IReadOnlyDictionary<string, long>> CountFiles(IReadOnlyList<IReadOnlyList<string>> files);

/// <summary>Files of documents, and the memory that counting them may use.</summary>
/// <param name="Files">Number of files.</param>
/// <param name="Documents">Documents of a file.</param>
/// <param name="InMemory">Distinct pre-tokens that a thread holds in memory.</param>
/// <param name="Threads">Number of threads.</param>
public sealed record PreTokenCountCase(int Files, int Documents, int InMemory, int Threads)
{
    // Documents share words with their neighbors, and have some of their own.
    internal IReadOnlyList<IReadOnlyList<string>> Texts { get; } =
        [
            .. Enumerable.Range(0, Files).Select(file => (IReadOnlyList<string>)
            [
                .. Enumerable.Range(0, Documents).Select(i => string.Create(CultureInfo.InvariantCulture,
                    $"{TurkishSamples.Page.AsSpan(i % 5 * 17 + file * 7, 90)} dosya{file} satır{i % 3} kablo kablo")),
            ]),
        ];
}

/// <summary>The counts that a tokenizer is trained on.</summary>
public static class PreTokenCountSpec
{
    /// <summary>Counts files.</summary>
    public static readonly Requirement<PreTokenCountCase, CountFiles> Tok26_Counts = new()
    {
        Id = "TOK-26",
        Statement = "The counts of a file are those of all its documents, each counted once, however many documents it has, "
            + "however often counts are spilled to disk and merged, and with any number of threads.",
        Source = "BUG-TOK-19: counts that were spilled are counted again",
        CanonicalCases =
        [
            new(2, 1, 1 << 20, 1), new(3, 8, 1 << 20, 2), new(2, 12, 1, 1), new(3, 9, 25, 2), new(1, 140, 1, 2),
        ],
        Subject = (c, _) => files => Count(files, c),
        Holds = (count, c, _) =>
        {
            var counted = count(c.Texts);
            return Verdict.All(
            [
                Verdict.Equal(c.Files, counted.Count, "files of counts"),
                .. c.Texts.Zip(counted).Select((file, i) => Verdict.SameElements(
                    Lines(CountAll(file.First)), Lines(file.Second),
                    string.Create(CultureInfo.InvariantCulture, $"counts of file {i}"))),
            ]);
        },
        Impostors = new()
        {
            ["counts continue after they are spilled"] = Simulate((documents, c) =>
            {
                var (table, spilled) = (new Dictionary<string, long>(StringComparer.Ordinal), new List<(string, long)>());
                foreach (var document in documents)
                {
                    foreach (var piece in BytePairSplitOracle.Split(document)) Add(table, piece, 1);
                    if (table.Count > Math.Min(c.InMemory, 8)) spilled.AddRange(table.Select(entry => (entry.Key, entry.Value)));
                }
                foreach (var (piece, times) in spilled) Add(table, piece, times);
                return table;
            }),
            ["the last part only"] = Simulate((documents, c) =>
                CountAll(documents.Count > 1 ? documents.Skip(documents.Count / 2) : documents[0].Split(' ').SkipLast(1))),
            ["a document that fills the memory is lost"] = Simulate((documents, _) =>
                CountAll(documents.Where((_, i) => i % 8 != 7 % documents.Count))),
            ["each distinct document once, each pre-token once in it"] = Simulate((documents, _) =>
                CountAll(documents.Distinct().SelectMany(document => BytePairSplitOracle.Split(document).Distinct()))),
        },
    };

    /// <summary>All requirements of this class.</summary>
    public static IReadOnlyList<Requirement> All => [Tok26_Counts];

    private static List<IReadOnlyDictionary<string, long>> Count(
        IReadOnlyList<IReadOnlyList<string>> files, PreTokenCountCase c)
    {
        var folder = Directory.CreateTempSubdirectory("turkishllm-counts-").FullName;
        try
        {
            var counts = Path.Combine(folder, "counts");
            TrainingSource[] sources =
            [
                .. files.Select((documents, i) =>
                {
                    var path = Path.Combine(folder, i.ToString(CultureInfo.InvariantCulture));
                    File.WriteAllText(path, string.Join("\n\n", documents));
                    return new TrainingSource(path, () => documents);
                }),
            ];
            var read = new List<IReadOnlyDictionary<string, long>>();
            foreach (var source in sources)
            {
                // One file at a time, so that the file of counts that is new belongs to it.
                var before = Directory.Exists(counts) ? Directory.GetFiles(counts) : [];
                BytePairTrainer.Train([source], new(VocabularyLayout.FirstMerge + 1, counts)
                {
                    Threads = c.Threads, PreTokensPerThread = c.InMemory,
                });
                read.Add(ReadCounts(Directory.GetFiles(counts).Except(before).Single()));
            }
            return read;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    // The documented format: a header, each count with its pre-token, a count of 0, a digest.
    private static Dictionary<string, long> ReadCounts(string path)
    {
        using var reader = new BinaryReader(File.OpenRead(path), Encoding.UTF8);
        reader.ReadString();
        var counts = new Dictionary<string, long>(StringComparer.Ordinal);
        while (reader.Read7BitEncodedInt64() is var count and not 0) counts.Add(reader.ReadString(), count);
        return counts;
    }

    private static Dictionary<string, long> CountAll(IEnumerable<string> documents)
    {
        var counts = new Dictionary<string, long>(StringComparer.Ordinal);
        foreach (var piece in documents.SelectMany(BytePairSplitOracle.Split)) Add(counts, piece, 1);
        return counts;
    }

    private static void Add(Dictionary<string, long> counts, string piece, long times) =>
        counts[piece] = counts.GetValueOrDefault(piece) + times;

    private static string[] Lines(IReadOnlyDictionary<string, long> counts) =>
        [
            .. counts.OrderBy(entry => entry.Key, StringComparer.Ordinal)
                .Select(entry => string.Create(CultureInfo.InvariantCulture, $"{entry.Key} {entry.Value}")),
        ];

    private static Func<PreTokenCountCase, Conditions, CountFiles> Simulate(
        Func<IReadOnlyList<string>, PreTokenCountCase, IReadOnlyDictionary<string, long>> count) =>
        (c, _) => files => [.. files.Select(documents => count(documents, c))];
}
